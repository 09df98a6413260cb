// Whatever ends somebody's access ends all that came of it, by the next call: a table of what ends by what
// was given. A row makes people, applications and tokens of its own, sees that what can be shown more than
// once counts, ends something, and shows each.
import assert from "node:assert/strict";
import { createRemoteJWKSet, jwtVerify } from "jose";
import {
  CALLBACK, DEVICE_CODE, JWT_BEARER, PLATFORM, Provider, TOKEN_EXCHANGE, TOKEN_TYPE, audience,
} from "../lib/openid.mjs";
import { Code } from "../lib/wire.mjs";
import { PASSWORD, fresh, inAYear } from "../lib/world.mjs";

// Why somebody may not, or null. Each is asked of what a row has made.
const introspected = (token) => async ({ provider, api }, held) => {
  const told = await provider.introspect(api, held[token]);
  if (!told.active) assert.deepEqual(told, { active: false });
  return told.active ? null : "inactive";
};
const informed = (token) => async ({ provider }, held) => {
  const { status, json } = await provider.userinfo(held[token]);
  return status === 200 ? null : `${status} ${json.error}`;
};
const called = (token, method = "GetMyUser", request = () => ({})) => async (stage, held) => {
  const { code } = await stage.provider.world.try(method, request(), { token: held[token] });
  return code === 0 ? null : Code[code];
};
const written = (token) => called(token, "UpdateMyProfile", () => (
  { firstName: "Ada", lastName: "Example", displayName: fresh("Ada") }));
const granted = (client, type, form) => async ({ provider }, held) => {
  const { status, json } = await provider.grant(held[client], type, await form(held));
  return status === 200 ? null : `${status} ${json.error}`;
};
const answered = async (_, held) => {
  const answer = await fetch(held.page, { redirect: "manual" });
  return answer.status === 302 ? null : String(answer.status);
};

// By an API of somebody else, which asks nobody.
const verified = (token) => async ({ provider }, held) => {
  const keys = createRemoteJWKSet(new URL(`${provider.issuer}/oauth/v2/keys`));
  await jwtVerify(held[token], keys, { issuer: provider.issuer, typ: "at+jwt" });
  return null;
};
const exchanged = (client, token, type) => granted(client, TOKEN_EXCHANGE, (held) => (
  { subject_token: held[token], subject_token_type: type, scope: "openid" }));
// Of a client that proves itself by a key.
const signed = (type, form) => async ({ provider }, held) => {
  const { status, json } = await provider.grant(
    null, type, { ...form(held), ...await provider.clientProof(held.keyed) });
  return status === 200 ? null : `${status} ${json.error}`;
};

const INACTIVE = ["inactive"], TOKEN = ["401 invalid_token"], CALL = ["Unauthenticated"];
const GRANT = ["400 invalid_grant", "401 invalid_client"];
// RFC 8628 section 3.5 has a word more than RFC 6749 section 5.2.
const DEVICE = [...GRANT, "400 access_denied"];
const PAGE = ["400", "403"];
// RFC 8693 section 2.2.2.
const EXCHANGE = ["400 invalid_request", ...GRANT];

// [what, how it is shown, what a refusal is, whether showing it uses it up]
const OF_PEOPLE = [
  ["opaque access token, introspected", introspected("opaque"), INACTIVE],
  ["opaque access token at userinfo", informed("opaque"), TOKEN],
  ["opaque access token at our API", called("opaque"), CALL],
  ["opaque access token that writes by our API", written("opaque"), CALL],
  ["JWT access token, introspected", introspected("jwt"), INACTIVE],
  ["JWT access token at userinfo", informed("jwt"), TOKEN],
  ["JWT access token at our API", called("jwt"), CALL],
  ["JWT access token that writes by our API", written("jwt"), CALL],
  ["exchanged opaque token, introspected", introspected("exchanged"), INACTIVE],
  ["exchanged opaque token at userinfo", informed("exchanged"), TOKEN],
  ["exchanged JWT, introspected", introspected("exchangedJwt"), INACTIVE],
  ["exchanged JWT at userinfo", informed("exchangedJwt"), TOKEN],
  ["refresh token", granted("web", "refresh_token", ({ refresh }) => ({ refresh_token: refresh })),
   GRANT, "once"],
  ["refresh token beside a JWT", granted("signed", "refresh_token", (held) =>
    ({ refresh_token: held.signedRefresh })), GRANT, "once"],
  ["code", granted("web", "authorization_code", ({ code }) => ({ code, redirect_uri: CALLBACK })),
   GRANT, "once"],
  ["device code", granted("web", DEVICE_CODE, ({ device }) => ({ device_code: device })),
   DEVICE, "once"],
  ["ID token that is exchanged", exchanged("web", "idToken", TOKEN_TYPE.id), EXCHANGE],
  ["implicit answer", answered, PAGE, "once"],
];
// What tokens came of, which an application's end is none of.
const OF_SESSIONS = [
  ["session token at our API", called("sessionToken"), CALL],
  ["session token that writes by our API", written("sessionToken"), CALL],
];
// The one that still counts whatever ended: who checks it asks nobody, and learns of no end before
// its own time is over (RFC 9068 section 4; whoever has to know introspects it).
const OFFLINE = [["JWT that a foreign API checks offline", verified("jwt")]];

const OF_SECRETS = [
  ["opaque token by secret, introspected", introspected("bySecret"), INACTIVE],
  ["opaque token by secret at userinfo", informed("bySecret"), TOKEN],
  ["opaque token by secret at our API", called("bySecret"), CALL],
  ["JWT by secret, introspected", introspected("jwtBySecret"), INACTIVE],
  ["JWT by secret at userinfo", informed("jwtBySecret"), TOKEN],
  ["JWT by secret at our API", called("jwtBySecret"), CALL],
  ["secret", granted("bearer", "client_credentials", () => ({ scope: "openid" })), GRANT],
];
const OF_KEYS = [
  ["opaque token by key, introspected", introspected("byKey"), INACTIVE],
  ["opaque token by key at userinfo", informed("byKey"), TOKEN],
  ["opaque token by key at our API", called("byKey"), CALL],
  ["JWT by key, introspected", introspected("jwtByKey"), INACTIVE],
  ["JWT by key at userinfo", informed("jwtByKey"), TOKEN],
  ["JWT by key at our API", called("jwtByKey"), CALL],
  ["key", granted("nobody", JWT_BEARER, async (held) => ({
    assertion: await held.sign(), scope: "openid" })), GRANT],
];
const OF_PERSONAL = [
  ["personal access token, introspected", introspected("personal"), INACTIVE],
  ["personal access token at our API", called("personal"), CALL],
  ["token for a person for whom it acts, introspected", introspected("acted"), INACTIVE],
  ["token for a person for whom it acts, at userinfo", informed("acted"), TOKEN],
];
const OF_KEYED = [
  ["opaque access token, introspected", introspected("opaque"), INACTIVE],
  ["opaque access token at userinfo", informed("opaque"), TOKEN],
  ["opaque access token at our API", called("opaque"), CALL],
  ["JWT access token, introspected", introspected("jwt"), INACTIVE],
  ["JWT access token at userinfo", informed("jwt"), TOKEN],
  ["JWT access token at our API", called("jwt"), CALL],
  ["ID token that is exchanged", signed(TOKEN_EXCHANGE, ({ idToken }) => (
    { subject_token: idToken, subject_token_type: TOKEN_TYPE.id, scope: "openid" })), EXCHANGE],
  ["refresh token", signed("refresh_token", ({ refresh }) => ({ refresh_token: refresh })), GRANT,
   "once"],
  ["code", signed("authorization_code", ({ code }) => ({ code, redirect_uri: CALLBACK })), GRANT,
   "once"],
  ["device code", signed(DEVICE_CODE, ({ device }) => ({ device_code: device })), DEVICE, "once"],
];
// How an application proves itself is asked where it does: what needs that proof is refused. What it was
// given before is its user's sign-in, which the user, his managers and whoever revokes it end: a secret
// that is replaced in time signs nobody out.
const proved = (cells) => cells.filter(([name]) => /^(refresh|code|device|ID token)/.test(name));
const unproved = (cells) => cells.filter(([name]) => /access token/.test(name));
const OF_ACTED = OF_PERSONAL.filter(([name]) => name.startsWith("token for"));
const OF_MACHINES = [...OF_SECRETS, ...OF_KEYS, ...OF_PERSONAL];

const only = (cells, word) => cells.filter(([name]) => name.startsWith(word));
const each = (clients, work) => Promise.all(clients.map(work));
const ok = ({ provider }, method, request) => provider.world.ok(method, request);
// What comes of a sign-in once its code is redeemed.
const OF_FAMILIES = ["opaque", "JWT", "exchanged", "refresh", "ID token"]
  .flatMap((word) => only(OF_PEOPLE, word));
const byUser = ({ provider }, { session }, method, request = {}) =>
  provider.world.ok(method, request, { token: session.sessionToken });
const revoke = async ({ provider }, client, token) => {
  const { status, text } = await provider.post("/oauth/v2/revoke", { token }, client);
  assert.equal(status, 200, text);
};
const byApplication = (method) => (stage, { web, signed }) =>
  each([web, signed], ({ projectId, applicationId }) =>
    ok(stage, method, { projectId, applicationId }));
const byMachine = (method, more = () => ({})) => (stage, held) =>
  each([held.bearer, held.jwtMachine], (one) => ok(stage, method, { userId: one.id, ...more(one) }));

// [what happens, how, what it ends, what it ends not]
const ALL_OF_PEOPLE = [...OF_PEOPLE, ...OF_SESSIONS];
const OF_APPLICATIONS = [OF_PEOPLE, OF_SESSIONS];
const ENDS_OF_PEOPLE = [
  ["the user is locked", (s, h) => ok(s, "LockUser", { userId: h.userId })],
  ["the user is deactivated", (s, h) => ok(s, "DeactivateUser", { userId: h.userId })],
  ["the user is deleted", (s, h) => ok(s, "DeleteUser", { userId: h.userId })],
  ["the password is changed", (s, h) => ok(s, "SetPassword", {
    userId: h.userId, newPassword: { password: `${PASSWORD}-2` } })],
  ["the user's organization is deactivated",
   (s, h) => ok(s, "DeactivateOrganization", { organizationId: h.home })],
  ["the user's organization is deleted",
   (s, h) => ok(s, "DeleteOrganization", { organizationId: h.home })],
  ["the application's organization is deactivated",
   (s, h) => ok(s, "DeactivateOrganization", { organizationId: h.owner }), ...OF_APPLICATIONS],
  ["the application's organization is deleted",
   (s, h) => ok(s, "DeleteOrganization", { organizationId: h.owner }), ...OF_APPLICATIONS],
  ["the project is deactivated",
   (s, h) => ok(s, "DeactivateProject", { projectId: h.projectId }), ...OF_APPLICATIONS],
  ["the project is deleted",
   (s, h) => ok(s, "DeleteProject", { projectId: h.projectId }), ...OF_APPLICATIONS],
  ["the applications are deactivated", byApplication("DeactivateApplication"), ...OF_APPLICATIONS],
  ["the applications are deleted", byApplication("DeleteApplication"), ...OF_APPLICATIONS],
  ["the applications' secrets are replaced", byApplication("GenerateClientSecret"),
   proved(OF_PEOPLE), [...unproved(OF_PEOPLE), ...OF_SESSIONS]],
  ["the session is deleted", (s, h) => ok(s, "DeleteSession", { sessionId: h.session.sessionId })],
  ["the application signs the user out", async ({ provider }, { idToken }) => {
    const query = new URLSearchParams({ id_token_hint: idToken });
    assert.equal((await fetch(`${provider.issuer}/oidc/v1/end_session?${query}`)).status, 200);
  }],
  ["the user's role is taken", (s, h) => ok(s, "DeleteAuthorization", { id: h.authorizationId }),
   ...OF_APPLICATIONS],
  ["the user's role rests", (s, h) => ok(s, "DeactivateAuthorization", { id: h.authorizationId }),
   ...OF_APPLICATIONS],
  ["the role is removed",
   (s, h) => ok(s, "RemoveProjectRole", { projectId: h.projectId, roleKey: "reader" }),
   ...OF_APPLICATIONS],
  ["the grant to the user's organization is deleted", (s, h) => ok(s, "DeleteProjectGrant", {
    projectId: h.projectId, grantedOrganizationId: h.home }), ...OF_APPLICATIONS],
  ["the grant to the user's organization is deactivated",
   (s, h) => ok(s, "DeactivateProjectGrant", {
     projectId: h.projectId, grantedOrganizationId: h.home }), ...OF_APPLICATIONS],
  ["the access tokens are revoked", async (stage, h) => {
    await revoke(stage, h.web, h.opaque);
    await revoke(stage, h.signed, h.jwt);
  }, ["opaque", "JWT", "exchanged"].flatMap((word) => only(OF_PEOPLE, word)), OF_SESSIONS],
  ["the refresh tokens are revoked", async (stage, h) => {
    await revoke(stage, h.web, h.refresh);
    await revoke(stage, h.signed, h.signedRefresh);
  }, OF_FAMILIES, OF_SESSIONS],
  ["the user revokes one refresh token and the other", async (stage, h) => {
    const { result } = await byUser(stage, h, "ListMyRefreshTokens");
    const clients = result.map((one) => one.clientId).sort();
    assert.deepEqual(clients, [h.web.clientId, h.signed.clientId].sort());
    assert.ok(result.every(({ scopes, authTime, expiration }) =>
      scopes.includes("offline_access") && authTime < expiration), JSON.stringify(result));
    for (const { id } of result) await byUser(stage, h, "RevokeMyRefreshToken", { id });
    assert.deepEqual((await byUser(stage, h, "ListMyRefreshTokens")).result ?? [], []);
  }, OF_FAMILIES, OF_SESSIONS],
  ["the user revokes all his refresh tokens",
   (s, h) => byUser(s, h, "RevokeAllMyRefreshTokens"), OF_FAMILIES, OF_SESSIONS],
  ["the codes are shown again", ({ provider }, h) =>
    each([[h.web, h.redeemed], [h.signed, h.signedRedeemed]], ([client, code]) =>
      provider.grant(client, "authorization_code", { code, redirect_uri: CALLBACK })),
   OF_FAMILIES, OF_SESSIONS],
];

const keysOf = (keyed) => ({ projectId: keyed.projectId, applicationId: keyed.applicationId });
const ENDS_OF_KEYED = [
  ["the application's key is removed", (s, { keyed }) => ok(s, "DeleteApplicationKey", {
    ...keysOf(keyed), keyId: keyed.signer.kid }),
   proved(OF_KEYED), [...unproved(OF_KEYED), ...OF_SESSIONS]],
  ["another key takes its place", async (s, { keyed }) => {
    await ok(s, "CreateApplicationKey", { ...keysOf(keyed), expirationDate: inAYear() });
    await ok(s, "DeleteApplicationKey", { ...keysOf(keyed), keyId: keyed.signer.kid });
  }, proved(OF_KEYED), [...unproved(OF_KEYED), ...OF_SESSIONS]],
];

const ENDS_OF_MACHINES = [
  ["the machine is locked", byMachine("LockUser")],
  ["the machine is deactivated", byMachine("DeactivateUser")],
  ["the machine is deleted", byMachine("DeleteUser")],
  ["the machine's organization is deactivated",
   (s, h) => ok(s, "DeactivateOrganization", { organizationId: h.home })],
  ["the machine's organization is deleted",
   (s, h) => ok(s, "DeleteOrganization", { organizationId: h.home })],
  ["the machine's secret is removed", byMachine("RemoveSecret"), OF_SECRETS],
  ["the machine's secret is replaced", byMachine("AddSecret"), OF_SECRETS],
  ["the machine's key is removed", byMachine("RemoveKey", ({ keyId }) => ({ keyId })), OF_KEYS],
  ["the tokens by secret are revoked", async (stage, h) => {
    await revoke(stage, h.bearer, h.bySecret);
    await revoke(stage, h.jwtMachine, h.jwtBySecret);
  }, [...only(OF_SECRETS, "opaque"), ...only(OF_SECRETS, "JWT")]],
  ["the machine may act for people no more", (s, h) => ok(s, "DeleteAdministrator", {
    userId: h.bearer.id, resource: { organizationId: h.home } }), OF_ACTED],
  ["the person becomes a manager", (s, h) => ok(s, "CreateAdministrator", {
    userId: h.personId, resource: { organizationId: h.home }, roles: ["ORG_OWNER"] }), OF_ACTED],
  ["the personal access token is removed", (s, h) => ok(s, "RemovePersonalAccessToken", {
    userId: h.bearer.id, tokenId: h.personalId }), OF_PERSONAL],
  ["the person for whom it acts is locked",
   (s, h) => ok(s, "LockUser", { userId: h.personId }), OF_ACTED],
  ["the person for whom it acts is deactivated",
   (s, h) => ok(s, "DeactivateUser", { userId: h.personId }), OF_ACTED],
  ["the person for whom it acts is deleted",
   (s, h) => ok(s, "DeleteUser", { userId: h.personId }), OF_ACTED],
  ["the password of the person for whom it acts is changed", (s, h) => ok(s, "SetPassword", {
    userId: h.personId, newPassword: { password: `${PASSWORD}-2` } }), OF_ACTED],
  ["nobody may act for others any more",
   (s) => ok(s, "SetSecurityPolicy", { enableImpersonation: false }), OF_ACTED],
];

// What every row is asked in front of: an API in an organization that no row touches.
async function stageOf() {
  const provider = await Provider.start();
  const projectId = await provider.project(await provider.world.organization());
  const scope = `openid offline_access ${PLATFORM} ${audience(projectId)}`;
  return { provider, scope, api: await provider.api(projectId),
           exchanger: await provider.application(projectId) };
}

// The user's organization is another than the application's, and has the project by a grant.
async function people({ provider, scope }) {
  const { world } = provider;
  const [home, owner] = [await world.organization(), await world.organization()];
  const projectId = await provider.project(
    owner, { authorizationRequired: true, projectAccessRequired: true });
  await world.ok("AddProjectRole", { projectId, roleKey: "reader", displayName: "Reader" });
  await world.ok("CreateProjectGrant",
                 { projectId, grantedOrganizationId: home, roleKeys: ["reader"] });
  const web = await provider.application(projectId);
  const signed = await provider.application(
    projectId, { accessTokenType: "OIDC_TOKEN_TYPE_JWT" });
  const { id: userId, session } = await provider.person(home);
  const { id: authorizationId } = await world.ok("CreateAuthorization", {
    userId, projectId, organizationId: home, roleKeys: ["reader"] });
  const redeemed = await provider.code(web, session, { scope });
  const signedRedeemed = await provider.code(signed, session, { scope });
  const redeem = (client, code) =>
    provider.granted(client, "authorization_code", { code, redirect_uri: CALLBACK });
  const first = await redeem(web, redeemed);
  const second = await redeem(signed, signedRedeemed);
  const exchange = async (type) => (await provider.granted(web, TOKEN_EXCHANGE, {
    subject_token: first.access_token, subject_token_type: TOKEN_TYPE.access,
    requested_token_type: type })).access_token;
  const device = (await provider.post("/oauth/v2/device_authorization", { scope }, web)).json;
  await provider.login.device(device.verification_uri_complete, session);
  const implicit = provider.authorizeUrl(
    web, { scope: "openid", response_type: "id_token token", nonce: "n" });
  return {
    home, owner, projectId, web, signed, userId, session, authorizationId, redeemed, signedRedeemed,
    opaque: first.access_token, refresh: first.refresh_token, idToken: first.id_token,
    jwt: second.access_token, signedRefresh: second.refresh_token, device: device.device_code,
    code: await provider.code(web, session, { scope }),
    exchanged: await exchange(TOKEN_TYPE.access), exchangedJwt: await exchange(TOKEN_TYPE.jwt),
    page: (await provider.login.answer(implicit, session)).href,
    sessionToken: session.sessionToken,
  };
}

// An application that has a key and no secret.
async function keyed({ provider, scope }) {
  const home = await provider.world.organization();
  const projectId = await provider.project(home);
  const client = await provider.application(projectId, { proof: "PRIVATE_KEY_JWT" });
  const { session } = await provider.person(home);
  const redeem = async () => {
    const form = { code: await provider.code(client, session, { scope }), redirect_uri: CALLBACK };
    return provider.granted(null, "authorization_code",
                            { ...form, ...await provider.clientProof(client) });
  };
  const first = await redeem();
  await provider.tokenType(client, "JWT");
  const { access_token: jwt } = await redeem();
  const { json: device } = await provider.post(
    "/oauth/v2/device_authorization", { scope, ...await provider.clientProof(client) });
  await provider.login.device(device.verification_uri_complete, session);
  return { keyed: client, opaque: first.access_token, refresh: first.refresh_token, jwt,
           idToken: first.id_token, device: device.device_code,
           code: await provider.code(client, session, { scope }),
           sessionToken: session.sessionToken };
}

async function machines({ provider, scope, exchanger }) {
  const home = await provider.world.organization();
  const bearer = await provider.machine(home);
  const jwtMachine = await provider.machine(home, { type: "JWT" });
  const bySecret = async (machine) =>
    (await provider.granted(machine, "client_credentials", { scope })).access_token;
  const byKey = async (machine) => (await provider.granted(null, JWT_BEARER, {
    assertion: await provider.assertion(machine), scope })).access_token;
  const { token: personal, tokenId: personalId } = await provider.world.ok(
    "AddPersonalAccessToken", { userId: bearer.id, expirationDate: inAYear() });
  await provider.world.ok("SetSecurityPolicy", { enableImpersonation: true });
  await provider.world.ok("CreateAdministrator", {
    userId: bearer.id, resource: { organizationId: home }, roles: ["ORG_END_USER_IMPERSONATOR"] });
  const { id: personId } = await provider.person(home);
  const acted = await provider.granted(exchanger, TOKEN_EXCHANGE, {
    subject_token: personId, subject_token_type: TOKEN_TYPE.userId,
    actor_token: personal, actor_token_type: TOKEN_TYPE.access, scope });
  return {
    home, bearer, jwtMachine, personal, personalId, personId, acted: acted.access_token,
    sign: () => provider.assertion(bearer), jwt: await bySecret(jwtMachine),
    bySecret: await bySecret(bearer), jwtBySecret: await bySecret(jwtMachine),
    byKey: await byKey(bearer), jwtByKey: await byKey(jwtMachine),
  };
}

// What is shown at each; all that is wrong with a row is told at once. `still`: what counts on.
async function ends(stage, held, end, cells, still, count) {
  for (const [name, show, , once] of end ? [...cells, ...still] : []) {
    if (!once) assert.equal(await show(stage, held), null, `${name}, before`);
  }
  await end?.(stage, held);
  const wrong = [];
  for (const [name, show, refusals] of cells) {
    const why = await show(stage, held);
    if (!refusals.includes(why)) wrong.push(`${name}: ${why ?? "is still accepted"}`);
    count.cells += 1;
  }
  for (const [name, show] of still) {
    const why = await show(stage, held);
    if (why !== null) wrong.push(`${name}: ${why}, though nothing of it ended`);
    count.still += 1;
  }
  assert.deepEqual(wrong, []);
  return `${cells.length} cells`;
}

// A table that refuses everything proves nothing: without an end all of it is accepted.
async function accepted(stage, held, cells) {
  for (const [name, show] of cells) assert.equal(await show(stage, held), null, name);
}

// What was answered once is true after the power failed, too.
async function outlives(stage) {
  const [kept, ended] = [await people(stage), await people(stage)];
  const [works, rests] = [await machines(stage), await machines(stage)];
  await ok(stage, "DeleteSession", { sessionId: ended.session.sessionId });
  await byMachine("LockUser")(stage, rests);
  await stage.provider.server.kill();
  await stage.provider.server.resume();
  const count = { cells: 0, still: 0 };
  await accepted(stage, kept, ALL_OF_PEOPLE);
  await accepted(stage, works, OF_MACHINES);
  await ends(stage, ended, null, ALL_OF_PEOPLE, OFFLINE, count);
  await ends(stage, rests, null, OF_MACHINES, OFFLINE, count);
}

export default async function openidLifecycle(t) {
  const stage = await stageOf();
  const count = { cells: 0, still: 0, rows: 0 };
  for (const [who, make, columns, rows] of [
    ["somebody", people, ALL_OF_PEOPLE, ENDS_OF_PEOPLE],
    ["somebody at an application with a key", keyed, [...OF_KEYED, ...OF_SESSIONS], ENDS_OF_KEYED],
    ["a machine", machines, OF_MACHINES, ENDS_OF_MACHINES],
  ]) {
    await t.test(`what ${who} was given is accepted while nothing ends it`,
                 async () => accepted(stage, await make(stage), columns));
    for (const [name, end, cells = columns, still = []] of rows) {
      count.rows += 1;
      await t.test(`when ${name}, what came of it is refused on the next call`, async () => ends(
        stage, await make(stage), end, cells, [...still, ...OFFLINE], count));
    }
  }
  await t.test("a kill -9 revives nothing that ended, and ends nothing else", () => outlives(stage));
  await t.test("every cell of the table was asked", async () => {
    assert.ok(count.cells >= 500, `${count.cells}`);
    return `${count.cells} cells refused in ${count.rows} rows, ${count.still} that count on`;
  });
}
