// What relying parties of others sign people in to: one provider, two people, and a login that browsers
// come to; and the attacks that each of them must survive.
import assert from "node:assert/strict";
import { Code } from "@connectrpc/connect";
import { Agent } from "./foreign_agent.mjs";
import { LoginPage, NOBODY } from "./foreign_login.mjs";
import { Provider } from "./openid.mjs";
import { refusal } from "./refused.mjs";
import { PASSWORD, fresh, inAYear } from "./world.mjs";

export const SCOPE = "openid profile email offline_access";
const GRANTS = ["OIDC_GRANT_TYPE_AUTHORIZATION_CODE", "OIDC_GRANT_TYPE_REFRESH_TOKEN"];

export class ForeignSite {
  static async build() {
    const site = new ForeignSite();
    site.provider = await Provider.start();
    site.organizationId = await site.provider.world.organization();
    site.projectId = await site.provider.project(site.organizationId);
    site.person = await site.provider.person(site.organizationId);
    site.other = await site.provider.person(site.organizationId);
    site.page = await LoginPage.open(site.provider.login, {
      [site.person.name]: site.person.session, [site.other.name]: site.other.session });
    return site;
  }

  close() {
    this.page.close();
  }

  // An application that is called back at `callback` and left for `farewell`.
  client(callback, { farewell, ...more } = {}) {
    return this.provider.application(this.projectId, {
      redirectUris: [callback].flat(), postLogoutRedirectUris: farewell ? [farewell] : [],
      grantTypes: GRANTS, responseTypes: ["OIDC_RESPONSE_TYPE_CODE"],
      loginVersion: { loginV2: { baseUri: this.page.url } }, ...more });
  }

  // A session that a test may end: whoever comes to the login with the hint has it.
  async session() {
    const hint = fresh("hint");
    const session = await this.provider.login.signIn(this.person.name, PASSWORD);
    this.page.sessions[hint] = session;
    return { hint, sessionId: session.sessionId };
  }

  async assertEnded({ sessionId }) {
    const error = await refusal(this.provider.login.sessions.getSession({ sessionId }));
    assert.equal(error.code, Code.NotFound);
  }

  // A key of an application, as the PEM of those who read files.
  async keyFile({ projectId, applicationId }) {
    const { keyDetails } = await this.provider.world.ok("CreateApplicationKey", {
      projectId, applicationId, expirationDate: inAYear() });
    const { keyId: kid, key: pem } = JSON.parse(Buffer.from(keyDetails, "base64").toString());
    return { kid, pem };
  }

  async machineKeyFile(userId) {
    const { keyContent } = await this.provider.world.ok("AddKey",
                                                        { userId, expirationDate: inAYear() });
    const { keyId: kid, key: pem } = JSON.parse(Buffer.from(keyContent, "base64").toString());
    return { kid, pem };
  }
}

// Of a `party`: `title`, `callback`, `begin(agent)`, which answers the URL of the authorization endpoint
// that the library sends a browser to, and `who(agent)`, the subject that it takes the browser for; and
// `agent()`, where it takes a browser of its own.
export class Visitor {
  static async of(party) {
    const visitor = new Visitor();
    visitor.party = party;
    visitor.agent = await party.agent?.() ?? new Agent();
    return visitor;
  }

  // Up to the callback, which is not shown to the party yet.
  async arrive(changes = {}) {
    const url = new URL(await this.party.begin(this.agent));
    for (const [name, value] of Object.entries(changes)) url.searchParams.set(name, value);
    return this.agent.until(url, (next) => next.href.startsWith(this.party.callback));
  }

  // What the party says of it; where that is to begin again, nobody does.
  finish(callback) {
    return this.agent.stay(callback);
  }

  async signIn(changes) {
    return this.finish(await this.arrive(changes));
  }

  who() {
    return this.party.who(this.agent);
  }
}

// `party.refusals` says by which words of its own it keeps each attacker out, so that none stays out by
// chance; `party.reason(page)` finds them.
async function staysOut(visitor, callback, attack) {
  const { party } = visitor;
  const page = await visitor.finish(callback);
  assert.match(await party.reason(page), party.refusals[attack]);
  assert.equal(await visitor.who(), null, "signed in");
}

const ATTACKS = {
  "lets nobody in with a state that is not its own": async (party) => {
    const visitor = await Visitor.of(party);
    const callback = await visitor.arrive();
    callback.searchParams.set("state", `${callback.searchParams.get("state")}x`);
    await staysOut(visitor, callback, "state");
  },
  "lets nobody in at a browser that began nothing": async (party) => {
    const callback = await (await Visitor.of(party)).arrive();
    await staysOut(await Visitor.of(party), callback, "beginning");
  },
  "lets nobody in by an ID token of another nonce": async (party) => {
    const visitor = await Visitor.of(party);
    await staysOut(visitor, await visitor.arrive({ nonce: "another" }), "nonce");
  },
  "is not signed in to somebody else by his code": async (party, site) => {
    const attacker = await Visitor.of(party);
    const foreign = await attacker.arrive({ login_hint: site.other.name });
    const visitor = await Visitor.of(party);
    const callback = await visitor.arrive();
    callback.searchParams.set("code", foreign.searchParams.get("code"));
    await staysOut(visitor, callback, "code");
  },
  "lets nobody in whom the login refused": async (party) => {
    const visitor = await Visitor.of(party);
    const callback = await visitor.arrive({ login_hint: NOBODY });
    assert.equal(callback.searchParams.get("error"), "access_denied");
    await staysOut(visitor, callback, "login");
  },
};

export async function attack(t, party, site) {
  for (const [sentence, body] of Object.entries(ATTACKS)) {
    await t.test(`${party.title} ${sentence}`, () => body(party, site));
  }
}
