"""Writes the sample configuration as a C array (a string literal would pass the length that ISO C promises)."""
import pathlib
import sys

target, source = map(pathlib.Path, sys.argv[1:])
data = source.read_bytes()
numbers = ",".join(map(str, data + b"\0"))
target.write_text(f'#include "sample.h"\n\nconst char gw_sample_config[] = {{{numbers}}};\n'
                  f"const size_t gw_sample_config_len = {len(data)};\n")
