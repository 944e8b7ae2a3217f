#!/usr/bin/env python3
"""D1, D2, E1 with several people in one session: who comes in, whose turn it is, who decides, and what is left of who
goes; and what of all that outlives the API and the session's broker. Several accounts, terminals side by side, one
agent. Run from anywhere with X1_BIN set."""
import itertools
import json
import re
import subprocess
import sys
import time

from checks import main
from rest import Api
from restarts import kill
from running import PATIENCE, Running, Silence
from watched import Platform, served_again
from world import PROMPT

TALKER = ("--", "python3", "/opt/agent/talker.py")
PASSWORD = "correct horse"


def person(world, name):
    """An account with a login of its own on this machine → how its x1 is called."""
    world.owner.post("/accounts", {"name": name, "password": PASSWORD})
    world.x1("--login", name, "login", name, typed=PASSWORD, check=True)
    return ("--login", name)


def start(world):
    """The owner's x1 chat on a terminal → (Running, the session's id)."""
    chat = world.terminal("chat", *TALKER)
    session = re.search(r"session ([a-z0-9_-]+);", chat.until("ends it\n")).group(1)
    chat.until("x1 · the session has started\n")
    return chat, session


def invited(world, session, *options):
    return world.x1("invite", session, *options, check=True).stdout.strip()


def code(done):
    return json.loads(done.stderr or done.stdout or "{}").get("code")


def asked(terminal):
    """The next question that stands on it."""
    return re.search(r"/answer ([a-z0-9_-]+) …", terminal.until(" …`\n")).group(1)


def joins(world, checks, who, session, *options):
    """Comes in with an invitation → a terminal of theirs in the session."""
    joined = world.x1(*who, "join", typed=invited(world, session, *options), check=True)
    checks.that(f"{who[1]} is told where they are", f"you are in session {session} as " in joined.stdout, joined.stdout)
    chat = world.terminal(*who, "chat", "--session", session)
    chat.until("x1 · you are in as ")
    return chat


def coming_in(world, checks):
    """An invitation lets one in, once; a wrong one nobody; a viewer sees and does nothing."""
    ada, bob = person(world, "ada-1"), person(world, "bob-1")
    chat, session = start(world)
    checks.equal("who is not in it does not find the session", (1, "not_found"),
                 (lambda done: (done.returncode, code(done)))(world.x1(*ada, "--json", "people", session)))
    invite = invited(world, session, "--viewer", "--for", "ada-1")
    for name, who, token in (("somebody else's", bob, invite), ("a wrong", ada, invite[:-2] + "xx")):
        refused = world.x1(*who, "--json", "join", typed=token)
        checks.equal(f"{name} invitation lets nobody in", (1, "not_found"), (refused.returncode, code(refused)))
    world.x1(*ada, "join", typed=invite, check=True)
    chat.until("x1 · ada-1 is in as viewer\n")
    used = world.x1(*bob, "--json", "join", typed=invited(world, session))
    checks.equal("another lets another in", 0, used.returncode)
    again = world.x1(*bob, "--json", "join", typed=invite)
    checks.equal("one that was used does not", (1, "not_found"), (again.returncode, code(again)))
    seen = world.terminal(*ada, "chat", "--session", session)
    seen.until("x1 · bob-1 is in as participant\n")
    seen.say("let me speak\n")
    checks.that("a viewer's words are refused", "[forbidden]" in seen.until("[forbidden]\n"))
    chat.say("for all to see\n")
    shown = seen.until("turn 1 is over: completed\n")
    checks.that("a viewer sees what is said, by whom, and what the agent answers",
                "owner says │ for all to see\n" in shown and "x1 · turn 1 of owner is open\n" in shown
                and "agent │ you said <for all to see>\n" in shown, shown)
    for name, line in (("invite", ["invite", session]), ("end", ["sessions", "--end", session]),
                       ("remove", ["people", session, "--remove", "owner"])):
        done = world.x1(*bob, "--json", *line)
        checks.equal(f"a participant can't {name}", (1, "forbidden"), (done.returncode, code(done)))
    owner = world.x1("--json", "leave", session)
    checks.equal("the owner can't leave", (1, "conflict"), (owner.returncode, code(owner)))
    listed = world.x1(*bob, "people", session, check=True).stdout
    checks.equal("everybody sees who is in", ["owner  owner", "ada-1  viewer", "bob-1  participant"],
                 [line.split("  since")[0] for line in listed.splitlines()[:3]])
    world.x1(*ada, "leave", session, check=True)
    chat.until("x1 · ada-1 left\n")
    checks.equal("who left sees no more", 1, seen.end()[0])
    chat.say("/end\n")
    chat.end()


def taking_turns(world, checks):
    """All speak; turns are worked one after the other, and everybody sees whose it is and who waits."""
    ada, bob = person(world, "ada-2"), person(world, "bob-2")
    chat, session = start(world)
    hers, his = joins(world, checks, ada, session), joins(world, checks, bob, session)
    hers.say("colour\n")  # waits for an answer, so that the others queue behind it
    question = asked(hers)
    chat.until("x1 · turn 1 of ada-2 is open\n")
    his.until(" …`\n")
    his.say("from bob\n")
    chat.until("x1 · turn 1 of ada-2 is open; bob-2 (turn 2) waits\n")
    chat.say("from the owner\n")
    chat.until("you (turn 3) wait\n")
    place = his.until("owner (turn 3) wait\n")
    checks.that("everybody sees who waits, in order", "x1 · turn 1 of ada-2 is open; you (turn 2), owner (turn 3) wait\n" in place,
                place)
    listed = world.x1(*ada, "people", session, check=True).stdout
    checks.that("x1 people says it, too", "your turn 1 is open; bob-2 (turn 2), owner (turn 3) wait\n" in listed, listed)
    his.say(f"/answer {question} not yours\n")
    checks.that("another's answer is refused", "[forbidden]" in his.until("[forbidden]\n"))
    hers.say(f"/answer {question} blue\n")
    said = chat.until("turn 3 is over: completed\n")
    order = re.findall(r"^(?:x1 · (?:your )?turn (\d)(?: of \S+)? is open|x1 · turn (\d) is over|agent │ (.+))", said, re.M)
    checks.equal("one turn after the other, in the order in which they were spoken",
                 ["the colour is answered: blue", "over 1", "open 2", "you said <from bob>", "over 2", "open 3",
                  "you said <from the owner>", "over 3"],
                 [words or (f"open {opened}" if opened else f"over {over}") for opened, over, words in order])
    opened = [event for event in events_of(world, session, 3) if event["type"] in ("turn.opened", "turn.closed")]
    checks.equal("no two are open at once", ["turn.opened", "turn.closed"] * 3, [each["type"] for each in opened])
    checks.equal("each in its speaker's name", 3, len({each["actor"] for each in opened}))
    chat.say("/end\n")
    chat.end()


def events_of(world, session, last):
    found = []
    for event in world.owner.events(session):
        found.append(event)
        if event["type"] == "turn.closed" and event["turn"] == last:
            return found
    return found


def parts_die(world, checks):
    """The API is killed, and then the session's broker, under one turn while those of several people wait."""
    platform = Platform(world, checks)
    ada, bob, viewer, late = (person(world, name) for name in ("ada-5", "bob-5", "viewer-5", "late-5"))
    chat, session = start(world)
    hers, his = joins(world, checks, ada, session), joins(world, checks, bob, session)
    seen, invite = joins(world, checks, viewer, session, "--viewer"), invited(world, session)
    hers.say("insist\n")
    before_all = asked(his)
    for terminal, words, place in ((his, "from bob", "bob-5 (turn 2) waits"),
                                   (chat, "from the owner", "owner (turn 3) wait"),
                                   (hers, "from ada", "ada-5 (turn 4) wait")):
        terminal.say(words + "\n")
        seen.until(place + "\n")
    before = world.x1(*bob, "people", session, check=True).stdout
    kill(platform, "x1-api")
    checks.that("the API killed while turns wait: it serves again", served_again(world))
    checks.equal("the API killed while turns wait: roles, whose turn it is and the queue are what they were", before,
                 world.x1(*bob, "people", session, check=True).stdout)
    world.x1(*late, "join", typed=invite, check=True)
    kill(platform, "broker", session)
    question = asked(his)  # put again
    listed = world.x1(*bob, "people", session, check=True).stdout
    checks.equal("the broker killed, too: the same, and who came in with an invitation of before",
                 (before, "late-5  participant"), without(listed, "late-5"))
    still_refused(world, checks, viewer, invite, seen, his, question)
    hers.say(f"/answer {before_all} too late\n")
    checks.that("the broker killed: an answer to what the one before had asked is not lost unseen",
                hers.until("the agent does not wait for an answer to that any more\n"))
    hers.say(f"/answer {question} go on\n")
    chat.until("turn 4 is over: completed\n")
    worked_once(checks, events_of(world, session, 4))
    chat.say("/end\n")
    chat.end()
    checks.equal("parts killed while turns wait: the story is whole", 0,
                 world.x1("audit", "verify", "--session", session).returncode)


def without(listed, name):
    """(What x1 people says but for that person, what it says of them)."""
    theirs = next((line for line in listed.splitlines(True) if line.startswith(name)), "")
    return listed.replace(theirs, ""), theirs.split("  since")[0]


def still_refused(world, checks, viewer, invite, seen, his, question):
    """Whatever was nobody's right before parts were killed."""
    again = world.x1(*viewer, "--json", "join", typed=invite)
    checks.equal("parts killed: an invitation that was used lets nobody in", (1, "not_found"),
                 (again.returncode, code(again)))
    seen.say("let me speak\n")
    checks.that("parts killed: a viewer's words are refused", "You are a viewer" in seen.until("[forbidden]\n"))
    his.say(f"/answer {question} not yours\n")
    checks.that("parts killed: another's answer is refused", "to somebody else" in his.until("[forbidden]\n"))


def worked_once(checks, events):
    """By what the agent said, each time it was run, and in whose turns."""
    names = {event["actor"]: event["payload"]["name"] for event in events if event["type"] == "member.joined"}
    spoken = [((event["turn"], names.get(event["actor"], event["actor"])), event["payload"]["text"]) for event in events
              if event["type"] == "agent.output"]
    checks.equal("parts killed while turns wait: each message is worked once, in order, in its speaker's name",
                 [((1, "ada-5"), "working\ngoing on\n"), ((2, "bob-5"), "you said <from bob>\n"),
                  ((3, "owner"), "you said <from the owner>\n"), ((4, "ada-5"), "you said <from ada>\n")],
                 [(turn, "".join(text for _, text in texts))
                  for turn, texts in itertools.groupby(spoken, lambda each: each[0])])
    closed = [(event["turn"], event["payload"]["outcome"]) for event in events if event["type"] == "turn.closed"]
    checks.equal("parts killed while turns wait: and each turn ends once",
                 [(turn, "completed") for turn in (1, 2, 3, 4)], closed)


def deciding(world, checks):
    """Only who is asked sees what would be sent and can answer; a false dialog in the chat is the agent's words."""
    account = world.calendar()
    ada, bob = person(world, "ada-3"), person(world, "bob-3")
    world.x1(*ada, "connect", "caldav", "--url", account.url, "--user", account.user, "--ca", account.ca,
             "--confirm-address", account.address, typed=account.password, check=True)
    chat, session = start(world)
    hers, his = joins(world, checks, ada, session), joins(world, checks, bob, session)
    hers.say("calendar\n")
    dialog = hers.until(PROMPT)
    checks.that("who is asked is shown the request", account.url in dialog or "calendar_list_events" in dialog, dialog)
    told = his.until("only they can answer\n")
    checks.that("others hear of whom and of what it is", "x1 · the agent asks ada-3 for permission: calendar.read; only they can answer\n"
                in told, told)
    checks.that("and nothing of the request", "2026-11-23" not in told and "calendar_list_events" not in told.split(
        "x1 · the agent asks")[1], told)
    waiting = json.loads(world.x1(*ada, "--json", "approve", check=True).stdout)
    challenge = waiting["items"][0]["id"]
    offered(world, checks, "a question to whom it is put", {challenge}, *ada, "approve", "")
    offered(world, checks, "and to nobody else", set(), *bob, "approve", "")
    for name, who in (("another member", bob), ("the session's owner", ())):
        seen = json.loads(world.x1(*who, "--json", "approve", check=True).stdout)
        checks.equal(f"{name} sees that it waits, not what", ([], [challenge], None),
                     (seen["items"], [each["id"] for each in seen["others"]], seen["others"][0]["asked"]))
        checks.equal(f"{name} sees as JSON whose turn it is", [(session, 1, seen["others"][0]["actor"], [])],
                     [(each["session"], each["turn"], each["actor"], each["waiting"]) for each in seen["sessions"]
                      if each["session"] == session])
        terminal = world.terminal(*who, "approve")
        status, text = terminal.end()
        checks.that(f"the terminal of {name} shows whose turn it is and no dialog",
                    status == 0 and "x1 · ada-3 is asked for calendar.read" in text
                    and "turn 1 of ada-3 is open" in text and PROMPT not in text, text)
        for answer in ("--once", "--deny"):
            done = world.x1(*who, "--json", "approve", challenge, answer)
            checks.equal(f"{name} can't answer {answer}", (1, "forbidden"), (done.returncode, code(done)))
    wrong_terminal(world, checks, bob, challenge, waiting["items"][0]["digest"])
    his.say("once\n")  # typed where nothing is asked: a message, not an answer
    chat.until("bob-3 says │ once\n")
    checks.equal("what another types is a message and no yes", "pending",
                 json.loads(world.x1(*ada, "--json", "approve", check=True).stdout)["items"][0]["state"])
    hers.say("session\n")
    said = hers.until("turn 1 is over: completed\n")
    checks.that("the yes of who is asked counts", "agent │ the calendar says ok\n" in said, said)
    his.until("turn 2 is over: completed\n")
    his.say("deceive\n")
    said = hers.until("turn 3 is over: completed\n")
    own = [line for line in said.split("\n") if line.startswith("x1 · ")]
    checks.that("a false dialog is shown behind the agent's mark in every terminal",
                "allowed" not in "\n".join(own) and "x1 · allowed: session" in said and "\x1b" not in said, said)
    leaving(world, checks, chat, session, ada, hers, his)


def wrong_terminal(world, checks, bob, challenge, digest):
    """Not through x1, but straight at the interface with bob's own bearer, and with the right digest."""
    api = Api(port=world.port(), token=world.x1(*bob, "token", check=True).stdout.strip())
    answer = api.call("POST", f"/challenges/{challenge}/approve", {"digest": digest, "lifetime": "once"})
    checks.equal("nor can their program, with the digest", (403, "forbidden"), (answer.status, answer.code))


def leaving(world, checks, chat, session, ada, hers, his):
    """Removed in the middle of a turn: her turn ends, her place in the queue, her grant and her stream too."""
    live = [each["scope"] for each in world.owner.get(f"/sessions/{session}/grants")["items"] if each["state"] == "live"]
    checks.equal("her grant lives", ["calendar.read"], live)
    grant = world.owner.get(f"/sessions/{session}/grants")["items"][0]
    checks.equal("with which account is hers alone to know", (None, None), (grant["connection"], grant["within"]))
    own = json.loads(world.x1(*ada, "--json", "grants", session, check=True).stdout)["items"][0]
    checks.that("who sees it", own["connection"], own)
    offered(world, checks, "a grant to take back", {grant["id"]}, *ada, "grants", session, "--revoke", "")
    text = world.x1("grants", session, check=True).stdout
    checks.that("x1 grants of others tells no account", grant["id"] in text and "connection" not in text, text)
    hers.say("colour\n")
    his.until("agent asks │ Which colour?\n")
    hers.say("never said\n")
    his.until("x1 · turn 4 of ada-3 is open; ada-3 (turn 5) waits\n")
    world.x1("people", session, "--remove", "ada-3", check=True)
    said = his.until("turn 4 is over: cancelled\n")
    checks.that("everybody sees that she was removed, and what waited is closed",
                "x1 · ada-3 was removed\n" in said and "turn 5 is over: cancelled\n" in said, said)
    checks.equal("her terminal ends", 1, hers.end()[0])
    taken = world.owner.event(session, "grant.revoked")
    checks.that("her grant is taken back by the broker", taken["payload"]["grants"], taken)
    for line in (["people", session], ["approve", "--session", session], ["grants", session]):
        done = world.x1(*ada, "--json", *line)
        seen = json.loads(done.stdout or "{}").get("items") if done.returncode == 0 else code(done)
        checks.equal(f"she finds nothing by {line[0]}", True, seen in ([], "not_found"))
    his.say("after her\n")
    said = his.until("turn 6 is over: completed\n")
    checks.that("the others go on", "agent │ you said <after her>\n" in said, said)
    chat.say("/end\n")
    chat.end()
    his.until("x1 · the session has ended: ")
    checks.equal("who joined hears of the end, and ends", 0, his.end()[0])
    checks.equal("the story is whole", 0, world.x1("audit", "verify", "--session", session).returncode)


def one_command(world, checks):
    """A session of one command is its owner's one turn: others may look, and are told why they can't speak."""
    bob = person(world, "bob-4")
    agent = world.agent()
    chat = joins(world, checks, bob, agent.session)
    chat.say("hello\n")
    checks.that("others can't speak in it", "in the one turn of its owner" in chat.until("[conflict]\n"))
    agent.end()
    chat.until("x1 · the session has ended: ")
    checks.equal("and see its end", 0, chat.end()[0])


COMPLETE = {
    "bash": ["bash", "--norc", "-c", """
source <(x1 completion bash)
COMP_WORDS=(x1 "$@"); COMP_CWORD=$#; _x1; printf '%s\\n' "${COMPREPLY[@]}"
""", "bash"],
    "zsh": ["zsh", "-fc", """
autoload -Uz compinit; compinit -D; source <(x1 completion zsh); emulate sh
COMP_WORDS=(x1 "$@"); COMP_CWORD=$#; _x1; printf '%s\\n' "${COMPREPLY[@]}"
""", "zsh"],
    "fish": ["fish", "--no-config", "-c", 'x1 completion fish | source; complete -C "x1 $argv"', "--"]}


def with_x1(world):
    return world.environment | {"PATH": f"{world.programs}:{world.environment['PATH']}"}


def completed(world, shell, *words):
    """What that shell offers for the last of the words, and what it complains of. zsh itself keeps what begins as was
    typed: in a terminal that is what it shows."""
    done = subprocess.run([*COMPLETE[shell], *words], env=with_x1(world), capture_output=True, text=True, timeout=60,
                          check=False)
    offered = {line.split("\t")[0] for line in done.stdout.split("\n") if line.startswith(words[-1])}
    return {word for word in offered if word and (words[-1] or not word.startswith("-"))}, done.stderr


def offered(world, checks, name, wanted, *words):
    """Every shell offers exactly that."""
    for shell in COMPLETE:
        checks.equal(f"{shell} offers {name}", (set(wanted), ""), completed(world, shell, *words))


def completing(world, checks):
    """In real shells: commands, their options, files where files are meant, and the ids of what there is."""
    for words, expected in ((["inv"], {"invite"}), (["audit", ""], {"show", "verify"}), (["chat", "--se"], {"--session"}),
                            (["people", "s1", "--re"], {"--remove"}), (["approve", "--on"], {"--once"}),
                            (["completion", "--js"], {"--json"}), (["cand"], set())):
        offered(world, checks, f"for x1 {' '.join(words)}", expected, *words)
    checks.equal("after -- bash's words are none of x1's", (set(), ""), completed(world, "bash", "run", "--", "ch"))
    checks.equal("for no other shell", 2, world.x1("completion", "sh").returncode)
    completing_files(world, checks)
    first, second = world.agent(), world.agent()
    both = {first.session, second.session}
    for words in (["kill"], ["chat", "--session"], ["sessions", "--end"], ["grants"]):
        offered(world, checks, f"the sessions for {' '.join(words)}", both, *words, "")
    second.end()
    before = time.monotonic() + PATIENCE  # its broker says so first, and then the supervisor, by whom the API goes
    while world.owner.get(f"/sessions/{second.session}")["state"] != "ended" and time.monotonic() < before:
        pass
    offered(world, checks, "a session that is over not to be killed", {first.session}, "kill", "")
    every = {each["id"] for each in world.owner.get("/sessions")["items"]}
    for words in (["audit", "show"], ["audit", "verify", "--session"]):
        offered(world, checks, f"the story of every session for {' '.join(words)}", every, *words, "")
    nobody = world.x1("--state", world.folder / "nothing", "candidates", "session")
    checks.equal("where nothing runs nothing is offered", (0, "", ""),
                 (nobody.returncode, nobody.stdout, nobody.stderr))
    first.end()


def completing_files(world, checks):
    """On a terminal, as a person does it: the shell's own file names where x1 has nothing to say."""
    folder = world.folder / "completed"
    folder.mkdir()
    (folder / "rows-of-mine").write_text("")
    starts = {"bash": (["bash", "--norc", "--noprofile", "-i"], "source <(x1 completion bash)"),
              "zsh": (["zsh", "-fi"], "autoload -Uz compinit; compinit -D; source <(x1 completion zsh)")}
    for shell, (command, begin) in starts.items():
        for words in ("audit verify", "run --workspace", "run --"):
            terminal = Running(command, with_x1(world) | {"TERM": "dumb"}, terminal=True)
            terminal.say(begin + "; echo ready''now\n")
            terminal.until("readynow")
            terminal.say(f"x1 {words} {folder}/rows-\t")
            try:
                shown = terminal.until("of-mine", patience=20)
            except Silence as silence:
                shown = str(silence).split("but:")[1]
            checks.that(f"{shell} completes a file after x1 {words}", shown.endswith("of-mine"), shown)
            terminal.kill()
    for words in ("audit verify", "run --workspace", "run --"):
        checks.equal(f"fish completes a file after x1 {words}", ({f"{folder}/rows-of-mine"}, ""),
                     completed(world, "fish", *words.split(), f"{folder}/rows-"))


if __name__ == "__main__":
    sys.exit(main(coming_in, taking_turns, deciding, one_command, parts_die, completing))
