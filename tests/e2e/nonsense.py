#!/usr/bin/env python3
"""Bad input end to end: nonsense to every interface of the real platform that listens, from outside and from inside the
boxes. Each piece is refused or ends its own connection; everybody else is served all the time. Run from anywhere with
X1_BIN set.
"""
import contextlib
import os
import socket
import struct
import subprocess
import sys

from checks import Checks
from running import PATIENCE
from watched import LIST, WEEK, Platform, ended, parent_of, run

NONSENSE = {
    "zeros": bytes(4096),
    "text": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "every byte": bytes(range(256)) * 64,
    "a length beyond all limits": b"\xff\xff\xff\xff" + b"x" * 64,
    "a TLS greeting": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
}


def unix_socket(path):
    def open_one():
        one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # With a timeout of Python's own it would not wait for a place in a full queue.
        one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", PATIENCE, 0))
        one.connect(str(path))
        one.settimeout(PATIENCE)
        return one
    return open_one


def tcp(port):
    return lambda: socket.create_connection(("127.0.0.1", port), PATIENCE)


def said_to(one, patience=45):
    """What the other side says until it closes; None when it does not close in time."""
    said = b""
    one.settimeout(patience)
    try:
        while piece := one.recv(65536):
            said += piece
    except TimeoutError:
        return None
    except OSError:
        pass
    return said


def nonsense(checks, name, open_one, serves):
    """Each piece of nonsense ends its own connection, if need be after the far end has closed; others are served."""
    for what, piece in NONSENSE.items():
        with contextlib.closing(open_one()) as one:
            with contextlib.suppress(OSError):
                one.sendall(piece)
                one.shutdown(socket.SHUT_WR)
            answer = said_to(one)
            checks.that(f"{name}, {what}: an error or the end", answer is not None
                        and (not answer.startswith(b"HTTP/1.1 2")), f"seen {answer!r:.200}")
        checks.that(f"{name}, {what}: others are served", serves())
    with contextlib.ExitStack() as held:  # connections that say nothing, half a request, a thousand of them
        opened = 0
        for number in range(1000):
            try:
                one = held.enter_context(contextlib.closing(open_one()))
                opened += 1
                if number % 2:
                    one.sendall(b"\x10")
            except OSError:
                continue
    checks.that(f"{name}: after a thousand connections others are served", serves(), f"of {opened}")


def all_interfaces(world, checks):
    platform = Platform(world, checks)
    agent, call, challenge = platform.agent(asking=True)

    def people():
        return world.owner.call("GET", "/sessions").status == 200

    def supervisor():
        return world.x1("status").returncode == 0

    nonsense(checks, "api.sock", unix_socket(world.state / "run/api.sock"), people)
    nonsense(checks, "the TCP port", tcp(world.port()), people)
    nonsense(checks, "control.sock", unix_socket(world.state / "run/control.sock"), supervisor)
    if os.getuid() == 0:
        another = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable, "-c",
                                  "import socket,sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])",
                                  str(world.state / "run/control.sock")], capture_output=True, text=True, check=False)
        checks.that("control.sock: another user does not even get to it", "PermissionError" in another.stderr,
                    another.stderr)
    else:
        checks.left_to_root("control.sock from another user", "an ordinary user can't become another")
    world.x1("approve", challenge, "--once", check=True)
    checks.equal("the question that waited all the time is answered", "granted", agent.result(call)["code"])
    checks.equal("and its call is served", "ok", agent.call(LIST, WEEK)["code"])
    platform.sent_before = len(platform.upstream.seen)
    agent.end()
    nonsense_from_inside(platform)
    platform.end("nonsense")


# Run inside a box's network namespace, which it first makes sure of: only lo, and nothing but a listening port there.
INSIDE = """
import os, socket, sys
assert os.listdir('/sys/class/net') == ['lo'] or socket.if_nameindex() == [(1, 'lo')], socket.if_nameindex()
for port in map(int, sys.argv[1:]):
    for piece in (bytes(4096), b'CONNECT {' + b'[' * 20000, b'PUB x 99999999999\\r\\n', bytes(range(256)) * 64):
        with socket.create_connection(('127.0.0.1', port), 30) as one:
            one.settimeout(30)
            try:
                one.sendall(piece)
                one.shutdown(socket.SHUT_WR)
                while one.recv(65536): pass
            except TimeoutError: raise
            except OSError: pass
print('done', len(sys.argv) - 1)
"""


def listening(pid):
    """The TCP ports on which somebody listens in this process's network namespace."""
    with open(f"/proc/{pid}/net/tcp", encoding="utf-8") as table:
        lines = [line.split() for line in table.readlines()[1:]]
    return sorted({str(int(line[1].split(":")[1], 16)) for line in lines if line[3] == "0A"})


def nonsense_from_inside(platform):
    """To gate from the agent's box, to the relay from the provider's, to nats-server from the bus's."""
    checks = platform.checks
    agent, call, challenge = platform.agent(asking=True)
    places = {"gate": platform.part("agent", agent.session), "relay": platform.part("provider", agent.session),
              "nats-server": platform.part("nats-server")}
    own = os.readlink("/proc/self/ns/net")
    supervisor = parent_of(places["nats-server"])
    for name, pid in places.items():
        ports = listening(pid)
        checks.that(f"{name}: it listens in a network of its own",
                    ports and os.readlink(f"/proc/{pid}/ns/net") != own, ports)
        # An ordinary user's networks belong to the user namespace of the supervisor.
        user = [] if os.getuid() == 0 else [f"--user=/proc/{supervisor}/ns/user", "--preserve-credentials"]
        inside = subprocess.run(["nsenter", *user, f"--net=/proc/{pid}/ns/net", sys.executable, "-c", INSIDE, *ports],
                                capture_output=True, text=True, timeout=PATIENCE, check=False)
        checks.equal(f"{name}: nonsense is refused or its connection ended", f"done {len(ports)}\n",
                     inside.stdout or inside.stderr)
    platform.world.x1("approve", challenge, "--once", check=True)
    checks.equal("after nonsense from inside: the yes arrives", "granted", agent.result(call)["code"])
    checks.equal("after nonsense from inside: the call is served", "ok", agent.call(LIST, WEEK)["code"])
    agent.end()
    ended(platform.world, agent.session)
    platform.audit("after nonsense from inside", agent.session, closed=True)


def main():
    checks = Checks()
    run(checks, all_interfaces)
    return checks.end()


if __name__ == "__main__":
    sys.exit(main())
