#!/usr/bin/env python3
"""Holds docs/threat-model.md: every row of its table names tests that exist.

The last cell of a row is a list of `file: name of a test`; the file must contain the name. Every invariant of the list
below must have a row. Run from the project's root.
"""
import pathlib
import re
import sys

INVARIANTS = ("A1", "A2", "A3", "A4", "B1", "B2", "B3", "C1", "C2", "C3", "D1", "D2", "D3", "D4", "D5", "E1", "E2", "E3",
              "F1", "G1", "H1", "H2")
REFERENCE = re.compile(r"`([^`:]+): ([^`]+)`")


def rows():
    for line in pathlib.Path("docs/threat-model.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 5 and re.fullmatch(r"[A-Z]\d", cells[0]):
            yield cells


def main():
    problems, held, seen = [], 0, set()
    for invariant, claim, _, where, tests in rows():
        seen.add(invariant)
        for path in re.findall(r"`([^`]+)`", where):
            if not pathlib.Path(path).exists():
                problems.append(f"{invariant}: {path} does not exist")
        references = REFERENCE.findall(tests)
        if not references:
            problems.append(f"{invariant}: \"{claim}\" names no test")
        for path, name in references:
            file = pathlib.Path(path)
            if not file.exists() or name not in file.read_text():
                problems.append(f"{invariant}: there is no test \"{name}\" in {path}")
            else:
                held += 1
    problems += [f"{name}: has no row" for name in INVARIANTS if name not in seen]
    for problem in problems:
        print(problem)
    print(f"{held} passed, {len(problems)} failed, 0 skipped")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
