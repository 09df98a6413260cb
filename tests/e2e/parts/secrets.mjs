// What must not be readable is not: in the log's files, in events, in what the program prints.
import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { run, start } from "../lib/server.mjs";
import { PASSWORD, World, fresh } from "../lib/world.mjs";

const GIVEN = "Quirinalia";
const ADDRESS = "quirinalia.vanderbilt@example.com";

function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((one) => {
    const path = join(folder, one.name);
    return one.isDirectory() ? files(path) : [path];
  });
}

function holders(folder, text) {
  return files(folder).filter((path) => readFileSync(path).includes(text));
}

async function allEvents(world) {
  return JSON.stringify(await world.ok("ListEvents", { limit: 1000 }));
}

async function furnish(world) {
  const organizationId = await world.organization();
  const { id } = await world.ok("CreateUser", { organizationId, human: {
    profile: { givenName: GIVEN, familyName: "Vanderbilt" },
    email: { email: ADDRESS, isVerified: true }, password: { password: PASSWORD } } });
  const metadata = [{ key: "note", value: Buffer.from(`${GIVEN} likes tea`).toString("base64") }];
  await world.ok("SetUserMetadata", { userId: id, metadata });
  const machineId = await world.machine(organizationId);
  return { organizationId, userId: id, token: await world.machineToken(machineId) };
}

async function events(world, made) {
  const text = await allEvents(world);
  // Who may read events reads people's data, but never secrets.
  assert.ok(text.includes(ADDRESS));
  for (const secret of [PASSWORD, "$argon2", made.token, world.server.token]) {
    assert.ok(!text.includes(secret), `events hold ${secret}`);
  }
  const beside = await run(["events", "--data-dir", world.server.dataDir, "--payload"]);
  assert.equal(beside.code, 0, beside.stderr);
  assert.ok(beside.stdout.includes(ADDRESS));
  assert.ok(!beside.stdout.includes("$argon2"));
  const plain = await run(["events", "--data-dir", world.server.dataDir]);
  assert.ok(!plain.stdout.includes(ADDRESS));
}

async function disk(world, made) {
  const { dataDir } = world.server;
  for (const text of [GIVEN, ADDRESS, PASSWORD, made.token, world.server.token, "$argon2"]) {
    assert.deepEqual(holders(join(dataDir, "log"), text), [], text);
  }
  for (const secret of [PASSWORD, made.token, world.server.token]) {
    assert.deepEqual(holders(join(dataDir, "models"), secret), [], secret);
  }
  for (const path of [dataDir, ...["admin.pat", "master.key"].map((one) => join(dataDir, one))]) {
    assert.equal(statSync(path).mode & 0o077, 0, `${path} can be read by others`);
  }
}

async function output(world, made) {
  const { output: text } = world.server;
  for (const secret of [PASSWORD, made.token, world.server.token, ADDRESS, GIVEN]) {
    assert.ok(!text.includes(secret), `the output holds ${secret}`);
  }
  const metrics = await world.server.get("/metrics");
  for (const secret of [ADDRESS, made.token]) assert.ok(!metrics.text.includes(secret));
}

// A person who is deleted leaves the proof, not the data.
async function deletion(world, made) {
  await world.ok("DeleteUser", { userId: made.userId });
  const text = await allEvents(world);
  assert.ok(text.includes(made.userId));
  const verified = await run(["verify", "--data-dir", world.server.dataDir]);
  assert.equal(verified.code, 0, verified.stdout + verified.stderr);
}

async function beside(world) {
  await world.organization(fresh("Acme"));
  for (const command of ["verify", "prepare"]) {
    const done = await run([command, "--data-dir", world.server.dataDir]);
    assert.equal(done.code, 0, `${command}: ${done.stdout}${done.stderr}`);
  }
  await world.ok("ListUsers");
  const replay = await run(["replay", "--data-dir", world.server.dataDir]);
  assert.notEqual(replay.code, 0, "replay ran beside a server");
  await world.server.stop();
  await world.server.resume();
  await world.ok("ListUsers");
}

export default async function secrets(t) {
  const world = new World(await start());
  const made = await furnish(world);
  await t.test("events hold no secrets", () => events(world, made));
  await t.test("the log's files hold neither secrets nor people's data", () => disk(world, made));
  await t.test("what the program prints and measures holds neither", () => output(world, made));
  await t.test("verify and prepare run beside the server, replay does not", () => beside(world));
  await t.test("the log still verifies when a person was deleted", () => deletion(world, made));
}
