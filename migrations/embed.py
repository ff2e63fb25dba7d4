"""Writes the migrations as C arrays (string literals would pass the length that ISO C promises)."""
import pathlib
import sys

target, *sources = sys.argv[1:]
lines = ['#include "migrations.h"', ""]
entries = []
for source in map(pathlib.Path, sources):
    name = "sql_" + source.stem.split("_")[0]
    numbers = ",".join(map(str, source.read_bytes() + b"\0"))
    lines.append(f"static const char {name}[] = {{{numbers}}};")
    entries.append(f'    {{"{source.stem}", {name}}},')
lines += ["", "const struct gw_migration gw_migrations[] = {", *entries, "};"]
lines += [f"const int gw_migrations_count = {len(entries)};"]
pathlib.Path(target).write_text("\n".join(lines) + "\n")
