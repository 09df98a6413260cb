"""One schedule, played: a cluster, clients at work, faults in their time, and then the questions
(ending.py).

    result = play(schedule, seed, program, place)
    result.wrong      sentences; none when all is well
"""
import itertools
import random
import time
from dataclasses import dataclass, field

from . import ending
from .cluster import Cluster
from .recorder import Recorder
from .revocation import Duels
from .workload import Workload

RECOVERY_SECONDS = 10.0
# Until the clients' last calls and the last duel have ended; for the contests of a schedule.
LAST_SECONDS, CONTEST_SECONDS = 60.0, 900.0


@dataclass
class Tail:
    """When a standby was cut off, its server killed, and it promoted; the epoch before."""
    cut: float = 0.0
    killed: float = 0.0
    promoted: float = 0.0
    epoch: int = 0


@dataclass
class Result:
    schedule: str
    seed: int
    wrong: list = field(default_factory=list)
    faults: list = field(default_factory=list)
    recoveries: list = field(default_factory=list)  # seconds
    operations: int = 0
    outcomes: dict = field(default_factory=dict)
    events: int = 0
    contested: int = 0
    duels: int = 0
    erasures: int = 0
    seconds: float = 0.0


class Run:
    def __init__(self, schedule, seed, program, place):
        self.schedule, self.seed, self.place = schedule, seed, place
        self.random = random.Random(seed)
        self.result = Result(schedule.name, seed)
        self.tail = Tail()
        self.recorder = Recorder()
        self._numbers = itertools.count()
        self.cluster = Cluster(program, place, schedule.clocks, schedule.standby)
        self.workload = None

    def next_number(self):
        return next(self._numbers)

    def first_ok_after(self, node, moment):
        """How long after the moment the node acknowledged a command that began after it."""
        ended = [operation.end for operation in list(self.recorder.operations)
                 if operation.node == node.name and operation.outcome == "ok"
                 and operation.start >= moment and operation.method not in ending.READS]
        return min(ended) - moment if ended else None

    def play(self):
        began = time.monotonic()
        with self.cluster:
            self.cluster.begin()
            self.workload = Workload(self.cluster.nodes, self.recorder, self.cluster.admin(),
                                     self.seed, contests=self.schedule.contests)
            self.workload.prepare()
            duels = Duels(self.workload)
            self.workload.start()
            duels.start()
            self._play_faults()
            self.result.wrong += [f"did not end: {name}" for name in self.workload.stop()]
            duels.join(timeout=LAST_SECONDS)
            if duels.is_alive():
                self.result.wrong.append(f"did not end: {duels.name}")
            self.result.duels = duels.fought
            ending.judge(self)
        self.result.seconds = time.monotonic() - began
        return self.result

    def _play_faults(self):
        """Faults may overlap; when all are healed, every node has its seconds to work again."""
        steps = []
        for at, kind, hold in self.schedule.faults:
            steps += [(at, "begin", kind, None), (at + hold, "heal", kind, at)]
        steps.sort(key=lambda step: (step[0], step[1]))
        zero, active = time.monotonic(), {}
        for at, what, kind, since in steps:
            self._pass(lambda moment=zero + at: time.monotonic() >= moment)
            if what == "begin":
                fault = active[kind, at] = kind(self)
                self.result.faults.append(str(fault))
                fault.begin()
                continue
            self.result.wrong += active.pop((kind, since)).heal()
            if not active:
                zero += self._await_recovery(time.monotonic(), kind)
        until = time.monotonic() + CONTEST_SECONDS
        self._pass(lambda: not self.workload.contesting or time.monotonic() > until)
        if self.workload.contesting:
            self.result.wrong.append(f"the contests did not end within {CONTEST_SECONDS} s")
        end = time.monotonic() + self.schedule.rest
        self._pass(lambda: time.monotonic() >= end)

    def _pass(self, enough):
        """Waits, and looks after the nodes meanwhile."""
        while not enough():
            for node in self.cluster.nodes:
                self.result.wrong += node.tend()
            time.sleep(0.05)

    def _await_recovery(self, healed, kind):
        """Returns what it took; the rest of the schedule is later by so much."""
        for node in self.cluster.nodes:
            self._pass(lambda node=node: self.first_ok_after(node, healed) is not None
                       or time.monotonic() > healed + 3 * RECOVERY_SECONDS)
            took = self.first_ok_after(node, healed)
            self.result.recoveries.append(took if took is not None else float("inf"))
            if took is None or took > RECOVERY_SECONDS:
                self.result.wrong.append(f"{node.name} committed {took} s after the end of "
                                         f"{kind.__name__}\n{node.last_words()}")
        return time.monotonic() - healed


def play(schedule, seed, program, place):
    return Run(schedule, seed, program, place).play()
