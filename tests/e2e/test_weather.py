"""Bad weather: each thing that an operator can have wrong ends with its exit code, names the remedy, and loses nothing.

What ran into it is run again when its cause is gone, and finishes.
"""

import contextlib
import re
import signal
import socketserver
import threading
import unittest

import agreement
import fake
import harness

WRONG_SECRET = {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "not-the-secret"}


class Weather(harness.EndToEnd):
    def recovers(self, cloud, devices):
        """With the cause gone, the same rollout goes on and agrees with the ledger."""
        self.ends(self.desk.run(), 0)
        report, ledger, truth = self.desk.report(), cloud.ledger(), cloud.truth()
        self.assertEqual(agreement.check_outcomes(report, ledger, truth, uninterrupted=False)
                         + agreement.check_law(ledger, truth), [])
        self.assertEqual(agreement.outcomes(report), {"succeeded": devices})

    def holds(self, devices, calls=0):
        """Nobody got an outcome, the state says that it waits and why, and no more than so many were called."""
        status = self.desk.status()
        self.assertEqual((status["state"], status["targets"]["waiting"]), ("waiting", devices), status)
        self.assertTrue(status["reason"])
        self.assertLessEqual(self.desk.rows("SELECT count(*) FROM attempts")[0][0], calls)
        report = self.desk.report()
        self.assertEqual([row["outcome"] for row in report], [None] * devices)


class Credentials(Weather):
    def stops(self, cloud, env, *words):
        self.ends(self.desk.run(env=env), 7, *words)
        self.assertEqual(cloud.updates(), [])
        self.assertLess(len(cloud.ledger()), 20)
        self.holds(30)

    def test_wrong_key_id(self):
        cloud = self.fleet(30)
        self.stops(cloud, {"ALIBABA_CLOUD_ACCESS_KEY_ID": "nobody"}, "InvalidAccessKeyId.NotFound", "check the key id")
        self.recovers(cloud, 30)

    def test_wrong_secret_v3(self):
        cloud = self.fleet(30)
        self.stops(cloud, WRONG_SECRET, "SignatureDoesNotMatch", "secret")
        self.recovers(cloud, 30)

    def test_wrong_secret_v1(self):
        cloud = self.fleet(30)
        self.desk.configure(cloud, cloud={"signature": "v1"})
        self.stops(cloud, WRONG_SECRET, "SignatureDoesNotMatch", "secret")
        self.recovers(cloud, 30)

    def test_expired_token(self):
        key = ["--key", "testid:testsecret:atoken@main"]
        cloud = self.fleet(30, *key, "--expire-token")
        self.desk.key["ALIBABA_CLOUD_SECURITY_TOKEN"] = "atoken"
        self.stops(cloud, {}, "InvalidSecurityToken.Expired", "get a new temporary key and token")
        fresh = self.cloud("--fleet", self.desk.path("inventory.csv"), *key)
        self.desk.configure(fresh)
        self.recovers(fresh, 30)

    def test_wrong_token(self):
        cloud = self.fleet(30, "--key", "testid:testsecret:atoken@main")
        self.stops(cloud, {"ALIBABA_CLOUD_SECURITY_TOKEN": "another"}, "token")

    def test_missing_token(self):
        cloud = self.fleet(30, "--key", "testid:testsecret:atoken@main")
        self.stops(cloud, {}, "token")

    def test_no_key_at_all(self):
        cloud = self.fleet(30)
        self.desk.key = {}
        self.ends(self.desk.run(), 7, "ALIBABA_CLOUD_ACCESS_KEY_ID", "aliyun configure")
        # Nobody but a machine's own metadata service was asked.
        self.assertEqual([line for line in cloud.ledger() if line["action"] not in ("MetadataToken", "MetadataRole", None)],
                         [])
        self.desk.key = dict(harness.KEY)
        self.recovers(cloud, 30)

    def test_not_allowed_stops_after_three(self):
        self.refused_by_all("Forbidden.RAM", 7, "grant")

    def test_risk_control_stops_at_once(self):
        self.refused_by_all("Forbidden.RiskControl", 7, "settle it with the vendor")

    def refused_by_all(self, code, exit_code, *words):
        faults = self.desk.write("faults", "".join(f"sag-{n:06} refuse:{code}@1\n" for n in range(1, 31)))
        cloud = self.fleet(30, "--faults", faults)
        self.desk.plan(pace={"rate": "5/s", "in_flight": "1"})
        self.ends(self.desk.run(), exit_code, code, *words)
        self.assertLessEqual(len(cloud.updates()), 4)
        self.assertEqual(self.desk.status()["state"], "waiting")
        self.assertGreaterEqual(self.desk.status()["targets"]["waiting"], 26)
        self.assertIn(self.desk.run().code, (0, 1, 7))


class Clock(Weather):
    def off(self, offset, seconds):
        cloud = self.fleet(30, f"--clock-offset={offset}")
        done = self.ends(self.desk.run(), 7, "set the clock (timedatectl set-ntp true)")
        said = re.search(r"the cloud's clock is ([+-]\d+) s from ours", done.err)
        self.assertIsNotNone(said, done.err)
        self.assertAlmostEqual(int(said.group(1)), seconds, delta=2)
        self.assertEqual(cloud.updates(), [])
        self.holds(30)
        right = self.cloud("--fleet", self.desk.path("inventory.csv"))
        self.desk.configure(right)
        self.recovers(right, 30)

    def test_20_minutes_behind(self):
        self.off("20m", 1200)

    def test_20_minutes_ahead(self):
        self.off("-20m", -1200)

    def test_5_minutes_pass_with_the_vendor_and_not_with_us(self):
        self.off("5m", 300)

    def test_half_a_minute_is_nothing(self):
        self.fleet(5, "--clock-offset=30s")
        self.ends(self.desk.run(), 0)


class Endpoint(Weather):
    def test_nothing_listens(self):
        """Five minutes of it hold the run; until then a drain ends it in good order."""
        cloud = self.fleet(30)
        self.desk.configure(url="https://127.0.0.1:1")
        running = self.desk.start("run", "rollout.yaml")
        harness.wait_until("a run", self.desk.is_running)
        running.signal(signal.SIGINT)
        self.ends(running.wait(60), 130)
        self.holds(30)
        self.desk.configure(cloud)
        self.recovers(cloud, 30)

    def test_the_cloud_comes_back(self):
        """What is away for a moment is waited for: the same run goes on by itself."""
        inventory = self.desk.path("inventory.csv")
        cloud = self.cloud("--generate", "60", "--pairs", "0%", "--write-inventory", inventory, plain=True)
        self.desk.configure(cloud)
        self.desk.plan(pace={"rate": "20/s"})
        self.load()
        running = self.desk.start("run", "rollout.yaml")
        harness.wait_until("the first calls", lambda: len(cloud.updates()) > 10)
        first, port = cloud.truth(), cloud.url.rsplit(":", 1)[1]
        later = "".join(f"{row['gateway_id']},{row['region']},{row['serial']},"
                        f"{'2.4.0' if row['updates_effective'] else '2.3.0'}\n" for row in first)
        fleet = self.desk.write("later.csv", "gateway_id,region,serial,version\n" + later)
        again = self.cloud("--fleet", fleet, "--port", port, plain=True)
        self.ends(running.wait(), 0)
        called = [line["gateway_id"] for line in cloud.updates() + again.updates() if line["effect"]]
        self.assertEqual(len(called), len(set(called)), "called twice with effect")
        self.assertEqual(agreement.outcomes(self.desk.report()), {"succeeded": 60})

    def test_certificate_for_another_host(self):
        cloud = self.fleet(30, "--tls-host", "smartag.example.com")
        self.ends(self.desk.run(), 8, "certificate")
        self.assertEqual(cloud.ledger(), [])
        self.holds(30)
        right = self.cloud("--fleet", self.desk.path("inventory.csv"))
        self.desk.configure(right)
        self.recovers(right, 30)

    def test_unknown_authority(self):
        cloud = self.fleet(30)
        self.desk.configure(cloud, cloud={"ca_file": ""})
        self.ends(self.desk.run(), 8, "certificate", "ca_file")
        self.assertEqual(cloud.ledger(), [])
        self.holds(30)
        self.desk.configure(cloud)
        self.recovers(cloud, 30)

    def test_ca_file_that_is_not_there(self):
        cloud = self.fleet(3)
        self.desk.configure(cloud, cloud={"ca_file": "nowhere.pem"})
        self.ends(self.desk.run(), 3, "nowhere.pem")
        self.assertEqual(cloud.ledger(), [])

    def test_proxy_variables_are_ignored(self):
        """Only the configuration names a proxy."""
        self.fleet(5)
        dead = "http://127.0.0.1:1"
        self.ends(self.desk.run(env={name: dead for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                                             "ALL_PROXY")}), 0)


class Plan(Weather):
    def test_version_that_is_not_offered(self):
        cloud = self.fleet(200)
        self.desk.plan(version="2.9.9", pace={"in_flight": "4"})
        self.ends(self.desk.run(), 3, "VersionNotExist", "version")
        calls = len(cloud.updates())
        self.assertLessEqual(calls, 8)
        told = [(row["outcome"], row["code"]) for row in self.desk.report() if row["outcome"]]
        self.assertLessEqual(len(told), calls)
        self.assertLessEqual(set(told), {("failed", "VersionNotExist")})
        self.assertEqual(self.desk.status()["state"], "waiting")

    def test_gateways_that_the_cloud_does_not_know(self):
        cloud = self.fleet(30)
        rows = "".join(f"sag-9{n:05},cn-shanghai,sage9{n:05}\n" for n in range(30))
        self.load(self.desk.write("strange.csv", "gateway_id,region,serial\n" + rows))
        self.desk.plan(select="gateway_id ~ 'sag-9*'")
        self.ends(self.desk.run(), 8, "region", "account")
        self.assertEqual(cloud.updates(), [])

    def test_the_key_of_another_account(self):
        """What another account owns is not there for this key, and a whole rollout of that is no accident."""
        self.another_account(30)

    def test_the_key_of_another_account_for_a_few(self):
        """So few that all of them are over before anybody can stop: the run says why all the same."""
        self.another_account(5)

    def another_account(self, gateways):
        cloud = self.fleet(gateways, "--key", "testid:testsecret@main", "--key", "otherid:othersecret@other")
        other = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "otherid", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "othersecret"}
        self.ends(self.desk.run(env=other), 8, "account")
        self.assertEqual(cloud.updates(), [])

    def region(self, name, *words):
        self.load(self.desk.write("one.csv", f"gateway_id,region,serial\nsag-1,{name},s1\n"))
        # No endpoint: the region's own is looked up, and there is none, so that nothing can leave this machine.
        self.desk.write("gatewave.yaml", {"database": "fleet.db"})
        self.ends(self.desk.run(), 3, "sag-1", name, *words)

    def test_unknown_region(self):
        self.desk.configure(url="https://127.0.0.1:1")
        self.desk.plan()
        self.region("cn-nowhere-1", "cn-shanghai")

    def test_closed_region(self):
        self.desk.configure(url="https://127.0.0.1:1")
        self.desk.plan()
        self.region("ap-southeast-2", "closed by the vendor", "cn-shanghai")


class Page(socketserver.StreamRequestHandler):
    """A proxy, or a hotel's portal: an HTML page for everything."""

    status = "200 OK"

    def handle(self):
        with contextlib.suppress(OSError):
            while self.request_is_read():
                self.reply()

    def request_is_read(self):
        length, line = 0, self.rfile.readline()
        if not line:
            return False
        while line not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
            line = self.rfile.readline()
        self.rfile.read(length)
        return True

    def reply(self):
        body = b"<html><body><h1>Please sign in</h1></body></html>"
        self.wfile.write(fake.response(body, self.status, kind="text/html"))


class Forbidden(Page):
    status = "403 Forbidden"


class Portal(Weather):
    def page(self, handler):
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_address[1]}"

    def test_a_page_instead_of_the_cloud(self):
        cloud = self.fleet(5)
        self.desk.configure(url=self.page(Page))
        self.ends(self.desk.run(), 8, "web page", "proxy", "captive portal")
        self.holds(5)
        self.desk.configure(cloud)
        self.recovers(cloud, 5)

    def test_a_proxy_that_refuses_to_connect(self):
        cloud = self.fleet(5)
        self.desk.configure(cloud, cloud={"proxy": self.page(Forbidden)})
        running = self.desk.start("run", "rollout.yaml")
        harness.wait_until("a run", self.desk.is_running)
        running.signal(signal.SIGINT)
        self.ends(running.wait(60), 130)
        self.assertEqual(cloud.ledger(), [])
        self.desk.configure(cloud)
        self.recovers(cloud, 5)


if __name__ == "__main__":
    unittest.main()
