"""What a process costs, read from /proc: processor time and memory."""
import pathlib


def cpu_ns(pids):
    """Scheduler run time of all threads of these processes, in nanoseconds."""
    total = 0
    for pid in pids:
        for task in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat"):
            total += int(task.read_text().split()[0])
    return total


def pss_kib(pids):
    """Proportional set size: memory shared with others counts by its share."""
    total = 0
    for pid in pids:
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total


def _name(pid):
    try:
        words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return pathlib.Path(words[0].decode()).name
    except OSError:
        return ""


def supervisor_of(state):
    """The process that `x1 up` left behind for this state folder."""
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if _name(entry.name) == "x1" and f"X1_STATE_DIR={state}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                return int(entry.name)
        except OSError:
            continue
    raise RuntimeError("the supervisor was not found")


def below(root):
    """{pid: name} of all descendants; other platforms on the machine are left alone."""
    found, waiting = {}, [root]
    while waiting:
        pid = waiting.pop()
        try:
            children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except OSError:
            continue
        for child in map(int, children):
            found[child] = _name(child)
            waiting.append(child)
    return found
