#!/usr/bin/env python3
"""The calendar's tools end to end, D4: against a real server (radicale) events are made, changed, taken out one by one
and deleted; and against one that keeps every byte, what the dialog showed is what is sent, of the version it was read of.

Run from anywhere with X1_BIN set.
"""
import base64
import ssl
import sys
import urllib.error
import urllib.request

from checks import main
from upstream import CALENDAR, LOGIN, Upstream
from wire import Question, sent

LIST, GET = "calendar_list_events", "calendar_get_event"
CREATE, UPDATE = "calendar_create_event", "calendar_update_event"
DROP, DELETE = "calendar_delete_occurrence", "calendar_delete_event"
AUTUMN = {"start": "2026-10-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"}
TEAM = {"summary": "Team; Köln", "start": "2026-10-19T09:00:00", "end": "2026-10-19T10:00:00", "zone": "Europe/Berlin",
        "recurrence": "FREQ=WEEKLY;COUNT=4", "attendees": ["bob@example.org", "cy@example.org"],
        "organizer": "ada@example.org", "location": "Room 4"}


class Person:
    """One who answers an agent's questions, one after the other, on the terminal."""

    def __init__(self, world, checks, options=()):
        self.world, self.checks, self.agent, self.last = world, checks, world.agent(*options), 0

    def ask(self, tool, arguments):
        question = Question(self.world, self.agent, self.last, tool, arguments)
        self.last = question.number
        return question

    def allow_reading(self):
        question = self.ask(LIST, AUTUMN)
        self.world.x1("approve", question.id, "--for-session", check=True)
        self.checks.equal("reading is granted", "granted", self.agent.result(question.call)["code"])

    def do(self, name, tool, arguments):
        """Asked, allowed once, done → (question, what the agent got)."""
        question = self.ask(tool, arguments)
        self.checks.equal(f"{name}: granted", "granted", question.say_yes())
        done = self.agent.call(tool, arguments)
        self.checks.equal(f"{name}: done", "ok", done["code"])
        return question, done["content"]

    def listed(self, summary=""):
        """[start and summary] of the autumn's events, as the agent sees them."""
        events = self.agent.call(LIST, AUTUMN)["content"]["events"]
        return [f"{each['start']} {each['summary']}" for each in events if summary in each["summary"]]


class Other:
    """Another program of the same person's at the same server."""

    def __init__(self, account):
        context = ssl.create_default_context(cafile=account.ca)
        self.open = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context)).open
        self.origin = f"https://{account.address}"
        self.login = "Basic " + base64.b64encode(f"{account.user}:{account.password}".encode()).decode()

    def call(self, method, href, body=None):
        """→ (status, text)"""
        headers = {"Authorization": self.login, "Content-Type": "text/calendar; charset=utf-8"}
        request = urllib.request.Request(self.origin + href, body and body.encode(), headers, method=method)
        try:
            with self.open(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, ""


def life_of_an_event(world, checks):
    account = world.calendar()
    world.connect(account)
    other = Other(account)
    person = Person(world, checks)
    person.allow_reading()

    question, made = person.do("a series", CREATE, TEAM)
    for shown in ("bob@example.org", "cy@example.org", "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:bob@example.org",
                  "DTSTART;TZID=Europe/Berlin:20261019T090000", "RRULE:FREQ=WEEKLY;COUNT=4", "BEGIN:VTIMEZONE"):
        checks.that(f"its dialog shows {shown}", shown in question.dialog)
    checks.equal("it is listed on its own clock, through the change to winter time",
                 [f"{day}T09:00:00{offset} Team; Köln" for day, offset in (
                     ("2026-10-19", "+02:00"), ("2026-10-26", "+01:00"), ("2026-11-02", "+01:00"),
                     ("2026-11-09", "+01:00"))], person.listed("Team"))
    event = person.agent.call(GET, {"href": made["href"]})["content"]["event"]
    checks.equal("its people are told", ["bob@example.org", "cy@example.org"],
                 [each["address"] for each in event["attendees"]])
    checks.equal("and its zone", "Europe/Berlin", event["zone"])

    second = {"href": made["href"], "occurrence": "2026-10-26T09:00:00+01:00"}
    moved = second | {"start": "2026-10-27T15:00:00", "summary": "Team, late"}
    question, _ = person.do("one occurrence", UPDATE, moved)
    checks.that("the dialog shows the exception", "RECURRENCE-ID;TZID=Europe/Berlin:20261026T090000" in question.dialog)
    checks.that("and of which version it is", "if-match: " in question.dialog)
    question, _ = person.do("another occurrence taken out", DROP,
                            {"uid": event["uid"], "occurrence": "2026-11-02T09:00:00+01:00"})
    checks.that("the dialog shows that", "EXDATE;TZID=Europe/Berlin:20261102T090000" in question.dialog)
    checks.equal("both are seen, and the others as they were",
                 ["2026-10-19T09:00:00+02:00 Team; Köln", "2026-10-27T15:00:00+01:00 Team, late",
                  "2026-11-09T09:00:00+01:00 Team; Köln"], person.listed("Team"))
    status, text = other.call("GET", made["href"])
    checks.that("at the server stands one exception, and all the people twice",
                (status, text.count("RECURRENCE-ID"), text.count("mailto:bob@example.org")) == (200, 1, 2), text)

    race(person, checks, other, made["href"])
    ending(person, checks, other, made["href"])
    person.agent.end()


def race(person, checks, other, href):
    """Between the yes and the call somebody else changes the event."""
    change = {"href": href, "location": "Room 5"}
    question = person.ask(UPDATE, change)
    checks.equal("a change is granted", "granted", question.say_yes())
    text = other.call("GET", href)[1].replace("Room 4", "Room 6")
    checks.equal("meanwhile somebody else changes it", 201, other.call("PUT", href, text)[0])
    checks.equal("what was agreed to is not done to another version", "conflict",
                 person.agent.call(UPDATE, change)["code"])
    checks.that("and theirs stands", "Room 6" in other.call("GET", href)[1])
    person.do("asked anew", UPDATE, change)
    checks.that("it is changed", "Room 5" in other.call("GET", href)[1])
    old = person.agent.call("request_permission", {"tool": UPDATE, "arguments": change | {"etag": '"old"'}})
    checks.equal("a version that the agent knows to be another is a conflict before anybody is asked", "conflict",
                 old["code"])


def ending(person, checks, other, href):
    wrong = person.agent.call("request_permission", {"tool": DELETE, "arguments": {"href": href, "summary": "Spam"}})
    checks.equal("under a wrong name nothing is asked to be deleted", "conflict", wrong["code"])
    question, _ = person.do("the whole series", DELETE, {"href": href, "summary": TEAM["summary"]})
    checks.that("the dialog shows a DELETE, and what it is called", f"{href}\n" in question.dialog
                and "1. DELETE " in question.dialog and TEAM["summary"] in question.dialog, question.dialog)
    checks.equal("it is gone", 404, other.call("GET", href)[0])
    checks.equal("and from the list", [], person.listed("Team"))
    checks.equal("what is gone can't be changed", "not_found",
                 person.agent.call("request_permission", {"tool": UPDATE, "arguments": {"href": href, "summary": "x"}})["code"])


def versions(request):
    """A calendar of one event, whose versions are told by a number."""
    if dict(request.headers).get("authorization") != "Basic " + LOGIN:
        return 401, b""
    if request.method == "GET":
        return 200, CALENDAR.encode(), {"ETag": '"v1"'}
    if request.method in ("PUT", "DELETE"):
        return 204, b"", {"ETag": '"v2"'}
    return 207, b'<d:multistatus xmlns:d="DAV:"/>'


def byte_for_byte(world, checks):
    upstream = Upstream(world.folder / "upstream", versions)
    world.connect(upstream.account)
    # The second account of this world goes before the first.
    for each in world.owner.get("/connections")["items"]:
        if each["url"] != upstream.account.url:
            world.owner.delete(f"/connections/{each['id']}")
    person = Person(world, checks)
    href = "/ada/work/one.ics"
    change = {"href": href, "summary": "Dentist, moved", "start": "2026-11-24T11:00:00Z"}
    told = person.agent.call(UPDATE, change)
    checks.equal("without a right to read, nothing is read to plan a change", "permission_required", told["code"])
    checks.equal("and nothing went out", ["PROPFIND"], [each.method for each in upstream.seen])

    first = person.ask(UPDATE, change)
    checks.that("the person is asked for the reading first", "Allow       Read your calendar" in first.dialog
                and "1. GET " in first.dialog, first.dialog)
    checks.equal("it is shown exactly", first.shown()[0], f"GET https://{upstream.address}{href}")
    world.x1("approve", first.id, "--once", check=True)
    event = world.owner.event(person.agent.session, "consent.asked", first.number)
    challenge = event["payload"]["challenge"]
    checks.equal("then it was read, once", ["PROPFIND", "GET"], [each.method for each in upstream.seen])
    checks.equal("and the same request for permission goes on to the change", "PUT",
                 challenge["request"]["requests"][0]["method"])
    person.last, second = event["number"], Question.of(world, person.agent, event, first.call)
    checks.equal("the change is granted", "granted", second.say_yes())
    checks.equal("asking and answering changed nothing", ["PROPFIND", "GET"], [each.method for each in upstream.seen])
    checks.equal("it is done", "ok", person.agent.call(UPDATE, change)["code"])
    checks.equal("by the one request, and nothing was read again", ["PUT"], [each.method for each in upstream.seen[2:]])
    put = upstream.seen[-1]
    checks.equal("what went out is what the dialog showed, to the byte", second.shown(), sent(put, upstream.address))
    checks.equal("of the version that was read", '"v1"', dict(put.headers).get("if-match"))
    expected = CALENDAR.replace("SUMMARY:Dentist", "SUMMARY:Dentist\\, moved").replace("T100000Z", "T110000Z", 1)
    expected = expected.replace("DTEND:20261124T110000Z", "DTEND:20261124T120000Z")
    checks.equal("and is what stood there, but for what was to be changed",
                 expected.replace("END:VEVENT", "SEQUENCE:1\r\nEND:VEVENT"), put.body.decode())
    again = person.agent.call(UPDATE, change)
    checks.equal("neither yes serves again", "permission_required", again["code"])
    person.agent.end()
    upstream.close()


if __name__ == "__main__":
    sys.exit(main(life_of_an_event, byte_for_byte))
