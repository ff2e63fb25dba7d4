"""Rollouts where nothing goes wrong: each signature, format and container, tokens, pairs, regions and accounts."""

import contextlib
import json
import sqlite3
import time
import unittest

import agreement
import harness

# How much of what is under way a machine may bunch where rates are measured, in ms; without a ration where calls leave
# a held-up database shows 16 of 10 at once.
BUNCHED_MS = 400


class Rollout(harness.EndToEnd):
    def agrees(self, cloud, code=0, **how):
        """The report, the ledger and the truth tell one story, by the law of the calls."""
        report, ledger, truth = self.desk.report(), cloud.ledger(), cloud.truth()
        self.assertEqual(agreement.check_outcomes(report, ledger, truth, **how)
                         + agreement.check_law(ledger, truth), [])
        return report, ledger, truth

    def roll(self, cloud, devices):
        done = self.ends(self.desk.run(), 0, "every device is at the version")
        report, ledger, _truth = self.agrees(cloud)
        self.assertEqual(agreement.outcomes(report), {"succeeded": devices})
        self.assertEqual(len(agreement.updates_of(ledger)), devices)
        return done


class Wire(Rollout):
    """200 gateways, a tenth of them pairs, over TLS."""

    def roll_with(self, *options, **cloud_config):
        cloud = self.fleet(200, *options, pairs="10%")
        self.desk.configure(cloud, cloud=cloud_config)
        devices = len(cloud_devices(self.desk))
        self.assertGreater(devices, 205)
        self.roll(cloud, devices)

    def test_v3_json(self):
        self.roll_with(signature="v3", format="json")

    def test_v1_json(self):
        self.roll_with(signature="v1", format="json")

    def test_v3_xml(self):
        self.roll_with(signature="v3", format="xml")

    def test_v1_xml(self):
        self.roll_with(signature="v1", format="xml")

    def test_bare_containers_json(self):
        self.roll_with("--container", "bare", format="json")

    def test_bare_containers_xml(self):
        self.roll_with("--container", "bare", format="xml")


def cloud_devices(desk):
    with open(desk.path("inventory.csv"), encoding="utf-8") as file:
        return file.read().splitlines()[1:]


class Keys(Rollout):
    token = "the+token/of=the&session"

    def token_cloud(self):
        return self.fleet(10, "--key", f"testid:testsecret:{self.token}@main")

    def test_token_from_the_environment_v3(self):
        cloud = self.token_cloud()
        self.desk.key["ALIBABA_CLOUD_SECURITY_TOKEN"] = self.token
        self.roll(cloud, 10)

    def test_token_from_the_environment_v1(self):
        cloud = self.token_cloud()
        self.desk.configure(cloud, cloud={"signature": "v1"})
        self.desk.key["ALIBABA_CLOUD_SECURITY_TOKEN"] = self.token
        self.roll(cloud, 10)

    def test_token_from_the_vendors_profile(self):
        cloud = self.token_cloud()
        self.desk.key = {}
        profile = {"name": "night", "mode": "StsToken", "access_key_id": "testid", "access_key_secret": "testsecret",
                   "sts_token": self.token, "region_id": "cn-shanghai"}
        self.keys_file(".aliyun/config.json", json.dumps({"current": "night", "profiles": [profile]}))
        self.roll(cloud, 10)

    def test_key_from_the_credentials_file(self):
        cloud = self.fleet(10)
        self.desk.key = {}
        self.keys_file(".alibabacloud/credentials", "[default]\ntype = access_key\naccess_key_id = testid\n"
                       "access_key_secret = testsecret\n")
        self.roll(cloud, 10)

    def keys_file(self, name, text):
        path = self.desk.path(name)
        harness.os.makedirs(harness.os.path.dirname(path), mode=0o700)
        self.desk.write(name, text)
        harness.os.chmod(path, 0o600)

    def test_a_key_file_that_others_may_read_is_refused(self):
        cloud = self.fleet(3)
        self.desk.key = {}
        self.keys_file(".alibabacloud/credentials", "[default]\ntype = access_key\naccess_key_id = testid\n"
                       "access_key_secret = testsecret\n")
        harness.os.chmod(self.desk.path(".alibabacloud/credentials"), 0o644)
        self.ends(self.desk.run(), 7, "chmod 600")
        self.assertEqual(cloud.ledger(), [])


class Shape(Rollout):
    def test_regions_are_lanes_of_their_own(self):
        cloud = self.fleet(40, "--regions", "cn-shanghai,cn-hongkong,eu-central-1,ap-southeast-1")
        self.roll(cloud, 40)
        self.assertEqual({line["region"] for line in cloud.updates()},
                         {"cn-shanghai", "cn-hongkong", "eu-central-1", "ap-southeast-1"})

    def test_selection_is_all_that_is_touched(self):
        cloud = self.fleet(60, "--regions", "cn-shanghai,cn-hongkong")
        self.desk.plan(select="region = cn-hongkong and gateway_id < sag-000030")
        self.ends(self.desk.run(), 0)
        called = {line["gateway_id"] for line in cloud.updates()}
        self.assertEqual(called, {f"sag-{n:06}" for n in range(2, 30, 2)})
        self.assertEqual({row["gateway_id"] for row in self.desk.report()}, called)

    def test_signature_database(self):
        cloud = self.fleet(20, "--dpi-versions", "20260101_1_0-0.0.1")
        self.desk.plan(version="20260101_1_0-0.0.1", type="Dpi")
        self.ends(self.desk.run(), 0)
        for row in cloud.truth():
            self.assertEqual((row["dpi_version"], row["version"]), ("20260101_1_0-0.0.1", "2.3.0"))

    def test_devices_that_are_there_already_are_skipped(self):
        cloud = self.fleet(30)
        self.desk.plan(rollout="first", select="gateway_id <= sag-000010")
        self.ends(self.desk.run(), 0)
        self.desk.plan()
        self.ends(self.desk.run(), 0)
        report = self.desk.report()
        self.assertEqual(agreement.outcomes(report), {"succeeded": 20, "skipped": 10})
        self.assertEqual(len(cloud.updates()), 30)
        skipped = {row["gateway_id"] for row in report if row["outcome"] == "skipped"}
        self.assertEqual(skipped, {f"sag-{n:06}" for n in range(1, 11)})

    def test_unverified_is_accepted_only_and_says_so(self):
        cloud = self.fleet(30, "--brick", "50%")
        self.desk.plan(verify="off")
        self.ends(self.desk.run(), 0, "as far as the cloud accepted it (verification is off)")
        report, _ledger, truth = self.agrees(cloud, verify=False)
        self.assertEqual(agreement.outcomes(report), {"succeeded": 30})
        self.assertTrue(any(not row["online"] for row in truth))
        for row in report:
            self.assertIn("accepted", row["reason"] or "")
        self.assertIn("accepted", self.desk.gatewave("status", "r1").out)

    def test_run_by_options(self):
        cloud = self.fleet(10)
        done = self.desk.gatewave("run", "--version", "2.4.0", "--select", "all", "--verify", "off")
        self.ends(done, 0, "this rollout is called 2.4.0")
        self.assertEqual(len(cloud.updates()), 10)

    def test_finished_is_finished(self):
        cloud = self.fleet(20)
        self.ends(self.desk.run(), 0)
        before = len(cloud.ledger())
        self.ends(self.desk.run(), 0, "finished")
        self.ends(self.desk.gatewave("run", "r1"), 0, "finished")
        self.assertEqual(len(cloud.ledger()), before)


class Pace(Rollout):
    """The rates that a plan asks for, and where they are kept."""

    @harness.measured
    def test_update_calls_keep_their_rate(self):
        cloud = self.fleet(60)
        self.desk.plan(pace={"rate": "10/s"})
        self.ends(self.desk.run(), 0)
        ledger = cloud.ledger()
        self.assertEqual(agreement.check_rate(ledger, 10, "update", BUNCHED_MS), [])
        self.assertLess(agreement.pace_s(ledger, 0.2), 59 / 10 * 1.5)  # half the rate would be 59 / 5

    @harness.measured
    def test_its_own_rate_holds_where_calls_leave(self):
        """I12 by the rollout's own rate: intents that a busy database held up must not leave all at once."""
        cloud = self.fleet(60)
        self.desk.plan(pace={"rate": "10/s"})
        running = self.desk.start("run", "rollout.yaml")
        harness.wait_until("a call", lambda: cloud.updates() or running.ended())
        with contextlib.closing(sqlite3.connect(self.desk.path("fleet.db"), isolation_level=None)) as other:
            for _ in range(4):
                other.execute("BEGIN IMMEDIATE")
                time.sleep(0.9)  # how long another writer is at work: an import, say
                other.execute("ROLLBACK")
                time.sleep(0.2)
        self.ends(running.wait(), 0)
        self.assertEqual(agreement.check_rate(cloud.ledger(), 10, "update", BUNCHED_MS), [])

    @harness.measured
    def test_reads_keep_their_rate(self):
        cloud = self.fleet(20, pairs="100%")
        self.desk.plan(pace={"read_rate": "10/s"})
        self.ends(self.desk.run(), 0)
        self.assertEqual(agreement.check_rate(cloud.ledger(), 10, "read", BUNCHED_MS), [])

    @harness.measured
    def test_each_region_has_its_own(self):
        cloud = self.fleet(60, "--regions", "cn-shanghai,cn-hongkong")
        self.desk.plan(pace={"rate": "10/s"})
        self.ends(self.desk.run(), 0)
        self.assertEqual(agreement.check_rate(cloud.ledger(), 10, "update", BUNCHED_MS), [])
        self.assertLess(agreement.pace_s(cloud.ledger(), 0.1), 4.5)  # one rate for both would be 5.9

    def test_throttled_calls_cost_no_attempt(self):
        cloud = self.fleet(60, "--update-rate", "10/s", "--read-rate", "20/s")
        self.desk.plan(pace={"rate": "40/s", "read_rate": "100/s"})
        self.ends(self.desk.run(), 0)
        report, ledger, _truth = self.agrees(cloud)
        self.assertTrue(any(line["code"] == "Throttling.User" for line in ledger))
        self.assertEqual(agreement.outcomes(report), {"succeeded": 60})
        self.assertGreater(max(row["attempts"] for row in report), 1)
        self.assertEqual(self.desk.rows("SELECT DISTINCT attempts FROM targets"), [(1,)])


if __name__ == "__main__":
    unittest.main()
