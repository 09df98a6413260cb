// Signing in by the published client: a login client proves step by step who somebody is, and the
// session's token is his from then on, over every API.
import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { timestampFromDate, timestampMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { createSessionServiceClient, createUserServiceClient } from "@zitadel/client/v2";
import { SoftwareAuthenticator } from "../lib/authenticator.mjs";
import { grpc } from "../lib/clients.mjs";
import { refusal, refused } from "../lib/refused.mjs";
import { start } from "../lib/server.mjs";
import { totp } from "../lib/totp.mjs";
import { PROTOCOLS } from "../lib/wire.mjs";
import { PASSWORD, World, email } from "../lib/world.mjs";

// zitadel.filter.v2.TimestampFilterMethod, zitadel.user.v2.AuthenticationMethodType
const AFTER = 1, BEFORE = 3;
const PASSWORD_METHOD = 1;

const byName = (loginName) => ({ user: { search: { case: "loginName", value: loginName } } });

class Signing {
  constructor(server, world) {
    this.server = server;
    this.world = world;
    this.sessions = createSessionServiceClient(grpc(server));
  }

  users(token) {
    return createUserServiceClient(grpc(this.server, token));
  }

  async person() {
    const name = email();
    const human = { profile: { givenName: "Alex", familyName: "Example" },
                    email: { email: name, isVerified: true }, password: { password: PASSWORD } };
    const organizationId = await this.world.organization();
    const id = await this.world.person(organizationId, { human });
    return { id, name, organizationId };
  }
}

async function stepByStep(signing) {
  const { id, name, organizationId } = await signing.person();
  const made = await signing.sessions.createSession({
    checks: byName(name), metadata: { colour: Buffer.from("green") },
    userAgent: { fingerprintId: "a browser", ip: "192.0.2.7" },
  });
  const { sessionId } = made;
  const early = await refusal(signing.users(made.sessionToken).getUserByID({ userId: id }));
  assert.equal(early.code, Code.Unauthenticated);
  const wrong = await refusal(signing.sessions.setSession(
    { sessionId, checks: { password: { password: "wrong" } } }));
  assert.equal(wrong.code, Code.InvalidArgument);
  const proved = await signing.sessions.setSession(
    { sessionId, checks: { password: { password: PASSWORD } } });
  const { user } = await signing.users(proved.sessionToken).getUserByID({ userId: id });
  assert.equal(user.userId, id);
  const { session } = await signing.sessions.getSession({ sessionId });
  assert.equal(session.factors.user.loginName, name);
  assert.equal(session.factors.user.displayName, "Alex Example");
  assert.equal(session.factors.user.organizationId, organizationId);
  assert.ok(session.factors.password.verifiedAt);
  assert.equal(session.factors.totp, undefined);
  assert.equal(Buffer.from(session.metadata.colour).toString(), "green");
  assert.equal(session.userAgent.ip, "192.0.2.7");
  const query = { case: "userIdQuery", value: { id } };
  const listed = await signing.sessions.listSessions({ queries: [{ query }] });
  assert.deepEqual(listed.sessions.map((one) => one.id), [sessionId]);
  await signing.sessions.deleteSession({ sessionId });
  const ended = await refusal(signing.users(proved.sessionToken).getUserByID({ userId: id }));
  assert.equal(ended.code, Code.Unauthenticated);
}

// Whoever sets up an app needs it from then on, in every session.
async function secondFactor(signing) {
  const { id, name } = await signing.person();
  const checks = { ...byName(name), password: { password: PASSWORD } };
  const first = await signing.sessions.createSession({ checks });
  const own = signing.users(first.sessionToken);
  const { secret, uri } = await own.registerTOTP({ userId: id });
  assert.match(uri, /^otpauth:\/\/totp\//);
  await own.verifyTOTPRegistration({ userId: id, code: totp(secret) });
  assert.equal((await refusal(own.getUserByID({ userId: id }))).code, Code.Unauthenticated);
  const second = await signing.sessions.createSession({ checks });
  const half = await refusal(signing.users(second.sessionToken).getUserByID({ userId: id }));
  assert.match(half.rawMessage, /second factor/);
  const whole = await signing.sessions.setSession(
    { sessionId: second.sessionId, checks: { totp: { code: totp(secret, 1) } } });
  await signing.users(whole.sessionToken).getUserByID({ userId: id });
  const again = await refusal(signing.sessions.setSession(
    { sessionId: second.sessionId, checks: { totp: { code: totp(secret, 1) } } }));
  assert.equal(again.code, Code.InvalidArgument);
}

// A passkey is two factors at once, and needs no name to begin with.
async function passkey(signing) {
  const { id } = await signing.person();
  const users = signing.users(signing.server.token);
  const begun = await users.registerPasskey({ userId: id, domain: "localhost" });
  const device = new SoftwareAuthenticator();
  const created = begun.publicKeyCredentialCreationOptions.publicKey;
  assert.equal(created.authenticatorSelection.residentKey, "required");
  await users.verifyPasskeyRegistration({
    userId: id, passkeyId: begun.passkeyId, passkeyName: "My phone",
    publicKeyCredential: device.create(created),
  });
  const { result } = await users.listPasskeys({ userId: id });
  assert.deepEqual(result.map((one) => [one.id, one.name, one.state]),
                   [[begun.passkeyId, "My phone", 2]]);
  const { authMethodTypes } = await users.listAuthenticationMethodTypes({ userId: id });
  assert.deepEqual(authMethodTypes, [1, 2]);
  const challenges = { webAuthN: { domain: "localhost", userVerificationRequirement: 1 } };
  const asked = await signing.sessions.createSession({ challenges });
  const options = asked.challenges.webAuthN.publicKeyCredentialRequestOptions.publicKey;
  assert.deepEqual(options.allowCredentials ?? [], []);
  const answer = device.get(options);
  const userId = Buffer.from(answer.response.userHandle, "base64url").toString();
  const { sessionToken } = await signing.sessions.setSession({
    sessionId: asked.sessionId,
    checks: { user: { search: { case: "userId", value: userId } },
              webAuthN: { credentialAssertionData: answer } },
  });
  const { user } = await signing.users(sessionToken).getUserByID({ userId: id });
  assert.equal(user.userId, id);
}

// The code stands for the right to register, whoever shows it, and goes with the passkey.
async function passkeyLink(signing) {
  const { id } = await signing.person();
  const users = signing.users(signing.server.token);
  const mailed = await users.createPasskeyRegistrationLink({ userId: id });
  assert.equal(mailed.code, undefined);
  const { code } = await users.createPasskeyRegistrationLink(
    { userId: id, medium: { case: "returnCode", value: {} } });
  assert.match(code.code, /^[A-Za-z0-9]{12}$/);
  const stranger = signing.users(await signing.world.stranger());
  const without = await refusal(stranger.registerPasskey({ userId: id, domain: "localhost" }));
  assert.equal(without.code, Code.NotFound);
  const guess = { id: code.id, code: "AAAAAAAAAAAA" };
  const wrong = await refusal(stranger.registerPasskey({ userId: id, code: guess }));
  assert.equal(wrong.code, Code.InvalidArgument);
  const begun = await stranger.registerPasskey({ userId: id, code, domain: "localhost" });
  const created = begun.publicKeyCredentialCreationOptions.publicKey;
  await stranger.verifyPasskeyRegistration({
    userId: id, passkeyId: begun.passkeyId, passkeyName: "My phone",
    publicKeyCredential: new SoftwareAuthenticator().create(created),
  });
  const { result } = await users.listPasskeys({ userId: id });
  assert.deepEqual(result.map((one) => [one.id, one.state]), [[begun.passkeyId, 2]]);
  const again = await refusal(stranger.registerPasskey({ userId: id, code, domain: "localhost" }));
  assert.equal(again.code, Code.InvalidArgument);
}

// The login policy of a new instance has the app and keys; what it has not nobody sets up or shows.
async function outsideThePolicy(signing) {
  const { id, name } = await signing.person();
  const { world } = signing;
  const users = signing.users(signing.server.token);
  const before = await world.newest();
  const no = (call) => refused(call, Code.FailedPrecondition, "factor.not_allowed");
  await no(users.addOTPEmail({ userId: id }));
  await no(users.addOTPSMS({ userId: id }));
  // The published client is older than recovery codes.
  const codes = await world.try("GenerateRecoveryCodes", { userId: id, count: 10 });
  assert.equal(codes.reason, "factor.not_allowed");
  const checks = { ...byName(name), password: { password: PASSWORD } };
  const challenges = { otpEmail: { deliveryType: { case: "returnCode", value: {} } } };
  await no(signing.sessions.createSession({ checks, challenges }));
  const recovering = { user: { userId: id }, recoveryCode: { code: "K7Q2Z-DP40B" } };
  const shown = await world.try("CreateSession", { checks: recovering });
  assert.equal(shown.reason, "factor.not_allowed");
  await refused(users.removeOTPEmail({ userId: id }), Code.NotFound, "otp_email.not_found");
  const none = await world.try("RemoveRecoveryCodes", { userId: id });
  assert.equal(none.reason, "recovery_codes.not_found");
  assert.equal(await world.newest(), before);
  const { result } = await users.listAuthenticationFactors({ userId: id });
  assert.deepEqual(result, []);
  const { authMethodTypes } = await users.listAuthenticationMethodTypes({ userId: id });
  assert.deepEqual(authMethodTypes, [PASSWORD_METHOD]);
}

// A machine's key signs; what is stored of it verifies nothing but that.
async function machineKeys(signing) {
  const users = signing.users(signing.server.token);
  const userId = await signing.world.machine(await signing.world.organization());
  const expirationDate = timestampFromDate(new Date(Date.now() + 86400e3));
  const { keyId, keyContent } = await users.addKey({ userId, expirationDate });
  const file = JSON.parse(Buffer.from(keyContent).toString());
  assert.deepEqual({ ...file, key: undefined },
                   { type: "serviceaccount", keyId, userId, key: undefined });
  const key = createPrivateKey(file.key);
  assert.equal(key.asymmetricKeyDetails.modulusLength, 2048);
  const own = createPublicKey(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey);
  const publicKey = Buffer.from(own.export({ type: "spki", format: "pem" }));
  const given = await users.addKey({ userId, expirationDate, publicKey });
  assert.equal(given.keyContent.length, 0);
  const list = async (filter) => (await users.listKeys(
    { filters: [{ filter: { case: "userIdFilter", value: { id: userId } } }, ...filter] }))
    .result.map((one) => one.id);
  assert.deepEqual((await list([])).sort(), [keyId, given.keyId].sort());
  const byId = { filter: { case: "keyIdFilter", value: { id: keyId } } };
  assert.deepEqual(await list([byId]), [keyId]);
  // Made today, and of no use after tomorrow.
  const inAnHour = timestampFromDate(new Date(Date.now() + 3600e3));
  for (const [which, method, count] of [
    ["createdDateFilter", BEFORE, 2],
    ["createdDateFilter", AFTER, 0],
    ["expirationDateFilter", BEFORE, 0],
    ["expirationDateFilter", AFTER, 2],
  ]) {
    const filter = { case: which, value: { timestamp: inAnHour, method } };
    assert.equal((await list([{ filter }])).length, count, which);
  }
  await users.removeKey({ userId, keyId });
  assert.deepEqual(await list([]), [given.keyId]);
  const { clientSecret } = await users.addSecret({ userId });
  assert.match(clientSecret, /^[A-Za-z0-9]{64}$/);
  assert.equal((await users.getUserByID({ userId })).user.type.value.hasSecret, true);
  await users.removeSecret({ userId });
  assert.equal((await users.getUserByID({ userId })).user.type.value.hasSecret, false);
}

// A token has its user's rights and no more, and over REST as over gRPC.
async function rightsOfItsUser(signing) {
  const [one, other] = [await signing.person(), await signing.person()];
  const { sessionToken } = await signing.sessions.createSession(
    { checks: { ...byName(one.name), password: { password: PASSWORD } } });
  const own = signing.users(sessionToken);
  assert.equal((await refusal(own.getUserByID({ userId: other.id }))).code, Code.NotFound);
  const { result } = await own.listUsers({});
  assert.deepEqual(result.map((user) => user.userId), [one.id]);
  const rest = (path) => fetch(`${signing.server.url}${path}`,
                               { headers: { authorization: `Bearer ${sessionToken}` } });
  assert.equal((await rest(`/v2/users/${one.id}`)).status, 200);
  assert.equal((await rest(`/v2/users/${other.id}`)).status, 404);
  const lock = await refusal(own.lockUser({ userId: other.id }));
  assert.equal(lock.code, Code.NotFound);
  await signing.world.ok("LockUser", { userId: one.id });
  assert.equal((await rest(`/v2/users/${one.id}`)).status, 401);
}

// What was proved of the old password ends with it, but in the session in which it was changed.
async function changedCredentials(signing) {
  const { id, name } = await signing.person();
  const checks = { ...byName(name), password: { password: PASSWORD } };
  const [own, other] = [await signing.sessions.createSession({ checks }),
                        await signing.sessions.createSession({ checks })];
  const acts = (session) => signing.users(session.sessionToken).getUserByID({ userId: id });
  await signing.users(own.sessionToken).setPassword({
    userId: id, newPassword: { password: `${PASSWORD}-2` },
    verification: { case: "currentPassword", value: PASSWORD },
  });
  await acts(own);
  await refused(acts(other), Code.Unauthenticated, "session.credentials_changed");
  // It is still there to be seen, and to prove its user in again.
  const { session } = await signing.sessions.getSession({ sessionId: other.sessionId });
  assert.equal(session.factors.user.id, id);
  const again = await signing.sessions.setSession(
    { sessionId: other.sessionId, checks: { password: { password: `${PASSWORD}-2` } } });
  await acts(again);
  const { world } = signing;
  await world.ok("LockUser", { userId: id });
  await world.ok("UnlockUser", { userId: id });
  assert.equal((await refusal(acts(own))).code, Code.Unauthenticated);
  await world.ok("SetSessionSettings", { endWithCredentials: false });
  await acts(own);
  assert.equal((await world.ok("GetSessionSettings")).endWithCredentials ?? false, false);
  await world.ok("SetSessionSettings", { endWithCredentials: true });
  assert.equal((await refusal(acts(own))).code, Code.Unauthenticated);
}

// Who was given a password to be changed does so in the session that proved it, before all else.
async function changeRequired(signing) {
  const { world, server } = signing;
  const { id, name } = await signing.person();
  const newPassword = { password: PASSWORD, changeRequired: true };
  await world.ok("SetPassword", { userId: id, newPassword });
  const { sessionId, sessionToken } = await signing.sessions.createSession(
    { checks: { ...byName(name), password: { password: PASSWORD } } });
  const own = signing.users(sessionToken);
  const DUE = "auth.password_change_required";
  await refused(own.getUserByID({ userId: id }), Code.PermissionDenied, DUE);
  await refused(own.setEmail({ userId: id, email: email() }), Code.PermissionDenied, DUE);
  const mine = await world.try("GetMyUser", {}, { token: sessionToken });
  assert.equal(mine.reason, DUE);
  // What its page needs.
  const { session } = await createSessionServiceClient(grpc(server, sessionToken))
    .getSession({ sessionId });
  assert.equal(session.factors.user.id, id);
  await world.ok("EstimatePasswordStrength", { password: "Wood" }, { token: sessionToken });
  const change = (current, password) => own.setPassword({
    userId: id, newPassword: { password },
    verification: { case: "currentPassword", value: current },
  });
  await refused(change("wrong", `${PASSWORD}-2`), Code.InvalidArgument, "user.password_wrong");
  await refused(change(PASSWORD, PASSWORD), Code.InvalidArgument, "password.unchanged");
  await refused(own.getUserByID({ userId: id }), Code.PermissionDenied, DUE);
  await change(PASSWORD, `${PASSWORD}-2`);
  const { user } = await own.getUserByID({ userId: id });
  assert.equal(user.type.value.passwordChangeRequired, false);
  const { lastLogin } = await world.ok("GetMyUser", {}, { token: sessionToken });
  assert.ok(Math.abs(Date.now() - Date.parse(lastLogin)) < 600_000, lastLogin);
}

// Sessions by when they were made, on both sides of a moment and at it.
async function byCreation(signing) {
  const { id } = await signing.person();
  const made = [];
  for (let i = 0; i < 3; ++i) {
    const { sessionId } = await signing.sessions.createSession(
      { checks: { user: { search: { case: "userId", value: id } } } });
    const { session } = await signing.sessions.getSession({ sessionId });
    made.push({ sessionId, at: session.creationDate });
  }
  const list = async (creationDate, method) => {
    const { sessions: found, details } = await signing.sessions.listSessions({ queries: [
      { query: { case: "userIdQuery", value: { id } } },
      { query: { case: "creationDateQuery", value: { creationDate, method } } },
    ] });
    assert.equal(details.totalResult, BigInt(found.length));
    return found.map((one) => one.id).sort();
  };
  const ids = (...which) => which.map((i) => made[i].sessionId).sort();
  const [EQUALS, GREATER, GREATER_OR_EQUALS, LESS, LESS_OR_EQUALS] = [0, 1, 2, 3, 4];
  const { at } = made[1];
  assert.deepEqual(await list(at, EQUALS), ids(1));
  assert.deepEqual(await list(at, GREATER), ids(2));
  assert.deepEqual(await list(at, GREATER_OR_EQUALS), ids(1, 2));
  assert.deepEqual(await list(at, LESS), ids(0));
  assert.deepEqual(await list(at, LESS_OR_EQUALS), ids(0, 1));
}

// What a password is worth, to anybody with a token, and of no one's account.
async function strength(signing) {
  const { world } = signing;
  const token = await world.stranger();
  const before = await world.newest();
  for (const protocol of PROTOCOLS) {
    const of = (password, known = []) => world.ok(
      "EstimatePasswordStrength", { password, known }, { token, protocol });
    const [bad, good] = [await of("Password1!"), await of("vVq8#kLm2xTz!r9w")];
    assert.ok((bad.score ?? 0) <= 1 && good.score === 4, protocol);
    const strange = await of("Zarathustrenko");
    const named = await of("Zarathustrenko", ["zarathustrenko"]);
    assert.ok((named.bits ?? 0) + 10 < strange.bits, protocol);
    const none = await world.try("EstimatePasswordStrength", { password: "Wood" },
                                 { token: "", protocol });
    assert.equal(none.code, Code.Unauthenticated, protocol);
    const long = await world.try("EstimatePasswordStrength", { password: "x".repeat(201) },
                                 { token, protocol });
    assert.equal(long.code, Code.InvalidArgument, protocol);
  }
  assert.equal(await world.newest(), before);
}

// That somebody put off a second factor is told with him, till he does it again.
async function putOff(signing) {
  const { id, organizationId } = await signing.person();
  const users = signing.users(signing.server.token);
  const skipped = async () =>
    (await users.getUserByID({ userId: id })).user.type.value.mfaInitSkipped;
  assert.equal(await skipped(), undefined);
  let last = 0;
  for (let i = 0; i < 2; ++i) {
    await users.humanMFAInitSkipped({ userId: id });
    const at = Number(timestampMs(await skipped()));
    assert.ok(at > last && Math.abs(Date.now() - at) < 600_000, String(at));
    last = at;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const query = { case: "organizationIdQuery", value: { organizationId } };
  const { result } = await users.listUsers({ queries: [{ query }] });
  assert.deepEqual(result.map((one) => Number(timestampMs(one.type.value.mfaInitSkipped))), [last]);
}

async function survives(signing) {
  const { id, name } = await signing.person();
  const { sessionToken } = await signing.sessions.createSession(
    { checks: { ...byName(name), password: { password: PASSWORD } } });
  await signing.server.kill();
  await signing.server.resume();
  await signing.users(sessionToken).getUserByID({ userId: id });
}

export default async function sessions(t) {
  const server = await start();
  const signing = new Signing(server, new World(server));
  await t.test("a session proves a password step by step, and its token acts for its user",
               () => stepByStep(signing));
  await t.test("an authenticator app is asked for in every session once it is set up",
               () => secondFactor(signing));
  await t.test("a passkey signs in whom nobody named", () => passkey(signing));
  await t.test("a passkey is registered by a code alone, once", () => passkeyLink(signing));
  await t.test("a session's token has the rights of its user, and ends with a lock",
               () => rightsOfItsUser(signing));
  await t.test("changed credentials end the sessions that proved the old ones, unless set otherwise",
               () => changedCredentials(signing));
  await t.test("a password that must be changed is changed before anything else is done",
               () => changeRequired(signing));
  await t.test("sessions are found by when they were made", () => byCreation(signing));
  await t.test("what a password is worth is told over every protocol", () => strength(signing));
  await t.test("when a second factor was put off last is told with its user",
               () => putOff(signing));
  await t.test("a factor that the login policy has not is neither set up nor shown",
               () => outsideThePolicy(signing));
  await t.test("a machine has keys, made here or its own, and a secret, shown once",
               () => machineKeys(signing));
  await t.test("a session outlives a kill -9 of the server", () => survives(signing));
}
