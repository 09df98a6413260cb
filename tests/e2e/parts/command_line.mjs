// The program's own command line against a server.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run, start, temporary } from "../lib/server.mjs";
import { World, fresh } from "../lib/world.mjs";

async function calls(server) {
  const call = (method, body, ...more) => run(
    ["call", method, JSON.stringify(body), "--url", server.url,
     "--token-file", join(server.dataDir, "admin.pat"), ...more]);
  const name = fresh("Acme");
  const made = await call("OrganizationService/AddOrganization", { name });
  assert.equal(made.code, 0, made.stderr);
  const { organizationId } = JSON.parse(made.stdout);
  const listed = await call("zitadel.org.v2.OrganizationService/ListOrganizations",
                            { queries: [{ idQuery: { id: organizationId } }] });
  assert.equal(JSON.parse(listed.stdout).result[0].name, name);
  const twice = await call("org.v2.OrganizationService/AddOrganization", { name });
  assert.equal(twice.code, 1);
  assert.match(twice.stderr, /ALREADY_EXISTS[^]*\[org[a-z]*\.[a-z_]+\]/);
  const unknown = await call("OrganizationService/AddOrganisation", {});
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /AddOrganization/);
  const wrong = await call("OrganizationService/AddOrganization", { name: [] });
  assert.equal(wrong.code, 1);
  const fromEnvironment = await run(["call", "OrganizationService/ListOrganizations"], {
    env: { MUNIMENT_URL: server.url, MUNIMENT_TOKEN: server.token } });
  assert.equal(fromEnvironment.code, 0, fromEnvironment.stderr);
}

async function reflected(server) {
  const answer = await run(["call", "grpc.health.v1.Health/Check", "{}", "--url", server.url]);
  assert.equal(answer.code, 0, answer.stderr);
  assert.equal(JSON.parse(answer.stdout).status, "SERVING");
}

async function greeting(server) {
  // It is ready a moment before it says so.
  for (let i = 0; i < 250 && !server.output.includes("muniment call"); ++i) await sleep(20);
  for (const part of [server.url, join(server.dataDir, "admin.pat"), "muniment call", "admin"]) {
    assert.ok(server.output.includes(part), `${part} is not in:\n${server.output}`);
  }
  assert.ok(!server.output.includes(server.token), "the token is in the output");
}

async function mistakes() {
  const noKey = await run(["start", "--no-such-key", "1"]);
  assert.notEqual(noKey.code, 0);
  assert.match(noKey.stderr, /no-such-key/);
  const environment = await run(["config"], { env: { MUNIMENT_NOSUCHKEY: "1" } });
  assert.notEqual(environment.code, 0);
  assert.match(environment.stderr, /NOSUCHKEY/i);
  const secret = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
  const shown = await run(["config"], { env: { MUNIMENT_MASTERKEY: secret } });
  assert.equal(shown.code, 0, shown.stderr);
  assert.ok(!shown.stdout.includes(secret));
  const help = await run(["--help"]);
  assert.equal(help.code, 0);
  for (const word of ["start", "replay", "verify", "events", "call", "config"]) {
    assert.match(help.stdout, new RegExp(`^ +${word}\\b`, "m"));
  }
}

// The port is taken: the start ends before it has made anything, and the next one is the first.
async function takenPort(server) {
  const taken = ["start", "--port", String(server.port), "--data-dir", temporary("taken")];
  const first = await run(taken);
  assert.equal(first.code, 1);
  assert.match(first.stderr, new RegExp(`port ${server.port}\\b.*\\[net\\.bind\\]`));
  assert.doesNotMatch(first.stdout, /password/);
  assert.deepEqual(readdirSync(taken.at(-1)), []);
}

const rootsOf = (verified) =>
  verified.stdout.split("\n").filter((line) => line.startsWith("root "))
    .map((line) => line.split(/ +/)[1]);

// A root that was noted once proves later that the log still begins with what it held then.
async function notedRoots(world) {
  const { server } = world;
  const verify = (...roots) =>
    server.offline("verify", ...roots.flatMap((root) => ["--root", root]));
  await server.stop();
  const noted = rootsOf(await verify());
  const [instance, leaves, hash] = noted.at(-1).split(":");
  assert.match(hash, /^[0-9a-f]{64}$/);
  const passes = async (...roots) => {
    const { code, stdout, stderr } = await verify(...roots);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^sound$/m);
  };
  await passes(...noted);
  await server.resume();
  await world.organization();
  // Beside the server that went on.
  const grown = rootsOf(await verify());
  assert.notDeepEqual(grown, noted);
  await passes(...noted, ...grown);

  const changed = hash.replace(/^./, (digit) => (digit === "0" ? "1" : "0"));
  const refused = async (root, words) => {
    const { code, stdout, stderr } = await verify(root);
    assert.equal(code, 1, stdout);
    assert.match(stdout + stderr, words);
    assert.doesNotMatch(stdout, /^sound$/m);
  };
  await refused(`${instance}:${leaves}:${changed}`, new RegExp(
    `^FAULT .*[^]*1 fault\\b.*\\[verify\\.faults\\]`, "m"));
  await refused(`${instance}:${Number(leaves) + 1000}:${hash}`,
                new RegExp(`^FAULT .*once had ${Number(leaves) + 1000}`, "m"));
  for (const none of [hash, `${instance}:${leaves}:${hash.slice(2)}`, `${instance}:x:${hash}`]) {
    await refused(none, /verify\.invalid_root/);
  }
}

export default async function commandLine(t) {
  const server = await start();
  const world = new World(server);
  await t.test("start greets with URL, administrator, token file and the next command",
               () => greeting(server));
  await t.test("call creates, lists, and explains errors", () => calls(server));
  await t.test("call finds by reflection what it does not know", () => reflected(server));
  await t.test("a port that is taken is named", () => takenPort(server));
  await t.test("unknown keys are named and secrets are masked", mistakes);
  await t.test("a root noted earlier is proved by verify, another one is a fault",
               () => notedRoots(world));
  await t.test("SIGTERM ends the server with 0, and events reads what it stored", async () => {
    const organizationId = await world.organization();
    assert.deepEqual(await server.stop(), { code: 0, signal: null });
    const listed = await server.offline("events");
    assert.equal(listed.code, 0, listed.stderr);
    const events = listed.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.ok(events.some((one) => JSON.stringify(one).includes(organizationId)));
    assert.ok(!listed.stdout.includes(server.token));
  });
}
