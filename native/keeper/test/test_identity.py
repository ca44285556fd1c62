"""A signal reaches the intended process, or none."""

import os
import signal
import subprocess
import sys
import unittest

from attempt import DEADLINE_S, UNDER, eventually, keeper_command, keeper_environment, stat_of
from case import IS_ROOT, KeeperCase

NOBODY = 65534


def boot_id():
    with open("/proc/sys/kernel/random/boot_id") as file:
        return file.read().strip()


def keeper(*args, stdin="", **keys):
    return subprocess.run(keeper_command(*args), input=stdin, capture_output=True, text=True,
                          env=keeper_environment(), timeout=DEADLINE_S, **keys)


def identify(pid):
    return keeper("identify", str(pid)).stdout.split()


def where_proc_hides(*words):
    """As an ordinary user whose /proc has no process of another user."""
    hidden = 'mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"'
    return ["unshare", "--mount", "sh", "-c", hidden, "sh", *keeper_command(*words)]


@unittest.skipIf(UNDER == "valgrind", "valgrind does not know pidfd_open")
class Sleeper(KeeperCase):
    def setUp(self):
        super().setUp()
        self.sleeper = subprocess.Popen(["sleep", "1000"])
        self.pid = str(self.sleeper.pid)
        _, self.start, self.inode, self.session = identify(self.pid)

    def tearDown(self):
        self.sleeper.kill()
        self.sleeper.wait()
        super().tearDown()

    def one(self, *more, boot=None):
        return keeper("signal", "--boot", boot or boot_id(), "--pid", self.pid, *more).returncode

    def lines(self, *lines, boot=None):
        return keeper("signal", "--boot", boot or boot_id(), stdin="".join(line + "\n" for line in lines)).stdout.splitlines()


class Identify(Sleeper):
    def test_one_line_per_pid(self):
        self.assertEqual(int(self.start), stat_of(int(self.pid))[2])
        self.assertEqual(int(self.session), os.getsid(int(self.pid)))
        answer = keeper("identify", self.pid, "4194399").stdout.splitlines()
        self.assertEqual(answer, [f"{self.pid} {self.start} {self.inode} {self.session}", "4194399 gone"])

    def test_pids_from_standard_input(self):
        self.assertEqual(keeper("identify", stdin=f"{self.pid}\n4194399").stdout.splitlines()[1], "4194399 gone")

    def test_a_text_that_is_not_a_pid_is_gone(self):
        self.assertEqual(keeper("identify", "-1", "0", "x").stdout, "0 gone\n0 gone\n0 gone\n")

    @unittest.skipUnless(IS_ROOT, "only root can mount proc")
    def test_a_process_that_proc_hides_is_unknown(self):
        answer = subprocess.run(where_proc_hides("identify", self.pid, "4194399"), capture_output=True, text=True,
                                env=keeper_environment(), timeout=DEADLINE_S).stdout.splitlines()
        self.assertEqual(answer, [f"{self.pid} unknown {self.inode}", "4194399 gone"])


class Signals(Sleeper):
    def test_sent(self):
        self.assertEqual(self.one("--start", self.start, "--inode", self.inode, "--signal", "KILL"), 0)
        self.assertEqual(self.sleeper.wait(), -signal.SIGKILL)

    def test_term_is_the_default(self):
        self.assertEqual(self.one("--start", self.start), 0)
        self.assertEqual(self.sleeper.wait(), -signal.SIGTERM)

    def test_changed_by_start(self):
        self.assertEqual(self.one("--start", str(int(self.start) - 1), "--signal", "KILL"), 4)
        self.assertIsNone(self.sleeper.poll())

    def test_changed_by_inode(self):
        if self.inode == "0":
            self.skipTest("this kernel has no pidfs")
        self.assertEqual(self.one("--start", self.start, "--inode", str(int(self.inode) + 1), "--signal", "9"), 4)
        self.assertIsNone(self.sleeper.poll())

    def test_a_process_of_another_boot_is_gone(self):
        other = "00000000-0000-4000-8000-000000000000"
        self.assertEqual(self.one("--start", self.start, "--signal", "KILL", boot=other), 3)
        self.assertEqual(self.lines(f"{self.pid} {self.start} {self.inode} 9", boot=other), [f"{self.pid} gone"])
        self.assertIsNone(self.sleeper.poll())

    def test_a_zombie_is_gone(self):
        self.sleeper.kill()
        eventually(lambda: stat_of(int(self.pid))[0] == "Z", "the sleeper is a zombie")
        self.assertEqual(self.one("--start", self.start, "--signal", "0"), 3)

    def test_many_in_order(self):
        answers = self.lines(f"{self.pid} {self.start} {self.inode} 0", f"{self.pid} 1 0 9", "4194399 1 0 9", "nonsense",
                             f"{self.pid} {self.start} 0 999", f"{self.pid} {self.start} 0 15")
        self.assertEqual(answers, [f"{self.pid} sent", f"{self.pid} changed", "4194399 gone", "0 error EINVAL",
                                   f"{self.pid} error EINVAL", f"{self.pid} sent"])
        self.assertEqual(self.sleeper.wait(), -signal.SIGTERM)

    @unittest.skipUnless(IS_ROOT, "only root can mount proc")
    def test_a_process_that_proc_hides_is_not_gone(self):
        command = where_proc_hides("signal", "--boot", boot_id())

        def answers(*identities):
            lines = "".join(f"{pid} {start} {inode} 0\n" for pid, start, inode in identities)
            return subprocess.run(command, input=lines, capture_output=True, text=True, env=keeper_environment(),
                                  timeout=DEADLINE_S).stdout.splitlines()

        self.assertEqual(answers((self.pid, self.start, 0), (4194399, 1, 0)), [f"{self.pid} error EACCES", "4194399 gone"])
        if self.inode != "0":
            self.assertEqual(answers((self.pid, self.start, self.inode)), [f"{self.pid} denied"])
            self.assertEqual(answers((self.pid, self.start, int(self.inode) + 1)), [f"{self.pid} changed"])

    @unittest.skipUnless(IS_ROOT, "only root can become another user")
    def test_denied(self):
        become = dict(user=NOBODY, group=NOBODY, extra_groups=[])
        answer = keeper("signal", "--boot", boot_id(), stdin=f"{self.pid} {self.start} 0 15\n", **become)
        self.assertEqual(answer.stdout, f"{self.pid} denied\n")
        self.assertEqual(keeper("signal", "--boot", boot_id(), "--pid", self.pid, "--start", self.start,
                                **become).returncode, 5)
        self.assertIsNone(self.sleeper.poll())

    def test_wrong_arguments(self):
        for args in (["signal"], ["signal", "--boot"], ["signal", "--boot", "x", "--pid", "1"],
                      ["signal", "--boot", "x", "--start", "1"], ["signal", "--boot", "x", "--pid", "x", "--start", "1"],
                      ["run", "now"], ["spawner", "now"], [], ["nonsense"]):
            self.assertEqual(keeper(*args).returncode, 2, args)


# Run as pid 1 of a new PID namespace, where no other process takes pids.
REUSE = """
import os, subprocess, sys
keeper, boot = sys.argv[1:-1], sys.argv[-1]

def child():
    pid = os.fork()
    if pid == 0:
        os.execvp("sleep", ["sleep", "1000"])
    return pid

def run(*args):
    return subprocess.run([*keeper, *args], capture_output=True, text=True)

same_start = 0
for _ in range(20):
    with open("/proc/sys/kernel/ns_last_pid", "w") as file:
        file.write("5000")
    first = child()
    _, start, inode, _ = run("identify", str(first)).stdout.split()
    os.kill(first, 9)
    os.waitpid(first, 0)
    with open("/proc/sys/kernel/ns_last_pid", "w") as file:
        file.write("5000")
    second = child()
    assert second == first, (first, second)
    later = run("identify", str(second)).stdout.split()
    same_start += later[1] == start
    args = ["signal", "--boot", boot, "--pid", str(first), "--start", start, "--signal", "KILL"]
    if inode != "0":
        args += ["--inode", inode]
    if inode != "0" or later[1] != start:
        assert run(*args).returncode == 4, "another process was taken for the first"
    os.kill(second, 0)
    assert os.waitpid(second, os.WNOHANG) == (0, 0), "another process was killed"
    os.kill(second, 9)
    os.waitpid(second, 0)
print("ok", same_start)
"""


@unittest.skipIf(UNDER == "valgrind", "valgrind does not know pidfd_open")
@unittest.skipUnless(IS_ROOT, "needs root for a pid namespace and ns_last_pid")
class ReusedPid(KeeperCase):
    def test_the_successor_is_not_signalled(self):
        ran = subprocess.run(["unshare", "--fork", "--pid", "--mount-proc", sys.executable, "-c", REUSE,
                              *keeper_command(), boot_id()], capture_output=True, text=True, timeout=DEADLINE_S * 4,
                             env=keeper_environment())
        self.assertEqual(ran.stdout.split()[:1], ["ok"], ran.stderr)
