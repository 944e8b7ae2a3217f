#!/usr/bin/env python3
"""E1 on the whole platform: what one person's agent leaves behind acts in no turn of another person.

Two people speak in one session. In each turn the agent (sleepers_agent.py) is the attacker: it plants processes,
timers, watches, a loop, a git hook, and requests that end later than they began. What they would do is seen in the
events and at calendar servers that count; once more while parts of the sidecar are killed under them, and once while
the agent is being replaced. And it kills its own adapter, to take another's turn with it. Run from anywhere with X1_BIN
set; `--times N`: replaces the agent N times instead, and prints how long each took.
"""
import json
import os
import pathlib
import signal
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
from checks import Told, main  # noqa: E402
from restarts import kill  # noqa: E402
from two_people import Room, two_people  # noqa: E402
from watched import Platform  # noqa: E402
from world import World  # noqa: E402

AGENT = HERE / "sleepers_agent.py"
KINDS = {"process", "timer", "timer_descriptor", "posix_timer", "watch", "directory", "fifo", "cron"}


def speak(world, room, *messages):
    """Each (person, text). The first asks, which holds its turn open until all the others have been said and wait."""
    (person, text), *others = messages
    turn = begin(world, room, person, text)
    question = asked(room, turn)
    for each, said in others:
        turn = room.say(each, said)
    answer(room, person, question)
    room.until("turn.closed", turn)


def begin(world, room, person, text):
    """That person's message, and a yes for the session if it has the agent wish for one → the turn."""
    turn = room.say(person, text)
    if "grant" in text.split():
        wish = room.question(person, turn)["id"]
        world.x1(*person.login, "approve", wish, "--for-session", check=True)
    return turn


def asked(room, turn):
    """The next question that holds that turn open."""
    return room.until("agent.question", turn)["payload"]["id"]


def answer(room, person, question):
    person.api.post(f"/sessions/{room.session}/questions/{question}", {"text": "yes"})


def woke(room, turn, planted):
    """The kinds that acted in that turn, of those which were planted in the other."""
    ends = f" {planted}"
    return {text.split(" ")[1] for text in room.texts("agent.status", turn)
            if text.startswith("sleeper ") and text.endswith(ends)}


def served(room):
    """(turn, where it began) of the requests that straddle. In its own turn a whole one is sent: that one is served."""
    return [(turn, planted) for turn in (1, 2, 3, 4) for planted in (1, 2) if "straddle" in woke(room, turn, planted)]


def found(room, turn):
    """What that turn's agent saw of earlier ones."""
    said = "".join(room.texts("agent.output", turn))
    return json.loads(said.split("found ", 1)[1].splitlines()[0])


def rows(world, room, kind):
    lines = world.x1("audit", "show", room.session, "--raw", check=True).stdout.splitlines()
    return [row for row in (json.loads(line)["row"] for line in lines) if row["kind"] == kind]


def nothing_is_left(room, checks, turn):
    """The agent that begins that turn, another person's than the turn before, is alone in a new box."""
    seen = found(room, turn)
    checks.equal("E1: no process of the earlier person's agent is there", 1, len(seen["sleepers"]))
    checks.equal("E1: neither /tmp nor HOME holds what it left there", ([], []), (seen["tmp"], seen["home"]))
    checks.that("E1: what it left in /workspace is there", ".git" in seen["workspace"],
                f".git, seen {seen['workspace']}")


def replaced(world, room, checks, expected):
    """`expected`: (turn, person before, person after) of each change, and there is no other."""
    ids = {person.name: person.api.get("/me")["id"] for person in room.people}
    seen = [(row["turn"], row["detail"]["from"], row["detail"]["to"], row["outcome"])
            for row in rows(world, room, "agent.replaced")]
    checks.equal("E1: each replacement has its row", [(turn, ids[before], ids[after], "ok")
                                                      for turn, before, after in expected], seen)
    told = [(event["turn"], event["payload"]["to"]) for event in room.events
            if event["type"] == "session.agent_replaced"]
    checks.equal("E1: and people see it", [(turn, ids[after]) for turn, _, after in expected], told)


def ends_whole(world, room, checks):
    world.x1("sessions", "--end", room.session, check=True)
    room.until("session.ended")
    verified = world.x1("audit", "verify", "--session", room.session)
    checks.equal("H1: the session's audit verifies", 0, verified.returncode)


def attack(world, checks, people):
    ada, bob = people
    room, before = Room("s1", people, AGENT.name), len(ada.upstream.seen)
    speak(world, room, (ada, "grant plant wait-1 ask"), (bob, "look linger commit plant"), (bob, "linger wait-2"),
          (ada, "look linger"))
    acted = woke(room, 1, 1)
    checks.that("the sleepers act in the turn that they were planted in", KINDS <= acted, f"{KINDS}, seen {acted}")
    dialled = [row["turn"] for row in rows(world, room, "call.dialled")]
    checks.that("and with its person's grant", dialled.count(1) > 0 and len(ada.upstream.seen) > before)

    nothing_is_left(room, checks, 2)
    acted, statuses = woke(room, 2, 1), room.texts("agent.status", 2)
    checks.that("E1: no sleeper acts in another person's turn", acted <= {"hook"}, f"the hook at most, seen {acted}")
    checks.that("E1: a hook runs when the next person's agent runs it, and not before", "hook" in acted
                and statuses.index("sleeper hook 1") > statuses.index("commits"), f"it after commits, seen {statuses}")
    checks.equal("E1: and nothing has the earlier person's grants", {1}, set(dialled))

    acted = woke(room, 3, 2)
    checks.that("in a turn of the same person the sleepers go on: this test would see them", KINDS <= acted,
                f"{KINDS}, seen {acted}")
    checks.equal("E1: requests that began in one turn are not served in the next, neither person's",
                 [(1, 1), (2, 2)], served(room))
    checks.equal("E1: nor do they act when the first person's turn comes again", set(), woke(room, 4, 2))
    checks.equal("E1: nor do that person's own earlier ones", set(), woke(room, 4, 1))
    checks.equal("E1: nor are they there", 1, len(found(room, 4)["sleepers"]))
    listed = json.loads(world.x1("status", "--json", check=True).stdout)["processes"]
    seats = [process["name"].split("-")[0] for process in listed if process["session"] == room.session]
    checks.equal("E1: the session has one agent and one gate", (1, 1), (seats.count("agent"), seats.count("gate")))
    replaced(world, room, checks, [(2, "ada", "bob"), (4, "bob", "ada")])
    ends_whole(world, room, checks)


def parts_die(world, checks, people):
    """In a turn of each person a part of the sidecar is killed while their sleepers act and their requests stand open.
    Others of it take its place under the same agent; then the turn is another person's, or their own next one."""
    ada, bob = people
    room, platform = Room("s2", people, AGENT.name), Platform(world, checks, ada.upstream)
    sent = [len(person.upstream.seen) for person in people]
    begin(world, room, ada, "grant plant wait-1 ask")
    for person, text in ((bob, "look plant wait-2 ask"), (bob, "linger wait-2"), (ada, "look linger read")):
        room.say(person, text)
    for turn, person, part in ((1, ada, "gate"), (2, bob, "broker")):
        asked(room, turn)
        kill(platform, part, room.session)
        answer(room, person, asked(room, turn))  # it is put again when all have acted after that
    room.until("turn.closed", 4)

    lost = [event for event in room.events if event["type"] == "session.sidecar_lost"]
    checks.equal("with parts killed, the sidecar was lost once for each", 2, len(lost))
    for turn, planted in ((1, 1), (2, 2), (3, 2)):
        acted = woke(room, turn, planted)
        checks.that(f"with parts killed, those planted in turn {planted} act in turn {turn} of the same person",
                    KINDS <= acted, f"{KINDS}, seen {acted}")
    for turn in (2, 4):
        nothing_is_left(room, checks, turn)
    others = {(turn, planted): woke(room, turn, planted) for turn, planted in ((2, 1), (3, 1), (4, 1), (4, 2))}
    checks.equal("E1: with parts killed, no sleeper acts in another person's turn", dict.fromkeys(others, set()),
                 others)
    checks.equal("E1: with parts killed, requests that began in one turn are not served in the next",
                 [(1, 1), (2, 2)], served(room))
    only_the_grants_own(world, checks, room, sent)
    replaced(world, room, checks, [(2, "ada", "bob"), (4, "bob", "ada")])
    ends_whole(world, room, checks)


def parts_die_in_between(world, checks, people):
    """A part of the sidecar is killed when one person's agent has ended, and the other's has not begun or only just:
    the turn is worked all the same, by an agent to which nothing was left."""
    ada, bob = people
    room, platform = Room("s3", people, AGENT.name), Platform(world, checks, ada.upstream)
    room.until("turn.closed", room.say(ada, "plant"))
    for person, part in ((bob, "broker"), (ada, "dialer"), (bob, "resolver"), (ada, "broker")):
        before, dies = platform.part("agent", room.session), platform.part(part, room.session)
        turn = room.say(person, "look plant")
        platform.gone([before])
        os.kill(dies, signal.SIGKILL)
        checks.equal(f"{part} killed as the agent is replaced: the turn is worked", "completed", outcome(room, turn))
        nothing_is_left(room, checks, turn)
        others = {planted: woke(room, turn, planted) for planted in range(1, turn)}
        checks.equal(f"E1: {part} killed as the agent is replaced: no earlier sleeper acts",
                     dict.fromkeys(others, set()), others)
        lost = [event["payload"]["part"] for event in room.events if event["type"] == "session.sidecar_lost"]
        checks.equal(f"{part} killed as the agent is replaced: people are told", turn - 1, len(lost))
    adapters_die(room, checks, people)
    ends_whole(world, room, checks)


def adapters_die(room, checks, people):
    """An agent ends its own adapter: in its turn, and as late as it can, when another person's has begun."""
    ada, bob = people
    for delay in (0, 4, 8, 12, 16, 20):
        turn = room.say(ada, f"murder-{delay} ask")
        question = asked(room, turn)
        next_one = room.say(bob, "look")
        answer(room, ada, question)
        checks.equal("E1: an adapter that kills itself takes no other person's turn with it", "completed",
                     outcome(room, next_one))
        checks.equal("E1: which is worked by an agent of their own", 1, len(found(room, next_one)["sleepers"]))
    for person in (ada, bob):
        checks.equal("an adapter that dies in its turn: that one has failed", "failed",
                     outcome(room, room.say(person, "die linger")))
        checks.equal("an adapter that died: the same person's next turn has another", "completed",
                     outcome(room, room.say(person, "look")))


def outcome(room, turn):
    try:
        return room.until("turn.closed", turn)["payload"]["outcome"]
    except (RuntimeError, OSError) as ended:
        return str(ended)


def only_the_grants_own(world, checks, room, sent):
    """Ada's grant lives to the end, and bob has none: in her second turn it serves the one call of her own agent."""
    ada, bob = room.people
    dialled = [(row["turn"], row["actor"]) for row in rows(world, room, "call.dialled")]
    her = ada.api.get("/me")["id"]
    checks.equal("E1: with parts killed, what is dialled is hers who granted, in her turns", {(1, her), (4, her)},
                 set(dialled))
    checks.equal("E1: and in the later one nothing but what her own agent called", 1, dialled.count((4, her)))
    out = [len(person.upstream.seen) - before for person, before in zip(room.people, sent)]
    checks.that("H1: each request that went out has its row, and none went to the other's server",
                0 < out[0] <= len(dialled) and out[1] == 0, f"at most {len(dialled)} and none, seen {out}")


def story(world, checks):
    people = two_people(world)
    attack(world, checks, people)
    parts_die(world, checks, people)
    parts_die_in_between(world, checks, people)


def measure(world, times):
    """How long from the certificate's arrival at the broker until the new agent runs, in milliseconds."""
    ada, bob = people = two_people(world)
    took = []
    while len(took) < times:
        room = Room("s1", people, AGENT.name)
        turns = min(times - len(took), 25)  # as many as may wait, with some to spare
        speak(world, room, (ada, "ask"), *((bob if turn % 2 == 0 else ada, "linger") for turn in range(turns)))
        log = (world.state / "sessions" / room.session / "broker.log").read_text()
        took += [int(line.rsplit("us=", 1)[1].strip('"')) / 1000 for line in log.splitlines()
                 if "agent.replaced" in line]
        world.x1("sessions", "--end", room.session, check=True)
    took.sort()
    print(f"{len(took)} replacements: p50 {took[len(took) // 2]:.1f} ms, p95 {took[len(took) * 95 // 100]:.1f} ms, "
          f"longest {took[-1]:.1f} ms")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--times"]:
        with World(agents=[AGENT]) as its_world:
            measure(its_world, int(sys.argv[2]))
    else:
        sys.exit(main(story, checks=Told(), agents=[AGENT]))
