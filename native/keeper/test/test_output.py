"""The log is the payload's own file; a quota punches holes and keeps offsets."""

import os

from attempt import eventually
from case import KeeperCase

QUOTA = 256 * 1024
FLOOD = """
import os
line = b'%07d\\n'
for stream in (1, 2):
    for block in range(512):
        os.write(stream, b''.join(line % (block * 512 + i) for i in range(512)))
"""
STAYS = """
with open(os.environ['TOLD'], 'w') as told:
    told.write('up\\n')
open(os.environ['OUTSIDE'] + '/go').read()
"""


class Quota(KeeperCase):
    def flooded(self, then="", **keys):
        script = FLOOD + then
        return self.attempt("python3", "-c", script, output_quota_bytes=QUOTA, output="split", **keys).start()

    def test_holes_are_punched_while_it_runs(self):
        attempt = self.flooded(STAYS)
        attempt.told()
        eventually(lambda: os.stat(attempt.path("stderr.log")).st_blocks * 512 < 2 * QUOTA, "holes are punched")
        attempt.go()
        attempt.end()

    def test_a_disk_that_is_full_for_a_moment_does_not_end_the_quota(self):
        """A hole may need a block of its own."""
        attempt = self.flooded(STAYS, failpoint="punch:errno=ENOSPC:2")
        attempt.told()
        eventually(lambda: os.stat(attempt.path("stderr.log")).st_blocks * 512 < 2 * QUOTA, "holes are punched")
        attempt.go()
        self.assertEqual(attempt.end()["unapplied"], [])

    def test_a_file_system_without_holes_keeps_everything_and_says_so(self):
        record = self.flooded(failpoint="punch:errno=EOPNOTSUPP").end()
        self.assertEqual(record["output"]["punched_bytes"], 0)
        self.assertEqual(record["unapplied"], [{"what": "output_quota", "errno": "EOPNOTSUPP"}])

    def test_the_head_is_given_back_and_the_tail_keeps_its_offsets(self):
        """Also of the output written since the keeper's last check, which is often all of it."""
        attempt = self.flooded()
        record = attempt.end()
        for name in ("stdout.log", "stderr.log"):
            status = os.stat(attempt.path(name))
            self.assertEqual(status.st_size, 512 * 512 * 8)
            self.assertLessEqual(status.st_blocks * 512, QUOTA + 128 * 1024)
            with open(attempt.path(name), "rb") as file:
                self.assertEqual(file.read(8), bytes(8))
                file.seek(-8 * 1000, os.SEEK_END)
                self.assertEqual(file.read(8), b"%07d\n" % (512 * 512 - 1000))
        self.assertEqual(record["output"]["stdout_bytes"], 512 * 512 * 8)
        self.assertGreaterEqual(record["output"]["punched_bytes"], 2 * (512 * 512 * 8 - QUOTA - 4096))

    def test_without_a_quota_everything_is_kept(self):
        attempt = self.shell("i=0; while [ $i -lt 200 ]; do echo $i; i=$((i+1)); done").start()
        record = attempt.end()
        self.assertEqual(attempt.read("output.log").split(), [str(i) for i in range(200)])
        self.assertEqual(record["output"]["punched_bytes"], 0)

    def test_appending_survives_a_payload_that_truncates_its_log(self):
        attempt = self.shell("echo first; : > $LOG; echo second")
        attempt.env["LOG"] = attempt.path("output.log")
        attempt.start().end()
        self.assertEqual(attempt.read("output.log"), "second\n")
