#!/usr/bin/env python3
"""D3 with a touch: what a manifest marks as high risk is granted by a passkey that the vault has pinned, and by nothing
that the API says alone. Two authenticators: x1's own, and one as a browser has it (P-256, by openssl).
Run from anywhere with X1_BIN set."""
import base64
import hashlib
import json
import shutil
import subprocess
import sys

from checks import Checks
from running import PATIENCE
from upstream import Upstream
from world import ROOT, World

LIST, CREATE = "calendar_list_events", "calendar_create_event"
WEEK = {"start": "2026-11-23T00:00:00Z", "end": "2026-11-30T00:00:00Z"}
EVENT = {"summary": "Dentist", "start": "2026-11-25T10:00:00Z", "end": "2026-11-25T11:00:00Z"}
PASSPHRASE, PASSWORD = "correct horse battery", "long-enough-password"
RP, ORIGIN = "x1.example", "https://x1.example"


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def mark_high_risk(world):
    """Reading demands x1 itself, writing any passkey: in a manifest of this world's own."""
    providers = world.folder / "share/providers"
    providers.unlink()
    shutil.copytree(ROOT / "src/untrusted/providers", providers)
    manifest = providers / "calendar/manifest.yaml"
    text = manifest.read_text()
    for name, assurance in (("calendar.read", "terminal"), ("calendar.write", "passkey")):
        line = f"  - name: {name}\n"
        assert line in text
        text = text.replace(line, f"{line}    assurance: {assurance}\n")
    manifest.write_text(text)


class Browser:
    """What a browser and its authenticator do, but for the finger."""

    def __init__(self, folder, name):
        self.key, self.id, self.counter = folder / f"{name}.pem", base64url(name.encode()), 0
        self.openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(self.key))
        spki = self.openssl("ec", "-in", str(self.key), "-pubout", "-outform", "DER")
        self.passkey = {"id": self.id, "public_key": base64url(spki), "rp_id": RP, "origin": ORIGIN}

    @staticmethod
    def openssl(*words, data=b""):
        return subprocess.run(["openssl", *words], input=data, capture_output=True, check=True, timeout=PATIENCE).stdout

    def touch(self, statement, origin=ORIGIN, flags=5):
        """The assertion over the canonical JSON of this statement."""
        text = json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        challenge = base64url(hashlib.sha256(text.encode()).digest())
        client = (f'{{"type":"webauthn.get","challenge":"{challenge}","origin":"{origin}",'
                  '"crossOrigin":false}').encode()
        self.counter += 1
        data = hashlib.sha256(RP.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")
        signature = self.openssl("dgst", "-sha256", "-sign", str(self.key), data=data + hashlib.sha256(client).digest())
        return ".".join([self.id, *map(base64url, (client, data, signature))])


def statement_of(challenge, lifetime="once"):
    """What a yes to this challenge says (schema/tokens.md)."""
    request = challenge["request"]
    return {"statement": "consent", "challenge": challenge["id"], "session": challenge["session"],
            "actor": request["actor"], "scope": request["scope"], "connection": request["connection"],
            "digest": challenge["digest"], "lifetime": lifetime}


def ask(agent, api, tool, arguments, after=0):
    call = agent.begin("request_permission", {"tool": tool, "arguments": arguments})
    event = api.event(agent.session, "consent.asked", after)
    return call, event["payload"]["challenge"], event["seq"] if "seq" in event else event["number"]


def state_of(api, challenge):
    listed = api.get(f"/sessions/{challenge['session']}/challenges")["items"]
    return next(each["state"] for each in listed if each["id"] == challenge["id"])


def in_the_terminal(world, checks):
    """x1's own key: without it nothing is granted; with it, after its passphrase, what was shown is."""
    upstream = Upstream(world.folder / "upstream")
    world.connect(upstream.account)
    agent = world.agent()
    before = len(upstream.seen)
    call, challenge, last = ask(agent, world.owner, LIST, WEEK)
    checks.equal("the question says what it demands", "terminal", challenge.get("assurance"))
    yes = {"digest": challenge["digest"], "lifetime": "once"}
    answer = world.owner.call("POST", f"/challenges/{challenge['id']}/approve", yes)
    checks.equal("a yes without a touch is refused", (403, "passkey_required"), (answer.status, answer.code))
    none = world.x1("approve", challenge["id"], "--once")
    checks.that("x1 approve names the way to a key", none.returncode == 1 and "x1 passkey enroll" in none.stderr,
                none.stderr)
    checks.that("a short passphrase is none", world.x1("passkey", "enroll", typed="short").returncode == 1)
    world.x1("passkey", "enroll", typed=PASSPHRASE, check=True)
    checks.that("the vault lists the key", "x1:terminal" in world.x1("passkey", "list", check=True).stdout)
    again = world.x1("passkey", "enroll", typed=PASSPHRASE)
    checks.that("a second one is not enrolled for the asking", again.returncode == 1 and "[conflict]" in again.stderr,
                again.stderr)
    browser = Browser(world.folder, "owner-browser")
    answer = world.owner.call("POST", "/passkeys", browser.passkey)
    checks.equal("nor over REST", (403, "passkey_required"), (answer.status, answer.code))
    answer = world.owner.call("POST", "/passkeys", browser.passkey | {
        "assertion": browser.touch({"statement": "passkey.add", "user": challenge["request"]["actor"], "revision": 1}
                                   | browser.passkey)})
    checks.equal("nor by its own touch", (403, "passkey_required"), (answer.status, answer.code))

    wrong = world.x1("approve", challenge["id"], "--once", typed="another passphrase")
    checks.that("another passphrase confirms nothing", wrong.returncode == 1 and "[forbidden]" in wrong.stderr,
                wrong.stderr)
    checks.equal("and the question still waits", "pending", state_of(world.owner, challenge))
    done = world.x1("approve", challenge["id"], "--once", typed=PASSPHRASE)
    checks.equal("the passphrase does", 0, done.returncode)
    checks.equal("the agent hears the yes", "granted", agent.result(call)["code"])
    checks.equal("nothing had gone out before", before, len(upstream.seen))
    checks.equal("and the call is served", "ok", agent.call(LIST, WEEK)["code"])

    # A browser's touch is none of x1's, for a scope that demands x1.
    call, challenge, last = ask(agent, world.owner, LIST, WEEK | {"end": "2026-12-01T00:00:00Z"}, last)
    forged = browser.touch(statement_of(challenge))
    world.owner.post(f"/challenges/{challenge['id']}/approve",
                     {"digest": challenge["digest"], "lifetime": "once", "assertion": forged})
    checks.equal("a touch by a key that nobody pinned is refused by the sidecar", "refused",
                 settled(world, agent, challenge))
    checks.equal("the vault wrote it all down", ["passkey.pinned", "passkey.refused", "passkey.used"],
                 sorted({kind for kind in vault_rows(world)} & {"passkey.pinned", "passkey.refused", "passkey.used"}))
    session = agent.session
    agent.end()
    checks.equal("the session's audit verifies", 0, world.x1("audit", "verify", "--session", session).returncode)
    upstream.close()


def settled(world, agent, challenge, api=None):
    """The state of a question once the broker has answered what the API carried there."""
    api = api or world.owner
    for _ in range(200):
        state = state_of(api, challenge)
        if state != "approved":
            return state
        agent.call("emit_status", {"text": "still there"})
    return "approved"


def vault_rows(world):
    """The kinds of the rows in the vault's own audit, which only the vault's id (or root) may read."""
    read = subprocess.run(["cat", str(world.state / "vault/audit.jsonl")], capture_output=True, text=True,
                          timeout=PATIENCE, check=False)
    if read.returncode != 0:
        read = subprocess.run(["unshare", "--user", "--map-auto", "--map-root-user", "cat",
                               str(world.state / "vault/audit.jsonl")], capture_output=True, text=True,
                              timeout=PATIENCE, check=True)
    return [json.loads(line)["row"]["kind"] for line in read.stdout.splitlines()]


def in_a_browser(world, checks):
    """Somebody else, with a P-256 key: what it touched is granted, what is made of that is not."""
    bob = world.guest("bob", PASSWORD)
    world.x1("login", "bob", typed=PASSWORD, check=True)
    upstream = Upstream(world.folder / "upstream2")
    world.connect(upstream.account)
    browser = Browser(world.folder, "bob-browser")
    checks.equal("nothing of the owner's is listed", [], bob.get("/passkeys")["items"])
    pinned = bob.post("/passkeys", browser.passkey)
    checks.equal("the first key is pinned for the asking", [browser.id], [each["id"] for each in pinned["items"]])
    agent = world.agent()
    before, last = len(upstream.seen), 0
    for name, made in (
            ("for a longer time than was touched",
             lambda asked: ({"lifetime": "session"}, browser.touch(statement_of(asked)))),
            ("at another origin",
             lambda asked: ({"lifetime": "once"}, browser.touch(statement_of(asked), origin="https://evil.example"))),
            ("without a finger", lambda asked: ({"lifetime": "once"}, browser.touch(statement_of(asked), flags=4))),
            ("with a counter that was there", lambda asked: ({"lifetime": "once"}, counted_twice(browser, asked)))):
        if name.startswith("with a counter"):  # one that holds comes before it
            call, challenge, last = ask(agent, bob, CREATE, EVENT | {"summary": "Dentist again"}, last)
            bob.post(f"/challenges/{challenge['id']}/approve", {
                "digest": challenge["digest"], "lifetime": "once", "assertion": browser.touch(statement_of(challenge))})
            checks.equal("what was touched is granted", "granted", agent.result(call)["code"])
        _, challenge, last = ask(agent, bob, CREATE, EVENT | {"summary": name}, last)
        body, assertion = made(challenge)
        bob.post(f"/challenges/{challenge['id']}/approve",
                 body | {"digest": challenge["digest"], "assertion": assertion})
        checks.equal(f"a touch {name} is refused", "refused", settled(world, agent, challenge, bob))
    checks.equal("none of it went out", before, len(upstream.seen))
    second = Browser(world.folder, "second")
    change = {"statement": "passkey.add", "user": bob.get("/me")["id"], "revision": 1} | second.passkey
    added = bob.post("/passkeys", second.passkey | {"assertion": browser.touch(change)})
    checks.equal("the first key lets in a second", [browser.id, second.id], [each["id"] for each in added["items"]])
    agent.end()
    upstream.close()


def counted_twice(browser, challenge):
    """As a copy of the key would: the number that the last touch had."""
    browser.counter -= 1
    return browser.touch(statement_of(challenge))


def main():
    checks = Checks()
    with World(start=False) as world:
        mark_high_risk(world)
        world.up()
        for story in (in_the_terminal, in_a_browser):
            try:
                story(world, checks)
            except (RuntimeError, OSError, LookupError, ValueError, AttributeError, subprocess.SubprocessError) as error:
                checks.that(f"{story.__name__} went on to its end", False, f"no {type(error).__name__}: {error}")
    return checks.end()


if __name__ == "__main__":
    sys.exit(main())
