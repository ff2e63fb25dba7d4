"""gatewave doctor: what is well is said to be well, and each planted trouble is found, with a remedy and its exit code."""

import http.server
import json
import os
import resource
import socket
import sqlite3
import stat
import threading
import time
import unittest

import harness


class Doctor(harness.EndToEnd):
    def begin(self, *options, gateways=4, **how):
        return self.fleet(gateways, *options, **how)

    def doctor(self, code, *argv, **how):
        """Its findings by check; each that is not ok has a remedy."""
        done = self.desk.gatewave("doctor", "--output", "json", *argv, **how)
        self.assertEqual(done.code, code, str(done))
        self.assertNotIn("testsecret", done.out + done.err)
        self.rows = json.loads(done.out)
        for row in self.rows:
            self.assertIn(row["result"], ("ok", "warn", "fail"))
            self.assertEqual(row["remedy"] is None, row["result"] == "ok", row)
            self.assertTrue(row["finding"], row)
        self.assertEqual(code != 0, any(row["result"] == "fail" for row in self.rows), self.rows)
        return done

    def finding(self, check, result, *words):
        rows = [row for row in self.rows if row["check"] == check and row["result"] == result]
        self.assertTrue(rows, f"{check} is not {result}: {json.dumps(self.rows, indent=1)}")
        told = " | ".join(row["finding"] + " " + (row["remedy"] or "") for row in rows)
        for word in words:
            self.assertIn(word, told)
        return told

    def absent(self, check):
        self.assertEqual([row for row in self.rows if row["check"] == check], [])


class Guard(http.server.ThreadingHTTPServer):
    """A cloud that knows one gateway and answers each action as it is told: a Code that refuses it, or a redirect."""

    daemon_threads = True

    def __init__(self, **refused):
        super().__init__(("127.0.0.1", 0), Answer)
        self.refused = refused
        threading.Thread(target=self.serve_forever, daemon=True).start()
        self.url, self.ca = f"http://127.0.0.1:{self.server_port}", None

    def end(self):
        self.shutdown()
        self.server_close()


class Answer(http.server.BaseHTTPRequestHandler):
    GATEWAY = {"SmartAGId": "sag-1", "Status": "Active", "SoftwareVersion": "2.3.0", "HardwareVersion": "sag-1000"}

    def do_POST(self):
        action = self.headers["x-acs-action"]
        code = self.server.refused.get(action)
        body = {"RequestId": "R-1", "TotalCount": 1, "PageNumber": 1, "PageSize": 1,
                "SmartAccessGateways": {"SmartAccessGateway": [self.GATEWAY]}, **self.GATEWAY}
        if code:
            body = {"RequestId": "R-1", "Code": code, "Message": "not you"}
        self.send_response(302 if code == "redirect" else 403 if code else 200)
        if code == "redirect":
            self.send_header("Location", "https://login.portal.test/")
        text = json.dumps(body).encode()
        self.send_header("Content-Type", "application/json;charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args):
        pass


class Permissions(Doctor):
    def guarded(self, code, **refused):
        guard = Guard(**refused)
        self.addCleanup(guard.end)
        self.desk.configure(guard)
        self.desk.write("fleet.csv", "gateway_id,region\nsag-1,cn-shanghai\n")
        self.load("fleet.csv")
        self.doctor(code)

    def test_all_are_there(self):
        self.guarded(0)
        self.finding("permissions cn-shanghai", "ok", "DescribeSmartAccessGatewayVersions")

    def test_the_list_is_not_allowed(self):
        self.guarded(7, DescribeSmartAccessGateways="Forbidden.RAM")
        self.finding("endpoint cn-shanghai", "ok")
        self.finding("permissions cn-shanghai", "fail", "DescribeSmartAccessGateways: Forbidden.RAM: ")
        self.assertEqual(len([row for row in self.rows if row["check"].startswith("permissions")]), 1)

    def test_one_gateway_is_not_allowed(self):
        self.guarded(7, DescribeSmartAccessGatewayAttribute="Forbidden.RAM")
        self.finding("permissions cn-shanghai", "ok", "DescribeSmartAccessGateways is allowed")
        self.finding("permissions cn-shanghai", "fail", "DescribeSmartAccessGatewayAttribute: Forbidden.RAM: ")

    def test_what_no_rollout_needs_is_a_warning(self):
        self.guarded(0, DescribeSmartAccessGatewayVersions="Forbidden.RAM")
        self.finding("permissions cn-shanghai", "warn", "DescribeSmartAccessGatewayVersions: Forbidden.RAM: ")

    def test_a_passing_trouble_is_a_warning(self):
        self.guarded(0, DescribeSmartAccessGateways="ServiceUnavailable")
        self.finding("permissions cn-shanghai", "warn", "ServiceUnavailable")

    def test_a_portal_is_not_the_cloud(self):
        self.guarded(3, DescribeSmartAccessGateways="redirect")
        self.finding("endpoint cn-shanghai", "fail", "redirect")


class Well(Doctor):
    def test_all_is_well(self):
        cloud = self.begin()
        before = os.stat(self.desk.database).st_mtime_ns
        done = self.doctor(0)
        self.assertEqual({row["result"] for row in self.rows}, {"ok"}, self.rows)
        self.assertEqual([row["check"] for row in self.rows],
                         ["configuration", "database", "integrity", "disk", "credentials", "endpoint cn-shanghai",
                          "clock cn-shanghai", "permissions cn-shanghai", "permissions cn-shanghai",
                          "permissions cn-shanghai", "time zones", "limits"])
        self.finding("endpoint cn-shanghai", "ok", "127.0.0.1:", " ms")
        self.finding("permissions cn-shanghai", "ok", "DescribeSmartAccessGateways", "DescribeSmartAccessGatewayAttribute",
                     "DescribeSmartAccessGatewayVersions")
        self.assertIn("next: gatewave plan ROLLOUT.yaml", done.err)
        self.assertEqual(cloud.updates(), [])
        self.assertEqual(len(cloud.ledger()), 3)
        self.assertEqual(os.stat(self.desk.database).st_mtime_ns, before)

    def test_the_table_is_for_people(self):
        self.begin()
        done = self.ends(self.desk.gatewave("doctor"), 0)
        self.assertRegex(done.out, r"\ACHECK +RESULT +FINDING +REMEDY\n")
        self.assertRegex(done.out, r"\nclock cn-shanghai +ok +agrees with the cloud's")

    def test_regions_and_formats(self):
        cloud = self.begin("--regions", "cn-shanghai,cn-hongkong")
        for cloud_says in ({"format": "xml"}, {"signature": "v1"}, {"format": "xml", "signature": "v1"}):
            self.desk.configure(cloud, cloud=cloud_says)
            self.doctor(0)
            self.finding("permissions cn-hongkong", "ok", "DescribeSmartAccessGatewayAttribute")
            self.finding("permissions cn-shanghai", "ok", "DescribeSmartAccessGatewayAttribute")

    def test_a_rollout_that_runs_is_not_disturbed(self):
        self.begin(gateways=60)
        self.desk.plan(pace={"rate": "20/s", "in_flight": "2"})
        running = self.desk.start("run", "rollout.yaml")
        harness.wait_until("a call", lambda: running.ended() or self.desk.rows("SELECT 1 FROM attempts"))
        self.doctor(0)
        self.ends(running.wait(), 0)

    def test_figures_and_notices_have_their_places(self):
        cloud = self.begin()
        self.desk.configure(cloud, metrics={"textfile": "gatewave.prom"},
                            notify=[{"name": "noc", "url": "https://oapi.dingtalk.com/robot/send?access_token=hush"}])
        done = self.doctor(0)
        self.finding("metrics", "ok", "gatewave.prom")
        self.finding("notify noc", "ok", "oapi.dingtalk.com")
        self.assertNotIn("hush", done.out + done.err)
        self.assertFalse(os.path.exists(self.desk.path("gatewave.prom")))


class Keys(Doctor):
    def test_a_key_that_the_cloud_does_not_know(self):
        self.begin()
        self.desk.key = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI5tUnknownKey99", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "hush-hush"}
        done = self.doctor(7)
        self.finding("credentials", "ok", "LTAI...ey99")
        self.finding("endpoint cn-shanghai", "ok")
        self.finding("permissions cn-shanghai", "fail", "InvalidAccessKeyId.NotFound")
        self.assertNotIn("hush-hush", done.out + done.err)
        self.assertNotIn("LTAI5tUnknownKey99", done.out + done.err)
        self.assertIn("next: gatewave doctor", done.err)

    def test_a_secret_that_is_wrong(self):
        self.begin()
        self.desk.key["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = "wrong"
        self.doctor(7)
        self.finding("permissions cn-shanghai", "fail", "Signature")

    def test_no_key_at_all(self):
        self.begin()
        self.desk.key = {}
        self.doctor(7)
        self.finding("credentials", "fail", "ALIBABA_CLOUD_ACCESS_KEY_ID")
        self.finding("endpoint cn-shanghai", "ok", " ms")
        self.finding("clock cn-shanghai", "ok")
        self.absent("permissions cn-shanghai")

    def test_a_token_that_has_expired(self):
        self.begin("--key", "testid:testsecret:testtoken@main", "--expire-token")
        self.desk.key["ALIBABA_CLOUD_SECURITY_TOKEN"] = "testtoken"
        self.doctor(7)
        self.finding("credentials", "warn", "temporary")
        self.finding("permissions cn-shanghai", "fail", "SecurityToken")


class Clock(Doctor):
    def test_twenty_minutes_off(self):
        for offset, told in (("20m", r"\+(1199|120[01]) s"), ("-20m", r"-(1199|120[01]) s")):
            with self.subTest(offset):
                cloud = self.begin(f"--clock-offset={offset}")
                self.doctor(7)
                self.finding("endpoint cn-shanghai", "ok")
                self.assertRegex(self.finding("clock cn-shanghai", "fail", "timedatectl set-ntp true"), told)
                cloud.kill()

    def test_half_a_minute_off(self):
        self.begin("--clock-offset=30s")
        self.doctor(0)
        self.assertRegex(self.finding("clock cn-shanghai", "warn"), r"\+(29|30|31) s")


class Endpoint(Doctor):
    def test_a_certificate_of_somebody_else(self):
        cloud = self.begin()
        other = self.cloud("--generate", "1")
        self.desk.configure(cloud, cloud={"ca_file": other.ca})
        self.doctor(3)
        self.finding("endpoint cn-shanghai", "fail", "certificate", "cloud.ca_file")
        self.absent("clock cn-shanghai")
        self.absent("permissions cn-shanghai")

    def test_a_file_of_authorities_that_is_not_there(self):
        cloud = self.begin()
        self.desk.configure(cloud, cloud={"ca_file": "/nowhere/ca.pem"})
        self.doctor(3)
        self.finding("endpoint", "fail", "/nowhere/ca.pem")

    def test_nobody_listens(self):
        self.begin()
        self.desk.configure(url="https://127.0.0.1:1")
        self.doctor(3)
        self.finding("endpoint cn-shanghai", "fail", "127.0.0.1:1: connect", "let this machine reach it")

    @harness.measured
    def test_somebody_who_never_answers(self):
        self.begin()
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.desk.configure(url=f"https://127.0.0.1:{server.getsockname()[1]}",
                                cloud={"connect_timeout": "1s", "call_timeout": "2s"})
            begun = time.monotonic()
            self.doctor(3)
            self.assertLess(time.monotonic() - begun, 10)
        self.finding("endpoint cn-shanghai", "fail", "timeout")

    def test_a_region_that_there_is_not(self):
        self.desk.write("gatewave.yaml", "database: fleet.db\n")
        self.desk.write("fleet.csv", "gateway_id,region\nsag-far,xx-nowhere-1\n")
        self.load("fleet.csv")
        self.doctor(3)
        self.finding("endpoint xx-nowhere-1", "fail", "not known; it is one of", "correct the region")

    def test_an_account_that_nobody_configured(self):
        cloud = self.begin("--accounts", "main,other", "--key", "testid:testsecret@main")
        self.desk.configure(cloud, accounts=[{"name": "main", "regions": ["cn-hongkong"]}])
        self.doctor(3)
        self.finding("credentials main", "ok")
        self.finding("endpoint other/cn-shanghai", "fail", "account `other`, which the configuration does not name")
        self.finding("permissions main/cn-shanghai", "ok", "DescribeSmartAccessGateways")
        self.finding("endpoint main/cn-hongkong", "ok")


class Database(Doctor):
    def test_one_that_is_not_there(self):
        cloud = self.begin()
        self.desk.configure(cloud, database="nowhere.db")
        self.doctor(4)
        self.finding("database", "fail", "nowhere.db", "gatewave init")
        self.assertFalse(os.path.exists(self.desk.path("nowhere.db")))

    def test_one_that_is_none(self):
        cloud = self.begin()
        self.desk.write("text.db", "a letter to my aunt\n" * 100)
        self.desk.configure(cloud, database="text.db")
        self.doctor(4)
        self.finding("database", "fail", "text.db")

    def test_one_that_is_damaged(self):
        self.begin(gateways=400)
        with open(self.desk.database, "r+b") as file:
            size = os.path.getsize(self.desk.database)
            for page in range(8, size // 4096):
                file.seek(page * 4096)
                file.write(b"\xff" * 200)
        self.doctor(4)
        self.assertEqual({row["check"] for row in self.rows if row["result"] == "fail"} - {"integrity", "inventory", "database"},
                         set())

    def test_a_newer_one(self):
        self.begin()
        with sqlite3.connect(self.desk.database) as db:
            db.execute("PRAGMA user_version = 999")
        db.close()
        self.doctor(4)
        self.finding("database", "fail", "999")

    def test_one_that_may_not_be_read(self):
        self.begin()
        os.chmod(self.desk.database, 0)
        # Root may read everything; without these capabilities it may not.
        bare = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
        self.doctor(4, under=bare)
        self.finding("database", "fail", "cannot be read")

    def test_a_folder_in_its_place(self):
        cloud = self.begin()
        os.mkdir(self.desk.path("folder.db"))
        self.desk.configure(cloud, database="folder.db")
        self.doctor(4)
        self.finding("database", "fail", "not a regular file")

    def test_an_inventory_without_gateways(self):
        self.desk.configure(url="https://127.0.0.1:1")
        self.ends(self.desk.gatewave("inventory", "import", "nothing.csv"), 3, "created the database")
        self.doctor(0)
        self.finding("inventory", "warn", "gatewave inventory import")


class Configuration(Doctor):
    def test_a_key_that_there_is_not(self):
        self.desk.write("gatewave.yaml", "databse: fleet.db\n")
        done = self.doctor(3)
        self.finding("configuration", "fail", "gatewave.yaml: 1 problem")
        self.assertIn("did you mean `database`?", done.err)
        self.absent("database")

    def test_a_file_that_is_not_there(self):
        self.doctor(3, "--config", "nowhere.yaml")
        self.finding("configuration", "fail", "nowhere.yaml")

    def test_places_for_figures_and_notices(self):
        cloud = self.begin()
        self.desk.configure(cloud, metrics={"textfile": "nowhere/gatewave.prom"},
                            notify=[{"name": "file", "url": "file:noc.url"}, {"name": "env", "url": "env:NO_SUCH_URL"}])
        os.chmod(self.desk.write("noc.url", "https://h.test/hush\n"), stat.S_IRUSR | stat.S_IRGRP)
        done = self.doctor(3)
        self.finding("metrics", "fail", "No such file or directory")
        self.finding("notify file", "fail", "others may read it")
        self.finding("notify env", "fail", "NO_SUCH_URL: is not set")
        self.assertNotIn("hush", done.out + done.err)

    def test_zones_that_nobody_knows(self):
        self.begin()
        self.desk.write("more.csv", "gateway_id,region,timezone\nsag-1,cn-shanghai,Mars/Olympus\n")
        self.load("more.csv")
        self.doctor(0)
        self.finding("time zones", "warn", "Mars/Olympus", "timezone column")

    def test_more_connections_than_files(self):
        cloud = self.begin()
        self.desk.configure(cloud, limits={"connections": "4096"})
        self.doctor(3, preexec=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024)))
        self.finding("limits", "fail", "4160", "LimitNOFILE=")


if __name__ == "__main__":
    unittest.main()
