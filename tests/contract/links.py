#!/usr/bin/env python3
"""Holds what each program may link: the sidecar has few dependencies, a fixed list, and no way to load more (C1).

Reads the dynamic section of each built program. Run from the project's root with X1_BIN set.
"""
import os
import pathlib
import subprocess
import sys

BASE = {"libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2"}
JSON = {"libboost_json.so.1.81.0", "libboost_container.so.1.81.0"}
URL = {"libboost_url.so.1.81.0"}
CRYPTO = {"libcrypto.so.3", "libsodium.so.23"}

# What is here beyond BASE is the program's whole dependency budget.
ALLOWED = {
    "x1-gate": JSON | URL | CRYPTO,
    "x1-sidecar": JSON | URL | CRYPTO,
    "x1-dialer": JSON | URL | CRYPTO | {"libssl.so.3"},
    "x1-vault": JSON | URL | CRYPTO,
    "x1-resolver": JSON | URL | CRYPTO | {"libcares.so.2"},
    "x1-relay": set(),
    "x1-edge": JSON | URL | CRYPTO,
    "x1-init": set(),
}
# A program that imports one of these could bring in code that nobody reviewed.
LOADERS = ("dlopen", "dlmopen")


def needed(program):
    text = subprocess.run(["readelf", "-dW", program], capture_output=True, text=True, check=True).stdout
    return {line.split("[")[1].rstrip("]") for line in text.splitlines() if "(NEEDED)" in line}


def undefined(program):
    text = subprocess.run(["readelf", "--dyn-syms", "-W", program], capture_output=True, text=True, check=True).stdout
    return {line.split()[-1].split("@")[0] for line in text.splitlines() if " UND " in line}


def hardening(program):
    headers = subprocess.run(["readelf", "-hlW", program], capture_output=True, text=True, check=True).stdout
    dynamic = subprocess.run(["readelf", "-dW", program], capture_output=True, text=True, check=True).stdout
    problems = []
    if "DYN (" not in headers:
        problems.append("is not position independent")
    if "GNU_RELRO" not in headers or "NOW" not in dynamic:
        problems.append("has writable relocations")
    stack = [line for line in headers.splitlines() if "GNU_STACK" in line]
    if not stack or "RWE" in stack[0]:
        problems.append("has an executable stack")
    return problems


def main():
    folder = pathlib.Path(os.environ["X1_BIN"])
    problems, checks = [], 0
    for name, allowed in ALLOWED.items():
        program = folder / name
        if not program.exists():
            problems.append(f"{name}: was not built")
            continue
        checks += 3
        extra = needed(program) - BASE - allowed
        problems += [f"{name}: links {library}" for library in sorted(extra)]
        problems += [f"{name}: imports {symbol}" for symbol in LOADERS if symbol in undefined(program)]
        problems += [f"{name}: {problem}" for problem in hardening(program)]
    for problem in problems:
        print(problem)
    print(f"{max(checks - len(problems), 0)} passed, {len(problems)} failed, 0 skipped")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
