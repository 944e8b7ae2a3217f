#!/usr/bin/env python3
"""Checks every model with Spin, and that no guard of schema/states.toml can go without Spin and a test in C++ seeing it.

    check.py              all models; then each guard taken out of its models, out of the C++ transition functions, and,
                          when it is a state, out of what the database refuses
    check.py NAME…        only these guards (challenge.redeem.same_actor)

A model is searched whole and stands alone; it must end within LIMIT seconds of a processor's time. Without a guard the
search of one of the models that it is in has to find an error. In C++ the files that take the step (the database: that
of the triggers) are compiled with the guard left out and linked to the test program of their folder, of the build that
X1_BUILD names (or build/dev), which then has to fail. A state that the database can't refuse is named, and why.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import resource
import shlex
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("X1_BUILD", ROOT / "build/dev"))
WORK = ROOT / "build/models"
sys.path.insert(0, str(ROOT / "tools/states"))
import generate  # noqa: E402

LIMIT = 60  # seconds of a processor's time for one model
PATIENCE = 540  # seconds of any time for one program
CUT = ("max search depth too small", "out of memory", "hash table full", "Search not completed")


def run(command, cwd, limit=None):
    """What it said, and its exit status; 124 when it did not end in time."""
    def limited():
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
    try:
        done = subprocess.run([str(word) for word in command], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace", timeout=PATIENCE, preexec_fn=limited if limit else None)
    except subprocess.TimeoutExpired:
        return "it did not end", 124
    return done.stdout, done.returncode


def search(text, name, optimised):
    """What pan said of the model `text`."""
    folder = WORK / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.pml").write_text(text)
    # The state of the largest model has some 80 bytes: masking it (without NOCOMP) takes a third of the time.
    compile_it = ["clang-19", "-O3" if optimised else "-O1", "-w", "-DSAFETY", "-DNOBOUNDCHECK", "-DNOCOMP",
                  "-DVECTORSZ=512", "-o", "pan", "pan.c"]
    for command in (["spin", "-a", "model.pml"], compile_it):
        said, status = run(command, folder)
        if status:
            return f"{command[0]} failed: {said[-800:]}"
    return run(["./pan", "-m100000", "-w24" if optimised else "-w20"], folder, LIMIT)[0]


def check_model(path):
    """None when the whole of it was searched without an error, or what is wrong."""
    before = time.monotonic()
    said = search(path.read_text(), path.stem, optimised=True)
    states = re.search(r"(\d\S*) states, stored", said)
    if "errors: 0" not in said or not states or any(word in said for word in CUT):
        return said[-1200:]
    print(f"  {path.name}: {float(states.group(1)):,.0f} states, no error, {time.monotonic() - before:.0f} s", flush=True)
    return None


def spin_misses(machines, name, guard):
    """None when a model without the guard has an error, or what is wrong."""
    said = "it is in no model"
    for path in generate.models_of(guard):
        said = search(generate.model(machines, path, name), name, optimised=False)
        if "assertion violated" in said:
            return None
    return f"Spin finds nothing wrong without it: {said[-400:]}"


class Programs:
    """The test programs of the build, and how they and their objects are made."""

    def __init__(self):
        entries = json.loads((BUILD / "compile_commands.json").read_text())
        self.commands = {entry["file"]: shlex.split(entry["command"]) for entry in entries}
        self.sources = {path: path.read_text() for path in (ROOT / "src").rglob("*.cpp")
                        if not re.search(r"_(test|fuzz)$", path.stem)}

        self.passed = {}

    def takers(self, step):
        """The files that take a step, by their folder."""
        folders = {}
        for path, text in self.sources.items():
            if re.search(rf"\bstep::{step}\b", text):
                folders.setdefault(path.parent.relative_to(ROOT / "src"), []).append(path)
        return folders

    def compiled(self, path, folder):
        """The object of `path`, made with the headers of `folder` before all others."""
        command = list(self.commands[str(path)])
        target = folder / (path.stem + ".o")
        command[command.index("-o") + 1] = str(target)
        said, status = run([command[0], f"-I{folder}", *command[1:]], BUILD)
        if status:
            raise ValueError(f"{path.name} does not compile: {said[-800:]}")
        return target

    def healthy(self, layer):
        """Whether the test program of the folder passes as it is, as it must for its failure to say anything."""
        name = "x1_" + str(layer).replace("/", "_") + "_test"
        if name not in self.passed:
            self.passed[name] = run([BUILD / "test" / name], ROOT)[1] == 0
        return self.passed[name]

    def linked(self, layer, objects, folder):
        """The test program of the folder `layer`, with `objects` in the place of its own."""
        name = "x1_" + str(layer).replace("/", "_") + "_test"
        lines, _ = run(["ninja", "-C", BUILD, "-t", "commands", f"test/{name}"], ROOT)
        # ": && COMMAND && :"
        command = shlex.split(lines.splitlines()[-1].split("&&")[1])
        target = folder / name
        at = command.index("-o")
        command[at + 1] = str(target)
        first = next(index for index, word in enumerate(command) if word.endswith(".o"))
        said, status = run([*command[:first], *objects, *command[first:]], BUILD)
        if status:
            raise ValueError(f"{name} does not link: {said[-800:]}")
        return target


def fails(layer, paths, folder, programs):
    """Whether the tests of the folder `layer` fail with these files compiled anew. ValueError: that can't be told."""
    if not programs.healthy(layer):
        raise ValueError(f"the tests of {layer} do not pass as they are")
    program = programs.linked(layer, [programs.compiled(path, folder) for path in paths], folder)
    said, status = run([program, "--no-colors"], ROOT)
    program.unlink()
    return bool(status and re.search(r"test cases:.*[1-9]\d* failed", said))


def tests_miss(machines, name, guard, programs):
    """None when a test fails without the guard, or what is wrong."""
    step = generate.pascal(guard[1]) + generate.pascal(guard[0])
    folder = WORK / name / "cpp"
    (folder / "policy").mkdir(parents=True, exist_ok=True)
    (folder / "policy/states.hpp").write_text(generate.header(machines, name))
    takers = programs.takers(step)
    if not takers:
        return f"nothing takes the step {step}"
    if any(fails(layer, paths, folder, programs) for layer, paths in takers.items()):
        return None
    return f"no test of {', '.join(map(str, takers))} fails without it"


def database_tests_miss(machines, name, programs):
    """The same of a state that the database refuses."""
    folder = WORK / name / "sql"
    folder.mkdir(parents=True, exist_ok=True)
    source = next(path for path in programs.sources if path.name == "state_triggers.cpp")
    without = folder / source.name
    without.write_text(generate.triggers(machines, name))
    programs.commands[str(without)] = [str(without) if word == str(source) else word
                                       for word in programs.commands[str(source)]]
    layer = source.parent.relative_to(ROOT / "src")
    return None if fails(layer, [without], folder, programs) else f"no test of {layer} fails without it"


def problem_of(job):
    _, check, arguments = job
    try:
        return check(*arguments)
    except ValueError as problem:
        return str(problem)


def main():
    machines = generate.tables()
    guards = generate.guards_of(machines)
    chosen = {name: guard for name, guard in guards.items() if name in sys.argv[1:] or not sys.argv[1:]}
    programs = Programs()
    jobs = [] if sys.argv[1:] else [(path.name, check_model, (path,)) for path in generate.MODELS]
    for name, guard in chosen.items():
        jobs.append((f"{name}, by Spin", spin_misses, (machines, name, guard)))
        jobs.append((f"{name}, by the tests", tests_miss, (machines, name, guard, programs)))
    for name, (machine, step) in generate.sql_guards_of(machines).items():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        why = generate.not_refused(machines, machine, step)
        if why:
            print(f"  {name} is none of the database: {why}", flush=True)
        else:
            jobs.append((f"{name}, by the database's tests", database_tests_miss, (machines, name, programs)))
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for (what, _, _), problem in zip(jobs, pool.map(problem_of, jobs)):
            if problem:
                failed += 1
            print(f"{'FAIL' if problem else 'ok  '} {what}" + (f": {problem}" if problem else ""), flush=True)
    print(f"{len(jobs) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not jobs else 0


if __name__ == "__main__":
    sys.exit(main())
