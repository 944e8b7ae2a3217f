"""The REST interface as a person's program uses it: over the Unix socket or TCP, with a token."""
import contextlib
import http.client
import json
import socket
import time
import typing

from running import PATIENCE, Silence


class Answer(typing.NamedTuple):
    status: int
    value: object  # what the JSON says; the text itself of anything else
    headers: object

    @property
    def code(self):
        """The stable code of a refusal; "ok" of anything else."""
        return self.value["code"] if self.status >= 400 else "ok"


class Refused(RuntimeError):
    """An answer that is no success where one was asked for."""

    def __init__(self, what, answer):
        super().__init__(f"{what}: {answer.status} {answer.value}")
        self.answer = answer


class Api:
    """`Api(socket=PATH)` and `Api(port=N)` speak as whom `token` names: a text, or a function that gives one; without it
    as nobody."""

    def __init__(self, socket=None, port=None, token=None):
        self.socket, self.port, self.token = socket, port, token

    def call(self, method, path, body=None):
        """One request below /api/v1 → Answer, whatever it says."""
        with contextlib.closing(self._send(method, path, body, PATIENCE)) as connection:
            return self._answer(connection.getresponse())

    def get(self, path):
        return self._done("GET", path)

    def post(self, path, body=None):
        return self._done("POST", path, body)

    def delete(self, path):
        return self._done("DELETE", path)

    def events(self, session, after=0, patience=PATIENCE):
        """Follows a session's events from the one after number `after`: a generator of them as dicts. Ends when the
        platform ends the stream; raises Silence when no event came for `patience` seconds."""
        headers = {"Accept": "text/event-stream", "Last-Event-ID": str(after)}
        with contextlib.closing(self._send("GET", f"/sessions/{session}/events", None, patience, headers)) as stream:
            response = stream.getresponse()
            if response.status != 200:
                raise Refused("events", self._answer(response))
            before = time.monotonic() + patience
            while True:
                stream.sock.settimeout(max(before - time.monotonic(), 0.001))
                try:
                    line = response.readline()
                except TimeoutError:
                    raise Silence(f"no event of session {session} in {patience} s") from None
                if not line:
                    return
                if line.startswith(b"data:"):
                    yield json.loads(line[5:])
                    before = time.monotonic() + patience

    def event(self, session, kind, after=0, patience=PATIENCE):
        """The first event of this type after number `after`."""
        for event in self.events(session, after, patience):
            if event["type"] == kind:
                return event
        raise Silence(f"the events of session {session} ended without {kind}")

    def _done(self, method, path, body=None):
        answer = self.call(method, path, body)
        if answer.status >= 300:
            raise Refused(f"{method} {path}", answer)
        return answer.value

    def _send(self, method, path, body, patience, headers=None):
        connection = http.client.HTTPConnection("localhost", self.port, timeout=patience)
        if self.socket:
            connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.sock.settimeout(patience)
            connection.sock.connect(str(self.socket))
        token = self.token() if callable(self.token) else self.token
        headers = dict(headers or {}) | ({"Authorization": f"Bearer {token}"} if token else {})
        text = None if body is None else json.dumps(body)
        connection.request(method, "/api/v1" + path, text,
                           headers | ({"Content-Type": "application/json"} if text else {}))
        return connection

    @staticmethod
    def _answer(response):
        text = response.read().decode()
        is_json = (response.headers.get_content_type() == "application/json") and text
        return Answer(response.status, json.loads(text) if is_json else text, response.headers)
