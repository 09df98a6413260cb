// Auth.js as a site's server runs it: its own pages under /auth, any provider of OpenID Connect. It
// renews no tokens and ends no session of a provider's by itself; the site does so where Auth.js
// calls it, when a session is read (callbacks.jwt) and when somebody signs out (events.signOut).
import assert from "node:assert/strict";
import { Auth } from "@auth/core";
import { Agent } from "../lib/foreign_agent.mjs";
import { close, listening, originOf } from "../lib/foreign_login.mjs";
import { SCOPE, Visitor, attack } from "../lib/foreign_site.mjs";
import { fresh } from "../lib/world.mjs";

function configured(site, client, method, logger) {
  return {
    basePath: "/auth", trustHost: true, secret: fresh("secret"), logger,
    providers: [{
      id: "muniment", name: "Muniment", type: "oidc", issuer: site.provider.issuer,
      clientId: client.clientId, clientSecret: client.secret, idToken: false,
      client: { token_endpoint_auth_method: method }, checks: ["pkce", "state", "nonce"],
      authorization: { params: { scope: SCOPE } },
    }],
    events: { signOut: ({ token }) => farewell(site, token) },
    callbacks: {
      jwt: ({ token, account, profile, trigger }) => account ? { ...token, account, profile }
        : trigger === "update" ? renewed(site, client, token) : token,
      session: ({ session, token }) =>
        ({ ...session, account: token.account, profile: token.profile }),
    },
  };
}

async function renewed(site, client, token) {
  const form = { refresh_token: token.account.refresh_token };
  const tokens = await site.provider.granted(client, "refresh_token", form);
  return { ...token, account: { ...token.account, ...tokens } };
}

async function farewell(site, { account: { id_token: hint } }) {
  const query = new URLSearchParams({ id_token_hint: hint });
  const { status } = await fetch(`${site.provider.issuer}/oidc/v1/end_session?${query}`);
  assert.equal(status, 200);
}

// Auth.js takes and gives the Fetch standard's messages.
async function relayed(origin, request, answer, config) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = chunks.length ? Buffer.concat(chunks) : undefined;
  const response = await Auth(
    new Request(new URL(request.url, origin), { method: request.method, body,
                                                headers: Object.entries(request.headers) }), config);
  answer.writeHead(response.status, [...response.headers].flat());
  answer.end(Buffer.from(await response.arrayBuffer()));
}

class AuthJs {
  refusals = { state: /unexpected "state" response/, beginning: /state value could not be parsed/,
               nonce: /unexpected ID Token "nonce"/, code: /invalid_grant.*code_verifier/,
               login: /^OAuthCallbackError OAuth Provider returned an error/ };

  static async open(site, { proof, method }) {
    const party = new AuthJs();
    party.title = `Auth.js with ${method}`;
    party.failure = "none";
    party.server = await listening((request, answer) =>
      relayed(party.origin, request, answer, party.config));
    party.origin = originOf(party.server);
    party.callback = `${party.origin}/auth/callback/muniment`;
    party.client = await site.client(party.callback, { proof });
    const error = ({ name, message, cause }) =>
      (party.failure = `${name} ${message} ${JSON.stringify(cause)} ${cause?.err?.message}`);
    party.config = configured(site, party.client, method, { error, warn() {}, debug() {} });
    return party;
  }

  async #post(agent, path, form = {}) {
    const { text } = await agent.ask(`${this.origin}/auth/csrf`);
    const { csrfToken } = JSON.parse(text);
    return agent.ask(`${this.origin}/auth/${path}`,
                     { method: "POST", form: { csrfToken, callbackUrl: this.origin, ...form } });
  }

  async begin(agent) {
    const { next, text } = await this.#post(agent, "signin/muniment");
    assert.ok(next, text);
    return next;
  }

  reason() {
    const { failure } = this;
    this.failure = "none";
    return failure;
  }

  async session(agent) {
    return JSON.parse((await agent.ask(`${this.origin}/auth/session`)).text);
  }

  async who(agent) {
    return (await this.session(agent))?.profile?.sub ?? null;
  }

  // What a page asks for when it wants the session anew.
  async update(agent) {
    return JSON.parse((await this.#post(agent, "session", { data: "{}" })).text);
  }

  async signOut(agent) {
    assert.equal((await this.#post(agent, "signout")).status, 302);
  }
}

async function signedIn(site, party) {
  const visitor = await Visitor.of(party);
  const callback = await visitor.arrive();
  assert.equal(callback.searchParams.get("iss"), site.provider.issuer);
  const { next, text } = await visitor.agent.ask(callback);
  assert.equal(next?.href, `${party.origin}/`, text);
  const { user, account, profile } = await party.session(visitor.agent);
  assert.deepEqual([user.name, user.email], ["Ada Example", site.person.name]);
  assert.deepEqual([profile.sub, profile.given_name, profile.email_verified],
                   [site.person.id, "Ada", true]);
  assert.deepEqual([account.provider, account.providerAccountId, account.scope, account.token_type],
                   ["muniment", site.person.id, SCOPE, "bearer"]);
  assert.ok(account.refresh_token && account.expires_at > Date.now() / 1e3);
  const { json } = await site.provider.userinfo(account.access_token);
  assert.equal(json.sub, site.person.id);
}

async function refreshed(site, party) {
  const visitor = await Visitor.of(party);
  await visitor.agent.ask(await visitor.arrive());
  const { account: before } = await party.session(visitor.agent);
  const { account: after } = await party.update(visitor.agent);
  for (const name of ["access_token", "refresh_token"]) {
    assert.ok(after[name]);
    assert.notEqual(after[name], before[name], name);
  }
  const { json } = await site.provider.userinfo(after.access_token);
  assert.equal(json.sub, site.person.id);
}

async function signedOut(site, party) {
  const session = await site.session();
  const visitor = await Visitor.of(party);
  await visitor.agent.ask(await visitor.arrive({ login_hint: session.hint }));
  assert.ok(await visitor.who());
  const { account } = await party.session(visitor.agent);
  await party.signOut(visitor.agent);
  assert.equal(await party.session(visitor.agent), null);
  await site.assertEnded(session);
  assert.equal((await site.provider.userinfo(account.access_token)).status, 401);
}

async function spent(site, party) {
  const visitor = await Visitor.of(party);
  const callback = await visitor.arrive();
  const form = { code: callback.searchParams.get("code"), redirect_uri: party.callback };
  const other = await site.client(party.callback);
  const stolen = await site.provider.grant(other, "authorization_code", form);
  assert.deepEqual([stolen.status, stolen.json.error], [400, "invalid_grant"]);
  await visitor.agent.ask(callback);
  assert.equal(await visitor.who(), site.person.id);
  const late = new Agent();
  await late.ask(callback);
  assert.equal(await party.who(late), null);
}

export default async function authjs(t, site) {
  for (const [proof, method] of [["BASIC", "client_secret_basic"], ["POST", "client_secret_post"],
                                 ["NONE", "none"]]) {
    const party = await AuthJs.open(site, { proof, method });
    try {
      await t.test(`${party.title} signs somebody in by code with PKCE and is told who he is`,
                   () => signedIn(site, party));
      if (proof !== "BASIC") continue;
      await t.test(`${party.title} has a site refresh when its session is read`,
                   () => refreshed(site, party));
      await t.test(`${party.title} signs him out, and has a site end the session`,
                   () => signedOut(site, party));
      await t.test(`${party.title} keeps its sign-in where somebody else tried its code`,
                   () => spent(site, party));
      await attack(t, party, site);
    } finally {
      close(party.server);
    }
  }
}
