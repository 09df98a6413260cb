"""Calls a node as any program would: Connect, JSON over a plain POST, on one connection that is kept.

    client = Client(node, token); reply = client.call("UserService/GetUserByID", {"userId": "1"})
    reply.reason       the stable reason of an error; "" when all is well, "no.answer" for none
"""
import base64
import json
import socket
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException

PACKAGES = {"UserService": "zitadel.user.v2", "OrganizationService": "zitadel.org.v2",
            "InternalPermissionService": "zitadel.internal_permission.v2",
            "SessionService": "zitadel.session.v2"}
# What a caller gives a call, and how much longer its answer may be under way.
DEADLINE, GRACE = 5.0, 4.0


class Connection(HTTPConnection):
    """To the node's loopback address, from within its machine: a client beside it."""

    def __init__(self, node, seconds):
        super().__init__("127.0.0.1", node.network.port(node.name), timeout=seconds)
        self._node = node

    def connect(self):
        with self._node.network.inside(self._node.name):
            self.sock = socket.create_connection((self.host, self.port), self.timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


@dataclass
class Reply:
    reason: str = ""
    body: dict = field(default_factory=dict)
    headers: dict = field(default_factory=dict)

    @property
    def ok(self):
        return not self.reason


def reason_of(body):
    """ErrorInfo is the first detail; its first field is the reason."""
    for detail in body.get("details", []):
        if detail.get("type") == "google.rpc.ErrorInfo":
            value = detail["value"]
            raw = base64.b64decode(value + "=" * (-len(value) % 4))
            return raw[2:2 + raw[1]].decode()
    return f"code.{body.get('code', 'none')}"


class Client:
    def __init__(self, node, token):
        self._node, self._token = node, token
        self._connection = None

    def call(self, method, request, deadline=DEADLINE):
        service, name = method.split("/")
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json",
                   "Connect-Timeout-Ms": str(int(deadline * 1000)), "Host": "localhost"}
        sent = False
        try:
            if self._connection is None:
                self._connection = Connection(self._node, deadline + GRACE)
                self._connection.connect()
            sent = True
            self._connection.request("POST", f"/{PACKAGES[service]}.{service}/{name}",
                                     json.dumps(request), headers)
            answer = self._connection.getresponse()
            said = answer.read()
            body = json.loads(said) if said else {}
            if answer.will_close:
                self._drop()
            reason = "" if answer.status == 200 else reason_of(body)
            return Reply(reason, body, dict(answer.getheaders()))
        except (OSError, HTTPException, ValueError) as error:
            self._drop()
            late = isinstance(error, TimeoutError)
            return Reply(("no.answer" if sent else "not.sent") + (".late" if late else ""))

    def _drop(self):
        if self._connection is not None:
            self._connection.close()
        self._connection = None
