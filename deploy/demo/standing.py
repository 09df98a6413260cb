"""Who somebody is and what counts of his roles, asked of the platform at each click.

    standing = read_standing(platform, shop_token, visitor)   # SignedOut when his session is over

An authorization is the caller's own to read; whether it counts is up to the project and the grant
that it is by as well, which the shop's machine may read.
"""
import base64
from dataclasses import dataclass

from platform_api import AUTHORIZATIONS, ORGS, PROJECTS, SESSIONS, Refused
from story import DELIVERY, PROJECT


class SignedOut(Exception):
    """His session is over, or was ended elsewhere."""


@dataclass(frozen=True)
class Visitor:
    user_id: str
    session_id: str
    session_token: str


@dataclass(frozen=True)
class Standing:
    user_id: str
    name: str
    organization_id: str
    organization: str
    delivery: str
    # As the project calls them, by key.
    roles: dict


def read_standing(platform, token, visitor):
    user = _user(platform, token, visitor)
    organization_id = user["organizationId"]
    own = _authorizations(platform, visitor, organization_id)
    roles = {role["key"]: role.get("displayName", role["key"])
             for one in own if _counts(platform, token, one) for role in one.get("roles", [])}
    name, delivery = _organization(platform, token, organization_id)
    return Standing(user["id"], user.get("displayName") or user["loginName"], organization_id, name,
                    delivery, roles)


def _user(platform, token, visitor):
    try:
        answer = platform.call(SESSIONS + "GetSession", {"sessionId": visitor.session_id}, token)
    except Refused as error:
        if error.code == "not_found":
            raise SignedOut from None
        raise
    return answer["session"]["factors"]["user"]


def _authorizations(platform, visitor, organization_id):
    """Those of the project within his organization, read as himself."""
    try:
        listed = platform.call(AUTHORIZATIONS + "ListAuthorizations", {"filters": [
            {"inUserIds": {"ids": [visitor.user_id]}}, {"projectId": {"id": PROJECT}},
            {"organizationId": {"id": organization_id}},
            {"state": {"state": "STATE_ACTIVE"}}]}, visitor.session_token)
    except Refused as error:
        # Of a session that proved too little, or whose user must change his password first, too.
        if error.code in ("unauthenticated", "permission_denied"):
            raise SignedOut from None
        raise
    return listed.get("authorizations", [])


def _counts(platform, token, authorization):
    """An active authorization counts while the project is active, and the grant if it is by one."""
    try:
        project = platform.call(PROJECTS + "GetProject", {"projectId": PROJECT}, token)["project"]
    except Refused as error:
        if error.code == "not_found":
            return False
        raise
    if project["state"] != "PROJECT_STATE_ACTIVE":
        return False
    within = authorization["organization"]["id"]
    if within == project["organizationId"]:
        return True
    grants = platform.call(PROJECTS + "ListProjectGrants", {"filters": [
        {"inProjectIdsFilter": {"ids": [PROJECT]}},
        {"grantedOrganizationIdFilter": {"id": within}}]}, token)
    return any(one["state"] == "PROJECT_GRANT_STATE_ACTIVE"
               for one in grants.get("projectGrants", []))


def _organization(platform, token, which):
    """Its name, and where it has lamps delivered."""
    listed = platform.call(ORGS + "ListOrganizations",
                           {"queries": [{"idQuery": {"id": which}}]}, token).get("result", [])
    if not listed:
        raise SignedOut
    entries = platform.call(ORGS + "ListOrganizationMetadata", {"organizationId": which}, token)
    places = [base64.b64decode(one.get("value", "")) for one in entries.get("metadata", [])
              if one["key"] == DELIVERY]
    return listed[0]["name"], places[0].decode("utf-8", "replace") if places else ""
