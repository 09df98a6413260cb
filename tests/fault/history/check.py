"""Whether a history is one that a serializable, strictly consistent store could have given.

    wrong = check(operations, events)     # sentences; none when all is well

The log is the order. Held against it are: every acknowledged command stands in it once and whole, a
refused one not at all, one of unknown outcome at most once, and nothing stands there that nobody
asked for; each event was right in the state before it, its caller's authority included; each refusal
was right at some moment of its call; a command that was acknowledged before another began stands
before it; no read, on any node, is older than what was acknowledged or read before it began.

A moment of a call is a sequence between what certainly stood when it began (`floor`) and what can
have stood when it ended (`ceiling`).
"""
from bisect import bisect_left

from .matching import Matching
from .methods import NOT_ALLOWED, READS, REFUSALS, TAKEN, TOKEN_GONE, WRITES
from .world import World, folded

# How old an answer may be that says how old it is, in whole seconds rounded up.
MAX_AGE_SECONDS = 31.0


class Bounds:
    """What certainly stood, and what can have stood, at a time."""

    def __init__(self, last):
        self._last = last
        self._ended, self._began = [], []
        self._floors, self._ceilings = [], []

    def settle(self, ended, began):
        """`ended`: (time, a sequence that stood then); `began`: (time, one that did not yet)."""
        self._ended, self._floors = [], []
        for time, sequence in sorted(ended):
            self._ended.append(time)
            self._floors.append(max(sequence, self._floors[-1] if self._floors else 0))
        self._began, self._ceilings = [], []
        for time, sequence in sorted(began, reverse=True):
            self._began.append(-time)
            self._ceilings.append(min(sequence, self._ceilings[-1] if self._ceilings
                                      else self._last + 1))

    def floor(self, time):
        at = bisect_left(self._ended, time)
        return self._floors[at - 1] if at else 0

    def ceiling(self, time):
        at = bisect_left(self._began, -time)
        return (self._ceilings[at - 1] if at else self._last + 1) - 1


class Checker:
    def __init__(self, operations, events):
        self.operations = operations
        self.events = events
        self.wrong = []
        self.matching = Matching(operations, events)
        self.world = World()
        self.bounds = Bounds(events[-1].sequence if events else 0)

    def run(self):
        self.wrong += self.matching.wrong
        self._check_numbers()
        self._check_outcomes()
        self._fold()
        self._bound_by_commands()
        self._check_order()
        self._check_refusals()
        self._check_reads()
        return self.wrong

    def _say(self, operation, what):
        self.wrong.append(f"{what}: {operation}")

    def _check_numbers(self):
        for before, event in zip(self.events, self.events[1:]):
            if event.sequence != before.sequence + 1:
                self.wrong.append(f"between {before.sequence} and {event.sequence} is a gap")
            if event.created < before.created:
                self.wrong.append(f"{event.sequence} is older than {before.sequence}")
        if self.events and self.events[0].sequence != 1:
            self.wrong.append(f"the log begins at {self.events[0].sequence}")

    def _check_outcomes(self):
        for operation in self.operations:
            if operation.method not in WRITES:
                continue
            stands = operation.number in self.matching.of
            if operation.outcome == "ok" and not stands:
                self._say(operation, "was acknowledged and is lost")
            if operation.outcome in ("refused", "rejected") and stands:
                self._say(operation, "was refused and stands all the same")

    def _fold(self):
        for commit in self.matching.commits:
            self._check_authority(commit)
            for event in commit.events:
                wrong = self.world.apply(event, commit.last)
                if wrong:
                    self.wrong.append(f"{event.type} at {event.sequence} {wrong}; asked for by "
                                      f"{commit.operation}")

    def _target(self, operation, at):
        """The organization on which the caller must be allowed."""
        target = WRITES[operation.method].target if operation.method in WRITES else ""
        if target == "user":
            return self.world.user(operation.request["userId"]).at(at).organization
        return operation.request[target] if target else ""

    def _check_authority(self, commit):
        operation = commit.operation
        if operation is None:
            return
        before = commit.first - 1
        if not self.world.may_act(operation.caller, operation.token,
                                  self._target(operation, before), before):
            self._say(operation, f"stands at {commit.first}, when its caller had no right to it")

    def _bound_by_commands(self):
        commits = [(operation, self.matching.of[operation.number])
                   for operation in self.operations if operation.number in self.matching.of]
        self._ended = [(operation.end, commit.last) for operation, commit in commits
                       if operation.outcome == "ok"]
        self._began = [(operation.start, commit.first) for operation, commit in commits]
        self.bounds.settle(self._ended, self._began)

    def _check_order(self):
        for operation in self.operations:
            commit = self.matching.of.get(operation.number)
            if commit and commit.first <= self.bounds.floor(operation.start):
                self._say(operation, f"stands at {commit.first}, before "
                          f"{self.bounds.floor(operation.start)}, which was acknowledged first")

    def _check_refusals(self):
        for operation in self.operations:
            if operation.outcome != "refused":
                continue
            low, high = self._moments(operation)
            if not self._justified(operation, low, high):
                self._say(operation, f"was refused without reason between {low} and {high}")

    def _moments(self, operation):
        low = self.bounds.floor(operation.start)
        return low, max(low, self.bounds.ceiling(operation.end))

    def _justified(self, operation, low, high):
        request, reason = operation.request, operation.reason
        if reason in REFUSALS:
            rule = REFUSALS[reason]
            holder = self.world.holders[rule.kind, request.get(rule.id, "")]
            if holder.first_in(low, high, lambda value: value.state in rule.states) is not None:
                return True
        if reason in TAKEN:
            kind, field = TAKEN[reason]
            owner = self.world.names[kind, folded(request[field])]
            mine = request.get("userId" if kind == "user" else "orgId")
            return owner.first_in(low, high, lambda value: value not in ("", mine)) is not None
        if reason == TOKEN_GONE:
            token = self.world.tokens[request["tokenId"]]
            return token.first_in(low, high, lambda value: value != request["userId"]) is not None
        return reason in NOT_ALLOWED and self._was_not_allowed(operation, low, high)

    def _was_not_allowed(self, operation, low, high):
        caller, token = operation.caller, operation.token
        target = self._target(operation, high)
        return any(not self.world.may_act(caller, token, target, at) for at in
                   self.world.authority_changes(caller, token, target, low, high))

    def _check_reads(self):
        """Each read that was right raises the floor of those that begin after it."""
        reads = [o for o in self.operations if o.method in READS and o.outcome == "ok"]
        last = self.events[-1].sequence if self.events else 0
        ended = list(self._ended)
        for operation in reads:
            if "age" not in operation.answer:
                seen = self._seen(operation, *self._moments(operation))
                if seen is not None:
                    ended.append((operation.end, seen))
        self.bounds.settle(ended, self._began)
        for operation in reads:
            age = operation.answer.get("age", 0.0)
            if age > MAX_AGE_SECONDS:
                self._say(operation, f"read what was {age} s old")
            low = self.bounds.floor(operation.start - age)
            high = self.bounds.ceiling(operation.end)
            if self._seen(operation, low, high) is None:
                newest = self._seen(operation, 0, last)
                self._say(operation, f"read what did not stand between {low} and {high}"
                          + (f" (but at {newest})" if newest is not None else ""))

    def _seen(self, operation, low, high):
        """The first moment at which the answer was true; None: at none."""
        answer = operation.answer
        if operation.method == "ListUsers":
            at = answer["sequence"]
            if not low <= at <= max(low, high):
                return None
            holder = self.world.names["user", folded(operation.request["username"])].at(at)
            return at if answer["users"] == ([holder] if holder else []) else None
        user = self.world.user(operation.request["userId"])
        read = answer["user"]
        if read is None:
            return user.first_in(low, high, lambda value: not value.exists)
        return user.first_in(low, high, lambda value: (
            value.exists and value.sequence == read["sequence"] and value.state == read["state"]
            and value.name == read["username"] and value.mark == read["mark"]))


def check(operations, events):
    return Checker(operations, events).run()
