"""A process that has the attempt's cookie but is not a member is named, and stopped only on request."""

import os
import signal
import subprocess
import sys
import unittest

from attempt import DEADLINE_S, FIXTURES, UNDER, lives, stat_of
from case import IS_ROOT, KeeperCase, Tiers, in_tiers

HEEDS = "echo up; read x"
# argv: how many threads beside the main one
THREADS = """
import sys, threading
for _ in range(int(sys.argv[1])):
    threading.Thread(target=threading.Event().wait, daemon=True).start()
print("up", flush=True)
sys.stdin.readline()
"""
IGNORES = "trap '' TERM; echo up; read x"


class Outsider:
    """A daemon outside the attempt: a child of the check, not of the keeper."""

    def __init__(self, script, cookie, program=("sh", "-c")):
        environment = {"PATH": os.environ["PATH"], "PADDING": "x" * 40000}
        if cookie:
            environment["HOLDFAST_ATTEMPT"] = cookie
        self.process = subprocess.Popen([*program, script], env=environment, start_new_session=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == b"up\n"
        self.pid = self.process.pid

    def lives(self):
        return self.process.poll() is None

    def end(self):
        if self.lives():
            self.process.kill()
        self.process.wait(DEADLINE_S)
        self.process.stdin.close()
        self.process.stdout.close()


class Escaped(Tiers):
    def setUp(self):
        super().setUp()
        self.outsiders = []

    def outsider(self, *args, **keys):
        outsider = Outsider(*args, **keys)
        self.outsiders.append(outsider)
        return outsider

    def tearDown(self):
        for outsider in self.outsiders:
            outsider.end()
        super().tearDown()

    def waiting(self, **keys):
        """An attempt that ends at go(): a process that has its cookie is younger than it."""
        attempt = self.tier_shell("echo up > $TOLD; read x < $OUTSIDE/go", **keys).start()
        attempt.told()
        return attempt

    def named(self, record):
        return [(one["pid"], one["end"]) for one in record["escaped"]]


@in_tiers("InCgroup", "WithoutCgroup")
class Report(Escaped):
    """The default: named in the record and left running."""

    def test_a_daemon_with_the_cookie_is_named_and_lives_on(self):
        attempt = self.waiting()
        outsider = self.outsider(HEEDS, attempt.uuid)
        state, parent, start = stat_of(outsider.pid)
        attempt.go()
        record = attempt.end()
        self.assertEqual(self.named(record), [(outsider.pid, "left")])
        one = record["escaped"][0]
        self.assertEqual((one["start"], one["ppid"], one["comm"]), (start, parent, "sh"))
        with open(f"/proc/{outsider.pid}/cgroup") as file:
            self.assertIn(one["owner"], file.read())
        self.assertEqual(record["escaped_omitted"], 0)
        self.assertEqual(record["proof"]["echild"], True)
        self.assertTrue(outsider.lives())

    def test_a_process_with_an_old_cookie_or_none_is_not_named(self):
        attempt = self.waiting()
        old = self.outsider(HEEDS, "11111111-2222-4333-8444-555555555555")
        longer = self.outsider(HEEDS, attempt.uuid + "0")
        bare = self.outsider(HEEDS, None)
        attempt.go()
        record = attempt.end()
        self.assertEqual(record["escaped"], [])
        self.assertTrue(old.lives() and longer.lives() and bare.lives())

    def test_a_search_that_is_stopped_holds_nothing_up(self):
        attempt = self.waiting(failpoint="pids_unknown:errno=EIO,searched:stall")
        attempt.go()
        self.assertEqual(attempt.end()["escaped"], [])

    def test_its_own_processes_have_not_escaped(self):
        record = self.tier_shell("sleep 1000 & setsid sleep 1000 & exit 0").start().end()
        self.assertEqual(record["leftovers"], 2)
        self.assertEqual(record["escaped"], [])

    def test_a_process_whose_main_thread_has_gone(self):
        attempt = self.waiting()
        outsider = self.outsider("/proc/thread-self/fd/1", attempt.uuid,
                                 program=(os.path.join(FIXTURES, "dead-leader"),))
        attempt.go()
        record = attempt.end()
        self.assertEqual(self.named(record), [(outsider.pid, "left")])

    def test_processes_in_the_middle_of_an_exec(self):
        attempt = self.waiting()
        relays = [self.outsider("/proc/self/fd/1", attempt.uuid,
                                program=(os.path.join(FIXTURES, "exec-relay"),)) for _ in range(20)]
        attempt.go()
        record = attempt.end()
        self.assertEqual(sorted(self.named(record)), sorted((one.pid, "left") for one in relays))

    def test_a_cancelled_attempt_leaves_it_alone_as_well(self):
        attempt = self.tier_shell("echo up > $TOLD; exec sleep 1000").start()
        attempt.told()
        outsider = self.outsider(HEEDS, attempt.uuid)
        attempt.client().ask("stop cancel 0")
        self.assertEqual(self.named(attempt.end()), [(outsider.pid, "left")])
        self.assertTrue(outsider.lives())


@in_tiers("InCgroup", "WithoutCgroup")
class Stop(Escaped):
    """`escaped=stop`: asked, killed after the grace, and waited for."""

    def setUp(self):
        if UNDER == "valgrind":
            self.skipTest("valgrind knows no pidfd")
        super().setUp()

    def test_a_process_of_another_attempt_is_named_and_lives_on(self):
        attempt = self.waiting(escaped="stop")
        script = f"HOLDFAST_ATTEMPT={attempt.uuid} sh -c 'echo $$ > $TOLD; exec sleep 1000'"
        other = self.tier_shell(script).start()
        pid = int(other.told())
        attempt.go()
        record = attempt.end()
        self.assertEqual(self.named(record), [(pid, "left")])
        self.assertIsNone(record["times"]["stop_ms"])
        self.assertIsNotNone(stat_of(pid))
        other.client().send("stop cancel 0")
        other.end()

    def test_beside_a_process_of_another_attempt_only_its_own_is_stopped(self):
        attempt = self.waiting(escaped="stop")
        outsider = self.outsider(HEEDS, attempt.uuid)
        script = f"HOLDFAST_ATTEMPT={attempt.uuid} sh -c 'echo $$ > $TOLD; exec sleep 1000'"
        other = self.tier_shell(script).start()
        pid = int(other.told())
        attempt.go()
        self.assertCountEqual(self.named(attempt.end()), [(outsider.pid, "term"), (pid, "left")])
        self.assertIsNotNone(stat_of(pid))
        other.client().send("stop cancel 0")
        other.end()

    def test_term_is_enough(self):
        attempt = self.waiting(escaped="stop")
        outsider = self.outsider(HEEDS, attempt.uuid)
        old = self.outsider(HEEDS, "11111111-2222-4333-8444-555555555555")
        attempt.go()
        record = attempt.end()
        self.assertEqual(self.named(record), [(outsider.pid, "term")])
        self.assertEqual(outsider.process.wait(DEADLINE_S), -signal.SIGTERM)
        self.assertTrue(old.lives())
        self.assertEqual((record["reason"], record["main"]["code"]), ("exited", 0))
        self.assertIsNone(record["times"]["kill_ms"])
        self.assertEqual(record["ended"], {"self": 1, "term": 0, "kill": 0, "unknown": 0}, "it was no process of the attempt")

    def test_kill_after_the_grace(self):
        attempt = self.waiting(escaped="stop", grace_ms=50)
        outsider = self.outsider(IGNORES, attempt.uuid)
        attempt.go()
        record = attempt.end()
        self.assertEqual(self.named(record), [(outsider.pid, "kill")])
        self.assertEqual(outsider.process.wait(DEADLINE_S), -signal.SIGKILL)
        times = record["times"]
        self.assertGreaterEqual(times["kill_ms"], times["term_ms"] + 49)
        self.assertGreaterEqual(times["empty_ms"], times["kill_ms"])

    def test_while_it_is_stopped_it_is_shown(self):
        attempt = self.waiting(escaped="stop")
        outsider = self.outsider(IGNORES, attempt.uuid)
        client = attempt.client()
        attempt.go()
        status = client.until(lambda thing: thing.get("phase") == "terminating")
        self.assertEqual([one["pid"] for one in status["survivors"]], [outsider.pid])
        self.assertEqual((status["left"], status["main"]["alive"]), (1, False))
        self.assertTrue(outsider.lives())
        client.ask("stop cancel 0")
        self.assertEqual(self.named(attempt.end()), [(outsider.pid, "kill")])

    def test_a_process_that_inherited_its_environment(self):
        attempt = self.waiting(escaped="stop", grace_ms=200)
        outsider = self.outsider("trap 'sh -c \"trap \\\"\\\" TERM; sleep 1000\" & exit' TERM; echo up; "
                                 "while :; do read x; done", attempt.uuid)
        attempt.go()
        record = attempt.end()
        self.assertEqual(self.named(record)[0], (outsider.pid, "term"))
        self.assertGreaterEqual(len(record["escaped"]), 2)
        for one in record["escaped"]:
            self.assertFalse(stat_of(one["pid"]) and stat_of(one["pid"])[0] != "Z" and lives(one), one)


@in_tiers("InCgroup", "WithoutCgroup")
class Younger(Escaped):
    """Where it is known which pids were given out since the payload was forked, only those are read."""

    # No reading of the newest pid comes too late; and a search that lists /proc fails.
    ONLY_YOUNGER = "pids_known:errno=EIO,proc_listed:errno=EIO"

    def test_the_machine_is_not_listed(self):
        attempt = self.waiting(failpoint=self.ONLY_YOUNGER)
        outsider = self.outsider(HEEDS, attempt.uuid)
        other = self.outsider(HEEDS, "11111111-2222-4333-8444-555555555555")
        attempt.go()
        record = attempt.end()
        self.assertEqual(self.named(record), [(outsider.pid, "left")])
        self.assertEqual(record["escaped_omitted"], 0)
        self.assertTrue(outsider.lives() and other.lives())

    def test_a_process_with_threads_is_named_once(self):
        attempt = self.waiting(failpoint=self.ONLY_YOUNGER)
        program = (sys.executable, "-c", THREADS)
        outsider = self.outsider("8", attempt.uuid, program=program)
        attempt.go()
        self.assertEqual(self.named(attempt.end()), [(outsider.pid, "left")])

    def test_a_process_whose_main_thread_has_gone(self):
        attempt = self.waiting(failpoint=self.ONLY_YOUNGER)
        outsider = self.outsider("/proc/thread-self/fd/1", attempt.uuid,
                                 program=(os.path.join(FIXTURES, "dead-leader"),))
        attempt.go()
        self.assertEqual(self.named(attempt.end()), [(outsider.pid, "left")])

    def test_where_the_order_is_lost_every_process_is_read(self):
        attempt = self.waiting(failpoint="pids_unknown:errno=EIO")
        outsider = self.outsider(HEEDS, attempt.uuid)
        attempt.go()
        self.assertEqual(self.named(attempt.end()), [(outsider.pid, "left")])
        attempt = self.waiting(failpoint="pids_unknown:errno=EIO,proc_listed:errno=EIO")
        attempt.go()
        self.assertIsNone(attempt.end()["escaped"])

    def test_stopping_them_searches_again(self):
        # A shell that has just forked may lose the signal: then only the end of the grace ends it.
        attempt = self.waiting(escaped="stop", grace_ms=200, failpoint=self.ONLY_YOUNGER)
        outsider = self.outsider("trap 'sleep 1000 & exit' TERM; echo up; "
                                 "while :; do read x; done", attempt.uuid)
        attempt.go()
        record = attempt.end()
        self.assertEqual(record["escaped"][0]["pid"], outsider.pid)
        self.assertGreaterEqual(len(record["escaped"]), 2)
        for one in record["escaped"]:
            self.assertIn(one["end"], ["term", "kill"])


# Pid 1 of a new PID namespace, where no other process takes pids: they go round during the attempt.
ROUND = """
import os, subprocess, sys
sys.path.insert(0, sys.argv[1])
from attempt import Attempt
with open("/proc/sys/kernel/pid_max") as file:
    largest = int(file.read())

def last_pid_is(pid):
    with open("/proc/sys/kernel/ns_last_pid", "w") as file:
        file.write(str(pid))

def daemon(uuid):
    child = subprocess.Popen(["sh", "-c", "echo up; read x"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             env={"PATH": os.environ["PATH"], "HOLDFAST_ATTEMPT": uuid})
    assert child.stdout.readline() == b"up\\n"
    return child

def named(from_end, failpoint):
    attempt = Attempt("sh", "-c", "echo up > $TOLD; read x < $OUTSIDE/go", failpoint=failpoint)
    last_pid_is(largest - from_end - 10)
    older = daemon(attempt.uuid)
    last_pid_is(largest - from_end)
    attempt.start().told()
    before = daemon(attempt.uuid)
    last_pid_is(largest - 2)
    after = [daemon(attempt.uuid) for _ in range(3)]
    attempt.go()
    pids = [one["pid"] for one in attempt.end()["escaped"]]
    assert older.pid < before.pid and after[-1].pid < 1000, (older.pid, before.pid, after[-1].pid)
    assert sorted(pids) == sorted(one.pid for one in [before, *after]), (pids, older.pid, before.pid)
    for one in [older, before, *after]:
        one.kill()
        one.wait()
    attempt.close()

# Tried one by one, and, where they are too many for that, picked from a list of all.
named(100, "pids_known:errno=EIO,proc_listed:errno=EIO")
named(10000, "pids_known:errno=EIO")
print("ok")
"""


# The same place: only the keeper opens anything of this /proc.
LISTINGS = """
import ctypes, os, struct, sys
sys.path.insert(0, sys.argv[1])
from attempt import Attempt
OPEN, IS_FOLDER = 0x20, 0x40000000
kernel = ctypes.CDLL(None, use_errno=True)
watch = kernel.inotify_init1(os.O_NONBLOCK)
assert kernel.inotify_add_watch(watch, b"/proc", OPEN) > 0

def listings():
    try:
        events = os.read(watch, 65536)
    except BlockingIOError:
        return 0
    count = 0
    while events:
        _, mask, _, length = struct.unpack_from("iIII", events)
        count += mask & IS_FOLDER != 0 and length == 0
        events = events[16 + length:]
    return count

def count(failpoint):
    attempt = Attempt("true", failpoint=failpoint)
    assert listings() == 0
    assert attempt.start().end()["escaped"] == []
    attempt.close()
    return listings()

print(count("pids_known:errno=EIO"), count("pids_unknown:errno=EIO"))
"""


@unittest.skipIf(UNDER == "valgrind", "valgrind itself takes pids")
@unittest.skipUnless(IS_ROOT, "needs root for a pid namespace and ns_last_pid")
class InNamespace(KeeperCase):
    def in_namespace(self, script):
        here = os.path.dirname(os.path.abspath(__file__))
        ran = subprocess.run(["unshare", "--fork", "--pid", "--mount-proc", sys.executable, "-c", script, here],
                             capture_output=True, text=True, timeout=DEADLINE_S * 4, env=os.environ)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return ran.stdout.split()

    def test_younger_processes_with_smaller_pids_are_named(self):
        self.assertEqual(self.in_namespace(ROUND), ["ok"])

    def test_the_machine_is_listed_only_where_the_order_is_lost(self):
        self.assertEqual(self.in_namespace(LISTINGS), ["0", "1"])


class Unknown(KeeperCase):
    def test_a_machine_that_cannot_be_searched_is_not_called_clean(self):
        record = self.attempt("true", failpoint="carriers:errno=EIO").start().end()
        self.assertIsNone(record["escaped"])
        self.assertIsNone(record["escaped_omitted"])

    def test_only_two_values_are_known(self):
        attempt = self.attempt("true", escaped="kill")
        self.assertEqual(attempt.launch().read_answer()[:3], ["failed", attempt.uuid, "message"])
        attempt.wait()


if __name__ == "__main__":
    unittest.main()
