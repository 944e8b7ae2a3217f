#!/usr/bin/env python3
"""C3, C4, G1 as a person meets them: `x1 connect` with a right password and with all that can be wrong, forgetting, and
where the password is to be found (nowhere). Run from anywhere with X1_BIN set."""
import base64
import dataclasses
import json
import pathlib
import socket
import sys
import threading

from checks import main
from upstream import LOGIN, PASSWORD, Upstream, login_checked
from world import PATIENCE

WEEK = {"start": "2026-11-23T00:00:00Z", "end": "2026-11-30T00:00:00Z"}
MEETING = {"summary": "Meeting", "start": "2026-11-25T12:00:00Z", "end": "2026-11-25T13:00:00Z"}
LIST, CREATE = "calendar_list_events", "calendar_create_event"


def code_of(done):
    """(exit status, the code of the refusal), by what a program reads."""
    said = done.stdout.strip() or done.stderr.strip()
    return done.returncode, json.loads(said).get("code", "ok") if said.startswith("{") else said


def try_it(world, account, *more, password=None, confirmed=True):
    words = ["--json", "connect", "caldav", "--url", account.url, "--user", account.user, "--ca", account.ca, *more]
    words += ["--confirm-address", account.address] if confirmed else []
    return world.x1(*words, typed=account.password if password is None else password)


def free_address():
    """An address at which nothing listens, and nothing can begin to as long as the socket is kept."""
    kept = socket.socket()
    kept.bind(("127.0.0.1", 0))
    return kept, "127.0.0.1:{}".format(kept.getsockname()[1])


def wrong(world, checks):
    """All that can be wrong, each with its code and its exit status; and nothing of it leaves a connection."""
    upstream = Upstream(world.folder / "upstream")
    right = upstream.account
    calendar = world.calendar()

    silent = socket.create_server(("127.0.0.1", 0))  # takes connections and never says a word
    quiet_address = "127.0.0.1:{}".format(silent.getsockname()[1])
    waiting = world.start(world.programs / "x1", "--json", "connect", "caldav", "--url", f"https://{quiet_address}/a/",
                          "--user", "ada", "--ca", right.ca, "--confirm-address", quiet_address)
    waiting.say("silent-password")
    waiting.process.stdin.close()

    def expect(name, expected, *args, **options):
        checks.equal(name, expected, code_of(try_it(world, *args, **options)))

    change = dataclasses.replace
    expect("a wrong password", (1, "forbidden"), calendar, password="wrong-password")
    expect("a wrong user name", (1, "forbidden"), change(calendar, user="bob"))
    expect("another server's authority", (1, "tls_failed"), change(calendar, ca=right.ca))
    expect("a calendar that is not there", (1, "upstream_error"), change(calendar, url=calendar.url + "none/"))
    expect("a private address that nobody confirmed", (1, "address_refused"), right, confirmed=False)
    other = "127.0.0.2:" + right.address.split(":")[1]
    expect("another private address was confirmed", (1, "address_refused"), change(right, address=other))
    expect("another port was confirmed", (1, "invalid_request"), change(right, address="127.0.0.1:1"))
    expect("plain http that nobody confirmed", (1, "address_refused"),
           change(right, url=right.url.replace("https", "http")), confirmed=False)
    expect("plain http with another address confirmed", (1, "address_refused"),
           change(right, url=right.url.replace("https", "http"), address=other))
    platform = f"127.0.0.1:{world.port()}"
    for scheme in ("http", "https"):
        expect(f"the platform itself over {scheme}, though confirmed", (1, "address_refused"),
               change(right, url=f"{scheme}://{platform}/api/v1/", address=platform))
    expect("the platform itself by its name", (1, "address_refused"),
           change(right, url=f"http://localhost:{world.port()}/api/v1/", address=platform))
    expect("an empty password", (1, "invalid_request"), right, password="")
    expect("a password of 1025 bytes", (1, "invalid_request"), right, password="x" * 1025)
    expect("a password with a control character", (1, "invalid_request"), right, password="pass\tword")
    expect("a user name with a colon", (1, "invalid_request"), change(right, user="ada:b"))
    expect("a URL with a query", (1, "invalid_request"), change(right, url=right.url + "?a=b"))
    expect("a URL with a password in it", (1, "invalid_request"),
           change(right, url=right.url.replace("https://", "https://ada:secret@")))
    expect("no URL at all", (1, "invalid_request"), change(right, url="calendar"))
    checks.equal("none of the last twelve reached the server", [], [request.line for request in upstream.seen])

    kept, nowhere = free_address()
    expect("a port at which nothing listens", (1, "upstream_error"),
           change(right, url=f"https://{nowhere}/ada/work/", address=nowhere))
    kept.close()
    upstream.answer = lambda request: (301, b"")
    expect("a server that redirects", (1, "upstream_error"), right)
    upstream.answer = lambda request: (500, b"")
    expect("a server that fails", (1, "upstream_error"), right)
    checks.equal("the password was sent once to each, and nowhere else", 2, len(upstream.seen))

    for name, words in (("without a URL", ["connect", "caldav", "--user", "ada"]),
                        ("of an unknown kind", ["connect", "imap", "--url", right.url, "--user", "ada"]),
                        ("with a CA that is not there", ["connect", "caldav", "--url", right.url, "--user", "ada", "--ca",
                                                         world.folder / "none.pem"]),
                        ("with a password as an argument", ["connect", "caldav", "--url", right.url, "--user", "ada",
                                                            "--password", "x"])):
        checks.equal(f"a command line {name} is a usage error", 2, world.x1(*words).returncode)

    checks.equal("nothing of all this is a connection", [], world.owner.get("/connections")["items"])
    silence = waiting.end()
    checks.equal("a server that says nothing", (1, "timed_out"), (silence[0], json.loads(silence[1])["code"]))
    for password in ("wrong-password", "silent-password", PASSWORD, calendar.password):
        checks.equal(f"no file keeps a password that was not taken ({password[:6]}…)", [], world.files_holding(password))
    silent.close()
    upstream.close()


def command_lines_and_environments():
    """What everybody on this machine can read of the processes (as far as we may)."""
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            try:
                yield f"{process.name}/{name}", (process / name).read_bytes()
            except OSError:
                continue


def where_the_password_is(world, checks):
    """The login is tried while we look: then the password is in x1, vault and dialer, and on the wire."""
    asked, go_on = threading.Event(), threading.Event()

    def slowly(request):
        asked.set()
        go_on.wait(PATIENCE)
        return login_checked(request)

    upstream = Upstream(world.folder / "upstream", slowly)
    account = upstream.account
    running = world.terminal("connect", "caldav", "--url", account.url, "--user", account.user, "--ca", account.ca)
    said = running.until("exactly this address: ")
    checks.that("on a terminal x1 asks whether the private address is one's own", account.address in said, account.address)
    running.say("yes\n")
    said += running.until("(not shown): ")
    running.say(PASSWORD + "\n")
    checks.that("the server is asked", asked.wait(PATIENCE))
    held = [place for place, text in command_lines_and_environments() if PASSWORD.encode() in text]
    checks.equal("no command line and no environment holds the password", [], held)
    in_sight = [place for place, text in command_lines_and_environments() if account.url.encode() in text]
    checks.that("and we would have seen it there", in_sight, "the URL on the command line of x1")
    go_on.set()
    status, rest = running.end()
    checks.equal("the connection is made", 0, status)
    checks.that("the password was not echoed", PASSWORD not in said + rest, f"none in {said + rest!r}")
    checks.equal("the server saw one PROPFIND", ["PROPFIND /ada/work/ HTTP/1.1"], [each.line for each in upstream.seen])
    secrets = (PASSWORD, LOGIN, base64.b64encode(PASSWORD.encode()).decode().rstrip("="), PASSWORD.encode().hex())
    for secret in secrets:
        checks.equal(f"no file holds the password ({secret[:6]}…)", [], world.files_holding(secret))
    connection = world.owner.get("/connections")["items"][0]["id"]
    checks.that("files of the vault and of the API were looked into", world.files_holding(connection),
                f"some with {connection}")

    no = world.terminal("connect", "caldav", "--url", account.url, "--user", account.user, "--ca", account.ca)
    no.until("exactly this address: ")
    no.say("no\n")
    checks.equal("a no to the private address is a refusal", 1, no.end()[0])
    checks.equal("for which nothing is sent", 1, len(upstream.seen))
    world.owner.delete(f"/connections/{connection}")
    upstream.close()


def life_of_a_connection(world, checks):
    """Connected, listed, used, kept over a restart, forgotten, refused."""
    calendar = world.calendar()
    made = try_it(world, calendar)
    checks.equal("the right password is taken", (0, "ok"), code_of(made))
    made = json.loads(made.stdout)
    checks.equal("and what was made is said", (calendar.url, "ada", "caldav"), (made["url"], made["user"], made["kind"]))
    without_slash = try_it(world, dataclasses.replace(calendar, url=calendar.url.rstrip("/")))
    checks.equal("a URL without its last slash is the same calendar", calendar.url, json.loads(without_slash.stdout)["url"])
    listed = json.loads(world.x1("connections", "--json").stdout)["items"]
    checks.equal("both are listed", {made["id"], json.loads(without_slash.stdout)["id"]}, {each["id"] for each in listed})
    text = world.x1("connections").stdout
    checks.that("for people too, without the password", made["id"] in text and calendar.url in text
                and calendar.password not in text, f"id and URL; seen {text!r}")
    removed = world.x1("connections", "--remove", json.loads(without_slash.stdout)["id"], "--json")
    checks.equal("one is forgotten", 0, removed.returncode)
    checks.equal("what is not there can't be", (1, "not_found"),
                 code_of(world.x1("connections", "--remove", made["id"] + "x", "--json")))

    world.x1("down", check=True)
    checks.equal("without the platform nothing can be connected", (3, "unavailable"), code_of(try_it(world, calendar)))
    world.up()
    agent = world.agent()
    asked = agent.begin("request_permission", {"tool": LIST, "arguments": WEEK})
    challenge = world.owner.event(agent.session, "consent.asked")["payload"]["challenge"]["id"]
    world.x1("approve", challenge, "--for-session", check=True)
    checks.equal("after a restart the connection can be asked for", "granted", agent.result(asked)["code"])
    checks.equal("and used", "ok", agent.call(LIST, WEEK)["code"])
    forgetting(world, checks, agent, made["id"])
    agent.end()
    checks.equal("nothing is listed", "no connections; see `x1 connect --help`\n", world.x1("connections").stdout)
    another = world.agent()
    again = another.call("request_permission", {"tool": LIST, "arguments": WEEK})
    checks.equal("and in another session it can't be asked for", "not_allowed", again["code"])
    another.end()


def forgetting(world, checks, agent, connection):
    """A running session has a grant on this connection, and a question about it waits: both end with it."""
    grants = f"/sessions/{agent.session}/grants"
    granted = world.owner.get(grants)["items"]
    checks.equal("the grant is live", ["live"], [each["state"] for each in granted])
    last = max(event["number"] for event in until_settled(world, agent, "before"))
    asked = agent.begin("request_permission", {"tool": CREATE, "arguments": MEETING})
    question = world.owner.event(agent.session, "consent.asked", last)["payload"]["challenge"]
    forgotten = world.x1("connections", "--remove", connection)
    checks.equal("it is forgotten", (0, "forgotten\n"), (forgotten.returncode, forgotten.stdout))
    yes = world.owner.call("POST", f"/challenges/{question['id']}/approve",
                           {"digest": question["digest"], "lifetime": "session"})
    checks.equal("its question can't be approved any more", (409, "conflict"), (yes.status, yes.code))
    checks.equal("and the agent hears a no", "denied", agent.result(asked)["code"])
    told = world.owner.event(agent.session, "grant.revoked", last)["payload"]["grants"]
    checks.equal("the broker has taken its grant back", [granted[0]["id"]], told)
    checks.equal("nothing is live", [], [each for each in world.owner.get(grants)["items"] if each["state"] == "live"])
    checks.equal("a call after that needs a permission again", "permission_required", agent.call(LIST, WEEK)["code"])
    again = agent.call("request_permission", {"tool": LIST, "arguments": WEEK})
    checks.equal("for which nobody can be asked", "not_allowed", again["code"])


def until_settled(world, agent, word):
    """All events up to a status that the agent sends now."""
    agent.call("emit_status", {"text": word})
    seen = []
    for event in world.owner.events(agent.session):
        seen.append(event)
        if event["type"] == "agent.status" and event["payload"]["text"] == word:
            break
    return seen


if __name__ == "__main__":
    sys.exit(main(wrong, where_the_password_is, life_of_a_connection))
