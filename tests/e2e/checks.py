"""Counts what held, and ends a test script as the suites want it: "N passed, N failed, N skipped"."""
import subprocess

from world import World


class Checks:
    """Counts what held; says of what did not what was expected and what was seen."""

    def __init__(self):
        self.passed = self.failed = 0

    def equal(self, name, expected, seen):
        self.that(name, expected == seen, f"{expected!r}, seen {seen!r}")

    def that(self, name, held, expected_and_seen=""):
        if held:
            self.passed += 1
        else:
            self.failed += 1
            print(f"failed: {name}: expected {expected_and_seen or 'it to hold'}", flush=True)

    def left_to_root(self, name, reason):
        """Not a skip: the same suite runs as root too, where this is looked at."""
        print(f"left to the run as root: {name}: {reason}", flush=True)

    def end(self):
        """Prints the count → the exit status."""
        print(f"{self.passed} passed, {self.failed} failed, 0 skipped")
        return 1 if self.failed else 0


class Told(Checks):
    """Says of every check how it went, as mutants.py reads it: "ok   NAME" or "FAIL NAME"."""

    def that(self, name, held, expected_and_seen=""):
        super().that(name, held, expected_and_seen)
        print(f"{'ok  ' if held else 'FAIL'} {name}", flush=True)


def main(*stories, checks=None, agents=()):
    """Runs each story, a function of (world, checks), in one world; an error in one is a failed check of its own."""
    checks = checks or Checks()
    try:
        with World(agents=agents) as world:
            for story in stories:
                try:
                    story(world, checks)
                except (RuntimeError, OSError, LookupError, ValueError, AttributeError,
                        subprocess.SubprocessError) as error:
                    checks.that(f"{story.__name__} went on to its end", False, f"no {type(error).__name__}: {error}")
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        checks.that("the platform starts and ends", False, f"no {type(error).__name__}: {error}")
    return checks.end()
