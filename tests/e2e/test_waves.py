"""Waves: who is in which, one behind the other, approvals, holds, soaks, limits, and kills at any moment of it all."""

import collections
import contextlib
import os
import random
import signal
import sqlite3
import time
import unittest

import agreement
import course
import harness
import waved

THREE = [{"name": "canary", "size": "6", "soak": "400ms"}, {"name": "fifth", "size": "20%", "soak": "200ms"},
         {"name": "rest", "size": "rest"}]
KILLS = 10


class Good(waved.Waved):
    def test_three_waves_over_a_fleet_of_pairs(self):
        cloud = self.begin(60, "--switch", "30%", "--takeover", "30%", pairs="40%", waves=THREE)
        self.ends(self.desk.run(), 0, "every device is at the version")
        self.agrees(cloud)
        pairs = agreement.pairs_of(self.truth)
        self.assertGreater(len(pairs), 15)
        units = collections.Counter()
        for wave in self.course.waves:
            units[wave.name] = len({target.device[0] for target in self.course.targets if target.wave == wave.number})
        self.assertEqual(units, {"canary": 6, "fifth": 12, "rest": 42})
        self.assertEqual([(verdict.wave, verdict.verdict) for verdict in self.course.verdicts],
                         [(1, "promote"), (2, "promote"), (3, "promote")])
        self.assertEqual({row["version"] for row in self.truth}, {"2.4.0"})

    def test_the_canary_covers_what_differs(self):
        """Two models, two carriers, pairs and not: eight kinds, and a canary of eight has one of each."""
        self.begin(120, "--models", "m1,m2", "--isps", "i1,i1,i2,i2", pairs="50%",
                   waves=[{"name": "canary", "size": "8"}, {"name": "rest", "size": "rest"}])
        inventory = self.inventory()
        kinds = collections.Counter()
        for gateway_id in {target.device[0] for target in self.frozen().targets if target.wave == 1}:
            row = inventory[gateway_id]
            kinds[row["model"], row["isp"], row["ha_role"] != ""] += 1
        self.assertEqual(len(kinds), 8)
        self.assertEqual(set(kinds.values()), {1})

    def test_a_large_selection_gets_safe_waves_by_itself(self):
        """... and says so. They soak for longer than a test does."""
        cloud = self.begin(201, upgrade="10-20")
        self.frozen()
        self.assertIn("safe", self.desk.running[-1].said())
        self.configure(cloud)
        running = self.desk.start("run", "rollout.yaml")
        harness.wait_until("the soak", lambda: running.ended() or self.desk.rows(
            "SELECT 1 FROM waves WHERE phase = 'soaking'"))
        running.signal(signal.SIGINT)
        self.ends(running.wait(), 130)
        self.assertEqual([wave.targets for wave in course.of(self.desk).waves], [10, 50, 141])
        self.assertEqual(len(cloud.updates()), 10)

    def test_a_small_one_is_one_wave(self):
        self.begin(200)
        self.assertEqual([wave.targets for wave in self.frozen().waves], [200])

    @harness.measured
    def test_a_wave_may_have_its_own_pace(self):
        cloud = self.begin(40, waves=[{"name": "slow", "size": "10", "pace": {"rate": "10/s"}},
                                      {"name": "rest", "size": "rest"}])
        self.ends(self.desk.run(), 0)
        slow = {target.device for target in course.of(self.desk).targets if target.wave == 1}
        calls = cloud.updates()
        at = [line["mono_us"] for line in calls if agreement.device_of(line) in slow]
        self.assertGreater(at[-1] - at[0], 600000)  # nine gaps of 100 ms, but for what the first one was late
        rest = [line for line in calls if agreement.device_of(line) not in slow]
        self.assertLess(agreement.pace_s(rest, 0.1), 1.5)  # at the slow pace it would be 2.9
        self.agrees(cloud)


class People(waved.Waved):
    """Waves that wait for somebody's word."""

    waves = [{"name": "canary", "size": "4", "approve": "true"}, {"name": "rest", "size": "rest"}]

    def test_an_approval_is_waited_for(self):
        cloud = self.begin(20, waves=self.waves)
        self.ends(self.desk.run(), 8, "canary", "approve")
        self.assertEqual(self.called(cloud), {"canary": 4})
        status = self.desk.status()
        self.assertEqual(status["state"], "waiting")
        self.ends(self.desk.run(), 8, "approve")
        self.assertEqual(len(cloud.updates()), 4)
        self.ends(self.desk.gatewave("approve", "r1", "--reason", "all is well"), 0)
        self.assertEqual(len(cloud.updates()), 4)
        self.ends(self.desk.run(), 0)
        self.agrees(cloud, approve=("canary",))
        by, reason = self.desk.rows("SELECT by, reason FROM orders")[0]
        self.assertEqual(reason, "all is well")
        self.assertIn("@", by)

    def test_what_does_not_wait_is_not_approved(self):
        cloud = self.begin(20, waves=self.waves)
        self.ends(self.desk.run(), 8)
        for wave in ("rest", "nowhere"):
            self.ends(self.desk.gatewave("approve", "r1", "--wave", wave), 3, wave)
        self.assertEqual(self.desk.status()["state"], "waiting")
        self.ends(self.desk.gatewave("approve", "r1", "--wave", "canary"), 0)
        self.ends(self.desk.gatewave("approve", "r1"), 3, "wait")
        self.ends(self.desk.run(), 0)
        self.ends(self.desk.gatewave("approve", "r1"), 3)
        self.ends(self.desk.gatewave("resume", "r1"), 3, "finished")
        self.agrees(cloud, approve=("canary",))

    def test_an_approval_while_the_run_waits(self):
        cloud = self.begin(20, waves=self.waves)
        running = self.desk.start("run", "rollout.yaml", "--wait", "60s")
        harness.wait_until("the canary's end", lambda: running.ended() or self.desk.rows(
            "SELECT 1 FROM waves WHERE phase = 'waiting'"))
        self.assertFalse(running.ended(), running.said())
        self.assertEqual(self.called(cloud), {"canary": 4})
        self.ends(self.desk.gatewave("approve", "r1"), 0)
        self.ends(running.wait(), 0)
        self.agrees(cloud, approve=("canary",))

    def test_no_evidence_is_a_hold(self):
        """A canary that is wholly offline says nothing of the version, and that is not good news."""
        self.begin(20, waves=[{"name": "canary", "size": "4"}, {"name": "rest", "size": "rest"}])
        canary = {target.device[0] for target in self.frozen().targets if target.wave == 1}
        faults = self.desk.write("faults", "".join(f"{gateway_id} offline\n" for gateway_id in canary))
        cloud = self.cloud("--generate", "20", "--pairs", "0%", "--upgrade-ms", "30-80", "--faults", faults)
        self.configure(cloud)
        self.ends(self.desk.run(), 8, "canary", "none of 4", "next: gatewave report r1")
        self.assertEqual(cloud.updates(), [])
        verdict = course.of(self.desk).verdicts[-1]
        self.assertEqual((verdict.wave, verdict.verdict, verdict.succeeded), (1, "hold", 0))
        self.ends(self.desk.gatewave("approve", "r1", "--reason", "they are in the cellar"), 0)
        self.ends(self.desk.run(), 1)
        self.assertEqual(self.states(), {"deferred": 4, "succeeded": 16})
        self.agrees(cloud)


class Stops(waved.Waved):
    """Words from another terminal, in the middle of a wave that takes four seconds more."""

    gateways = 100

    def middle(self):
        cloud = self.begin(self.gateways, waves=[{"name": "canary", "size": "5"}, {"name": "rest", "size": "rest"}],
                           pace={"rate": "20/s"})
        running = self.desk.start("run", "rollout.yaml")
        harness.wait_until("the second wave", lambda: len(cloud.updates()) > 12 or running.ended())
        return cloud, running

    def said(self, *words):
        """Gives an order, and returns when it was acknowledged."""
        self.ends(self.desk.gatewave(*words), 0)
        return time.time() * 1000

    def test_an_abort_sends_nothing_after_it_was_acknowledged(self):
        cloud, running = self.middle()
        acknowledged_ms = self.said("abort", "r1", "--keep", "--reason", "wrong night")
        self.ends(running.wait(), 6, "abort")
        updates = cloud.updates()
        self.assertLessEqual(updates[-1]["at_ms"], acknowledged_ms + agreement.JITTER_MS)
        self.assertEqual(self.desk.status()["state"], "aborted")
        self.desk.run()
        self.ends(self.desk.gatewave("resume", "r1"), 3, "abort")
        self.assertEqual(len(cloud.updates()), len(updates))
        self.agrees(cloud, uninterrupted=False)
        states = self.states()
        self.assertEqual(set(states), {"succeeded", "canceled"})
        self.assertEqual(states["succeeded"], len(updates))

    def test_a_pause_is_a_pause(self):
        cloud, running = self.middle()
        acknowledged_ms = self.said("pause", "r1")
        paused = len(cloud.updates())
        time.sleep(0.8)  # at 20/s that would be sixteen calls, twelve of them too late
        self.assertFalse(running.ended(), running.said())
        self.assertEqual(len([line for line in cloud.updates() if line["at_ms"] > acknowledged_ms + agreement.JITTER_MS]), 0)
        self.assertLess(paused, self.gateways)
        self.assertEqual(self.desk.status()["state"], "paused")
        self.said("resume", "r1")
        self.ends(running.wait(), 0)
        self.agrees(cloud, uninterrupted=False)

    def test_a_pause_outlives_the_runner(self):
        cloud, running = self.middle()
        running.kill()
        self.said("pause", "r1")
        paused = len(cloud.updates())
        self.ends(self.desk.run("--wait", "0s"), 8, "pause")
        self.assertEqual(len(cloud.updates()), paused)
        self.said("resume", "r1")
        self.ends(self.desk.run(), 0)
        self.agrees(cloud, uninterrupted=False)


class Limits(waved.Waved):
    """How many at once, in one place; 40 % of the gateways are pairs, and a pair counts as one."""

    def holds(self, column, most, *options, **pace):
        cloud = self.begin(48, *options, pairs="40%", upgrade="60-200", waves=[
            {"name": "canary", "size": "8"}, {"name": "rest", "size": "rest"}], pair_soak="50ms", pace=pace)
        self.ends(self.desk.run(), 0)
        self.agrees(cloud)
        domains = {gateway_id: row[column] for gateway_id, row in self.inventory().items()}
        self.assertNotEqual(agreement.check_limit(self.ledger, domains.get, most - 1, waved.FENCE_MS), [],
                            "never used to the full")

    def test_per_site(self):
        self.holds("site", 2, "--sites", "8", per_site="2")

    def test_per_region(self):
        self.holds("region", 4, "--regions", "cn-shanghai,cn-hongkong", per_region="4")

    def test_per_isp(self):
        self.holds("isp", 3, "--isps", "i1,i2,i3", per_isp="3")

    def test_a_wave_may_have_its_own(self):
        cloud = self.begin(30, upgrade="60-120", waves=[
            {"name": "canary", "size": "12", "pace": {"per_region": "2"}}, {"name": "rest", "size": "rest"}])
        self.ends(self.desk.run(), 0)
        canary = {target.device[0] for target in course.of(self.desk).targets if target.wave == 1}

        def domain(gateway_id):
            return "canary" if gateway_id in canary else None
        self.assertEqual(agreement.check_limit(cloud.ledger(), domain, 2, waved.FENCE_MS), [])
        self.assertNotEqual(agreement.check_limit(cloud.ledger(), domain, 1, waved.FENCE_MS), [])

    def test_doubts_keep_their_slots(self):
        cloud = self.begin(24, "--lost-request", "40%", "--lost-reply", "20%", pace={"in_flight": "4"},
                           gate={"baseline": "98%", "alarm": "99%"})
        self.ends(self.desk.run(), 0)
        self.agrees(cloud)
        self.assertNotEqual(agreement.check_slots(self.ledger, 3, waved.FENCE_MS), [], "never used to the full")


class Kill(waved.Waved):
    def test_killed_at_random_in_the_middle_of_waves(self):
        seed = int(os.environ.get("GATEWAVE_E2E_SEED") or random.SystemRandom().randrange(1 << 32))
        print(f"GATEWAVE_E2E_SEED={seed}", flush=True)
        chance = random.Random(seed)
        cloud = self.begin(60, "--seed", str(seed % 1000), "--takeover", "30%", "--lost-reply", "3%", "--lost-request",
                           "3%", "--internal", "3%", pairs="40%", waves=THREE, pace={"per_site": "2"},
                           gate={"baseline": "98%", "alarm": "99%"})
        first = self.frozen()
        self.configure(cloud, limits={"rate": "15/s"})
        for n in range(KILLS):
            running = self.desk.start("run", "rollout.yaml")
            if n % 3 == 0:  # these lives are long enough for some calls; what the others see is chance
                self.next_call(cloud, running)
                time.sleep(chance.uniform(0, 0.3))
            else:
                time.sleep(chance.uniform(0, 1.2))  # the instant of the kill: chance is what is tested here
            running.kill()
            running.release()
        self.ends(self.desk.run(), 0)
        self.agrees(cloud, uninterrupted=False)
        self.assertEqual(course.check_frozen(first, self.course), [])
        self.assertEqual(agreement.check_rate(self.ledger, 15, "update"), [])

    @staticmethod
    def next_call(cloud, running):
        before = len(cloud.updates())
        harness.wait_until("a call", lambda: running.ended() or len(cloud.updates()) > before)


class BadInput(waved.Waved):
    """Refused with the line, the caret and the reason; nothing has changed."""

    head = "rollout: r1\nversion: 2.4.0\nselect: all\n"

    def setUp(self):
        super().setUp()
        self.world = self.begin(40, pairs="50%")
        self.before = self.dump()

    def dump(self):
        with contextlib.closing(sqlite3.connect(self.desk.path("fleet.db"))) as db:
            return list(db.iterdump())

    def refused(self, text, at, *words):
        self.desk.write("rollout.yaml", self.head + text)
        done = self.ends(self.desk.run(), 3, *words)
        if at:
            self.assertIn(f"rollout.yaml:{at}", done.err)
            self.assertRegex(done.err, r"(?m)^[ |0-9]*\^")
        self.assertEqual(self.dump(), self.before)
        self.assertEqual(self.world.ledger(), [])

    def test_sizes_that_do_not_add_up(self):
        waves = "waves:\n  - {name: canary, size: 5}\n"
        self.refused(waves + "  - {name: much, size: 50}\n", 6, "40")
        self.refused(waves + "  - {name: little, size: 10%}\n", 6, "rest")
        self.refused(waves + "  - {name: half, size: 50%}\n  - {name: more, size: 60%}\n", 7)
        self.refused(waves + "  - {name: all, size: 35}\n  - {name: none, size: rest}\n", 7)

    def test_sizes_that_are_none(self):
        self.refused("waves:\n  - {name: canary, size: 0}\n  - {name: rest, size: rest}\n", 5)
        self.refused("waves:\n  - {name: canary, size: 0%}\n  - {name: rest, size: rest}\n", 5)
        self.refused("waves:\n  - {name: canary, size: 101%}\n  - {name: rest, size: rest}\n", 5)

    def test_gates_that_cannot_judge(self):
        self.refused("gate: {alarm: 101%}\n", 4)
        self.refused("gate: {baseline: 9%, alarm: 8%}\n", 4)
        self.refused("gate: {max_failed_share: 200%}\n", 4)

    def test_windows_that_are_none(self):
        self.refused("window: {between: \"01:00-05:00\", zone: Europe/Atlantis}\n", 4, "Atlantis")
        self.refused("window: {between: \"01:00-01:20\", cutoff: 20m}\n", 4, "cutoff")

    def test_half_of_a_pair(self):
        pair = next(row for row in self.inventory().values() if row["ha_role"])
        self.head = self.head.replace("all", f"serial = {pair['serial']}")
        self.refused("", None, pair["gateway_id"], "pair")


if __name__ == "__main__":
    unittest.main()
