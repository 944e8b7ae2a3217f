"""A process whose output is read as it comes, on pipes or on a terminal of its own. Every wait has a deadline."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

PATIENCE = 120  # seconds: long, because a test machine may be busy; nothing that works ever waits so long


class Silence(TimeoutError):
    """What was waited for did not come. The message holds what came instead."""


class Running:
    """One started command. `terminal`: stdin, stdout and stderr are a terminal, which the command is in control of,
    `columns` wide, at which `typed` was typed before the command began. Without it they are pipes, stderr into the same
    one as stdout."""

    def __init__(self, command, environment, terminal=False, columns=250, typed=""):
        self.command = [str(word) for word in command]
        self.seen = b""  # read, and not yet taken by until()
        options = {"env": environment, "start_new_session": True, "stderr": subprocess.STDOUT}
        if terminal:
            self.output, theirs = pty.openpty()
            self.input = self.output
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
            os.write(self.output, typed.encode())
            self.process = subprocess.Popen(self.command, stdin=theirs, stdout=theirs, **options,
                                            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
            os.close(theirs)
        else:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)
            self.output, self.input = self.process.stdout.fileno(), self.process.stdin.fileno()
        self.ended = os.pidfd_open(self.process.pid)

    def say(self, text):
        """Types `text`, or writes it to stdin. A line needs its own "\\n"."""
        os.write(self.input, text.encode())

    def until(self, mark, patience=PATIENCE):
        """Everything up to and with `mark`, as text. Raises Silence, also when the output ended before."""
        before = time.monotonic() + patience
        while mark.encode() not in self.seen:
            if not self._read(before):
                raise Silence(f"{self.command[:3]} did not say {mark!r}, but: {self._text(self.seen[-4000:])}")
        said, self.seen = self.seen.split(mark.encode(), 1)
        return self._text(said) + mark

    def line(self, patience=PATIENCE):
        """The next line, without its end."""
        return self.until("\n", patience)[:-1]

    def end(self, patience=PATIENCE):
        """Waits until it has ended by itself: (exit status as a shell has it, the rest of its output)."""
        before = time.monotonic() + patience
        while self._read(before):
            pass
        if not select.select([self.ended], [], [], max(before - time.monotonic(), 0))[0]:
            raise Silence(f"{self.command[:3]} did not end, but said: {self._text(self.seen[-4000:])}")
        rest, self.seen = self._text(self.seen), b""
        status = self.process.wait()
        return (status if status >= 0 else 128 - status), rest

    def kill(self):
        """Ends it and its group at once, if it still runs, and lets go of its descriptors."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        if self.process.stdout is None:
            os.close(self.output)
        else:
            self.process.stdin.close()
            self.process.stdout.close()
        os.close(self.ended)

    def _read(self, before):
        """One more piece; False at the end of the output, or when there is no time left."""
        if not select.select([self.output], [], [], max(before - time.monotonic(), 0))[0]:
            return False
        try:
            piece = os.read(self.output, 65536)
        except OSError:  # a terminal that its last user has closed
            return False
        self.seen = re.sub(rb"\r+\n", b"\n", self.seen + piece)  # a terminal ends its lines with CR LF
        return piece != b""

    @staticmethod
    def _text(data):
        return data.decode(errors="replace")
