"""One PostgreSQL and its nodes, each a machine of one network.

    with Cluster(program, place) as cluster:
        cluster.begin()
        cluster.nodes, cluster.admin(), cluster.await_served(since)
"""
import secrets
import time
from pathlib import Path

from . import kept_keys
from .client import Client
from .network import make
from .node import Node
from .postgres import HOLDER, ROLE, Postgres
from .recorder import Caller

READY_SECONDS = 60
# By which what a node wrote and when it was written may differ.
CLOCK_SECONDS = 10


class Cluster:
    def __init__(self, program, place, clocks=(), standby=False, nodes=3):
        self.place = Path(place)
        names = [f"node{i}" for i in range(1, nodes + 1)]
        databases = ["db", "standby"] if standby else ["db"]
        self.network = make([*databases, *names])
        self.databases = {name: Postgres(self.network, name, self.place) for name in databases}
        self.postgres = self.databases["db"]
        self._master_key = secrets.token_hex(32)
        self.nodes = [Node(self.network, name, self.place, program,
                           self.settings(name, databases)) for name in names]
        library = Path(program).parent / "tests/fault/libshifted_clock.so"
        self._clocks = clocks
        for node, seconds in zip(self.nodes, clocks):
            node.clock = {"LD_PRELOAD": str(library), "SHIFTED_CLOCK_SECONDS": str(seconds)}

    def settings(self, name, databases):
        """The configuration of a node over these databases, the first that takes writes."""
        ways = [self.network.way(name, database) for database in databases]
        url = (f"host={','.join(host for host, _ in ways)} "
               f"port={','.join(str(port) for _, port in ways)} user={ROLE} dbname=postgres")
        if len(databases) > 1:
            url += " target_session_attrs=read-write"
        return {"MUNIMENT_STORE_POSTGRES_URL": url, "MUNIMENT_MASTERKEY": self._master_key,
                "MUNIMENT_WORKERS_HASH": "1"}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for node in self.nodes:
            if node.running:
                node.kill()
        for postgres in self.databases.values():
            postgres.kill()
        self.network.close()

    def begin(self):
        self.postgres.create()
        self.postgres.start()
        self.postgres.query(f"CREATE ROLE {ROLE} LOGIN")
        self.postgres.query(f"GRANT CREATE ON DATABASE postgres TO {ROLE}")
        if "standby" in self.databases:
            self.databases["standby"].follow(self.postgres)
            self.databases["standby"].start()
        # The first makes the instance and gets its token.
        for node in self.nodes:
            node.start()
            if node is self.nodes[0]:
                node.await_ready(READY_SECONDS)
        for node in self.nodes:
            node.await_ready(READY_SECONDS)
        self._check_clocks()
        kept_keys.keep(self.postgres)

    def _check_clocks(self):
        """A clock that goes right shows nothing: the library may not have been loaded."""
        for node, seconds in zip(self.nodes, self._clocks):
            shown = node.clock_error()
            if abs(shown - seconds) > CLOCK_SECONDS:
                raise RuntimeError(f"the clock of {node.name} is wrong by {shown:.0f} s, not by "
                                   f"{seconds} s")

    def admin(self):
        token = (self.nodes[0].models_path / "admin.pat").read_text().strip()
        asked = {"queries": [{"userNameQuery": {"userName": "admin-machine"}}]}
        reply = Client(self.nodes[0], token).call("UserService/ListUsers", asked)
        if not reply.ok:
            raise RuntimeError(f"the administrator is not found: {reply}")
        return Caller("admin", reply.body["result"][0]["userId"], token)

    def standby_has_all(self, seconds=20):
        """Waits until the standby has replayed what stands now."""
        [[here]] = self.postgres.query("SELECT pg_current_wal_flush_lsn()")
        until = time.monotonic() + seconds
        asked = f"SELECT pg_last_wal_replay_lsn() >= '{here}'"
        while self.databases["standby"].query(asked) != [["t"]]:
            if time.monotonic() > until:
                raise RuntimeError("the standby does not follow")
            time.sleep(0.05)

    def end_sessions(self):
        """Of the nodes."""
        self.postgres.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                            f" WHERE usename = '{ROLE}' AND application_name <> '{HOLDER}'")

    def epoch(self):
        return int(self.postgres.query("SELECT epoch FROM muniment.head")[0][0])

    def position(self):
        return int(self.postgres.query("SELECT position FROM muniment.head")[0][0])
