"""Seeds the story into a running platform, by its published interface and as the story's people.

    seeding = Seeding(platform, token_of_the_administrator, Kept(directory), url_of_the_shop)
    seeding.run()           # once; again it finds what there is, and after a half it goes on
    seeding.login_names()   # who there is

What one of them does, he does by a session of his own: `muniment events` and `muniment why` tell it
as it is told here.
"""
import base64
import datetime

from platform_api import (APPLICATIONS, AUTHORIZATIONS, ORGS, PERMISSIONS, PROJECTS, SESSIONS,
                          USERS, Refused)
from story import (BERT, CARL, COLE, COMPLETE, CORA, CUSTOMER, DELIVERY, DELIVERY_PLACE, GRANTED,
                   INVITED, LAYLA, MAKER, MIA, ORGANIZATIONS, PEOPLE, PROJECT, PROJECT_NAME, ROLES,
                   SHOP, SHOP_APPLICATION, STOCK_APPLICATION, on_grant)

SESSION_SECONDS = 600
TOKEN_DAYS = 365


class NotSeeded(Exception):
    """Why, for people."""


def entry(key, value):
    return {"key": key, "value": base64.b64encode(value.encode()).decode()}


class Seeding:
    def __init__(self, platform, token, kept, shop_url):
        self._platform, self._token, self._kept, self._shop_url = platform, token, kept, shop_url
        self._sessions = {}

    def run(self):
        complete = self._is_complete()
        if not complete:
            self._refuse_strangers()
        self._renew_lost_passwords()
        if not complete:
            self._tell()
        self._renew_token()

    def _tell(self):
        try:
            self._maker()
            self._customer()
            self._invite()
            self._give()
            self._shop()
            self._as(MIA, ORGS + "SetOrganizationMetadata",
                     {"organizationId": MAKER, "metadata": [entry(COMPLETE, "complete")]})
        finally:
            self._end_sessions()

    def login_names(self):
        """Of the people that are still there, each with his login name."""
        found = self._call(USERS + "ListUsers", {
            "queries": [{"inUserIdsQuery": {"userIds": [one.id for one in PEOPLE]}}]})
        names = {one["userId"]: one["preferredLoginName"] for one in found.get("result", [])}
        return [(one, names[one.id]) for one in PEOPLE if one.id in names]

    # Calls.

    def _call(self, method, request, token=None):
        return self._platform.call(method, request, token or self._token)

    def _as(self, person, method, request):
        """By the person; what is there already is as it should be."""
        return self._once(method, request, self._session(person))

    def _once(self, method, request, token=None, stands=None):
        """`stands` names a call that finds what is said to be there; something else may be in the
        way, such as the name of another or an id whose bearer was removed."""
        try:
            return self._call(method, request, token)
        except Refused as error:
            if error.code != "already_exists":
                raise
            if stands is None:
                return None
            why = str(error)
        try:
            self._call(*stands)
        except Refused:
            raise NotSeeded(f"{why} Name another directory with --data-dir.") from None
        return None

    def _session(self, person):
        if person.id not in self._sessions:
            made = self._call(SESSIONS + "CreateSession", {
                "checks": {"user": {"userId": person.id},
                           "password": {"password": self._kept.password(person)}},
                "lifetime": f"{SESSION_SECONDS}s"})
            self._sessions[person.id] = made
        return self._sessions[person.id]["sessionToken"]

    def _end_sessions(self):
        for made in self._sessions.values():
            self._call(SESSIONS + "DeleteSession", {"sessionId": made["sessionId"]})
        self._sessions = {}

    def _renew_token(self):
        """The shop's, unless the one that it has opens something."""
        if self._opens(self._kept.token()):
            return
        until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=TOKEN_DAYS)
        made = self._call(USERS + "AddPersonalAccessToken", {
            "userId": SHOP, "expirationDate": until.strftime("%Y-%m-%dT%H:%M:%SZ")})
        self._kept.keep_token(made["token"])

    def _opens(self, token):
        if not token:
            return False
        try:
            self._call(PROJECTS + "GetProject", {"projectId": PROJECT}, token)
        except Refused as error:
            return error.code != "unauthenticated"
        return True

    # What is there.

    def _is_complete(self):
        try:
            listed = self._call(ORGS + "ListOrganizationMetadata", {"organizationId": MAKER})
        except Refused as error:
            if error.code != "not_found":
                raise
            return False
        return any(one["key"] == COMPLETE for one in listed.get("metadata", []))

    def _refuse_strangers(self):
        default = self._call(ORGS + "ListOrganizations", {"queries": [{"defaultQuery": {}}]})
        own = {one["id"] for one in default.get("result", [])} | {MAKER, CUSTOMER}
        listed = self._call(ORGS + "ListOrganizations", {"query": {"limit": len(own) + 1}})
        others = [one["name"] for one in listed.get("result", []) if one["id"] not in own]
        if others:
            raise NotSeeded(
                f"There are organizations that are none of the demo's, such as {others[0]}. It is "
                "not seeded among them; name another directory with --data-dir.")

    def _renew_lost_passwords(self):
        """Where the file is gone nobody knows them any more."""
        for person, _ in self.login_names():
            if not self._kept.knows(person):
                self._call(USERS + "SetPassword", {
                    "userId": person.id,
                    "newPassword": {"password": self._kept.password(person)}})

    # The story, in its order.

    def _organization(self, which, owner):
        """One and who owns it, all or nothing."""
        self._once(ORGS + "AddOrganization", {
            "organizationId": which, "name": ORGANIZATIONS[which],
            "admins": [{"human": {
                "userId": owner.id, "username": owner.name, **self._human(owner),
                "password": {"password": self._kept.password(owner)}}}]},
            stands=(USERS + "GetUserByID", {"userId": owner.id}))

    def _user(self, by, organization, which, username, more):
        self._once(USERS + "CreateUser",
                   {"organizationId": organization, "userId": which, "username": username, **more},
                   self._session(by), stands=(USERS + "GetUserByID", {"userId": which}))

    @staticmethod
    def _human(person, invited=False):
        """Whoever is invited proves his address by that."""
        proved = {"returnCode": {}} if invited else {"isVerified": True}
        return {"profile": {"givenName": person.given, "familyName": person.family,
                            "displayName": f"{person.given} {person.family}",
                            "preferredLanguage": person.language},
                "email": {"email": person.email, **proved}}

    def _maker(self):
        """Makes the project with its roles and applications, and gives one of its own a role."""
        self._organization(MAKER, MIA)
        self._as(MIA, PROJECTS + "CreateProject", {
            "organizationId": MAKER, "projectId": PROJECT, "name": PROJECT_NAME,
            "authorizationRequired": True, "projectAccessRequired": True})
        for key, name in ROLES.items():
            self._as(MIA, PROJECTS + "AddProjectRole",
                     {"projectId": PROJECT, "roleKey": key, "displayName": name})
        for which, name, configuration in self._applications():
            self._as(MIA, APPLICATIONS + "CreateApplication", {
                "projectId": PROJECT, "applicationId": which, "name": name, **configuration})
        self._user(MIA, MAKER, BERT.id, BERT.name, {"human": {
            **self._human(BERT), "password": {"password": self._kept.password(BERT)}}})
        self._as(MIA, AUTHORIZATIONS + "CreateAuthorization", {
            "userId": BERT.id, "projectId": PROJECT, "organizationId": MAKER,
            "roleKeys": ["price-editor"]})

    def _applications(self):
        """Neither has a secret that would be shown once and lost."""
        yield SHOP_APPLICATION, "Shop", {"oidcConfiguration": {
            "redirectUris": [f"{self._shop_url}/signed-in"], "developmentMode": True,
            "postLogoutRedirectUris": [f"{self._shop_url}/"],
            "authMethodType": "OIDC_AUTH_METHOD_TYPE_NONE"}}
        yield STOCK_APPLICATION, "Stock", {"apiConfiguration": {
            "authMethodType": "API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT"}}

    def _customer(self):
        """Is granted the project with some of its roles, and sets what is its own to set."""
        self._organization(CUSTOMER, CORA)
        self._as(MIA, PROJECTS + "CreateProjectGrant", on_grant({"roleKeys": GRANTED}))
        self._as(CORA, ORGS + "SetOrganizationMetadata",
                 {"organizationId": CUSTOMER, "metadata": [entry(DELIVERY, DELIVERY_PLACE)]})

    def _invite(self):
        """Its owner invites colleagues, who prove it and choose their passwords."""
        for person in INVITED:
            password = self._kept.password(person)
            self._user(CORA, CUSTOMER, person.id, person.name,
                       {"human": self._human(person, invited=True)})
            try:
                invited = self._as(CORA, USERS + "CreateInviteCode",
                                   {"userId": person.id, "returnCode": {}})
            except Refused as error:
                if error.code != "failed_precondition":
                    raise
                continue  # He has a password since an earlier run.
            self._call(USERS + "VerifyInviteCode",
                       {"userId": person.id, "verificationCode": invited["inviteCode"]})
            self._call(USERS + "SetPassword", {
                "userId": person.id, "newPassword": {"password": password}})

    def _give(self):
        """The owner gives a role and sets somebody over the grant, who gives another."""
        self._as(CORA, AUTHORIZATIONS + "CreateAuthorization", self._authorization(COLE, "buyer"))
        self._as(CORA, PERMISSIONS + "CreateAdministrator", {
            "userId": CARL.id, "roles": ["PROJECT_GRANT_OWNER"],
            "resource": {"projectGrant": {"projectId": PROJECT, "organizationId": CUSTOMER}}})
        self._as(CARL, AUTHORIZATIONS + "CreateAuthorization",
                 self._authorization(LAYLA, "approver"))

    def _authorization(self, person, role):
        return {"userId": person.id, "projectId": PROJECT, "organizationId": CUSTOMER,
                "roleKeys": [role]}

    def _shop(self):
        """The machine as which the shop signs people in."""
        self._user(MIA, MAKER, SHOP, SHOP, {"machine": {"name": "Lamp shop"}})
        self._once(PERMISSIONS + "CreateAdministrator", {
            "userId": SHOP, "resource": {"instance": True}, "roles": ["IAM_LOGIN_CLIENT"]})
