// What somebody does to his own account by the v1 interface, with the published client and the token
// of his session.
import assert from "node:assert/strict";
import { Code } from "@connectrpc/connect";
import { createAuthServiceClient } from "@zitadel/client/v1";
import { SoftwareAuthenticator } from "../lib/authenticator.mjs";
import { transports } from "../lib/clients.mjs";
import { refused } from "../lib/refused.mjs";
import { start } from "../lib/server.mjs";
import { totp } from "../lib/totp.mjs";
import { PASSWORD, World, email, fresh, phone } from "../lib/world.mjs";

async function profile({ userId, mine }) {
  const name = fresh("mo");
  await mine.updateMyUserName({ userName: name });
  const changed = await mine.updateMyProfile({
    firstName: "Mo", lastName: "Example", nickName: "M", displayName: "Mo E.",
    preferredLanguage: "de", gender: 3,
  });
  const { user } = await mine.getMyUser({});
  assert.equal(user.id, userId);
  assert.equal(user.userName, name);
  assert.equal(user.state, 1);
  assert.equal(user.details.sequence, changed.details.sequence);
  assert.equal(user.details.resourceOwner, changed.details.resourceOwner);
  assert.deepEqual(user.loginNames, [name]);
  const shown = (await mine.getMyProfile({})).profile;
  assert.deepEqual({ ...shown, $typeName: user.type.value.profile.$typeName },
                   { ...user.type.value.profile });
  assert.equal(shown.firstName, "Mo");
  assert.equal(shown.nickName, "M");
  assert.equal(shown.gender, 3);
  // What is left out is removed: the v1 interface replaces all of it.
  await mine.updateMyProfile({ firstName: "Mo", lastName: "Example", displayName: "Mo E." });
  const { profile: bare } = await mine.getMyProfile({});
  assert.equal(bare.nickName, "");
  assert.equal(bare.gender, 0);
  await refused(mine.updateMyProfile({ firstName: "Mo\u202e", lastName: "E", displayName: "M" }),
                Code.InvalidArgument, "request.first_name.not_name");
}

async function addresses({ world, userId, mine }) {
  const address = email();
  await mine.setMyEmail({ email: address });
  assert.deepEqual((await mine.getMyEmail({})).email.isEmailVerified, false);
  const { verificationCode } = await world.ok("SendEmailCode", { userId, returnCode: {} });
  await refused(mine.verifyMyEmail({ code: "WRONG1" }), Code.InvalidArgument, "code.invalid");
  await mine.verifyMyEmail({ code: verificationCode });
  const got = await mine.getMyEmail({});
  assert.equal(got.email.email, address);
  assert.equal(got.email.isEmailVerified, true);
  assert.ok(got.details.sequence > 0n);

  const number = phone();
  await mine.setMyPhone({ phone: number.replace(/^(\+41)(..)(...)/, "$1 $2 $3 ") });
  await mine.resendMyPhoneVerification({});
  assert.equal((await mine.getMyPhone({})).phone.phone, number);
  await mine.removeMyPhone({});
  assert.equal((await mine.getMyPhone({})).phone, undefined);
}

const verification = (credential) => ({
  verification: { publicKeyCredential: new TextEncoder().encode(JSON.stringify(credential)),
                  tokenName: "Blue" },
});
const optionsOf = (begun) => JSON.parse(new TextDecoder().decode(begun.key.publicKey)).publicKey;
const states = async (mine) =>
  (await mine.listMyAuthFactors({})).result.map((one) => [one.type.case, one.state]);

// A factor that is set up holds for sessions that stand: till it is proved, or gone, this one does
// not act.
async function factors({ world, userId, again, url }) {
  let mine = await again();
  const { secret, url: shown } = await mine.addMyAuthFactorOTP({});
  assert.match(shown, /^otpauth:\/\/totp\//);
  assert.deepEqual(await states(mine), [["otp", 1]]);
  await mine.verifyMyAuthFactorOTP({ code: totp(secret) });
  await refused(mine.getMyUser({}), Code.Unauthenticated, "auth.session_unproved");
  await world.ok("RemoveTOTP", { userId });
  mine = await again();

  const begun = await mine.addMyAuthFactorU2F({});
  const other = await mine.addMyAuthFactorU2F({});
  assert.ok(other.details.sequence > begun.details.sequence);
  const text = { verification: { publicKeyCredential: Buffer.alloc(60, "x"), tokenName: "Blue" } };
  await refused(mine.verifyMyAuthFactorU2F(text), Code.InvalidArgument,
                "request.public_key_credential.malformed");
  const answer = new SoftwareAuthenticator().create(optionsOf(begun));
  await refused(mine.verifyMyPasswordless(verification(answer)), Code.NotFound,
                "passkey.not_found");
  // Two are begun: the answer says by its challenge to which it is.
  await mine.verifyMyAuthFactorU2F(verification(answer));
  const { result } = await world.ok("ListAuthenticationFactors", {
    userId, states: ["AUTH_FACTOR_STATE_READY", "AUTH_FACTOR_STATE_NOT_READY"] });
  const proved = result.find((one) => one.state === "AUTH_FACTOR_STATE_READY");
  assert.equal(proved.u2f.name, "Blue");
  await world.ok("RemoveU2F", { userId, u2fId: proved.u2f.id });
  mine = await again();
  assert.deepEqual(await states(mine), [["u2f", 1]]);
  await refused(mine.verifyMyAuthFactorU2F(verification(answer)), Code.NotFound, "u2f.not_found");
  const [left] = (await mine.listMyAuthFactors({})).result;
  await mine.removeMyAuthFactorU2F({ tokenId: left.type.value.id });
  assert.deepEqual(await states(mine), []);

  const passkey = optionsOf(await mine.addMyPasswordless({}));
  assert.equal(passkey.rp.id, new URL(url).hostname);
  await mine.verifyMyPasswordless(verification(new SoftwareAuthenticator().create(passkey)));
  const [kept] = (await world.ok("ListPasskeys", { userId })).result;
  assert.equal(kept.state, "AUTH_FACTOR_STATE_READY");
  await world.ok("RemovePasskey", { userId, passkeyId: kept.id });
  mine = await again();
  assert.deepEqual((await mine.listMyPasswordless({})).result, []);
}

async function readings({ world, userId, mine }) {
  const value = (text) => Buffer.from(text).toString("base64");
  await world.ok("SetUserMetadata", {
    userId, metadata: [{ key: "colour", value: value("green") }, { key: "size", value: value("L") }],
  });
  const { metadata } = await mine.getMyMetadata({ key: "colour" });
  assert.equal(Buffer.from(metadata.value).toString(), "green");
  assert.ok(metadata.details.sequence > 0n);
  await refused(mine.getMyMetadata({ key: "shape" }), Code.NotFound, "metadata.not_found");
  const queries = [{ query: { case: "keyQuery", value: { key: "SI", method: 3 } } }];
  const listed = await mine.listMyMetadata({ query: { limit: 10, asc: true }, queries });
  assert.deepEqual(listed.result.map((one) => one.key), ["size"]);
  assert.equal(listed.details.totalResult, 1n);

  const { result: sessions } = await mine.listMyUserSessions({});
  assert.ok(sessions.length > 0);
  for (const one of sessions) assert.deepEqual([one.userId, one.authState], [userId, 1]);
  const { result: changes } = await mine.listMyUserChanges({ query: { limit: 2 } });
  assert.equal(changes.length, 2);
  assert.match(changes[0].eventType.key, /user\.metadata\.set/);
  const { result: first } = await mine.listMyUserChanges({ query: { asc: true, limit: 1 } });
  assert.match(first[0].eventType.key, /user\.human\.added/);
  assert.ok(first[0].sequence < changes[1].sequence);
}

// Another's account is not reached from here, whatever a request holds.
async function alone({ world, mine, userId, token, url }) {
  const other = await world.person(await world.organization());
  const before = JSON.stringify(await world.ok("GetUserByID", { userId: other }));
  const name = fresh("mine");
  const put = await fetch(`${url}/auth/v1/users/me/username?userId=${other}&user_id=${other}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ userName: name, userId: other, user_id: other, id: other }),
  });
  assert.equal(put.status, 200);
  assert.equal((await world.ok("GetUserByID", { userId })).user.username, name);
  assert.equal(JSON.stringify(await world.ok("GetUserByID", { userId: other })), before);
  await refused(mine.removeMyUser({}), Code.PermissionDenied, "auth.permission_denied");
  await refused(mine.updateMyPassword({ oldPassword: "Wrong-Lamp-7-River",
                                        newPassword: "Wood-Lamp-8-River" }),
                Code.InvalidArgument, "user.password_wrong");
  await mine.updateMyPassword({ oldPassword: PASSWORD, newPassword: "Wood-Lamp-8-River" });
}

const STORIES = { profile, addresses, factors, readings, alone };

// Somebody with a name of his own, two sessions, metadata, and a role by which one may go.
async function whoMayGo(world) {
  const organizationId = await world.organization();
  const name = fresh("leaver"), address = email();
  const userId = await world.person(organizationId, {
    username: name,
    human: { profile: { givenName: "Vera", familyName: fresh("Vanishing") },
             email: { email: address, isVerified: true } } });
  const resource = { organizationId };
  await world.ok("CreateAdministrator", { userId, resource, roles: ["ORG_USER_SELF_MANAGER"] });
  await world.ok("SetUserMetadata", {
    userId, metadata: [{ key: "colour", value: Buffer.from("viridian").toString("base64") }] });
  const other = await world.signIn(userId);
  return { organizationId, userId, name, address, other, token: await world.signIn(userId) };
}

async function nothingIsLeft(world, { organizationId, userId, name, address, other, token }) {
  for (const old of [token, other]) {
    assert.equal((await world.try("GetMyUser", {}, { token: old })).code, Code.Unauthenticated);
  }
  assert.equal((await world.try("GetUserByID", { userId })).code, Code.NotFound);
  let events = [];
  for (let i = 0; i < 200 && !events.some((one) => one.type.type === "user.purged"); ++i) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    ({ events } = await world.ok("ListEvents", { aggregateId: userId, asc: true, limit: 1000 }));
  }
  const types = events.map((one) => one.type.type);
  assert.equal(types.at(-1), "user.purged");
  const ends = ["user.removed", "user.erased", "user.purged"];
  assert.deepEqual(types.filter((one) => ends.includes(one)), ends);
  // He did it himself.
  assert.equal(events.find((one) => one.type.type === "user.removed").editor.userId, userId);
  const { events: all } = await world.ok("ListEvents", { limit: 1000 });
  const told = JSON.stringify([events, all]);
  for (const value of [name, address, "Vanishing", "dmlyaWRpYW4="]) {
    assert.ok(!told.includes(value), value);
  }
  const { sessions = [] } = await world.ok("ListSessions", {
    queries: [{ userIdQuery: { id: userId } }] });
  assert.deepEqual(sessions, []);
  const { administrators = [] } = await world.ok("ListAdministrators", {
    filters: [{ inUserIdsFilter: { ids: [userId] } }] });
  assert.deepEqual(administrators, []);
  // His name is free, and who takes it is nobody's heir.
  const next = await world.person(organizationId, { username: name });
  const { user } = await world.ok("GetUserByID", { userId: next });
  assert.deepEqual([user.username, user.human.profile.givenName], [name, "Alex"]);
  assert.deepEqual((await world.ok("ListUserMetadata", { userId: next })).metadata ?? [], []);
}

export default async function ownAccount(t) {
  const server = await start();
  const world = new World(server);
  for (const [protocol, transport] of Object.entries(transports(server))) {
    const userId = await world.person(await world.organization());
    const as = (token) => createAuthServiceClient(transport(token));
    const again = async () => as(await world.signIn(userId));
    for (const [name, story] of Object.entries(STORIES)) {
      await t.test(`one's own account: ${name}, over ${protocol}`, async () => {
        const token = await world.signIn(userId);
        await story({ world, userId, again, token, mine: as(token), url: server.url });
      });
    }
  }
  for (const [protocol, transport] of Object.entries(transports(server))) {
    await t.test(`whoever may go removes himself, for ever, over ${protocol}`, async () => {
      const leaver = await whoMayGo(world);
      const { details } = await createAuthServiceClient(transport(leaver.token)).removeMyUser({});
      assert.equal(details.resourceOwner, leaver.organizationId);
      await nothingIsLeft(world, leaver);
    });
  }
  await t.test("whoever may go removes himself, for ever, over REST", async () => {
    const leaver = await whoMayGo(world);
    const gone = await fetch(`${server.url}/auth/v1/users/me`, {
      method: "DELETE", headers: { authorization: `Bearer ${leaver.token}` } });
    assert.equal(gone.status, 200, await gone.text());
    await nothingIsLeft(world, leaver);
  });
  await t.test("one's own account over REST", async () => {
    const token = await world.signIn(await world.person(await world.organization()));
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const at = `${server.url}/auth/v1/users/me`;
    const put = await fetch(`${at}/username`, {
      method: "PUT", headers, body: JSON.stringify({ userName: "resty" }) });
    assert.equal(put.status, 200);
    const got = await (await fetch(at, { headers })).json();
    assert.equal(got.user.userName, "resty");
    assert.equal(got.user.human.profile.firstName, "Alex");
    assert.equal((await fetch(at)).status, 401);
  });
}
