"""Broken replies: whatever comes back for an update call, it is never sent again blindly, and its device is told of
truly.

Each gateway of a fleet gets a kind of broken reply of its own, once with the upgrade done behind it and once without.
"""

import gzip
import re
import threading
import unittest

import fake
import harness
from fake import ACCEPTED, drips, response, says

GOOD = response(ACCEPTED)
HTML = "<html><head><title>502</title></head><body><h1>Bad gateway</h1></body></html>"
ERROR = '{"RequestId":"0FF1CE00-0000-4000-8000-000000000002","HostId":"x","Code":"%s","Message":"m"}'


def head(*headers):
    return "\r\n".join(["HTTP/1.1 200 OK", "Content-Type: application/json", *headers]).encode() + b"\r\n\r\n"


# Name -> script for an update call. None of these proves what became of it.
def doubtful(effect):
    replies = {
        "nothing": b"",
        "garbage": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03SSH-2.0-OpenSSH\r\n",
        "status-line-only": b"HTTP/1.1 200 OK\r\n",
        "half-the-headers": b"HTTP/1.1 200 OK\r\nContent-Type: applic",
        "no-body": head(f"Content-Length: {len(ACCEPTED)}"),
        "half-a-body": head(f"Content-Length: {len(ACCEPTED)}") + ACCEPTED[:20].encode(),
        "half-a-chunk": head("Transfer-Encoding: chunked") + b"31\r\n" + ACCEPTED[:20].encode(),
        "half-a-body-said-whole": response(ACCEPTED[:20]),
        "empty-body": response(""),
        "not-json": response("RequestId=1"),
        "no-request-id": response("{}"),
        "two-request-ids": response('{"RequestId":"A","RequestId":"B"}'),
        "something-behind": response(ACCEPTED + "x"),
        "an-array": response("[" + ACCEPTED + "]"),
        "deep": response('{"RequestId":"A","x":' + "[" * 5000 + "]" * 5000 + "}"),
        "nul": response('{"RequestId":"A\0B"}'),
        "bad-utf8": response(b'{"RequestId":"\xff\xfe"}'),
        "xml-instead": response("<?xml version='1.0'?><R><RequestId>A</RequestId></R>", kind="text/xml"),
        "gzip": response(gzip.compress(ACCEPTED.encode()), "200 OK", "Content-Encoding: gzip"),
        "huge-body": response('{"RequestId":"' + "A" * 2000000 + '"}'),
        "endless-body": head("Content-Length: 99999999999") + b" " * 300000,
        "huge-header": head("X-Filler: " + "A" * 200000, f"Content-Length: {len(ACCEPTED)}") + ACCEPTED.encode(),
        "many-headers": head(*["X-Filler: A" * 50] * 2000, f"Content-Length: {len(ACCEPTED)}") + ACCEPTED.encode(),
        "bare-429": response("", "429 Too Many Requests"),
        "bare-503": response("", "503 Service Unavailable"),
        "html-502": response(HTML, "502 Bad Gateway", kind="text/html"),
        "html-504": response(HTML, "504 Gateway Timeout", kind="text/html"),
        "unknown-code": response(ERROR % "NobodyKnowsThis", "400 Bad Request"),
        "internal-error": response(ERROR % "InternalError", "500 Internal Server Error"),
        "unavailable": response(ERROR % "ServiceUnavailable", "503 Service Unavailable"),
        "nonce-used": response(ERROR % "SignatureNonceUsed", "400 Bad Request"),
        "408": response("", "408 Request Timeout"),
        "417": response("", "417 Expectation Failed"),
        "425": response("", "425 Too Early"),
        "many-1xx": b"HTTP/1.1 103 Early Hints\r\n\r\n" * 2000,
    }
    scripts = {name: says(data, effect) for name, data in replies.items()}
    scripts["nothing-rst"] = says(b"", effect, rst=True)
    scripts["half-a-body-rst"] = says(replies["half-a-body"], effect, rst=True)
    scripts["silence"] = says(b"", effect, hold=True)
    scripts["silence-in-the-body"] = says(replies["half-a-body"], effect, hold=True)
    scripts["drips"] = drips(GOOD, effect, 0.2)
    for at in range(1, len(GOOD), 9):
        scripts[f"fin-at-{at}"] = says(GOOD[:at], effect)
        scripts[f"rst-at-{at}"] = says(GOOD[:at], effect, rst=True)
    return scripts


class Wire(harness.EndToEnd):
    def serve(self, scripts, **config):
        """A fake cloud with a gateway for each script, imported, and a desk for it."""
        self.cloud = fake.Fake([f"sag-{name}" for name in scripts])
        self.addCleanup(self.cloud.close)
        for name, script in scripts.items():
            self.cloud.script[f"sag-{name}"] = script if isinstance(script, list) else [script]
        self.desk.configure(url=self.cloud.url, **harness.merged(
            {"cloud": {"call_timeout": "2s", "connect_timeout": "2s"}, "testing": {"fence": "4s"}}, config))
        self.desk.plan()
        self.load(self.desk.write("inventory.csv", self.cloud.inventory()))

    def once_per_nonce(self):
        again = {nonce: n for nonce, n in self.cloud.nonces.items() if n > 1}
        self.assertEqual(again, {}, "the transport sent a request twice")

    def told(self):
        return {row["gateway_id"][4:]: row for row in self.desk.report()}

    def test_effect_behind_a_broken_reply(self):
        """The upgrade happened: one call, seen to have succeeded."""
        self.serve(doubtful(True))
        self.ends(self.desk.run(), 0)
        self.once_per_nonce()
        for name, row in self.told().items():
            with self.subTest(name):
                self.assertEqual((row["outcome"], row["code"], row["attempts"]), ("succeeded", "at_version", 1))
                self.assertEqual(len(self.cloud.updates["sag-" + name]), 1)

    def test_no_effect_behind_a_broken_reply(self):
        """It did not: after the fence, and two reads that agree, a second call brings it there."""
        self.serve(doubtful(False))
        self.ends(self.desk.run(), 0)
        self.once_per_nonce()
        for name, row in self.told().items():
            with self.subTest(name):
                self.assertEqual((row["outcome"], row["code"], row["attempts"]), ("succeeded", None, 2))
                self.assertEqual(len(self.cloud.updates["sag-" + name]), 2)
                story = self.desk.gatewave("explain", "r1", "sag-" + name).out
                self.assertIn("two reads after the fence agree", story)
        gaps = self.desk.rows("SELECT b.signed_unix_ms - a.fence_unix_ms FROM attempts a JOIN attempts b"
                              " ON b.target = a.target AND b.number = a.number + 1")
        self.assertEqual(len(gaps), len(self.told()))
        # Signed times are cut to whole seconds.
        self.assertGreaterEqual(min(gaps)[0], -1000)

    def test_refusals_are_no_doubts(self):
        """What is proven to have had no effect is called again at once, or ends, without waiting for a fence."""
        self.serve({
            "later": says(response(ERROR % "GetSmartAccessGatewayStateError", "403 Forbidden"), False, alive=True),
            "quota": says(response(ERROR % "Throttling.User", "400 Bad Request", "x-acs-retry-after: 300"), False,
                          alive=True),
            "never": says(response(ERROR % "NotBoundCCN", "403 Forbidden"), False, alive=True),
        }, testing={"fence": "17m"})
        self.ends(self.desk.run(seconds=60), 1)
        self.once_per_nonce()
        told = {name: (row["outcome"], row["code"], row["attempts"]) for name, row in self.told().items()}
        self.assertEqual(told, {"later": ("succeeded", None, 2), "quota": ("succeeded", None, 2),
                                "never": ("failed", "NotBoundCCN", 1)})

    def test_a_redirect_stops_the_run(self):
        for status in ("301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"):
            with self.subTest(status):
                self.stops(response("", status, f"Location: http://127.0.0.1:1/"), "redirect", "proxy")

    def test_a_web_page_stops_the_run(self):
        for status in ("200 OK", "403 Forbidden", "407 Proxy Authentication Required"):
            with self.subTest(status):
                self.stops(response(HTML, status, kind="text/html"), "web page", "proxy")

    def stops(self, reply, *words):
        """Whoever is between us and the cloud: no call more than those in flight, and later all goes on."""
        name = "one" + re.sub(r"\W", "", str(reply[:14]))
        harness.os.path.exists(self.desk.path("fleet.db")) and self.fresh_desk()
        self.serve({name: says(reply, False), **{f"later{n}": [] for n in range(9)}})
        self.desk.plan(pace={"in_flight": "1"})
        self.ends(self.desk.run(), 8, *words)
        self.assertLessEqual(sum(len(nonces) for nonces in self.cloud.updates.values()), 10)
        self.assertEqual(self.desk.status()["state"], "waiting")
        self.ends(self.desk.run(), 0)
        self.once_per_nonce()
        self.assertEqual({row["outcome"] for row in self.desk.report()}, {"succeeded"})

    def fresh_desk(self):
        for name in ("fleet.db", "fleet.db-wal", "fleet.db-shm", "fleet.db.lock"):
            if harness.os.path.exists(self.desk.path(name)):
                harness.os.unlink(self.desk.path(name))

    def test_killed_under_a_call_that_nobody_answers(self):
        """The call is out, the program is killed, the effect comes later: one call in all."""
        late = threading.Event()
        def play(cloud, _connection, gateway_id):
            late.wait(30)
            cloud.upgrade(gateway_id)
            return False
        self.serve({"one": play})
        running = self.desk.start("run", "rollout.yaml")
        harness.wait_until("the call", lambda: self.cloud.updates["sag-one"])
        running.kill()
        late.set()
        self.ends(self.desk.run(), 0)
        self.once_per_nonce()
        self.assertEqual(len(self.cloud.updates["sag-one"]), 1)
        self.assertEqual(self.told()["one"]["code"], "at_version")


if __name__ == "__main__":
    unittest.main()
