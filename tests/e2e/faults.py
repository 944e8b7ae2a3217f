#!/usr/bin/env python3
"""H1, D5 end to end: the real platform while its parts are killed, frozen or out of space.

What docs/operations.md promises has to happen, the person has to see it, the audit has to be whole or to say where it
ends, and nothing may have gone out without its row. Run from anywhere with X1_BIN set; `faults.py STORY…` runs only
those.
"""
import contextlib
import os
import signal
import subprocess
import sys

from checks import Checks
from watched import CREATE, LIST, LUNCH, WEEK, Platform, below, ended, leftovers, parent_of, run, served_again

GROUP_PARTS = ("x1-vault", "x1-api", "x1-edge")


def the_agent_dies(platform, asking):
    """All other parts of a session are started again: restarts.py."""
    name = f"agent killed {'while a question waits' if asking else 'with nothing open'}"
    checks = platform.checks
    agent, _, challenge = platform.agent(asking)
    whole = platform.of_session(agent.session)
    core = {each["pid"] for each in platform.processes() if not each["session"]}
    os.kill(platform.part("agent", agent.session), signal.SIGKILL)
    checks.equal(f"{name}: every process of the session ends with it", [], platform.gone(whole))
    checks.equal(f"{name}: the person gets the agent's own status", 137, agent.running.end()[0])
    ended(platform.world, agent.session)
    checks.equal(f"{name}: the core goes on", core,
                 {each["pid"] for each in platform.processes() if not each["session"]})
    if asking:
        answer = platform.world.owner.call("GET", f"/sessions/{agent.session}/challenges")
        states = {each["id"]: each["state"] for each in answer.value["items"]}
        checks.that(f"{name}: the question was not granted by it", states[challenge] != "granted", states)
    platform.audit(name, agent.session, closed=True)
    platform.sent_nothing(name)


def the_agents(world, checks):
    platform = Platform(world, checks)
    for asking in (True, False):
        the_agent_dies(platform, asking)
    platform.serves("after the agents")
    platform.end("the agents")


def parts_of_the_core(world, checks):
    """With nothing open; under sessions: restarts.py."""
    platform = Platform(world, checks)
    for part in GROUP_PARTS:
        killed = platform.part(part)
        os.kill(killed, signal.SIGKILL)
        checks.equal(f"{part} killed with nothing open: it is gone", [], platform.gone([killed]))
        checks.that(f"{part} killed with nothing open: it is started again, and serves", served_again(world))
        platform.sent_nothing(f"{part} killed with nothing open")
    platform.serves("after every part of the core")
    platform.end("parts of the core")


def the_bus(world, checks):
    platform = Platform(world, checks)
    os.kill(platform.part("nats-server"), signal.SIGKILL)
    platform.serves("the bus killed with nothing open")

    # Called at once: the provider may not have found the bus yet, and the person never hears of that.
    agent, _, _ = platform.agent(asking=False)
    os.kill(platform.part("nats-server"), signal.SIGKILL)
    checks.equal("the bus killed: a call finds the provider all the same", "permission_required",
                 agent.call(LIST, WEEK)["code"])
    agent.end()

    agent, call, challenge = platform.agent(asking=True)
    os.kill(platform.part("nats-server"), signal.SIGKILL)
    world.x1("approve", challenge, "--once", check=True)
    checks.equal("the bus killed: the question that waited is still answered", "granted", agent.result(call)["code"])
    checks.equal("the bus killed: and its call is served", "ok", agent.call(LIST, WEEK)["code"])
    agent.end()
    platform.sent_before = len(platform.upstream.seen)

    # Frozen: nothing is refused, nothing comes. Deadlines bite, and what was said before is there afterwards.
    agent, call, challenge = platform.agent(asking=True)
    bus = below(platform.part("nats-server"))
    for pid in bus:
        os.kill(pid, signal.SIGSTOP)
    try:
        late = agent.call(LIST, WEEK, patience=60)
        checks.equal("the bus frozen: a call ends at its deadline", "timed_out", late["code"])
        checks.equal("the bus frozen: people are still served", 200, world.owner.call("GET", "/sessions").status)
        approved = world.start(world.programs / "x1", "approve", challenge, "--once")
        platform.sent_nothing("the bus frozen")
    finally:
        for pid in bus:
            os.kill(pid, signal.SIGCONT)
    checks.equal("the bus thawed: the yes arrives", "granted", agent.result(call)["code"])
    checks.equal("the bus thawed: x1 approve says so", 0, approved.end()[0])
    checks.equal("the bus thawed: and its call is served", "ok", agent.call(LIST, WEEK)["code"])
    agent.end()
    ended(world, agent.session)
    platform.audit("the bus thawed", agent.session, closed=True)
    platform.end("the bus")


def the_supervisor(world, checks):
    platform = Platform(world, checks)
    agent, _, _ = platform.agent(asking=True)
    listed = platform.processes()
    os.kill(parent_of(listed[0]["pid"]), signal.SIGKILL)
    checks.equal("the supervisor killed: every process ends with it", [], platform.gone(platform.watched))
    checks.that("the supervisor killed: the person's command ends", agent.running.end()[0] != 0, "a failure")
    checks.equal("the supervisor killed: nothing is left running", [], leftovers(world))
    world.up()
    state = world.owner.get(f"/sessions/{agent.session}")
    checks.equal("the supervisor again: the session is over", "ended", state["state"])
    # Its broker may have had the time for its closing row.
    platform.audit("the supervisor again", agent.session,
                   closed=platform.rows(agent.session, "chain.closed") == 1)
    platform.sent_nothing("the supervisor killed")
    platform.serves("the supervisor again")
    platform.end("the supervisor")


class SmallDisk:
    """A file system of a few MiB under a world's state folder, to be filled and emptied again. Only for root."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(mode=0o700)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=0700", "x1-faults", folder], check=True)

    def fill(self):
        """Leaves room for not one more page."""
        with open(self.folder / "filler", "wb", buffering=0) as filler:
            with contextlib.suppress(OSError):
                while True:
                    filler.write(bytes(65536))
            with contextlib.suppress(OSError):
                while True:
                    filler.write(bytes(512))

    def empty(self):
        (self.folder / "filler").unlink(missing_ok=True)

    def unmount(self):
        subprocess.run(["umount", self.folder], check=False)


def out_of_space(world, checks):
    disk = SmallDisk(world.state)
    try:
        world.up()
        the_disk_is_full(Platform(world, checks), disk)
    finally:
        world.x1("down")
        disk.unmount()


def the_disk_is_full(platform, disk):
    world, checks = platform.world, platform.checks
    agent, call, challenge = platform.agent(asking=True)
    world.x1("approve", challenge, "--for-session", check=True)
    checks.equal("before: a permission for the session", "granted", agent.result(call)["code"])
    agent.begin("request_permission", {"tool": CREATE, "arguments": LUNCH})
    waiting = next(event["payload"]["challenge"]["id"] for event in world.owner.events(agent.session)
                   if event["type"] == "consent.asked" and event["payload"]["side_effects"])
    before = world.owner.get(f"/sessions/{agent.session}/audit")["lines"]
    disk.fill()
    refused = world.owner.call("POST", f"/challenges/{waiting}/deny")
    checks.that("the disk full: what must be written is refused with its code", refused.status >= 500
                and refused.code == "storage_failed", f"storage_failed, seen {refused.status} {refused.value}")
    checks.equal("the disk full: what needs no writing is served", 200, world.owner.call("GET", "/sessions").status)
    # The page that the record's last row stands on may have room for a few more.
    codes = [agent.call(LIST, WEEK)["code"]]
    while codes[-1] == "ok" and len(codes) < 50:
        codes.append(agent.call(LIST, WEEK)["code"])
    checks.that("the disk full: a call is refused, with the disk's code", codes[-1] == "storage_failed", codes)
    sent = len(platform.upstream.seen)
    checks.equal("the disk full: and so is the next", "storage_failed", agent.call(LIST, WEEK)["code"])
    checks.equal("the disk full: nothing went out for them", sent, len(platform.upstream.seen))
    checks.that("the disk full: no session can be started", world.x1("run", "--", "true").returncode != 0)
    disk.empty()
    after = world.owner.get(f"/sessions/{agent.session}/audit")["lines"]
    checks.equal("space again: nothing that was acknowledged is lost", before, after[:len(before)])
    agent.end()
    ended(world, agent.session)
    platform.audit("space again", agent.session)
    checks.that("space again: what went out has its row", sent - platform.sent_before
                <= platform.rows(agent.session, "call.dialled"), f"{sent - platform.sent_before} rows or more")
    platform.sent_before = sent
    platform.serves("space again")
    platform.end("space again")


def main():
    checks = Checks()
    wanted = sys.argv[1:]
    for story in (the_agents, parts_of_the_core, the_bus, the_supervisor):
        if not wanted or story.__name__ in wanted:
            run(checks, story)
    if os.getuid() != 0:
        checks.left_to_root("out of space", "only root can mount a small disk that the platform's own users may use")
    elif not wanted or "out_of_space" in wanted:
        run(checks, out_of_space, start=False)
    return checks.end()


if __name__ == "__main__":
    sys.exit(main())
