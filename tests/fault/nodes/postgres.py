"""PostgreSQL of a run: Debian's, in one machine of the network, durable as in earnest, with a data
directory in the run's place. A standby streams from another server and can be promoted.

    server = Postgres(network, "db", place); server.create(); server.start()
    server.query("SELECT 1")        as its owner, past the network
    standby = Postgres(network, "standby", place); standby.follow(server); standby.start()
"""
import os
import pwd
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path

OWNER = "postgres"  # of the processes, where the tests run as root, and of the database
ROLE = "muniment"   # the nodes'; the server keeps some connections for its owner alone
MAX_CONNECTIONS = 40
HOLDER = "holder"   # the name of a session that is held for nothing
SETTINGS = {"max_connections": str(MAX_CONNECTIONS),
            "client_min_messages": "warning", "wal_level": "replica", "hot_standby": "on",
            "wal_sender_timeout": "5s", "wal_receiver_timeout": "5s", "log_line_prefix": "%m [%p] "}


def programs():
    """Where the newest installed server's programs are; None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def session_of(server):
    """A session that the nodes' role holds open, for nothing."""
    with server.network.inside(server.name):
        connection = socket.create_connection(("127.0.0.1", server.network.port(server.name)), timeout=5)
    said = b"user\0" + ROLE.encode() + (
        b"\0database\0postgres\0application_name\0" + HOLDER.encode() + b"\0\0")
    connection.sendall(struct.pack("!II", 8 + len(said), 196608) + said)
    first = connection.recv(1)
    if first != b"R":
        connection.close()
        raise ConnectionRefusedError("no session")
    return connection


class Postgres:
    def __init__(self, network, name, place):
        self.network, self.name = network, name
        self._bin = programs()
        self._place = Path(place, f"postgres-{name}")
        self._place.mkdir()
        self._data = self._place / "data"
        self._port = str(network.port(name))
        self._process = None
        self._as_owner = {}
        if os.getuid() == 0:
            user = pwd.getpwnam(OWNER)
            os.chown(self._place, user.pw_uid, user.pw_gid)
            self._as_owner = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def create(self):
        self._run("initdb", "-D", self._data, "-U", OWNER, "-A", "trust", "-E", "UTF8",
                  "--locale=C", "--no-instructions")
        with open(self._data / "pg_hba.conf", "a", encoding="ascii") as rules:
            rules.write("host all,replication all samenet trust\n")

    def follow(self, server):
        """Becomes a copy of a running server, to stream from it once it is started."""
        host, port = self.network.way(self.name, server.name)
        source = f"host={host} port={port} user={OWNER}"
        copying = self.network.start(self.name, [*self._setuid(), str(self._bin / "pg_basebackup"),
                                                 "-d", source, "-D", str(self._data), "-R",
                                                 "--checkpoint=fast"], cwd="/",
                                     stderr=subprocess.PIPE, text=True)
        _, said = copying.communicate(timeout=60)
        if copying.returncode != 0:
            raise RuntimeError(f"pg_basebackup: {said}")

    def start(self, seconds=30):
        until = time.monotonic() + seconds
        self._launch()
        while self._ask("SELECT 1").returncode != 0:
            if time.monotonic() > until:
                raise RuntimeError(f"PostgreSQL does not start; {self._place}/log")
            time.sleep(0.05)
            # A process of the one that was killed may still hold its shared memory for a moment.
            if self._process.poll() is not None:
                time.sleep(0.5)
                self._launch()

    def _launch(self):
        chosen = {"listen_addresses": self.network.address, **SETTINGS}
        settings = [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]
        with open(self._place / "log", "ab") as log:
            self._process = self.network.start(
                self.name, [*self._setuid(), str(self._bin / "postgres"), "-D", str(self._data),
                            "-k", str(self._place), "-p", self._port, *settings],
                cwd="/", stdout=log, stderr=log, start_new_session=True)

    def kill(self):
        """All of its processes at once, as when the machine's power fails."""
        if self._process is None:
            return
        leader = self._process.pid
        for session in sorted(_sessions_below(leader)):
            try:
                os.killpg(session, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self._process.wait()
        self._process = None

    def stop(self):
        self._process.send_signal(signal.SIGINT)
        self._process.wait(timeout=30)
        self._process = None

    @property
    def running(self):
        return self._process is not None

    def promote(self):
        self.query("SELECT pg_promote(true, 30)")

    def query(self, sql):
        """Rows of texts."""
        asked = self._ask(sql)
        if asked.returncode != 0:
            raise RuntimeError(f"{sql}: {asked.stderr.strip()}")
        return [line.split("\t") for line in asked.stdout.splitlines()]

    def _ask(self, sql):
        return subprocess.run(
            [self._bin / "psql", "-h", self._place, "-p", self._port, "-U", OWNER, "-d", "postgres", "-XqAt", "-F",
             "\t", "-c", sql], capture_output=True, text=True, check=False,
            env={**os.environ, "PGCONNECT_TIMEOUT": "5"})

    def _run(self, program, *words):
        done = subprocess.run([self._bin / program, *words], capture_output=True, text=True,
                              check=False, cwd="/", **self._as_owner)
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stderr}")

    def _setuid(self):
        if not self._as_owner:
            return []
        return ["setpriv", f"--reuid={self._as_owner['user']}",
                f"--regid={self._as_owner['group']}", "--clear-groups",
                "--pdeathsig=SIGINT"]


def _sessions_below(leader):
    """The process groups of a server: its own and those of its children, each of which leads one."""
    groups = {leader}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == leader:
            groups.add(int(fields[2]))
    return groups
