"""Under a service manager: what a run says to it, that a hung loop falls silent, and the units that we ship."""

import glob
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

import harness

BUILD = os.path.dirname(os.path.dirname(os.path.dirname(harness.GATEWAVE)))
EXAMPLES = os.path.join(os.environ["GATEWAVE_SOURCE"], "config")


class Manager:
    """What systemd is to a service: a socket of datagrams that is always read, for whoever writes to a full one waits."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.heard = []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while word := self.socket.recv(4096):
            self.heard.append(word.decode())

    def listen(self):
        """All that was sent before now: our own word comes behind it."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as own:
            own.sendto(b"now", self.path)
        harness.wait_until("our own word", lambda: "now" in self.heard)
        self.heard.remove("now")
        return list(self.heard)

    def end(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as own:
            own.sendto(b"", self.path)
        self.socket.close()

    def environment(self, **more):
        return {"NOTIFY_SOCKET": self.path, **more}


class Managed(harness.EndToEnd):
    def begin(self, gateways, *options, **plan):
        self.manager = Manager(self.folder)
        self.addCleanup(self.manager.end)
        cloud = self.fleet(gateways, "--upgrade-ms", "30-80", *options)
        self.desk.configure(cloud, testing={"fence": "900ms", "agree": "150ms"})
        self.desk.plan(**plan)

    def heard(self, lead):
        return [line for line in self.manager.listen() if line.startswith(lead)]


class Service(Managed):
    def slow(self):
        return {"pace": {"rate": "2/s", "in_flight": "1"}}

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

    @harness.measured
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


class Night(Managed):
    """What the units run: a night is one service from its sync to its last rollout."""

    def start_night(self, *options, **environment):
        rollout = {key: value for key, value in harness.ROLLOUT.items() if key not in ("rollout", "version", "select")}
        self.desk.write("policies.yaml", {"policies": [
            {**rollout, "name": "first", "select": "gateway_id = sag-000001", "version": "2.4.0"},
            {**rollout, "name": "os", "select": "all", "version": "2.4.0"}]})
        return self.desk.start("reconcile", "policies.yaml", "--yes", *options,
                               env=self.manager.environment(**environment))

    def night(self, *options, **environment):
        return self.start_night(*options, **environment).wait()

    def test_ready_also_where_there_is_nothing_to_do(self):
        self.begin(2, "--version-old", "2.4.0")
        self.ends(self.night("--no-sync"), 0)
        self.assertEqual(self.manager.listen(), ["READY=1"])

    def test_who_gives_back_is_stopping_and_not_ready(self):
        self.begin(3, "--auto", "100%", "--upgrade-ms", "3000-3500")
        running = self.start_night("--take-over")
        harness.wait_until("a rollout", lambda: running.ended() or [line for line in self.heard("STATUS=")
                                                                     if "STATUS=first." in line])
        running.signal(signal.SIGTERM)
        self.ends(running.wait(), 143, "by themselves again")
        heard = self.manager.listen()
        last = heard[heard.index("STOPPING=1"):]
        self.assertNotIn("READY=1", last)
        self.assertTrue(any(line.startswith("STATUS=giving back") for line in last), last)

    def test_the_sync_and_the_rollouts_tell_how_they_go(self):
        self.begin(3)
        self.ends(self.night(), 0)
        status = self.heard("STATUS=")
        self.assertRegex(status[-1], r"\ASTATUS=os[.]\S+: [0-9]/2 done, ")
        self.assertGreater(len({line.split(":")[0] for line in status}), 1, status)

    def test_taking_over_and_giving_back_are_attended_too(self):
        self.begin(2, "--auto", "100%")
        self.ends(self.night("--take-over", WATCHDOG_USEC="800000"), 0)
        heard = self.manager.listen()
        for status in ("STATUS=taking over: 0 of 2 devices", "STATUS=giving back: 0 of 2 devices"):
            self.assertEqual(heard[heard.index(status) - 1], "WATCHDOG=1")

    def test_a_signal_while_a_notice_is_on_its_way_ends_the_night(self):
        self.begin(3)
        with socket.create_server(("127.0.0.1", 0)) as hook:
            hook.settimeout(harness.PATIENCE_S)
            with open(self.desk.path("gatewave.yaml"), encoding="utf-8") as file:
                config = harness.json.load(file)
            config["notify"] = [{"name": "noc", "url": f"http://127.0.0.1:{hook.getsockname()[1]}/",
                                 "events": ["finished"]}]
            self.desk.write("gatewave.yaml", config)
            running = self.start_night()
            connection, _address = hook.accept()  # the first rollout has ended, and nobody answers
            with connection:
                connection.recv(1)
                running.signal(signal.SIGTERM)
                self.ends(running.wait(), 143)
        self.assertEqual(self.desk.rows("SELECT policy FROM policy_rollouts"), [("first",)])
        self.assertEqual(self.desk.rows("SELECT phase FROM rollouts"), [("finished",)])
        self.assertEqual(self.desk.rows("SELECT result FROM nights"), [(143,)])
        self.assertEqual(self.heard("STOPPING="), ["STOPPING=1"])

    def test_a_long_sync_feeds_the_watchdog(self):
        self.begin(40)
        with open(self.desk.path("gatewave.yaml"), encoding="utf-8") as file:
            self.desk.write("gatewave.yaml", file.read().replace('"read_rate": "500/s"', '"read_rate": "20/s"'))
        begun = time.monotonic()
        self.ends(self.night("--dry-run", WATCHDOG_USEC="800000"), 0)
        meals, lasted = len(self.heard("WATCHDOG=1")), time.monotonic() - begun
        self.assertGreater(lasted, 2)
        self.assertGreater(meals, lasted / 0.8 - 2)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Units(unittest.TestCase):
    """What `meson install` puts where, and the units as systemd would load them from there."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="gatewave-units-")
        self.addCleanup(shutil.rmtree, self.folder)
        subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", self.folder], check=True,
                       capture_output=True, timeout=60)
        [self.program] = self.installed("bin/gatewave")
        self.prefix = self.program[:-len("/bin/gatewave")]
        self.units = self.installed("lib/systemd/system/*")
        self.written = read(self.units[0])
        with open(self.units[0], "w", encoding="utf-8") as file:
            file.write(self.written.replace("ExecStart=", "ExecStart=" + self.folder))

    def installed(self, name):
        return sorted(glob.glob(os.path.join(self.folder, "**", name), recursive=True))

    def test_the_unit_starts_what_was_installed(self):
        self.assertIn(f"\nExecStart={self.program[len(self.folder):]} --config /etc/gatewave/gatewave.yaml reconcile",
                      self.written)
        self.assertNotIn("@", self.written.split("[Service]")[1].replace("@system-service", "").replace(
            "@privileged @resources", ""))
        done = subprocess.run([self.program, "--version"], capture_output=True, text=True, timeout=60, check=True)
        self.assertTrue(done.stdout.startswith("gatewave "), done.stdout)

    def test_there_are_files_to_begin_with(self):
        for name in ("gatewave.yaml", "rollout.yaml", "policies.yaml"):
            self.assertEqual(read(f"{self.prefix}/share/doc/gatewave/examples/{name}"), read(f"{EXAMPLES}/{name}"))

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

    def test_a_crash_loop_comes_to_its_end(self):
        """Only a unit that is not started any more has failed, and only then is OnFailure= heard of."""
        unit, service = self.written.split("[Service]")
        burst, within = (re.search(rf"^{key}=(\w+)$", unit, re.M)[1] for key in ("StartLimitBurst", "StartLimitIntervalSec"))
        hung, rest = (re.search(rf"^{key}=(\w+)$", service, re.M)[1] for key in ("WatchdogSec", "RestartSec"))
        seconds = {"1h": 3600, "2min": 120, "1min": 60}
        self.assertLess(int(burst) * (seconds[hung] + seconds[rest]), seconds[within])

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
