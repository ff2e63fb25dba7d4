"""The checker is checked: a story in which all is well has no problems, and each planted lie is found."""

import copy
import unittest

import agreement

FENCE_MS, AGREE_MS = 3000, 500
START_MS = 1795381600000
STAMP = "2026-11-22T21:06:40Z"  # START_MS


def line(at, action, gateway_id=None, serial=None, code="", effect=False, replied=True, **more):
    status = (200 if not code else 403) if replied else 0
    base = {"at_ms": START_MS + at, "mono_us": at * 1000, "action": action, "account": "main", "region": "cn-shanghai",
            "gateway_id": gateway_id, "serial": serial, "version": "2.4.0", "nonce": f"n{at}", "timestamp": STAMP,
            "http_status": status, "code": code, "effect": effect, "replied": replied, "request_id": f"R{at}",
            "version_before": "2.3.0", "online_before": True, "upgrading_before": False, "mate_online_before": True,
            "gateway_ids": [], "n": at}
    return {**base, **more}


def read(at, *ids):
    return line(at, agreement.LIST, gateway_ids=list(ids))


def call(at, device, **how):
    return line(at, agreement.UPDATE, f"g{device}", f"s{device}", **how)


def truth(device, version, online=True):
    return {"account": "main", "region": "cn-shanghai", "gateway_id": f"g{device}", "serial": f"s{device}",
            "version": version, "online": online}


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

    def test_wrong_numbers(self):
        self.story.report[1]["attempts"] = 1
        self.found("1 attempts, and the ledger has 2")
        self.story = Story()
        self.story.report[0]["request_id"] = "R30"
        self.found("is not of a call for this device")
        self.story = Story()
        self.story.report[0]["version_before"] = "2.2.0"
        self.found("version_before is 2.2.0")

    def test_a_request_that_arrives_twice(self):
        self.story.ledger.append(dict(self.story.ledger[1], n=99))
        self.found("nonce n10 arrived 2 times", "called blindly again")

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
        burst = even + [call(3000 + at, 1) for at in range(4)]
        self.assertNotEqual(agreement.check_rate(burst, 10, "update"), [])
        self.assertEqual(agreement.check_rate(burst, 10, "read"), [])

    def test_an_interrupted_run_may_have_counted_calls_that_never_left(self):
        self.story.report[0]["attempts"] = 3
        self.found("3 attempts")
        self.assertEqual(self.story.problems(uninterrupted=False), [])


if __name__ == "__main__":
    unittest.main()
