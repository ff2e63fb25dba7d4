"""Nights: what drifted is rolled out with manners, and whoever must be left alone is. Judged by the cloud's ledger."""

import contextlib
import os
import resource
import signal
import socket
import time
import unittest

import harness

# As the rollouts of the other tests, so that a night takes a second.
KEYS = {key: value for key, value in harness.ROLLOUT.items() if key not in ("rollout", "version", "select")}
# Upgrades during which several commands begin and end, on a busy machine, too.
LONG = ("--upgrade-ms", "8000-8500")
PATIENT = {"slow": "20s", "stuck": "40s"}


class Nights(harness.EndToEnd):

    def policies(self, *policies, **manners):
        """Writes policies.yaml: each policy over the keys of a fast rollout."""
        whole = {"policies": [harness.merged(KEYS, {"name": "os", "select": "all", "version": "2.4.0", **policy})
                              for policy in policies or ({},)]}
        if manners:
            whole["manners"] = manners
        self.desk.write("policies.yaml", whole)

    def night(self, *options, **how):
        return self.desk.gatewave("reconcile", "policies.yaml", *options, **how)

    def called(self, cloud):
        return sorted({line["gateway_id"] for line in cloud.updates()})

    def drift(self, *options):
        """What the policies find now: gateway -> stance."""
        done = self.ends(self.night("--dry-run", "--output", "json", *options), 0)
        return {row["gateway_id"]: row["stance"] for row in harness.json.loads(done.out)}

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

    def test_a_version_that_a_gate_stopped_stays_stopped_until_somebody_says_otherwise(self):
        cloud = self.fleet(12, "--brick", "100%")
        gate = {"baseline": "1%", "alarm": "50%", "max_failed": "1"}
        waves = [{"name": "canary", "size": "3"}, {"name": "rest", "size": "rest"}]
        self.policies({"gate": gate, "waves": waves}, rest="0s", give_up="9")
        self.ends(self.night(), 6)
        calls = len(cloud.updates())
        done = self.ends(self.night(), 8)
        self.assertRegex(done.out, "stopped by the gate: .*\n  `.*gatewave resume os.*` lets it go on; a new version")
        self.assertEqual(len(cloud.updates()), calls)
        self.assertEqual(set(self.drift().values()), {"stopped"})
        # Ended by a person, it is stopped as before; a new version, or --again, is another matter.
        name = self.desk.rows("SELECT name FROM rollouts")[0][0]
        reason = "the vendor " + "says " * 200 + "so"
        self.ends(self.desk.gatewave("abort", name, "--reason", reason), 0)
        done = self.ends(self.night(), 8)
        self.assertIn(f": {reason}.\n  A new version, or `--again os`, lets it begin anew\n", done.out)
        self.assertEqual(len(cloud.updates()), calls)
        self.ends(self.night("--again", "os"), 6)
        self.assertGreater(len(cloud.updates()), calls)

    def test_what_a_person_rolled_back_stays_so_until_somebody_says_otherwise(self):
        cloud = self.fleet(3)
        self.policies()
        self.ends(self.night(), 0)
        name = self.desk.rows("SELECT name FROM rollouts")[0][0]
        self.ends(self.desk.gatewave("rollback", name, "--reason", "drops VPN sessions"), 0,
                  "nights leave policy os alone from now on", "`reconcile --again os`")
        self.ends(self.night(), 0)  # as long as it has not run there is nothing to do
        # The simulated cloud takes no device back, as the vendor does not; the inventory is told that it did.
        with contextlib.closing(harness.sqlite3.connect(self.desk.database)) as database, database:
            database.execute("UPDATE devices SET version = '2.3.0'")
        calls = len(cloud.updates())
        done = self.ends(self.night("--no-sync"), 8)
        self.assertRegex(done.out, f"  rollout {name}: rolled back by .* at .*: drops VPN sessions[.]\n"
                                   "  A new version, or `--again os`, lets it begin anew\n")
        self.assertEqual(len(cloud.updates()), calls)
        self.policies({"version": "2.4.1"})
        self.assertEqual(set(self.drift("--no-sync").values()), {"drifted"})
        self.policies()
        self.assertEqual(set(self.drift("--no-sync").values()), {"stopped"})
        self.ends(self.night("--no-sync", "--again", "os"), 0)
        self.assertEqual(self.desk.rows("SELECT rollout FROM policy_rollouts"), [(1,), (3,)])
        self.assertEqual(set(self.drift("--no-sync").values()), {"drifted"})

    def test_a_rollout_of_an_earlier_night_is_gone_on_with(self):
        cloud = self.fleet(8)
        waves = [{"name": "canary", "size": "2", "approve": "true"}, {"name": "rest", "size": "rest"}]
        self.policies({"waves": waves})
        self.ends(self.night(), 8)
        self.assertEqual(len(self.called(cloud)), 2)
        name = self.desk.rows("SELECT name FROM rollouts")[0][0]
        done = self.ends(self.night(), 8)  # it still waits, and nobody else is called
        self.assertRegex(done.out, f"  rollout {name}: wave canary waits for an approval since .*[.]\n"
                                   f"  `.*gatewave approve {name}` lets it go on; a new version, or `--again os`,")
        self.ends(self.desk.gatewave("approve", name), 0)
        self.ends(self.night(), 0)
        self.assertEqual(len(self.called(cloud)), 8)
        self.assertEqual(len(cloud.updates()), 8)
        self.assertEqual(self.desk.rows("SELECT count(*) FROM rollouts"), [(1,)])

    def test_one_that_was_upgraded_by_hand_does_not_end_a_rollout_of_an_earlier_night(self):
        cloud = self.fleet(8)
        waves = [{"name": "canary", "size": "2", "approve": "true"}, {"name": "rest", "size": "rest"}]
        self.policies({"waves": waves})
        self.ends(self.night(), 8)
        name = self.desk.rows("SELECT name FROM rollouts")[0][0]
        waiting = self.desk.rows("SELECT gateway_id FROM v_target WHERE state = 'waiting' ORDER BY 1")[0][0]
        self.desk.plan(select=f"gateway_id = {waiting}")
        self.ends(self.desk.run(), 0)
        self.ends(self.desk.gatewave("approve", name), 0)
        self.ends(self.night(), 0)
        self.assertEqual(self.desk.rows("SELECT policy, ended FROM policy_rollouts"), [("os", "")])
        self.assertEqual(self.desk.rows(f"SELECT state FROM v_target WHERE rollout = '{name}' AND"
                                        f" gateway_id = '{waiting}'"), [("skipped",)])
        self.assertEqual(len(cloud.updates()), 8)

    def test_what_waits_for_a_person_begins_anew_when_he_says_so(self):
        cloud = self.fleet(8)
        waves = [{"name": "canary", "size": "2", "approve": "true"}, {"name": "rest", "size": "rest"}]
        self.policies({"waves": waves})
        self.ends(self.night(), 8)
        name = self.desk.rows("SELECT name FROM rollouts")[0][0]
        self.ends(self.night("--again", "os"), 8, f"rollout {name} is ended: its policy begins anew")
        self.assertEqual((len(self.called(cloud)), len(cloud.updates())), (4, 4))
        self.assertEqual(self.desk.rows("SELECT phase FROM rollouts ORDER BY id"), [("aborted",), ("waiting",)])

    def test_a_hold_takes_a_gateway_out_of_a_rollout_of_an_earlier_night(self):
        cloud = self.fleet(8)
        waves = [{"name": "canary", "size": "2", "approve": "true"}, {"name": "rest", "size": "rest"}]
        self.policies({"waves": waves})
        self.ends(self.night(), 8)
        name = self.desk.rows("SELECT name FROM rollouts")[0][0]
        waiting = self.desk.rows("SELECT gateway_id FROM v_target WHERE state = 'waiting' ORDER BY 1")
        self.ends(self.desk.gatewave("approve", name), 0)
        self.ends(self.desk.gatewave("hold", waiting[0][0], "--reason", "works", "--until", "1d"), 0)
        self.policies()
        self.ends(self.night(), 0, f"rollout {name} is ended")
        self.assertNotIn(waiting[0][0], self.called(cloud))
        self.assertEqual(len(cloud.updates()), 7)
        self.assertEqual(self.desk.rows("SELECT phase FROM rollouts ORDER BY id"), [("aborted",), ("finished",)])

    def test_a_rollout_whose_policy_is_gone_is_ended_and_what_it_has_under_way_watched(self):
        cloud = self.fleet(4, "--upgrade-ms", "1500-2000")
        self.policies({"pace": {"upgrading": "1"}})
        running = self.desk.start("reconcile", "policies.yaml")
        harness.wait_until("an upgrade", lambda: self.desk.rows("SELECT 1 FROM v_target WHERE state = 'upgrading'"))
        running.kill()
        name = self.desk.rows("SELECT name FROM rollouts")[0][0]
        first = self.called(cloud)[0]
        # Another file's policies are no business of this one.
        self.desk.write("others.yaml", {"policies": [harness.merged(
            KEYS, {"name": "others", "select": "model = nothing", "version": "2.4.0"})]})
        done = self.ends(self.desk.gatewave("reconcile", "others.yaml", "--no-sync"), 3)
        self.assertNotIn(name, done.out + done.err)
        self.policies({"name": "renamed"})
        self.assertIn(f"os: not in the file any more; its rollout {name} is to be ended",
                      self.ends(self.night("--dry-run"), 0).out)
        self.ends(self.night("--no-sync"), 1, f"rollout {name} is ended: policy os is not in policies.yaml any more")
        self.assertEqual(self.desk.rows("SELECT phase FROM rollouts ORDER BY id"), [("aborted",), ("finished",)])
        self.assertEqual(self.desk.rows("SELECT policy, ended <> '' FROM policy_rollouts"), [("os", 1), ("renamed", 0)])
        self.assertEqual(self.desk.rows(f"SELECT gateway_id FROM v_target WHERE rollout = '{name}'"
                                        " AND state = 'succeeded'"), [(first,)])
        self.ends(self.night(), 0)
        self.assertEqual((len(self.called(cloud)), len(cloud.updates())), (4, 4))

    def test_a_waiting_rollout_whose_policy_is_gone_is_ended_without_a_call(self):
        cloud = self.fleet(4)
        waves = [{"name": "canary", "size": "2", "approve": "true"}, {"name": "rest", "size": "rest"}]
        self.policies({"waves": waves})
        self.ends(self.night(), 8)
        calls = len(cloud.updates())
        self.policies({"name": "renamed", "version": "2.3.0"})
        self.ends(self.night(), 0, "is ended: policy os is not in policies.yaml any more")
        self.assertEqual(self.desk.rows("SELECT phase FROM rollouts"), [("aborted",)])
        # What waited for a person is not begun anew because the policy comes back.
        self.policies({"waves": waves})
        done = self.ends(self.night(), 8)
        self.assertIn("any more.\n  A new version, or `--again os`, lets it begin anew", done.out)
        self.assertEqual(len(cloud.updates()), calls)

    def test_who_is_under_way_in_a_rollout_that_is_ended_is_not_called_again_that_night(self):
        names = [f"sag-{number:06}" for number in (1, 2, 3)]
        cloud = self.fleet(3, "--upgrade-ms", "1500-2000",
                           "--faults", self.desk.write("faults", "".join(f"{name} stay\n" for name in names)))
        self.policies({"pace": {"upgrading": "1"}, "verify": {"slow": "2s", "stuck": "3s"}})
        running = self.desk.start("reconcile", "policies.yaml")
        harness.wait_until("an upgrade", lambda: self.desk.rows("SELECT 1 FROM v_target WHERE state = 'upgrading'"))
        running.kill()
        first = self.called(cloud)[0]
        held, other = (name for name in names if name != first)
        self.ends(self.desk.gatewave("hold", held, "--reason", "works", "--until", "1d"), 0)
        self.ends(self.night(), 1, "is ended")
        self.assertEqual(sorted(line["gateway_id"] for line in cloud.updates()), sorted([first, other]))
        self.assertEqual(self.drift(), {first: "resting", held: "held", other: "resting"})

    def test_a_hold_in_the_middle_of_a_night_holds_for_the_policies_to_come(self):
        cloud = self.fleet(6, "--sites", "1", *LONG)
        self.policies({"select": "gateway_id <= sag-000003", "verify": PATIENT}, {"name": "late", "verify": PATIENT},
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
        cloud = self.fleet(4, *LONG)
        self.desk.plan(select="gateway_id <= sag-000002", verify=PATIENT)
        running = self.desk.start("run", "rollout.yaml")
        harness.wait_until("a call", cloud.updates)
        self.policies({"name": "theirs", "select": "gateway_id <= sag-000002"}, {"name": "ours", "verify": PATIENT})
        done = self.ends(self.night(), 5, "policy ours: ", "rollout r1 is run by process")
        self.assertIn("rollout r1 has a call that is not settled", done.out)
        self.ends(running.wait(), 0)
        self.ends(self.night(), 0)
        self.assertEqual((len(self.called(cloud)), len(cloud.updates())), (4, 4))
        self.assertEqual(self.desk.rows("SELECT policy, night, ended FROM policy_rollouts"), [("ours", 1, "")])

    def test_a_policy_may_change_what_it_is_about(self):
        """From software to signatures: neither the rollout nor the stop of the one holds for the other."""
        cloud = self.fleet(4, "--dpi-versions", "1.2.0", "--dpi-version-old", "1.1.0")
        waves = [{"name": "canary", "size": "2", "approve": "true"}, {"name": "rest", "size": "rest"}]
        self.policies({"waves": waves})
        self.ends(self.night(), 8)
        self.policies({"type": "Dpi", "version": "1.2.0"})
        self.ends(self.night(), 0, "is ended: the policy says something else now")
        self.assertEqual({device["dpi_version"] for device in cloud.truth()}, {"1.2.0"})
        self.assertEqual(len([device for device in cloud.truth() if device["version"] == "2.4.0"]), 2)

    def test_a_disk_that_is_full_in_the_middle_costs_the_night_alone(self):
        cloud = self.fleet(100, "--auto", "30%")
        self.policies({"name": "first", "select": "gateway_id <= sag-000080", "pace": {"rate": "40/s"}},
                      {"name": "second"})
        self.ends(self.night("--dry-run"), 0)
        size = os.path.getsize(self.desk.database) + 30000
        done = self.ends(self.night("--no-sync", "--take-over", preexec=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))), 4, "policy first: ", "check the disk")
        self.assertIn("\nfirst: could not be carried out: ", done.out)
        self.assertLess(len(cloud.updates()), 80)
        self.ends(self.night(), 0)
        self.assertEqual(len(cloud.updates()), 100)
        self.assertEqual({device["version"] for device in cloud.truth()}, {"2.4.0"})
        self.assertEqual(self.desk.rows("SELECT count(*) FROM takeovers WHERE returned_unix_ms IS NULL"), [(0,)])
        self.assertEqual(len([device for device in cloud.truth() if device["policy"] == "scheduled"]),
                         len({gateway for gateway, kind in self.auto(cloud) if kind == "manual"}))

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

    def auto(self, cloud):
        """What each change of an upgrade policy said: (gateway, type), in order."""
        return [(line["gateway_id"], line["params"]["UpgradeType"]) for line in cloud.ledger()
                if line["action"] == "ModifyDeviceAutoUpgradePolicy" and line["http_status"] == 200]

    def test_what_upgrades_by_itself_is_flagged_and_taken_over_only_when_asked(self):
        cloud = self.fleet(4, "--faults", self.desk.write("faults", "sag-000002 auto\nsag-000003 auto:boot\n"))
        self.policies({"select": "not gateway_id = sag-000003"})
        done = self.ends(self.night("--dry-run"), 0)
        self.assertEqual([line.split()[0] for line in done.out.splitlines() if "self_upgrading" in line],
                         ["sag-000002", "sag-000003"])
        self.policies({"select": "gateway_id = sag-000001"})
        self.ends(self.night(), 0)
        self.assertEqual(self.auto(cloud), [])
        self.policies({"select": "not gateway_id = sag-000003"})
        self.ends(self.night("--take-over"), 0, "taken over until the night ends", "by themselves again")
        self.assertEqual(self.auto(cloud), [("sag-000002", "manual"), ("sag-000002", "scheduled")])
        self.assertEqual(self.desk.rows("SELECT gateway_id, upgrade_type, returned_unix_ms > 0 FROM takeovers"),
                         [("sag-000002", "scheduled", 1)])
        order = [line["action"] for line in cloud.ledger() if line["gateway_id"] == "sag-000002"
                 and line["action"] in ("ModifyDeviceAutoUpgradePolicy", "UpdateSmartAccessGatewayVersion")]
        self.assertEqual(order, ["ModifyDeviceAutoUpgradePolicy", "UpdateSmartAccessGatewayVersion",
                                 "ModifyDeviceAutoUpgradePolicy"])
        policies = {device["gateway_id"]: device["policy"] for device in cloud.truth()}
        self.assertEqual((policies["sag-000002"], policies["sag-000003"]), ("scheduled", "boot"))

    def test_a_night_that_was_killed_leaves_the_next_one_to_give_back(self):
        cloud = self.fleet(3, "--auto", "100%", "--upgrade-ms", "2000-2500")
        self.policies()
        running = self.desk.start("reconcile", "policies.yaml", "--take-over")
        harness.wait_until("a call", cloud.updates)
        running.kill()
        self.assertEqual(len(self.auto(cloud)), 3)
        self.ends(self.night(), 0, "by themselves again")
        self.assertEqual(sorted(kind for _gateway, kind in self.auto(cloud)),
                         ["manual"] * 3 + ["scheduled"] * 3)
        self.assertEqual(len(cloud.updates()), 3)

    def test_a_signal_while_devices_are_taken_over_gives_them_back_and_calls_nobody(self):
        cloud = self.fleet(40, "--auto", "100%")
        self.policies()
        self.desk.configure(cloud, limits={"rate": "10/s"})
        running = self.desk.start("reconcile", "policies.yaml", "--take-over")
        harness.wait_until("some taken over", lambda: running.ended() or len(self.auto(cloud)) >= 3)
        running.signal(signal.SIGTERM)
        self.ends(running.wait(), 143, "by themselves again")
        kinds = [kind for _gateway, kind in self.auto(cloud)]
        self.assertLess(kinds.count("manual"), 40)
        self.assertEqual(kinds.count("scheduled"), kinds.count("manual"))
        self.assertEqual(cloud.updates(), [])
        self.assertEqual(self.desk.rows("SELECT result FROM nights"), [(143,)])
        self.ends(self.night(), 0)
        self.assertEqual(len(cloud.updates()), 40)
        self.assertEqual({device["policy"] for device in cloud.truth()}, {"scheduled"})

    def test_there_is_one_night_at_a_time_and_another_gives_nothing_back(self):
        cloud = self.fleet(3, "--auto", "100%", *LONG)
        self.policies({"verify": PATIENT})
        running = self.desk.start("reconcile", "policies.yaml", "--take-over")
        harness.wait_until("a call", cloud.updates)
        self.ends(self.night(), 5, "there is one night at a time")
        self.ends(self.night("--no-sync", "--dry-run"), 0)
        self.assertEqual([kind for _gateway, kind in self.auto(cloud)], ["manual"] * 3)
        self.ends(running.wait(), 0)
        self.assertEqual(sorted(kind for _gateway, kind in self.auto(cloud)), ["manual"] * 3 + ["scheduled"] * 3)
        self.assertEqual(self.desk.rows("SELECT result FROM nights"), [(0,)])

    def test_what_a_person_has_set_meanwhile_stays_and_one_lost_account_holds_up_nobody(self):
        cloud = self.fleet(3, "--auto", "100%", "--upgrade-ms", "2000-2500")
        self.policies()
        running = self.desk.start("reconcile", "policies.yaml", "--take-over")
        harness.wait_until("a call", cloud.updates)
        running.kill()
        with contextlib.closing(harness.sqlite3.connect(self.desk.database)) as database:
            database.executescript(
                "INSERT INTO gateways (gateway_id, region) VALUES ('lost', 'mars-north-1');"
                "INSERT INTO takeovers (night, gateway_id, serial, type, upgrade_type, cron, duration_min, time_zone,"
                " at_unix_ms) VALUES (1, 'lost', 's', 'Device', 'boot', '', 60, 'Asia/Shanghai', 1),"
                " (1, 'sag-000001', 'sage000001a', 'Device', 'boot', '0 0 4 1/1 * ?', 60, 'Asia/Shanghai', 2);")
        # The first is given back as scheduled; then it is no longer manual, and the second word about it is void.
        self.ends(self.night("--no-sync"), 0, "by themselves again", "next night's to give back")
        self.assertEqual(self.desk.rows("SELECT gateway_id FROM takeovers WHERE returned_unix_ms IS NULL"), [("lost",)])
        self.assertEqual({device["gateway_id"]: device["policy"] for device in cloud.truth()}["sag-000003"], "scheduled")

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
