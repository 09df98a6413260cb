// What the server costs while nobody calls, and what it gives back afterwards.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { skip } from "../lib/runner.mjs";
import { start } from "../lib/server.mjs";
import { World } from "../lib/world.mjs";

const IDLE_MEGABYTES = 100;
const CONNECTIONS = 1000;

const read = (server, name) => readFileSync(`/proc/${server.pid}/${name}`, "utf8");

function megabytes(server) {
  return Number(/VmRSS:\s+(\d+)/.exec(read(server, "status"))[1]) / 1024;
}

// Hundredths of a second of processor time, as Linux counts them.
function ticks(server) {
  const fields = read(server, "stat").split(") ").pop().split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

function open(server) {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, "127.0.0.1", () => resolve(socket));
    socket.once("error", reject);
  });
}

async function crowd(server, world) {
  const sockets = [];
  for (let i = 0; i < CONNECTIONS; ++i) sockets.push(await open(server));
  // Half say nothing, half begin a request and never end it.
  for (const [i, socket] of sockets.entries()) {
    socket.on("error", () => {});
    if (i % 2) socket.write("POST /v2/organizations HTTP/1.1\r\nHost: localhost\r\nContent-Le");
  }
  await world.ok("ListUsers");
  const held = megabytes(server);
  for (const socket of sockets) socket.destroy();
  await world.ok("ListUsers");
  assert.ok(held < 2 * IDLE_MEGABYTES, `${held.toFixed(0)} MB`);
  return `${held.toFixed(0)} MB with ${CONNECTIONS} connections`;
}

export default async function idle(t) {
  if (!existsSync("/proc/self/stat")) {
    await t.test("an idle server costs next to nothing", () => skip("there is no /proc"));
    return;
  }
  const server = await start();
  const world = new World(server);
  await t.test("an idle server costs next to nothing", async () => {
    await world.ok("ListUsers");
    await sleep(300);
    const before = ticks(server);
    await sleep(2000);
    const used = ticks(server) - before;
    assert.ok(used <= 4, `${used * 10} ms of processor in 2 s`);
    assert.ok(megabytes(server) < IDLE_MEGABYTES, `${megabytes(server)} MB`);
    return `${megabytes(server).toFixed(0)} MB, ${used * 10} ms of processor in 2 s`;
  });
  await t.test("a thousand callers who say nothing keep nobody else out",
               () => crowd(server, world));
}
