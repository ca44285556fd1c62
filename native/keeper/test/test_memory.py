"""The polled guard, for machines where no memory controller is delegated."""

import unittest

from attempt import UNDER
from case import KeeperCase

MIB = 1024 * 1024


class MemoryGuard(KeeperCase):
    def test_more_than_the_guard_allows(self):
        attempt = self.attempt("python3", "-c", "import os, time; x = bytearray(80 << 20); os.fork(); time.sleep(1000)",
                               memory_guard_bytes=40 * MIB).start()
        record = attempt.end()
        self.assertEqual((record["reason"], record["main"]["signal"]), ("memory", 15))

    def test_pages_shared_by_many_processes_count_once(self):
        # Eight processes with the same 30 MiB: 240 MiB resident, about 40 MiB of memory.
        attempt = self.attempt("python3", "-c", """
import os, sys
block = bytearray(30 << 20)
for _ in range(7):
    if os.fork() == 0:
        break
else:
    with open(os.environ['TOLD'], 'w') as told:
        told.write('up\\n')
open(os.environ['OUTSIDE'] + '/never').read()
""", memory_guard_bytes=150 * MIB).start()
        attempt.told()
        client = attempt.client()
        self.assertTrue(client.silent_for(1.2), "stopped although it held less than the guard")
        client.ask("stop cancel")
        self.assertEqual(attempt.end()["reason"], "cancel")


@unittest.skipIf(UNDER, "what watches takes memory too")
class OwnMemory(KeeperCase):
    def test_an_idle_keeper_stays_below_one_mebibyte(self):
        attempt = self.shell("echo up > $TOLD; exec sleep 1000", env={"LARGE": "x" * 100_000}).start()
        attempt.told()
        client = attempt.client()
        with open(f"/proc/{attempt.keeper.pid}/status") as file:
            resident = next(line.split()[1] for line in file if line.startswith("VmRSS"))
        self.assertLessEqual(int(resident), 1024)
        client.ask("stop cancel")
        attempt.end()
