"""A stop ends everything, says so only when the kernel does, and keeps the first reason."""

import os
import shutil
import signal
import unittest

from attempt import DEADLINE_S, FIXTURES, UNDER, eventually, lives, stat_of
from case import IS_ROOT, KeeperCase, Tiers, in_tiers

FOREVER = "exec sleep 1000"
IGNORES_TERM = "trap '' TERM; sleep 1000 & echo up > $TOLD; wait; read x < $OUTSIDE/never"


class Stopping(Tiers):
    def stopped(self, attempt, command="stop cancel", ready=1):
        """Starts, waits for `ready` lines of the payload, stops, returns the record."""
        self.last = attempt
        attempt.start()
        for _ in range(ready):
            attempt.told()
        client = attempt.client()
        self.assertEqual(client.ask(command), {"t": "ok", "command": "stop"})
        last = client.until(lambda thing: thing["t"] == "ended")
        self.assertIsNone(client.next(), "ended is the last word")
        record = attempt.end()
        self.assertEqual((last["durable"], last["exit"]), (True, record))
        self.assertEqual(record["proof"], {"echild": True, "populated": 0 if self.cgroup else None})
        for process in record["processes"]:
            self.assertFalse(lives(process), process)
        if attempt.cgroup:
            self.assertFalse(os.path.exists(attempt.cgroup), "the group is removed when it is empty")
        self.assertNotIn("keeper.sock", os.listdir(attempt.folder))
        return record


@in_tiers("InCgroup", "WithoutCgroup", "WithoutChildrenFile")
class Terminate(Stopping):
    """The first signal reaches every process."""

    needs_pidfd = True

    def test_term_is_enough_for_a_process_that_heeds_it(self):
        record = self.stopped(self.tier_shell("sleep 1000 & sleep 1000 & echo up > $TOLD; wait; read x < $OUTSIDE/never"))
        self.assertEqual(record["reason"], "cancel")
        self.assertEqual(record["main"]["signal"], 15)
        self.assertEqual(record["ended"], {"self": 0, "term": 3, "kill": 0, "unknown": 0})
        self.assertIsNone(record["times"]["kill_ms"])

    def test_the_exit_code_of_a_handler_is_kept_beside_the_reason(self):
        record = self.stopped(self.tier_shell("trap 'exit 7' TERM; echo up > $TOLD; read x < $OUTSIDE/never"))
        self.assertEqual((record["reason"], record["main"]["code"]), ("cancel", 7))

    def test_another_first_signal(self):
        record = self.stopped(self.tier_shell("trap 'exit 3' USR1; trap '' TERM; echo up > $TOLD; "
                                              "read x < $OUTSIDE/never", stop_signal=int(signal.SIGUSR1)))
        self.assertEqual(record["main"]["code"], 3)

    def test_a_stopped_process_hears_it_too(self):
        record = self.stopped(self.tier_shell("sleep 1000 & kill -STOP $!; echo up > $TOLD; wait"))
        self.assertEqual(record["ended"]["term"], 2)

    def test_new_sessions_and_scrubbed_environments_do_not_hide(self):
        record = self.stopped(self.tier_shell(
            "(setsid env -i sh -c 'echo up > '$TOLD'; exec sleep 1000' & ); "
            "(setsid sh -c 'setsid sleep 1000 & echo up > $TOLD; exec sleep 1000' &); " + FOREVER), ready=2)
        self.assertEqual(record["reason"], "cancel")
        self.assertGreaterEqual(record["ended"]["term"], 3)
        self.assertEqual(record["ended"]["kill"], 0)

    def test_scope_main_asks_only_the_main_process(self):
        record = self.stopped(self.tier_shell("sh -c 'trap \"exit 9\" TERM; echo up > $TOLD; read x < $OUTSIDE/never' & "
                                              "exec sleep 1000", stop_scope="main", grace_ms=50))
        others = [process["how"] for process in record["processes"] if process["pid"] != record["main"]["pid"]]
        self.assertEqual(record["main"]["signal"], 15)
        self.assertIn("kill", others)
        self.assertNotIn("term", others)


    def others(self, record):
        return [process["how"] for process in record["processes"] if process["pid"] != record["main"]["pid"]]

    def test_scope_main_first_asks_the_others_when_the_main_process_has_ended(self):
        # A shell without a trap ends at once; the program that it ran is to save.
        record = self.stopped(self.tier_shell("sh -c 'trap \"echo saved > $OUTSIDE/ran; exit 9\" TERM; echo up > $TOLD; "
                                              "read x < $OUTSIDE/never' & wait", stop_scope="main-first", grace_ms=60000))
        self.assertEqual(record["main"]["signal"], 15)
        self.assertNotIn("kill", self.others(record))
        self.assertTrue(self.last.ran())

    def test_scope_main_first_lets_the_main_process_use_its_workers(self):
        # The worker answers once more after the main process got its signal.
        record = self.stopped(self.tier_shell(
            "mkfifo $OUTSIDE/ask $OUTSIDE/answer; "
            "sh -c 'while read x; do echo done; done < $OUTSIDE/ask > $OUTSIDE/answer' & "
            "exec 8> $OUTSIDE/ask 9< $OUTSIDE/answer; "
            "trap 'echo step >&8; read x <&9 && echo $x > $OUTSIDE/ran; exit 7' TERM; "
            "echo up > $TOLD; read x < $OUTSIDE/never", stop_scope="main-first", grace_ms=60000))
        self.assertEqual(record["main"]["code"], 7)
        self.assertTrue(self.last.ran())

    def test_scope_main_first_asks_the_others_at_half_of_the_grace_and_the_main_process_once(self):
        # A shell runs its trap at once while it waits for a background command: a second signal would show.
        record = self.stopped(self.tier_shell(
            "trap 'echo x >> $OUTSIDE/ran' TERM; "
            "sh -c 'trap \"exit 9\" TERM; echo up > $TOLD; read x < $OUTSIDE/never' & "
            "while kill -0 $! 2> /dev/null; do wait $!; done; exit 5",
            stop_scope="main-first", grace_ms=2000))
        self.assertEqual(record["main"]["code"], 5)
        self.assertNotIn("kill", self.others(record))
        with open(os.path.join(self.last.outside, "ran")) as file:
            self.assertEqual(file.read(), "x\n")


@in_tiers("InCgroup", "WithoutCgroup", "WithoutChildrenFile", "WithoutPidfd")
class Kill(Stopping):
    """KILL after the grace ends every process that is left, until the kernel reports that none is."""

    def test_ignored_term(self):
        record = self.stopped(self.tier_shell(IGNORES_TERM), "stop cancel 150")
        self.assertEqual(record["main"]["signal"], 9)
        self.assertEqual(record["grace_ms"], 150)
        # The grace runs on the monotonic clock; the record has wall clock times, read a moment apart.
        self.assertGreaterEqual(record["times"]["kill_ms"] - record["times"]["stop_ms"], 100)

    def test_grace_zero_sends_no_term(self):
        record = self.stopped(self.tier_shell(IGNORES_TERM), "stop cancel 0")
        self.assertIsNone(record["times"]["term_ms"])
        self.assertEqual(record["ended"]["term"], 0)

    def test_a_family_side_by_side(self):
        self.assertEqual(self.family("wide")["ended"], {"self": 0, "term": 0, "kill": 40, "unknown": 0})

    def test_a_family_forty_generations_deep(self):
        self.assertEqual(self.family("deep")["ended"], {"self": 0, "term": 0, "kill": 40, "unknown": 0})

    def family(self, shape):
        return self.stopped(self.tier_shell(f"exec $FIXTURES/family 40 {shape} $TOLD"), "stop cancel 0")

    def test_dead_leader(self):
        record = self.stopped(self.tier_shell("exec $FIXTURES/dead-leader $TOLD"), "stop cancel 0")
        self.assertEqual(record["ended"], {"self": 0, "term": 0, "kill": 1, "unknown": 0})

    def test_dead_leader_of_a_grandchild(self):
        record = self.stopped(self.tier_shell("(setsid $FIXTURES/dead-leader $TOLD &); " + FOREVER), "stop cancel 0")
        self.assertEqual(record["ended"]["kill"], 2)

    def test_no_new_process_in_a_group_of_version_1(self):
        folder = "/sys/fs/cgroup/pids"
        if not IS_ROOT or not os.path.isdir(folder):
            self.skipTest("no pids controller of version 1 here")
        group = f"{folder}/holdfast-check-{os.getpid()}"
        os.mkdir(group)
        attempt = self.tier_shell(IGNORES_TERM, cgroup_also=group, failpoint="kill_sent:stall").start()
        attempt.told()
        attempt.client().send("stop cancel 0")
        attempt.keeper_stopped()
        with open(f"{group}/pids.max") as file:
            self.assertEqual(file.read(), "0\n")
        attempt.keeper.send_signal(signal.SIGCONT)
        attempt.end()
        self.assertFalse(os.path.exists(group))

    def test_stopped_processes(self):
        self.stopped(self.tier_shell("setsid sleep 1000 & kill -STOP $!; echo up > $TOLD; kill -STOP $$"), "stop cancel 0")

    @unittest.skipIf(UNDER == "valgrind", "thirty times slower a keeper cannot outrun 24 lineages")
    def test_fork_relay(self):
        # It would run longer than the test waits for a record.
        record = self.stopped(self.tier_shell(f"exec $FIXTURES/fork-relay 24 {DEADLINE_S * 2} $TOLD"), "stop cancel 0")
        self.assertEqual(record["reason"], "cancel")

    def test_a_later_stop_can_only_bring_the_kill_forward(self):
        attempt = self.tier_shell(IGNORES_TERM, grace_ms=600_000).start()
        attempt.told()
        client = attempt.client()
        client.ask("stop cancel")
        client.ask("stop shutdown 900000")
        client.send("status")
        status = client.until(lambda thing: thing["t"] == "status" and thing["phase"] == "terminating")
        self.assertLessEqual(status["kill_in_ms"], 600_000)
        client.ask("stop shutdown 0")
        record = attempt.end()
        self.assertEqual(record["reason"], "cancel")


@in_tiers("InCgroup", "WithoutCgroup", "WithoutChildrenFile")
class Leftovers(Tiers):
    """What the main process leaves behind is stopped, or waited for if that was asked."""

    needs_pidfd = True

    def test_they_are_stopped_and_counted(self):
        attempt = self.tier_shell("setsid sleep 1000 & sleep 1000 & exit 5").start()
        record = attempt.end()
        self.assertEqual((record["reason"], record["main"]["code"], record["leftovers"]), ("exited", 5, 2))
        self.assertEqual(record["ended"], {"self": 1, "term": 2, "kill": 0, "unknown": 0})

    def test_those_that_ignore_term_are_killed_after_the_grace(self):
        attempt = self.tier_shell("(trap '' TERM; echo up > $TOLD; setsid sleep 1000) & read x < $OUTSIDE/go; exit 5",
                                  grace_ms=30)
        attempt.start()
        attempt.told()
        attempt.go()
        record = attempt.end()
        self.assertEqual((record["reason"], record["leftovers"] >= 1, record["ended"]["kill"] >= 1), ("exited", True, True))

    def test_they_are_waited_for(self):
        attempt = self.tier_shell("(echo up > $TOLD; read x < $OUTSIDE/go; exit 9) & exit 5", leftovers="wait")
        attempt.start()
        attempt.told()
        client = attempt.client()
        waiting = client.until(lambda thing: not thing["main"]["alive"]) if client.greeting["main"]["alive"] \
            else client.greeting
        self.assertEqual(waiting["phase"], "running")
        attempt.go()
        record = attempt.end()
        self.assertEqual((record["main"]["code"], record["leftovers"], record["times"]["stop_ms"]), (5, 0, None))
        self.assertEqual(record["ended"]["self"], 2)

    def test_a_main_process_alone_leaves_none(self):
        record = self.tier_shell("sleep 0; exit 0").start().end()
        self.assertEqual((record["leftovers"], record["times"]["stop_ms"], record["ended"]["self"]), (0, None, 1))


class TheFirstReason(KeeperCase):
    """The first reason decides why an attempt ended."""

    def test_a_stop_before_the_exit(self):
        attempt = self.shell("trap 'exit 0' TERM; echo up > $TOLD; read x < $OUTSIDE/never").start()
        attempt.told()
        attempt.client().ask("stop cancel")
        record = attempt.end()
        self.assertEqual((record["reason"], record["main"]["code"]), ("cancel", 0))

    def test_an_exit_before_the_stop_was_heard(self):
        attempt = self.shell("echo $$ > $TOLD; read x < $OUTSIDE/go; exit 4", failpoint="answered:stall")
        attempt.start()
        pid = int(attempt.told())
        attempt.keeper_stopped()
        # The keeper stands still: first the main process ends, then the stop arrives.
        attempt.go()
        eventually(lambda: stat_of(pid)[0] == "Z", "the main process has ended")
        client = attempt.client(hello=False)
        client.send(f"hello 1 {attempt.nonce}")
        client.send("stop cancel")
        attempt.keeper.send_signal(signal.SIGCONT)
        record = attempt.end()
        self.assertEqual((record["reason"], record["main"]["code"]), ("exited", 4))
        self.assertIsNone(record["times"]["stop_ms"], "no process was left to stop")

    def test_a_stop_of_leftovers_does_not_rewrite_it(self):
        attempt = self.shell("(echo up > $TOLD; exec sleep 1000) & exit 6", leftovers="wait").start()
        attempt.told()
        client = attempt.client()
        if client.greeting["main"]["alive"]:
            client.until(lambda thing: not thing["main"]["alive"])
        client.ask("stop cancel")
        record = attempt.end()
        self.assertEqual((record["reason"], record["main"]["code"]), ("exited", 6))
        self.assertIsNotNone(record["times"]["stop_ms"])

    def test_sigterm_to_the_keeper_is_a_shutdown(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            attempt = self.shell("echo up > $TOLD; " + FOREVER).start()
            attempt.told()
            attempt.keeper.send_signal(number)
            self.assertEqual(attempt.end()["reason"], "shutdown")

    def test_sighup_does_not_stop_anything(self):
        attempt = self.shell("echo up > $TOLD; " + FOREVER).start()
        attempt.told()
        attempt.keeper.send_signal(signal.SIGHUP)
        client = attempt.client()
        self.assertEqual(client.greeting["phase"], "running")
        client.ask("stop cancel")
        self.assertEqual(attempt.end()["reason"], "cancel")

    def test_killed_before_it_executed_anything_has_no_outcome(self):
        attempt = self.shell("true", failpoint="socket:stall").launch()
        attempt.keeper_stopped()
        os.kill(attempt.claim()["payload"]["pid"], signal.SIGKILL)
        attempt.keeper.send_signal(signal.SIGCONT)
        self.assertEqual(attempt.read_answer()[0], "ready")
        record = attempt.end()
        self.assertEqual((record["main"]["code"], record["main"]["signal"]), (None, None))


@in_tiers("InCgroup", "WithoutCgroup")
class Progress(Tiers):
    """A subscriber sees the phases and the survivors by name."""

    def test_survivors_are_named(self):
        attempt = self.tier_shell(IGNORES_TERM, grace_ms=600_000).start()
        attempt.told()
        client = attempt.client()
        client.ask("stop cancel")
        status = client.until(lambda thing: thing["t"] == "status" and thing["phase"] == "terminating")
        self.assertEqual((status["reason"], status["left"], status["total"]), ("cancel", 2, 2))
        main = next(one for one in status["survivors"] if one["pid"] == attempt.claim()["payload"]["pid"])
        claimed = attempt.claim()["payload"]
        self.assertEqual((main["start"], main["inode"], main["comm"]), (claimed["start"], claimed["inode"], "sh"))
        self.assertEqual(list(main), ["pid", "start", "inode", "comm", "state", "wchan", "denied"])
        self.assertGreater(status["kill_in_ms"], 500_000)
        # The second of the two ends: the change is reported without a request.
        other = next(one for one in status["survivors"] if one["pid"] != main["pid"])
        os.kill(other["pid"], signal.SIGKILL)
        changed = client.until(lambda thing: thing["t"] == "status")
        self.assertNotIn(other["pid"], [one["pid"] for one in changed["survivors"]])
        client.ask("stop cancel 0")
        phases = []
        while (thing := client.next()) is not None:
            phases.append(thing.get("phase", thing["t"]))
        self.assertEqual([phase for phase in phases if phase != "verifying"], ["killing", "recording", "ended", "ended"])
        attempt.end()


@unittest.skipIf(UNDER == "valgrind", "valgrind could not open its report as another user")
@unittest.skipUnless(IS_ROOT, "only root can make a setuid program")
class Refused(KeeperCase):
    """A process that the keeper may not signal is shown as denied, and waited for."""

    def test_a_child_that_became_root(self):
        attempt = self.shell("$OUTSIDE/become-root $TOLD & exec sleep 1000", grace_ms=1)
        program = os.path.join(attempt.outside, "become-root")
        shutil.copy(f"{FIXTURES}/become-root", program)
        os.chmod(program, 0o4755)
        os.chmod(attempt.outside, 0o755)
        os.chmod(attempt.told_path, 0o622)
        os.chown(attempt.folder, 65534, 65534)
        attempt.start(preexec=lambda: (os.setgroups([]), os.setgid(65534), os.setuid(65534)))
        pid = int(attempt.told())
        client = attempt.client()
        client.ask("stop cancel")
        client.until(lambda thing: thing["t"] == "status" and thing["phase"] == "verifying"
                     and [(one["pid"], one["denied"]) for one in thing["survivors"]] == [(pid, True)])
        self.assertFalse(os.path.exists(attempt.path("exit.json")), "the end is not claimed while a process lives")
        os.kill(pid, signal.SIGKILL)
        self.assertEqual(client.until(lambda thing: thing["t"] == "ended")["exit"]["reason"], "cancel")
        attempt.end()


class OrphansOfALongLife(KeeperCase):
    """Orphans that end during the run are reaped and counted, without filling up the list."""

    def test_more_orphans_than_the_list_holds(self):
        attempt = self.attempt("python3", "-c", """
import os
for _ in range(700):
    if os.fork() == 0:
        os._exit(0) if os.fork() else os._exit(3)
    os.wait()
""").start()
        record = attempt.end()
        self.assertEqual(record["ended"]["self"] + record["ended"]["term"] + record["ended"]["kill"], 701)
        self.assertLessEqual(len(record["processes"]), 1024)
        self.assertEqual(len(record["processes"]) + record["processes_omitted"], 701)
        self.assertIn(record["main"]["pid"], [process["pid"] for process in record["processes"]])

