#!/usr/bin/env python3
"""D5 end to end: pending requests survive a restart of the bus, the API, the edge, the vault, each part of a sidecar and
each provider. The real platform, whose parts are killed (SIGKILL) under running sessions.

A question waits; a part is killed and started again; the question is still shown, is answered by the person, and is
redeemed once; the call that it was asked for works, by one request; the audits are whole. Run from anywhere with X1_BIN
set; `restarts.py STORY…` runs only those.
"""
import contextlib
import json
import os
import re
import signal
import sys
import time

from checks import Checks
from rest import Refused
from watched import ASK, LIST, WEEK, Platform, below, ended, run, served_again

MANY = 8
SIDECAR_PARTS = ("gate", "broker", "dialer", "resolver")
PROGRAM_OF = {"broker": "x1-sidecar", "provider": "x1-provider-calendar"}
PROVIDER_PARTS = ("provider", "relay")
CORE_PARTS = ("nats-server", "x1-api", "x1-edge", "x1-vault", "x1-dialer", "x1-resolver")


def kill(platform, part, session=""):
    """SIGKILL to the part, and to all that runs below it; returns when it is gone, and what is joined to it."""
    pid, joined = platform.part(part, session), with_it(platform, part)
    for each in below(pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
    platform.checks.equal(f"{part} is gone", [], platform.gone([pid, *joined]))


def with_it(platform, part):
    """The API is started again with the edge and with the vault: until it is gone, it still answers."""
    return [platform.part("x1-api")] if part in CORE_PARTS[1:] else []


def approved(world, session, challenge, lifetime="--once"):
    """Has the person agree, as often as it takes: an API that is killed meanwhile breaks the answer off."""
    for _ in range(20):
        if world.x1("approve", challenge, lifetime).returncode == 0:
            return True
        served_again(world)
        with contextlib.suppress(OSError, ValueError, RuntimeError):
            if states(world, session)[challenge] in ("approved", "granted"):
                return True
    return False


def asks(world, agent, seen):
    """Has the agent ask for permission → (call, challenge). `seen`: the questions before."""
    call = agent.begin("request_permission", ASK)
    for event in world.owner.events(agent.session):
        if event["type"] == "consent.asked" and event["payload"]["challenge"]["id"] not in seen:
            seen.append(event["payload"]["challenge"]["id"])
            return call, seen[-1]
    raise RuntimeError("the question did not come")


def states(world, session):
    return {each["id"]: each["state"] for each in world.owner.get(f"/sessions/{session}/challenges")["items"]}


def redeemed_once(platform, name, session, challenge):
    """One consent was minted and one grant made of the challenge, by the records of both sides."""
    platform.checks.that(f"{name}: people are told", granted(platform.world, session, challenge))
    grants = [each for each in platform.world.owner.get(f"/sessions/{session}/grants")["items"]
              if each["challenge"] == challenge]
    platform.checks.equal(f"{name}: one grant came of it", 1, len(grants))
    before = time.monotonic() + 30
    while not (rows := rows_about(platform, session, challenge)) and time.monotonic() < before:
        pass  # its receipt is on the way
    platform.checks.equal(f"{name}: and one row of the broker", 1, len(rows))


def rows_about(platform, session, challenge):
    lines = platform.world.owner.get(f"/sessions/{session}/audit")["lines"]
    return [row for row in (json.loads(line)["row"] for line in lines)
            if row["kind"] == "consent.granted" and challenge in json.dumps(row["detail"])]


def goes_on(platform, name, agent, call, challenge):
    """What waited is still there, is answered, and serves the call that it was asked for."""
    checks, world = platform.checks, platform.world
    checks.that(f"{name}: it serves again", served_again(world))
    checks.equal(f"{name}: the session runs", "running", world.owner.get(f"/sessions/{agent.session}")["state"])
    checks.equal(f"{name}: the question is still shown", "pending", states(world, agent.session)[challenge])
    checks.that(f"{name}: the person can answer it", approved(world, agent.session, challenge))
    checks.equal(f"{name}: the answer arrives", "granted", agent.result(call)["code"])
    redeemed_once(platform, name, agent.session, challenge)
    before = len(platform.upstream.seen)
    checks.equal(f"{name}: and the call works", "ok", agent.call(LIST, WEEK)["code"])
    checks.equal(f"{name}: by one request", before + 1, len(platform.upstream.seen))


def over(platform, name, agent, requests=0, serves=False):
    """The end of a story: the agent's session ends with it, and its audit is whole, with a row for each of so many
    requests; so are the platform's own; it `serves` another session; and x1 down leaves nothing behind."""
    checks, world = platform.checks, platform.world
    agent.end()
    ended(world, agent.session)
    if requests:
        checks.equal(f"{name}: each request has its row", requests, platform.rows(agent.session, "call.dialled"))
    platform.audit(name, agent.session, closed=True)
    checks.equal(f"{name}: the platform's own audits are whole", 0, world.x1("audit", "verify").returncode)
    if serves:
        platform.sent_before = len(platform.upstream.seen)
        platform.serves(f"after {name}")
    platform.end(name)


def core_while_a_question_waits(world, checks):
    platform = Platform(world, checks)
    agent, _, _ = platform.agent(asking=False)
    whole, seen = sorted(platform.of_session(agent.session)), []
    for part in CORE_PARTS:
        name = f"{part} killed"
        call, challenge = asks(world, agent, seen)
        kill(platform, part)
        checks.that(f"{name}: it is started again", served_again(world))
        goes_on(platform, name, agent, call, challenge)
        checks.equal(f"{name}: no process of the session ended", whole, sorted(platform.of_session(agent.session)))
    over(platform, "the core's parts", agent, requests=len(CORE_PARTS), serves=True)


def sidecar_while_a_question_waits(world, checks):
    """A part of the session's own sidecar: another takes its place under the same agent, in the same turn."""
    platform = Platform(world, checks)
    agent, _, _ = platform.agent(asking=False)
    living = platform.part("agent", agent.session)
    turn, seen, reminded = open_turn(world, agent.session), [], 0
    for part in SIDECAR_PARTS:
        name = f"{part} killed"
        call, challenge = asks(world, agent, seen)
        kill(platform, part, agent.session)
        checks.that(f"{name}: the call that waited at it breaks off", agent.result(call)["code"] != "granted")
        lost = world.owner.event(agent.session, "session.sidecar_lost", after=reminded)
        reminded = lost["number"]
        checks.equal(f"{name}: people are told which", PROGRAM_OF.get(part, f"x1-{part}"), lost["payload"]["part"])
        checks.equal(f"{name}: the session runs", "running", world.owner.get(f"/sessions/{agent.session}")["state"])
        checks.equal(f"{name}: the question is still shown", "pending", states(world, agent.session)[challenge])
        checks.that(f"{name}: the person can answer it", approved(world, agent.session, challenge))
        redeemed_once(platform, name, agent.session, challenge)
        before = len(platform.upstream.seen)
        checks.equal(f"{name}: and the call works", "ok", called(agent))
        checks.equal(f"{name}: by one request", before + 1, len(platform.upstream.seen))
        checks.equal(f"{name}: the agent is the one that it was", living, platform.part("agent", agent.session))
        checks.equal(f"{name}: and so is the turn", turn, open_turn(world, agent.session))
    over(platform, "the sidecar's parts", agent, requests=len(SIDECAR_PARTS), serves=True)


def provider_while_a_question_waits(world, checks):
    """A provider or its relay: another pair takes their place, and nothing of the session notices but by an event."""
    platform = Platform(world, checks)
    agent, _, _ = platform.agent(asking=False)
    theirs = {platform.part(part, agent.session) for part in PROVIDER_PARTS}
    others = set(platform.of_session(agent.session)) - theirs
    seen, reminded = [], 0
    for part in PROVIDER_PARTS:
        name = f"{part} killed"
        call, challenge = asks(world, agent, seen)
        kill(platform, part, agent.session)
        lost = world.owner.event(agent.session, "session.provider_lost", after=reminded)
        reminded = lost["number"]
        checks.equal(f"{name}: people are told which", {"provider": "calendar", "part": PROGRAM_OF.get(part, f"x1-{part}")},
                     lost["payload"])
        goes_on(platform, name, agent, call, challenge)
        checks.equal(f"{name}: it ended with its neighbour", [], platform.gone(list(theirs)))
        theirs = {platform.part(each, agent.session) for each in PROVIDER_PARTS}
        checks.equal(f"{name}: no other process of the session ended", others,
                     set(platform.of_session(agent.session)) - theirs)
    over(platform, "the provider's parts", agent, requests=len(PROVIDER_PARTS), serves=True)


def provider_under_a_call(world, checks):
    """What a provider was asked, and died over, is asked of the next one: the call is answered, by one request."""
    platform = Platform(world, checks)
    agent, call, challenge = platform.agent(asking=True)
    world.x1("approve", challenge, "--for-session", check=True)
    checks.equal("before: granted", "granted", agent.result(call)["code"])
    started = 0
    for part in PROVIDER_PARTS:
        name = f"{part} killed under a call"
        for pid in below(platform.part("provider", agent.session)):
            os.kill(pid, signal.SIGSTOP)
        before = len(platform.upstream.seen)
        under_way = agent.begin(LIST, WEEK)
        started = world.owner.event(agent.session, "call.started", after=started)["number"]
        kill(platform, part, agent.session)
        checks.equal(f"{name}: it is answered", "ok", agent.result(under_way)["code"])
        checks.equal(f"{name}: by one request", before + 1, len(platform.upstream.seen))
    over(platform, "the provider under a call", agent, requests=len(PROVIDER_PARTS))


def a_provider_that_dies_again_and_again(world, checks):
    """It is started as often, ever later; its session and the other people's tools go on."""
    platform = Platform(world, checks)
    agent, _, _ = platform.agent(asking=False)
    reminded = 0
    for _ in range(4):
        kill(platform, "provider", agent.session)
        reminded = world.owner.event(agent.session, "session.provider_lost", after=reminded)["number"]
        checks.equal("provider killed again: the agent is served", "shown",
                     agent.call("emit_status", {"text": "here"})["code"])
        await_part(platform, "provider", agent.session)
    call, challenge = asks(world, agent, [])
    goes_on(platform, "provider killed four times", agent, call, challenge)
    over(platform, "the provider again and again", agent)


def await_part(platform, part, session):
    """Until that part runs."""
    before = time.monotonic() + 60
    while time.monotonic() < before:
        with contextlib.suppress(StopIteration):
            return platform.part(part, session)
    raise RuntimeError(f"{part} did not come back")


def a_conversation_goes_on(world, checks):
    """An agent that is run once for each message: it is not run a second time, and what it says arrives."""
    platform = Platform(world, checks)
    chat = world.terminal("chat", "--", "python3", "/opt/agent/talker.py")
    session = re.search(r"session ([a-z0-9_-]+);", chat.until("ends it\n")).group(1)
    chat.until("x1 · the session has started\n")
    for turn, part in enumerate(("gate", "broker", "x1-api"), 1):
        name = f"{part} killed under a conversation"
        chat.say("survive\n")
        before = chat.until(" …`\n")
        question = re.search(r"/answer ([a-z0-9_-]+) …", before).group(1)
        kill(platform, part, "" if part in CORE_PARTS else session)
        if part in CORE_PARTS:
            checks.that(f"{name}: it serves again", served_again(world))
            chat.say(f"/answer {question} go on\n")
        said = before + chat.until(f"turn {turn} is over: completed\n")
        checks.that(f"{name}: the turn goes on to its end", "agent │ back again\n" in said, said)
        checks.equal(f"{name}: and its message was given once", 1, said.count("agent │ working\n"))
    chat.say("/end\n")
    checks.equal("a conversation: it ends well", 0, chat.end()[0])
    ended(world, session)
    platform.audit("a conversation", session, closed=True)
    platform.end("a conversation")


def broker_killed_around_the_yes(world, checks):
    """The broker is killed while the yes is on its way to it, or just redeemed: one grant, and none is lost."""
    platform = Platform(world, checks)
    agent, _, _ = platform.agent(asking=False)
    seen = []
    for turn in range(4):
        name = f"broker killed around the yes, {turn + 1}"
        call, challenge = asks(world, agent, seen)
        approving = world.start(world.programs / "x1", "approve", challenge, "--for-session" if turn == 3 else "--once")
        if turn % 2:
            approving.end()
        kill(platform, "broker", agent.session)
        approving.end()
        agent.result(call)
        checks.that(f"{name}: the person can answer", approved(world, agent.session, challenge))
        redeemed_once(platform, name, agent.session, challenge)
        checks.equal(f"{name}: and the call works", "ok", called(agent))
    over(platform, "broker around the yes", agent)


def many_yeses_around_the_kill(world, checks):
    """D3: as many x1 as there are say yes to one question at once, while a part is killed: one token is minted, one grant
    made, and one request serves the call."""
    platform = Platform(world, checks)
    agent, _, _ = platform.agent(asking=False)
    seen = []
    for part in ("x1-api", "broker", "nats-server", "x1-edge", "x1-vault", "provider"):
        name = f"{part} killed under {MANY} yeses"
        call, challenge = asks(world, agent, seen)
        yeses = [world.start(world.programs / "x1", "approve", challenge, "--once") for _ in range(MANY)]
        kill(platform, part, "" if part in CORE_PARTS else agent.session)
        for yes in yeses:
            yes.end()
        checks.that(f"{name}: it serves again", served_again(world))
        checks.that(f"{name}: the question is answered", approved(world, agent.session, challenge))
        redeemed_once(platform, name, agent.session, challenge)
        agent.result(call)
        before = len(platform.upstream.seen)
        checks.equal(f"{name}: and the call works", "ok", called(agent))
        checks.equal(f"{name}: by one request", before + 1, len(platform.upstream.seen))
        checks.equal(f"{name}: for once", "permission_required", called(agent))
    over(platform, "many yeses", agent)


def open_turn(world, session):
    return [each["turn"] for each in world.owner.get(f"/sessions/{session}/turns")["items"]
            if each["state"] == "open"]


def granted(world, session, challenge):
    """Waits until the broker has redeemed the answer."""
    for event in world.owner.events(session):
        if event["type"] == "consent.granted" and event["payload"]["challenge"] == challenge:
            return True
    return False


def called(agent, tool=LIST, arguments=WEEK):
    """A call's code, once the sidecar that was started again has opened the turn for its agent."""
    before = time.monotonic() + 60
    while True:
        code = agent.call(tool, arguments)["code"]
        if code not in ("no_active_turn", "protocol_error") or time.monotonic() > before:
            return code


def too_many_crashes(world, checks):
    """A sidecar that dies again and again is not started for ever."""
    platform = Platform(world, checks)
    agent, _, _ = platform.agent(asking=False)
    reminded = 0
    for _ in range(5):
        kill(platform, "gate", agent.session)
        reminded = world.owner.event(agent.session, "session.sidecar_lost", after=reminded)["number"]
        checks.equal("gate killed again: the agent is served", "shown", called(agent, "emit_status", {"text": "here"}))
    kill(platform, "gate", agent.session)
    checks.equal("gate killed a sixth time in a minute: the session ends, and says why", "x1-gate ended too often",
                 ended(world, agent.session))
    status, _ = agent.running.end()
    checks.equal("gate killed a sixth time in a minute: the person's command ends", 1, status)
    platform.serves("after that")
    platform.end("too many crashes")


def killed_around_the_yes(world, checks):
    """The API, the edge, the bus and the vault are killed while the yes is on its way, wherever that is just then."""
    platform = Platform(world, checks)
    agent, _, _ = platform.agent(asking=False)
    seen = []
    for turn, part in enumerate(("x1-api", "x1-edge", "nats-server", "x1-api", "x1-vault")):
        name = f"{part} killed around the yes"
        call, challenge = asks(world, agent, seen)
        approving = world.start(world.programs / "x1", "approve", challenge, "--once")
        if turn % 2:
            approving.end()
        kill(platform, part)
        approving.end()
        checks.that(f"{name}: it serves again", served_again(world))
        checks.that(f"{name}: the person can answer", approved(world, agent.session, challenge))
        checks.equal(f"{name}: the answer arrives", "granted", agent.result(call)["code"])
        redeemed_once(platform, name, agent.session, challenge)
        checks.equal(f"{name}: and the call works", "ok", agent.call(LIST, WEEK)["code"])
    over(platform, "around the yes", agent)


def vault_under_a_call(world, checks):
    """A call that needs the vault while it is away is refused with a clear word, and the next one works."""
    platform = Platform(world, checks)
    agent, call, challenge = platform.agent(asking=True)
    world.x1("approve", challenge, "--for-session", check=True)
    checks.equal("before: granted", "granted", agent.result(call)["code"])
    vault = below(platform.part("x1-vault"))
    for pid in vault:
        os.kill(pid, signal.SIGSTOP)
    under_way = agent.begin(LIST, WEEK)
    kill(platform, "x1-vault")
    checks.equal("the vault killed under a call: it is told so", "unavailable", agent.result(under_way)["code"])
    checks.that("the vault killed under a call: it is started again", served_again(world))
    checks.equal("the vault killed under a call: nothing went out", platform.sent_before, len(platform.upstream.seen))
    checks.equal("the vault again: the next call works", "ok", agent.call(LIST, WEEK)["code"])
    over(platform, "the vault under a call", agent)


def keys(world):
    return json.loads(world.x1("--json", "keys", check=True).stdout)["items"]


def kill_switch_while_the_sidecar_is_away(world, checks):
    """A session that is killed while another sidecar takes the place of the one before does not come back."""
    platform = Platform(world, checks)
    for part in ("gate", "broker"):
        name = f"the kill switch after {part} was killed"
        agent, _, _ = platform.agent(asking=True)
        whole = platform.of_session(agent.session)
        os.kill(platform.part(part, agent.session), signal.SIGKILL)
        checks.equal(f"{name}: it is taken", "ok", world.owner.call("POST", f"/sessions/{agent.session}/kill").code)
        checks.equal(f"{name}: the session is over, and says why", "killed", ended(world, agent.session))
        checks.equal(f"{name}: nothing of it runs", [], platform.gone(whole) + platform.of_session(agent.session))
        agent.running.end()
        platform.audit(name, agent.session)
        platform.sent_nothing(name)
    platform.serves("after the kill switch")
    platform.end("the kill switch")


def killed_while_a_key_rotates(world, checks):
    """F1: whatever part is killed and whenever, one key has followed another, or has not; and all goes on with it."""
    platform = Platform(world, checks)
    agent, call, challenge = platform.agent(asking=True)
    world.x1("approve", challenge, "--for-session", check=True)
    checks.equal("before: granted", "granted", agent.result(call)["code"])
    for part in ("x1-api", "x1-vault", "broker", "x1-api", "x1-vault"):
        name = f"{part} killed while a key rotates"
        session = "" if part in CORE_PARTS else agent.session
        before, pid, joined = keys(world), platform.part(part, session), with_it(platform, part)
        rotating = world.start(world.programs / "x1", "keys", "rotate")
        os.kill(pid, signal.SIGKILL)
        rotated = rotating.end()[0] == 0
        platform.gone([pid, *joined])
        checks.that(f"{name}: it serves again", served_again(world))
        # What the first one has left is put in order by now, or just then: then it says so.
        until = time.monotonic() + 60
        while world.x1("keys", "rotate").returncode != 0 and time.monotonic() < until:
            pass
        after = keys(world)
        checks.equal(f"{name}: one key signs", ["retired" in key for key in after], [True] * (len(after) - 1) + [False])
        checks.equal(f"{name}: it has followed, or has not", len(before) + 1 + rotated, len(after))
        checks.equal(f"{name}: the grant of before serves", "ok", called(agent))
    over(platform, "the rotations", agent, serves=True)


def ended_while_the_api_is_away(world, checks):
    """What happens to a session while there is no API is known to the next one."""
    platform = Platform(world, checks)
    agent, _, _ = platform.agent(asking=True)
    living = platform.part("agent", agent.session)
    kill(platform, "x1-api")
    os.kill(living, signal.SIGKILL)
    checks.that("an agent that died without the API: it serves again", served_again(world))
    checks.equal("an agent that died without the API: its person is told", 137, agent.running.end()[0])
    checks.that("an agent that died without the API: its session is over", ended(world, agent.session))
    # What dies meanwhile and is to be followed by another, is: the next API is asked.
    agent, call, challenge = platform.agent(asking=True)
    provider = platform.part("provider", agent.session)
    kill(platform, "x1-api")
    os.kill(provider, signal.SIGKILL)
    checks.that("a provider that died without the API: it serves again", served_again(world))
    goes_on(platform, "a provider that died without the API", agent, call, challenge)
    agent.end()
    ended(world, agent.session)
    # Ended by its owner, just as the API goes.
    agent, _, _ = platform.agent(asking=False)
    world.owner.delete(f"/sessions/{agent.session}")
    kill(platform, "x1-api")
    served_again(world)
    with contextlib.suppress(Refused):
        world.owner.delete(f"/sessions/{agent.session}")
    checks.that("a session that was ended as the API went: it is over", ended(world, agent.session), "session.ended")
    agent.running.end()
    platform.sent_before = len(platform.upstream.seen)
    platform.serves("after that")
    platform.end("ended without the API")


def main():
    checks = Checks()
    wanted = sys.argv[1:]
    for story in (core_while_a_question_waits, sidecar_while_a_question_waits,
                  provider_while_a_question_waits, provider_under_a_call, a_provider_that_dies_again_and_again,
                  too_many_crashes,
                  a_conversation_goes_on, killed_around_the_yes, broker_killed_around_the_yes, many_yeses_around_the_kill,
                  vault_under_a_call,
                  kill_switch_while_the_sidecar_is_away, killed_while_a_key_rotates, ended_while_the_api_is_away):
        if not wanted or story.__name__ in wanted:
            run(checks, story)
    return checks.end()


if __name__ == "__main__":
    sys.exit(main())
