"""Signals, and who may run: an orderly drain, leaving at once, one runner for a rollout."""

import contextlib
import datetime
import os
import signal
import sqlite3
import time
import unittest

import agreement
import harness


def full_pipe_as_stderr():
    """In the child: what it says goes into a pipe that is full; its reading end lives on as the unused stdin."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x" * 4096)
    except BlockingIOError:
        pass
    os.set_blocking(writer, True)
    os.dup2(writer, 2)
    os.dup2(reader, 0)


class Running(harness.EndToEnd):
    def begin(self, *options, upgrade="300-900", pairs="10%", rate="40/s", **config):
        """A run that is in the middle of its work: some calls are answered, more are to come."""
        cloud = self.fleet(80, "--upgrade-ms", upgrade, *options, pairs=pairs)
        self.desk.configure(cloud, **config)
        self.desk.plan(pace={"rate": rate})
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
        self.assertLess(len(updates), 80)
        self.assertTrue(all(line["replied"] for line in updates))
        self.assertEqual(self.desk.status()["targets"]["in_flight"], 0)
        attempts = self.desk.rows("SELECT proof FROM v_attempt")
        self.assertGreaterEqual(len(attempts), len(updates))
        self.assertNotIn((None,), attempts)
        self.finish(cloud)
        return done

    def test_first_interrupt_drains(self):
        self.drains(signal.SIGINT, 130)

    def test_terminate_drains(self):
        self.drains(signal.SIGTERM, 143)

    def test_a_closed_terminal_drains(self):
        self.drains(signal.SIGHUP, 143)

    def test_a_signal_that_was_ignored_stays_ignored(self):
        """nohup, or a script's background job: whoever started it so meant it."""
        cloud = self.fleet(40)
        self.desk.plan(pace={"rate": "20/s"})
        running = self.desk.start("run", "rollout.yaml",
                                  preexec=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        harness.wait_until("the first calls", lambda: len(cloud.updates()) > 5 or running.ended())
        running.signal(signal.SIGHUP)
        self.ends(running.wait(), 0)

    def test_a_standard_error_that_nobody_reads(self):
        """A full pipe, as of a pager that was stopped: the rollout goes on to its end without its talk."""
        self.fleet(4, "--upgrade-ms", "6000-6000")
        self.desk.plan(verify={"every": "500ms", "slow": "20s", "stuck": "30s"})
        running = self.desk.start("run", "rollout.yaml", preexec=full_pipe_as_stderr)
        finished = "SELECT 1 FROM rollouts WHERE phase = 'finished'"
        harness.wait_until("the end", lambda: self.desk.rows(finished) or running.ended())
        running.kill()
        self.assertEqual({row["outcome"] for row in self.desk.report()}, {"succeeded"})

    def test_a_drain_ends_while_devices_upgrade(self):
        """Upgrading devices are left to the next run: a drain does not wait for them."""
        cloud, running = self.begin(upgrade="20000-20000")
        running.signal(signal.SIGINT)
        self.ends(running.wait(60), 130)
        self.assertGreater(self.desk.status()["targets"]["upgrading"], 20)
        self.assertTrue(all(line["replied"] for line in cloud.updates()))

    def test_second_interrupt_leaves_at_once(self):
        """... with calls in flight, which the cloud receives all the same, after the program is gone."""
        cloud, running = self.begin(upgrade="300-600", cloud={"call_timeout": "2m"})
        cloud.process.send_signal(signal.SIGSTOP)
        harness.wait_until("calls that hang", lambda: self.in_flight() > 3 or running.ended())
        running.signal(signal.SIGINT)
        harness.wait_until("the word about draining", lambda: "stopping: no new calls" in running.said())
        self.assertFalse(running.ended())
        running.signal(signal.SIGINT)
        self.ends(running.wait(30), 130)  # and not when the calls' time is up
        self.assertGreater(self.in_flight(), 3)
        cloud.process.send_signal(signal.SIGCONT)
        self.finish(cloud)

    def in_flight(self):
        return self.desk.rows("SELECT count(*) FROM targets WHERE state = 'in_flight'")[0][0]

    def test_interrupted_in_the_middle_of_waiting_for_an_endpoint(self):
        self.fleet(3)
        self.desk.configure(url="https://127.0.0.1:1")
        running = self.desk.start("run", "rollout.yaml")
        harness.wait_until("a run", self.desk.is_running)
        running.signal(signal.SIGINT)
        self.ends(running.wait(60), 130, "stopping")
        self.assertEqual(self.desk.status()["targets"]["waiting"], 3)


class OneRunner(Running):
    SLOWLY = "8/s"  # the first runner has eight seconds left when a second one is started

    def refused(self, running):
        done = self.ends(self.desk.run(), 5, f"process {running.pid} ")
        today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT")
        self.assertIn(f"since {today}", done.err)

    def test_a_second_runner_is_refused_by_name(self):
        cloud, running = self.begin(rate=self.SLOWLY)
        self.refused(running)
        self.ends(running.wait(), 0)
        self.assertEqual(agreement.check_outcomes(self.desk.report(), cloud.ledger(), cloud.truth()), [])

    def test_two_that_begin_it_at_once(self):
        """Both find that there is no such rollout; whose creation comes second has not met another rollout's name."""
        cloud = self.fleet(5, "--upgrade-ms", "2000-2500", pairs="0%")
        with contextlib.closing(sqlite3.connect(self.desk.database, isolation_level=None)) as somebody:
            somebody.execute("BEGIN IMMEDIATE")
            both = [self.desk.start("run", "rollout.yaml") for _ in range(2)]
            time.sleep(1)
            somebody.execute("ROLLBACK")
        ended = sorted((running.wait() for running in both), key=lambda done: done.code)
        self.ends(ended[0], 0)
        self.ends(ended[1], 5, "rollout r1 is run by process")
        self.assertEqual(len(cloud.updates()), 5)

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

    def test_another_rollout_waits_for_its_turn(self):
        cloud, running = self.begin(rate=self.SLOWLY)
        self.desk.plan(rollout="r2")
        self.ends(self.desk.run(), 5, "rollout r1", f"process {running.pid} ")
        self.ends(running.wait(), 0)
        called = len(cloud.updates())
        self.ends(self.desk.gatewave("run", "r2"), 0)
        self.assertEqual(agreement.outcomes(self.desk.report("r2")), {"skipped": len(cloud.truth())})
        self.assertEqual(len(cloud.updates()), called)

    def test_a_doubt_of_another_rollout_is_settled_first(self):
        """I2: what one rollout has called and nobody knows the end of, no other one calls."""
        faults = self.desk.write("faults", "sag-000001 lost_request@1\n")
        cloud = self.fleet(3, "--faults", faults)
        running = self.desk.start("run", "rollout.yaml")
        harness.wait_until("a doubt and nothing else", lambda: self.desk.rows(
            "SELECT state FROM targets ORDER BY state") == [("in_doubt",), ("succeeded",), ("succeeded",)])
        running.kill()
        called = len(cloud.updates())
        self.desk.plan(rollout="r2")
        self.ends(self.desk.run(), 5, "sag-000001", "rollout r1", "run that rollout to its end first")
        self.assertEqual(len(cloud.updates()), called)
        self.ends(self.desk.gatewave("run", "r1"), 0)
        self.ends(self.desk.gatewave("run", "r2"), 0)
        ledger, truth = cloud.ledger(), cloud.truth()
        self.assertEqual(agreement.check_law(ledger, truth), [])
        self.assertEqual([row["updates_effective"] for row in truth], [1, 1, 1])

    def test_two_databases_over_one_fleet(self):
        """Nobody can see that from here; the look before each call keeps the harm away."""
        cloud, running = self.begin(pairs="0%")
        os.mkdir(self.desk.path("other"))
        other = harness.Desk(self.desk.path("other"))
        self.addCleanup(other.release)
        other.configure(cloud)
        other.plan()
        self.ends(other.gatewave("inventory", "import", self.desk.path("inventory.csv")), 0)
        self.ends(other.run(), 0)
        self.ends(running.wait(), 0)
        ledger, truth = cloud.ledger(), cloud.truth()
        self.assertEqual(agreement.check_nonces(ledger), [])
        self.assertEqual([(row["version"], row["updates_effective"]) for row in truth], [("2.4.0", 1)] * 80)

    def test_a_killed_runner_leaves_its_place(self):
        cloud, running = self.begin()
        running.kill()
        self.finish(cloud)


if __name__ == "__main__":
    unittest.main()
