// RFC 6749: the authorization endpoint, the token endpoint and how clients prove themselves, as far as
// OpenID Connect and its companions lean on it.
import assert from "node:assert/strict";
import { ErrorReason } from "@zitadel/proto/zitadel/oidc/v2/authorization_pb.js";
import { Musts, OFFLINE, PKCE, STATE, Site, assertError, assertPage, pairs } from "../lib/musts.mjs";
import { CALLBACK, JWT_BEARER, formOf } from "../lib/openid.mjs";

const EMPTY = { prompt: "", max_age: "", nonce: "", response_mode: "", id_token_hint: "", request: "",
                login_hint: "", ui_locales: "", code_challenge: "", claims: "" };

// [section, sentence, parameters, where it leads]
const ASKED = [
  ["3.1", "GET is served", {}, "login"],
  ["3.1", "a parameter without a value is one that is left out", EMPTY, "login"],
  ["3.1", "an empty response_type is none", { response_type: "" }, "invalid_request"],
  ["3.1", "an empty redirect_uri is none", { redirect_uri: "" }, "page"],
  ["3.1", "an empty client_id is none", { client_id: "" }, "page"],
  ["3.1", "a parameter that is not known is passed over", { shape: "round", "": "x" }, "login"],
  ["3.1", "client_id may not stand twice", { client_id: ["1", "1"] }, "page"],
  ["3.1", "redirect_uri may not stand twice", { redirect_uri: [CALLBACK, CALLBACK] }, "page"],
  ["3.1", "response_type may not stand twice", { response_type: ["code", "code"] }, "refused"],
  ["3.1", "scope may not stand twice", { scope: ["openid", "email"] }, "refused"],
  ["3.1", "state may not stand twice", { state: ["a", "a"] }, "refused"],
  ["3.1.1", "a request without response_type is refused",
   { response_type: undefined }, "invalid_request"],
  ["3.1.1", "a response_type that is not known is refused",
   { response_type: "carrot" }, "unsupported_response_type"],
  ["3.1.1", "the order of a response_type's words is none",
   { response_type: "token id_token", nonce: "n" }, "login"],
  ["3.1.2.3", "redirect_uri is compared with what is registered",
   { redirect_uri: "https://app.example/callback2" }, "page"],
  ["3.1.2.4", "nobody is sent to a redirect_uri that is not registered",
   { redirect_uri: "https://evil.example/" }, "page"],
  ["4.1.2.1", "nobody is sent anywhere for a client that is not there",
   { client_id: "nobody" }, "page"],
  ["4.1.2.1", "nobody is sent anywhere for a client that is not there, with another error either",
   { client_id: "nobody", response_type: "x" }, "page"],
  ["4.1.2.1", "a scope that is none is refused", { scope: "openid \"quoted\"" }, "invalid_scope"],
  ["4.1.2.1", "the client is told what is wrong, a parameter that stands twice too",
   { nonce: ["a", "a"] }, "invalid_request"],
  ["4.1.2.1", "an error has the state as it was", { state: STATE, max_age: "x" }, "invalid_request"],
  ["10.15", "the endpoint sends nobody where only the request says",
   { redirect_uri: "https://app.example@evil.example/callback" }, "page"],
];

// [section, sentence, the form, the client, status, error]
const TOKENS = [
  ["2.3.1", "a secret that is wrong is refused", { code: "x" },
   ({ web }) => ({ ...web, secret: "wrong" }), 401, "invalid_client"],
  ["2.3.1", "a client that is not there is refused", { code: "x" },
   () => ({ clientId: "nobody", secret: "x" }), 401, "invalid_client"],
  ["2.3", "a client proves itself in one way", { code: "x", client_secret: "x" },
   ({ web }) => web, 400, "invalid_request"],
  ["3.2.1", "who has a secret shows it", ({ web }) => ({ code: "x", client_id: web.clientId }),
   () => null, 401, "invalid_client"],
  ["3.2.1", "who has no secret says who he is", { code: "x" }, () => null, 401, "invalid_client"],
  ["3.2", "an empty grant_type is none", { grant_type: "" }, ({ web }) => web, 400, "invalid_request"],
  ["3.2", "an empty code is none", { code: "" }, ({ web }) => web, 400, "invalid_request"],
  ["3.2", "grant_type may not stand twice", { grant_type: ["authorization_code", "authorization_code"] },
   ({ web }) => web, 400, "invalid_request"],
  ["3.2", "code may not stand twice", { code: ["x", "x"] }, ({ web }) => web, 400, "invalid_request"],
  ["3.2", "redirect_uri may not stand twice", { code: "x", redirect_uri: [CALLBACK, CALLBACK] },
   ({ web }) => web, 400, "invalid_request"],
  ["3.2", "client_id may not stand twice", ({ open: { clientId } }) =>
    ({ code: "x", client_id: [clientId, clientId] }), () => null, 400, "invalid_request"],
  ["4.4", "a client without a secret gets no token for itself",
   ({ open }) => ({ grant_type: "client_credentials", client_id: open.clientId }),
   () => null, 400, "unauthorized_client"],
  ["4.4.2", "who asks for himself has to prove himself", { grant_type: "client_credentials" },
   ({ machine }) => ({ ...machine, secret: "wrong" }), 401, "invalid_client"],
  ["5.2", "a grant that is not offered is refused by name", { grant_type: "carrot" },
   ({ web }) => web, 400, "unsupported_grant_type"],
  ["5.2", "a grant that the client has not is refused by name", { grant_type: "authorization_code" },
   ({ api }) => api, 400, "unauthorized_client"],
  ["5.2", "a grant that is missing is an invalid request", { grant_type: undefined },
   ({ web }) => web, 400, "invalid_request"],
  ["5.2", "a code that is none is an invalid grant", { code: "x" },
   ({ web }) => web, 400, "invalid_grant"],
  ["5.2", "a scope that is none is refused by name",
   { grant_type: "client_credentials", scope: "a\\b" }, ({ machine }) => machine, 400, "invalid_scope"],
  ["6", "a refresh token that is none is refused",
   { grant_type: "refresh_token", refresh_token: "x" }, ({ web }) => web, 400, "invalid_grant"],
  ["6", "a refresh without a token is refused",
   { grant_type: "refresh_token" }, ({ web }) => web, 400, "invalid_request"],
];

async function keepsQuery(site) {
  const uri = "https://app.example/in?tenant=a%20b&x=1";
  const client = await site.application({ redirectUris: [uri] });
  const url = site.provider.authorizeUrl(client, { redirect_uri: uri, state: STATE });
  const back = await site.provider.login.answer(url, site.person.session);
  assert.ok(back.href.startsWith(`${uri}&`), back.href);
  const { code, state } = Object.fromEntries(back.searchParams);
  assert.equal(state, STATE);
  const { status } = await site.redeem(code, { client, more: { redirect_uri: uri } });
  assert.equal(status, 200);
}

async function registered(site) {
  const { projectId, provider: { world } } = site;
  for (const uri of ["https://app.example/in#part", "/in", "app.example/in", "https://app.example/in#"]) {
    const oidcConfiguration = { redirectUris: [uri] };
    const { code } = await world.try("CreateApplication",
                                     { projectId, name: `of ${uri}`, oidcConfiguration });
    assert.notEqual(code, 0, uri);
  }
}

async function unregistered(site) {
  for (const more of [{ proof: "NONE" }, {}]) {
    const client = await site.application({ redirectUris: [], ...more });
    for (const parameters of [PKCE, { response_type: "id_token", nonce: "n" }]) {
      await site.leads(parameters, "page", { client });
      await site.leads({ ...parameters, redirect_uri: undefined }, "page", { client });
    }
  }
}

async function scopeless(site) {
  const { to, told } = await site.authorize({ scope: undefined });
  if (to !== "login") assert.equal(told?.get("error"), "invalid_scope");
  const { json } = await site.token({ grant_type: "client_credentials" }, site.machine);
  if (!json.access_token) assert.equal(json.error, "invalid_scope");
}

async function tellsScope(site) {
  const unknown = "openid profile urn:nobody:knows:this";
  const { scope } = await site.tokens(site.web, { scope: unknown });
  assert.equal(scope, "openid profile");
  const { json } = await site.token(
    { grant_type: "client_credentials", scope: "email urn:nobody:knows:this" }, site.machine);
  assert.equal(json.scope, "email");
}

async function scopeOrder(site) {
  const { refresh_token: token } = await site.tokens();
  const { status, json } = await site.refresh(token, site.web, { scope: "email openid" });
  assert.equal(status, 200);
  assert.deepEqual(json.scope.split(" ").sort(), ["email", "openid"]);
}

async function codeOnce(site) {
  const code = await site.code();
  assert.equal((await site.redeem(code)).status, 200);
  assertError(await site.redeem(code), 400, "invalid_grant");
}

async function codeBound(site) {
  const code = await site.code();
  assertError(await site.redeem(code, { client: site.other }), 400, "invalid_grant");
  for (const uri of [`${CALLBACK}?`, "https://app.example/", undefined, ""]) {
    const answer = await site.redeem(code, { more: { redirect_uri: uri } });
    assertError(answer, 400, "invalid_grant");
  }
  assert.equal((await site.redeem(code)).status, 200);
}

async function codeOfPublic(site) {
  const code = await site.code(site.open);
  const second = await site.application({ proof: "NONE" });
  assertError(await site.redeem(code, { client: second }), 400, "invalid_grant");
  assertError(await site.redeem(code, { client: site.open, more: { client_id: undefined } }),
              401, "invalid_client");
  assert.equal((await site.redeem(code, { client: site.open })).status, 200);
}

async function refreshBound(site) {
  for (const client of [site.web, site.open]) {
    const { refresh_token: token } = await site.tokens(client);
    assertError(await site.refresh(token, site.other), 400, "invalid_grant");
    assert.equal((await site.refresh(token, client)).status, 200);
  }
  const { refresh_token: token } = await site.tokens();
  assertError(await site.refresh(token, { clientId: site.web.clientId }), 401, "invalid_client");
}

async function refreshScope(site) {
  const { refresh_token: token } = await site.tokens(
    site.web, { scope: "openid email offline_access" });
  for (const wider of ["openid profile", "openid email offline_access phone"]) {
    assertError(await site.refresh(token, site.web, { scope: wider }), 400, "invalid_scope");
  }
  const less = (await site.refresh(token, site.web, { scope: "openid" })).json;
  assert.equal(less.scope, "openid");
  const whole = (await site.refresh(less.refresh_token)).json;
  assert.deepEqual(whole.scope.split(" ").sort(), ["email", "offline_access", "openid"]);
}

async function implicitTokens(site) {
  const url = site.provider.authorizeUrl(
    site.web, { response_type: "id_token token", nonce: "n", state: STATE, scope: OFFLINE });
  const page = await site.provider.login.answer(url, site.person.session);
  const { at, told } = await site.follow(page);
  assert.equal(at.search, "");
  const answer = Object.fromEntries(told);
  assert.ok(answer.access_token);
  assert.match(answer.token_type, /^bearer$/i);
  assert.equal(answer.state, STATE);
  assert.equal(answer.refresh_token, undefined);
}

async function implicitError(site) {
  const url = site.provider.authorizeUrl(
    site.web, { response_type: "id_token token", nonce: "n", state: STATE });
  const back = await site.provider.login.refuse(url, ErrorReason.ACCESS_DENIED);
  const told = new URLSearchParams(back.hash.slice(1));
  assert.deepEqual([back.search, told.get("error"), told.get("state")], ["", "access_denied", STATE]);
}

async function markup(site) {
  const state = `"><script>alert(1)</script>'&amp;`;
  const url = site.provider.authorizeUrl(site.web, { response_mode: "form_post", state });
  const page = await site.provider.login.answer(url, site.person.session);
  const text = await (await fetch(page)).text();
  assert.ok(!text.includes("<script>alert"), text);
  const again = await site.provider.login.answer(url, site.person.session);
  assert.equal((await formOf(again)).fields.get("state"), state);
  const wrong = await site.authorize({ redirect_uri: "https://x/<script>alert(1)</script>", state });
  assertPage(wrong);
  assert.ok(!wrong.text.includes("<script>alert"), wrong.text);
  const split = await site.authorize({ state: "a\r\nset-cookie: b=c" });
  assert.equal(split.headers.get("set-cookie"), null);
}

// Of every grant, what is answered.
async function grantsOf(site) {
  const assertion = await site.provider.assertion(site.machine);
  const first = await site.redeem(await site.code(site.web, { scope: OFFLINE }));
  return {
    "authorization_code": first,
    "refresh_token": await site.refresh(first.json.refresh_token),
    "client_credentials": await site.token(
      { grant_type: "client_credentials", scope: "openid" }, site.machine),
    "jwt-bearer": await site.token({ grant_type: JWT_BEARER, assertion, scope: "openid" }),
  };
}

async function unguessable(site) {
  const made = [];
  for (let i = 0; i < 4; i += 1) {
    const code = await site.code();
    const tokens = await site.tokens();
    made.push(code, tokens.access_token, tokens.refresh_token,
              (await site.application()).secret, (await site.provider.machine(site.organizationId)).secret);
  }
  assert.equal(new Set(made).size, made.length);
  // What is not its number or its name holds 128 bits in base64url.
  for (const one of made) assert.ok(/[\w-]{22,}$/.test(one), "a short secret");
}

async function postOnly(site) {
  const query = new URLSearchParams(pairs({ grant_type: "client_credentials" }));
  const basic = Buffer.from(`${site.machine.clientId}:${site.machine.secret}`).toString("base64");
  for (const method of ["GET", "PUT"]) {
    const answer = await fetch(`${site.issuer}/oauth/v2/token?${query}`,
                               { method, headers: { authorization: `Basic ${basic}` } });
    assert.equal(answer.status, 405);
    assert.match(answer.headers.get("allow"), /\bPOST\b/);
  }
}

async function secretInUrl(site) {
  const { clientId, secret } = site.web;
  const query = new URLSearchParams({ client_id: clientId, client_secret: secret });
  const answer = await site.post(`/oauth/v2/token?${query}`, {
    grant_type: "authorization_code", code: await site.code(), redirect_uri: CALLBACK });
  assertError(answer, 401, "invalid_client");
}

async function challenged(site) {
  const answer = await site.token({ grant_type: "authorization_code", code: "x" },
                                  { ...site.web, secret: "wrong" });
  assert.equal(answer.status, 401);
  assert.match(answer.headers.get("www-authenticate") ?? "", /^Basic\b/);
}

async function noFragments(site) {
  for (const [name, value] of Object.entries(await site.metadata())) {
    if (/_endpoint$/.test(name)) assert.ok(!value.includes("#"), name);
  }
}

async function passesOver(site) {
  const { status } = await site.redeem(await site.code(), { more: { shape: "round", scope: "" } });
  assert.equal(status, 200);
}

const FLOWS = [
  ["2.3.1", "a secret by HTTP Basic is taken", async (site) =>
    assert.equal((await site.redeem(await site.code())).status, 200)],
  ["2.3.1", "a secret in the URL is none", secretInUrl],
  ["3.1", "no endpoint's URL has a fragment", noFragments],
  ["3.1.2", "a redirect_uri keeps its query", keepsQuery],
  ["3.1.2", "a redirect URI is absolute and has no fragment", registered],
  ["3.1.2.2", "who registered no redirect URI is answered nowhere", unregistered],
  ["3.2", "tokens are answered to POST alone", postOnly],
  ["3.2", "a parameter that is not known is passed over", passesOver],
  ["3.3", "a request without scope has one by default, or is refused", scopeless],
  ["3.3", "a scope that is another than the one asked for is told", tellsScope],
  ["3.3", "the order of scopes is none", scopeOrder],
  ["4.1.2", "a code counts once", codeOnce],
  ["4.1.2", "a code is bound to its client and its redirect URI", codeBound],
  ["4.1.3", "a code of a client without a secret is that client's", codeOfPublic],
  ["4.2.2", "tokens by the browser stand in the fragment, with the state, and none is a refresh token",
   implicitTokens],
  ["4.2.2.1", "an error for them stands in the fragment, with the state", implicitError],
  ["5.2", "who shows a wrong secret by a header is challenged in its scheme", challenged],
  ["6", "a refresh token is its client's, who proves himself", refreshBound],
  ["6", "a refresh gets no more scope, and what it gets less the next one has again", refreshScope],
  ["10.10", "codes, tokens and secrets cannot be guessed", unguessable],
  ["10.14", "what comes from outside is written as text", markup],
];

export default async function openidMustsOauth(t) {
  const site = await Site.build();
  site.machine = await site.provider.machine(site.organizationId);
  const musts = new Musts(t);
  const at = (section) => `RFC 6749 section ${section}`;
  const placed = (rows) => rows.map(([section, ...row]) => [at(section), ...row]);
  await musts.each(placed(ASKED), (...row) => site.leads(...row));
  await musts.each(placed(TOKENS), async (form, client, status, error) => {
    const changes = typeof form === "function" ? form(site) : form;
    const answer = await site.token(
      { grant_type: "authorization_code", redirect_uri: CALLBACK, ...changes }, client(site));
    assertError(answer, status, error);
  });
  await musts.each(placed(FLOWS), (flow) => flow(site));
  const answers = Object.entries(await grantsOf(site));
  for (const [grant, { status, headers, json, text }] of answers) {
    await musts.test(at("5.1"), `${grant} answers a token and its type as JSON`, () => {
      assert.equal(status, 200, text);
      assert.ok(json.access_token && json.token_type);
      assert.match(headers.get("content-type"), /^application\/json/);
    });
    await musts.test(at("5.1"), `what ${grant} answers is not stored`, () =>
      assert.match(headers.get("cache-control") ?? "", /\bno-store\b/));
  }
  await musts.test(at("5.1"), "caches of HTTP/1.0 are told the same by Pragma", () => {
    for (const [grant, { headers }] of answers) assert.equal(headers.get("pragma"), "no-cache", grant);
  });
  musts.tell();
}
