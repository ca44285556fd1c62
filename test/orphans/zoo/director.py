"""Makes process trees: one JSON array of nodes on a line of standard input. Prints `ID PID` for each
process, then `ready` when all of them run their programs.

A node: id, argv, comm, env, setsid, setpgid, nohup, uid, cgroup, subreaper, pidNamespace, later,
dies, forks, shares, children. Children are started before the node executes its program; a node
that dies ends when they run. Every process of the zoo ends with this one, at the end of its input
or by a signal: they read a pipe whose other end only this process has. Standard output ends with
the last of them.
"""

import ctypes
import json
import os
import signal
import sys
import time

ANIMAL = sys.argv[1]
LIFE = 3
BEING_MADE = 4
PR_SET_CHILD_SUBREAPER = 36
CLONE_NEWPID = 0x20000000
kernel = ctypes.CDLL(None, use_errno=True)


def tick():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 10_000_000


def called(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def become(node):
    if node.get("cgroup"):
        with open(node["cgroup"] + "/cgroup.procs", "w") as procs:
            procs.write(str(os.getpid()))
    if node.get("nohup"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if node.get("uid"):
        os.setgroups([])
        os.setgid(node["uid"])
        os.setuid(node["uid"])
    argv = [word.replace("{ppid}", str(os.getppid())) for word in node["argv"]]
    env = {"ZOO_COMM": node["comm"], **node.get("env", {})}
    if node.get("forks"):
        # The processes of the pool say themselves when they are there.
        env |= {"ZOO_FORKS": str(node["forks"]), "ZOO_ID": str(node["id"])}
        env |= {"ZOO_DIES": "1"} if node.get("dies") else {}
        env |= {"ZOO_SHARES": "1"} if node.get("shares") else {}
    os.execve(ANIMAL, argv, env)


def is_there(pid):
    try:
        os.kill(pid, 0)
        return True
    except ProcessLookupError:
        return False


def make(node):
    """Returns when the node and all below it run their programs, or have died as they should."""
    if node.get("later"):
        # Start times are in ticks of 10 ms: those of one tick cannot be distinguished.
        now = tick()
        while tick() == now:
            pass
    executed, closed_by_exec = os.pipe()
    child = os.fork()
    if child > 0:
        os.close(closed_by_exec)
        os.read(executed, 1)
        os.close(executed)
        # Its descriptors are closed a moment before its children have another parent.
        while node.get("dies") and is_there(child):
            time.sleep(0.001)
        return
    os.close(executed)
    try:
        if node.get("setsid"):
            os.setsid()
        if node.get("setpgid"):
            os.setpgid(0, 0)
        if node.get("subreaper"):
            called(kernel.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
        if node.get("pidNamespace"):
            called(kernel.unshare(CLONE_NEWPID))
        for child in node.get("children", []):
            make(child)
        if node.get("forks"):
            os.dup2(closed_by_exec, BEING_MADE)
            become(node)
        if not node.get("dies"):
            # As the maker sees it, in whatever namespace it is.
            os.write(1, b"%d %d\n" % (node["id"], int(os.readlink("/proc/self"))))
            become(node)
    finally:
        os._exit(0)


signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # inherited: no process in the zoo keeps zombies
trees = json.loads(sys.stdin.readline())
reading, writing = os.pipe()
os.dup2(reading, LIFE)
os.set_inheritable(LIFE, True)
for tree in trees:
    make(tree)
os.write(1, b"ready\n")
sys.stdin.read()
