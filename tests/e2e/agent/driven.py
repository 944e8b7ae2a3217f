"""An agent that does what its terminal tells it (world.Agent is the other end): one JSON object a line,
{"number": N, "tool": NAME, "arguments": {…}}, each on a thread of its own, answered by a line
"x1-answer {"number": N, "code": …, "content": …}". {"exit": STATUS} ends it."""
import json
import os
import sys
import termios
import threading

import mcp

speaking = threading.Lock()


def answer(number, code, content):
    with speaking:
        print("\nx1-answer " + json.dumps({"number": number, "code": code, "content": content}), flush=True)


def work(number, tool, arguments):
    code, content = mcp.outcome(tool, arguments)
    if code == "protocol_error" and "initialize again" in str(content):
        mcp.begin("driven")
        code, content = mcp.outcome(tool, arguments)
    answer(number, code, content)


def quiet():
    """No echo, so that nothing stands between the answers."""
    modes = termios.tcgetattr(0)
    modes[3] &= ~termios.ECHO
    termios.tcsetattr(0, termios.TCSANOW, modes)


quiet()
mcp.connect("driven")
answer(0, "ready", {})
for line in sys.stdin:
    told = json.loads(line)
    if "exit" in told:
        sys.stdout.flush()
        os._exit(told["exit"])
    threading.Thread(target=work, args=(told["number"], told["tool"], told["arguments"]), daemon=True).start()
