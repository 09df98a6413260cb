// No answer is older than a change that was acknowledged before, whoever asks.
import assert from "node:assert/strict";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { authorized } from "../lib/clients.mjs";
import { service } from "../lib/interface.mjs";
import { start } from "../lib/server.mjs";
import { World, fresh } from "../lib/world.mjs";

const CLIENTS = 8;
const PAIRS = 500;

function clients(server) {
  const options = { baseUrl: server.url, interceptors: [authorized(server)] };
  const transport = (i) => (i % 2 ? createConnectTransport({ ...options, httpVersion: "1.1" })
                                  : createGrpcTransport(options));
  return Array.from({ length: CLIENTS },
                    (_, i) => createClient(service("user.v2.UserService"), transport(i)));
}

const byId = (userId) => ({
  queries: [{ query: { case: "inUserIdsQuery", value: { userIds: [userId] } } }],
});
const byName = (userName) => ({
  queries: [{ query: { case: "userNameQuery", value: { userName } } }],
});

// What is wrong, seen by `reader`, right after `writer` was answered.
const PAIR_KINDS = [
  async (writer, reader, user) => {
    const { user: read } = await reader.getUserByID({ userId: user.id });
    return read.username !== user.username && "get missed a creation";
  },
  async (writer, reader, user) => {
    const { result, details } = await reader.listUsers(byId(user.id));
    return (result.length !== 1 || details.totalResult !== 1n) && "list by id missed a creation";
  },
  async (writer, reader, user) => {
    const { result } = await reader.listUsers(byName(user.username));
    return result.length !== 1 && "list by name missed a creation";
  },
  async (writer, reader, user) => {
    const username = fresh("renamed");
    await writer.updateUser({ userId: user.id, username });
    const { result } = await reader.listUsers(byName(username));
    return result.length !== 1 && "list missed a change";
  },
  async (writer, reader, user) => {
    await writer.deleteUser({ userId: user.id });
    const error = await reader.getUserByID({ userId: user.id }).then(() => null, ConnectError.from);
    return error?.code !== Code.NotFound && "get answered what was deleted";
  },
];

async function pairs(world) {
  const organizationId = await world.organization();
  const all = clients(world.server);
  const stale = [];
  let next = 0;
  const work = async (mine) => {
    while (next < PAIRS) {
      const at = next++;
      const reader = all[(mine + (at % 2 ? 1 : 0)) % CLIENTS];
      const username = fresh("job");
      const userType = { case: "machine", value: { name: "A job" } };
      const { id } = await all[mine].createUser({ organizationId, username, userType });
      const kind = PAIR_KINDS[Math.floor(at / 2) % PAIR_KINDS.length];
      const wrong = await kind(all[mine], reader, { id, username });
      if (wrong) stale.push(wrong);
    }
  };
  const started = performance.now();
  await Promise.all(all.map((_, i) => work(i)));
  assert.deepEqual(stale, []);
  const seconds = (performance.now() - started) / 1e3;
  const rate = Math.round(PAIRS / seconds);
  return `${PAIRS} pairs of ${CLIENTS} clients, ${rate} a second, none stale`;
}

async function authority(world) {
  const organizationId = await world.organization();
  const userId = await world.machine(organizationId);
  const token = await world.machineToken(userId);
  const code = async () => (await world.try("GetUserByID", { userId }, { token })).code;
  assert.equal(await code(), 0);
  for (const [name, expected] of [["DeactivateUser", Code.Unauthenticated], ["ReactivateUser", 0],
                              ["LockUser", Code.Unauthenticated], ["UnlockUser", 0]]) {
    await world.ok(name, { userId });
    assert.equal(await code(), expected, name);
  }
  await world.ok("DeactivateOrganization", { organizationId });
  assert.equal(await code(), Code.Unauthenticated);
  await world.ok("ActivateOrganization", { organizationId });
  assert.equal(await code(), 0);
  await world.ok("DeleteUser", { userId });
  assert.equal(await code(), Code.Unauthenticated);
}

export default async function readYourWrites(t) {
  const world = new World(await start());
  await t.test("a read after an acknowledged write sees it", () => pairs(world), { seconds: 120 });
  await t.test("a token ends, and comes back, with the state of its owner", () => authority(world));
}
