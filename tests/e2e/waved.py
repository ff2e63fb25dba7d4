"""What the tests of waves, gates, windows and pairs share: a desk for them, and all the rules in one call."""

import collections
import csv
import json
import os
import signal

import agreement
import course
import harness

# Doubts are settled and stuck devices given up soon, so that whole rollouts take seconds.
FENCE_MS, AGREE_MS, PAIR_SOAK_MS = 900, 150, 250

ROLLOUT = {
    "waves": None,
    "gate": {"baseline": "1%", "alarm": "8%"},
    "pair_soak": f"{PAIR_SOAK_MS}ms",
    "retry": {"attempts": "5", "first": "20ms", "longest": "100ms", "offline": "300ms"},
    "verify": {"every": "50ms", "slow": "500ms", "stuck": "1s"},
}


class Waved(harness.EndToEnd):
    """Rollouts of seconds, judged by the ledger, the truth and the database."""

    desks = 0

    def begin(self, gateways, *options, pairs="0%", upgrade="30-80", **plan):
        """A cloud, a new desk for it, and the rollout file."""
        self.desks += 1
        folder = os.path.join(self.folder, f"desk{self.desks}")
        os.mkdir(folder)
        self.desk = harness.Desk(folder)
        self.addCleanup(self.desk.release)
        cloud = self.fleet(gateways, "--upgrade-ms", upgrade, *options, pairs=pairs)
        self.configure(cloud)
        self.plan(**plan)
        return cloud

    def configure(self, cloud, **changes):
        testing = {"fence": f"{FENCE_MS}ms", "agree": f"{AGREE_MS}ms"}
        self.desk.configure(cloud, **harness.merged({"testing": testing}, changes))

    def plan(self, **changes):
        self.desk.plan(**harness.merged(ROLLOUT, changes))

    def inventory(self):
        """Gateway -> its first device's line of the inventory, as fields."""
        with open(self.desk.path("inventory.csv"), encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return {row["gateway_id"]: row for row in reversed(rows)}

    def frozen(self, name="r1"):
        """Freezes the rollout with no cloud in reach, so that a test can know who is where, and returns its course."""
        self.desk.configure(url="https://127.0.0.1:1")
        running = self.desk.start("run", "rollout.yaml")
        harness.wait_until("a frozen rollout", lambda: running.ended() or self.desk.is_running())
        running.signal(signal.SIGINT)
        self.ends(running.wait(), 130)
        return course.of(self.desk, name)

    def problems(self, cloud, approve=(), name="r1", stale_roles=False, uninterrupted=True, version="2.4.0",
                 outcomes=True):
        """By every rule there is; ends the cloud. Leaves the ledger, the truth and the course behind."""
        with open(self.desk.path("rollout.yaml"), encoding="utf-8") as file:
            spec = json.load(file)
        soaks = {wave["name"]: milliseconds(wave.get("soak", "0ms")) for wave in spec.get("waves", [])}
        self.ledger, self.course = cloud.ledger(), course.of(self.desk, name)
        self.truth = cloud.truth()
        problems = agreement.check_law(self.ledger, self.truth, version, FENCE_MS, AGREE_MS,
                                       milliseconds(spec["pair_soak"]), stale_roles)
        problems += course.check_all(self.course, self.ledger, soaks, approve)
        problems += self.over_the_limits(spec) + self.out_of_the_window(spec.get("window"))
        if outcomes:
            problems += agreement.check_outcomes(self.desk.report(name), self.ledger, self.truth, version,
                                                 uninterrupted=uninterrupted)
        return problems

    def over_the_limits(self, spec):
        inventory, pace, problems = self.inventory(), spec["pace"], []
        if "in_flight" in pace:
            problems += agreement.check_slots(self.ledger, int(pace["in_flight"]), FENCE_MS)
        for column in ("site", "region", "isp"):
            if "per_" + column in pace:
                domains = {gateway_id: row[column] for gateway_id, row in inventory.items()}
                problems += agreement.check_limit(self.ledger, domains.get, int(pace["per_" + column]), FENCE_MS)
        return problems

    def out_of_the_window(self, window):
        if window is None:
            return []
        zones = {gateway_id: row["timezone"] if window["zone"] == "gateway" else window["zone"]
                 for gateway_id, row in self.inventory().items()}
        return course.check_window(self.ledger, zones, window["between"], milliseconds(window["cutoff"]) / 60000)

    def agrees(self, cloud, **how):
        self.assertEqual(self.problems(cloud, **how), [])

    def called(self, cloud):
        """Wave's name -> how many of its devices were called."""
        names = {wave.number: wave.name for wave in course.of(self.desk).waves}
        waves = course.wave_of(course.of(self.desk))
        devices = {agreement.device_of(line) for line in cloud.updates()}
        return collections.Counter(names[waves[device]] for device in devices)

    def states(self, name="r1"):
        return collections.Counter(target.state for target in course.of(self.desk, name).targets)


def milliseconds(text):
    number = text.rstrip("hms")
    return int(number) * {"ms": 1, "s": 1000, "m": 60000, "h": 3600000}[text[len(number):]]


def broken(truth):
    """Devices that an upgrade has taken and not given back."""
    return [row for row in truth if not row["online"]]
