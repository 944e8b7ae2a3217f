#!/usr/bin/env python3
"""Which account and which calendar, and what has come in since (D2, E1), against a real server (radicale) with two
calendars, and through two connections: the agent gets what the person picked and nothing else; and a grant from before
something was read is asked about again. Run from anywhere with X1_BIN set."""
import dataclasses
import sys

from calendar_tools import AUTUMN, CREATE, DELETE, GET, LIST, UPDATE, Other, Person
from checks import main
from wire import Question

PLAY, WORK = "/ada/play/", "/ada/work/"
HIKE = {"summary": "Hike", "start": "2026-10-20T09:00:00Z", "end": "2026-10-20T10:00:00Z"}
CHESS = {"summary": "Chess", "start": "2026-10-21T09:00:00Z", "end": "2026-10-21T10:00:00Z"}


def event(uid, summary):
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x1//test//EN", "BEGIN:VEVENT", f"UID:{uid}",
                        "DTSTAMP:20261001T000000Z", "DTSTART:20261019T100000Z", "DTEND:20261019T110000Z",
                        f"SUMMARY:{summary}", "END:VEVENT", "END:VCALENDAR", ""])


def only(world, *accounts):
    """Connects these accounts, and nothing else → their ids, in that order."""
    for each in world.owner.get("/connections")["items"]:
        world.owner.delete(f"/connections/{each['id']}")
    for account in accounts:
        world.connect(account)
    by_url = {each["url"]: each["id"] for each in world.owner.get("/connections")["items"]}
    return [by_url[account.url] for account in accounts]


def one_calendar(world, checks):
    """The account is the folder of all calendars, and the person picks one."""
    work = world.calendar()
    world.work = work
    other = Other(work)
    checks.equal("there is another calendar", 201, other.call("MKCALENDAR", PLAY)[0])
    checks.equal("with an event", 201, other.call("PUT", PLAY + "game.ics", event("game", "Game"))[0])
    checks.equal("and one at work", 201, other.call("PUT", WORK + "plan.ics", event("plan", "Plan"))[0])
    only(world, dataclasses.replace(work, url=work.url.removesuffix("work/")))
    person = Person(world, checks)
    agent = person.agent

    question = person.ask(LIST, AUTUMN)
    checks.that("the dialog says that a part can be picked", "any path below /ada/ that ends with '/'"
                in " ".join(question.dialog.split()), question.dialog)
    for wrong in ("/bob/", "/ada/play", "/ada/../bob/", "/"):
        refused = world.x1("approve", question.id, "--for-session", "--within", wrong)
        checks.that(f"{wrong} is no part of the account", refused.returncode == 1, refused.stdout + refused.stderr)
    checks.equal("nor is there a part of what is shown", 2,
                 world.x1("approve", question.id, "--once", "--within", PLAY).returncode)
    world.x1("approve", question.id, "--for-session", "--within", PLAY, check=True)
    told = agent.result(question.call)
    checks.equal("the agent hears for what part", ("granted", PLAY), (told["code"], told["content"]["within"]))
    checks.that("and so does the person", f" in {PLAY}  session" in world.x1("grants", agent.session).stdout)
    checks.equal("it gets that calendar", ["2026-10-19T10:00:00Z Game"], person.listed())
    checks.that("not an event of another", agent.call(GET, {"href": WORK + "plan.ics"})["code"] != "ok")
    for part in (WORK, "/ada/"):
        checks.equal(f"nor {part} by naming it", "permission_required", agent.call(LIST, AUTUMN | {"within": part})["code"])
    checks.equal("nor what is not of the account", "invalid_request", agent.call(LIST, AUTUMN | {"within": "/bob/"})["code"])

    question = person.ask(CREATE, HIKE)
    checks.that("the calendar that was read is offered", f"[1] {PLAY}\n" in question.dialog, question.dialog)
    terminal = world.terminal("approve", question.id)
    terminal.until("then Enter: ")
    terminal.say("s in 1\n")
    checks.equal("it is picked by its number", 0, terminal.end()[0])
    checks.equal("writing is granted", PLAY, agent.result(question.call)["content"]["within"])
    made = agent.call(CREATE, HIKE)
    checks.that("it writes there", made["content"].get("href", "").startswith(PLAY), made)
    checks.equal("it changes there", "ok", agent.call(UPDATE, {"href": made["content"]["href"], "location": "Hut"})["code"])
    checks.that("not elsewhere", agent.call(UPDATE, {"href": WORK + "plan.ics", "location": "Hut"})["code"] != "ok")
    checks.that("what stands elsewhere is as it was", "Hut" not in other.call("GET", WORK + "plan.ics")[1])
    gone = {"href": made["content"]["href"], "summary": "Hike"}
    question = person.ask(DELETE, gone)
    checks.that("a question about a part says so", f"Part        {PLAY} of it" in question.dialog, question.dialog)
    world.x1("approve", question.id, "--turn", check=True)
    checks.equal("deleting is granted for the same part", PLAY, agent.result(question.call)["content"]["within"])
    checks.equal("it deletes there", "ok", agent.call(DELETE, gone)["code"])
    checks.equal("it is gone", 404, other.call("GET", gone["href"])[0])
    person.agent.end()


def one_account(world, checks):
    """The agent names no account, and the person picks which."""
    work = world.work
    first, second = only(world, work, dataclasses.replace(work, url=work.url.removesuffix("work/") + "play/"))
    order = [each["id"] for each in world.owner.get("/connections")["items"]]
    (default, picked), there = (order, PLAY) if order[1] == second else (order, WORK)
    checks.equal("both are connected", {first, second}, {default, picked})
    person = Person(world, checks)
    agent = person.agent
    question = person.ask(LIST, AUTUMN)
    checks.that("both are offered", f"{default} at " in question.dialog and f"{picked} at " in question.dialog,
                question.dialog)
    refused = world.x1("approve", question.id, "--connection", "nobodys")
    checks.that("an account that is not offered is refused", refused.returncode == 1, refused.stdout)
    world.x1("approve", question.id, "--connection", picked, check=True)
    asked = world.owner.event(agent.session, "consent.asked", question.number)
    again = Question.of(world, agent, asked, question.call)
    person.last = asked["number"]
    checks.equal("the same call asks about the other", picked, again.challenge["request"]["connection"])
    checks.that("and shows what would be sent there", again.shown()[0].endswith(there), again.shown()[0])
    world.x1("approve", again.id, "--for-session", check=True)
    checks.equal("it is granted", "granted", agent.result(question.call)["code"])
    events = " ".join(person.listed())
    checks.equal("the agent gets that account without knowing", (there == PLAY, there == WORK),
                 ("Game" in events, "Plan" in events))
    checks.equal("and not the other by naming it", "permission_required",
                 agent.call(LIST, AUTUMN | {"connection": default})["code"])
    person.agent.end()


def since(world, checks):
    """A grant from before something was read."""
    account = world.work
    (connection,) = only(world, account)
    person = Person(world, checks)
    agent = person.agent
    question = person.ask(CREATE, CHESS)
    checks.that("at first there is nothing to tell", "has read" not in question.dialog, question.dialog)
    world.x1("approve", question.id, "--for-session", check=True)
    checks.equal("writing is granted", "granted", agent.result(question.call)["code"])
    person.allow_reading()
    checks.that("something is read", person.listed())
    told = agent.call(CREATE, CHESS)
    checks.equal("the grant from before is not used", "permission_required", told["code"])
    question = person.ask(CREATE, CHESS)
    for line in ("Since you allowed this, the session has read:", f"- what stands in the account {connection}",
                 f"- what the server https://{account.address} said", "It had read before that:", "- the words of "):
        checks.that(f"the dialog says: {line}", line in question.dialog, question.dialog)
    world.x1("approve", question.id, "--for-session", check=True)
    checks.equal("it is granted again", "granted", agent.result(question.call)["code"])
    for each in (CHESS, HIKE):
        checks.equal("and serves as long as nothing new comes in", "ok", agent.call(CREATE, each)["code"])
    rows = [row for row in world.x1("audit", "show", agent.session, "--raw").stdout.splitlines()
            if '"source.entered"' in row]
    checks.equal("each has a row", 3, len(rows))
    person.agent.end()


if __name__ == "__main__":
    sys.exit(main(one_calendar, one_account, since))
