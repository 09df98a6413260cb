// Tests of what specifications demand of a provider: one for each MUST, MUST NOT and REQUIRED that binds
// it. A test is named by where the demand stands; of two documents that demand the same, by both.
//
//   const musts = new Musts(t);
//   await musts.test("RFC 7636 section 4.6", "a verifier that does not fit is refused", () => ...);
//   await musts.each(TABLE, (parameters, leads) => ...);      rows: [place, sentence, ...the rest]
//   musts.tell();                                             how many passed, by document
//
// What binds clients alone, or is asserted elsewhere, stands in openid_musts_elsewhere.tsv.
import assert from "node:assert/strict";
import { Login } from "./login.mjs";
import { CALLBACK, Provider, storesNothing } from "./openid.mjs";
import { start } from "./server.mjs";
import { PASSWORD, World } from "./world.mjs";

export const CORE = "OpenID Connect Core";
export const LOGOUT = "RP-Initiated Logout";
export const BACK_CHANNEL = "Back-Channel Logout";
// RFC 7636 appendix B.
export const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
export const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
export const PKCE = { code_challenge: CHALLENGE, code_challenge_method: "S256" };
// RFC 6749 appendix A.5: all that a state may hold.
export const STATE = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join("");
export const OFFLINE = "openid profile email offline_access";

const AUTHORIZE = "/oauth/v2/authorize";
const LOGIN = "/ui/v2/login/login";

export class Musts {
  #documents = new Map();

  constructor(runner) {
    this.runner = runner;
  }

  test(place, sentence, body, options) {
    const documents = place.split(", ").map((each) => each.split(" section ")[0]);
    const counts = documents.flatMap((one) => [
      this.#of(one), this.runner.tally("MUSTs that are kept, by document", one)]);
    for (const one of counts) one.all += 1;
    return this.runner.test(`${place}: ${sentence}`, async () => {
      const note = await body();
      for (const one of counts) one.passed += 1;
      return note;
    }, options);
  }

  async each(rows, check) {
    for (const [place, sentence, ...row] of rows) {
      await this.test(place, sentence, () => check(...row));
    }
  }

  tell() {
    for (const [name, { passed, all }] of [...this.#documents].sort()) {
      console.log(`   ${name}: ${passed} of ${all} passed`);
    }
  }

  #of(document) {
    if (!this.#documents.has(document)) this.#documents.set(document, { passed: 0, all: 0 });
    return this.#documents.get(document);
  }
}

// As a form or a query has them: what is undefined is left out, a list stands there once for each.
export function pairs(parameters) {
  return Object.entries(parameters).flatMap(([name, value]) =>
    [value].flat().filter((one) => one !== undefined).map((one) => [name, one]));
}

// An answer of a page for browsers, which is not followed. `to`: "login", "client" (then `told` is what
// it is told) or "page".
function led(issuer, answer, text) {
  const location = answer.headers.get("location");
  const { status, headers } = answer;
  if (location === null) return { status, headers, text, to: "page" };
  const at = new URL(location);
  const to = location.startsWith(`${issuer}${LOGIN}`) ? "login" : "client";
  const told = new URLSearchParams(at.hash ? at.hash.slice(1) : at.search);
  return { status, headers, text, at, to, told };
}

// As Provider.start() makes one, of a server that is started with options.
async function providerOf(options) {
  const world = new World(await start({ options }));
  const provider = new Provider(world);
  const userId = await world.machine(await world.organization());
  await world.ok("CreateAdministrator", { userId, resource: { instance: true },
                                          roles: ["IAM_LOGIN_CLIENT"] });
  provider.login = new Login(world.server, await world.machineToken(userId));
  return provider;
}

// A project with an application of each sort, and somebody who signs in to them.
export class Site {
  static async build({ options = [] } = {}) {
    const site = new Site();
    site.provider = await providerOf(options);
    site.issuer = site.provider.issuer;
    site.organizationId = await site.provider.world.organization();
    site.projectId = await site.provider.project(site.organizationId);
    site.web = await site.application();
    site.other = await site.application();
    site.open = await site.application({ proof: "NONE" });
    site.api = await site.provider.api(site.projectId);
    site.person = await site.provider.person(site.organizationId);
    return site;
  }

  application(more) {
    return this.provider.application(this.projectId, more);
  }

  async metadata() {
    return (await fetch(`${this.issuer}/.well-known/openid-configuration`)).json();
  }

  freshSession(person = this.person) {
    return this.provider.login.signIn(person.name, PASSWORD);
  }

  // A request to authorize, and where it leads.
  async authorize(parameters = {}, { client = this.web, post = false } = {}) {
    const query = new URLSearchParams(pairs({
      client_id: client.clientId, redirect_uri: CALLBACK, response_type: "code", scope: "openid",
      state: "s&t", ...parameters }));
    const url = `${this.issuer}${AUTHORIZE}`;
    const answer = post ? await fetch(url, { method: "POST", body: query, redirect: "manual" })
                        : await fetch(`${url}?${query}`, { redirect: "manual" });
    return led(this.issuer, answer, await answer.text());
  }

  // Where one is led to, beside "login" and "page": an error's name, which the application is told;
  // "refused" is either of these two.
  async leads(parameters, leads, options) {
    const ask = () => this.authorize(parameters, options);
    // A login was asked whether somebody is there; what is refused stores nothing.
    const stores = ["login", "login_required"].includes(leads);
    const answer = stores ? await ask() : await storesNothing(this.provider.world, ask);
    const { status, to, told, text } = answer;
    const where = `${status} ${to} ${told ?? text}`;
    if (leads === "page") return assertPage(answer);
    if (leads === "login") return assert.equal(to, "login", where);
    if (leads === "refused") return assert.ok(status === 400 || told?.get("error"), where);
    assert.equal(to, "client", where);
    assert.equal(told.get("error"), leads, where);
    assert.equal(told.get("state"), [parameters.state ?? "s&t"].flat()[0], where);
    assert.match(told.get("error_description") ?? "x", /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
    return answer;
  }

  // What goes with a page that our login sends the browser to.
  async follow(page) {
    const answer = await fetch(page, { redirect: "manual" });
    return led(this.issuer, answer, await answer.text());
  }

  // A code that needs neither a verifier nor a secret of another.
  code(client = this.web, parameters = {}) {
    const more = client.proof === "NONE" ? PKCE : {};
    return this.provider.code(client, this.person.session, { ...more, ...parameters });
  }

  // A request for a code's tokens; `more` changes it.
  async redeem(code, { client = this.web, more = {} } = {}) {
    const open = client.proof === "NONE"
      ? { client_id: client.clientId, code_verifier: VERIFIER } : {};
    return this.token({ grant_type: "authorization_code", code, redirect_uri: CALLBACK, ...open,
                        ...more }, client);
  }

  async tokens(client = this.web, parameters = { scope: OFFLINE }) {
    const { status, json, text } = await this.redeem(await this.code(client, parameters), { client });
    assert.equal(status, 200, text);
    return json;
  }

  refresh(token, client = this.web, more = {}) {
    const open = client.secret ? {} : { client_id: client.clientId };
    return this.token({ grant_type: "refresh_token", refresh_token: token, ...open, ...more }, client);
  }

  token(form, client, headers) {
    return this.post("/oauth/v2/token", form, client, headers);
  }

  post(path, form, client, headers) {
    return this.provider.post(path, pairs(form), client, headers);
  }

  async active(token) {
    return (await this.provider.introspect(this.api, token)).active;
  }
}

// Whoever sits there is told, and sent nowhere.
export function assertPage({ status, headers, to, told, text }) {
  assert.equal(to, "page", `${status} ${to} ${told}`);
  assert.equal(status, 400, text);
  assert.match(headers.get("content-type"), /^text\/html/);
}

// RFC 6749 section 5.2, as JSON says it.
export function assertError(answer, status, error) {
  const { json, text, headers } = answer;
  assert.equal(json.error, error, `${answer.status} ${text}`);
  assert.equal(answer.status, status, text);
  assert.match(headers.get("content-type"), /^application\/json/);
  assert.match(json.error, /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
  assert.match(json.error_description ?? "x", /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
}

export const now = () => Math.floor(Date.now() / 1e3);
