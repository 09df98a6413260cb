// RFC 7662, asking about tokens, and RFC 7009, revoking them: who may, and what is answered.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Musts, Site, assertError } from "../lib/musts.mjs";
import { CALLBACK } from "../lib/openid.mjs";

const INTROSPECT = "/oauth/v2/introspect";
const REVOKE = "/oauth/v2/revoke";

// [section, sentence, the form, who asks, status, error]
const ASKED_WRONGLY = [
  ["2.1", "who asks has to prove himself", ({ token }) => ({ token }), () => null,
   401, "invalid_client"],
  ["2.1", "a client's id alone proves nothing",
   ({ token }, { web }) => ({ token, client_id: web.clientId }), () => null, 401, "invalid_client"],
  ["2.1", "a client that has no secret may not ask",
   ({ token }, { open }) => ({ token, client_id: open.clientId }), () => null, 401, "invalid_client"],
  ["2.1", "another token is no proof of who asks", ({ token }) => ({ token }), "bearer",
   401, "invalid_client"],
  ["2.3", "who shows a wrong secret is told 401",
   ({ token }) => ({ token }), ({ api }) => ({ ...api, secret: "wrong" }), 401, "invalid_client"],
  ["2.1", "token has to be there", () => ({}), ({ api }) => api, 400, "invalid_request"],
  ["2.1", "an empty token is none", () => ({ token: "" }), ({ api }) => api, 400, "invalid_request"],
];

// [section, sentence, the token that is none any more, or not for who asks]
const INACTIVE = [
  ["2.2", "what is no token", () => "nothing of ours"],
  ["2.2", "a token that nobody was given", ({ token }) => `${token.slice(0, -4)}AAAA`],
  ["2.2", "a refresh token, which no resource takes", ({ refresh }) => refresh],
  ["2.2", "a token that is not for who asks", ({ token }) => token, "foreign"],
  ["4", "a token that was revoked", ({ revoked }) => revoked],
  ["4", "a token of a sign-in that was revoked", ({ family }) => family],
  ["4", "a signed token whose signature is wrong", ({ signed }) => flipped(signed)],
  ["4", "a signed token that is not for who asks", ({ signed }) => signed, "foreign"],
];

function flipped(token) {
  const at = token.length - 20;
  return token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
}

// [section, sentence, what is true of an answer about a token that lives]
const TOLD = [
  ["2.2", "the answer is JSON", ({ headers }) =>
    assert.match(headers.get("content-type"), /^application\/json/)],
  ["2.2", "active is true", ({ json }) => assert.equal(json.active, true)],
  ["2.2", "scope is a list with spaces", ({ json }) =>
    assert.deepEqual(json.scope.split(" ").sort(), ["email", "offline_access", "openid", "profile"])],
  ["2.2", "times are numbers of seconds", ({ json: { exp, iat, nbf } }) =>
    assert.ok([exp, iat, nbf].every(Number.isInteger) && exp > iat)],
  ["2.2", "whose it is, and which client's", ({ json }, site) =>
    assert.deepEqual([json.sub, json.client_id, json.iss],
                     [site.person.id, site.web.clientId, site.issuer])],
];

async function heldOf(site) {
  const [first, second, third] = [await site.tokens(), await site.tokens(), await site.tokens()];
  await site.post(REVOKE, { token: second.access_token }, site.web);
  await site.post(REVOKE, { token: third.refresh_token }, site.web);
  const jwt = await site.application({ accessTokenType: "OIDC_TOKEN_TYPE_JWT" });
  return { token: first.access_token, refresh: first.refresh_token, id: first.id_token,
           revoked: second.access_token, family: third.access_token,
           signed: (await site.tokens(jwt)).access_token };
}

async function over(site) {
  const times = (seconds) => ({
    accessTokenLifetime: `${seconds}s`, idTokenLifetime: `${seconds}s`,
    refreshTokenIdleExpiration: "2592000s", refreshTokenExpiration: "7776000s" });
  const { world } = site.provider;
  await world.ok("UpdateOIDCSettings", times(1));
  const { access_token: token } = await site.tokens();
  await world.ok("UpdateOIDCSettings", times(43200));
  await sleep(1500);
  assert.deepEqual(await site.provider.introspect(site.api, token), { active: false });
  assert.equal((await site.provider.userinfo(token)).status, 401);
}

async function introspection(site, musts, held) {
  const at = (section) => `RFC 7662 section ${section}`;
  for (const [section, sentence, form, who, status, error] of ASKED_WRONGLY) {
    await musts.test(at(section), sentence, async () => {
      const bearer = who === "bearer" ? { authorization: `Bearer ${held.token}` } : {};
      const client = typeof who === "function" ? who(site) : null;
      assertError(await site.post(INTROSPECT, form(held, site), client, bearer), status, error);
    });
  }
  for (const [section, sentence, token, who = "api"] of INACTIVE) {
    await musts.test(at(section), `${sentence} is answered active false, and nothing more`, async () => {
      const told = await site.provider.introspect(site[who], token(held));
      assert.deepEqual(told, { active: false });
    });
  }
  await musts.test(at("4"), "a token that is over is answered active false", () => over(site));
  const answer = await site.post(INTROSPECT, { token: held.token }, site.api);
  for (const [section, sentence, check] of TOLD) {
    await musts.test(at(section), `of a token that lives ${sentence}`, () => check(answer, site));
  }
  for (const hint of ["access_token", "refresh_token", "carrot", ""]) {
    await musts.test(at("2.1"), `the hint "${hint}" keeps no token from being found`, async () => {
      const { json } = await site.post(INTROSPECT, { token: held.token, token_type_hint: hint }, site.api);
      assert.equal(json.active, true);
    });
  }
  await musts.test(at("2.1"), "a form by POST is what is taken", async () => {
    const query = new URLSearchParams({ token: held.token });
    const got = await fetch(`${site.issuer}${INTROSPECT}?${query}`);
    assert.equal(got.status, 405);
    assert.equal(answer.status, 200);
  });
}

// [section, sentence, the form, who asks, status, error]
const REVOKED_WRONGLY = [
  ["2.1", "a client that has a secret shows it",
   ({ token }, { web }) => ({ token, client_id: web.clientId }), () => null, 401, "invalid_client"],
  ["2.1", "a client whose secret is wrong is refused",
   ({ token }) => ({ token }), ({ web }) => ({ ...web, secret: "wrong" }), 401, "invalid_client"],
  ["2.1", "who says nothing of himself is refused",
   ({ token }) => ({ token }), () => null, 401, "invalid_client"],
  ["2.1", "an access token of another client is refused",
   ({ token }) => ({ token }), ({ other }) => other, 400, "unauthorized_client"],
  ["2.1", "a refresh token of another client is refused",
   ({ refresh }) => ({ token: refresh }), ({ other }) => other, 400, "unauthorized_client"],
  ["2.1", "a client without a secret ends no other's",
   ({ token }, { open }) => ({ token, client_id: open.clientId }), () => null,
   400, "unauthorized_client"],
  ["2.2.1", "token has to be there", () => ({}), ({ web }) => web, 400, "invalid_request"],
  ["2.2.1", "token may not stand twice", ({ token }) => ({ token: [token, token] }),
   ({ web }) => web, 400, "invalid_request"],
];

async function revoked(site, token, more = {}, client = site.web) {
  const open = client.secret ? {} : { client_id: client.clientId };
  const { status, text } = await site.post(REVOKE, { token, ...open, ...more }, client);
  assert.equal(status, 200, text);
}

async function endsRefresh(site, client) {
  const { refresh_token: token, access_token: access } = await site.tokens(client);
  await revoked(site, token, {}, client);
  assertError(await site.refresh(token, client), 400, "invalid_grant");
  assert.equal(await site.active(access), false);
}

async function endsAccess(site) {
  const { access_token: token } = await site.tokens();
  await revoked(site, token);
  assert.equal(await site.active(token), false);
  assert.equal((await site.provider.userinfo(token)).status, 401);
}

async function hinted(site, hint) {
  const { access_token: access } = await site.tokens();
  await revoked(site, access, { token_type_hint: hint });
  assert.equal(await site.active(access), false);
  const { refresh_token: refresh } = await site.tokens();
  await revoked(site, refresh, { token_type_hint: hint });
  assertError(await site.refresh(refresh), 400, "invalid_grant");
}

async function twice(site) {
  const { access_token: token, refresh_token: refresh } = await site.tokens();
  for (const one of [token, token, refresh, refresh, "nothing of ours"]) await revoked(site, one);
}

// Who is refused has ended nothing.
async function kept(site, held) {
  assert.equal(await site.active(held.token), true);
  assert.equal((await site.refresh(held.refresh)).status, 200);
}

// A revocation of one sign-in is none of another.
async function alone(site) {
  const [ended, other] = [await site.tokens(), await site.tokens()];
  await revoked(site, ended.refresh_token);
  assert.equal(await site.active(other.access_token), true);
  assert.equal((await site.refresh(other.refresh_token)).status, 200);
}

async function shown(site) {
  const { revocation_endpoint: endpoint } = await site.metadata();
  assert.equal(endpoint, `${site.issuer}${REVOKE}`);
  const answer = await site.post(`${REVOKE}?client_id=${site.web.clientId}`, { token: "x" });
  assertError(answer, 401, "invalid_client");
}

async function revocation(site, musts, held) {
  const at = (section) => `RFC 7009 section ${section}`;
  for (const [section, sentence, form, who, status, error] of REVOKED_WRONGLY) {
    await musts.test(at(section), sentence, async () =>
      assertError(await site.post(REVOKE, form(held, site), who(site)), status, error));
  }
  await musts.test(at("2.1"), "who was refused ended nothing", () => kept(site, held));
  await musts.test(at("2"), "a refresh token is revoked, of a client with a secret",
                   () => endsRefresh(site, site.web));
  await musts.test(at("2"), "a refresh token is revoked, of a client without one",
                   () => endsRefresh(site, site.open));
  await musts.test(at("2.1"), "an access token that is revoked ends at once", () => endsAccess(site));
  for (const hint of ["access_token", "refresh_token", "carrot"]) {
    await musts.test(at("2.1"), `the hint "${hint}" keeps no token from being found`,
                     () => hinted(site, hint));
  }
  await musts.test(at("2.2"), "what is no token any more is answered 200", () => twice(site));
  await musts.test(at("2.1"), "one sign-in ends, and no other", () => alone(site));
  await musts.test(at("2"), "the endpoint's URL has no fragment, and says nothing of a client",
                   () => shown(site));
}

// Of an implicit answer, too, whose tokens have no refresh token beside them.
async function implicitEnds(site) {
  const url = site.provider.authorizeUrl(
    site.web, { response_type: "id_token token", nonce: "n", redirect_uri: CALLBACK });
  const { told } = await site.follow(await site.provider.login.answer(url, site.person.session));
  await revoked(site, told.get("access_token"));
  assert.equal(await site.active(told.get("access_token")), false);
}

export default async function openidMustsIntrospect(t) {
  const site = await Site.build();
  site.foreign = await site.provider.api(await site.provider.project(site.organizationId));
  const musts = new Musts(t);
  const held = await heldOf(site);
  await introspection(site, musts, held);
  await revocation(site, musts, held);
  await musts.test("RFC 7009 section 2.1", "an access token that came by the browser is revoked",
                   () => implicitEnds(site));
  musts.tell();
}
