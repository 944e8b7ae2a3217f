#!/usr/bin/env python3
"""E3 in a real browser: people are who they say, whatever page they have open beside the platform's.

One person signs in through their link and keeps that page open. Beside it they open pages of a server on another port of
this machine, under every name that it can have, and of another site; both try what a page can: requests of every kind
with the person's cookie, forms, streams, sockets, frames. What the platform answered is read off the wire, where no page
sees it: each try has to have arrived there and been refused. Run from anywhere with X1_BIN set."""
import contextlib
import http.server
import json
import pathlib
import re
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
from browser import Browser  # noqa: E402
from checks import Told, main  # noqa: E402
from rest import Api  # noqa: E402
from running import Silence  # noqa: E402

# What a page can try: every page of the test's has it, the platform's own as well.
TRIES = (HERE / "evil/page.js").read_text()
PAGE = f"<!doctype html><title>page</title><body><script>{TRIES}</script>"
ME = "fetch('/api/v1/me').then(async got => [got.status, await got.json()])"
USE = """(link => fetch('/api/v1/sign-in-links/use', {method: 'POST', headers: {'Content-Type': 'application/json'},
  body: JSON.stringify({link, cookie: true})}).then(async got => [got.status, await got.json()]))"""
STRANGER = "evil.test"
MADE = {"command": ["true"], "start": False}
TRIED = 14  # each makes a request
SOON = 20   # seconds, for what has happened already


class Evil(http.server.ThreadingHTTPServer):
    """A development server of this machine with a page for every path; remembers who asked, and what they brought."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Evil.Handler)
        self.seen = []  # (host without the port, cookies)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def cookies_under(self, host):
        return "; ".join(cookie for name, cookie in self.seen if name == host)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.seen.append((self.headers["Host"].split(":")[0], self.headers["Cookie"] or ""))
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(PAGE.encode())

        def log_message(self, *_):
            pass


class Scene:
    """The platform, a person's browser that is signed in, and the hostile server beside it."""

    def __init__(self, world, browser, evil):
        self.world, self.browser, self.evil = world, browser, evil
        self.port = world.port()
        self.address = json.loads(world.x1("status", "--json", check=True).stdout)["url"]
        self.name = re.fullmatch(r"http://(.*):\d+", self.address).group(1)
        self.session = world.owner.post("/sessions", MADE)["id"]
        self.link = json.loads(world.x1("link", "--json", check=True).stdout)["link"]
        self.person = browser.context()
        self.own = self.own_page(self.person)

    def own_page(self, context):
        """A page of the platform's own address: it has none itself yet, so this stands in for one."""
        page = context.page()
        page.stand_in(self.address + "/", PAGE)
        page.go(self.address + "/")
        return page

    def hostile_page(self, host):
        page = self.person.page()
        page.go(f"http://{host}:{self.evil.server_port}/")
        return page

    def attempt(self, page, base):
        """All tries of this page at the platform under `base` → (what the page learned, what it asked for)."""
        begun = len(page.requests)
        learned = page.run(f"tries({json.dumps(base + '/api/v1')}, {json.dumps(self.session)})")
        def made():
            return [each for each in page.requests[begun:] if f":{self.port}/" in each.url]
        # The browser tells of the wire when it likes, also after the page has its result.
        with contextlib.suppress(Silence):  # the checks then say what is missing
            self.browser.until(lambda: all(each.status for each in arrived(made())), "all answers", SOON)
        return {what: text for what, text in learned.items() if text is not None}, made()

    def sessions(self):
        """What a write would have changed."""
        return sorted((each["id"], each["state"]) for each in self.world.owner.get("/sessions")["items"])


def arrived(made):
    """Those of the requests that were sent. One that has to be asked for before (by OPTIONS) is not, when that was
    refused."""
    asked_for = {each.url for each in made if each.method == "OPTIONS" and each.status == 405}
    return [each for each in made if each.status or each.method not in ("POST", "DELETE") or each.url not in asked_for]


def not_refused(made):
    return [str(each) for each in arrived(made) if each.status != (405 if each.method == "OPTIONS" else 403)]


def signing_in(scene, checks):
    """The link lets this browser in, and the platform's own page can do what the person can."""
    checks.equal("before the link its page is nobody", 401, scene.own.run(ME)[0])
    status, said = scene.own.run(f"{USE}({json.dumps(scene.link)})")
    checks.equal("E3: the link lets a browser in", (200, "owner"), (status, said.get("user")))
    checks.that("and tells its page no token", "token" not in said, said)
    kind = [{name: each.get(name) for name in ("domain", "path", "httpOnly", "sameSite")}
            for each in scene.person.cookies()]
    checks.equal("E3: the cookie is for the own name alone, no script and no other site",
                 [{"domain": scene.name, "path": "/", "httpOnly": True, "sameSite": "Strict"}], kind)
    checks.equal("the own page's script does not see it", "", scene.own.run("document.cookie"))
    status, said = scene.own.run(ME)
    checks.equal("the own page reads", (200, "owner"), (status, said.get("name")))
    page = scene.person.page()
    page.go(scene.address + "/api/v1/me")
    checks.equal("and so does who types the address", 200, page.requests[0].status)
    page.close()


def replay(scene, checks):
    """The same link again: in somebody else's browser, and in this one."""
    other = scene.browser.context()
    page = scene.own_page(other)
    checks.equal("E3: a link that was used lets nobody in by a second browser", (401, [], 401),
                 (page.run(f"{USE}({json.dumps(scene.link)})")[0], other.cookies(), page.run(ME)[0]))
    again = scene.own.run(f"{USE}({json.dumps(scene.link)})")
    checks.equal("nor again by the first, which stays signed in", (401, 200), (again[0], scene.own.run(ME)[0]))
    page.close()


def from_elsewhere(scene, checks, who, host):
    """A page that the hostile server shows under `host` tries everything, under two of the platform's names."""
    page = scene.hostile_page(host)
    before = scene.sessions()
    shared = host if host == "127.0.0.1" else "localhost"
    for under, base in (("the own name", scene.address), (shared, f"http://{shared}:{scene.port}")):
        learned, made = scene.attempt(page, base)
        checks.equal(f"E3: {who} learns nothing under {under}", {}, learned)
        checks.equal(f"E3: {who} is refused under {under}, whatever it asks for", [], not_refused(made))
        checks.that(f"and all that {who} asked for under {under} got there", len(made) >= TRIED, made)
        if host == scene.name:
            checks.equal(f"with the cookie only where it belongs, under {under}", under == "the own name",
                         any(each.cookie for each in made))
        elif not host.endswith(scene.name):  # a name below ours is of our site
            checks.equal(f"E3: {who} has the browser bring no cookie to {under}", "",
                         "".join(each.cookie for each in made))
    checks.equal(f"E3: {who} changed nothing", (before, 200), (scene.sessions(), scene.own.run(ME)[0]))
    frames(scene, checks, page, who)
    page.close()


def frames(scene, checks, page, who):
    """The platform's addresses in frames of this page: the browser shows none of them."""
    begun = len(page.requests)
    addresses = [scene.address + "/api/v1/me", scene.address + "/nothing", f"http://localhost:{scene.port}/api/v1/health"]
    page.run(f"framed({json.dumps(addresses)})")
    asked = {each.url for each in page.requests[begun:]}
    checks.equal(f"{who} asks for each of them", set(addresses), asked)
    shown = [each for each in page.frames() if f":{scene.port}/" in each]
    checks.equal(f"E3: {who} has none of our pages in a frame", [], shown)


def cross_port(scene, checks):
    """A server of the same machine, under each name that it can have: cookies know no ports."""
    for host, called in (("localhost", "localhost"), ("127.0.0.1", "127.0.0.1"),
                         (f"sub.{scene.name}", "a name below our own")):
        who = f"another port as {called}"
        from_elsewhere(scene, checks, who, host)
        checks.equal(f"E3: {who} is brought no cookie", "", scene.evil.cookies_under(host))


def who_knows_the_name(scene, checks):
    """Under the own name the browser brings the cookie to every port. A page gets no further with that, but its server
    has the cookie: so the name is a secret, which the platform tells to nobody who has not shown who they are."""
    from_elsewhere(scene, checks, "another port that knows our name", scene.name)
    brought = "x1_session=" in scene.evil.cookies_under(scene.name)
    print(f"{scene.browser.version} {'brings' if brought else 'does not bring'} the cookie to another port under our name")
    nobody = Api(port=scene.port)
    said = [nobody.call("POST", path, body | {"cookie": True}) for path, body in (
        ("/sign-in-links/use", {"link": scene.link}), ("/login", {"name": "owner", "password": "long-enough-password"}))]
    said += [nobody.call("GET", path) for path in ("/health", "/me", "/nothing")]
    checks.equal("E3: who has not shown who they are is not told the own name", [],
                 [str(each) for each in said if scene.name in f"{each.value}{each.headers}"])
    processes = json.loads(scene.world.x1("status", "--json", check=True).stdout)["processes"]
    lines = {each["name"]: pathlib.Path(f"/proc/{each['pid']}/cmdline").read_text() for each in processes}
    checks.that("every process's arguments were read", lines and all(lines.values()), lines)
    checks.equal("E3: no process has the own name where others of the machine see it", [],
                 [name for name, line in lines.items() if scene.name in line])


def cross_site(scene, checks):
    from_elsewhere(scene, checks, "another site", STRANGER)
    checks.equal("E3: another site is brought no cookie", "", scene.evil.cookies_under(STRANGER))


def rebinding(scene, checks):
    """A page of another site whose name now leads to the platform's address: for the browser the platform is its own
    server. So it reads the answers, and nothing but refusals."""
    token = scene.person.cookies()[0]["value"]
    for host in (STRANGER, "x1-0000000000000000.localhost"):
        base = f"http://{host}:{scene.port}"
        page = scene.person.page()
        page.go(base + "/api/v1/health")
        checks.equal(f"E3: a rebound name is refused: {host} that was typed", 403, page.requests[0].status)
        page.stand_in(base + "/", PAGE)  # what its own server had said, before the name led here
        before = scene.sessions()
        for how in ("without a cookie", "with a cookie that is good"):
            if how != "without a cookie":
                scene.person.set_cookie(base, "x1_session", token)
            page.go(base + "/")
            learned, made = scene.attempt(page, base)
            checks.equal(f"E3: a rebound name is refused: {host} {how}", [], not_refused(made))
            checks.equal(f"its page reads refusals: {host} {how}", [],
                         [text for text in learned.values() if '"code":"forbidden"' not in text])
            checks.equal(f"and its requests came {how}: {host}", how != "without a cookie",
                         any(token in each.cookie for each in made))
        answer = page.run(f"fetch('/api/v1/me', {{headers: {{Authorization: 'Bearer {token}'}}}}).then(got => got.status)")
        checks.equal(f"E3: a rebound name is refused: {host} with a bearer", 403, answer)
        checks.equal(f"E3: a rebound name changed nothing: {host}", (before, 200),
                     (scene.sessions(), scene.own.run(ME)[0]))
        page.close()


def the_own_page(scene, checks):
    """The tries are none in vain: the platform's own page gets through with them. The last of them signs it out."""
    frames(scene, checks, scene.own, "the own page")
    before = len(scene.sessions())
    learned, made = scene.attempt(scene.own, scene.address)
    checks.that("the own page reads by the same tries", '"owner"' in learned.get("a fetch", "")
                and '"owner"' in learned.get("a fetch without CORS", ""), learned)
    checks.equal("and hears events", "opened", learned.get("an event stream"))
    checks.equal("and makes a session", before + 1, len(scene.sessions()))
    checks.equal("by requests that are answered", {"an image": 200, "a DELETE": 202, "an empty form": 202, "logout": 204}, {
        "an image": next(each.status for each in made if each.kind == "Image"),
        "a DELETE": next(each.status for each in made if each.method == "DELETE"),
        "an empty form": next(each.status for each in made if each.kind == "Document" and "grants" in each.url),
        "logout": next(each.status for each in made if each.url.endswith("/logout"))})
    checks.equal("and signs out", 401, scene.own.run(ME)[0])


def a_browser(world, checks):
    with Browser(world.folder / "browser", {STRANGER: "127.0.0.1"}) as browser, Evil() as evil:
        scene = Scene(world, browser, evil)
        for story in (signing_in, replay, cross_port, who_knows_the_name, cross_site, rebinding, the_own_page):
            story(scene, checks)


if __name__ == "__main__":
    sys.exit(main(a_browser, checks=Told()))
