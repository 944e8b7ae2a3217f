#!/usr/bin/env python3
"""F1, H1: the API's signing key is followed by others while everything runs, and what a revoked key had signed ends.
Run from anywhere with X1_BIN set."""
import json
import sys

from checks import main
from upstream import Upstream

LIST, CREATE = "calendar_list_events", "calendar_create_event"
WEEK = {"start": "2026-11-23T00:00:00Z", "end": "2026-11-30T00:00:00Z"}
EVENT = {"summary": "Dentist", "start": "2026-11-25T10:00:00Z", "end": "2026-11-25T11:00:00Z"}
PASSWORD = "long-enough-password"


def rows(api, path):
    return [json.loads(line)["row"] for line in api.get(path)["lines"]]


def keys(world):
    return json.loads(world.x1("--json", "keys", check=True).stdout)


def rotate(world, *options):
    return json.loads(world.x1("--json", "keys", "rotate", *options, check=True).stdout)


def ask(world, agent, tool, arguments, after=0):
    """A question → (the call's number, the challenge, the event's number)."""
    call = agent.begin("request_permission", {"tool": tool, "arguments": arguments})
    event = world.owner.event(agent.session, "consent.asked", after)
    return call, event["payload"]["challenge"], event["number"]


def say_yes(world, challenge, lifetime):
    return world.owner.call("POST", f"/challenges/{challenge['id']}/approve",
                            {"digest": challenge["digest"], "lifetime": lifetime})


def both_verify(world, checks, session):
    for words in ((), ("--session", session)):
        done = world.x1("audit", "verify", *words)
        checks.equal(f"the audit verifies ({' '.join(words) or 'platform'})", 0, done.returncode)
        if done.returncode != 0:
            print(done.stdout, done.stderr)


def everything_goes_on(world, checks):
    """A session with a grant for its whole life, a question that waits and a login; two keys later all of it is good."""
    upstream = world.upstream = Upstream(world.folder / "upstream")
    world.connect(upstream.account)
    guest = world.guest("bob", PASSWORD)
    agent = world.agent()
    call, challenge, number = ask(world, agent, LIST, WEEK)
    say_yes(world, challenge, "session")
    checks.equal("a grant for the session", "granted", agent.result(call)["code"])
    # What the account says comes into the session now: the next question knows of it.
    checks.equal("it serves", "ok", agent.call(LIST, WEEK)["code"])
    waiting, question, _ = ask(world, agent, CREATE, EVENT, number)

    first = keys(world)["items"]
    checks.equal("at the start one key signs", 1, len(first))
    second, third = rotate(world), rotate(world)
    now = keys(world)["items"]
    checks.equal("each rotation brings another key", [first[0]["kid"], second["kid"], third["kid"]],
                 [key["kid"] for key in now])
    checks.equal("the last one signs, those before are retired", [True, True, False], ["retired" in key for key in now])
    checks.equal("none is revoked", [False] * 3, [key["revoked"] for key in now])
    checks.equal("and each was new", 3, len({key["kid"] for key in now}))

    before = len(upstream.seen)
    checks.equal("the grant of before serves", "ok", agent.call(LIST, WEEK)["code"])
    checks.equal("its request went out", 1, len(upstream.seen) - before)
    checks.equal("the question that waited takes a yes", "ok", say_yes(world, question, "once").code)
    checks.equal("and the agent hears it", "granted", agent.result(waiting)["code"])
    checks.equal("the call is made", "ok", agent.call(CREATE, EVENT)["code"])
    checks.equal("a login of before is good", "bob", guest.get("/me")["name"])
    later = world.agent()
    call, challenge, _ = ask(world, later, LIST, WEEK)
    say_yes(world, challenge, "session")
    checks.equal("a session that starts now knows the last key", "granted", later.result(call)["code"])
    checks.equal("and its call is made", "ok", later.call(LIST, WEEK)["code"])
    later.end()

    rotated = [row for row in rows(world.owner, "/audit") if row["kind"] == "keys.rotated"]
    checks.equal("each rotation is a row, by the key that follows", [second["kid"], third["kid"]],
                 [row["kid"] for row in rotated])
    session = agent.session
    status, _ = agent.end()
    checks.equal("the agent ends well", 0, status)
    told = [row for row in rows(world.owner, f"/sessions/{session}/audit") if row["kind"] == "keys.changed"]
    checks.equal("the session's audit tells of both steps of both", 4, len(told))
    both_verify(world, checks, session)


def a_start_finds_the_last_key(world, checks):
    """The platform is stopped and started: the last key signs, and nothing of before is lost."""
    last = keys(world)["items"][-1]["kid"]
    world.x1("down", check=True)
    world.up()
    world.token = ("", 0)
    checks.equal("after a start the same key signs", last, keys(world)["items"][-1]["kid"])
    rotate(world)
    agent = world.agent()
    checks.equal("and is followed by another", "shown", agent.call("emit_status", {"text": "here"})["code"])
    session = agent.session
    agent.end()
    both_verify(world, checks, session)


def a_revoked_key_ends_what_it_signed(world, checks):
    upstream = world.upstream
    agent = world.agent()
    call, challenge, _ = ask(world, agent, LIST, WEEK)
    say_yes(world, challenge, "session")
    checks.equal("a grant", "granted", agent.result(call)["code"])
    checks.equal("that serves", "ok", agent.call(LIST, WEEK)["code"])
    before = len(upstream.seen)
    rotate(world, "--revoke-old")
    closed = world.owner.event(agent.session, "turn.closed")
    checks.equal("the open turn ends, and says why", "key_revoked", closed["payload"]["outcome"])
    checks.equal("the call is refused", "no_active_turn", agent.call(LIST, WEEK)["code"])
    checks.equal("nothing went out", before, len(upstream.seen))
    grants = world.owner.get(f"/sessions/{agent.session}/grants")["items"]
    checks.equal("the grant is revoked", ["revoked"], [grant["state"] for grant in grants])
    checks.equal("every earlier key is revoked", [True] * (len(keys(world)["items"]) - 1) + [False],
                 [key["revoked"] for key in keys(world)["items"]])
    session = agent.session
    agent.end()
    both_verify(world, checks, session)
    upstream.close()


def who_may(world, checks):
    """A key is rotated by whoever owns the platform's processes, and by no account of it."""
    guest = world.guest("eve", PASSWORD)
    for method, path in (("POST", "/keys"), ("POST", "/keys/rotate"), ("GET", "/keys")):
        checks.equal(f"{method} {path} is no way to it", 404, guest.call(method, path).status)
    world.x1("down", check=True)
    checks.equal("without a platform there is nothing to rotate", 3, world.x1("keys", "rotate").returncode)
    checks.equal("and the keys can be listed", 0, world.x1("keys").returncode)
    world.up()
    world.token = ("", 0)


if __name__ == "__main__":
    sys.exit(main(everything_goes_on, a_start_finds_the_last_key, a_revoked_key_ends_what_it_signed, who_may))
