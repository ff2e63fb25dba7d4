"""The analyzers: clean code passes them, and each finds the mistake that it is there for, in src and nowhere else."""

import json
import os
import tempfile
import unittest

import analyzers

CLEAN = "#include \"a.h\"\nint f(const int *n)\n{\n    return *n + ONE;\n}\n"


class Analyzers(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.root, self.build = os.path.join(folder, "root"), os.path.join(folder, "root", "build")
        for path in ("src", "include", "tests", "build"):
            os.makedirs(os.path.join(self.root, path))
        with open(os.path.join(self.root, "include", "a.h"), "w", encoding="utf-8") as file:
            file.write("int f(const int *n);\n")

    def found(self, rule, text, path="src/a.c"):
        with open(os.path.join(self.root, path), "w", encoding="utf-8") as file:
            file.write(text)
        with open(os.path.join(self.build, "compile_commands.json"), "w", encoding="utf-8") as file:
            json.dump([{"directory": self.build, "file": "../" + path,
                        "command": f"gcc -I../include -DONE=1 -std=gnu17 -o a.o -c ../{path}"}], file)
        return [(offence.file, offence.line) for offence in rule(self.root, self.build)]

    def test_clean(self):
        for rule in (analyzers.gcc, analyzers.cppcheck, analyzers.clang_tidy, analyzers.clang_analyzer):
            with self.subTest(rule=rule.__name__):
                self.assertEqual(self.found(rule, CLEAN), [])

    def test_gcc_follows_a_null(self):
        text = CLEAN + "int g(int n)\n{\n    int *at = n ? &n : 0;\n\n    return *at;\n}\n"
        self.assertEqual(self.found(analyzers.gcc, text), [("src/a.c", 10)])
        self.assertEqual(self.found(analyzers.gcc, text, "tests/a.c"), [])

    def test_cppcheck_counts_elements(self):
        text = CLEAN + "int g(void)\n{\n    int n[2] = {1, 2};\n\n    return n[2];\n}\n"
        self.assertEqual(self.found(analyzers.cppcheck, text), [("src/a.c", 10)])

    def test_clang_tidy_knows_slips(self):
        text = "#include <string.h>\n" + CLEAN + "int g(const char *a)\n{\n    return strcmp(a, \"b\") || *a;\n}\n"
        self.assertEqual(self.found(analyzers.clang_tidy, text), [("src/a.c", 9)])

    def test_clang_follows_what_is_freed(self):
        text = ("#include <stdlib.h>\n" + CLEAN +
                "int g(void)\n{\n    int *at = calloc(1, 4);\n\n    free(at);\n    return at ? *at : 0;\n}\n")
        self.assertEqual(self.found(analyzers.clang_analyzer, text), [("src/a.c", 12)])

    def test_what_does_not_compile_is_no_clean_file(self):
        for rule in (analyzers.gcc, analyzers.clang_tidy, analyzers.clang_analyzer):
            with self.subTest(rule=rule.__name__):
                self.assertNotEqual(self.found(rule, "int f(\n"), [])

    def test_a_missing_program_is_an_offence(self):
        self.assertEqual(analyzers.ask(self.root, "no-such-analyzer", [[]])[0].file, "no-such-analyzer")


if __name__ == "__main__":
    unittest.main()
