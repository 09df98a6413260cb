// passport-openidconnect as a server of node runs it, with passport and express-session. It reads
// no metadata: its endpoints are configured. It has no word for a code's verifier, so there is no
// PKCE; what renews tokens is the OAuth2 that it lends to those who extend it, and to leave is a
// link of the page's.
import assert from "node:assert/strict";
import session from "express-session";
import passport from "passport";
import { Strategy } from "passport-openidconnect";
import { REFUSAL, close, listening, originOf } from "../lib/foreign_login.mjs";
import { Visitor, attack } from "../lib/foreign_site.mjs";
import { fresh } from "../lib/world.mjs";

const MAX_AGE = 3600;

class Renewing extends Strategy {
  renew(refreshToken) {
    return new Promise((resolve, reject) => this._oauth2.getOAuthAccessToken(
      refreshToken, { grant_type: "refresh_token" },
      (error, accessToken, next) => error ? reject(error) : resolve({ accessToken, next })));
  }
}

function strategy(site, { callback, client: { clientId: clientID, secret: clientSecret } }) {
  const { issuer } = site.provider;
  const endpoints = {
    issuer, authorizationURL: `${issuer}/oauth/v2/authorize`, tokenURL: `${issuer}/oauth/v2/token`,
    userInfoURL: `${issuer}/oidc/v1/userinfo` };
  const asked = { scope: ["profile", "email", "offline_access"], nonce: true, maxAge: MAX_AGE,
                  uiLocales: "de en", claims: { id_token: { auth_time: { essential: true } } } };
  return new Renewing(
    { ...endpoints, ...asked, clientID, clientSecret, callbackURL: callback },
    (iss, info, claims, context, idToken, accessToken, refreshToken, parameters, done) =>
      done(null, { iss, info, claims, context, accessToken, refreshToken, idToken }));
}

const done = (middleware, request, answer) => new Promise((resolve, reject) => {
  middleware(request, answer, (error) => error ? reject(error) : resolve());
});

class Passport {
  title = "passport-openidconnect";
  refusals = { state: /^Invalid authorization request state/,
               beginning: /^Unable to verify authorization request state/,
               nonce: /invalid nonce/, code: /invalid nonce/, login: new RegExp(`^${REFUSAL}$`) };

  static async open(site) {
    const party = new Passport();
    party.passport = new passport.Passport();
    party.sessions = session({ secret: fresh("secret"), resave: false, saveUninitialized: false });
    party.server = await listening((request, answer) => party.#answer(request, answer));
    party.origin = originOf(party.server);
    party.callback = `${party.origin}/callback`;
    party.farewell = `${party.origin}/farewell`;
    party.client = await site.client(party.callback, { proof: "POST", farewell: party.farewell });
    party.strategy = strategy(site, party);
    party.endSession = `${site.provider.issuer}/oidc/v1/end_session`;
    party.passport.use(party.strategy);
    party.passport.serializeUser((user, next) => next(null, user));
    party.passport.deserializeUser((user, next) => next(null, user));
    return party;
  }

  async #answer(request, answer) {
    const url = new URL(request.url, this.origin);
    request.query = Object.fromEntries(url.searchParams);
    answer.redirect = (place) => answer.writeHead(302, { location: place }).end();
    await done(this.sessions, request, answer);
    await done(this.passport.session(), request, answer);
    if (url.pathname === "/signin" || url.pathname === "/callback") {
      const refused = { failureRedirect: "/refused", failureMessage: true };
      await done(this.passport.authenticate("openidconnect", refused), request, answer);
      return answer.redirect("/");
    }
    if (url.pathname === "/signout") {
      const query = { id_token_hint: request.user.idToken, state: "bye",
                      post_logout_redirect_uri: this.farewell };
      await done((_, __, next) => request.logout(next), request, answer);
      return answer.redirect(`${this.endSession}?${new URLSearchParams(query)}`);
    }
    if (url.pathname === "/refused") return answer.end(`${request.session.messages}`);
    answer.end(JSON.stringify(request.user ?? null));
  }

  async begin(agent) {
    const { next, text } = await agent.ask(`${this.origin}/signin`);
    assert.ok(next, text);
    return next;
  }

  reason({ text }) {
    return text;
  }

  async user(agent) {
    return JSON.parse((await agent.ask(this.origin)).text);
  }

  async who(agent) {
    return (await this.user(agent))?.info?.id ?? null;
  }
}

async function signedIn(site, party) {
  const visitor = await Visitor.of(party);
  const page = await visitor.signIn();
  assert.equal(page.status, 200, page.text);
  const user = await party.user(visitor.agent);
  assert.equal(user.iss, site.provider.issuer);
  assert.deepEqual([user.info.id, user.claims.id], [site.person.id, site.person.id]);
  assert.equal(user.info.displayName, "Ada Example");
  assert.deepEqual(user.info.name, { familyName: "Example", givenName: "Ada" });
  assert.equal(user.info.emails[0].value, site.person.name);
  assert.ok(Math.abs(Date.parse(user.context.timestamp) - Date.now()) < MAX_AGE * 1e3);
  assert.deepEqual(user.context.methods, ["pwd"]);
  assert.ok(user.refreshToken);
  assert.equal((await site.provider.userinfo(user.accessToken)).json.sub, site.person.id);
}

async function refreshed(site, party) {
  const visitor = await Visitor.of(party);
  await visitor.signIn();
  const { refreshToken, accessToken } = await party.user(visitor.agent);
  const renewed = await party.strategy.renew(refreshToken);
  assert.notEqual(renewed.accessToken, accessToken);
  assert.notEqual(renewed.next, refreshToken);
  assert.equal((await site.provider.userinfo(renewed.accessToken)).json.sub, site.person.id);
  const error = await party.strategy.renew("none").then(() => null, (reason) => reason);
  assert.deepEqual([error.statusCode, JSON.parse(error.data).error], [400, "invalid_grant"]);
}

async function signedOut(site, party) {
  const session = await site.session();
  const visitor = await Visitor.of(party);
  await visitor.signIn({ login_hint: session.hint });
  const { accessToken } = await party.user(visitor.agent);
  const back = await visitor.agent.until(
    `${party.origin}/signout`, ({ href }) => href.startsWith(party.farewell));
  assert.equal(back.searchParams.get("state"), "bye");
  assert.equal(await visitor.who(), null);
  await site.assertEnded(session);
  assert.equal((await site.provider.userinfo(accessToken)).status, 401);
}

export default async function passportOpenidconnect(t, site) {
  const party = await Passport.open(site);
  try {
    await t.test(`${party.title} signs somebody in by code, and is told who he is`,
                 () => signedIn(site, party));
    await t.test(`${party.title} refreshes by the OAuth2 that it is made of`,
                 () => refreshed(site, party));
    await t.test(`${party.title} lets him go, and its page's link ends the session`,
                 () => signedOut(site, party));
    await attack(t, party, site);
  } finally {
    close(party.server);
  }
}
