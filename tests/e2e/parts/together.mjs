// Many callers at once: one of them wins where only one can, nobody sees a conflict, and the log
// tells all of it in one order.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { start } from "../lib/server.mjs";
import { Code } from "../lib/wire.mjs";
import { World, email, fresh } from "../lib/world.mjs";

const CALLERS = 16;

const together = (work) => Promise.all(Array.from({ length: CALLERS }, (_, i) => work(i)));
const GONE = [Code.NotFound, Code.FailedPrecondition];
const machine = { name: "A job" };

function counted(answers) {
  const counts = {};
  for (const { code } of answers) {
    const name = Code[code] ?? "OK";
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

async function oneWins(world) {
  const organizationId = await world.organization();
  const username = fresh("alex");
  const expected = { OK: 1, AlreadyExists: CALLERS - 1 };
  const people = await together((i) => world.try("CreateUser", {
    organizationId, machine, username: i % 2 ? username : username.toUpperCase() }));
  assert.deepEqual(counted(people), expected);
  const name = fresh("Acme");
  assert.deepEqual(counted(await together(() => world.try("AddOrganization", { name }))), expected);
  const userId = fresh("chosen");
  const ids = await together(() => world.try("CreateUser", {
    organizationId, machine, userId, username: fresh("job") }));
  assert.deepEqual(counted(ids), expected);
  const other = await world.person(organizationId);
  const locks = await together(() => world.try("LockUser", { userId: other }));
  assert.deepEqual(counted(locks), { OK: 1, FailedPrecondition: CALLERS - 1 });
  const gone = await together(() => world.try("DeleteUser", { userId: other }));
  assert.deepEqual(counted(gone), { OK: 1, NotFound: CALLERS - 1 });
}

async function nobodyConflicts(world) {
  const organizationId = await world.organization();
  const userId = await world.person(organizationId);
  const set = (i, round) => ({ userId, metadata: [{ key: `key-${i}-${round}`, value: "YQ==" }] });
  const answers = [];
  await together(async (i) => {
    for (let round = 0; round < 10; ++round) {
      answers.push(await world.try("SetUserMetadata", set(i, round)));
      const profile = { nickName: fresh("Al") };
      answers.push(await world.try("UpdateUser", { userId, human: { profile } }));
      const name = fresh("Acme");
      answers.push(await world.try("UpdateOrganization", { organizationId, name }));
      answers.push(await world.try("CreateUser", {
        organizationId, human: { profile: { givenName: "A", familyName: "B" },
                                 email: { email: email(), isVerified: true } } }));
    }
  });
  assert.deepEqual(counted(answers), { OK: CALLERS * 40 });
  const page = { pagination: { limit: 1000 } };
  const { metadata } = await world.ok("ListUserMetadata", { userId, ...page });
  assert.equal(metadata.length, CALLERS * 10);
  return `${answers.length} changes`;
}

// An organization is removed while people are added to it: whoever was added before is gone with
// it, and nobody is added after.
async function removedMeanwhile(world) {
  const organizationId = await world.organization();
  const added = [];
  let removed = false;
  const adding = together(async () => {
    while (!removed) {
      const request = { organizationId, machine, username: fresh("job") };
      const answer = await world.try("CreateUser", request);
      if (answer.code === 0) added.push(answer.json.id);
      else assert.ok(GONE.includes(answer.code), answer.message);
    }
  });
  await sleep(150);
  await world.ok("DeleteOrganization", { organizationId });
  removed = true;
  await adding;
  for (const userId of added) {
    assert.equal((await world.try("GetUserByID", { userId })).code, Code.NotFound);
  }
  const queries = [{ organizationIdQuery: { organizationId } }];
  const listed = await world.ok("ListUsers", { queries });
  assert.equal(listed.details.totalResult ?? "0", "0");
  return `${added.length} added before`;
}

async function oneOrder(world) {
  const events = [];
  for (;;) {
    const page = { asc: true, limit: 1000, sequence: events.at(-1)?.sequence ?? "0" };
    const { events: more = [] } = await world.ok("ListEvents", page);
    if (!more.length) break;
    events.push(...more);
  }
  events.forEach((event, i) => assert.equal(event.sequence, String(i + 1)));
  for (let i = 1; i < events.length; ++i) {
    const [a, b] = [events[i - 1], events[i]].map((event) => event.creationDate);
    assert.ok(new Date(a) <= new Date(b), `${a} stands before ${b}`);
  }
  // What the server itself has to do goes on meanwhile.
  const newest = BigInt(events.at(-1).sequence);
  const { events: all } = await world.ok("ListEvents", { limit: 1000 });
  const back = all.filter((event) => BigInt(event.sequence) <= newest);
  assert.ok(back.length > 500, `only ${back.length} of the newest 1000 are known`);
  assert.deepEqual(back, events.slice(-back.length).reverse());
  return `${events.length} events without a gap`;
}

// Each caller calls until it is not served any more; nothing it sends is done without an answer.
async function callUntilEnd(world, organizationId, protocol) {
  const acknowledged = [];
  for (;;) {
    const username = fresh("job");
    const request = { organizationId, machine, username };
    const answer = await world.try("CreateUser", request, { protocol }).catch(() => undefined);
    if (!answer || answer.code === Code.Unavailable) return { acknowledged, unanswered: username };
    assert.equal(answer.code, 0, answer.message);
    acknowledged.push(answer.json.id);
  }
}

async function drained(world) {
  const organizationId = await world.organization();
  const calling = together((i) => callUntilEnd(world, organizationId, i % 2 ? "gRPC" : "Connect"));
  await sleep(200);
  const began = Date.now();
  const ended = await world.server.stop();
  const took = Date.now() - began;
  const callers = await calling;
  assert.deepEqual(ended, { code: 0, signal: null });
  assert.ok(took < 10e3, `it took ${took} ms to stop`);
  await world.server.resume();
  const acknowledged = callers.flatMap((one) => one.acknowledged);
  for (const userId of acknowledged) await world.ok("GetUserByID", { userId });
  for (const { unanswered: userName } of callers) {
    const found = await world.ok("ListUsers", { queries: [{ userNameQuery: { userName } }] });
    assert.equal(found.result, undefined, "a call was done and not answered");
  }
  return `${acknowledged.length} acknowledged, stopped in ${took} ms`;
}

export default async function all(t) {
  const world = new World(await start());
  await t.test("where only one can win, one does", () => oneWins(world));
  await t.test("changes to one person and one organization all succeed",
               () => nobodyConflicts(world));
  await t.test("an organization takes with it whoever is added while it is removed",
               () => removedMeanwhile(world));
  await t.test("SIGTERM lets calls under way end", () => drained(world));
  await t.test("the log has one order, without gaps", () => oneOrder(world));
}
