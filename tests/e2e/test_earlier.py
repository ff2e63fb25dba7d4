"""What earlier nights have left: gone on with, ended, or let be until a person says otherwise."""

import contextlib
import os
import unittest

import harness
import nights


class Earlier(nights.Night):
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
            nights.KEYS, {"name": "others", "select": "model = nothing", "version": "2.4.0"})]})
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


if __name__ == "__main__":
    unittest.main()
