"""Pairs: the standby first, verified and soaked, then the active one; never both, whatever happens in between."""

import time
import unittest

import course
import harness
import waved

ONE_WAVE = [{"name": "all", "size": "rest"}]
NO_GATE = {"baseline": "98%", "alarm": "99%"}


class Pairs(waved.Waved):
    def pairs(self, *options, gateways=12, **plan):
        return self.begin(gateways, *options, pairs="100%", **{"waves": ONE_WAVE, "gate": NO_GATE, **plan})

    def faults(self, fault):
        """For the standbys of the first four pairs."""
        return "--faults", self.desk.write("faults", "".join(f"sag-{n:06},sage{n:06}b {fault}\n" for n in range(1, 5)))

    def called_of(self, cloud):
        """Gateway -> the last letters of the serials that were called, in order."""
        called = {}
        for line in cloud.updates():
            called[line["gateway_id"]] = called.get(line["gateway_id"], "") + line["serial"][-1]
        return called

    def test_the_standby_first(self):
        cloud = self.pairs()
        self.ends(self.desk.run(), 0)
        self.assertEqual(set(self.called_of(cloud).values()), {"ba"})
        self.agrees(cloud)

    def test_roles_that_swap(self):
        """When the standby comes back, and when the active one goes: nothing of it changes whose turn it is."""
        for option in ("--takeover", "--switch"):
            with self.subTest(option):
                cloud = self.pairs(option, "100%")
                self.ends(self.desk.run(), 0)
                self.assertEqual(set(self.called_of(cloud).values()), {"ba"})
                self.agrees(cloud)

    def test_roles_that_the_inventory_has_wrong(self):
        """The active one may go first then, but not one moment of overlap comes of it."""
        cloud = self.pairs()
        with open(self.desk.path("inventory.csv"), encoding="utf-8") as file:
            text = file.read()
        swap = {",active,": ",standby,", ",standby,": ",active,"}
        lines = [next((line.replace(a, b) for a, b in swap.items() if a in line), line) for line in text.splitlines()]
        self.desk.write("inventory.csv", "\n".join(lines) + "\n")
        self.load()
        self.ends(self.desk.run(), 0)
        self.agrees(cloud, stale_roles=True)

    def test_a_standby_that_does_not_come_back_ends_its_pair(self):
        for fault in ("brick", "stay", "refuse:NotBoundCCN"):
            with self.subTest(fault):
                cloud = self.pairs(*self.faults(fault))
                self.ends(self.desk.run(), 1)
                called = self.called_of(cloud)
                self.assertEqual([set(called[f"sag-{n:06}"]) for n in range(1, 5)], [{"b"}] * 4)
                self.assertEqual(self.states(), {"succeeded": 16, "failed": 4, "deferred": 4})
                self.agrees(cloud)

    def test_a_standby_that_relapses_in_its_soak_ends_its_pair(self):
        """Whether it goes dark or falls back: soaked is who is still well at the end of the soak."""
        faults = self.desk.write("faults", "".join(f"sag-{n:06},sage{n:06}b relapse\n" for n in range(1, 7)))
        cloud = self.pairs("--faults", faults, "--relapse-after", "1s", gateways=6, pair_soak="2500ms")
        self.ends(self.desk.run(), 1)
        self.assertEqual(set(self.called_of(cloud).values()), {"b"})
        self.assertEqual(self.problems(cloud, outcomes=False), [])
        self.assertEqual({row["online"] for row in self.truth if row["serial"].endswith("b")}, {True, False})

    def test_an_offline_mate_keeps_the_other_waiting(self):
        cloud = self.pairs(*self.faults("offline"))
        self.ends(self.desk.run(), 1)
        self.assertEqual(self.states(), {"succeeded": 16, "deferred": 8})
        self.assertEqual(len(self.called_of(cloud)), 8)
        self.agrees(cloud)

    def test_a_doubt_about_the_one_keeps_the_other(self):
        for fault in ("lost_request@1", "lost_reply@1", "internal_before@1", "internal_after@1"):
            with self.subTest(fault):
                cloud = self.pairs(*self.faults(fault), gateways=6)
                self.ends(self.desk.run(), 0)
                self.agrees(cloud)

    def test_a_soak_holds_over_a_restart(self):
        cloud = self.pairs(gateways=4, pair_soak="2s")
        self.frozen()
        self.configure(cloud)
        running = self.desk.start("run", "rollout.yaml")
        harness.wait_until("the standbys", lambda: running.ended() or self.states()["succeeded"] == 4)
        running.kill()
        self.assertEqual(set(self.called_of(cloud).values()), {"b"})
        began = time.monotonic()
        self.ends(self.desk.run(), 0)
        self.assertGreater(time.monotonic() - began, 1)
        self.agrees(cloud)

    def test_a_rollout_later_finds_the_other_half_done(self):
        """One device of each pair is at the version: the other may go without a soak, and its mate is left alone."""
        cloud = self.pairs(gateways=4)
        running = self.desk.start("run", "rollout.yaml")
        harness.wait_until("a standby", lambda: len(cloud.updates()) >= 4 or running.ended())
        running.kill()
        self.ends(self.desk.gatewave("abort", "r1"), 0)
        self.ends(self.desk.run(), 6)  # what is upgrading is watched to its end
        self.plan(rollout="r2", waves=ONE_WAVE, gate=NO_GATE)
        self.ends(self.desk.run(), 0)
        self.assertEqual({row["updates_effective"] for row in cloud.truth()}, {1})
        self.assertEqual(course.check_membership(course.of(self.desk, "r2")), [])


if __name__ == "__main__":
    unittest.main()
