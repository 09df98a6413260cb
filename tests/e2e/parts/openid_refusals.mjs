// What OpenID Connect's endpoints refuse, and that a refusal gives nothing away: codes and refresh tokens
// that somebody else has too, redirect URIs that nobody registered, tokens that we did not sign.
import assert from "node:assert/strict";
import { createHmac, createPublicKey, generateKeyPairSync } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { ErrorReason } from "@zitadel/proto/zitadel/oidc/v2/authorization_pb.js";
import { SignJWT, decodeJwt, decodeProtectedHeader } from "jose";
import { CALLBACK, DEVICE_CODE, JWT_BEARER, PLATFORM, Provider, assertOauth, audience, keyOf }
  from "../lib/openid.mjs";
import { Code } from "../lib/wire.mjs";
import { inAYear } from "../lib/world.mjs";

const SCOPE = "openid offline_access";
// RFC 7636 appendix B.
const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
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
      assertOauth(await provider.grant(client, "authorization_code", form), 400, "invalid_grant");
    }
    const code = await all.code(client, asked);
    await provider.granted(client, "authorization_code",
                           redeem(code, { client_id: client.clientId, code_verifier: VERIFIER }));
  }
  // A verifier for a code that was asked for without a challenge (RFC 9700 section 2.1.1).
  const bare = redeem(await all.code(web), { code_verifier: VERIFIER });
  assertOauth(await provider.grant(web, "authorization_code", bare), 400, "invalid_grant");
  // Who has no secret has to give a challenge; "plain" is none.
  for (const [client, more] of [[open, {}], [web, { code_challenge: VERIFIER,
                                                    code_challenge_method: "plain" }],
                                [web, { code_challenge: VERIFIER }]]) {
    const answer = await fetch(provider.authorizeUrl(client, more), { redirect: "manual" });
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
    assertOauth(await provider.grant(client, "authorization_code", form), status, error);
  }
  // None of them used it up.
  await provider.granted(web, "authorization_code", redeem(code));
}

async function refreshTwice(all) {
  const { provider, web, other } = all;
  const refresh = (token, client = web) =>
    provider.grant(client, "refresh_token", { refresh_token: token });
  const first = await all.tokens(web);
  assertOauth(await refresh(first.refresh_token, other), 400, "invalid_grant");
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
  const wrong = await provider.grant(all.other, DEVICE_CODE, { device_code: device.device_code });
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
  const { provider, web } = all;
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
  for (const client of [{ clientId: "nobody" }, { clientId: "" }, all.api]) {
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
    const answer = await fetch(url, { redirect: "manual" });
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
  const asked = await fetch(url, { redirect: "manual" });
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
    assertOauth(await provider.post(`/oauth/v2/${path}`, form, client), 400, "invalid_request");
  }
  // A client that proves itself in two ways proves nothing (RFC 6749 section 2.3).
  const both = await provider.grant(web, "refresh_token", {
    refresh_token: refresh, client_id: web.clientId, client_secret: web.secret });
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

// What a forger makes of a token that he has, and of the keys that everybody has.
async function forgeries(all, token) {
  const { keys } = await (await fetch(`${all.provider.issuer}/oauth/v2/keys`)).json();
  const header = decodeProtectedHeader(token);
  const claims = decodeJwt(token);
  const [head, body, signature] = token.split(".");
  const jwk = keys.find((one) => one.kid === header.kid);
  const published = createPublicKey({ key: jwk, format: "jwk" });
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const own = (protectedHeader, payload = claims) =>
    new SignJWT(payload).setProtectedHeader(protectedHeader).sign(pair.privateKey);
  const mac = (key) => {
    const text = `${encoded({ ...header, alg: "HS256" })}.${body}`;
    return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
  };
  const flipped = Buffer.from(signature, "base64url");
  flipped[10] ^= 1;
  return {
    "alg none": `${encoded({ ...header, alg: "none" })}.${body}.`,
    "alg nOnE": `${encoded({ ...header, alg: "nOnE" })}.${body}.${signature}`,
    "no signature": `${head}.${body}.`,
    "HS256 by the public key as PEM": mac(published.export({ type: "spki", format: "pem" })),
    "HS256 by the public key as DER": mac(published.export({ type: "spki", format: "der" })),
    "HS256 by the modulus": mac(Buffer.from(jwk.n, "base64url")),
    "HS256 by the key as JSON": mac(JSON.stringify(jwk)),
    "another's key under our kid": await own(header),
    "another's key in the header": await own(
      { ...header, kid: undefined, jwk: pair.publicKey.export({ format: "jwk" }) }),
    "another's key behind a URL": await own({ ...header, jku: "http://localhost:9/keys" }),
    "a flipped signature": `${head}.${body}.${flipped.toString("base64url")}`,
    "other claims": `${head}.${encoded({ ...claims, sub: "1" })}.${signature}`,
    "longer life": `${head}.${encoded({ ...claims, exp: claims.exp + 86400 })}.${signature}`,
    "another type": `${encoded({ ...header, typ: "JWT" })}.${body}.${signature}`,
    "a critical header": `${encoded({ ...header, crit: ["b64"], b64: false })}.${body}.${signature}`,
    "a part more": `${token}.${signature}`,
    "a part less": `${head}.${body}`,
    "white space": `${head}.${body}.${signature} `.replace(" ", "%20"),
  };
}

async function forged(all) {
  const { provider, web, signed, api } = all;
  const scope = `openid ${PLATFORM}`;
  const { access_token: token, id_token: idToken } = await all.tokens(signed, { scope });
  assert.equal((await provider.userinfo(token)).status, 200);
  const { access_token: sealed } = await all.tokens(web, { scope });
  const middle = sealed.length >> 1;
  const changed = sealed[middle] === "A" ? "B" : "A";
  const shown = {
    ...(await forgeries(all, token)),
    "an ID token": idToken,
    "a sealed token, changed": sealed.slice(0, middle) + changed + sealed.slice(middle + 1),
    "a sealed token, cut": sealed.slice(0, -4),
    "a sealed token, longer": `${sealed}AAAA`,
    "nothing of ours": "x".repeat(64),
    "something long": "x".repeat(100_000),
  };
  for (const [name, one] of Object.entries(shown)) {
    const told = await provider.post("/oauth/v2/introspect", { token: one }, api);
    assert.deepEqual(told.json, { active: false }, name);
    const info = await provider.post("/oidc/v1/userinfo", { access_token: one });
    assert.deepEqual([info.status, info.json.error], [401, "invalid_token"], name);
    if (one.length > 10_000) continue;
    const mine = await provider.world.try("GetMyUser", {}, { token: one });
    assert.equal(mine.code, Code.Unauthenticated, name);
  }
  return `${Object.keys(shown).length} forgeries`;
}

// What a client signs to prove itself counts once, here, for a while, and as itself.
async function assertions(all) {
  const { provider } = all;
  const machine = await provider.machine(all.organizationId);
  const stranger = await provider.machine(all.organizationId);
  const now = Math.floor(Date.now() / 1e3);
  const good = { iss: machine.id, sub: machine.id, aud: provider.issuer, iat: now, exp: now + 300 };
  const sign = (claims, { key, kid } = machine.signer, header = {}) =>
    new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid, ...header }).sign(key);
  const hmac = async () => {
    const text = `${encoded({ alg: "HS256", kid: machine.keyId })}.${encoded(good)}`;
    return `${text}.${createHmac("sha256", "x").update(text).digest("base64url")}`;
  };
  const bad = {
    "another audience": await sign({ ...good, aud: "https://other.example" }),
    "no audience": await sign({ ...good, aud: undefined }),
    "another subject": await sign({ ...good, sub: stranger.id }),
    "another issuer": await sign({ ...good, iss: stranger.id, sub: stranger.id }),
    "another's key": await sign(good, { ...stranger.signer, kid: machine.keyId }),
    "an unknown key": await sign(good, { ...machine.signer, kid: "1" }),
    "no key id": await sign(good, { ...machine.signer, kid: undefined }),
    "too old": await sign({ ...good, iat: now - 7200 }),
    "over": await sign({ ...good, iat: now - 600, exp: now - 300 }),
    "not yet": await sign({ ...good, nbf: now + 600 }),
    "of tomorrow": await sign({ ...good, iat: now + 86400, exp: now + 90000 }),
    "without an end": await sign({ ...good, exp: undefined }),
    "HS256": await hmac(),
    "alg none": `${encoded({ alg: "none", kid: machine.keyId })}.${encoded(good)}.`,
    "no JWT": "x.y.z",
  };
  for (const [name, assertion] of Object.entries(bad)) {
    const answer = await provider.grant(null, JWT_BEARER, { assertion, scope: "openid" });
    assert.equal(answer.status, 400, `${name}: ${answer.text}`);
    assertOauth(answer, 400, "invalid_grant");
  }
  await provider.granted(null, JWT_BEARER, { assertion: await sign(good), scope: "openid" });
  const client = await provider.application(all.projectId, { proof: "PRIVATE_KEY_JWT" });
  const type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
  const own = { ...good, iss: client.clientId, sub: client.clientId, jti: "one" };
  const shown = async (claims, more = {}) => ({
    ...redeem(await all.code(client)), client_id: client.clientId, client_assertion_type: type,
    client_assertion: await sign(claims, client.signer), ...more });
  const form = await shown(own);
  await provider.granted(null, "authorization_code", form);
  const replayed = await shown(own);
  assertOauth(await provider.grant(null, "authorization_code", replayed), 401, "invalid_client");
  for (const [claims, more] of [
    [{ ...own, jti: "two", aud: "https://other.example" }, {}],
    [{ ...own, jti: "three", sub: all.web.clientId }, {}],
    [{ ...own, jti: "four" }, { client_id: all.web.clientId }],
    [{ ...own, jti: "five" }, { client_assertion_type: "urn:other" }],
  ]) {
    const answer = await provider.grant(null, "authorization_code", await shown(claims, more));
    assert.ok(["invalid_client", "invalid_request"].includes(answer.json.error), answer.text);
  }
  const gone = await provider.world.ok("CreateApplicationKey", {
    projectId: all.projectId, applicationId: client.applicationId, expirationDate: inAYear() });
  const removed = { ...client, signer: await keyOf(gone.keyDetails) };
  await provider.world.ok("DeleteApplicationKey", {
    projectId: all.projectId, applicationId: client.applicationId, keyId: gone.keyId });
  const late = { ...redeem(await all.code(client)), client_assertion_type: type,
                 client_assertion: await sign({ ...own, jti: "six" }, removed.signer) };
  assertOauth(await provider.grant(null, "authorization_code", late), 401, "invalid_client");
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
    assertOauth(await provider.post("/oauth/v2/token", form, client), status, error);
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
    const asked = await provider.post("/oauth/v2/introspect", { token: bare.access_token }, client);
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
      const answer = await provider.post("/oauth/v2/revoke", { token }, other);
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
  await t.test("a token that we did not make is none, wherever it is shown", () => forged(all));
  await t.test("an assertion that is another's, too old or shown again proves nothing",
               () => assertions(all));
  await t.test("a grant that a client has not is refused by name", () => grants(all));
  await t.test("nobody revokes another's tokens", () => othersRevoke(all));
  await t.test("a request that was refused is not answered after that", () => answered(all));
}
