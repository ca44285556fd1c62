"""Of several stop requests the keeper alone decides when KILL comes."""

import signal
import time
import unittest

from attempt import eventually
from case import KeeperCase

IGNORES_TERM = "trap '' TERM; echo up > $TOLD; while :; do sleep 1000; done"


class StopRequests(KeeperCase):
    def setUp(self):
        super().setUp()
        self.running = self.shell(IGNORES_TERM).start()
        self.running.told()
        self.client = self.running.client()

    def tearDown(self):
        if self.running.keeper.poll() is None:
            self.running.client().ask("stop cancel 0")
            self.running.end()
        super().tearDown()

    def asked(self, *args):
        """The keeper's answer and its status after it."""
        answer = self.client.ask(" ".join(("stop", *args)))
        # Statuses that the request caused come before this answer.
        self.client.send("lease")
        self.client.until(lambda thing: thing == {"t": "ok", "command": "lease"})
        self.client.send("status")
        return answer, self.client.until(lambda thing: thing["t"] == "status")

    def test_the_earliest_kill_counts(self):
        _, status = self.asked("cancel", "60000")
        self.assertTrue(50_000 < status["kill_in_ms"] <= 60_000, status)
        _, status = self.asked("cancel", "600000")
        self.assertLessEqual(status["kill_in_ms"], 60_000)
        _, status = self.asked("cancel", "30000")
        self.assertLessEqual(status["kill_in_ms"], 30_000)
        self.client.ask("stop cancel 0")
        self.assertEqual(self.running.end()["main"]["signal"], 9)

    def test_a_short_grace_after_a_longer_one_does_not_keep_a_kill_away(self):
        for args in (("cancel", "60000", "1"), ("cancel", "12000", "2", "prolong"), ("cancel", "0", "3")):
            self.assertEqual(self.client.ask(" ".join(("stop", *args)))["t"], "ok")
        record = self.running.end()
        self.assertEqual((record["main"]["signal"], record["grace_ms"]), (9, 0))

    def test_prolong_sets_the_kill_later_and_earlier(self):
        self.asked("cancel", "60000", "1")
        answer, status = self.asked("cancel", "600000", "2", "prolong")
        self.assertEqual(answer, {"t": "ok", "command": "stop"})
        self.assertTrue(500_000 < status["kill_in_ms"] <= 600_000, status)
        _, status = self.asked("cancel", "90000", "3", "prolong")
        self.assertTrue(80_000 < status["kill_in_ms"] <= 90_000, status)
        self.assertEqual(status["stops_heard"], 3)

    def test_prolong_begins_a_stop_where_there_is_none(self):
        answer, status = self.asked("cancel", "60000", "1", "prolong")
        self.assertEqual((answer["t"], status["phase"], status["reason"]), ("ok", "terminating", "cancel"))

    def test_a_number_that_was_heard_changes_nothing(self):
        self.asked("cancel", "60000", "4")
        for args in (("cancel", "1", "4"), ("cancel", "600000", "3", "prolong"), ("cancel", "0", "1")):
            answer, status = self.asked(*args)
            self.assertEqual(answer, {"t": "ok", "command": "stop"})
            self.assertTrue(50_000 < status["kill_in_ms"] <= 60_000, status)
            self.assertEqual(status["stops_heard"], 4)

    def test_a_shutdown_is_not_prolonged_but_cut_short(self):
        self.asked("cancel", "60000", "1")
        self.asked("shutdown", "50000", "2")
        answer, status = self.asked("cancel", "600000", "3", "prolong")
        self.assertEqual((answer["t"], answer["code"]), ("error", "not_prolonged"))
        self.assertLessEqual(status["kill_in_ms"], 50_000)
        self.assertEqual(status["reason"], "cancel")
        answer, status = self.asked("cancel", "20000", "4", "prolong")
        self.assertEqual(answer["t"], "ok")
        self.assertLessEqual(status["kill_in_ms"], 20_000)

    def test_the_keepers_own_sigterm_is_a_shutdown(self):
        self.asked("cancel", "60000", "1")
        self.running.keeper.send_signal(signal.SIGTERM)
        eventually(lambda: self.client.ask("stop cancel 600000 0 prolong")["t"] == "error", "the keeper to hear SIGTERM")

    def test_nothing_is_prolonged_after_kill(self):
        stalled = self.attempt("sh", "-c", IGNORES_TERM, failpoint="kill_sent:stall").start()
        stalled.told()
        client = stalled.client()
        client.send("stop cancel 0")
        stalled.keeper_stopped()
        client.send("stop cancel 600000 1 prolong")
        stalled.keeper.send_signal(signal.SIGCONT)
        client.until(lambda thing: thing["t"] in ("error", "ended"))
        self.assertEqual(stalled.end()["main"]["signal"], 9)


class Grace(KeeperCase):
    def test_it_is_counted_from_the_first_signal(self):
        grace_ms = 40
        attempt = self.attempt("sh", "-c", IGNORES_TERM, failpoint="stop_wanted:stall").start()
        attempt.told()
        attempt.client().send(f"stop cancel {grace_ms}")
        attempt.keeper_stopped()
        over = time.monotonic() + 2 * grace_ms / 1000
        eventually(lambda: time.monotonic() > over, "the grace to be over as counted from the request")
        attempt.keeper.send_signal(signal.SIGCONT)
        times = attempt.end()["times"]
        # Wall clock, in whole milliseconds, read a moment apart.
        self.assertGreaterEqual(times["kill_ms"] - times["term_ms"], grace_ms - 2)


if __name__ == "__main__":
    unittest.main()
