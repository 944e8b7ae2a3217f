"""A real browser: Debian's headless Chromium, spoken to over the pipe of its DevTools protocol (JSON, each ended by a
NUL byte). No port is opened for it, nothing is downloaded, its profile lies in the folder that it is given.

    browser = Browser(world.folder / "browser", {"evil.test": "127.0.0.1"})
    page = browser.context().page()
    page.go("http://localhost:8000/")
    page.run("document.title")

Every wait is for an event, with a deadline, and raises running.Silence when it is over."""
import base64
import collections
import contextlib
import dataclasses
import fcntl
import json
import os
import re
import select
import shutil
import signal
import subprocess
import time

from running import PATIENCE, Silence

PROGRAM = "chromium-headless-shell"
# Guards that only the newest browsers have would hide whether the platform's own hold: requests to this machine are let
# out here without a question to the person.
OFF = "LocalNetworkAccessChecks,OptimizationHints,MediaRouter"
TO_BROWSER, FROM_BROWSER = 3, 4  # the descriptors that --remote-debugging-pipe means


@dataclasses.dataclass
class Request:
    """One request that a page made, as the browser tells of it."""
    method: str
    url: str
    kind: str = ""     # "Document", "Fetch", "Image", "Preflight", …
    status: int = 0    # of the answer that came over the wire, even if no script may see it; 0: none came
    cookie: str = ""   # what was sent
    failure: str = ""  # why the browser made nothing of the answer


class Browser:
    """`names`: host → address. No other name has an address here, but localhost and those under it."""

    def __init__(self, folder, names=None):
        self.contexts = []
        folder.mkdir()
        rules = [f"MAP {name} {address}" for name, address in (names or {}).items()]
        rules += ["MAP * ~NOTFOUND", "EXCLUDE 127.0.0.1", "EXCLUDE localhost", "EXCLUDE *.localhost"]
        command = [shutil.which(PROGRAM) or PROGRAM, "--remote-debugging-pipe", f"--user-data-dir={folder / 'profile'}",
                   f"--host-resolver-rules={', '.join(rules)}", f"--disable-features={OFF}", "--no-proxy-server",
                   "--disable-background-networking", "--disable-component-update", "--disable-gpu", "--no-first-run"]
        if os.getuid() == 0:
            command.append("--no-sandbox")  # it refuses to start as root with one; the pages here are the test's own
        theirs, self.output = os.pipe()
        self.input, theirs_too = os.pipe()
        # Out of the way of the numbers that they are to have over there.
        ends = [fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, 64) for each in (theirs, theirs_too)]
        os.close(theirs)
        os.close(theirs_too)
        self.log = folder / "log"
        environment = os.environ | {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_CACHE_HOME": str(folder)}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                close_fds=False, preexec_fn=lambda: [os.dup2(end, number) for end, number in
                                                     zip(ends, (TO_BROWSER, FROM_BROWSER))])
        for end in ends:
            os.close(end)
        self.last, self.answers, self.unread, self.pages = 0, {}, b"", {}
        self.version = self.call("Browser.getVersion")["product"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def context(self):
        """A person's browser of its own: other cookies, other stores → Context."""
        return Context(self, self.call("Target.createBrowserContext")["browserContextId"])

    def call(self, method, session=None, **parameters):
        """One command → its result. What happens meanwhile is told to the pages."""
        self.last += 1
        number = self.last
        said = {"id": number, "method": method, "params": parameters} | ({"sessionId": session} if session else {})
        text = json.dumps(said).encode() + b"\0"
        while text:
            text = text[os.write(self.output, text):]
        self.until(lambda: number in self.answers, f"an answer to {method}")
        answer = self.answers.pop(number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def until(self, done, what, patience=PATIENCE):
        """Reads what the browser says until `done()`."""
        before = time.monotonic() + patience
        while not done():
            if not select.select([self.input], [], [], max(before - time.monotonic(), 0))[0]:
                raise Silence(f"the browser did not come to {what} in {patience} s")
            piece = os.read(self.input, 1 << 16)
            if not piece:
                raise Silence(f"the browser ended before {what}: {self.log.read_text(errors='replace')[-2000:]}")
            *whole, self.unread = (self.unread + piece).split(b"\0")
            for each in map(json.loads, whole):
                if "id" in each:
                    self.answers[each["id"]] = each
                elif each.get("sessionId") in self.pages:
                    self.pages[each["sessionId"]].hear(each["method"], each["params"])

    def end(self):
        """Ends this browser, and nothing else: it leads a process group of its own."""
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for descriptor in (self.input, self.output):
            with contextlib.suppress(OSError):
                os.close(descriptor)


@dataclasses.dataclass
class Context:
    browser: Browser
    id: str

    def page(self):
        """A new tab → Page."""
        return Page(self)

    def cookies(self):
        """All that this person's browser holds, as dicts."""
        return self.browser.call("Storage.getCookies", browserContextId=self.id)["cookies"]

    def set_cookie(self, url, name, value):
        self.browser.call("Storage.setCookies", browserContextId=self.id,
                          cookies=[{"name": name, "value": value, "url": url}])


class Page:
    """`requests`: all that it has made so far, in their order."""

    def __init__(self, context):
        self.browser, self.context = context.browser, context
        self.target = self.call_browser("Target.createTarget", url="about:blank", browserContextId=context.id)["targetId"]
        self.session = self.call_browser("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        self.browser.pages[self.session] = self
        self.by_id, self.requests, self.loads, self.stand_ins = {}, [], 0, {}
        # Cookies, and the status of what no script may see, are told apart from the rest, and in any order.
        self.early = collections.defaultdict(list)
        for domain in ("Page", "Network", "Runtime"):
            self.call(f"{domain}.enable")

    def call_browser(self, method, **parameters):
        return self.browser.call(method, **parameters)

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def stand_in(self, url, html):
        """Has this page's browser take `html` for what the server says at exactly this address."""
        self.stand_ins[url] = html
        self.call("Fetch.enable", patterns=[{"urlPattern": each} for each in self.stand_ins])

    def go(self, url):
        """As if the person had typed it; waits until it has loaded, or failed to."""
        loads = self.loads
        answer = self.call("Page.navigate", url=url)
        self.browser.until(lambda: self.loads > loads, f"the end of loading {url}")
        return answer.get("errorText", "")

    def run(self, script):
        """What the script comes to; one that throws is an error. A promise is waited for."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"the page threw: {json.dumps(answer['exceptionDetails'])[:1000]}")
        return answer["result"].get("value")

    def frames(self):
        """The addresses of all frames in it, also of those that the browser holds in another process."""
        inside, waiting = [], [self.call("Page.getFrameTree")["frameTree"]]
        while waiting:
            tree = waiting.pop()
            waiting += tree.get("childFrames", [])
            inside.append(tree["frame"]["url"])
        targets = self.call_browser("Target.getTargets", filter=[{"type": "iframe"}])["targetInfos"]
        return inside[1:] + [each["url"] for each in targets if each.get("browserContextId") == self.context.id]

    def close(self):
        self.call_browser("Target.closeTarget", targetId=self.target)

    def hear(self, method, said):
        """One event."""
        if method == "Page.loadEventFired":
            self.loads += 1
        elif method == "Fetch.requestPaused":
            self._stand_in(said)
        elif method == "Network.requestWillBeSent":
            # A redirect goes on under the same id.
            self._made(said["requestId"], said["request"]["method"], said["request"]["url"], said.get("type", ""))
        elif method == "Network.webSocketCreated":
            self._made(said["requestId"], "GET", said["url"], "WebSocket")
        elif method.startswith("Network.") and "requestId" in said:
            if said["requestId"] in self.by_id:
                self._add(self.by_id[said["requestId"]], method, said)
            else:
                self.early[said["requestId"]].append((method, said))

    def _made(self, number, verb, url, kind):
        self.by_id[number] = Request(verb, url, kind)
        self.requests.append(self.by_id[number])
        for method, said in self.early.pop(number, []):
            self._add(self.by_id[number], method, said)

    @staticmethod
    def _add(request, method, said):
        if method in ("Network.requestWillBeSentExtraInfo", "Network.webSocketWillSendHandshakeRequest"):
            headers = said.get("headers") or said["request"]["headers"]
            request.cookie = next((value for name, value in headers.items() if name.lower() == "cookie"), "")
        elif method == "Network.responseReceivedExtraInfo":
            request.status = said["statusCode"]
        elif method in ("Network.responseReceived", "Network.webSocketHandshakeResponseReceived"):
            request.status = request.status or said["response"]["status"]
        elif method == "Network.loadingFailed":
            request.failure = said.get("blockedReason") or said["errorText"]
        elif method == "Network.webSocketFrameError":
            request.failure = said["errorMessage"]
            if refused := re.search(r"response code: (\d+)", request.failure):  # it says so in no other way
                request.status = int(refused.group(1))

    def _stand_in(self, said):
        """Answers it at once, without waiting for the browser's word: this is called while it is read."""
        html = self.stand_ins[said["request"]["url"]]
        self.browser.last += 1
        os.write(self.browser.output, json.dumps({
            "id": self.browser.last, "sessionId": self.session, "method": "Fetch.fulfillRequest",
            "params": {"requestId": said["requestId"], "responseCode": 200,
                       "responseHeaders": [{"name": "Content-Type", "value": "text/html"}],
                       "body": base64.b64encode(html.encode()).decode()}}).encode() + b"\0")
