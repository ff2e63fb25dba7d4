"""What the objects of the pure floors import, asked of the linker's own tables.

The include law reads text; this reads what the compiler made of it, so a declaration written by hand or a macro cannot
hide a clock. Usage: symbols.py FLOOR=LIBRARY.a ..., for all libraries of src.
"""

import os
import re
import subprocess
import sys

from tree import Offence

COMPILER = {"__stack_chk_fail", "_GLOBAL_OFFSET_TABLE_"}
LIBC_TEXT = {
    "memchr", "memcmp", "memcpy", "memmem", "memmove", "memrchr", "memset",
    "strcasecmp", "strchr", "strcmp", "strcspn", "strlen", "strncasecmp", "strncmp", "strnlen", "strpbrk", "strrchr",
    "strspn", "strstr",
    "__memcpy_chk", "__memmove_chk", "__memset_chk",
}
FORMAT = {"snprintf", "vsnprintf", "__snprintf_chk", "__vsnprintf_chk"}
# What base adds for the floors above: the heap, wiping, and the last words of a failed check.
BASE_ONLY = {"malloc", "calloc", "realloc", "reallocarray", "free", "abort", "explicit_bzero", "__explicit_bzero_chk",
             "fprintf", "__fprintf_chk", "stderr"}
# The parts of base that own heap memory: for everybody but the core, whose memory is the caller's.
BASE_HEAP = re.compile(r"gw_(mem|buf|json|secret)_")

SYMBOL = re.compile(r"^(?:[0-9a-f]+)?\s+(?P<type>[A-Za-z])\s+(?P<name>\S+)$")


def symbols(library):
    """(object, type letter, name) of every symbol in a static library."""
    text = subprocess.run(["nm", library], capture_output=True, text=True, check=True).stdout
    member = ""
    for line in text.splitlines():
        if line.endswith(".o:"):
            member = line[:-1]
            continue
        match = SYMBOL.match(line)
        if match:
            yield member, match.group("type"), match.group("name")


def defined(library):
    return {name for _, kind, name in symbols(library) if kind in "TDRBWV"}


def imports(library, allowed, reason):
    """An offence for each undefined symbol that is neither in the library itself nor allowed."""
    own = defined(library)
    return [Offence(member, 0, f"imports {name}: {reason}") for member, kind, name in symbols(library)
            if kind == "U" and name not in own and name not in allowed]


def writable(floor, library):
    """An offence for each variable that can change; constants with addresses in them do not count."""
    text = subprocess.run(["nm", "--format=sysv", library], capture_output=True, text=True, check=True).stdout
    offences, member = [], ""
    for line in text.splitlines():
        if line.startswith("Symbols from "):
            member = line.split("[")[-1].rstrip("]:")
        fields = [field.strip() for field in line.split("|")]
        if len(fields) == 7 and re.match(r"\.(data|bss|tdata|tbss)(?!\.rel\.ro)", fields[6]):
            offences.append(Offence(f"{floor}: {member}", 0, f"{fields[0]} is a global; the log alone may have one"))
    return offences


def defined_twice(libraries):
    """An offence for each name that two floors define: linked together, one of them would silently get the other's."""
    first, offences = {}, []
    for floor, library in libraries.items():
        for name in sorted(defined(library)):
            if name in first:
                offences.append(Offence(floor, 0, f"defines {name}, which {first[name]} defines too"))
            first.setdefault(name, floor)
    return offences


def circle_of(calls):
    """The objects of a circle in {object: {objects that it calls}}, in the order of the calls; [] when there is none."""
    done = set()
    for start in sorted(calls):
        path, left = [start], [sorted(calls[start])]
        while path:
            if not left[-1]:
                done.add(path.pop())
                left.pop()
                continue
            called = left[-1].pop()
            if called in path:
                return path[path.index(called):]
            if called not in done:
                path.append(called)
                left.append(sorted(calls.get(called, ())))
    return []


def circles(floor, library):
    """An offence for a circle of objects that call each other."""
    table = [(os.path.basename(member), kind, name) for member, kind, name in symbols(library)]
    home = {name: member for member, kind, name in table if kind in "TDRBWV"}
    calls = {}
    for member, kind, name in table:
        if kind == "U" and home.get(name, member) != member:
            calls.setdefault(member, {}).setdefault(home[name], []).append(name)
    circle = circle_of(calls)
    told = [f"{one} uses {', '.join(sorted(calls[one][other]))} of {other}"
            for one, other in zip(circle, circle[1:] + circle[:1])]
    return [Offence(floor, 0, f"goes in a circle: {'; '.join(told)}")] if circle else []


def check(libraries):
    """{rule: offences} for {floor: library}."""
    base = defined(libraries["base"])
    rules = {"base imports text functions and the heap, nothing else":
             imports(libraries["base"], COMPILER | LIBC_TEXT | FORMAT | BASE_ONLY, "base does no I/O")}
    if "core" in libraries:
        rules["core imports named base symbols and text functions"] = imports(
            libraries["core"], COMPILER | LIBC_TEXT | {name for name in base if not BASE_HEAP.match(name)},
            "the core has no I/O, no clock and no heap")
    if "sim" in libraries:
        rules["sim imports base symbols and text functions"] = imports(
            libraries["sim"], COMPILER | LIBC_TEXT | FORMAT | base | {"free"}, "the model is pure")
    rules["no globals but the log"] = [offence for floor, library in libraries.items() if floor != "obs"
                                       for offence in writable(floor, library)]
    rules["every name is defined once"] = defined_twice(libraries)
    rules["the files of a floor call each other one way"] = [offence for floor, library in libraries.items()
                                                             for offence in circles(floor, library)]
    return rules


def main():
    rules = check(dict(argument.split("=", 1) for argument in sys.argv[1:]))
    print(f"1..{len(rules)}")
    for number, (title, offences) in enumerate(rules.items(), start=1):
        for offence in offences:
            print(f"{offence.file}: {offence.reason}")
        print(f"{'not ok' if offences else 'ok'} {number} - {title}")
    sys.exit(1 if any(rules.values()) else 0)


if __name__ == "__main__":
    main()
