#!/usr/bin/env python3
"""D2 end to end: how much a yes is good for, a no for the session, taking back one, all of a scope, of a session, of a
person, also while a request is under way; and the kill switch, with a broker that does not answer. The real platform
and a server that counts. Run from anywhere with X1_BIN set; `limits.py STORY…` runs only those."""
import contextlib
import json
import os
import signal
import sys
import threading

from checks import Checks
from people import code, person
from upstream import FOUND, login_checked
from watched import ASK, CREATE, LIST, LUNCH, WEEK, Platform, below, ended, run


class Slow:
    """An upstream's answer that waits until it is let go, once it was told to."""

    def __init__(self):
        self.wait, self.go = False, threading.Event()

    def __call__(self, request):
        if self.wait:
            self.go.wait(60)
        return login_checked(request)


def allowed(platform, agent, *options, ask=None):
    """A question of the agent's, and the owner's answer with these options → what the agent hears."""
    last = so_far(platform.world, agent)[-1]["number"]
    call = agent.begin("request_permission", ask or ASK)
    asked = platform.world.owner.event(agent.session, "consent.asked", last)
    challenge = asked["payload"]["challenge"]["id"]
    platform.world.x1("approve", challenge, *options, check=True)
    heard = agent.result(call)["code"]
    # The platform's own list of grants follows the broker's events.
    platform.world.owner.event(agent.session, "consent.granted" if heard == "granted" else "consent.denied", last)
    return heard, challenge


def taking_back(world, agent, *line):
    """`x1 grants` with this, and what the broker makes of it in the agent's session → what x1 said."""
    last = so_far(world, agent)[-1]["number"]
    done = world.x1("--json", "grants", *line, check=True)
    world.owner.event(agent.session, "grant.revoked", last)
    return json.loads(done.stdout)


def so_far(world, agent):
    """All events up to a status that the agent sends now."""
    marks = agent.__dict__.setdefault("marks", [])
    marks.append(f"mark {len(marks)}")
    agent.call("emit_status", {"text": marks[-1]})
    seen = []
    for event in world.owner.events(agent.session):
        seen.append(event)
        if event["type"] == "agent.status" and event["payload"]["text"] == marks[-1]:
            break
    return seen


def grants(world, session):
    return json.loads(world.x1("--json", "grants", session, check=True).stdout)


def uses(world, checks):
    """So many calls and no more, twenty at once; the person sees what was used."""
    platform = Platform(world, checks)
    agent, _, _ = platform.agent(asking=False)
    for options in (("--once", "--uses", "2"), ("--for-session", "--uses", "0"), ("--for-session", "--bytes", "much")):
        refused = world.x1("approve", *options)
        checks.that(f"x1 approve {' '.join(options)} is refused", refused.returncode in (1, 2), refused)
    checks.equal("granted for three calls", "granted", allowed(platform, agent, "--for-session", "--uses", "3")[0])
    before = len(platform.upstream.seen)
    calls = [agent.begin(LIST, WEEK) for _ in range(20)]
    outcomes = sorted(agent.result(number)["code"] for number in calls)
    checks.equal("of twenty calls at once three are served", ["ok"] * 3 + ["permission_required"] * 17, outcomes)
    checks.equal("and three requests went out", 3, len(platform.upstream.seen) - before)
    told = [event["payload"] for event in so_far(world, agent) if event["type"] == "grant.used"]
    checks.equal("people are told each time how many it makes", (3, 3), (len(told), told[-1]["calls"]))
    text = world.x1("grants", agent.session, check=True).stdout
    checks.that("x1 grants shows what was used", "3 of 3 calls used" in text, text)
    checks.equal("each is counted in a row", 3, platform.rows(agent.session, "grant.used"))
    refused = world.owner.call("POST", "/challenges/none/approve", {"digest": "0" * 64, "lifetime": "once", "uses": -1})
    checks.equal("the interface takes no negative number", (400, "invalid_request"), (refused.status, refused.code))
    agent.end()
    platform.upstream.close()


def sizes(world, checks):
    """So many bytes and no more: an answer larger than what is left is cut off, and then nothing is left."""
    platform = Platform(world, checks)
    large = FOUND.replace("Dentist", "D" * 20_000)
    body = {"text": FOUND}
    platform.upstream.answer = lambda request: (207, body["text"].encode())
    agent, _, _ = platform.agent(asking=False)
    allowed(platform, agent, "--turn", "--bytes", "10kB")
    checks.equal("what fits is served", "ok", agent.call(LIST, WEEK)["code"])
    request = platform.upstream.seen[-1]
    sent = len(request.target) + len(request.body)
    so_far(world, agent)
    grant = grants(world, agent.session)["items"][0]
    checks.equal("request and answer are counted to the byte", {"calls": 1, "bytes": sent + len(FOUND)}, grant["used"])
    body["text"] = large
    checks.that("an answer that is too large is not taken in", agent.call(LIST, WEEK)["code"] not in ("ok", "pending"))
    so_far(world, agent)
    grant = grants(world, agent.session)["items"][0]
    checks.equal("what was left is used up, and no more", 10_000, grant["used"]["bytes"])
    before = len(platform.upstream.seen)
    checks.equal("and the next call asks again", "permission_required", agent.call(LIST, WEEK)["code"])
    checks.equal("without a request", before, len(platform.upstream.seen))
    agent.end()
    platform.upstream.close()


def denied_for_the_session(world, checks):
    """One no for all of the kind: nobody is asked again, until the person lifts it."""
    platform = Platform(world, checks)
    agent, _, _ = platform.agent(asking=False)
    heard, challenge = allowed(platform, agent, "--deny-for-session")
    checks.equal("the agent hears no", "denied", heard)
    questions = sum(event["type"] == "consent.asked" for event in so_far(world, agent))
    other = {"tool": LIST, "arguments": {**WEEK, "end": "2026-11-29T00:00:00Z"}}
    for ask in (ASK, other):
        checks.equal("another question of the kind is answered at once", "denied",
                     agent.call("request_permission", ask)["code"])
    checks.equal("and so is the call", "permission_denied", agent.call(LIST, WEEK)["code"])
    checks.equal("nobody was asked", questions, sum(event["type"] == "consent.asked" for event in so_far(world, agent)))
    listed = grants(world, agent.session)
    checks.equal("x1 grants lists it", [challenge], [each["challenge"] for each in listed["denials"]])
    call = agent.begin("request_permission", {"tool": CREATE, "arguments": LUNCH})
    asked = next(event for event in world.owner.events(agent.session)
                 if event["type"] == "consent.asked" and event["payload"]["side_effects"])
    world.x1("approve", asked["payload"]["challenge"]["id"], "--deny", check=True)
    checks.equal("another scope is asked for", "denied", agent.result(call)["code"])
    world.x1("grants", agent.session, "--lift", challenge, check=True)
    world.owner.event(agent.session, "consent.lifted")
    checks.equal("lifted, it is asked and allowed", "granted", allowed(platform, agent, "--once")[0])
    checks.equal("and served", "ok", agent.call(LIST, WEEK)["code"])
    checks.equal("nothing is denied any more", [], grants(world, agent.session)["denials"])
    agent.end()
    platform.upstream.close()


def taken_back(world, checks):
    """A revocation cuts the request that is under way; all of a scope, of a session, of a person in all sessions."""
    platform = Platform(world, checks)
    slow = Slow()
    platform.upstream.answer = slow
    agent, _, _ = platform.agent(asking=False)
    other, _, _ = platform.agent(asking=False)
    for name, line in (("all of a scope", [agent.session, "--revoke-all", "--scope", "calendar.read"]),
                       ("all in a session", [agent.session, "--revoke-all"]),
                       ("everybody's in it", [agent.session, "--revoke-all", "--everybody"]),
                       ("all of a person's", ["--revoke-all"])):
        for each in (agent, other):
            allowed(platform, each, "--for-session")
        slow.wait, before = True, len(platform.upstream.seen)
        call = agent.begin(LIST, WEEK)
        platform.upstream.after(before)
        everywhere = name == "all of a person's"
        taken = taking_back(world, other if everywhere else agent, *line)
        checks.equal(f"{name}: the request that is under way is cut", "permission_denied", agent.result(call)["code"])
        slow.go.set()
        slow.wait, slow.go = False, threading.Event()
        checks.equal(f"{name}: so many were live", 2 if everywhere else 1, taken["grants"])
        checks.equal(f"{name}: the next call asks", "permission_required", agent.call(LIST, WEEK)["code"])
        expected = "permission_required" if everywhere else "ok"
        checks.equal(f"{name}: the other session", expected, other.call(LIST, WEEK)["code"])
        if not everywhere:
            taking_back(world, other, other.session, "--revoke-all")
    allowed(platform, agent, "--once")
    slow.wait, before = True, len(platform.upstream.seen)
    call = agent.begin(LIST, WEEK)
    platform.upstream.after(before)
    world.owner.event(agent.session, "grant.spent")
    grant = world.owner.get(f"/sessions/{agent.session}/grants")["items"][-1]
    checks.equal("for one request: people see that it is spent", "spent", grant["state"])
    world.x1("grants", agent.session, "--revoke", grant["id"], check=True)
    checks.equal("for one request: that one is cut", "permission_denied", agent.result(call)["code"])
    slow.go.set()
    agent.end()
    other.end()
    platform.upstream.close()


def only_ones_own(world, checks):
    """In a session of two, each takes back their own; somebody else's only the owner of the session."""
    platform = Platform(world, checks)
    bob = person(world, "bob-l")
    agent, _, _ = platform.agent(asking=False)
    world.x1(*bob, "join", typed=world.x1("invite", agent.session, check=True).stdout.strip(), check=True)
    allowed(platform, agent, "--for-session")
    for line in (["--revoke-all", "--everybody"], ["--revoke-all", "--user", "owner"]):
        done = world.x1(*bob, "--json", "grants", agent.session, *line)
        checks.equal(f"a participant can't {' '.join(line)}", (1, "forbidden"), (done.returncode, code(done)))
    own = json.loads(world.x1(*bob, "--json", "grants", agent.session, "--revoke-all", check=True).stdout)
    checks.equal("their own are none", {"grants": 0}, own)
    checks.equal("and the owner's grant still serves", "ok", agent.call(LIST, WEEK)["code"])
    agent.end()
    platform.upstream.close()


def kill_switch(world, checks):
    """A participant kills the session while its broker is frozen: what runs in it ends at once."""
    platform = Platform(world, checks)
    bob, eve = person(world, "bob-k"), person(world, "eve-k")
    agent, _, _ = platform.agent(asking=False)
    for who, options in ((bob, ()), (eve, ("--viewer",))):
        invite = world.x1("invite", agent.session, *options, check=True).stdout.strip()
        world.x1(*who, "join", typed=invite, check=True)
    done = world.x1(*eve, "--json", "kill", agent.session)
    checks.equal("a viewer can't kill", (1, "forbidden"), (done.returncode, code(done)))
    allowed(platform, agent, "--for-session")
    broker = below(platform.part("broker", agent.session))
    whole = [each for each in platform.of_session(agent.session) if each not in broker]
    for pid in broker:
        os.kill(pid, signal.SIGSTOP)
    try:
        world.x1(*bob, "kill", agent.session, check=True)
        checks.equal("everything but the frozen broker has ended within seconds", [], platform.gone(whole, patience=5))
    finally:
        for pid in broker:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
    checks.equal("the session is over, and says why", "killed", ended(world, agent.session))
    states = {each["state"] for each in world.owner.get(f"/sessions/{agent.session}/grants")["items"]}
    checks.equal("nothing is allowed in it", {"revoked"}, states)
    killed = [json.loads(line)["row"] for line in world.owner.get("/audit")["lines"]
              if json.loads(line)["row"]["kind"] == "session.killed"]
    checks.equal("the platform's audit says which", [agent.session], [row["target"] for row in killed])
    said = world.owner.event(agent.session, "session.killed")
    checks.equal("and everybody in it by whom", killed[0]["actor"], said["actor"])
    checks.equal("the platform's story is whole", 0, world.x1("audit", "verify").returncode)
    platform.sent_before = len(platform.upstream.seen)
    platform.serves("after the kill")
    platform.end("the kill switch")


def main():
    checks = Checks()
    wanted = sys.argv[1:]
    for story in (uses, sizes, denied_for_the_session, taken_back, only_ones_own, kill_switch):
        if not wanted or story.__name__ in wanted:
            run(checks, story)
    return checks.end()


if __name__ == "__main__":
    sys.exit(main())
