#!/usr/bin/env python3
"""Holds the documentation: every command that it shows exists, and every link leads somewhere.

A command is a line of a ```sh block, or `./x1 …` or `x1 …` in backticks. `./run` and `./test` must know the options that
are shown; an `x1` command must have help. Run from the project's root with X1_BIN set.
"""
import os
import pathlib
import re
import subprocess
import sys

PAGES = [pathlib.Path(name) for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")] + \
    sorted(pathlib.Path("docs").rglob("*.md"))
SHELL = re.compile(r"```sh\n(.*?)```", re.S)
X1 = re.compile(r"`(?:\./)?x1 ([a-z]+)(?: ([a-z]+))?[^`]*`")
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


def has_help(words):
    x1 = pathlib.Path(os.environ["X1_BIN"]) / "x1"
    return subprocess.run([x1, *words, "--help"], capture_output=True, check=False).returncode == 0


def check_links(page, text):
    for link in LINK.findall(text):
        if not re.match(r"[a-z]+:", link) and not (page.parent / link).exists():
            yield f"{page}: {link} leads nowhere"


def check_x1(page, text, known):
    for command, sub in X1.findall(text):
        if command not in known:
            known[command] = has_help([command])
        if not known[command]:
            yield f"{page}: there is no command x1 {command}"
        if command in ("audit", "connect") and sub and not has_help([command, sub]):
            yield f"{page}: there is no command x1 {command} {sub}"


def check_shell(page, text):
    for block in SHELL.findall(text):
        for line in block.splitlines():
            word = line.split("#")[0].split()
            if word and word[0].startswith("./") and not os.access(word[0], os.X_OK):
                yield f"{page}: {word[0]} is no program"
            for option in (part for part in word if word[0] in ("./run", "./test") and part.startswith("--")):
                if option not in pathlib.Path(word[0]).read_text():
                    yield f"{page}: {word[0]} knows no {option}"


def main():
    problems, known = [], {}
    for page in PAGES:
        text = page.read_text()
        problems += [*check_links(page, text), *check_x1(page, text, known), *check_shell(page, text)]
    for problem in problems:
        print(problem)
    print(f"{len(PAGES) + len(known)} passed, {len(problems)} failed, 0 skipped")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
