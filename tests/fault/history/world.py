"""The state that the log tells, at every sequence, and whether each event was right where it stands.

It is a second, small implementation of the rules that matter here, written from what the interface
promises and not from the server's code: unique names, states of users and organizations, who may
do what. What it does not know it ignores.
"""
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, replace

from .timeline import Timeline


def folded(name):
    return unicodedata.normalize("NFKC", name).casefold()


@dataclass(frozen=True)
class Holder:
    """A user or an organization."""
    state: str = "none"  # then "active", "inactive", "locked", "removed", "erased", "purged"
    name: str = ""
    organization: str = ""
    mark: str = ""     # a machine's description
    sequence: int = 0  # of the last event of its own stream

    @property
    def exists(self):
        return self.state not in ("none", "removed", "erased", "purged")


# The state after an event, by the states in which it may come.
MOVES = {
    "user.locked": {"active": "locked"},
    "user.unlocked": {"locked": "active"},
    "user.deactivated": {"active": "inactive", "locked": "inactive"},
    "user.reactivated": {"inactive": "active"},
    "user.removed": {"active": "removed", "inactive": "removed", "locked": "removed"},
    "user.erased": {"removed": "erased"},
    "user.purged": {"erased": "purged"},
    "org.deactivated": {"active": "inactive"},
    "org.reactivated": {"inactive": "active"},
    "org.removed": {"active": "removed", "inactive": "removed"},
}
OWNERS = {"IAM_OWNER", "ORG_OWNER"}


class World:
    def __init__(self):
        self.holders = defaultdict(lambda: Timeline(Holder()))  # by (kind, id)
        self.names = defaultdict(lambda: Timeline(""))          # by (kind, folded): the holder's id
        self.tokens = defaultdict(lambda: Timeline(""))         # by id: the user's id
        self.roles = defaultdict(lambda: Timeline(frozenset())) # by (organization or "", user)

    def user(self, user_id):
        return self.holders["user", user_id]

    def org(self, org_id):
        return self.holders["org", org_id]

    def apply(self, event, at):
        """Folds an event in, to be seen from the sequence `at` on; what is wrong with it, or None.
        """
        kind = event.type.split(".", 1)[0]
        if event.type in ("user.machine.added", "user.human.added", "org.added"):
            return self._added(kind, event, at)
        if event.type in ("user.username.changed", "org.changed"):
            return self._renamed(kind, event, at)
        if event.type == "user.machine.changed":
            return self._described(event, at)
        if event.type in MOVES:
            return self._moved(kind, event, at)
        if event.type == "user.pat.added":
            self.tokens[event.payload["tokenId"]].set(at, event.aggregate_id)
        elif event.type == "user.pat.removed":
            return self._token_removed(event, at)
        elif ".member." in event.type:
            scope = event.aggregate_id if kind == "org" else ""
            roles = frozenset(event.payload.get("role", []))
            self.roles[scope, event.payload["userId"]].set(at, roles)
        elif event.type == "user.metadata.set" and not self.user(event.aggregate_id).now.exists:
            return "of a user who does not stand"
        return None

    def may_act(self, user_id, token_id, organization, at):
        """Whether the user may change what belongs to the organization ("": the instance)."""
        user = self.user(user_id).at(at)
        if user.state != "active" or self.org(user.organization).at(at).state != "active":
            return False
        if token_id and self.tokens[token_id].at(at) != user_id:
            return False
        if OWNERS & self.roles["", user_id].at(at):
            return True
        return (bool(OWNERS & self.roles[organization, user_id].at(at))
                and self.org(organization).at(at).state == "active")

    def authority_changes(self, user_id, token_id, organization, low, high):
        """Every sequence in between at which the answer of may_act may have changed."""
        home = self.user(user_id).at(high).organization
        lines = [self.user(user_id), self.org(home), self.org(organization),
                 self.roles["", user_id], self.roles[organization, user_id]]
        if token_id:
            lines.append(self.tokens[token_id])
        return sorted({low, *(change for line in lines for change in line.changes(low, high))})

    def _added(self, kind, event, at):
        holder = self.holders[kind, event.aggregate_id]
        said = event.payload
        name = said.get("name" if kind == "org" else "username", "")
        wrong = None
        if holder.now.state != "none":
            wrong = "of an id that was given before"
        elif kind == "user" and self.org(said.get("organizationId", "")).now.state != "active":
            wrong = "in an organization that is not active"
        elif self.names[kind, folded(name)].now:
            wrong = f"with the name {name!r} of {self.names[kind, folded(name)].now}"
        self.names[kind, folded(name)].set(at, event.aggregate_id)
        organization = said.get("organizationId", "")
        holder.set(at, Holder("active", name, organization, said.get("description", ""),
                              event.sequence))
        return wrong

    def _renamed(self, kind, event, at):
        holder = self.holders[kind, event.aggregate_id]
        name = event.payload.get("name" if kind == "org" else "username", "")
        owner = self.names[kind, folded(name)].now
        wrong = None
        if not holder.now.exists:
            wrong = "of one that does not stand"
        elif owner not in ("", event.aggregate_id):
            wrong = f"to the name {name!r} of {owner}"
        self.names[kind, folded(holder.now.name)].set(at, "")
        self.names[kind, folded(name)].set(at, event.aggregate_id)
        holder.set(at, replace(holder.now, name=name, sequence=event.sequence))
        return wrong

    def _described(self, event, at):
        user = self.user(event.aggregate_id)
        wrong = None if user.now.exists else "of a user who does not stand"
        mark = event.payload.get("description", "")
        user.set(at, replace(user.now, mark=mark, sequence=event.sequence))
        return wrong

    def _moved(self, kind, event, at):
        holder = self.holders[kind, event.aggregate_id]
        moves = MOVES[event.type]
        wrong = None
        if holder.now.state not in moves:
            wrong = f"of one that is {holder.now.state}"
        state = moves.get(holder.now.state, next(iter(moves.values())))
        if state == "removed" and holder.now.name:
            self.names[kind, folded(holder.now.name)].set(at, "")
        name = "" if state == "removed" else holder.now.name
        holder.set(at, replace(holder.now, state=state, name=name, sequence=event.sequence))
        return wrong

    def _token_removed(self, event, at):
        token = self.tokens[event.payload["tokenId"]]
        wrong = None if token.now == event.aggregate_id else "of a token that does not stand"
        token.set(at, "")
        return wrong
