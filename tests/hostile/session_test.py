#!/usr/bin/env python3
"""C2, C3, D1, D2, D3, E1, E2, H1, H2 on the whole platform: an attacker as the agent, a real upstream that counts.

Starts the real programs on a state folder of its own, connects a calendar that is a small TLS server of this test,
runs session_agent.py in a session, answers its questions as the person, and compares what the agent got with what the
upstream saw. Run from the project's root with X1_BIN set.
"""
import json
import os
import pathlib
import subprocess
import sys
import threading

import live_processes

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
from running import PATIENCE  # noqa: E402
from upstream import LOGIN, PASSWORD, Upstream  # noqa: E402
from world import World  # noqa: E402

SECRETS = (PASSWORD, LOGIN)
REPORT = "REPORT /ada/work/ HTTP/1.1"


def processes(world):
    """Every process of the running platform: pid → status."""
    status = json.loads(world.x1("status", "--json", check=True).stdout)
    first = live_processes.status_of(status["processes"][0]["pid"])
    return live_processes.below(int(first["PPid"]))


class Story:
    """One run of the attacker, with the person's answers to its questions in their order."""

    def __init__(self, world, upstream, attack, answers):
        # `upstream_at`: how many requests had arrived when the word was heard, which is a little after it was said.
        self.events, self.said, self.upstream_at, self.answers = [], {}, {}, list(answers)
        self.before = len(upstream.seen)
        command = [world.programs / "x1", "run", "--json", "--discard", "--", "python3", "/opt/agent/session_agent.py",
                   attack]
        with subprocess.Popen(command, env=world.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT) as running:
            watchdog = threading.Timer(PATIENCE, running.kill)
            watchdog.start()
            for line in running.stdout:
                self.take(line, world, upstream)
            watchdog.cancel()
        if not self.events:
            raise RuntimeError(f"the session did not start: {line}")
        self.session = self.events[0]["session"]

    def take(self, line, world, upstream):
        event = json.loads(line) if line.startswith("{") else {}
        if "type" not in event:
            return
        self.events.append(event)
        if event["type"] == "agent.status" and "=" in event["payload"]["text"]:
            name, value = event["payload"]["text"].split("=", 1)
            self.said[name] = value
            self.upstream_at[name] = len(upstream.seen) - self.before
        if event["type"] == "consent.granted":
            self.grant = event["payload"]["grant"]
        if event["type"] == "consent.asked" and self.answers:
            answer = self.answers.pop(0)
            if answer == "take back, then --deny":
                # The agent waits for this answer, so everything stands still, right after two calls with the secret.
                self.unsealed = live_processes.unsealed(processes(world))
                self.held = self.in_memory(event["session"], world) if os.getuid() == 0 else None
                world.x1("grants", event["session"], "--revoke", self.grant, check=True)
            world.x1("approve", event["payload"]["challenge"]["id"], answer.split()[-1], check=True)

    @staticmethod
    def in_memory(session, world):
        """Process → the secrets that its memory holds; and the session's id in broker's, so that we know we can see."""
        needles = [text.encode() for text in (*SECRETS, session)]
        return {status["Name"] + f"-{pid}": {needle.decode() for needle in live_processes.memory_holds(pid, needles)}
                for pid, status in processes(world).items()}

    def types(self):
        return [event["type"] for event in self.events]


def check_grants(story):
    yield "D1: a call before any consent is permission_required, and the upstream is untouched", (
        story.said.get("before") == "permission_required" and story.upstream_at.get("before") == 0)
    yield "D1: a no is heard as a no, and the call stays blocked", (
        story.said.get("first-answer") == "denied" and story.said.get("after-no") == "permission_required"
        and story.upstream_at.get("after-no") == 0)
    yield "D1: a yes is heard as a yes", story.said.get("second-answer") == "granted"
    yield "D2: a yes to one set of arguments and one tool is none to others", (
        story.said.get("other-arguments") == "permission_required"
        and story.said.get("other-tool") == "permission_required")
    race = json.loads(story.said.get("race", "[]").replace("'", '"'))
    yield "D3: of eight calls at once, one is served by a yes for once", (
        len(race) == 8 and race.count("ok") == 1 and story.upstream_at.get("race") == 1)
    yield "D3: the yes is used up", (
        story.said.get("again") == "permission_required" and story.upstream_at.get("again") == 1)


def check_session_grant(story, upstream):
    yield "D2: another session starts with nothing, whatever was granted before", (
        story.said.get("before") == "permission_required" and story.upstream_at.get("before") == 0)
    yield "D2: a yes for the session serves its scope", (
        story.said.get("first-answer") == "granted" and story.said.get("granted") == "ok"
        and story.said.get("same-scope") == "ok")
    yield "D2: a yes to reading is none to writing", story.said.get("other-scope") == "permission_required"
    yield "D2: a grant that was taken back serves no further call", (
        story.said.get("revoked") == "permission_required" and story.said.get("second-answer") == "denied")
    yield "D2: the upstream saw the two calls in between, and no write", (
        [request.line for request in upstream.seen[story.before:]] == [REPORT] * 2)


def check_processes(story):
    yield f"C2: each process has its filter, no capability, and an id of its own {story.unsealed}", not story.unsealed
    if story.held is None:
        return
    holders = {name: found & set(SECRETS) for name, found in story.held.items() if found & set(SECRETS)}
    yield "C3: the memory that was looked at is the processes' own", any(
        story.session in found for name, found in story.held.items() if name.startswith("x1-sidecar"))
    yield f"C3: right after the calls no process holds the password in its memory {holders or ''}", not holders


def check_words(story):
    yield "E2: no forged message, consent, event or protocol trick is taken", story.said.get("forged") == "[]"
    yield "E2: an agent that writes a dialog and answers it has allowed nothing", (
        story.said.get("typed") == "permission_required" and story.upstream_at.get("typed") == 0)
    decisions = [kind for kind in story.types() if kind in ("consent.granted", "consent.denied")]
    yield "E2: the only decisions are the person's two", decisions == ["consent.denied", "consent.granted"]
    forged = [event for event in story.events if event["type"].startswith("agent.") and
              "forged" in json.dumps(event["payload"]) and not event["payload"].get("text", "").startswith("forged=")]
    yield "E1: what was said for another turn is in no event", not forged
    yield "E1: a turn that the agent claims is over is not", story.said.get("end") == "yes" and all(
        event["turn"] in (0, 1) for event in story.events)


def check_record(story, world):
    verified = world.x1("audit", "verify", "--session", story.session)
    yield "H1: the session's audit verifies", verified.returncode == 0
    rows = world.x1("audit", "show", story.session, "--raw", check=True).stdout
    dialled = [row for row in rows.splitlines() if '"call.dialled"' in row]
    yield "H1: there is a row for each request that went out", len(dialled) == 1
    written = "".join(path.read_bytes().decode("latin-1") for path in world.state.rglob("*") if path.is_file())
    yield "H2: the password stands in no event, row, log or file", not any(
        secret in text for secret in SECRETS for text in (rows, json.dumps(story.events), written))


def attack(world, results):
    upstream = Upstream(world.folder / "upstream")
    world.connect(upstream.account)
    first = Story(world, upstream, "once", ["--deny", "--once"])
    results += [*check_grants(first), *check_words(first), *check_record(first, world)]
    results.append(("D1: the upstream saw the one request that was granted",
                    [request.line for request in upstream.seen[first.before:]] == [REPORT]))
    second = Story(world, upstream, "for-session", ["--for-session", "take back, then --deny"])
    results += [*check_session_grant(second, upstream), *check_processes(second)]
    if not all(held for _, held in results):
        print(json.dumps([{"said": each.said, "upstream": each.upstream_at, "types": each.types()}
                          for each in (first, second)] + [[request.line for request in upstream.seen]], indent=1))


def main():
    results = []
    try:
        with World(agents=[HERE / "session_agent.py"]) as world:
            attack(world, results)
    except (RuntimeError, subprocess.SubprocessError, OSError, ValueError, LookupError) as error:
        results.append((f"the platform could be used: {error}", False))
    skipped = int(os.getuid() != 0)
    if skipped:
        print("skipped C3: only the machine's root can look into the processes' memory")
    for name, held in results:
        print(f"{'ok  ' if held else 'FAIL'} {name}")
    failed = sum(not held for _, held in results)
    print(f"{len(results) - failed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
