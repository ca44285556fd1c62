"""Signals that mean nothing to a keeper, a spawner or a follower end none of them."""

import os
import signal
import unittest

from attempt import BUILD, DEADLINE_S, UNDER, eventually, stat_of
from case import KeeperCase
from test_spawner import FOREVER, Spawner

ACT_ON_ALL = {signal.SIGKILL, signal.SIGSTOP}
WITHOUT_MEANING = [number for number in range(1, 65) if number not in ACT_ON_ALL]


def status_line(pid, name):
    """None when the process is gone, also where it goes while this reads."""
    try:
        with open(f"/proc/{pid}/status") as file:
            return next(int(line.split()[1], 16) for line in file if line.startswith(name + ":"))
    except (FileNotFoundError, ProcessLookupError):
        return None


def state_of(pid):
    stat = stat_of(pid)
    return "gone" if stat is None else stat[0]


def handled(pid):
    """Nothing waits to be delivered, and the process sleeps or does not live: whatever a signal does it has done."""
    state = state_of(pid)
    return state in ("gone", "Z", "X", "T") or (state == "S" and status_line(pid, "ShdPnd") == 0)


def is_unmoved(pid):
    """It lives and is not stopped; it may have woken up again for work of its own."""
    return state_of(pid) in ("S", "R", "D")


@unittest.skipIf(UNDER, "what watches has signals of its own")
class Signals(Spawner):
    def assert_unmoved(self, pid, numbers):
        for number in numbers:
            with self.subTest(signal=number):
                os.kill(pid, number)
                eventually(lambda: handled(pid), f"signal {number} is taken")
                self.assertTrue(is_unmoved(pid), state_of(pid))

    def test_a_keeper_stops_only_for_term_and_int(self):
        for launch in (self.started, lambda script: self.shell(script).start()):
            attempt = launch(FOREVER)
            attempt.told()
            client = attempt.client()
            pid = attempt.claim()["keeper"]["pid"]
            self.assert_unmoved(pid, [n for n in WITHOUT_MEANING if n not in (signal.SIGTERM, signal.SIGINT)])
            client.send("status")
            status = client.until(lambda thing: thing["t"] == "status")
            self.assertEqual((status["phase"], status["reason"]), ("running", None))
            os.kill(pid, signal.SIGINT)
            self.assertEqual(client.until(lambda thing: thing["t"] == "ended")["exit"]["reason"], "shutdown")
            if attempt.keeper is not None:
                attempt.wait()

    def test_a_spawner_ends_only_for_term(self):
        # It serves: from here on it is set up.
        self.stop(self.started())
        self.assert_unmoved(self.spawner.pid, [n for n in WITHOUT_MEANING if n != signal.SIGTERM])
        self.stop(self.started())
        self.spawner.send_signal(signal.SIGTERM)
        self.assertEqual(self.spawner.wait(DEADLINE_S), -signal.SIGTERM)
        self.spawner.stdin.close()

    def test_a_payload_has_them_all_at_their_defaults(self):
        for launch in (self.started, lambda script: self.shell(script).start()):
            attempt = launch("exec grep -E 'Sig(Blk|Ign)' /proc/self/status")
            eventually(lambda: os.path.exists(attempt.path("exit.json")), "it ended")
            lines = attempt.read("output.log").splitlines()
            self.assertEqual([int(line.split()[1], 16) for line in lines], [0, 0])
            if attempt.keeper is not None:
                attempt.end()


@unittest.skipIf(UNDER, "what watches has signals of its own")
class Follower(KeeperCase):
    def test_goes_when_the_adopted_process_does(self):
        outside = os.posix_spawn("/bin/sleep", ["sleep", "1000"], os.environ)
        self.addCleanup(lambda: stat_of(outside) and os.kill(outside, signal.SIGKILL))
        start = stat_of(outside)[2]
        attempt = self.attempt("follow", adopt=f"{outside}:{start}:0")
        attempt.args = [os.path.join(BUILD, "holdfast-keeper"), "follow",
                        str(outside), str(start), "0"]
        attempt.start()
        pid = attempt.claim()["payload"]["pid"]
        eventually(lambda: status_line(pid, "SigIgn") not in (0, None) and handled(pid), "it follows")
        for number in WITHOUT_MEANING:
            os.kill(pid, number)
            eventually(lambda: handled(pid), f"signal {number} is taken")
            self.assertTrue(is_unmoved(pid), (number, state_of(pid)))
        os.kill(outside, signal.SIGTERM)
        os.waitpid(outside, 0)
        attempt.end()
