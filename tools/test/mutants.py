#!/usr/bin/env python3
"""Breaks each protection on purpose, one at a time, and demands that its test then fails.

tests/hostile/mutations/NAME.patch is a unified diff that takes one guard away, with two lines before it:
    # test: TARGET FILTER      the test program, and the doctest filter of the test that must bite; or a script under
                               tests/ that runs the whole platform, and the beginning of its check's name
    # why: what is broken
The tree is copied to build/mutants, so that nothing here is ever changed in place. Run from anywhere.
    mutants.py [NAME…]         only those
    mutants.py --fit           only whether each can still be made: nothing is built
"""
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATCHES = ROOT / "tests/hostile/mutations"
TREE = ROOT / "build/mutants/tree"
# As deep below its sources as build/dev is: the compiler cache then knows most objects already.
BUILD = TREE / "build/dev"
COPIED = ("CMakeLists.txt", "CMakePresets.json", "cmake", "demo", "schema", "src", "tests")
PROGRAMS = {"x1", "x1-adapter", "x1-api", "x1-dialer", "x1-edge", "x1-evil-provider", "x1-gate", "x1-init", "x1-provider-calendar", "x1-relay",
            "x1-resolver", "x1-sidecar", "x1-vault"}
PATIENCE = 300  # seconds for one test


class Mutant:
    def __init__(self, path):
        self.name = path.stem
        text = path.read_text()
        self.target, self.filter = re.search(r"^# test: (\S+) (.+)$", text, re.M).groups()
        self.is_script = self.target.endswith(".py")
        self.programs = PROGRAMS if self.is_script else {self.target}
        self.edits = list(edits_of(text))

    def mutated(self, tree=TREE):
        """Path → text of every file that it changes."""
        files = {}
        for name, old, new in self.edits:
            text = files.get(name) or (tree / name).read_text()
            if text.count(old) != 1:
                raise ValueError(f"{name} does not have the patch's lines exactly once")
            files[name] = text.replace(old, new)
        return files


def edits_of(text):
    """(file, lines before, lines after) of each hunk. Line numbers are not looked at: sources move."""
    name, old, new = None, [], []
    for line in text.splitlines() + ["@@"]:
        if line.startswith("+++ "):
            name = line[4:].split("\t")[0].removeprefix("b/")
        elif line.startswith("@@") or line.startswith("--- "):
            if old:
                yield name, "\n".join(old) + "\n", "".join(part + "\n" for part in new)
            old, new = [], []
        elif name and line[:1] in (" ", "-", "+"):
            if line[0] != "+":
                old.append(line[1:])
            if line[0] != "-":
                new.append(line[1:])


def write_if_other(path, content):
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def copy_tree():
    wanted = set()
    for name in COPIED:
        top = ROOT / name
        for source in [top] if top.is_file() else [path for path in top.rglob("*") if path.is_file()]:
            relative = source.relative_to(ROOT)
            if "node_modules" in relative.parts:
                continue
            wanted.add(relative)
            write_if_other(TREE / relative, source.read_bytes())
            (TREE / relative).chmod(source.stat().st_mode)
    for name in COPIED:
        for stale in (TREE / name).rglob("*"):
            if stale.is_file() and stale.relative_to(TREE) not in wanted:
                stale.unlink()


def build(targets):
    """None, or the end of what the compiler said."""
    done = subprocess.run(["ninja", "-C", BUILD, *sorted(targets)], capture_output=True, text=True)
    return None if done.returncode == 0 else "\n".join((done.stdout + done.stderr).splitlines()[-15:])


def run(mutant):
    """(whether it passed, how many tests ran, the line that failed)"""
    env = os.environ | {"X1_BIN": str(BUILD / "bin")}
    command = [BUILD / "test" / mutant.target, "--no-colors", f"-tc={mutant.filter}"]
    if mutant.is_script:
        command = [sys.executable, TREE / mutant.target]
    try:
        done = subprocess.run(command, cwd=TREE, env=env, capture_output=True, text=True, errors="replace",
                              timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return False, 1, "it did not end"
    if mutant.is_script:
        checks = [line for line in done.stdout.splitlines() if line[5:].startswith(mutant.filter)]
        failed = [line for line in checks if line.startswith("FAIL")]
        return not failed, len(checks), failed[0] if failed else ""
    ran = re.search(r"test cases:\s*(\d+)", done.stdout)
    error = re.search(r"^\S*?([^/\s]+:\d+): (?:FATAL )?ERROR: (.*)$", done.stdout, re.M)
    return done.returncode == 0, int(ran.group(1)) if ran else 0, " ".join(error.groups()) if error else "it crashed"


def configure():
    if not (BUILD / "build.ninja").exists():
        subprocess.run(["cmake", "--preset", "dev", "-S", TREE, "-B", BUILD], cwd=TREE, check=True,
                       stdout=subprocess.DEVNULL)


def try_out(mutant):
    """None when the mutant was bitten, else what went wrong; says which of the two."""
    try:
        files = mutant.mutated()
    except ValueError as error:
        return str(error)
    before = {name: (TREE / name).read_bytes() for name in files}
    try:
        for name, text in files.items():
            write_if_other(TREE / name, text.encode())
        if problem := build(mutant.programs):
            return "does not build:\n" + problem
        passed, _, where = run(mutant)
    finally:
        for name, content in before.items():
            write_if_other(TREE / name, content)
    if passed:
        return f"SURVIVED {mutant.target} {mutant.filter}"
    print(f"{mutant.name}: bitten by {mutant.filter} ({where})", flush=True)
    return None


def as_it_is(mutant):
    """None when the mutant's test passes on the unbroken tree, as it must."""
    passed, ran, where = run(mutant)
    return None if passed and ran else f"its test does not pass as it is: {where if ran else 'no such test'}"


def fit():
    """Whether the sources still have each mutant's lines; sources move, and nobody looks at a patch that they leave."""
    failed, mutants = 0, [Mutant(path) for path in sorted(PATCHES.glob("*.patch"))]
    for mutant in mutants:
        try:
            mutant.mutated(ROOT)
        except (ValueError, OSError) as problem:
            failed += 1
            print(f"{mutant.name}: {problem}")
    print(f"{len(mutants) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not mutants else 0


def main():
    if sys.argv[1:] == ["--fit"]:
        return fit()
    chosen = [Mutant(path) for path in sorted(PATCHES.glob("*.patch")) if path.stem in sys.argv[1:] or not sys.argv[1:]]
    copy_tree()
    configure()
    if problem := build(set().union(*(mutant.programs for mutant in chosen))):
        print(problem)
        print("the tree does not build as it is")
        print("0 passed, 1 failed, 0 skipped")
        return 1
    # All of them before the first mutant is built: the programs stay as they were built last.
    healthy = {(mutant.target, mutant.filter): as_it_is(mutant) for mutant in chosen}
    failed = 0
    for mutant in chosen:
        problem = healthy[mutant.target, mutant.filter] or try_out(mutant)
        if problem:
            failed += 1
            print(f"{mutant.name}: {problem}", flush=True)
    print(f"{len(chosen) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
