"""The inventory as the cloud has it: everyone is found, within the limits, and what is otherwise is told."""

import csv
import json
import os
import signal
import sys
import time
import unittest

import agreement
import harness
import odd

ACCOUNTS = ["east", "west", "north"]
REGIONS = ["cn-shanghai", "cn-hangzhou", "cn-hongkong", "eu-central-1"]
ATTRIBUTE = odd.ATTRIBUTE


class SyncTest(harness.EndToEnd):
    def accounts(self, cloud, wrong=(), regions=None, **changes):
        """Several accounts, each with a profile of its own; those in wrong have a secret that is not theirs."""
        os.makedirs(self.desk.path(".aliyun"), exist_ok=True)
        profiles = [{"name": name, "mode": "AK", "access_key_id": f"id-{name}",
                     "access_key_secret": "wrong" if name in wrong else f"secret-{name}"} for name in ACCOUNTS]
        os.chmod(self.desk.write(".aliyun/config.json", {"current": ACCOUNTS[0], "profiles": profiles}), 0o600)
        self.desk.key = {}
        self.desk.configure(cloud, accounts=[{"name": name, "profile": name, "regions": regions or REGIONS}
                                             for name in ACCOUNTS], **changes)

    def several(self, gateways, *options):
        keys = [word for name in ACCOUNTS for word in ("--key", f"id-{name}:secret-{name}@{name}")]
        return self.cloud("--generate", str(gateways), "--accounts", ",".join(ACCOUNTS), "--regions", ",".join(REGIONS),
                          "--write-inventory", self.desk.path("truth.csv"), *keys, *options)

    def single(self, gateways, *options, **changes):
        cloud = self.cloud("--generate", str(gateways), "--write-inventory", self.desk.path("truth.csv"), *options)
        self.desk.configure(cloud, **changes)
        return cloud

    def sync(self, *options, code=0, words=()):
        return self.ends(self.desk.gatewave("inventory", "sync", *options), code, *words)

    def changes(self, *options, code=0):
        done = self.sync("--output", "json", *options, code=code)
        return [(row["gateway_id"], row["what"], row["before"], row["after"], row["by"])
                for row in json.loads(done.out)]

    def agrees_with_truth(self):
        with open(self.desk.path("truth.csv"), encoding="utf-8", newline="") as file:
            names = ("gateway_id", "region", "account", "serial", "ha_role", "version", "dpi_version", "model", "name")
            truth = sorted(tuple(row[name] for name in names) for row in csv.DictReader(file))
        rows = sorted(self.desk.rows("SELECT gateway_id, region, account, serial, ha_role, version, dpi_version, model,"
                                     " name FROM gateways g JOIN devices d ON d.gateway = g.id"))
        self.assertEqual(len(rows), len(truth))
        self.assertEqual(rows, truth)

    def interrupted(self, number):
        """Begins a sync, and sends a signal when a good part of it was put."""
        running = self.desk.start("inventory", "sync")
        harness.wait_until("the first hundred gateways", lambda: os.path.exists(self.desk.database) and
                           len(self.desk.rows("SELECT name FROM sqlite_schema WHERE name = 'gateways_seen'")) and
                           self.desk.rows("SELECT count(*) FROM gateways_seen")[0][0] >= 100)
        running.signal(number)
        return running.wait()


class WholeFleet(SyncTest):
    def test_everyone_is_found_within_the_limits_and_the_second_changes_nothing(self):
        cloud = self.several(12000, "--auto", "5%")
        self.accounts(cloud, limits={"read_rate": "200/s"})
        self.sync(words=["12000 gateways", "12 of 12 regions", "12000 appeared, 0 disappeared"])
        self.agrees_with_truth()
        self.assertEqual(self.desk.rows("SELECT count(*) FROM gateways_seen WHERE gone_unix_ms IS NULL"), [(12000,)])
        self.assertEqual(self.desk.rows("SELECT count(*) FROM devices_seen WHERE auto_upgrade = ''"), [(0,)])
        scheduled = self.desk.rows("SELECT count(*) FROM devices_seen WHERE auto_upgrade = 'scheduled'")[0][0]
        self.assertGreater(scheduled, 300)
        before = self.desk.rows("SELECT generation FROM inventory")
        done = self.sync(words=["nothing has changed"])
        self.assertEqual(done.out, "")
        self.assertEqual(self.desk.rows("SELECT generation FROM inventory"), before)
        self.assertEqual(self.desk.rows("SELECT count(*) FROM changes WHERE sync = 2"), [(0,)])
        ledger = cloud.ledger()
        self.assertEqual(agreement.check_rate(ledger, 200, "read"), [])
        self.assertNotEqual(agreement.check_rate(ledger, 50, "read", 400), [], "never used to a good part")
        self.assertEqual({line["code"] for line in ledger}, {""})

    def test_quick_reads_what_the_list_shows_to_be_new_or_changed(self):
        cloud = self.single(100, "--faults", self.desk.write("faults", "sag-000007 foreign:9.9.9\n"), "--foreign-after",
                            "8s", "--pairs", "20%")  # not before four are over
        self.sync()
        reads = len([line for line in cloud.ledger() if line["action"] == ATTRIBUTE])
        self.assertEqual(reads, 100)
        harness.wait_until("the foreign version", lambda: any(row[3] == "9.9.9" for row in self.changes("--quick")))
        read = [line["gateway_id"] for line in cloud.ledger() if line["action"] == ATTRIBUTE][reads:]
        self.assertEqual(set(read), {"sag-000007"})

    def test_rows_that_move_between_pages_are_found_all_the_same(self):
        self.single(600, "--shuffle", "30%")
        for _ in range(3):
            done = self.desk.gatewave("inventory", "sync")
            self.assertIn(done.code, (0, 1), str(done))
            self.assertIn("600 gateways" if done.code == 0 else "the next sync looks again", done.err)
            self.assertIn(" 0 disappeared", done.err)
        self.assertEqual(self.desk.rows("SELECT count(*) FROM gateways"), [(600,)])

    def test_throttled_reads_are_asked_again(self):
        cloud = self.single(60, "--read-rate", "40/s")
        self.sync(words=["60 gateways"])
        self.assertIn("Throttling.User", {line["code"] for line in cloud.ledger()})

    def test_passing_errors_pass(self):
        self.single(60, "--read-error", "10%")
        self.sync(words=["60 gateways"])
        self.assertEqual(self.desk.rows("SELECT count(*) FROM devices d JOIN devices_seen s ON s.device = d.id"
                                        " WHERE d.version <> '' AND s.read_unix_ms > 0"),
                         self.desk.rows("SELECT count(*) FROM devices"))


class Interrupted(SyncTest):
    def goes_on(self, code, number):
        cloud = self.several(1200)
        self.accounts(cloud, limits={"read_rate": "40/s"})
        done = self.interrupted(number)
        self.assertEqual(done.code, code, str(done))
        found = self.desk.rows("SELECT count(*) FROM gateways_seen WHERE read_sync = 1")[0][0]
        self.assertLess(found, 1200)
        self.assertEqual(self.desk.rows("SELECT count(*) FROM gateways_seen WHERE gone_unix_ms IS NOT NULL"), [(0,)])
        self.sync(words=["goes on with the sync that was interrupted", "1200 gateways"])
        self.agrees_with_truth()
        self.assertEqual(self.desk.rows("SELECT count(*) FROM syncs"), [(1,)])
        ledger = cloud.ledger()
        reads = len([line for line in ledger if line["action"] == ATTRIBUTE])
        self.assertLess(reads - 1200, 300)
        # What was put before it ended is not read again; the first window of the second process is left free.
        self.assertEqual(agreement.check_rate(ledger, 40, "read"), [])
        return done

    def test_by_a_signal(self):
        done = self.goes_on(130, signal.SIGINT)
        self.assertIn("what was found is kept", done.err)

    def test_by_a_kill(self):
        self.goes_on(-signal.SIGKILL, signal.SIGKILL)


class Beside(SyncTest):
    def test_two_syncs_do_not_read_the_same_part(self):
        cloud = self.several(1200)
        self.accounts(cloud, limits={"read_rate": "20/s"})
        one = ("--account", "east", "--region", "cn-shanghai")
        running = self.desk.start("inventory", "sync", *one)
        harness.wait_until("the first gateways", lambda: len(cloud.ledger()) > 10)
        self.sync(*one, code=5, words=["another sync reads cn-shanghai just now"])
        self.sync("--account", "east", "--region", "cn-hangzhou", "--region", "cn-shanghai", code=1,
                  words=["1 of 2 regions", "east in cn-shanghai: another sync reads it just now"])
        self.ends(running.wait(), 0, "100 gateways")
        self.assertEqual(agreement.check_rate(cloud.ledger(), 20, "read"), [])
        self.assertEqual(self.desk.rows("SELECT count(*) FROM syncs WHERE ended_unix_ms IS NULL"), [(0,)])
        self.sync(*one, words=["nothing has changed"])


class Changes(SyncTest):
    @harness.measured
    def test_who_comes_who_leaves_and_who_was_changed_by_somebody_else(self):
        faults = self.desk.write("faults", "sag-000003 leave:10s\nsag-000004 appear:10s\nsag-000005 foreign:9.9.9\n")
        begun = time.monotonic()
        self.single(40, "--faults", faults, "--foreign-after", "10s", "--pairs", "0%")
        up = time.monotonic()
        self.assertEqual(len(self.changes()), 39)
        self.assertLess(time.monotonic() - begun, 5, "the fleet had changed before it was looked at")
        # What happens after ten seconds happens between half of that and one and a half.
        harness.wait_until("the fleet's change", lambda: time.monotonic() > up + 15.5)
        self.assertEqual(self.changes(), [
            ("sag-000005", "version", "2.3.0", "9.9.9", "somebody else"),
            ("sag-000003", "disappeared", "", "", ""),
            ("sag-000004", "appeared", "", "", "")])
        show = self.ends(self.desk.gatewave("inventory", "show", "sag-000003"), 0)
        self.assertIn("gone since", show.out)
        rows = [json.loads(line) for line in
                self.ends(self.desk.gatewave("inventory", "list", "--output", "jsonl"), 0).out.splitlines()]
        self.assertEqual([row["gateway_id"] for row in rows if row["gone"]], ["sag-000003"])
        self.assertEqual(list(rows[0])[:12], ["gateway_id", "region", "serial", "ha_role", "version", "dpi_version",
                                              "model", "name", "site", "timezone", "account", "isp"])
        self.desk.plan(version="2.4.0", select="gateway_id in (sag-000002, sag-000003)")
        plan = self.desk.ask("plan", "rollout.yaml")
        self.assertEqual(sum(wave["devices"] for wave in plan["waves"]), 1)

    def test_somebody_elses_version_is_said_in_words(self):
        self.single(5, "--faults", self.desk.write("faults", "sag-000002 foreign:9.9.9\n"), "--foreign-after", "8s",
                    "--pairs", "0%")
        up = time.monotonic()
        self.sync()
        harness.wait_until("the change", lambda: time.monotonic() > up + 12.5)
        self.sync(words=["somebody else changed the version of sag-000002", "9.9.9, and it was 2.3.0",
                         "next: gatewave inventory show sag-000002"])

    def test_our_own_versions_are_ours(self):
        self.single(30)
        self.sync()
        self.desk.plan()
        self.ends(self.desk.run("--yes"), 0)
        changes = self.changes()
        self.assertEqual({(what, before, after, by) for _, what, before, after, by in changes},
                         {("version", "2.3.0", "2.4.0", "r1")})
        self.assertEqual(self.changes(), [])

    def test_what_people_wrote_stays(self):
        self.single(3, "--pairs", "0%")
        self.desk.write("mine.csv", "gateway_id,region,serial,site,timezone,isp,account,tag:ring,version\n"
                                    "sag-000001,cn-shanghai,sage000001a,roof,Asia/Shanghai,unicom,shop,1,2.2.0\n")
        self.load("mine.csv")
        self.assertEqual(self.changes(), [
            ("sag-000001", "version", "2.2.0", "2.3.0", ""), ("sag-000002", "appeared", "", "", ""),
            ("sag-000003", "appeared", "", "", "")])
        self.assertEqual(self.desk.rows("SELECT site, timezone, isp, account, model, version, tags.name, value FROM"
                                        " gateways g JOIN devices d ON d.gateway = g.id JOIN tags ON device = d.id"),
                         [("roof", "Asia/Shanghai", "unicom", "shop", "sag-1000", "2.3.0", "ring", "1")])
        self.load("mine.csv")
        self.assertEqual([row[4] for row in self.changes()], [""])


class Refused(SyncTest):
    def test_a_closed_region_leaves_the_others(self):
        cloud = self.several(120, "--closed", "cn-hongkong")
        self.accounts(cloud)
        self.sync(code=1, words=["90 gateways", "9 of 12 regions", "west in cn-hongkong: InvalidRegionID"])
        self.sync("--region", "cn-hongkong", code=3)
        self.sync("--region", "ap-southeast-2", code=3, words=["closed by the vendor"])
        self.assertEqual(self.desk.rows("SELECT count(*) FROM gateways_seen WHERE gone_unix_ms IS NOT NULL"), [(0,)])

    def test_one_wrong_key_of_three(self):
        cloud = self.several(120)
        self.accounts(cloud)
        self.sync()
        self.accounts(cloud, wrong=["west"])
        asked = len(cloud.ledger())
        self.sync(code=1, words=["8 of 12 regions", "west in cn-shanghai: SignatureDoesNotMatch"])
        self.assertEqual(self.desk.rows("SELECT count(*) FROM gateways_seen WHERE gone_unix_ms IS NOT NULL"), [(0,)])
        refused = [line for line in cloud.ledger()[asked:] if line["code"]]
        self.assertEqual(len(refused), 4)
        self.accounts(cloud, wrong=ACCOUNTS)
        self.sync(code=7)
        self.sync("--account", "north", code=7)
        self.sync("--account", "nobody", code=3, words=["account nobody: not in the configuration, which has east"])

    def test_one_account_without_a_profile(self):
        cloud = self.several(120)
        self.accounts(cloud)
        os.chmod(self.desk.write(".aliyun/config.json", {"current": "east", "profiles": [
            {"name": name, "mode": "AK", "access_key_id": f"id-{name}", "access_key_secret": f"secret-{name}"}
            for name in ("east", "north")]}), 0o600)
        self.sync(code=1, words=["80 gateways", "8 of 12 regions", "west in cn-shanghai: account west: "])
        self.sync("--account", "west", code=7, words=["account west: "])

    @harness.measured
    def test_keys_of_several_accounts_are_obtained_at_the_same_time(self):
        cloud = self.several(12)
        self.accounts(cloud)
        program = self.desk.write("slow.py", "import json, sys, time\ntime.sleep(5)\n"
                                  "print(json.dumps({'mode': 'AK', 'access_key_id': 'id-' + sys.argv[1],"
                                  " 'access_key_secret': 'secret-' + sys.argv[1]}))\n")
        os.chmod(self.desk.write(".aliyun/config.json", {"current": "east", "profiles": [
            {"name": name, "mode": "External", "process_command": f"{sys.executable} '{program}' {name}"}
            for name in ACCOUNTS]}), 0o600)
        begun = time.monotonic()
        self.sync("--region", "cn-shanghai", words=["3 gateways"])
        self.assertLess(time.monotonic() - begun, 14)

    def test_without_a_key(self):
        self.single(3)
        self.desk.key = {}
        self.sync(code=7)

    def test_nobody_listens(self):
        cloud = self.single(3)
        cloud.kill()
        self.sync("--region", "cn-shanghai", code=8)


class Versions(SyncTest):
    def test_what_is_offered(self):
        self.single(2, "--versions", "2.3.0,2.4.0,2.5.0", "--beta", "2.5.0", "--pairs", "0%")
        self.sync()
        rows = self.desk.ask("versions", "sag-000001")
        self.assertEqual({row["version"]: (row["type"], row["running"]) for row in rows},
                         {"2.5.0": ("beta", ""), "2.4.0": ("release", ""), "2.3.0": ("release", "sage000001a")})
        self.ends(self.desk.gatewave("versions", "sag-000001"), 0, "run --version 2.4.0")
        self.assertEqual([row["version"] for row in self.desk.ask("versions", "sag-000001", "--dpi")],
                         ["20260101_1_0-0.0.1"])

    def test_of_nobody(self):
        self.single(2)
        self.sync()
        self.ends(self.desk.gatewave("versions", "sag-nobody"), 3, "no gateway sag-nobody", "inventory sync")

    def test_that_the_cloud_refuses(self):
        self.single(2)
        self.sync()
        self.desk.key["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = "wrong"
        self.ends(self.desk.gatewave("versions", "sag-000001"), 7, "SignatureDoesNotMatch")


if __name__ == "__main__":
    unittest.main()
