"""x1agent as it is measured: a platform in a state folder of its own, and one agent that does what it is told."""
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/e2e"))
from world import PROMPT, Account, World  # noqa: E402


class Platform(World):
    def __init__(self, programs):
        super().__init__(agents=[ROOT / "bench/agent/bench.mjs", ROOT / "bench/agent/post.lua"], programs=programs)

    def connect_to(self, peers):
        address = f"127.0.0.1:{peers.ports['ORIGIN']}"
        self.connect(Account(f"https://{address}/ada/work/", "bench", "bench-password", peers.folder / "ca.pem", address))


class Agent:
    """`x1 run` of bench.mjs on a terminal; the consent is answered for the session."""

    def __init__(self, platform):
        self.running = platform.terminal("run", "--", "/opt/node/bin/node", "/opt/agent/bench.mjs")
        self.running.until(PROMPT)
        self.running.say("session\n")
        self.running.until("BENCH ready")

    def measure(self, connections, seconds):
        self.running.say(f"{connections} {seconds}\n")
        self.running.until("BENCH {", seconds + 120)
        return json.loads("{" + self.running.line())["wrk"]

    def end(self):
        self.running.say("end\n")
        self.running.end()
