// RFC 7636, proof keys for codes; RFC 9700, best current practice for the security of OAuth 2.0.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { CHALLENGE, Musts, PKCE, STATE, Site, VERIFIER, assertError }
  from "../lib/musts.mjs";
import { CALLBACK, FAREWELL } from "../lib/openid.mjs";

const challengeOf = (verifier) => createHash("sha256").update(verifier).digest("base64url");
const PLAIN = { code_challenge: VERIFIER, code_challenge_method: "plain" };

// [section, sentence, parameters, where it leads, which client]
const ASKED = [
  ["4.2", "S256 is taken", PKCE, "login", "open"],
  ["4.2", "S256 is taken of a client with a secret", PKCE, "login", "web"],
  ["4.4.1", "a client without a secret gives a challenge", {}, "invalid_request", "open"],
  ["4.4.1", "a method that is not supported is refused: plain", PLAIN, "invalid_request", "open"],
  ["4.4.1", "a method that is not supported is refused: plain, by default",
   { code_challenge: VERIFIER }, "invalid_request", "open"],
  ["4.4.1", "a method that is not supported is refused: S512",
   { ...PKCE, code_challenge_method: "S512" }, "invalid_request", "open"],
  ["4.4.1", "a method that is not supported is refused: s256",
   { ...PKCE, code_challenge_method: "s256" }, "invalid_request", "open"],
  ["4.4.1", "a method that is not supported is refused: plain, of a client with a secret", PLAIN,
   "invalid_request", "web"],
  ["4.2", "a challenge that is no SHA-256 is refused",
   { ...PKCE, code_challenge: CHALLENGE.slice(1) }, "invalid_request", "open"],
  ["4.2", "a challenge that is not in base64url is refused",
   { ...PKCE, code_challenge: `${CHALLENGE.slice(1)}=` }, "invalid_request", "open"],
];

// [sentence, the verifier that is shown for CHALLENGE]
const WRONG = [
  ["none", undefined],
  ["an empty one", ""],
  ["the challenge itself", CHALLENGE],
  ["another", `${VERIFIER.slice(0, -1)}l`],
  ["one in other letters", VERIFIER.toLowerCase()],
  ["a longer one", `${VERIFIER}x`],
  ["a shorter one", VERIFIER.slice(0, -1)],
  ["one with padding", `${VERIFIER}=`],
  ["one with white space", ` ${VERIFIER}`],
];

// RFC 7636 section 4.1: what a verifier may be made of, from 43 to 128 characters.
const RIGHT = [
  ["of 43 characters", randomBytes(32).toString("base64url")],
  ["of 128 characters", randomBytes(96).toString("base64url")],
  ["of every character that is allowed",
   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"],
];

async function ofAnotherCode(site, client) {
  const verifier = randomBytes(32).toString("base64url");
  const own = await site.code(client, { ...PKCE, code_challenge: challengeOf(verifier) });
  const other = await site.code(client, PKCE);
  const redeem = (code, shown) => site.redeem(code, { client, more: { code_verifier: shown } });
  assertError(await redeem(own, VERIFIER), 400, "invalid_grant");
  assertError(await redeem(other, verifier), 400, "invalid_grant");
  assert.equal((await redeem(own, verifier)).status, 200);
  assert.equal((await redeem(other, VERIFIER)).status, 200);
}

async function hidden(site) {
  const back = await site.provider.login.answer(
    site.provider.authorizeUrl(site.web, PKCE), site.person.session);
  assert.ok(!decodeURIComponent(back.href).includes(CHALLENGE), back.href);
  const code = back.searchParams.get("code");
  assert.ok(!Buffer.from(code, "base64url").toString("latin1").includes(CHALLENGE), code);
}

async function proofKeys(site, musts) {
  const at = (section) => `RFC 7636 section ${section}`;
  await musts.each(ASKED.map(([section, ...row]) => [at(section), ...row]),
                   (parameters, leads, client) => site.leads(parameters, leads, { client: site[client] }));
  for (const client of ["open", "web"]) {
    const of = client === "open" ? "without a secret" : "with a secret";
    for (const [what, verifier] of WRONG) {
      await musts.test(at("4.6"), `of a client ${of} ${what} is no verifier`, async () => {
        const code = await site.code(site[client], PKCE);
        const more = { code_verifier: verifier };
        assertError(await site.redeem(code, { client: site[client], more }), 400, "invalid_grant");
      });
    }
    await musts.test(at("4.4"), `of a client ${of} a challenge is one code's`,
                     () => ofAnotherCode(site, site[client]));
  }
  for (const [what, verifier] of RIGHT) {
    await musts.test(at("4.6"), `a verifier that fits is taken: ${what}`, async () => {
      const code = await site.code(site.open, { ...PKCE, code_challenge: challengeOf(verifier) });
      const { status, text } = await site.redeem(
        code, { client: site.open, more: { code_verifier: verifier } });
      assert.equal(status, 200, text);
    });
  }
  await musts.test(at("4.4"), "an answer tells nobody the challenge", () => hidden(site));
}

const CODE = { grantTypes: ["OIDC_GRANT_TYPE_AUTHORIZATION_CODE"],
               responseTypes: ["OIDC_RESPONSE_TYPE_CODE"] };
const LOCAL = "http://127.0.0.1/in";

// [section, sentence, redirect_uri, where it leads, which client]
const URIS = [
  ["2.1", "with a slash more", `${CALLBACK}/`, "page", "web"],
  ["2.1", "with a query", `${CALLBACK}?x`, "page", "web"],
  ["2.1", "with a fragment", `${CALLBACK}#x`, "page", "web"],
  ["2.1", "of a longer host", "https://app.example.evil.example/callback", "page", "web"],
  ["2.1", "of a shorter path", "https://app.example/", "page", "web"],
  ["2.1", "behind a user", "https://app.example@evil.example/callback", "page", "web"],
  ["2.1", "by another port", "https://app.example:444/callback", "page", "web"],
  ["2.1", "by the port that is the default", "https://app.example:443/callback", "page", "web"],
  ["2.1", "by another scheme", "http://app.example/callback", "page", "web"],
  ["2.1", "encoded", "https://app.example/%63allback", "page", "web"],
  ["2.1", "with dots", "https://app.example/callback/.", "page", "web"],
  ["2.1", "with a star", "https://app.example/*", "page", "web"],
  ["4.1.3", "by another port of a native client's loopback interface", "http://127.0.0.1:49152/in",
   "login", "native"],
  ["4.1.3", "by another port of a native client's localhost", "http://localhost:49152/in", "login",
   "native"],
  ["4.1.3", "by another path of a native client's loopback interface", "http://127.0.0.1:49152/out",
   "page", "native"],
  ["4.1.3", "by another address of a native client", "http://127.0.0.2:49152/in", "page", "native"],
];

async function httpRefused(site, type, proof = "NONE") {
  const uri = "http://app.example/callback";
  const client = await site.application({ ...CODE, redirectUris: [uri], proof,
                                          applicationType: `OIDC_APP_TYPE_${type}` });
  await site.leads({ redirect_uri: uri, ...PKCE }, "page", { client });
}

async function noOpenRedirector(site) {
  const evil = "https://evil.example/";
  for (const path of [`/oidc/v1/end_session?post_logout_redirect_uri=${evil}`,
                      `/oidc/v1/end_session?client_id=${site.web.clientId}&post_logout_redirect_uri=${evil}`,
                      `/device?user_code=x&redirect_uri=${evil}`,
                      `/oauth/v2/authorize?redirect_uri=${evil}`,
                      `/oauth/v2/authorize/answer?code=x&redirect_uri=${evil}`]) {
    const answer = await fetch(`${site.issuer}${path}`, { redirect: "manual" });
    const location = answer.headers.get("location");
    if (location) assert.equal(new URL(location, site.issuer).origin, site.issuer, path);
  }
}

async function downgrade(site) {
  const bare = await site.code();
  assertError(await site.redeem(bare, { more: { code_verifier: VERIFIER } }), 400, "invalid_grant");
  const proved = await site.code(site.web, PKCE);
  assertError(await site.redeem(proved), 400, "invalid_grant");
}

async function rotation(site, client) {
  const first = await site.tokens(client);
  const second = (await site.refresh(first.refresh_token, client)).json;
  assert.notEqual(second.refresh_token, first.refresh_token);
  const third = (await site.refresh(second.refresh_token, client)).json;
  assert.ok(await site.active(third.access_token));
  assertError(await site.refresh(first.refresh_token, client), 400, "invalid_grant");
  assertError(await site.refresh(third.refresh_token, client), 400, "invalid_grant");
  assert.equal(await site.active(third.access_token), false);
}

async function refreshKeeps(site) {
  const { refresh_token: token } = await site.tokens(site.open, { scope: "openid offline_access" });
  assertError(await site.refresh(token, site.open, { scope: "openid email" }), 400, "invalid_scope");
  const { json } = await site.refresh(token, site.open);
  const { aud, scope } = await site.provider.introspect(site.api, json.access_token);
  assert.deepEqual(scope.split(" ").sort(), ["offline_access", "openid"]);
  assert.ok(aud.includes(site.open.clientId), `${aud}`);
}

async function forgedRefresh(site) {
  const { refresh_token: token } = await site.tokens(site.open);
  const middle = token.length >> 1;
  const flipped = token.slice(0, middle) + (token[middle] === "A" ? "B" : "A") + token.slice(middle + 1);
  for (const one of [flipped, token.slice(0, -1), `${token}A`]) {
    assertError(await site.refresh(one, site.open), 400, "invalid_grant");
  }
}

async function noPasswords(site) {
  const form = { grant_type: "password", username: site.person.name, password: "x" };
  assertError(await site.token(form, site.web), 400, "unsupported_grant_type");
  assert.ok(!(await site.metadata()).grant_types_supported.includes("password"));
}

// Another site's script may ask the endpoints of programs, and not this one.
async function noCors(site) {
  const origin = { origin: "https://app.example" };
  const url = site.provider.authorizeUrl(site.web);
  for (const [method, at] of [["GET", url], ["OPTIONS", url], ["GET", `${url}&redirect_uri=x`]]) {
    const { headers } = await fetch(at, { method, headers: origin, redirect: "manual" });
    assert.equal(headers.get("access-control-allow-origin"), null, `${method} ${at}`);
  }
}

// Every page that a browser may be shown.
async function unframed(site) {
  const posted = await site.provider.login.answer(
    site.provider.authorizeUrl(site.web, { response_mode: "form_post" }), site.person.session);
  const { id_token: hint } = await site.tokens(site.web);
  const pages = [
    `${site.issuer}/oauth/v2/authorize?client_id=nobody`, posted,
    `${site.issuer}/oidc/v1/end_session?post_logout_redirect_uri=${FAREWELL}/x`,
    `${site.issuer}/oidc/v1/end_session?id_token_hint=${hint}x`,
  ];
  for (const page of pages) {
    const { status, headers } = await fetch(page, { redirect: "manual" });
    assert.ok([200, 400].includes(status), `${status} ${page}`);
    assert.match(headers.get("content-security-policy") ?? "", /frame-ancestors 'none'/, `${page}`);
  }
}

async function issuerTold(site) {
  const back = await site.provider.login.answer(site.provider.authorizeUrl(site.web), site.person.session);
  assert.equal(back.searchParams.get("iss"), site.issuer);
  const { told } = await site.authorize({ response_type: "x" });
  assert.equal(told.get("iss"), site.issuer);
  assert.equal((await site.metadata()).authorization_response_iss_parameter_supported, true);
}

async function oneUse(site) {
  for (const client of [site.open, site.web]) {
    const code = await site.code(client);
    const { json } = await site.redeem(code, { client });
    assertError(await site.redeem(code, { client }), 400, "invalid_grant");
    assert.equal(await site.active(json.access_token), false);
  }
}

async function kept307(site) {
  for (const parameters of [{}, { scope: "openid \"" }]) {
    assert.equal((await site.authorize(parameters, { post: true })).status, 303);
  }
  const { id_token: hint } = await site.provider.signedIn(site.web, await site.freshSession());
  const form = { id_token_hint: hint, post_logout_redirect_uri: FAREWELL, state: STATE };
  assert.equal((await site.post("/oidc/v1/end_session", form)).status, 303);
}

const PRACTICE = [
  ["2.1", "no URL of the server forwards a browser to where its query says", noOpenRedirector],
  ["2.1.1", "PKCE is supported, and detected", async (site) =>
    assert.deepEqual((await site.metadata()).code_challenge_methods_supported, ["S256"])],
  ["2.1.1", "a challenge that is given is enforced, and a verifier takes one", downgrade],
  ["2.2.2", "refresh tokens of clients without a secret rotate", (site) => rotation(site, site.open)],
  ["4.14.2", "a refresh token that is shown again ends the family", (site) => rotation(site, site.web)],
  ["4.14.2", "a refresh token is bound to scope and audience", refreshKeeps],
  ["4.14.2", "a refresh token cannot be changed", forgedRefresh],
  ["2.4", "nobody's password is taken for a token", noPasswords],
  ["2.6", "answers of a web client with a secret go to no http",
   (site) => httpRefused(site, "WEB", "BASIC")],
  ["2.6", "answers of a web client without a secret go to no http", (site) => httpRefused(site, "WEB")],
  ["2.6", "answers of a client in a browser go to no http", (site) => httpRefused(site, "USER_AGENT")],
  ["2.6", "answers of a native client go to no http but on the device", (site) =>
    httpRefused(site, "NATIVE")],
  ["2.6", "other sites' scripts cannot ask the authorization endpoint", noCors],
  ["4.2.4", "a code ends with its first use", oneUse],
  ["4.4.2", "every answer names its issuer", issuerTold],
  ["4.12", "a form is not sent on by 307", kept307],
  ["4.16", "no page can be framed", unframed],
];

export default async function openidMustsBcp(t) {
  const site = await Site.build();
  site.native = await site.application({
    ...CODE, redirectUris: [LOCAL, "http://localhost/in"], applicationType: "OIDC_APP_TYPE_NATIVE",
    proof: "NONE" });
  const musts = new Musts(t);
  await proofKeys(site, musts);
  for (const [section, how, uri, leads, client] of URIS) {
    const is = leads === "login" ? "taken" : "refused";
    await musts.test(`RFC 9700 section ${section}`, `a redirect_uri ${how} is ${is}`, () =>
      site.leads({ redirect_uri: uri, ...PKCE }, leads, { client: site[client] }));
  }
  await musts.each(PRACTICE.map(([section, ...row]) => [`RFC 9700 section ${section}`, ...row]),
                   (check) => check(site));
  musts.tell();
}
