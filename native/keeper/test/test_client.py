"""A client can send requests and watch. It cannot delay the keeper, and without the nonce it is refused."""

import os
import shutil
import signal
import socket
import subprocess
import unittest

from attempt import DEADLINE_S, Client, eventually, keeper_command, keeper_environment
from case import IS_ROOT, KeeperCase

FOREVER = "echo up > $TOLD; exec sleep 1000"


class WithAKeeper(KeeperCase):
    def setUp(self):
        super().setUp()
        self.running = self.shell(FOREVER).start()
        self.running.told()

    def tearDown(self):
        self.running.client().ask("stop cancel 0")
        record = self.running.end()
        self.assertEqual(record["reason"], "cancel", "a client changed the attempt")
        super().tearDown()

    def refused(self, line):
        client = self.running.client(hello=False)
        client.send(line)
        answer = client.next()
        self.assertIsNone(client.next(), "the connection ends")
        return answer

    def test_wrong_nonce(self):
        self.assertEqual(self.refused("hello 1 " + "0" * 32)["code"], "wrong_nonce")
        self.assertEqual(self.refused("hello 1 short")["code"], "wrong_nonce")

    def test_unknown_version(self):
        self.assertEqual(self.refused(f"hello 2 {self.running.nonce}"),
                         {"t": "error", "code": "unknown_version", "versions": [1]})

    def test_nothing_is_heard_before_hello(self):
        self.assertEqual(self.refused("stop cancel 0")["code"], "hello_first")

    def test_hello_without_arguments(self):
        self.assertEqual(self.refused("hello")["code"], "bad_command")

    def test_what_follows_a_refusal_is_not_heard(self):
        client = self.running.client(hello=False)
        client.send(f"hello 1 {'0' * 32}\nhello 1 {self.running.nonce}\nstop cancel 0")
        self.assertEqual(client.next()["code"], "wrong_nonce")

    def test_unknown_and_malformed_commands_change_nothing(self):
        client = self.running.client()
        for line in ("", "kill", "stop", "stop CANCEL", "stop cancel -1", "stop cancel 1 x", "stop cancel 1 2 3",
                     "stop cancel 1 2 prolong 4", "stop cancel prolong", "status now",
                     "stop " + "x" * 33, "stop cancel 99999999999999999999"):
            client.send(line)
            self.assertEqual(client.next()["t"], "error", line)
        client.send("status")
        self.assertEqual(client.next()["phase"], "running")

    def test_status_while_running(self):
        client = self.running.client()
        client.send("status")
        status = client.next()
        pid = self.running.claim()["payload"]["pid"]
        self.assertEqual(status, {"t": "status", "attempt": self.running.uuid, "phase": "running", "paused": False, "paused_ms": 0,
                                  "pauses": [], "pauses_omitted": 0, "disk_full": False,
                                  "main": {"pid": pid, "alive": True}, "reason": None, "stop_age_ms": None,
                                  "kill_in_ms": None, "stops_heard": 0, "total": 1, "left": 1, "survivors": []})

    def test_commands_in_one_write(self):
        client = self.running.client()
        client.send("lease\nlease\nstatus\nlease")
        self.assertEqual([client.next()["t"] for _ in range(4)], ["ok", "ok", "status", "ok"])

    def test_half_a_line_waits_for_the_rest(self):
        client = self.running.client()
        client.socket.sendall(b"lea")
        self.assertEqual(self.running.client().ask("lease")["t"], "ok")
        client.socket.sendall(b"se\n")
        self.assertEqual(client.next(), {"t": "ok", "command": "lease"})

    def test_a_line_that_is_too_long_ends_the_connection(self):
        client = self.running.client()
        client.socket.sendall(b"x" * 600)
        self.assert_closed(client)

    def assert_closed(self, client):
        try:
            while client.socket.recv(65536):
                pass
        except ConnectionResetError:
            pass

    def test_a_client_that_never_reads_is_dropped_and_no_other_waits(self):
        deaf = self.running.client()
        deaf.socket.settimeout(5)
        with self.assertRaises((BrokenPipeError, ConnectionResetError, TimeoutError)) as raised:
            for _ in range(100_000):
                deaf.socket.sendall(b"status\n")
        self.assertNotIsInstance(raised.exception, TimeoutError, "the keeper stopped reading instead of dropping")
        self.assertEqual(self.running.client().ask("lease")["t"], "ok")

    def test_more_clients_than_there_is_room_for(self):
        many = [self.running.client(hello=False) for _ in range(64)]
        for client in many:
            client.send(f"hello 1 {self.running.nonce}")
            self.assertEqual(client.next()["t"], "status")
        self.assert_closed(self.running.client(hello=False))
        for client in many:
            client.close()
        self.running.clients.clear()
        # A place is free again as soon as the keeper has seen one of them go.
        for _ in range(1000):
            late = self.running.client(hello=False)
            late.send(f"hello 1 {self.running.nonce}")
            try:
                if late.next() is not None:
                    return
            except ConnectionResetError:
                pass
        self.fail("no place became free")

    def test_going_away_changes_nothing(self):
        for _ in range(20):
            self.running.client().close()
        self.running.clients.clear()
        self.assertEqual(self.running.client().greeting["phase"], "running")

    @unittest.skipUnless(IS_ROOT, "only root can become another user")
    def test_another_user_is_turned_away(self):
        os.chmod(self.running.folder, 0o755)
        os.chmod(self.running.path("keeper.sock"), 0o666)
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            try:
                client = Client(self.running.path("keeper.sock"))
                client.send(f"hello 1 {self.running.nonce}")
                os.write(write, client.socket.recv(100) or b"closed")
            except (ConnectionResetError, BrokenPipeError):
                os.write(write, b"closed")
            except BaseException as error:
                os.write(write, repr(error).encode())
            os._exit(0)
        os.waitpid(child, 0)
        self.assertEqual(os.read(read, 200), b"closed")
        os.close(read)
        os.close(write)


class SocketPutBack(WithAKeeper):
    """The payload can remove the socket or put another in its place. SIGHUP puts the keeper's back."""

    def put_back(self):
        before = self.running.client()
        self.remove()
        self.running.keeper.send_signal(signal.SIGHUP)
        eventually(self.answers, "the keeper answers where its socket was")
        before.send("status")
        self.assertEqual(before.next()["phase"], "running", "the connected client is still connected")

    def answers(self):
        try:
            return self.running.client().greeting["phase"] == "running"
        except OSError:
            return False

    def remove(self):
        os.unlink(self.running.path("keeper.sock"))

    def test_removed(self):
        self.put_back()

    def test_replaced_by_another(self):
        other = socket.socket(socket.AF_UNIX)
        self.addCleanup(other.close)

        def replace():
            os.unlink(self.running.path("keeper.sock"))
            other.bind(self.running.path("keeper.sock"))

        self.remove = replace
        self.put_back()

    def test_replaced_by_a_folder(self):
        def replace():
            os.unlink(self.running.path("keeper.sock"))
            os.makedirs(self.running.path("keeper.sock/full"))

        self.remove = replace
        self.put_back()

    def test_with_the_whole_folder(self):
        self.remove = lambda: shutil.rmtree(self.running.folder)
        self.put_back()

    def test_nothing_to_put_back(self):
        inode = os.stat(self.running.path("keeper.sock")).st_ino
        self.running.keeper.send_signal(signal.SIGHUP)
        self.running.client()
        self.assertEqual(os.stat(self.running.path("keeper.sock")).st_ino, inode)


class Peer(WithAKeeper):
    def peer(self, path):
        client = Client(path)
        self.addCleanup(client.close)
        ran = subprocess.run(["sh", "-c", f'exec "$@" 3<&{client.socket.fileno()}', "sh", *keeper_command("peer")],
                             capture_output=True, text=True, pass_fds=[client.socket.fileno()],
                             env=keeper_environment(), timeout=DEADLINE_S)
        return ran.returncode, ran.stdout.split()

    def test_is_the_keeper(self):
        keeper = self.running.claim()["keeper"]
        status, (pid, start, inode, _) = self.peer(self.running.path("keeper.sock"))
        self.assertEqual((status, int(pid), int(start), int(inode)),
                         (0, keeper["pid"], keeper["start"], keeper["inode"]))

    def test_is_the_process_that_listens(self):
        path = os.path.join(self.running.outside, "other.sock")
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(path)
            other.listen()
            self.assertEqual(int(self.peer(path)[1][0]), os.getpid())

    def test_is_none_without_a_socket(self):
        ran = subprocess.run(keeper_command("peer"), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                             env=keeper_environment(), timeout=DEADLINE_S)
        self.assertEqual((ran.returncode, ran.stdout), (1, ""))


class DeepFolder(KeeperCase):
    def test_a_folder_deeper_than_a_socket_address_holds(self):
        top = self.shell("true")
        folder = os.path.join(top.outside, "d" * 120, "e" * 120)
        os.makedirs(folder)
        attempt = self.shell(FOREVER, folder=folder).start()
        attempt.told()
        attempt.client().ask("stop cancel")
        self.assertEqual(attempt.end()["reason"], "cancel")
