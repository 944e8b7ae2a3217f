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


def by_name(wanted):
    """Process ids of all programs of these names."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            name = pathlib.Path((entry / "cmdline").read_bytes().split(b"\0")[0].decode()).name
        except OSError:
            continue
        if name in wanted:
            found.append(int(entry.name))
    return found
