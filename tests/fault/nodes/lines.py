"""Machines without walls: all listen on loopback, and between each two that talk is a relay
(relay.py), which lets through what the network would. A line that is cut looks from its ends like
one on which packets are lost; that somebody is there to accept a connection is what differs.
"""
import socket
import subprocess
from contextlib import nullcontext

from .network import Network, die_with_parent


def _free_ports(count):
    taken = [socket.socket() for _ in range(count)]
    for one in taken:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in taken]
    for one in taken:
        one.close()
    return ports


class Lines(Network):
    address = "127.0.0.1"  # its services are everybody's who shares the machine

    def __init__(self, names):
        databases = [name for name in names if not name.startswith("node")]
        pairs = [(source, target) for source in names for target in databases if source != target]
        ports = _free_ports(len(names) + len(pairs))
        self._ports = dict(zip(names, ports))
        self._relays = dict(zip(pairs, ports[len(names):]))
        super().__init__("relay.py", [[source, target, port, self._ports[target]]
                                      for (source, target), port in self._relays.items()])

    def inside(self, name):
        return nullcontext()

    def start(self, name, command, **options):
        return subprocess.Popen(command, preexec_fn=die_with_parent, **options)

    def port(self, name):
        return self._ports[name]

    def way(self, source, target):
        return "127.0.0.1", self._relays[source, target]
