"""Writes the sample files as C arrays (a string literal would pass the length that ISO C promises)."""
import pathlib
import sys

target, *sources = map(pathlib.Path, sys.argv[1:])
lines = ['#include "sample.h"', ""]
for source in sources:
    data = source.read_bytes()
    numbers = ",".join(map(str, data + b"\0"))
    lines += [f"static const char {source.stem}[] = {{{numbers}}};",
              f"const struct gw_sample gw_sample_{source.stem} = {{{source.stem}, {len(data)}}};"]
target.write_text("\n".join(lines) + "\n")
