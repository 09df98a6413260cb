"""A server with its log in its own files, killed again and again under clients at work.

    result = UnderLoad(kills, seed, program, place).play()
    result.wrong      sentences; none when all is well

Of what each kill leaves a copy is judged (judge.py): the log is sound, what was acknowledged since the
kill before stands in it whole, and the read models are what it says, byte for byte. The server takes
the rest up by itself. At the end the whole history is held against the log (history/check.py).
"""
import random
import time
from dataclasses import dataclass, field
from pathlib import Path

from history.check import check
from history.methods import WRITES
from nodes.client import Client
from nodes.node import Node
from nodes.recorder import Caller, Recorder
from nodes.workload import MOVES as ALL_MOVES
from nodes.workload import Workload

from .alone import Alone
from .judge import Leftover, gaps, lost

READY_SECONDS = 60
# From its first acknowledged command; and of those that are killed before, from its start.
LIVES, CUT_SHORT = (0.05, 0.6), (0.0, 0.15)
CUT_SHORT_SHARE = 0.2
# Of a client that finds no server.
PAUSE = 0.05
# Nobody is erased: what the log says must be readable to its end.
MOVES = tuple(move for move in ALL_MOVES if move != "DeleteUser")
SETTINGS = {"MUNIMENT_WORKERS_HASH": "1", "MUNIMENT_FIRSTINSTANCE_WEBKEYS_TYPE": "ed25519"}


@dataclass
class Result:
    wrong: list = field(default_factory=list)
    kills: int = 0
    failed: int = 0  # kills after which something was wrong
    acknowledged: int = 0
    operations: int = 0
    events: int = 0


class UnderLoad:
    def __init__(self, kills, seed, program, place, until=float("inf")):
        """No kill begins after `until`, of time.monotonic()."""
        self._kills, self._seed, self._place, self._until = kills, seed, Path(place), until
        self._random = random.Random(seed)
        self._recorder = Recorder()
        self._alone = Alone()
        self._node = Node(self._alone, "node1", place, program, SETTINGS)
        self._judged = 0            # operations
        self._heads = [0, 0]        # where the log ended at the last two kills
        self.result = Result()

    def play(self):
        try:
            self._serve()
            workload = Workload([self._node], self._recorder, self._admin(), self._seed,
                                moves=MOVES)
            workload.prepare()
            workload.start()
            while self.result.kills < self._kills and time.monotonic() < self._until:
                self._kill()
            time.sleep(0.5)  # the last life works as well
            self.result.wrong += [f"did not end: {name}" for name in workload.stop()]
            self._judge_all()
        finally:
            if self._node.running:
                self._node.kill()
        return self.result

    def _serve(self):
        self._node.start()
        self._node.await_ready(READY_SECONDS)
        self._alone.pause = 0.0
        if self._node.absent:
            self._node.back()

    def _admin(self):
        token = (self._node.models_path / "admin.pat").read_text().strip()
        asked = {"queries": [{"userNameQuery": {"userName": "admin-machine"}}]}
        found = Client(self._node, token).call("UserService/ListUsers", asked).body["result"]
        return Caller("admin", found[0]["userId"], token)

    def _await_work(self):
        """A command that this life acknowledged."""
        since = self._node.absent[-1][1] if self._node.absent else 0.0
        until = time.monotonic() + READY_SECONDS
        while self._recorder.last_ok[self._node.name] < since and time.monotonic() < until:
            time.sleep(0.01)

    def _kill(self):
        self._await_work()
        time.sleep(self._random.uniform(*LIVES))
        self._node.kill()
        self._alone.pause = PAUSE
        while self._random.random() < CUT_SHORT_SHARE:
            self._node.start()
            time.sleep(self._random.uniform(*CUT_SHORT))
            self._node.kill()
        self.result.kills += 1
        wrong = self._judge_kill()
        self.result.failed += bool(wrong)
        self.result.wrong += [f"after kill {self.result.kills}: {what}" for what in wrong]
        self._serve()

    def _judge_kill(self):
        made = self._recorder.operations[self._judged:]
        self._judged += len(made)
        data = Leftover(self._node, self._place / "leftover")
        # An answer may have been written down only after the kill before.
        events = data.events(after=self._heads.pop(0))
        self._heads.append(events[-1].sequence if events else self._heads[-1])
        data.remove()
        return data.wrong + gaps(events) + lost(made, events)

    def _judge_all(self):
        status = self._node.stop()
        if status != 0:
            self.result.wrong.append(f"it ended with {status}:\n{self._node.last_words()}")
        data = Leftover(self._node, self._place / "leftover")
        events = data.events(after=0)
        operations = list(self._recorder.operations)
        self.result.wrong += data.wrong + self._recorder.strange + check(operations, events)
        self.result.operations, self.result.events = len(operations), len(events)
        self.result.acknowledged = sum(operation.outcome == "ok" and operation.method in WRITES
                                       for operation in operations)
        if not self.result.acknowledged:
            self.result.wrong.append("nothing was acknowledged: the kills show nothing")
