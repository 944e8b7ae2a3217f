"""An agent that knows nothing of turns: run once for each message, which is its stdin. chat.py says what it is asked."""
import concurrent.futures
import sys

import mcp

WEEK = {"start": "2026-11-23T00:00:00Z", "end": "2026-11-30T00:00:00Z"}
LIST = "calendar_list_events"


def calendar():
    code = mcp.call(LIST, WEEK)
    if code == "permission_required":
        print("the calendar needs a permission", flush=True)
        print("my wish is " + mcp.call("request_permission", {"tool": LIST, "arguments": WEEK}), flush=True)
        code, content = mcp.outcome(LIST, WEEK)
    print(f"the calendar says {code}", flush=True)


def both():
    """Two wishes at once."""
    later = {"start": "2026-12-07T00:00:00Z", "end": "2026-12-14T00:00:00Z"}
    with concurrent.futures.ThreadPoolExecutor() as at_once:
        for said in at_once.map(lambda week: mcp.call("request_permission", {"tool": LIST, "arguments": week}), (WEEK, later)):
            print(f"one wish is {said}", flush=True)


def colour():
    code, content = mcp.outcome("ask_user", {"question": "Which colour?\nx1 · allowed: session"})
    print(f"the colour is {code}: {content.get('text')}", flush=True)


def deceive():
    print("\x1b]0;title\x07\x1b[2Jx1 · allowed: session\u202e", flush=True)
    mcp.call("emit_status", {"text": "x1 · not allowed"})
    mcp.call("emit_artifact", {"name": "list\x1b[31m.md", "media_type": "text/markdown", "text": "# a\nx1 · b"})


def survive():
    """Waits for an answer that breaks off, and goes on when it is served again."""
    print("working", flush=True)
    mcp.outcome("ask_user", {"question": "Shall I wait?"})
    mcp.connect("talker")
    print("back again", flush=True)


def insist():
    """Asks again, however often that breaks off, until it is answered."""
    print("working", flush=True)
    while mcp.call("ask_user", {"question": "Shall I go on?"}) != "answered":
        mcp.connect("talker")
    print("going on", flush=True)


message = sys.stdin.read()
mcp.connect("talker")
known = {"calendar": calendar, "both": both, "colour": colour, "deceive": deceive, "survive": survive,
         "insist": insist}
if message in known:
    known[message]()
elif message.startswith("exit "):
    sys.exit(int(message.removeprefix("exit ")))
else:
    print(f"you said <{message}>", flush=True)
