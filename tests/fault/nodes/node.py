"""A node of a run: `muniment start` in a machine of the network, with a data directory of its own.

    node = Node(network, "node1", place, settings); node.start(); node.await_ready(10)
    node.kill(); node.freeze(); node.thaw(); node.stop()
    node.offline("verify")
"""
import os
import re
import signal
import subprocess
import time
from datetime import datetime
from http.client import HTTPException
from pathlib import Path

from .client import Connection

# As deploy/muniment.service says.
RESTART_SECONDS = 2.0


def clean_environment():
    """What the tests' own surroundings configure must not reach the program."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MUNIMENT")}


class Node:
    def __init__(self, network, name, place, program, settings):
        """`settings` is the configuration as environment variables."""
        self.network, self.name = network, name
        self.place = Path(place, name)
        self.place.mkdir()
        self._program, self._settings = program, settings
        self._process, self._started = None, 0.0
        self._log = self.place / "log"
        # Environment of the clock it lives by (shifted_clock.cc).
        self.clock = {}
        # While it cannot answer, by our doing: [from, to or None].
        self.absent = []

    @property
    def running(self):
        return self._process is not None and self._process.poll() is None

    @property
    def models_path(self):
        return self.place / "data"

    def _environment(self, **more):
        return {**clean_environment(), **self._settings, **self.clock,
                "MUNIMENT_DATADIR": str(self.place / "data"), **more}

    def start(self):
        self._started = time.monotonic()
        with open(self._log, "ab") as log:
            self._process = self.network.start(
                self.name, [self._program, "start", "--port", str(self.network.port(self.name))], stdout=log, stderr=log,
                env=self._environment())

    def get(self, path, seconds=2.0):
        """The status and body of a page; (0, "") where nobody answers."""
        try:
            connection = Connection(self, seconds)
            connection.request("GET", path)
            answer = connection.getresponse()
            said = answer.status, answer.read().decode()
            connection.close()
            return said
        except (OSError, HTTPException):
            return 0, ""

    def ready(self):
        return self.get("/debug/ready")[0] == 200

    def await_ready(self, seconds):
        until = time.monotonic() + seconds
        while not self.ready():
            if not self.running:
                raise RuntimeError(f"{self.name} ended by itself:\n{self.last_words()}")
            if time.monotonic() > until:
                raise RuntimeError(f"{self.name} is not ready after {seconds} s:\n"
                                   f"{self.last_words()}")
            time.sleep(0.02)

    def metric(self, name):
        for line in self.get("/metrics")[1].splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
        return None

    def last_words(self):
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-12:])

    def clock_error(self):
        """Seconds by which its clock is before the kernel's: its newest line says when it was."""
        said = re.findall(r"^(\d{4}-\S+)Z ", self._log.read_text(errors="replace"), re.M)
        said_at = datetime.fromisoformat(said[-1] + "+00:00").timestamp()
        return said_at - self._log.stat().st_mtime

    def tend(self):
        """Starts it again where it found no database, as a service manager does; whatever else ended
        it is a violation, as a sentence."""
        meant = self.absent and self.absent[-1][1] is None
        if self.running or meant or time.monotonic() < self._started + RESTART_SECONDS:
            return []
        words, status = self.last_words(), self._process.returncode
        self._leave()
        self.start()
        self.back()
        if words.endswith("[store.unavailable]"):
            return []
        return [f"{self.name} ended by itself with {status}:\n{words}"]

    def kill(self):
        self._leave()
        self._process.kill()
        self._process.wait()

    def freeze(self):
        self._leave()
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self._process.send_signal(signal.SIGCONT)
        self.back()

    def stop(self, seconds=40):
        """Ends it as an operator does; its exit status."""
        self._leave()
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(timeout=seconds)

    def _leave(self):
        self.absent.append([time.monotonic(), None])

    def back(self):
        self.absent[-1][1] = time.monotonic()

    def was_absent(self, start, end):
        return any(left <= end and (back is None or back >= start) for left, back in self.absent)

    def offline(self, *words, settings=None, seconds=300):
        """A subcommand over this node's data, in its machine; `settings` go over its own."""
        running = self.network.start(self.name, [self._program, *words],
                                     env=self._environment(**(settings or {})),
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        stdout, stderr = running.communicate(timeout=seconds)
        return running.returncode, stdout, stderr
