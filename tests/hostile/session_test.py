#!/usr/bin/env python3
"""C2, C3, D1, D2, D3, E1, E2, H1, H2 on the whole platform: an attacker as the agent, a real upstream that counts.

Starts the real programs on a state folder of its own, connects a calendar that is a small TLS server of this test,
runs session_agent.py in a session, answers its questions as the person, and compares what the agent got with what the
upstream saw. Run from the project's root with X1_BIN set.
"""
import base64
import http.server
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import zlib

import live_processes

ROOT = pathlib.Path.cwd()
X1 = os.path.join(os.environ["X1_BIN"], "x1")
PASSWORD = "canary-Zq7wpassword"
PATIENCE = 120
CALENDAR = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x1//test//EN", "BEGIN:VEVENT", "UID:one",
                        "DTSTAMP:20261120T000000Z", "DTSTART:20261124T100000Z", "DTEND:20261124T110000Z",
                        "SUMMARY:Dentist", "END:VEVENT", "END:VCALENDAR", ""])
SECRETS = (PASSWORD, base64.b64encode(f"ada:{PASSWORD}".encode()).decode())
FOUND = ('<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:response>'
         "<d:href>/ada/work/one.ics</d:href><d:propstat><d:prop><d:getetag>\"1\"</d:getetag><c:calendar-data>"
         f"{CALENDAR}</c:calendar-data></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
         "</d:multistatus>")


class Upstream(http.server.ThreadingHTTPServer):
    """A calendar server that remembers every request that reaches it."""
    daemon_threads = True

    def __init__(self, folder):
        self.seen = []
        super().__init__(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "server.pem", folder / "server.key")
        self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append((self.command, self.path))
        wanted = "Basic " + SECRETS[1]
        status = 401 if self.headers.get("Authorization") != wanted else 201 if self.command == "PUT" else 207
        body = FOUND.encode() if status == 207 else b""
        self.send_response(status)
        self.send_header("Content-Type", "application/xml; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_DELETE = do_POST = do_PROPFIND = do_REPORT = answer  # noqa: N815

    def log_message(self, *_):
        pass


def make_certificates(folder):
    def openssl(*words):
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=folder)

    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=test authority", "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=127.0.0.1",
            "-keyout", "server.key", "-out", "server.csr")
    (folder / "server.ext").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "server.ext", "-out", "server.pem")


class Platform:
    def __init__(self, folder):
        self.env = {key: value for key, value in os.environ.items() if key != "XDG_STATE_HOME"}
        self.env |= {"X1_STATE_DIR": str(folder / "state"), "HOME": str(folder)}
        self.run("up", "--port", "0", "--share", str(ROOT / "src/untrusted"))

    def run(self, *words, typed="", check=True):
        done = subprocess.run([X1, *words], env=self.env, input=typed, capture_output=True, text=True, timeout=PATIENCE)
        if check and done.returncode != 0:
            raise RuntimeError(f"x1 {words[0]} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done

    def processes(self):
        status = json.loads(self.run("status", "--json").stdout)
        first = live_processes.status_of(status["processes"][0]["pid"])
        return live_processes.below(int(first["PPid"]))

    def end(self):
        self.run("down", check=False)
        self.run("uninstall", "--yes", check=False)


class Story:
    """One run of the attacker, with the person's answers to its questions in their order."""

    def __init__(self, platform, upstream, attack, answers):
        # `upstream_at`: how many requests had arrived when the word was heard, which is a little after it was said.
        self.events, self.said, self.upstream_at, self.answers = [], {}, {}, list(answers)
        self.before = len(upstream.seen)
        # An argument of a command is at most 4096 bytes long.
        packed = base64.b85encode(zlib.compress((ROOT / "tests/hostile/session_agent.py").read_bytes(), 9)).decode()
        code = f"import base64, zlib; exec(zlib.decompress(base64.b85decode('{packed}')))"
        command = [X1, "run", "--json", "--discard", "--", "python3", "-c", code, attack]
        with subprocess.Popen(command, env=platform.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT) as running:
            watchdog = threading.Timer(PATIENCE, running.kill)
            watchdog.start()
            for line in running.stdout:
                self.take(line, platform, upstream)
            watchdog.cancel()
        if not self.events:
            raise RuntimeError(f"the session did not start: {line}")
        self.session = self.events[0]["session"]

    def take(self, line, platform, upstream):
        event = json.loads(line) if line.startswith("{") else {}
        if "type" not in event:
            return
        self.events.append(event)
        if event["type"] == "agent.status" and "=" in event["payload"]["text"]:
            name, value = event["payload"]["text"].split("=", 1)
            self.said[name] = value
            self.upstream_at[name] = len(upstream.seen) - self.before
        if event["type"] == "consent.granted":
            self.grant = event["payload"]["grant"]
        if event["type"] == "consent.asked" and self.answers:
            answer = self.answers.pop(0)
            if answer == "take back, then --deny":
                # The agent waits for this answer, so everything stands still, right after two calls with the secret.
                self.unsealed = live_processes.unsealed(platform.processes())
                self.held = self.in_memory(event["session"], platform) if os.getuid() == 0 else None
                platform.run("grants", event["session"], "--revoke", self.grant)
            platform.run("approve", event["payload"]["challenge"]["id"], answer.split()[-1])

    @staticmethod
    def in_memory(session, platform):
        """Process → the secrets that its memory holds; and the session's id in broker's, so that we know we can see."""
        needles = [text.encode() for text in (*SECRETS, session)]
        return {status["Name"] + f"-{pid}": {needle.decode() for needle in live_processes.memory_holds(pid, needles)}
                for pid, status in platform.processes().items()}

    def types(self):
        return [event["type"] for event in self.events]


def check_grants(story):
    yield "D1: a call before any consent is permission_required, and the upstream is untouched", (
        story.said.get("before") == "permission_required" and story.upstream_at.get("before") == 0)
    yield "D1: a no is heard as a no, and the call stays blocked", (
        story.said.get("first-answer") == "denied" and story.said.get("after-no") == "permission_required"
        and story.upstream_at.get("after-no") == 0)
    yield "D1: a yes is heard as a yes", story.said.get("second-answer") == "granted"
    yield "D2: a yes to one set of arguments and one tool is none to others", (
        story.said.get("other-arguments") == "permission_required"
        and story.said.get("other-tool") == "permission_required")
    race = json.loads(story.said.get("race", "[]").replace("'", '"'))
    yield "D3: of eight calls at once, one is served by a yes for once", (
        len(race) == 8 and race.count("ok") == 1 and story.upstream_at.get("race") == 1)
    yield "D3: the yes is used up", (
        story.said.get("again") == "permission_required" and story.upstream_at.get("again") == 1)


def check_session_grant(story, upstream):
    yield "D2: another session starts with nothing, whatever was granted before", (
        story.said.get("before") == "permission_required" and story.upstream_at.get("before") == 0)
    yield "D2: a yes for the session serves its scope", (
        story.said.get("first-answer") == "granted" and story.said.get("granted") == "ok"
        and story.said.get("same-scope") == "ok")
    yield "D2: a yes to reading is none to writing", story.said.get("other-scope") == "permission_required"
    yield "D2: a grant that was taken back serves no further call", (
        story.said.get("revoked") == "permission_required" and story.said.get("second-answer") == "denied")
    yield "D2: the upstream saw the two calls in between, and no write", (
        upstream.seen[story.before:] == [("REPORT", "/ada/work/")] * 2)


def check_processes(story):
    yield f"C2: each process has its filter, no capability, and an id of its own {story.unsealed}", not story.unsealed
    if story.held is None:
        return
    holders = {name: found & set(SECRETS) for name, found in story.held.items() if found & set(SECRETS)}
    yield "C3: the memory that was looked at is the processes' own", any(
        story.session in found for name, found in story.held.items() if name.startswith("x1-sidecar"))
    yield f"C3: right after the calls no process holds the password in its memory {holders or ''}", not holders


def check_words(story):
    yield "E2: no forged message, consent, event or protocol trick is taken", story.said.get("forged") == "[]"
    yield "E2: an agent that writes a dialog and answers it has allowed nothing", (
        story.said.get("typed") == "permission_required" and story.upstream_at.get("typed") == 0)
    decisions = [kind for kind in story.types() if kind in ("consent.granted", "consent.denied")]
    yield "E2: the only decisions are the person's two", decisions == ["consent.denied", "consent.granted"]
    forged = [event for event in story.events if event["type"].startswith("agent.") and
              "forged" in json.dumps(event["payload"]) and not event["payload"].get("text", "").startswith("forged=")]
    yield "E1: what was said for another turn is in no event", not forged
    yield "E1: a turn that the agent claims is over is not", story.said.get("end") == "yes" and all(
        event["turn"] in (0, 1) for event in story.events)


def check_record(story, platform):
    verified = platform.run("audit", "verify", "--session", story.session, check=False)
    yield "H1: the session's audit verifies", verified.returncode == 0
    rows = platform.run("audit", "show", story.session, "--raw").stdout
    dialled = [row for row in rows.splitlines() if '"call.dialled"' in row]
    yield "H1: there is a row for each request that went out", len(dialled) == 1
    state = pathlib.Path(platform.env["X1_STATE_DIR"])
    written = "".join(path.read_bytes().decode("latin-1") for path in state.rglob("*") if path.is_file())
    yield "H2: the password stands in no event, row, log or file", not any(
        secret in text for secret in SECRETS for text in (rows, json.dumps(story.events), written))


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="x1-hostile-"))
    folder.chmod(0o711)
    results, platform = [], None
    try:
        make_certificates(folder)
        upstream = Upstream(folder)
        platform = Platform(folder)
        port = upstream.server_address[1]
        platform.run("connect", "caldav", "--url", f"https://127.0.0.1:{port}/ada/work/", "--user", "ada", "--ca",
                     str(folder / "ca.pem"), "--confirm-address", f"127.0.0.1:{port}", typed=PASSWORD)
        story = Story(platform, upstream, "once", ["--deny", "--once"])
        results = [*check_grants(story), *check_words(story), *check_record(story, platform)]
        results.append(("D1: the upstream saw the one request that was granted",
                        upstream.seen[story.before:] == [("REPORT", "/ada/work/")]))
        second = Story(platform, upstream, "for-session", ["--for-session", "take back, then --deny"])
        results += [*check_session_grant(second, upstream), *check_processes(second)]
        if not all(held for _, held in results):
            print(json.dumps([{"said": each.said, "upstream": each.upstream_at, "types": each.types()}
                              for each in (story, second)] + [upstream.seen], indent=1))
    except (RuntimeError, subprocess.SubprocessError, OSError, ValueError, LookupError) as error:
        results.append((f"the platform could be used: {error}", False))
    finally:
        if platform is not None:
            platform.end()
        shutil.rmtree(folder, ignore_errors=True)
    skipped = int(os.getuid() != 0)
    if skipped:
        print("skipped C3: only the machine's root can look into the processes' memory")
    for name, held in results:
        print(f"{'ok  ' if held else 'FAIL'} {name}")
    failed = sum(not held for _, held in results)
    print(f"{len(results) - failed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
