"""Looks at the processes of a running platform from outside: how each is sealed, and what its memory holds."""
import os
import pathlib
import re

# The names of /proc/PID/status, cut at 15 letters. x1-init is the first process of a box that runs something else.
EXPECTED = {"x1-gate", "x1-sidecar", "x1-dialer", "x1-resolver", "x1-relay", "x1-vault", "x1-api", "x1-edge", "x1-init",
            "nats-server", "x1-provider-cal", "python3"}
NO_CAPABILITIES = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
PIECE = 1 << 22


def status_of(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


def below(supervisor):
    """pid → status of every process that the supervisor started, and that these started."""
    everybody = {int(name): status_of(name) for name in os.listdir("/proc") if name.isdigit()}
    found, parents = {}, {supervisor}
    while parents:
        children = {pid: status for pid, status in everybody.items() if status and int(status["PPid"]) in parents}
        found |= children
        parents = set(children)
    return found


def unsealed(processes):
    """What is wrong with the processes of one platform that runs one session; empty: nothing."""
    problems = [f"{name} does not run" for name in EXPECTED - {status["Name"] for status in processes.values()}]
    ids = {}
    for pid, status in processes.items():
        who = status["Name"]
        if status["Seccomp"] != "2" or status["NoNewPrivs"] != "1":
            problems.append(f"{who} has no filter")
        problems += [f"{who} has {kind}" for kind in NO_CAPABILITIES if int(status[kind], 16) != 0]
        uid = status["Uid"].split()[0]
        if len(set(status["Uid"].split())) != 1 or uid == str(os.getuid()):
            problems.append(f"{who} runs under the person's id or several")
        # Only x1-init shares an id, with the program that it started.
        boxed = who in ("x1-init", "nats-server", "x1-provider-cal", "python3")
        ids.setdefault(uid, []).append("box" if boxed else str(pid))
    problems += [f"{users} share an id" for users in ids.values() if len(set(users)) > 1]
    return problems


def memory_holds(pid, needles):
    """Those of `needles` that stand in the process's writable memory. Needs the machine's root."""
    found = set()
    longest = max(len(needle) for needle in needles)
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            start, end, rights = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line).groups()
            if not rights.startswith("rw") or "[vvar" in line:
                continue
            for at in range(int(start, 16), int(end, 16), PIECE):
                try:
                    piece = os.pread(memory.fileno(), min(PIECE + longest, int(end, 16) - at), at)
                except OSError:
                    break  # a region that goes away, or that nobody may read (locked secrets behind guard pages)
                found |= {needle for needle in needles if needle in piece}
    return found
