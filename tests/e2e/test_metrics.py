"""The textfile that a run leaves for Prometheus, read by a strict reader of its format."""

import os
import stat
import threading
import time
import unittest

import exposition
import harness


class Metrics(harness.EndToEnd):
    def begin(self, gateways, *options, **plan):
        cloud = self.fleet(gateways, "--upgrade-ms", "30-80", *options)
        self.configure(cloud)
        self.desk.plan(**plan)
        return cloud

    def configure(self, cloud):
        self.desk.configure(cloud, testing={"fence": "900ms", "agree": "150ms"}, metrics={"textfile": "gatewave.prom"})

    def read(self):
        with open(self.desk.path("gatewave.prom"), encoding="utf-8", newline="") as file:
            return exposition.read(file.read())


class Runs(Metrics):
    def test_a_run_leaves_its_figures(self):
        faults = self.desk.write("faults", "sag-000001 refuse:NotBoundCCN\nsag-000002 refuse:NobodyKnowsThis\n")
        before = time.time()
        self.begin(8, "--faults", faults, retry={"attempts": "1"})
        done = self.ends(self.desk.run(), 1)
        families = self.read()
        for name in families:
            self.assertTrue(name.startswith("gatewave_"), name)
        value = exposition.value
        self.assertEqual(value(families, "gatewave_run_exit_code"), done.code)
        self.assertEqual(value(families, "gatewave_run_devices", state="succeeded"), 6)
        self.assertEqual(sum(families["gatewave_run_devices"].values()), 8)
        self.assertEqual(value(families, "gatewave_run_code_devices", outcome="failed", code="NotBoundCCN"), 1)
        self.assertEqual(sum(families["gatewave_run_code_devices"].values()), 2)
        self.assertNotIn("NobodyKnowsThis", str(families))
        started = value(families, "gatewave_run_started_timestamp_seconds")
        ended = value(families, "gatewave_run_ended_timestamp_seconds")
        self.assertTrue(before <= started <= ended <= time.time(), (before, started, ended))
        self.assertAlmostEqual(value(families, "gatewave_run_duration_seconds"), ended - started, places=2)
        self.assertNotIn("gatewave_last_success_timestamp_seconds", families)
        mode = stat.S_IMODE(os.stat(self.desk.path("gatewave.prom")).st_mode)
        self.assertEqual(mode, 0o644)
        self.assertEqual([name for name in os.listdir(self.folder) if name.startswith("gatewave.prom.")], [])

    def test_the_last_success_outlives_a_run_that_failed(self):
        cloud = self.begin(4)
        self.ends(self.desk.run(), 0)
        success = exposition.value(self.read(), "gatewave_last_success_timestamp_seconds")
        ended = self.desk.rows("SELECT max(ended_unix_ms) FROM rollouts")[0][0]
        self.assertEqual(success, ended / 1000)
        cloud.kill()
        os.unlink(self.desk.path("gatewave.prom"))
        self.desk.key = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI-none", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "wrong"}
        self.configure(self.cloud("--fleet", self.desk.path("inventory.csv")))
        self.desk.plan(rollout="second", version="2.5.0")
        self.ends(self.desk.run(), 7)
        families = self.read()
        self.assertEqual(exposition.value(families, "gatewave_run_exit_code"), 7)
        self.assertEqual(exposition.value(families, "gatewave_last_success_timestamp_seconds"), success)

    def test_a_run_that_is_under_way_is_told_of(self):
        self.begin(20, pace={"rate": "2/s", "in_flight": "1"},
                   waves=[{"name": "canary", "size": "4"}, {"name": "rest", "size": "rest"}])
        running = self.desk.start("run", "rollout.yaml")
        seen = []

        def wave_has_ended():
            if os.path.exists(self.desk.path("gatewave.prom")):
                families = self.read()
                self.assertEqual(exposition.value(families, "gatewave_run_under_way"), 1)
                self.assertNotIn("gatewave_run_exit_code", families)
                self.assertEqual(sum(families["gatewave_run_devices"].values()), 20)
                seen.append(exposition.value(families, "gatewave_run_devices", state="succeeded"))
            return running.ended() or (seen and seen[-1] >= 4)

        harness.wait_until("the first wave's end", wave_has_ended)
        self.assertEqual(seen[0], 0)
        self.assertFalse(running.ended())
        running.signal(15)
        running.wait()
        self.assertEqual(exposition.value(self.read(), "gatewave_run_under_way"), 0)

    def test_an_error_before_the_first_call_is_a_run_too(self):
        self.begin(2)
        self.desk.key = {}
        self.ends(self.desk.run(), 7)
        self.assertEqual(exposition.value(self.read(), "gatewave_run_exit_code"), 7)

    def test_a_reader_never_sees_half_a_file(self):
        self.begin(2)
        self.ends(self.desk.run(), 0)
        stop, wrong = threading.Event(), []

        def scrape():
            while not stop.is_set():
                try:
                    self.read()
                except (exposition.Refused, OSError) as refused:
                    wrong.append(refused)

        reader = threading.Thread(target=scrape)
        reader.start()
        for _ in range(10):
            self.ends(self.desk.run(), 0)
        stop.set()
        reader.join()
        self.assertEqual(wrong, [])

    def test_a_file_that_cannot_be_written_changes_nothing_else(self):
        cloud = self.begin(2)
        self.desk.configure(cloud, metrics={"textfile": "nowhere/gatewave.prom"})
        self.ends(self.desk.run(), 0, "metrics: ", "nowhere/gatewave.prom cannot be written: No such file or directory")


class Nights(Metrics):
    def night(self, *options, **policy):
        rollout = {key: value for key, value in harness.ROLLOUT.items() if key not in ("rollout", "version", "select")}
        self.desk.write("policies.yaml", {"policies": [{**rollout, "name": "os", "select": "all", "version": "2.4.0",
                                                        **policy}]})
        return self.desk.gatewave("reconcile", "policies.yaml", "--yes", *options)

    def value(self, name, **labels):
        return exposition.value(self.read(), name, **labels)

    def test_a_night_without_work_is_a_success(self):
        self.begin(3)
        self.ends(self.night(), 0)
        self.ends(self.night(), 0)
        success = self.value("gatewave_last_success_timestamp_seconds")
        self.assertEqual(success, self.desk.rows("SELECT max(ended_unix_ms) FROM nights")[0][0] / 1000)
        self.assertEqual(sum(self.read()["gatewave_run_devices"].values()), 0)
        self.assertEqual(self.value("gatewave_found_drifted_gateways"), 0)

    def test_a_night_that_leaves_a_failed_device_alone_still_tells_of_it(self):
        faults = self.desk.write("faults", "sag-000001 refuse:NotBoundCCN\n")
        cloud = self.begin(3, "--faults", faults)
        self.ends(self.night(), 1)
        self.assertEqual(self.value("gatewave_run_devices", state="failed"), 1)
        self.ends(self.night(), 1)  # it rests
        self.assertEqual(self.value("gatewave_run_devices", state="failed"), 1)
        self.assertEqual(self.value("gatewave_run_devices", state="succeeded"), 2)
        self.assertEqual(self.value("gatewave_run_code_devices", outcome="failed", code="NotBoundCCN"), 1)
        os.unlink(self.desk.path("gatewave.prom"))
        key, self.desk.key = self.desk.key, {}
        self.ends(self.night(), 7)  # and one that cannot begin
        self.assertEqual(self.value("gatewave_run_devices", state="failed"), 1)
        self.desk.key = key
        cloud.kill()  # somebody mends it
        self.configure(self.cloud("--generate", "3", "--version-old", "2.4.0"))
        self.ends(self.night(), 0)
        self.assertEqual(sum(self.read()["gatewave_run_devices"].values()), 0)

    def test_a_dry_run_leaves_nothing(self):
        self.begin(2)
        self.ends(self.night("--dry-run"), 0)
        self.assertFalse(os.path.exists(self.desk.path("gatewave.prom")))


class Reader(unittest.TestCase):
    """The reader itself refuses what the format does not allow."""

    HEAD = "# HELP a Text.\n# TYPE a gauge\n"

    def test_what_is_well_formed_is_read(self):
        families = exposition.read(self.HEAD + 'a{x="q\\"\\\\\\n}",y=""} 1\na 2.5\n')
        self.assertEqual(exposition.value(families, "a", x='q"\\\n}', y=""), 1)
        self.assertEqual(exposition.value(families, "a"), 2.5)

    def test_what_is_not_is_refused(self):
        for text in ("a 1", self.HEAD + "a 1", self.HEAD, "a 1\n", self.HEAD + "b 1\n", self.HEAD + "a 1\na 1\n",
                     self.HEAD + "a 1\n" + self.HEAD + "a 2\n", self.HEAD + 'a{x="1",} 1\n', self.HEAD + 'a{x=1} 1\n',
                     self.HEAD + 'a{x="1",x="2"} 1\n', self.HEAD + 'a{x="\\t"} 1\n', self.HEAD + "a  1\n",
                     self.HEAD + "a one\n", "# TYPE a gauge\na 1\n", self.HEAD + "\na 1\n"):
            with self.subTest(text), self.assertRaises(exposition.Refused):
                exposition.read(text)


if __name__ == "__main__":
    unittest.main()
