"""How many system calls a keeper makes for a short attempt: work is counted, not time."""

import collections
import ctypes
import os
import platform
import signal
import struct
import unittest

from attempt import UNDER, keeper_command, keeper_environment
from case import KeeperCase, Tiers, in_tiers

TRACEME, CONT, SYSCALL, SETOPTIONS, SYSCALL_INFO = 0, 7, 24, 0x4200, 0x420E
SYSGOOD, EXITKILL = 1, 0x100000
ENTRY = 1
kernel = ctypes.CDLL(None, use_errno=True)
kernel.ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
kernel.ptrace.restype = ctypes.c_long

# Of x86-64: a failure names what there is too much of.
NAMES = {0: "read", 1: "write", 3: "close", 7: "poll", 13: "rt_sigaction", 17: "pread64", 33: "dup2", 39: "getpid",
         72: "fcntl", 74: "fsync", 138: "fstatfs", 217: "getdents64", 247: "waitid", 257: "openat",
         262: "newfstatat", 263: "unlinkat", 271: "ppoll"}
# statx and geteuid: once for each file that other programs have in /dev/shm.
NOT_COUNTED = (332, 107)


def system_calls(message, environment):
    """Of the keeper alone, from its start to its end."""
    reading, writing = os.pipe()
    keeper = os.fork()
    if keeper == 0:
        os.dup2(reading, 0)
        os.setsid()
        null = os.open("/dev/null", os.O_RDWR)
        os.dup2(null, 1)
        os.dup2(null, 2)
        kernel.ptrace(TRACEME, 0, None, None)
        command = keeper_command("run")
        os.execve(command[0], command, environment)
    os.close(reading)
    _, status = os.waitpid(keeper, 0)
    assert os.WIFSTOPPED(status), status
    kernel.ptrace(SETOPTIONS, keeper, None, SYSGOOD | EXITKILL)
    os.write(writing, message)
    os.close(writing)
    calls = collections.Counter()
    info = ctypes.create_string_buffer(96)
    passed_on = 0
    while True:
        kernel.ptrace(SYSCALL, keeper, None, passed_on)
        _, status = os.waitpid(keeper, 0)
        if not os.WIFSTOPPED(status):
            assert status == 0, status
            return calls
        passed_on = 0
        if os.WSTOPSIG(status) != signal.SIGTRAP | 0x80:
            passed_on = os.WSTOPSIG(status)
        elif kernel.ptrace(SYSCALL_INFO, keeper, len(info), info) > 0 and info.raw[0] == ENTRY:
            calls[struct.unpack_from("Q", info.raw, 24)[0]] += 1


# Measured, with the payload `true`; 349 and 280 before each file was read once and signals were ignored once.
BOUND_IN_CGROUP, BOUND = 276, 232


@unittest.skipIf(UNDER, "counts what the keeper does by itself")
@unittest.skipUnless(platform.machine() == "x86_64", "knows the numbers of that machine")
@in_tiers("InCgroup", "WithoutCgroup")
class OfAShortAttempt(Tiers):
    # Events that do not come together cost other turns of the keeper's loop.
    FOR_TURNS = 36

    def test_has_a_bound(self):
        attempt = self.tier("true")
        calls = system_calls(attempt.message(), keeper_environment("pids_known:errno=EIO"))
        for number in NOT_COUNTED:
            del calls[number]
        most = ", ".join(f"{NAMES.get(number, number)} {count}" for number, count in calls.most_common(20))
        self.assertLessEqual(calls.total(), (BOUND_IN_CGROUP if self.cgroup else BOUND) + self.FOR_TURNS, most)


if __name__ == "__main__":
    unittest.main()
