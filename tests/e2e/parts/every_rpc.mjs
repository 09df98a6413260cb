// Every declared method over the wire: as owner, without a token, and as somebody without rights.
import { settingsAnswer } from "../lib/settings.mjs";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import {
  aboutCaller, binding, method as byName, methods, path, rule, unserved,
} from "../lib/interface.mjs";
import { minimalRequest, optionsOf, targets } from "../lib/requests.mjs";
import { start } from "../lib/server.mjs";
import { Code, PROTOCOLS, call } from "../lib/wire.mjs";
import { World } from "../lib/world.mjs";

const TARGET_VISIBLE = 4;
const listName = new URL("../unserved.tsv", import.meta.url);

function reviewed() {
  const lines = readFileSync(listName, "utf8").trimEnd().split("\n");
  return lines.filter((line) => !line.startsWith("#"));
}

// What a minimal request of the owner is answered where that is no success.
export const EXPECTED = {
  // No name server answers, so nobody shows the token.
  VerifyOrganizationDomain: Code.InvalidArgument,
  ValidateOrgDomain: Code.InvalidArgument,
  // Of logins alone, who hold session.link (openid_clients.mjs).
  GetAuthRequest: Code.NotFound,
  CreateCallback: Code.NotFound,
  GetDeviceAuthorizationRequest: Code.NotFound,
  AuthorizeOrDenyDeviceAuthorization: Code.NotFound,
  // Of whoever was signed in by an application (openid_clients.mjs).
  RevokeMyRefreshToken: Code.NotFound,
  // On a server where all goes well there is nothing for it to find.
  RetryDeadLetter: Code.NotFound,
  AddOIDCSettings: Code.AlreadyExists,
  // Takes a role that only a membership gives.
  RemoveMyUser: Code.PermissionDenied,
  // A new instance's login policy has none of these factors, so nobody can have one to remove.
  AddOTPEmail: Code.FailedPrecondition,
  AddOTPSMS: Code.FailedPrecondition,
  GenerateRecoveryCodes: Code.FailedPrecondition,
  AddMyAuthFactorOTPEmail: Code.FailedPrecondition,
  AddMyAuthFactorOTPSMS: Code.FailedPrecondition,
  RemoveOTPEmail: Code.NotFound,
  RemoveOTPSMS: Code.NotFound,
  RemoveRecoveryCodes: Code.NotFound,
  RemoveMyAuthFactorOTPEmail: Code.NotFound,
  RemoveHumanAuthFactorOTPEmail: Code.NotFound,
  RemoveHumanAuthFactorOTPSMS: Code.NotFound,
  RemoveMyAuthFactorOTPSMS: Code.NotFound,
};

const say = (answer) => `${Code[answer.code] ?? answer.code} ${answer.reason}: ${answer.message}`;

async function asOwner(world) {
  const wrong = [];
  let served = 0;
  for (const method of methods()) {
    const ids = await targets(world, method, byName);
    const options = { ...optionsOf(method, ids), ...(ids.token ? { token: ids.token } : {}) };
    const answer = await world.try(method, minimalRequest(method, ids), options);
    const expected = unserved(method) ? Code.Unimplemented : EXPECTED[method.name] ?? settingsAnswer(method) ?? 0;
    if (!unserved(method)) served += 1;
    if (answer.code !== expected) wrong.push(`${path(method)}: ${say(answer)}`);
  }
  assert.deepEqual(wrong, []);
  return `served ${served} of ${methods().length}`;
}

async function withoutToken(world, protocol) {
  const wrong = [];
  const ids = { organizationId: await world.organization(), userId: "1", machineId: "1" };
  const has = (one) => protocol !== "REST" || binding(one) !== undefined;
  for (const method of methods().filter((one) => !rule(one)?.open && has(one))) {
    const answer = await call(world.server, method, minimalRequest(method, ids), { protocol });
    // What nobody can call needs no token to be told so.
    const [code, status] = unserved(method) ? [Code.Unimplemented, 501]
                                            : [Code.Unauthenticated, 401];
    const http = protocol.startsWith("gRPC") ? 200 : status;
    if (answer.code !== code || answer.http !== http || !answer.reason) {
      wrong.push(`${path(method)}: ${answer.http} ${say(answer)}`);
    }
  }
  assert.deepEqual(wrong, []);
}

// Whom they take as their target a request says; the others are about the caller.
const ofOthers = () =>
  methods().filter((one) => !rule(one)?.open && !unserved(one) && !aboutCaller(one));

function strangerMaySee(method, answer) {
  const entries = Object.values(answer.json ?? {}).filter(Array.isArray).flat();
  // What a stranger sees of a list is himself, where the list lets everybody see himself.
  return rule(method).authenticated ||
         (rule(method).target === TARGET_VISIBLE && entries.length < 2);
}

async function asStranger(world) {
  const token = await world.stranger();
  const wrong = [];
  for (const method of ofOthers()) {
    const ids = await targets(world, method, byName);
    const request = minimalRequest(method, ids);
    const before = await world.newest();
    const answer = await world.try(method, request, { ...optionsOf(method, ids), token });
    const refused = [Code.NotFound, Code.PermissionDenied].includes(answer.code);
    if (!refused && !(answer.code === 0 && strangerMaySee(method, answer))) {
      wrong.push(`${path(method)}: ${say(answer)}`);
    }
    // What is open to everybody with a token is his own.
    if (!rule(method).authenticated && (await world.newest()) !== before) wrong.push(`${path(method)} stored an event`);
  }
  assert.deepEqual(wrong, []);
}

async function unknownTargets(world) {
  const token = await world.stranger();
  const wrong = [];
  for (const method of ofOthers()) {
    const { field } = rule(method);
    if (!field) continue;
    const ids = await targets(world, method, byName);
    const known = await world.try(method, minimalRequest(method, ids),
                                  { ...optionsOf(method, ids), token });
    const made = { ...ids, organizationId: "999", userId: "999", machineId: "999",
                   projectId: "999", authorizationId: "999", applicationId: "999",
                   keyId: "999", groupId: "999", grantId: "999" };
    const none = await world.try(method, minimalRequest(method, made),
                                 { ...optionsOf(method, made), token });
    if (known.code !== none.code || known.reason !== none.reason) {
      wrong.push(`${path(method)}: ${say(known)}, of an unknown target ${say(none)}`);
    }
  }
  assert.deepEqual(wrong, []);
}

export default async function everyRpc(t) {
  const world = new World(await start({ options: ["--dns.servers", "127.0.0.1:1"] }));
  await t.test("the reviewed list names the methods that are declared and not served", () => {
    const declared = methods().filter(unserved).map((one) => `${path(one)}\t${unserved(one)}`);
    assert.deepEqual(reviewed(), declared);
  });
  await t.test("every declared method answers its owner", () => asOwner(world), { seconds: 120 });
  for (const protocol of PROTOCOLS) {
    await t.test(`without a token every method is refused over ${protocol}`,
                 () => withoutToken(world, protocol));
  }
  await t.test("whoever has no rights is refused by every method and stores nothing",
               () => asStranger(world), { seconds: 120 });
  await t.test("to whoever has no rights a target that exists looks like one that does not",
               () => unknownTargets(world), { seconds: 120 });
}
