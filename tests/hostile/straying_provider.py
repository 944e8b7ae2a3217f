#!/usr/bin/env python3
"""D4 on the whole platform: a provider that plans one request, and asks for another once the person has agreed.

Nothing of it goes out, the agent hears not_planned, a row says so, and the people are shown both requests. The provider
is evil/straying_provider.cpp in the place of the calendar's own. Run from anywhere with X1_BIN set.
"""
import json
import os
import pathlib
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
from checks import Told  # noqa: E402
from upstream import Upstream  # noqa: E402
from wire import CREATE, LUNCH, Question  # noqa: E402
from world import World  # noqa: E402

# What the provider does instead → the code, and what the people must see of it.
STRAYING = {"another place": ("not_planned", "/ada/work/another.ics\n"),
            "another body": ("not_planned", "bad body"),
            "another version": ("not_planned", "content-type: text/calendar"),
            "another method": ("not_allowed", "DELETE https://"),
            "one more": ("not_planned", "PUT https://")}


def programs_with_evil(folder):
    """The built programs, with the attacker's as the calendar's provider."""
    built = pathlib.Path(os.environ["X1_BIN"]).resolve()
    for program in built.iterdir():
        try:
            os.link(program, folder / program.name)
        except OSError:
            shutil.copy2(program, folder)
    (folder / "x1-provider-calendar").unlink()
    shutil.copy2(built / "x1-evil-provider", folder / "x1-provider-calendar")
    folder.chmod(0o755)
    return folder


def refusal(world, session, after):
    return world.owner.event(session, "provider.refused", after)


def story(world, checks):
    upstream = Upstream(world.folder / "upstream")
    world.connect(upstream.account)
    agent = world.agent()
    last = 0
    for what, (code, shown) in STRAYING.items():
        arguments = LUNCH | {"summary": what}
        question = Question(world, agent, last, CREATE, arguments)
        checks.equal(f"{what}: the plan is agreed to", "granted", question.say_yes())
        before = len(upstream.seen)
        checks.equal(f"{what}: the call is refused", code, agent.call(CREATE, arguments)["code"])
        event = refusal(world, agent.session, question.number)
        last, told = event["number"], event["payload"]
        checks.equal(f"{what}: nothing went out", before, len(upstream.seen))
        checks.equal(f"{what}: the people are told by whom, and why", ("calendar", CREATE, True),
                     (told["provider"], told["tool"], told["reason"] in ("not_planned", "method_or_path")))
        line = question.shown()[0]
        checks.that(f"{what}: and what was planned", told["planned"].startswith(line) or told["planned"] == "nothing more",
                    f"{line}; seen {told['planned']!r}")
        checks.that(f"{what}: and what it asked for", shown in told["wanted"], f"{shown}; seen {told['wanted']!r}")
    arguments = LUNCH | {"summary": "as planned"}
    question = Question(world, agent, last, CREATE, arguments)
    checks.equal("what is as planned is granted", "granted", question.say_yes())
    checks.equal("and done", "ok", agent.call(CREATE, arguments)["code"])
    checks.equal("by one PUT, the only one of all", 1, sum(each.method == "PUT" for each in upstream.seen))
    # However long the yes is for, the call that it was asked for is the one that was shown.
    arguments = LUNCH | {"summary": "another body"}
    question = Question(world, agent, question.number, CREATE, arguments)
    checks.equal("for the turn: the plan is agreed to", "granted", question.say_yes("--turn"))
    before = len(upstream.seen)
    checks.equal("for the turn: the call is refused", "not_planned", agent.call(CREATE, arguments)["code"])
    checks.equal("for the turn: nothing went out", before, len(upstream.seen))
    checks.that("for the turn: the people are told", "bad body" in refusal(world, agent.session,
                                                                         question.number)["payload"]["wanted"])
    rows = [json.loads(line)["row"] for line in world.owner.get(f"/sessions/{agent.session}/audit")["lines"]]
    refused = [row for row in rows if row["kind"] == "provider.refused"]
    checks.equal("a row tells of each", len(STRAYING) + 1, len(refused))
    checks.that("with what was planned and what was wanted", all(
        row["detail"]["wanted"]["target"] and row["detail"]["provider"] == "calendar" for row in refused), refused)
    agent.end()
    upstream.close()


def main():
    checks = Told()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="x1-evil-"))
    try:
        with World(programs=programs_with_evil(folder)) as world:
            story(world, checks)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return checks.end()


if __name__ == "__main__":
    sys.exit(main())
