"""Devices that upgrade by themselves: taken over when a night is asked to, and given back however it ends."""

import contextlib
import os
import resource
import signal
import time
import unittest

import harness
import nights


class TakeOver(nights.Night):
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

    def test_a_signal_ends_the_rest_after_taking_over(self):
        cloud = self.fleet(2, "--auto", "100%")
        self.policies()
        self.desk.configure(cloud, limits={"rate": "120/m"})
        running = self.desk.start("reconcile", "policies.yaml", "--take-over")
        harness.wait_until("both taken over", lambda: running.ended() or len(self.auto(cloud)) == 2)
        time.sleep(0.5)  # the second answer is heard, and the rest of a minute is begun
        begun = time.monotonic()
        running.signal(signal.SIGINT)
        self.ends(running.wait(), 130, "stopping: ", "by themselves again")
        self.assertLess(time.monotonic() - begun, 30)
        self.assertEqual([kind for _gateway, kind in self.auto(cloud)], ["manual"] * 2 + ["scheduled"] * 2)
        self.assertEqual(cloud.updates(), [])

    def test_a_second_signal_leaves_at_once_and_the_next_night_gives_back(self):
        cloud = self.fleet(20, "--auto", "100%")
        self.policies()
        self.desk.configure(cloud, limits={"rate": "5/s"})
        running = self.desk.start("reconcile", "policies.yaml", "--take-over")
        harness.wait_until("some taken over", lambda: running.ended() or len(self.auto(cloud)) >= 6)
        running.signal(signal.SIGTERM)
        harness.wait_until("one given back", lambda: running.ended() or "scheduled" in {
            kind for _gateway, kind in self.auto(cloud)})
        for _ in range(2):
            running.signal(signal.SIGTERM)
            time.sleep(0.2)
        self.ends(running.wait(), 143, "again to leave at once")
        self.assertEqual(self.desk.rows("SELECT result FROM nights"), [(None,)])
        left = "SELECT count(*) FROM takeovers WHERE returned_unix_ms IS NULL"
        self.assertGreater(self.desk.rows(left)[0][0], 0)
        self.ends(self.night(), 0)
        self.assertEqual(self.desk.rows(left), [(0,)])
        self.assertEqual({device["policy"] for device in cloud.truth()}, {"scheduled"})

    def test_there_is_one_night_at_a_time_and_another_gives_nothing_back(self):
        cloud = self.fleet(3, "--auto", "100%", *nights.LONG)
        self.policies({"verify": nights.PATIENT})
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


if __name__ == "__main__":
    unittest.main()
