#!/usr/bin/env python3
"""D2, D3, F1 over REST: twenty people's clicks are one yes and one call; a yes is for what was shown, by whom it was
asked; and what is somebody else's is not there. Run from anywhere with X1_BIN set."""
import contextlib
import http.client
import json
import os
import re
import stat
import subprocess
import sys
import threading

from checks import main
from rest import Answer, Api, Refused
from running import PATIENCE
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


def another_account(world, checks):
    """x1 login: x1 is another account until x1 logout, and never the owner by mistake."""
    name, kept, port = "eve", world.state / "run/login", world.port()
    world.owner.post("/accounts", {"name": name, "password": PASSWORD})
    checks.equal("a password is no argument", (2, 2), (world.x1("login", name, PASSWORD).returncode,
                                                      world.x1("login", name, "--password", PASSWORD).returncode))
    wrong = world.x1("login", name, "--json", typed=PASSWORD + "x")
    checks.equal("a wrong password is no login", (1, "unauthenticated", False),
                 (wrong.returncode, json.loads(wrong.stderr)["code"], kept.exists()))
    entered = world.terminal("login", name)
    entered.until("(not shown): ")
    entered.say(PASSWORD + "\n")
    status, said = entered.end()
    checks.that("the right one is, without echo", status == 0 and "logged in as eve" in said and PASSWORD not in said, said)
    checks.equal("the login is its user's alone to read", (0o600, 0o700),
                 (stat.S_IMODE(kept.stat().st_mode), stat.S_IMODE(kept.parent.stat().st_mode)))
    checks.equal("no file holds the password", [], world.files_holding(PASSWORD))
    me = Api(port=port, token=world.x1("token", check=True).stdout.strip())
    checks.equal("x1 is that account", name, me.get("/me")["name"])
    checks.equal("which has nothing of the owner's", ("no sessions\n", True),
                 (world.x1("sessions").stdout, "no connections" in world.x1("connections").stdout))
    for words in (("audit", "show"), ("audit", "verify")):
        refused = world.x1(*words, "--json")
        checks.equal(f"nor may see x1 {' '.join(words)}", 1, refused.returncode)
    twice = world.x1("login", name, "--json", typed=PASSWORD)
    checks.equal("a second login waits for the end of the first", (1, "conflict"),
                 (twice.returncode, json.loads(twice.stderr)["code"]))
    out = world.x1("logout")
    checks.equal("it is logged out", (0, "logged out\n", False), (out.returncode, out.stdout, kept.exists()))
    checks.equal("at the platform too", 401, me.call("GET", "/me").status)
    checks.that("then x1 is the owner again", "no sessions" not in world.x1("sessions").stdout, "the owner's")
    checks.equal("and a second logout is none", 0, world.x1("logout").returncode)

    world.x1("login", name, typed=PASSWORD, check=True)
    Api(port=port, token=world.x1("token", check=True).stdout.strip()).post("/logout")
    ended = world.x1("sessions", "--json")
    checks.equal("a login that was ended elsewhere is nobody, and not the owner", (1, "unauthenticated"),
                 (ended.returncode, json.loads(ended.stderr)["code"]))
    checks.equal("until it is let go here", (0, 0), (world.x1("logout").returncode, world.x1("sessions").returncode))


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


def browse(port, host, method, path, body=None, **headers):
    """One request as a browser sends it, to this machine under any name → rest.Answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    headers = {name.replace("_", "-"): value for name, value in headers.items()} | {"Host": host}
    text = None if body is None else json.dumps(body)
    with contextlib.closing(connection):
        connection.request(method, "/api/v1" + path, text, headers | ({"Content-Type": "application/json"} if text else {}))
        response = connection.getresponse()
        said = response.read().decode()
        return Answer(response.status, json.loads(said) if said else None, response.headers)


def own_address(world):
    """What `x1 status` names for a browser, without its scheme."""
    return json.loads(world.x1("status", "--json").stdout)["url"].removeprefix("http://")


def a_browser(world, checks):
    """E3: a sign-in link becomes a cookie under the platform's own name, which counts nowhere else and for no other site."""
    port, own = world.port(), own_address(world)
    checks.that("the platform has a name of its own", re.fullmatch(rf"x1-[0-9a-f]{{16}}\.localhost:{port}", own), own)
    checks.that("which people are shown", f"for a browser: http://{own}\n" in world.x1("status").stdout, own)
    use = "/sign-in-links/use"
    wish = {"link": json.loads(world.x1("link", "--json", check=True).stdout)["link"], "cookie": True}
    shared = [f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}"]
    foreign = [f"x1-00000000.localhost:{port}", f"sub.{own}", f"example.org:{port}", own.split(":")[0]]
    for host in shared + foreign:
        answer = browse(port, host, "POST", use, wish)
        checks.equal(f"no cookie is set under {host.replace(str(port), 'PORT')}", (403, None),
                     (answer.status, answer.headers["set-cookie"]))
    signed = browse(port, own, "POST", use, wish, Origin=f"http://{own}", Sec_Fetch_Site="same-origin")
    cookie, *kind = (signed.headers["set-cookie"] or "").split("; ")
    checks.that("E3: the link, not spent by that, is a cookie under the own name", signed.status == 200
                and {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(kind), (signed, kind))
    checks.that("which no script can read", "token" not in signed.value and "Domain" not in "".join(kind), signed.value)
    checks.equal("the link works once", 401, browse(port, own, "POST", use, wish).status)
    me = browse(port, own, "GET", "/me", Cookie=cookie)
    checks.equal("the cookie is the owner", (200, "owner"), (me.status, me.value.get("name")))
    for host in shared:
        checks.equal(f"under {host.replace(str(port), 'PORT')} it is nobody", 401,
                     browse(port, host, "GET", "/me", Cookie=cookie).status)
    for host in foreign:
        checks.equal(f"{host.replace(str(port), 'PORT')} is no name of ours", 403,
                     browse(port, host, "GET", "/me", Cookie=cookie).status)
    session = {"command": ["true"], "start": False}
    for name, said in (("another site", {"Origin": "http://evil.example", "Sec_Fetch_Site": "cross-site"}),
                       ("another server of this machine", {"Origin": f"http://localhost:{port}"}),
                       ("a page without an origin", {"Origin": "null"}), ("a sibling", {"Sec_Fetch_Site": "same-site"}),
                       ("who does not say", {})):
        answer = browse(port, own, "POST", "/sessions", session, Cookie=cookie, **said)
        checks.equal(f"a write by {name} is refused", (403, "forbidden"), (answer.status, answer.code))
    checks.equal("E3: no write from another site made anything", [], [each for each in world.owner.get("/sessions")["items"]
                                              if each["state"] == "created"])
    world.x1("down", check=True)
    world.up()
    port, before, own = world.port(), own, own_address(world)
    checks.equal("after a restart it has the same name", before.split(":")[0], own.split(":")[0])
    checks.equal("and the cookie is still good", 200, browse(port, own, "GET", "/me", Cookie=cookie).status)
    left = browse(port, own, "POST", "/logout", Cookie=cookie, Origin=f"http://{own}")
    checks.equal("until the site itself ends it", (204, 401),
                 (left.status, browse(port, own, "GET", "/me", Cookie=cookie).status))


def list_of(inside, folder):
    return subprocess.run([*inside, "find", folder, "-type", "f"], capture_output=True, text=True,
                          check=False).stdout.splitlines()


if __name__ == "__main__":
    sys.exit(main(one_yes, somebody_else, a_browser, another_account, logins))
