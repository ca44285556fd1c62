"""The spawner starts keepers that do not depend on it, and always says what became of a launch."""

import os
import signal
import subprocess
import unittest

from attempt import DEADLINE_S, UNDER, eventually, keeper_command, keeper_environment, lives, stat_of
from case import IS_ROOT, KeeperCase

FOREVER = "echo up > $TOLD; exec sleep 1000"


class Spawner(KeeperCase):
    def setUp(self):
        super().setUp()
        self.orphans = []
        self.spawner = self.spawn()

    def spawn(self, failpoint=None):
        spawner = subprocess.Popen(keeper_command("spawner"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, env=keeper_environment(failpoint))
        self.addCleanup(spawner.stdout.close)
        self.addCleanup(lambda: spawner.poll() is None and spawner.kill())
        return spawner

    def tearDown(self):
        if not self.spawner.stdin.closed:
            self.spawner.stdin.close()
            self.assertEqual(self.spawner.wait(DEADLINE_S), 0)
        super().tearDown()

    def send(self, attempt):
        message = attempt.message()
        self.spawner.stdin.write(b"launch %d\n" % len(message) + message)
        self.spawner.stdin.flush()

    def line(self):
        return self.spawner.stdout.readline().decode().split()

    def answer(self):
        """The next line, but for those on keepers that begin or left in order, and on orphans, which are kept."""
        while (args := self.line())[:1] in (["started"], ["left"], ["orphan"]):
            if args[0] == "orphan":
                self.orphans.append(args[1:])
        return args

    def started(self, script=FOREVER, **keys):
        attempt = self.shell(script, **keys)
        self.send(attempt)
        answer = self.answer()
        self.assertEqual(answer[:2], ["ready", attempt.uuid])
        attempt.pid = int(answer[2])
        return attempt

    def stop(self, attempt):
        client = attempt.client()
        client.ask("stop cancel 0")
        return client.until(lambda thing: thing["t"] == "ended")["exit"]


class Launching(Spawner):
    def test_many(self):
        attempts = {}
        for number in range(40):
            attempt = self.shell(f"exit {number}")
            attempts[attempt.uuid] = (attempt, number)
            self.send(attempt)
        pids = {}
        for _ in range(40):
            word, uuid, pid = self.answer()
            self.assertEqual(word, "ready")
            pids[uuid] = pid
        self.assertEqual(set(pids), set(attempts))
        self.spawner.stdin.close()
        self.assertEqual(self.spawner.wait(DEADLINE_S), 0)
        # Their keepers may still be recording: now they are children of the check, and end by themselves.
        while True:
            try:
                os.waitid(os.P_ALL, 0, os.WEXITED)
            except ChildProcessError:
                break
        for attempt, number in attempts.values():
            self.assertEqual(attempt.exit_record()["main"]["code"], number)
            self.assertEqual(str(attempt.claim()["keeper"]["pid"]), pids[attempt.uuid])

    def test_a_keeper_is_in_a_session_of_its_own(self):
        attempt = self.started()
        self.assertEqual(os.getsid(attempt.pid), attempt.pid)
        if not UNDER and IS_ROOT:
            # A moment after its answer, so that no reader waits for the end of a pipe that it holds.
            eventually(lambda: {os.readlink(f"/proc/{attempt.pid}/fd/{fd}") for fd in (0, 1)} == {"/dev/null"},
                       "standard input and output are let go")
        self.stop(attempt)

    def test_a_refused_message_does_not_stop_the_others(self):
        attempt = self.shell(FOREVER, unknown_key=1)
        self.send(attempt)
        self.assertEqual(self.answer(), ["failed", attempt.uuid, "message", "22", "EINVAL"])
        self.stop(self.started())

    def test_keepers_outlive_it(self):
        attempt = self.started()
        self.spawner.kill()
        self.spawner.wait()
        self.spawner.stdin.close()
        self.assertEqual(self.stop(attempt)["reason"], "cancel")

    def test_interrupts_do_not_end_it(self):
        attempt = self.started()
        self.spawner.send_signal(signal.SIGINT)
        self.spawner.send_signal(signal.SIGHUP)
        self.stop(attempt)
        self.stop(self.started())

    def test_a_keeper_that_left_is_reported(self):
        attempt = self.started("exit 3")
        self.assertEqual(self.line(), ["left", attempt.uuid, str(attempt.pid)])

    def test_a_killed_keeper_is_reported(self):
        attempt = self.started()
        attempt.told()
        os.kill(attempt.pid, signal.SIGKILL)
        self.assertEqual(self.answer(), ["died", attempt.uuid, str(attempt.pid)])
        self.assertEqual(self.answer(), ["cleared", attempt.uuid, str(attempt.pid), "1", "0", "1"])
        main = attempt.claim()["payload"]
        self.assertEqual(len(self.orphans), 1)
        uuid, keeper, pid, start, code, signal_number, comm = self.orphans[0]
        self.assertEqual((uuid, keeper), (attempt.uuid, str(attempt.pid)))
        self.assertEqual((int(pid), int(start), code, signal_number), (main["pid"], main["start"], "-", "9"))
        # It may have been killed before its exec.
        self.assertIn(comm, ("sh", "sleep"))

    def test_the_pid_of_a_keeper_comes_before_its_answer(self):
        attempt = self.shell(FOREVER)
        self.send(attempt)
        started = self.line()
        self.assertEqual(started[:2], ["started", attempt.uuid])
        self.assertEqual(self.line(), ["ready", attempt.uuid, started[2]])
        attempt.pid = int(started[2])
        self.stop(attempt)

    def test_a_keeper_that_is_killed_before_it_answers_is_reported_too(self):
        self.spawner.stdin.close()
        self.spawner.wait(DEADLINE_S)
        self.spawner = self.spawn(failpoint="claim_temporary:kill")
        attempt = self.shell("echo ran > $OUTSIDE/ran")
        self.send(attempt)
        self.assertEqual(self.answer()[:2], ["died", attempt.uuid])
        self.assertEqual(self.answer()[:2], ["cleared", attempt.uuid])
        self.assertFalse(attempt.ran())

    def test_no_process_available(self):
        self.spawner.stdin.close()
        self.spawner.wait(DEADLINE_S)
        self.spawner = self.spawn(failpoint="spawn:errno=EAGAIN:1")
        attempt = self.shell(FOREVER)
        self.send(attempt)
        self.assertEqual(self.answer(), ["failed", attempt.uuid, "fork", "11", "EAGAIN"])
        self.stop(self.started())


class Orphans(Spawner):
    """The processes of a killed keeper become the spawner's, whatever they did before, and are ended."""

    # Neither session nor environment nor descriptors nor parent of its own: nothing ties it to the attempt.
    HIDDEN = "(setsid env -i sh -c 'echo $$ > $0; exec sleep 1000' $TOLD < /dev/null > /dev/null 2>&1 &)"

    def hidden(self, **keys):
        attempt = self.started(self.HIDDEN + "; exec sleep 1000", **keys)
        attempt.hidden = {"pid": int(attempt.told())}
        attempt.hidden["start"] = stat_of(attempt.hidden["pid"])[2]
        return attempt

    def test_are_over_when_it_says_cleared(self):
        attempt = self.hidden()
        other = self.hidden()
        os.kill(attempt.pid, signal.SIGKILL)
        self.assertEqual(self.answer()[:2], ["died", attempt.uuid])
        self.assertEqual(self.answer()[:2], ["cleared", attempt.uuid])
        self.assertFalse(lives(attempt.hidden))
        self.assertTrue(lives(other.hidden), "a living keeper's are its own")
        self.stop(other)
        self.assertFalse(lives(other.hidden))

    def test_of_two_keepers_at_once(self):
        attempts = [self.hidden(), self.hidden()]
        for attempt in attempts:
            os.kill(attempt.pid, signal.SIGKILL)
        answers = [self.answer() for _ in range(4)]
        told = sorted(answer[:2] for answer in answers)
        # With two keepers killed at once it is not known which keeper an orphan belonged to: both lists name all.
        keepers = {answer[5] for answer in answers if answer[0] == "cleared"}
        self.assertLessEqual(keepers, {"1", "2"})
        self.assertEqual(told, sorted([word, attempt.uuid] for word in ("died", "cleared") for attempt in attempts))
        self.assertFalse(any(lives(attempt.hidden) for attempt in attempts))

    @unittest.skipIf(not IS_ROOT, "only root may raise the priority of a session")
    @unittest.skipIf(not os.path.exists("/proc/self/autogroup"), "sessions do not share the processors here")
    def test_find_a_spawner_that_comes_first_however_it_was_started(self):
        attempt = self.started()
        self.stop(attempt)
        self.assertEqual(os.getsid(self.spawner.pid), self.spawner.pid)
        with open(f"/proc/{self.spawner.pid}/autogroup") as file:
            self.assertIn("nice -20", file.read())

    def test_that_fork_to_stay_ahead(self):
        attempt = self.started(f"exec $FIXTURES/fork-relay 24 {DEADLINE_S * 2} $TOLD")
        attempt.told()
        os.kill(attempt.pid, signal.SIGKILL)
        self.assertEqual(self.answer()[:2], ["died", attempt.uuid])
        self.assertEqual(self.answer()[:2], ["cleared", attempt.uuid])

    def test_are_ended_after_its_input_has(self):
        attempt = self.hidden()
        self.spawner.stdin.close()
        os.kill(attempt.pid, signal.SIGKILL)
        self.assertEqual(self.answer()[:2], ["died", attempt.uuid])
        self.assertEqual(self.answer()[:2], ["cleared", attempt.uuid])
        self.assertFalse(lives(attempt.hidden))
        self.assertEqual(self.spawner.wait(DEADLINE_S), 0)


class Framing(Spawner):
    """When the framing is lost, the rest cannot be parsed: the spawner reports that and ends."""

    def lost(self, *pieces):
        for piece in pieces:
            self.spawner.stdin.write(piece)
        self.spawner.stdin.close()
        answer = self.answer()
        self.assertEqual(self.spawner.wait(DEADLINE_S), 1)
        return answer

    def test_no_header(self):
        self.assertEqual(self.lost(b"hello\n"), ["failed", "-", "message", "74", "EBADMSG"])

    def test_endless_header(self):
        self.assertEqual(self.lost(b"x" * 1000)[:3], ["failed", "-", "message"])

    def test_too_large(self):
        self.assertEqual(self.lost(b"launch 16777217\n"), ["failed", "-", "message", "90", "EMSGSIZE"])

    def test_absurd_number(self):
        self.assertEqual(self.lost(b"launch 99999999999999999999999\n")[:3], ["failed", "-", "message"])

    def test_cut_off_in_the_message(self):
        self.assertEqual(self.lost(b"launch 100\nholdfast-launch=1\0"), ["failed", "-", "message", "74", "EBADMSG"])

    def test_a_large_message_in_small_pieces(self):
        attempt = self.shell("exit 6", env={"LARGE": "x" * 100_000})
        message = attempt.message()
        self.spawner.stdin.write(b"launch %d\n" % len(message))
        for at in range(0, len(message), 30_000):
            self.spawner.stdin.write(message[at:at + 30_000])
            self.spawner.stdin.flush()
        word, uuid, pid = self.answer()
        self.assertEqual((word, uuid), ("ready", attempt.uuid))
        self.spawner.stdin.close()
        self.spawner.wait(DEADLINE_S)
        eventually(lambda: os.path.exists(attempt.path("exit.json")), "the exit record is there")
        self.assertEqual(attempt.exit_record()["main"]["code"], 6)
