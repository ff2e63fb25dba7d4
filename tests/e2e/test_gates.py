"""Gates: bad versions are stopped before they have broken many, and told of by what explains them."""

import collections
import unittest

import agreement
import course
import harness
import waved

WAVES = [{"name": "canary", "size": "10", "soak": "100ms"}, {"name": "fifth", "size": "20%", "soak": "100ms"},
         {"name": "rest", "size": "rest"}]
SEED = ("--seed", "5")  # which devices a version breaks


class Bad(waved.Waved):
    def doubted(self, done, wave, most):
        """Held for what the wave showed: a person is asked, and goes on all the same. Returns the next run's end."""
        self.ends(done, 8)
        said = course.of(self.desk)
        self.assertEqual((said.verdicts[-1].verdict, said.verdicts[-1].wave), ("hold", wave))
        self.assertLessEqual(sum(target.state in ("failed", "unresolved") for target in said.targets), most)
        told = self.desk.gatewave("status", "r1")
        self.assertRegex(told.out, r"\d+ of \d+ devices .*upgraded up to wave \w+ failed")
        self.assertIn("approve", told.out + told.err)
        self.ends(self.desk.gatewave("approve", "r1", "--reason", "old boxes"), 0)
        return self.desk.run()

    def stopped(self, done, cloud, most):
        """By the gate: with little broken, the rest of the fleet as it was, and a verdict that says so."""
        self.ends(done, 6)
        said = course.of(self.desk)
        self.assertEqual(said.verdicts[-1].verdict, "abort")
        self.assertEqual(self.desk.status()["state"], "waiting")
        called = {agreement.device_of(line) for line in cloud.updates()}
        failed = [target for target in said.targets if target.state in ("failed", "unresolved") or target.relapsed]
        self.assertLessEqual(len(failed), most)
        self.assertEqual(collections.Counter(target.state for target in said.targets if target.device not in called),
                         {"waiting": len(said.targets) - len(called)})
        return said

    def test_one_that_bricks_a_fifth(self):
        cloud = self.begin(150, *SEED, "--brick", "20%", waves=WAVES, pace={"rate": "80/s"})
        said = self.stopped(self.doubted(self.desk.run(), 1, 4), cloud, 15)
        done = self.desk.run()
        self.assertLessEqual(said.verdicts[-1].wave, 2)
        self.assertEqual(self.called(cloud)["rest"], 0)
        told = self.desk.gatewave("status", "r1")
        for text in (done.err, told.out + told.err, self.desk.status()["reason"]):
            self.assertRegex(text, r"\d+ of \d+ devices")
        self.assertIn("resume", told.out + told.err)
        self.still_stopped(cloud)
        self.ends(self.desk.gatewave("resume", "r1", "--reason", "the vendor says that these were old boxes"), 0)
        # By the time that devices are known to be stuck, all others may have been called: then it has finished.
        self.assertIn(self.desk.run().code, (1, 6))
        self.assertGreater(len(cloud.updates()), self.calls, "what was forgiven stopped it again")
        self.assertGreater(len(course.of(self.desk).verdicts), len(said.verdicts))
        self.agrees(cloud, outcomes=False)
        self.assertLessEqual(len(waved.broken(self.truth)), 30)

    def still_stopped(self, cloud):
        """A verdict outlives the runner: who runs it again changes nothing."""
        self.calls = len(cloud.updates())
        self.ends(self.desk.run(), 6)
        self.assertEqual(len(cloud.updates()), self.calls)

    def test_one_that_bricks_one_model_in_ten(self):
        models = ",".join(f"sag-{n}" for n in range(1, 11))
        cloud = self.begin(200, *SEED, "--models", models, "--brick-model", "sag-7:60%", pace={"rate": "25/s"},
                           waves=WAVES)  # the last wave takes six seconds, and a device is known to be stuck after one
        done = self.desk.run()
        self.assertIn("model sag-7", done.err)
        self.stopped(self.doubted(done, 2, 4), cloud, 20)
        told = self.desk.gatewave("status", "r1")
        self.assertRegex(told.out + told.err, r"\d+ of \d+ failures .*sag-7")
        self.still_stopped(cloud)
        self.ends(self.desk.gatewave("resume", "r1", "--without", "model = sag-7", "--reason", "a bad batch"), 0)
        self.ends(self.desk.run(), 1)
        self.agrees(cloud, uninterrupted=False)
        inventory = self.inventory()
        states = collections.defaultdict(collections.Counter)
        for target in self.course.targets:
            states[inventory[target.device[0]]["model"] == "sag-7"][target.state] += 1
        self.assertEqual(states[False], {"succeeded": 180})
        self.assertGreater(states[True]["canceled"], 0)
        self.assertEqual({agreement.device_of(line) for line in self.ledger if line["action"] == agreement.UPDATE}
                         & {target.device for target in self.course.targets if target.state == "canceled"}, set())

    def test_hard_limits(self):
        """Half of the fleet refuses: each gate stops with the failure that is one too many, or nearly so."""
        for gate, failed, most in (({"max_failed": "2"}, 3, 4), ({"max_failed_share": "10%", "least": "10"}, 2, 10)):
            with self.subTest(gate):
                faults = self.desk.write("faults", "".join(f"sag-{n:06} refuse:NotBoundCCN\n" for n in range(1, 31)))
                cloud = self.begin(60, "--faults", faults, pace={"rate": "60/s", "in_flight": "1"},
                                   waves=[{"name": "all", "size": "rest"}],
                                   gate={"baseline": "98%", "alarm": "99%", **gate})
                said = self.stopped(self.desk.run(), cloud, most)
                self.assertGreaterEqual(len([t for t in said.targets if t.state == "failed"]), failed)


class Soak(waved.Waved):
    def relapsing(self, n, of):
        """Some of the canary are well at first, and not when it has soaked."""
        self.begin(40, waves=[{"name": "canary", "size": str(of), "soak": "3s"}, {"name": "rest", "size": "rest"}])
        canary = sorted({target.device[0] for target in self.frozen().targets if target.wave == 1})
        faults = self.desk.write("faults", "".join(f"{gateway_id} relapse\n" for gateway_id in canary[:n]))
        cloud = self.cloud("--generate", "40", "--pairs", "0%", "--upgrade-ms", "30-80", "--faults", faults,
                           "--relapse-after", "1500ms")
        self.configure(cloud)
        return cloud

    def test_relapses_count_as_failures(self):
        cloud = self.relapsing(8, 8)
        self.ends(self.desk.run(), 6)
        self.assertEqual(self.called(cloud), {"canary": 8})
        said = course.of(self.desk)
        relapsed = sum(target.relapsed for target in said.targets)
        self.assertGreaterEqual(relapsed, 5)  # the gate need not see the others
        self.assertEqual({target.state for target in said.targets if target.wave == 1}, {"succeeded"})
        self.assertEqual(said.verdicts[-1].verdict, "abort")
        self.assertEqual(self.desk.rows("SELECT failed FROM charts WHERE number = 0"), [(relapsed,)])
        self.assertEqual(self.problems(cloud, outcomes=False), [])
        self.assertEqual(len([row for row in self.truth if not row["online"] or row["version"] == "2.3.0"]), 40)

    def test_few_relapses_are_a_hold(self):
        cloud = self.relapsing(3, 4)
        self.ends(self.desk.run(), 8, "canary")
        self.assertEqual(self.called(cloud), {"canary": 4})
        verdict = course.of(self.desk).verdicts[-1]
        self.assertEqual((verdict.verdict, verdict.succeeded, verdict.of), ("hold", 1, 4))
        self.ends(self.desk.gatewave("approve", "r1"), 0)
        self.ends(self.desk.run(), 1, "relapsed")
        self.assertEqual(self.problems(cloud, outcomes=False), [])

    def test_a_soak_goes_on_after_a_restart(self):
        cloud = self.begin(20, waves=[{"name": "canary", "size": "4", "soak": "2s"},
                                      {"name": "rest", "size": "rest"}])
        self.frozen()
        self.configure(cloud)
        running = self.desk.start("run", "rollout.yaml")
        harness.wait_until("the soak", lambda: running.ended() or self.desk.rows(
            "SELECT 1 FROM waves WHERE phase = 'soaking'"))
        running.kill()
        self.assertEqual(self.called(cloud), {"canary": 4})
        self.ends(self.desk.run(), 0)
        self.agrees(cloud)


class Baseline(waved.Waved):
    def test_what_is_normal_is_learned(self):
        """320 devices of which 5 % fail teach that 5 % is normal: what stopped the next rollout before, does no more."""
        cloud = self.begin(320, *SEED, "--stay", "5%", "--versions", "2.4.0,2.5.0,2.6.0", upgrade="10-20", rollout="past",
                           waves=[{"name": "all", "size": "rest"}], gate={"baseline": "98%", "alarm": "99%"})
        self.ends(self.desk.run(), 1)
        stayed = self.states("past")["failed"]
        self.assertGreater(stayed, 8)
        self.plan(rollout="untaught", version="2.5.0", gate={"baseline": "1%"}, pace={"rate": "25/s"},
                  waves=[{"name": "all", "size": "rest"}])
        self.ends(self.desk.run(), 6)
        self.plan(rollout="taught", version="2.6.0", gate={"baseline": "auto"}, waves=[{"name": "all", "size": "rest"}])
        done = self.ends(self.desk.gatewave("plan", "rollout.yaml"), 0)
        self.assertRegex(done.out, rf"learned from 1 rollout: {100 * stayed / 320:.1f} % of 320 failed")
        self.ends(self.desk.run(), 1)
        self.assertEqual(self.states("taught")["failed"], stayed)
        self.assertEqual(agreement.check_nonces(cloud.ledger()), [])


if __name__ == "__main__":
    unittest.main()
