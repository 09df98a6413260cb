"""What goes wrong. A fault begins, lasts, and is healed; `str(fault)` says what it did to whom.

Faults are begun and healed by the main thread alone: a process goes with the thread that started it.
"""
import base64
import threading
import time

from . import postgres
from .recorder import Caller

# Of a node that is stopped in the middle of a batch: what is sent then, and after how much of it.
BATCH_VALUES, VALUE_BYTES, HELD_AFTER = 4, 250_000, 300_000
OTHERS_COMMIT_SECONDS = 5.0


class Fault:
    def __init__(self, run):
        self.run, self.cluster, self.random = run, run.cluster, run.random
        self.node = self.random.choice(self.cluster.nodes)

    def __str__(self):
        return f"{type(self).__name__} {self.about()}".rstrip()

    def about(self):
        return self.node.name

    def begin(self):
        raise NotImplementedError

    def heal(self):
        """May end with violations of its own, as sentences."""
        raise NotImplementedError


class KillNode(Fault):
    def begin(self):
        self.node.kill()

    def heal(self):
        self.node.start()
        self.node.back()
        return []


class KillPostgres(Fault):
    def about(self):
        return ""

    def begin(self):
        self.cluster.postgres.kill()

    def heal(self):
        self.cluster.postgres.start()
        return []


class RestartPostgres(KillPostgres):
    def begin(self):
        self.cluster.postgres.stop()


class Partition(Fault):
    """No packet passes between a node and the database, either way."""

    def lines(self):
        database = self.cluster.postgres.name
        return [(self.node.name, database), (database, self.node.name)]

    def begin(self):
        for line in self.lines():
            self.cluster.network.cut(*line)

    def heal(self):
        for line in self.lines():
            self.cluster.network.mend(*line)
        return []


class PartitionToPostgres(Partition):
    """The node hears and is not heard."""

    def lines(self):
        return super().lines()[:1]


class PartitionFromPostgres(Partition):
    """The node is heard and does not hear: what it sends is done, and nobody tells it."""

    def lines(self):
        return super().lines()[1:]


class PartitionAll(Partition):
    """The database is alone."""

    def about(self):
        return ""

    def lines(self):
        database = self.cluster.postgres.name
        names = [node.name for node in self.cluster.nodes]
        return [(name, database) for name in names] + [(database, name) for name in names]


class Delay(Partition):
    """Each packet takes so long."""
    seconds = 30.0

    def begin(self):
        for line in self.lines():
            self.cluster.network.delay(*line, self.seconds)


class DelayFromPostgres(Delay):
    def lines(self):
        return super().lines()[1:]


class SlowLine(Delay):
    seconds = 0.25


class FreezeInBatch(Fault):
    """A node is stopped when about a third of a large batch has left it; others go on."""

    def begin(self):
        team = self.run.workload.team
        database = self.cluster.postgres.name
        self.cluster.network.trip(self.node.name, database, HELD_AFTER)
        # To users of their own, so that they can go in one batch.
        senders = [threading.Thread(target=self._send, daemon=True,
                                    args=(self.node, member.user_id, VALUE_BYTES))
                   for member in team.members[:BATCH_VALUES]]
        for sender in senders:
            sender.start()
        self._wrong = []
        if not self.cluster.network.await_trip(10):
            self._wrong.append("the large batch was not on its way when its node was stopped")
        self.node.freeze()
        frozen = time.monotonic()
        self.cluster.network.release(self.node.name, database)
        # By itself: the clients may all wait for the node that is stopped.
        for node in self.cluster.nodes:
            if node is not self.node:
                self._commit(node, team.members[-1].user_id, frozen)

    def _send(self, node, user_id, size):
        text = f"{self.run.seed}/{self.run.next_number()}/".encode().ljust(size, b".")
        value = base64.b64encode(text).decode()
        admin = self.run.workload.team.admin
        operation, _ = self.run.recorder.command(
            node, Caller("batch", admin.user_id, admin.token), "SetUserMetadata",
            {"userId": user_id, "value": value})
        return operation

    def _commit(self, node, user_id, frozen):
        operation = self._send(node, user_id, 1)
        took = operation.end - frozen
        if operation.outcome != "ok" or took > OTHERS_COMMIT_SECONDS:
            self._wrong.append(f"{node.name} did not commit within {took:.1f} s after "
                               f"{self.node.name} was stopped: {operation}")

    def heal(self):
        self.node.thaw()
        return self._wrong


class Freeze(Fault):
    """A node is stopped anywhere."""

    def begin(self):
        self.node.freeze()

    def heal(self):
        self.node.thaw()
        return []


class ExhaustConnections(Fault):
    """The nodes lose their sessions, and others hold all there are."""

    def about(self):
        return ""

    def begin(self):
        self._held = []
        for _ in range(5):
            self.cluster.end_sessions()
            self._fill()
            time.sleep(0.1)

    def _fill(self):
        for _ in range(postgres.MAX_CONNECTIONS):
            try:
                self._held.append(postgres.session_of(self.cluster.postgres))
            except OSError:
                return

    def heal(self):
        for connection in self._held:
            connection.close()
        return []


class LoseTail(Fault):
    """The standby is cut off, the server commits on and dies, the standby is promoted."""

    def about(self):
        return ""

    def begin(self):
        self.cluster.standby_has_all()
        self.run.tail.cut = time.monotonic()
        for line in (("db", "standby"), ("standby", "db")):
            self.cluster.network.cut(*line)

    def heal(self):
        self.run.tail.epoch = self.cluster.epoch()
        self.cluster.postgres.kill()
        self.run.tail.killed = time.monotonic()
        self.cluster.postgres = self.cluster.databases["standby"]
        self.cluster.postgres.promote()
        self.run.tail.promoted = time.monotonic()
        return []
