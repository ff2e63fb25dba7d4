"""The checker is checked: a story in which all is well has no problems, and each planted lie is found."""

import copy
import unittest

import agreement
import course

FENCE_MS, AGREE_MS, PAIR_SOAK_MS = 3000, 500, 200
START_MS = 1795381600000
STAMP = "2026-11-22T21:06:40Z"  # START_MS


def line(at, action, gateway_id=None, serial=None, code="", effect=False, replied=True, **more):
    status = (200 if not code else 403) if replied else 0
    base = {"at_ms": START_MS + at, "mono_us": at * 1000, "action": action, "account": "main", "region": "cn-shanghai",
            "gateway_id": gateway_id, "serial": serial, "version": "2.4.0", "nonce": f"n{at}", "timestamp": STAMP,
            "http_status": status, "code": code, "effect": effect, "replied": replied, "request_id": f"R{at}",
            "version_before": "2.3.0", "online_before": True, "upgrading_before": False, "mate_online_before": True,
            "standby_before": False, "mate_version_before": "2.4.0", "down_ms": 100 if effect else 0, "gateway_ids": [], "n": at}
    return {**base, **more}


def read(at, *ids):
    return line(at, agreement.LIST, gateway_ids=list(ids))


def call(at, device, **how):
    return line(at, agreement.UPDATE, f"g{device}", f"s{device}", **how)


def truth(device, version, online=True, effective=1):
    return {"account": "main", "region": "cn-shanghai", "gateway_id": f"g{device}", "serial": f"s{device}",
            "version": version, "online": online, "updates_effective": effective}


def row(device, outcome, code=None, attempts=0, request_id=None, after=None):
    return {"gateway_id": f"g{device}", "serial": f"s{device}", "outcome": outcome, "code": code, "attempts": attempts,
            "request_id": request_id, "version_before": "2.3.0", "version_after": after,
            "started_at": "2026-11-22T21:06:40Z" if attempts else None, "ended_at": "2026-11-22T21:07:40Z"}


class Story:
    """1 succeeds, 2 was lost once and succeeds, 3 is refused, 4 is there already, 5 is offline, 6 never comes back."""

    def __init__(self):
        self.ledger = [
            read(0, "g1", "g2", "g3", "g4", "g5", "g6"),
            call(10, 1, effect=True),
            call(20, 2, replied=False),
            call(30, 3, code="NotBoundCCN"),
            call(40, 6, effect=True),
            read(3100, "g2"),
            read(3700, "g2"),
            call(3800, 2, effect=True),
        ]
        self.truth = [truth(1, "2.4.0"), truth(2, "2.4.0"), truth(3, "2.3.0"), truth(4, "2.4.0"),
                      truth(5, "2.3.0", False), truth(6, "2.3.0", False)]
        self.report = [
            row(1, "succeeded", None, 1, "R10", "2.4.0"),
            row(2, "succeeded", None, 2, "R3800", "2.4.0"),
            row(3, "failed", "NotBoundCCN", 1, "R30"),
            row(4, "skipped", "at_version", after="2.4.0"),
            row(5, "deferred", "offline"),
            row(6, "failed", "stuck", 1, "R40"),
        ]

    def problems(self, **how):
        return (agreement.check_outcomes(self.report, self.ledger, self.truth, **how)
                + agreement.check_law(self.ledger, self.truth, fence_ms=FENCE_MS, agree_ms=AGREE_MS))


class Checker(unittest.TestCase):
    def setUp(self):
        self.story = Story()

    def found(self, *words):
        problems = self.story.problems()
        for word in words:
            self.assertTrue(any(word in problem for problem in problems), f"{word}: {problems}")

    def test_a_true_story_has_no_problems(self):
        self.assertEqual(self.story.problems(), [])

    def test_each_outcome_in_the_place_of_another_is_found(self):
        true = copy.deepcopy(self.story.report)
        for i, told in enumerate(true):
            for other in agreement.OUTCOMES:
                if other == told["outcome"]:
                    continue
                with self.subTest(device=i + 1, outcome=other):
                    self.story.report = copy.deepcopy(true)
                    self.story.report[i]["outcome"] = other
                    self.assertNotEqual(self.story.problems(), [])

    def test_missing_doubled_foreign_and_open_lines(self):
        self.story.report.pop(0)
        self.found("g1 s1: not in the report")
        self.story = Story()
        self.story.report.append(dict(self.story.report[0]))
        self.found("g1 s1: 2 lines")
        self.story = Story()
        self.story.report.append(row(9, "deferred"))
        self.found("g9 s9: in the report, and no such device")
        self.story = Story()
        self.story.report[0]["outcome"] = None
        self.found("g1 s1: the outcome is None")

    def test_success_without_an_upgraded_device(self):
        self.story.truth[0]["version"] = "2.3.0"
        self.found("g1 s1: succeeded, and the device is not at the version")
        self.story = Story()
        self.story.truth[0]["online"] = False
        self.found("g1 s1: succeeded, and the device is not at the version")

    def test_failure_with_another_code(self):
        self.story.report[2]["code"] = "SmartAccessGatewayInArrears"
        self.found("was not the last call's answer")

    def test_canceled_after_a_call(self):
        """Of a call that had no effect, and of none that nobody would make again."""
        self.story.report[2].update(outcome="canceled", code="aborted")
        self.found("g3 s3: canceled, and the last call ended with NotBoundCCN")
        self.story.ledger[3]["code"] = "GetSmartAccessGatewayStateError"
        self.assertEqual(self.story.problems(), [])
        self.story.ledger[3].update(replied=False, effect=True)
        self.assertEqual(self.story.problems(), [])
        for changed in ({"version": "2.4.0"}, {"version": "2.3.0", "online": False}):
            self.story.truth[2].update(changed)
            self.found("g3 s3: canceled, and a call took effect")
        self.story.truth[2]["online"] = True
        self.story.ledger[3].update(replied=True, code="", http_status=200, effect=False)
        self.found("g3 s3: canceled, and the last call ended with a yes")

    def test_an_answer_that_a_kill_left_unheard(self):
        """It settles nothing for the program, and in a run that nobody killed it must be on record."""
        self.story.report[2].update(outcome="canceled", code="aborted", request_id=None)
        self.assertEqual(self.story.problems(uninterrupted=False), [])
        self.found("the request id is not the last call's")
        self.story = Story()
        self.story.report[5].update(outcome="unresolved", code="unproven", request_id=None)
        self.assertEqual(self.story.problems(uninterrupted=False), [])
        self.found("the request id is not the last call's")
        self.story.report[5].update(request_id="R40")
        self.found("unresolved, and the last call was accepted")

    def test_wrong_numbers(self):
        self.story.report[1]["attempts"] = 1
        self.found("1 attempts, and the ledger has 2")
        self.story = Story()
        self.story.report[0]["request_id"] = "R30"
        self.found("is not of a call for this device")
        self.story = Story()
        self.story.report[0]["version_before"] = "2.2.0"
        self.found("version_before is 2.2.0")
        for ended_at in (None, "2026-11-22T21:06:39Z"):
            self.story = Story()
            self.story.report[0]["ended_at"] = ended_at
            self.found("it ends before it starts, or never")
            self.assertEqual(len(self.story.problems(clock_was_set=True)), ended_at is None)

    def test_a_request_that_arrives_twice(self):
        self.story.ledger.append(dict(self.story.ledger[1], n=99))
        self.found("nonce n10 arrived 2 times", "called blindly again")
        self.assertEqual(len(agreement.check_nonces(self.story.ledger, reads=False)), 1)
        self.story.ledger[-1] = dict(self.story.ledger[0], n=99)
        self.found("nonce n0 arrived 2 times")
        self.assertEqual(agreement.check_nonces(self.story.ledger, reads=False), [])

    def test_a_call_without_an_intent(self):
        """Reads need none."""
        nonces = {line["nonce"] for line in self.story.ledger if line["action"] == agreement.UPDATE}
        self.assertEqual(agreement.check_intents(self.story.ledger, nonces), [])
        for nonce in nonces:
            self.assertEqual(len(agreement.check_intents(self.story.ledger, nonces - {nonce})), 1)

    def test_blind_calls(self):
        """I3: without the reads, with one, with reads before the fence, with reads too close to each other."""
        for reads in ([], [3100], [2900, 3700], [3100, 3200], [100, 200]):
            with self.subTest(reads):
                self.story = Story()
                ledger = [entry for entry in self.story.ledger if entry["at_ms"] - START_MS not in (3100, 3700)]
                ledger += [read(at, "g2") for at in reads]
                self.story.ledger = sorted(ledger, key=lambda entry: entry["at_ms"])
                self.found("g2 s2: called blindly again")

    def test_reads_of_another_gateway_settle_nothing(self):
        self.story.ledger[5]["gateway_ids"] = ["g3"]
        self.found("g2 s2: called blindly again")

    def test_a_doubtful_reply_is_no_refusal(self):
        self.story.ledger[2].update(replied=True, code="InternalError", http_status=500)
        self.assertEqual(self.story.problems(), [])
        self.story.ledger = [entry for entry in self.story.ledger if entry["at_ms"] - START_MS not in (3100, 3700)]
        self.found("g2 s2: called blindly again")

    def test_calls_that_no_read_allowed(self):
        self.story.ledger[0]["gateway_ids"].remove("g1")
        self.found("g1 s1: call 10 without a fresh read")
        self.story = Story()
        self.story.ledger[0]["at_ms"] -= agreement.FRESH_MS + 1000
        self.found("g1 s1: call 10 without a fresh read")

    def test_calls_at_a_bad_time(self):
        self.story.ledger[1]["mate_online_before"] = False
        self.found("while the pair's other device was down")
        self.story = Story()
        self.story.ledger[1]["upgrading_before"] = True
        self.found("met a device that was upgrading")
        self.story = Story()
        self.story.ledger[1]["version"] = "2.5.0"
        self.found("another account, region or version")

    def test_a_burst(self):
        even = [call(at, 1) for at in range(0, 3000, 100)]
        self.assertEqual(agreement.check_rate(even, 10, "update"), [])
        burst = even + [call(3000 + at, 1) for at in range(6)]
        self.assertEqual(agreement.check_rate(burst, 10, "update"), [])
        self.assertNotEqual(agreement.check_rate(burst, 10, "update", 300), [])
        twice = [call(at, 1) for at in range(0, 4000, 50)]
        self.assertNotEqual(agreement.check_rate(twice, 10, "update"), [])
        burst = even + [call(3000 + at, 1) for at in range(12)]
        self.assertNotEqual(agreement.check_rate(burst, 10, "update"), [])
        self.assertEqual(agreement.check_rate(burst, 10, "read"), [])

    def test_a_pace(self):
        """A machine that stops is one long gap; who is slow has as many as there are calls."""
        stopped = [call(at + (3000 if at > 2000 else 0), 1) for at in range(0, 5000, 100)]
        self.assertAlmostEqual(agreement.pace_s(stopped, 0.2), 5)
        slow = [call(at, 1) for at in range(0, 10000, 200)]
        self.assertAlmostEqual(agreement.pace_s(slow, 0.2), 9.8)
        self.assertEqual(agreement.pace_s([], 0.2), 0)

    def test_an_interrupted_run_may_have_counted_calls_that_never_left(self):
        self.story.report[0]["attempts"] = 3
        self.found("3 attempts")
        self.assertEqual(self.story.problems(uninterrupted=False), [])


class Pairs(unittest.TestCase):
    """Gateway 7 is a pair: s is the standby and goes first, t follows when s is up and has soaked."""

    def setUp(self):
        self.standby = self.call(10, "s", effect=True, standby_before=True)
        self.active = self.call(310, "t", effect=True)
        self.truth = [{**truth(7, "2.4.0"), "serial": serial} for serial in "st"]

    @staticmethod
    def call(at, serial, **how):
        return line(at, agreement.UPDATE, "g7", serial, **how)

    def problems(self, *ledger, **how):
        return agreement.check_pairs(ledger, self.truth, FENCE_MS, AGREE_MS, PAIR_SOAK_MS, "2.4.0", **how)

    def found(self, word, *ledger):
        problems = self.problems(*ledger)
        self.assertTrue(any(word in problem for problem in problems), f"{word}: {problems}")

    def test_in_order(self):
        self.assertEqual(self.problems(self.standby, self.active), [])

    def test_too_soon_for_the_soak(self):
        self.found("had soaked", self.standby, self.call(309, "t", effect=True))

    def test_while_the_other_is_down(self):
        self.found("had soaked", self.standby, self.call(50, "t", effect=True))

    def test_after_the_other_was_bricked(self):
        self.standby["down_ms"] = None
        self.found("had soaked", self.standby, self.active)

    def test_after_the_other_has_fallen_back(self):
        self.active["mate_version_before"] = "2.3.0"
        self.found("is not at the version", self.standby, self.active)

    def test_the_active_one_first(self):
        active = self.call(10, "t", effect=True)
        self.found("the standby not upgraded", active, self.call(310, "s", effect=True, standby_before=True))
        self.assertEqual(self.problems(active, stale_roles=True), [])

    def test_the_active_one_alone_when_the_standby_was_there(self):
        self.truth[0]["updates_effective"] = 0
        self.assertEqual(self.problems(self.active), [])
        self.truth[0]["version"] = "2.3.0"
        self.found("the standby not upgraded", self.active)

    def test_roles_that_swap_in_the_middle(self):
        self.active["standby_before"] = True
        self.assertEqual(self.problems(self.standby, self.active), [])
        self.found("had soaked", self.standby, self.call(100, "t", effect=True, standby_before=True))

    def test_while_a_doubt_is_open(self):
        lost = self.call(10, "s", replied=False, standby_before=True)
        late = self.call(4000, "t", effect=True, standby_before=True)
        self.found("nobody knew", lost, late)
        self.found("nobody knew", lost, read(3100, "g7"), late)
        self.assertEqual(self.problems(lost, read(3100, "g7"), read(3700, "g7"), late), [])

    def test_a_refused_mate_is_an_untouched_one(self):
        refused = self.call(10, "s", code="NotBoundCCN", standby_before=True)
        self.assertEqual(self.problems(refused, self.call(11, "t", effect=True, standby_before=True)), [])


class Limits(unittest.TestCase):
    def test_slots(self):
        lost = [call(at, at, replied=False) for at in (10, 20)]
        self.assertEqual(agreement.check_slots(lost + [call(30, 30, effect=True)], 3, FENCE_MS), [])
        self.assertEqual(len(agreement.check_slots(lost + [call(30, 30, effect=True)], 2, FENCE_MS)), 1)
        self.assertEqual(agreement.check_slots(lost + [call(3020, 30, effect=True)], 2, FENCE_MS), [])

    def test_a_doubt_ends_with_the_device_that_came_back(self):
        lost = [call(at, at, replied=False, effect=True) for at in (10, 20)]
        self.assertEqual(len(agreement.check_slots(lost + [call(119, 30)], 2, FENCE_MS)), 0)
        self.assertEqual(len(agreement.check_slots(lost + [call(109, 30)], 2, FENCE_MS)), 1)

    def test_a_domain(self):
        calls = [call(10, 1, effect=True), call(20, 2, effect=True), call(110, 3, effect=True)]

        def site(gateway_id):
            return {"g1": "north", "g2": "south", "g3": "north"}[gateway_id]
        self.assertEqual(agreement.check_limit(calls, site, 1, FENCE_MS), [])
        self.assertEqual(len(agreement.check_limit(calls, lambda _: "all", 1, FENCE_MS)), 2)
        self.assertEqual(agreement.check_limit(calls, lambda _: "all", 2, FENCE_MS), [])
        self.assertEqual(agreement.check_limit(calls, lambda _: None, 1, FENCE_MS), [])
        calls[0]["down_ms"] = 101
        self.assertEqual(len(agreement.check_limit(calls, site, 1, FENCE_MS)), 1)

    def test_what_never_comes_back_counts_to_its_fence(self):
        calls = [call(10, 1, effect=True, down_ms=None), call(2900, 2, effect=True)]
        self.assertEqual(len(agreement.check_limit(calls, lambda _: "all", 1, FENCE_MS)), 1)
        calls[1] = call(3000, 2, effect=True)
        self.assertEqual(agreement.check_limit(calls, lambda _: "all", 1, FENCE_MS), [])

    def test_a_pair_counts_as_one(self):
        pair = [call(10, 1, effect=True), line(20, agreement.UPDATE, "g1", "t1", effect=True)]
        self.assertEqual(agreement.check_limit(pair, lambda _: "all", 1, FENCE_MS), [])

    def test_windows(self):
        """START_MS is 21:06:40 in UTC, 22:06:40 in Berlin and 6:06:40 of the next day in Tokyo."""
        zones = {"g1": "Europe/Berlin", "g2": "Asia/Tokyo"}
        calls = [call(10, 1), call(20, 2)]

        def problems(between, cutoff_min=0):
            return len(course.check_window(calls, zones, between, cutoff_min))
        self.assertEqual(problems("22:00-06:07"), 0)
        self.assertEqual(problems("22:06-06:07"), 0)
        self.assertEqual(problems("22:07-06:07"), 1)
        self.assertEqual(problems("22:00-06:06"), 1)
        self.assertEqual(problems("22:00-06:07", 1), 1)
        self.assertEqual(problems("05:00-22:00"), 1)
        self.assertEqual(problems("07:00-22:06"), 2)


class Course(unittest.TestCase):
    """Two waves: g1 and g2, of which g2 fails, and after 500 ms of soak g3. Times are milliseconds from START_MS."""

    def setUp(self):
        self.ledger = [read(0, "g1", "g2", "g3"), call(10, 1, effect=True), call(20, 2, effect=True),
                       read(710, "g1", "g2"), call(800, 3, effect=True)]
        self.waves = [course.Wave(1, "canary", 2), course.Wave(2, "rest", 1)]
        self.targets = [course.Target(("g1", "s1"), 1, "succeeded", None, START_MS + 120, 0),
                        course.Target(("g2", "s2"), 1, "failed", "stuck", START_MS + 200, 0),
                        course.Target(("g3", "s3"), 2, "succeeded", None, START_MS + 900, 0)]
        self.verdicts = [self.verdict(1, 750, "promote", 1, 2), self.verdict(2, 1000, "promote", 1, 1)]
        self.orders = []
        self.intents = [course.Intent((f"g{n}", f"s{n}"), START_MS) for n in (1, 2, 3)]
        self.approve = ()

    @staticmethod
    def verdict(wave, at, word, succeeded, n):
        return course.Verdict(wave, START_MS + at, word, succeeded, n)

    def order(self, kind, at, accepted=1):
        self.orders.append(course.Order(kind, START_MS + at - 5, START_MS + at, accepted))

    def course(self, membership="beef"):
        return course.Course(self.waves, self.targets, self.verdicts, self.orders, self.intents, membership)

    def problems(self):
        return course.check_all(self.course(), self.ledger, {"canary": 500}, self.approve)

    def found(self, word):
        self.assertTrue(any(word in problem for problem in self.problems()), f"{word}: {self.problems()}")

    def test_a_true_course_has_no_problems(self):
        self.assertEqual(self.problems(), [])

    def test_no_verdict(self):
        self.verdicts.pop(0)
        self.found("never judged")

    def test_a_verdict_that_came_late(self):
        self.verdicts[0] = self.verdict(1, 801, "promote", 1, 2)
        self.found("never judged")

    def test_a_verdict_that_did_not_let_it_pass(self):
        for word in ("hold", "abort"):
            self.orders = []
            self.verdicts[0] = self.verdict(1, 750, word, 1, 2)
            self.found(f"the last verdict on wave canary is {word}")
            self.orders = []
            self.order("approve", 780, accepted=0)
            self.found(f"the last verdict on wave canary is {word}")
            self.orders = []
            self.order("pace", 780)
            self.found(f"the last verdict on wave canary is {word}")
            self.orders = []
            self.order("approve", 780)
            self.assertEqual(self.problems(), [])

    def test_a_word_before_the_verdict_is_none(self):
        self.verdicts[0] = self.verdict(1, 750, "hold", 1, 2)
        self.order("approve", 740)
        self.found("the last verdict on wave canary is hold")

    def test_an_approval_that_nobody_gave(self):
        self.approve = ("canary",)
        self.found("to be approved")
        self.order("approve", 780)
        self.assertEqual(self.problems(), [])

    def test_a_verdict_on_other_numbers(self):
        for numbers in ((2, 2), (1, 3), (0, 2)):
            self.verdicts[0] = self.verdict(1, 750, "promote", *numbers)
            self.found("wave canary passed with")

    def test_a_verdict_on_no_evidence(self):
        self.targets[0] = self.targets[0]._replace(state="deferred", code="offline")
        self.verdicts[0] = self.verdict(1, 750, "promote", 0, 2)
        self.found("no evidence")

    def test_a_relapse_is_no_success(self):
        self.targets[0] = self.targets[0]._replace(relapsed=1)
        self.found("wave canary passed with 1 of 2, and there are 0 well")

    def test_skipped_at_the_version_is_well_and_newer_is_not(self):
        self.targets[0] = self.targets[0]._replace(state="skipped", code="at_version")
        self.assertEqual(self.problems(), [])
        self.targets[0] = self.targets[0]._replace(code="newer")
        self.found("there are 0 well")

    def test_who_says_nothing_is_not_counted(self):
        for state, code in (("canceled", None), ("skipped", "newer")):
            self.targets[1] = self.targets[1]._replace(state=state, code=code)
            self.verdicts[0] = self.verdict(1, 750, "promote", 1, 1)
            self.assertEqual(self.problems(), [])
            self.verdicts[0] = self.verdict(1, 750, "promote", 1, 2)
            self.found("passed with 1 of 2, and there are 1 well of 1")

    def test_judged_before_all_had_ended(self):
        self.targets[1] = self.targets[1]._replace(ended_ms=None)
        self.found("before all of its devices had ended")
        self.targets[1] = self.targets[1]._replace(ended_ms=START_MS + 760)
        self.found("before all of its devices had ended")

    def test_a_soak_cut_short(self):
        self.targets[1] = self.targets[1]._replace(ended_ms=START_MS + 301)
        self.found("had 1 ms to soak")

    def test_no_look_behind_the_soak(self):
        self.ledger[3]["at_ms"] -= 300
        self.found("was not looked at when wave canary had soaked")

    def test_a_call_for_nobodys_device(self):
        self.ledger.append(call(950, 4, effect=True))
        self.found("in no wave")

    def test_membership(self):
        self.targets.append(self.targets[2])
        self.found("is 2 targets")
        self.found("wave rest says 1 targets and has 2")
        self.targets[3] = self.targets[3]._replace(device=("g1", "t1"))
        self.found("g1 is in the waves [1, 2]")
        self.targets[3] = self.targets[3]._replace(device=("g4", "s4"), wave=1)
        self.found("not one behind the other")

    def test_what_was_frozen(self):
        before = self.course()
        self.assertEqual(course.check_frozen(before, self.course()), [])
        self.assertEqual(len(course.check_frozen(before, self.course("dead"))), 1)
        self.assertEqual(len(course.check_frozen(self.course(""), self.course(""))), 1)
        self.targets = [self.targets[0], self.targets[1]._replace(wave=2), self.targets[2]]
        self.assertEqual(len(course.check_frozen(before, self.course())), 1)

    def test_calls_after_a_stop(self):
        """I18, I20: what was on its way may still arrive."""
        for kind in ("pause", "abort"):
            self.orders = []
            self.order(kind, 500)
            self.found("arrived 300 ms after a stop")
            self.orders = []
            self.order(kind, 799)
            self.assertEqual(self.problems(), [])
        self.orders = []
        self.order("pause", 500, accepted=0)
        self.assertEqual(self.problems(), [])

    def test_an_intent_after_a_stop(self):
        self.order("abort", 850)
        self.assertEqual(self.problems(), [])
        self.intents.append(course.Intent(("g3", "s3"), START_MS + 1000))
        self.found("was to be called at least 150 ms after a stop")

    def test_a_resume_ends_a_pause_and_no_abort(self):
        self.order("pause", 500)
        self.order("resume", 790)
        self.assertEqual(self.problems(), [])
        self.orders = []
        self.order("abort", 500)
        self.order("resume", 790)
        self.found("after a stop")

    @staticmethod
    def word(kind, said, heard):
        return course.Word(kind, START_MS + said, heard and START_MS + heard)

    def kept(self, *words):
        return len(course.check_kept(words, self.course()))

    def test_an_acknowledged_word_that_is_not_kept(self):
        """Another kind, another time, or a refusal on record is not that word."""
        pause = self.word("pause", 490, 510)
        self.assertEqual(self.kept(pause), 1)
        self.order("pause", 500)
        self.assertEqual(self.kept(pause), 0)
        self.assertEqual(self.kept(pause, self.word("abort", 490, 510)), 1)
        for said, heard in ((496, 510), (490, 499)):
            self.assertEqual(self.kept(self.word("pause", said, heard)), 1)
        self.assertEqual(self.kept(self.word("pause", 600, None)), 0)
        self.orders = []
        self.order("pause", 500, accepted=0)
        self.assertEqual(self.kept(pause), 1)

    def test_an_acknowledged_stop_that_does_not_hold(self):
        """The last call arrives at 800."""
        def held(*words):
            return len(course.check_held(words, self.ledger))
        for kind in ("pause", "abort"):
            self.assertEqual(held(self.word(kind, 490, 599)), 1)
            self.assertEqual(held(self.word(kind, 490, 600)), 0)
            self.assertEqual(held(self.word(kind, 490, None)), 0)
        resume = self.word("resume", 790, None)
        self.assertEqual(held(self.word("pause", 490, 510), resume), 0)
        self.assertEqual(held(self.word("abort", 490, 510), resume), 1)
        self.assertEqual(held(self.word("pause", 490, 510), self.word("resume", 480, 489)), 1)
        self.assertEqual(held(self.word("approve", 490, 510), self.word("resume", 480, 489)), 0)

    def test_a_gate_that_trips_in_the_middle_stops(self):
        self.verdicts.insert(1, self.verdict(2, 560, "abort", 0, 1))
        self.found("arrived 240 ms after a stop")


if __name__ == "__main__":
    unittest.main()
