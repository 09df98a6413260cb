// The login's own pages, as somebody at a browser goes through them: an application that names no login of
// its own, somebody who signs in, and the forms by hand.
//
//   const site = await Hosted.build();
//   const visitor = new Visitor(site.issuer);
//   const page = await visitor.arrive(site.provider.authorizeUrl(site.web));
//   const asked = await visitor.send(page, { login_name: site.person.name });
//   const back = await visitor.send(asked, { password: PASSWORD });    back.next: at the application
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Agent } from "./foreign_agent.mjs";
import { close, listening, originOf } from "./foreign_login.mjs";
import { CALLBACK, Provider } from "./openid.mjs";
import { totp } from "./totp.mjs";
import { PASSWORD, fresh } from "./world.mjs";

export const LOGIN = "/ui/v2/login";
export const COOKIE = "muniment-login";
const MANY = 20;

const TEXTS = new URL("../../../gateway/login/texts/", import.meta.url);
export const textsOf = (language) => JSON.parse(readFileSync(new URL(`${language}.json`, TEXTS), "utf8"));

const PLAIN = { quot: '"', apos: "'", amp: "&", lt: "<", gt: ">", "#39": "'" };
export const plain = (text) =>
  text.replace(/&([#\w]+);/g, (whole, name) => PLAIN[name] ?? whole);

const attribute = (tag, name) => {
  const found = tag.match(new RegExp(`\\s${name}="([^"]*)"`));
  return found === null ? undefined : plain(found[1]);
};
const inner = (text, pattern) =>
  plain((text.match(pattern)?.[1] ?? "").replace(/<[^>]*>/g, "").trim());

// What somebody sees, and what his browser would send.
export function read(answer) {
  const { text } = answer;
  const inputs = [...text.matchAll(/<input\b[^>]*>/g)].map(([tag]) => tag);
  const fields = Object.fromEntries(
    inputs.map((tag) => [attribute(tag, "name"), attribute(tag, "value") ?? ""]));
  const buttons = [...text.matchAll(/<button\b[^>]*>/g)].map(([tag]) => tag)
    .filter((tag) => attribute(tag, "name"))
    .map((tag) => `${attribute(tag, "name")}=${attribute(tag, "value")}`);
  return { ...answer, action: attribute(text.match(/<form\b[^>]*>/)?.[0] ?? "", "action"), fields,
           buttons, heading: inner(text, /<h1[^>]*>([^]*?)<\/h1>/),
           trouble: inner(text, /<p class="trouble"[^>]*>([^]*?)<\/p>/),
           lead: inner(text, /<p class="lead"[^>]*>([^]*?)<\/p>/),
           reason: inner(text, /<p class="reason"[^>]*>[^]*?<code[^>]*>([^]*?)<\/code>/),
           links: [...text.matchAll(/<a\b[^>]*>/g)].map(([tag]) => attribute(tag, "href")) };
}

export class Visitor {
  constructor(issuer, headers = {}) {
    this.issuer = issuer;
    this.headers = headers;
    this.agent = new Agent();
  }

  async ask(place, { headers, ...options } = {}) {
    const url = new URL(place, this.issuer);
    return read(await this.agent.ask(url, { ...options, headers: { ...this.headers, ...headers } }));
  }

  // As far as it leads within the login.
  async follow(answer) {
    let page = answer;
    for (let steps = 0; page.next?.origin === new URL(this.issuer).origin; ++steps) {
      assert.ok(steps < MANY, `redirects without an end, to ${page.next}`);
      page = await this.ask(page.next);
    }
    return page;
  }

  async arrive(url) {
    return this.follow(await this.ask(url));
  }

  // One form as the page has it, with what is typed; not followed.
  post(page, typed = {}, options = {}) {
    const form = { ...page.fields, ...typed };
    return this.ask(page.action, { method: "POST", form, ...options });
  }

  async send(page, typed, options) {
    return this.follow(await this.post(page, typed, options));
  }

  async signIn(url, name, password = PASSWORD) {
    const asked = await this.send(await this.arrive(url), { login_name: name });
    return this.send(asked, { password });
  }
}

// Where the application is told how it ended.
export function atApplication(answer, callback = CALLBACK) {
  assert.ok(answer.next, `${answer.status} ${answer.url}: ${answer.heading} ${answer.trouble} ${answer.reason}`);
  assert.equal(`${answer.next.origin}${answer.next.pathname}`, callback);
  return Object.fromEntries(answer.next.searchParams);
}

export class Hosted {
  static async build() {
    const site = new Hosted();
    site.provider = await Provider.start();
    site.world = site.provider.world;
    site.server = site.provider.server;
    site.issuer = site.provider.issuer;
    site.organizationId = await site.world.organization();
    site.projectId = await site.provider.project(site.organizationId);
    site.web = await site.provider.application(site.projectId);
    site.other = await site.provider.application(site.projectId);
    site.person = await site.provider.person(site.organizationId);
    site.friend = await site.provider.person(site.organizationId);
    return site;
  }

  url(parameters, client = this.web) {
    return this.provider.authorizeUrl(client, { state: fresh("state"), ...parameters });
  }

  visitor(headers) {
    return new Visitor(this.issuer, headers);
  }

  // Somebody who has an authenticator app: {id, name, secret}.
  async careful() {
    const person = await this.provider.person(this.organizationId);
    const { sessionToken: token } = person.session;
    const { secret } = await this.world.ok("RegisterTOTP", { userId: person.id }, { token });
    await this.world.ok("VerifyTOTPRegistration", { userId: person.id, code: totp(secret, -1) }, { token });
    return { ...person, secret };
  }

  async device(client = this.web, scope = "openid profile") {
    const { json, status, text } = await this.provider.post("/oauth/v2/device_authorization", { scope },
                                                            client);
    assert.equal(status, 200, text);
    return json;
  }
}

// An application that browsers come back to: it keeps where they came.
export class Application {
  static async open(site, more = {}) {
    const application = new Application();
    application.came = [];
    application.server = await listening((request, answer) => application.#answer(request, answer));
    application.origin = originOf(application.server);
    application.callback = `${application.origin}/back`;
    application.farewell = `${application.origin}/farewell`;
    application.client = await site.provider.application(site.projectId, {
      redirectUris: [application.callback], postLogoutRedirectUris: [application.farewell],
      developmentMode: true, ...more });
    return application;
  }

  url(site, parameters) {
    return site.url({ redirect_uri: this.callback, ...parameters }, this.client);
  }

  close() {
    close(this.server);
  }

  async #answer(request, answer) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const at = new URL(request.url, this.origin);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    if (at.pathname !== "/favicon.ico") this.came.push({ at, form });
    answer.writeHead(200, { "content-type": "text/html" });
    answer.end("<!doctype html><title>Application</title>" +
               "<script>window.opener?.postMessage(location.href, '*')</script>");
  }
}

// A window of Chromium with a profile of its own.
export class Window {
  // `options`: of playwright's newContext.
  static async open(browser, options = {}) {
    const window = new Window();
    window.said = [];
    window.context = await browser.newContext({ locale: "en-US", ...options });
    window.page = await window.context.newPage();
    window.page.on("console", (line) => window.#heard(line.text()));
    window.page.on("pageerror", (error) => window.#heard(String(error)));
    window.page.on("dialog", (dialog) => window.#heard(`a dialog: ${dialog.message()}`));
    return window;
  }

  // What a refusal's status and a missing icon say is no fault of the page.
  #heard(text) {
    if (!/^Failed to load resource/.test(text)) this.said.push(text);
  }

  async go(url) {
    this.answer = await this.page.goto(url);
    return this.shown();
  }

  // Types, presses, and waits for what comes.
  async send(typed = {}, button = "button.primary") {
    for (const [name, value] of Object.entries(typed)) await this.page.fill(`#${name}`, value);
    const [answer] = await Promise.all([
      this.page.waitForResponse((each) => each.request().isNavigationRequest() &&
                                          !(each.status() >= 300 && each.status() < 400)),
      this.page.click(button)]);
    this.answer = answer;
    await this.page.waitForLoadState();
    return this.shown();
  }

  async signIn(url, name, password = PASSWORD) {
    await this.go(url);
    await this.send({ login_name: name });
    return this.send({ password });
  }

  async text(selector) {
    const found = this.page.locator(selector);
    return (await found.count()) ? (await found.first().innerText()).trim() : "";
  }

  async shown() {
    const at = new URL(this.page.url());
    return { at, path: at.pathname.replace(LOGIN, ""), status: this.answer?.status(),
             heading: await this.text("h1"), trouble: await this.text("#trouble"),
             lead: await this.text(".lead") };
  }

  async close() {
    await this.context.close();
    assert.deepEqual(this.said, [], "the browser complains");
  }
}
