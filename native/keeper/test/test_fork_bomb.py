"""A fork bomb at its process limit replaces whatever is killed; it ends all the same, in bounded time."""

import os
import signal
import time
import unittest

from attempt import DEADLINE_S, UNDER, stat_of
from case import IS_ROOT, KeeperCase, Tiers, in_tiers
from test_spawner import Spawner


def of_user(uid):
    """The living processes of a user, zombies not counted."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if os.stat(f"/proc/{name}").st_uid == uid and (stat_of(int(name)) or "Z")[0] != "Z":
                    found.append(int(name))
            except FileNotFoundError:
                pass
    return found


LIMIT = 400
# Shorter than the bomb lives without a stop, longer than any stop may take.
BOMB_S = 14
BOUND_S = 9
# Of no one on the machine: the limit counts all processes of a user.
BOMBER = next(uid for uid in range(64_123, 65_000) if not of_user(uid))
BOMB = f"exec $FIXTURES/fork-bomb {BOMBER} {BOMB_S} $TOLD"


@unittest.skipUnless(IS_ROOT, "only root can become a user that has no other process")
@unittest.skipIf(UNDER, "thirty times slower a keeper cannot outrun it")
class Bomb:
    def bomb(self, make):
        self.assertEqual(of_user(BOMBER), [], "another run has left its bomb")
        attempt = make(BOMB, rlimit=f"nproc={LIMIT}:{LIMIT}")
        self.addCleanup(self.end_bomb)
        return attempt

    def end_bomb(self):
        """Kills what a failed stop leaves: the bomb has its own user."""
        while found := of_user(BOMBER):
            for pid in found:
                os.kill(pid, signal.SIGSTOP)
            if set(of_user(BOMBER)) <= set(found):
                for pid in found:
                    os.kill(pid, signal.SIGKILL)


@in_tiers("InCgroup", "WithoutCgroup", "WithoutChildrenFile")
class StoppedByItsKeeper(Bomb, Tiers):
    def test_ends(self):
        attempt = self.bomb(self.tier_shell).start()
        self.assertEqual(attempt.told(), "full")
        self.assert_ends(attempt)

    def assert_ends(self, attempt):
        attempt.client().ask("stop cancel 0")
        record = attempt.end()
        self.assertEqual(of_user(BOMBER), [])
        self.assertTrue(record["proof"]["echild"])
        self.assertLess(record["times"]["empty_ms"] - record["times"]["kill_ms"], BOUND_S * 1000)


@unittest.skipUnless(os.path.exists("/proc/self/autogroup"), "sessions do not share the processors here")
@in_tiers("WithoutCgroup", "WithoutChildrenFile")
class StoppedByAStarvedKeeper(StoppedByItsKeeper):
    """The keeper has no more rights than the bomb, and a tenth of its share of the processors."""

    def test_ends(self):
        attempt = self.bomb(self.tier_shell)
        for path in (attempt.folder, attempt.outside, attempt.told_path):
            os.chown(path, BOMBER, BOMBER)

        def become_bomber():
            os.setgroups([])
            os.setresgid(BOMBER, BOMBER, BOMBER)
            os.setresuid(BOMBER, BOMBER, BOMBER)

        attempt.start(become_bomber)
        self.assertEqual(attempt.told(), "full")
        # Where sessions share the processors a process's own priority counts for nothing among them.
        with open(f"/proc/{attempt.keeper.pid}/autogroup", "w") as file:
            file.write("10")
        self.assert_ends(attempt)


class OutlivesItsKeeper(Bomb, Spawner):
    def test_is_ended_by_the_spawner(self):
        attempt = self.bomb(self.started)
        self.assertEqual(attempt.told(), "full")
        began = time.monotonic()
        os.kill(attempt.pid, signal.SIGKILL)
        self.assertEqual(self.answer()[:2], ["died", attempt.uuid])
        self.assertEqual(self.answer()[:2], ["cleared", attempt.uuid])
        self.assertEqual(of_user(BOMBER), [])
        self.assertLess(time.monotonic() - began, BOUND_S)
