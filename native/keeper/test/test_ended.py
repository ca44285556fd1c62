"""What a record says of each process: two observed moments, and whether any may be missing."""

import os
import signal
import time

from attempt import eventually
from case import Tiers, in_tiers

# `cat` is an orphan, and ends when the main process does.
FORKS_WHEN_TOLD = """
echo up > $TOLD; read x < $OUTSIDE/go; mkfifo $OUTSIDE/held
sh -c 'cat $OUTSIDE/held &'; exec 3> $OUTSIDE/held; echo forked > $TOLD
exec sleep 1000"""
# The shell ends when it has reaped `sleep`; nothing inspects the tree in between.
REAPS_ITS_CHILD = "trap : TERM; sh -c 'echo up > $TOLD; exec sleep 1000'; exit 0"


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
        stood_ms = time.time() * 1000
        eventually(lambda: time.time() * 1000 > stood_ms + 2, "the clock shows another millisecond")
        record = self.go_on(attempt)
        [child] = [process for process in record["processes"] if process["pid"] != record["main"]["pid"]]
        self.assertFalse(child["reaped"])
        self.assertLessEqual(child["alive_ms"], child["at_ms"])
        self.assertLessEqual(child["at_ms"], record["times"]["empty_ms"])
