"""Pausing freezes every process; a stop thaws them, or kills them frozen."""

import os

from attempt import stat_of
from case import Tiers, in_tiers

FAMILY = "sleep 1000 & (setsid sleep 1000 & echo up > $TOLD); read x < $OUTSIDE/go; exit 3"


@in_tiers("InCgroup", "WithoutCgroup", "WithoutChildrenFile")
class Pausing(Tiers):
    needs_pidfd = True

    def paused(self, **keys):
        attempt = self.tier_shell(FAMILY, **keys).start()
        attempt.told()
        client = attempt.client()
        self.assertEqual(client.ask("pause"), {"t": "ok", "command": "pause"})
        client.until(lambda thing: thing["t"] == "status" and thing["paused"])
        return attempt, client

    def test_no_process_runs(self):
        attempt, client = self.paused()
        if self.cgroup:
            with open(os.path.join(attempt.cgroup, "cgroup.events")) as file:
                self.assertIn("frozen 1", file.read())
        else:
            pid = attempt.claim()["payload"]["pid"]
            self.assertEqual(stat_of(pid)[0], "T")
        client.ask("stop cancel 0")
        attempt.end()

    def test_a_process_without_main_thread_is_paused_too(self):
        attempt = self.tier_shell("exec $FIXTURES/dead-leader $TOLD").start()
        attempt.told()
        client = attempt.client()
        client.ask("pause")
        client.until(lambda thing: thing["t"] == "status" and thing["paused"])
        client.ask("stop cancel 0")
        self.assertEqual(attempt.end()["ended"]["kill"], 1)

    def test_it_continues(self):
        attempt, client = self.paused()
        self.assertEqual(client.ask("resume"), {"t": "ok", "command": "resume"})
        attempt.go()
        record = attempt.end()
        self.assertEqual((record["reason"], record["main"]["code"]), ("exited", 3))

    def test_twice_is_once(self):
        attempt, client = self.paused()
        self.assertEqual(client.ask("pause")["t"], "ok")
        self.assertEqual(client.ask("resume")["t"], "ok")
        self.assertEqual(client.ask("resume")["t"], "ok")
        client.ask("stop cancel")
        attempt.end()

    def test_a_stop_thaws_so_that_term_is_heard(self):
        attempt, client = self.paused()
        client.ask("stop cancel")
        record = attempt.end()
        self.assertEqual((record["main"]["signal"], record["ended"]["kill"]), (15, 0))

    def test_killed_while_paused(self):
        attempt, client = self.paused()
        client.ask("stop cancel 0")
        record = attempt.end()
        self.assertEqual((record["main"]["signal"], record["ended"]["term"]), (9, 0))
        self.assertGreaterEqual(record["ended"]["kill"], 3)

    def test_not_while_stopping(self):
        attempt = self.tier_shell("trap '' TERM; echo up > $TOLD; read x < $OUTSIDE/never", grace_ms=600_000).start()
        attempt.told()
        client = attempt.client()
        client.ask("stop cancel")
        for command in ("pause", "resume"):
            self.assertEqual(client.ask(command)["code"], "not_running")
        client.ask("stop cancel 0")
        attempt.end()
