// Each kind of token at each place that takes one, and what happens at once: a logout while tokens are
// refreshed, a signing key that is made active while it is deleted, and a sign-in over which the keys
// change; scopes beyond measure, and requests without end.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { createServerTransport } from "@zitadel/client/node";
import { createOIDCServiceClient } from "@zitadel/client/v2";
import { createLocalJWKSet, jwtVerify } from "jose";
import { Code } from "@connectrpc/connect";
import {
  CALLBACK, DEVICE_CODE, PLATFORM, Provider, TOKEN_EXCHANGE, TOKEN_TYPE, storesNothing,
} from "../lib/openid.mjs";
import { refused } from "../lib/refused.mjs";
import { inAYear } from "../lib/world.mjs";

const SCOPE = `openid profile offline_access ${PLATFORM}`;

async function build() {
  const provider = await Provider.start();
  const organizationId = await provider.world.organization();
  const projectId = await provider.project(organizationId);
  return {
    provider, organizationId, web: await provider.application(projectId),
    signed: await provider.application(projectId, { accessTokenType: "OIDC_TOKEN_TYPE_JWT" }),
    api: await provider.api(projectId), machine: await provider.machine(organizationId),
    person: await provider.person(organizationId),
  };
}

// One of each that a sign-in gives, each fresh.
async function tokens({ provider, web, signed, machine, person }) {
  const first = await provider.signedIn(web, person.session, { scope: SCOPE });
  const second = await provider.signedIn(signed, person.session, { scope: SCOPE });
  const exchanged = await provider.granted(web, TOKEN_EXCHANGE, {
    subject_token: first.access_token, subject_token_type: TOKEN_TYPE.access, scope: "openid" });
  const device = await provider.post("/oauth/v2/device_authorization", { scope: SCOPE }, web);
  const { token: personal } = await provider.world.ok(
    "AddPersonalAccessToken", { userId: machine.id, expirationDate: inAYear() });
  return {
    exchanged: exchanged.access_token,
    opaque: first.access_token, jwt: second.access_token, id: first.id_token,
    refresh: first.refresh_token, code: await provider.code(web, person.session, { scope: SCOPE }),
    device: device.json.device_code, personal, session: person.session.sessionToken,
    assertion: await provider.assertion(machine),
  };
}

const grant = (type, name, more = {}) => async ({ provider, web }, token) => {
  const { status } = await provider.grant(web, type, { [name]: token, ...more });
  return status === 200;
};
const exchange = (type) => grant(TOKEN_EXCHANGE, "subject_token", { subject_token_type: type });
// What is no token is answered as if it had ended, what is another's is refused (RFC 7009 sections
// 2.1 and 2.2); what did end stands in the log.
const revoked = async ({ provider, web, signed }, token) => {
  const before = await provider.world.newest();
  for (const client of [web, signed]) {
    const { status, text, json } = await provider.post("/oauth/v2/revoke", { token }, client);
    if (status === 200) assert.equal(text, "{}");
    else assert.deepEqual([status, json.error], [400, "unauthorized_client"]);
  }
  return await provider.world.newest() !== before;
};

// Where a token is shown, whether it is taken there, and which are meant to be.
const PLACES = [
  ["userinfo", async ({ provider }, token) => (await provider.userinfo(token)).status === 200,
   ["opaque", "jwt", "exchanged", "personal"]],
  ["introspection", async ({ provider, api }, token) =>
    (await provider.introspect(api, token)).active, ["opaque", "jwt", "exchanged", "personal"]],
  ["our own API", async ({ provider }, token) =>
    (await provider.world.try("GetMyUser", {}, { token })).code === 0,
   ["opaque", "jwt", "personal", "session"]],
  ["the refresh grant", grant("refresh_token", "refresh_token"), ["refresh"]],
  ["the code grant", grant("authorization_code", "code", { redirect_uri: CALLBACK }), ["code"]],
  ["the device grant", grant(DEVICE_CODE, "device_code"), []],
  ["the JWT profile", async ({ provider }, token) => (await provider.grant(
    null, "urn:ietf:params:oauth:grant-type:jwt-bearer", { assertion: token, scope: "openid" }))
    .status === 200, ["assertion"]],
  ["an exchange of an access token", exchange(TOKEN_TYPE.access),
   ["opaque", "jwt", "exchanged", "personal"]],
  ["an exchange of an ID token", exchange(TOKEN_TYPE.id), ["id"]],
  ["an exchange of a JWT", exchange(TOKEN_TYPE.jwt), ["jwt", "assertion"]],
  ["the revocation endpoint", revoked, ["exchanged", "opaque", "jwt", "refresh"]],
  ["an end of the session", async ({ provider }, token) => (await fetch(
    `${provider.issuer}/oidc/v1/end_session?${new URLSearchParams({ id_token_hint: token })}`,
    { redirect: "manual" })).status === 200, ["id"]],
];

// For each place tokens of their own: one that is shown at the wrong one must not be worn out by it.
async function everywhere(all) {
  const wrong = [];
  let shown = 0;
  for (const [place, takes, meant] of PLACES) {
    const held = await tokens(all);
    for (const [kind, token] of Object.entries(held)) {
      const before = await all.provider.world.newest();
      const taken = await takes(all, token);
      if (taken !== meant.includes(kind)) {
        wrong.push(`${kind} at ${place} is ${meant.includes(kind) ? "refused" : "taken"}`);
      }
      if (!taken && await all.provider.world.newest() !== before) {
        wrong.push(`${kind} at ${place} is refused, and stores something`);
      }
      shown += 1;
    }
    if (place === "an end of the session") {
      all.person = await all.provider.person(all.organizationId);
    }
  }
  assert.deepEqual(wrong, []);
  return `${shown} cells`;
}

async function scopes(all) {
  await storesNothing(all.provider.world, () => manyScopes(all));
  // The server is none the worse for it.
  await all.provider.granted(all.machine, "client_credentials", { scope: "openid" });
}

async function manyScopes({ provider, web, machine }) {
  const scope = Array.from({ length: 100_000 }, (_, i) => `s${i}`).join(" ");
  const many = await provider.grant(machine, "client_credentials", { scope });
  assert.ok([400, 413].includes(many.status), `${many.status}`);
  assert.ok(["invalid_scope", "invalid_request"].includes(many.json.error), many.text);
  const form = { client_id: web.clientId, redirect_uri: CALLBACK, response_type: "code", scope };
  const asked = await provider.post("/oauth/v2/authorize", form);
  assert.ok([303, 400, 413].includes(asked.status), `${asked.status} ${asked.text}`);
  if (asked.status === 303) {
    const at = new URL(asked.headers.get("location"));
    assert.match(at.searchParams.get("error") ?? "", /^invalid_(scope|request)$/);
  }
  const device = await provider.post("/oauth/v2/device_authorization", { scope }, web);
  assert.ok([400, 413].includes(device.status), `${device.status} ${device.text}`);
}

// Somebody who guesses what devices show learns nothing, is sent nowhere but to the login, and
// fills no log; a login that asks for him is told no more.
async function userCodes({ provider, web, organizationId }) {
  const { json } = await provider.post("/oauth/v2/device_authorization", { scope: "openid" }, web);
  const userId = await provider.world.machine(organizationId);
  const stranger = createOIDCServiceClient(createServerTransport(
    await provider.world.machineToken(userId), { baseUrl: provider.issuer }));
  const letters = "BCDFGHJKLMNPQRSTVWXZ";
  const guess = (i) => `${json.user_code.slice(0, -2)}${letters[i % 20]}${letters[(i / 20) | 0]}`;
  const guesses = Array.from({ length: 200 }, (_, i) => guess(i))
    .filter((code) => code !== json.user_code);
  await storesNothing(provider.world, async () => {
    for (const userCode of guesses) {
      await refused(provider.login.oidc.getDeviceAuthorizationRequest({ userCode }),
                    Code.NotFound, "device_authorization.not_found");
    }
    for (const userCode of [json.user_code, ...guesses.slice(0, 5)]) {
      await refused(stranger.getDeviceAuthorizationRequest({ userCode }),
                    Code.NotFound, "device_authorization.not_found");
    }
    for (const userCode of ["https://evil.example/", "//evil.example", guesses[0]]) {
      const page = await fetch(
        `${provider.issuer}/device?${new URLSearchParams({ user_code: userCode })}`,
        { redirect: "manual" });
      const at = new URL(page.headers.get("location"));
      assert.equal(`${at.origin}${at.pathname}`, `${provider.issuer}/ui/v2/login/device`);
    }
    const polled = await provider.grant(web, DEVICE_CODE, { device_code: json.user_code });
    assert.deepEqual([polled.status, polled.json.error], [400, "invalid_grant"]);
  });
  return `${guesses.length} guesses`;
}

// Whichever comes first, nothing that was handed out lives on.
async function logoutWhileRefreshing(all) {
  const { provider, web } = all;
  let given = 0;
  for (let round = 0; round < 10; ++round) {
    const person = await provider.person(all.organizationId);
    const held = await provider.signedIn(web, person.session, { scope: SCOPE });
    const hint = new URLSearchParams({ id_token_hint: held.id_token });
    const refresh = () => provider.grant(
      web, "refresh_token", { refresh_token: held.refresh_token });
    const answers = await Promise.all([
      refresh(), refresh(),
      sleep(round * 2).then(() => fetch(`${provider.issuer}/oidc/v1/end_session?${hint}`)), refresh(),
    ]);
    assert.equal(answers[2].status, 200);
    for (const { json } of answers.filter((one) => one.json?.access_token)) {
      given += 1;
      assert.equal((await provider.userinfo(json.access_token)).status, 401);
      assert.equal((await provider.grant(
        web, "refresh_token", { refresh_token: json.refresh_token })).status, 400);
    }
    assert.equal((await provider.userinfo(held.access_token)).status, 401);
  }
  assert.ok(given > 0, "nothing was refreshed in time");
  return `${given} were refreshed in time`;
}

// One of them wins; an instance always has a key that signs, and that everybody finds.
async function keysAtOnce({ provider, web, person }) {
  for (let round = 0; round < 10; ++round) {
    const { id } = await provider.world.ok("CreateWebKey", { ed25519: {} });
    const [made, gone] = await Promise.all([
      provider.world.try("ActivateWebKey", { id }), provider.world.try("DeleteWebKey", { id })]);
    assert.ok(made.code === 0 || gone.code === 0, `${made.reason} ${gone.reason}`);
    const { id_token: token } = await provider.signedIn(web, person.session);
    const keys = await (await fetch(`${provider.issuer}/oauth/v2/keys`)).json();
    await jwtVerify(token, createLocalJWKSet(keys), { issuer: provider.issuer });
    assert.equal(keys.keys.some((key) => key.kid === id), gone.code !== 0);
  }
}

// The keys change between the request, the answer and the redemption, and again before the refresh.
async function keysWhileSigningIn({ provider, web, person }) {
  const change = async () => {
    const { id } = await provider.world.ok("CreateWebKey", { ecdsa: { curve: "ECDSA_CURVE_P256" } });
    await provider.world.ok("ActivateWebKey", { id });
    return id;
  };
  const verified = async (token) => {
    const keys = await (await fetch(`${provider.issuer}/oauth/v2/keys`)).json();
    const { protectedHeader } =
      await jwtVerify(token, createLocalJWKSet(keys), { issuer: provider.issuer });
    return protectedHeader.kid;
  };
  const url = provider.authorizeUrl(web, { scope: SCOPE });
  await change();
  const back = await provider.login.answer(url, person.session);
  const second = await change();
  const held = await provider.granted(
    web, "authorization_code", { code: back.searchParams.get("code"), redirect_uri: CALLBACK });
  assert.equal(await verified(held.id_token), second);
  const third = await change();
  const next = await provider.granted(
    web, "refresh_token", { refresh_token: held.refresh_token });
  assert.equal(await verified(next.id_token), third);
  // What the one before signed verifies still.
  assert.equal(await verified(held.id_token), second);
}

// One address may ask two thousand times at once, and then as fast as it could not fill a log. A server
// of its own: whoever asks next is refused as well.
async function requestsWithoutEnd() {
  const { provider, web } = await build();
  const url = provider.authorizeUrl(web);
  const statuses = [];
  for (let asked = 0; asked < 4000 && statuses.at(-1) !== 429; asked += 50) {
    const answers = await Promise.all(Array.from({ length: 50 }, async () => {
      const answer = await fetch(url, { redirect: "manual" });
      await answer.arrayBuffer();
      return answer.status;
    }));
    statuses.push(...answers.sort());
  }
  const taken = statuses.filter((status) => status === 302).length;
  assert.ok(taken >= 2000, `${taken} were taken`);
  assert.equal(statuses.at(-1), 429);
  // What needs no room in the log is answered.
  assert.equal((await fetch(`${provider.issuer}/oauth/v2/keys`)).status, 200);
  return `${taken} were taken`;
}

export default async function openidHostile(t) {
  const all = await build();
  await t.test("each kind of token is taken where it is meant, and nowhere else",
               () => everywhere(all), { seconds: 120 });
  await t.test("a hundred thousand scopes are refused, and cost nobody anything", () => scopes(all));
  await t.test("whoever guesses codes of devices finds none, and stores nothing",
               () => userCodes(all));
  await t.test("nothing lives on that was refreshed while somebody signed out",
               () => logoutWhileRefreshing(all), { seconds: 120 });
  await t.test("a key that is made active and deleted at once is one or the other",
               () => keysAtOnce(all));
  await t.test("keys that change during a sign-in break nothing", () => keysWhileSigningIn(all));
  await t.test("an address that asks without end is told so", requestsWithoutEnd, { seconds: 120 });
}
