"""What is asked after a schedule, when everything is healed and the clients have ended: the nodes
stop in order, the log has no gap and is sound, the read models of all are what it says byte for
byte, who was removed can be read no more (history/erasure.py), and the history is one that the log
explains (history/check.py).
"""
import time
from collections import Counter
from dataclasses import replace

from history.check import check
from history.erasure import check_erasure
from history.matching import Matching
from history.methods import DECIDED, READS
from history.record import read_events, write_history

from . import kept_keys

CATCH_UP_SECONDS = 20.0
# An erasure ends on every node; who leads may change first, and a failed attempt waits.
ERASE_SECONDS = 120.0
ERASURES = ("sweep.user", "purge.user")


def judge(run):
    wrong, result = run.result.wrong, run.result
    wrong += _end_erasures(run.cluster)
    wrong += _catch_up(run.cluster)
    for node in run.cluster.nodes:
        status = node.stop()
        if status != 0:
            wrong.append(f"{node.name} ended with {status}:\n{node.last_words()}")
    wrong += _positions(run.cluster)
    wrong += _models(run.cluster)
    wrong += check_erasure(_events(run.cluster.nodes[0], run.place / "erased.jsonl", wrong))
    kept_keys.put_back(run.cluster.postgres)
    events = _events(run.cluster.nodes[0], run.place / "events.jsonl", wrong)
    operations = list(run.recorder.operations)
    write_history(run.place / "history.jsonl", operations)
    wrong += run.recorder.strange
    if run.tail.promoted:
        operations = _judge_loss(run, operations, events)
    wrong += check(operations, events)
    result.operations = len(run.recorder.operations)
    result.outcomes = dict(Counter(o.outcome for o in run.recorder.operations))
    # Who was only told that the store is away has fought for nothing.
    result.contested = sum("-name" in o.request.get("username", "")
                           for o in run.recorder.operations
                           if o.method == "CreateUser" and o.outcome in DECIDED)
    if result.contested < run.schedule.contests:
        wrong.append(f"only {result.contested} of {run.schedule.contests} contested creates were "
                     "decided")
    result.erasures = sum(event.type == "user.erased" for event in events)
    result.events = len(events)


def _end_erasures(cluster):
    """Whoever was removed is erased everywhere."""
    until = time.monotonic() + ERASE_SECONDS
    for node in cluster.nodes:
        for work in ERASURES:
            queue = f'muniment_work_queue{{work="{work}"}}'
            while node.metric(queue) != 0:
                if time.monotonic() > until:
                    return [f"{node.name} still has {node.metric(queue)} of {work} to do after "
                            f"{ERASE_SECONDS} s:\n{node.last_words()}"]
                time.sleep(0.05)
    return []


def _catch_up(cluster):
    """Every node's read models come to where the log ends, which the nodes' own work may move."""
    until = time.monotonic() + CATCH_UP_SECONDS
    for node in cluster.nodes:
        while (shown := node.metric("muniment_models_position")) != (head := cluster.position()):
            if time.monotonic() > until:
                return [f"{node.name} shows {shown} of {head} after {CATCH_UP_SECONDS} s:\n"
                        f"{node.last_words()}"]
            time.sleep(0.05)
    return []


def _positions(cluster):
    rows = cluster.postgres.query(
        "SELECT count(*), count(DISTINCT position), min(position), max(position),"
        " (SELECT position FROM muniment.head)"
        " FROM (SELECT position FROM muniment.log UNION ALL SELECT position FROM muniment.segment)"
        " positions")
    count, distinct, first, last, head = (int(value) for value in rows[0])
    if (first, last, count, distinct) == (1, head, head, head):
        return []
    return [f"positions {first} to {last}, {count} of them and {distinct} different, head {head}"]


def _models(cluster):
    wrong = []
    status, said, complaint = cluster.nodes[0].offline("verify")
    if status != 0 or "sound" not in said:
        wrong.append(f"the log is not sound: {said} {complaint}")
    for node in cluster.nodes:
        status, said, complaint = node.offline("replay", "--check")
        if status != 0 or "byte for byte" not in said:
            wrong.append(f"the read models of {node.name} are not what the log says:\n"
                         f"{said} {complaint}")
    return wrong


def _events(node, path, wrong, **settings):
    status, said, complaint = node.offline("events", "--payload", **settings)
    if status != 0:
        wrong.append(f"the events cannot be read: {complaint}")
    path.write_text(said)
    return read_events(said.splitlines())


def _judge_loss(run, operations, events):
    """The log that died is held against what was acknowledged until then; the one that lives has a
    new epoch. Returns what is to be held against that."""
    wrong = run.result.wrong
    if run.cluster.epoch() <= run.tail.epoch:
        wrong.append(f"the epoch after the loss is {run.cluster.epoch()}")
    dead = run.cluster.databases["db"]
    for node in run.cluster.nodes:
        run.cluster.network.cut(node.name, "db")
        run.cluster.network.cut("db", node.name)
    run.cluster.network.mend(run.cluster.nodes[0].name, "db")
    run.cluster.network.mend("db", run.cluster.nodes[0].name)
    dead.start()
    kept_keys.put_back(dead)
    old = _events(run.cluster.nodes[0], run.place / "lost.jsonl", wrong,
                  settings=run.cluster.settings(run.cluster.nodes[0].name, ["db"]))
    wrong += [f"before the loss: {what}" for what in
              check(before_the_loss(operations, run.tail), old)]
    kept = {(event.sequence, event.created, event.type) for event in events}
    lost = sum((event.sequence, event.created, event.type) not in kept for event in old)
    run.result.faults.append(f"lost {lost} events")
    if lost == 0:
        wrong.append("the standby had lost nothing: the schedule shows nothing")
    return after_the_loss(operations, old, events, run.tail)


def before_the_loss(operations, tail):
    """What was under way when the server died may have been answered by the next one."""
    known = [o for o in operations if o.start < tail.killed]
    return [o if o.end < tail.killed else replace(o, outcome="unknown", answer={}) for o in known]


def after_the_loss(operations, old, events, tail):
    """All that began after the promotion; of what began before, the commands that the new log holds,
    and those that were acknowledged later and stand in neither."""
    before = [o for o in operations if o.start < tail.promoted and o.method not in READS]
    lost, stands = Matching(before, old).of, Matching(before, events).of

    def counts(operation):
        if operation.start - operation.answer.get("age", 0.0) >= tail.promoted:
            return True
        if operation.number in stands:
            return True
        return (operation.end >= tail.killed and operation.outcome == "ok"
                and operation.method not in READS and operation.number not in lost)

    return [o for o in operations if counts(o)]
