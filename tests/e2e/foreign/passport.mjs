// passport-openidconnect as a server of node runs it, with passport and express-session. It reads no
// metadata: its endpoints are configured.
import assert from "node:assert/strict";
import session from "express-session";
import passport from "passport";
import { Strategy } from "passport-openidconnect";
import { REFUSAL, close, listening, originOf } from "../lib/foreign_login.mjs";
import { Visitor, attack } from "../lib/foreign_site.mjs";
import { fresh } from "../lib/world.mjs";

const MAX_AGE = 3600;

function strategy(site, { callback, client: { clientId: clientID, secret: clientSecret } }) {
  const { issuer } = site.provider;
  const endpoints = {
    issuer, authorizationURL: `${issuer}/oauth/v2/authorize`, tokenURL: `${issuer}/oauth/v2/token`,
    userInfoURL: `${issuer}/oidc/v1/userinfo` };
  const asked = { scope: ["profile", "email", "offline_access"], nonce: true, maxAge: MAX_AGE,
                  uiLocales: "de en", claims: { id_token: { auth_time: { essential: true } } } };
  return new Strategy(
    { ...endpoints, ...asked, clientID, clientSecret, callbackURL: callback },
    (iss, info, claims, context, idToken, accessToken, refreshToken, parameters, done) =>
      done(null, { iss, info, claims, context, accessToken, refreshToken }));
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
    party.client = await site.client(party.callback, { proof: "POST" });
    party.passport.use(strategy(site, party));
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
      await done((_, __, next) => request.logout(next), request, answer);
      return answer.redirect("/");
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
  await visitor.agent.open(`${party.origin}/signout`);
  assert.equal(await visitor.who(), null);
}

export default async function passportOpenidconnect(t, site) {
  const party = await Passport.open(site);
  try {
    await t.test(`${party.title} signs somebody in by code, is told who he is, and signs him out`,
                 () => signedIn(site, party));
    await attack(t, party, site);
  } finally {
    close(party.server);
  }
}
