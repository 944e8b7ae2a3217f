#!/usr/bin/env python3
"""answer.py ANSWER LOG COMMAND…: runs a command on a terminal of its own, as a person would, for the demo's --yes.

Copies what the command prints to stdout and to LOG, types ANSWER when the consent dialog asks, and ends with the
command's exit status. It knows the dialog by its last line alone; whatever an agent prints is only text to x1.
"""
import os
import pty
import sys

PROMPT = b"then Enter: "


def main():
    answer, log, command = sys.argv[1], sys.argv[2], sys.argv[3:]
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(command[0], command)
    seen = b""
    with open(log, "wb") as copy:
        while True:
            try:
                part = os.read(terminal, 4096)
            except OSError:  # the other side is closed
                break
            if not part:
                break
            copy.write(part)
            os.write(1, part)
            seen += part
            if PROMPT in seen:
                seen = b""
                os.write(terminal, answer.encode() + b"\n")
            seen = seen[-len(PROMPT):]
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
