"""kill -9 at random instants, and on with it each time: nothing is lost, and nothing is called twice without cause."""

import os
import random
import signal
import time
import unittest

import agreement
import harness
from test_faults import FAULTS

KILLS = 53
STALLS = {5, 15, 25}  # these kills find calls in flight; where the others find the program is chance


class Kill(harness.EndToEnd):
    def test_killed_50_times_and_more_and_resumed(self):
        seed = int(os.environ.get("GATEWAVE_E2E_SEED") or random.SystemRandom().randrange(1 << 32))
        print(f"GATEWAVE_E2E_SEED={seed}", flush=True)
        chance = random.Random(seed)
        cloud = self.fleet(400, *FAULTS, "--upgrade-ms", "300-900", "--seed", str(seed % 1000), pairs="20%")
        # Slow enough that the rollout outlives the kills.
        self.desk.configure(cloud, limits={"rate": "12/s", "read_rate": "60/s"})
        for n in range(KILLS):
            running = self.desk.start("run", "rollout.yaml")
            if n in STALLS:
                self.stall(cloud, running)
            else:
                time.sleep(chance.uniform(0, 1.6))  # the instant of the kill: chance is what is tested here
            self.assertFalse(running.ended(), running.said())
            running.kill()
            running.release()
            cloud.process.send_signal(signal.SIGCONT)
            self.database_is_sound()
            if n in STALLS:
                time.sleep(1)  # what hung arrives at once: the next run's calls are of another second
        paced = len(cloud.ledger())
        self.desk.configure(cloud)
        done = self.desk.run()
        self.ends(done, 1 if "did not get there" in done.err else 0)
        self.agrees(cloud, paced)
        self.ends(self.desk.run(), done.code, "finished")
        self.assertEqual(len(self.ledger), len(harness.json_lines(cloud.name + ".ledger")))

    def stall(self, cloud, running):
        """Calls are out and the cloud stands still: what it does with them, it does after the kill."""
        before = len(cloud.updates())
        # By the third one a page has been read: more calls are ready than those that a read of one device allows.
        harness.wait_until("calls", lambda: len(cloud.updates()) > before + 2 or running.ended())
        cloud.process.send_signal(signal.SIGSTOP)
        end = time.monotonic() + 5  # now and then no call is left that could be made without another read
        harness.wait_until("calls in flight", lambda: time.monotonic() > end or len(self.desk.rows(
            "SELECT 1 FROM targets WHERE state = 'in_flight'")) > 3 or running.ended())

    def agrees(self, cloud, paced):
        report = self.desk.report()
        self.ledger = cloud.ledger()
        interrupted = self.desk.rows("SELECT count(*) FROM events WHERE text LIKE '%interrupted%'")[0][0]
        self.assertGreater(interrupted, 3, "hardly a kill hit a call in flight")
        truth = cloud.truth()
        self.assertEqual(
            agreement.check_outcomes(report, self.ledger, truth, uninterrupted=False)
            + agreement.check_law(self.ledger, truth, fence_ms=harness.FENCE_MS, agree_ms=harness.AGREE_MS)
            + agreement.check_rate(self.ledger[:paced], 12, "update"), [])

    def database_is_sound(self):
        """I5, I22, I24 in every image that a kill leaves."""
        if not self.desk.rows("SELECT 1 FROM sqlite_master WHERE name = 'rollouts'"):
            return
        self.assertEqual(self.desk.rows("PRAGMA quick_check"), [("ok",)])
        rows = self.desk.rows("SELECT r.targets, count(t.id) FROM rollouts r LEFT JOIN targets t ON t.rollout = r.id"
                              " GROUP BY r.id")
        for frozen, there in rows:
            self.assertEqual(frozen, there)
        gaps = self.desk.rows("SELECT target FROM attempts GROUP BY target HAVING max(number) <> count(*)")
        self.assertEqual(gaps, [])


if __name__ == "__main__":
    unittest.main()
