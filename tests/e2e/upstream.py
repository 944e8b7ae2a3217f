"""A small CalDAV server over TLS that keeps every byte that reaches it, for tests of what is really sent."""
import base64
import socketserver
import ssl
import subprocess
import threading
import typing

from running import PATIENCE, Silence
from world import ROOT, Account

PASSWORD = "canary-Zq7wpassword"
LOGIN = base64.b64encode(f"ada:{PASSWORD}".encode()).decode()
CALENDAR = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x1//test//EN", "BEGIN:VEVENT", "UID:one",
                        "DTSTAMP:20261120T000000Z", "DTSTART:20261124T100000Z", "DTEND:20261124T110000Z",
                        "SUMMARY:Dentist", "END:VEVENT", "END:VCALENDAR", ""])
FOUND = ('<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:response>'
         "<d:href>/ada/work/one.ics</d:href><d:propstat><d:prop><d:getetag>\"1\"</d:getetag><c:calendar-data>"
         f"{CALENDAR}</c:calendar-data></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
         "</d:multistatus>")


class Request(typing.NamedTuple):
    """One request as it came: `head` up to and with the empty line, then `body`."""
    head: bytes
    body: bytes

    @property
    def line(self):
        return self.head.split(b"\r\n", 1)[0].decode()

    @property
    def method(self):
        return self.line.split(" ")[0]

    @property
    def target(self):
        return self.line.split(" ")[1]

    @property
    def headers(self):
        """[(name in lower case, value)] in their order."""
        lines = self.head.decode().split("\r\n")[1:-2]
        return [(name.lower(), value.strip()) for name, value in (line.split(":", 1) for line in lines)]


def login_checked(request):
    """What the server says: (status, body). A calendar with one event, for whoever has the password."""
    if dict(request.headers).get("authorization") != "Basic " + LOGIN:
        return 401, b""
    return (201, b"") if request.method == "PUT" else (207, FOUND.encode())


class Upstream(socketserver.ThreadingTCPServer):
    """Serves at once, on any port of 127.0.0.1, until close(). `answer`: Request → (status, body) or (status, body,
    headers).
    `seen`: the requests that came, in their order. `account`: what `World.connect` takes."""
    daemon_threads = True

    def __init__(self, folder, answer=login_checked):
        folder.mkdir(exist_ok=True)
        if not (folder / "server.pem").exists():
            subprocess.run([ROOT / "demo/certificate", folder], check=True, capture_output=True)
        self.seen, self.answer = [], answer
        self.arrival = threading.Condition()
        super().__init__(("127.0.0.1", 0), Conversation)
        self.address = "{}:{}".format(*self.server_address)
        self.account = Account(f"https://{self.address}/ada/work/", "ada", PASSWORD, folder / "ca.pem", self.address)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "server.pem", folder / "server.key")
        self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def note(self, request):
        with self.arrival:
            self.seen.append(request)
            self.arrival.notify_all()

    def after(self, count, patience=PATIENCE):
        """The requests from number `count` on, as soon as there is one."""
        with self.arrival:
            if not self.arrival.wait_for(lambda: len(self.seen) > count, patience):
                raise Silence(f"no request came after the first {count}")
            return self.seen[count:]

    def close(self):
        self.shutdown()
        self.server_close()

    def handle_error(self, *_):
        """A client that hangs up, or that does not like the certificate, is what some tests want."""


class Conversation(socketserver.StreamRequestHandler):
    """One connection: requests one after the other until the client ends it."""

    def handle(self):
        while request := self.read():
            self.server.note(request)
            status, body, *more = self.server.answer(request)
            headers = "".join(f"{name}: {value}\r\n" for each in more for name, value in each.items())
            self.wfile.write(f"HTTP/1.1 {status} Answer\r\nContent-Type: application/xml; charset=utf-8\r\n"
                             f"{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def read(self):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self.rfile.readline(65536)
            if not line:
                return None
            head += line
        request = Request(head, b"")
        return request._replace(body=self.rfile.read(int(dict(request.headers).get("content-length", 0))))
