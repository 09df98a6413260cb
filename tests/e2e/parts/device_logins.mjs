// Where people are sent who let a device in (RFC 8628 section 3.3): to the login that its application
// names, else the instance's, else our own.
import assert from "node:assert/strict";
import { Visitor } from "../lib/hosted.mjs";
import { Provider } from "../lib/openid.mjs";

const APPLICATION = "https://login.example/app";
const INSTANCE = "https://login.example/instance";

class Site {
  static async build() {
    const site = new Site();
    site.provider = await Provider.start();
    const { world, issuer } = site.provider;
    site.own = `${issuer}/ui/v2/login`;
    const projectId = await site.provider.project(await world.organization());
    const application = (baseUri) => site.provider.application(
      projectId, baseUri === undefined ? {} : { loginVersion: { loginV2: { baseUri } } });
    site.clients = { unsaid: await application(), another: await application(`${APPLICATION}/`),
                     ours: await application(`${site.own}/`) };
    return site;
  }

  async device(name) {
    const { json, status, text } = await this.provider.post(
      "/oauth/v2/device_authorization", { scope: "openid" }, this.clients[name]);
    assert.equal(status, 200, text);
    return json;
  }

  // By the link that holds the code.
  async leads(name, login) {
    const { verification_uri_complete: link, user_code: code } = await this.device(name);
    assertAt(await sentTo(link), login, code);
  }

  // By the code that is typed at our own login.
  async typed(name) {
    const { user_code: code } = await this.device(name);
    const visitor = new Visitor(this.provider.issuer);
    const page = await visitor.ask(`${this.own}/device`);
    return { code, next: (await visitor.post(page, { user_code: code })).next };
  }
}

async function sentTo(url) {
  const answer = await fetch(url, { redirect: "manual" });
  assert.equal(answer.status, 302, await answer.text());
  return new URL(answer.headers.get("location"));
}

function assertAt(next, login, code = null) {
  assert.equal(`${next.origin}${next.pathname}`, `${login}/device`);
  assert.equal(next.searchParams.get("user_code"), code);
}

async function byApplication(site) {
  const { own, provider: { issuer } } = site;
  assertAt(await sentTo(`${issuer}/device`), own);
  for (const [name, login] of [["unsaid", own], ["another", APPLICATION], ["ours", own]]) {
    await site.leads(name, login);
  }
  const { code, next } = await site.typed("another");
  assertAt(next, APPLICATION, code);
  const stays = await site.typed("unsaid");
  assert.equal(stays.next.origin, issuer);
  assert.ok(!stays.next.pathname.endsWith("/device"), `${stays.next}`);
}

async function byInstance(site) {
  const { provider: { issuer, world } } = site;
  await world.ok("SetInstanceFeatures", { loginV2: { baseUri: `${INSTANCE}/` } });
  assertAt(await sentTo(`${issuer}/device`), INSTANCE);
  await site.leads("unsaid", INSTANCE);
  await site.leads("another", APPLICATION);
  const { code, next } = await site.typed("unsaid");
  assertAt(next, INSTANCE, code);
}

// Whoever tries codes learns by where he is sent no more than he would at the login.
async function notByGuessing(site) {
  const { verification_uri_complete: link, user_code: code } = await site.device("another");
  const { issuer } = site.provider;
  // As often as somebody has a code that is right.
  for (let i = 0; i < 20; ++i) assertAt(await sentTo(link), APPLICATION, code);
  for (const last of "BCDFGHJKLMNP") {
    const wrong = `BCDF-GHJ${last}`;
    assertAt(await sentTo(`${issuer}/device?user_code=${wrong}`), INSTANCE, wrong);
  }
  assertAt(await sentTo(link), INSTANCE, code);
  // Any page can have a browser open links: they leave him who types a code his guesses.
  const { code: typed, next } = await site.typed("another");
  assertAt(next, APPLICATION, typed);
}

export default async function deviceLogins(t) {
  const site = await Site.build();
  await t.test("who lets a device in is sent to the login that its application names, else to our own",
               () => byApplication(site));
  await t.test("where the application names none, to the instance's", () => byInstance(site));
  await t.test("one who guesses codes is told of no application", () => notByGuessing(site));
}
