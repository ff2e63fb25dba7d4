"""The counting of tests/run: what it reads out of the programs' output, and that nothing bad is counted as good."""

import contextlib
import io
import json
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import suites  # noqa: E402
from suites import Count  # noqa: E402

TAP_GOOD = "1..3\nok 1 - test_a\nok 2 - test_b\nok 3\n# ok - tests\n"
TAP_BAD = "1..2\nok 1 - test_a\nnot ok 2 - test_b\n# a.c:3: error: Failure!\n# not ok - tests\n"
TAP_SKIP = "1..2\nok 1 - test_a\nok 2 # SKIP no network\n"
UNITTEST_GOOD = "....\n" + "-" * 70 + "\nRan 4 tests in 0.123s\n\nOK\n"
UNITTEST_BAD = "F.E.s\n" + "-" * 70 + "\nRan 5 tests in 1.0s\n\nFAILED (failures=1, errors=1, skipped=1)\n"
UNITTEST_NONE = "-" * 70 + "\nRan 0 tests in 0.000s\n\nOK\n"


class Counting(unittest.TestCase):
    def test_forms(self):
        for output, ended_well, expected in (
            (TAP_GOOD, True, Count(3, 0)),
            (TAP_BAD, False, Count(1, 1)),
            (TAP_SKIP, True, Count(1, 0, 1)),
            (UNITTEST_GOOD, True, Count(4, 0)),
            (UNITTEST_BAD, False, Count(2, 2, 1)),
            (TAP_GOOD + UNITTEST_GOOD, True, Count(7, 0)),
        ):
            with self.subTest(output=output):
                self.assertEqual(suites.count_cases(output, ended_well), expected)

    def test_bad_end_is_a_failure(self):
        for output, passed in ((TAP_GOOD, 3), (UNITTEST_GOOD, 4), ("Segmentation fault\n", 0), ("", 0)):
            with self.subTest(output=output):
                self.assertEqual(suites.count_cases(output, False), Count(passed, 1))

    def test_testing_nothing_is_a_failure(self):
        for output in ("", "all fine\n", "1..0\n", UNITTEST_NONE):
            with self.subTest(output=output):
                self.assertEqual(suites.count_cases(output, True), Count(0, 1))

    def test_log(self):
        tests = [
            {"name": "a", "result": "OK", "duration": 0.1, "returncode": 0, "stdout": TAP_GOOD},
            {"name": "b", "result": "OK", "duration": 0.1, "returncode": 0, "stdout": "", "stderr": UNITTEST_GOOD},
            {"name": "c", "result": "TIMEOUT", "duration": 30.0, "returncode": -9, "stdout": "ok 1 - test_a\n"},
            {"name": "d", "result": "FAIL", "duration": 0.1, "returncode": 1, "stdout": TAP_BAD},
        ]
        with tempfile.TemporaryDirectory() as folder:
            log = os.path.join(folder, "unit.json")
            with open(log, "w", encoding="utf-8") as file:
                file.writelines(json.dumps(test) + "\n" for test in tests)
            shown = io.StringIO()
            with contextlib.redirect_stdout(shown):
                self.assertEqual(suites.read_log(log), {
                    "a": Count(3), "b": Count(4), "c": Count(1, 1), "d": Count(1, 1)})
            self.assertIn("c: TIMEOUT after 30.0 s", shown.getvalue())
            self.assertIn("Failure!", shown.getvalue())
            self.assertEqual(suites.read_log(os.path.join(folder, "gone.json")), {})


class Again(unittest.TestCase):
    """What waits is run again when it failed, and no other; a second failure stays one."""

    def settled(self, counts, second):
        asked = []

        def run_again(name):
            asked.append(name)
            return second

        suites.settle(counts, run_again)
        return asked

    def test_who_passes_then_has_passed_and_is_told(self):
        counts = {"a": Count(3), "b": Count(4, 1)}
        self.assertEqual(self.settled(counts, Count(5)), ["b"])
        self.assertEqual(counts, {"a": Count(3), "b": Count(5, again=1)})

    def test_who_fails_again_has_failed(self):
        for second in (Count(4, 1), Count()):
            counts = {"b": Count(3, 2)}
            self.assertEqual(self.settled(counts, second), ["b"])
            self.assertEqual(counts, {"b": Count(3, 2)})

    def test_what_a_sanitizer_found_is_no_matter_of_the_machine(self):
        counts = {"a": Count(3, 1), "b": Count(3, 1, hopeless=True)}
        self.assertEqual(self.settled(counts, Count(4)), [])
        said = "F\n==1==ERROR: AddressSanitizer: heap-use-after-free\n" + UNITTEST_BAD
        for test, hopeless in (({"returncode": 1, "stdout": said}, True), ({"returncode": -11, "stdout": ""}, True),
                               ({"returncode": 1, "stdout": UNITTEST_BAD}, False)):
            with tempfile.NamedTemporaryFile("w+", suffix=".json") as log:
                log.write(json.dumps({"name": "e", "result": "FAIL", "duration": 1, **test}) + "\n")
                log.flush()
                with contextlib.redirect_stdout(io.StringIO()):
                    self.assertEqual(suites.read_log(log.name)["e"].hopeless, hopeless)

    def test_when_many_fail_it_is_not_the_machine(self):
        counts = {name: Count(3, 1) for name in "abc"}
        self.assertEqual(self.settled(counts, Count(4)), [])
        self.assertEqual(counts, {name: Count(3, 1) for name in "abc"})


if __name__ == "__main__":
    unittest.main()
