"""Notices to webhooks: what is told when, in which form, and that no receiver, however bad, is in a rollout's way."""

import contextlib
import http.server
import json
import os
import resource
import signal
import sqlite3
import threading
import time
import unittest

import harness

TOKEN = "hush-hush-4711"


class Receiver(http.server.ThreadingHTTPServer):
    """A webhook. `answer` says what becomes of each message: (status, body), or None for one that is never answered."""

    daemon_threads = True

    def __init__(self, answer=lambda n: (200, b"ok"), sized=True):
        super().__init__(("127.0.0.1", 0), Taker)
        self.answer = answer
        self.sized = sized  # it tells the length of what it answers
        self.heard = []  # (path, headers, body)
        self.heard_at = []  # and when, in seconds
        self.over = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self):
        return f"http://127.0.0.1:{self.server_port}/robot/send?access_token={TOKEN}"

    def bodies(self):
        return [json.loads(body) for _, _, body in self.heard]

    def end(self):
        self.over.set()
        self.shutdown()
        self.server_close()


class Taker(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard_at.append(time.time())
        self.server.heard.append((self.path, dict(self.headers), body))
        answer = self.server.answer(len(self.server.heard))
        if answer is None:
            self.server.over.wait(60)
            return
        with contextlib.suppress(OSError):
            self.send_response(answer[0])
            if self.server.sized:
                self.send_header("Content-Length", str(len(answer[1])))
            self.end_headers()
            self.wfile.write(answer[1])

    def log_message(self, *args):
        pass


def disk_of(room):
    """No file of this process gets larger."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))


class Notify(harness.EndToEnd):
    def receiver(self, *answer):
        receiver = Receiver(*answer)
        self.addCleanup(receiver.end)
        return receiver

    def begin(self, hooks, gateways=6, *options, **plan):
        self.at = self.fleet(gateways, "--upgrade-ms", "30-80", *options)
        self.configure(hooks)
        self.desk.plan(**plan)

    def configure(self, hooks):
        self.desk.configure(self.at, testing={"fence": "900ms", "agree": "150ms"}, notify=hooks)

    def no_secret_in(self, *texts):
        for text in texts:
            self.assertNotIn(TOKEN, text)


class Events(Notify):
    def test_started_and_finished(self):
        receiver = self.receiver()
        self.begin([{"name": "noc", "url": receiver.url()}])
        done = self.ends(self.desk.run("--log"), 0)
        started, finished = receiver.bodies()
        self.assertEqual((started["event"], started["phase"], started["rollout"], started["version"]),
                         ("started", "running", "r1", "2.4.0"))
        self.assertEqual(sum(started["counts"].values()), 6)
        self.assertEqual((finished["event"], finished["phase"], finished["next"]),
                         ("finished", "finished", "gatewave report r1"))
        self.assertEqual(finished["counts"]["succeeded"], 6)
        self.assertIn("rollout r1 to 2.4.0: finished; 6 of 6 done", finished["text"])
        path, headers, _ = receiver.heard[0]
        self.assertEqual(path, f"/robot/send?access_token={TOKEN}")
        self.assertEqual(headers["Content-Type"], "application/json; charset=utf-8")
        self.no_secret_in(done.err, done.out)
        self.no_secret_in("".join(self.dump()))

    def dump(self):
        with contextlib.closing(sqlite3.connect(self.desk.database)) as db:
            return list(db.iterdump())

    def test_an_approval_is_asked_for_and_what_follows_is_told(self):
        receiver = self.receiver()
        self.begin([{"name": "noc", "url": receiver.url()}],
                   waves=[{"name": "canary", "size": "2", "approve": True}, {"name": "rest", "size": "rest"}])
        running = self.desk.start("run", "rollout.yaml", "--wait", "2m")
        harness.wait_until("the question", lambda: running.ended() or len(receiver.heard) == 2)
        asked = receiver.bodies()[1]
        self.assertEqual((asked["event"], asked["wave"], asked["next"]), ("approval", "canary", "gatewave approve r1"))
        self.assertIn("all 2 of wave canary are at the version", asked["reason"])
        self.ends(self.desk.gatewave("approve", "r1"), 0)
        self.ends(running.wait(), 0)
        self.assertEqual([body["event"] for body in receiver.bodies()], ["started", "approval", "finished"])

    def test_a_hold_and_a_gate(self):
        receiver = self.receiver()
        hooks = [{"name": "noc", "url": receiver.url(), "events": ["held", "aborted"]}]
        waves = [{"name": "canary", "size": "3"}, {"name": "rest", "size": "rest"}]
        self.begin(hooks, 6, "--faults", self.every("offline"), retry={"offline": "1s"}, waves=waves)
        self.ends(self.desk.run(), 8)
        [held] = receiver.bodies()
        self.assertEqual((held["event"], held["wave"], held["counts"]["deferred"]), ("held", "canary", 3))
        self.assertIn("a person must decide", held["text"])
        self.at.kill()
        self.at = self.cloud("--fleet", self.desk.path("inventory.csv"), "--faults", self.every("refuse:NotBoundCCN"))
        self.configure(hooks)
        self.desk.plan(rollout="r2", waves=waves, gate={"max_failed": "1", "baseline": "1%", "alarm": "8%"})
        self.ends(self.desk.run(), 6)
        self.assertEqual([body["event"] for body in receiver.bodies()], ["held", "aborted"])
        self.assertIn("the gate has stopped it: ", receiver.bodies()[1]["reason"])

    def every(self, fault):
        return self.desk.write("faults", "".join(f"sag-{n:06} {fault}\n" for n in range(1, 7)))

    def test_an_abort_by_a_person(self):
        receiver = self.receiver()
        self.begin([{"name": "noc", "url": receiver.url()}], 30, pace={"rate": "2/s", "in_flight": "1"})
        running = self.desk.start("run", "rollout.yaml")
        harness.wait_until("a call", lambda: running.ended() or self.desk.rows("SELECT 1 FROM attempts"))
        self.ends(self.desk.gatewave("abort", "r1", "--reason", "wrong version"), 0)
        self.ends(running.wait(), 6)
        self.assertEqual([body["event"] for body in receiver.bodies()], ["started", "aborted"])

    def test_keys_that_are_refused_and_keys_that_are_not_there(self):
        receiver = self.receiver()
        self.begin([{"name": "noc", "url": receiver.url(), "events": ["credentials"]}])
        self.desk.key = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI-none", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "wrong"}
        self.ends(self.desk.run(), 7)
        self.desk.key = {}
        self.ends(self.desk.run(), 7)
        refused, absent = receiver.bodies()
        self.assertEqual((refused["event"], refused["next"]), ("credentials", "gatewave run r1"))
        self.assertIn("the credentials were refused", refused["reason"])
        self.assertEqual(absent["event"], "credentials")
        self.assertIn("ALIBABA_CLOUD_ACCESS_KEY_ID", absent["reason"])


    def test_a_run_that_a_full_disk_ends(self):
        receiver = self.receiver()
        self.begin([{"name": "noc", "url": receiver.url(), "events": ["started", "held", "finished"]}], 100)
        room = os.path.getsize(self.desk.database) + 60000
        self.ends(self.desk.run(preexec=lambda: disk_of(room)), 4)
        started, died = receiver.bodies()
        self.assertEqual((started["event"], died["event"], died["rollout"], died["next"]),
                         ("started", "held", "r1", "gatewave doctor"))
        self.assertIn("check the disk", died["reason"])

    def test_a_run_that_was_never_one_is_told_to_nobody_else(self):
        receiver = self.receiver()
        self.begin([{"name": "noc", "url": receiver.url()}], 30, pace={"rate": "2/s", "in_flight": "1"})
        running = self.desk.start("run", "rollout.yaml")
        harness.wait_until("a call", lambda: running.ended() or self.desk.rows("SELECT 1 FROM attempts"))
        self.ends(self.desk.run(), 5)
        self.desk.plan(rollout="r2", select="gateway_id = sag-999999")
        self.ends(self.desk.run(), 3)
        running.signal(signal.SIGTERM)
        self.ends(running.wait(), 143)
        self.assertEqual([body["event"] for body in receiver.bodies()], ["started"])


class Nights(Notify):
    HALVES = {"even": "gateway_id in (sag-000002, sag-000004)", "odd": "gateway_id in (sag-000001, sag-000003)"}

    def night(self, *options, **how):
        return self.start_night(*options, **how).wait()

    def start_night(self, *options, give_up="2", policies=HALVES, **how):
        rollout = {key: value for key, value in harness.ROLLOUT.items() if key not in ("rollout", "version", "select")}
        self.desk.write("policies.yaml", {"policies": [
            {**rollout, "name": name, "select": select, "version": "2.4.0"} for name, select in policies.items()],
            "manners": {"rest": "0s", "give_up": give_up}})
        return self.desk.start("reconcile", "policies.yaml", "--yes", *options, **how)

    def test_one_notice_for_a_night_of_several_policies(self):
        receiver = self.receiver()
        self.begin([{"name": "noc", "url": receiver.url(), "events": ["night", "given_up"]}], 4)
        self.ends(self.night(), 0)
        self.ends(self.night(), 0)
        first, second = receiver.bodies()
        self.assertEqual((first["event"], first["rollout"], first["next"]), ("night", None, "gatewave history"))
        self.assertEqual((first["counts"]["succeeded"], first["night"]["drifted"]), (4, 4))
        self.assertIn("4 of 4 gateways had drifted; 4 of 4 done", first["text"])
        self.assertIn("nothing was rolled out", second["text"])

    def test_a_gateway_that_is_given_up_is_told_of_once(self):
        receiver = self.receiver()
        faults = self.desk.write("faults", "sag-000003 refuse:NotBoundCCN\n")
        self.begin([{"name": "noc", "url": receiver.url(), "events": ["given_up"]}], 4, "--faults", faults)
        for _ in range(2):
            self.ends(self.night(), 1)
        self.assertEqual(receiver.heard, [])
        for _ in range(2):
            self.ends(self.night(), 1)
        [said] = receiver.bodies()
        self.assertEqual((said["event"], said["night"]["given_up"], said["night"]["named"]), ("given_up", 1, ["sag-000003"]))
        self.assertEqual(said["next"], "gatewave reconcile policies.yaml --dry-run")

    def test_a_night_that_cannot_begin(self):
        receiver = self.receiver()
        self.begin([{"name": "noc", "url": receiver.url(), "events": ["night"]}], 4)
        self.desk.write("policies.yaml", {"policies": []})
        self.ends(self.desk.gatewave("reconcile", "policies.yaml", "--yes"), 3)
        [said] = receiver.bodies()
        self.assertTrue(said["text"].startswith("gatewave: the night did not begin: "), said["text"])

    def test_a_night_whose_keys_are_refused(self):
        """Who hears of keys and of nights hears of it once, and who hears only of one of them hears of it, too."""
        wants = (["night"], ["credentials"], ["night", "credentials"])
        receivers = [self.receiver() for _ in wants]
        self.begin([{"name": f"h{i}", "url": receivers[i].url(), "events": wants[i]} for i in range(3)], 4)
        self.desk.key["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = "wrong"
        self.ends(self.night(), 7)
        for receiver in receivers:
            [said] = receiver.bodies()
            self.assertEqual((said["event"], said["reason"]), ("credentials", "the credentials or the clock were refused"))

    def test_a_night_that_cannot_be_written_down(self):
        receiver = self.receiver()
        self.begin([{"name": "noc", "url": receiver.url(), "events": ["night"]}], 1000)
        self.ends(self.night("--no-sync", policies={"os": "all"}, preexec=lambda: disk_of(50000)), 4, "check the disk")
        [said] = receiver.bodies()
        self.assertTrue(said["text"].startswith("gatewave: the night did not begin: "), said["text"])
        self.assertEqual(self.desk.rows("SELECT count(*) FROM nights"), [(0,)])

    def test_a_signal_while_the_cloud_is_asked(self):
        receiver = self.receiver()
        self.begin([{"name": "noc", "url": receiver.url(), "events": ["night"]}], 60)
        self.desk.configure(self.at, limits={"read_rate": "2/s"}, notify=[
            {"name": "noc", "url": receiver.url(), "events": ["night"]}])
        running = self.start_night()
        harness.wait_until("a question", lambda: running.ended() or self.at.ledger())
        running.signal(signal.SIGTERM)
        self.ends(running.wait(), 143)
        [said] = receiver.bodies()
        self.assertEqual(said["reason"], "it was stopped by a signal while it asked the cloud")

    def test_a_night_says_why_it_ended_so(self):
        receiver = self.receiver()
        self.begin([{"name": "noc", "url": receiver.url(), "events": ["night"]}], 100)
        room = os.path.getsize(self.desk.database) + 60000
        self.ends(self.night("--no-sync", policies={"os": "all"}, preexec=lambda: disk_of(room)), 4)
        [said] = receiver.bodies()
        self.assertIn("the night is over, exit code 4 (os: could not be carried out: ", said["text"])
        self.assertIn("check the disk", said["reason"])


class Forms(Notify):
    def test_each_receiver_gets_its_own(self):
        chats = {"dingtalk": self.receiver(lambda n: (200, b'{"errcode":0,"errmsg":"ok"}')),
                 "slack": self.receiver(),
                 "feishu": self.receiver(lambda n: (200, b'{"code":0,"msg":"success"}'))}
        hooks = [{"name": form, "url": chat.url(), "form": form, "events": ["finished"]} for form, chat in chats.items()]
        self.begin(hooks)
        done = self.ends(self.desk.run(), 0)
        self.assertNotIn("not delivered", done.err)
        text = "gatewave: rollout r1 to 2.4.0: finished; 6 of 6 done. Next: gatewave report r1"
        self.assertEqual(chats["dingtalk"].bodies(), [{"msgtype": "text", "text": {"content": text}}])
        self.assertEqual(chats["slack"].bodies(), [{"text": text}])
        self.assertEqual(chats["feishu"].bodies(), [{"msg_type": "text", "content": {"text": text}}])

    def test_an_answer_with_a_code_is_a_refusal(self):
        chat = self.receiver(lambda n: (200, b'{"errcode":310000,"errmsg":"keywords not in content"}'))
        self.begin([{"name": "noc", "url": chat.url(), "form": "dingtalk", "events": ["finished"]}])
        done = self.ends(self.desk.run(), 0, "notify noc (127.0.0.1:", "1 of 1 notices not delivered",
                         "it answered code 310000")
        self.assertEqual(len(chat.heard), 1)
        self.no_secret_in(done.err)

    def test_an_address_in_a_file_or_a_variable(self):
        receiver = self.receiver()
        self.begin([{"name": "file", "url": "file:noc.url", "events": ["finished"]},
                    {"name": "env", "url": "env:NOC_URL", "events": ["finished"]},
                    {"name": "lost", "url": "env:NO_SUCH_URL"}])
        os.chmod(self.desk.write("noc.url", receiver.url() + "\n"), 0o600)
        self.ends(self.desk.run(env={"NOC_URL": receiver.url()}), 0,
                  "notify lost: NO_SUCH_URL: is not set; it hears of nothing")
        self.assertEqual(len(receiver.heard), 2)


class Test(Notify):
    """`gatewave notify test`: what each webhook answers, before a night depends on it."""

    def test_each_says_what_it_answers(self):
        taker, chat = self.receiver(), self.receiver(lambda n: (200, b'{"errcode":310000,"errmsg":"no"}'))
        gone = self.receiver()
        self.begin([{"name": "taker", "url": taker.url(), "events": ["held"]},
                    {"name": "chat", "url": chat.url(), "form": "dingtalk"}, {"name": "gone", "url": gone.url()},
                    {"name": "lost", "url": "env:NO_SUCH_URL"}])
        gone.end()
        done = self.ends(self.desk.gatewave("notify", "test", "--output", "json"), 1)
        rows = {row["notify"]: row for row in json.loads(done.out)}
        self.assertEqual({name: row["result"] for name, row in rows.items()},
                         {"taker": "delivered", "chat": "not delivered", "gone": "not delivered",
                          "lost": "not delivered"})
        self.assertEqual((rows["taker"]["answer"], rows["chat"]["answer"]), ("HTTP 200", "it answered code 310000"))
        self.assertIn("connect to 127.0.0.1", rows["gone"]["answer"])
        self.assertEqual((rows["lost"]["host"], rows["lost"]["answer"]), (None, "notify lost: NO_SUCH_URL: is not set"))
        [said] = taker.bodies()
        self.assertEqual((said["event"], said["rollout"], said["phase"], said["next"]), ("test", None, None, None))
        self.assertIn("TEST", said["text"])
        self.assertEqual(len(chat.heard), 1)
        self.no_secret_in(done.out, done.err)

    def test_one_by_name(self):
        taker, other = self.receiver(), self.receiver()
        self.begin([{"name": "taker", "url": taker.url()}, {"name": "other", "url": other.url()}])
        done = self.ends(self.desk.gatewave("notify", "test", "taker"), 0)
        self.assertIn("delivered", done.out)
        self.assertEqual((len(taker.heard), len(other.heard)), (1, 0))
        self.ends(self.desk.gatewave("notify", "test", "nobody"), 3, "no webhook `nobody`")
        self.desk.configure(self.at)
        self.ends(self.desk.gatewave("notify", "test"), 3, "names no webhook")

    def test_nobody_subscribes_to_it(self):
        self.begin([{"name": "noc", "url": "https://h.test/", "events": ["test"]}])
        self.ends(self.desk.gatewave("notify", "test"), 3, "must be started, approval,")


class Bad(Notify):
    """Receivers that hang, fail and are not there: the rollout ends as it would without them."""

    def test_one_that_hangs_costs_a_few_seconds_at_the_end(self):
        hangs, works = self.receiver(lambda n: None), self.receiver()
        self.begin([{"name": "hangs", "url": hangs.url()}, {"name": "works", "url": works.url()}])
        done = self.ends(self.desk.run(), 0, "notify hangs (127.0.0.1:", "2 of 2 notices not delivered")
        now = time.time()
        self.assertEqual([body["event"] for body in works.bodies()], ["started", "finished"])
        self.assertEqual([body["event"] for body in hangs.bodies()], ["started", "finished"])
        self.assertRegex(done.err, "the last one: (no answer when the run had ended|the call's time was up)")
        self.no_secret_in(done.err)
        self.assertTrue(4 < now - self.ended() < 17, now - self.ended())

    def ended(self):
        """When the rollout was over, in seconds: what is left to do is to tell of it."""
        return self.desk.rows("SELECT ended_unix_ms FROM rollouts")[0][0] / 1000

    def test_one_that_tells_no_length_has_taken_it(self):
        """The close ends the reply, which is legal: as http.server of Python answers when it is not told otherwise."""
        receivers = {form: self.receiver(lambda n: (200, b'{"errcode":0}'), False) for form in ("json", "dingtalk")}
        self.begin([{"name": form, "url": receiver.url(), "form": form} for form, receiver in receivers.items()])
        done = self.ends(self.desk.run(), 0)
        self.assertNotIn("not delivered", done.err)
        for receiver in receivers.values():
            self.assertEqual(len(receiver.heard), 2)

    def test_a_slow_word_of_the_start_keeps_nobody_from_hearing_the_end(self):
        receiver = self.receiver(lambda n: None if n == 1 else (200, b"ok"))
        self.begin([{"name": "noc", "url": receiver.url()}])
        done = self.ends(self.desk.run(), 0, "1 of 2 notices not delivered")
        self.assertEqual([body["event"] for body in receiver.bodies()], ["started", "finished"])
        self.no_secret_in(done.err)

    def test_a_question_that_hangs_keeps_nobody_from_hearing_the_end(self):
        receiver = self.receiver(lambda n: None if n == 2 else (200, b"ok"))
        self.begin([{"name": "noc", "url": receiver.url()}],
                   waves=[{"name": "canary", "size": "2", "approve": True}, {"name": "rest", "size": "rest"}])
        running = self.desk.start("run", "rollout.yaml", "--wait", "2m")
        harness.wait_until("the question", lambda: running.ended() or len(receiver.heard) == 2)
        self.ends(self.desk.gatewave("approve", "r1"), 0)
        self.ends(running.wait(), 0, "1 of 3 notices not delivered")
        self.assertEqual([body["event"] for body in receiver.bodies()][:3], ["started", "approval", "finished"])

    def test_the_end_goes_before_a_start_that_is_to_be_said_again(self):
        receiver = self.receiver(lambda n: (503, b"") if n == 1 else (200, b"ok"))
        self.begin([{"name": "noc", "url": receiver.url()}])
        self.desk.plan(verify={"every": "50ms"})
        done = self.ends(self.desk.run(), 0)
        told = ["started", "finished", "started"]
        if receiver.heard_at[1] < self.ended():
            told = ["started", "started", "finished"]  # it took the second after which the start is said again
        self.assertEqual([body["event"] for body in receiver.bodies()], told)
        self.assertNotIn("not delivered", done.err)

    def test_a_slow_answer_to_what_is_urgent_is_waited_for(self):
        receiver = self.receiver(lambda n: time.sleep(6) or (200, b"ok"))
        self.begin([{"name": "noc", "url": receiver.url(), "events": ["finished"]}])
        done = self.ends(self.desk.run(), 0)
        self.assertNotIn("not delivered", done.err)

    def test_a_server_error_is_tried_again(self):
        receiver = self.receiver(lambda n: (500, b"") if n == 1 else (200, b"ok"))
        self.begin([{"name": "noc", "url": receiver.url(), "events": ["finished"]}])
        done = self.ends(self.desk.run(), 0)
        self.assertEqual([body["event"] for body in receiver.bodies()], ["finished", "finished"])
        self.assertNotIn("not delivered", done.err)

    @harness.measured
    def test_one_that_always_fails_is_given_up(self):
        receiver = self.receiver(lambda n: (500, b"x" * 1000))
        self.begin([{"name": "noc", "url": receiver.url(), "events": ["finished"]}])
        done = self.ends(self.desk.run("--log"), 0, "1 of 1 notices not delivered; the last one: HTTP 500",
                         'msg="notice not delivered"', 'reason="HTTP 500"')
        # A second after the first try, four after the second; sixteen after the third nobody would be there to see.
        self.assertLess(time.time() - self.ended(), 9.5)
        self.assertTrue(2 <= len(receiver.heard) <= 3, len(receiver.heard))
        self.no_secret_in(done.err)

    def test_one_that_is_not_there(self):
        receiver = self.receiver()
        url = receiver.url()
        receiver.end()
        self.begin([{"name": "noc", "url": url}])
        done = self.ends(self.desk.run(), 0, "2 of 2 notices not delivered; the last one: ", "connect to 127.0.0.1")
        self.no_secret_in(done.err)

    @harness.measured
    def test_a_signal_ends_the_wait_for_it(self):
        receiver = self.receiver(lambda n: None)
        self.begin([{"name": "noc", "url": receiver.url(), "events": ["finished"]}])
        running = self.desk.start("run", "rollout.yaml")
        harness.wait_until("the notice", lambda: running.ended() or receiver.heard)
        begun = time.monotonic()
        running.signal(signal.SIGTERM)
        self.ends(running.wait(), 0)
        self.assertLess(time.monotonic() - begun, 7)  # it would wait for ten

    def test_a_configuration_that_is_wrong_shows_no_address(self):
        self.begin([])
        self.desk.write("gatewave.yaml", 'notify: [{name: a, frm: json, url: "https://h.test/%s"}]\n' % TOKEN)
        done = self.ends(self.desk.run(), 3, "unknown key `notify.frm`")
        self.no_secret_in(done.err)


if __name__ == "__main__":
    unittest.main()
