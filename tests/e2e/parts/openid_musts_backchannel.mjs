// OpenID Connect Back-Channel Logout 1.0: applications are told that a session ended, each by a token of
// its own.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { decodeJwt } from "jose";
import { BACK_CHANNEL, Musts, Site, now } from "../lib/musts.mjs";
import { verified } from "../lib/relying_parties.mjs";

const EVENT = "http://schemas.openid.net/event/backchannel-logout";

const HANGS = "/hangs";

// Where applications listen: what was posted, by path. One of them never answers.
class Listener {
  heard = [];

  async start() {
    this.server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += chunk));
      request.on("end", () => {
        const { method, url, headers } = request;
        this.heard.push({ method, url, headers, body, form: new URLSearchParams(body) });
        if (url !== HANGS) response.writeHead(200, { "cache-control": "no-store" }).end();
      });
    });
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  async of(path, seconds = 15) {
    for (const end = Date.now() + seconds * 1e3; Date.now() < end; await sleep(50)) {
      const found = this.heard.filter(({ url }) => url === path);
      if (found.length > 0) return found;
    }
    throw new Error(`nothing was posted to ${path}`);
  }

  stop() {
    const stopped = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    return stopped;
  }
}

async function prepared() {
  const site = await Site.build({ options: ["--outbound.allowed-networks", "127.0.0.0/8"] });
  site.listener = await new Listener().start();
  return site;
}

// Somebody signs in to applications that listen at these paths, by one session.
async function signedIn(site, paths, scope = "openid offline_access") {
  const session = await site.freshSession();
  const clients = [];
  for (const path of paths) {
    const client = await site.application({ backChannelLogoutUri: `${site.listener.url}${path}` });
    const tokens = await site.provider.signedIn(client, session, { scope, nonce: "n-1" });
    clients.push({ ...client, tokens });
  }
  return { session, clients };
}

async function farewell(site, { clients: [{ tokens }] }) {
  const query = new URLSearchParams({ id_token_hint: tokens.id_token });
  const answer = await fetch(`${site.issuer}/oidc/v1/end_session?${query}`, { redirect: "manual" });
  assert.equal(answer.status, 200, await answer.text());
}

// One logout that most of the tests look at.
async function told(site) {
  const one = await signedIn(site, ["/told?tenant=a%20b"]);
  await farewell(site, one);
  const [request] = await site.listener.of("/told?tenant=a%20b");
  const [client] = one.clients;
  const token = request.form.get("logout_token");
  return { ...one, client, request, token, id: decodeJwt(client.tokens.id_token) };
}

const claimsOf = ({ token }) => decodeJwt(token);

// [section, sentence, what is true of it]
const TOLD = [
  ["2.5", "a form is posted", ({ request }) => {
    assert.equal(request.method, "POST");
    assert.match(request.headers["content-type"], /^application\/x-www-form-urlencoded/);
  }],
  ["2.5", "logout_token is in it", ({ token }) => assert.equal(token?.split(".").length, 3)],
  ["2.2", "the URI's query is kept", ({ request }) => assert.equal(request.url, "/told?tenant=a%20b")],
  ["2.4", "a logout token is signed as ID tokens are", async (all, site) => {
    const { protectedHeader } = await verified(site.provider, all.token,
                                               { audience: all.client.clientId });
    assert.notEqual(protectedHeader.alg, "none");
    const { id_token_signing_alg_values_supported: algorithms } = await site.metadata();
    assert.ok(algorithms.includes(protectedHeader.alg));
  }],
  ["2.4", "iss is the issuer", (all, site) => assert.equal(claimsOf(all).iss, site.issuer)],
  ["2.4", "aud is the application", (all) =>
    assert.deepEqual([claimsOf(all).aud].flat(), [all.client.clientId])],
  ["2.4", "iat is a number, of now", (all) => {
    const { iat } = claimsOf(all);
    assert.ok(Number.isInteger(iat) && Math.abs(iat - now()) < 60, `${iat}`);
  }],
  ["2.4", "jti is there", (all) => assert.ok(claimsOf(all).jti)],
  ["2.4", "events names the logout, with an object", (all) => {
    const { events } = claimsOf(all);
    assert.equal(typeof events, "object");
    assert.ok(events[EVENT] && typeof events[EVENT] === "object" && !Array.isArray(events[EVENT]));
  }],
  ["2.4", "sub or sid is there, as the ID token has it", (all) => {
    const { sub, sid } = claimsOf(all);
    assert.ok(sub || sid);
    if (sub) assert.equal(sub, all.id.sub);
    if (sid) assert.equal(sid, all.id.sid);
  }],
  ["2.4", "nonce is not there", (all) => assert.ok(!("nonce" in claimsOf(all)))],
  ["2.1", "sid stands in ID tokens where discovery says that logouts name it", async (all, site) => {
    const metadata = await site.metadata();
    assert.equal(metadata.backchannel_logout_supported, true);
    if (metadata.backchannel_logout_session_supported) assert.ok(all.id.sid);
  }],
  ["2.6", "a logout token is no id_token_hint", async ({ token }, site) => {
    const query = new URLSearchParams({ id_token_hint: token });
    const answer = await fetch(`${site.issuer}/oidc/v1/end_session?${query}`, { redirect: "manual" });
    assert.equal(answer.status, 400);
  }],
  ["4.1", "a logout token is no access token", async ({ token }, site) => {
    assert.equal((await site.provider.userinfo(token)).status, 401);
    assert.equal(await site.active(token), false);
  }],
];

async function each(site) {
  const one = await signedIn(site, ["/first", "/second"]);
  await farewell(site, one);
  const ids = [];
  for (const [i, path] of ["/first", "/second"].entries()) {
    const [{ form }] = await site.listener.of(path);
    const { aud, jti } = decodeJwt(form.get("logout_token"));
    assert.deepEqual([aud].flat(), [one.clients[i].clientId]);
    ids.push(jti);
  }
  assert.equal(new Set(ids).size, 2);
}

async function otherSession(site) {
  const [ended, other] = [await signedIn(site, ["/ended"]), await signedIn(site, ["/other"])];
  await farewell(site, ended);
  await site.listener.of("/ended");
  await sleep(500);
  assert.ok(!site.listener.heard.some(({ url }) => url === "/other"));
  assert.equal(await site.active(other.clients[0].tokens.access_token), true);
}

async function bySession(site) {
  const { session: { sessionId } } = await signedIn(site, ["/deleted"]);
  await site.provider.world.ok("DeleteSession", { sessionId });
  const [{ form }] = await site.listener.of("/deleted");
  assert.ok(form.get("logout_token"));
}

// While one application's server hangs, and is waited for, the others are told.
async function hanging(site) {
  const held = await signedIn(site, [HANGS]);
  await farewell(site, held);
  await site.listener.of(HANGS);
  await farewell(site, await signedIn(site, ["/meanwhile"]));
  await site.listener.of("/meanwhile", 3);
}

// Without offline_access what was given ends with the session.
async function tokensEnd(site) {
  const one = await signedIn(site, ["/tokens"], "openid");
  const [{ tokens }] = one.clients;
  assert.equal(tokens.refresh_token, undefined);
  assert.equal(await site.active(tokens.access_token), true);
  await farewell(site, one);
  await site.listener.of("/tokens");
  assert.equal(await site.active(tokens.access_token), false);
}

async function registered(site) {
  const { projectId, provider: { world } } = site;
  for (const uri of ["https://app.example/out#part", "/out", "out", "javascript:alert(1)"]) {
    const oidcConfiguration = { redirectUris: ["https://app.example/in"], backChannelLogoutUri: uri };
    const { code } = await world.try("CreateApplication",
                                     { projectId, name: `out by ${uri}`, oidcConfiguration });
    assert.notEqual(code, 0, uri);
  }
}

export default async function openidMustsBackchannel(t) {
  const site = await prepared();
  const musts = new Musts(t);
  const at = (section) => `${BACK_CHANNEL} section ${section}`;
  await musts.test(at("2.2"), "a logout URI is absolute and has no fragment", () => registered(site));
  let all;
  await musts.test(at("2.3"), "an application is told that its session ended", async () => {
    all = await told(site);
  });
  for (const [section, sentence, check] of TOLD) {
    await musts.test(at(section), sentence, () => {
      assert.ok(all, "nothing was told");
      return check(all, site);
    });
  }
  await musts.each([
    [at("2.3"), "every application of the session is told, each by a token of its own", each],
    [at("2.3"), "applications of another session are told nothing", otherSession],
    [at("2.3"), "a session that the login deletes is told of", bySession],
    [at("2.5"), "an application that does not answer keeps no other waiting", hanging],
    [at("2.7"), "what was given by the session ends with it", tokensEnd],
  ], (check) => check(site));
  await site.listener.stop();
  musts.tell();
}
