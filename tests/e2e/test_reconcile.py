"""Nights: what drifted is rolled out with manners, and whoever must be left alone is. Judged by the cloud's ledger."""

import contextlib
import os
import signal
import socket
import time
import unittest

import harness
import nights


class Nights(nights.Night):
    def test_what_drifted_goes_and_a_dry_run_calls_nobody(self):
        cloud = self.fleet(6, pairs="50%")
        self.policies()
        self.ends(self.night("--dry-run"), 0, "next: gatewave reconcile")
        self.assertEqual(cloud.updates(), [])
        self.assertEqual(self.desk.rows("SELECT count(*) FROM nights"), [(0,)])
        self.ends(self.night(), 0)
        self.assertEqual(len(self.called(cloud)), 6)
        self.assertEqual({device["version"] for device in cloud.truth()}, {"2.4.0"})
        self.assertEqual(self.desk.rows("SELECT policy, night, ended FROM policy_rollouts"), [("os", 1, "")])
        self.assertEqual(self.desk.rows("SELECT result, gateways, converged FROM nights"), [(0, 6, 0)])

    def test_a_fleet_that_is_there_gets_no_call(self):
        cloud = self.fleet(5, "--version-old", "2.4.0")
        self.policies()
        self.ends(self.night(), 0)
        self.assertEqual(cloud.updates(), [])
        self.assertEqual(self.desk.rows("SELECT count(*) FROM rollouts"), [(0,)])
        self.assertEqual(self.desk.rows("SELECT result, gateways, converged FROM nights"), [(0, 5, 5)])

    def test_the_next_night_finds_it_converged(self):
        cloud = self.fleet(6, pairs="50%")
        self.policies()
        self.ends(self.night(), 0)
        calls = len(cloud.updates())
        done = self.ends(self.night(), 0, "0 gone")
        self.assertIn("6 as desired", done.out)
        self.assertEqual(len(cloud.updates()), calls)
        self.assertEqual(self.desk.rows("SELECT result, gateways, converged FROM nights"), [(0, 6, 0), (0, 6, 6)])

    def test_the_first_night_makes_its_database(self):
        cloud = self.fleet(3)
        self.policies()
        for name in os.listdir(self.folder):
            if name.startswith("fleet.db"):
                os.unlink(self.desk.path(name))
        self.ends(self.night("--dry-run"), 4, "there is no such database")
        self.ends(self.night("--no-sync"), 4, "there is no such database")
        self.ends(self.night(), 0, "created the database", "3 new")
        self.assertEqual(len(self.called(cloud)), 3)

    def test_without_knowing_what_there_is_there_is_no_night(self):
        cloud = self.fleet(3)
        self.policies()
        self.desk.key["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = "wrong"
        self.ends(self.night(), 7, "no night without knowing")
        self.assertEqual(cloud.updates(), [])
        self.assertEqual(self.desk.rows("SELECT count(*) FROM nights"), [(0,)])

    def test_who_cannot_be_believed_to_be_gone_is_let_be_and_the_others_go(self):
        leavers = [f"sag-{i:06}" for i in range(1, 9)]
        cloud = self.fleet(20, "--faults", self.desk.write("faults", "".join(f"{id} leave:1s\n" for id in leavers)))
        self.policies()
        time.sleep(2)
        self.ends(self.night(), 8, "8 of the 20 gateways", "--accept-gone")
        self.assertEqual(self.called(cloud), [f"sag-{i:06}" for i in range(9, 21)])
        self.assertEqual(self.desk.rows("SELECT gateway_id FROM drift WHERE stance = 'held' AND reason LIKE '%to be believed'"
                                        " ORDER BY 1"), [(id,) for id in leavers])
        self.assertEqual(self.desk.rows("SELECT result FROM nights"), [(8,)])
        self.ends(self.desk.gatewave("inventory", "sync", "--accept-gone"), 0, "8 disappeared")
        self.ends(self.night(), 0)

    def test_whoever_sleeps_hears_of_a_night_that_did_not_begin(self):
        cloud = self.fleet(3)
        with socket.create_server(("127.0.0.1", 0)) as hook:
            hook.settimeout(harness.PATIENCE_S)
            self.desk.configure(cloud, metrics={"textfile": "night.prom"}, notify=[
                {"name": "noc", "url": f"http://127.0.0.1:{hook.getsockname()[1]}/hook", "form": "json"}])
            self.policies()
            self.desk.key["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = "wrong"
            running = self.desk.start("reconcile", "policies.yaml")
            connection, _address = hook.accept()
            with connection:
                heard = connection.recv(65536)
                while b"}}" not in heard and b'"at"' not in heard:
                    heard += connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        self.ends(running.wait(), 7)
        said = harness.json.loads(heard[heard.index(b"{"):])
        self.assertEqual((said["event"], said["rollout"], said["next"]), ("credentials", None, "gatewave doctor"))
        self.assertTrue(said["text"].startswith("gatewave: the night did not begin: "), said["text"])
        with open(self.desk.path("night.prom"), encoding="utf-8") as file:
            self.assertIn("\ngatewave_run_exit_code 7\n", file.read())
        self.ends(self.night("--dry-run"), 7)  # which nobody hears of

    def test_waves_are_cut_to_what_drifted(self):
        self.fleet(3)
        self.policies({"waves": [{"name": "canary", "size": "5"}, {"name": "rest", "size": "rest"}]})
        self.ends(self.night(), 0)
        self.assertEqual(self.desk.rows("SELECT name, targets FROM waves"), [("canary", 3)])

    def test_a_hold_exempts_and_ends(self):
        cloud = self.fleet(4)
        self.policies()
        self.ends(self.desk.gatewave("hold", "sag-000002", "--reason", "inventory", "--until", "7d"), 0, "is held until")
        self.ends(self.desk.gatewave("hold", "sag-000003", "--reason", "works", "--until", "2099-01-01"), 0)
        self.ends(self.desk.gatewave("hold", "sag-000003", "--lift"), 0)
        held = self.desk.gatewave("hold", "--output", "json")
        self.assertEqual([row["gateway_id"] for row in harness.json.loads(held.out)], ["sag-000002"])
        self.ends(self.night(), 0)
        self.assertEqual(self.called(cloud), ["sag-000001", "sag-000003", "sag-000004"])
        self.assertEqual(self.desk.rows("SELECT gateway_id, reason LIKE '%inventory' FROM drift"
                                        " WHERE stance = 'held'"), [("sag-000002", 1)])

    def test_holds_that_cannot_be_meant_are_refused(self):
        self.fleet(1)
        for words, code, said in ((("sag-9", "--reason", "x", "--until", "7d"), 3, "has no gateway sag-9"),
                                  (("sag-000001", "--reason", "x", "--until", "2001-01-01"), 3, "is past already"),
                                  (("sag-000001", "--reason", "x", "--until", "soon"), 3, "must be a date"),
                                  (("sag-000001", "--reason", "x", "--until", "2026-02-30"), 3, "must be a date"),
                                  (("sag-000001", "--reason", "x"), 2, "needs --reason and --until"),
                                  (("sag-000001", "--lift"), 3, "is not held"),
                                  (("--lift",), 2, "which gateway")):
            with self.subTest(words=words):
                self.ends(self.desk.gatewave("hold", *words), code, said)
        self.assertEqual(self.desk.rows("SELECT count(*) FROM holds"), [(0,)])

    def test_one_that_failed_rests_then_is_given_up(self):
        cloud = self.fleet(4, "--faults", self.desk.write("faults", "sag-000001 brick\n"))
        self.policies(rest="1s", give_up="2")
        self.ends(self.night(), 1)
        self.policies(rest="1d", give_up="2")
        self.assertEqual(self.drift(), {"sag-000001": "resting"})
        self.ends(self.night(), 1)
        calls = len(cloud.updates())
        self.policies(rest="0s", give_up="1")
        self.assertEqual(self.drift(), {"sag-000001": "given_up"})
        self.ends(self.night(), 1)
        self.assertEqual(len(cloud.updates()), calls)

    def test_a_hold_in_the_middle_of_a_night_holds_for_the_policies_to_come(self):
        cloud = self.fleet(6, "--sites", "1", *nights.LONG)
        self.policies({"select": "gateway_id <= sag-000003", "verify": nights.PATIENT}, {"name": "late", "verify": nights.PATIENT},
                      site_restarts="6")
        running = self.desk.start("reconcile", "policies.yaml")
        harness.wait_until("a call", cloud.updates)
        self.ends(self.desk.gatewave("hold", "sag-000005", "--reason", "works", "--until", "1d"), 0)
        self.ends(running.wait(), 0)
        self.assertEqual(self.called(cloud), ["sag-000001", "sag-000002", "sag-000003", "sag-000004", "sag-000006"])

    def test_a_policy_without_a_gateway_is_told_and_the_others_go(self):
        cloud = self.fleet(3)
        self.policies({"name": "none", "select": "model = nothing"}, {},
                      {"name": "late", "select": "region = cn-shanghai", "version": "2.5.0"})
        done = self.ends(self.night(), 3)
        self.assertIn("it matches no gateway", done.out)
        self.assertIn("an earlier policy has every one of them", done.out)
        self.assertEqual({line["version"] for line in cloud.updates()}, {"2.4.0"})

    def test_a_policy_that_cannot_be_carried_out_costs_the_others_nothing(self):
        cloud = self.fleet(6)
        with contextlib.closing(harness.sqlite3.connect(self.desk.database)) as database, database:
            database.execute("UPDATE gateways SET account ="
                             " iif(gateway_id IN ('sag-000003', 'sag-000004'), 'lost', 'main')")
        self.desk.configure(cloud, metrics={"textfile": "night.prom"},
                            accounts=[{"name": name, "profile": name} for name in ("main", "lost")])
        os.mkdir(self.desk.path(".aliyun"), 0o700)
        os.chmod(self.desk.write(".aliyun/config.json", {"current": "main", "profiles": [
            {"name": "main", "mode": "AK", "access_key_id": "testid", "access_key_secret": "testsecret"},
            {"name": "lost", "mode": "CredentialsURI", "credentials_uri": "http://127.0.0.1:1/"}]}), 0o600)
        self.policies({"name": "first", "select": "gateway_id <= sag-000002"},
                      {"name": "second", "select": "gateway_id in (sag-000003, sag-000004)"}, {"name": "third"})
        done = self.ends(self.night("--no-sync"), 7, "policy second: account lost: ")
        self.assertIn("\nsecond: could not be carried out: account lost: ", done.out)
        self.assertEqual(self.called(cloud), ["sag-000001", "sag-000002", "sag-000005", "sag-000006"])
        self.assertEqual(self.desk.rows("SELECT result FROM nights"), [(7,)])
        with open(self.desk.path("night.prom"), encoding="utf-8") as file:
            told = file.read()
        for line in ('gatewave_run_devices{state="succeeded"} 4', "gatewave_run_exit_code 7"):
            self.assertIn(f"\n{line}\n", told)

    def test_a_window_that_is_closed_all_night_keeps_nobody_else_from_his(self):
        cloud = self.fleet(6)
        hour = (time.gmtime().tm_hour + 18) % 24  # nobody waits that long
        closed = {"between": f"{hour:02}:00-{hour:02}:59", "zone": "Etc/UTC"}
        self.policies({"name": "shut", "select": "gateway_id <= sag-000003", "window": closed}, {"name": "open"})
        self.ends(self.night(), 9)
        self.ends(self.night(), 9)
        self.assertEqual(self.called(cloud), ["sag-000004", "sag-000005", "sag-000006"])
        self.assertEqual(self.desk.rows("SELECT policy, night, ended FROM policy_rollouts"),
                         [("shut", 1, ""), ("open", 1, "")])

    def test_a_night_beside_a_persons_rollout_is_the_next_ones(self):
        cloud = self.fleet(4, *nights.LONG)
        self.desk.plan(select="gateway_id <= sag-000002", verify=nights.PATIENT)
        running = self.desk.start("run", "rollout.yaml")
        harness.wait_until("a call", cloud.updates)
        self.policies({"name": "theirs", "select": "gateway_id <= sag-000002"}, {"name": "ours", "verify": nights.PATIENT})
        done = self.ends(self.night(), 5, "policy ours: ", "rollout r1 is run by process")
        self.assertIn("rollout r1 has a call that is not settled", done.out)
        self.ends(running.wait(), 0)
        self.ends(self.night(), 0)
        self.assertEqual((len(self.called(cloud)), len(cloud.updates())), (4, 4))
        self.assertEqual(self.desk.rows("SELECT policy, night, ended FROM policy_rollouts"), [("ours", 1, "")])

    def test_a_site_restarts_so_often(self):
        cloud = self.fleet(4, "--sites", "1")
        self.policies(site_restarts="3")
        self.ends(self.night(), 1)
        self.assertEqual(len(cloud.updates()), 3)
        self.ends(self.night(), 1)
        self.assertEqual(len(cloud.updates()), 3)

    def test_a_pair_that_was_begun_is_ended_within_its_sites_restarts(self):
        cloud = self.fleet(1, "--sites", "1", "--upgrade-ms", "2500-3000", pairs="100%")
        self.policies(site_restarts="2")
        running = self.desk.start("reconcile", "policies.yaml")
        harness.wait_until("a call", cloud.updates)
        running.kill()
        self.ends(self.night(), 0)
        self.assertEqual(len(cloud.updates()), 2)
        self.assertEqual({device["version"] for device in cloud.truth()}, {"2.4.0"})
        self.assertEqual(self.desk.rows("SELECT ended FROM policy_rollouts"), [("",)])

    def test_prometheus_hears_of_the_drift(self):
        cloud = self.fleet(4, "--faults", self.desk.write("faults", "sag-000004 refuse:NotBoundCCN\n"))
        self.desk.configure(cloud, metrics={"textfile": "night.prom"})
        self.policies()
        self.ends(self.desk.gatewave("hold", "sag-000002", "--reason", "works", "--until", "7d"), 0)
        self.ends(self.night(), 1)
        with open(self.desk.path("night.prom"), encoding="utf-8") as file:
            told = file.read()
        for line in ("gatewave_policy_gateways 4", "gatewave_found_drifted_gateways 4", "gatewave_held_gateways 1",
                     'gatewave_run_devices{state="succeeded"} 2', "gatewave_run_exit_code 1",
                     'gatewave_run_code_devices{outcome="failed",code="NotBoundCCN"} 1'):
            self.assertIn(f"\n{line}\n", told)
        self.assertNotIn("last_success", told)
        self.ends(self.night("--no-sync"), 1)

    def test_the_service_manager_hears_that_a_night_without_work_is_ready(self):
        self.fleet(2, "--version-old", "2.4.0")
        self.policies()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(self.desk.path("notify"))
            manager.setblocking(False)
            for options in ((), ("--no-sync",)):
                self.ends(self.night(*options, env={"NOTIFY_SOCKET": self.desk.path("notify")}), 0)
                self.assertEqual(manager.recv(4096), b"READY=1")
                with contextlib.suppress(BlockingIOError):
                    while manager.recv(4096):
                        pass

    def test_a_signal_ends_the_night_and_not_one_rollout_alone(self):
        cloud = self.fleet(6, "--upgrade-ms", "2000-2500")
        self.policies({"select": "gateway_id <= sag-000003"}, {"name": "late"})
        running = self.desk.start("reconcile", "policies.yaml")
        harness.wait_until("a call", cloud.updates)
        running.signal(signal.SIGTERM)
        self.ends(running.wait(), 143)
        self.assertEqual(self.desk.rows("SELECT policy FROM policy_rollouts"), [("os",)])
        self.assertEqual(self.desk.rows("SELECT result FROM nights"), [(143,)])
        self.ends(self.night(), 0)
        self.assertEqual(len(cloud.updates()), 6)

    def test_who_is_away_does_not_keep_the_restarts_of_its_site(self):
        cloud = self.fleet(3, "--sites", "1", "--faults", self.desk.write("faults", "sag-000001 offline\n"))
        self.policies({"select": "gateway_id = sag-000001"}, {"name": "others"}, site_restarts="1")
        self.ends(self.night(), 1)
        self.assertEqual(self.called(cloud), ["sag-000002"])

    def test_bad_policies_are_refused_before_anything_is_touched(self):
        cloud = self.fleet(1)
        self.desk.write("policies.yaml", "policies:\n  - {name: a, select: all, version: 1, wavs: []}\n")
        self.ends(self.night(), 3, "policies.yaml:2:40: unknown key `policies.wavs`")
        self.ends(self.desk.gatewave("reconcile", "nowhere.yaml"), 3, "nowhere.yaml")
        self.policies()
        self.ends(self.night("--again", "oz"), 3, "has no such policy")
        self.ends(self.night(*["--again", "os"] * 40, "--again", "oz"), 3, "--again oz", "has no such policy")
        self.assertEqual(cloud.ledger(), [])


if __name__ == "__main__":
    unittest.main()
