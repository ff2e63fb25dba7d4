"""Under a service manager: what a run says to it, that a hung loop falls silent, and the units that we ship."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import harness

SYSTEMD = os.path.join(os.environ["GATEWAVE_SOURCE"], "config", "systemd")


class Manager:
    """What systemd is to a service: a socket of datagrams, each with the moment at which it was taken up."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.setblocking(False)
        self.heard = []

    def listen(self):
        try:
            while True:
                self.heard.append(self.socket.recv(4096).decode())
        except BlockingIOError:
            return self.heard

    def environment(self, **more):
        return {"NOTIFY_SOCKET": self.path, **more}


class Service(harness.EndToEnd):
    def begin(self, gateways, **plan):
        self.manager = Manager(self.folder)
        self.addCleanup(self.manager.socket.close)
        cloud = self.fleet(gateways, "--upgrade-ms", "30-80")
        self.desk.configure(cloud, testing={"fence": "900ms", "agree": "150ms"})
        self.desk.plan(**plan)

    def slow(self):
        return {"pace": {"rate": "2/s", "in_flight": "1"}}

    def heard(self, lead):
        return [line for line in self.manager.listen() if line.startswith(lead)]

    def test_ready_then_how_it_goes(self):
        self.begin(4)
        self.ends(self.desk.run(env=self.manager.environment()), 0)
        heard = self.manager.listen()
        self.assertEqual(heard[0], "READY=1")
        self.assertEqual(heard.count("READY=1"), 1)
        self.assertRegex(heard[1], r"\ASTATUS=r1: [0-9]+/4 done, ")
        self.assertNotIn("WATCHDOG=1", heard)
        self.assertNotIn("STOPPING=1", heard)

    def test_quiet_is_not_silent(self):
        self.begin(2)
        done = self.ends(self.desk.run("--quiet", env=self.manager.environment()), 0)
        self.assertNotIn("done", done.err)
        self.assertTrue(self.heard("STATUS=r1: "))

    def test_a_drain_is_told(self):
        self.begin(40, **self.slow())
        running = self.desk.start("run", "rollout.yaml", env=self.manager.environment())
        harness.wait_until("READY", lambda: running.ended() or "READY=1" in self.manager.listen())
        running.signal(signal.SIGTERM)
        self.ends(running.wait(), 143)
        self.assertEqual(self.heard("STOPPING="), ["STOPPING=1"])

    def test_the_watchdog_is_fed_and_a_stopped_process_feeds_it_not(self):
        self.begin(60, **self.slow())
        running = self.desk.start("run", "rollout.yaml", env=self.manager.environment(WATCHDOG_USEC="800000"))
        harness.wait_until("two meals", lambda: running.ended() or len(self.heard("WATCHDOG=1")) >= 2)
        begun, before = time.monotonic(), len(self.heard("WATCHDOG=1"))
        harness.wait_until("six more", lambda: running.ended() or len(self.heard("WATCHDOG=1")) >= before + 6)
        # Twice in each interval, so that no late one is the last.
        self.assertLess((time.monotonic() - begun) / 6, 0.8)
        running.signal(signal.SIGSTOP)
        time.sleep(0.5)
        before = len(self.heard("WATCHDOG=1"))
        time.sleep(1.5)
        self.assertEqual(len(self.heard("WATCHDOG=1")), before)
        running.signal(signal.SIGCONT)
        running.signal(signal.SIGTERM)
        self.ends(running.wait(), 143)

    def test_a_watchdog_of_another_process_is_not_ours(self):
        self.begin(2)
        self.ends(self.desk.run(env=self.manager.environment(WATCHDOG_USEC="400000", WATCHDOG_PID="1")), 0)
        self.assertEqual(self.heard("WATCHDOG"), [])

    def test_a_socket_that_is_not_there_changes_nothing(self):
        self.begin(2)
        self.ends(self.desk.run(env={"NOTIFY_SOCKET": self.desk.path("nobody")}), 0)


class Units(unittest.TestCase):
    """The units are checked as systemd would load them, with this build's program in the installed one's place."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="gatewave-units-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.units = []
        for name in sorted(os.listdir(SYSTEMD)):
            copy = shutil.copy(os.path.join(SYSTEMD, name), self.folder)
            with open(copy, encoding="utf-8") as file:
                text = file.read()
            with open(copy, "w", encoding="utf-8") as file:
                file.write(text.replace("/usr/bin/gatewave", harness.GATEWAVE))
            self.units.append(copy)

    def analyze(self, *argv):
        return subprocess.run(["systemd-analyze", *argv], capture_output=True, text=True, timeout=60,
                              env=harness.environment(self.folder, {}))

    def test_systemd_takes_them(self):
        self.assertEqual([os.path.basename(unit) for unit in self.units],
                         ["gatewave-reconcile.service", "gatewave-reconcile.timer"])
        done = self.analyze("verify", "--man=no", *self.units)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_a_unit_that_is_wrong_would_be_found(self):
        with open(self.units[0], "a", encoding="utf-8") as file:
            file.write("NoSuchKey=1\n")
        self.assertIn("NoSuchKey", self.analyze("verify", "--man=no", *self.units).stderr)

    def test_the_service_is_closed(self):
        done = self.analyze("security", "--offline=true", "--threshold=15", self.units[0])
        exposure = re.search(r"Overall exposure level for \S+: (\d+\.\d+)", done.stdout)
        self.assertTrue(exposure, done.stdout + done.stderr)
        self.assertLessEqual(float(exposure[1]), 1.5)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_an_open_service_would_be_found(self):
        with open(self.units[0], encoding="utf-8") as file:
            lines = [line for line in file if not line.startswith(("ProtectSystem=", "CapabilityBoundingSet=", "DynamicUser="))]
        with open(self.units[0], "w", encoding="utf-8") as file:
            file.writelines(lines)
        self.assertNotEqual(self.analyze("security", "--offline=true", "--threshold=15", self.units[0]).returncode, 0)


if __name__ == "__main__":
    unittest.main()
