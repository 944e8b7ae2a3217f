#!/usr/bin/env python3
"""D2, D3, F1 over REST: twenty people's clicks are one yes and one call; a yes is for what was shown, by whom it was
asked; and what is somebody else's is not there. Run from anywhere with X1_BIN set."""
import json
import os
import subprocess
import sys
import threading

from checks import main
from rest import Api, Refused
from upstream import Upstream

LIST = "calendar_list_events"
WEEK = {"start": "2026-11-23T00:00:00Z", "end": "2026-11-30T00:00:00Z"}
PASSWORD = "long-enough-password"
# Makes every login of the stopped platform end in 1970; the database is the API's, so this runs under an id that may.
AGE = """import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
changed = database.execute("UPDATE logins SET expires = 0").rowcount
database.commit()
database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
database.close()
print(changed)"""


def at_once(count, work):
    """Has `work` done by so many threads that begin together → their results."""
    results, gate = [], threading.Barrier(count)

    def one():
        gate.wait(60)
        results.append(work())

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def rows(api, path):
    """The rows of an audit, without what signs them."""
    return [json.loads(line)["row"] for line in api.get(path)["lines"]]


def ask(world, agent, after=0, arguments=WEEK):
    """A question → (the call's number, the event that asks)."""
    call = agent.begin("request_permission", {"tool": LIST, "arguments": arguments})
    return call, world.owner.event(agent.session, "consent.asked", after)


def one_yes(world, checks):
    """Twenty approvals at once: one is taken, one consent is recorded, one call goes out."""
    upstream = Upstream(world.folder / "upstream")
    world.connect(upstream.account)
    agent = world.agent()
    call, event = ask(world, agent)
    challenge = event["payload"]["challenge"]
    path = f"/challenges/{challenge['id']}"
    before = len(upstream.seen)

    wrong = ("0" if challenge["digest"][0] != "0" else "1") + challenge["digest"][1:]
    for name, body, expected in (
            ("another digest", {"digest": wrong, "lifetime": "once"}, (409, "conflict")),
            ("no digest", {"lifetime": "once"}, (400, "invalid_request")),
            ("an unknown lifetime", {"digest": challenge["digest"], "lifetime": "ever"}, (400, "invalid_request")),
            ("'until' without a time", {"digest": challenge["digest"], "lifetime": "until"}, (400, "invalid_request")),
            ("'until' in the past", {"digest": challenge["digest"], "lifetime": "until",
                                     "until": "2020-01-01T00:00:00.000Z"}, (400, "invalid_request"))):
        answer = world.owner.call("POST", path + "/approve", body)
        checks.equal(f"a yes with {name} is refused", expected, (answer.status, answer.code))

    yes = {"digest": challenge["digest"], "lifetime": "once"}
    answers = at_once(20, lambda: world.owner.call("POST", path + "/approve", yes))
    codes = sorted(answer.code for answer in answers)
    checks.equal("of twenty approvals at once, one is taken", ["conflict"] * 19 + ["ok"], codes)
    checks.equal("the agent hears one yes", "granted", agent.result(call)["code"])
    late = world.owner.call("POST", path + "/deny")
    checks.equal("a no after the yes is refused", (409, "conflict"), (late.status, late.code))

    calls = [agent.begin(LIST, WEEK) for _ in range(20)]
    outcomes = sorted(agent.result(number)["code"] for number in calls)
    checks.equal("of twenty calls at once, one is served", ["ok"] + ["permission_required"] * 19, outcomes)
    checks.equal("one request went out", 1, len(upstream.seen) - before)
    granted = [event for event in until_settled(world, agent) if event["type"] == "consent.granted"]
    checks.equal("one consent is told", [challenge["id"]], [event["payload"]["challenge"] for event in granted])
    session = agent.session
    agent.end()
    told = rows(world.owner, "/audit")
    minted = [row for row in told if row["kind"] == "consent.minted" and row["target"] == session]
    checks.equal("one consent stands in the platform's audit", [challenge["digest"]], [row["digest"] for row in minted])
    dialled = [row["target"] for row in rows(world.owner, f"/sessions/{session}/audit") if row["kind"] == "call.dialled"]
    checks.equal("and one request in the session's", [f"REPORT {upstream.account.url}"], dialled)
    checks.equal("both audits verify", [0, 0], [world.x1("audit", "verify", "--session", session).returncode,
                                                world.x1("audit", "verify").returncode])
    upstream.close()


def until_settled(world, agent):
    """All events up to a status that the agent sends now: what was on its way before has come."""
    agent.call("emit_status", {"text": "settled"})
    seen = []
    for event in world.owner.events(agent.session):
        seen.append(event)
        if event["type"] == "agent.status" and event["payload"]["text"] == "settled":
            return seen
    return seen


def somebody_else(world, checks):
    """Another account finds nothing of what is not its own, and can decide nothing."""
    guest = world.guest("bob", PASSWORD)
    agent = world.agent()
    call, event = ask(world, agent)
    challenge = event["payload"]["challenge"]
    connection = world.owner.get("/connections")["items"][0]["id"]
    session = f"/sessions/{agent.session}"
    yes = {"digest": challenge["digest"], "lifetime": "once"}
    for method, path, body in (
            ("GET", session, None), ("DELETE", session, None), ("POST", session + "/start", None),
            ("POST", session + "/messages", {"text": "hello"}), ("POST", session + "/turns/1/close", None),
            ("POST", session + "/questions/q", {"text": "x"}), ("GET", session + "/challenges", None),
            ("GET", session + "/grants", None), ("DELETE", session + "/grants/g", None), ("GET", session + "/audit", None),
            ("POST", f"/challenges/{challenge['id']}/approve", yes), ("POST", f"/challenges/{challenge['id']}/deny", None),
            ("DELETE", f"/connections/{connection}", None)):
        answer = guest.call(method, path, body)
        general = path.replace(agent.session, "S").replace(challenge["id"], "C").replace(connection, "C")
        checks.equal(f"for another account there is no {method} {general}", (404, "not_found"), (answer.status, answer.code))
    try:
        next(guest.events(agent.session))
        checks.that("another account can't follow the session", False, "a refusal, seen an event")
    except Refused as refused:
        checks.equal("another account can't follow the session", "not_found", refused.answer.code)
    for path in ("/sessions", "/connections"):
        checks.equal(f"another account's {path} are empty", [], guest.get(path)["items"])
    for method, path, body in (("GET", "/accounts", None), ("GET", "/audit", None),
                               ("POST", "/accounts", {"name": "eve", "password": PASSWORD})):
        answer = guest.call(method, path, body)
        checks.equal(f"{method} {path} is the owner's", (403, "forbidden"), (answer.status, answer.code))
    listed = world.owner.get(session + "/challenges")["items"]
    checks.equal("the question still waits for whom it was asked", ["pending"], [each["state"] for each in listed])
    world.owner.post(f"/challenges/{challenge['id']}/approve", yes)
    checks.equal("who can answer it", "granted", agent.result(call)["code"])
    agent.end()


def logins(world, checks):
    """Nobody without a login, and no login beyond its end."""
    port = world.port()
    for name, api in (("nobody over TCP", Api(port=port)), ("an invented token", Api(port=port, token="a" * 43)),
                      ("nobody on the socket", Api(socket=world.state / "run/api.sock"))):
        answer = api.call("GET", "/me")
        checks.equal(f"{name} is nobody", (401, "unauthenticated"), (answer.status, answer.code))
    account = {"name": "ada", "password": PASSWORD}
    ada = world.guest(**account)
    checks.equal("a login is somebody", "ada", ada.get("/me")["name"])
    wrong = Api(port=port).call("POST", "/login", account | {"password": PASSWORD + "x"})
    checks.equal("a wrong password is no login", (401, "unauthenticated"), (wrong.status, wrong.code))
    second = Api(port=port, token=Api(port=port).post("/login", account)["token"])
    second.post("/logout")
    checks.equal("who logged out is nobody", 401, second.call("GET", "/me").status)
    checks.equal("and others are not logged out with them", 200, ada.call("GET", "/me").status)

    world.x1("down", check=True)
    inside = [] if os.getuid() == 0 else ["unshare", "--user", "--map-auto", "--map-root-user"]
    database = next(path for path in list_of(inside, world.state / "api") if path.endswith("/x1.db"))
    aged = subprocess.run([*inside, "python3", "-c", AGE, database], capture_output=True, text=True, check=False)
    checks.that("logins were aged", aged.returncode == 0 and int(aged.stdout or 0) >= 1,
                f"at least one; seen {aged.stdout}{aged.stderr}")
    world.token = ("", 0)  # the owner's as well
    world.up()
    ada.port = world.port()
    late = ada.call("GET", "/me")
    checks.equal("a login that has expired is nobody", (401, "unauthenticated"), (late.status, late.code))
    ada.token = Api(port=ada.port).post("/login", account)["token"]
    checks.equal("who logs in again is somebody again", "ada", ada.get("/me")["name"])


def list_of(inside, folder):
    return subprocess.run([*inside, "find", folder, "-type", "f"], capture_output=True, text=True,
                          check=False).stdout.splitlines()


if __name__ == "__main__":
    sys.exit(main(one_yes, somebody_else, logins))
