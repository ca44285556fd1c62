"""What a record says of each process: two observed moments, and whether any may be missing."""

import ctypes
import os
import signal
import time

from attempt import eventually, stat_of
from case import Tiers, in_tiers

# `cat` is an orphan, and ends when the main process does.
FORKS_WHEN_TOLD = """
echo up > $TOLD; read x < $OUTSIDE/go; mkfifo $OUTSIDE/held
sh -c 'cat $OUTSIDE/held &'; exec 3> $OUTSIDE/held; echo forked > $TOLD
exec sleep 1000"""
# The shell ends when it has reaped `sleep`; nothing inspects the tree in between.
REAPS_ITS_CHILD = "trap : TERM; sh -c 'echo up > $TOLD; exec sleep 1000'; exit 0"

# Two orphans, so children of the keeper: `sleep`, and a process that ends when go() is called.
LEAVES_ORPHANS = "(sleep 1000 & echo $! > $TOLD); (read x < $OUTSIDE/go & echo $! > $TOLD); exec sleep 1000"

PTRACE_ATTACH = 16
ptrace = ctypes.CDLL(None, use_errno=True).ptrace
ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
ptrace.restype = ctypes.c_long


def stop_by_tracing(pid):
    """The test becomes its tracer. While it does not wait for the end of the process, the parent cannot reap it."""
    assert ptrace(PTRACE_ATTACH, pid, None, None) == 0, os.strerror(ctypes.get_errno())
    os.waitpid(pid, 0)


def another_millisecond():
    before_ms = int(time.time() * 1000)
    eventually(lambda: int(time.time() * 1000) > before_ms, "the clock shows another millisecond")


@in_tiers("InCgroup", "WithoutCgroup", "WithoutChildrenFile")
class Ended(Tiers):
    def stopped_at(self, script, failpoint):
        """Starts, stops, and returns when the keeper has stopped itself at the failpoint."""
        attempt = self.tier_shell(script, failpoint=failpoint + ":stall").start()
        attempt.told()
        attempt.client().send("stop cancel")
        attempt.keeper_stopped()
        return attempt

    def go_on(self, attempt):
        os.kill(attempt.keeper.pid, signal.SIGCONT)
        return attempt.end()

    def test_a_tree_that_forks_while_it_is_inspected_may_lack_processes(self):
        attempt = self.stopped_at(FORKS_WHEN_TOLD, "inspected")
        attempt.go()
        self.assertEqual(attempt.told(), "forked")
        self.assertTrue(self.go_on(attempt)["processes_may_lack"])

    def test_a_tree_that_does_not_lacks_none(self):
        attempt = self.stopped_at("sleep 1000 & echo up > $TOLD; wait; :", "inspected")
        record = self.go_on(attempt)
        self.assertFalse(record["processes_may_lack"])
        self.assertEqual(sum(record["ended"].values()), 2)

    def test_nothing_ends_after_nothing_was_left(self):
        attempt = self.stopped_at(REAPS_ITS_CHILD, "empty")
        another_millisecond()
        another_millisecond()
        record = self.go_on(attempt)
        [child] = [process for process in record["processes"] if process["pid"] != record["main"]["pid"]]
        self.assertFalse(child["reaped"])
        self.assertLessEqual(child["alive_ms"], child["at_ms"])
        self.assertLessEqual(child["at_ms"], record["times"]["empty_ms"])

    def test_a_child_whose_end_its_tracer_withholds_was_not_alive_when_there_was_nothing_to_reap(self):
        attempt = self.tier_shell(LEAVES_ORPHANS).start()
        pid, other = int(attempt.told()), int(attempt.told())
        stop_by_tracing(pid)
        client = attempt.client()
        client.send("status")
        client.next()
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: stat_of(pid)[0] == "Z", "the traced process is a zombie")
        ended_ms = time.time() * 1000
        another_millisecond()
        another_millisecond()
        # The keeper reaps this one, and then finds nothing more to reap.
        attempt.go()
        eventually(lambda: stat_of(other) is None, "the keeper has reaped the other orphan")
        os.waitpid(pid, 0)
        eventually(lambda: stat_of(pid) is None, "the keeper has reaped the traced process")
        client.send("stop cancel 0")
        [process] = [one for one in attempt.end()["processes"] if one["pid"] == pid]
        self.assertTrue(process["reaped"])
        self.assertLessEqual(process["alive_ms"], ended_ms)
