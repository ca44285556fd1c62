"""The exit record is durable before the keeper leaves, whatever the disk and the payload do."""

import contextlib
import errno
import json
import os
import shutil
import signal
import subprocess
import tempfile
import unittest

from attempt import keeper_command, lives
from case import IS_ROOT, KeeperCase


@contextlib.contextmanager
def small_disk(size, inodes=0):
    """A filesystem of the given size that no other process uses. `inodes`: how many it has; 0: enough."""
    folder = tempfile.mkdtemp(prefix="holdfast-keeper-disk-")
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},nr_inodes={inodes},mode=0700", "holdfast-keeper-check", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
        os.rmdir(folder)


def fill(folder):
    """Fills the disk; returns the file's path."""
    path = os.path.join(folder, "filler")
    with open(path, "wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError as error:
                assert error.errno == errno.ENOSPC
    return path


@unittest.skipUnless(IS_ROOT, "only root can mount a small disk")
class FullDisk(KeeperCase):
    def test_the_exit_record_waits_for_room(self):
        with small_disk("64k") as disk:
            folder = os.path.join(disk, "attempt")
            os.mkdir(folder)
            attempt = self.shell("echo up > $TOLD; read x < $OUTSIDE/go; exit 5", folder=folder).start()
            attempt.told()
            filler = fill(disk)
            client = attempt.client()
            attempt.go()
            first = client.until(lambda thing: thing["t"] == "ended")
            self.assertEqual((first["durable"], first["exit"]["main"]["code"]), (False, 5))
            self.assertNotIn("exit.json", os.listdir(folder))
            self.assertIsNone(attempt.keeper.poll(), "the keeper left without a durable record")
            late = attempt.client()
            self.assertEqual(late.greeting["phase"], "recording")
            os.unlink(filler)
            last = client.until(lambda thing: thing["t"] == "ended")
            self.assertEqual((last["durable"], last["exit"]), (True, first["exit"]))
            self.assertEqual(attempt.end(), first["exit"])
            self.assertEqual([name for name in os.listdir(folder) if ".new-" in name], [])
            attempt.close_clients()

    def test_a_disk_without_a_free_inode_is_full_and_the_record_says_so(self):
        with small_disk("1m", inodes=40) as disk:
            folder = os.path.join(disk, "attempt")
            os.mkdir(folder)
            attempt = self.shell("echo up > $TOLD; read x < $OUTSIDE/go; exit 5", folder=folder).start()
            attempt.told()
            client = attempt.client()
            for number in range(40):
                with contextlib.suppress(OSError):
                    open(os.path.join(disk, str(number)), "x").close()
            client.until(lambda thing: thing["t"] == "status" and thing["disk_full"])
            attempt.go()
            first = client.until(lambda thing: thing["t"] == "ended")
            self.assertFalse(first["durable"])
            self.assertGreaterEqual(first["exit"]["disk_full"]["samples"], 1)
            os.unlink(os.path.join(disk, "0"))
            self.assertEqual(attempt.end(), first["exit"])
            attempt.close_clients()

    def test_a_claim_that_does_not_fit_starts_nothing(self):
        with small_disk("64k") as disk:
            folder = os.path.join(disk, "attempt")
            os.mkdir(folder)
            attempt = self.shell("echo ran > $OUTSIDE/ran", folder=folder)
            fill(disk)
            attempt.launch()
            answer = attempt.read_answer()
            self.assertEqual((answer[0], answer[3:]), ("failed", [str(errno.ENOSPC), "ENOSPC"]))
            self.assertEqual(attempt.wait(), 1)
            self.assertFalse(attempt.ran())
            self.assertNotIn("keeper.json", os.listdir(folder))


class Retries(KeeperCase):
    def test_an_error_while_writing_is_tried_again(self):
        attempt = self.shell("exit 1", failpoint="exit_write:errno=EIO:2").start()
        self.assertEqual(attempt.end()["main"]["code"], 1)
        self.assertIn("EIO", attempt.read("keeper.log"))


class KilledWhileRecording(KeeperCase):
    """If the keeper is killed, at any moment, there is a whole record or none."""

    def killed_at(self, point):
        attempt = self.shell("exit 4", failpoint=f"{point}:kill").start()
        self.assertEqual(attempt.wait(), -signal.SIGKILL)
        return attempt

    def test_before_the_record(self):
        for point in ("main_ended", "empty", "exit_temporary"):
            self.assertNotIn("exit.json", os.listdir(self.killed_at(point).folder), point)

    def test_after_the_record(self):
        for point in ("exit_renamed", "before_leave"):
            self.assertEqual(self.killed_at(point).exit_record()["main"]["code"], 4, point)


class HostilePayload(KeeperCase):
    """The payload runs as the same user and may do anything to the folder."""

    def ends(self, script, code=0, **keys):
        attempt = self.shell(f"cd {{folder}} && {script}; exit {code}", **keys)
        attempt.args = ("sh", "-c", attempt.args[2].format(folder=attempt.folder))
        attempt.start()
        self.assertEqual(attempt.wait(), 0)
        return attempt

    def test_everything_removed(self):
        attempt = self.ends("rm -f keeper.sock output.log exit.json keeper.json keeper.log", 7)
        self.assertEqual(attempt.exit_record()["main"]["code"], 7)

    def test_a_symlink_instead_of_the_record_is_replaced_not_followed(self):
        attempt = self.ends("ln -s $OUTSIDE/victim exit.json; echo precious > $OUTSIDE/victim", 7)
        self.assertEqual(attempt.exit_record()["main"]["code"], 7)
        self.assertFalse(os.path.islink(attempt.path("exit.json")))
        with open(os.path.join(attempt.outside, "victim")) as file:
            self.assertEqual(file.read(), "precious\n")

    def test_symlinks_under_the_temporary_names(self):
        attempt = self.ends("echo precious > $OUTSIDE/victim; "
                            "ln -s $OUTSIDE/victim exit.json.new-$(cut -d' ' -f4 /proc/$$/stat)", 7)
        self.assertEqual(attempt.exit_record()["main"]["code"], 7)
        with open(os.path.join(attempt.outside, "victim")) as file:
            self.assertEqual(file.read(), "precious\n")

    def test_a_folder_instead_of_the_record(self):
        attempt = self.ends("mkdir exit.json && touch exit.json/full", 7)
        self.assertEqual(attempt.exit_record()["main"]["code"], 7)

    def test_the_whole_folder_removed(self):
        attempt = self.ends("rm -rf {folder}", 7)
        self.assertEqual(attempt.exit_record()["main"]["code"], 7)

    def test_the_whole_folder_moved_away(self):
        attempt = self.ends("mv {folder} $OUTSIDE/moved", 7)
        self.assertEqual(attempt.exit_record()["main"]["code"], 7)

    def home(self):
        home = tempfile.mkdtemp(prefix="holdfast-keeper-home-")
        folder = os.path.join(home, "attempt")
        os.mkdir(folder)
        self.addCleanup(shutil.rmtree, home, ignore_errors=True)
        return home, folder

    def test_the_state_folder_moved_and_another_in_its_place(self):
        home, folder = self.home()
        attempt = self.shell(f"cd / && mv {home} {home}-moved && mkdir {home}; exit 7", folder=folder).start()
        self.addCleanup(shutil.rmtree, home + "-moved", ignore_errors=True)
        self.assertEqual(attempt.wait(), 0)
        self.assertEqual(os.listdir(home), [])
        self.assertTrue(os.path.exists(os.path.join(home + "-moved", "attempt", "exit.json")))

    def test_the_folder_replaced_by_a_symlink_is_not_followed(self):
        attempt = self.shell("mv $FOLDER $OUTSIDE/moved && mkdir $OUTSIDE/trap && ln -s $OUTSIDE/trap $FOLDER; exit 7",
                             env={})
        attempt.env["FOLDER"] = attempt.folder
        attempt.start()
        attempt.wait()
        self.assertEqual(os.listdir(os.path.join(attempt.outside, "trap")), [])
        self.assertTrue(os.path.exists(os.path.join(attempt.outside, "moved", "exit.json")))
        os.unlink(attempt.folder)

    def test_another_socket_under_its_name_is_left_alone(self):
        attempt = self.ends("rm keeper.sock && touch keeper.sock")
        self.assertIn("keeper.sock", os.listdir(attempt.folder))

    def test_a_signal_to_its_own_group_does_not_reach_the_keeper(self):
        attempt = self.attempt("sh", "-c", "sleep 1000 & kill -9 0").start()
        record = attempt.end()
        self.assertEqual((record["reason"], record["main"]["signal"]), ("exited", 9))

    def test_commands_of_the_payload_need_the_nonce(self):
        attempt = self.shell("""python3 -c '
import os, socket
s = socket.socket(socket.AF_UNIX)
os.chdir(os.environ["FOLDER"])
s.connect("keeper.sock")
s.sendall(b"stop cancel 0\\n")
print(s.recv(1000))
'; exit 8""")
        attempt.env["FOLDER"] = attempt.folder
        record = attempt.start().end()
        self.assertEqual((record["reason"], record["main"]["code"]), ("exited", 8))
        self.assertIn("hello_first", attempt.read("output.log"))


class Seal(KeeperCase):
    """A secret of the launch that no process can read while anything of the attempt lives."""

    SEAL = "0123456789abcdef" * 2

    def test_is_in_the_record(self):
        attempt = self.shell("exit 5", seal=self.SEAL).start()
        self.assertEqual(attempt.end()["seal"], self.SEAL)

    def test_none_was_given(self):
        self.assertNotIn("seal", self.shell("exit 5").start().end())

    def test_is_nowhere_while_the_attempt_lives(self):
        attempt = self.shell("env > env; cat $FOLDER/*.json > seen; echo up > $TOLD; read x < $OUTSIDE/go",
                             seal=self.SEAL)
        attempt.cwd = attempt.outside
        attempt.env["FOLDER"] = attempt.folder
        attempt.start()
        attempt.told()
        client = attempt.client()
        claim = attempt.claim()
        for pid in (claim["keeper"]["pid"], claim["payload"]["pid"]):
            for name in ("cmdline", "environ"):
                with open(f"/proc/{pid}/{name}", "rb") as file:
                    self.assertNotIn(self.SEAL.encode(), file.read())
        self.assertNotIn(self.SEAL, json.dumps(client.greeting))
        for folder in (attempt.folder, attempt.outside):
            for name in os.listdir(folder):
                if os.path.isfile(os.path.join(folder, name)):
                    with open(os.path.join(folder, name)) as file:
                        self.assertNotIn(self.SEAL, file.read(), name)
        attempt.go()
        attempt.end()

    def test_has_to_be_32_hex_digits(self):
        attempt = self.shell("true", seal="x" * 32).launch()
        self.assertEqual(attempt.read_answer()[2], "message")
        self.assertEqual(attempt.wait(), 1)


class WhatTheRecordSays(KeeperCase):
    def test_a_size_that_may_be_the_keepers_own_is_unknown(self):
        """A fork starts with the keeper's memory, and an exec hands the size of that on."""
        record = self.attempt(keeper_command("version")[0], "version").start().end()
        self.assertEqual(record["main"]["code"], 0)
        self.assertIsNone(record["max_rss_bytes"])

    def test_figures(self):
        attempt = self.attempt("python3", "-c", "x = bytearray(50_000_000); sum(range(3_000_000)); print('y' * 99)").start()
        record = attempt.end()
        self.assertGreater(record["max_rss_bytes"], 50_000_000)
        self.assertGreater(record["cpu_user_us"], 10_000)
        self.assertEqual(record["output"]["stdout_bytes"], 100)

    def test_times_are_in_order(self):
        attempt = self.shell("trap '' TERM; echo up > $TOLD; read x < $OUTSIDE/never").start()
        attempt.told()
        attempt.client().ask("stop cancel 20")
        record = attempt.end()
        times = [value for value in record["times"].values() if value is not None]
        order = record["times"]
        self.assertEqual(len(times), 7)
        self.assertLessEqual(order["claimed_ms"], order["exec_ms"])
        self.assertLessEqual(order["stop_ms"], order["term_ms"])
        self.assertLessEqual(order["term_ms"], order["kill_ms"])
        self.assertLessEqual(order["kill_ms"], order["main_ended_ms"])
        self.assertLessEqual(order["main_ended_ms"], order["empty_ms"])

    def test_a_core_dump_is_distinguished_from_a_plain_signal(self):
        record = self.shell("kill -KILL $$").start().end()
        self.assertEqual(record["main"], {**record["main"], "code": None, "signal": 9, "core": False})

    def test_names_that_would_break_a_line(self):
        attempt = self.attempt("python3", "-c", r"""
import os
import shutil
with open('/proc/self/comm', 'w') as file:
    file.write('a")\n (\x7f\\"')
os._exit(0)
""").start()
        record = attempt.end()
        self.assertEqual(record["processes"][0]["comm"], 'a")? (?\\"')
        self.assertFalse(lives(record["processes"][0]))

    def test_the_whole_state_folder_removed(self):
        """No server can read a record any more: the keeper exits after a time limit (at once in a test build)."""
        home = tempfile.mkdtemp(prefix="holdfast-keeper-home-")
        folder = os.path.join(home, "attempt")
        os.mkdir(folder)
        attempt = self.shell(f"cd / && rm -rf {home}; exit 7", folder=folder).start()
        self.assertEqual(attempt.wait(), 0)
        self.assertFalse(os.path.exists(home))
