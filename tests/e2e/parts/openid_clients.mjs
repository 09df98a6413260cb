// OpenID Connect by relying parties that others wrote, and a login on the published client package that
// answers them: discovery, every grant, every way to prove a client, tokens verified by published keys.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Code } from "@connectrpc/connect";
import { ErrorReason, Prompt } from "@zitadel/proto/zitadel/oidc/v2/authorization_pb.js";
import { Login } from "../lib/login.mjs";
import { CALLBACK, FAREWELL, Provider, audience, formOf } from "../lib/openid.mjs";
import { refusal, refused } from "../lib/refused.mjs";
import { LACKS, Oauth4webapi, OpenidClient, PARTIES, RELYING_PARTIES, failsAs, verified }
  from "../lib/relying_parties.mjs";
import { PASSWORD, fresh } from "../lib/world.mjs";

const SCOPE = "openid profile email offline_access";
const PROOFS = ["BASIC", "POST", "NONE", "PRIVATE_KEY_JWT"];

// One project with an application of each sort, and somebody who signs in to them.
class Site {
  static async build() {
    const site = new Site();
    site.provider = await Provider.start();
    site.organizationId = await site.provider.world.organization();
    site.projectId = await site.provider.project(site.organizationId);
    site.web = await site.provider.application(site.projectId);
    site.signed = await site.provider.application(
      site.projectId, { accessTokenType: "OIDC_TOKEN_TYPE_JWT" });
    site.api = await site.provider.api(site.projectId);
    site.person = await site.provider.person(site.organizationId);
    return site;
  }

  // Somebody comes from the application, signs in, and goes back: what the party has then.
  async signIn(party, { scope = SCOPE, session = this.person.session, ...more } = {}) {
    const begun = await party.begin({ scope, ...more });
    const back = await this.provider.login.answer(begun.url, session);
    return { begun, back, tokens: await party.finish(begun, back) };
  }

  freshSession() {
    return this.provider.login.signIn(this.person.name, PASSWORD);
  }
}

async function discovery(site, Party) {
  const { metadata } = await Party.discover(site.provider, site.web);
  assert.equal(metadata.issuer, site.provider.issuer);
  const places = {
    authorization_endpoint: "/oauth/v2/authorize", token_endpoint: "/oauth/v2/token",
    introspection_endpoint: "/oauth/v2/introspect", revocation_endpoint: "/oauth/v2/revoke",
    userinfo_endpoint: "/oidc/v1/userinfo", end_session_endpoint: "/oidc/v1/end_session",
    device_authorization_endpoint: "/oauth/v2/device_authorization", jwks_uri: "/oauth/v2/keys",
  };
  for (const [name, path] of Object.entries(places)) {
    assert.equal(metadata[name], `${site.provider.issuer}${path}`);
  }
  assert.deepEqual(metadata.code_challenge_methods_supported, ["S256"]);
  assert.deepEqual(metadata.response_types_supported, ["code", "id_token", "id_token token"]);
}

async function codeFlow(site, Party, proof) {
  const client = await site.provider.application(site.projectId, { proof });
  const party = await Party.discover(site.provider, client);
  const { begun, back, tokens } = await site.signIn(party);
  assert.equal(`${back.origin}${back.pathname}`, CALLBACK);
  assert.equal(back.searchParams.get("iss"), site.provider.issuer);
  assert.equal(tokens.scope, SCOPE);
  assert.equal(tokens.token_type, "bearer");
  assert.ok(tokens.expires_in > 0);
  const { payload, protectedHeader } = await verified(
    site.provider, tokens.id_token, { audience: client.clientId, typ: "JWT" });
  assert.equal(protectedHeader.alg, party.metadata.id_token_signing_alg_values_supported[0]);
  assert.equal(payload.sub, site.person.id);
  assert.equal(payload.nonce, begun.nonce);
  assert.equal(payload.azp, client.clientId);
  assert.deepEqual(payload.amr, ["pwd"]);
  assert.equal(payload.sid, site.person.session.sessionId);
  assert.ok(Math.abs(payload.auth_time - Date.now() / 1e3) < 600);
  assert.equal(payload.email, undefined, "profile claims beside an access token");
  const half = createHash("sha256").update(tokens.access_token).digest().subarray(0, 16);
  assert.equal(payload.at_hash, half.toString("base64url"));
  const info = await party.userinfo(tokens.access_token, site.person.id);
  assert.deepEqual(
    [info.given_name, info.family_name, info.name, info.email, info.email_verified],
    ["Ada", "Example", "Ada Example", site.person.name, true]);
  const renewed = await party.refresh(tokens.refresh_token);
  assert.notEqual(renewed.refresh_token, tokens.refresh_token);
  assert.notEqual(renewed.access_token, tokens.access_token);
  const again = await verified(site.provider, renewed.id_token, { audience: client.clientId });
  assert.equal(again.payload.sub, site.person.id);
  assert.equal(again.payload.auth_time, payload.auth_time);
}

async function narrower(site, Party) {
  const party = await Party.discover(site.provider, site.web);
  const { tokens } = await site.signIn(party);
  const less = await party.refresh(tokens.refresh_token, { scope: "openid" });
  assert.equal(less.scope, "openid");
  assert.deepEqual(await party.userinfo(less.access_token, site.person.id), { sub: site.person.id });
  await failsAs(party.refresh(less.refresh_token, { scope: `${SCOPE} phone` }), "invalid_scope", 400);
  // The grant itself is not narrower (RFC 6749 section 6).
  const whole = await party.refresh(less.refresh_token);
  assert.equal(whole.scope, SCOPE);
}

async function revocation(site, Party) {
  const party = await Party.discover(site.provider, site.web);
  const { tokens } = await site.signIn(party);
  await party.revoke(tokens.access_token);
  await failsAs(party.userinfo(tokens.access_token, site.person.id), "invalid_token", 401);
  const renewed = await party.refresh(tokens.refresh_token);
  await party.revoke(renewed.refresh_token);
  await failsAs(party.userinfo(renewed.access_token, site.person.id), "invalid_token", 401);
  await failsAs(party.refresh(renewed.refresh_token), "invalid_grant", 400);
  // RFC 7009 section 2.2: what is none is as good as revoked.
  await party.revoke("no token at all");
}

async function introspection(site, Party) {
  const party = await Party.discover(site.provider, site.web);
  const { tokens } = await site.signIn(party);
  for (const proof of ["BASIC", "PRIVATE_KEY_JWT"]) {
    const api = await Party.discover(site.provider,
                                     await site.provider.api(site.projectId, { proof }));
    const told = await api.introspect(tokens.access_token);
    assert.equal(told.active, true, proof);
    assert.equal(told.sub, site.person.id);
    assert.equal(told.client_id, site.web.clientId);
    assert.equal(told.iss, site.provider.issuer);
    assert.equal(told.username, site.person.name);
    assert.equal(told.email, site.person.name);
    assert.equal(told.scope, SCOPE);
    assert.ok(told.aud.includes(site.projectId) && told.aud.includes(site.web.clientId));
    assert.ok(told.exp > told.iat);
    assert.deepEqual(await api.introspect(tokens.refresh_token), { active: false });
  }
  // A project that the token is not addressed to learns nothing of it.
  const elsewhere = await site.provider.project(site.organizationId);
  const foreign = await Party.discover(site.provider, await site.provider.api(elsewhere));
  assert.deepEqual(await foreign.introspect(tokens.access_token), { active: false });
  const asked = await site.signIn(party, { scope: `openid ${audience(elsewhere)}` });
  assert.equal((await foreign.introspect(asked.tokens.access_token)).active, true);
}

async function machines(site, Party) {
  const { provider } = site;
  const scope = `openid profile ${audience(site.projectId)}`;
  for (const type of ["BEARER", "JWT"]) {
    const machine = await provider.machine(site.organizationId, { type });
    const party = await Party.discover(provider, machine);
    const api = await Party.discover(provider, site.api);
    const assertion = await provider.assertion(machine);
    const bySecret = await party.credentials(scope);
    const byKey = await party.bearer(assertion, scope);
    for (const tokens of [bySecret, byKey]) {
      assert.equal(tokens.refresh_token, undefined);
      const told = await api.introspect(tokens.access_token);
      assert.deepEqual([told.active, told.sub, told.scope], [true, machine.id, scope]);
      assert.equal((await party.userinfo(tokens.access_token, machine.id)).name, "A job");
      assert.equal(tokens.access_token.split(".").length === 3, type === "JWT");
      if (type === "BEARER") continue;
      const { payload } = await verified(provider, tokens.access_token,
                                         { audience: site.projectId, typ: "at+jwt" });
      assert.equal(payload.sub, machine.id);
    }
    await failsAs(party.bearer(assertion, scope), "invalid_grant", 400);
    await party.revoke(bySecret.access_token);
    assert.deepEqual(await api.introspect(bySecret.access_token), { active: false });
  }
}

// RFC 6749 section 2.3.1: what stands in a Basic header is encoded as a form's values are.
async function oddNames(site, Party) {
  const { provider } = site;
  for (const name of [fresh("a+b%40&c=d@example.com"), fresh("\u00e4:\u00df job")]) {
    for (const proof of ["BASIC", "POST"]) {
      const machine = await provider.machine(site.organizationId, { name: `${name}-${proof}` });
      const party = await Party.discover(provider, { ...machine, proof });
      const { access_token: token } = await party.credentials("openid");
      assert.equal((await party.userinfo(token, machine.id)).sub, machine.id);
    }
  }
}

async function deviceFlow(site, Party) {
  const { provider } = site;
  const client = await provider.application(site.projectId, { proof: "NONE" });
  const party = await Party.discover(provider, client);
  const device = await party.device(SCOPE);
  assert.equal(device.verification_uri, `${provider.issuer}/device`);
  assert.match(device.user_code, /^[A-Z]{4}-[A-Z]{4}$/);
  assert.equal(device.interval, 5);
  if (Party === Oauth4webapi) {
    await failsAs(party.poll(device), "authorization_pending", 400);
    await sleep(device.interval * 1e3 + 100);
  }
  const asked = await provider.login.device(device.verification_uri_complete, site.person.session);
  assert.equal(asked.clientId, client.clientId);
  assert.deepEqual(asked.scope, SCOPE.split(" "));
  const tokens = await party.poll(device);
  const { payload } = await verified(provider, tokens.id_token, { audience: client.clientId });
  assert.equal(payload.sub, site.person.id);
  assert.equal((await party.userinfo(tokens.access_token, site.person.id)).email, site.person.name);
  await party.refresh(tokens.refresh_token);
  const denied = await party.device("openid");
  await provider.login.device(denied.verification_uri_complete, null);
  await failsAs(party.poll(denied), "access_denied", 400);
}

async function farewell(site, Party) {
  const party = await Party.discover(site.provider, site.web);
  const session = await site.freshSession();
  const { tokens } = await site.signIn(party, { session });
  const url = party.farewell({ id_token_hint: tokens.id_token, state: "s 1",
                               post_logout_redirect_uri: FAREWELL });
  const gone = await fetch(url, { redirect: "manual" });
  assert.equal(gone.status, 302);
  const at = new URL(gone.headers.get("location"));
  assert.equal(`${at.origin}${at.pathname}`, FAREWELL);
  assert.deepEqual([...at.searchParams], [["state", "s 1"]]);
  await failsAs(party.userinfo(tokens.access_token, site.person.id), "invalid_token", 401);
  await failsAs(party.refresh(tokens.refresh_token), "invalid_grant", 400);
  const { sessionId } = session;
  const ended = await refusal(site.provider.login.sessions.getSession({ sessionId }));
  assert.equal(ended.code, Code.NotFound);
  // Nobody is sent where the application never said, nor signed out without a hint.
  const astray = await fetch(party.farewell({ id_token_hint: tokens.id_token,
                                              post_logout_redirect_uri: "https://evil.example/" }),
                             { redirect: "manual" });
  assert.equal(astray.status, 400);
  const asked = await fetch(party.farewell({}), { redirect: "manual" });
  assert.equal(new URL(asked.headers.get("location")).pathname, "/ui/v2/login/logout");
}

async function signedAccess(site) {
  const party = await Oauth4webapi.discover(site.provider, site.signed);
  const { tokens } = await site.signIn(party);
  const { payload } = await verified(site.provider, tokens.access_token,
                                     { audience: site.projectId, typ: "at+jwt" });
  assert.equal(payload.client_id, site.signed.clientId);
  assert.equal(payload.scope, SCOPE);
  assert.ok(payload.jti && payload.nbf <= payload.iat);
  assert.equal(payload.email, undefined);
  const claims = await party.resource(tokens.access_token, site.projectId);
  assert.equal(claims.sub, site.person.id);
  await assert.rejects(party.resource(tokens.id_token, site.signed.clientId));
  await party.userinfo(tokens.access_token, site.person.id);
  // One that is signed is none the less revoked.
  await party.revoke(tokens.access_token);
  await failsAs(party.userinfo(tokens.access_token, site.person.id), "invalid_token", 401);
}

async function implicit(site) {
  const { provider, web, person } = site;
  const begin = async (parameters) => {
    const party = await OpenidClient.discover(provider, web);
    const begun = await party.begin({ scope: "openid profile", ...parameters });
    return { party, begun, page: await provider.login.answer(begun.url, person.session) };
  };
  const followed = async (page) => {
    const answer = await fetch(page, { redirect: "manual" });
    return new URL(answer.headers.get("location"));
  };
  const fragment = await begin({ response_type: "id_token" });
  const back = await followed(fragment.page);
  assert.equal(back.search, "");
  const claims = await fragment.party.implicit(fragment.begun, back);
  assert.deepEqual([claims.sub, claims.given_name, claims.at_hash], [person.id, "Ada", undefined]);
  assert.equal((await fetch(fragment.page, { redirect: "manual" })).status, 400, "a second time");

  const posted = await begin({ response_type: "id_token", response_mode: "form_post" });
  const { action, fields } = await formOf(posted.page);
  assert.equal(action, CALLBACK);
  const form = new Request(action, { method: "POST", body: fields });
  assert.equal((await posted.party.implicit(posted.begun, form)).sub, person.id);

  const both = await begin({ response_type: "id_token token" });
  const answer = new URLSearchParams((await followed(both.page)).hash.slice(1));
  assert.equal(answer.get("state"), both.begun.state);
  assert.equal(answer.get("token_type"), "Bearer");
  const { payload } = await verified(provider, answer.get("id_token"), { audience: web.clientId });
  const half = createHash("sha256").update(answer.get("access_token")).digest().subarray(0, 16);
  assert.deepEqual([payload.nonce, payload.at_hash, payload.given_name],
                   [both.begun.nonce, half.toString("base64url"), undefined]);
  assert.equal((await both.party.userinfo(answer.get("access_token"), person.id)).given_name, "Ada");
}

async function codeByForm(site, Party) {
  const party = await Party.discover(site.provider, site.web);
  const begun = await party.begin({ scope: "openid", response_mode: "form_post" });
  const page = await site.provider.login.answer(begun.url, site.person.session);
  const { action, fields } = await formOf(page);
  assert.equal(action, CALLBACK);
  const callback = Party === OpenidClient
    ? new Request(action, { method: "POST", body: fields }) : fields;
  assert.ok((await party.finish(begun, callback)).id_token);
}

async function errorFlow(site, Party) {
  const { login } = site.provider;
  const party = await Party.discover(site.provider, site.web);
  const begun = await party.begin({ scope: "openid" });
  const back = await login.refuse(begun.url, ErrorReason.ACCESS_DENIED, "Not today.");
  assert.equal(back.searchParams.get("error_description"), "Not today.");
  await failsAs(party.finish(begun, back), "access_denied");
  const posted = await party.begin({ scope: "openid", response_mode: "form_post" });
  const page = await login.refuse(posted.url, ErrorReason.LOGIN_REQUIRED, "Who are you?");
  const { action, fields } = await formOf(page);
  assert.equal(action, CALLBACK);
  assert.deepEqual(Object.fromEntries(fields), {
    error: "login_required", error_description: "Who are you?", state: posted.state,
    iss: site.provider.issuer });
}

async function ownLogin(site) {
  const { provider, person } = site;
  const base = "https://login.example/app";
  const client = await provider.application(
    site.projectId, { loginVersion: { loginV2: { baseUri: base } } });
  const url = provider.authorizeUrl(client, { scope: "openid email", login_hint: "ada",
                                              prompt: "login", max_age: "600", ui_locales: "de en" });
  const { at, authRequestId, authRequest } = await provider.login.arrive(url);
  assert.equal(`${at.origin}${at.pathname}`, `${base}/login`);
  assert.deepEqual(
    [authRequest.clientId, authRequest.scope, authRequest.redirectUri, authRequest.loginHint,
     authRequest.prompt, authRequest.maxAge.seconds, authRequest.uiLocales],
    [client.clientId, ["openid", "email"], CALLBACK, "ada", [2], 600n, ["de", "en"]]);
  // A machine without a role is nobody to a request, by whatever name it comes.
  const userId = await provider.world.machine(site.organizationId);
  const strangersToken = await provider.world.machineToken(userId);
  const stranger = new Login(provider.server, strangersToken);
  await refused(stranger.oidc.getAuthRequest({ authRequestId }), Code.NotFound,
                "auth_request.not_found");
  const callbackKind = { case: "session", value: person.session };
  await refused(stranger.oidc.createCallback({ authRequestId, callbackKind }), Code.NotFound,
                "auth_request.not_found");
  // It asked for a new sign-in; the session is older.
  const old = await refusal(provider.login.oidc.createCallback({ authRequestId, callbackKind }));
  assert.equal(old.code, Code.FailedPrecondition);
  const session = { case: "session", value: await site.freshSession() };
  await provider.login.oidc.createCallback({ authRequestId, callbackKind: session });
  await refused(provider.login.oidc.createCallback({ authRequestId, callbackKind: session }),
                Code.FailedPrecondition, "auth_request.handled");
  const named = await provider.login.arrive(
    provider.authorizeUrl(client),
    { "x-zitadel-login-client": userId, authorization: `Bearer ${strangersToken}` });
  await refused(stranger.oidc.createCallback({ authRequestId: named.authRequestId, callbackKind }),
                Code.NotFound, "auth_request.not_found");
  const forged = { case: "session", value: { ...person.session, sessionToken: "forged" } };
  const { authRequestId: other } = await provider.login.arrive(provider.authorizeUrl(client));
  await refused(provider.login.oidc.createCallback({ authRequestId: other, callbackKind: forged }),
                Code.NotFound, "session.not_found");
}

// Where a browser goes from there, without what it is asked.
async function sentTo(url) {
  const answer = await fetch(url, { redirect: "manual" });
  assert.equal(answer.status, 302, await answer.text());
  const at = new URL(answer.headers.get("location"));
  return `${at.origin}${at.pathname}`;
}

// The application's login, else the instance's, else ours.
async function chosenLogin(site) {
  const { provider, provider: { world, issuer } } = site;
  const at = { own: `${issuer}/ui/v2/login`, instance: "https://login.example/instance",
               application: "https://login.example/app" };
  const clients = {};
  for (const [name, loginVersion] of Object.entries({
    unsaid: undefined, older: { loginV1: {} }, newer: { loginV2: {} },
    another: { loginV2: { baseUri: `${at.application}/` } },
    ours: { loginV2: { baseUri: `${at.own}/` } } })) {
    clients[name] = await provider.application(
      site.projectId, loginVersion === undefined ? {} : { loginVersion });
  }
  const expect = async (places) => {
    for (const [name, place] of Object.entries(places)) {
      assert.equal(await sentTo(provider.authorizeUrl(clients[name])), `${place}/login`, name);
    }
  };
  const { own, instance, application } = at;
  const asked = async () => (await world.try("GetInstanceFeatures", {})).reason;
  assert.equal(await asked(), "feature.none_set");
  await expect({ unsaid: own, older: own, newer: own, another: application, ours: own });
  await world.ok("SetInstanceFeatures", { loginV2: { baseUri: `${instance}/` } });
  await expect({ unsaid: instance, older: own, newer: instance, another: application, ours: own });
  assert.equal(await sentTo(`${issuer}/device?user_code=ABCD-EFGH`), `${instance}/device`);
  assert.equal(await sentTo(`${issuer}/oidc/v1/end_session`), `${instance}/logout`);
  // People sign out where they signed in.
  const leaves = (name) => sentTo(`${issuer}/oidc/v1/end_session?client_id=${clients[name].clientId}`);
  assert.equal(await leaves("older"), `${own}/logout`);
  assert.equal(await leaves("another"), `${application}/logout`);
  await world.ok("SetInstanceFeatures", { loginV2: { required: true, baseUri: instance } });
  await expect({ unsaid: instance, older: instance, newer: instance, another: application, ours: own });
  // A login elsewhere answers by the published package.
  const party = await Oauth4webapi.discover(provider, clients.unsaid);
  const { tokens } = await site.signIn(party, { scope: "openid" });
  assert.ok(tokens.id_token);
  const told = await world.ok("GetInstanceFeatures", {});
  assert.deepEqual(told.loginV2, { required: true, baseUri: instance, source: "SOURCE_INSTANCE" });
  assert.deepEqual(Object.keys(told).sort(), ["details", "loginV2"]);
  const all = await world.ok("GetInstanceFeatures", { inheritance: true });
  assert.equal(Object.keys(all).length, 12);
  assert.deepEqual(all.oidcTokenExchange, { enabled: true });
  await world.ok("ResetInstanceFeatures", {});
  assert.equal(await asked(), "feature.none_set");
  await expect({ unsaid: own, older: own, newer: own, another: application, ours: own });
  assert.equal(await sentTo(`${issuer}/oidc/v1/end_session`), `${own}/logout`);
}

// jose alone: what a resource server and a relying party do with the keys that are published.
async function byJose(site) {
  const { provider, signed, projectId, person } = site;
  const held = await provider.signedIn(signed, person.session, { scope: "openid", nonce: "n" });
  const id = await verified(provider, held.id_token, { audience: signed.clientId, typ: "JWT" });
  assert.deepEqual([id.payload.sub, id.payload.nonce], [person.id, "n"]);
  const access = await verified(provider, held.access_token,
                                { audience: projectId, typ: "at+jwt" });
  assert.deepEqual([access.payload.sub, access.payload.client_id], [person.id, signed.clientId]);
  for (const [token, options] of [
    [held.id_token, { audience: "another" }], [held.id_token, { typ: "at+jwt" }],
    [held.access_token, { issuer: "https://other.example" }],
    [`${held.id_token.slice(0, -8)}AAAAAAAA`, {}],
  ]) {
    await assert.rejects(verified(provider, token, options));
  }
}

// RFC 8414: the same under the name that OAuth gives it.
async function asServer(site) {
  const { metadata } = await Oauth4webapi.discover(site.provider, site.web, "oauth2");
  const { metadata: same } = await Oauth4webapi.discover(site.provider, site.web);
  assert.deepEqual(metadata, same);
  assert.equal(metadata.issuer, site.provider.issuer);
}

// A new account is asked for by prompt; whose login it is learns of it.
async function creating(site) {
  const { provider } = site;
  const { prompt_values_supported: prompts } =
    (await Oauth4webapi.discover(provider, site.web)).metadata;
  assert.ok(prompts.includes("create"));
  const url = provider.authorizeUrl(site.web, { prompt: "create", state: "s" });
  const { authRequest } = await provider.login.arrive(url);
  assert.deepEqual(authRequest.prompt, [Prompt.CREATE]);
  // Whom it made, a login answers for, in a session that is new or not.
  const back = await provider.login.answer(url, await site.freshSession());
  assert.ok(back.searchParams.get("code"));
  assert.equal(back.searchParams.get("state"), "s");
  // Nobody makes an account without being seen.
  const silent = await fetch(provider.authorizeUrl(site.web, { prompt: "none create" }),
                             { redirect: "manual" });
  assert.equal(new URL(silent.headers.get("location")).searchParams.get("error"),
               "invalid_request");
}

async function byParty(t, site, Party) {
  const name = Party.title;
  await t.test(`${name} discovers the provider`, () => discovery(site, Party));
  for (const proof of PROOFS) {
    await t.test(`${name} signs somebody in by code with PKCE, is told of him and refreshes, ` +
                 `proving itself by ${proof}`, () => codeFlow(site, Party, proof));
  }
  await t.test(`${name} refreshes for less scope and for no more`, () => narrower(site, Party));
  await t.test(`${name} revokes a token alone, or a sign-in whole`, () => revocation(site, Party));
  await t.test(`${name} asks about tokens that are addressed to it`,
               () => introspection(site, Party));
  await t.test(`${name} gets tokens for machines by secret and by key`,
               () => machines(site, Party));
  await t.test(`${name} proves machines with names that have to be encoded`,
               () => oddNames(site, Party));
  await t.test(`${name} lets a device in, and not one that was denied`,
               () => deviceFlow(site, Party));
  await t.test(`${name} is answered a code by a form`, () => codeByForm(site, Party));
  await t.test(`${name} is told why a login refused`, () => errorFlow(site, Party));
  await t.test(`${name}'s user leaves by the link that it knows`, () => farewell(site, Party));
}

export default async function openidClients(t) {
  const site = await Site.build();
  for (const [name, body] of [
    ...PARTIES.map((Party) => [Party.title, () => byParty(t, site, Party)]),
    ["jose", () => t.test("jose verifies an ID token and a JWT, each for what it is, and no other",
                          () => byJose(site))],
  ]) {
    await t.counted(RELYING_PARTIES, name, body);
    t.tally(RELYING_PARTIES, name).notes.push(...(LACKS[name] ?? []));
  }
  await t.test("oauth4webapi finds the same by the path of RFC 8414", () => asServer(site));
  await t.test("a request for a new account reaches the login", () => creating(site));
  await t.test("a signed access token is one by RFC 9068, and is revoked like any other",
               () => signedAccess(site));
  await t.test("ID tokens come by fragment and by form, with an access token and without",
               () => implicit(site));
  await t.test("a login reads what is asked of it, and answers only its own requests, once",
               () => ownLogin(site));
  await t.test("people sign in where the application says, else the instance, else at our own",
               () => chosenLogin(site));
}
