#!/usr/bin/env python3
"""Holds the house rules that a program can check: sizes, READMEs, words that must not stand in the tree.

Run from the project's root.
"""
import pathlib
import re
import subprocess
import sys

MAX_LINES, MAX_TEST_LINES = 400, 600
CODE = {".cpp", ".hpp", ".py", ".sh", ".mjs", ".cmake"}
FORBIDDEN = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b")
# No secret is compared: it is looked up by its digest, opens a box or does not; a signature is verified. A comparison
# that stops at the first difference tells how much of a guess was right.
HASTY = re.compile(r"\b(mem|str)n?cmp\(|expose\(\)\)?\s*[=!]=|[=!]=\s*[\w.>-]+expose\(\)|signature\s*[=!]=(?!\s*nullptr)|[=!]=\s*signature\b(?!\.size)")
# Whose turn it is, is given to whoever acts in it. Only these ask which one is open: to close it, or to go on with it.
OPEN_TURN = re.compile(r"turns\.current\(\)")
ASKS_FOR_OPEN_TURN = {"turn_loop.cpp", "key_desk.cpp"}
FORBIDDEN_NAMES = re.compile(r"(helper|util|common|manager|misc)s?\b")


def tracked():
    listing = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True)
    return [pathlib.Path(line) for line in listing.stdout.splitlines() if pathlib.Path(line).is_file()]


def too_long(path, lines):
    limit = MAX_TEST_LINES if "test" in path.name or path.parts[0] == "tests" else MAX_LINES
    return [f"{path}: {len(lines)} lines, more than {limit}"] if len(lines) > limit else []


def check_file(path):
    problems = []
    if path.suffix in CODE:
        lines = path.read_text().splitlines()
        problems += too_long(path, lines)
        problems += [f"{path}:{n}: unfinished work" for n, line in enumerate(lines, 1) if FORBIDDEN.search(line)]
        if path.parts[0] == "src" and path.parts[1] in ("pure", "trusted") and "_test" not in path.name:
            problems += [f"{path}:{n}: compares what is secret in haste" for n, line in enumerate(lines, 1)
                         if HASTY.search(line)]
        if path.parts[0] == "src" and "_test" not in path.name and path.name not in ASKS_FOR_OPEN_TURN:
            problems += [f"{path}:{n}: acts in whichever turn is open" for n, line in enumerate(lines, 1)
                         if OPEN_TURN.search(line)]
        if path.parts[0] == "src" and FORBIDDEN_NAMES.search(path.stem):
            problems.append(f"{path}: a name that says nothing")
    return problems


def check_readmes(files):
    folders = {path.parent for path in files if path.parts[0] == "src" and path.suffix in {".cpp", ".hpp"}}
    return [f"{folder}: has no README.md" for folder in sorted(folders) if not (folder / "README.md").exists()]


def check_codes_documented():
    text = pathlib.Path("src/pure/base/error.cpp").read_text()
    documented = pathlib.Path("docs/errors.md").read_text()
    return [f"docs/errors.md: does not explain {code}"
            for code in re.findall(r'return "(\w+)"', text) if f"`{code}`" not in documented]


def main():
    files = tracked()
    problems = check_readmes(files) + check_codes_documented()
    for path in files:
        problems += check_file(path)
    for problem in problems:
        print(problem)
    checked = len(files)
    print(f"{max(checked - len(problems), 0)} passed, {len(problems)} failed, 0 skipped")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
