"""Machines that are network namespaces, plugged into one switch (switch.py)."""
import ctypes
import os
import subprocess
from contextlib import contextmanager

from .network import LIBC, Network, die_with_parent

CLONE_NEWNET = 0x40000000
PORT = 5432


def why_not():
    """What is missing; empty where nothing is."""
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return "no tap devices"
    try:
        tried = subprocess.run(["unshare", "--net", "ip", "link", "set", "lo", "up"],
                               capture_output=True, check=False)
    except FileNotFoundError:
        return "no programs for network namespaces"
    return "" if tried.returncode == 0 else "no network namespaces for us"


def _hold():
    """A process that does nothing, in a new namespace; it has said so when this returns."""
    holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo here; exec sleep infinity"],
                              stdout=subprocess.PIPE, preexec_fn=die_with_parent)
    holder.stdout.readline()
    return holder


class Namespaces(Network):
    def __init__(self, names):
        self._home = os.open("/proc/self/ns/net", os.O_RDONLY)
        self._address = {name: f"10.77.0.{number}" for number, name in enumerate(names, 1)}
        self._holders = {name: _hold() for name in names}
        self._spaces = {name: os.open(f"/proc/{holder.pid}/ns/net", os.O_RDONLY)
                        for name, holder in self._holders.items()}
        super().__init__("switch.py", [[name, self._holders[name].pid, self._address[name]]
                                       for name in names])

    def close(self):
        super().close()
        for holder in self._holders.values():
            holder.kill()
            holder.wait()
        for space in (self._home, *self._spaces.values()):
            os.close(space)

    @contextmanager
    def inside(self, name):
        if LIBC.setns(self._spaces[name], CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        try:
            yield
        finally:
            LIBC.setns(self._home, CLONE_NEWNET)

    def start(self, name, command, **options):
        pid = self._holders[name].pid
        return subprocess.Popen(["nsenter", f"--net=/proc/{pid}/ns/net", *command],
                                preexec_fn=die_with_parent, **options)

    def port(self, name):
        return PORT

    def way(self, source, target):
        return self._address[target], PORT
