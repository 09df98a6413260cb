// Nobody is given anything by an application before he has proved what the policy asks of him, or
// what he has: by code, by tokens at once, by form and at a device. What was refused stores nothing
// and waits; and what was proved stands in the ID token.
import assert from "node:assert/strict";
import { Code } from "@connectrpc/connect";
import { decodeJwt } from "jose";
import { DEVICE_CODE, Provider, assertOauth } from "../lib/openid.mjs";
import { refused } from "../lib/refused.mjs";
import { totp } from "../lib/totp.mjs";
import { PASSWORD, email } from "../lib/world.mjs";

const SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const UNPROVED = [Code.Unauthenticated, "auth.session_unproved"];
const DUE = [Code.PermissionDenied, "auth.password_change_required"];

class Asking {
  static async build() {
    const asking = new Asking();
    asking.provider = await Provider.start();
    asking.organizationId = await asking.provider.world.organization();
    const projectId = await asking.provider.project(asking.organizationId);
    asking.client = await asking.provider.application(projectId);
    return asking;
  }

  async person({ password = { password: PASSWORD }, app = false } = {}) {
    const name = email();
    const human = { profile: { givenName: "Ada", familyName: "Example" },
                    email: { email: name, isVerified: true }, password,
                    ...(app ? { totpSecret: SECRET } : {}) };
    const id = await this.provider.world.person(this.organizationId, { human });
    return { id, name, search: { search: { case: "loginName", value: name } } };
  }

  open({ search }, checks = {}) {
    return this.provider.login.sessions.createSession({ checks: { user: search, ...checks } });
  }

  async prove(session, checks) {
    const { sessionToken } = await this.provider.login.sessions.setSession(
      { sessionId: session.sessionId, checks });
    return { sessionId: session.sessionId, sessionToken };
  }

  // One request of each sort, which wait.
  async waiting() {
    const { login } = this.provider;
    const requests = [];
    for (const more of [
      {}, { response_mode: "form_post" }, { response_type: "id_token", nonce: "n" },
      { response_type: "id_token token", nonce: "n" },
      { response_type: "id_token token", nonce: "n", response_mode: "form_post" },
    ]) {
      requests.push(await login.arrive(this.provider.authorizeUrl(this.client, more)));
    }
    const { json } = await this.provider.post(
      "/oauth/v2/device_authorization", { scope: "openid" }, this.client);
    return { requests, device: json };
  }

  // `answer`: by a session, one request and a device after the other.
  * answers({ requests, device }, { sessionId, sessionToken }) {
    const { login } = this.provider;
    const value = { sessionId, sessionToken };
    for (const { authRequestId } of requests) {
      yield () => login.oidc.createCallback(
        { authRequestId, callbackKind: { case: "session", value } });
    }
    yield () => login.device(device.verification_uri_complete, value);
  }
}

// All is refused for the reason, and nothing is stored; a device is told to wait.
async function assertRefused(asking, waiting, session, [code, reason], polls = true) {
  const { world } = asking.provider;
  const before = await world.newest();
  for (const answer of asking.answers(waiting, session)) await refused(answer(), code, reason);
  assert.equal(await world.newest(), before, "something was stored");
  if (!polls) return;
  const polled = await asking.provider.grant(
    asking.client, DEVICE_CODE, { device_code: waiting.device.device_code });
  assertOauth(polled, 400, "authorization_pending");
}

// What was refused before is answered, and by what methods, the ID token says.
async function assertTaken(asking, waiting, session, amr) {
  const { provider, client } = asking;
  const links = [];
  for (const answer of asking.answers(waiting, session)) links.push((await answer())?.callbackUrl);
  const code = new URL(links[0]).searchParams.get("code");
  const held = await provider.granted(
    client, "authorization_code", { code, redirect_uri: "https://app.example/callback" });
  const { amr: told, acr } = decodeJwt(held.id_token);
  assert.deepEqual([...told].sort(), amr);
  return acr;
}

async function named(asking) {
  const person = await asking.person();
  const waiting = await asking.waiting();
  const session = await asking.open(person);
  await assertRefused(asking, waiting, session, UNPROVED);
  const proved = await asking.prove(session, { password: { password: PASSWORD } });
  return assertTaken(asking, waiting, proved, ["pwd"]);
}

async function halfProved(asking) {
  const person = await asking.person({ app: true });
  const waiting = await asking.waiting();
  const session = await asking.open(person, { password: { password: PASSWORD } });
  await assertRefused(asking, waiting, session, UNPROVED);
  const proved = await asking.prove(session, { totp: { code: totp(SECRET) } });
  return assertTaken(asking, waiting, proved, ["mfa", "otp", "pwd"]);
}

async function secondAlone(asking) {
  const person = await asking.person({ app: true });
  const session = await asking.prove(await asking.open(person), { totp: { code: totp(SECRET) } });
  await assertRefused(asking, await asking.waiting(), session, UNPROVED);
}

// Who sets a factor up is asked for it in the session, too, that he set it up in.
async function setUpMeanwhile(asking) {
  const person = await asking.person();
  const waiting = await asking.waiting();
  const session = await asking.open(person, { password: { password: PASSWORD } });
  const { world } = asking.provider;
  const { secret } = await world.ok("RegisterTOTP", { userId: person.id });
  await world.ok("VerifyTOTPRegistration", { userId: person.id, code: totp(secret) },
                 { token: session.sessionToken });
  await assertRefused(asking, waiting, session, UNPROVED);
  const proved = await asking.prove(session, { totp: { code: totp(secret, 1) } });
  await assertTaken(asking, waiting, proved, ["mfa", "otp", "pwd"]);
}

async function passwordDue(asking) {
  const person = await asking.person({ password: { password: PASSWORD, changeRequired: true } });
  const waiting = await asking.waiting();
  const session = await asking.open(person, { password: { password: PASSWORD } });
  await assertRefused(asking, waiting, session, DUE);
  await asking.provider.world.ok("SetPassword", {
    userId: person.id, newPassword: { password: `${PASSWORD}-2` }, currentPassword: PASSWORD },
    { token: session.sessionToken });
  await assertTaken(asking, waiting, session, ["pwd"]);
}

// The session is one, but not whose it is.
async function notHis(asking) {
  const waiting = await asking.waiting();
  const [one, other] = [await asking.person(), await asking.person()];
  const first = await asking.open(one, { password: { password: PASSWORD } });
  const second = await asking.open(other, { password: { password: PASSWORD } });
  const gone = [Code.NotFound, "session.not_found"];
  for (const wrong of [
    { ...first, sessionToken: second.sessionToken }, { ...first, sessionToken: "" },
    { ...first, sessionId: second.sessionId }, { ...first, sessionToken: `${first.sessionToken}x` },
  ]) {
    if (wrong.sessionToken === "") {
      const before = await asking.provider.world.newest();
      for (const answer of asking.answers(waiting, wrong)) await assert.rejects(answer());
      assert.equal(await asking.provider.world.newest(), before);
      continue;
    }
    await assertRefused(asking, waiting, wrong, gone, false);
  }
  await assertTaken(asking, waiting, first, ["pwd"]);
}

export default async function openidFactors(t) {
  const asking = await Asking.build();
  const acrs = {};
  await t.test("who was only named is given nothing, and let in once he proved himself",
               async () => { acrs.one = await named(asking); });
  await t.test("who has an app is given nothing for a password alone",
               async () => { acrs.two = await halfProved(asking); });
  await t.test("more factors are another class of sign-in", async () => {
    assert.ok(acrs.one && acrs.two && acrs.one !== acrs.two, JSON.stringify(acrs));
  });
  await t.test("a code of an app alone lets nobody in", () => secondAlone(asking));
  await t.test("a factor that was set up meanwhile is asked for", () => setUpMeanwhile(asking));
  await t.test("who must change his password is given nothing before he did",
               () => passwordDue(asking));
  await t.test("a session's token answers for that session alone", () => notHis(asking));
}
