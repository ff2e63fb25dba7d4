"""Functions and words that gatewave does without, each with its reason."""

import re

import tree
from tree import Offence

# (names, floors or files that may use them all the same, reason)
BANNED = [
    ("strcpy strcat stpcpy", (), "no bound: use gw_text_copy or a gw_buf"),
    ("sprintf vsprintf", (), "no bound: use snprintf or gw_buf_addf"),
    ("strncpy strncat", (), "may leave no NUL and pads the rest: use gw_text_copy"),
    ("gets scanf sscanf fscanf", (), "no bound or no error: use gw_parse_* on the whole text"),
    ("strtok", (), "hidden state and it eats empty fields: walk the text"),
    ("atoi atol atoll atof strtol strtoll strtoul strtoull strtod", (),
     "takes blanks, signs and a prefix for the whole: use gw_parse_*"),
    ("system popen", (), "a shell: programs are started by gw_child, by their words"),
    ("alloca", (), "no bound on the stack"),
    ("rand srand random srandom drand48 rand_r", (),
     "not reproducible and not random: gw_rng for jitter, the CSPRNG for nonces"),
    ("assert", (), "vanishes with NDEBUG: use GW_CHECK"),
    ("malloc calloc realloc strdup strndup asprintf vasprintf reallocarray aligned_alloc", ("base",),
     "may return NULL: use gw_mem_*, which aborts"),
    ("time gettimeofday clock_gettime clock ftime timespec_get", ("app", "net", "obs", "simserver"),
     "nothing below the shell knows what time it is: take it as an argument"),
    ("localtime mktime ctime asctime strptime", (), "zone and locale of the process: use gw_when_*"),
    ("localtime_r tzset", ("src/conf/window.c",), "zone of the process: use gw_when_*, gw_window_* or gw_zone_*"),
    ("gmtime gmtime_r timegm strftime", ("simserver",), "a second way to do it: use gw_when_*"),
    # The C library has no other way to ask for a time in a named zone than by TZ.
    ("getenv secure_getenv setenv putenv unsetenv", ("cli", "app", "src/conf/window.c"),
     "the environment is read once, by the shell: take the value as an argument"),
    ("printf vprintf puts putchar perror", ("cli", "simserver"), "only the command line talks"),
    ("fprintf vfprintf fputs fputc fwrite", ("cli", "obs", "simserver", "src/base/check.c"),
     "only the command line and the log write text"),
    ("setlocale", (), "everything here is the C locale and UTF-8"),
    ("setjmp longjmp", (), "no hidden ways out"),
    ("exit quick_exit", ("cli", "simserver"), "only the command line decides how the program ends"),
    ("_exit _Exit", ("app", "cli", "simserver"), "only the shell leaves at once, when told to for the second time"),
    ("sleep usleep nanosleep", (), "the loop waits, nothing else does"),
    ("signal", ("cli", "simserver"), "unspecified on return: use uv_signal"),
    ("tmpnam mktemp tempnam", (), "a race: use mkstemp"),
]
RULE_OF = {name: (allowed, reason) for names, allowed, reason in BANNED for name in names.split()}
CALL = re.compile(r"(?<![\w.>])(" + "|".join(sorted(RULE_OF, key=len, reverse=True)) + r")\s*\(")
GOTO_BACK = re.compile(r"\bgoto\s+(\w+)\s*;")


def banned_functions(root):
    """No banned function is called."""
    offences = []
    for path in tree.files(root, ".c", ".h", under=("include", "src")):
        for line, match in tree.matches(tree.code(tree.read(root, path)), CALL):
            allowed, reason = RULE_OF[match.group(1)]
            if tree.floor_of(path) not in allowed and path not in allowed:
                offences.append(Offence(path, line, f"{match.group(1)}(): {reason}"))
    return offences


def no_typedefs(root):
    """No typedef hides a struct or an enum."""
    pattern = re.compile(r"^[ \t]*typedef\s+(struct|enum|union)\b[^;({]*[;{]", re.MULTILINE)
    return [Offence(path, line, f"a typedef of a {match.group(1)}: write the {match.group(1)} out")
            for path in tree.files(root, ".c", ".h", under=("include", "src"))
            for line, match in tree.matches(tree.code(tree.read(root, path)), pattern)]


def public_names(root):
    """What a header declares is called gw_ or GW_."""
    offences = []
    declared = re.compile(r"^(?:#\s*define\s+(?P<macro>\w+)"
                          r"|(?:struct|enum|union)\s+(?P<tag>\w+)\s*\{"
                          r"|(?!typedef)[a-z_][\w\s*]*?\b(?P<function>\w+)\()", re.MULTILINE)
    for path in tree.files(root, ".h", under=("include",)):
        for line, match in tree.matches(tree.code(tree.read(root, path)), declared):
            name = match.group("macro") or match.group("tag") or match.group("function")
            if name.startswith("__") or name.startswith("GATEWAVE_") and name.endswith("_H"):
                continue
            if not name.startswith("GW_" if match.group("macro") else "gw_"):
                offences.append(Offence(path, line, f"{name} needs the prefix gw_"))
    return offences


def plain_comments(root):
    """Comments are written /* so */."""
    return [Offence(path, line, "a // comment: write it /* so */")
            for path in tree.files(root, ".c", ".h", under=("include", "src", "tests"))
            for line, match in tree.matches(tree.read(root, path), tree.COMMENT_OR_TEXT)
            if match.group().startswith("//")]


def jumps_go_forward(root):
    """A goto only goes forward, to the place where a function lets go of what it holds."""
    offences = []
    for path in tree.files(root, ".c", under=("src",)):
        text = tree.code(tree.read(root, path))
        for line, match in tree.matches(text, GOTO_BACK):
            end_of_function = text.find("\n}", match.end())
            if not re.compile(rf"^\s*{match.group(1)}:", re.MULTILINE).search(text, match.end(), end_of_function):
                offences.append(Offence(path, line, f"goto {match.group(1)} jumps back"))
    return offences


RULES = (banned_functions, no_typedefs, public_names, plain_comments, jumps_go_forward)

if __name__ == "__main__":
    tree.main(*RULES)
