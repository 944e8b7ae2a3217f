"""The agent of grant_matrix.py, run once for each message: asks and calls as the message says, and prints what it got.
{"ask": [TOOL, ARGUMENTS] or null, "calls": [[TOOL, ARGUMENTS], …]}"""
import json
import sys

import mcp

told = json.loads(sys.stdin.read())
mcp.connect("matrix")
asked = None
if told["ask"]:
    tool, arguments = told["ask"]
    asked = mcp.call("request_permission", {"tool": tool, "arguments": arguments})
print("matrix " + json.dumps({"asked": asked, "calls": [mcp.call(tool, arguments) for tool, arguments in told["calls"]]}),
      flush=True)
