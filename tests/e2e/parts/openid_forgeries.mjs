// Tokens that we did not make, or not so: by another key, by none, by a key that comes along,
// changed and cut; wherever a token is shown, none counts, none stores anything, and nobody follows
// what they name.
import assert from "node:assert/strict";
import { createHmac, createPublicKey, generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { SignJWT, decodeJwt, decodeProtectedHeader, exportJWK } from "jose";
import { CALLBACK, JWT_BEARER, PLATFORM, Provider, TOKEN_EXCHANGE, TOKEN_TYPE, assertOauth, keyOf,
         storesNothing } from "../lib/openid.mjs";
import { Code } from "../lib/wire.mjs";
import { inAYear } from "../lib/world.mjs";

const SCOPE = "openid offline_access";
const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const redeem = (code, more = {}) => ({ code, redirect_uri: CALLBACK, ...more });

// Where a forger says that his keys are, and has them.
class Bait {
  asked = 0;
  keys = [];

  async open() {
    this.server = createServer((_, answer) => {
      this.asked += 1;
      answer.writeHead(200, { "content-type": "application/json" });
      answer.end(JSON.stringify({ keys: this.keys }));
    });
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.url = `http://localhost:${this.server.address().port}`;
    return this;
  }
}

async function build() {
  const provider = await Provider.start();
  const organizationId = await provider.world.organization();
  const projectId = await provider.project(organizationId);
  const person = await provider.person(organizationId);
  return {
    provider, organizationId, projectId, person, bait: await new Bait().open(),
    web: await provider.application(projectId),
    signed: await provider.application(projectId, { accessTokenType: "OIDC_TOKEN_TYPE_JWT" }),
    api: await provider.api(projectId),
    code: (client) => provider.code(client, person.session, { scope: SCOPE }),
    tokens: (client, more) => provider.signedIn(client, person.session, { scope: SCOPE, ...more }),
  };
}

const signer = (pair, claims) => (protectedHeader, payload = claims) =>
  new SignJWT(payload).setProtectedHeader(protectedHeader).sign(pair.privateKey);

// A forger's own key, in the token or where the token says that it is.
async function embedded({ bait }, header, pair, claims) {
  const own = signer(pair, claims);
  const { kid: _, ...nameless } = header;
  const jwk = await exportJWK(pair.publicKey);
  bait.keys.push({ ...jwk, kid: header.kid, alg: "RS256", use: "sig" }, { ...jwk, kid: "mine" });
  const der = pair.publicKey.export({ type: "spki", format: "der" }).toString("base64");
  const tokens = {};
  for (const [what, more] of Object.entries({
    "a key in the header": { jwk }, "keys behind a URL": { jku: `${bait.url}/keys` },
    "a certificate behind a URL": { x5u: `${bait.url}/certificate` },
    "a certificate in the header": { x5c: [der] },
    "a certificate's hash": { "x5t#S256": Buffer.alloc(32).toString("base64url") },
  })) {
    tokens[`${what}, under our kid`] = await own({ ...header, ...more });
    tokens[`${what}, under none`] = await own({ ...nameless, ...more });
    tokens[`${what}, under its own`] = await own({ ...header, ...more, kid: "mine" });
  }
  return tokens;
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
  const own = signer(pair, claims);
  const mac = (key, bits = 256) => {
    const text = `${encoded({ ...header, alg: `HS${bits}` })}.${body}`;
    return `${text}.${createHmac(`sha${bits}`, key).update(text).digest("base64url")}`;
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
    ...await embedded(all, header, pair, claims),
    "HS512 by the public key as PEM": mac(published.export({ type: "spki", format: "pem" }), 512),
    "a flipped signature": `${head}.${body}.${flipped.toString("base64url")}`,
    "other claims": `${head}.${encoded({ ...claims, sub: "1" })}.${signature}`,
    "longer life": `${head}.${encoded({ ...claims, exp: claims.exp + 86400 })}.${signature}`,
    "another type": `${encoded({ ...header, typ: "JWT" })}.${body}.${signature}`,
    "a critical header":
      `${encoded({ ...header, crit: ["b64"], b64: false })}.${body}.${signature}`,
    "a critical header that nobody knows":
      `${encoded({ ...header, crit: ["x"], x: 1 })}.${body}.${signature}`,
    "a part more": `${token}.${signature}`,
    "a part less": `${head}.${body}`,
    "white space": `${head}.${body}.${signature} `.replace(" ", "%20"),
  };
}

// None of ours, wherever it is shown.
async function assertNone({ provider, api, web }, name, token) {
  const told = await provider.post("/oauth/v2/introspect", { token }, api);
  assert.deepEqual(told.json, { active: false }, name);
  const info = await provider.post("/oidc/v1/userinfo", { access_token: token });
  assert.deepEqual([info.status, info.json.error], [401, "invalid_token"], name);
  // RFC 7009 section 2.2: it is as good as revoked.
  const revoked = await provider.post("/oauth/v2/revoke", { token }, web);
  assert.deepEqual([revoked.status, revoked.text], [200, "{}"], name);
  if (token.length > 10_000) return;
  const mine = await provider.world.try("GetMyUser", {}, { token });
  assert.equal(mine.code, Code.Unauthenticated, name);
  const exchanged = await provider.grant(
    web, TOKEN_EXCHANGE, { subject_token: token, subject_token_type: TOKEN_TYPE.access });
  assertOauth(exchanged, 400, "invalid_request");
}

async function forged(all) {
  const { provider, web, signed } = all;
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
  await storesNothing(provider.world, async () => {
    for (const [name, one] of Object.entries(shown)) await assertNone(all, name, one);
  });
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
    ...await embedded(all, { alg: "RS256", kid: machine.keyId },
                      generateKeyPairSync("rsa", { modulusLength: 2048 }), good),
    "alg none": `${encoded({ alg: "none", kid: machine.keyId })}.${encoded(good)}.`,
    "no JWT": "x.y.z",
  };
  for (const [name, assertion] of Object.entries(bad)) {
    const answer = await storesNothing(
      provider.world, () => provider.grant(null, JWT_BEARER, { assertion, scope: "openid" }));
    assert.equal(answer.status, 400, `${name}: ${answer.text}`);
    assertOauth(answer, 400, "invalid_grant");
  }
  await provider.granted(null, JWT_BEARER, { assertion: await sign(good), scope: "openid" });
}

async function clientAssertions(all) {
  const { provider } = all;
  const now = Math.floor(Date.now() / 1e3);
  const sign = (claims, { key, kid }) =>
    new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid }).sign(key);
  const client = await provider.application(all.projectId, { proof: "PRIVATE_KEY_JWT" });
  const type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
  const own = { iss: client.clientId, sub: client.clientId, aud: provider.issuer, iat: now,
                exp: now + 300, jti: "one" };
  const shown = async (claims, more = {}) => ({
    ...redeem(await all.code(client)), client_id: client.clientId, client_assertion_type: type,
    client_assertion: await sign(claims, client.signer), ...more });
  const form = await shown(own);
  await provider.granted(null, "authorization_code", form);
  const replayed = await shown(own);
  assertOauth(await storesNothing(
    provider.world, () => provider.grant(null, "authorization_code", replayed)),
              401, "invalid_client");
  for (const [claims, more] of [
    [{ ...own, jti: "two", aud: "https://other.example" }, {}],
    [{ ...own, jti: "three", sub: all.web.clientId }, {}],
    [{ ...own, jti: "four" }, { client_id: all.web.clientId }],
    [{ ...own, jti: "five" }, { client_assertion_type: "urn:other" }],
  ]) {
    const wrong = await shown(claims, more);
    const answer = await storesNothing(
      provider.world, () => provider.grant(null, "authorization_code", wrong));
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

// A token cut at some lengths and changed at some places; each of them, tests of the parts try.
async function swept(all) {
  const { provider, web, signed } = all;
  const scope = `openid offline_access ${PLATFORM}`;
  const held = await all.tokens(web, { scope });
  const { access_token: jwt, id_token: id } = await all.tokens(signed, { scope });
  const other = (letter) => (letter === "A" ? "B" : "A");
  let count = 0;
  const variants = (token, step) => {
    const all = [];
    for (let at = 0; at < token.length; at += step) {
      if (at > 0) all.push(token.slice(0, at));
      all.push(token.slice(0, at) + other(token[at]) + token.slice(at + 1));
    }
    all.push(token.slice(0, -1), token.slice(1), `${token}A`, `${token}=`.concat("A"));
    return all;
  };
  await storesNothing(provider.world, async () => {
    for (const [token, step] of [[held.access_token, 7], [jwt, 23]]) {
      for (const one of variants(token, step)) {
        await assertNone(all, one, one);
        count += 1;
      }
    }
    for (const one of variants(held.refresh_token, 7)) {
      const answer = await provider.grant(web, "refresh_token", { refresh_token: one });
      assertOauth(answer, 400, "invalid_grant");
      count += 1;
    }
    for (const one of variants(id, 23)) {
      const query = new URLSearchParams({ id_token_hint: one });
      const answer = await fetch(`${provider.issuer}/oidc/v1/end_session?${query}`,
                                 { redirect: "manual" });
      assert.equal(answer.status, 400, one);
      count += 1;
    }
  });
  // None of them wore anything out.
  assert.equal((await provider.userinfo(held.access_token)).status, 200);
  await provider.granted(web, "refresh_token", { refresh_token: held.refresh_token });
  return `${count} tokens`;
}

export default async function openidForgeries(t) {
  const all = await build();
  await t.test("a token that we did not make is none, wherever it is shown", () => forged(all));
  await t.test("a token that is cut, or changed anywhere, is none", () => swept(all),
               { seconds: 120 });
  await t.test("an assertion that is another's, too old or shown again proves no machine",
               () => assertions(all));
  await t.test("an assertion that is another's, too old or shown again proves no client",
               () => clientAssertions(all));
  await t.test("nobody went where a forged token says that its keys are", async () => {
    assert.equal(all.bait.asked, 0);
  });
  all.bait.server.close();
}
