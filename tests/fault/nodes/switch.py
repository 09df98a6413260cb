"""The network between the namespaces of a run: a switch in user space, so that each direction between
each two machines can be cut, delayed, or held in the middle of what is being sent. The machines'
own kernels keep their TCP: nobody is told that a line is cut.

    python3 switch.py '[["db", 1234, "10.77.0.1"], ...]'     name, a process in its namespace, address

Its commands are network.py's.
"""
import ctypes
import fcntl
import heapq
import json
import os
import select
import struct
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
CLONE_NEWNET = 0x40000000
BROADCAST = b"\xff" * 6
BURST = 64
# As much of a batch stays in the sender's memory as a slow network would leave there.
SEND_BUFFER = "4096 16384 65536"


def enter(namespace):
    if ctypes.CDLL(None, use_errno=True).setns(namespace, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def plug_in(number, pid, address):
    """A tap device in the process's namespace; its file and its hardware address."""
    mac = bytes([2, 0, 0, 0, 0, number])
    inside = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
    enter(inside)
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", b"net0", IFF_TAP | IFF_NO_PI))
    for words in (f"link set net0 address {mac.hex(':')}", f"addr add {address}/24 dev net0",
                  "link set net0 up", "link set lo up"):
        subprocess.run(["ip", *words.split()], check=True)
    with open("/proc/sys/net/ipv4/tcp_wmem", "w", encoding="ascii") as setting:
        setting.write(SEND_BUFFER)
    os.close(inside)
    return tap, mac


@dataclass
class Line:
    """One direction between two machines."""
    cut: bool = False
    delay: float = 0.0
    trip: int | None = None
    held: list = field(default_factory=list)


class Switch:
    def __init__(self, machines):
        home = os.open("/proc/self/ns/net", os.O_RDONLY)
        self._taps, self._by_mac = {}, {}
        for number, (name, pid, address) in enumerate(machines):
            self._taps[name], mac = plug_in(number, pid, address)
            self._by_mac[mac] = name
        enter(home)
        self._names = {tap: name for name, tap in self._taps.items()}
        self._lines = defaultdict(Line)
        self._delayed = []  # (due, number, tap, frame)
        self._number = 0

    def run(self):
        poll = select.poll()
        for tap in self._names:
            poll.register(tap, select.POLLIN)
        poll.register(sys.stdin, select.POLLIN)
        print("done", flush=True)
        while True:
            for fd, _ in poll.poll(self._patience()):
                if fd != sys.stdin.fileno():
                    self._take(fd)
                elif not self._obey(sys.stdin.readline()):
                    return
            while self._delayed and self._delayed[0][0] <= time.monotonic():
                _, _, tap, frame = heapq.heappop(self._delayed)
                self._deliver(tap, frame)

    def _patience(self):
        if not self._delayed:
            return None
        return max(0, self._delayed[0][0] - time.monotonic()) * 1000 + 1

    def _obey(self, line):
        if not line:
            return False
        said = json.loads(line)
        way = self._lines[said["from"], said["to"]]
        way.cut = said.get("cut", way.cut)
        way.delay = said.get("delay", way.delay)
        if "trip" in said:
            way.trip = said["trip"]
        if said.get("release"):
            way.trip = None
            held, way.held = way.held, []
            for frame in held:
                self._deliver(self._taps[said["to"]], frame)
        print("done", flush=True)
        return True

    def _take(self, tap):
        source = self._names[tap]
        for _ in range(BURST):
            try:
                frame = os.read(tap, 65536)
            except BlockingIOError:
                return
            if frame[:6] in self._by_mac:
                self._forward(source, self._by_mac[frame[:6]], frame)
            elif frame[:6] == BROADCAST:
                for name in self._taps:
                    if name != source:
                        self._forward(source, name, frame)

    def _forward(self, source, target, frame):
        line = self._lines[source, target]
        if line.cut:
            return
        if line.trip is not None:
            if line.trip <= 0:
                line.held.append(frame)
                return
            line.trip -= len(frame)
            if line.trip <= 0:
                print("tripped", flush=True)
        if line.delay:
            self._number += 1
            heapq.heappush(self._delayed, (time.monotonic() + line.delay, self._number,
                                           self._taps[target], frame))
            return
        self._deliver(self._taps[target], frame)

    @staticmethod
    def _deliver(tap, frame):
        try:
            os.write(tap, frame)
        except (BlockingIOError, OSError):
            pass  # as a full queue of a card


if __name__ == "__main__":
    Switch(json.loads(sys.argv[1])).run()
