"""The lines between a run's machines do what a schedule asks of them."""
import socket
import threading
import time
import unittest

from nodes import lines, namespaces

QUICK, LONG = 0.3, 0.8


class NetworkTest:
    """For both kinds of network; "node" dials, "db" sends back each byte."""

    def setUp(self):
        self.network = self.make(["db", "node"])
        self.addCleanup(self.network.close)
        with self.network.inside("db"):
            self.listener = socket.socket()
            self.listener.bind(("0.0.0.0", self.network.port("db")))
            self.listener.listen()
        self.addCleanup(self.listener.close)
        self.received = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._echo, args=(connection,), daemon=True).start()

    def _echo(self, connection):
        with connection:
            while data := connection.recv(65536):
                self.received += len(data)
                connection.sendall(data[-1:])

    def dial(self):
        with self.network.inside("node"):
            connection = socket.create_connection(self.network.way("node", "db"), timeout=5)
        self.addCleanup(connection.close)
        return connection

    def answer(self, connection, seconds):
        """How long one byte took there and back; None when it did not come."""
        began = time.monotonic()
        connection.settimeout(seconds)
        try:
            connection.sendall(b"x")
            return time.monotonic() - began if connection.recv(1) else None
        except TimeoutError:
            return None

    def test_what_is_not_touched_passes(self):
        self.assertLess(self.answer(self.dial(), 5), LONG)

    def test_a_cut_line_lets_nothing_through_and_a_mended_one_delivers(self):
        for way in (("node", "db"), ("db", "node")):
            connection = self.dial()
            self.answer(connection, 5)
            self.network.cut(*way)
            self.assertIsNone(self.answer(connection, QUICK))
            self.network.mend(*way)
            connection.settimeout(10)
            self.assertEqual(connection.recv(1), b"x")

    def test_a_line_cut_one_way_still_carries_the_other(self):
        connection = self.dial()
        self.answer(connection, 5)
        before = self.received
        self.network.cut("db", "node")
        self.assertIsNone(self.answer(connection, QUICK))
        self.assertEqual(self.received, before + 1)

    def test_a_delayed_line_delivers_late(self):
        connection = self.dial()
        self.network.delay("node", "db", LONG)
        self.assertGreater(self.answer(connection, 5), LONG)

    def test_a_line_that_trips_holds_the_rest_until_it_is_released(self):
        connection = self.dial()
        self.network.trip("node", "db", 300_000)
        sender = threading.Thread(target=connection.sendall, args=(bytes(1 << 20),))
        sender.start()
        self.assertTrue(self.network.await_trip(5))
        time.sleep(QUICK)
        self.assertLess(self.received, 400_000)
        self.network.release("node", "db")
        sender.join(timeout=10)
        until = time.monotonic() + 10
        while self.received < 1 << 20 and time.monotonic() < until:
            time.sleep(0.01)
        self.assertEqual(self.received, 1 << 20)


class LinesTest(NetworkTest, unittest.TestCase):
    make = lines.Lines


@unittest.skipIf(namespaces.why_not(), namespaces.why_not())
class NamespacesTest(NetworkTest, unittest.TestCase):
    make = namespaces.Namespaces


if __name__ == "__main__":
    unittest.main()
