"""MCP over HTTP for an agent in a box, with nothing but the standard library."""
import http.client
import json
import os
import urllib.error
import urllib.request

BASE = os.environ["X1_URL"]
VERSION = "2025-11-25"
session = {}


def post(path, body, headers=None, method="POST"):
    """(status, answer's headers, text); a refusal is an answer as well."""
    plain = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    request = urllib.request.Request(BASE + path, body if isinstance(body, bytes) else json.dumps(body).encode(),
                                     plain | session | (headers or {}), method=method)
    try:
        with urllib.request.urlopen(request, timeout=300) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()
    except (OSError, http.client.HTTPException) as error:  # the latter when an event stream is cut off
        return 0, {}, str(error)


def rpc(method, params, headers=None):
    _, _, text = post("/mcp", {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}, headers)
    lines = [line[6:] for line in text.splitlines() if line.startswith("data: {")] or [text]
    for line in reversed(lines):
        try:
            answer = json.loads(line)
        except ValueError:
            continue
        if "result" in answer or "error" in answer:
            return answer
    return {"error": {"message": text}}


def outcome(tool, arguments):
    """("ok", a status, or the code of the refusal; what was answered)."""
    answer = rpc("tools/call", {"name": tool, "arguments": arguments})
    if "error" in answer:
        return "protocol_error", answer["error"]
    content = answer["result"].get("structuredContent") or {}
    if answer["result"].get("isError"):
        return content.get("code", "error"), content
    return content.get("status", "ok"), content


def call(tool, arguments):
    return outcome(tool, arguments)[0]


def begin(name):
    """A session with the gate. One of before a restart of the sidecar is unknown to it, as the standard has it."""
    session.clear()
    started = post("/mcp", {"jsonrpc": "2.0", "id": 1, "method": "initialize",
                            "params": {"protocolVersion": VERSION, "capabilities": {"elicitation": {}},
                                       "clientInfo": {"name": name, "version": "1"}}})
    if started[1].get("Mcp-Session-Id"):
        session["Mcp-Session-Id"] = started[1]["Mcp-Session-Id"]
    session["MCP-Protocol-Version"] = VERSION


def connect(name):
    """Begins, and returns once a turn is open: the agent may be up before it is."""
    begin(name)
    while call("emit_status", {"text": "here"}) == "no_active_turn":
        pass
