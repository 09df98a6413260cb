"""What lies between the machines of a run: each direction between each two can be cut, delayed, or
held in the middle of what is being sent.

    network = make(["db", "node1", "node2"])
    network.start("node1", ["muniment", "start"])        a process in a machine
    with network.inside("node1"): socket.create_connection(("127.0.0.1", network.port("node1")))
    network.cut("node1", "db"); network.mend("node1", "db")

There are two of a kind. Namespaces (namespaces.py) are machines of their own on one switch, so the
kernels' TCP meets what a broken network does. Lines (lines.py) need no privilege: all listen on
loopback, and who dials the database dials a relay. Everything goes with the process that made it,
however that ends.
"""
import ctypes
import json
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


def die_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Network:
    """`script` is the program between the machines; it takes commands as JSON lines,
    {"from": a, "to": b, ...} with one of

        "cut": true or false
        "delay": seconds
        "trip": bytes     let so many through, say "tripped" and hold what follows
        "release": true   let go of what is held

    and answers each by "done", as it does when it has begun. It ends with its input.
    """

    address = "*"  # on which a machine's service listens

    def __init__(self, script, plan):
        self._answers, self._tripped = queue.Queue(), threading.Event()
        self._lock = threading.Lock()
        self._between = subprocess.Popen(
            [sys.executable, "-B", str(Path(__file__).with_name(script)), json.dumps(plan)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
        threading.Thread(target=self._listen, daemon=True).start()
        self._answers.get(timeout=20)

    def close(self):
        self._between.kill()
        self._between.wait()

    def start(self, name, command, **options):
        """Starts a process in the machine."""
        raise NotImplementedError

    def inside(self, name):
        """As a context: this thread's new sockets are the machine's."""
        raise NotImplementedError

    def port(self, name):
        """On which the machine's one service listens."""
        raise NotImplementedError

    def way(self, source, target):
        """Host and port at which the one reaches the other's service."""
        raise NotImplementedError

    def cut(self, source, target):
        self._tell({"from": source, "to": target, "cut": True})

    def mend(self, source, target):
        self._tell({"from": source, "to": target, "cut": False, "delay": 0.0})

    def delay(self, source, target, seconds):
        self._tell({"from": source, "to": target, "delay": seconds})

    def trip(self, source, target, size):
        """Holds what is sent after so many bytes; await_trip tells when."""
        self._tripped.clear()
        self._tell({"from": source, "to": target, "trip": size})

    def await_trip(self, seconds):
        return self._tripped.wait(seconds)

    def release(self, source, target):
        self._tell({"from": source, "to": target, "release": True})

    def _tell(self, command):
        with self._lock:
            self._between.stdin.write(json.dumps(command) + "\n")
            self._between.stdin.flush()
            self._answers.get(timeout=20)

    def _listen(self):
        for line in self._between.stdout:
            if line.strip() == "tripped":
                self._tripped.set()
            else:
                self._answers.put(line)


def make(names):
    from . import lines, namespaces  # pylint: disable=import-outside-toplevel
    return lines.Lines(names) if namespaces.why_not() else namespaces.Namespaces(names)


def what_it_is():
    from . import namespaces  # pylint: disable=import-outside-toplevel
    why_not = namespaces.why_not()
    return f"relays on loopback, as there are {why_not}" if why_not else "network namespaces"
