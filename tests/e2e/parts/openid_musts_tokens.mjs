// OpenID Connect Core 1.0, of the token endpoint and of what it answers: requests that are refused, the
// claims of ID tokens, how they are signed, and what a refresh keeps of them.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { CORE, Musts, OFFLINE, STATE, Site, assertError, now } from "../lib/musts.mjs";
import { CALLBACK } from "../lib/openid.mjs";
import { verified } from "../lib/relying_parties.mjs";

const NEXT = { rsa: { bits: "RSA_BITS_2048", hasher: "RSA_HASHER_SHA256" } };
const ASKED = { scope: OFFLINE, nonce: STATE, max_age: "3600" };

// [section, sentence, what is true of the claims, the header and the site]
const ID_TOKEN = [
  ["2", "iss is the issuer that discovery names",
   async ({ iss }, header, site) => assert.equal(iss, (await site.metadata()).issuer)],
  ["16.15", "iss is the issuer letter by letter", ({ iss }, header, site) => {
    assert.equal(iss, site.issuer);
    const { search, hash } = new URL(iss);
    assert.deepEqual([search, hash], ["", ""]);
  }],
  ["2", "sub is up to 255 ASCII characters", ({ sub }, header, site) => {
    assert.equal(sub, site.person.id);
    assert.match(sub, /^[\x20-\x7e]{1,255}$/);
  }],
  ["2", "aud holds the client's id",
   ({ aud }, header, site) => assert.ok([aud].flat().includes(site.web.clientId))],
  ["2", "exp is a number, and to come", ({ exp }) => {
    assert.ok(Number.isInteger(exp) && exp > now(), `${exp}`);
  }],
  ["2", "iat is a number, of now", ({ iat }) => {
    assert.ok(Number.isInteger(iat) && Math.abs(iat - now()) < 30, `${iat}`);
  }],
  ["2", "auth_time is a number, not after iat, where max_age was asked for", ({ auth_time: at, iat }) => {
    assert.ok(Number.isInteger(at) && at <= iat, `${at}`);
  }],
  ["2", "the nonce is the one that was sent", ({ nonce }) => assert.equal(nonce, STATE)],
  ["2", "acr is a text", ({ acr }) => assert.ok(typeof acr === "string" && acr !== "0")],
  ["2", "amr is a list of texts",
   ({ amr }) => assert.ok(Array.isArray(amr) && amr.every((one) => typeof one === "string"))],
  ["2", "azp is the client's id", ({ azp }, header, site) => assert.equal(azp, site.web.clientId)],
  ["2", "it is signed, by no alg none", (claims, { alg }) => assert.notEqual(alg.toLowerCase(), "none")],
  ["10.1", "kid names one of the published keys", async (claims, { kid, alg }, site) => {
    const { keys } = await (await fetch((await site.metadata()).jwks_uri)).json();
    const named = keys.filter((one) => one.kid === kid);
    assert.equal(named.length, 1);
    assert.ok([undefined, alg].includes(named[0].alg));
  }],
  ["10.1", "its alg is one that discovery names", async (claims, { alg }, site) => {
    assert.ok((await site.metadata()).id_token_signing_alg_values_supported.includes(alg));
  }],
  ["15.1", "it is signed by RS256 unless something else was configured",
   (claims, { alg }) => assert.equal(alg, "RS256")],
];

// [section, sentence, what is changed of a good request, status, error]
const REDEEMED = [
  ["3.1.3.2", "a client that has a secret has to prove itself",
   (site) => ({ client: { ...site.web, secret: undefined }, more: { client_id: site.web.clientId } }),
   401, "invalid_client"],
  ["3.1.3.2", "a client whose secret is wrong is refused",
   (site) => ({ client: { ...site.web, secret: "wrong" } }), 401, "invalid_client"],
  ["3.1.3.2", "a code of another client is refused",
   (site) => ({ client: site.other }), 400, "invalid_grant"],
  ["3.1.3.2", "a code that nobody was given is refused",
   () => ({ more: { code: "code_1_x" } }), 400, "invalid_grant"],
  ["3.1.3.2", "a redirect_uri that is not the request's is refused",
   () => ({ more: { redirect_uri: `${CALLBACK}/` } }), 400, "invalid_grant"],
  ["3.1.3.4", "an error is JSON, and a 400",
   () => ({ more: { code: undefined } }), 400, "invalid_request"],
];

const TOKEN_RESPONSE = [
  ["3.1.3.3", "the answer is JSON", ({ headers }) =>
    assert.match(headers.get("content-type"), /^application\/json/)],
  ["3.1.3.3", "token_type is Bearer", ({ json }) => assert.match(json.token_type, /^bearer$/i)],
  ["3.1.3.3", "an ID token is in it", ({ json }) => assert.ok(decodeJwt(json.id_token).sub)],
  ["3.1.3.3", "an access token is in it", ({ json }) => assert.ok(json.access_token)],
  ["3.1.3.3", "nobody may store it", ({ headers }) =>
    assert.match(headers.get("cache-control"), /\bno-store\b/)],
];

async function usedCode(site) {
  const code = await site.code();
  assert.equal((await site.redeem(code)).status, 200);
  assertError(await site.redeem(code), 400, "invalid_grant");
}

// A code of a request without openid is one of OAuth alone.
async function withoutOpenid(site) {
  const { id_token: id, access_token: token } = await site.tokens(site.web, { scope: "profile" });
  assert.equal(id, undefined);
  assert.equal((await site.provider.userinfo(token)).status, 403);
}

// Two sign-ins of one person by two applications, and of another person.
async function subjects(site) {
  const first = decodeJwt((await site.tokens()).id_token).sub;
  assert.equal(decodeJwt((await site.tokens(site.other)).id_token).sub, first);
  const somebody = await site.provider.person(site.organizationId);
  const { id_token: id } = await site.provider.signedIn(site.web, somebody.session);
  assert.notEqual(decodeJwt(id).sub, first);
}

async function refreshedOf(site) {
  const first = await site.tokens(site.web, ASKED);
  await sleep(1100);
  const { json } = await site.refresh(first.refresh_token);
  return { first: decodeJwt(first.id_token), again: decodeJwt(json.id_token) };
}

const REFRESHED = [
  ["iss", ({ first, again }) => assert.equal(again.iss, first.iss)],
  ["sub", ({ first, again }) => assert.equal(again.sub, first.sub)],
  ["aud", ({ first, again }) => assert.deepEqual([again.aud].flat().sort(), [first.aud].flat().sort())],
  ["auth_time", ({ first, again }) => assert.equal(again.auth_time, first.auth_time)],
  ["azp", ({ first, again }) => assert.equal(again.azp, first.azp)],
];

async function sameAudience(site) {
  const projectId = await site.provider.project(site.organizationId);
  const client = await site.provider.application(projectId);
  const first = await site.tokens(client);
  await site.provider.application(projectId);
  const { json } = await site.refresh(first.refresh_token, client);
  const [before, after] = [first, json].map((one) => [decodeJwt(one.id_token).aud].flat().sort());
  assert.deepEqual(after, before);
}

async function othersRefresh(site) {
  const { refresh_token: token } = await site.tokens();
  const { clientId } = site.web;
  assertError(await site.refresh(token, site.other), 400, "invalid_grant");
  assertError(await site.refresh(token, { ...site.web, secret: "wrong" }), 401, "invalid_client");
  assertError(await site.refresh(token, { clientId }), 401, "invalid_client");
  assertError(await site.refresh(`${token.slice(0, -2)}xx`), 400, "invalid_grant");
  assert.equal((await site.refresh(token)).status, 200);
}

// Every way that a client may be registered to prove itself, by the one that it is registered for.
async function proofs(site) {
  const { token_endpoint_auth_methods_supported: methods } = await site.metadata();
  for (const [proof, method] of [["BASIC", "client_secret_basic"], ["POST", "client_secret_post"],
                                 ["NONE", "none"]]) {
    assert.ok(methods.includes(method), method);
    const client = await site.application({ proof });
    const more = proof === "POST"
      ? { client_id: client.clientId, client_secret: client.secret } : {};
    const shown = proof === "POST" ? { ...client, secret: undefined } : client;
    const answer = await site.redeem(await site.code(client), { client: shown, more });
    assert.equal(answer.status, 200, answer.text);
  }
}

// The newest key signs; what was signed before is verified as before.
async function rotation(site) {
  const { id_token: before } = await site.tokens();
  const { id } = await site.provider.world.ok("CreateWebKey", NEXT);
  await site.provider.world.ok("ActivateWebKey", { id });
  const { id_token: after } = await site.tokens();
  assert.equal(decodeProtectedHeader(after).kid, id);
  for (const token of [before, after]) await verified(site.provider, token);
}

async function consented(site) {
  const { refresh_token: asked } = await site.tokens(site.web, { scope: "openid offline_access" });
  const { refresh_token: unasked } = await site.tokens(site.web, { scope: "openid" });
  assert.ok(asked);
  assert.equal(unasked, undefined);
  const barred = await site.application({ grantTypes: ["OIDC_GRANT_TYPE_AUTHORIZATION_CODE"],
                                          responseTypes: ["OIDC_RESPONSE_TYPE_CODE"] });
  assert.equal((await site.tokens(barred)).refresh_token, undefined);
}

export default async function openidMustsTokens(t) {
  const site = await Site.build();
  const musts = new Musts(t);
  const at = (section) => `${CORE} section ${section}`;
  const signed = await site.tokens(site.web, ASKED);
  const { payload, protectedHeader } = await verified(
    site.provider, signed.id_token, { audience: site.web.clientId });
  for (const [section, sentence, check] of ID_TOKEN) {
    await musts.test(at(section), `of an ID token ${sentence}`,
                     () => check(payload, protectedHeader, site));
  }
  for (const [section, sentence, changes, status, error] of REDEEMED) {
    await musts.test(at(section), sentence, async () => {
      assertError(await site.redeem(await site.code(), changes(site)), status, error);
    });
  }
  const answer = await site.redeem(await site.code());
  for (const [section, sentence, check] of TOKEN_RESPONSE) {
    await musts.test(at(section), `of a token response ${sentence}`, () => check(answer));
  }
  const refreshed = await refreshedOf(site);
  for (const [claim, check] of REFRESHED) {
    await musts.test(at("12.2"), `a refreshed ID token keeps ${claim}`, () => check(refreshed));
  }
  await musts.test(at("12.2"), "a refreshed ID token says when it was issued itself", () =>
    assert.ok(refreshed.again.iat > refreshed.first.iat));
  await musts.test(at("12.2"), "a refreshed ID token holds the first nonce or none", () =>
    assert.ok([undefined, STATE].includes(refreshed.again.nonce)));
  await musts.test(at("12.2"), "a refreshed ID token keeps aud when the project got another application",
                   () => sameAudience(site));
  await musts.test(at("12.1"), "a refresh token is valid, its client's, and the client proves itself",
                   () => othersRefresh(site));
  await musts.test(at("3.1.3.2"), "a code that was redeemed is refused", () => usedCode(site));
  await musts.test(at("3.1.3.2"), "a code without openid redeems no ID token", () => withoutOpenid(site));
  await musts.test(at("5.7"), "sub is one person's alone, and the same to all", () => subjects(site));
  await musts.test(at("9"), "a client proves itself as it was registered", () => proofs(site));
  await musts.test(at("10.1.1"), "a new key signs, and the older still verifies", () => rotation(site));
  await musts.test(at("11"), "without offline_access, or the grant for it, no refresh token comes",
                   () => consented(site));
  musts.tell();
}
