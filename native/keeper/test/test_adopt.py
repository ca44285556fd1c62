"""Limits, stop and record of a tree that the keeper did not start, as far as they are possible."""

import os
import signal
import subprocess
import threading
import unittest

from attempt import DEADLINE_S, eventually, keeper_command, stat_of
from case import KeeperCase

TREE = "sleep 600 & echo $!; wait"


def lives(process):
    """The check is a subreaper: a foreign child that has ended may wait for it as a zombie."""
    stat = stat_of(process["pid"])
    return stat is not None and stat[2] == process["start"] and stat[0] != "Z"


class Foreign:
    """A tree that the keeper did not start: a child of the check, which reaps its root as a parent does."""

    def __init__(self, script=TREE):
        self.process = subprocess.Popen(["sh", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        start_new_session=True)
        self.child = int(self.process.stdout.readline())
        self.pid = self.process.pid
        self.start = stat_of(self.pid)[2]
        self.child_identity = {"pid": self.child, "start": stat_of(self.child)[2]}
        self.reaper = threading.Thread(target=self.process.wait)
        self.reaper.start()

    def lives(self):
        return self.process.returncode is None

    def key(self):
        return f"{self.pid}:{self.start}:0"

    def end(self):
        # By pidfd and start time: the root may have ended and its pid be another's.
        for pid, start in ((self.pid, self.start), (self.child, self.child_identity["start"])):
            try:
                pidfd = os.pidfd_open(pid)
            except ProcessLookupError:
                continue
            stat = stat_of(pid)
            if stat is not None and stat[2] == start:
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
            os.close(pidfd)
        self.reaper.join(DEADLINE_S)
        self.process.stdin.close()
        self.process.stdout.close()


class Adopt(KeeperCase):
    def setUp(self):
        super().setUp()
        self.foreigners = []

    def tearDown(self):
        for foreigner in self.foreigners:
            foreigner.end()
        super().tearDown()

    def foreign(self, *args):
        foreigner = Foreign(*args)
        self.foreigners.append(foreigner)
        return foreigner

    def adopting(self, foreigner, **keys):
        follow = [keeper_command("follow")[0], "follow", str(foreigner.pid), str(foreigner.start), "0"]
        return self.attempt(*follow, adopt=foreigner.key(), **keys).start()

    def ends(self, record):
        return {one["pid"]: one["how"] for one in record["processes"]}

    def test_a_stop_reaches_the_root_and_its_child_and_the_record_has_both(self):
        foreigner = self.foreign()
        attempt = self.adopting(foreigner)
        attempt.client().ask("stop cancel")
        record = attempt.end()
        self.assertFalse(lives(foreigner.child_identity))
        self.assertFalse(foreigner.lives())
        ends = self.ends(record)
        self.assertEqual((ends[foreigner.pid], ends[foreigner.child]), ("term", "term"))
        self.assertEqual(record["reason"], "cancel")

    def test_the_follower_is_not_a_process_of_the_job(self):
        foreigner = self.foreign("trap '' TERM; sleep 600 & echo $!; wait")
        attempt = self.adopting(foreigner)
        client = attempt.client()
        client.ask("stop cancel 60000")
        ours = {foreigner.pid, foreigner.child}
        status = client.until(lambda event: event["t"] == "status" and event["survivors"] != [])
        self.assertLessEqual({one["pid"] for one in status["survivors"]}, ours)
        self.assertLessEqual(status["total"], 2)
        client.ask("stop cancel 0")
        record = attempt.end()
        self.assertEqual(set(self.ends(record)), ours)
        self.assertEqual(sum(record["ended"].values()), 2)
        # What was reaped is the follower alone: its figures are not the job's.
        for key in ("cpu_user_us", "cpu_system_us", "max_rss_bytes"):
            self.assertIsNone(record[key], key)

    def test_a_process_that_ignores_term_is_killed_after_the_grace(self):
        foreigner = self.foreign("trap '' TERM; sleep 600 & echo $!; wait")
        attempt = self.adopting(foreigner, grace_ms=100)
        attempt.client().ask("stop cancel")
        record = attempt.end()
        self.assertFalse(lives(foreigner.child_identity))
        ends = self.ends(record)
        self.assertEqual((ends[foreigner.pid], ends[foreigner.child]), ("kill", "kill"))

    def test_a_stop_at_once_kills(self):
        foreigner = self.foreign()
        attempt = self.adopting(foreigner)
        attempt.client().ask("stop cancel 0")
        record = attempt.end()
        self.assertFalse(lives(foreigner.child_identity))
        self.assertEqual(self.ends(record)[foreigner.child], "kill")

    def test_the_time_limit_is_kept(self):
        foreigner = self.foreign()
        record = self.adopting(foreigner, limit_ms=50).end()
        self.assertEqual(record["reason"], "time_limit")
        self.assertFalse(lives(foreigner.child_identity))

    def test_a_child_that_outlives_the_root_is_a_leftover_and_is_stopped(self):
        foreigner = self.foreign("sleep 600 & echo $!; read x; exit 3")
        attempt = self.adopting(foreigner)
        client = attempt.client()
        # The child is a survivor only once a sample has found it.
        eventually(lambda: client.ask("pause")["t"] == "ok", "the main process runs its program")
        eventually(lambda: stat_of(foreigner.child)[0] == "T", "the child is stopped")
        client.ask("resume")
        foreigner.process.stdin.write(b"\n")
        foreigner.process.stdin.flush()
        record = attempt.end()
        self.assertEqual((record["reason"], record["leftovers"]), ("exited", 1))
        self.assertFalse(lives(foreigner.child_identity))
        # Known where the kernel reports how a process ended that is not a child; never a wrong code.
        self.assertIn(record["main"]["code"], (3, None))

    def test_a_reused_pid_is_not_touched(self):
        foreigner = self.foreign()
        follow = [keeper_command("follow")[0], "follow", str(foreigner.pid), str(foreigner.start - 1), "0"]
        attempt = self.attempt(*follow, adopt=f"{foreigner.pid}:{foreigner.start - 1}:0").start()
        record = attempt.end()
        self.assertTrue(foreigner.lives())
        self.assertIsNone(record["main"]["code"])
        self.assertIsNone(record["main"]["signal"])

    def test_the_claim_names_it(self):
        foreigner = self.foreign()
        attempt = self.adopting(foreigner)
        self.assertEqual(attempt.claim()["adopted"], {"pid": foreigner.pid, "start": foreigner.start, "inode": 0})
        attempt.client().ask("stop cancel")
        attempt.end()


if __name__ == "__main__":
    unittest.main()
