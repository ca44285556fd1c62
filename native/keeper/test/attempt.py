"""One attempt for a test: its folder, its launch message, its keeper and a client.

Nothing here sleeps. A payload says that it is ready through a FIFO (`$TOLD`); ends are awaited by
waiting for the keeper, a child of the test. Every wait has a deadline and fails with what was seen.
"""

import atexit
import contextlib
import json
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid

BUILD = os.path.abspath(os.environ["HOLDFAST_KEEPER_BUILD"])
UNDER = os.environ.get("HOLDFAST_KEEPER_UNDER", "")


def plain_path(path):
    """The same folder by a path that a shell script need not quote."""
    if " " not in path:
        return path
    folder = tempfile.mkdtemp(prefix="holdfast-keeper-fixtures-")
    # Payloads of other users run them too.
    os.chmod(folder, 0o755)
    atexit.register(shutil.rmtree, folder)
    link = os.path.join(folder, "fixtures")
    os.symlink(path, link)
    return link


FIXTURES = plain_path(os.path.join(BUILD, "fixtures"))
UNIFIED = "/sys/fs/cgroup/unified" if os.path.isdir("/sys/fs/cgroup/unified") else "/sys/fs/cgroup"
# Only a failure takes this long: far above what a machine at load 100, or valgrind, needs.
DEADLINE_S = int(os.environ.get("HOLDFAST_KEEPER_DEADLINE_S", "120"))
LOGS = os.path.join(BUILD, "logs")


def keeper_command(*args):
    if UNDER == "valgrind":
        os.makedirs(LOGS, exist_ok=True)
        return ["valgrind", "-q", "--error-exitcode=99", "--leak-check=full", "--errors-for-leak-kinds=definite",
                f"--log-file={LOGS}/valgrind-%p", os.path.join(BUILD, "holdfast-keeper-valgrind"), *args]
    name = "holdfast-keeper-sanitized" if UNDER == "sanitizer" else "holdfast-keeper-faulty"
    return [os.path.join(BUILD, name), *args]


def keeper_environment(failpoint=None):
    environment = {"PATH": os.environ["PATH"], "HOLDFAST_ATTEMPT": "cookie-of-another", "A_SECRET": "hush"}
    if failpoint:
        environment["HOLDFAST_KEEPER_FAILPOINT"] = failpoint
    if UNDER == "sanitizer":
        os.makedirs(LOGS, exist_ok=True)
        environment["ASAN_OPTIONS"] = f"log_path={LOGS}/asan:exitcode=99"
        environment["UBSAN_OPTIONS"] = f"log_path={LOGS}/ubsan:exitcode=99"
    return environment


def cgroup_available():
    try:
        path = os.path.join(UNIFIED, "holdfast-check-" + secrets.token_hex(4))
        os.mkdir(path)
        usable = os.path.exists(os.path.join(path, "cgroup.kill"))
        os.rmdir(path)
        return usable
    except OSError:
        return False


def stat_of(pid):
    """(state, parent, start) of a process, or None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return fields[0], int(fields[1]), int(fields[19])
    except (FileNotFoundError, ProcessLookupError):
        return None


def lives(process):
    """Whether a process of an exit record or of `survivors` (pid and start) still exists."""
    stat = stat_of(process["pid"])
    return stat is not None and stat[2] == process["start"]


def deadline():
    return time.monotonic() + DEADLINE_S


def eventually(condition, what):
    """Polls /proc or a file, for states that no event announces."""
    end = deadline()
    while not condition():
        assert time.monotonic() < end, f"not so after {DEADLINE_S} s: {what}"
        os.sched_yield()


class Client:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(DEADLINE_S)
        # A deep folder does not fit into sun_path: connect relative to it, as the keeper binds.
        here = os.open(".", os.O_RDONLY)
        try:
            os.chdir(os.path.dirname(path))
            self.socket.connect(os.path.basename(path))
        finally:
            os.fchdir(here)
            os.close(here)
        self.lines = self.socket.makefile("r")

    def send(self, line):
        self.socket.sendall(line.encode() + b"\n")

    def next(self):
        """The next object, None at the end."""
        line = self.lines.readline()
        return json.loads(line) if line else None

    def until(self, wanted):
        """The first object that `wanted` accepts; fails at the end of the stream."""
        seen = []
        while (thing := self.next()) is not None:
            seen.append(thing)
            if wanted(thing):
                return thing
        raise AssertionError(f"the keeper closed before that; it said {seen}")

    def ask(self, line):
        self.send(line)
        return self.until(lambda thing: thing["t"] in ("ok", "error"))

    def silent_for(self, seconds):
        return not select.select([self.socket], [], [], seconds)[0]

    def close(self):
        self.lines.close()
        self.socket.close()


class Attempt:
    """A launch that can be changed until start()."""

    def __init__(self, *args, folder=None, cgroup=False, failpoint=None, env=None, cwd="/", **keys):
        self.uuid = str(uuid.uuid4())
        self.nonce = secrets.token_hex(16)
        self.made_folder = folder is None
        self.folder = folder or tempfile.mkdtemp(prefix="holdfast-keeper-check-")
        self.outside = tempfile.mkdtemp(prefix="holdfast-keeper-outside-")
        self.told_path = os.path.join(self.outside, "told")
        os.mkfifo(self.told_path)
        # A payload waits in `read x < $OUTSIDE/go` until go(), in `read x < $OUTSIDE/never` for ever.
        os.mkfifo(os.path.join(self.outside, "go"))
        os.mkfifo(os.path.join(self.outside, "never"))
        # Open for reading and writing: open never blocks, and no writer gets EPIPE.
        self.told_fd = os.open(self.told_path, os.O_RDWR)
        self.cgroup = None
        if cgroup:
            self.cgroup = os.path.join(UNIFIED, "holdfast-check-" + self.uuid)
            os.mkdir(self.cgroup)
        self.failpoint = failpoint
        self.args = args
        self.env = {"PATH": os.environ["PATH"], "TOLD": self.told_path, "OUTSIDE": self.outside,
                    "FIXTURES": FIXTURES, "HOLDFAST_ATTEMPT": self.uuid, **(env or {})}
        self.cwd = cwd
        self.keys = keys
        self.keeper = None
        self.clients = []
        self.answer = None

    # the launch message

    def strings(self):
        yield "holdfast-launch=1"
        yield f"attempt={self.uuid}"
        yield f"folder={self.folder}"
        yield f"nonce={self.nonce}"
        yield f"cwd={self.cwd}"
        for arg in self.args:
            yield f"arg={arg}"
        for name, value in self.env.items():
            yield f"env={name}={value}"
        if self.cgroup:
            yield f"cgroup={self.cgroup}"
        for key, value in self.keys.items():
            for one in value if isinstance(value, list) else [value]:
                yield f"{key}={one}"
        yield "end="

    def message(self):
        return b"".join(string.encode() + b"\0" for string in self.strings())

    # the keeper

    def launch(self, preexec=None):
        """Starts the keeper without waiting for its answer."""
        self.keeper = subprocess.Popen(keeper_command("run"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, env=keeper_environment(self.failpoint),
                                       start_new_session=True, preexec_fn=preexec)
        self.keeper.stdin.write(self.message())
        self.keeper.stdin.close()
        return self

    def read_answer(self):
        self.answer = self.keeper.stdout.readline().decode().split()
        return self.answer

    def start(self, preexec=None):
        self.launch(preexec)
        answer = self.read_answer()
        assert answer[:1] == ["ready"], f"answered {answer}, keeper.log: {self.read('keeper.log')}"
        return self

    def told(self):
        """One line that the payload wrote to $TOLD."""
        end = deadline()
        line = b""
        while not line.endswith(b"\n"):
            readable, _, _ = select.select([self.told_fd], [], [], end - time.monotonic())
            assert readable, "the payload said nothing"
            line += os.read(self.told_fd, 1)
        return line.decode().strip()

    def go(self):
        with open(os.path.join(self.outside, "go"), "w") as file:
            file.write("\n")

    def client(self, hello=True):
        client = Client(os.path.join(self.folder, "keeper.sock"))
        self.clients.append(client)
        if hello:
            client.send(f"hello 1 {self.nonce}")
            first = client.next()
            assert first is not None and first["t"] == "status", first
            client.greeting = first
        return client

    def keeper_stopped(self):
        """Waits until the keeper has stopped itself at a `stall` failpoint."""
        result = os.waitid(os.P_PID, self.keeper.pid, os.WSTOPPED | os.WNOWAIT)
        assert result is not None

    def wait(self):
        """The keeper's exit status."""
        return self.keeper.wait(DEADLINE_S)

    def end(self):
        """Waits for the keeper to leave and returns its exit record."""
        status = self.wait()
        assert status == 0, f"the keeper left with {status}; keeper.log: {self.read('keeper.log')}"
        return self.exit_record()

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        try:
            with open(self.path(name)) as file:
                return file.read()
        except OSError as error:
            return repr(error)

    def exit_record(self):
        return json.loads(self.read("exit.json"))

    def claim(self):
        return json.loads(self.read("keeper.json"))

    def ran(self):
        """Whether a payload that starts with `echo ran > $OUTSIDE/ran` executed anything."""
        return os.path.exists(os.path.join(self.outside, "ran"))

    def close_clients(self):
        for client in self.clients:
            client.close()
        self.clients.clear()

    def close(self):
        self.close_clients()
        if self.keeper is not None:
            if self.keeper.poll() is None:
                self.keeper.send_signal(signal.SIGCONT)
                self.keeper.kill()
                self.keeper.wait()
            self.keeper.stdout.close()
        os.close(self.told_fd)
        shutil.rmtree(self.outside, ignore_errors=True)
        if self.made_folder:
            shutil.rmtree(self.folder, ignore_errors=True)
        if self.cgroup and os.path.isdir(self.cgroup):
            with contextlib.suppress(OSError):
                os.rmdir(self.cgroup)
