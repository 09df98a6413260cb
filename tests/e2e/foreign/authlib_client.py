"""Relying parties, an API and a machine of Authlib. Reads what there is as JSON, prints a line a test."""
import json
import sys
import traceback
from urllib.parse import parse_qsl, urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import AssertionSession, OAuth2Session
from authlib.jose import JsonWebKey, jwt
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken

given = json.load(sys.stdin)
ISSUER, CALLBACK, SCOPE, PERSON = (given[name] for name in ("issuer", "callback", "scope", "person"))
METADATA = requests.get(ISSUER + "/.well-known/openid-configuration", timeout=20).json()
TOKENS, USERINFO = METADATA["token_endpoint"], METADATA["userinfo_endpoint"]
KEYS = JsonWebKey.import_key_set(requests.get(METADATA["jwks_uri"], timeout=20).json())
METHODS = {"BASIC": "client_secret_basic", "POST": "client_secret_post", "NONE": "none",
           "PRIVATE_KEY_JWT": "private_key_jwt"}


def equal(seen, wanted):
    assert seen == wanted, f"{seen!r} is not {wanted!r}"


def refused(work, *errors):
    try:
        answer = work()
    except AuthlibBaseError as thrown:
        assert thrown.error in errors, f"{thrown} is none of {errors}"
        return
    raise AssertionError(f"{errors} was not refused: {answer}")


# Authlib puts the key's id into an assertion where the key is a JWK that has one.
def key_of(client):
    return {**JsonWebKey.import_key(client["pem"], {"kty": "RSA"}).as_dict(is_private=True),
            "kid": client["kid"]}


def party(proof="BASIC"):
    client = given["clients"][proof]
    session = OAuth2Session(
        client["client_id"], key_of(client) if "pem" in client else client.get("client_secret"),
        scope=SCOPE, redirect_uri=CALLBACK, code_challenge_method="S256", timeout=20,
        token_endpoint_auth_method=METHODS[proof], revocation_endpoint_auth_method=METHODS[proof])
    session.register_client_auth_method(PrivateKeyJWT(TOKENS))
    return session


# Somebody's browser, from the application to the login and back.
def visit(client, **parameters):
    begun = {"verifier": generate_token(48), "nonce": generate_token(20)}
    url, begun["state"] = client.create_authorization_url(
        METADATA["authorization_endpoint"], code_verifier=begun["verifier"], nonce=begun["nonce"],
        **parameters)
    while not url.startswith(CALLBACK):
        answer = requests.get(url, allow_redirects=False, timeout=20)
        assert answer.is_redirect, f"{answer.status_code} {answer.text}"
        url = answer.headers["location"]
    return begun, url


def finish(client, begun, url):
    return client.fetch_token(TOKENS, authorization_response=url, state=begun["state"],
                              code_verifier=begun["verifier"])


def verified(token, client_id, nonce=None, access_token=None):
    claims = jwt.decode(
        token, KEYS, claims_cls=CodeIDToken,
        claims_options={"iss": {"essential": True, "value": ISSUER},
                        "aud": {"essential": True, "value": client_id}},
        claims_params={"client_id": client_id, "nonce": nonce, "access_token": access_token})
    claims.validate()
    return claims


def signed_in(proof="BASIC", **parameters):
    client = party(proof)
    begun, url = visit(client, **parameters)
    return client, begun, finish(client, begun, url)


def code_flow(proof):
    client, begun, token = signed_in(proof, max_age=3600)
    claims = verified(token["id_token"], client.client_id, begun["nonce"], token["access_token"])
    equal(claims["sub"], PERSON["id"])
    assert "at_hash" in claims and "auth_time" in claims
    info = client.get(USERINFO).json()
    equal([info["sub"], info["given_name"], info["email"]], [PERSON["id"], "Ada", PERSON["name"]])
    old = dict(token)
    renewed = client.refresh_token(TOKENS, refresh_token=old["refresh_token"])
    assert renewed["access_token"] != old["access_token"]
    assert renewed["refresh_token"] != old["refresh_token"]
    again = verified(renewed["id_token"], client.client_id, None, renewed["access_token"])
    equal([again["sub"], again["auth_time"]], [PERSON["id"], claims["auth_time"]])
    equal(client.get(USERINFO).json()["sub"], PERSON["id"])


def introspected():
    client, _, token = signed_in()
    api = OAuth2Session(given["api"]["client_id"], given["api"]["client_secret"], timeout=20)
    place = METADATA["introspection_endpoint"]
    told = api.introspect_token(place, token["access_token"], "access_token").json()
    equal([told["active"], told["sub"], told["client_id"], told["scope"]],
          [True, PERSON["id"], client.client_id, SCOPE])
    equal(client.revoke_token(METADATA["revocation_endpoint"], token["access_token"],
                              token_type_hint="access_token").status_code, 200)
    equal(api.introspect_token(place, token["access_token"]).json(), {"active": False})
    equal(client.get(USERINFO).status_code, 401)


def revoked(proof):
    client, _, token = signed_in(proof)
    refresh = token["refresh_token"]
    equal(client.revoke_token(METADATA["revocation_endpoint"], refresh,
                              token_type_hint="refresh_token").status_code, 200)
    refused(lambda: client.refresh_token(TOKENS, refresh_token=refresh), "invalid_grant")
    equal(client.get(USERINFO).status_code, 401)


def farewell():
    client, _, token = signed_in(login_hint=given["leaver"])
    answer = requests.get(METADATA["end_session_endpoint"], allow_redirects=False, timeout=20, params={
        "id_token_hint": token["id_token"], "client_id": client.client_id, "state": "s",
        "post_logout_redirect_uri": given["farewell"]})
    equal([answer.status_code, answer.headers.get("location")], [302, given["farewell"] + "?state=s"])
    equal(client.get(USERINFO).status_code, 401)


def machine_by_secret():
    machine = given["machine"]
    client = OAuth2Session(machine["client_id"], machine["client_secret"], timeout=20,
                           scope=given["machine_scope"])
    token = client.fetch_token(TOKENS, grant_type="client_credentials")
    equal(client.get(USERINFO).json()["sub"], machine["id"])
    claims = jwt.decode(token["access_token"], KEYS, claims_options={
        "iss": {"essential": True, "value": ISSUER},
        "aud": {"essential": True, "value": given["project"]}})
    claims.validate()
    equal([claims["sub"], claims.header["typ"]], [machine["id"], "at+jwt"])


def machine_by_key():
    machine = given["machine"]
    client = AssertionSession(
        TOKENS, machine["id"], machine["id"], audience=ISSUER, scope=given["machine_scope"],
        grant_type=AssertionSession.JWT_BEARER_GRANT_TYPE, key=machine["pem"],
        header={"alg": "RS256", "kid": machine["kid"]})
    equal(client.get(USERINFO, timeout=20).json()["sub"], machine["id"])


def other_state():
    client = party()
    begun, url = visit(client)
    refused(lambda: finish(client, {**begun, "state": "another"}, url), "mismatching_state")


def other_nonce():
    client, _, token = signed_in()
    refused(lambda: verified(token["id_token"], client.client_id, "another"), "invalid_claim")


def other_client():
    _, begun, token = signed_in("POST")
    client_id = given["clients"]["BASIC"]["client_id"]
    refused(lambda: verified(token["id_token"], client_id, begun["nonce"]), "invalid_claim")


def other_code():
    client = party()
    begun, _ = visit(client)
    _, url = visit(client, login_hint=given["other"]["name"], state=begun["state"])
    refused(lambda: finish(client, begun, url), "invalid_grant")


def code_twice():
    client = party()
    begun, url = visit(client)
    token = dict(finish(client, begun, url))
    refused(lambda: finish(client, begun, url), "invalid_grant")
    # RFC 6749 section 4.1.2: what the code gave ends with it.
    equal(requests.get(USERINFO, timeout=20, headers={
        "authorization": "Bearer " + token["access_token"]}).status_code, 401)


# Authlib's integrations look at the error before they ask for a token. Who does not, asks for a token of
# his own, and an application gets none.
def denied():
    client = party()
    begun, url = visit(client, login_hint=given["nobody"])
    told = dict(parse_qsl(urlsplit(url).query))
    equal(told, {"error": "access_denied", "error_description": given["refusal"],
                 "state": begun["state"], "iss": ISSUER})
    refused(lambda: finish(client, begun, url), "unauthorized_client", "invalid_client")


def forged():
    _, begun, token = signed_in()
    client_id = given["clients"]["BASIC"]["client_id"]
    head, body, signature = token["id_token"].split(".")
    flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
    refused(lambda: verified(".".join([head, body, flipped]), client_id), "bad_signature")


def wrong_secret():
    client = party()
    begun, url = visit(client)
    client.client_secret = "wrong"
    refused(lambda: finish(client, begun, url), "invalid_client")


TESTS = {
    **{f"signs somebody in by code with PKCE, verifies and refreshes, proving itself by {method}":
       (lambda proof=proof: code_flow(proof)) for proof, method in METHODS.items()},
    **{f"revokes a sign-in, proving itself by {method}": (lambda proof=proof: revoked(proof))
       for proof, method in METHODS.items()},
    "asks about a token, before it is revoked and after": introspected,
    "ends the session and is come back to": farewell,
    "gets tokens for a machine by its secret": machine_by_secret,
    "gets tokens for a machine by its key": machine_by_key,
    "takes no callback with a state that is not its own": other_state,
    "takes no ID token of another nonce": other_nonce,
    "takes no ID token of another client": other_client,
    "takes no ID token that was changed": forged,
    "is not signed in to somebody else by his code": other_code,
    "is not signed in by a code twice, nor still by the first time": code_twice,
    "is not signed in without its secret": wrong_secret,
    "is told that the login refused": denied,
}

failed = False
for name, work in TESTS.items():
    try:
        work()
        print(f"ok Authlib {name}", flush=True)
    except Exception:  # a line a test, whatever went wrong
        failed = True
        why = traceback.format_exc().strip().replace("\n", " | ")
        print(f"not ok Authlib {name}: {why}", flush=True)
sys.exit(1 if failed else 0)
