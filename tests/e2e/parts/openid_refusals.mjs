// What OpenID Connect's endpoints refuse, and that a refusal gives nothing away: codes and refresh tokens
// that somebody else has too, redirect URIs that nobody registered, parameters that come twice.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { ErrorReason } from "@zitadel/proto/zitadel/oidc/v2/authorization_pb.js";
import { CALLBACK, DEVICE_CODE, Provider, assertOauth, audience, storesNothing }
  from "../lib/openid.mjs";

const SCOPE = "openid offline_access";
// RFC 7636 appendix B.
const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

const redeem = (code, more = {}) => ({ code, redirect_uri: CALLBACK, ...more });

class Refusing {
  static async build() {
    const all = new Refusing();
    all.provider = await Provider.start();
    all.organizationId = await all.provider.world.organization();
    all.projectId = await all.provider.project(all.organizationId);
    all.web = await all.provider.application(all.projectId);
    all.other = await all.provider.application(all.projectId);
    all.signed = await all.provider.application(
      all.projectId, { accessTokenType: "OIDC_TOKEN_TYPE_JWT" });
    all.open = await all.provider.application(all.projectId, { proof: "NONE" });
    all.api = await all.provider.api(all.projectId);
    all.person = await all.provider.person(all.organizationId);
    return all;
  }

  code(client, parameters) {
    return this.provider.code(client, this.person.session, { scope: SCOPE, ...parameters });
  }

  tokens(client, parameters) {
    return this.provider.signedIn(client, this.person.session, { scope: SCOPE, ...parameters });
  }

  // Whatever is asked, and refused, stores nothing.
  quiet(body) {
    return storesNothing(this.provider.world, body);
  }

  async assertDead(token) {
    assert.deepEqual(await this.provider.introspect(this.api, token), { active: false });
    const { status, headers, json } = await this.provider.userinfo(token);
    assert.deepEqual([status, json.error], [401, "invalid_token"]);
    assert.match(headers.get("www-authenticate"), /^Bearer realm="OAuth", error="invalid_token"/);
  }
}

async function verifiers(all) {
  const { provider, web, open } = all;
  for (const client of [web, open]) {
    const asked = { code_challenge: CHALLENGE, code_challenge_method: "S256" };
    for (const wrong of [{}, { code_verifier: CHALLENGE }, { code_verifier: `${VERIFIER}x` },
                         { code_verifier: "short" }]) {
      const form = redeem(await all.code(client, asked), { client_id: client.clientId, ...wrong });
      const answer = await all.quiet(() => provider.grant(client, "authorization_code", form));
      assertOauth(answer, 400, "invalid_grant");
    }
    const code = await all.code(client, asked);
    await provider.granted(client, "authorization_code",
                           redeem(code, { client_id: client.clientId, code_verifier: VERIFIER }));
  }
  // A verifier for a code that was asked for without a challenge (RFC 9700 section 2.1.1).
  const bare = redeem(await all.code(web), { code_verifier: VERIFIER });
  assertOauth(await all.quiet(() => provider.grant(web, "authorization_code", bare)),
              400, "invalid_grant");
  // Who has no secret has to give a challenge; "plain" is none.
  for (const [client, more] of [[open, {}], [web, { code_challenge: VERIFIER,
                                                    code_challenge_method: "plain" }],
                                [web, { code_challenge: VERIFIER }]]) {
    const answer = await all.quiet(
      () => fetch(provider.authorizeUrl(client, more), { redirect: "manual" }));
    const at = new URL(answer.headers.get("location"));
    assert.equal(`${at.origin}${at.pathname}`, CALLBACK);
    assert.equal(at.searchParams.get("error"), "invalid_request");
  }
}

async function codeTwice(all) {
  const { provider, web } = all;
  const code = await all.code(web);
  const first = await provider.granted(web, "authorization_code", redeem(code));
  const second = await provider.grant(web, "authorization_code", redeem(code));
  assertOauth(second, 400, "invalid_grant");
  await all.assertDead(first.access_token);
  const refresh = await provider.grant(web, "refresh_token", { refresh_token: first.refresh_token });
  assertOauth(refresh, 400, "invalid_grant");
}

async function codeAtOnce(all) {
  const { provider, web } = all;
  const code = await all.code(web);
  const answers = await Promise.all([1, 2, 3, 4].map(
    () => provider.grant(web, "authorization_code", redeem(code))));
  const given = answers.filter((one) => one.status === 200);
  assert.ok(given.length <= 1, `${given.length} were given tokens`);
  for (const { json } of given) await all.assertDead(json.access_token);
}

async function codeOfOthers(all) {
  const { provider, web, other } = all;
  const code = await all.code(web);
  for (const [client, form, status, error] of [
    [other, redeem(code), 400, "invalid_grant"],
    [{ ...web, secret: "wrong" }, redeem(code), 401, "invalid_client"],
    [{ ...web, secret: undefined }, redeem(code, { client_id: web.clientId }), 401, "invalid_client"],
    [web, { code }, 400, "invalid_grant"],
    [web, redeem(code, { redirect_uri: `${CALLBACK}/` }), 400, "invalid_grant"],
    [web, redeem(`${code}x`), 400, "invalid_grant"],
    [web, redeem(code.slice(0, -1)), 400, "invalid_grant"],
    [web, redeem(""), 400, "invalid_request"],
  ]) {
    const answer = await all.quiet(() => provider.grant(client, "authorization_code", form));
    assertOauth(answer, status, error);
  }
  // None of them used it up.
  await provider.granted(web, "authorization_code", redeem(code));
}

async function refreshTwice(all) {
  const { provider, web, other } = all;
  const refresh = (token, client = web) =>
    provider.grant(client, "refresh_token", { refresh_token: token });
  const first = await all.tokens(web);
  assertOauth(await all.quiet(() => refresh(first.refresh_token, other)), 400, "invalid_grant");
  const second = (await refresh(first.refresh_token)).json;
  // The answer was lost: the same tokens, sealed anew or not, of the same family.
  const repeated = await refresh(first.refresh_token);
  assert.equal(repeated.status, 200, repeated.text);
  const [told, again] = await Promise.all([second, repeated.json].map(
    (one) => provider.introspect(all.api, one.access_token)));
  assert.equal(told.jti, again.jti);
  const third = (await refresh(repeated.json.refresh_token)).json;
  assert.ok(third.refresh_token);
  // Two rotations old: somebody has it who should not.
  assertOauth(await refresh(first.refresh_token), 400, "invalid_grant");
  assertOauth(await refresh(third.refresh_token), 400, "invalid_grant");
  for (const { access_token: token } of [first, second, third]) await all.assertDead(token);
}

// Several windows of one application wake up together.
async function refreshAtOnce(all) {
  const { provider, web } = all;
  const { refresh_token: token } = await all.tokens(web);
  const answers = await Promise.all([1, 2, 3, 4].map(
    () => provider.granted(web, "refresh_token", { refresh_token: token })));
  const told = await Promise.all(answers.map(
    (one) => provider.introspect(all.api, one.access_token)));
  assert.deepEqual(told.map((one) => one.active), [true, true, true, true]);
  assert.equal(new Set(told.map((one) => one.jti)).size, 1);
  await provider.granted(web, "refresh_token", { refresh_token: answers[3].refresh_token });
}

async function deviceTwice(all) {
  const { provider, web, person } = all;
  const { json: device } = await provider.post(
    "/oauth/v2/device_authorization", { scope: SCOPE }, web);
  const wrong = await all.quiet(
    () => provider.grant(all.other, DEVICE_CODE, { device_code: device.device_code }));
  assertOauth(wrong, 400, "invalid_grant");
  await provider.login.device(device.verification_uri_complete, person.session);
  await sleep(5100);
  const tokens = await provider.granted(web, DEVICE_CODE, { device_code: device.device_code });
  await assert.rejects(provider.login.device(device.verification_uri_complete, person.session));
  await sleep(5100);
  const again = await provider.grant(web, DEVICE_CODE, { device_code: device.device_code });
  assertOauth(again, 400, "invalid_grant");
  await all.assertDead(tokens.access_token);
}

// An error page; the browser is sent nowhere (RFC 6749 section 4.1.2.1).
async function redirects(all) {
  return all.quiet(() => redirected(all));
}

async function redirected({ provider, web, api }) {
  const wrong = [
    `${CALLBACK}/`, `${CALLBACK}?a=1`, `${CALLBACK}#a`, "https://app.example/Callback",
    "http://app.example/callback", "https://app.example:444/callback",
    "https://app.example.evil.example/callback", "https://app.example@evil.example/callback",
    "https://app.example/callback/../evil", "//app.example/callback", "javascript:alert(1)",
    "https://app.example/callback%0d%0aSet-Cookie:a=b", "", "https://app.example/*",
  ];
  for (const uri of wrong) {
    const answer = await fetch(provider.authorizeUrl(web, { redirect_uri: uri }),
                               { redirect: "manual" });
    const page = await answer.text();
    assert.equal(answer.status, 400, `${uri}: ${page}`);
    assert.equal(answer.headers.get("location"), null, uri);
    assert.match(answer.headers.get("content-type"), /^text\/html/);
    assert.match(answer.headers.get("content-security-policy"), /frame-ancestors 'none'/);
    assert.ok(!page.includes("evil.example"), page);
  }
  for (const client of [{ clientId: "nobody" }, { clientId: "" }, api]) {
    const answer = await fetch(provider.authorizeUrl(client), { redirect: "manual" });
    assert.deepEqual([answer.status, answer.headers.get("location")], [400, null]);
  }
}

// What is wrong with a request of a client that is known, the client is told.
async function askedWrongly(all) {
  const { provider, web } = all;
  const narrow = await provider.application(all.projectId, {
    responseTypes: ["OIDC_RESPONSE_TYPE_CODE"], grantTypes: ["OIDC_GRANT_TYPE_AUTHORIZATION_CODE"] });
  for (const [more, error, client = web] of [
    [{ response_type: "" }, "invalid_request"],
    [{ response_type: "token" }, "unsupported_response_type"],
    [{ response_type: "code id_token" }, "unsupported_response_type"],
    [{ response_type: "id_token", nonce: "n" }, "unauthorized_client", narrow],
    [{ response_type: "id_token" }, "invalid_request"],
    [{ response_type: "id_token", nonce: "n", response_mode: "query" }, "invalid_request"],
    [{ prompt: "none login" }, "invalid_request"],
    [{ max_age: "-1" }, "invalid_request"],
    [{ max_age: "soon" }, "invalid_request"],
    [{ request: "e30.e30." }, "request_not_supported"],
    [{ request_uri: "https://app.example/request" }, "request_uri_not_supported"],
    [{ id_token_hint: "e30.e30." }, "invalid_request"],
    [{ scope: "openid \u00fc" }, "invalid_scope"],
  ]) {
    const what = JSON.stringify(more);
    const url = provider.authorizeUrl(client, { state: "s&t", ...more });
    const answer = await all.quiet(() => fetch(url, { redirect: "manual" }));
    assert.equal(answer.status, 302, `${what}: ${await answer.text()}`);
    const at = new URL(answer.headers.get("location"));
    const told = new URLSearchParams(at.hash ? at.hash.slice(1) : at.search);
    assert.equal(`${at.origin}${at.pathname}`, CALLBACK, what);
    assert.equal(told.get("error"), error, what);
    assert.deepEqual([told.get("state"), told.get("iss")], ["s&t", provider.issuer], what);
  }
}

async function twice(all) {
  const { provider, web } = all;
  const url = `${provider.authorizeUrl(web)}&scope=profile`;
  const asked = await all.quiet(() => fetch(url, { redirect: "manual" }));
  const location = asked.headers.get("location");
  if (location) assert.equal(new URL(location).searchParams.get("error"), "invalid_request");
  else assert.equal(asked.status, 400);
  const code = await all.code(web);
  const { refresh_token: refresh, access_token: access } = await all.tokens(web);
  for (const [path, form, client] of [
    ["token", [["grant_type", "authorization_code"], ["code", code], ["code", code],
               ["redirect_uri", CALLBACK]], web],
    ["token", [["grant_type", "refresh_token"], ["refresh_token", refresh],
               ["refresh_token", "x"]], web],
    ["token", [["grant_type", "refresh_token"], ["grant_type", "refresh_token"],
               ["refresh_token", refresh]], web],
    ["revoke", [["token", access], ["token", "x"]], web],
    ["device_authorization", [["scope", "openid"], ["scope", "openid"]], web],
  ]) {
    const answer = await all.quiet(() => provider.post(`/oauth/v2/${path}`, form, client));
    assertOauth(answer, 400, "invalid_request");
  }
  // A client that proves itself in two ways proves nothing (RFC 6749 section 2.3).
  const both = await all.quiet(() => provider.grant(web, "refresh_token", {
    refresh_token: refresh, client_id: web.clientId, client_secret: web.secret }));
  assertOauth(both, 400, "invalid_request");
  const form = await provider.post("/oidc/v1/userinfo", { access_token: access }, null,
                                   { authorization: `Bearer ${access}` });
  assert.deepEqual([form.status, form.json.error], [400, "invalid_request"]);
  // Nothing of it was used up, or ended.
  await provider.granted(web, "authorization_code", redeem(code));
  await provider.granted(web, "refresh_token", { refresh_token: refresh });
  assert.equal((await provider.userinfo(access)).status, 200);
}

async function twiceAsked(all) {
  const { provider, web, api } = all;
  const { access_token: token } = await all.tokens(web);
  const asked = await provider.post("/oauth/v2/introspect", [["token", token], ["token", "x"]], api);
  assertOauth(asked, 400, "invalid_request");
}

async function twicePosted(all) {
  const { provider, web } = all;
  const { access_token: token } = await all.tokens(web);
  const posted = await provider.post("/oidc/v1/userinfo",
                                     [["access_token", token], ["access_token", "x"]]);
  assert.deepEqual([posted.status, posted.json.error], [400, "invalid_request"]);
}

async function grants(all) {
  const { provider, web, api, organizationId } = all;
  const machine = await provider.machine(organizationId);
  const narrow = await provider.application(all.projectId, {
    responseTypes: ["OIDC_RESPONSE_TYPE_CODE"], grantTypes: ["OIDC_GRANT_TYPE_AUTHORIZATION_CODE"] });
  for (const [client, form, status, error] of [
    [web, { grant_type: "password", username: "a", password: "b" }, 400, "unsupported_grant_type"],
    [web, {}, 400, "invalid_request"],
    [web, { grant_type: "client_credentials" }, 400, "unauthorized_client"],
    [{ ...web, secret: "wrong" }, { grant_type: "client_credentials" }, 401, "invalid_client"],
    [{ ...machine, secret: "wrong" }, { grant_type: "client_credentials" }, 401, "invalid_client"],
    [narrow, { grant_type: "refresh_token", refresh_token: "x" }, 400, "unauthorized_client"],
    [narrow, { grant_type: DEVICE_CODE, device_code: "x" }, 400, "unauthorized_client"],
    [api, { grant_type: "authorization_code", code: "x" }, 400, "unauthorized_client"],
    [machine, { grant_type: "client_credentials", scope: "openid \"" }, 400, "invalid_scope"],
  ]) {
    const answer = await all.quiet(() => provider.post("/oauth/v2/token", form, client));
    assertOauth(answer, status, error);
  }
  // Without the scope there is neither a refresh token nor an ID token.
  const bare = await all.tokens(web, { scope: "profile" });
  assert.deepEqual([bare.refresh_token, bare.id_token], [undefined, undefined]);
  const { status, json } = await provider.userinfo(bare.access_token);
  assert.deepEqual([status, json.error], [403, "insufficient_scope"]);
  const code = await all.code(narrow);
  const unasked = await provider.granted(narrow, "authorization_code", redeem(code));
  assert.equal(unasked.refresh_token, undefined);
  // Who asks about tokens proves himself.
  for (const client of [null, { ...api, secret: "wrong" }, all.open]) {
    const asked = await all.quiet(
      () => provider.post("/oauth/v2/introspect", { token: bare.access_token }, client));
    assertOauth(asked, 401, "invalid_client");
  }
  const got = await fetch(`${provider.issuer}/oauth/v2/token?grant_type=client_credentials`);
  assert.equal(got.status, 405);
  const inJson = await fetch(`${provider.issuer}/oauth/v2/token`, {
    method: "POST", body: "{}", headers: { "content-type": "application/json" } });
  assert.equal(inJson.status, 400);
}

async function othersRevoke(all) {
  const { provider, web, other, signed } = all;
  for (const client of [web, signed]) {
    const tokens = await all.tokens(client, { scope: `${SCOPE} ${audience(all.projectId)}` });
    for (const token of [tokens.access_token, tokens.refresh_token]) {
      const answer = await all.quiet(() => provider.post("/oauth/v2/revoke", { token }, other));
      assert.notEqual(answer.status, 500);
    }
    assert.equal((await provider.userinfo(tokens.access_token)).status, 200);
    const form = { refresh_token: tokens.refresh_token };
    await provider.granted(client, "refresh_token", form);
  }
}

async function answered(all) {
  const { provider, web, person } = all;
  const url = provider.authorizeUrl(web, { state: "s", scope: "openid" });
  const { authRequestId } = await provider.login.arrive(url);
  const value = { error: ErrorReason.CONSENT_REQUIRED };
  const { callbackUrl } = await provider.login.oidc.createCallback(
    { authRequestId, callbackKind: { case: "error", value } });
  assert.equal(new URL(callbackUrl).searchParams.get("error"), "consent_required");
  const session = { case: "session", value: person.session };
  await assert.rejects(provider.login.oidc.createCallback({ authRequestId, callbackKind: session }));
}

export default async function openidRefusals(t) {
  const all = await Refusing.build();
  await t.test("a code takes the verifier of its challenge, and no other", () => verifiers(all));
  await t.test("a code that is redeemed twice ends what it was redeemed for", () => codeTwice(all));
  await t.test("of clients that redeem one code at once at most one gets tokens, and none keeps them",
               () => codeAtOnce(all));
  await t.test("a code is its client's alone, and somebody else's try costs it nothing",
               () => codeOfOthers(all));
  await t.test("a refresh token is answered the same again at once, and ends all when it is older",
               () => refreshTwice(all));
  await t.test("windows that refresh at once get the same tokens", () => refreshAtOnce(all));
  await t.test("a device code that is redeemed twice ends what it was redeemed for",
               () => deviceTwice(all), { seconds: 90 });
  await t.test("a redirect URI that nobody registered shows a page and sends nobody anywhere",
               () => redirects(all));
  await t.test("an application is told what is wrong with what it asks", () => askedWrongly(all));
  await t.test("a parameter that comes twice is refused, and costs nothing", () => twice(all));
  await t.test("a parameter that comes twice is refused by introspection", () => twiceAsked(all));
  await t.test("a parameter that comes twice is refused by userinfo", () => twicePosted(all));
  await t.test("a grant that a client has not is refused by name", () => grants(all));
  await t.test("nobody revokes another's tokens", () => othersRevoke(all));
  await t.test("a request that was refused is not answered after that", () => answered(all));
}
