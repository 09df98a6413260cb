// What was acknowledged is there: after kill -9, and after the read models were built anew. Kills
// under load are the business of tests/fault/killed.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { run, start } from "../lib/server.mjs";
import { World } from "../lib/world.mjs";

// Everything that lists answer.
async function everything(world) {
  const page = { query: { limit: 1000, asc: true } };
  const organizations = await world.ok("ListOrganizations", page);
  const users = await world.ok("ListUsers", page);
  const tokens = await world.ok("ListPersonalAccessTokens", { pagination: page.query });
  const metadata = [];
  for (const { id } of organizations.result) {
    const found = await world.ok("ListOrganizationMetadata", { organizationId: id });
    metadata.push(found.metadata);
  }
  const events = await world.ok("ListEvents", { asc: true, limit: 1000 });
  return { organizations: organizations.result, users: users.result,
           totals: [organizations.details.totalResult, users.details.totalResult],
           tokens: tokens.result, metadata, events: events.events };
}

// Waits until the server has no work of its own left, which would move the log on.
async function rests(world) {
  const until = Date.now() + 60e3;
  for (;;) {
    const { text } = await world.server.get("/metrics");
    const queues = [...text.matchAll(/^muniment_work_queue\{work="(.+)"\} (\d+)/gm)];
    assert.ok(queues.length > 0);
    const busy = queues.filter(([, , count]) => Number(count) > 0).map(([, work]) => work);
    if (busy.length === 0) return;
    assert.ok(Date.now() < until, `still to do: ${busy}`);
    await sleep(50);
  }
}

async function furnish(world) {
  const organizationId = await world.organization();
  const userId = await world.person(organizationId);
  await world.ok("SetUserMetadata", { userId, metadata: [{ key: "colour", value: "Z3JlZW4=" }] });
  await world.ok("SetOrganizationMetadata",
                 { organizationId, metadata: [{ key: "size", value: "WEw=" }] });
  const machineId = await world.machine(organizationId);
  const token = await world.machineToken(machineId);
  const locked = await world.person(organizationId);
  await world.ok("LockUser", { userId: locked });
  const deleted = await world.person(organizationId);
  await world.ok("DeleteUser", { userId: deleted });
  const left = await world.organization();
  await world.person(left);
  await world.ok("DeleteOrganization", { organizationId: left });
  await rests(world);
  return { organizationId, userId, machineId, token, deleted };
}

// What the read models hold is what a rebuild of them holds.
async function modelsAreTheLogs(world) {
  const checked = await world.server.offline("replay", "--check");
  assert.equal(checked.code, 0, checked.stdout + checked.stderr);
  assert.match(checked.stdout, /the same, byte for byte/);
}

async function crash(world, made) {
  const before = await everything(world);
  const token = world.server.token;
  await world.server.kill();
  await modelsAreTheLogs(world);
  await world.server.resume();
  assert.equal(world.server.token, token);
  assert.deepEqual(await everything(world), before);
  const { user } = await world.ok("GetUserByID", { userId: made.machineId }, { token: made.token });
  assert.equal(user.userId, made.machineId);
  assert.equal((await world.try("GetUserByID", { userId: made.deleted })).code, 5);
}

async function rebuild(world) {
  const before = await everything(world);
  await world.server.stop();
  const verified = await world.server.offline("verify");
  assert.equal(verified.code, 0, verified.stdout + verified.stderr);
  await modelsAreTheLogs(world);
  const replayed = await world.server.offline("replay");
  assert.equal(replayed.code, 0, replayed.stdout + replayed.stderr);
  const again = await world.server.offline("verify");
  assert.equal(again.code, 0, again.stdout + again.stderr);
  await world.server.resume();
  assert.deepEqual(await everything(world), before);
  return replayed.stdout.trim().split("\n").pop();
}

export default async function durability(t) {
  const world = new World(await start());
  const made = await furnish(world);
  await t.test("after kill -9 every answer is what it was, and tokens work",
               () => crash(world, made));
  await t.test("verify finds no fault, and replay rebuilds the same answers", () => rebuild(world));
  await t.test("a second server on the same data is refused", async () => {
    const { dataDir } = world.server;
    const second = await run(["start", "--port", "0", "--data-dir", dataDir]);
    assert.notEqual(second.code, 0);
    assert.ok(second.stderr.trim());
    await world.ok("ListUsers");
  });
  await t.test("another master key does not open the data", async () => {
    await world.server.stop();
    const env = { MUNIMENT_MASTERKEY: "11".repeat(32) };
    const wrong = await run(["start", "--port", "0", "--data-dir", world.server.dataDir], { env });
    assert.notEqual(wrong.code, 0);
    await world.server.resume();
    await world.ok("ListUsers");
  });
}
