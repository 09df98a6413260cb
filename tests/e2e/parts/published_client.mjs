// Every method of the published packages' own generated code, by their own client over their own
// transport: what we serve answers, what we do not is refused as unimplemented, and what is newer
// than the package is named.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, sep } from "node:path";
import { fromBinary, fromJson, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { createClientFor } from "@zitadel/client";
import { grpc } from "../lib/clients.mjs";
import {
  ErrorInfo, method as byName, methods, path, registry, unserved,
} from "../lib/interface.mjs";
import { minimalRequest, optionsOf, targets } from "../lib/requests.mjs";
import { start } from "../lib/server.mjs";
import { settingsAnswer } from "../lib/settings.mjs";
import { World } from "../lib/world.mjs";
import { EXPECTED } from "./every_rpc.mjs";

// By type name, as the package has them.
async function publishedServices() {
  const some = createRequire(import.meta.url).resolve("@zitadel/proto/zitadel/auth_pb.js");
  const root = some.slice(0, some.indexOf(`${sep}cjs${sep}`));
  const found = new Map();
  for (const name of readdirSync(join(root, "es", "zitadel"), { recursive: true }).sort()) {
    if (!name.endsWith("_pb.js")) continue;
    for (const one of Object.values(await import(`@zitadel/proto/zitadel/${name}`))) {
      if (one?.kind === "service") found.set(one.typeName, one);
    }
  }
  return found;
}

async function answerTo(server, service, name, request, { headers, token } = {}) {
  const client = createClientFor(service)(grpc(server, token));
  try {
    await client[name](request, { headers });
    return { code: 0, reason: "" };
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    return { code: error.code, reason: error.findDetails(ErrorInfo)[0]?.reason ?? "",
             message: error.rawMessage };
  }
}

const say = ({ code, reason, message }) => `${Code[code] ?? code} ${reason}: ${message}`;

// The methods that we serve, with a minimal request each.
async function served(world, published) {
  const wrong = [], counts = new Map(), newer = [];
  for (const ours of methods()) {
    if (unserved(ours) || !ours.parent.typeName.startsWith("zitadel.")) continue;
    const service = published.get(ours.parent.typeName);
    const theirs = service?.methods.find((one) => one.name === ours.name);
    if (service && !theirs) newer.push(path(ours));
    if (!theirs) continue;
    const ids = await targets(world, ours, byName);
    // By its bytes, which is all that has to be the same on both sides.
    const minimal = fromJson(ours.input, minimalRequest(ours, ids), { registry });
    const request = fromBinary(theirs.input, toBinary(ours.input, minimal));
    const options = { ...optionsOf(ours, ids), ...(ids.token ? { token: ids.token } : {}) };
    const answer = await answerTo(world.server, service, theirs.localName, request, options);
    const expected = EXPECTED[ours.name] ?? settingsAnswer(ours) ?? 0;
    if (answer.code !== expected) wrong.push(`${path(ours)}: ${say(answer)}`);
    counts.set(service.typeName, (counts.get(service.typeName) ?? 0) + 1);
  }
  assert.deepEqual(wrong, []);
  for (const name of ["user.v2.UserService", "session.v2.SessionService", "auth.v1.AuthService"]) {
    assert.ok(counts.get(`zitadel.${name}`) > 0, name);
  }
  const each = [...counts].map(([name, count]) => `${name.replace(/^zitadel\./, "")} ${count}`);
  const all = [...counts.values()].reduce((sum, one) => sum + one, 0);
  return `${all} methods (${each.join(", ")}); newer than the package: ${newer.length}\n` +
    newer.map((one) => `   ${one}`).join("\n");
}

// What else the package can call.
async function others(world, published) {
  const ours = new Map(methods().map((one) => [path(one), one]));
  const wrong = [];
  let count = 0;
  for (const service of published.values()) {
    for (const theirs of service.methods) {
      const known = ours.get(`/${service.typeName}/${theirs.name}`);
      if (known && !unserved(known)) continue;
      assert.equal(theirs.methodKind, "unary", theirs.name);
      const answer = await answerTo(world.server, service, theirs.localName, {});
      if (answer.code !== Code.Unimplemented) {
        wrong.push(`${service.typeName}/${theirs.name}: ${say(answer)}`);
      }
      count += 1;
    }
  }
  assert.deepEqual(wrong, []);
  return `${count} methods`;
}

export default async function publishedClient(t) {
  const published = await publishedServices();
  const world = new World(await start({ options: ["--dns.servers", "127.0.0.1:1"] }));
  await t.test("the published client calls every method that it has and we serve",
               () => served(world, published), { seconds: 300 });
  await t.test("what the published client has and we do not serve is refused as unimplemented",
               () => others(world, published), { seconds: 120 });
}
