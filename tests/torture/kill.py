"""kill -9 at random instants of rollouts of two dozen devices, with people who give orders meanwhile.

Each rollout is killed again and again until it is over. Some kills find calls in flight for sure: the cloud
stands still just then, and what it does with them it does after the kill.
"""

import itertools
import random
import signal
import time

import people
from stand import OVER, Stand
from tally import AT_ONCE

FAULTS = ["--offline", "6%", "--brick", "2%", "--stay", "2%", "--switch", "30%", "--refuse", "3%",
          "--flaky", "6%", "--internal", "10%", "--lost-reply", "6%", "--lost-request", "12%"]
KILLS = 25        # of one rollout; then it is left in peace
ROUNDS = 1000     # kills that there are when nobody says how many
STALL = 0.2       # of the kills find a cloud that stands still ...
ORDER = 0.25      # ... and of the others a person who says something
LOOK = 0.7        # of the images are looked at; the others the next run meets untouched


class Rollout:
    """One rollout, from kill to kill to its end."""

    def __init__(self, tally, seed, enough):
        self.tally, self.seed, self.enough = tally, seed, enough
        self.chance = random.Random(seed)
        self.over = False

    def torture(self):
        approve = self.chance.random() < 0.4
        waves = [{"name": "canary", "size": "4", "soak": "300ms"}, {"name": "rest", "size": "rest"}]
        waves[0].update({"approve": "true"} if approve else {})
        stand = Stand(24, *FAULTS, "--seed", str(self.seed % 100000), waves=waves,
                      pace={"rate": "20/s", "in_flight": "8"})
        with stand:
            self.people = people.People(stand, self.chance)
            for _ in range(KILLS):
                self.round(stand)
                if self.over or stand.problems or self.enough():
                    break
            self.people.hear_out()
            stand.finish()
            stand.judge(approve=("canary",) if approve else ())
        self.tally.add("kill", rollouts=1, orders=sum(word.heard_ms is not None for word in stand.words))
        self.tally.judged("kill", self.seed, stand)

    def round(self, stand):
        """A run, and its death, unless it was faster."""
        running = stand.run("--wait", "2s")
        # Half of them while it starts: that is where it takes the lease and reads what the last one left.
        within = self.chance.choice([0.1, 1.2])
        end = time.monotonic() + self.chance.uniform(0, within)
        stalled = self.chance.random() < STALL
        if not stalled and self.chance.random() < ORDER:
            self.people.will_speak(end)
        while time.monotonic() < end and not running.ended():
            self.people.look()
            time.sleep(0.004)
        if stalled:
            self.stall(stand, running)
        if running.ended():
            stand.cloud.process.send_signal(signal.SIGCONT)
            self.ended(stand, running.wait())
        else:
            running.kill()
            stand.cloud.process.send_signal(signal.SIGCONT)
            self.killed(stand, stalled)
        running.release()

    @staticmethod
    def stall(stand, running):
        """Lets the cloud do a little at a time, until it stands still with a call in flight, if one comes."""
        end = time.monotonic() + 1
        while time.monotonic() < end and not running.ended():
            stand.cloud.process.send_signal(signal.SIGSTOP)
            time.sleep(0.04)
            if stand.desk.rows("SELECT 1 FROM targets WHERE state = 'in_flight'"):
                break
            stand.cloud.process.send_signal(signal.SIGCONT)
            time.sleep(0.01)

    def killed(self, stand, stalled):
        self.tally.add("kill", kills=1)
        if self.chance.random() < 0.5:
            self.people.hear_out()
        if stalled or self.chance.random() < LOOK:
            stand.look()
            states = stand.states()
            self.tally.add("kill", images=1, with_calls_in_flight=int("in_flight" in states),
                           with_doubts=int("in_doubt" in states), with_upgrades=int("upgrading" in states))

    def ended(self, stand, done):
        """By itself: over, or for a person to go on with; busy only where a person has the lease."""
        spoke = self.people.hear_out()
        stand.expect("a run", done, {*OVER, 8, 5} if spoke else {*OVER, 8})
        self.over = done.code in OVER
        if done.code == 8:
            stand.go_on()


def go(tally):
    """Rollout after rollout, several at once, until there were enough kills."""
    wanted = tally.count("kill", "kills") + (tally.rounds or ROUNDS)

    def enough():
        return tally.late() or tally.count("kill", "kills") >= wanted

    def work(seeds):
        while not enough():
            Rollout(tally, next(seeds), enough).torture()
    tally.each(work, [itertools.count(tally.seed + n * 1000) for n in range(AT_ONCE)])
