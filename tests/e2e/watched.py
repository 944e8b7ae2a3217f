"""A world whose processes are watched and whose upstream counts: what tests of faults look at."""
import contextlib
import json
import os
import select
import subprocess
import time

from running import Silence
from upstream import Upstream
from world import World

LIST, CREATE = "calendar_list_events", "calendar_create_event"
WEEK = {"start": "2026-11-23T00:00:00Z", "end": "2026-11-30T00:00:00Z"}
LUNCH = {"summary": "Lunch", "start": "2026-11-25T12:00:00Z", "end": "2026-11-25T13:00:00Z"}
ASK = {"tool": LIST, "arguments": WEEK}


class Platform:
    """A world with an upstream that counts, and the processes of the platform as they are seen from here. Without an
    upstream that is connected already, it connects one."""

    def __init__(self, world, checks, upstream=None):
        self.world, self.checks = world, checks
        self.upstream = upstream or Upstream(world.folder / "upstream")
        self.watched = {}  # pid → pidfd of every process that was ever seen
        if not upstream:
            world.connect(self.upstream.account)
        self.sent_before = len(self.upstream.seen)

    def processes(self):
        """What `x1 status` lists; each is watched from now on."""
        listed = json.loads(self.world.x1("--json", "status", check=True).stdout)["processes"]
        for process in listed:
            self.watch(process["pid"])
        self.watch(parent_of(listed[0]["pid"]))
        return listed

    def watch(self, pid):
        if pid not in self.watched:
            with contextlib.suppress(ProcessLookupError):
                self.watched[pid] = os.pidfd_open(pid)

    def part(self, name, session=""):
        return next(each["pid"] for each in self.processes()
                    if each["name"].startswith(name) and each["session"] == session)

    def of_session(self, session):
        return [each["pid"] for each in self.processes() if each["session"] == session]

    def gone(self, pids, patience=30):
        """Waits for the end of each; those that still run then."""
        before = time.monotonic() + patience
        return [pid for pid in pids if pid in self.watched and
                not select.select([self.watched[pid]], [], [], max(before - time.monotonic(), 0))[0]]

    def agent(self, asking):
        """A session, with a question that waits in it if `asking` → (agent, call, challenge)."""
        agent = self.world.agent()
        if not asking:
            return agent, None, None
        call = agent.begin("request_permission", ASK)
        event = self.world.owner.event(agent.session, "consent.asked")
        return agent, call, event["payload"]["challenge"]["id"]

    def audit(self, name, session, closed=None):
        """The session's audit holds; `closed`: whether it must have its closing row."""
        before = time.monotonic() + 30
        while True:  # the last rows may still be on their way
            said = self.world.x1("--json", "audit", "verify", "--session", session)
            verdict = json.loads(said.stdout) if said.stdout else {}
            if not closed or verdict.get("closed") or time.monotonic() > before:
                break
        self.checks.equal(f"{name}: the session's audit is whole", (0, True), (said.returncode, verdict.get("ok")))
        if closed is not None:
            self.checks.equal(f"{name}: and says whether it ends", closed, verdict.get("closed"))

    def rows(self, session, kind):
        lines = self.world.owner.get(f"/sessions/{session}/audit")["lines"]
        return sum(json.loads(line)["row"]["kind"] == kind for line in lines)

    def sent_nothing(self, name):
        self.checks.equal(f"{name}: nothing went out", self.sent_before, len(self.upstream.seen))

    def serves(self, name):
        """A new session goes its whole way: question, yes, answer, one request with its row."""
        agent, call, challenge = self.agent(asking=True)
        self.world.x1("approve", challenge, "--once", check=True)
        self.checks.equal(f"{name}: afterwards a person's yes arrives", "granted", agent.result(call)["code"])
        self.checks.equal(f"{name}: and the calendar is read", "ok", agent.call(LIST, WEEK)["code"])
        agent.end()
        went_out = len(self.upstream.seen) - self.sent_before
        self.sent_before = len(self.upstream.seen)
        self.checks.equal(f"{name}: by one request", 1, went_out)
        ended(self.world, agent.session)
        self.checks.equal(f"{name}: with one row", 1, self.rows(agent.session, "call.dialled"))
        self.audit(name, agent.session, closed=True)

    def end(self, name):
        """x1 down leaves nothing behind."""
        self.processes()
        self.checks.equal(f"{name}: x1 down says that it is done", 0, self.world.x1("down").returncode)
        self.checks.equal(f"{name}: nothing is left running", [], self.gone(self.watched) + leftovers(self.world))
        self.upstream.close()


def parent_of(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        return int(stat.read().rpartition(")")[2].split()[1])


def below(pid):
    """The process and all that it started: a part of the platform may have an init of its own above it."""
    found = [pid]
    for one in found:
        with contextlib.suppress(OSError), open(f"/proc/{one}/task/{one}/children", encoding="utf-8") as children:
            found += map(int, children.read().split())
    return found


def leftovers(world):
    """Processes, other than this one and those that it started itself, that name the world's folder."""
    ours = {os.getpid()} | {running.process.pid for running in world.running}
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/cmdline", "rb") as line:
                if int(pid) not in ours and str(world.folder).encode() in line.read():
                    found.append(int(pid))
    return found


def ended(world, session):
    """Waits until the session is over, as the person sees it → the reason."""
    with contextlib.suppress(Silence, OSError):
        for event in world.owner.events(session, patience=30):
            if event["type"] == "session.ended":
                told = world.owner.get(f"/sessions/{session}")
                if told["state"] == "ended":
                    return told["reason"]
    return ""


def served_again(world, patience=60):
    """Waits until the API answers: connections are refused or closed while the group restarts."""
    before = time.monotonic() + patience
    while time.monotonic() < before:
        with contextlib.suppress(OSError, ValueError, RuntimeError):
            if world.owner.call("GET", "/sessions").status == 200:
                return True
    return False


def run(checks, story, **options):
    """A story in a world of its own; an error in it is a failed check."""
    try:
        with World(**options) as world:
            story(world, checks)
    except (RuntimeError, OSError, LookupError, ValueError, AttributeError, TypeError, StopIteration,
            subprocess.SubprocessError) as error:
        checks.that(f"{story.__name__} went on to its end", False, f"no {type(error).__name__}: {error}")
