"""Plans: what `gatewave plan` says is what a run does, a plan that was kept runs exactly or not at all, and on a
terminal nothing begins without a yes."""

import json
import os
import pty
import select
import subprocess
import time
import unittest

import harness
from harness import GATEWAVE, PATIENCE_S

WAVES = [{"name": "canary", "size": "3"}, {"name": "tenth", "size": "25%"}, {"name": "rest", "size": "rest"}]


class Terminal:
    """A command with a terminal on its standard input and error."""

    def __init__(self, desk, *argv):
        self.ours, theirs = pty.openpty()
        self.out = open(desk.path("terminal.out"), "w+", encoding="utf-8")
        self.process = subprocess.Popen([GATEWAVE, *argv], cwd=desk.folder, stdin=theirs, stdout=self.out,
                                        stderr=theirs, env=harness.environment(desk.folder, desk.key))
        os.close(theirs)
        self.seen = ""

    def read(self, until=None):
        """Reads until that text, or to the end."""
        end = time.monotonic() + PATIENCE_S
        while until is None or until not in self.seen:
            if not select.select([self.ours], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError(f"waited in vain for {until!r}; seen: {self.seen}")
            try:
                piece = os.read(self.ours, 65536)
            except OSError:  # the last one has closed the other side
                piece = b""
            if not piece:
                break
            self.seen += piece.decode("utf-8", "replace")
        return self.seen

    def say(self, text):
        os.write(self.ours, text.encode())

    def end(self):
        self.read()
        code = self.process.wait(PATIENCE_S)
        self.close()
        return code

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if not self.out.closed:
            os.close(self.ours)
            self.out.close()


class Planned(harness.EndToEnd):
    def begun(self):
        return self.desk.rows("SELECT name, membership FROM rollouts")

    def fleet(self, gateways=20, *options, **how):
        cloud = super().fleet(gateways, *options, **how)
        self.desk.plan(waves=WAVES)
        return cloud

    def change(self, text):
        self.desk.write("change.csv", text)
        self.load("change.csv")

    def first_listed(self):
        """gateway_id, region and serial of a gateway without a pair."""
        listed = [row for row in self.desk.ask("inventory", "list") if not row["ha_role"]]
        return listed[0]["gateway_id"], listed[0]["region"], listed[0]["serial"]


class Plan(Planned):
    def test_a_plan_touches_nothing(self):
        cloud = self.fleet(pairs="30%")
        before = self.desk.rows("SELECT count(*) FROM sqlite_master")
        done = self.ends(self.desk.gatewave("plan", "rollout.yaml"), 0, "next: gatewave run rollout.yaml")
        self.assertIn("plan of r1: version 2.4.0 (Device)", done.out)
        self.assertIn("clean canaries still allow", done.out)
        self.assertEqual(self.begun(), [])
        self.assertEqual(self.desk.rows("SELECT count(*) FROM sqlite_master"), before)
        self.assertEqual(cloud.ledger(), [])

    def test_what_a_rollout_has_seen_since_the_list_is_said(self):
        """Whom a plan skips, and whom it takes first, it knows from the inventory."""
        self.fleet(10)
        self.assertNotIn("has seen since", self.desk.gatewave("plan", "rollout.yaml").err)
        self.ends(self.desk.run(), 0)
        self.assertNotIn("has seen since", self.desk.gatewave("plan", "rollout.yaml").err)
        self.desk.plan(rollout="r2", waves=WAVES)
        self.assertIn("what rollout r1 has seen since is in ", self.desk.gatewave("plan", "rollout.yaml").err)

    def test_a_run_does_what_was_planned(self):
        cloud = self.fleet(pairs="30%")
        plan = self.desk.ask("plan", "rollout.yaml")
        rows = json.loads("[" + ",".join(
            self.desk.gatewave("plan", "rollout.yaml", "--output", "jsonl").out.splitlines()) + "]")
        self.ends(self.desk.run(), 0)
        self.assertEqual(self.begun(), [("r1", plan["membership"])])
        report = self.desk.report()
        self.assertEqual([(row["gateway_id"], row["serial"], row["wave"]) for row in rows],
                         [(row["gateway_id"], row["serial"], row["wave"]) for row in report])
        for wave in plan["waves"]:
            self.assertEqual(wave["devices"], len([row for row in report if row["wave"] == wave["name"]]))
            self.assertEqual(wave["gateways"],
                             len({row["gateway_id"] for row in report if row["wave"] == wave["name"]}))
        self.assertEqual([wave["gateways"] for wave in plan["waves"]], [3, 5, 12])
        self.assertEqual(len(cloud.updates()), len(report))

    def test_sizes_that_do_not_fit_are_refused_with_their_place(self):
        cloud = self.fleet()
        self.desk.write("rollout.yaml", "rollout: r1\nversion: 2.4.0\nselect: all\nwaves:\n"
                        "  - {name: canary, size: 3}\n  - {name: many, size: 18}\n")
        for verb in ("plan", "run"):
            done = self.ends(self.desk.gatewave(verb, "rollout.yaml"), 3, "rollout.yaml:6:24: waves.size: ",
                             "  - {name: many, size: 18}\n                         ^")
            self.assertEqual(done.out, "")
        self.assertEqual(self.begun(), [])
        self.assertEqual(cloud.ledger(), [])

    def test_half_a_pair_is_refused(self):
        self.fleet(pairs="50%")
        self.desk.plan(select="ha_role != standby")
        self.ends(self.desk.gatewave("plan", "rollout.yaml"), 3, "pair")

    def test_what_is_left_out_is_counted(self):
        self.fleet()
        gateway, region, serial = self.first_listed()
        self.change(f"gateway_id,region,serial,version,tag:freeze\n{gateway},{region},{serial},2.5.0,yes\n")
        self.desk.plan(select="not tag.freeze", waves=None)
        self.assertEqual(self.desk.ask("plan", "rollout.yaml")["left_out"], 1)
        self.desk.plan(waves=None)
        plan = self.desk.ask("plan", "rollout.yaml")
        self.assertEqual((plan["left_out"], plan["skipped"]), (0, 1))


class Kept(Planned):
    def keep(self):
        self.ends(self.desk.gatewave("plan", "rollout.yaml", "-o", "r1.plan"), 0, "next: gatewave run r1.plan")

    def test_a_kept_plan_runs_exactly(self):
        cloud = self.fleet(pairs="30%")
        self.keep()
        with open(self.desk.path("r1.plan"), encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        done = self.ends(self.desk.gatewave("run", "r1.plan"), 0)
        self.assertNotIn("[y/N]", done.err)
        self.assertEqual(self.begun(), [("r1", lines[0]["membership"])])
        self.assertEqual([(line["gateway_id"], line["serial"]) for line in lines[1:-1]],
                         [(row["gateway_id"], row["serial"]) for row in self.desk.report()])
        called = len(cloud.updates())
        self.ends(self.desk.gatewave("run", "r1.plan"), 0)  # again: it goes on, and there is nothing left
        self.assertEqual(len(cloud.updates()), called)

    def test_a_changed_inventory_refuses_it(self):
        cloud = self.fleet()
        self.keep()
        gateway, region, serial = self.first_listed()
        self.change(f"gateway_id,region,serial,version\n{gateway},{region},{serial},2.3.7\n")
        self.ends(self.desk.gatewave("run", "r1.plan"), 3, f"with another version: {gateway}", "to 2.3.7", "plan again")
        self.assertEqual(self.begun(), [])
        self.change("gateway_id,region\nsag-brandnew,cn-shanghai\n")
        self.ends(self.desk.gatewave("run", "r1.plan"), 3, "added: sag-brandnew")
        self.assertEqual(self.begun(), [])
        self.assertEqual(cloud.ledger(), [])
        self.ends(self.desk.gatewave("plan", "rollout.yaml", "-o", "r1.plan"), 3, "--force")
        self.ends(self.desk.gatewave("plan", "rollout.yaml", "-o", "r1.plan", "--force"), 0)
        self.assertEqual(sorted(name for name in os.listdir(self.folder) if name.startswith("r1.plan")), ["r1.plan"])

    def test_a_changed_rollout_file_refuses_it(self):
        cloud = self.fleet()
        self.keep()
        self.desk.plan(waves=WAVES, gate={"alarm": "99.5%"})
        self.ends(self.desk.gatewave("run", "r1.plan"), 3, "planned: gate: ", "now:     gate: ", "alarm: 99.5%",
                  "was changed since r1.plan was planned from it")
        os.unlink(self.desk.path("rollout.yaml"))  # the plan has all that it said
        self.ends(self.desk.gatewave("run", "r1.plan"), 0)
        self.assertGreater(len(cloud.updates()), 0)

    def test_a_plan_that_was_edited_is_refused(self):
        self.fleet()
        self.keep()
        with open(self.desk.path("r1.plan"), encoding="utf-8") as file:
            text = file.read()
        self.desk.write("r1.plan", text.replace('"wave":2', '"wave":1', 1))
        self.ends(self.desk.gatewave("run", "r1.plan"), 3, "was cut short or changed")
        self.desk.write("r1.plan", text[:len(text) // 2])
        self.ends(self.desk.gatewave("run", "r1.plan"), 3, "was cut short or changed")
        self.assertEqual(self.begun(), [])


class Asking(Planned):
    def terminal(self, *argv):
        terminal = Terminal(self.desk, *argv)
        self.addCleanup(terminal.close)
        return terminal

    def test_no_is_no(self):
        cloud = self.fleet()
        for answer in ("n\n", "\n", "yes please\n", "\x04"):  # the last one ends the input
            terminal = self.terminal("run", "rollout.yaml")
            self.assertIn("plan of r1: version 2.4.0", terminal.read("[y/N] "))
            terminal.say(answer)
            self.assertEqual(terminal.end(), 6, terminal.seen)
            self.assertIn("not begun: nothing was touched", terminal.seen)
        self.assertEqual(self.begun(), [])
        self.assertEqual(cloud.ledger(), [])

    def test_yes_begins_it_and_is_asked_once(self):
        cloud = self.fleet()
        terminal = self.terminal("run", "rollout.yaml")
        terminal.read("[y/N] ")
        self.assertEqual(self.begun(), [])
        terminal.say("y\n")
        self.assertEqual(terminal.end(), 0, terminal.seen)
        self.assertEqual(len(cloud.updates()), 20)
        again = self.terminal("run", "rollout.yaml")
        self.assertEqual(again.end(), 0, again.seen)
        self.assertNotIn("[y/N]", again.seen)

    def test_options_are_asked_about_too(self):
        self.fleet()
        terminal = self.terminal("run", "--version", "2.4.0", "--select", "all")
        terminal.read("[y/N] ")
        terminal.say("n\n")
        self.assertEqual(terminal.end(), 6, terminal.seen)

    def test_yes_may_be_said_before(self):
        self.fleet()
        terminal = self.terminal("run", "rollout.yaml", "--yes")
        self.assertEqual(terminal.end(), 0, terminal.seen)
        self.assertNotIn("[y/N]", terminal.seen)

    def test_a_kept_plan_was_seen_already(self):
        self.fleet()
        self.ends(self.desk.gatewave("plan", "rollout.yaml", "-o", "r1.plan"), 0)
        terminal = self.terminal("run", "r1.plan")
        self.assertEqual(terminal.end(), 0, terminal.seen)
        self.assertNotIn("[y/N]", terminal.seen)

    def test_without_a_terminal_nobody_is_asked(self):
        self.fleet()
        self.assertNotIn("[y/N]", self.ends(self.desk.run(), 0).err)


if __name__ == "__main__":
    unittest.main()
