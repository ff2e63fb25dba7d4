"""Disks and databases: full, gone, foreign, newer, closed to us; and input that nobody should take. Each with its exit
code and a word about what to do, and nothing lost.
"""

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import unittest

import agreement
import harness


def limit_files(size):
    """For a child: no file may grow past that size, which is what a full disk looks like to one that writes."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


class FullDisk(harness.EndToEnd):
    def agrees(self, cloud):
        report, ledger, truth = self.desk.report(), cloud.ledger(), cloud.truth()
        self.assertEqual(agreement.check_outcomes(report, ledger, truth, uninterrupted=False)
                         + agreement.check_law(ledger, truth), [])
        return report

    def test_full_in_the_middle_of_a_run(self):
        """Calls stop at once; with room again the rollout goes on, and agrees with the ledger."""
        cloud = self.fleet(300)
        self.desk.plan(pace={"rate": "150/s"})
        size = os.path.getsize(self.desk.path("fleet.db")) + 150000
        self.ends(self.desk.run(preexec=limit_files(size)), 4, "check the disk and its quota")
        called = len(cloud.updates())
        self.assertGreater(called, 0, "the disk was full before the first call")
        self.assertLess(called, 300, "the disk was never full")
        # Each call that left had its intent on the disk before.
        intents = {nonce for (nonce,) in self.desk.rows("SELECT nonce FROM attempts")}
        self.assertLessEqual({line["nonce"] for line in cloud.updates()}, intents)
        self.ends(self.desk.run(), 0)
        self.assertEqual(agreement.outcomes(self.agrees(cloud)), {"succeeded": 300})

    def test_full_again_and_again(self):
        cloud = self.fleet(200, "--lost-reply", "5%", "--lost-request", "5%")
        self.desk.plan(pace={"rate": "150/s"})
        size = os.path.getsize(self.desk.path("fleet.db"))
        codes = []
        for room in range(40000, 240000, 20000):
            codes.append(self.desk.run(preexec=limit_files(size + room)).code)
        self.assertIn(4, codes)
        self.assertLessEqual(set(codes), {0, 1, 4})
        self.assertIn(self.desk.run().code, (0, 1))
        self.agrees(cloud)

    def test_full_while_importing(self):
        """All or nothing."""
        self.fleet(3)
        rows = "".join(f"sag-8{n:05},cn-shanghai,sage8{n:05}\n" for n in range(20000))
        self.desk.write("more.csv", "gateway_id,region,serial\n" + rows)
        size = os.path.getsize(self.desk.path("fleet.db")) + 300000
        done = self.desk.gatewave("inventory", "import", "more.csv", preexec=limit_files(size))
        self.ends(done, 4, "check the disk and its quota")
        self.assertEqual(len(self.desk.ask("inventory", "list")), 3)
        self.load("more.csv")
        self.assertEqual(len(self.desk.ask("inventory", "list")), 20003)


class SmallDisk(harness.EndToEnd):
    """A disk of its own, some hundred KiB large, in a mount namespace."""

    def setUp(self):
        super().setUp()
        self.disk = self.desk.path("disk")
        os.mkdir(self.disk)
        script = f"mount -t tmpfs -o size=600k tmpfs {self.disk} && echo mounted && exec sleep 600"
        self.holder = subprocess.Popen(["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script],
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(self.holder.stdout.close)
        self.addCleanup(self.holder.wait)
        self.addCleanup(self.holder.kill)
        if self.holder.stdout.readline() != b"mounted\n":
            self.skipTest("no mount namespaces here")
        self.enter = ["nsenter", "--preserve-credentials", "-U", "-m", "-t", str(self.holder.pid)]

    def inside(self, *argv):
        # Entering a mount namespace leads to its root.
        words = [*self.enter, "sh", "-c", 'cd "$0" && exec "$@"', self.folder, *argv]
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True,
                              env=harness.environment(self.folder, self.desk.key), timeout=harness.PATIENCE_S)
        return harness.Done(argv, done.returncode, done.stdout.decode(), done.stderr.decode())

    def gatewave(self, *argv):
        return self.inside(harness.GATEWAVE, *argv)

    def test_full_in_the_middle_of_a_run(self):
        """No space left: no call more; when somebody has made room, the rollout goes on."""
        cloud = self.fleet(300)
        self.desk.configure(cloud, database=os.path.join(self.disk, "fleet.db"))
        self.desk.plan(pace={"rate": "150/s"})
        self.ends(self.gatewave("inventory", "import", "inventory.csv"), 0)
        done = self.gatewave("run", "rollout.yaml")
        self.ends(done, 4, "full", "goes on where it stopped")
        self.assertLess(len(cloud.updates()), 300)
        self.ends(self.inside("mount", "-o", "remount,size=60m", self.disk), 0)
        self.ends(self.gatewave("run", "rollout.yaml"), 0)
        report = json.loads(self.gatewave("report", "r1", "--output", "json").out)
        ledger, truth = cloud.ledger(), cloud.truth()
        self.assertEqual(agreement.check_outcomes(report, ledger, truth, uninterrupted=False)
                         + agreement.check_law(ledger, truth), [])


class Database(harness.EndToEnd):
    def setUp(self):
        super().setUp()
        self.world = self.fleet(20)

    def refused(self, *words, calls=0):
        self.ends(self.desk.run(), 4, *words)
        self.assertEqual(len(self.world.updates()), calls)

    def test_gone(self):
        os.unlink(self.desk.path("fleet.db"))
        self.refused("fleet.db", "gatewave inventory import")
        self.assertFalse(os.path.exists(self.desk.path("fleet.db")))

    def test_gone_after_a_rollout(self):
        """Forgetting what was called would be calling it again: a lost database is never made anew by a run."""
        self.ends(self.desk.run(), 0)
        for name in os.listdir(self.folder):
            if name.startswith("fleet.db"):
                os.unlink(self.desk.path(name))
        self.refused("fleet.db", calls=20)

    def test_garbage(self):
        self.desk.write("fleet.db", os.urandom(65536))
        self.refused("fleet.db", "not a")
        self.assertEqual(os.path.getsize(self.desk.path("fleet.db")), 65536)

    def test_text(self):
        self.desk.write("fleet.db", "gateway_id,region\n")
        self.refused("fleet.db")

    def test_damaged(self):
        self.ends(self.desk.run(), 0)
        path = self.desk.path("fleet.db")
        size = os.path.getsize(path)
        with open(path, "r+b") as file:
            file.seek(size // 2)
            file.write(b"\xa5" * (size // 4))
        self.desk.plan(rollout="r2")
        self.refused("fleet.db", "damaged", calls=20)

    def test_of_another_program(self):
        os.unlink(self.desk.path("fleet.db"))
        with sqlite3.connect(self.desk.path("fleet.db")) as db:
            db.execute("CREATE TABLE gateways (id TEXT)")
        db.close()
        self.refused("fleet.db", "gatewave")

    def test_newer_than_the_program(self):
        with sqlite3.connect(self.desk.path("fleet.db")) as db:
            db.execute("PRAGMA user_version = 9999")
        db.close()
        self.refused("newer", "9999")

    def test_a_directory(self):
        os.unlink(self.desk.path("fleet.db"))
        os.mkdir(self.desk.path("fleet.db"))
        self.refused("fleet.db")

    def as_nobody(self, *words):
        """Runs as a user who may read everything; root may always write, so somebody else runs the program then."""
        program = shutil.copy(harness.GATEWAVE, self.desk.path("gatewave"))
        for name in ("gatewave.yaml", "rollout.yaml", os.path.basename(self.world.ca)):
            os.chmod(self.desk.path(name), 0o444)
        original, harness.GATEWAVE = harness.GATEWAVE, program
        self.addCleanup(setattr, harness, "GATEWAVE", original)
        self.addCleanup(os.chmod, self.folder, 0o700)
        nobody = (lambda: os.setuid(65534)) if os.geteuid() == 0 else None
        self.ends(self.desk.run(preexec=nobody), 4, "fleet.db", *words)
        self.assertEqual(self.world.ledger(), [])

    def test_in_a_read_only_directory(self):
        os.chmod(self.desk.path("fleet.db"), 0o666)
        os.chmod(self.folder, 0o555)
        self.as_nobody("directory cannot be written")

    def test_read_only(self):
        os.chmod(self.desk.path("fleet.db"), 0o444)
        os.chmod(self.folder, 0o777)
        self.as_nobody("cannot be written")

    def test_locked_by_somebody_else(self):
        """A backup that holds the file for too long stops the run; it goes on when the file is free."""
        db = sqlite3.connect(self.desk.path("fleet.db"), isolation_level=None)
        self.addCleanup(db.close)
        db.execute("BEGIN IMMEDIATE")
        self.refused("another process holds the write lock")
        db.execute("ROLLBACK")
        self.ends(self.desk.run(), 0)


class Input(harness.EndToEnd):
    """What is refused before anything is called, with its place in the file."""

    def setUp(self):
        super().setUp()
        self.world = self.fleet(5)

    def refused(self, *words, code=3):
        done = self.ends(self.desk.run(), code, *words)
        self.assertEqual(self.world.ledger(), [])
        return done

    def test_empty_selection(self):
        self.desk.plan(select="region = cn-beijing")
        self.refused("nothing is selected", "gatewave inventory list")

    def test_a_selection_that_is_no_expression(self):
        self.desk.plan(select="region = = cn-beijing")
        self.refused("rollout.yaml:", "select")

    def test_unknown_and_repeated_keys_are_all_told_at_once(self):
        self.desk.write("rollout.yaml", "rollout: r1\nversion: 2.4.0\nverison: 2.5.0\nselect: all\npace: {rat: 2/s}\n"
                        "select: all\n")
        done = self.refused("rollout.yaml:3:1", "did you mean `version`", "rollout.yaml:5:8", "did you mean `rate`",
                            "rollout.yaml:6:1")
        self.assertIn("^", done.err)

    def test_rate_0(self):
        for pace in ({"rate": "0/s"}, {"read_rate": "0/s"}, {"in_flight": "0"}, {"upgrading": "0"}, {"rate": "-1/s"}):
            with self.subTest(pace):
                self.desk.plan(pace=pace)
                self.refused("pace." + next(iter(pace)))

    def test_limits_of_0(self):
        self.desk.configure(self.world, limits={"rate": "0/s"})
        self.refused("limits.rate", "gatewave.yaml:")

    def test_faster_than_the_limits(self):
        for key, value in (("rate", "501/s"), ("read_rate", "30001/m"), ("in_flight", "257")):
            with self.subTest(key):
                self.desk.plan(pace={key: value})
                self.refused("pace." + key, "limits." + key)

    def test_a_fence_is_not_shortened_against_a_real_cloud(self):
        self.desk.configure(url="https://smartag.cn-shanghai.aliyuncs.com")
        self.refused("testing.fence", "loopback")

    def test_plain_http_only_to_loopback(self):
        self.desk.write("gatewave.yaml", {"database": "fleet.db", "cloud": {"endpoint": "http://192.0.2.1"}})
        self.refused("https")

    def test_another_version_under_the_same_name(self):
        self.ends(self.desk.run(), 0)
        calls = len(self.world.ledger())
        self.desk.plan(version="2.5.0")
        self.ends(self.desk.run(), 3, "another `version`", "name of its own")
        self.assertEqual(len(self.world.ledger()), calls)

    def test_a_rollout_file_that_is_not_there(self):
        self.ends(self.desk.gatewave("run", "nowhere.yaml"), 3, "nowhere.yaml")

    def test_a_configuration_that_is_not_there(self):
        self.ends(self.desk.gatewave("--config", "nowhere.yaml", "run", "rollout.yaml"), 3, "nowhere.yaml")


if __name__ == "__main__":
    unittest.main()
