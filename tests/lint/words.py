"""One word per thing: the states, phases and proofs in the database's checks are the core's own names."""

import re

import tree
from tree import Offence

# column -> (where the core spells its words, how an entry of that table begins)
TABLES = {
    "state": ("src/core/record.c", "GW_STATE_"),
    "phase": ("src/core/record.c", "GW_PHASE_"),
    "proof": ("src/core/answer.c", "GW_PROOF_"),
}


def core_words(root, source, prefix):
    entry = re.compile(rf'\[{prefix}(?!NONE\])\w+\]\s*=\s*"(\w+)"')
    return set(entry.findall(tree.COMMENT.sub("", tree.read(root, source))))


def sql_words(text, column):
    """(line, word) for each word that `column` is compared with, by = or <> or IN (...)."""
    compared = re.compile(rf"(?<![\w.]){column}\s*(?:=|<>)\s*'(?P<one>\w*)'"
                          rf"|(?<![\w.]){column}\s+(?:NOT\s+)?IN\s*\((?P<many>[^)]*)\)", re.IGNORECASE)
    for line, match in tree.matches(text, compared):
        words = [match.group("one")] if match.group("many") is None else re.findall(r"'(\w*)'", match.group("many"))
        for word in words:
            if word:
                yield line, word


def database_says_what_the_core_says(root):
    """The database knows the core's words, all of them and no others."""
    offences = []
    texts = {path: tree.read(root, path) for path in tree.files(root, ".sql", under=("migrations",))}
    for column, (source, prefix) in TABLES.items():
        known, seen = core_words(root, source, prefix), set()
        for path, text in texts.items():
            for line, word in sql_words(text, column):
                seen.add(word)
                if word not in known:
                    offences.append(Offence(path, line, f"{column} '{word}': {source} does not know that word"))
        offences += [Offence(source, 1, f"{column} '{word}': no migration knows that word")
                     for word in sorted(known - seen)]
    return offences


RULES = (database_says_what_the_core_says,)

if __name__ == "__main__":
    tree.main(*RULES)
