#!/usr/bin/env python3
"""B4, D2 end to end: what the person is shown is what goes out, to the byte; one byte more or less is another question.

The dialog is taken from the terminal of `x1 approve`, the requests from a TLS server that keeps every byte. Run from
anywhere with X1_BIN set.
"""
import re
import sys

from checks import main
from upstream import LOGIN, Upstream
from world import PROMPT

LIST, CREATE = "calendar_list_events", "calendar_create_event"
WEEK = {"start": "2026-11-23T00:00:00Z", "end": "2026-11-30T00:00:00Z"}
OTHER = WEEK | {"start": "2026-11-24T00:00:00Z"}
LUNCH = {"summary": "Lunch", "start": "2026-11-25T12:00:00Z", "end": "2026-11-25T13:00:00Z"}
# Follow from the rest of a request, or are the credential; everything else on the wire must have been shown.
UNSHOWN = {"host", "content-length", "accept-encoding", "connection", "authorization"}
# These lines of a dialog differ between any two questions.
OF_THE_QUESTION = re.compile(r"^  Asked  |^              [0-9a-f]{64}$")


class Question:
    """One request for permission, as it stands at the API and on the terminal of who is asked."""

    def __init__(self, world, agent, after, tool, arguments):
        call = agent.begin("request_permission", {"tool": tool, "arguments": arguments})
        self._show(world, agent, world.owner.event(agent.session, "consent.asked", after), call)

    @classmethod
    def of(cls, world, agent, event, call):
        """The question of this event, which came of an earlier request for permission."""
        question = cls.__new__(cls)
        question._show(world, agent, event, call)
        return question

    def _show(self, world, agent, event, call):
        self.world, self.agent, self.call = world, agent, call
        self.number, self.challenge = event["number"], event["payload"]["challenge"]
        self.id, self.digest = self.challenge["id"], self.challenge["digest"]
        terminal = world.terminal("approve", self.id)
        self.dialog = terminal.until(PROMPT)
        terminal.say("\x04")  # the end of input: not answered
        self.unanswered = terminal.end()[0]

    def say_yes(self, lifetime="--once"):
        """`x1 approve` → what the agent is told."""
        self.world.x1("approve", self.id, lifetime, check=True)
        return self.agent.result(self.call)["code"]

    def shown(self):
        """The request that the dialog's text says would be sent: (line, headers, body). Knows nothing but the text."""
        lines = self.dialog.split("\n")
        first = next(at for at, line in enumerate(lines) if line.startswith("  1. "))
        method, url = lines[first].removeprefix("  1. ").split(" ")
        rest = lines[first + 1:]
        blank = rest.index("")
        headers = [tuple(line.strip().split(": ", 1)) for line in rest[:blank]]
        body = []
        for line in rest[blank + 1:]:
            if line.startswith("     │ "):
                body.append(line.removeprefix("     │ "))
            elif line.startswith("     ┊ "):
                body[-1] += line.removeprefix("     ┊ ")
            else:
                break
        end = "\r\n" if "lines end in CR LF" in line else "\n"
        return f"{method} {url}", headers, end.join(body).encode()


def sent(request, address):
    """What came, in the form of Question.shown()."""
    headers = sorted((name, value) for name, value in request.headers if name not in UNSHOWN)
    return f"{request.method} https://{address}{request.target}", headers, request.body


def differing_bytes(one, other):
    """[(position, byte, byte)]; None when they are not equally long."""
    if len(one) != len(other):
        return None
    return [(at, one[at:at + 1], other[at:at + 1]) for at in range(len(one)) if one[at] != other[at]]


def without_sources(dialog):
    """The dialog without what has entered the session so far: each call may add to it."""
    return re.sub(r"\n  So far, the session has read:\n\n(    - .*\n)+", "", dialog)


def differing_lines(one, other):
    """The pairs of lines that differ, but for those that differ between any two questions."""
    first, second = without_sources(one).split("\n"), without_sources(other).split("\n")
    if len(first) != len(second):
        return None
    return [pair for pair in zip(first, second) if pair[0] != pair[1] and not OF_THE_QUESTION.match(pair[0])]


def one_letter_apart(pairs, was, becomes):
    """Whether each pair of lines differs in one letter, and that is this one."""
    return all(differing_bytes(a.encode(), b.encode()) is not None
               and [(x, y) for _, x, y in differing_bytes(a.encode(), b.encode())] == [(was, becomes)]
               for a, b in pairs)


def ask_and_send(world, checks, upstream, agent, after, tool, arguments, name):
    """A question, its yes, the call, and whether what went out is what was shown → (question, request)."""
    question = Question(world, agent, after, tool, arguments)
    before = len(upstream.seen)
    checks.equal(f"{name}: a question that nobody answered still waits", 1, question.unanswered)
    checks.equal(f"{name}: it is granted", "granted", question.say_yes())
    checks.equal(f"{name}: asking and answering sent nothing", before, len(upstream.seen))
    checks.equal(f"{name}: the call is served", "ok", agent.call(tool, arguments)["code"])
    checks.equal(f"{name}: one request went out", 1, len(upstream.seen) - before)
    request = upstream.seen[-1]
    checks.equal(f"{name}: what went out is what the dialog showed", question.shown(), sent(request, upstream.address))
    unshown = {header for header, _ in request.headers if header in UNSHOWN}
    checks.that(f"{name}: beside it went only what follows, and the credential",
                unshown >= {"host", "content-length", "authorization"}, f"host, content-length, …; seen {unshown}")
    checks.that(f"{name}: the credential stands in no dialog", LOGIN not in question.dialog, "none")
    return question, request


def one_byte(world, checks):
    upstream = Upstream(world.folder / "upstream")
    world.connect(upstream.account)
    agent = world.agent()
    first, first_request = ask_and_send(world, checks, upstream, agent, 0, LIST, WEEK, "the first week")
    again = Question(world, agent, first.number, LIST, WEEK)
    checks.equal("asking the same again shows the same", [], differing_lines(first.dialog, again.dialog))
    checks.equal("and has the same digest", first.digest, again.digest)

    # `again` is allowed now, and the one byte is changed in the call: the yes does not serve it.
    checks.equal("the same again is granted", "granted", again.say_yes())
    before = len(upstream.seen)
    checks.equal("a yes does not serve a call that is one byte another", "permission_required",
                 agent.call(LIST, OTHER)["code"])
    other = Question(world, agent, again.number, LIST, OTHER)
    refused = world.owner.call("POST", f"/challenges/{other.id}/approve", {"digest": again.digest, "lifetime": "once"})
    checks.equal("the other question can't be answered with the first one's digest", (409, "conflict"),
                 (refused.status, refused.code))
    checks.equal("nothing of all that was sent", before, len(upstream.seen))
    pairs = differing_lines(again.dialog, other.dialog) or []
    checks.equal("the dialog changes in two lines: what was asked for, and what would be sent", 2, len(pairs))
    checks.that("and in each of them in exactly the one letter", one_letter_apart(pairs, b"3", b"4"),
                f"3 → 4 in each; seen {pairs}")
    checks.that("the digest is another", other.digest != again.digest, f"another than {other.digest}")
    checks.equal("the first yes still serves the first call", "ok", agent.call(LIST, WEEK)["code"])

    checks.equal("the other is granted", "granted", other.say_yes())
    checks.equal("and its call is served", "ok", agent.call(LIST, OTHER)["code"])
    other_request = upstream.seen[-1]
    checks.equal("what went out is what was shown", other.shown(), sent(other_request, upstream.address))
    checks.equal("both heads are the same on the wire", first_request.head, other_request.head)
    changed = differing_bytes(first_request.body, other_request.body)
    checks.equal("the wire changes in exactly the one byte", [(b"3", b"4")], [(x, y) for _, x, y in changed or []])
    checks.equal("in all, three requests were sent", ["PROPFIND"] + ["REPORT"] * 3, [r.method for r in upstream.seen])
    agent.end()
    upstream.close()


def a_write(world, checks):
    upstream = Upstream(world.folder / "upstream-of-writes")
    world.connect(upstream.account)
    # The second connection of this world: the agent's calls name it.
    connections = world.owner.get("/connections")["items"]
    connection = next(each["id"] for each in connections if each["url"] == upstream.account.url)
    for each in connections:
        if each["id"] != connection:
            world.owner.delete(f"/connections/{each['id']}")
    agent = world.agent()
    first, request = ask_and_send(world, checks, upstream, agent, 0, CREATE, LUNCH, "a write")
    checks.equal("it is a PUT that overwrites nothing", "*", dict(request.headers).get("if-none-match"))
    checks.that("the dialog says that it changes things", "It CHANGES things in this account." in first.dialog)
    other = LUNCH | {"summary": "Munch"}
    checks.equal("a yes to one event is none to another", "permission_required", agent.call(CREATE, other)["code"])
    second, written = ask_and_send(world, checks, upstream, agent, first.number, CREATE, other, "another write")
    pairs = differing_lines(first.dialog, second.dialog) or []
    # A new event's name on the server is the digest of what it is: it stands in the URL and as the UID.
    named = [pair for pair in pairs if re.search(r"[0-9a-f]{32}", pair[0])]
    rest = [pair for pair in pairs if pair not in named]
    checks.equal("the dialog changes where the letter stands, and in the name made of it", (2, 2),
                 (len(named), len(rest)))
    checks.that("in exactly the one letter", one_letter_apart(rest, b"L", b"M"), f"L → M in each; seen {rest}")
    lines = [pair for pair in zip(request.body.split(b"\r\n"), written.body.split(b"\r\n")) if pair[0] != pair[1]]
    checks.equal("and so does the wire", [b"SUMMARY:Lunch", b"SUMMARY:Munch"],
                 [line for pair in lines for line in pair if line.startswith(b"SUMMARY")])
    agent.end()
    upstream.close()


if __name__ == "__main__":
    sys.exit(main(one_byte, a_write))
