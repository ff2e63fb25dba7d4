"""The counting of tests/coverage: which arms of a small program count, and that none that nothing took is lost."""

import contextlib
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import coverage  # noqa: E402

HEAD = """\
#include <stdlib.h>
#define GW_CHECK(condition) ((condition) ? (void)0 : abort())
#define GW_NEVER(what) abort()
#define ALWAYS(condition) GW_CHECK((condition) && 1)
enum word { ONE, TWO, THREE };
"""


class Counting(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.enterContext(contextlib.chdir(folder))
        os.makedirs("src")

    def counted(self, functions, calls):
        """The branches of a program made of functions and a main() that makes these calls: line -> arms."""
        with open("src/a.c", "w", encoding="utf-8") as file:
            file.write(HEAD + functions)
        with open("main.c", "w", encoding="utf-8") as file:
            file.write(f"int f(int);\nint main(void)\n{{\n    {calls}\n    return 0;\n}}\n")
        with contextlib.suppress(FileNotFoundError):
            os.unlink("src/a.gcda")
        for line in ("gcc -O0 --coverage -c -o src/a.o src/a.c", "gcc -c main.c",
                     "gcc --coverage -o program src/a.o main.o", "./program"):
            subprocess.run(line.split(), check=True)
        self.file = coverage.read_counts(".")["src/a.c"]
        self.tally = coverage.Tally()
        self.tally.add(self.file)
        first = HEAD.count("\n")
        return {line - first: sorted(arms) for line, arms in self.file.branches()}

    def test_both_arms_of_a_condition(self):
        self.assertEqual(self.counted("int f(int n)\n{\n    if (n > 1)\n        return 1;\n    return 0;\n}\n",
                                      "f(0); f(1); f(2);"), {3: [1, 2]})
        self.assertEqual(list(self.file.missing()), [])
        self.assertEqual((self.tally.arms_run, self.tally.arms), (2, 2))

    def test_an_arm_that_nothing_took(self):
        self.assertEqual(self.counted("int f(int n)\n{\n    if (n > 1 || n < 0)\n        return 1;\n"
                                      "    return 0;\n}\n", "f(0); f(1);"), {3: [0, 0, 2, 2]})
        self.assertEqual(list(self.file.missing()), ["8: 2 of 4 not taken: if (n > 1 || n < 0)"])
        self.assertEqual((self.tally.arms_run, self.tally.arms), (2, 4))
        self.assertEqual((self.tally.lines_run, self.tally.lines), (3, 4))

    def test_checks_are_not_branches(self):
        self.assertEqual(self.counted("int f(int n)\n{\n    GW_CHECK(n >= 0 &&\n             n < 9);\n"
                                      "    ALWAYS(n < 8);\n    return n ? 5 : 7;\n}\n", "f(3);"), {6: [0, 1]})

    def test_switch_over_all_words(self):
        switch = ("int f(int n)\n{\n    switch ((enum word)n) {\n    case ONE:\n    case TWO:\n"
                  "        return 7;\n    case THREE:\n        n++;\n    }\n    return n;\n}\n")
        self.assertEqual(self.counted(switch, "f(0); f(2);"), {3: [1, 1]})
        self.assertEqual(self.counted(switch, "f(0);"), {3: [0, 1]})

    def test_switch_with_a_default(self):
        switch = ("int f(int n)\n{\n    switch ((enum word)n) {\n    case ONE:\n        return 7;\n"
                  "    default:\n        n++;\n    }\n    return n;\n}\n")
        self.assertEqual(self.counted(switch, "f(0);"), {3: [0, 1]})

    def test_switch_with_a_default_that_never_is(self):
        switch = ("int f(int n)\n{\n    switch ((enum word)n) {\n    case ONE: {\n        if (n)\n"
                  "            n++;\n        return 7;\n    }\n    case TWO:\n        return n ? 3 : 4;\n"
                  "    default:\n        GW_NEVER(\"no such word\");\n    }\n}\n")
        self.assertEqual(self.counted(switch, "f(0); f(1);"), {3: [1, 1], 5: [0, 1], 10: [0, 1]})
        self.assertNotIn("GW_NEVER", "".join(self.file.missing()))
        self.assertEqual(self.counted(switch, "f(1);")[3], [0, 1])


if __name__ == "__main__":
    unittest.main()
