"""What the program tells of a rollout in waves: status, explain, history and the progress line, by its own cloud."""

import datetime
import json
import re
import signal
import unittest

import harness

# Doubts are settled and stuck devices given up soon, so that whole rollouts take seconds.
WAVES = [{"name": "canary", "size": "4"}, {"name": "half", "size": "50%"}, {"name": "rest", "size": "rest"}]
QUICK = {"pair_soak": "250ms", "gate": {"baseline": "1%", "alarm": "8%"},
         "verify": {"every": "100ms", "slow": "1s", "stuck": "2s"}}
TWO_MODELS = "sag-1000,sag-1000,sag-1000,sag-100wm"


class Tell(harness.EndToEnd):
    def begin(self, gateways, *options, pairs="0%", **plan):
        cloud = self.fleet(gateways, "--upgrade-ms", "30-80", *options, pairs=pairs)
        self.desk.configure(cloud, testing={"fence": "900ms", "agree": "150ms"})
        self.desk.plan(**harness.merged(QUICK, plan))
        return cloud

    def told(self, *argv):
        """What a command says, results and talk."""
        done = self.ends(self.desk.gatewave(*argv), 0)
        return done.out + done.err

    def inventory_of(self, column, value):
        lines = [line.split(",") for line in self.read("inventory.csv")]
        at = lines[0].index(column)
        return [line[0] for line in lines[1:] if line[at] == value]

    def read(self, name):
        with open(self.desk.path(name), encoding="utf-8") as file:
            return file.read().splitlines()

    def gateways_of(self, wave):
        return [row[0] for row in self.desk.rows(
            "SELECT f.gateway_id FROM targets t JOIN facts f ON f.target = t.id JOIN waves w ON w.number = t.wave"
            f" WHERE w.name = '{wave}' ORDER BY t.id")]


class Status(Tell):
    def test_every_wave_and_its_verdict(self):
        self.begin(20, waves=WAVES)
        self.ends(self.desk.run(), 0)
        status = self.desk.status()
        self.assertEqual([(wave["number"], wave["name"], wave["state"], wave["total"], wave["verdict"])
                          for wave in status["waves"]],
                         [(1, "canary", "finished", 4, "promote"), (2, "half", "finished", 10, "promote"),
                          (3, "rest", "finished", 6, "promote")])
        self.assertEqual([said["evidence"] for said in status["verdicts"]],
                         ["all 4 of wave canary are at the version", "all 10 of wave half are at the version",
                          "all 6 of wave rest are at the version"])
        self.assertEqual(status["sentence"], "all 20 devices are as desired")
        self.assertIsNone(status["culprit"])
        self.assertRegex(self.told("status", "r1"), r"NUMBER +WAVE +STATE +TOTAL +SUCCEEDED +VERDICT\n")

    def test_the_model_that_breaks_is_named_and_left_out(self):
        faults = self.desk.path("faults")
        cloud = self.fleet(40, "--models", TWO_MODELS)
        bad = self.inventory_of("model", "sag-100wm")
        self.assertEqual(len(bad), 10)
        cloud.kill()
        self.desk.write("faults", "".join(f"{gateway} stay\n" for gateway in bad))
        cloud = self.cloud("--fleet", self.desk.path("inventory.csv"), "--upgrade-ms", "30-80", "--faults", faults)
        self.desk.configure(cloud, testing={"fence": "900ms", "agree": "150ms"})
        self.desk.plan(**harness.merged(QUICK, {"waves": [{"name": "most", "size": "75%"}, {"name": "rest", "size": "rest"}],
                                                  "pace": {"in_flight": "1", "rate": "100/s"}}))
        done = self.ends(self.desk.run(), 6, "stopped by the gate", "failures are model sag-100wm")
        status = self.desk.status()
        culprit = status["culprit"]
        self.assertEqual((culprit["attribute"], culprit["value"]), ("model", "sag-100wm"))
        self.assertEqual(culprit["failed_with"], culprit["failed"])
        self.assertEqual(status["next"], "resume r1 --without 'model = sag-100wm'")
        self.assertIn(status["sentence"], done.err)
        self.assertIn(status["verdicts"][-1]["evidence"], status["sentence"])
        self.assertIn("next: gatewave resume r1 --without 'model = sag-100wm'\n", self.told("status", "r1"))
        self.ends(self.desk.gatewave("resume", "r1", "--without", "model = sag-100wm", "--reason", "no CCN there"), 0)
        self.ends(self.desk.run(), 1)
        self.left_out(bad)

    def left_out(self, bad):
        """Explain names the order that ended a device's part in the rollout."""
        canceled = [row["gateway_id"] for row in self.desk.report() if row["outcome"] == "canceled"]
        self.assertTrue(canceled)
        self.assertLessEqual(set(canceled), set(bad))
        told = self.told("explain", "r1", canceled[0])
        self.assertRegex(told, r"  order: \S+Z resume --without model = sag-100wm by \S+: no CCN there; goes on without")
        self.assertIn("`gatewave retry r1 --only canceled` takes it up", told)

    def test_an_approval_is_asked_for(self):
        self.begin(12, waves=[{"name": "canary", "size": "2", "approve": True}, {"name": "rest", "size": "rest"}])
        self.ends(self.desk.run(), 8, "wave canary waits for an approval", "all 2 of wave canary are at the version")
        told = self.told("status", "r1")
        self.assertRegex(told, r"Wave canary waits for an approval since \S+Z: all 2 of wave canary are at the version\.")
        self.assertIn("next: gatewave approve r1\nor: gatewave abort r1\n", told)
        told = self.told("explain", "r1", self.gateways_of("rest")[0])
        self.assertIn("  wave: rest (2 of 2) has not begun: wave canary (waiting) is before it; ", told)
        self.assertIn("  what happens next: nothing until `gatewave approve r1`\n", told)
        self.ends(self.desk.gatewave("approve", "r1"), 0)
        self.ends(self.desk.run(), 0)

    def test_a_pause_says_who_and_why(self):
        self.begin(30, pace={"rate": "2/s", "in_flight": "1"})
        running = self.desk.start("run", "rollout.yaml")
        harness.wait_until("a call", lambda: running.ended() or self.desk.rows("SELECT 1 FROM attempts"))
        self.ends(self.desk.gatewave("pause", "r1", "--reason", "lunch"), 0)
        self.assertRegex(self.desk.status()["sentence"], r"^paused by \S+ at \S+Z: lunch$")
        [order] = self.desk.status()["orders"]
        self.assertEqual((order["order"], order["reason"], order["accepted"]), ("pause", "lunch", True))
        told = self.told("status", "r1")
        self.assertIn("next: gatewave resume r1\n", told)
        waiting = self.desk.rows("SELECT f.gateway_id FROM targets t JOIN facts f ON f.target = t.id"
                                 " WHERE t.state = 'waiting' ORDER BY t.id DESC LIMIT 1")[0][0]
        self.assertIn("nothing until `gatewave resume r1`", self.told("explain", "r1", waiting))
        running.signal(signal.SIGINT)
        running.wait()


    def test_a_run_that_seems_to_stand_still_says_what_it_waits_for(self):
        self.begin(6, pairs="100%", pair_soak="10m", waves=[{"name": "canary", "size": "2"},
                                                             {"name": "rest", "size": "rest"}])
        running = self.desk.start("run", "rollout.yaml")
        well = "SELECT count(*) FROM targets WHERE state = 'succeeded'"
        harness.wait_until("the standbys", lambda: running.ended() or self.desk.rows(well) == [(2,)])
        self.assertRegex(self.told("status", "r1"),
                         r"\n  waits: 2 for their pair's other device and its soak, the first until \S+Z; 8 for their wave\n")
        running.signal(signal.SIGINT)
        running.wait()


class Explain(Tell):
    def test_a_window_is_told_in_both_times(self):
        self.begin(6, window=self.closed_now())
        self.ends(self.desk.run(), 9)
        gateway = self.desk.report()[0]["gateway_id"]
        told = self.told("explain", "r1", gateway)
        self.assertRegex(told, r"  window: closed; it opens \d{4}-\d\d-\d\d 01:00 CST \(UTC \S+T17:00:00Z\), and calls start "
                               r"until \d{4}-\d\d-\d\d 04:40 CST \(UTC \S+T20:40:00Z\)\n")
        rows = self.desk.ask("explain", "r1", gateway)
        self.assertEqual([row["kind"] for row in rows[-3:]], ["wave", "window", "next"])

    def closed_now(self):
        """A window of a weekday that is three days away, wherever this machine's clock stands."""
        days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        today = datetime.datetime.now(datetime.timezone.utc).weekday()
        return {"between": "01:00-05:00", "zone": "Asia/Shanghai", "days": [days[(today + 3) % 7]]}

    def test_a_mate_is_waited_for(self):
        self.begin(4, pairs="100%", pair_soak="10m")
        running = self.desk.start("run", "rollout.yaml")
        well = "SELECT count(*) FROM targets WHERE state = 'succeeded'"
        harness.wait_until("the standbys", lambda: running.ended() or self.desk.rows(well) == [(4,)])
        gateway = self.desk.report()[0]["gateway_id"]
        told = self.told("explain", "r1", gateway)
        self.assertRegex(told, r"  mate: \S+ has succeeded; pair_soak until \S+Z\n")
        self.assertIn("  what happens next: it is called when its mate was seen to be well and has soaked\n", told)
        running.signal(signal.SIGINT)
        running.wait()

    def test_an_outcome_says_what_it_means(self):
        faults = self.desk.write("faults", "sag-000001 refuse:NotBoundCCN\n")
        self.begin(3, "--faults", faults)
        self.ends(self.desk.run(), 1)
        self.assertIn("`gatewave retry r1` tries it again in a new one", self.told("explain", "r1", "sag-000001"))
        self.assertIn("nothing, it is done; `gatewave rollback r1` would take the whole rollout back, this device to "
                      "2.3.0", self.told("explain", "r1", "sag-000002"))


class History(Tell):
    def test_rollouts_newest_first(self):
        self.begin(6, rollout="first", select="gateway_id < sag-000004")
        self.ends(self.desk.run(), 0)
        self.desk.plan(**harness.merged(QUICK, {"rollout": "second"}))
        self.ends(self.desk.run(), 0)
        rows = self.desk.ask("history")
        self.assertEqual([(row["rollout"], row["state"], row["devices"], row["succeeded"], row["skipped"],
                           row["verdict"]) for row in rows],
                         [("second", "finished", 6, 3, 3, "promote"), ("first", "finished", 3, 3, 0, "promote")])
        self.assertEqual(rows[1]["evidence"], "all 3 of wave all are at the version")
        lines = self.desk.gatewave("history", "--output", "jsonl").out.splitlines()
        self.assertEqual([json.loads(line) for line in lines], rows)
        self.assertRegex(self.told("history"), r"ROLLOUT +VERSION +STATE +CREATED_AT +BY +DEVICES +SUCCEEDED +SKIPPED +"
                                               r"VERDICT +EVIDENCE\n")


class Names(Tell):
    def test_no_name_is_the_latest_rollout(self):
        self.begin(2)
        self.ends(self.desk.run(), 0)
        self.assertIn("next: gatewave explain r1 GATEWAY\n", self.told("report"))
        self.assertIn("# Rollout r1 to 2.4.0: finished\n", self.told("report", "--output", "md"))

    def test_a_draft_is_run_and_not_planned(self):
        """What retry has made is settled: a plan says so, and what it is there for."""
        faults = self.desk.write("faults", "sag-000001 refuse:NotBoundCCN\n")
        self.begin(2, "--faults", faults)
        self.ends(self.desk.run(), 1, "next: gatewave retry r1\n")
        self.ends(self.desk.gatewave("retry", "r1"), 0)
        self.ends(self.desk.gatewave("plan", "r1.retry-1"), 3, "is no file, but a rollout whose devices are settled",
                  "`gatewave run r1.retry-1` goes on with it")
        self.ends(self.desk.gatewave("resume", "r1.retry-1"), 3, "`gatewave run r1.retry-1` goes on")

    def test_what_became_of_devices_selects_them(self):
        """As README and the help of `inventory list` have it."""
        faults = self.desk.write("faults", "sag-000002 refuse:NotBoundCCN\n")
        self.begin(3, "--faults", faults)
        self.ends(self.desk.run(), 1)
        for selection, gateways in (("outcome.r1 in (failed, relapsed)", ["sag-000002"]),
                                    ("code.r1 = NotBoundCCN", ["sag-000002"]),
                                    ("before.r1 = 2.3.0", ["sag-000001", "sag-000002", "sag-000003"])):
            rows = self.desk.ask("inventory", "list", "--select", selection)
            self.assertEqual([row["gateway_id"] for row in rows], gateways, selection)
        told = self.told("help", "inventory", "list")
        for word in ("outcome.ROLLOUT", "code.ROLLOUT", "before.ROLLOUT"):
            self.assertIn(word, told)

    def test_the_inventory_says_what_it_does_not_know(self):
        self.begin(2)
        self.assertNotIn("has seen since", self.told("inventory", "list"))
        self.ends(self.desk.run(), 0)
        for words in (["inventory", "list"], ["inventory", "show", "sag-000001"]):
            self.assertIn("what rollout r1 has seen since is in `gatewave report r1`, and `gatewave inventory sync` ",
                          self.told(*words))
        self.ends(self.desk.gatewave("inventory", "sync", "--region", "cn-shanghai"), 0)
        told = self.told("inventory", "list")
        self.assertNotIn("has seen since", told)
        self.assertIn("2.4.0", told)

    def test_bricks_are_looked_at_first(self):
        faults = self.desk.write("faults", "sag-000001 stay\n")
        self.begin(2, "--faults", faults)
        done = self.ends(self.desk.run(), 1, "next: gatewave report r1\n")
        self.assertNotIn("retry", done.err)
        self.assertIn("then: gatewave retry r1 calls them again, gatewave rollback r1 takes back the whole rollout "
                      "(2 devices that it has changed or may have changed)\n", self.told("status", "r1"))
        self.assertRegex(self.told("explain", "r1", "sag-000001"),
                         r"  last read: \S+Z the cloud told of version 2\.3\.0, \S+ after the call; until then ")
        self.assertRegex(self.told("report", "r1", "--output", "md"), r"\n\| \S+ \| \S+ \| sag-000001 \| ")


class Morning(Tell):
    def test_the_page_tells_this_night_and_the_one_before(self):
        faults = self.desk.write("faults", "sag-000001 refuse:NotBoundCCN\n")
        self.begin(6, "--faults", faults, rollout="first")
        self.ends(self.desk.run(), 1)
        self.desk.plan(**harness.merged(QUICK, {"rollout": "second"}))
        self.ends(self.desk.run(), 1)
        done = self.ends(self.desk.gatewave("report", "second", "--output", "md"), 0)
        self.assertEqual(done.err, "")
        self.assertIn("- **1 failed**: `NotBoundCCN`, ", done.out)
        self.assertNotIn("never seen before", done.out)
        self.assertIn("\n## Compared with first to 2.4.0\n", done.out)
        self.assertIn("- as desired then and now: 5\n- neither then nor now: 1 (`sag-000001`)\n", done.out)
        self.assertTrue(done.out.endswith("\n## Next\n\n    gatewave retry second\n"), done.out)
        self.assertIn("`NotBoundCCN` (never seen before)", self.told("report", "first", "--output", "md"))
        self.ends(self.desk.gatewave("status", "second", "--output", "md"), 2, "it is one of table|json|jsonl|csv")


class Progress(Tell):
    def test_the_line_names_the_wave_and_is_not_repeated(self):
        self.begin(8, waves=[{"name": "canary", "size": "2", "soak": "13s"}, {"name": "rest", "size": "rest"}])
        done = self.ends(self.desk.run(), 0)
        lines = [line for line in done.err.splitlines() if "wave 1/2 canary: 2/8 done" in line]
        self.assertEqual(len(lines), 1, done.err)
        self.assertRegex(lines[0], r"soaking until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertTrue(re.search(r"wave 2/2 rest: 8/8 done", done.err), done.err)


if __name__ == "__main__":
    unittest.main()
