"""An operator's verbs: from a second process while a run is going, and after the run was killed."""

import contextlib
import signal
import socket
import sqlite3
import threading
import time
import unittest
import urllib.parse

import agreement
import harness

WAVES = [{"name": "canary", "size": "5", "approve": "true"}, {"name": "rest", "size": "rest"}]
# What an order may change and a refusal may not.
STATE = ("SELECT phase, reason, version, membership FROM rollouts", "SELECT number, phase, verdict FROM waves",
         "SELECT rollout, number, state, code, attempts FROM v_target ORDER BY 1, 2")


def now_ms():
    return int(time.time() * 1000)


class Door:
    """A long way to the cloud: each new connection stands still for a while, and so does each part of a reply."""

    CONNECT_S, REPLY_S = 2, 0.3

    def __init__(self, url):
        self.to = urllib.parse.urlsplit(url)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = f"{self.to.scheme}://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _address = self.listener.accept()
                threading.Thread(target=self.connect, args=(client,), daemon=True).start()

    def connect(self, client):
        time.sleep(self.CONNECT_S)
        with client, contextlib.suppress(OSError), \
                socket.create_connection((self.to.hostname, self.to.port)) as cloud:
            reply = threading.Thread(target=self.copy, args=(cloud, client, self.REPLY_S), daemon=True)
            reply.start()
            self.copy(client, cloud, 0)
            reply.join()

    @staticmethod
    def copy(source, target, wait_s):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                time.sleep(wait_s)
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class Control(harness.EndToEnd):
    """A rollout of 80 gateways at 20 calls a second: four seconds in which things can be ordered."""

    gateways = 80

    def begin(self, *options, calls=15, run=(), **plan):
        """A run in the middle of its work: some calls are made, most are to come."""
        cloud = self.fleet(self.gateways, *options)
        self.desk.plan(**{"pace": {"rate": "20/s"}, **plan})
        running = self.desk.start("run", "rollout.yaml", *run)
        harness.wait_until("the first calls", lambda: len(cloud.updates()) >= calls or running.ended())
        self.assertFalse(running.ended(), running.said())
        return cloud, running

    def orders(self):
        return self.desk.rows("SELECT kind, argument, accepted, reason, answered_unix_ms - at_unix_ms FROM orders"
                              " ORDER BY id")

    def state(self):
        return [self.desk.rows(query) for query in STATE]

    def sent_after(self, cloud, at_ms):
        """What arrived so late that it cannot have been on its way."""
        return [line for line in cloud.updates() if line["at_ms"] > at_ms + agreement.JITTER_MS]

    def killed(self, cloud, running):
        """Kills a run, and returns how many calls there are when the cloud has read what was on its way."""
        running.kill()
        seen = [(len(cloud.updates()), now_ms())]

        def is_quiet():
            if len(cloud.updates()) > seen[-1][0]:
                seen.append((len(cloud.updates()), now_ms()))
            return now_ms() > seen[-1][1] + 500
        harness.wait_until("a quiet cloud", is_quiet)
        return seen[-1][0]

    def order(self, *argv, code=0, words=()):
        """Gives an order and returns when its answer was heard."""
        self.ends(self.desk.gatewave(*argv), code, *words)
        return now_ms()

    def refused(self, *argv, words=()):
        """Refused with a sentence, and nothing has changed."""
        before = self.state()
        self.order(*argv, code=3, words=words)
        self.assertEqual(self.state(), before)

    def agrees(self, cloud):
        report, ledger, truth = self.desk.report(), cloud.ledger(), cloud.truth()
        self.assertEqual(agreement.check_law(ledger, truth), [])
        return report

    def outcomes(self):
        return agreement.outcomes(self.desk.report())


class Pause(Control):
    @harness.measured
    def test_of_a_run(self):
        cloud, running = self.begin()
        heard_ms = self.order("pause", "r1", "--reason", "storm in the north",
                              words=("r1: paused", "next: gatewave resume r1"))
        time.sleep(1.5)
        self.assertEqual(self.sent_after(cloud, heard_ms), [])
        self.assertFalse(running.ended(), "a run that is paused stays for the word to go on")
        self.assertEqual(self.desk.status()["state"], "paused")
        [(kind, _argument, accepted, reason, took_ms)] = self.orders()
        self.assertEqual((kind, accepted, reason), ("pause", 1, "storm in the north"))
        self.assertLess(took_ms, 4000)
        self.assertLess(len(cloud.updates()), self.gateways)
        self.order("resume", "r1", words=("goes on", "next: gatewave status r1"))
        self.ends(running.wait(), 0)
        self.agrees(cloud)

    def test_after_a_kill(self):
        cloud, running = self.begin()
        calls = self.killed(cloud, running)
        self.order("pause", words=("r1: paused",))
        self.ends(self.desk.run(), 8, "paused")
        self.assertEqual(self.desk.status()["state"], "paused")
        self.assertEqual(len(cloud.updates()), calls)
        self.order("resume", words=("goes on", "next: gatewave run r1"))
        self.ends(self.desk.gatewave("run", "r1"), 0)
        self.agrees(cloud)

    def test_that_a_dead_command_left(self):
        """An order that nobody could answer holds from the first call of the next run on."""
        cloud, running = self.begin()
        calls = self.killed(cloud, running)
        with contextlib.closing(sqlite3.connect(self.desk.path("fleet.db"))) as database:
            database.execute("INSERT INTO orders (rollout, kind, by, at_unix_ms) VALUES (1, 'pause', 'x@y', 1)")
            database.commit()
        self.ends(self.desk.gatewave("run", "r1", "--wait", "0s"), 8, "paused")
        self.assertEqual(len(cloud.updates()), calls)

    def test_ends_the_run_after_its_wait(self):
        cloud, running = self.begin(run=("--wait", "300ms"), calls=5)
        self.order("pause", "r1")
        self.ends(running.wait(), 8, "paused")
        self.assertLess(len(cloud.updates()), self.gateways)


class Abort(Control):
    def test_of_a_run(self):
        cloud, running = self.begin()
        heard_ms = self.order("abort", "r1", "--reason", "wrong version", words=("r1: aborted",))
        self.ends(running.wait(), 6)
        self.assertEqual(self.sent_after(cloud, heard_ms), [])
        calls = len(cloud.updates())
        self.assertLess(calls, self.gateways)
        self.assertEqual(self.desk.status()["state"], "aborted")
        report = self.agrees(cloud)
        self.assertEqual({row["outcome"] for row in report}, {"succeeded", "canceled"})
        self.assertEqual(sum(row["outcome"] == "succeeded" for row in report), calls)
        for verb in ("pause", "resume", "approve", "abort"):
            self.refused(verb, "r1", words=("aborted",))

    def test_after_a_kill(self):
        """What was under way at the kill is still seen to its end; nothing is called."""
        cloud, running = self.begin()
        calls = self.killed(cloud, running)
        self.order("abort", words=("r1: aborted",))
        canceled = self.desk.status()["targets"]["canceled"]
        self.assertGreater(canceled, 0)
        self.ends(self.desk.gatewave("run", "r1"), 6)
        self.assertEqual(len(cloud.updates()), calls)
        self.assertEqual(self.desk.status()["state"], "aborted")
        report = self.agrees(cloud)
        self.assertTrue(all(row["outcome"] for row in report))

    def test_of_calls_that_still_connect(self):
        """What was on its way to the cloud, and had no connection yet, does not leave after the answer either."""
        cloud = self.fleet(self.gateways)
        door = Door(cloud.url)
        self.addCleanup(door.close)
        self.desk.configure(cloud, url=door.url)
        self.desk.plan(pace={"rate": "40/s"})
        running = self.desk.start("run", "rollout.yaml")
        harness.wait_until("calls on their way", lambda: running.ended() or self.desk.rows(
            "SELECT 1 FROM v_target WHERE state = 'in_flight' LIMIT 1 OFFSET 4"))
        heard_ms = self.order("abort", "r1")
        self.ends(running.wait(), 6)
        self.assertEqual(self.sent_after(cloud, heard_ms), [])
        [(withdrawn,)] = self.desk.rows("SELECT count(*) FROM v_attempt WHERE proof = 'never_sent'")
        self.assertGreater(withdrawn, 0)
        self.agrees(cloud)

    def test_of_what_was_never_run(self):
        cloud, running = self.begin(select="model = sag-1000")
        self.order("abort", "r1")
        self.ends(running.wait(), 6)
        self.order("retry", "r1", "--only", "canceled", "--name", "again")
        calls = len(cloud.updates())
        self.order("abort", "again", words=("again: aborted",))
        self.assertEqual(self.desk.status("again")["state"], "aborted")
        self.ends(self.desk.gatewave("run", "again"), 6)
        self.assertEqual(len(cloud.updates()), calls)

    def test_of_what_was_called_in_vain(self):
        """Refused for the moment, and waiting to be called again: canceled, and nobody says that it was never called."""
        faults = self.desk.write("faults", "sag-000001 refuse:GetSmartAccessGatewayStateError@1\n")
        cloud, running = self.begin("--faults", faults, calls=1, select="gateway_id = sag-000001",
                                    retry={"attempts": "5", "first": "1m", "longest": "1m", "offline": "5m"})
        harness.wait_until("the refusal", lambda: self.desk.rows("SELECT 1 FROM answers"))
        self.order("abort", "r1")
        self.ends(running.wait(), 6)
        [row] = self.agrees(cloud)
        self.assertEqual((row["outcome"], row["code"], row["attempts"]), ("canceled", "aborted", 1))
        self.assertEqual(agreement.check_outcomes([row], cloud.ledger(), cloud.truth()[:1]), [])
        story = self.desk.gatewave("explain", "r1", "sag-000001").out
        self.assertIn("not called again", story)
        self.assertNotIn("never called", story)

    def test_and_back(self):
        """While devices upgrade, the way back is named for later; then it is frozen."""
        cloud, running = self.begin("--upgrade-ms", "1500-2500")
        self.order("abort", "r1", "--revert", "--reason", "slow", code=8,
                   words=("still upgrading", "next: gatewave rollback r1"))
        self.ends(running.wait(), 6)
        self.assertEqual(self.desk.rows("SELECT count(*) FROM rollouts"), [(1,)])
        self.order("rollback", "r1", "--reason", "slow", words=("next: gatewave run r1.back-to-2.3.0",))
        succeeded = self.outcomes()["succeeded"]
        self.assertEqual(self.desk.rows("SELECT version, targets FROM rollouts WHERE name = 'r1.back-to-2.3.0'"),
                         [("2.3.0", succeeded)])
        [(spec,)] = self.desk.rows("SELECT spec FROM rollouts WHERE name = 'r1.back-to-2.3.0'")
        self.assertIn("takes back what r1 changed: slow", spec)
        self.assertIn("downgrade: true", spec)
        self.assertEqual(len(cloud.updates()), succeeded)

    def test_and_back_at_once(self):
        """Nothing is upgrading any more: the way back is frozen with the abort."""
        self.fleet(20)
        self.desk.plan(waves=WAVES)
        self.ends(self.desk.run(), 8)
        done = self.ends(self.desk.gatewave("abort", "r1", "--revert"), 0, "next: gatewave run r1.back-to-2.3.0")
        self.assertIn("r1.back-to-2.3.0", done.out)
        self.assertEqual(self.outcomes(), {"succeeded": 5, "canceled": 15})


class Pace(Control):
    gateways = 200

    def rate(self, cloud, from_ms, ms):
        """Calls in the ledger within some time."""
        return sum(from_ms < line["at_ms"] <= from_ms + ms for line in cloud.updates())

    @harness.measured
    def test_of_a_run(self):
        cloud, running = self.begin()
        heard_ms = self.order("pace", "r1", "--rate", "4/s", words=("4/s", "next: gatewave status r1"))
        harness.wait_until("two seconds at four a second", lambda: now_ms() > heard_ms + 2200)
        self.assertLessEqual(self.rate(cloud, heard_ms, 2000), 14)  # at 20/s they would be 40
        harness.wait_until("four calls", lambda: len(self.sent_after(cloud, heard_ms)) >= 4)
        heard_ms = self.order("pace", "r1", "--rate", "400/s")
        left = self.gateways - len(cloud.updates())
        self.assertGreater(left, 40)
        self.ends(running.wait(), 0)
        self.assertLess(agreement.pace_s(self.sent_after(cloud, heard_ms), 0.05), left / 40)  # 20/s: left / 20
        self.agrees(cloud)

    def test_after_a_kill(self):
        cloud, running = self.begin()
        calls = self.killed(cloud, running)
        self.order("pace", "--rate", "300/m", words=("300/m", "next: gatewave run r1"))
        running = self.desk.start("run", "r1")
        harness.wait_until("a call", lambda: len(cloud.updates()) > calls or running.ended())
        first_ms = cloud.updates()[calls]["at_ms"]
        harness.wait_until("two seconds", lambda: now_ms() > first_ms + 2200)
        self.assertLessEqual(self.rate(cloud, first_ms - 1, 2000), 15)  # at 20/s they would be 40
        self.order("pace", "r1", "--rate", "500/s")
        self.ends(running.wait(), 0)
        self.agrees(cloud)


    def test_counts_what_was_called_before(self):
        """A window of a minute is longer than any that the files name: what an earlier run called counts in it."""
        cloud, running = self.begin()
        calls = self.killed(cloud, running)
        self.order("pace", "--rate", "10/m")
        running = self.desk.start("run", "r1")
        harness.wait_until("its reads", lambda: len(cloud.ledger()) > len(cloud.updates()) + 5 or running.ended())
        harness.wait_until("three seconds more", lambda end=now_ms() + 3000: now_ms() > end)
        running.kill()
        self.assertEqual(len(cloud.updates()), calls)

    def test_of_limits_that_were_lowered(self):
        """Who lowers the limits in trouble can abort all the same."""
        cloud, running = self.begin()
        running.kill()
        self.desk.configure(cloud, limits={"rate": "1/s"})
        self.order("abort", "r1")


class Approve(Control):
    gateways = 20

    def waiting(self, *run):
        cloud = self.fleet(self.gateways)
        self.desk.plan(waves=WAVES)
        running = self.desk.start("run", "rollout.yaml", *run)
        harness.wait_until("an end of the canary", lambda: running.ended() or (
            self.desk.rows("SELECT 1 FROM waves WHERE phase = 'waiting'")))
        return cloud, running

    def test_of_a_run_that_stays(self):
        cloud, running = self.waiting("--wait", "2m")
        self.assertFalse(running.ended(), running.said())
        self.refused("approve", "r1", "--wave", "rest", words=("does not wait",))
        self.refused("resume", "r1", words=("approve",))
        self.assertEqual(len(cloud.updates()), 5)
        self.order("approve", "r1", "--wave", "canary", "--reason", "fine", words=("r1: approved",))
        self.ends(running.wait(), 0)
        self.assertEqual(self.outcomes(), {"succeeded": 20})
        self.agrees(cloud)

    def test_after_the_run(self):
        """Without --wait nobody stays for an approval."""
        cloud, running = self.waiting()
        self.ends(running.wait(), 8, "approval")
        self.order("approve", words=("approved", "next: gatewave run r1"))
        self.assertEqual(len(cloud.updates()), 5)
        self.ends(self.desk.gatewave("run", "r1"), 0)
        self.agrees(cloud)

    def test_after_a_kill(self):
        cloud, running = self.waiting("--wait", "2m")
        running.kill()
        self.order("approve", "r1")
        self.ends(self.desk.gatewave("run", "r1"), 0)
        self.agrees(cloud)


class Fence(Control):
    def without(self, then):
        cloud, running = self.begin()
        self.order("pause", "r1")
        then(running)
        self.order("resume", "r1", "--without", "model = sag-100wm", "--reason", "bricks", words=("goes on without",))
        called = {line["gateway_id"] for line in cloud.updates()}
        running = running if not running.ended() else self.desk.start("run", "r1")
        self.ends(running.wait(), 1)
        report = self.agrees(cloud)
        model = {row["gateway_id"]: row["model"] for row in self.desk.ask("inventory", "list")}
        for row in report:
            spared = model[row["gateway_id"]] == "sag-100wm" and row["gateway_id"] not in called
            self.assertEqual(row["outcome"], "canceled" if spared else "succeeded", row)
        self.assertIn("canceled", {row["outcome"] for row in report})

    def test_of_a_run(self):
        self.without(lambda running: None)

    def test_after_a_kill(self):
        self.without(lambda running: running.kill())


    def test_leaves_pairs_whole(self):
        """Who leaves out the active devices leaves out their mates: a pair is never half upgraded by an order."""
        cloud, running = self.begin("--pairs", "50%")
        self.order("pause", "r1")
        called = {line["gateway_id"] for line in cloud.updates()}
        self.order("resume", "r1", "--without", "ha_role = active")
        self.ends(running.wait(), 1)
        pairs = {}
        for row in self.desk.ask("report", "r1"):
            pairs.setdefault(row["gateway_id"], set()).add(row["outcome"])
        roles = {row["gateway_id"] for row in self.desk.ask("inventory", "list") if row["ha_role"]}
        self.assertGreater(len(roles - called), 5)
        for gateway_id in roles - called:
            self.assertEqual(pairs[gateway_id], {"canceled"}, gateway_id)


class Hold(Control):
    HELD = "sag-000002"

    def held(self):
        return [row["outcome"] for row in self.desk.report() if row["gateway_id"] == self.HELD]

    def hold(self):
        self.ends(self.desk.gatewave("hold", self.HELD, "--reason", "inventory in the shop", "--until", "7d"), 0)

    def test_a_new_rollout_leaves_out_what_is_held(self):
        cloud = self.fleet(6)
        self.desk.plan(waves=[{"name": "canary", "size": "2"}, {"name": "rest", "size": "rest"}])
        self.hold()
        self.assertEqual(self.desk.ask("plan", "rollout.yaml")["held"], 1)
        self.assertIn("on hold: 1 device of the selection, left out", self.desk.gatewave("plan", "rollout.yaml").out)
        done = self.desk.run()
        self.ends(done, 0)
        self.assertIn("on hold: 1 device (`gatewave hold` lists them)", done.err)
        self.assertEqual(self.held(), [])
        self.assertEqual(len(cloud.updates()), 5)
        done = self.desk.gatewave("run", "--version", "2.4.0", "--select", f"gateway_id = {self.HELD}", "--name", "r2")
        self.ends(done, 3)
        self.assertIn("is on hold, 1 device", done.err)
        self.assertEqual(len(cloud.updates()), 5)

    def test_one_that_goes_on_puts_off_what_is_held_since(self):
        cloud = self.fleet(6)
        self.desk.plan(waves=[{"name": "canary", "size": "1", "approve": True}, {"name": "rest", "size": "rest"}])
        self.ends(self.desk.run(), 8)
        waiting = [row[0] for row in self.desk.rows("SELECT f.gateway_id FROM targets t JOIN facts f ON f.target = t.id"
                                                  " WHERE t.state = 'waiting'")]
        self.HELD = waiting[0]
        self.hold()
        # A word to a rollout that nobody runs decides nothing about it.
        self.ends(self.desk.gatewave("approve", "r1"), 0)
        self.assertEqual(self.held(), [None])
        self.assertIn("inventory in the shop", self.desk.gatewave("explain", "r1", self.HELD).out)
        done = self.desk.run()
        self.assertIn("on hold: 1 device (`gatewave hold` lists them)", done.err)
        self.assertEqual(self.held(), ["deferred"])
        self.assertNotIn(self.HELD, [line["gateway_id"] for line in cloud.updates()])
        self.assertEqual(len(cloud.updates()), 5)
        # Lifted, it is what a retry takes.
        self.ends(self.desk.gatewave("hold", self.HELD, "--lift"), 0)
        self.order("retry", "r1")
        self.ends(self.desk.gatewave("run", "r1.retry-1"), 0)
        self.assertEqual([line["gateway_id"] for line in cloud.updates()[5:]], [self.HELD])


class Refusals(Control):
    def test_of_a_run(self):
        _cloud, running = self.begin(waves=[{"name": "first", "size": "60"}, {"name": "rest", "size": "rest"}])
        self.order("pause", "r1")
        harness.wait_until("nothing under way", lambda: not self.desk.rows(
            "SELECT 1 FROM v_target WHERE state IN ('in_flight', 'upgrading', 'in_doubt')"))
        orders = len(self.orders())
        # What can be seen to be wrong is not even recorded,
        self.refused("approve", "r1", "--wave", "rets", words=("no wave rets", "first, rest"))
        self.refused("pace", "r1", "--rate", "0/s", words=("0/s", "at least one"))
        self.refused("pace", "r1", "--rate", "quick", words=("quick", "must be a rate"))
        self.refused("pace", "r1", "--rate", "501/s", words=("501/s", "limits.rate", "500/s"))
        self.refused("resume", "r1", "--without", "model =", words=("model =\n         ^", "expected a value"))
        self.refused("resume", "r1", "--without", "model = sag-9000", words=("no device of rollout r1",))
        self.refused("pause", "r2", words=("r2",))
        self.refused("retry", "r1", words=("not over",))
        self.refused("rollback", "r1", words=("not over",))
        # nor what the rollout would refuse as it stands.
        self.refused("approve", "r1", words=("refused", "no wave waits for an approval"))
        self.refused("approve", "r1", "--wave", "rest", words=("wave rest does not wait",))
        self.refused("approve", "r1", "--wave", "", words=("--wave: is empty",))
        self.refused("pause", "r1", words=("refused", "paused already"))
        self.assertEqual(len(self.orders()), orders)
        self.order("pace", "r1", code=2, words=("--rate",))
        self.order("abort", "r1", "--keep", "--revert", code=2)
        running.signal(signal.SIGTERM)
        running.wait()

    def test_of_what_is_finished(self):
        self.fleet(4)
        self.order("pause", code=3, words=("no rollout under way",))
        self.ends(self.desk.run(), 0)
        for argv in (["pause"], ["resume"], ["approve"], ["abort"], ["abort", "--revert"], ["pace", "--rate", "1/s"]):
            self.refused(argv[0], "r1", *argv[1:], words=("finished",))
        self.order("pause", code=3, words=("no rollout under way",))
        self.assertEqual(self.orders(), [])

    def test_while_another_rollout_runs(self):
        """Nobody answers for a rollout that is not the one that runs: the order stays for its own run."""
        cloud, running = self.begin(select="model = sag-1000", pace={"rate": "2/s"}, calls=2)
        self.desk.write("other.yaml", harness.merged(harness.ROLLOUT, {"rollout": "r2", "select": "model = sag-100wm",
                                                                       "waves": WAVES}))
        running.signal(signal.SIGTERM)
        running.wait()
        self.ends(self.desk.gatewave("run", "other.yaml"), 8)
        self.order("pause", code=3, words=("2 rollouts", "r1", "r2"))
        running = self.desk.start("run", "r1")
        harness.wait_until("a runner", lambda: self.desk.rows(
            "SELECT 1 FROM rollouts WHERE name = 'r1' AND phase = 'running'") or running.ended())
        done = self.ends(self.desk.gatewave("approve", "r2"), 8, "recorded", "rollout r1 is run by process")
        self.assertIn("next: gatewave status r2", done.err)
        running.kill()
        calls = len(cloud.updates())
        self.ends(self.desk.gatewave("run", "r2"), 0)
        self.assertGreater(len(cloud.updates()), calls)


class Again(Control):
    gateways = 30

    def faults(self):
        """Two gateways refuse for good, three come back at the old version."""
        return self.desk.write("faults", "sag-000003 refuse:NotBoundCCN\nsag-000007 refuse:NotBoundCCN\n"
                                         "sag-000011 stay\nsag-000012 stay\nsag-000013 stay\n")

    def failed(self):
        cloud = self.fleet(self.gateways, "--faults", self.faults())
        self.desk.plan(gate={"baseline": "20%", "alarm": "60%"}, waves=[{"name": "canary", "size": "10"},
                                                                        {"name": "rest", "size": "rest"}],
                       verify={"every": "200ms", "slow": "1500ms", "stuck": "2s"})
        self.ends(self.desk.run(), 1)
        self.assertEqual(self.outcomes(), {"succeeded": 25, "failed": 5})
        return cloud

    def members(self, name):
        return [gateway for (gateway,) in self.desk.rows(
            f"SELECT gateway_id FROM v_target WHERE rollout = '{name}' ORDER BY gateway_id")]

    def test_retry_by_outcome_and_code(self):
        cloud = self.failed()
        calls = len(cloud.updates())
        done = self.ends(self.desk.gatewave("retry", "r1"), 0, "do not fit", "next: gatewave run r1.retry-1")
        self.assertIn("r1.retry-1", done.out)
        self.assertEqual(self.members("r1.retry-1"), [f"sag-0000{n}" for n in ("03", "07", "11", "12", "13")])
        done = self.ends(self.desk.gatewave("retry", "r1", "--code", "NotBoundCCN", "--output", "jsonl"), 0)
        self.assertIn('"rollout":"r1.retry-2"', done.out)
        self.assertEqual(self.members("r1.retry-2"), ["sag-000003", "sag-000007"])
        self.refused("retry", "r1", "--code", "Nope", words=("Nope", "NotBoundCCN", "stuck"))
        self.refused("retry", "r1", "--only", "canceled,deferred", words=("nothing to try again",))
        self.refused("retry", "r1", "--only", "succeeded", words=("succeeded", "none of failed"))
        self.refused("retry", "r1", "--name", "r1", words=("taken",))
        self.order("retry", "r1", "--only", "failed", "--code", "stuck", code=2)
        self.assertEqual(len(cloud.updates()), calls)

    def test_who_names_none_means_the_one_that_runs(self):
        self.failed()
        self.order("retry", "r1")
        self.order("retry", "r1", "--code", "stuck")
        self.order("pause", code=3, words=("2 rollouts", "r1.retry-1", "r1.retry-2"))
        running = self.desk.start("run", "r1.retry-1")
        harness.wait_until("a runner", lambda: self.desk.rows(
            "SELECT 1 FROM rollouts WHERE name = 'r1.retry-1' AND phase = 'running'") or running.ended())
        self.order("pause", words=("r1.retry-1: paused",))
        running.signal(signal.SIGTERM)
        running.wait()
        self.order("resume", words=("r1.retry-1: goes on",))

    def test_a_retry_is_run_by_its_name(self):
        cloud = self.failed()
        self.order("retry", "r1", "--code", "stuck")
        self.ends(self.desk.gatewave("run", "r1.retry-1"), 1)
        called = {line["gateway_id"] for line in cloud.updates()[30:]}
        self.assertEqual(called, {"sag-000011", "sag-000012", "sag-000013"})
        self.order("retry", "r1.retry-1", words=("next: gatewave run r1.retry-2",))

    def test_rollback(self):
        """The simulated cloud refuses an older version, as the vendor's word VersionTooOld suggests."""
        cloud = self.fleet(12, "--versions", "2.4.0,2.3.0")
        self.desk.plan(gate={"baseline": "20%", "alarm": "60%"})
        self.ends(self.desk.run(), 0)
        calls = len(cloud.updates())
        self.order("rollback", "r1", words=("next: gatewave run r1.back-to-2.3.0",))
        self.assertEqual(len(cloud.updates()), calls)
        done = self.desk.gatewave("run", "r1.back-to-2.3.0")
        self.assertIn(done.code, (1, 6), str(done))
        codes = {row["code"] for row in self.desk.report("r1.back-to-2.3.0") if row["outcome"] == "failed"}
        self.assertEqual(codes, {"VersionTooOld"})
        self.refused("rollback", "r1.back-to-2.3.0", words=("changed no device",) if done.code == 1 else ())

    def test_rollback_says_who_stays(self):
        """Two versions before, a pair that ran both, and one that the inventory has elsewhere meanwhile."""
        header = "gateway_id,region,serial,ha_role,version,model"
        self.desk.write("fleet.csv", "\n".join([
            header,
            "sag-000001,cn-shanghai,s1,,2.3.0,sag-1000",
            "sag-000002,cn-shanghai,s2,,2.3.1,sag-1000",
            "sag-000003,cn-shanghai,s3a,active,2.3.0,sag-1000",
            "sag-000003,cn-shanghai,s3b,standby,2.3.1,sag-1000",
            "sag-000004,cn-shanghai,s4,,2.3.0,sag-1000",
            "sag-000005,cn-shanghai,s5,,2.4.0,sag-1000", ""]))
        cloud = self.cloud("--fleet", self.desk.path("fleet.csv"))
        self.desk.configure(cloud)
        self.desk.plan(pair_soak="0s")
        self.load("fleet.csv")
        self.ends(self.desk.run(), 0)
        self.desk.write("now.csv", header + "\nsag-000004,cn-shanghai,s4,,2.5.0,sag-1000\n")
        self.load("now.csv")
        done = self.ends(self.desk.gatewave("rollback", "r1", "--output", "jsonl"), 0,
                         "2 of the 4 gateways", "sag-000003: its two devices ran different versions",
                         "sag-000004: the inventory has it at 2.5.0")
        self.assertEqual(len(done.out.splitlines()), 2)
        self.assertEqual(self.members("r1.back-to-2.3.0"), ["sag-000001"])
        self.assertEqual(self.members("r1.back-to-2.3.1"), ["sag-000002"])
        self.refused("rollback", "r1", words=("not done with it", "can go back"))


if __name__ == "__main__":
    unittest.main()
