"""What the payload gets: its environment, its limits, and nothing of the keeper's."""

import json
import os
import resource
import secrets
import unittest

from attempt import UNDER
from case import HAS_CGROUP, IS_ROOT, KeeperCase

CPUSET = "/sys/fs/cgroup/cpuset"


class ExecErrors(KeeperCase):
    """A command that cannot be executed is an attempt that ran and failed, not a failed launch."""

    def outcome(self, attempt):
        record = attempt.start().end()
        self.assertEqual(record["reason"], "exec_failed")
        self.assertEqual(record["ended"], {"self": 1, "term": 0, "kill": 0, "unknown": 0})
        self.assertEqual(record["processes"], [])
        error = record["exec_error"]
        return record["main"]["code"], error["stage"], error["name"]

    def test_no_such_file(self):
        self.assertEqual(self.outcome(self.attempt("/nonexistent/program")), (127, "exec", "ENOENT"))

    def test_not_in_its_path(self):
        self.assertEqual(self.outcome(self.attempt("sh", env={"PATH": "/nonexistent"})), (127, "exec", "ENOENT"))

    def test_path_element_that_is_a_file(self):
        self.assertEqual(self.outcome(self.attempt("/etc/passwd/program")), (127, "exec", "ENOTDIR"))

    def test_not_executable(self):
        self.assertEqual(self.outcome(self.attempt("/etc/passwd")), (126, "exec", "EACCES"))

    def test_unreadable_format_is_not_handed_to_a_shell(self):
        attempt = self.attempt("./script", cwd="/tmp")
        attempt.cwd = attempt.outside
        script = os.path.join(attempt.outside, "script")
        with open(script, "w") as file:
            file.write(f"echo ran > {attempt.outside}/ran\n")
        os.chmod(script, 0o755)
        self.assertEqual(self.outcome(attempt), (126, "exec", "ENOEXEC"))
        self.assertFalse(attempt.ran())

    def test_no_working_directory(self):
        self.assertEqual(self.outcome(self.shell("true", cwd="/nonexistent")), (126, "chdir", "ENOENT"))

    @unittest.skipUnless(IS_ROOT and os.path.isdir(CPUSET), "needs root and cpuset of version 1")
    def test_a_cgroup_that_cannot_be_joined(self):
        # A new cpuset has no processor, and no process can join it.
        group = os.path.join(CPUSET, "holdfast-check-" + secrets.token_hex(4))
        os.mkdir(group)
        attempt = self.shell("echo ran > $OUTSIDE/ran", cgroup_also=group)
        self.assertEqual(self.outcome(attempt), (126, "cgroup", "ENOSPC"))
        self.assertFalse(attempt.ran())
        self.assertFalse(os.path.exists(group), "the group was not removed")


class Surroundings(KeeperCase):
    """The payload sees what its launch says and nothing of the keeper."""

    def output(self, script, **keys):
        attempt = self.shell(script, **keys).start()
        self.record = attempt.end()
        return attempt.read("output.log")

    def test_environment_is_exactly_the_given_one(self):
        attempt = self.attempt("/usr/bin/env", env={"EMPTY": "", "EQUALS": "a=b"})
        attempt.start().end()
        lines = set(attempt.read("output.log").splitlines())
        self.assertEqual(lines, {f"{name}={value}" for name, value in attempt.env.items()})

    @unittest.skipIf(UNDER == "valgrind", "valgrind keeps descriptors of its own and needs room for them")
    def test_descriptors(self):
        attempt = self.attempt("python3", "-c", "import os; print(sorted(os.listdir('/proc/self/fd')))")
        attempt.start().end()
        self.assertEqual(attempt.read("output.log"), "['0', '1', '2', '3']\n")

    def test_standard_input_is_empty(self):
        self.assertEqual(self.output("wc -c"), "0\n")

    def test_signals_are_at_their_defaults(self):
        text = self.output("grep -E 'Sig(Blk|Ign)' /proc/self/status")
        self.assertEqual([int(line.split()[1], 16) for line in text.splitlines()], [0, 0])

    def test_own_session(self):
        text = self.output("exec cut -d' ' -f1,5,6 /proc/self/stat")
        pid, group, session = text.split()
        self.assertEqual((group, session), (pid, pid))

    def test_umask_is_the_launchers(self):
        before = os.umask(0o027)
        try:
            self.assertEqual(self.output("umask"), "0027\n")
        finally:
            os.umask(before)

    def test_core_limit_is_not_the_keepers(self):
        attempt = self.shell("ulimit -Hn", rlimit=["nofile=200:300", "core=0:unlimited"]).start()
        attempt.end()
        self.assertEqual(attempt.read("output.log"), "300\n")

    def test_split_output(self):
        attempt = self.shell("echo out; echo err >&2", output="split").start()
        record = attempt.end()
        self.assertEqual((attempt.read("stdout.log"), attempt.read("stderr.log")), ("out\n", "err\n"))
        self.assertEqual(record["output"], {"stdout_bytes": 4, "stderr_bytes": 4, "punched_bytes": 0})

    def test_records_are_for_the_owner_only(self):
        attempt = self.shell("true").start()
        attempt.end()
        modes = {name: os.stat(attempt.path(name)).st_mode & 0o777 for name in os.listdir(attempt.folder)}
        self.assertEqual(set(modes.values()), {0o600}, modes)

    def test_ends_with_the_keeper(self):
        # Without its keeper nothing could prove its end.
        attempt = self.shell("echo up > $TOLD; exec sleep 1000").start()
        attempt.told()
        attempt.keeper.kill()
        attempt.wait()


class Limits(KeeperCase):
    """Limits apply to the payload, never to the keeper; a refused limit is noted."""

    @unittest.skipIf(UNDER == "valgrind", "valgrind keeps descriptors of its own and needs room for them")
    def test_they_are_applied(self):
        attempt = self.shell("nice; cat /proc/self/oom_score_adj; grep Cpus_allowed_list /proc/self/status; ulimit -n",
                             nice=5, oom_score_adj=700, cpus="0", rlimit="nofile=64:64").start()
        record = attempt.end()
        self.assertEqual(attempt.read("output.log"), "5\n700\nCpus_allowed_list:\t0\n64\n")
        self.assertEqual(record["unapplied"], [])

    def test_umask_and_ignored_signals_are_the_launch_s(self):
        attempt = self.shell("umask; grep SigIgn /proc/self/status", umask="0002", ignored_signals="1,13,33").start()
        record = attempt.end()
        self.assertEqual(attempt.read("output.log"), "0002\nSigIgn:\t0000000100001001\n")
        self.assertEqual(record["unapplied"], [])

    @unittest.skipUnless(IS_ROOT and os.path.exists("/proc/self/autogroup"), "needs root and a kernel with autogroup")
    def test_its_keeper_comes_first_in_its_own_session_and_the_payload_in_none(self):
        """A nice value counts within a session only: a job that forks in new sessions would outrun its keeper."""
        attempt = self.shell("nice; cat /proc/self/autogroup; echo up > $TOLD; sleep 1000").start()
        attempt.told()
        with open(f"/proc/{attempt.keeper.pid}/autogroup") as file:
            self.assertRegex(file.read(), r" nice -20$")
        attempt.client().ask("stop cancel 0")
        attempt.end()
        nice, session = attempt.read("output.log").splitlines()
        self.assertEqual(int(nice), os.getpriority(os.PRIO_PROCESS, 0))
        self.assertRegex(session, r" nice 0$")

    def test_oom_score_has_a_default(self):
        attempt = self.shell("cat /proc/self/oom_score_adj").start()
        attempt.end()
        self.assertEqual(attempt.read("output.log"), "500\n")

    def test_what_is_refused_is_noted_and_does_not_prevent_the_run(self):
        attempt = self.shell("echo ran > $OUTSIDE/ran", cpus="8000").start()
        self.assertEqual(attempt.end()["unapplied"], [{"what": "cpus", "errno": "EINVAL"}])
        self.assertTrue(attempt.ran())

    @unittest.skipIf(UNDER == "valgrind", "valgrind could not open its report as another user")
    @unittest.skipUnless(IS_ROOT, "only root can become a user that is refused")
    def test_rlimit_that_needs_rights(self):
        attempt = self.shell("ulimit -Sn; ulimit -Hn", rlimit="nofile=250:9000000", nice=-5, oom_score_adj=-500)
        os.chown(attempt.folder, 65534, 65534)
        attempt.start(preexec=lambda: (resource.setrlimit(resource.RLIMIT_NOFILE, (200, 300)),
                                       os.setgroups([]), os.setgid(65534), os.setuid(65534)))
        self.assertEqual(attempt.end()["unapplied"], [{"what": "rlimit nofile", "errno": "EPERM"},
                                                      {"what": "nice", "errno": "EACCES"},
                                                      {"what": "oom_score_adj", "errno": "EACCES"}])
        # As much of it as the keeper may give.
        self.assertEqual(attempt.read("output.log"), "250\n300\n")

    @unittest.skipUnless(HAS_CGROUP, "no cgroup of version 2 may be made here")
    def test_it_is_in_its_group_before_its_first_instruction(self):
        attempt = self.shell("cat /proc/self/cgroup", cgroup=True).start()
        attempt.end()
        self.assertIn("0::/" + os.path.basename(attempt.cgroup), attempt.read("output.log"))


class TheKeeperShows(KeeperCase):
    """What other users can read about a keeper reveals nothing about the payload."""

    def test_command_line_and_environment(self):
        attempt = self.shell("echo up > $TOLD; exec sleep 1000", env={"TOKEN": "secret-of-the-job"}).start()
        attempt.told()
        pid = attempt.keeper.pid
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            shown = file.read().rstrip(b"\0")
        # Only root may read it at all: the keeper is not dumpable, not even for its own user.
        environment = b""
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                environment = file.read()
        except PermissionError:
            self.assertFalse(IS_ROOT)
        if not os.environ.get("HOLDFAST_KEEPER_UNDER"):
            self.assertEqual(shown.decode(), f"holdfast-keeper {attempt.uuid}")
            for word in (b"cookie-of-another", b"hush", b"secret-of-the-job", b"HOLDFAST_ATTEMPT"):
                self.assertNotIn(word, environment)
        attempt.client().ask("stop cancel 0")
        attempt.end()

    def test_records_follow_the_examples(self):
        examples = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "examples")
        attempt = self.shell("true", seal="f" * 32).start()
        attempt.end()
        for name in ("exit.json", "keeper.json"):
            with open(os.path.join(examples, name)) as file:
                self.same_shape(json.load(file), json.loads(attempt.read(name)), name)

    def same_shape(self, example, record, where):
        """Same keys in the same order, same kinds of value, where neither is null."""
        if example is None or record is None:
            return
        if isinstance(example, dict):
            self.assertEqual(list(example), list(record), where)
            for key in example:
                self.same_shape(example[key], record[key], f"{where}.{key}")
        elif isinstance(example, list):
            if example and record:
                self.same_shape(example[0], record[0], f"{where}[0]")
        else:
            self.assertEqual(type(example), type(record), where)
