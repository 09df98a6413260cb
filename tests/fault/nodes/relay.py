"""The lines between machines that share a loopback device: for each pair a relay of connections, each
direction of which can be cut, delayed, or held in the middle of what is being sent (network.py).

    python3 relay.py '[["node1", "db", 40001, 40002], ...]'   who dials whom, where, and who is there
"""
import json
import queue
import socket
import sys
import threading
import time
from collections import defaultdict

CHUNK = 16384


class Line:
    """One direction between two machines."""

    def __init__(self):
        self._changed = threading.Condition()
        self._cut, self.delay, self._trip = False, 0.0, None

    def obey(self, said):
        with self._changed:
            self._cut = said.get("cut", self._cut)
            self.delay = said.get("delay", self.delay)
            self._trip = None if said.get("release") else said.get("trip", self._trip)
            self._changed.notify_all()

    def pass_through(self, size):
        """Returns when so many bytes may go on."""
        with self._changed:
            while self._cut or (self._trip is not None and self._trip <= 0):
                self._changed.wait()
            if self._trip is not None:
                self._trip -= size
                if self._trip <= 0:
                    print("tripped", flush=True)


def _pump(source, target, line):
    """What arrives waits in a queue, so that a delay is not paid for each piece after the other."""
    waiting = queue.Queue(maxsize=1024)

    def deliver():
        try:
            while True:
                due, data = waiting.get()
                time.sleep(max(0.0, due - time.monotonic()))
                line.pass_through(len(data))
                if not data:
                    target.shutdown(socket.SHUT_WR)
                    return
                target.sendall(data)
        except OSError:
            source.close()

    threading.Thread(target=deliver, daemon=True).start()
    data = b"."
    while data:
        try:
            data = source.recv(CHUNK)
        except OSError:
            data = b""
        waiting.put((time.monotonic() + line.delay, data))


def _relay(dialled, port, there, back):
    time.sleep(there.delay)
    there.pass_through(0)
    try:
        answering = socket.create_connection(("127.0.0.1", port))
    except OSError:
        back.pass_through(0)
        dialled.close()
        return
    for one in (dialled, answering):
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    threading.Thread(target=_pump, args=(dialled, answering, there), daemon=True).start()
    _pump(answering, dialled, back)


def _accept(listener, port, there, back):
    while True:
        dialled, _ = listener.accept()
        threading.Thread(target=_relay, args=(dialled, port, there, back), daemon=True).start()


def main():
    lines = defaultdict(Line)
    for source, target, port, there in json.loads(sys.argv[1]):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # So that a batch that is held stays for the most part with its sender.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * CHUNK)
        listener.bind(("127.0.0.1", port))
        listener.listen(64)
        threading.Thread(target=_accept, daemon=True, args=(
            listener, there, lines[source, target], lines[target, source])).start()
    print("done", flush=True)
    for said in map(json.loads, sys.stdin):
        lines[said["from"], said["to"]].obey(said)
        print("done", flush=True)


if __name__ == "__main__":
    main()
