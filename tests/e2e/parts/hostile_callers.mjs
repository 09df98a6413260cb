// Callers who are not who they say, or reach for what is not theirs.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { assertRefused, everywhere, storesNothing } from "../lib/hostile.mjs";
import { method } from "../lib/interface.mjs";
import { start } from "../lib/server.mjs";
import { Code, PROTOCOLS, call } from "../lib/wire.mjs";
import { World, email, fresh } from "../lib/world.mjs";

// The same token with one character changed, at the start, in the middle and at the end.
function forged(token) {
  const change = (at) => {
    const other = token[at] === "A" ? "B" : "A";
    return token.slice(0, at) + other + token.slice(at + 1);
  };
  return [0, token.length >> 1, token.length - 2].map(change);
}

async function badTokens(world) {
  const { token } = world.server;
  const bad = ["x", "none.of.this", `${token}x`, token.slice(0, -3), "A".repeat(8000),
               ...forged(token)];
  for (const one of bad) {
    await everywhere(world, "ListUsers", {}, Code.Unauthenticated, { token: one });
  }
  for (const authorization of [`Basic ${token}`, token, "Bearer", "Bearer ,", `bearer${token}`]) {
    await everywhere(world, "ListUsers", {}, Code.Unauthenticated, { headers: { authorization } });
  }
}

async function endedTokens(world) {
  const userId = await world.machine(await world.organization());
  const soon = await world.machineToken(userId, new Date(Date.now() + 1500).toISOString());
  const later = new Date(Date.now() + 3600e3).toISOString();
  const removed = await world.ok("AddPersonalAccessToken", { userId, expirationDate: later });
  await world.ok("GetUserByID", { userId }, { token: soon });
  await world.ok("GetUserByID", { userId }, { token: removed.token });
  await world.ok("RemovePersonalAccessToken", { userId, tokenId: removed.tokenId });
  const refused = (token) =>
    everywhere(world, "GetUserByID", { userId }, Code.Unauthenticated, { token });
  await refused(removed.token);
  await sleep(1600);
  await refused(soon);
  const expirationDate = new Date(Date.now() - 1e3).toISOString();
  const past = await world.try("AddPersonalAccessToken", { userId, expirationDate });
  assert.equal(past.code, Code.InvalidArgument);
}

async function foreignTokens(world, other) {
  await everywhere(world, "ListUsers", {}, Code.Unauthenticated, { token: other.server.token });
}

async function unknownHosts(world) {
  const { token } = world.server;
  for (const host of ["unknown.example.com", "localhost.example.com", "127.0.0.2:80"]) {
    const headers = (protocol) => (protocol === "gRPC" ? { ":authority": host } : { host });
    await everywhere(world, "ListUsers", {}, Code.NotFound, { token, headers });
  }
  const host = "unknown.example.com";
  const claimed = { "x-forwarded-host": host, forwarded: `host=${host}`,
                    "x-zitadel-instance-host": host };
  assert.equal((await world.try("ListUsers", {}, { headers: claimed })).code, 0,
               "a header of anybody chose the instance");
}

// A machine that owns organization `mine` and nothing else.
async function owner(world) {
  const home = await world.organization();
  const userId = await world.machine(home);
  const admins = [{ userId, roles: ["ORG_OWNER"] }];
  const mine = (await world.ok("AddOrganization", { name: fresh("Acme"), admins })).organizationId;
  return { mine, userId, token: await world.machineToken(userId) };
}

async function foreignOrganizations(world) {
  const { mine, token } = await owner(world);
  const theirs = await world.organization();
  const theirUser = await world.person(theirs);
  const person = () => ({ profile: { givenName: "A", familyName: "B" },
                          email: { email: email(), isVerified: true } });
  await storesNothing(world, async () => {
    for (const organization of [theirs, "999", "x".repeat(500), "../"]) {
      const headers = { "x-zitadel-orgid": organization };
      for (const protocol of PROTOCOLS) {
        const answer = await call(world.server, method("AddHumanUser"), person(),
                                  { token, headers, protocol });
        const fair = [Code.NotFound, Code.PermissionDenied, Code.InvalidArgument];
        assert.ok(fair.includes(answer.code), `${protocol}: ${Code[answer.code]}`);
        assertRefused(answer, answer.code, { protocol });
      }
    }
    const headers = { "x-zitadel-orgid": mine };
    for (const [name, request] of [
      ["GetUserByID", { userId: theirUser }], ["DeleteUser", { userId: theirUser }],
      ["UpdateOrganization", { organizationId: theirs, name: fresh("Acme") }],
      ["CreateUser", { organizationId: theirs, machine: { name: "A job" } }],
    ]) {
      const answer = await world.try(name, request, { token, headers });
      assertRefused(answer, answer.code, { protocol: "gRPC" });
      assert.ok([Code.NotFound, Code.PermissionDenied].includes(answer.code), name);
    }
  });
  const { userId } = await world.ok("AddHumanUser", person(),
                                    { token, headers: { "x-zitadel-orgid": mine } });
  const { user } = await world.ok("GetUserByID", { userId }, { token });
  assert.equal(user.details.resourceOwner, mine);
}

async function visibility(world) {
  const { mine, userId, token } = await owner(world);
  const own = await world.person(mine);
  const listed = await world.ok("ListUsers", {}, { token });
  const seen = listed.result.map((one) => one.userId).sort();
  assert.deepEqual(seen, [own, userId].sort());
  assert.equal(listed.details.totalResult, "2");
  const organizations = await world.ok("ListOrganizations", {}, { token });
  assert.deepEqual(organizations.result.map((one) => one.id), [mine]);
  assert.equal((await world.try("ListEvents", {}, { token })).code, Code.PermissionDenied);
}

async function elevation(world) {
  const { mine, userId, token } = await owner(world);
  await storesNothing(world, async () => {
    const more = { name: fresh("Acme"), admins: [{ userId, roles: ["IAM_OWNER"] }] };
    const answer = await world.try("AddOrganization", more);
    assertRefused(answer, Code.InvalidArgument, { protocol: "gRPC" });
    const denied = await world.try("AddOrganization", { name: fresh("Acme") }, { token });
    assertRefused(denied, Code.PermissionDenied, { protocol: "gRPC" });
  });
  assert.ok(mine);
}

async function sequences(world, other) {
  const { server } = world;
  const foreign = (await other.try("ListUsers")).headers["x-muniment-sequence"];
  const own = (await call(server, method("AddOrganization"), { name: fresh("Acme") },
                          { token: server.token })).headers["x-muniment-sequence"];
  assert.ok(own, "a change names its sequence");
  const good = await world.try("ListUsers", {}, { headers: { "x-muniment-sequence": own } });
  assert.equal(good.code, 0, good.message);
  const bad = ["999999999", "x", own.slice(0, -4), "A".repeat(60), foreign, ...forged(own)];
  const started = performance.now();
  for (const sequence of bad.filter(Boolean)) {
    await everywhere(world, "ListUsers", {}, Code.InvalidArgument,
                     { token: server.token, headers: { "x-muniment-sequence": sequence } });
  }
  const each = (performance.now() - started) / (bad.length * PROTOCOLS.length);
  assert.ok(each < 250, `a forged sequence took ${each.toFixed(0)} ms`);
}

export default async function hostileCallers(t) {
  const world = new World(await start());
  const other = new World(await start());
  await t.test("tokens that are malformed or forged are unauthenticated",
               () => storesNothing(world, () => badTokens(world)));
  await t.test("tokens that expired or were removed are unauthenticated", () => endedTokens(world));
  await t.test("another server's token is unauthenticated",
               () => storesNothing(world, () => foreignTokens(world, other)));
  await t.test("an unknown host is not found",
               () => storesNothing(world, () => unknownHosts(world)));
  await t.test("x-zitadel-orgid gives no rights", () => foreignOrganizations(world));
  await t.test("lists and totals hold what the caller may see", () => visibility(world));
  await t.test("an owner of an organization gets no further", () => elevation(world));
  await t.test("a forged sequence is refused at once", () => sequences(world, other));
}
