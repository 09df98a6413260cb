"""Which faults are played when: (seconds from the beginning, fault, how long it lasts). The time
stands still while nodes recover, so later faults come as much later.
"""
from dataclasses import dataclass

from . import faults as f

HOUR = 3600


@dataclass(frozen=True)
class Schedule:
    name: str
    faults: tuple
    rest: float = 1.0      # seconds of work after the last
    clocks: tuple = ()     # seconds by which each node's clock is wrong
    standby: bool = False
    contests: int = 0      # creates that fight for names, before the clients do anything else


# Together under 90 s: part of tests/run.
SHORT = [
    Schedule("killed and cut off", (
        (1.5, f.KillNode, 0.5), (2.5, f.KillPostgres, 0.3), (3.5, f.Partition, 4.0),
        (8.0, f.PartitionFromPostgres, 4.0))),
    Schedule("stopped and crowded out, clocks an hour apart", (
        (1.0, f.FreezeInBatch, 6.0), (8.0, f.ExhaustConnections, 3.0),
        (12.0, f.PartitionToPostgres, 4.0)), clocks=(HOUR, 0, -HOUR)),
    Schedule("a standby that had lost the tail is promoted", ((2.0, f.LoseTail, 2.0),), rest=2.0,
             standby=True),
]

LONG = [
    Schedule("10,000 contested names", (
        (2.0, f.KillNode, 0.5), (5.0, f.KillPostgres, 0.5), (8.0, f.PartitionFromPostgres, 3.0),
        (14.0, f.KillNode, 0.5), (18.0, f.KillPostgres, 0.0)), contests=10_000),
    Schedule("nodes are killed", tuple(
        (1.0 + 2.5 * i, f.KillNode, 0.2 + 0.3 * (i % 4)) for i in range(10))),
    Schedule("PostgreSQL is killed and restarted", (
        (1.0, f.KillPostgres, 0.0), (3.0, f.KillPostgres, 4.0), (8.0, f.RestartPostgres, 0.5),
        (10.0, f.KillPostgres, 12.0), (23.0, f.RestartPostgres, 0.0))),
    Schedule("nodes are cut off", (
        (1.0, f.Partition, 5.0), (7.0, f.PartitionToPostgres, 8.0),
        (16.0, f.PartitionFromPostgres, 8.0), (25.0, f.PartitionAll, 5.0))),
    Schedule("nodes are cut off for longer than an answer may be old", (
        (1.0, f.Partition, 40.0), (10.0, f.PartitionFromPostgres, 25.0))),
    Schedule("the database is alone for longer than an answer may be old", (
        (1.0, f.PartitionAll, 40.0),)),
    Schedule("packets take 30 seconds", ((1.0, f.Delay, 35.0), (37.0, f.DelayFromPostgres, 15.0))),
    Schedule("a slow line", ((1.0, f.SlowLine, 10.0), (3.0, f.KillNode, 1.0))),
    Schedule("a node is stopped for a minute in the middle of a batch", (
        (1.0, f.FreezeInBatch, 60.0),)),
    Schedule("nodes are stopped anywhere", (
        (1.0, f.Freeze, 3.0), (5.0, f.Freeze, 12.0), (8.0, f.Freeze, 2.0))),
    Schedule("connections run out", (
        (1.0, f.ExhaustConnections, 5.0), (7.0, f.ExhaustConnections, 12.0))),
    Schedule("clocks an hour apart", (
        (1.0, f.KillNode, 0.5), (3.0, f.KillPostgres, 1.0), (6.0, f.Partition, 4.0)),
             rest=5.0, clocks=(-HOUR, HOUR, 0)),
    Schedule("a promoted standby had lost the tail, and a node is killed", (
        (2.0, f.LoseTail, 4.0), (8.0, f.KillNode, 0.5)), rest=3.0, standby=True),
    Schedule("several at once", (
        (1.0, f.KillNode, 2.0), (1.5, f.PartitionFromPostgres, 4.0), (2.0, f.KillPostgres, 1.0),
        (8.0, f.Freeze, 6.0), (9.0, f.Partition, 3.0), (10.0, f.KillPostgres, 0.5))),
]
