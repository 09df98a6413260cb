// Passkeys and security keys in Chromium, whose authenticators stand behind its own WebAuthn (CDP's
// virtual ones): what we ask is what a browser takes, and what it answers is what we take.
import assert from "node:assert/strict";
import { Code } from "@connectrpc/connect";
import { createSessionServiceClient, createUserServiceClient } from "@zitadel/client/v2";
import { startChromium } from "../lib/chromium.mjs";
import { grpc } from "../lib/clients.mjs";
import { refusal, refused } from "../lib/refused.mjs";
import { skip } from "../lib/runner.mjs";
import { start } from "../lib/server.mjs";
import { PASSWORD, World } from "../lib/world.mjs";

// zitadel.session.v2.UserVerificationRequirement
const REQUIRED = 1, DISCOURAGED = 3;
const PASSKEY = { protocol: "ctap2", ctap2Version: "ctap2_1", transport: "internal",
                  hasResidentKey: true, hasUserVerification: true, isUserVerified: true };
const SECURITY_KEY = { protocol: "u2f", transport: "usb" };

// A page of the instance's own domain, and the authenticators of its browser.
class Window {
  static async open(program, url) {
    const context = await program.newContext();
    const page = await context.newPage();
    await page.goto(`${url}/ui/v2/login/login`);
    const self = new Window();
    Object.assign(self, { page, context, cdp: await context.newCDPSession(page) });
    await self.cdp.send("WebAuthn.enable", { enableUI: false });
    return self;
  }

  async plugIn(options) {
    const { authenticatorId } = await this.cdp.send("WebAuthn.addVirtualAuthenticator", {
      options: { automaticPresenceSimulation: true, ...options } });
    return authenticatorId;
  }

  unplug(authenticatorId) {
    return this.cdp.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId });
  }

  async credentials(authenticatorId) {
    return (await this.cdp.send("WebAuthn.getCredentials", { authenticatorId })).credentials;
  }

  put(authenticatorId, credential) {
    return this.cdp.send("WebAuthn.addCredential", { authenticatorId, credential });
  }

  // The browser reads our JSON and writes its own (WebAuthn Level 3 sections 5.1.8 to 5.1.10).
  create({ publicKey }) {
    return this.page.evaluate(async (json) => {
      const options = PublicKeyCredential.parseCreationOptionsFromJSON(json);
      return (await navigator.credentials.create({ publicKey: options })).toJSON();
    }, publicKey);
  }

  get({ publicKey }, more = {}) {
    return this.page.evaluate(async ([json, others]) => {
      const options = PublicKeyCredential.parseRequestOptionsFromJSON(json);
      return (await navigator.credentials.get({ publicKey: options, ...others })).toJSON();
    }, [publicKey, more]);
  }
}

class Site {
  constructor(server, window) {
    Object.assign(this, { server, window, world: new World(server) });
    this.users = createUserServiceClient(grpc(server));
    this.sessions = createSessionServiceClient(grpc(server));
  }

  async person() {
    const userId = await this.world.person(await this.world.organization());
    await this.world.ok("SetPassword", { userId, newPassword: { password: PASSWORD } });
    return userId;
  }

  async registerPasskey(userId) {
    const begun = await this.users.registerPasskey({ userId, domain: "localhost" });
    const publicKeyCredential =
      await this.window.create(begun.publicKeyCredentialCreationOptions);
    await this.users.verifyPasskeyRegistration({
      userId, passkeyId: begun.passkeyId, passkeyName: "Chromium", publicKeyCredential });
    return begun.passkeyId;
  }

  async registerKey(userId) {
    const begun = await this.users.registerU2F({ userId, domain: "localhost" });
    const publicKeyCredential =
      await this.window.create(begun.publicKeyCredentialCreationOptions);
    await this.users.verifyU2FRegistration({
      userId, u2fId: begun.u2fId, tokenName: "A key", publicKeyCredential });
    return begun.u2fId;
  }

  // A session that asks the browser; of nobody in particular without checks.
  async challenge(checks, userVerificationRequirement) {
    const challenges = { webAuthN: { domain: "localhost", userVerificationRequirement } };
    const made = await this.sessions.createSession({ checks, challenges });
    const { publicKeyCredentialRequestOptions: options } = made.challenges.webAuthN;
    return { sessionId: made.sessionId, options };
  }

  answer(sessionId, credentialAssertionData, checks = {}) {
    return this.sessions.setSession({
      sessionId, checks: { ...checks, webAuthN: { credentialAssertionData } } });
  }

  async isHis(token, userId) {
    const own = createUserServiceClient(grpc(this.server, token));
    assert.equal((await own.getUserByID({ userId })).user.userId, userId);
  }

  // What the log says of the last credential that was registered.
  async registered(userId, type) {
    const { events } = await this.world.ok("ListEvents", {
      aggregateId: userId, eventTypes: [type], limit: 1 });
    return events[0].payload.credential;
  }
}

const byId = (value) => ({ user: { search: { case: "userId", value } } });
const password = { password: { password: PASSWORD } };
const countOf = (assertion) =>
  Buffer.from(assertion.response.authenticatorData, "base64url").readUInt32BE(33);

async function passkey(site) {
  const { window } = site;
  const userId = await site.person();
  const device = await window.plugIn(PASSKEY);
  const passkeyId = await site.registerPasskey(userId);
  const [kept] = await window.credentials(device);
  assert.deepEqual([kept.isResidentCredential, kept.rpId, kept.userName !== ""],
                   [true, "localhost", true]);
  assert.equal(Buffer.from(kept.userHandle, "base64").toString(), userId);
  const { result } = await site.users.listPasskeys({ userId });
  assert.deepEqual(result.map((one) => [one.id, one.name, one.state]),
                   [[passkeyId, "Chromium", 2]]);
  // None is made twice on one authenticator.
  const again = await site.users.registerPasskey({ userId, domain: "localhost" });
  await assert.rejects(window.create(again.publicKeyCredentialCreationOptions),
                       /InvalidStateError/);

  const { sessionId, options } = await site.challenge(byId(userId), REQUIRED);
  assert.deepEqual(options.publicKey.allowCredentials.map((one) => one.transports), [["internal"]]);
  const { sessionToken } = await site.answer(sessionId, await window.get(options));
  await site.isHis(sessionToken, userId);
  const { session } = await site.sessions.getSession({ sessionId });
  assert.equal(session.factors.webAuthN.userVerified, true);
  await window.unplug(device);
}

// Whom nobody named: by the browser's list, and by the field that it fills in.
async function discoverable(site) {
  const { window } = site;
  const userId = await site.person();
  const device = await window.plugIn(PASSKEY);
  await site.registerPasskey(userId);
  assert.equal(await window.page.evaluate(() =>
    PublicKeyCredential.isConditionalMediationAvailable()), true);
  for (const more of [{}, { mediation: "conditional" }]) {
    const { sessionId, options } = await site.challenge(undefined, REQUIRED);
    assert.deepEqual(options.publicKey.allowCredentials ?? [], []);
    const shown = await window.get(options, more);
    const named = Buffer.from(shown.response.userHandle, "base64url").toString();
    assert.equal(named, userId);
    const { sessionToken } = await site.answer(sessionId, shown, byId(named));
    await site.isHis(sessionToken, userId);
  }
  // Another's session takes nothing of him.
  const other = await site.challenge(undefined, REQUIRED);
  const shown = await window.get(other.options);
  await refused(site.answer(other.sessionId, shown, byId(await site.person())),
                Code.InvalidArgument, "webauthn.credential");
  await window.unplug(device);
}

async function securityKey(site) {
  const { window } = site;
  const userId = await site.person();
  const device = await window.plugIn(SECURITY_KEY);
  const u2fId = await site.registerKey(userId);
  const states = ["AUTH_FACTOR_STATE_READY"];
  const { result } = await site.world.ok("ListAuthenticationFactors", { userId, states });
  assert.deepEqual(result.map((one) => one.u2f.id), [u2fId]);
  const both = { ...byId(userId), ...password };
  const { sessionId, options } = await site.challenge(both, DISCOURAGED);
  const { sessionToken } = await site.answer(sessionId, await window.get(options));
  await site.isHis(sessionToken, userId);
  const { session } = await site.sessions.getSession({ sessionId });
  assert.equal(session.factors.webAuthN.userVerified, false);
  // The same answer again is none.
  const twice = await site.challenge(both, DISCOURAGED);
  const once = await window.get(twice.options);
  await site.answer(twice.sessionId, once);
  await refused(site.answer(twice.sessionId, once), Code.FailedPrecondition,
                "session.not_challenged");
  await window.unplug(device);
}

// Somebody copies the key, and both go on: the one that lags behind is refused.
async function clone(site) {
  const { window } = site;
  const userId = await site.person();
  const first = await window.plugIn(PASSKEY);
  await site.registerPasskey(userId);
  const [copied] = await window.credentials(first);
  const signIn = async () => {
    const { sessionId, options } = await site.challenge(byId(userId), REQUIRED);
    const assertion = await window.get(options);
    return { count: countOf(assertion), done: site.answer(sessionId, assertion) };
  };
  for (const _ of [1, 2, 3]) await (await signIn()).done;
  await window.unplug(first);
  const second = await window.plugIn(PASSKEY);
  await window.put(second, copied);
  const stale = await signIn();
  assert.ok(stale.count < copied.signCount + 3);
  await refused(stale.done, Code.PermissionDenied, "webauthn.cloned");
  const { events } = await site.world.ok("ListEvents", {
    aggregateId: userId, eventTypes: ["user.human.passwordless.token.check.failed"] });
  assert.equal(events.length, 1);
  await window.unplug(second);
}

// A key that did not make sure of its person is no passkey, and no key of another page.
async function refusals(site) {
  const { window } = site;
  const userId = await site.person();
  const device = await window.plugIn(PASSKEY);
  await site.registerPasskey(userId);
  const { sessionId, options } = await site.challenge(byId(userId), REQUIRED);
  const shown = await window.get(options);
  const other = await site.challenge(byId(userId), REQUIRED);
  assert.equal((await refusal(site.answer(other.sessionId, shown))).code, Code.InvalidArgument);
  await site.answer(sessionId, shown);
  await window.cdp.send("WebAuthn.setUserVerified",
                        { authenticatorId: device, isUserVerified: false });
  const unsure = await site.challenge(byId(userId), REQUIRED);
  await assert.rejects(window.get(unsure.options), /NotAllowedError/);
  await window.unplug(device);
}

// Where the configuration asks what they are made of, both sorts show it and it is recorded.
async function makes(site) {
  const { window } = site;
  const userId = await site.person();
  const expected = [
    [PASSKEY, () => site.registerPasskey(userId), "passwordless", "packed"],
    [SECURITY_KEY, () => site.registerKey(userId), "mfa.u2f", "fido-u2f"],
  ];
  for (const [options, register, kind, format] of expected) {
    const device = await window.plugIn(options);
    await register();
    const told = await site.registered(userId, `user.human.${kind}.token.verified`);
    assert.equal(told.attestationFormat, format);
    await window.unplug(device);
  }
}

const STORIES = {
  "registers a passkey and signs in with it": passkey,
  "signs in whom nobody named, by its list and by a field that it fills in": discoverable,
  "registers a security key and shows it beside a password": securityKey,
  "with a copied key whose count lags behind is refused": clone,
  "gets nothing for another's challenge, or without being sure of its person": refusals,
};

export default async function passkeysBrowser(t) {
  const program = await startChromium();
  if (!program) {
    await t.test("Chromium registers passkeys", () => skip("chromium is not at hand"));
    return;
  }
  try {
    const server = await start();
    for (const [name, story] of Object.entries(STORIES)) {
      await t.test(`Chromium ${name}`, async () => {
        const window = await Window.open(program, server.url);
        await story(new Site(server, window));
        await window.context.close();
      });
    }
    const curious = await start({ options: ["--web-authn.attestation", "direct"] });
    await t.test("Chromium shows the makes of its authenticators where it is asked", async () => {
      const window = await Window.open(program, curious.url);
      await makes(new Site(curious, window));
      await window.context.close();
    });
  } finally {
    await program.close();
  }
}
