#!/usr/bin/env python3
"""E1 on the whole platform: what one person's agent leaves behind acts in no turn of another person.

Two people speak in one session. In each turn the agent (sleepers_agent.py) is the attacker: it plants processes, timers,
a watch, a loop, a git hook, and requests that end later than they began. What they would do is seen in the events and at
a calendar server that counts. Run from the project's root with X1_BIN set; `--times N`: replaces the agent N times
instead, and prints how long each took.
"""
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
from running import PATIENCE  # noqa: E402
from upstream import Upstream  # noqa: E402
from world import World  # noqa: E402

AGENT = HERE / "sleepers_agent.py"
KINDS = {"process", "timer", "timer_descriptor", "watch", "cron"}
SPEAK_AS = """
import sqlite3, sys
with sqlite3.connect(sys.argv[1], timeout=60) as database:
    database.execute("INSERT OR IGNORE INTO members (session, user, role, joined) VALUES (?2, ?1, 'participant', 0)",
                     sys.argv[2:4])
    changed = database.execute("UPDATE turns SET actor = ? WHERE session = ? AND number = ? AND state = 'queued'",
                               sys.argv[2:5])
sys.exit(0 if changed.rowcount == 1 else 3)
"""


class Talk:
    """One session and what was said in it."""

    def __init__(self, world, bob):
        self.world, self.events = world, []
        self.people = {"ada": None, "bob": bob.get("/me")["id"]}
        command = ["python3", "/opt/agent/sleepers_agent.py"]
        self.session = world.owner.post("/sessions", {"command": command, "adapter": True, "start": True})["id"]
        self.stream = world.owner.events(self.session)

    def until(self, wanted):
        """The next event for which that is so; all are kept."""
        for event in self.stream:
            self.events.append(event)
            if wanted(event):
                return event
        raise RuntimeError(f"the session ended: {self.events[-3:]}")

    def say(self, *messages):
        """Each (person, text). The first is said; the others wait for its turn's end, and are made the others' own."""
        inside = [] if os.getuid() == 0 else ["unshare", "--user", "--map-auto", "--map-root-user"]
        for number, (person, text) in enumerate(messages, 1):
            self.world.owner.post(f"/sessions/{self.session}/messages", {"text": text})
            if number == 1:
                question = self.until(lambda event: event["type"] in ("agent.question", "consent.asked"))
                if question["type"] == "consent.asked":
                    self.world.x1("approve", question["payload"]["challenge"]["id"], "--for-session", check=True)
                    question = self.until(lambda event: event["type"] == "agent.question")
            elif self.people[person]:
                subprocess.run([*inside, "python3", "-c", SPEAK_AS, self.world.state / "api/x1.db", self.people[person],
                                self.session, str(number)], check=True, timeout=PATIENCE)
        self.world.owner.post(f"/sessions/{self.session}/questions/{question['payload']['id']}", {"text": "yes"})
        self.until(lambda event: event["type"] == "turn.closed" and event["turn"] == len(messages))

    def statuses(self, turn):
        return [event["payload"]["text"] for event in self.events
                if event["type"] == "agent.status" and event["turn"] == turn]

    def woke(self, turn, planted):
        """The kinds that acted in that turn, of those which were planted in the other."""
        ends = f" {planted}"
        return {text.split(" ")[1] for text in self.statuses(turn) if text.startswith("sleeper ") and text.endswith(ends)}

    def found(self, turn):
        said = "".join(event["payload"]["text"] for event in self.events
                       if event["type"] == "agent.output" and event["turn"] == turn)
        return json.loads(said.split("found ", 1)[1].splitlines()[0])

    def rows(self, kind):
        lines = self.world.x1("audit", "show", self.session, "--raw", check=True).stdout.splitlines()
        return [row for row in (json.loads(line)["row"] for line in lines) if row["kind"] == kind]


def attack(world):
    upstream = Upstream(world.folder / "upstream")
    world.connect(upstream.account)
    talk = Talk(world, world.guest("bob", "a long enough password"))
    talk.say(("ada", "grant plant wait-1 ask"), ("bob", "look linger commit plant"), ("bob", "linger wait-2"),
             ("ada", "look linger"))
    yield "the sleepers act in the turn that they were planted in", KINDS <= talk.woke(1, 1)
    dialled = [row["turn"] for row in talk.rows("call.dialled")]
    yield "and with its person's grant", dialled.count(1) > 0 and len(upstream.seen) > 0

    found, statuses = talk.found(2), talk.statuses(2)
    yield f"E1: no process of the earlier person's agent is there {found['sleepers']}", len(found["sleepers"]) == 1
    yield "E1: neither /tmp nor HOME holds what it left there", found["tmp"] == found["home"] == []
    yield "E1: what it left in /workspace is there", ".git" in found["workspace"]
    woke = talk.woke(2, 1)
    yield f"E1: no sleeper acts in another person's turn {woke}", woke <= {"hook"}
    yield "E1: a hook runs when the next person's agent runs it, and not before", (
        "hook" in woke and statuses.index("sleeper hook 1") > statuses.index("commits"))
    yield f"E1: and nothing has the earlier person's grants {dialled}", set(dialled) == {1}

    yield "in a turn of the same person the sleepers go on: this test would see them", KINDS <= talk.woke(3, 2)
    yield "E1: requests that began in one turn are not served in the next, neither person's", not any(
        "straddle" in talk.woke(turn, planted) for turn in (2, 3, 4) for planted in (1, 2))
    yield f"E1: nor do they act when the first person's turn comes again {talk.woke(4, 2)}", not talk.woke(4, 2)
    yield f"E1: nor do that person's own earlier ones {talk.woke(4, 1)}", not talk.woke(4, 1)
    again = talk.found(4)["sleepers"]
    yield f"E1: nor are they there {again}", len(again) == 1
    seats = [process["name"].split("-")[0] for process in json.loads(world.x1("status", "--json", check=True).stdout)[
        "processes"] if process["session"] == talk.session]
    yield f"E1: the session has one agent and one gate {seats}", seats.count("agent") == seats.count("gate") == 1

    ada, bob = (talk.rows("turn.opened")[turn]["actor"] for turn in (0, 1))
    replaced = [(row["turn"], row["detail"]["from"], row["detail"]["to"], row["outcome"])
                for row in talk.rows("agent.replaced")]
    yield f"E1: each replacement has its row {replaced}", replaced == [(2, ada, bob, "ok"), (4, bob, ada, "ok")]
    told = [(event["turn"], event["payload"]["to"]) for event in talk.events if event["type"] == "session.agent_replaced"]
    yield "E1: and people see it", told == [(2, bob), (4, ada)]
    world.x1("sessions", "--end", talk.session, check=True)
    talk.until(lambda event: event["type"] == "session.ended")
    yield "H1: the session's audit verifies", world.x1("audit", "verify", "--session", talk.session).returncode == 0


def measure(world, times):
    """How long from the certificate's arrival at the broker until the new agent runs, in milliseconds."""
    bob, took = world.guest("bob", "a long enough password"), []
    while len(took) < times:
        talk = Talk(world, bob)
        turns = min(times - len(took), 25)  # as many as may wait, with some to spare
        talk.say(("ada", "ask"), *(("bob" if turn % 2 == 0 else "ada", "linger") for turn in range(turns)))
        log = (world.state / "sessions" / talk.session / "broker.log").read_text()
        took += [int(line.rsplit("us=", 1)[1].strip('"')) / 1000 for line in log.splitlines() if "agent.replaced" in line]
        world.x1("sessions", "--end", talk.session, check=True)
    took.sort()
    print(f"{len(took)} replacements: p50 {took[len(took) // 2]:.1f} ms, p95 {took[len(took) * 95 // 100]:.1f} ms, "
          f"longest {took[-1]:.1f} ms")
    return 0


def main():
    results = []
    try:
        with World(agents=[AGENT]) as world:
            if sys.argv[1:2] == ["--times"]:
                return measure(world, int(sys.argv[2]))
            for result in attack(world):
                results.append(result)
    except (RuntimeError, subprocess.SubprocessError, OSError, ValueError, LookupError) as error:
        results.append((f"the platform could be used: {type(error).__name__} {error}", False))
    for name, held in results:
        print(f"{'ok  ' if held else 'FAIL'} {name}")
    failed = sum(not held for _, held in results)
    print(f"{len(results) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
