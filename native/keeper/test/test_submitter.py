"""What `submitter` prints for the launcher."""

import os
import resource
import signal
import subprocess
import unittest

from attempt import UNDER, keeper_command
from case import KeeperCase


@unittest.skipIf(UNDER, "a tool changes what its program inherits")
class Submitter(KeeperCase):
    """It describes the process that it runs as, and the environment that a shell was started with."""

    def line(self, shell, env, preexec=None):
        ran = subprocess.run(keeper_command("submitter", str(shell)), env=env, capture_output=True, preexec_fn=preexec)
        self.assertEqual((ran.returncode, ran.stderr), (0, b""))
        self.assertEqual(ran.stdout.count(b"\n"), 1)
        return ran.stdout.decode("ascii").rstrip("\n").split(" ")

    def difference(self, started_with, ours):
        """The fields about the environment, for a shell that was started with one and turned it into ours."""
        shell = subprocess.Popen(["sh", "-c", "echo up; read _"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 env=started_with)
        try:
            # Its exec is over.
            shell.stdout.readline()
            args = self.line(shell.pid, ours)
        finally:
            shell.communicate(b"\n")
        return sorted(word for word in args if word.startswith(("env=", "added=", "left_out=")))

    def test_settings(self):
        def settings():
            os.umask(0o027)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            os.sched_setaffinity(0, {0})
            os.nice(3)
            resource.setrlimit(resource.RLIMIT_NOFILE, (100, 200))

        # Not os.environ: with the locale C this Python has set LC_CTYPE for itself.
        with open("/proc/self/environ", "rb") as file:
            started_with = dict(entry.split(b"=", 1) for entry in file.read().split(b"\0") if entry)
        args = self.line(os.getpid(), started_with, settings)
        nice = os.getpriority(os.PRIO_PROCESS, 0) + 3
        for word in ("umask=0027", f"nice={nice}", "cpus=0", "rlimit=nofile:100:200"):
            self.assertIn(word, args)
        # Whoever started these tests may have had more of them ignored, as nohup does.
        listed = subprocess.run(["grep", "SigIgn", "/proc/self/status"], capture_output=True, text=True,
                                restore_signals=False, preexec_fn=settings).stdout.split()[1]
        numbers = [str(number + 1) for number in range(64) if int(listed, 16) >> number & 1]
        self.assertIn("1", numbers)
        self.assertIn("ignored=" + ",".join(numbers), args)
        self.assertEqual([word for word in args if word.startswith(("env=", "added=", "left_out="))], [])

    def test_what_the_shell_dropped_changed_and_added(self):
        started_with = {b"SAME": b"1", b"a.b": b"x y%\n\xff", b"root": b"/mine", b"EMPTY": b""}
        self.assertEqual(self.difference(started_with, {"SAME": "1", "root": "/clone", "EMPTY": "", "PWD": "/"}),
                         ["added=PWD", "env=a.b=x%20y%25%0A%FF", "env=root=/mine"])

    def test_a_variable_that_does_not_fit_is_named_and_the_others_are_not_lost(self):
        self.assertEqual(self.difference({b"a.large": b"\xff" * 60_000, b"b.small": b"1"}, {}),
                         ["env=b.small=1", "left_out=a.large"])
