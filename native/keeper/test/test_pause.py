"""Pausing freezes every process; a stop thaws them, or kills them frozen."""

import os
import signal

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


@in_tiers("InCgroup", "WithoutCgroup")
class ListOfPauses(Tiers):
    """Each pause that was requested is on record, and no other."""

    needs_pidfd = True

    def running(self):
        attempt = self.tier_shell(FAMILY).start()
        attempt.told()
        return attempt, attempt.client()

    def pause(self, client):
        client.ask("pause")
        return client.until(lambda thing: thing["t"] == "status" and thing["paused"])

    def resume(self, client):
        client.ask("resume")
        return client.until(lambda thing: thing["t"] == "status" and not thing["paused"])

    def test_each_has_its_times(self):
        attempt, client = self.running()
        during = self.pause(client)
        self.assertEqual([one["end"] for one in during["pauses"]], [None])
        self.assertIsNone(during["pauses"][0]["ended_ms"])
        after = self.resume(client)
        self.assertEqual([one["end"] for one in after["pauses"]], ["resume"])
        self.pause(client)
        client.ask("stop cancel")
        record = attempt.end()
        first, second = record["pauses"]
        self.assertEqual((first["end"], second["end"], record["pauses_omitted"]), ("resume", "stop", 0))
        for one in (first, second):
            self.assertLessEqual(one["asked_ms"], one["frozen_ms"])
            self.assertLessEqual(one["frozen_ms"], one["ended_ms"])
        self.assertLessEqual(first["ended_ms"], second["asked_ms"])
        self.assertLessEqual(second["ended_ms"], record["times"]["term_ms"])

    def test_a_late_client_gets_the_list(self):
        attempt, client = self.running()
        self.pause(client)
        self.resume(client)
        client.close()
        attempt.clients.clear()
        late = attempt.client()
        self.assertEqual([one["end"] for one in late.greeting["pauses"]], ["resume"])
        late.ask("stop cancel 0")
        attempt.end()

    def test_a_killed_tree_ends_its_pause(self):
        attempt = self.tier_shell("echo up > $TOLD; read x < $OUTSIDE/go").start()
        attempt.told()
        client = attempt.client()
        self.pause(client)
        os.kill(attempt.claim()["payload"]["pid"], signal.SIGKILL)
        record = attempt.end()
        (one,) = record["pauses"]
        self.assertEqual(one["end"], "end")
        self.assertGreaterEqual(one["ended_ms"], record["times"]["empty_ms"])
        self.assertLessEqual(one["frozen_ms"], one["ended_ms"])

    def test_more_than_the_list_holds_are_counted(self):
        attempt, client = self.running()
        for _ in range(33):
            self.pause(client)
            self.resume(client)
        client.ask("stop cancel 0")
        record = attempt.end()
        self.assertEqual((len(record["pauses"]), record["pauses_omitted"]), (32, 1))

    def test_processes_that_another_program_stops_are_not_paused(self):
        attempt, client = self.running()
        pid = attempt.claim()["payload"]["pid"]
        os.kill(pid, signal.SIGSTOP)
        client.send("status")
        status = client.until(lambda thing: thing["t"] == "status")
        self.assertEqual((status["paused"], status["pauses"]), (False, []))
        client.ask("stop cancel 0")
        record = attempt.end()
        self.assertEqual((record["pauses"], record["paused_ms"]), ([], 0))
