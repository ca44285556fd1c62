"""The keeper enforces the time limit and the lease, also when no server runs."""

import time

from attempt import deadline
from case import KeeperCase

FOREVER = "echo up > $TOLD; exec sleep 1000"


class TimeLimit(KeeperCase):
    """An attempt that runs longer than its limit is stopped with reason time_limit."""

    def test_it_stops_the_attempt(self):
        record = self.shell(FOREVER, limit_ms=80).start().end()
        times = record["times"]
        self.assertEqual((record["reason"], record["main"]["signal"]), ("time_limit", 15))
        self.assertGreaterEqual(times["stop_ms"] - times["exec_ms"], 60)

    def test_an_attempt_that_ends_in_time_is_not_stopped(self):
        self.assertEqual(self.shell("exit 2", limit_ms=60_000).start().end()["reason"], "exited")

    def test_the_grace_of_the_launch_follows(self):
        record = self.shell("trap '' TERM; echo up > $TOLD; read x < $OUTSIDE/never", limit_ms=500, grace_ms=40).start().end()
        self.assertEqual((record["reason"], record["grace_ms"], record["main"]["signal"]), ("time_limit", 40, 9))
        self.assertGreaterEqual(record["times"]["kill_ms"] - record["times"]["stop_ms"], 20)

    def test_paused_time_does_not_count(self):
        attempt = self.shell(FOREVER, limit_ms=150).start()
        attempt.told()
        client = attempt.client()
        client.ask("pause")
        client.until(lambda thing: thing["t"] == "status" and thing["paused"])
        self.assertTrue(client.silent_for(0.3), "stopped while paused")
        client.ask("resume")
        record = attempt.end()
        self.assertEqual(record["reason"], "time_limit")
        self.assertGreaterEqual(record["paused_ms"], 299)
        self.assertGreaterEqual(record["times"]["stop_ms"] - record["times"]["exec_ms"], 150 + 299)

    def test_it_holds_for_leftovers_that_are_waited_for(self):
        record = self.shell("sleep 1000 & exit 0", limit_ms=600, leftovers="wait").start().end()
        self.assertEqual((record["reason"], record["ended"]["term"]), ("exited", 1))


class Lease(KeeperCase):
    """With a lease an attempt ends when no server has sent a command for that time."""

    def test_no_client_ever_connects(self):
        record = self.shell(FOREVER, lease_ms=60).start().end()
        self.assertEqual(record["reason"], "lease")

    def test_it_runs_during_a_pause(self):
        attempt = self.shell(FOREVER, lease_ms=300).start()
        attempt.told()
        client = attempt.client()
        client.ask("pause")
        client.until(lambda thing: thing["t"] == "status" and thing["paused"])
        record = attempt.end()
        self.assertEqual((record["reason"], record["pauses"][0]["end"]), ("lease", "stop"))

    def test_every_command_renews_it(self):
        attempt = self.shell(FOREVER, lease_ms=2000).start()
        attempt.told()
        client = attempt.client()
        for command in ("lease", "status", "lease", "status", "lease"):
            self.assertTrue(client.silent_for(0.5), "stopped although a server was heard")
            client.send(command)
            client.next()
        client.close()
        attempt.clients.clear()
        record = attempt.end()
        self.assertEqual(record["reason"], "lease")
        self.assertGreaterEqual(record["times"]["stop_ms"] - record["times"]["exec_ms"], 2500 + 1900)

    def test_a_client_without_the_nonce_does_not_renew_it(self):
        attempt = self.shell(FOREVER, lease_ms=300).start()
        attempt.told()
        end = deadline()
        # Again and again until the lease has ended the job: were it renewed, that would never be.
        while attempt.keeper.poll() is None:
            self.assertLess(time.monotonic(), end, "a client without the nonce renews the lease")
            try:
                stranger = attempt.client(hello=False)
                stranger.silent_for(0.01)
                stranger.send("hello 1 " + "0" * 32)
                stranger.silent_for(0.01)
            except OSError:
                continue  # The keeper has left.
            finally:
                while attempt.clients:
                    attempt.clients.pop().close()
        self.assertEqual(attempt.end()["reason"], "lease")
