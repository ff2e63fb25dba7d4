"""A strict reader of Prometheus' text format 0.0.4: what a scraper would forgive, this one does not."""

import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
SAMPLE = re.compile(rf"({NAME})(?:\{{([^}}]*(?:\}}[^}}]*)*)\}})? (-?\d+(?:\.\d+)?)")


class Refused(Exception):
    pass


def labels_of(text):
    """name="value", ... with nothing before, between or after them."""
    labels, at = {}, 0
    while at < len(text):
        found = LABEL.match(text, at)
        if not found or found[1] in labels:
            raise Refused(f"labels: {text}")
        labels[found[1]] = re.sub(r"\\(.)", lambda escape: "\n" if escape[1] == "n" else escape[1], found[2])
        at = found.end()
        if at < len(text):
            if text[at] != "," or at + 1 == len(text):
                raise Refused(f"labels: {text}")
            at += 1
    return labels


def read(text):
    """{name: {frozenset of labels: value}}. Each family stands together, with one HELP and one TYPE before its samples."""
    if not text.endswith("\n"):
        raise Refused("the last line has no end")
    families, helped, family, expected = {}, set(), None, None
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            found = re.fullmatch(rf"# HELP ({NAME}) (.+)", line)
            if not found or found[1] in helped:
                raise Refused(line)
            helped.add(found[1])
            family = None
            expected = found[1]
        elif line.startswith("# TYPE "):
            found = re.fullmatch(rf"# TYPE ({NAME}) (gauge|counter)", line)
            if not found or found[1] != expected or found[1] in families:
                raise Refused(line)
            family = found[1]
            families[family] = {}
        else:
            found = SAMPLE.fullmatch(line)
            if not found or found[1] != family:
                raise Refused(line)
            labels = frozenset(labels_of(found[2] or "").items())
            if labels in families[family]:
                raise Refused(f"twice: {line}")
            families[family][labels] = float(found[3])
    empty = [name for name, samples in families.items() if not samples]
    if empty or helped != set(families):
        raise Refused(f"no samples: {empty or helped ^ set(families)}")
    return families


def value(families, name, **labels):
    return families[name][frozenset(labels.items())]
