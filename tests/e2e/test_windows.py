"""Windows: calls start in them only, by each gateway's own clock, and what is left ends the run with 9."""

import datetime
import signal
import unittest
import zoneinfo

import course
import harness
import waved

# West of the first they all come later in their day, by less than twelve hours: whoever is outside a window around the
# first one's present has seen it close, and does not see it open soon.
ZONES = ["Pacific/Honolulu", "America/Phoenix", "America/New_York", "America/Sao_Paulo", "Atlantic/Reykjavik"]
ONE_WAVE = [{"name": "all", "size": "rest"}]


def clock(zone, minutes=0):
    """What a clock in that zone shows, so many minutes from now."""
    at = datetime.datetime.now(zoneinfo.ZoneInfo(zone)) + datetime.timedelta(minutes=minutes)
    return at.strftime("%H:%M")


def around(first, last, before=60, after=60):
    """A window that is open from `before` minutes ago in one zone to `after` minutes from now in another."""
    return f"{clock(first, -before)}-{clock(last, after)}"


def days(*ahead):
    """Dates of UTC, so many days from now."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return [(now + datetime.timedelta(days=n)).date() for n in ahead]


class Windows(waved.Waved):
    def windowed(self, gateways=25, waves=None, **window):
        self.window = {"cutoff": "10m", **window}
        return self.begin(gateways, "--zones", ",".join(ZONES), waves=waves or ONE_WAVE, window=self.window)

    def zones(self):
        return {gateway_id: row["timezone"] for gateway_id, row in self.inventory().items()}

    def test_five_zones_of_which_two_are_open(self):
        cloud = self.windowed(between=around(ZONES[0], ZONES[1]), zone="gateway")
        self.ends(self.desk.run(), 9, "window")
        called = {self.zones()[line["gateway_id"]] for line in cloud.updates()}
        self.assertEqual(called, set(ZONES[:2]))
        self.assertEqual(self.states(), {"succeeded": 10, "waiting": 15})
        self.why_not()
        self.ends(self.desk.run(), 9, "window")
        self.assertEqual(len(cloud.updates()), 10)
        self.agrees(cloud, outcomes=False)

    def why_not(self):
        """explain says of a gateway in New York when its window opens, there and in UTC."""
        opens = self.window["between"].split("-")[0]
        done = self.ends(self.desk.gatewave("explain", "r1", "sag-000003"), 0)
        self.assertIn(opens, done.out)
        hours, minutes = (int(part) for part in opens.split(":"))
        there = datetime.datetime.now(zoneinfo.ZoneInfo(ZONES[2])).replace(hour=hours, minute=minutes)
        if there < datetime.datetime.now(zoneinfo.ZoneInfo(ZONES[2])):
            there += datetime.timedelta(days=1)
        self.assertIn(there.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:00Z"), done.out)

    def test_one_zone_for_all(self):
        cloud = self.windowed(between=around("Asia/Kolkata", "Asia/Kolkata"), zone="Asia/Kolkata")
        self.ends(self.desk.run(), 0)
        self.agrees(cloud)

    def nothing_starts(self, **window):
        cloud = self.windowed(**window)
        self.ends(self.desk.run(), 9, "window")
        self.assertEqual(cloud.updates(), [])
        self.assertEqual(self.states(), {"waiting": 25})
        self.assertEqual(self.desk.status()["targets"]["waiting"], 25)

    def test_so_late_that_it_would_not_end_in_time(self):
        self.nothing_starts(between=around("UTC", "UTC", 120, 8), zone="UTC")

    def test_closed(self):
        self.nothing_starts(between=around("UTC", "UTC", 120, -30), zone="UTC", cutoff="0s")

    def test_frozen(self):
        self.nothing_starts(between="00:00-24:00", zone="UTC", freeze=[str(day) for day in days(-1, 0, 1)])

    def test_not_on_this_day(self):
        free = [day.strftime("%a").lower() for day in days(3, 4)]
        self.nothing_starts(between="00:00-24:00", zone="UTC", days=free)

    def test_a_wave_may_have_its_own(self):
        closed = {"between": around("UTC", "UTC", 120, -30), "zone": "UTC"}
        cloud = self.windowed(between=around("UTC", "UTC"), zone="UTC", waves=[
            {"name": "canary", "size": "5"}, {"name": "rest", "size": "rest", "window": closed}])
        self.ends(self.desk.run(), 9, "window")
        self.assertEqual(self.called(cloud), {"canary": 5})
        self.assertEqual([(verdict.wave, verdict.verdict) for verdict in course.of(self.desk).verdicts],
                         [(1, "promote")])

    def test_one_that_opens_soon_is_waited_for(self):
        cloud = self.windowed(between=around("UTC", "UTC", -120, 240), zone="UTC")
        running = self.desk.start("run", "rollout.yaml")
        harness.wait_until("a word of it", lambda: running.ended() or "opens" in running.said())
        self.assertIn(self.window["between"].split("-")[0], running.said())
        running.signal(signal.SIGINT)
        self.ends(running.wait(), 130)
        self.assertEqual(cloud.updates(), [])

    def test_the_next_run_goes_on_where_the_window_closed(self):
        """The same rollout under a window that has opened: its frozen words are those of the file."""
        cloud = self.windowed(between=around(ZONES[0], ZONES[0]), zone="gateway", waves=[
            {"name": "canary", "size": "5"}, {"name": "rest", "size": "rest"}])
        self.ends(self.desk.run(), 9)
        first = course.of(self.desk)
        called = len(cloud.updates())
        self.assertLessEqual(called, 5)
        self.ends(self.desk.run(), 9)
        self.assertEqual(len(cloud.updates()), called)
        self.agrees(cloud, outcomes=False)
        self.assertEqual(course.check_frozen(first, self.course), [])


if __name__ == "__main__":
    unittest.main()
