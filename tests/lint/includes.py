"""The include law: an include line may only point down."""

import os
import re

import tree
from tree import Offence

# Which floor a third-party header belongs to: each library has one home.
HOME = {
    "sqlite3.h": {"store"},
    "curl/": {"net"},
    "systemd/": {"obs"},
    "uv.h": {"net"},
    "openssl/": {"smartag"},
    "gnutls/": {"simserver"},  # the simulated cloud checks signatures with another library than the one that made them
    "cjson/": {"smartag"},
    "expat.h": {"smartag"},
    "libfyaml.h": {"conf"},
    "microhttpd.h": {"simserver"},
}
# Clocks, files, sockets and threads: what the pure floors must not even name.
PURE_FLOORS = {"base", "core", "sim"}
PURE_HEADERS = {"inttypes.h", "limits.h", "stdalign.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "stdio.h",
                "stdlib.h", "string.h", "strings.h"}
# A floor that has grown has rooms, each a folder; each may use those that stand before it, and what lies outside of all.
ROOMS = {"app": ("keys", "cloud", "rollout", "plan", "tell", "notify", "run", "control", "night", "doctor")}
# So has the simulator.
SIMULATOR = ("stage", "disk", "network", "machine", "check", "life", "nights", "story")
# The header that has the sub-machines of the core, in their order.
MACHINE = os.path.join("src", "core", "machine.h")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)


def includes(root, *suffixes):
    """(file, its floor, line, bracket, header) for each include line of src and include."""
    for path in tree.files(root, *suffixes, under=("include", "src")):
        for line, match in tree.matches(tree.read(root, path), INCLUDE):
            yield path, tree.floor_of(path), line, match.group(1), match.group(2)


def floors_point_down(root):
    """Include lines point down."""
    offences = []
    for path, floor, line, _, header in includes(root, ".c", ".h"):
        if not header.startswith("gatewave/"):
            continue
        target = header.split("/")[1]
        if floor not in tree.MAY_USE:
            offences.append(Offence(path, line, f"{os.path.dirname(path)} is not a floor of the house"))
        elif target not in tree.MAY_USE[floor]:
            allowed = ", ".join(sorted(tree.MAY_USE[floor] - {floor})) or "nothing else"
            offences.append(Offence(path, line, f"{floor} may not use {target}; it may use {allowed}"))
    return offences


def libraries_stay_home(root):
    """Each third-party library is included by one floor only."""
    offences = []
    for path, floor, line, _, header in includes(root, ".c", ".h"):
        for prefix, homes in HOME.items():
            if header.startswith(prefix) and floor not in homes:
                offences.append(Offence(path, line, f"<{header}> belongs to {' and '.join(sorted(homes))} only"))
    return offences


def pure_floors_stay_pure(root):
    """The floors without I/O include no header that can do any."""
    offences = []
    for path, floor, line, bracket, header in includes(root, ".c", ".h"):
        if floor in PURE_FLOORS and bracket == "<" and header not in PURE_HEADERS:
            offences.append(Offence(path, line, f"{floor} may not include <{header}>: no I/O, no clock, no thread"))
    return offences


def room_of(path):
    """The room of src/FLOOR/ROOM/...; "" for what lies outside of all."""
    parts = path.split(os.sep)
    return parts[2] if parts[0] == "src" and len(parts) > 3 else ""


def private_home(root, path, floor, header):
    """Where a quoted private header lies: beside the file, at the top of the floor, or in a room of it."""
    for folder in (os.path.dirname(path), os.path.join("src", str(floor))):
        if os.path.exists(os.path.join(root, folder, header)):
            return os.path.join(folder, header)
    return None


def private_headers_stay_private(root):
    """A quoted include is a public header by its full path or a private one of the same floor."""
    offences = []
    for path, floor, line, bracket, header in includes(root, ".c", ".h"):
        if bracket != '"':
            continue
        if header.startswith("gatewave/"):
            if not os.path.exists(os.path.join(root, "include", header)):
                offences.append(Offence(path, line, f'"{header}" is not there'))
        elif ".." in header or header.count("/") > 1 or ("/" in header and header.split("/")[0] not in
                                                         ROOMS.get(floor, ())):
            offences.append(Offence(path, line, f'"{header}" reaches into another folder'))
        # Generated sources (the migrations) come from meson and have no file here.
        elif private_home(root, path, floor, header) is None and not header.startswith("gen-"):
            offences.append(Offence(path, line, f'"{header}" is not there; private headers stand beside their .c'))
    return offences


def rooms_point_down(root):
    """A room uses those before it only."""
    offences = []
    for path, floor, line, bracket, header in includes(root, ".c", ".h"):
        rooms = ("",) + ROOMS.get(floor, ())
        own = room_of(path)
        if own and own not in rooms:
            offences.append(Offence(path, line, f"{os.path.dirname(path)} is not a room: tests/lint/includes.py has them"))
            continue
        if bracket != '"':
            continue
        if header.startswith(f"gatewave/{floor}/"):
            # A public header's room is that of the source that it belongs to.
            name = os.path.basename(header)[:-2] + ".c"
            homes = [room for room in rooms if os.path.exists(os.path.join(root, "src", str(floor), room, name))]
            used = homes[0] if homes else ""
        else:
            used = room_of(private_home(root, path, floor, header) or "")
        if used and path.startswith("src") and rooms.index(used) > rooms.index(own):
            offences.append(Offence(path, line, f'the room {own or "outside"} may not use {used} ("{header}")'))
    return offences


def simulator_rooms_point_down(root):
    """A room of the simulator uses those before it only; its tests may use any."""
    offences = []
    for path in tree.files(root, ".c", ".h", under=(os.path.join("tests", "sim"),)):
        parts = path.split(os.sep)
        if len(parts) < 4 or parts[-1].startswith("test_"):
            continue
        if parts[2] not in SIMULATOR:
            offences.append(Offence(path, 1, f"{os.path.dirname(path)} is not a room: tests/lint/includes.py has them"))
            continue
        later = SIMULATOR[SIMULATOR.index(parts[2]) + 1:]
        for line, match in tree.matches(tree.read(root, path), INCLUDE):
            used = match.group(2).split("/")[0]
            if match.group(1) == '"' and used in later:
                offences.append(Offence(path, line, f'the room {parts[2]} may not use {used} ("{match.group(2)}")'))
    return offences


def sub_machines_point_down(root):
    """A sub-machine of the core uses those only that stand before it in machine.h."""
    if not os.path.exists(os.path.join(root, MACHINE)):
        return []
    sections = re.split(r"^/\* ---- (\w+\.c) ---- \*/$", tree.read(root, MACHINE), flags=re.MULTILINE)[1:]
    order, offences = sections[::2], []
    home = {name: file for file, text in zip(order, sections[1::2]) for name in re.findall(r"\b(gw_\w+)\(", text)}
    for own, file in enumerate(order):
        path = os.path.join("src", "core", file)
        for line, match in tree.matches(tree.read(root, path), re.compile(r"\bgw_\w+\b")):
            if order.index(home.get(match.group(0), file)) > own:
                offences.append(Offence(path, line, f"{file} may not use {match.group(0)}: {home[match.group(0)]} stands"
                                                    " behind it in machine.h"))
    return offences


def own_header_first(root):
    """A .c file that has a public header includes it before anything else, which proves that it stands alone."""
    offences = []
    first_seen = set()
    for path, floor, line, _, header in includes(root, ".c"):
        if path in first_seen or floor is None:
            continue
        first_seen.add(path)
        own = f"gatewave/{floor}/{os.path.basename(path)[:-2]}.h"
        if os.path.exists(os.path.join(root, "include", own)) and header != own:
            offences.append(Offence(path, line, f'the first include must be "{own}"'))
    return offences


def headers_guarded(root):
    """A header's guard is its path."""
    offences = []
    for path in tree.files(root, ".h", under=("include", "src")):
        inside = path[len("include/"):] if path.startswith("include/") else path.replace("src/", "gatewave/src/", 1)
        guard = re.sub(r"[^A-Z0-9]", "_", inside.upper())
        if not tree.read(root, path).startswith(f"#ifndef {guard}\n#define {guard}\n"):
            offences.append(Offence(path, 1, f"must open with the guard {guard}"))
    return offences


RULES = (floors_point_down, libraries_stay_home, pure_floors_stay_pure, private_headers_stay_private, rooms_point_down,
         simulator_rooms_point_down, sub_machines_point_down, own_header_first, headers_guarded)

if __name__ == "__main__":
    tree.main(*RULES)
