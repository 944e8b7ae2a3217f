#!/usr/bin/env python3
"""D1, D2, E2 with the official MCP SDK as the agent's client: it asks without waiting, is told of decisions over its
stream, and answers what is announced to it in every way; only the person's own yes lets a request out. An upstream
counts. Run from anywhere with X1_BIN set."""
import json
import re
import shutil
import sys

from checks import main
from upstream import Upstream
from world import ROOT

# What the client answers to the announcement, and what the person says.
ROUNDS = (("accept", "--deny"), ("decline", "--once"), ("cancel", "--once"), ("error", "--once"), ("silence", "--deny"))


class Client:
    def __init__(self, world):
        self.running = world.start(world.programs / "x1", "run", "--discard", "--", "node", "/opt/agent/sdk.mjs")
        self.session = re.search(r"session ([a-z0-9_-]+)", self.running.until(" (Ctrl-] for x1)")).group(1)

    def said(self, what):
        self.running.until("x1-said ")
        said = json.loads(self.running.line())
        if said["what"] != what:
            raise RuntimeError(f"the client said {said}, and not {what}")
        return said["value"]


def asking(world, checks):
    shutil.copytree(ROOT / "demo/agent/node_modules", world.folder / "share/agent/node_modules")
    upstream = Upstream(world.folder / "upstream")
    world.connect(upstream.account)
    client = Client(world)
    checks.equal("the SDK's client gets its stream", 200, client.said("listening"))
    last = 0
    for answer, word in ROUNDS:
        asked = client.said("asked")
        checks.equal(f"{answer}: asked without waiting, the agent has a ticket", ("pending", True),
                     (asked["status"], bool(asked["ticket"])))
        announced = client.said("announced")
        checks.that(f"{answer}: that a decision waits is announced, with nothing to fill in",
                    "Read" in announced["message"] and announced["requestedSchema"]["properties"] == {}, announced)
        before = len(upstream.seen)
        checks.equal(f"{answer}: what the client answers changes nothing",
                     {"status": "pending", "call": "permission_pending"}, client.said("before"))
        event = world.owner.event(client.session, "consent.asked", last)
        last, question = event["number"], event["payload"]["challenge"]["id"]
        states = {each["id"]: each["state"] for each in world.owner.get(f"/sessions/{client.session}/challenges")["items"]}
        checks.equal(f"{answer}: nor for the person, who is still asked", "pending", states[question])
        world.x1("approve", question, word, check=True)
        granted = word == "--once"
        checks.equal(f"{answer}: the client is told of the person's decision, and of nothing else",
                     {"ticket": asked["ticket"], "status": "granted" if granted else "denied"}, client.said("told")["data"])
        if answer == "silence":
            checks.equal("silence: when it is decided, the announcement is taken back", True, client.said("aborted"))
        after = client.said("after")
        checks.equal(f"{answer}: the ticket says the same, and the call is as the person said",
                     ("granted", "ok") if granted else ("denied", "permission_required"), (after["status"], after["call"]))
        checks.equal(f"{answer}: upstream sees what was granted, once", int(granted), len(upstream.seen) - before)
    checks.equal("a ticket that never was is none", "not_found", client.said("stranger")["code"])
    checks.equal("the agent ends well", 0, client.running.end()[0])


if __name__ == "__main__":
    sys.exit(main(asking))
