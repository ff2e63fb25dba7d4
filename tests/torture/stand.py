"""A small rollout that something terrible happens to, its cloud, and what must be true of both at the end.

Only the cloud's ledger, what the devices ran at the end, and the database are believed. Whatever a stand
starts ends with it, by its process id; its folder is kept when something was wrong.
"""

import os
import shutil
import tempfile
import time
import traceback

import agreement
import course
import harness
import images

# What a killed runner left in the cloud's socket must be served before the fence, on a busy machine, too: signed
# times are cut to whole seconds, so that this is 1.5 to 2.5 s.
FENCE_MS, AGREE_MS, PAIR_SOAK_MS = 2500, 200, 100

ROLLOUT = {
    "waves": [{"name": "canary", "size": "1"}, {"name": "rest", "size": "rest"}],
    "pair_soak": f"{PAIR_SOAK_MS}ms",
    "pace": {"upgrading": "5000"},
    "retry": {"attempts": "5", "first": "20ms", "longest": "100ms", "offline": "300ms"},
    "verify": {"every": "150ms", "slow": "800ms", "stuck": "1500ms"},
}
OVER = {0, 1, 6}  # a run's words for a rollout that is over
RUNS = 30         # more than any rollout needs from whatever state to its end
ORPHAN = "30m"    # longer than any rollout; then a cloud whose torturer was killed ends by itself
MS = {"ms": 1, "s": 1000, "m": 60000}


def now_ms():
    return int(time.time() * 1000)


def milliseconds(text):
    number = text.rstrip("sm")
    return int(number) * MS[text[len(number):]]


class Stand:
    """cloud: for harness.Cloud; config: changes of gatewave.yaml; plan: of rollout.yaml."""

    def __init__(self, gateways, *options, pairs="25%", faults="", fence_ms=FENCE_MS, config=None, cloud=None,
                 **plan):
        self.folder = tempfile.mkdtemp(prefix="gatewave-torture-")
        self.fence_ms = fence_ms
        self.words = []  # what people said to it
        self.history = {}
        self.problems = []
        self.desk = harness.Desk(self.folder)
        if faults:
            options += ("--faults", self.desk.write("faults", faults))
        self.cloud = harness.Cloud(self.folder, "--generate", str(gateways), "--pairs", pairs,
                                   "--write-inventory", self.desk.path("inventory.csv"), "--upgrade-ms", "30-80",
                                   "--duration", ORPHAN, *options, **(cloud or {}))
        testing = {"fence": f"{fence_ms}ms", "agree": f"{AGREE_MS}ms"}
        self.config = harness.merged({"testing": testing}, config or {})
        self.desk.configure(self.cloud, **self.config)
        self.spec = harness.merged(harness.merged(harness.ROLLOUT, ROLLOUT), plan)
        self.desk.write("rollout.yaml", self.spec)

    def __enter__(self):
        try:
            self.expect("the import", self.desk.gatewave("inventory", "import", "inventory.csv"), {0})
        except BaseException:
            self.release()
            raise
        return self

    def __exit__(self, kind, error, trace):
        """What a check could not even look at is a problem like what it found."""
        self.release()
        if isinstance(error, Exception):
            self.problems.append("".join(traceback.format_exception(error)))
        if not self.problems:
            shutil.rmtree(self.folder, ignore_errors=True)
        return isinstance(error, Exception)

    def release(self):
        self.desk.release()
        self.cloud.kill()

    # ---- what happens ----

    def start(self, *argv, **how):
        return self.desk.start(*argv, **how)

    def run(self, *options, **how):
        return self.start("run", "rollout.yaml", *options, **how)

    def until_it_runs(self, running):
        """Waits until a run has taken the lease."""
        harness.wait_until("a lease", lambda: running.ended() or images.is_there(self.desk)
                           and self.desk.rows("SELECT 1 FROM lease"))

    def expect(self, what, done, codes):
        """A command's end, which has to be one of those codes."""
        if done.code not in codes:
            self.problems.append(f"{what} ended with {done.code} and not with {sorted(codes)}: {done}")
        return done

    def look(self):
        """At what the last blow has left: sound, and nothing forgotten."""
        now = images.of(self.desk)
        self.problems += images.check_sound(self.desk) + images.check_history(self.history, now)
        if now:
            known = {value[0] for value in now["intent"].values()}
            self.problems += agreement.check_intents(self.cloud.ledger(), known)
        if now.get("membership"):
            self.problems += course.check_kept(self.words, course.of(self.desk))
        self.history = now

    def states(self):
        """State -> how many targets have it."""
        rows = self.desk.rows("SELECT state, count(*) FROM targets GROUP BY state") if self.history else []
        return dict(rows)

    def say(self, kind, *words):
        """A word to the rollout, whose answer is waited for."""
        said_ms = now_ms()
        done = self.desk.gatewave(kind, "r1", *words)
        self.words.append(course.Word(kind, said_ms, now_ms() if done.code == 0 else None))
        return done

    def go_on(self):
        """Says what a person says to a rollout that waits."""
        state = self.desk.status()
        wave = self.desk.rows("SELECT 1 FROM waves WHERE phase = 'waiting'")
        done = self.say("approve" if wave and state["state"] != "paused" else "resume")
        return self.expect(f"going on from {state['state']}", done, {0})

    def finish(self):
        """Undisturbed runs, until the rollout is over; returns the last one."""
        for _ in range(RUNS):
            done = self.expect("a run", self.run().wait(), {*OVER, 8})
            if done.code in OVER or self.problems:
                return done
            self.go_on()
        raise AssertionError(f"not over after {RUNS} runs: {done}")

    # ---- what must be true ----

    def judge(self, approve=(), clock_was_set=False, reads_once=True):
        """When it is over: everything that ledger, truth and database say against the program."""
        last = self.run().wait()
        self.expect("a run of what is over", last, OVER)
        calls = len(self.cloud.ledger())
        self.expect("another run of what is over", self.run().wait(), {last.code})
        self.look()
        report, status, ledger = self.desk.report(), self.desk.status(), self.cloud.ledger()
        if len(ledger) != calls:
            self.problems.append(f"{len(ledger) - calls} requests for a rollout that is over (I27)")
        self.check_views(report, status)
        self.check_course(ledger, approve)
        truth = self.cloud.truth()
        self.problems += (agreement.check_law(ledger, truth, fence_ms=self.fence_ms, agree_ms=AGREE_MS,
                                              pair_soak_ms=PAIR_SOAK_MS, reads_once=reads_once)
                          + agreement.check_outcomes(report, ledger, truth, uninterrupted=False,
                                                     clock_was_set=clock_was_set))

    def check_views(self, report, status):
        """I28: each view of the database tells the same."""
        counts = agreement.outcomes(report)
        told = {state: n for state, n in status["targets"].items() if n and state != "total"}
        if told != counts or self.states() != counts or status["targets"]["total"] != len(report):
            self.problems.append(f"the report has {counts}, the status {told}, the database {self.states()}"
                                 " (I28)")

    def check_course(self, ledger, approve):
        soaks = {wave["name"]: milliseconds(wave.get("soak", "0ms")) for wave in self.spec["waves"]}
        now = course.of(self.desk)
        self.problems += course.check_all(now, ledger, soaks, approve) + course.check_kept(self.words, now)
        self.problems += course.check_held(self.words, ledger)
        if "in_flight" in self.spec["pace"]:
            self.problems += agreement.check_slots(ledger, int(self.spec["pace"]["in_flight"]), self.fence_ms)


def keep(stand, folder, name):
    """Moves what a stand left behind to where it is looked at later."""
    kept = os.path.join(folder, name)
    shutil.rmtree(kept, ignore_errors=True)
    os.makedirs(folder, exist_ok=True)
    shutil.move(stand.folder, kept)
    with open(os.path.join(kept, "problems"), "w", encoding="utf-8") as file:
        file.write("\n".join(stand.problems) + "\n")
    return kept
