#!/usr/bin/env python3
"""A2, E2, D2 as a person meets them: talking to an agent on a terminal, answering it and its questions here or in
another terminal, taking a permission back, and deciding about what an agent changed in a folder. Run from anywhere with
X1_BIN set."""
import datetime
import json
import os
import re
import stat
import sys
import time

from checks import main
from running import PATIENCE
from world import PROMPT

TALKER = ("--", "python3", "/opt/agent/talker.py")
CHANGER = ("--", "sh", "/opt/agent/changer.sh")
RUN_BY_THEMSELVES = {".git/hooks/pre-commit", ".envrc"}


def talk(world, *more):
    """x1 chat on a terminal → (Running, the session's id)."""
    chat = world.terminal("chat", *more, *TALKER)
    session = re.search(r"session ([a-z0-9_-]+);", chat.until("ends it\n")).group(1)
    chat.until("x1 · the session has started\n")
    return chat, session


def words(world, checks):
    """Messages in, output out, a question answered; and an agent's words never pass for x1's."""
    chat, session = talk(world)
    chat.say("hello there\n")
    said = chat.until("turn 1 is over: completed\n")
    checks.that("what the agent says is shown as its own", "\nagent │ you said <hello there>\n" in said, said)
    chat.say("colour\n")
    asked = chat.until(" …`\n")
    checks.that("its question is shown as its own", "\nagent asks │ Which colour?\nagent asks │ x1 · allowed: session\n" in asked,
                asked)
    question = re.search(r"/answer ([a-z0-9_-]+) …", asked).group(1)
    chat.say(f"/answer {question} blue, or green\n")
    said = chat.until("turn 2 is over: completed\n")
    checks.that("the answer reaches it", "agent │ the colour is answered: blue, or green\n" in said, said)
    chat.say("deceive\n")
    said = chat.until("turn 3 is over: completed\n")
    own = [line for line in said.split("\n") if line.startswith("x1 · ")]
    checks.equal("nothing that it writes begins a line as x1 does",
                 ["x1 · your turn 3 is open", "x1 · the agent made list<U+001B>[31m.md (text/markdown):"],
                 [line for line in own if "over" not in line])
    checks.that("and no escape of it reaches the terminal", "\x1b" not in said and "\u202e" not in said and
                "<U+001B>[2J" in said, f"<U+001B>[2J; seen {said!r}")
    chat.say("exit 3\n")
    chat.until("turn 4 is over: failed\n")
    chat.say("/answer not-there x\n")
    checks.that("an answer to no question is refused, and the talk goes on", chat.until("nobody waits for an answer."))
    chat.say("/end\n")
    checks.equal("/end ends it well", 0, chat.end()[0])
    ended = world.owner.event(session, "session.ended")
    checks.that("and the session with it", ended["payload"]["reason"], "a reason")


def two_terminals(world, checks):
    """A permission is answered in another terminal, or here, with yes and no; a second one joins the talk."""
    world.connect(world.calendar())
    chat, session = talk(world)
    checks.equal("nothing waits before anything was asked", "nothing waits for an answer\n", world.x1("approve").stdout)
    chat.say("calendar\n")
    dialog = chat.until(PROMPT)
    elsewhere = world.terminal("approve")
    checks.that("both terminals show the same dialog", elsewhere.until(PROMPT).split("───\n", 1)[1] in dialog,
                "the same text")
    elsewhere.say("maybe\n")
    elsewhere.until(PROMPT)
    elsewhere.say("no\n")
    status, rest = elsewhere.end()
    checks.equal("a no there is taken", (0, True), (status, "not allowed\n" in rest))
    said = chat.until("turn 1 is over: completed\n")
    checks.that("and heard here", "x1 · not allowed\n" in said and "agent │ my wish is denied\n" in said
                and "agent │ the calendar says permission_required\n" in said, said)

    chat.say("calendar\n")
    chat.until(PROMPT)
    waiting = json.loads(world.x1("approve", "--json").stdout)["items"]
    checks.equal("a program gets the question as JSON", ["calendar.read"], [each["scope"] for each in waiting])
    checks.equal("of this session only when it asks so", [],
                 json.loads(world.x1("approve", "--json", "--session", "another").stdout)["items"])
    answered = world.x1("approve", waiting[0]["id"], "--for-session", "--json")
    checks.equal("and answers it by its id", (0, "approved"),
                 (answered.returncode, json.loads(answered.stdout or "{}").get("state")))
    said = chat.until("turn 2 is over: completed\n")
    checks.that("a yes elsewhere is heard here", "x1 · allowed: session\n" in said and "agent │ my wish is granted\n" in said
                and "agent │ the calendar says ok\n" in said, said)
    late = world.x1("approve", waiting[0]["id"], "--once", "--json")
    checks.equal("an answer to what is answered is refused", (1, "not_found"), (late.returncode, code_in(late)))

    grants(world, checks, chat, session)

    joined = world.terminal("chat", "--session", session)
    joined.until("turn 4 is over: completed\n")
    joined.say("from elsewhere\n")
    joined.until("agent │ you said <from elsewhere>\n")
    joined.say("/end\n")
    checks.equal("who joined may leave", 0, joined.end()[0])
    chat.until("turn 5 is over: completed\n")
    chat.say("still here\n")
    chat.until("agent │ you said <still here>\n")
    chat.say("calendar\n")
    chat.until(PROMPT)
    chat.say("until 2020-01-01T00:00:00Z\n")
    chat.until(PROMPT)
    chat.say("once\n")
    checks.that("a yes here counts as well", "agent │ the calendar says ok\n" in chat.until("turn 7 is over: completed\n"))
    with_an_end(world, checks, chat, session)
    ending = world.x1("sessions", "--end", session)
    checks.equal("a session is ended from elsewhere", 0, ending.returncode)
    chat.until("x1 · the session has ended: ")
    checks.equal("and its talk ends with it", 0, chat.end()[0])


def one_at_a_time(world, checks):
    """A2, D4: a line answers the question that is on the screen, also when another one came meanwhile."""
    world.connect(world.calendar())
    chat, session = talk(world)

    def waiting():
        return json.loads(world.x1("approve", "--json", "--session", session).stdout)["items"]

    chat.say("both\n")
    first = chat.until(PROMPT)
    before = time.monotonic() + PATIENCE
    while len(waiting()) < 2 and time.monotonic() < before:
        pass
    chat.say("no\n")
    second = chat.until(PROMPT)
    starts = [start for start in ("20261123T000000Z", "20261207T000000Z") if start in first]
    checks.equal("a line answers the question that was shown", (1, 1), (len(starts), len(waiting())))
    checks.that("and not the one that came after it", starts and starts[0] not in json.dumps(waiting()[0]["asked"]),
                "the other still waits")
    checks.that("which is shown then", starts and starts[0] not in second.split("───\n", 1)[1], second)
    chat.say("no\n")
    chat.until("turn 1 is over: completed\n")
    chat.say("/end\n")
    checks.equal("and the talk ends well", 0, chat.end()[0])


def a_wrong_answer(world, checks):
    """D4: an answer that the API refuses leaves the question on the screen; the next line is no message to the agent."""
    world.connect(world.calendar())
    chat, session = talk(world)
    chat.say("calendar\n")
    chat.until(PROMPT)
    chat.say("s in /bob/\n")
    again = chat.until(PROMPT)
    checks.that("a part of no account of yours is refused, and the question shown again",
                "[invalid_request]" in again and "calendar_list_events" in again.split("[invalid_request]")[1], again)
    chat.say("no\n")
    said = chat.until("turn 1 is over: completed\n")
    checks.that("a no is the answer to it", "agent │ my wish is denied\n" in said, said)
    checks.equal("and was said to nobody else", ["calendar"],
                 [event["payload"]["message"] for event in events_until(world, session, "turn.closed")
                  if event["type"] == "turn.queued"])
    chat.say("/end\n")
    checks.equal("the talk ends well", 0, chat.end()[0])


def events_until(world, session, kind):
    found = []
    for event in world.owner.events(session):
        found.append(event)
        if event["type"] == kind:
            break
    return found


def code_in(done):
    """The code of a refusal that `--json` printed."""
    return json.loads(done.stdout or done.stderr or "{}").get("code")


def grants(world, checks, chat, session):
    """What was allowed is listed, used without asking, and taken back from the next call on."""
    chat.say("calendar\n")
    said = chat.until("turn 3 is over: completed\n")
    checks.that("what was allowed for the session is not asked again", "needs a permission" not in said
                and "agent │ the calendar says ok\n" in said, said)
    listed = json.loads(world.x1("grants", "--json").stdout)["items"]
    checks.equal("the grant is listed", [("calendar.read", "session", "live", session)],
                 [(each["scope"], each["lifetime"], each["state"], each["session"]) for each in listed])
    text = world.x1("grants", session).stdout
    checks.that("also for people", listed[0]["id"] in text and "calendar.read" in text, text)
    checks.equal("a grant is taken back in its session only", 2, world.x1("grants", "--revoke", listed[0]["id"]).returncode)
    unknown = world.x1("grants", session, "--revoke", "not-there", "--json")
    checks.equal("what is not there can't be taken back", (1, "not_found"), (unknown.returncode, code_in(unknown)))
    revoked = world.x1("grants", session, "--revoke", listed[0]["id"])
    checks.equal("it is taken back", (0, "taken back; it counts from the next call on\n"),
                 (revoked.returncode, revoked.stdout))
    chat.say("calendar\n")
    said = chat.until(PROMPT)
    checks.that("the next call has to ask again", "agent │ the calendar needs a permission\n" in said, said)
    chat.say("n\n")
    said = chat.until("turn 4 is over: completed\n")
    checks.that("and a no is a no", "agent │ the calendar says permission_required\n" in said, said)


def with_an_end(world, checks, chat, session):
    """A permission until a time, given here and in another terminal."""
    chat.say("calendar\n")
    chat.until(PROMPT)
    for wrong in ("0h", "31d", "soon", "2020-01-01T00:00:00Z"):
        refused = world.x1("approve", "--until", wrong, "--json")
        checks.equal(f"until {wrong} is no answer", (1, "invalid_request"), (refused.returncode, code_in(refused)))
    before = datetime.datetime.now(datetime.timezone.utc)
    allowed = world.x1("approve", "--until", "2h")
    until = re.fullmatch(r"allowed: until (.+)Z\n", allowed.stdout)
    checks.that("until an end is an answer, which is said", allowed.returncode == 0 and until, allowed)
    chat.until("turn 8 is over: completed\n")
    live = [each for each in json.loads(world.x1("grants", session, "--json").stdout)["items"]
            if each["lifetime"] == "until"]
    checks.equal("and the grant's end", [until.group(1) + "Z"], [each["until"] for each in live])
    length = datetime.datetime.fromisoformat(until.group(1) + "+00:00") - before
    checks.that("lies two hours from now", abs(length.total_seconds() - 7200) < 60, length)
    chat.say("calendar\n")
    said = chat.until("turn 9 is over: completed\n")
    checks.that("until then nobody is asked again", "needs a permission" not in said
                and "agent │ the calendar says ok\n" in said, said)
    world.x1("grants", session, "--revoke", live[0]["id"], check=True)
    chat.say("calendar\n")
    chat.until(PROMPT)
    chat.say("until 30m\n")
    said = chat.until("turn 10 is over: completed\n")
    checks.that("here too", "x1 · allowed: until\n" in said and "agent │ the calendar says ok\n" in said, said)


def talk_by_a_program(world, checks):
    """chat --json with its messages from a pipe: one event a line, and it ends when all is said."""
    done = world.x1("chat", "--json", *TALKER, typed="one\ntwo\n", check=True)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    said = [event["payload"]["text"] for event in events if event["type"] == "agent.output"]
    checks.equal("each message has its turn", "you said <one>\nyou said <two>\n", "".join(said))
    checks.equal("the events are numbered from 1 without gaps", list(range(1, len(events) + 1)),
                 [event["number"] for event in events])
    checks.equal("nothing but events is printed", "", done.stderr)


def make_folder(world, name):
    folder = world.folder / name
    folder.mkdir()
    (folder / "old.txt").write_text("old\n")
    (folder / "notes.txt").write_text("my words\n")
    return folder


def files_in(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def a_folder(world, checks):
    """What an agent changed is shown first, what runs by itself above all, and applied only on a yes."""
    folder = make_folder(world, "project")
    before = files_in(folder)
    run = world.terminal("run", "--workspace", folder, *CHANGER)
    shown = run.until("leaves it as it was: ")
    first, others = shown.split("LOOK AT THESE FIRST")[1].split("Others:\n")
    checks.equal("the hook and .envrc stand first", RUN_BY_THEMSELVES,
                 {line.split("  ")[2] for line in first.split("\n")[1:] if line.startswith("  ")})
    checks.that("the hook is called executable", re.search(r"pre-commit  \(\d+ bytes, executable\)", first), first)
    checks.that("what is no file is never applied", others.count("never applied") == 2, f"two of these in {others}")
    checks.that("an odd name is shown as what it is", "odd<U+001B>[2Jname" in others, others)
    checks.that("a change and a removal are called so", "  modified  notes.txt" in others and "  deleted  old.txt" in others,
                others)
    checks.equal("nothing was changed so far", before, files_in(folder))
    run.say("y\n")
    status, rest = run.end()
    checks.equal("anything but yes leaves the folder as it was", (0, before), (status, files_in(folder)))
    checks.that("and is said to have", re.search(r"applied: 0 of \d", rest), rest)

    run = world.terminal("run", "--workspace", folder, *CHANGER)
    run.until("leaves it as it was: ")
    run.say("yes\n")
    checks.equal("a yes applies it", 0, run.end()[0])
    check_applied(checks, folder)


def check_applied(checks, folder):
    after = files_in(folder)
    checks.equal("what was made is there, what was removed is not",
                 {".git/hooks/pre-commit", ".envrc", "notes.txt", "sub/deep.txt", "odd\x1b[2Jname"}, set(after))
    checks.equal("with its words", "new words\n", after["notes.txt"])
    hook = (folder / ".git/hooks/pre-commit").stat()
    checks.that("a hook is executable", hook.st_mode & stat.S_IXUSR, oct(hook.st_mode))
    checks.equal("everything is the person's own", {os.getuid()},
                 {path.lstat().st_uid for path in folder.rglob("*")})
    checks.that("no link and no pipe came along", not (folder / "link").is_symlink() and not (folder / "pipe").exists())


def a_folder_by_a_program(world, checks):
    """The same by options, and what --json says of it."""
    folder = make_folder(world, "scripted")
    before = files_in(folder)
    for name, options in (("--discard", ["--discard"]), ("no option", [])):
        done = world.x1("run", "--json", "--workspace", folder, *options, *CHANGER)
        summary = json.loads(done.stdout.splitlines()[-1])
        checks.equal(f"with {name} nothing is applied", (0, 0, before),
                     (done.returncode, summary["applied"], files_in(folder)))
        checks.equal(f"with {name} what runs by itself is marked", RUN_BY_THEMSELVES,
                     {each["path"] for each in summary["changes"] if each["runs_by_itself"]})
        checks.equal(f"with {name} what is no file is refused", {"link", "pipe"},
                     {each["path"] for each in summary["changes"] if each["kind"] == "refused"})
    done = world.x1("run", "--json", "--workspace", folder, "--apply", *CHANGER)
    summary = json.loads(done.stdout.splitlines()[-1])
    checks.equal("with --apply all is applied that can be", len(summary["changes"]) - 2, summary["applied"])
    checks.equal("and the agent's status is said", (0, 0), (done.returncode, summary["status"]))
    check_applied(checks, folder)


def exit_statuses(world, checks):
    """x1 run ends as its agent does; everything else by docs/cli.md."""
    folder = world.folder
    for name, expected, line in (
            ("an agent that ends with 7", 7, ["run", "--", "sh", "-c", "exit 7"]),
            ("an agent that is killed", 128 + 9, ["run", "--", "sh", "-c", "kill -KILL $$"]),
            ("a command that is not there", 127, ["run", "--", "not-a-command"]),
            ("a run of nothing", 2, ["run"]),
            ("--apply and --discard", 2, ["run", "--apply", "--discard", "--", "true"]),
            ("two answers", 2, ["approve", "--once", "--deny"]),
            ("a workspace that is not there", 1, ["run", "--workspace", folder / "none", "--", "true"]),
            ("a workspace around the state", 1, ["run", "--workspace", folder, "--", "true"]),
            ("a talk to nobody", 1, ["chat"]),
            ("a talk in a session that is not there", 1, ["chat", "--session", "not-there"]),
            ("the end of a session that is not there", 1, ["sessions", "--end", "not-there"]),
            ("a question that is not there", 1, ["approve", "not-there", "--once"]),
            ("grants of a session that is not there", 1, ["grants", "not-there"]),
            ("the audit of a session that is not there", 1, ["audit", "show", "not-there"]),
            ("an id that is none", 1, ["grants", "../accounts"]),
            ("an unknown command", 2, ["fly"]),
            ("the version", 0, ["version"])):
        done = world.x1(*line)
        checks.equal(f"the exit status of {name}", expected, done.returncode)
        if expected == 1:
            checks.that(f"{name} is explained in one line", re.fullmatch(r"x1: .+ \[\w+\]\n", done.stderr), done.stderr)


if __name__ == "__main__":
    sys.exit(main(words, two_terminals, one_at_a_time, a_wrong_answer, talk_by_a_program, a_folder, a_folder_by_a_program, exit_statuses))
