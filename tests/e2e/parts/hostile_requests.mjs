// Requests that are wrong, over every protocol.
import assert from "node:assert/strict";
import { fromJson, toBinary } from "@bufbuild/protobuf";
import { assertRefused, assertTight, everywhere, storesNothing } from "../lib/hostile.mjs";
import { method, path, registry } from "../lib/interface.mjs";
import { fetchText, start } from "../lib/server.mjs";
import {
  Code, call, callConnect, callGrpc, callGrpcWeb, callRest, frame,
} from "../lib/wire.mjs";
import { World, email, fresh } from "../lib/world.mjs";

const BINARY = { gRPC: callGrpc, "gRPC-Web": callGrpcWeb, Connect: callConnect };

// The same bytes of a message over the three protocols that carry binary.
async function binary(world, name, bytes, code, expected = {}) {
  for (const [protocol, send] of Object.entries(BINARY)) {
    const at = path(method(name));
    const answer = await send(world.server, { path: at, bytes, token: world.server.token });
    assertRefused(answer, code, { protocol, ...expected });
  }
}

// The same JSON over the two that carry text.
async function text(world, name, rest, raw, code, expected = {}) {
  const common = { raw, token: world.server.token };
  const connect = await callConnect(world.server, { path: path(method(name)), ...common });
  assertRefused(connect, code, { protocol: "Connect", ...expected });
  const answer = await callRest(world.server, { verb: "POST", path: rest, ...common });
  assertRefused(answer, code, { protocol: "REST", ...expected });
}

const asOwner = (world, name, request, code, expected = {}) =>
  everywhere(world, name, request, code, { token: world.server.token, ...expected });

async function unknownMethods(world) {
  for (const at of ["/zitadel.user.v2.UserService/Nothing", "/zitadel.none.v1.None/Get", "/x/y"]) {
    for (const [protocol, send] of Object.entries(BINARY)) {
      const answer = await send(world.server, { path: at, bytes: [], token: world.server.token });
      assertRefused(answer, Code.Unimplemented, { protocol, http: [404, 501] });
    }
  }
  const answer = await callRest(world.server, { verb: "POST", path: "/v2/none", json: "{}" });
  assert.equal(answer.http, 404);
  assert.match(answer.text, /Nothing is served at POST \/v2\/none\./);
  assertTight(answer, "REST");
}

async function malformedBinary(world) {
  const cases = {
    "a length past the end": [0x0a, 0x7f, 0x41], "an endless varint": Array(12).fill(0xff),
    "a group that never ends": [0x0b], "field number 0": [0x02, 0x01, 0x41],
    "invalid UTF-8": [0x0a, 0x02, 0xc3, 0x28],
  };
  for (const bytes of Object.values(cases)) {
    await binary(world, "AddOrganization", bytes, Code.InvalidArgument, { reason: /^request\./ });
  }
}

async function malformedFrames(world) {
  const at = path(method("AddOrganization"));
  const raw = [Buffer.from([0, 0, 0, 0, 9, 1]), Buffer.from([0, 0]),
               frame(Buffer.from([0x1f, 0x8b, 0, 0]), 1), Buffer.from([0, 0xff, 0xff, 0xff, 0xff])];
  for (const bytes of raw) {
    for (const send of [callGrpc, callGrpcWeb]) {
      const answer = await send(world.server, { path: at, raw: bytes, token: world.server.token });
      assert.notEqual(answer.code, 0);
      assertTight(answer, send.name);
    }
  }
}

async function malformedJson(world) {
  const bodies = ["{", "[]", "null", '"text"', '{"name": 5}', '{"name": "a"', '{"name": "a"} x',
                  '{"name": "a", "name": "b"}', '{"name": "\\ud800"}', '{"admins": {}}',
                  '{"name": "\\x41"}', "{'name': 'a'}", '{"name": NaN}', "\u0000",
                  Buffer.from('{"name": "\xff"}', "latin1")];
  const accepted = [];
  for (const body of bodies) {
    await text(world, "AddOrganization", "/v2/organizations", body, Code.InvalidArgument)
      .catch((error) => accepted.push(`${body}: ${error.message}`));
  }
  assert.deepEqual(accepted, []);
}

function deepQuery(depth) {
  let query = { userNameQuery: { userName: "x" } };
  for (let i = 0; i < depth; ++i) query = { notQuery: { query } };
  return { queries: [query] };
}

async function deep(world) {
  const { input } = method("ListUsers");
  const bytes = toBinary(input, fromJson(input, deepQuery(45), { registry }));
  await binary(world, "ListUsers", bytes, Code.InvalidArgument);
  await text(world, "ListUsers", "/v2/users", JSON.stringify(deepQuery(45)), Code.InvalidArgument);
  const brackets = "[".repeat(200000);
  await text(world, "ListUsers", "/v2/users", `{"nonsense": ${brackets}`, Code.InvalidArgument);
  await text(world, "ListUsers", "/v2/users", brackets, Code.InvalidArgument);
  assert.equal((await world.try("ListUsers", deepQuery(3))).code, 0);
}

async function large(world) {
  const name = "x".repeat(5 << 20);
  const bytes = toBinary(method("AddOrganization").input,
                         fromJson(method("AddOrganization").input, { name }));
  const http = [413, 429];
  await binary(world, "AddOrganization", bytes, Code.ResourceExhausted, { http });
  await text(world, "AddOrganization", "/v2/organizations", JSON.stringify({ name }),
             Code.ResourceExhausted, { http });
}

// A small body that becomes a large one.
async function bomb(world) {
  const { gzipSync } = await import("node:zlib");
  const zipped = gzipSync(Buffer.alloc(64 << 20, 32));
  const at = path(method("AddOrganization"));
  const { server } = world;
  const grpc = await callGrpc(server, { path: at, raw: frame(zipped, 1), token: server.token,
                                        headers: { "grpc-encoding": "gzip" } });
  assertRefused(grpc, Code.ResourceExhausted, { protocol: "gRPC" });
  const headers = { "content-encoding": "gzip" };
  const connect = await callConnect(
    server, { path: at, raw: zipped, token: server.token, headers });
  assertRefused(connect, Code.ResourceExhausted, { protocol: "Connect", http: [413, 429] });
}

async function headers(world) {
  const { server } = world;
  const many = { "x-large": "x".repeat(70 << 10) };
  const large = await server.get("/v2/users/1", many).catch((error) => error);
  assert.equal(large.status, 431, large.message);
  const path = "/v2/users/" + "x".repeat(20000);
  const long = await server.get(path, { authorization: `Bearer ${server.token}` });
  assert.ok([400, 404, 414].includes(long.status), `${long.status}`);
  const timeout = await call(server, method("ListUsers"), {},
                             { token: server.token, headers: { "grpc-timeout": "soon" } });
  assertRefused(timeout, Code.InvalidArgument, { protocol: "gRPC" });
}

async function limits(world) {
  const organizationId = await world.organization();
  const person = (more, address = email()) => ({
    organizationId, human: { profile: { givenName: "A", familyName: "B" },
                             email: { email: address, isVerified: true }, ...more } });
  const invalid = {
    "a name that is too long": ["AddOrganization", { name: "é".repeat(201) }],
    "no name": ["AddOrganization", {}],
    "an id that is too long": ["GetUserByID", { userId: "1".repeat(201) }],
    "no kind of user": ["CreateUser", { organizationId }],
    "an address that is none": ["CreateUser", person({}, "not an address")],
    "a password that is too simple": ["CreateUser", person({ password: { password: "simple" } })],
    "a hash that is none": ["CreateUser", person({ hashedPassword: { hash: "$1$" } })],
    "a name whose letters turn around": ["AddOrganization", { name: "ad\u202enim" }],
    "a name with something unseen": ["CreateUser", { ...person({}), username: "ad\u2060min" }],
    "a name that is blank": ["AddOrganization", { name: "\u2800" }],
    "a name with a space that is none": ["AddOrganization", { name: "a\u00a0b" }],
    "a name that begins with a mark": ["AddOrganization", { name: "\u0301a" }],
    "a name of private letters": ["AddOrganization", { name: "a\ue000" }],
    "a letter under a heap of marks": ["AddOrganization", { name: `a${"\u0300\u0323".repeat(9)}` }],
    "a user name that is a path": ["CreateUser", { ...person({}), username: ".." }],
    "an address in wide letters": ["CreateUser", person({}, "\uff41da@example.com")],
    "an id that says nothing": ["CreateUser", { ...person({}), userId: "null" }],
    "an id that is a path": ["CreateUser", { ...person({}), userId: "../x" }],
    "an id that is the place itself": ["AddOrganization", { name: fresh("x"), organizationId: "." }],
    "a filter of no parts": ["ListUsers", { queries: [{ orQuery: {} }] }],
    "a value that an enum lacks": ["ListUsers", { queries: [{ stateQuery: { state: 99 } }] }],
  };
  for (const [name, request] of Object.values(invalid)) {
    await asOwner(world, name, request, Code.InvalidArgument);
  }
  await asOwner(world, "CreateUser", person({ idpLinks: [{ idpId: "1", userId: "1", userName: "x" }] }),
                Code.Unimplemented);
  await asOwner(world, "ListUsers", { queries: Array(200_000).fill({}) },
                   Code.ResourceExhausted, { http: [413, 429] });
  const exact = await world.try("AddOrganization", { name: fresh("é".repeat(180)) });
  assert.equal(exact.code, 0, exact.message);
}

async function names(world) {
  const name = fresh("Straße Ⅳ Café");
  const organizationId = await world.organization(name);
  const same = [name.toUpperCase().replace("STRASSE", "STRAßE"), name.normalize("NFD"),
                name.replace("Ⅳ", "IV")];
  for (const other of same) {
    await asOwner(world, "AddOrganization", { name: other }, Code.AlreadyExists);
  }
  const username = fresh("alex");
  const machine = { name: "A job" };
  await world.ok("CreateUser", { organizationId, username, machine });
  const wide = username.replace(/[a-z]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0));
  for (const other of [username.toUpperCase(), wide]) {
    await asOwner(world, "CreateUser", { organizationId, username: other, machine },
                     Code.AlreadyExists);
  }
}

async function alive(world) {
  const answer = await fetchText(world.server, { method: "GET", path: "/debug/healthz" });
  assert.equal(answer.status, 200);
  await world.ok("ListUsers");
  assert.equal(world.server.process.exitCode, null);
}

export default async function hostileRequests(t) {
  const world = new World(await start());
  const refused = {
    "unknown methods and paths are refused": unknownMethods,
    "malformed messages are refused": malformedBinary,
    "malformed frames are refused": malformedFrames,
    "malformed JSON is refused": malformedJson,
    "requests that nest too deep are refused": deep,
    "requests that are too large are refused": large,
    "requests that unpack to something too large are refused": bomb,
    "headers, paths and timeouts that make no sense are refused": headers,
  };
  for (const [name, body] of Object.entries(refused)) {
    await t.test(`${name}, and nothing is stored`, () => storesNothing(world, () => body(world)));
  }
  await t.test("what a field may hold is checked in every protocol", () => limits(world));
  await t.test("names that differ by case, width or normalization form are one",
               () => names(world));
  await t.test("the server is well after all that", () => alive(world));
}
