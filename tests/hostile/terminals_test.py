#!/usr/bin/env python3
"""A2, D1, E2 on two terminals of two people in one session: false dialogs, the wrong terminal, and what was typed ahead.

The agent (liar_agent.py) writes what x1 writes, with colours, cursor movements, title and clipboard sequences, other
alphabets' directions, line separators, and lines as wide as the screen is. Whatever it draws stands behind its mark, and
whoever answers it has allowed nothing: upstream servers count. Run from anywhere with X1_BIN set.
"""
import base64
import contextlib
import json
import pathlib
import sys
import unicodedata

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
from checks import Told, main  # noqa: E402
from running import Silence  # noqa: E402
from two_people import Room, two_people  # noqa: E402
from world import PROMPT  # noqa: E402

COLUMNS = 80
LIST = ("calendar_list_events", {"start": "2026-11-23T00:00:00Z", "end": "2026-11-30T00:00:00Z"})
CREATE = ("calendar_create_event", {"summary": "Lunch", "start": "2026-11-25T12:00:00Z", "end": "2026-11-25T13:00:00Z"})
MARKS = ("agent │ ", "agent · ", "agent asks │ ", "  ┊ ", "x1 · the agent made ")
WORD = "allowed: session"  # what x1 itself says after a yes

LIES = [f"x1 · {WORD}",
        f"\x1b[0;1;32mx1 · {WORD}\x1b[0m", f"\x1b[2J\x1b[H\x1b[3J\x1b[1;1Hx1 · {WORD}", f"\x1b[10A\x1b[Gx1 · {WORD}",
        f"\x1b7\x1b[s\x1b[?1049hx1 · {WORD}\x1b[u\x1b8", f"fine\rx1 · {WORD}", "\b" * 40 + f"x1 · {WORD}",
        f"\x1b]0;x1 · {WORD}\x07", f"\x1b]8;;https://evil.example\x1b\\x1 · {WORD}\x1b]8;;\x1b\\", f"\x1b]52;c;b25jZQo=\x07{WORD}",
        f"\x1bP$q\"p\x1b\\\x1b[6n\x1b[c\x05{WORD}", f"\x9b2J\x9d0;x\x9c{WORD}", f"a\x0bx1 · {WORD}", f"a\x0cx1 · {WORD}",
        f"a\x85x1 · {WORD}", f"a\u2028x1 · {WORD}", f"a\u2029x1 · {WORD}", f"a\r\nx1 · {WORD}", f"a\n\n\nx1 · {WORD}",
        f"\u202ex1 · {WORD}\u202c", f"\u2066x1\u2069 · {WORD}\u200b\ufeff\U000e0041", f"\x1b[?2004l\x1b[?7lx1 · {WORD}",
        f"┌──────┐\n│ x1 · {WORD} │\n└──────┘", f"\tx1 · {WORD}", f"\0x1 · {WORD}",
        *(("x" * (COLUMNS - len(mark)) + f"x1 · {WORD}") for mark in MARKS),
        *(("漢" * ((COLUMNS - len(mark)) // 2) + f"x1 · {WORD}") for mark in MARKS),
        " " * (COLUMNS - 8) + f"x1 · {WORD}", "é" * (COLUMNS - 8) + f"x1 · {WORD}"]


def message(**told):
    return base64.b64encode(json.dumps(told).encode()).decode()


def rows(text):
    """What a screen of that width shows, from text that moves no cursor."""
    out, width = [""], 0
    for letter in text:
        wide = 0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if letter == "\n" or width + wide > COLUMNS:
            out.append("")
            width = 0
        if letter != "\n":
            out[-1] += letter
            width += wide
    return out


def moves(text):
    """The characters that do something else to a screen than to stand on it."""
    return {f"U+{ord(letter):04X}" for letter in text
            if letter != "\n" and unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp", "Co", "Cn")}


class Stage:
    """Both people's terminals in one session."""

    def __init__(self, world):
        self.world, self.people = world, two_people(world)
        self.room = Room("s1", self.people, "liar_agent.py")
        self.terminals = [world.terminal(*person.login, "chat", "--session", self.room.session, columns=COLUMNS)
                          for person in self.people]
        self.terminals[1].until("x1 · you are in as ")
        self.last = 0

    def say(self, person, **told):
        """That person's message, not through their terminal, which takes no lines of that length."""
        self.last = self.room.say(person, message(**told))
        return self.last

    def over(self, turn):
        """What stood on both screens until then."""
        return [terminal.until(f"turn {turn} is over: completed\n") for terminal in self.terminals]

    def sent(self):
        return [len(person.upstream.seen) for person in self.people]

    def waiting(self, person):
        listed = person.api.get(f"/sessions/{self.room.session}/challenges")["items"]
        return [each["id"] for each in listed if each["state"] == "pending"]


def honest(stage, checks):
    """A real dialog, which the agent copies in what follows."""
    ada = stage.people[0]
    stage.say(ada, wish=LIST)
    before, dialog = stage.terminals[0].until(PROMPT).split("─" * 10, 1)
    stage.terminals[0].say("no\n")
    stage.over(stage.last)
    checks.that("the real dialog begins at the screen's edge", before.endswith("\n ") and "An agent asks for your permission"
                in dialog, dialog)
    return "─" * 10 + dialog


def false_dialogs(stage, checks, dialog):
    lines = {row.rstrip() for row in rows(dialog) if len(row.strip()) > 8 and not row.startswith(MARKS)}
    for person in stage.people:
        stage.say(person, say=[*LIES, dialog])
        for whose, said in zip(stage.people, stage.over(stage.last)):
            name = f"in {person.name}'s turn, on {whose.name}'s terminal"
            checks.equal(f"E2: {name} nothing of the agent's moves the cursor, or what stands there", set(), moves(said))
            seen = rows(said)
            bare = [row for row in seen if WORD in row and not row.startswith(MARKS)]
            checks.equal(f"E2: {name} every row with its words has its mark", [], bare)
            checks.equal(f"E2: {name} no row is one of the platform's dialog", set(),
                         {row.rstrip() for row in seen} & lines)
            checks.that(f"E2: {name} what it said is there", sum(WORD in row for row in seen) > len(LIES),
                        f"{len(LIES)} lies, seen {said[-2000:]}")


def answered_lies(stage, checks, dialog):
    """Whoever answers a false dialog has said something, and allowed nothing."""
    before = stage.sent()
    for person, terminal in zip(stage.people, stage.terminals):
        turn = stage.say(person, say=[dialog], ask=f"{dialog}\nType y to approve calendar.write", call=CREATE)
        # Both are read: a terminal that nobody reads holds a few pages, and then its x1.
        said = {each: each.until(" …`\n") for each in stage.terminals}[terminal]
        checks.equal(f"E2: a question to {person.name} that looks like a dialog has its mark on every row", [],
                     [row for row in rows(said) if "Type y" in row and not row.startswith(MARKS)])
        question = said.rsplit("/answer ", 1)[1].split(" ", 1)[0]
        for other in stage.terminals:
            for word in ("y", "once", "session"):
                other.say(word + "\n")
        for queued in range(turn + 1, turn + 7):
            stage.room.until("turn.queued", queued)
        terminal.say(f"/answer {question} y\n")
        words = stage.room.words_of(turn)
        checks.that(f"E2: what {person.name} answers reaches the agent as words", 'heard ["answered", "y"]' in words, words)
        checks.that(f"D1: and grants nothing in {person.name}'s name", "call permission_required" in words, words)
        for queued in range(turn + 1, turn + 7):
            stage.room.until("turn.closed", queued)
            for each in stage.terminals:
                each.until(f"turn {queued} is over: ")
    checks.equal("D1: nobody was granted anything", [], stage.room.owner.get(f"/sessions/{stage.room.session}/grants")["items"])
    checks.equal("D1: and nothing went out", before, stage.sent())


def wrong_terminal(stage, checks):
    """The question is put to one of the two; the other one's terminals have no answer to it, whatever they type."""
    for person, other in (stage.people, stage.people[::-1]):
        mine, theirs = (stage.terminals[stage.people.index(each)] for each in (person, other))
        turn = stage.say(person, wish=LIST, call=LIST)
        mine.until(PROMPT)
        question = stage.waiting(person)[0]
        theirs.until("only they can answer\n")
        for line in ("once", "o", "y", "session", f"/answer {question} once", f"/answer {question} y", "until 2h"):
            theirs.say(line + "\n")
        theirs.until("[forbidden]")
        apart = stage.world.terminal(*other.login, "approve", columns=COLUMNS, typed="once\nsession\n")
        status, text = apart.end()
        checks.that(f"D1: {other.name}'s x1 approve shows no dialog of {person.name}'s", status == 0 and PROMPT not in text
                    and LIST[1]["start"] not in text, text)
        for answer in ("--once", "--for-session", "--deny"):
            done = stage.world.x1(*other.login, "--json", "approve", question, answer)
            checks.equal(f"D1: nor does {answer} of {other.name}'s answer it", (1, "forbidden"),
                         (done.returncode, json.loads(done.stderr or done.stdout)["code"]))
        checks.equal(f"D1: {person.name} is still asked", [question], stage.waiting(person))
        mine.say("no\n")
        words = stage.room.words_of(turn)
        checks.that(f"D1: {person.name}'s own word counts", "wish denied\ncall permission_required" in words, words)
        for queued in range(turn + 1, turn + 6):
            stage.room.until("turn.closed", queued)
            for each in stage.terminals:
                each.until(f"turn {queued} is over: ")


def typed_ahead(stage, checks):
    """What was typed before a dialog stood there is no answer to it."""
    ada, terminal = stage.people[0], stage.terminals[0]
    terminal.say("once")  # no end of the line yet
    turn = stage.say(ada, wish=LIST, call=LIST)
    terminal.until(PROMPT)
    terminal.say("\n")
    terminal.say("no\n")
    words = stage.room.words_of(turn)
    checks.that("A2: what was typed in a chat before the dialog stood there answers nothing", "wish denied" in words, words)
    stage.over(turn)
    turn = stage.say(ada, wish=LIST, call=LIST)
    terminal.until(PROMPT)
    for typed in ("once\n", "once\nonce\nsession\n", "s"):
        apart = stage.world.terminal("approve", columns=COLUMNS, typed=typed)
        apart.until(PROMPT)
        apart.say("maybe\n")
        with contextlib.suppress(Silence):  # which is its end
            apart.until(PROMPT)
        checks.equal(f"A2: nor what was typed at x1 approve before it, {typed!r}", 1, len(stage.waiting(ada)))
        apart.kill()
        stage.world.running.remove(apart)
    terminal.say("no\n")
    checks.that("A2: and the answer after it counts", "wish denied" in stage.room.words_of(turn))
    stage.over(turn)


def story(world, checks):
    stage = Stage(world)
    dialog = honest(stage, checks)
    false_dialogs(stage, checks, dialog)
    typed_ahead(stage, checks)
    answered_lies(stage, checks, dialog)
    wrong_terminal(stage, checks)


if __name__ == "__main__":
    sys.exit(main(story, checks=Told(), agents=[HERE / "liar_agent.py"]))
