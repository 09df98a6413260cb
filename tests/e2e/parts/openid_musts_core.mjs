// OpenID Connect Core 1.0, of the authorization endpoint: what a request must hold, where errors go, when
// somebody has to prove himself anew, and what comes back by the browser.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Code } from "@connectrpc/connect";
import { ErrorReason } from "@zitadel/proto/zitadel/oidc/v2/authorization_pb.js";
import { SignJWT } from "jose";
import { CORE, Musts, STATE, Site, assertError, now } from "../lib/musts.mjs";
import { CALLBACK, formOf } from "../lib/openid.mjs";
import { refusal } from "../lib/refused.mjs";
import { verified } from "../lib/relying_parties.mjs";
import { certificate, start } from "../lib/server.mjs";

const UNSIGNED = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL290aGVyLmV4YW1wbGUiLCJzdWIiOiIxIn0.";
const NONCE = `${STATE}\u00fc\u2028\u{1f511}`;
const claims = (value) => ({ claims: JSON.stringify(value) });

// [section, sentence, parameters, where it leads: the login, a page, or the client with an error]
const ASKED = [
  ["3.1.2.1", "a request by GET is taken", {}, "login"],
  ["3.1.2.1", "a request by POST is taken", {}, "login", { post: true }],
  ["3.1.2.1", "a redirect_uri that is longer than the registered one is refused",
   { redirect_uri: `${CALLBACK}/x` }, "page"],
  ["3.1.2.1", "a redirect_uri in other letters is refused",
   { redirect_uri: CALLBACK.replace("callback", "CALLBACK") }, "page"],
  ["3.1.2.1", "a redirect_uri that is the same once it is normalized is refused",
   { redirect_uri: CALLBACK.replace("/callback", "/x/../callback") }, "page"],
  ["3.1.2.1", "a redirect_uri with a query more is refused",
   { redirect_uri: `${CALLBACK}?next=1` }, "page"],
  ["3.1.2.2", "client_id has to be there", { client_id: undefined }, "page"],
  ["3.1.2.2", "redirect_uri has to be there", { redirect_uri: undefined }, "page"],
  ["3.1.2.2", "response_type has to be there", { response_type: undefined }, "invalid_request"],
  ["3.1.2.2", "a max_age that is no number is refused", { max_age: "soon" }, "invalid_request"],
  ["3.1.2.2", "an id_token_hint that another issuer made is refused",
   { id_token_hint: UNSIGNED }, "invalid_request"],
  ["3.1.2.2", "a prompt of none and another is refused", { prompt: "none login" }, "invalid_request"],
  ["3.1.2.2", "an error is answered at the redirect URI, a parameter that stands twice too",
   { nonce: ["a", "b"] }, "invalid_request"],
  ["3.1.2.2", "an error is answered at the redirect URI, a code_challenge of a method that is unknown too",
   { code_challenge: "x".repeat(43), code_challenge_method: "S1" }, "invalid_request"],
  ["3.1.2.6", "to an invalid redirect_uri nobody is sent",
   { redirect_uri: "https://evil.example/callback" }, "page"],
  ["3.1.2.6", "to an invalid redirect_uri nobody is sent with another error either",
   { redirect_uri: "https://evil.example/callback", response_type: "x" }, "page"],
  ["3.1.2.6", "a response_mode that is not supported is answered with 400 by a page",
   { response_mode: "carrier_pigeon" }, "page"],
  ["3.2.2.1", "an ID token by the browser takes a nonce",
   { response_type: "id_token" }, "invalid_request"],
  ["3.2.2.1", "an ID token and an access token by the browser take a nonce",
   { response_type: "id_token token" }, "invalid_request"],
  ["3.2.2.1", "a redirect_uri that is not the registered one is refused for tokens by the browser too",
   { response_type: "id_token", nonce: "n", redirect_uri: `${CALLBACK}/` }, "page"],
  ["3.3.2.2", "the hybrid type that is not offered is refused: code id_token",
   { response_type: "code id_token", nonce: "n" }, "unsupported_response_type"],
  ["3.3.2.2", "the hybrid type that is not offered is refused: code token",
   { response_type: "code token", nonce: "n" }, "unsupported_response_type"],
  ["3.3.2.2", "the hybrid type that is not offered is refused: code id_token token",
   { response_type: "code id_token token", nonce: "n" }, "unsupported_response_type"],
  ["5.5", "members of claims that are not known are passed over",
   claims({ somewhere: { name: null } }), "login"],
  ["5.5.1", "members of a claim's request that are not known are passed over",
   claims({ id_token: { email: { essential: false, purpose: "x" } } }), "login"],
  ["5.5.1", "an essential claim that nobody has is no error",
   claims({ userinfo: { eye_color: { essential: true } } }), "login"],
  ["6.1", "a request object is refused by name", { request: UNSIGNED }, "request_not_supported"],
  ["6.2", "a request_uri is refused by name",
   { request_uri: "https://app.example/request" }, "request_uri_not_supported"],
  ["7.2.1", "a registration is refused by name", { registration: "{}" }, "registration_not_supported"],
  ["15.1", "prompt is taken: none", { prompt: "none" }, "login_required"],
  ["15.1", "prompt is taken: login", { prompt: "login" }, "login"],
  ["15.1", "prompt is taken: consent", { prompt: "consent" }, "login"],
  ["15.1", "prompt is taken: select_account", { prompt: "select_account" }, "login"],
  ["15.1", "prompt is taken: create", { prompt: "create" }, "login"],
  ["15.1", "display is no error: popup", { display: "popup" }, "login"],
  ["15.1", "display is no error: touch", { display: "touch" }, "login"],
  ["15.1", "display is no error: wap", { display: "wap" }, "login"],
  ["15.1", "ui_locales are no error, known or not", { ui_locales: "de-CH tlh xx-invalid" }, "login"],
  ["15.1", "claims_locales are no error", { claims_locales: "de fr" }, "login"],
  ["15.1", "acr_values are no error, known or not", { acr_values: "urn:none 2" }, "login"],
];

const link = (site, parameters, session) =>
  site.provider.login.answer(site.provider.authorizeUrl(site.web, parameters), session);

// The login may answer by a session that is new, and not by the older one.
async function takesNew(site, parameters, fresh) {
  const old = await site.freshSession();
  await sleep(2100);
  const refused = await refusal(link(site, parameters, old));
  assert.equal(refused.code, Code.FailedPrecondition, refused.message);
  const { login } = site.provider;
  const { authRequestId } = await login.arrive(site.provider.authorizeUrl(site.web, parameters));
  const session = { case: "session", value: await fresh() };
  const { callbackUrl } = await login.oidc.createCallback(
    { authRequestId, callbackKind: session });
  const code = new URL(callbackUrl).searchParams.get("code");
  const { json } = await site.redeem(code);
  return (await verified(site.provider, json.id_token)).payload;
}

async function maxAge(site) {
  const payload = await takesNew(site, { max_age: "1" }, () => site.freshSession());
  assert.equal(typeof payload.auth_time, "number");
  assert.ok(Math.abs(payload.auth_time - Date.now() / 1e3) < 30, `${payload.auth_time}`);
}

async function hintOfAnother(site) {
  const { provider } = site;
  const stranger = await provider.person(site.organizationId);
  const { id_token: hint } = await site.tokens();
  const refused = await refusal(link(site, { id_token_hint: hint }, stranger.session));
  assert.equal(refused.code, Code.FailedPrecondition, refused.message);
  const own = await link(site, { id_token_hint: hint }, site.person.session);
  assert.ok(own.searchParams.get("code"), own.href);
}

async function silently(site) {
  const { login } = site.provider;
  const client = await site.provider.application(site.projectId, {
    loginVersion: { loginV2: { baseUri: "https://login.example/app" } } });
  const url = site.provider.authorizeUrl(client, { prompt: "none", state: "s" });
  const { authRequest } = await login.arrive(url);
  assert.deepEqual(authRequest.prompt, [1]);
  const back = await login.refuse(url, ErrorReason.LOGIN_REQUIRED);
  assert.equal(`${back.origin}${back.pathname}`, CALLBACK);
  assert.deepEqual([back.searchParams.get("error"), back.searchParams.get("state")],
                   ["login_required", "s"]);
}

// One factor is what the session has; two are asked for.
async function essentialAcr(site) {
  const { acr } = (await verified(site.provider, (await site.tokens()).id_token)).payload;
  const wanted = (value) => claims({ id_token: { acr: { essential: true, ...value } } });
  const { acr_values_supported: all } = await site.metadata();
  const others = all.filter((one) => one !== acr);
  assert.ok(others.length > 0, `${acr} of ${all}`);
  const refused = await refusal(link(site, wanted({ values: others }), site.person.session));
  assert.equal(refused.code, Code.FailedPrecondition, refused.message);
  const met = await site.tokens(site.web, wanted({ values: all }));
  assert.equal((await verified(site.provider, met.id_token)).payload.acr, acr);
}

async function codeInQuery(site) {
  const back = await link(site, { state: STATE }, site.person.session);
  assert.equal(`${back.origin}${back.pathname}`, CALLBACK);
  assert.equal(back.hash, "");
  assert.ok(back.searchParams.get("code"));
  assert.equal(back.searchParams.get("state"), STATE);
}

async function denied(site, parameters) {
  const url = site.provider.authorizeUrl(site.web, { state: STATE, ...parameters });
  const back = await site.provider.login.refuse(url, ErrorReason.ACCESS_DENIED, "Not today.");
  return back;
}

async function deniedInQuery(site) {
  const back = await denied(site);
  assert.equal(back.hash, "");
  assert.deepEqual([back.searchParams.get("error"), back.searchParams.get("state")],
                   ["access_denied", STATE]);
}

async function deniedInFragment(site) {
  for (const responseType of ["id_token", "id_token token"]) {
    const back = await denied(site, { response_type: responseType, nonce: "n" });
    const told = new URLSearchParams(back.hash.slice(1));
    assert.equal(back.search, "", back.href);
    assert.deepEqual([told.get("error"), told.get("state")], ["access_denied", STATE]);
  }
  const asked = await site.authorize({ response_type: "id_token", nonce: undefined });
  assert.deepEqual([asked.at.search, asked.told.get("error")], ["", "invalid_request"]);
}

// The answer of the implicit flow, once the browser came by.
async function implicit(site, parameters) {
  const page = await link(site, { nonce: "n 1", state: STATE, ...parameters }, site.person.session);
  const answer = await site.follow(page);
  assert.equal(answer.to, "client", answer.text);
  assert.equal(answer.at.search, "");
  assert.equal(`${answer.at.origin}${answer.at.pathname}`, CALLBACK);
  const { payload, protectedHeader } = await verified(
    site.provider, answer.told.get("id_token"), { audience: site.web.clientId });
  return { told: Object.fromEntries(answer.told), payload, protectedHeader };
}

async function both(site) {
  const { told } = await implicit(site, { response_type: "id_token token" });
  assert.ok(told.access_token && told.id_token);
  assert.equal(told.token_type, "Bearer");
  assert.equal(told.state, STATE);
  assert.equal(told.code, undefined);
}

async function idTokenAlone(site) {
  const { told, payload } = await implicit(site, { response_type: "id_token" });
  assert.deepEqual([told.access_token, told.token_type, told.code], [undefined, undefined, undefined]);
  assert.equal(told.state, STATE);
  assert.equal(payload.at_hash, undefined);
}

async function hashes(site) {
  const { told, payload, protectedHeader } = await implicit(
    site, { response_type: "id_token token" });
  const hash = `sha${protectedHeader.alg.slice(2)}`;
  const digest = createHash(hash).update(told.access_token).digest();
  assert.equal(payload.at_hash, digest.subarray(0, digest.length / 2).toString("base64url"));
}

async function nonceByBrowser(site) {
  for (const responseType of ["id_token", "id_token token"]) {
    const { payload } = await implicit(site, { response_type: responseType, nonce: NONCE });
    assert.equal(payload.nonce, NONCE);
  }
}

// Our own page makes the answer; what the browser shows it is no code of the client's.
async function pageRedeemsNothing(site) {
  const page = await link(site, { response_type: "id_token", nonce: "n" }, site.person.session);
  assertError(await site.redeem(page.searchParams.get("code")), 400, "invalid_grant");
  assert.equal((await site.follow(page)).to, "client");
}

async function offlineByBrowser(site) {
  const { told } = await implicit(
    site, { response_type: "id_token token", scope: "openid offline_access", prompt: "consent" });
  assert.equal(told.refresh_token, undefined);
  const { scope } = await site.provider.introspect(site.api, told.access_token);
  assert.equal(scope, "openid");
}

async function httpByBrowser(site) {
  const uri = "http://app.example/callback";
  const web = await site.application({ redirectUris: [uri] });
  const asked = { redirect_uri: uri, response_type: "id_token", nonce: "n" };
  await site.leads(asked, "page", { client: web });
  const local = "http://localhost/callback";
  const native = await site.application({
    redirectUris: [local], applicationType: "OIDC_APP_TYPE_NATIVE", proof: "NONE" });
  await site.leads({ ...asked, redirect_uri: local }, "login", { client: native });
}

// A client's id, a scope and a response type are compared letter by letter.
async function comparisons(site) {
  const { clientId } = site.web;
  const wide = [...clientId]
    .map((one) => String.fromCodePoint(one.codePointAt(0) + 0xfee0)).join("");
  assert.equal(wide.normalize("NFKC"), clientId);
  for (const other of [wide, `${clientId} `, ` ${clientId}`, `0${clientId}`, `+${clientId}`,
                       `${clientId}.0`, `${clientId}\u200b`, `${clientId}\0`]) {
    await site.leads({ client_id: other }, "page");
  }
  await site.leads({ response_type: "CODE" }, "unsupported_response_type");
  const { id_token: none } = await site.tokens(site.web, { scope: "OpenID profile" });
  assert.equal(none, undefined);
  await site.leads({ prompt: "LOGIN NONE" }, "invalid_request");
}

async function form(site) {
  const page = await link(site, { response_mode: "form_post", state: STATE }, site.person.session);
  const { action, fields } = await formOf(page);
  assert.equal(action, CALLBACK);
  assert.equal(fields.get("state"), STATE);
  assert.equal((await site.redeem(fields.get("code"))).status, 200);
}

async function codeInFragment(site) {
  const back = await link(site, { response_mode: "fragment", state: STATE }, site.person.session);
  assert.equal(`${back.origin}${back.pathname}${back.search}`, CALLBACK);
  const told = new URLSearchParams(back.hash.slice(1));
  assert.deepEqual([told.get("state"), told.get("iss")], [STATE, site.issuer]);
  assert.equal((await site.redeem(told.get("code"))).status, 200);
  const refused = await denied(site, { response_mode: "fragment" });
  assert.equal(refused.search, "");
  assert.equal(new URLSearchParams(refused.hash.slice(1)).get("error"), "access_denied");
}

// Whoever signs it, by a key that we know or by a secret, and whatever it says: by value and by
// reference it is not read, and nobody is sent where it says.
async function signedObjects(site) {
  const client = await site.application({ proof: "PRIVATE_KEY_JWT" });
  const evil = { iss: client.clientId, aud: site.issuer, client_id: client.clientId,
                 response_type: "code", scope: "openid", exp: now() + 60,
                 redirect_uri: "https://evil.example/callback", state: "of the object" };
  const signedBy = (key, header, more = {}) =>
    new SignJWT({ ...evil, ...more }).setProtectedHeader(header).sign(key);
  const { key, kid } = client.signer;
  const secret = new TextEncoder().encode(site.web.secret.padEnd(32, "x"));
  for (const request of [
    await signedBy(key, { alg: "RS256", kid }),
    await signedBy(key, { alg: "RS256", kid, typ: "oauth-authz-req+jwt" },
                   { redirect_uri: CALLBACK }),
    await signedBy(key, { alg: "RS256", kid }, { client_id: site.web.clientId }),
    await signedBy(secret, { alg: "HS256" }),
  ]) {
    for (const post of [false, true]) {
      await site.leads({ request }, "request_not_supported", { client, post });
    }
    await site.leads({ request, redirect_uri: undefined }, "page", { client });
    await site.leads({ request_uri: `data:,${request}` }, "request_uri_not_supported", { client });
  }
  const metadata = await site.metadata();
  assert.deepEqual(
    [metadata.request_parameter_supported, metadata.request_uri_parameter_supported],
    [false, false]);
}

async function overTls() {
  const tls = certificate();
  const server = await start({ tls });
  const { text } = await server.get("/.well-known/openid-configuration");
  const metadata = JSON.parse(text);
  assert.equal(metadata.issuer, server.url);
  for (const [name, value] of Object.entries(metadata)) {
    if (/_endpoint$|_uri$|^issuer$/.test(name)) assert.match(value, /^https:\/\//, name);
  }
  await assert.rejects(fetch(`http://localhost:${server.port}/oauth/v2/keys`));
  await server.stop();
}

async function redirectsByPost(site) {
  for (const parameters of [{}, { response_type: "x" }]) {
    const { status } = await site.authorize(parameters, { post: true });
    assert.equal(status, 303);
  }
  const { status } = await site.authorize();
  assert.ok([302, 303].includes(status), `${status}`);
}

const FLOWS = [
  ["3.1.2.1", "a sign-in older than max_age is not answered, and auth_time is told", maxAge],
  ["3.1.2.1", "max_age 0 takes a new sign-in",
   (site) => takesNew(site, { max_age: "0" }, () => site.freshSession())],
  ["3.1.2.3", "prompt login takes a new sign-in",
   (site) => takesNew(site, { prompt: "login" }, () => site.freshSession())],
  ["3.1.2.2", "an id_token_hint is answered with tokens of nobody else", hintOfAnother],
  ["3.1.2.3", "prompt none reaches an application's own login, whose error reaches the client", silently],
  ["3.1.2.5", "a code comes back in the query, with the state as it was", codeInQuery],
  ["3.1.2.6", "an error of a request for a code comes back in the query, with the state", deniedInQuery],
  ["3.2.2.1", "tokens by the browser go to no http, but to a native client on localhost", httpByBrowser],
  ["3.2.2.5", "id_token token answers both, the type and the state, and no code", both],
  ["3.2.2.5", "id_token answers no access token", idTokenAlone],
  ["3.2.2.5", "what the browser shows our page for them redeems nothing", pageRedeemsNothing],
  ["3.2.2.6", "an error of a request for tokens comes back in the fragment", deniedInFragment],
  ["3.2.2.10", "the nonce stands in an ID token by the browser", nonceByBrowser],
  ["3.2.2.10", "at_hash stands in an ID token that comes with an access token", hashes],
  ["5.5.1.1", "an essential acr that is not met is no sign-in", essentialAcr],
  ["11", "offline_access is passed over where no code is answered", offlineByBrowser],
  ["14", "what is compared is compared code point by code point", comparisons],
  ["3.1.2.5", "another response_mode is kept to: form_post", form],
  ["3.1.2.5", "another response_mode is kept to: fragment", codeInFragment],
  ["6",
   "a request object that is signed is refused by name, and nobody goes where it says",
   signedObjects],
  ["16.17", "all is served by TLS", overTls],
  ["16.22", "no redirect is a 307", redirectsByPost],
];

// What is asserted elsewhere is there, by the name that is given.
function elsewhere() {
  const root = new URL("../../../", import.meta.url);
  const lines = readFileSync(new URL("tests/e2e/openid_musts_elsewhere.tsv", root), "utf8").split("\n")
    .filter((line) => line && !line.startsWith("#"));
  for (const line of lines) {
    const [document, section, reason, ...more] = line.split("\t");
    assert.ok(document && section && reason && more.length === 0, line);
    const [, file, name] = reason.match(/covered by (\S+): (.+)$/) ?? [];
    if (file) assert.ok(readFileSync(new URL(file, root), "utf8").includes(name), line);
  }
  return `${lines.length} lines`;
}

export default async function openidMustsCore(t) {
  const site = await Site.build();
  const musts = new Musts(t);
  const placed = (rows) => rows.map(([section, ...row]) => [`${CORE} section ${section}`, ...row]);
  await musts.each(placed(ASKED), (...row) => site.leads(...row));
  await musts.each(placed(FLOWS), (flow) => flow(site));
  await t.test("what is asserted elsewhere is there", elsewhere);
  musts.tell();
}
