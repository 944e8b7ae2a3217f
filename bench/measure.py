#!/usr/bin/env python3
"""Measures and prints. Started by bench/run; see there for the options."""
import argparse
import contextlib
import json
import os
import pathlib
import platform as machine
import re
import statistics
import subprocess
import sys
import tempfile
import time

from peers import Peers
from platform_under_test import Agent, Platform
from processes import below, cpu_ns, pss_kib, supervisor_of

SIDECAR = ("x1-gate", "x1-sidecar", "x1-dialer")
SHARED = ("nats-server", "x1-vault", "x1-api")
AROUND = ("x1-resolver", "x1-relay", "x1-provider-calendar", "nats-server", "x1-vault", "x1-api")
FIRST_CALL = r"""exec 3<>/dev/tcp/127.0.0.1/9090
body='{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"b","version":"1"}}}'
printf 'POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:9090\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: %s\r\n\r\n%s' "${#body}" "$body" >&3
read -r line <&3; case "$line" in *200*) exit 0 ;; esac; exit 1"""
UNITS = {"us": 1.0, "ms": 1000.0, "s": 1_000_000.0}


def micros(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * UNITS[unit]


def read_wrk(text):
    found = {key: re.search(rf"^\s*{mark}\s+(\S+)", text, re.M).group(1) for key, mark in
             {"p50": "50%", "p99": "99%"}.items()}
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    return {"p50_us": micros(found["p50"]), "p99_us": micros(found["p99"]),
            "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)),
            "requests": int(re.search(r"(\d+) requests in", text).group(1)), "bad": int(bad.group(1)) if bad else 0,
            "refused": int((re.search(r"Refused calls: (\d+)", text) or [0, 0])[1])}


def under_load(what, groups, seconds):
    """One measurement: wrk's figures, and processor time for each request of each group of processes."""
    before = {name: cpu_ns(pids) for name, pids in groups.items()}
    figures = read_wrk(what(seconds))
    for name, pids in groups.items():
        figures[f"cpu_us {name}"] = (cpu_ns(pids) - before[name]) / 1000 / max(figures["requests"], 1)
    return figures


def wrk(url, connections):
    return lambda seconds: subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", url],
                                          capture_output=True, text=True, check=True).stdout


def medians(rounds):
    return {key: statistics.median(each[key] for each in rounds) for key in rounds[0]}


class Measured:
    """One build on a platform of its own, with an agent that has a grant, and its processes by name."""

    def __init__(self, programs, peers, stack):
        self.platform = stack.enter_context(Platform(programs))
        self.platform.connect_to(peers)
        self.agent = Agent(self.platform)
        # The session's own, and what all sessions share; not the vault's dialer, nor what is started ahead.
        counted = {each["pid"] for each in json.loads(self.platform.x1("status", "--json", check=True).stdout)["processes"]
                   if each["session"] or each["name"] in SHARED}
        boxed = set().union(*map(below, counted))  # some are started by the first process of their box
        self.processes = {}
        for pid, name in below(supervisor_of(self.platform.state)).items():
            if pid in counted | boxed and name in SIDECAR + AROUND:
                self.processes.setdefault(name, []).append(pid)
        self.sidecar = [pid for name in SIDECAR for pid in self.processes[name]]

    def load(self, connections):
        return lambda seconds: self.agent.measure(connections, seconds)


def load(builds, peers, connections, options):
    measured = {name: (build.load(connections), build.processes) for name, build in builds.items()} | {
        "nginx": (wrk(peers.url("NGINX"), connections), {"itself": peers.pids(peers.nginx)}),
        "haproxy": (wrk(peers.url("HAPROXY"), connections), {"itself": peers.pids(peers.haproxy)}),
        "direct": (wrk(peers.url("ORIGIN"), connections), {"itself": peers.pids(peers.origin)}),
    }
    rounds = {name: [] for name in measured}
    for _ in range(options.pairs):
        for name, (what, groups) in measured.items():
            rounds[name].append(under_load(what, groups, options.seconds))
    return {name: medians(each) for name, each in rounds.items()}


def sandbox_start(programs):
    """P5: a box from nothing to the end of `true`, beside bubblewrap; see sandbox_start.cpp."""
    done = subprocess.run([programs / "sandbox-start-bench", programs / "x1-init", "60"], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        raise RuntimeError(f"sandbox-start-bench: {done.stderr}")
    return json.loads(done.stdout)


def milliseconds(command, environment=None):
    before = time.perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return (time.perf_counter() - before) * 1000


def session_ready(platform, pairs):
    """P6: a whole `x1 run` up to the first answered call and the end of it, beside bubblewrap's bare start."""
    ours, bare = [], []
    run = [platform.programs / "x1", "run", "--", "bash", "-c", FIRST_CALL]
    for _ in range(pairs * 2):
        ours.append(milliseconds(run, platform.environment))
        bare.append(milliseconds(["bwrap", "--unshare-all", "--ro-bind", "/usr", "/usr", "--symlink", "usr/lib64", "/lib64",
                                  "--symlink", "usr/lib", "/lib", "--proc", "/proc", "--dev", "/dev", "/usr/bin/true"]))
    return {"x1_ms": statistics.median(ours), "bubblewrap_ms": statistics.median(bare)}


def versions(options):
    def first_line(*command):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return (done.stdout + done.stderr).splitlines()[0].strip()

    model = re.search(r"^model name\s*:\s*(.+)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    return {"machine": f"{model.group(1) if model else machine.machine()}, {os.cpu_count()} cores, kernel {machine.release()}, "
                       f"load {os.getloadavg()[0]:.1f} at the start",
            "x1agent": first_line("git", "describe", "--always", "--dirty"), "nginx": first_line("nginx", "-v"),
            "haproxy": first_line("haproxy", "-v"), "bubblewrap": first_line("bwrap", "--version"),
            "wrk": first_line("wrk", "-v"), "nats-server": first_line("nats-server", "--version"),
            "openssl": first_line("openssl", "version"),
            "measured by": f"wrk -t1 -cCONNECTIONS -d{options.seconds}s --latency URL (for x1agent with -s bench/agent/post.lua, "
                           f"inside the agent's box), {options.pairs} rounds, interleaved"}


def costs_of(figures):
    return {key[7:]: value for key, value in figures.items() if key.startswith("cpu_us ")}


def print_load(results):
    print("\n| | connections | p50 µs | p99 µs | requests/s | CPU µs a request |\n|---|---|---|---|---|---|")
    for connections, servers in results["load"].items():
        for name, figures in servers.items():
            costs = costs_of(figures)
            own = sum(value for key, value in costs.items() if key in SIDECAR + ("itself",))
            parts = "" if "itself" in costs else f" sidecar, {sum(costs.values()):.0f} all (" + ", ".join(
                f"{key} {value:.0f}" for key, value in costs.items()) + ")"
            refused = f"; {figures['refused']:.0f} REFUSED" if figures["refused"] else ""
            print(f"| {name} | {connections} | {figures['p50_us']:.0f} | {figures['p99_us']:.0f} | {figures['rate']:.0f} "
                  f"| {own:.0f}{parts}{refused} |")


def print_goals(results):
    def added(server, key="p50_us"):
        return results["load"][1][server][key] - results["load"][1]["direct"][key]

    print(f"\nP1 added p50 at one connection: {added('x1') / added('haproxy'):.0f} × HAProxy, {added('x1') / added('nginx'):.0f} × nginx")
    for connections in (16, 64):
        servers = results["load"][connections]
        mine, haproxy, nginx = servers["x1"], servers["haproxy"], servers["nginx"]
        print(f"P2 at {connections}: rate {mine['rate'] / haproxy['rate']:.3f} × HAProxy, p99 {mine['p99_us'] / haproxy['p99_us']:.0f} × "
              f"HAProxy, CPU {sum(costs_of(mine).values()) / nginx['cpu_us itself']:.0f} × nginx")
    memory, box, ready = results["memory"], results["sandbox"], results["session"]
    print(f"P4 idle sidecar {memory['x1_kib']} KiB PSS, nginx {memory['nginx_kib']} KiB: ratio "
          f"{memory['x1_kib'] / memory['nginx_kib']:.2f}")
    print(f"P5 sandbox start {box['x1_ms']:.2f} ms, bubblewrap {box['bubblewrap_ms']:.2f} ms: ratio {box['ratio']:.2f}")
    print(f"P6 x1 run to its first answered call and end {ready['x1_ms']:.1f} ms, bubblewrap's bare start "
          f"{ready['bubblewrap_ms']:.1f} ms: ratio {ready['x1_ms'] / ready['bubblewrap_ms']:.1f}")
    if "before" not in results["load"][1]:
        return
    for connections, servers in results["load"].items():
        mine, before = servers["x1"], servers["before"]
        print(f"beside the other build at {connections}: p50 {mine['p50_us'] / before['p50_us']:.2f} ×, rate "
              f"{mine['rate'] / before['rate']:.2f} ×, CPU {sum(costs_of(mine).values()) / sum(costs_of(before).values()):.2f} ×")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--beside", type=pathlib.Path, help="programs of another build, measured in the same run")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    options = parser.parse_args()
    results = {"versions": versions(options)}
    for name, text in results["versions"].items():
        print(f"{name}: {text}", flush=True)
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        peers = stack.enter_context(Peers(folder))
        builds = {"x1": Measured(options.bin, peers, stack)}
        if options.beside:
            builds["before"] = Measured(options.beside, peers, stack)
        mine = builds["x1"]
        results["memory"] = {"x1_kib": pss_kib(mine.sidecar), "nginx_kib": pss_kib(peers.pids(peers.nginx))}
        results["load"] = {n: load(builds, peers, n, options) for n in (1, 16, 64)}
        for build in builds.values():
            build.agent.end()
        results["sandbox"] = sandbox_start(options.bin)
        results["session"] = session_ready(mine.platform, options.pairs)
    print_load(results)
    print_goals(results)
    print("\n" + json.dumps(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
