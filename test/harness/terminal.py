"""Runs a program on a terminal of its own: what it shows comes out here, what comes in here is typed there.

usage: terminal.py ROWS COLUMNS PROGRAM [ARGUMENT...]
Ends with the program's exit code, or 128 + its signal.
"""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios


def main():
    rows, columns, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    pid, terminal = pty.fork()
    if pid == 0:
        # The size before the program starts: it asks once.
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.execvp(command[0], command)
    for forwarded in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(forwarded, lambda number, _frame: os.kill(pid, number))
    sources = [terminal, 0]
    while terminal in sources:
        for source in select.select(sources, [], [])[0]:
            data = read(source)
            if not data:
                sources.remove(source)
            elif source == terminal:
                os.write(1, data)
            else:
                os.write(terminal, data)
    status = os.waitpid(pid, 0)[1]
    return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def read(source):
    try:
        return os.read(source, 65536)
    except OSError:  # EIO: no process has the terminal open any more
        return b""


if __name__ == "__main__":
    sys.exit(main())
