#!/usr/bin/env python3
"""Holds the layer table: every #include under src/ goes only where cmake/layers.cmake lets its folder look.

The build holds the same rule twice (the CMake functions, the include path); this reads the lines themselves, so that a
slip in the build files can't hide one. Run from the project's root.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path("src")
GROUPS = ("pure", "io", "trusted", "exposed", "untrusted")
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')
LAYER = re.compile(r"^x1_layer\(([^\s)]+)((?:.|\n)*?)\)", re.M)
PROGRAM = re.compile(r"^x1_program_if_written\((\S+)\s+(\S+)\s+SEES\s+([^)]*)\)", re.M)


def table():
    text = pathlib.Path("cmake/layers.cmake").read_text()
    layers = {}
    for folder, rest in LAYER.findall(text):
        sees = re.search(r"\bSEES\b((?:\s+[a-z_/]+)*)", rest)
        layers[folder] = set(sees.group(1).split()) if sees else set()
    programs = {name.replace("-", "_"): set(sees.split()) for name, _, sees in PROGRAM.findall(text)}
    return layers, programs


def reachable(folder, layers):
    """The folders that `folder` sees, directly or through what it sees (headers include headers)."""
    seen, todo = set(), [folder]
    while todo:
        for below in layers.get(todo.pop(), ()):
            if below not in seen:
                seen.add(below)
                todo.append(below)
    return seen


def layer_of(path, layers):
    """The layer that a file belongs to: its folder, or the nearest folder above it that has a line in the table."""
    folders = [str(parent.relative_to(ROOT)) for parent in path.parents if parent != ROOT and ROOT in parent.parents]
    return next((folder for folder in folders if folder in layers), folders[0])


def resolve(include, layers):
    """The layer that an include names, or None when it is not ours."""
    for group in GROUPS:
        path = ROOT / group / include
        if path.exists():
            return layer_of(path, layers)
    return None


def check(path, own, allowed, layers):
    problems = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if not match or (path.parent / match.group(1)).exists():
            continue
        target = resolve(match.group(1), layers)
        if target is None:
            problems.append(f"{path}:{number}: {match.group(1)} is in no layer")
        elif target != own and target not in allowed:
            problems.append(f"{path}:{number}: {own} may not see {target}")
    return problems


def main():
    layers, programs = table()
    problems, files = [], 0
    for path in sorted(ROOT.rglob("*.[ch]pp")):
        folder = layer_of(path, layers)
        files += 1
        if folder == "main":
            allowed = set().union(*({seen} | reachable(seen, layers) for seen in programs.get(path.stem, ())))
        elif folder in layers:
            allowed = reachable(folder, layers)
        else:
            problems.append(f"{path}: its folder has no line in cmake/layers.cmake")
            continue
        problems += check(path, folder, allowed, layers)
    order = list(layers)
    for folder, sees in layers.items():
        group = folder.split("/")[0]
        for seen in sees:
            if order.index(seen) > order.index(folder):
                problems.append(f"cmake/layers.cmake: {folder} looks up at {seen}")
            if seen.split("/")[0] not in {"pure", "io", group} or (group == "pure" and not seen.startswith("pure/")):
                problems.append(f"cmake/layers.cmake: {group} code may not see {seen}")
    if "pure/policy" in set().union(*(reachable(f, layers) for f in layers if f.startswith("io/"))):
        problems.append("cmake/layers.cmake: io can reach policy")
    for problem in problems:
        print(problem)
    print(f"{files - len(problems) if len(problems) < files else 0} passed, {len(problems)} failed, 0 skipped")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
