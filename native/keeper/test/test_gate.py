"""Nothing is executed before the claim is durable, and no attempt is claimed twice."""

import errno
import json
import os
import subprocess
import unittest

from attempt import DEADLINE_S, keeper_command, keeper_environment
from case import IS_ROOT, KeeperCase, children

RUNS = "echo ran > $OUTSIDE/ran"


def reap_orphans():
    """Waits until the gated payload, now an orphan of the check, has exited without a signal."""
    while children():
        os.waitid(os.P_ALL, 0, os.WEXITED)


class KilledBeforeTheGate(KeeperCase):
    """A keeper that dies before the gate leaves a payload that executed nothing."""

    def killed_at(self, point):
        attempt = self.shell(RUNS, failpoint=f"{point}:kill").launch()
        self.assertNotEqual(attempt.wait(), 0)
        reap_orphans()
        self.assertFalse(attempt.ran())
        return attempt

    def test_before_anything(self):
        self.assertEqual(os.listdir(self.killed_at("start").folder), [])

    def test_with_its_folder_open(self):
        self.killed_at("folder_opened")

    def test_with_its_output_open(self):
        self.killed_at("output_opened")

    def test_with_the_payload_at_the_gate(self):
        self.assertNotIn("keeper.json", os.listdir(self.killed_at("forked").folder))

    def test_with_the_claim_in_a_temporary_file(self):
        self.assertNotIn("keeper.json", os.listdir(self.killed_at("claim_temporary").folder))

    def test_with_the_claim_in_place_the_next_start_finds_it(self):
        attempt = self.killed_at("claim_linked")
        self.assertEqual(attempt.claim()["attempt"], attempt.uuid)

    def test_with_the_socket_in_place(self):
        self.assertIn("keeper.sock", os.listdir(self.killed_at("socket").folder))


class TheClaim(KeeperCase):
    """The first process that links keeper.json has the claim."""

    def void(self, attempt):
        record = {"version": 1, "attempt": attempt.uuid, "void": True}
        temporary = os.path.join(attempt.outside, "void.json")
        with open(temporary, "w") as file:
            json.dump(record, file)
        os.link(temporary, attempt.path("keeper.json"))

    def test_voided_before_the_keeper_starts(self):
        attempt = self.shell(RUNS)
        self.void(attempt)
        attempt.launch()
        self.assertEqual(attempt.read_answer(), ["void", attempt.uuid])
        self.assertEqual(attempt.wait(), 3)
        self.assertFalse(attempt.ran())

    def test_voided_while_the_payload_waits(self):
        attempt = self.shell(RUNS, failpoint="claim_temporary:stall").launch()
        attempt.keeper_stopped()
        self.void(attempt)
        attempt.keeper.send_signal(18)
        self.assertEqual(attempt.read_answer(), ["void", attempt.uuid])
        self.assertEqual(attempt.wait(), 3)
        self.assertFalse(attempt.ran())
        self.assertTrue(attempt.claim()["void"])
        self.assertEqual(sorted(os.listdir(attempt.folder)), ["keeper.json", "output.log"])

    def test_a_late_void_meets_the_claim(self):
        attempt = self.shell(RUNS, failpoint="claim_linked:stall").launch()
        attempt.keeper_stopped()
        with self.assertRaises(FileExistsError):
            self.void(attempt)
        self.assertFalse(attempt.ran(), "the gate was open before the claim was durable")
        attempt.keeper.send_signal(18)
        self.assertEqual(attempt.read_answer()[0], "ready")
        self.assertEqual(attempt.end()["reason"], "exited")
        self.assertTrue(attempt.ran())

    def test_a_second_keeper_leaves_the_first_alone(self):
        first = self.shell("echo up > $TOLD; read line < $OUTSIDE/go")
        first.start()
        first.told()
        second = self.shell(RUNS, folder=first.folder)
        second.uuid = first.uuid
        second.launch()
        self.assertEqual(second.read_answer(), ["void", first.uuid])
        self.assertEqual(second.wait(), 3)
        self.assertEqual(first.client().ask("lease")["t"], "ok")
        first.go()
        self.assertEqual(first.end()["main"]["code"], 0)

    def test_it_names_keeper_and_payload(self):
        attempt = self.shell("echo $$ > $TOLD; read x < $OUTSIDE/never", cwd="/tmp")
        attempt.start()
        claim = attempt.claim()
        self.assertEqual(claim["payload"]["pid"], int(attempt.told()))
        self.assertEqual(claim["payload"]["session"], claim["payload"]["pid"])
        self.assertEqual(claim["keeper"]["pid"], int(attempt.answer[2]))
        self.assertEqual(claim["nonce"], attempt.nonce)
        shown = subprocess.run(keeper_command("identify", str(claim["payload"]["pid"])), capture_output=True, text=True,
                               env=keeper_environment()).stdout.split()
        self.assertEqual(shown, [str(claim["payload"][key]) for key in ("pid", "start", "inode", "session")])
        attempt.client().ask("stop cancel 0")
        attempt.end()


class FailedLaunches(KeeperCase):
    """`failed` means that nothing runs and nothing is left but empty logs."""

    def fails(self, stage, number, **keys):
        attempt = self.shell(RUNS, **keys).launch()
        self.assertEqual(attempt.read_answer()[:4], ["failed", attempt.uuid, stage, str(number)])
        self.assertEqual(attempt.wait(), 1)
        self.assertFalse(attempt.ran())
        if os.path.isdir(attempt.folder):
            self.assertLessEqual(set(os.listdir(attempt.folder)), {"output.log"})
        return attempt

    def test_full_disk_while_claiming(self):
        self.fails("claim", errno.ENOSPC, failpoint="claim_write:errno=ENOSPC")

    def test_claim_that_cannot_be_put_in_place(self):
        self.fails("claim", errno.EIO, failpoint="claim_link:errno=EIO")

    def test_claim_that_may_not_survive_a_power_cut_is_withdrawn(self):
        self.fails("claim", errno.EIO, failpoint="folder_sync:errno=EIO")

    def test_no_process_available(self):
        self.fails("fork", errno.EAGAIN, failpoint="fork:errno=EAGAIN")

    def test_no_memory_to_fork(self):
        self.fails("fork", errno.ENOMEM, failpoint="fork:errno=ENOMEM")

    def test_no_socket(self):
        self.fails("socket", errno.EACCES, failpoint="socket_bind:errno=EACCES")

    def test_no_folder(self):
        self.fails("folder", errno.ENOENT, folder="/nonexistent/folder")

    def test_folder_that_is_a_symlink(self):
        real = self.shell(RUNS)
        link = os.path.join(real.outside, "link")
        os.symlink(real.folder, link)
        self.fails("folder", errno.ENOTDIR, folder=link)

    def test_output_that_is_a_symlink(self):
        attempt = self.shell(RUNS)
        victim = os.path.join(attempt.outside, "victim")
        os.symlink(victim, attempt.path("output.log"))
        attempt.launch()
        self.assertEqual(attempt.read_answer()[2:4], ["output", str(errno.ELOOP)])
        attempt.wait()
        self.assertFalse(os.path.exists(victim))

    def test_output_that_is_a_fifo_does_not_hang(self):
        attempt = self.shell(RUNS)
        os.mkfifo(attempt.path("output.log"))
        attempt.launch()
        self.assertEqual(attempt.read_answer()[2], "output")
        attempt.wait()

    def test_cgroup_that_is_none(self):
        attempt = self.shell(RUNS)
        attempt.cgroup = attempt.outside
        attempt.launch()
        self.assertEqual(attempt.read_answer()[2:4], ["cgroup", str(errno.EINVAL)])
        attempt.wait()

    @unittest.skipUnless(IS_ROOT and os.path.isdir("/sys/fs/cgroup/unified"), "needs root and a hybrid layout")
    def test_cgroup_in_which_others_live(self):
        attempt = self.shell(RUNS, cgroup=True)
        with open(os.path.join(attempt.cgroup, "cgroup.procs"), "w") as procs:
            procs.write("0")
        try:
            attempt.launch()
            self.assertEqual(attempt.read_answer()[2:4], ["cgroup", str(errno.EBUSY)])
            attempt.wait()
        finally:
            with open("/sys/fs/cgroup/unified/cgroup.procs", "w") as procs:
                procs.write("0")


class TheMessage(KeeperCase):
    """A message that is not understood to the last key starts nothing."""

    def refused(self, change, number=errno.EINVAL, named=True):
        attempt = self.shell(RUNS)
        strings = change(list(attempt.strings()))
        ran = subprocess.run(keeper_command("run"), input=b"".join(s.encode() + b"\0" for s in strings),
                             capture_output=True, env=keeper_environment(), timeout=DEADLINE_S)
        args = ran.stdout.decode().split()
        self.assertEqual(args[2:4], ["message", str(number)], ran)
        self.assertEqual(args[1], attempt.uuid if named else "-")
        self.assertEqual(ran.returncode, 1)
        self.assertFalse(attempt.ran())

    def without(self, key):
        return lambda strings: [string for string in strings if not string.startswith(key + "=")]

    def changed(self, key, value):
        return lambda strings: [f"{key}={value}" if string.startswith(key + "=") else string for string in strings]

    def added(self, *more):
        return lambda strings: strings[:-1] + list(more) + strings[-1:]

    def test_cut_off(self):
        self.refused(lambda strings: strings[:-1], errno.EBADMSG, named=False)

    def test_empty(self):
        self.refused(lambda strings: [], errno.EBADMSG, named=False)

    def test_end_in_the_middle(self):
        self.refused(lambda strings: strings[:2] + ["end="] + strings[2:])

    def test_other_version(self):
        self.refused(self.changed("holdfast-launch", "2"), errno.EBADMSG, named=False)

    def test_unknown_key(self):
        self.refused(self.added("memory_max=1"))

    def test_key_twice(self):
        self.refused(self.added("limit_ms=1", "limit_ms=2"))

    def test_number_that_is_none(self):
        for value in ("", "-1", "1e3", " 1", "99999999999999999999999"):
            self.refused(self.added(f"limit_ms={value}"))

    def test_required_keys(self):
        for key in ("folder", "nonce", "cwd", "arg"):
            self.refused(self.without(key))
        self.refused(self.without("attempt"), named=False)

    def test_relative_folder(self):
        self.refused(self.changed("folder", "here"))

    def test_values_out_of_range(self):
        for wrong in ("oom_score_adj=1001", "nice=20", "stop_signal=0", "stop_signal=65", "leftovers=kill",
                      "output=both", "rlimit=nofile=9:8", "rlimit=files=1:1", "cpus=3-1", "cpus=0,,1", "env=NOVALUE",
                      "cgroup=relative", "stop_scope=group"):
            self.refused(self.added(wrong))

    def test_umask_and_signals_that_are_none(self):
        for value in ("22", "0092", "7777", "00022", ""):
            with self.subTest(umask=value):
                self.refused(self.added(f"umask={value}"))
        for value in ("0", "65", "1,,2", "HUP", ""):
            with self.subTest(ignored_signals=value):
                self.refused(self.added(f"ignored_signals={value}"))

    def test_nonce_of_wrong_length(self):
        self.refused(self.changed("nonce", "00"))
