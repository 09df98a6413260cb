// OpenID Connect RP-Initiated Logout 1.0: who is signed out, who is asked first, and where a browser is
// sent after that.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Code, ConnectError } from "@connectrpc/connect";
import { SignJWT, decodeJwt } from "jose";
import { generateKeyPairSync } from "node:crypto";
import { LOGOUT, Musts, STATE, Site } from "../lib/musts.mjs";
import { CALLBACK, FAREWELL } from "../lib/openid.mjs";

const PATH = "/oidc/v1/end_session";

// A sign-in of its own, which a test may end.
async function signedIn(site, client = site.web) {
  const session = await site.freshSession();
  const tokens = await site.provider.signedIn(client, session, { scope: "openid offline_access" });
  return { session, tokens, hint: tokens.id_token };
}

async function end(site, parameters, { post = false } = {}) {
  const form = Object.entries(parameters).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams(form);
  const url = `${site.issuer}${PATH}`;
  const answer = post ? await fetch(url, { method: "POST", body: query, redirect: "manual" })
                      : await fetch(`${url}?${query}`, { redirect: "manual" });
  const location = answer.headers.get("location");
  return { status: answer.status, headers: answer.headers, text: await answer.text(),
           at: location && new URL(location) };
}

async function stands(site, { session: { sessionId } }) {
  const asked = site.provider.login.sessions.getSession({ sessionId });
  const error = await asked.then(() => null, ConnectError.from);
  if (error) assert.equal(error.code, Code.NotFound, error.message);
  return error === null;
}

async function ended(site, one, parameters, options) {
  const answer = await end(site, { id_token_hint: one.hint, ...parameters }, options);
  assert.equal(await stands(site, one), false, answer.text);
  assert.equal(await site.active(one.tokens.access_token), false);
  return answer;
}

// Nobody is sent to a client, and nobody is signed out.
async function refused(site, parameters, one) {
  const { at, status, text } = await end(site, parameters);
  assert.equal(at, null, `${status} ${at}`);
  assert.equal(status, 400, text);
  if (one) assert.equal(await stands(site, one), true, text);
}

async function asksFirst(site, parameters) {
  const one = await signedIn(site);
  const { at } = await end(site, parameters(one, site));
  assert.ok(at?.href.startsWith(`${site.issuer}/ui/v2/login/logout`), `${at}`);
  assert.equal(await stands(site, one), true);
}

async function byGetAndPost(site, post) {
  const answer = await ended(site, await signedIn(site), {
    post_logout_redirect_uri: FAREWELL, state: STATE }, { post });
  assert.ok([302, 303].includes(answer.status), `${answer.status}`);
  assert.equal(`${answer.at.origin}${answer.at.pathname}`, FAREWELL);
  assert.equal(answer.at.searchParams.get("state"), STATE);
}

async function stranger(site, { hint }) {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return new SignJWT(decodeJwt(hint)).setProtectedHeader({ alg: "RS256", typ: "JWT", kid: "1" })
    .sign(privateKey);
}

// [section, sentence, parameters of (a sign-in, the site)]
const REFUSED = [
  ["2", "an id_token_hint that somebody else signed is refused",
   async (one, site) => ({ id_token_hint: await stranger(site, one) })],
  ["2", "an id_token_hint that is no token is refused", () => ({ id_token_hint: "x" })],
  ["2", "an access token is no id_token_hint",
   ({ tokens }) => ({ id_token_hint: tokens.access_token })],
  ["2", "an id_token_hint whose claims were changed is refused", ({ hint }) => {
    const [header, , signature] = hint.split(".");
    const claims = Buffer.from(JSON.stringify({ ...decodeJwt(hint), sid: "1" })).toString("base64url");
    return { id_token_hint: `${header}.${claims}.${signature}` };
  }],
  ["2", "a client_id that is not the hint's is refused",
   ({ hint }, site) => ({ id_token_hint: hint, client_id: site.other.clientId })],
  ["4", "with a client_id that is not the hint's nobody is sent on",
   ({ hint }, site) => ({ id_token_hint: hint, client_id: site.other.clientId,
                          post_logout_redirect_uri: FAREWELL })],
  ["4", "with an id_token_hint that is none nobody is sent on",
   (one, site) => ({ id_token_hint: "x", client_id: site.web.clientId,
                     post_logout_redirect_uri: FAREWELL })],
];

// [section, sentence, post_logout_redirect_uri]
const ASTRAY = [
  ["3", "that is of nobody", "https://evil.example/"],
  ["3", "with a slash more", `${FAREWELL}/`],
  ["3", "with a query", `${FAREWELL}?x=1`],
  ["3", "with a fragment", `${FAREWELL}#x`],
  ["3", "in other letters", FAREWELL.replace("farewell", "Farewell")],
  ["3", "by another scheme", FAREWELL.replace("https", "http")],
  ["3", "by another port", FAREWELL.replace("example/", "example:444/")],
  ["3", "behind a user", FAREWELL.replace("https://", "https://evil@")],
  ["3", "that is a redirect URI and no farewell", CALLBACK],
  ["3", "of a script", "javascript:alert(1)"],
];

async function astray(site, uri) {
  const one = await signedIn(site);
  await refused(site, { id_token_hint: one.hint, post_logout_redirect_uri: uri });
  await refused(site, { client_id: site.web.clientId, post_logout_redirect_uri: uri });
  const { at } = await end(site, { post_logout_redirect_uri: uri });
  assert.ok(!at || at.origin === site.issuer, `${at}`);
}

async function othersFarewell(site) {
  const own = "https://other.example/farewell";
  const other = await site.application({ postLogoutRedirectUris: [own] });
  const one = await signedIn(site);
  await refused(site, { id_token_hint: one.hint, post_logout_redirect_uri: own });
  assert.equal((await ended(site, await signedIn(site, other), {
    post_logout_redirect_uri: own })).at.href, own);
}

async function withoutState(site) {
  const { at } = await ended(site, await signedIn(site), { post_logout_redirect_uri: FAREWELL });
  assert.equal(at.href, FAREWELL);
}

async function nowhere(site) {
  const { status, at, headers } = await ended(site, await signedIn(site), {});
  assert.deepEqual([status, at], [200, null]);
  assert.match(headers.get("content-type"), /^text\/html/);
}

async function named(site) {
  const { at } = await ended(site, await signedIn(site), {
    client_id: site.web.clientId, post_logout_redirect_uri: FAREWELL });
  assert.equal(at.href, FAREWELL);
}

// It is no error to ask twice, and the second time nobody else is signed out.
async function twice(site) {
  const one = await signedIn(site);
  await ended(site, one, {});
  const other = await signedIn(site);
  const { status } = await end(site, { id_token_hint: one.hint });
  assert.ok(status < 400, `${status}`);
  assert.equal(await stands(site, other), true);
}

async function oldHint(site) {
  const times = (seconds) => ({
    accessTokenLifetime: "43200s", idTokenLifetime: `${seconds}s`,
    refreshTokenIdleExpiration: "2592000s", refreshTokenExpiration: "7776000s" });
  const { world } = site.provider;
  await world.ok("UpdateOIDCSettings", times(1));
  const one = await signedIn(site);
  await world.ok("UpdateOIDCSettings", times(43200));
  await sleep(1500);
  assert.ok(decodeJwt(one.hint).exp * 1e3 < Date.now());
  await ended(site, one, {});
}

async function othersStay(site) {
  const [one, other] = [await signedIn(site), await signedIn(site)];
  await ended(site, one, {});
  assert.equal(await stands(site, other), true);
  assert.equal(await site.active(other.tokens.access_token), true);
}

const FLOWS = [
  ["2", "GET is served, and the state comes back", (site) => byGetAndPost(site, false)],
  ["2", "POST is served, and the state comes back", (site) => byGetAndPost(site, true)],
  ["2", "without an id_token_hint somebody is asked first", (site) => asksFirst(site, () => ({}))],
  ["2", "a client_id is no id_token_hint: somebody is asked first",
   (site) => asksFirst(site, (one, { web }) => ({
     client_id: web.clientId, post_logout_redirect_uri: FAREWELL, state: "s" }))],
  ["2", "a logout_hint is no id_token_hint: somebody is asked first",
   (site) => asksFirst(site, () => ({ logout_hint: site.person.name, ui_locales: "de tlh" }))],
  ["2", "an id_token_hint and its client_id agree", named],
  ["2", "an id_token_hint counts after its exp", oldHint],
  ["2", "one session ends, and no other", othersStay],
  ["2.1", "discovery names the endpoint", async (site) =>
    assert.equal((await site.metadata()).end_session_endpoint, `${site.issuer}${PATH}`)],
  ["3", "nobody is sent to what another client registered", othersFarewell],
  ["3", "without a state none comes back", withoutState],
  ["3", "without a post_logout_redirect_uri nobody is sent anywhere", nowhere],
  ["4", "to ask twice is no error", twice],
];

export default async function openidMustsLogout(t) {
  const site = await Site.build();
  const musts = new Musts(t);
  const at = (section) => `${LOGOUT} section ${section}`;
  for (const [section, sentence, parameters] of REFUSED) {
    await musts.test(at(section), sentence, async () => {
      const one = await signedIn(site);
      await refused(site, await parameters(one, site), one);
    });
  }
  for (const [section, how, uri] of ASTRAY) {
    await musts.test(at(section), `nobody is sent to a URI ${how}`, () => astray(site, uri));
  }
  await musts.each(FLOWS.map(([section, ...row]) => [at(section), ...row]), (flow) => flow(site));
  musts.tell();
}
