"""Calls of the platform as the Connect protocol has them: JSON over a POST, as whom a token says.

    platform = Platform("http://localhost:8080")
    platform.call("zitadel.org.v2.OrganizationService/ListOrganizations", {}, token)

A call that is refused raises Refused; one that nobody answers, Away. Usable from any thread.
"""
import http.client
import json
from urllib.parse import urlsplit

ORGS = "zitadel.org.v2.OrganizationService/"
USERS = "zitadel.user.v2.UserService/"
SESSIONS = "zitadel.session.v2.SessionService/"
PROJECTS = "zitadel.project.v2.ProjectService/"
APPLICATIONS = "zitadel.application.v2.ApplicationService/"
AUTHORIZATIONS = "zitadel.authorization.v2.AuthorizationService/"
PERMISSIONS = "zitadel.internal_permission.v2.InternalPermissionService/"

PATIENCE = 30  # seconds


class Refused(Exception):
    """`code` is Connect's ("not_found"), the text is the platform's, for people."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Away(Exception):
    """Nobody answers, or not as the platform does."""


class Platform:
    """By the URL at which people reach it, whose host says which instance is meant; `connect` is
    "address:port" where it listens, if that is another. Without TLS."""

    def __init__(self, url, connect=None):
        self._host = urlsplit(url).netloc
        where = urlsplit(f"//{connect or self._host}")
        self._address, self._port = where.hostname, where.port or 80

    def call(self, method, request, token):
        status, text = self._ask("POST", f"/{method}", json.dumps(request),
                                 {"Authorization": f"Bearer {token}",
                                  "Content-Type": "application/json"})
        try:
            answer = json.loads(text)
        except ValueError:
            raise Away(f"{method}: HTTP {status}") from None
        if status == 200:
            return answer
        if answer.get("code") == "unavailable":
            raise Away(answer.get("message", ""))
        raise Refused(answer.get("code", str(status)), answer.get("message", ""))

    def ready(self):
        try:
            return self._ask("GET", "/debug/ready")[0] == 200
        except Away:
            return False

    def _ask(self, verb, path, body=None, headers=None):
        connection = http.client.HTTPConnection(self._address, self._port, timeout=PATIENCE)
        try:
            connection.request(verb, path, body, {**(headers or {}), "Host": self._host})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException, UnicodeDecodeError) as error:
            raise Away(str(error)) from None
        finally:
            connection.close()
