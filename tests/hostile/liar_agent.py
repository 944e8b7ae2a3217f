"""The agent of terminals_test.py, run once for each message. It says whatever it is told, raw, in every way that an agent
has; asks; and calls. The message is base64 of JSON: {"say": […], "ask": TEXT, "wish": […], "call": […]}, all optional."""
import base64
import binascii
import json
import sys

import mcp

message = sys.stdin.read()
try:
    told = json.loads(base64.b64decode(message, validate=True))
except (binascii.Error, ValueError):
    told = {"say": []}
mcp.connect("liar")
for lie in told.get("say", []):
    print(lie, flush=True)
    mcp.call("emit_status", {"text": lie})
    mcp.call("emit_artifact", {"name": lie[:150] or "x", "media_type": "text/plain", "text": lie})
if "ask" in told:
    code, content = mcp.outcome("ask_user", {"question": told["ask"]})
    print("heard " + json.dumps([code, content.get("text")]), flush=True)
if "wish" in told:
    tool, arguments = told["wish"]
    print("wish " + mcp.call("request_permission", {"tool": tool, "arguments": arguments}), flush=True)
if "call" in told:
    print("call " + mcp.call(*told["call"]), flush=True)
