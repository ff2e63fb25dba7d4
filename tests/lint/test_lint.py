"""The lint checks themselves: a small clean tree passes them all, and each planted offence is found where it is."""

import os
import subprocess
import tempfile
import unittest

import banned
import format as layout
import includes
import quotes
import shape
import symbols
import words

CLEAN = {
    "meson.build": "project('small', 'c')\n",
    "README.md": "small\n",
    "include/gatewave/base/buf.h": "#ifndef GATEWAVE_BASE_BUF_H\n#define GATEWAVE_BASE_BUF_H\n/* A buffer. */\n"
                                   "#define GW_BUF_MAX 8\n\nstruct gw_buf {\n    int len;\n};\n\n"
                                   "void gw_buf_init(struct gw_buf *buf);\n\n#endif\n",
    "include/gatewave/net/http.h": "#ifndef GATEWAVE_NET_HTTP_H\n#define GATEWAVE_NET_HTTP_H\n/* Calls. */\n"
                                   "#include \"gatewave/base/buf.h\"\n\n#endif\n",
    "src/base/meson.build": "base_lib = static_library('base', 'buf.c')\n",
    "src/base/buf.c": "/* A buffer. */\n#include \"gatewave/base/buf.h\"\n\n#include <stdlib.h>\n\n"
                      "/* strcpy(), malloc() and goto back are fine in a comment. */\n"
                      "void gw_buf_init(struct gw_buf *buf)\n{\n    buf->len = 0;\n}\n",
    "src/net/meson.build": "net_lib = static_library('net', 'http.c')\n",
    "src/net/http.c": "/* Calls. */\n#include \"gatewave/net/http.h\"\n\n#include <curl/curl.h>\n#include <time.h>\n\n"
                      "#include \"net-local.h\"\n\nconst char *gw_net_word(void)\n{\n    return \"printf(\";\n}\n",
    "src/net/net-local.h": "#ifndef GATEWAVE_SRC_NET_NET_LOCAL_H\n#define GATEWAVE_SRC_NET_NET_LOCAL_H\n"
                           "/* Shared in here. */\nconst char *gw_net_word(void);\n\n#endif\n",
    "src/core/record.c": '/* Words. */\nstatic const char *const words[] = {\n    [GW_STATE_NONE] = "",\n'
                         '    [GW_STATE_WAITING] = "waiting",\n    [GW_STATE_FAILED] = "failed",\n'
                         '    [GW_PHASE_RUNNING] = "running",\n};\n',
    "src/core/answer.c": '/* Words. */\nconst char *gw_proof = "accepted"; /* [GW_PROOF_X] = "no" */\n',
    "src/core/meson.build": "core_lib = static_library('core', 'record.c', 'answer.c')\n",
    "migrations/0001_fleet.sql": "CREATE TABLE t (\n    state TEXT CHECK (state = 'waiting' OR state = 'failed'),\n"
                                 "    phase TEXT CHECK (phase IN ('running'))\n) STRICT;\n",
    "tests/unit/base/meson.build": "foreach name : ['buf']\nendforeach\n",
    "tests/unit/base/test_buf.c": "/* The buffer. */\n#include <cmocka.h>\n\n"
                                  "static void test_empty(void **state)\n{\n    assert_null(*state);\n}\n\n"
                                  "int main(void)\n{\n    return cmocka_run_group_tests(test_empty);\n}\n",
}


class Tree(unittest.TestCase):
    """A clean tree in a folder of its own, to plant offences in."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        for path, text in CLEAN.items():
            self.put(path, text)
        with open(os.path.join(os.path.dirname(__file__), "..", "..", ".clang-format"), encoding="utf-8") as file:
            self.put(".clang-format", file.read())

    def put(self, path, text):
        full = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)

    def finds(self, rule, plants):
        """Each plant is (path, text, line); the rule must find that place and no other in the tree with it."""
        for path, text, line in plants:
            with self.subTest(rule=rule.__name__, path=path, text=text[:200]):
                self.put(path, text)
                self.assertEqual([(o.file, o.line) for o in rule(self.root)], [(path, line)])
                self.put(path, CLEAN.get(path, ""))
                if path not in CLEAN:
                    os.unlink(os.path.join(self.root, path))

    def passes(self, rule, path, text):
        with self.subTest(rule=rule.__name__, path=path, text=text):
            self.put(path, text)
            self.assertEqual(rule(self.root), [])
            os.unlink(os.path.join(self.root, path))


class CleanTree(Tree):
    def test_nothing_is_found(self):
        for module in (includes, banned, shape, words, layout, quotes):
            for rule in module.RULES:
                with self.subTest(rule=rule.__name__):
                    self.assertEqual(rule(self.root), [])

    def test_every_rule_says_what_it_holds(self):
        for module in (includes, banned, shape, words, layout, quotes):
            for rule in module.RULES:
                self.assertTrue(rule.__doc__.splitlines()[0].endswith("."), rule.__name__)


class Quotes(Tree):
    PLANTED = 'MUTANTS = [\n    ("a word less", "record.c", %s, ""),\n]\n'

    def test_what_stands_once(self):
        self.passes(quotes.quotes_stand_once, "tests/unit/core/mutants.py", self.PLANTED % "'\"waiting\"'")

    def test_what_is_gone_or_not_the_only_one(self):
        self.finds(quotes.quotes_stand_once, [
            ("tests/unit/core/mutants.py", self.PLANTED % "'\"lost\"'", 2),
            ("tests/unit/core/mutants.py", self.PLANTED % "'GW_STATE'", 2),
            ("tests/unit/core/mutants.py", self.PLANTED.replace("record.c", "gone.c") % "'a'", 2),
            ("tests/sim/faults.py", 'PLANTED = []\nPLANTED_AT_NIGHT = [\n    ("b", "core/record.c", "lost", ""),\n]\n', 3),
        ])


class IncludeLaw(Tree):
    def test_up(self):
        self.finds(includes.floors_point_down, [
            ("src/base/up.c", '#include "gatewave/core/pace.h"\n', 1),
            ("src/core/up.c", '\n#include "gatewave/store/store.h"\n', 2),
            ("src/app/up.c", '#  include "gatewave/cli/main.h"\n', 1),
            ("include/gatewave/core/up.h", '#include "gatewave/app/run.h"\n', 1),
        ])

    def test_sideways(self):
        floors = ("store", "net", "smartag", "conf", "obs")
        for floor in floors:
            for sibling in set(floors) - {floor}:
                self.finds(includes.floors_point_down, [
                    (f"src/{floor}/sideways.c", f'#include "gatewave/{sibling}/x.h"\n', 1)])

    def test_simulation(self):
        self.finds(includes.floors_point_down, [
            ("src/sim/a.c", '#include "gatewave/core/rollout.h"\n', 1),
            ("src/core/a.c", '#include "gatewave/sim/cloud.h"\n', 1),
            ("src/app/a.c", '#include "gatewave/sim/cloud.h"\n', 1),
            ("src/simserver/a.c", '#include "gatewave/smartag/request.h"\n', 1),
        ])

    def test_strange_folder(self):
        self.finds(includes.floors_point_down, [
            ("src/util/a.c", '#include "gatewave/base/buf.h"\n', 1),
            ("src/a.c", '#include "gatewave/base/buf.h"\n', 1),
        ])

    def test_down(self):
        for floor, lower in (("core", "base"), ("store", "core"), ("app", "net"), ("cli", "app"),
                             ("simserver", "sim"), ("sim", "base")):
            self.passes(includes.floors_point_down, f"src/{floor}/down.c", f'#include "gatewave/{lower}/x.h"\n')

    def test_libraries(self):
        for header, stranger in (("sqlite3.h", "app"), ("curl/curl.h", "app"), ("uv.h", "cli"),
                                 ("openssl/evp.h", "net"), ("openssl/evp.h", "simserver"), ("gnutls/gnutls.h", "net"),
                                 ("cjson/cJSON.h", "conf"), ("expat.h", "app"),
                                 ("libfyaml.h", "app"), ("microhttpd.h", "app")):
            self.finds(includes.libraries_stay_home, [(f"src/{stranger}/a.c", f"#include <{header}>\n", 1)])

    def test_pure_floors(self):
        self.finds(includes.pure_floors_stay_pure, [
            ("src/base/a.c", "#include <time.h>\n", 1),
            ("src/core/a.c", "#include <string.h>\n#include <unistd.h>\n", 2),
            ("src/sim/a.c", "#include <sys/socket.h>\n", 1),
        ])

    def test_private_headers(self):
        self.finds(includes.private_headers_stay_private, [
            ("src/store/a.c", '#include "net-local.h"\n', 1),
            ("src/store/a.c", '#include "../net/net-local.h"\n', 1),
            ("src/store/a.c", '#include "gatewave/store/gone.h"\n', 1),
        ])

    def test_rooms(self):
        self.put("src/app/keys/keys.h", "/* . */\n")
        self.put("src/app/run/run.h", "/* . */\n")
        self.finds(includes.private_headers_stay_private, [
            ("src/app/run/a.c", '#include "../keys/keys.h"\n', 1),
            ("src/app/run/a.c", '#include "keys/gone.h"\n', 1),
            ("src/store/a.c", '#include "keys/keys.h"\n', 1),
        ])
        self.passes(includes.private_headers_stay_private, "src/app/run/a.c", '#include "keys/keys.h"\n')
        self.passes(includes.rooms_point_down, "src/app/run/a.c", '#include "keys/keys.h"\n')
        self.finds(includes.rooms_point_down, [
            ("src/app/keys/a.c", '#include "run/run.h"\n', 1),
            ("src/app/a.c", '\n#include "keys/keys.h"\n', 2),
            ("src/app/attic/a.c", '#include "gatewave/base/buf.h"\n', 1),
        ])

    def test_rooms_of_the_simulator(self):
        self.passes(includes.simulator_rooms_point_down, "tests/sim/network/a.c", '#include "stage/stage.h"\n')
        self.passes(includes.simulator_rooms_point_down, "tests/sim/stage/test_a.c", '#include "network/try.h"\n')
        self.finds(includes.simulator_rooms_point_down, [
            ("tests/sim/stage/a.c", '\n#include "network/network.h"\n', 2),
            ("tests/sim/attic/a.c", "/* . */\n", 1),
        ])

    def test_sub_machines(self):
        self.put("src/core/machine.h", "/* ---- a.c ---- */\nvoid gw_a(int);\n/* ---- b.c ---- */\nint gw_b(void);\n")
        self.put("src/core/b.c", "int gw_b(void)\n{\n    gw_a(1);\n}\n")
        self.passes(includes.sub_machines_point_down, "src/core/a.c", "void gw_a(int)\n{\n    gw_open(1);\n}\n")
        self.finds(includes.sub_machines_point_down, [("src/core/a.c", "void gw_a(int)\n{\n    gw_b();\n}\n", 3)])

    def test_own_header_first(self):
        self.finds(includes.own_header_first, [
            ("src/base/buf.c", '/* . */\n#include <stdlib.h>\n#include "gatewave/base/buf.h"\n', 2)])

    def test_guards(self):
        self.finds(includes.headers_guarded, [
            ("include/gatewave/base/a.h", "#ifndef A_H\n#define A_H\n#endif\n", 1),
            ("src/net/net-local.h", "/* Nothing. */\n", 1),
        ])


class Banned(Tree):
    def test_functions(self):
        for call in ("strcpy(a, b)", "sprintf (a, b)", "strtok(a, b)", "atoi(a)", "system(a)", "alloca(9)", "rand()",
                     "assert(a)", "malloc(9)", "strdup(a)", "time(NULL)", "clock_gettime(0, a)", "getenv(a)",
                     "printf(a)", "fprintf(stderr, a)", "exit(1)", "strncpy(a, b, 1)", "strtoul(a, b, 10)"):
            self.finds(banned.banned_functions, [("src/core/a.c", f"\n    x = {call};\n", 2)])

    def test_exceptions(self):
        for path, call in (("src/base/a.c", "malloc(9)"), ("src/app/a.c", "time(NULL)"), ("src/cli/a.c", "getenv(a)"),
                           ("src/cli/a.c", "printf(a)"), ("src/base/check.c", "fprintf(stderr, a)"),
                           ("src/core/a.c", "static_assert(a)"), ("src/core/a.c", "table->time(a)"),
                           ("src/core/a.c", "gw_pace_time(a)"), ("src/store/a.c", "sqlite3_malloc(9)"),
                           ("src/core/a.c", '"strcpy(a, b)"'), ("src/core/a.c", "/* atoi(a) */")):
            self.passes(banned.banned_functions, path, f"x = {call};\n")

    def test_typedefs(self):
        self.finds(banned.no_typedefs, [("src/core/a.c", "typedef struct a a_t;\n", 1),
                                        ("src/core/a.c", "\ntypedef enum { A } a;\n", 2)])
        self.passes(banned.no_typedefs, "src/core/a.c", "typedef enum gw_code gw_read_fn(int, struct gw_err *err);\n")

    def test_names(self):
        self.finds(banned.public_names, [
            ("include/gatewave/core/a.h", "int pace_take(void);\n", 1),
            ("include/gatewave/core/a.h", "struct pace {\n};\n", 1),
            ("include/gatewave/core/a.h", "#define PACE_MAX 1\n", 1),
        ])

    def test_comments(self):
        self.finds(banned.plain_comments, [("src/core/a.c", "int a; // so\n", 1)])
        self.passes(banned.plain_comments, "src/core/a.c", 'const char *a = "https://x";\n/* https://x */\n')

    def test_jumps(self):
        self.finds(banned.jumps_go_forward, [
            ("src/core/a.c", "int a(void)\n{\nagain:\n    goto again;\n}\nint b(void)\n{\nagain:\n}\n", 4)])
        self.passes(banned.jumps_go_forward, "src/core/a.c", "int a(void)\n{\n    goto out;\nout:\n    return 1;\n}\n")


class Shape(Tree):
    def test_long_file(self):
        self.finds(shape.files_are_short, [("src/core/a.c", "/* . */\n" * 401, 401)])
        self.passes(shape.files_are_short, "src/core/a.c", "/* . */\n" * 400)

    def test_long_function(self):
        body = "    if (a) {\n        b();\n    }\n"
        self.finds(shape.functions_are_short, [
            ("src/core/a.c", "static int a(int b,\n             int c)\n{\n" + body * 23 + "}\n", 3)])
        self.passes(shape.functions_are_short, "src/core/a.c",
                    "int a(void)\n{\n" + body * 22 + "}\n\nint b(void)\n{\n" + body * 22 + "}\n")

    def test_opening_comment(self):
        self.finds(shape.files_say_what_they_are, [
            ("src/core/a.c", "#include <string.h>\n\n\n/* late */\n", 1),
            ("include/gatewave/core/a.h", "#ifndef A\n#define A\nstruct gw_a;\n/* late */\n#endif\n", 1),
        ])

    def test_top_level(self):
        self.finds(shape.top_level_entries, [("notes.md", "\n", 1)])
        self.passes(shape.top_level_entries, "build-clang/x", "\n")

    def test_left_over(self):
        home = "/ho" + "me/somebody/x"
        self.finds(shape.nothing_left_over, [
            ("src/core/a.c", "int a;\n/* TO" + "DO: b */\n", 2),
            ("tests/e2e/test_a.py", f'open("{home}")\n', 1),
            ("config/a.yaml", "a: 1 \n", 1),
        ])

    def test_not_built(self):
        self.finds(shape.everything_is_built, [
            ("src/base/new.c", "/* . */\n", 1),
            ("tests/unit/base/test_new.c", "/* . */\n", 1),
        ])

    def test_without_assertion(self):
        self.finds(shape.tests_assert, [
            ("tests/unit/base/test_a.c", "int main(void)\n{\n    return 0;\n}\n", 1),
            ("tests/unit/base/test_a.c", "static void test_lost(void **state)\n{\n    assert_true(1);\n}\n", 1),
            ("tests/e2e/test_a.py", "print(1)\n", 1),
        ])


class Words(Tree):
    def test_strange_word_in_the_database(self):
        self.finds(words.database_says_what_the_core_says, [
            ("migrations/0002_more.sql", "CREATE VIEW v AS\nSELECT 1 WHERE state = 'done';\n", 2),
            ("migrations/0002_more.sql", "CHECK (phase IN ('running',\n'stopped'))\n", 1),
        ])

    def test_word_that_the_database_lacks(self):
        self.finds(words.database_says_what_the_core_says, [
            ("src/core/record.c", CLEAN["src/core/record.c"] + '[GW_STATE_SKIPPED] = "skipped"\n', 1)])

    def test_other_columns_are_free(self):
        self.passes(words.database_says_what_the_core_says, "migrations/0002_more.sql",
                    "CHECK (kind = 'seen' OR state = '' OR ha_role = 'active')\n")


class Layout(Tree):
    def test_untidy(self):
        self.finds(layout.laid_out_by_clang_format, [("src/core/a.c", "int a(void){return 1;}\n", 1)])

    def test_other_version(self):
        program, layout.PROGRAM = layout.PROGRAM, os.path.join(self.root, "clang-format")
        self.addCleanup(setattr, layout, "PROGRAM", program)
        self.put("clang-format", "#!/bin/sh\necho clang-format version 15.0.1\n")
        os.chmod(layout.PROGRAM, 0o755)
        self.assertIn("version 14 exactly", layout.laid_out_by_clang_format(self.root)[0].reason)
        os.unlink(layout.PROGRAM)
        self.assertIn("is not there", layout.laid_out_by_clang_format(self.root)[0].reason)


class Symbols(Tree):
    BASE = ("#include <string.h>\n#include <stdlib.h>\n"
            "size_t gw_text_len(const char *a) { return strlen(a); }\n"
            "void *gw_mem_new(size_t n) { return calloc(1, n); }\n")

    def library(self, floor, *sources):
        path = os.path.join(self.root, floor)
        objects = []
        for number, source in enumerate(sources):
            self.put(f"{floor}{number}.c", source)
            objects.append(f"{path}{number}.o")
            subprocess.run(["cc", "-O1", "-c", "-o", objects[-1], f"{path}{number}.c"], check=True)
        subprocess.run(["ar", "rcsT", path + ".a", *objects], check=True, stderr=subprocess.DEVNULL)
        return path + ".a"

    def found(self, **sources):
        libraries = {floor: self.library(floor, source) for floor, source in {"base": self.BASE, **sources}.items()}
        return [offence.reason.split(":")[0] for offences in symbols.check(libraries).values() for offence in offences]

    def test_clean(self):
        self.assertEqual(self.found(
            core="unsigned long gw_text_len(const char *);\nint b(int);\nint a(int n) { return b(n); }\n"
                 "int b(int n) { return (int)gw_text_len(\"x\") + n; }\n",
            sim="void *gw_mem_new(unsigned long);\nvoid *c(void) { return gw_mem_new(4); }\n",
            obs="int open_level;\nvoid d(int l) { open_level = l; }\n"), [])

    def test_files_that_call_each_other(self):
        """Three in a circle are found, by the names that make it; two that use a third are none, nor is a call to oneself."""
        use = "int {0}(int);\nint {1}(int n) {{ return {0}(n) + n; }}\n"
        circle = symbols.circles("net", self.library("net", use.format("b", "a"), use.format("c", "b"), use.format("a", "c")))
        self.assertEqual([offence.reason for offence in circle], [
            "goes in a circle: net0.o uses b of net1.o; net1.o uses c of net2.o; net2.o uses a of net0.o"])
        tree = self.library("obs", use.format("c", "a"), use.format("c", "b"), "int c(int n) { return n ? c(n / 2) : 0; }\n",
                            use.format("a", "d") + use.format("b", "e"))
        self.assertEqual(symbols.circles("obs", tree), [])

    def test_core_with_a_clock(self):
        self.assertEqual(self.found(core="long time(long *);\nlong a(void) { return time(0); }\n"), ["imports time"])

    def test_core_with_a_heap(self):
        self.assertEqual(self.found(core="#include <stdlib.h>\nvoid *a(int n) { return malloc(n); }\n"),
                         ["imports malloc"])
        self.assertEqual(self.found(core="void *gw_mem_new(unsigned long);\nvoid *a(void) { return gw_mem_new(4); }\n"),
                         ["imports gw_mem_new"])

    def test_base_with_a_file(self):
        self.assertEqual(self.found(base="#include <stdio.h>\nvoid *a(void) { return fopen(\"a\", \"r\"); }\n"),
                         ["imports fopen"])

    def test_sim_with_a_socket(self):
        self.assertEqual(self.found(sim="int socket(int, int, int);\nint a(void) { return socket(1, 1, 0); }\n"),
                         ["imports socket"])

    def test_one_name_on_two_floors(self):
        self.assertEqual(self.found(store="int gw_fleet_size(void) { return 1; }\nstatic int own(void) { return 2; }\n"
                                          "int gw_own(void) { return own(); }\n",
                                    app="int gw_fleet_size(void) { return 3; }\nstatic int own(void) { return 4; }\n"
                                        "int gw_app_own(void) { return own(); }\n"),
                         ["defines gw_fleet_size, which store defines too"])

    def test_globals(self):
        self.assertEqual(self.found(net="static int calls;\nint a(void) { return ++calls; }\n"),
                         ["calls is a global; the log alone may have one"])
        self.assertEqual(self.found(net="int a(void) { static int n = 3; return ++n; }\n")[0].split(".")[0], "n")
        self.assertEqual(self.found(net="extern const char *const words[];\n"
                                        "const char *const words[] = {\"a\", \"b\"};\n"), [])


if __name__ == "__main__":
    unittest.main()
