"""Files that an attempt leaves in /dev/shm are listed; removed only if the maker is proven and no process holds them."""

import os
import secrets
import subprocess
import sys
import time
import unittest

from attempt import DEADLINE_S
from case import IS_ROOT, Tiers, in_tiers

SHM = "/dev/shm"
IN_FIRST_PID_NAMESPACE = os.readlink("/proc/self/ns/pid") == "pid:[4026531836]"
COARSE = 5  # CLOCK_REALTIME_COARSE
# Without its resource tracker, which removes the segment when it lives a moment longer than its maker.
SEGMENT = """
import os, sys
from multiprocessing import resource_tracker, shared_memory
segment = shared_memory.SharedMemory(create=True, size=1 << 20)
resource_tracker.unregister(segment._name, "shared_memory")
segment.buf[:] = b"x" * (1 << 20)
with open(os.environ["TOLD"], "w") as told:
    told.write(segment.name + chr(10))
sys.stdin.read() or __import__("signal").pause()
"""
# The keeper's search for holders has a long deadline here, so that a loaded machine does not fail the test.
SLOW_SAMPLE = {"failpoint": "sample_timeout:errno=EAGAIN"}


class Namesake:
    """A process that has a number of our choice in a PID namespace of its own."""

    def __init__(self, pid):
        script = f"echo {pid - 1} > /proc/sys/kernel/ns_last_pid; sleep 600 & echo $!; wait"
        self.process = subprocess.Popen(["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", script],
                                        stdout=subprocess.PIPE)
        assert int(self.process.stdout.readline()) == pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


class SharedMemory(Tiers):
    def setUp(self):
        super().setUp()
        self.made = []

    def tearDown(self):
        for path in self.made:
            if os.path.isdir(path):
                os.rmdir(path)
            elif os.path.exists(path):
                os.unlink(path)
        super().tearDown()

    def file(self, name):
        """A file from outside the attempt that no process holds."""
        path = os.path.join(SHM, name)
        self.made.append(path)
        with open(path, "x") as file:
            file.write("kept")
        return path

    def past(self, path):
        """Returns when the kernel's clock for files is well beyond the file's birth."""
        born = os.stat(path).st_ctime
        while time.clock_gettime(COARSE) < born + 0.05:
            time.sleep(0.001)

    def listed(self, record, name):
        return next(({**one, "bytes": one["bytes"] > 0} for one in record["shared_memory"] if one["name"] == name),
                    None)


@in_tiers("InCgroup", "WithoutCgroup")
class Left(SharedMemory):
    def segment(self, **keys):
        attempt = self.tier("/usr/bin/python3", "-c", SEGMENT, **SLOW_SAMPLE, **keys).start()
        name = attempt.told()
        self.made.append(os.path.join(SHM, name))
        self.assertTrue(os.path.exists(self.made[-1]))
        return attempt, name

    def test_a_segment_that_a_killed_process_held_is_removed(self):
        attempt, name = self.segment()
        attempt.client().ask("stop cancel 0")
        record = attempt.end()
        self.assertEqual(self.listed(record, name),
                         {"name": name, "bytes": True, "maker": "held", "what": "removed", "errno": None})
        self.assertFalse(os.path.exists(os.path.join(SHM, name)))

    def test_a_file_that_another_process_holds_stays(self):
        attempt, name = self.segment()
        holder = subprocess.Popen([sys.executable, "-c", f"f = open('{SHM}/{name}'); print('up', flush=True); input()"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.assertEqual(holder.stdout.readline(), b"up\n")
        attempt.client().ask("stop cancel 0")
        record = attempt.end()
        self.assertEqual(self.listed(record, name)["what"], "held")
        self.assertTrue(os.path.exists(os.path.join(SHM, name)))
        holder.communicate(b"\n", DEADLINE_S)
        holder.stdout.close()

    def test_files_of_others_stay_whatever_their_names(self):
        old = self.file("psm_" + secrets.token_hex(4))
        self.past(old)
        attempt, _ = self.segment()
        younger = self.file("psm_" + secrets.token_hex(4))
        with_a_pid = self.file(f"sem.loky-{os.getpid()}-{secrets.token_hex(4)}")
        attempt.client().ask("stop cancel 0")
        record = attempt.end()
        self.assertIsNone(self.listed(record, os.path.basename(old)), "it was there before")
        for path in (younger, with_a_pid):
            self.assertIsNone(self.listed(record, os.path.basename(path)), "nothing proves that the job made it")
        for path in (old, younger, with_a_pid):
            self.assertTrue(os.path.exists(path))

    @unittest.skipUnless(IN_FIRST_PID_NAMESPACE, "elsewhere a pid in a name proves nothing")
    def test_a_name_with_the_pid_of_one_of_its_processes(self):
        mark = secrets.token_hex(4)
        record = self.tier_shell(f"umask 077; mkdir {SHM}/joblib_memmapping_folder_$$_{mark}; : > {SHM}/sem.loky-$$-{mark}").start().end()
        pid = record["main"]["pid"]
        for name in (f"sem.loky-{pid}-{mark}", f"joblib_memmapping_folder_{pid}_{mark}"):
            self.made.append(os.path.join(SHM, name))
            found = next(one for one in record["shared_memory"] if one["name"] == name)
            self.assertEqual((found["maker"], found["what"]), ("pid", "removed"))
            self.assertFalse(os.path.exists(self.made[-1]))

    def test_of_two_jobs_at_once_each_lists_its_own(self):
        attempts = [self.segment() for _ in range(2)]
        for attempt, _ in attempts:
            attempt.client().ask("stop cancel 0")
        for attempt, name in attempts:
            self.assertEqual([one["name"] for one in attempt.end()["shared_memory"]], [name])

    def test_files_of_others_do_not_crowd_out_its_own(self):
        attempt = self.tier("sh", "-c", 'read x < $OUTSIDE/go; exec /usr/bin/python3 -c "$1"', "sh", SEGMENT, **SLOW_SAMPLE).start()
        for _ in range(70):
            self.file("psm_" + secrets.token_hex(8))
        attempt.go()
        name = attempt.told()
        self.made.append(os.path.join(SHM, name))
        attempt.client().ask("stop cancel 0")
        self.assertEqual([one["name"] for one in attempt.end()["shared_memory"]], [name])

    @unittest.skipUnless(IS_ROOT, "needs a PID namespace of its own")
    def test_a_pid_in_a_name_proves_nothing_where_another_namespace_has_it_too(self):
        mark = secrets.token_hex(4)
        attempt = self.tier_shell(f": > {SHM}/sem.loky-$$-{mark}; echo $$ > $TOLD; read x < $OUTSIDE/go").start()
        pid = int(attempt.told())
        name = f"sem.loky-{pid}-{mark}"
        self.made.append(os.path.join(SHM, name))
        with Namesake(pid):
            attempt.go()
            record = attempt.end()
        self.assertIsNone(self.listed(record, name))
        self.assertTrue(os.path.exists(self.made[-1]))

    def test_a_file_with_a_name_of_its_own_is_listed_and_kept(self):
        name = "dataset-" + secrets.token_hex(4)
        self.made.append(os.path.join(SHM, name))
        attempt = self.tier_shell(f"exec 3> {SHM}/{name}; echo x >&3; echo up > $TOLD; read x < $OUTSIDE/never",
                                  **SLOW_SAMPLE).start()
        attempt.told()
        attempt.client().ask("stop cancel 0")
        record = attempt.end()
        self.assertEqual(self.listed(record, name),
                         {"name": name, "bytes": True, "maker": "held", "what": "name", "errno": None})
        self.assertTrue(os.path.exists(self.made[-1]))


if __name__ == "__main__":
    unittest.main()
