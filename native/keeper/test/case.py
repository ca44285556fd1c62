"""The base of all cases: attempts that are closed, and the proof that no process is left.

The check is a subreaper, so whatever a keeper fails to end becomes its child, however deep it was
forked. A case that leaves a child fails; the child is ended by the check as its own, by pid.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
import unittest

from attempt import UNDER, Attempt, cgroup_available

PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

HAS_CGROUP = cgroup_available()
IS_ROOT = os.geteuid() == 0


def children():
    with open(f"/proc/self/task/{os.getpid()}/children") as file:
        return [int(pid) for pid in file.read().split()]


def end_children():
    """Ends and reaps what is left; returns how many lived."""
    found = 0
    while True:
        try:
            result = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG)
        except ChildProcessError:
            return found
        if result is not None:
            continue
        for pid in children():
            found += 1
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


class KeeperCase(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.assertEqual(end_children(), 0, "an earlier case left processes")

    def attempt(self, *args, **keys):
        attempt = Attempt(*args, **keys)
        self.addCleanup(attempt.close)
        return attempt

    def shell(self, script, **keys):
        return self.attempt("sh", "-c", script, **keys)

    def tearDown(self):
        # Cleanups run after tearDown: processes are counted before anything is torn down by force.
        self.addCleanup(end_children)
        self.assert_no_process_left()

    def assert_no_process_left(self):
        """Every descendant of the check is gone, or ends within a second without a signal."""
        end = time.monotonic() + (10 if UNDER else 1)
        while True:
            left = [pid for pid in children() if not self.reap(pid)]
            if not left or time.monotonic() > end:
                break
            time.sleep(0.001)
        names = [subprocess.run(["ps", "-o", "pid,stat,args", "-p", str(pid)], capture_output=True, text=True).stdout
                 for pid in left]
        self.assertEqual(left, [], f"left behind: {names}")

    @staticmethod
    def reap(pid):
        try:
            return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG) is not None
        except ChildProcessError:
            return True


class Tiers:
    """Mixed into cases that must hold in every tier of containment."""

    cgroup = False
    failpoint = None
    # Cases in which a process that is no child of the keeper must hear another signal than KILL.
    needs_pidfd = False

    def tier(self, *args, **keys):
        points = ",".join(point for point in (self.failpoint, keys.pop("failpoint", None)) if point)
        return self.attempt(*args, cgroup=self.cgroup, failpoint=points or None, **keys)

    def tier_shell(self, script, **keys):
        return self.tier("sh", "-c", script, **keys)


TIERS = {
    "InCgroup": dict(cgroup=True),
    "WithoutCgroup": dict(),
    # CONFIG_PROC_CHILDREN missing: parents are read from all of /proc
    "WithoutChildrenFile": dict(failpoint="children_file:errno=ENOENT"),
    # before Linux 5.3: only the keeper's own children may be signalled, generation by generation
    "WithoutPidfd": dict(failpoint="pidfd:errno=ENOSYS"),
}


def in_tiers(*names):
    """Makes one class per tier out of a class of cases, beside it in its module."""

    def make(case):
        for name in names:
            made = type(case.__name__ + name, (case, KeeperCase), {"__doc__": case.__doc__, **TIERS[name]})
            if case.needs_pidfd and UNDER == "valgrind":
                made = unittest.skip("valgrind does not know pidfd_open")(made)
            if name == "InCgroup" and not HAS_CGROUP:
                made = unittest.skip("no cgroup of version 2 may be made here")(made)
            made.__module__ = case.__module__
            setattr(sys.modules[case.__module__], made.__name__, made)
        return case

    return make
