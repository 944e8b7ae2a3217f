#!/usr/bin/env python3
"""D1, D2 on the whole platform: two people in two sessions with two scopes, and what each grant opens of the eight.

Both people are in both sessions, each with a calendar of their own on a server that counts. After each yes, no,
revocation and end of a grant every cell is tried: it is served, and seen at that person's server, exactly if its own
grant lives; every other is permission_required and leaves both servers untouched. Run from anywhere with X1_BIN set.
"""
import datetime
import itertools
import json
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
from checks import Told  # noqa: E402
from faults import served_again  # noqa: E402
from restarts import kill  # noqa: E402
from two_people import Room, two_people  # noqa: E402
from watched import Platform  # noqa: E402
from world import World  # noqa: E402

SCOPES = {"read": ("calendar_list_events", {"start": "2026-11-23T00:00:00Z", "end": "2026-11-30T00:00:00Z"}),
          "write": ("calendar_create_event", {"summary": "Lunch", "start": "2026-11-25T12:00:00Z",
                                              "end": "2026-11-25T13:00:00Z"})}
METHOD = {"read": "REPORT", "write": "PUT"}


def say(room, person, calls, ask=None):
    return room.say(person, json.dumps({"ask": ask, "calls": list(calls)}))


def result_of(room, turn):
    return json.loads(room.words_of(turn).split("matrix ", 1)[1].splitlines()[0])


class Matrix:
    def __init__(self, world, checks):
        self.world, self.checks = world, checks
        self.people = two_people(world)
        self.rooms = self.new_rooms()

    def new_rooms(self):
        return [Room(name, self.people, "matrix_agent.py") for name in ("s1", "s2")]

    def cells(self):
        return list(itertools.product(self.people, self.rooms, SCOPES))

    def probe(self, when, opened):
        """Every cell is tried; exactly these are served, at their own person's server."""
        before = {person.name: len(person.upstream.seen) for person in self.people}
        codes, expected = {}, {}
        for person, room in itertools.product(self.people, self.rooms):
            tried = result_of(room, say(room, person, SCOPES.values()))["calls"]
            codes |= {f"{person.name} {room.name} {scope}": code for scope, code in zip(SCOPES, tried)}
        for person, room, scope in self.cells():
            is_open = (person, room, scope) in opened
            expected[f"{person.name} {room.name} {scope}"] = "ok" if is_open else "permission_required"
        self.checks.equal(f"D2: {when}: exactly its own cell is open", expected, codes)
        seen = {person.name: sorted(request.method for request in person.upstream.seen[before[person.name]:])
                for person in self.people}
        granted = {person.name: sorted(METHOD[scope] for owner, _, scope in opened if owner is person)
                   for person in self.people}
        self.checks.equal(f"D2: {when}: the servers see what was granted, each of its own person", granted, seen)

    def ask(self, cell, answer, calls=(), **lifetime):
        """That person is asked for that cell and answers; → what the agent got."""
        person, room, scope = cell
        other = next(each for each in self.people if each is not person)
        name = f"{person.name} {room.name} {scope}"
        turn = say(room, person, calls, ask=SCOPES[scope])
        question = room.question(person, turn)
        yes = {"digest": question["digest"], "lifetime": "once"}
        for word, body in (("approve", yes), ("deny", None)):
            refused = other.api.call("POST", f"/challenges/{question['id']}/{word}", body)
            self.checks.equal(f"D1: {other.name} can't {word} what {name} waits for", (403, "forbidden"),
                              (refused.status, refused.code))
        person.api.post(f"/challenges/{question['id']}/{answer}", yes | lifetime if answer == "approve" else None)
        result = result_of(room, turn)
        self.checks.equal(f"D1: {name}: the agent hears the answer", "granted" if answer == "approve" else "denied",
                          result["asked"])
        return result["calls"]


def each_grant(matrix):
    matrix.probe("before any consent", [])
    for cell in matrix.cells():
        person, room, scope = cell
        matrix.ask(cell, "approve", lifetime="session")
        matrix.probe(f"{person.name} {room.name} {scope} for the session", [cell])
        room.revoke(person, scope)
    matrix.probe("all of them taken back", [])


def each_lifetime(matrix):
    ada, bob = matrix.people
    first, second = matrix.rooms
    matrix.ask((bob, second, "write"), "deny")
    matrix.probe("after a no", [])
    once = (bob, first, "read")
    matrix.ask(once, "approve", lifetime="once")
    matrix.probe("once", [once])
    matrix.probe("once, and used", [])
    turn = (ada, second, "write")
    tried = matrix.ask(turn, "approve", SCOPES.values(), lifetime="turn")
    matrix.checks.equal("D2: for the turn: its own scope in its own turn", ["permission_required", "ok"], tried)
    matrix.probe("after its turn", [])
    until_a_time(matrix, (bob, second, "read"))


def until_a_time(matrix, cell):
    person, room, scope = cell
    end = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(seconds=15)
    tried = matrix.ask(cell, "approve", [SCOPES[scope]], lifetime="until",
                       until=end.strftime("%Y-%m-%dT%H:%M:%S.000Z"))
    matrix.checks.equal("D2: until a time: before it", ["ok"], tried)
    before = time.monotonic() + 60
    while tried == ["ok"] and time.monotonic() < before:
        tried = result_of(room, say(room, person, [SCOPES[scope]]))["calls"]
    matrix.checks.that("D2: until a time: not before it", datetime.datetime.now(datetime.timezone.utc) >= end)
    matrix.probe("after its time", [])


def two_at_once(matrix):
    ada, bob = matrix.people
    first, second = matrix.rooms
    cells = [(ada, first, "read"), (bob, second, "write")]
    for cell in cells:
        matrix.ask(cell, "approve", lifetime="session")
    matrix.probe("two people's at once", cells)
    after_parts_died(matrix, cells)


def after_parts_died(matrix, cells):
    """Both sessions and both grants go on, whatever is started again under them."""
    platform = Platform(matrix.world, matrix.checks, matrix.people[0].upstream)
    kill(platform, "x1-api")
    matrix.checks.that("the platform serves again", served_again(matrix.world))
    matrix.people[1].api.port = matrix.world.port()
    for room in matrix.rooms:
        room.follow()
    matrix.probe("two people's at once, and the API was killed", cells)
    for part, room in (("broker", matrix.rooms[0]), ("gate", matrix.rooms[1])):
        kill(platform, part, room.session)
        matrix.probe(f"two people's at once, and {part} was killed", cells)
    matrix.rooms = matrix.new_rooms()
    matrix.probe("new sessions beside them", [])


def main():
    checks = Told()
    try:
        with World(agents=[HERE / "matrix_agent.py"]) as world:
            matrix = Matrix(world, checks)
            for story in (each_grant, each_lifetime, two_at_once):
                story(matrix)
    except (RuntimeError, OSError, LookupError, ValueError) as error:
        checks.that("D1, D2: the matrix was gone through", False, f"no {type(error).__name__}: {error}")
    return checks.end()


if __name__ == "__main__":
    sys.exit(main())
