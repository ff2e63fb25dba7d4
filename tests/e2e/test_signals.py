"""Signals, and who may run: an orderly drain, leaving at once, one runner for a rollout."""

import datetime
import signal
import unittest

import agreement
import harness


class Running(harness.EndToEnd):
    def begin(self, *options, upgrade="1000-2000"):
        """A run that is in the middle of its work: some calls are answered, more are to come."""
        cloud = self.fleet(120, "--upgrade-ms", upgrade, *options, pairs="10%")
        self.desk.plan(pace={"rate": "40/s"})
        running = self.desk.start("run", "rollout.yaml")
        harness.wait_until("the first calls", lambda: len(cloud.updates()) > 20 or running.ended())
        self.assertFalse(running.ended(), running.said())
        return cloud, running

    def finish(self, cloud, uninterrupted=False):
        """The next run ends it, and all of it agrees."""
        done = self.ends(self.desk.run(), 0)
        report, ledger, truth = self.desk.report(), cloud.ledger(), cloud.truth()
        self.assertEqual(agreement.check_outcomes(report, ledger, truth, uninterrupted=uninterrupted)
                         + agreement.check_law(ledger, truth), [])
        return done


class Signals(Running):
    def drains(self, number, code):
        cloud, running = self.begin()
        running.signal(number)
        done = self.ends(running.wait(), code, "stopping: no new calls", "next: gatewave run")
        ledger = cloud.ledger()
        updates = [line for line in ledger if line["action"] == agreement.UPDATE]
        self.assertLess(len(updates), 120)
        self.assertTrue(all(line["replied"] for line in updates))
        self.assertEqual(self.desk.status()["targets"]["in_flight"], 0)
        answered = self.desk.rows("SELECT count(*) FROM attempts WHERE proof <> ''")[0][0]
        self.assertEqual(self.desk.rows("SELECT count(*) FROM attempts WHERE proof = ''"), [(0,)])
        self.assertGreaterEqual(answered, len(updates))
        self.finish(cloud)
        return done

    def test_first_interrupt_drains(self):
        self.drains(signal.SIGINT, 130)

    def test_terminate_drains(self):
        self.drains(signal.SIGTERM, 143)

    def test_a_closed_terminal_drains(self):
        self.drains(signal.SIGHUP, 143)

    def test_a_drain_ends_while_devices_upgrade(self):
        """Upgrading devices are left to the next run: a drain does not wait for them."""
        cloud, running = self.begin(upgrade="20000-20000")
        running.signal(signal.SIGINT)
        self.ends(running.wait(15), 130)
        self.assertGreater(self.desk.status()["targets"]["upgrading"], 20)
        self.assertTrue(all(line["replied"] for line in cloud.updates()))

    def test_second_interrupt_leaves_at_once(self):
        """... with calls in flight, which the cloud receives all the same, after the program is gone."""
        cloud, running = self.begin(upgrade="300-600")
        cloud.process.send_signal(signal.SIGSTOP)
        harness.wait_until("calls that hang", lambda: self.in_flight() > 3 or running.ended())
        running.signal(signal.SIGINT)
        harness.wait_until("the word about draining", lambda: "stopping: no new calls" in running.said())
        self.assertFalse(running.ended())
        running.signal(signal.SIGINT)
        self.ends(running.wait(5), 130)
        self.assertGreater(self.in_flight(), 3)
        cloud.process.send_signal(signal.SIGCONT)
        self.finish(cloud)

    def in_flight(self):
        return self.desk.rows("SELECT count(*) FROM targets WHERE state = 'in_flight'")[0][0]

    def test_interrupted_in_the_middle_of_waiting_for_an_endpoint(self):
        self.fleet(3)
        self.desk.configure(url="https://127.0.0.1:1")
        running = self.desk.start("run", "rollout.yaml")
        harness.wait_until("the first words", lambda: "r1: 0/3 done" in running.said(), 30)
        running.signal(signal.SIGINT)
        self.ends(running.wait(15), 130, "stopping")
        self.assertEqual(self.desk.status()["targets"]["waiting"], 3)


class OneRunner(Running):
    def refused(self, running):
        done = self.ends(self.desk.run(seconds=20), 5, f"process {running.pid} ")
        today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT")
        self.assertIn(f"since {today}", done.err)

    def test_a_second_runner_is_refused_by_name(self):
        cloud, running = self.begin()
        self.refused(running)
        self.ends(running.wait(), 0)
        self.assertEqual(agreement.check_outcomes(self.desk.report(), cloud.ledger(), cloud.truth()), [])

    def test_a_stopped_runner_cannot_be_overtaken(self):
        cloud, running = self.begin()
        running.signal(signal.SIGSTOP)
        before = len(cloud.updates())
        self.refused(running)
        running.signal(signal.SIGCONT)
        self.ends(running.wait(), 0)
        self.assertGreater(len(cloud.updates()), before)
        report, ledger, truth = self.desk.report(), cloud.ledger(), cloud.truth()
        self.assertEqual(agreement.check_outcomes(report, ledger, truth) + agreement.check_law(ledger, truth), [])

    def test_another_rollout_may_run_beside_it(self):
        cloud, running = self.begin()
        self.desk.plan(rollout="r2", select="gateway_id = sag-000120")
        self.assertIn(self.desk.run().code, (0, 1))
        self.assertIn(running.wait().code, (0, 1))
        ledger, truth = cloud.ledger(), cloud.truth()
        self.assertEqual(agreement.check_calls(ledger, truth, "2.4.0"), [])
        self.assertEqual([row["updates_effective"] for row in truth], [1] * len(truth))

    def doubt(self):
        """A rollout that runs, with a call in doubt to the first of three gateways; and another over the same ones."""
        faults = self.desk.write("faults", "sag-000001 lost_request@1\n")
        cloud = self.fleet(3, "--faults", faults)
        self.desk.configure(url="https://127.0.0.1:1")
        self.desk.plan(rollout="r2", retry={"offline": "12s"})
        frozen = self.desk.start("run", "rollout.yaml")
        harness.wait_until("the second rollout", lambda: "r2: 0/3 done" in frozen.said())
        frozen.kill()
        self.desk.configure(cloud, testing={"fence": "6s"})
        self.desk.plan()
        running = self.desk.start("run", "rollout.yaml")
        harness.wait_until("a doubt", lambda: self.desk.rows("SELECT 1 FROM targets WHERE state = 'in_doubt'"))
        return cloud, running

    def test_no_new_rollout_over_a_device_in_doubt(self):
        _cloud, running = self.doubt()
        self.desk.plan(rollout="r3")
        self.ends(self.desk.run(), 3, "rollout r1", "sag-000001", "run that rollout to its end first")
        self.ends(running.wait(), 0)

    def test_two_rollouts_never_have_one_device_in_doubt_twice(self):
        """I2: what one rollout has called and not settled, another one does not call."""
        cloud, running = self.doubt()
        self.ends(self.desk.gatewave("run", "r2"), 5, "rollout r1", "sag-000001", "run that rollout to its end first")
        self.ends(running.wait(), 0)
        self.ends(self.desk.gatewave("run", "r2"), 0)
        ledger, truth = cloud.ledger(), cloud.truth()
        self.assertEqual(agreement.check_law(ledger, truth, fence_ms=6000), [])
        self.assertEqual([row["updates_effective"] for row in truth], [1, 1, 1])

    def test_a_killed_runner_leaves_its_place(self):
        cloud, running = self.begin()
        running.kill()
        self.finish(cloud)


if __name__ == "__main__":
    unittest.main()
