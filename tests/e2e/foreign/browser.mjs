// oidc-client-ts in a page that Chromium shows: an application without a server, so without a secret, whose
// requests all come from another origin.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { startChromium } from "../lib/chromium.mjs";
import { NOBODY, REFUSAL, close, listening, originOf } from "../lib/foreign_login.mjs";
import { SCOPE, Visitor, attack } from "../lib/foreign_site.mjs";
import { verified } from "../lib/relying_parties.mjs";
import { skip } from "../lib/runner.mjs";
import { fresh } from "../lib/world.mjs";

async function bundle() {
  const { build } = await import("esbuild");
  const made = await build({
    entryPoints: [fileURLToPath(new URL("page.mjs", import.meta.url))],
    bundle: true, write: false, format: "iife", globalName: "app", logLevel: "silent",
    nodePaths: [fileURLToPath(new URL("../node_modules", import.meta.url))],
  });
  return made.outputFiles[0].text;
}

function pages(settings, script) {
  const html = `<!doctype html><title>Application</title><link rel=icon href="data:,">` +
               `<script>window.settings = ${JSON.stringify(settings)}</script>` +
               "<script src=/app.js></script>";
  return (request, answer) => {
    const isScript = request.url === "/app.js";
    answer.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    answer.end(isScript ? script : html);
  };
}

// A browser with a profile of its own, in the words of lib/foreign_agent.mjs.
class Window {
  static async open(chromium) {
    const window = new Window();
    window.page = await (await chromium.newContext()).newPage();
    return window;
  }

  async until(url, stop) {
    await this.page.goto(`${url}`);
    assert.ok(stop(new URL(this.page.url())), this.page.url());
    return new URL(this.page.url());
  }

  // What the application says of the callback.
  async stay(callback) {
    await this.page.goto(`${callback}`);
    return this.app("finish");
  }

  app(name, parameters) {
    return this.page.evaluate(([method, given]) => window.app[method](given), [name, parameters]);
  }

  // Does what leaves the page, and stops where it leads.
  async leaves(path, work) {
    const place = Promise.withResolvers?.() ?? deferred();
    const wanted = (url) => url.pathname === path;
    await this.page.route(wanted, (route) => {
      place.resolve(new URL(route.request().url()));
      return route.abort();
    });
    await work();
    const url = await place.promise;
    await this.page.unroute(wanted);
    return url;
  }
}

function deferred() {
  const made = {};
  made.promise = new Promise((resolve) => (made.resolve = resolve));
  return made;
}

class OidcClientTs {
  title = "oidc-client-ts";
  refusals = { state: /No matching state/, beginning: /No matching state/, nonce: /nonce in id_token/,
               code: /code_verifier/, login: new RegExp(REFUSAL) };

  static async open(site, chromium, scope = SCOPE) {
    const party = new OidcClientTs();
    party.chromium = chromium;
    const script = await bundle();
    party.server = await listening((request, answer) => party.answer(request, answer));
    party.origin = originOf(party.server);
    party.callback = `${party.origin}/callback`;
    const inner = `${party.origin}/inner`;
    const farewell = `${party.origin}/farewell`;
    // Only in development mode is such an application served without TLS.
    party.client = await site.client([party.callback, inner], {
      proof: "NONE", applicationType: "OIDC_APP_TYPE_USER_AGENT", developmentMode: true, farewell });
    party.answer = pages({
      authority: site.provider.issuer, client_id: party.client.clientId, scope,
      redirect_uri: party.callback, silent_redirect_uri: inner, popup_redirect_uri: inner,
      post_logout_redirect_uri: farewell }, script);
    return party;
  }

  agent() {
    return Window.open(this.chromium);
  }

  async begin(window) {
    await window.page.goto(this.origin);
    return window.leaves("/oauth/v2/authorize", () =>
      window.app("begin", { nonce: fresh("nonce"), state: { page: 7 } }));
  }

  reason({ message }) {
    return message;
  }

  async who(window) {
    await window.page.goto(this.origin);
    return (await window.app("user"))?.profile.sub ?? null;
  }
}

async function signedIn(site, party, changes) {
  const visitor = await Visitor.of(party);
  const { value: user, ...failure } = await visitor.signIn(changes);
  assert.ok(user, JSON.stringify(failure));
  return { visitor, window: visitor.agent, user };
}

async function codeFlow(site, party) {
  const { window, user } = await signedIn(site, party);
  assert.deepEqual([user.profile.sub, user.profile.given_name, user.profile.email],
                   [site.person.id, "Ada", site.person.name]);
  assert.deepEqual([user.scope, user.token_type, user.state], [SCOPE, "Bearer", { page: 7 }]);
  assert.ok(user.expires_at > Date.now() / 1e3 && user.refresh_token);
  const { payload } = await verified(site.provider, user.id_token,
                                     { audience: party.client.clientId });
  assert.equal(payload.sub, site.person.id);
  assert.equal((await window.app("metadata")).issuer, site.provider.issuer);
  assert.ok((await window.app("keys")).every((key) => key.kid && key.use === "sig"));
  const { status, json } = await window.app("userinfo", user.access_token);
  assert.deepEqual([status, json.sub], [200, site.person.id]);
}

async function refreshed(site, party) {
  const { window, user } = await signedIn(site, party);
  const { value: renewed, ...failure } = await window.app("renew");
  assert.ok(renewed, JSON.stringify(failure));
  assert.notEqual(renewed.access_token, user.access_token);
  assert.notEqual(renewed.refresh_token, user.refresh_token);
  assert.deepEqual([renewed.profile.sub, renewed.profile.email], [site.person.id, site.person.name]);
}

async function inFrame(site, party) {
  const { window, user } = await signedIn(site, party);
  const { value: renewed, ...failure } = await window.app("renew", { forceIframeAuth: true });
  assert.ok(renewed, JSON.stringify(failure));
  assert.equal(renewed.profile.sub, site.person.id);
  assert.notEqual(renewed.access_token, user.access_token);
}

async function inPopup(site, party) {
  const window = await party.agent();
  await window.page.goto(party.origin);
  const { value: user, ...failure } = await window.app("popup");
  assert.ok(user, JSON.stringify(failure));
  assert.equal(user.profile.sub, site.person.id);
}

async function revoked(site, party) {
  const { window, user } = await signedIn(site, party);
  assert.equal((await window.app("revoke")).error, undefined);
  const { status, json, challenge } = await window.app("userinfo", user.access_token);
  assert.deepEqual([status, json.error], [401, "invalid_token"]);
  assert.match(challenge, /^Bearer realm="OAuth", error="invalid_token"/);
  const form = { refresh_token: user.refresh_token, client_id: party.client.clientId };
  const late = await site.provider.grant(null, "refresh_token", form);
  assert.deepEqual([late.status, late.json.error], [400, "invalid_grant"]);
}

async function signedOut(site, party) {
  const session = await site.session();
  const { visitor, window, user } = await signedIn(site, party, { login_hint: session.hint });
  await window.app("leave", { state: { page: 8 } });
  await window.page.waitForURL(`${party.origin}/farewell*`);
  const { value: left, ...failure } = await window.app("left");
  assert.ok(left, JSON.stringify(failure));
  assert.deepEqual(left.userState, { page: 8 });
  assert.equal(await visitor.who(), null);
  assert.equal((await window.app("userinfo", user.access_token)).status, 401);
  await site.assertEnded(session);
}

// What the page is told, by the library, of each way in which a sign-in fails.
async function failures(site, party) {
  const visitor = await Visitor.of(party);
  const denied = await visitor.signIn({ login_hint: NOBODY });
  assert.deepEqual([denied.name, denied.error, denied.description],
                   ["ErrorResponse", "access_denied", REFUSAL]);
  const forger = await Visitor.of(party);
  const callback = await forger.arrive();
  callback.searchParams.set("code", "forged");
  const forged = await forger.finish(callback);
  assert.deepEqual([forged.name, forged.error], ["ErrorResponse", "invalid_grant"]);
  const window = await party.agent();
  await window.page.goto(party.origin);
  const silent = await window.app("renew", { login_hint: NOBODY });
  assert.equal(silent.error, "access_denied");
}

const TESTS = {
  "signs somebody in by code with PKCE from a page, and is told who he is": codeFlow,
  "refreshes from a page": refreshed,
  "renews in a frame": inFrame,
  "signs somebody in by a window of its own": inPopup,
  "revokes what a page holds": revoked,
  "ends the session and is come back to": signedOut,
  "is told why a sign-in failed": failures,
};

export default async function browser(t, site) {
  const chromium = await startChromium();
  if (!chromium) {
    return t.test("oidc-client-ts signs somebody in from a page",
                  () => skip("chromium is not at hand"));
  }
  const party = await OidcClientTs.open(site, chromium);
  try {
    for (const [sentence, body] of Object.entries(TESTS)) {
      await t.test(`${party.title} ${sentence}`, () => body(site, party));
    }
    await attack(t, party, site);
  } finally {
    await chromium.close();
    close(party.server);
  }
}
