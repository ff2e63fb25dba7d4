"""People at a rollout: they pause it, let it go on, approve, set its pace and abort it, and may die at that.

What a person was told is remembered: a yes that was heard must be on record ever after, and hold.
"""

import time

import course
import stand as stands

WEIGHTS = {"pause": 4, "resume": 4, "approve": 2, "pace": 2}
IMPATIENT = 0.25  # of the commands are killed before they answer
ABORTS = 0.15     # of the people have an abort in them


class People:
    """One of them speaks at a time."""

    def __init__(self, stand, chance):
        self.stand, self.chance = stand, chance
        self.weights = dict(WEIGHTS, abort=2 if chance.random() < ABORTS else 0)
        self.speaks_at = self.dies_at = None  # monotonic
        self.speaking = None
        self.spoke = False

    def will_speak(self, until):
        """At some moment before that one on the monotonic clock."""
        if self.speaking is None:
            self.speaks_at = self.chance.uniform(time.monotonic(), until)

    def look(self):
        """Now and then: whether it is time to speak, and whether there is an answer."""
        if self.speaking is None and self.speaks_at is not None and time.monotonic() >= self.speaks_at:
            self.speak()
        elif self.speaking is not None and self.speaking.ended():
            self.hear()
        elif self.speaking is not None and self.dies_at is not None and time.monotonic() >= self.dies_at:
            self.speaking.kill()
            self.hear()

    def speak(self):
        kind = self.chance.choices(list(self.weights), list(self.weights.values()))[0]
        words = ["--rate", self.chance.choice(["10/s", "20/s", "40/s"])] if kind == "pace" else []
        self.speaks_at, self.dies_at, self.spoke = None, None, True
        if self.chance.random() < IMPATIENT:
            self.dies_at = time.monotonic() + self.chance.uniform(0, 0.15)
        self.stand.words.append(course.Word(kind, stands.now_ms(), None))
        self.speaking = self.stand.start(kind, "r1", *words)

    def hear(self):
        done = self.speaking.wait()
        self.speaking.release()
        self.speaking = None
        # Refused is 3: nothing to go on with, or not yet a rollout. 8: nobody was there to answer in time.
        self.stand.expect("a word", done, {0, 3, 8, -9})
        if done.code == 0:
            self.stand.words[-1] = self.stand.words[-1]._replace(heard_ms=stands.now_ms())

    def hear_out(self):
        """Waits for the answer of who speaks; says whether anybody has spoken since the last time."""
        while self.speaking is not None:
            self.look()
            time.sleep(0.004)
        spoke, self.spoke = self.spoke, False
        return spoke
