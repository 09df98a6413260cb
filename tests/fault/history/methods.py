"""What each method of the workload leaves in the log, and which states its refusals speak of. Facts
about the interface, as data: a method more is a row more.

A command is recognized by its anchor: an event that only this one call can have left, because of its
type, its aggregate and either the payload or (`by_caller`) the caller, who sends it once.
"""
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Anchor:
    type: str
    id: str                              # the request's field that holds the aggregate's id
    said: tuple = ()                     # (name in the payload, name in the request)
    by_caller: bool = False
    before: tuple = ()                   # types that stand right before it, where they do
    after: tuple = ()                    # types that belong to it and follow
    needs: tuple = ()                    # types without which it is half there
    target: str = "user"                 # whose organization the caller must be allowed on


WRITES = {
    "CreateUser": Anchor("user.machine.added", "userId", (("description", "mark"),),
                         after=("user.metadata.set",), needs=("user.metadata.set",),
                         target="organizationId"),
    "UpdateUser": Anchor("user.machine.changed", "userId", (("description", "mark"),),
                         before=("user.username.changed",)),
    "SetUserMetadata": Anchor("user.metadata.set", "userId", (("value", "value"),)),
    "LockUser": Anchor("user.locked", "userId", by_caller=True),
    "UnlockUser": Anchor("user.unlocked", "userId", by_caller=True),
    "DeactivateUser": Anchor("user.deactivated", "userId", by_caller=True),
    "ReactivateUser": Anchor("user.reactivated", "userId", by_caller=True),
    "DeleteUser": Anchor("user.removed", "userId", by_caller=True,
                         after=("org.member.cascade.removed", "user.pat.removed",
                                "user.metadata.removed.all")),
    "AddPersonalAccessToken": Anchor("user.pat.added", "userId", by_caller=True),
    "RemovePersonalAccessToken": Anchor("user.pat.removed", "userId", (("tokenId", "tokenId"),)),
    "AddOrganization": Anchor("org.added", "orgId",
                              after=("org.domain.added", "org.domain.verified",
                                     "org.domain.primary.set", "org.member.added"),
                              needs=("org.member.added",), target=""),
    "DeactivateOrganization": Anchor("org.deactivated", "organizationId", by_caller=True,
                                     target="organizationId"),
    "ActivateOrganization": Anchor("org.reactivated", "organizationId", by_caller=True,
                                   target="organizationId"),
    "DeleteAdministrator": Anchor("org.member.removed", "organizationId",
                                  (("userId", "userId"),), target="organizationId"),
}


@dataclass(frozen=True)
class Refusal:
    """True when the holder named by the request is in one of the states."""
    kind: str = "user"
    id: str = "userId"
    states: frozenset = field(default_factory=frozenset)


def _states(*states, kind="user", id="userId"):
    return Refusal(kind, id, frozenset(states))


REFUSALS = {
    "user.not_found": _states("none", "removed", "erased", "purged"),
    "user.already_exists": _states("active", "inactive", "locked", "removed", "erased", "purged"),
    "user.already_locked": _states("locked"),
    "user.not_active": _states("inactive"),
    "user.not_locked": _states("active", "inactive"),
    "user.already_inactive": _states("inactive"),
    "user.not_inactive": _states("active", "locked"),
    "org.not_found": _states("none", "removed", kind="org", id="organizationId"),
    "org.not_active": _states("inactive", kind="org", id="organizationId"),
    "org.already_inactive": _states("inactive", kind="org", id="organizationId"),
    "org.not_inactive": _states("active", kind="org", id="organizationId"),
    "org.already_exists": _states("active", "inactive", "removed", kind="org", id="orgId"),
}
# Another holder has the name: (kind, the request's field).
TAKEN = {"user.username_taken": ("user", "username"), "org.name_taken": ("org", "name")}
# What is also said to a caller who may not act on the target.
NOT_ALLOWED = {"auth.token_invalid", "auth.permission_denied", "auth.required", "user.not_found",
               "org.not_found"}
TOKEN_GONE = "token.not_found"
READS = {"GetUserByID", "ListUsers"}


# Nothing was changed, and the state is not what it is about.
REJECTED = {"store.unavailable", "server.starting", "models.unavailable", "models.stopped",
            "models.building", "command.busy", "command.closing", "command.contended",
            "request.busy", "server.busy", "query.busy", "query.too_broad", "sequence.late", "sequence.too_many_waiting",
            "store.too_stale", "not.sent"}
# Outcomes that say something of the state.
DECIDED = ("ok", "refused")
UNKNOWN = {"store.outcome_unknown", "command.deadline", "request.deadline", "no.answer"}


def outcome_of(reason):
    """The outcome that an error's reason tells; None for a reason that nobody should meet."""
    if reason in UNKNOWN:
        return "unknown"
    if reason in REJECTED:
        return "rejected"
    if reason in REFUSALS or reason in TAKEN or reason in NOT_ALLOWED or reason == TOKEN_GONE:
        return "refused"
    return None
