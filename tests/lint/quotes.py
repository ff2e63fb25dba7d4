"""What is planted in the source to try the tests is quoted from it: a line that was changed there is changed here too."""

import ast
import os

import tree
from tree import Offence

# file with the quotes -> the lists in it, and the folder that their files are in
QUOTING = {
    "tests/sim/faults.py": (("PLANTED", "PLANTED_AT_NIGHT"), "src"),
    "tests/unit/core/mutants.py": (("MUTANTS",), "src/core"),
}


def rows_of(text, names):
    """(line number, row) of each row of the module's lists with these names."""
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.Assign) and statement.targets[0].id in names:
            for row in statement.value.elts:
                yield row.lineno, ast.literal_eval(row)


def quotes_stand_once(root):
    """Every text that a planted fault replaces stands once in its file."""
    offences = []
    for quoting, (names, folder) in QUOTING.items():
        if not os.path.exists(os.path.join(root, quoting)):
            continue
        for line, (wrong, file, text, _instead) in rows_of(tree.read(root, quoting), names):
            path = os.path.join(folder, file)
            if not os.path.exists(os.path.join(root, path)):
                offences.append(Offence(quoting, line, f"\"{wrong}\": there is no {path}"))
                continue
            times = tree.read(root, path).count(text)
            if times != 1:
                offences.append(Offence(quoting, line, f"\"{wrong}\": its text stands {times} times in {path}"))
    return offences


RULES = (quotes_stand_once,)

if __name__ == "__main__":
    tree.main(*RULES)
