"""The program as a person or a script meets it, without a cloud: usage, help, completion, inventory, exit codes.

Runs the binary that the environment variable GATEWAVE names.
"""

import csv
import io
import json
import os
import pty
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

GATEWAVE = os.environ["GATEWAVE"]
SOURCE = os.environ["GATEWAVE_SOURCE"]
FLEET = '''gateway_id,region,serial,ha_role,version,model,name,site,tag:freeze,tag:owner
sag-1,cn-shanghai,s1,active,2.3.0,sag-1000,"Shop, ""A""",hz,,net
sag-1,cn-shanghai,s2,standby,2.10.0,sag-1000,"Shop, ""A""",hz,yes,net
sag-2,cn-beijing,s3,,2.9.1,sag-100wm,\u676d\u5dde,bj,,
'''
# Nothing listens there: a run with keys waits for the endpoint until it is told to stop.
DEAD = "database: fleet.db\ncloud: {endpoint: \"http://127.0.0.1:1\"}\n"
KEYS = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAIexample", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "not-to-be-seen-anywhere"}


class Place(unittest.TestCase):
    """A test in a folder of its own, with no configuration and no credentials around it."""

    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="gatewave-cli-")
        self.addCleanup(shutil.rmtree, self.root)

    def environment(self, **more):
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS")}
        return {**kept, "HOME": self.root, "LC_ALL": "C", **more}

    def path(self, name):
        return os.path.join(self.root, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8", newline="") as file:
            file.write(text)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def run_it(self, *words, stdin=None, env=None, **more):
        return subprocess.run([GATEWAVE, *words], cwd=self.root, env=self.environment(**(env or {})), check=False,
                              capture_output=True, text=True, encoding="utf-8", timeout=60, input=stdin or "", **more)

    def good(self, *words, **more):
        done = self.run_it(*words, **more)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def bad(self, code, *words, says, **more):
        """Ends with that exit code, results empty, one error line that has these words in it."""
        done = self.run_it(*words, **more)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertEqual(done.stdout, "")
        errors = [line for line in done.stderr.splitlines() if line.startswith("gatewave: ")]
        self.assertEqual(len(errors), 1, done.stderr)
        self.assertIn(says, done.stderr)
        return done

    def fleet(self):
        self.write("fleet.csv", FLEET)
        return self.good("inventory", "import", "fleet.csv")


class Usage(Place):
    def test_nothing_said_shows_the_usage_and_fails(self):
        done = self.run_it()
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stdout, "")
        self.assertIn("usage: gatewave", done.stderr)

    def test_help_is_a_result(self):
        for words in (["--help"], ["help"], ["-h"]):
            done = self.good(*words)
            self.assertIn("inventory import", done.stdout)
            self.assertIn("exit codes:", done.stdout)
            self.assertEqual(done.stderr, "")

    def test_every_command_has_its_help(self):
        listed = self.good("help").stdout.split("commands:\n")[1].split("\n\n")[0]
        names = [line[2:20].strip() for line in listed.splitlines()]
        self.assertGreaterEqual(len(names), 12)
        for name in names:
            by_help, by_option = self.good("help", *name.split()), self.good(*name.split(), "--help")
            self.assertEqual(by_help.stdout, by_option.stdout)
            self.assertIn(f"usage: gatewave {name}", by_help.stdout)

    def test_version(self):
        self.assertRegex(self.good("--version").stdout, r"^gatewave \d+\.\d+\.\d+ \(database schema \d+\)\n$")
        for words in (["version"], ["status", "--version"], ["--version", "run"]):
            self.assertEqual(self.good(*words).stdout, self.good("--version").stdout)

    def test_slips_name_the_nearest_word(self):
        self.bad(2, "statsu", says="did you mean `gatewave status`?")
        self.bad(2, "inventory", "exprot", says="did you mean `gatewave inventory export`?")
        self.bad(2, "status", "--ouput", "json", says="did you mean --output?")
        self.bad(2, "run", "--verson", "1", says="did you mean --version?")
        self.bad(2, "run", "--vers", "1", says="did you mean --version?")

    def test_missing_and_surplus_words_show_the_usage(self):
        self.bad(2, "inventory", "import", says="usage: gatewave inventory import FILE")
        self.bad(2, "explain", "os-1", says="usage: gatewave explain NAME GATEWAY")
        self.bad(2, "report", "a", "b", says="usage: gatewave report [NAME]")
        self.bad(2, "status", "a", "b", says="usage: gatewave status [NAME]")
        self.bad(2, "inventory", says="gatewave help inventory")
        self.bad(2, "help", "frobnicate", says="no command `frobnicate`")

    def test_what_is_said_is_escaped(self):
        done = self.bad(2, "stat\x1b[2Jus", says="\\x1b[2J")
        self.assertNotIn("\x1b", done.stderr)


class Completion(Place):
    def complete(self, *words):
        """What bash offers for the last of these words."""
        script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _gatewave; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        self.write("completion", self.good("completion", "bash").stdout)
        done = subprocess.run(["bash", "-c", script, "-", self.path("completion"), "gatewave", *words],
                              cwd=self.root, capture_output=True, text=True, timeout=30, check=True)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_bash_completes_commands(self):
        self.assertEqual(self.complete("sta"), ["status"])
        self.assertEqual(self.complete("inv"), ["inventory"])
        self.assertEqual(self.complete("inventory", "ex"), ["export"])
        self.assertEqual(self.complete("--db", "x.db", "inventory", "ex"), ["export"])
        self.assertEqual(self.complete("completion", ""), ["bash", "zsh", "fish"] + self.complete("completion", "--"))

    def test_bash_completes_options_and_their_values(self):
        self.assertEqual(self.complete("run", "--ver"), ["--version", "--verify"])
        self.assertEqual(self.complete("status", "--output", "js"), ["json", "jsonl"])
        self.assertEqual(self.complete("status", "--output", "=", "c"), ["csv"])
        self.assertEqual(self.complete("run", "--type", ""), ["Device", "Dpi"])
        self.assertIn("--select", self.complete("run", "--version", "2.4.0", "--s"))
        self.assertNotIn("--select", self.complete("status", "--s"))

    def test_bash_completes_files(self):
        self.write("os.yaml", "")
        self.assertIn("os.yaml", self.complete("run", "os"))
        self.assertIn("os.yaml", self.complete("--config", "os"))
        self.assertNotIn("os.yaml", self.complete("status", "os"))

    def test_other_shells(self):
        self.assertIn("#compdef gatewave\n", self.good("completion", "zsh").stdout)
        self.assertIn("complete -c gatewave", self.good("completion", "fish").stdout)
        self.bad(2, "completion", "tcsh", says="bash, zsh and fish")


class Init(Place):
    def test_init_makes_what_the_other_commands_need(self):
        done = self.good("init")
        self.assertIn("next: gatewave inventory import FILE", done.stderr)
        self.assertIn("database:", self.read("gatewave.yaml"))
        self.assertEqual(os.stat(self.path("gatewave.yaml")).st_mode & 0o777, 0o600)
        self.assertEqual(os.stat(self.path("fleet.db")).st_mode & 0o077, 0)
        self.assertEqual(self.good("inventory", "list", "--output", "json").stdout, "[]\n")

    def test_init_writes_a_rollout_that_can_be_planned(self):
        done = self.good("init")
        self.assertIn("rollout.yaml is an example of a rollout", done.stderr)
        with open(os.path.join(SOURCE, "config/rollout.yaml"), encoding="utf-8") as sample:
            self.assertEqual(self.read("rollout.yaml"), sample.read())
        self.write("fleet.csv", "gateway_id,region,serial,version,model,timezone\n" + "".join(
            f"sag-{n},cn-shanghai,s{n},2.3.0,sag-1000,Asia/Shanghai\n" for n in range(40)))
        self.good("inventory", "import", "fleet.csv")
        self.assertIn("sag-1000", self.good("plan", "rollout.yaml").stdout)

    def test_init_leaves_a_rollout_that_is_there(self):
        os.mkdir(self.path("etc"))
        self.write("etc/rollout.yaml", "rollout: mine\n")
        done = self.good("--config", "etc/night.yaml", "init")
        self.assertIn("etc/rollout.yaml is there already and stays as it is", done.stderr)
        self.assertEqual(self.read("etc/rollout.yaml"), "rollout: mine\n")
        self.assertEqual(sorted(os.listdir(self.path("etc"))), ["fleet.db", "night.yaml", "rollout.yaml"])

    def test_policies_are_written_when_they_are_asked_for(self):
        self.good("init")
        self.assertFalse(os.path.exists(self.path("policies.yaml")))
        done = self.good("init", "--policies")
        self.assertIn("next: gatewave reconcile policies.yaml --dry-run", done.stderr)
        drift = self.good("reconcile", "policies.yaml", "--dry-run", "--no-sync").stdout
        self.assertIn("clinics, version 2.3.1: 0 gateways", drift)
        self.write("policies.yaml", "policies: []\n")
        self.bad(3, "init", "--policies", says="policies.yaml is there already")
        self.assertEqual(self.read("policies.yaml"), "policies: []\n")

    def test_init_overwrites_nothing(self):
        self.write("gatewave.yaml", "database: mine.db\n")
        self.bad(3, "init", says="gatewave.yaml is there already")
        self.assertEqual(self.read("gatewave.yaml"), "database: mine.db\n")
        self.assertEqual(os.listdir(self.root), ["gatewave.yaml"])


class Configuration(Place):
    def test_the_nearest_file_is_used(self):
        self.fleet()
        os.rename(self.path("fleet.db"), self.path("here.db"))
        self.bad(4, "inventory", "list", says="fleet.db")
        os.makedirs(self.path("xdg/gatewave"))
        self.write("xdg/gatewave/gatewave.yaml", "database: ../../here.db\n")
        env = {"XDG_CONFIG_HOME": self.path("xdg")}
        self.assertIn("sag-2", self.good("inventory", "list", env=env).stdout)
        self.write("gatewave.yaml", "database: nowhere.db\n")
        self.bad(4, "inventory", "list", env=env, says="nowhere.db")
        self.good("--db", "here.db", "inventory", "list", env=env)
        self.write("other.yaml", "database: here.db\n")
        self.good("inventory", "list", "--config", "other.yaml", env=env)

    def test_all_mistakes_are_shown_with_their_places(self):
        self.write("gatewave.yaml", "databse: x.db\nlimits: {rate: 0/s}\n")
        done = self.bad(3, "status", says="gatewave.yaml:1:1")
        self.assertIn("gatewave.yaml:2:", done.stderr)
        self.assertIn("^", done.stderr)
        self.assertIn("database", done.stderr)
        self.bad(3, "--config", "nowhere.yaml", "status", says="nowhere.yaml")


class Inventory(Place):
    def test_import_counts(self):
        self.write("fleet.csv", FLEET)
        self.assertEqual(json.loads(self.good("inventory", "import", "fleet.csv", "--output", "json").stdout),
                         {"rows": 3, "gateways": 2, "devices": 3, "added": 3, "changed": 0, "unchanged": 0})
        changed = FLEET.replace("2.9.1", "2.9.2")
        self.assertEqual(json.loads(self.good("inventory", "import", "-", "--output", "json", stdin=changed).stdout),
                         {"rows": 3, "gateways": 2, "devices": 3, "added": 0, "changed": 1, "unchanged": 2})

    def test_export_and_import_agree(self):
        self.fleet()
        for form in ("csv", "jsonl"):
            exported = self.good("inventory", "export", "--output", form).stdout
            again = self.good("inventory", "import", "-", "--output", "json", stdin=exported).stdout
            self.assertEqual(json.loads(again)["unchanged"], 3)
            fresh = self.good("--db", form + ".db", "inventory", "import", "-", "--output", "json", stdin=exported).stdout
            self.assertEqual(json.loads(fresh)["added"], 3)
            self.assertEqual(self.good("--db", form + ".db", "inventory", "export", "--output", form).stdout, exported)
        rows = list(csv.DictReader(io.StringIO(self.good("inventory", "export").stdout)))
        self.assertEqual(rows[1]["tag:freeze"], "yes")
        self.assertEqual(rows[0]["name"], 'Shop, "A"')
        self.assertEqual(rows[2]["name"], "\u676d\u5dde")

    def test_list_selects(self):
        self.fleet()

        def serials(expression):
            listed = self.good("inventory", "list", "--select", expression, "--output", "json").stdout
            return [row["serial"] for row in json.loads(listed)]

        self.assertEqual(serials("all"), ["s1", "s2", "s3"])
        self.assertEqual(serials("version > 2.9.0"), ["s2", "s3"])
        self.assertEqual(serials("not tag.freeze and region = cn-shanghai"), ["s1"])
        self.assertEqual(serials("name = 'Shop, \"A\"'"), ["s1", "s2"])
        self.assertEqual(serials("site = nowhere"), [])

    def test_a_wrong_selection_is_pointed_at(self):
        self.fleet()
        done = self.bad(3, "inventory", "list", "--select", "region = cn-beijing an site = x", says="selection: ")
        lines = done.stderr.splitlines()
        at = next(number for number, line in enumerate(lines) if "region = cn-beijing an" in line)
        self.assertEqual(lines[at + 1].index("^"), lines[at].index("an site"))
        self.bad(3, "inventory", "export", "--select", "", says="selection: ")

    def test_show(self):
        self.fleet()
        self.assertRegex(self.good("inventory", "show", "sag-2").stdout, r"(?m)^site +bj$")
        self.bad(3, "inventory", "show", "sag-9", says="no gateway sag-9")

    def test_a_bad_file_changes_nothing_and_all_of_it_is_reported(self):
        self.fleet()
        before = self.good("inventory", "export").stdout
        self.write("bad.csv", "gateway_id,region\nsag-7,cn-shanghai\n,cn-shanghai\nsag 8,cn-shanghai\n")
        done = self.bad(3, "inventory", "import", "bad.csv", says="bad.csv:3:1")
        self.assertIn("bad.csv:4:", done.stderr)
        self.assertIn("nothing was imported", done.stderr)
        self.assertEqual(self.good("inventory", "export").stdout, before)
        self.bad(3, "inventory", "import", "nowhere.csv", says="nowhere.csv")
        self.bad(3, "inventory", "import", ".", says="cannot be read")
        self.bad(3, "inventory", "import", "-", stdin="", says="nothing was imported")

    def test_names_cannot_reach_the_terminal(self):
        self.write("evil.jsonl", json.dumps({"gateway_id": "sag-1", "region": "cn-shanghai", "name": "a\u202eb\u0085c"}))
        done = self.run_it("inventory", "import", "evil.jsonl")
        if done.returncode == 0:  # refused at the door is as good
            shown = self.good("inventory", "list").stdout + self.good("inventory", "show", "sag-1").stdout
            self.assertNotIn("\u202e", shown)
            self.assertNotIn("\u0085", shown)
            self.assertIn("u{202E}", shown)
        else:
            self.assertEqual(done.returncode, 3)

    def test_a_reader_that_leaves_is_no_error_and_a_full_disk_is(self):
        rows = "".join(f"sag-{n},cn-shanghai\n" for n in range(20000))
        self.good("inventory", "import", "-", stdin="gateway_id,region\n" + rows)
        shell = subprocess.run(["bash", "-c", '"$0" inventory list 2>talk | head -1; echo ${PIPESTATUS[0]}', GATEWAVE],
                               cwd=self.root, env=self.environment(), capture_output=True, text=True, timeout=60,
                               check=True)
        self.assertEqual(shell.stdout.splitlines()[-1], "0")
        self.assertNotIn("gatewave: ", self.read("talk"))
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([GATEWAVE, "inventory", "export"], cwd=self.root, env=self.environment(),
                                  stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 4)
        self.assertIn("No space left on device", done.stderr)

    def test_colour_is_for_terminals_that_want_it(self):
        def seen(**env):
            ours, theirs = pty.openpty()
            with subprocess.Popen([GATEWAVE, "--db", "fleet.db", "status"], cwd=self.root, stdout=theirs,
                                  stderr=subprocess.DEVNULL, env=self.environment(TERM="xterm", **env)) as process:
                process.wait(60)
            os.close(theirs)
            text = os.read(ours, 65536).decode()
            os.close(ours)
            return text

        self.fleet()
        self.write("gatewave.yaml", DEAD)
        with run_in_background(self, "2.4.0"):
            self.assertIn("\033[", seen())
            self.assertNotIn("\033[", seen(NO_COLOR="1"))
            self.assertNotIn("\033[", self.good("status").stdout)


class Stores(Place):
    def test_what_is_no_database_of_ours_is_refused(self):
        self.write("text.db", "this is no database, whatever its name says\n" * 40)
        self.bad(4, "--db", "text.db", "status", says="text.db")
        self.assertIn("whatever its name says", self.read("text.db"))
        with sqlite3.connect(self.path("alien.db")) as alien:
            alien.execute("CREATE TABLE theirs (x)")
        alien.close()
        self.write("fleet.csv", FLEET)
        self.bad(4, "--db", "alien.db", "inventory", "import", "fleet.csv", says="alien.db")

    def test_a_newer_database_is_refused_with_both_numbers(self):
        self.fleet()
        connection = sqlite3.connect(self.path("fleet.db"))
        ours = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.execute(f"PRAGMA user_version = {ours + 40}")
        connection.commit()
        connection.close()
        done = self.bad(4, "status", says=str(ours + 40))
        self.assertIn(str(ours), done.stderr)

    def test_viewers_create_nothing(self):
        for words in (["status"], ["report", "x"], ["explain", "x", "y"], ["inventory", "list"]):
            self.bad(4, *words, says="fleet.db")
        self.assertEqual(os.listdir(self.root), [])


    def test_a_database_that_is_made_is_named(self):
        self.assertIn("created the database", self.fleet().stderr)
        self.assertNotIn("created the database", self.fleet().stderr)

    def test_a_quota_is_an_error_and_not_a_death(self):
        rows = "".join(f"sag-{n},cn-shanghai\n" for n in range(20000))
        self.write("big.csv", "gateway_id,region\n" + rows)
        self.good("inventory", "import", "-", stdin="gateway_id,region\nsag-0,cn-shanghai\n")
        done = subprocess.run(["bash", "-c", 'ulimit -f 128; exec "$0" inventory import big.csv', GATEWAVE],
                              cwd=self.root, env=self.environment(), capture_output=True, text=True, timeout=60,
                              check=False)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("gatewave: ", done.stderr)
        self.assertEqual(self.good("inventory", "list", "--output", "jsonl").stdout.count("\n"), 1)

    def test_closed_streams_do_not_become_the_database(self):
        self.write("fleet.csv", FLEET)
        done = subprocess.run(["bash", "-c", 'exec "$0" inventory import fleet.csv <&- >&- 2>&-', GATEWAVE],
                              cwd=self.root, env=self.environment(), timeout=60, check=False)
        self.assertEqual(done.returncode, 0)
        connection = sqlite3.connect(self.path("fleet.db"))
        self.assertEqual(connection.execute("PRAGMA integrity_check").fetchone()[0], "ok")
        connection.close()
        self.assertEqual(self.good("inventory", "list", "--output", "jsonl").stdout.count("\n"), 3)


class run_in_background:
    """A run that cannot reach its cloud; entered once it holds the rollout, stopped at the end."""

    def __init__(self, place, version, stop=signal.SIGINT):
        self.place, self.version, self.stop = place, version, stop

    def __enter__(self):
        self.process = subprocess.Popen([GATEWAVE, "run", "--version", self.version, "--select", "all"],
                                        cwd=self.place.root, env=self.place.environment(**KEYS),
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            done = self.place.run_it("status", self.version, "--output", "json")
            if done.returncode == 0 and json.loads(done.stdout)["state"] == "running":
                return self
            time.sleep(0.05)
        self.process.kill()
        raise AssertionError("the run did not begin: " + self.process.communicate()[1])

    def __exit__(self, *_):
        self.process.send_signal(self.stop)
        try:
            self.talk = self.process.communicate(timeout=60)[1]
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.talk = self.process.communicate()[1]


class Runs(Place):
    def setUp(self):
        super().setUp()
        self.fleet()
        self.write("gatewave.yaml", DEAD)

    def test_what_to_roll_out_must_be_said_once_and_whole(self):
        self.bad(2, "run", says="--version V and --select EXPR")
        self.bad(2, "run", "--version", "2.4.0", says="--version V and --select EXPR")
        self.bad(2, "run", "os.yaml", "--version", "2.4.0", says="--version and os.yaml both say")
        self.bad(3, "run", "--version", "2.4.0", "--select", " ", says="say `all`")
        self.bad(3, "run", "--version", "2.4 0", "--select", "all", says="version")
        self.bad(3, "run", "--version", "2.4.0", "--select", "regoin = x", says="^")
        self.bad(3, "run", "nowhere.yaml", says="nowhere.yaml")
        self.bad(3, "run", "nothing", says="neither a rollout file nor the name of a rollout")
        self.write("os.yaml", "rollout: os\nversion: 2.4.0\nselect: all\npace: {rate: 0/s}\ncolour: red\n")
        done = self.bad(3, "run", "os.yaml", says="os.yaml:4:")
        self.assertIn("os.yaml:5:1", done.stderr)

    def test_without_keys_nothing_begins(self):
        self.bad(7, "run", "--version", "2.4.0", "--select", "all", says="ALIBABA_CLOUD_ACCESS_KEY_ID")

    def test_an_empty_selection_is_no_rollout(self):
        self.bad(3, "run", "--version", "2.4.0", "--select", "site = nowhere", env=KEYS, says="nothing is selected")

    def test_a_second_runner_is_refused_and_the_first_drains(self):
        for stop, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with run_in_background(self, "2.4.0", stop) as first:
                done = self.bad(5, "run", "2.4.0", env=KEYS, says=f"process {first.process.pid} ")
                self.assertNotIn(KEYS["ALIBABA_CLOUD_ACCESS_KEY_SECRET"], done.stderr)
            self.assertEqual(first.process.returncode, code, first.talk)
            self.assertIn("next: gatewave run 2.4.0", first.talk)
            self.assertNotIn(KEYS["ALIBABA_CLOUD_ACCESS_KEY_SECRET"], first.talk)

    def test_the_views_of_a_rollout_that_has_called_nobody(self):
        with run_in_background(self, "2.4.0") as run:
            pass
        self.assertIn("this rollout is called 2.4.0", run.talk)
        counts = json.loads(self.good("status", "--output", "json").stdout)["targets"]
        self.assertEqual(counts, {"total": 3, "waiting": 3, "in_flight": 0, "upgrading": 0, "in_doubt": 0,
                                  "succeeded": 0, "skipped": 0, "failed": 0, "deferred": 0, "unresolved": 0,
                                  "canceled": 0})
        fields = ["gateway_id", "serial", "region", "wave", "outcome", "code", "reason", "attempts", "request_id",
                  "version_before", "version_after", "started_at", "ended_at"]
        rows = json.loads(self.good("report", "2.4.0", "--output", "json").stdout)
        self.assertEqual([list(row) for row in rows], [fields] * 3)
        self.assertEqual({row["serial"] for row in rows}, {"s1", "s2", "s3"})
        self.assertEqual({row["outcome"] for row in rows}, {None})
        lines = self.good("report", "2.4.0", "--output", "jsonl").stdout.splitlines()
        self.assertEqual([json.loads(line) for line in lines], rows)
        table = list(csv.reader(io.StringIO(self.good("report", "2.4.0", "--output", "csv").stdout)))
        self.assertEqual(table[0], fields)
        self.assertEqual(len(table), 4)
        self.assertIn("it waits for its turn", self.good("explain", "2.4.0", "sag-2").stdout)
        self.bad(3, "explain", "2.4.0", "sag-9", says="sag-9 is not in rollout 2.4.0")

    def test_a_rollout_that_is_not_there(self):
        for words in (["status", "os"], ["report", "os"], ["explain", "os", "sag-1"]):
            self.bad(3, *words, says="no rollout os in ")
        self.bad(3, "status", says="no rollout yet")


if __name__ == "__main__":
    unittest.main()
