#!/usr/bin/env python3
"""Adds up what the test programs say of themselves. Reads the output of `ctest --verbose` from stdin.

Prints each failure's output, each skip with its reason, and last "N passed, N failed, N skipped". A program that says
nothing of its cases counts as one. Exit status 1 when anything failed, or when `--no-skips` was given and anything was
skipped.
"""
import re
import sys

LINE = re.compile(r"^(\d+): (.*)$")
START = re.compile(r"^\s*Start\s+(\d+): (\S+)")
END = re.compile(r"^\s*\d+/\d+ Test\s+#(\d+): (\S+) \.*\s*(\**\s*\w.*?)\s+[\d.]+ sec")
DOCTEST = re.compile(r"\[doctest\] test cases:\s*(\d+)\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed\s*\|\s*(\d+) skipped")
COUNTS = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$")
SKIPPED = re.compile(r"^skipped: (.+)$")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def counts_of(lines):
    """(passed, failed) of one program by its own words, or None."""
    for line in reversed(lines):
        if match := DOCTEST.search(line):
            return int(match.group(2)), int(match.group(3))
        if match := COUNTS.match(line):
            return int(match.group(1)), int(match.group(2))
    return None


def main():
    output, passed, failed, skips = {}, 0, 0, []
    for raw in sys.stdin:
        raw = COLOUR.sub("", raw.rstrip("\n"))
        if match := LINE.match(raw):
            output.setdefault(match.group(1), []).append(match.group(2))
        elif match := END.match(raw):
            number, name, verdict = match.groups()
            lines = output.get(number, [])
            ok = "Passed" in verdict
            good, bad = counts_of(lines) or ((1, 0) if ok else (0, 1))
            passed, failed = passed + good, failed + (bad if ok or bad else 1)
            skips += [f"{name}: {m.group(1)}" for m in map(SKIPPED.match, lines) if m]
            print(f"  {'ok  ' if ok else 'FAIL'} {name} ({good} passed)", flush=True)
            if not ok:
                print("\n".join("      " + line for line in lines[-120:]))
    for skip in skips:
        print(f"  skipped {skip}")
    print(f"{passed} passed, {failed} failed, {len(skips)} skipped")
    return 1 if failed or (skips and "--no-skips" in sys.argv) else 0


if __name__ == "__main__":
    sys.exit(main())
