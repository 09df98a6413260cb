"""Calls nodes and writes down each call as an operation of the history (history/record.py).

    recorder = Recorder()
    caller = Caller("client1", user_id, token, token_id)
    operation, body = recorder.command(node, caller, "LockUser", {"userId": "1"})
    operation = recorder.read_user(node, caller, "1")
"""
import itertools
import threading
import time
from collections import defaultdict
from dataclasses import dataclass

from history.methods import outcome_of
from history.record import Operation

from .client import DEADLINE, GRACE, Client

# A header of answers that may be older than the log, in seconds.
AGE_HEADER = "x-muniment-age"
# Of methods that are not the UserService's.
SERVICES = {"AddOrganization": "OrganizationService",
            "DeactivateOrganization": "OrganizationService",
            "ActivateOrganization": "OrganizationService",
            "DeleteAdministrator": "InternalPermissionService"}
LATE = ".late"


@dataclass(frozen=True)
class Caller:
    client: str
    user_id: str
    token: str
    token_id: str = ""


def wire(method, request):
    """The published request of a recorded one, which names things as the checker does."""
    said = dict(request)
    mark = said.pop("mark", None)
    if method == "CreateUser":
        said["machine"] = {"name": "Machine", "description": mark}
        said["metadata"] = [{"key": "mark", "value": "bWFyaw=="}]
    elif method == "UpdateUser":
        said["machine"] = {"description": mark}
    elif method == "SetUserMetadata":
        said["metadata"] = [{"key": "value", "value": said.pop("value")}]
    elif method == "AddPersonalAccessToken":
        said["expirationDate"] = "2100-01-01T00:00:00Z"
    elif method == "DeleteAdministrator":
        said["resource"] = {"organizationId": said.pop("organizationId")}
    return said


def seen_user(body):
    user = body["user"]
    return {"sequence": int(user["details"]["sequence"]), "username": user["username"],
            "state": user["state"].removeprefix("USER_STATE_").lower(),
            "mark": user.get("machine", {}).get("description", "")}


class Recorder:
    def __init__(self):
        self.operations = []
        self.strange = []                      # what no answer should be
        self.last_ok = defaultdict(float)      # by node: when the newest acknowledged command began
        self._numbers = itertools.count()
        self._local = threading.local()

    def command(self, node, caller, method, request):
        operation = self._begin(node, caller, method, request)
        reply = self._send(node, caller, method, wire(method, request))
        self._end(operation, node, reply)
        if operation.outcome == "ok":
            self.last_ok[node.name] = max(self.last_ok[node.name], operation.start)
        return operation, reply.body

    def read_user(self, node, caller, user_id):
        operation = self._begin(node, caller, "GetUserByID", {"userId": user_id})
        reply = self._send(node, caller, "GetUserByID", {"userId": user_id})
        if reply.reason == "user.not_found":
            reply.reason, operation.answer = "", {"user": None}
        elif reply.ok:
            operation.answer = {"user": seen_user(reply.body)}
        self._end(operation, node, reply)
        return operation

    def list_users(self, node, caller, username):
        operation = self._begin(node, caller, "ListUsers", {"username": username})
        asked = {"queries": [{"userNameQuery": {"userName": username,
                                                "method": "TEXT_QUERY_METHOD_EQUALS_IGNORE_CASE"}}]}
        reply = self._send(node, caller, "ListUsers", asked)
        if reply.ok:
            operation.answer = {
                "users": [user["userId"] for user in reply.body.get("result", [])],
                "sequence": int(reply.body["details"].get("processedSequence", 0))}
        self._end(operation, node, reply)
        return operation

    def _begin(self, node, caller, method, request):
        return Operation(next(self._numbers), caller.client, node.name, method, request,
                         caller.user_id, caller.token_id, time.monotonic())

    def _send(self, node, caller, method, request):
        clients = self._local.__dict__.setdefault("clients", {})
        client = clients.get((node.name, caller.token))
        if client is None:
            client = clients[node.name, caller.token] = Client(node, caller.token)
        return client.call(f"{SERVICES.get(method, 'UserService')}/{method}", request)

    def _end(self, operation, node, reply):
        operation.end = time.monotonic()
        late = reply.reason.endswith(LATE)
        operation.reason = reply.reason.removesuffix(LATE)
        operation.outcome = "ok" if reply.ok else outcome_of(operation.reason)
        if AGE_HEADER in reply.headers:
            operation.answer["age"] = float(reply.headers[AGE_HEADER])
        if operation.outcome is None:
            operation.outcome = "unknown"
            self.strange.append(f"answered as nobody expects, {reply.body}: {operation}")
        overdue = operation.end - operation.start > DEADLINE + GRACE / 2
        if (late or overdue) and not node.was_absent(operation.start, operation.end):
            self.strange.append(f"hung past its deadline of {DEADLINE} s: {operation}")
        self.operations.append(operation)
