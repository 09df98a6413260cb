"""Finds for each command of a history the events that it left, and so the log's commits."""
from collections import defaultdict
from dataclasses import dataclass

from .methods import WRITES
from .record import Event, Operation

CERTAINTY = ("ok", "unknown", "rejected", "refused")


@dataclass
class Commit:
    events: list[Event]
    operation: Operation | None = None

    @property
    def first(self):
        return self.events[0].sequence

    @property
    def last(self):
        return self.events[-1].sequence


class Matching:
    """`commits` in the log's order; `of[number]` is that of an operation; `wrong` says what cannot be.
    """

    def __init__(self, operations, events):
        self.wrong = []
        self.of = {}
        self._events = events
        self._at = {event.sequence: index for index, event in enumerate(events)}
        self._taken = set()
        self._index = defaultdict(list)
        for event in events:
            self._index[event.type, event.aggregate_id].append(event)
        # Who takes further events with it goes first: what is left is the others'. Of one command
        # that was sent again after it was refused, the one that was acknowledged does.
        writes = [o for o in operations if o.method in WRITES]
        for operation in sorted(writes, key=lambda o: (not WRITES[o.method].after,
                                                       CERTAINTY.index(o.outcome))):
            self._match(operation)
        rest = [Commit([event]) for event in events if event.sequence not in self._taken]
        self.wrong += [f"nobody asked for {commit.events[0]}" for commit in rest
                       if commit.events[0].actor]
        self.commits = sorted([*self.of.values(), *rest], key=lambda commit: commit.first)

    def _match(self, operation):
        anchor = WRITES[operation.method]
        found = [event for event in self._index[anchor.type, operation.request[anchor.id]]
                 if event.sequence not in self._taken and event.actor == operation.caller
                 and all(event.payload.get(name, "") == operation.request[asked]
                         for name, asked in anchor.said)]
        if not found:
            return
        if len(found) > 1:
            where = [event.sequence for event in found]
            self.wrong.append(f"stands {len(found)} times, at {where}: {operation}")
        commit = Commit(self._around(found[0], anchor, operation), operation)
        types = {event.type for event in commit.events}
        for needed in anchor.needs:
            if needed not in types:
                self.wrong.append(f"is half there, without {needed}: {operation}")
        self._taken.update(event.sequence for event in commit.events)
        self.of[operation.number] = commit

    def _around(self, event, anchor, operation):
        """The events of one commit: of one caller and one time, side by side, about one thing."""
        thing = operation.request[anchor.id]

        def belongs(index, types):
            if not 0 <= index < len(self._events):
                return False
            other = self._events[index]
            return (other.type in types and other.sequence not in self._taken
                    and (other.actor, other.created) == (event.actor, event.created)
                    and thing in (other.aggregate_id, other.payload.get("userId")))

        first = last = self._at[event.sequence]
        while belongs(first - 1, anchor.before):
            first -= 1
        while belongs(last + 1, anchor.after):
            last += 1
        return self._events[first:last + 1]
