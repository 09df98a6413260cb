// Addresses, their codes, passwords and invitations, by the published client over every transport
// that it has.
import assert from "node:assert/strict";
import { Code } from "@connectrpc/connect";
import { createUserServiceClient } from "@zitadel/client/v2";
import { transports } from "../lib/clients.mjs";
import { CredentialsCheckError, RetryInfo } from "../lib/interface.mjs";
import { refused } from "../lib/refused.mjs";
import { start } from "../lib/server.mjs";
import { PASSWORD, World, email } from "../lib/world.mjs";

const RETURNED = { case: "returnCode", value: {} };
const SENT = { case: "sendCode", value: {} };

const human = async (users, userId) =>
  (await users.getUserByID({ userId })).user.type.value;

async function addresses(world, users) {
  const userId = await world.person(await world.organization());
  const address = email();
  const set = await users.setEmail({ userId, email: address, verification: RETURNED });
  assert.equal((await human(users, userId)).email.email, address);
  assert.equal((await human(users, userId)).email.isVerified, false);
  await refused(users.verifyEmail({ userId, verificationCode: "WRONG1" }), Code.InvalidArgument,
                "code.invalid");
  await users.verifyEmail({ userId, verificationCode: ` ${set.verificationCode.toLowerCase()} ` });
  assert.equal((await human(users, userId)).email.isVerified, true);
  await refused(users.resendEmailCode({ userId }), Code.FailedPrecondition, "user.email_verified");

  await users.setPhone({ userId, phone: "+41 (0)79 123 45 67", verification: SENT });
  assert.equal((await human(users, userId)).phone.phone, "+41791234567");
  const { verificationCode } = await users.resendPhoneCode({ userId, verification: RETURNED });
  await users.verifyPhone({ userId, verificationCode });
  assert.equal((await human(users, userId)).phone.isVerified, true);
  await users.removePhone({ userId });
  assert.equal((await human(users, userId)).phone?.phone ?? "", "");
}

async function throttle(world, users) {
  const userId = await world.person(await world.organization());
  await users.setEmail({ userId, email: email(), verification: SENT });
  await users.resendEmailCode({ userId, verification: SENT });
  await users.resendEmailCode({ userId, verification: SENT });
  const error = await refused(users.resendEmailCode({ userId, verification: SENT }),
                              Code.ResourceExhausted, "code.sent_too_often");
  const [retry] = error.findDetails(RetryInfo);
  assert.ok(retry.retryDelay.seconds > 50n && retry.retryDelay.seconds <= 60n);
  await users.resendEmailCode({ userId, verification: RETURNED });
}

// A person who comes with a hash of another system; its owner types the password.
async function passwords(world, users) {
  const organizationId = await world.organization();
  const userId = await world.person(organizationId);
  const bcrypt = "$2a$05$LhayLxezLhK1LhWvKxCyLOj0j1u.Kj0jZ0pEmm134uzrQlFvQJLF6";
  await world.ok("UpdateUser", { userId, human: { password: { hashedPassword: { hash: bcrypt } } } });
  const change = (current, password) => users.setPassword({
    userId, newPassword: { password },
    verification: { case: "currentPassword", value: current },
  });
  const wrong = await refused(change("hashcut", PASSWORD), Code.InvalidArgument,
                              "user.password_wrong");
  assert.equal(wrong.findDetails(CredentialsCheckError)[0].failedAttempts, 1);
  await refused(change("hashcat", "too simple"), Code.InvalidArgument, "password.needs_uppercase");
  await change("hashcat", PASSWORD);
  await refused(change("hashcat", "Wood-Lamp-8-River"), Code.InvalidArgument,
                "user.password_wrong");

  const reset = await users.passwordReset({ userId, medium: RETURNED });
  const byCode = (verificationCode) => users.setPassword({
    userId, newPassword: { password: "Wood-Lamp-9-River", changeRequired: true },
    verification: { case: "verificationCode", value: verificationCode },
  });
  await byCode(reset.verificationCode);
  await refused(byCode(reset.verificationCode), Code.InvalidArgument, "code.invalid");
  assert.equal((await human(users, userId)).passwordChangeRequired, true);
  await change("Wood-Lamp-9-River", PASSWORD);
  assert.equal((await human(users, userId)).passwordChangeRequired, false);
}

async function invitations(world, users) {
  const organizationId = await world.organization();
  const unproved = { profile: { givenName: "Alex", familyName: "Example" },
                     email: { email: email(), isVerified: false } };
  const userId = await world.person(organizationId, { human: unproved });
  const { inviteCode } = await users.createInviteCode({ userId, verification: RETURNED });
  await users.verifyInviteCode({ userId, verificationCode: inviteCode });
  assert.equal((await human(users, userId)).email.isVerified, true);
  await users.setPassword({ userId, newPassword: { password: PASSWORD } });
  await refused(users.createInviteCode({ userId }), Code.FailedPrecondition,
                "user.has_credentials");
}

export default async function accounts(t) {
  const server = await start();
  const world = new World(server);
  for (const [protocol, transport] of Object.entries(transports(server))) {
    const users = createUserServiceClient(transport());
    await t.test(`addresses change and are proved over ${protocol}`, () => addresses(world, users));
    await t.test(`messages are throttled, and say until when, over ${protocol}`,
                 () => throttle(world, users));
    await t.test(`passwords are taken over, changed and reset over ${protocol}`,
                 () => passwords(world, users));
    await t.test(`people are invited over ${protocol}`, () => invitations(world, users));
  }
  await t.test("a code is in no answer but its own, and in no line of the server's log", async () => {
    const userId = await world.person(await world.organization());
    const set = await world.ok("SetEmail", { userId, email: email(), returnCode: {} });
    const { events } = await world.ok("ListEvents", { aggregateId: userId, limit: 100 });
    assert.ok(events.length >= 3);
    assert.ok(!JSON.stringify(events).includes(set.verificationCode));
    assert.ok(!server.output.includes(set.verificationCode));
  });
}
