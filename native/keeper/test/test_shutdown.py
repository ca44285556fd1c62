"""A machine that shuts down signals a job's processes and their keeper in one pass: that is the reason."""

import contextlib
import os
import signal

from attempt import eventually, stat_of
from case import KeeperCase

# A signal between two waits of a shell is noticed at the next turn of its loop.
DIES_AT_ONCE = "echo up > $TOLD; exec sleep 1000"
EXITS_143 = "trap 'exit 143' TERM; echo up > $TOLD; while :; do sleep 0.05; done"
SAYS_SUCCESS = "trap 'exit 0' TERM; echo up > $TOLD; while :; do sleep 0.05; done"
EXITS_3 = "trap 'exit 3' TERM; echo up > $TOLD; while :; do sleep 0.05; done"
IGNORES_AND_EXITS_3 = """
import os, signal
child = os.fork()
if child == 0:
    signal.pause()
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(os.environ['TOLD'], 'w').write(f'{child}\\n')
os.waitpid(child, 0)
os._exit(3)
"""
BLOCKS_AND_EXITS_3 = """
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
open(os.environ['TOLD'], 'w').write('up\\n')
signal.sigwait([signal.SIGTERM])
os._exit(3)
"""
LEAVES_ONE = "sleep 1000 & echo up > $TOLD; exec sleep 1000"
TIMES = 25


class Shutdown(KeeperCase):
    def running(self, script, **keys):
        attempt = self.shell(script, **keys).start()
        attempt.told()
        pid = attempt.claim()["payload"]["pid"]
        # From `echo` to `exec sleep` it is still the shell, which dies of it as well.
        return attempt, pid

    def record_of(self, attempt):
        record = attempt.end()
        attempt.close_clients()
        return record

    def test_main_was_reaped_late(self):
        """The keeper gets no processor time before both have happened."""
        for script in (DIES_AT_ONCE, EXITS_143, EXITS_3, SAYS_SUCCESS, LEAVES_ONE):
            for keeper_first in (True, False) * 3:
                attempt, pid = self.running(script, grace_ms=100)
                attempt.keeper.send_signal(signal.SIGSTOP)
                os.waitid(os.P_PID, attempt.keeper.pid, os.WSTOPPED)
                for target in (attempt.keeper.pid, pid) if keeper_first else (pid, attempt.keeper.pid):
                    os.kill(target, signal.SIGTERM)
                eventually(lambda: stat_of(pid)[0] == "Z", "the main process has ended")
                attempt.keeper.send_signal(signal.SIGCONT)
                self.assertEqual(self.record_of(attempt)["reason"], "shutdown", (script, keeper_first))

    def test_in_one_pass(self):
        for keeper_first in (True, False) * TIMES:
            attempt, pid = self.running(DIES_AT_ONCE)
            main = os.pidfd_open(pid)
            try:
                if keeper_first:
                    attempt.keeper.send_signal(signal.SIGTERM)
                # The keeper may have been faster.
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(main, signal.SIGTERM)
                if not keeper_first:
                    attempt.keeper.send_signal(signal.SIGTERM)
            finally:
                os.close(main)
            record = self.record_of(attempt)
            self.assertEqual((record["reason"], record["main"]["signal"]), ("shutdown", 15), keeper_first)

    def test_main_was_reaped_before(self):
        """The keeper has seen the end, and its own signal comes after that."""
        for script in (DIES_AT_ONCE, EXITS_143, EXITS_3, SAYS_SUCCESS, LEAVES_ONE):
            for _ in range(3):
                attempt, pid = self.running(script, grace_ms=100)
                os.kill(pid, signal.SIGTERM)
                eventually(lambda: stat_of(pid) is None, "the main process is reaped")
                attempt.keeper.send_signal(signal.SIGTERM)
                record = self.record_of(attempt)
                self.assertEqual(record["reason"], "shutdown", script)
                self.assertEqual(record["leftovers"], 0)

    def test_main_blocked_the_signal_and_was_reaped_before(self):
        attempt = self.attempt("python3", "-c", BLOCKS_AND_EXITS_3).start()
        attempt.told()
        self.assert_shutdown(attempt)

    def test_main_ignored_the_signal_and_was_reaped_before(self):
        """Its child dies of the signal, and its own end follows from that."""
        attempt = self.attempt("python3", "-c", IGNORES_AND_EXITS_3).start()
        self.assert_shutdown(attempt, int(attempt.told()))

    def assert_shutdown(self, attempt, *children):
        pid = attempt.claim()["payload"]["pid"]
        for target in (pid, *children):
            os.kill(target, signal.SIGTERM)
        eventually(lambda: stat_of(pid) is None, "the main process is reaped")
        attempt.keeper.send_signal(signal.SIGTERM)
        record = self.record_of(attempt)
        self.assertEqual((record["reason"], record["main"]["code"]), ("shutdown", 3))

    def test_what_is_waited_for_is_stopped_as_well(self):
        attempt, pid = self.running(LEAVES_ONE, leftovers="wait")
        os.kill(pid, signal.SIGTERM)
        eventually(lambda: stat_of(pid) is None, "the main process is reaped")
        attempt.keeper.send_signal(signal.SIGTERM)
        self.assertEqual(self.record_of(attempt)["reason"], "shutdown")

    def test_a_signal_to_main_alone_is_its_own_end(self):
        attempt, pid = self.running(DIES_AT_ONCE)
        os.kill(pid, signal.SIGTERM)
        record = self.record_of(attempt)
        self.assertEqual((record["reason"], record["main"]["signal"]), ("exited", 15))
        self.assertLess(record["times"]["empty_ms"] - record["times"]["main_ended_ms"], 100,
                        "when nothing lived is not when that was recorded")

    def test_an_end_that_the_signal_does_not_explain_is_not_held_back(self):
        attempt, pid = self.running(DIES_AT_ONCE)
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: stat_of(pid) is None, "the main process is reaped")
        self.assertEqual(self.record_of(attempt)["reason"], "exited")
