"""The attacker of sleepers_test.py. Run once for each message, it leaves behind whatever could act in a later turn.
Each sleeper says in a status which it is and in which turn it was planted, and tries to read the calendar. When gate
dies it goes on at the next one."""
import ctypes
import fcntl
import http.client
import json
import os
import pathlib
import select
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.request

import mcp

WEEK = {"start": "2026-11-23T00:00:00Z", "end": "2026-11-30T00:00:00Z"}
LIST = "calendar_list_events"
PACE = 0.02  # seconds between two tries of a sleeper
WORKSPACE = pathlib.Path("/workspace")
HOST, PORT = mcp.BASE.removeprefix("http://").split(":")
BROKEN_OFF = (OSError, ValueError, KeyError, http.client.HTTPException)  # what is heard of a gate that dies
libc = ctypes.CDLL(None, use_errno=True)


def open_turn():
    with urllib.request.urlopen(mcp.BASE + "/", timeout=60) as answer:
        return json.load(answer)["turn"]


def mark(kind, planted, turn):
    """There when that sleeper has acted in that turn."""
    return WORKSPACE / f"{kind}-of-{planted}-in-{turn}"


def begin():
    """An MCP session of its own: the one that was there when it was planted may be another gate's."""
    mcp.session.clear()
    headers = mcp.post("/mcp", {"jsonrpc": "2.0", "id": 1, "method": "initialize",
                                "params": {"protocolVersion": mcp.VERSION, "capabilities": {},
                                           "clientInfo": {"name": "sleeper", "version": "1"}}})[1]
    mcp.session["Mcp-Session-Id"] = headers.get("Mcp-Session-Id") or ""
    mcp.session["MCP-Protocol-Version"] = mcp.VERSION


def act(kind, planted):
    try:
        begin()
        turn = open_turn()
        if mcp.call("emit_status", {"text": f"sleeper {kind} {planted}"}) == "shown":
            mark(kind, planted, turn).touch()
        mcp.call(LIST, WEEK)
    except BROKEN_OFF:
        pass


def process(planted, ready):
    ready()
    while True:
        act("process", planted)
        time.sleep(PACE)


def timer(planted, ready):
    def ring(*_):
        act("timer", planted)
        signal.setitimer(signal.ITIMER_REAL, PACE)  # not before: without a gate one lasts longer than that

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, PACE)
    ready()
    while True:
        signal.pause()


def timer_descriptor(planted, ready):
    descriptor = libc.timerfd_create(1, 0)
    every = struct.pack("qqqq", 0, int(PACE * 1e9), 0, int(PACE * 1e9))
    if descriptor < 0 or libc.timerfd_settime(descriptor, 0, every, None) != 0:
        raise OSError("timerfd")
    ready()
    while os.read(descriptor, 8):
        act("timer_descriptor", planted)


def posix_timer(planted, ready):
    timer, every = ctypes.c_void_p(), struct.pack("qqqq", 0, 0, 0, int(PACE * 1e9))

    def ring(*_):
        act("posix_timer", planted)
        libc.timer_settime(timer, 0, every, None)

    signal.signal(signal.SIGALRM, ring)
    if libc.timer_create(1, None, ctypes.byref(timer)) != 0 or libc.timer_settime(timer, 0, every, None) != 0:
        raise OSError("timer_create")
    ready()
    while True:
        signal.pause()


def fifo(planted, ready):
    """Sleeps in a read until somebody writes to its end in /workspace: poke()."""
    path = WORKSPACE / f"fifo-{planted}"
    os.mkfifo(path)
    descriptor = os.open(path, os.O_RDWR)  # with a writer of its own, it never reads an end
    ready()
    while os.read(descriptor, 64):
        act("fifo", planted)


def directory(planted, ready):
    """dnotify: a signal for each change in the folder."""
    signal.signal(signal.SIGIO, lambda *_: act("directory", planted))
    descriptor = os.open(WORKSPACE, os.O_RDONLY)
    fcntl.fcntl(descriptor, fcntl.F_NOTIFY, fcntl.DN_MODIFY | fcntl.DN_CREATE | fcntl.DN_MULTISHOT)
    ready()
    while True:
        signal.pause()


def watch(planted, ready):
    descriptor = libc.inotify_init1(0)
    if libc.inotify_add_watch(descriptor, b"/workspace", 0x102) < 0:  # modified, created
        raise OSError("inotify")
    ready()
    while os.read(descriptor, 65536):
        act("watch", planted)


def cron(planted, ready):
    ready()
    os.execvp("sh", ["sh", "-c", f"while :; do python3 {__file__} act cron {planted}; sleep {PACE}; done"])


def request(body, session):
    text = json.dumps(body)
    return (f"POST /mcp HTTP/1.1\r\nHost: {HOST}:{PORT}\r\nContent-Type: application/json\r\nAccept: application/json, "
            f"text/event-stream\r\nMCP-Protocol-Version: {mcp.VERSION}\r\nMcp-Session-Id: {session}\r\n"
            f"Content-Length: {len(text)}\r\n\r\n{text}").encode()


def straddle(planted, ready):
    """Requests that begin in this turn and end in the next. When gate dies they are begun at the one that follows."""
    over = False
    while not over:
        try:
            over = straddled(planted, ready)
        except BROKEN_OFF:
            pass
        time.sleep(PACE)


def straddled(planted, ready):
    """Two requests, on a connection of its own, and on one that is kept after a whole one like them, which is served →
    whether the next turn came, and they were ended in it."""
    begin()
    session = mcp.session["Mcp-Session-Id"]
    whole = request({"jsonrpc": "2.0", "id": 2, "method": "tools/call",
                     "params": {"name": "emit_status", "arguments": {"text": f"sleeper straddle {planted}"}}}, session)
    with connection() as fresh, connection() as kept, connection() as turns:
        kept.sendall(whole)
        kept.recv(65536)
        turns.sendall(f"GET /turns HTTP/1.1\r\nHost: {HOST}:{PORT}\r\n\r\n".encode())
        if not session or open_turn() != planted:
            return False
        fresh.sendall(whole[:-20])
        kept.sendall(whole[:-20])
        ready()
        if not next_turn(turns, planted):
            return False
        for each in (fresh, kept):
            try:
                each.sendall(whole[-20:])
                each.recv(65536)
            except OSError:
                pass
    mark("straddle", planted, planted + 1).touch()
    return True


def connection():
    return socket.create_connection((HOST, int(PORT)))


def next_turn(turns, planted):
    """Waits, and marks that the requests stand open → whether the next turn came before the connection was lost."""
    seen = b""
    while f'"turn":{planted + 1}'.encode() not in seen:
        mark("straddle", planted, planted).touch()
        if select.select([turns], [], [], PACE)[0]:
            piece = turns.recv(65536)
            if not piece:
                return False
            seen += piece
    return True


SLEEPERS = (process, timer, timer_descriptor, posix_timer, watch, directory, fifo, cron, straddle)


def leave(sleeper, planted):
    """In a session and process group of its own, with nobody for a parent, when it is ready."""
    hear, say = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        nothing = os.open("/dev/null", os.O_RDWR)
        for stream in range(3):
            os.dup2(nothing, stream)
        try:
            sleeper(planted, lambda: os.write(say, b"r"))
        finally:
            os._exit(0)
    os.close(say)
    os.waitpid(child, 0)
    if os.read(hear, 1) != b"r":
        raise OSError(f"{sleeper.__name__} could not be planted")


def leave_hook(planted):
    subprocess.run(["git", "init", "-q", WORKSPACE], check=True)
    hook = WORKSPACE / ".git/hooks/post-commit"
    hook.write_text(f"#!/bin/sh\nexec python3 {__file__} act hook {planted} >/dev/null\n")
    hook.chmod(0o755)


def plant(planted):
    leave_hook(planted)
    for name in ("/tmp/left", os.environ["HOME"] + "/left"):
        pathlib.Path(name).write_text(str(planted))
    for sleeper in SLEEPERS:
        leave(sleeper, planted)


def look():
    """What is there of an earlier turn."""
    commands = []
    for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            commands.append(entry.read_bytes().replace(b"\0", b" ").decode().strip())
        except OSError:
            pass
    return {"sleepers": sorted(text for text in commands if "sleepers_agent.py" in text and "x1-adapter" not in text),
            "tmp": os.listdir("/tmp"), "home": os.listdir(os.environ["HOME"]),
            "workspace": sorted(os.listdir(WORKSPACE))}


def murder(adapter, delay):
    """Leaves a process that kills this person's adapter so many milliseconds after the turn has ended: it is to take
    the next turn with it."""
    def wait(_, ready):
        with connection() as turns:
            turns.sendall(f"GET /turns HTTP/1.1\r\nHost: {HOST}:{PORT}\r\n\r\n".encode())
            turns.recv(65536)
            ready()
            while turns.recv(65536):
                pass
        time.sleep(delay / 1000)
        os.kill(adapter, signal.SIGKILL)

    leave(wait, 0)


def poke(turn):
    """What is to wake up has its occasion."""
    (WORKSPACE / f"touched-{turn}").write_text("x")
    for end in WORKSPACE.glob("fifo-*"):
        try:
            descriptor = os.open(end, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            continue  # nobody reads
        os.write(descriptor, b"x")
        os.close(descriptor)


def linger(turn):
    for _ in range(30):
        poke(turn)
        mcp.call("emit_status", {"text": "lingers"})


def wait(planted, turn):
    """Until each sleeper of that turn has acted in this one."""
    while not all(mark(sleeper.__name__, planted, turn).exists() for sleeper in SLEEPERS):
        poke(turn)
        time.sleep(PACE)


def ask(turn):
    """Holds the turn until it is answered. When a part of the sidecar dies, the question breaks off, and is put again
    once each sleeper has acted after that."""
    while mcp.call("ask_user", {"question": "go on?"}) != "answered":
        mcp.connect("attacker")
        for sleeper in SLEEPERS:
            mark(sleeper.__name__, turn, turn).unlink(missing_ok=True)
        wait(turn, turn)


def main(words):
    mcp.connect("attacker")
    turn = open_turn()
    for word in words:
        if word == "grant":
            mcp.call("request_permission", {"tool": LIST, "arguments": WEEK})
        elif word == "look":
            print("found " + json.dumps(look()), flush=True)
        elif word == "plant":
            plant(turn)
        elif word == "commit":
            mcp.call("emit_status", {"text": "commits"})
            subprocess.run(["git", "-C", WORKSPACE, "-c", "user.name=x", "-c", "user.email=x@example", "commit", "-q",
                            "--allow-empty", "-m", "x"], check=True)
        elif word == "linger":
            linger(turn)
        elif word.startswith("murder-"):
            murder(os.getppid(), int(word.removeprefix("murder-")))
        elif word == "die":
            os.kill(os.getppid(), signal.SIGKILL)
        elif word.startswith("wait-"):
            wait(int(word.removeprefix("wait-")), turn)
        elif word == "ask":
            ask(turn)
        elif word == "read":
            mcp.call(LIST, WEEK)


if __name__ == "__main__":
    if sys.argv[1:2] == ["act"]:
        act(sys.argv[2], int(sys.argv[3]))
    else:
        main(sys.stdin.read().split())
