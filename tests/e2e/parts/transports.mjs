// connect-node and grpc-js: every protocol that they speak, over HTTP/1.1 and HTTP/2, in cleartext
// and with TLS.
import assert from "node:assert/strict";
import tls from "node:tls";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import {
  compressionGzip, createConnectTransport, createGrpcTransport, createGrpcWebTransport,
} from "@connectrpc/connect-node";
import grpc from "@grpc/grpc-js";
import { authorized } from "../lib/clients.mjs";
import { ErrorInfo, RpcStatus, method, path, service } from "../lib/interface.mjs";
import { skip } from "../lib/runner.mjs";
import { certificate, start, which } from "../lib/server.mjs";
import { email, fresh } from "../lib/world.mjs";

const PERSON = { profile: { givenName: "Ålex", familyName: "Example" } };

function* matrix(server) {
  const common = { baseUrl: server.url, interceptors: [authorized(server)] };
  const nodeOptions = server.tls ? { ca: server.tls.ca } : {};
  for (const httpVersion of ["1.1", "2"]) {
    for (const useBinaryFormat of [true, false]) {
      const options = { ...common, httpVersion, useBinaryFormat, nodeOptions };
      const format = useBinaryFormat ? "binary" : "JSON";
      yield [`Connect ${format} over HTTP/${httpVersion}`, createConnectTransport(options)];
      yield [`gRPC-Web ${format} over HTTP/${httpVersion}`, createGrpcWebTransport(options)];
      if (httpVersion === "2") {
        yield [`gRPC ${format} over HTTP/2`, createGrpcTransport(options)];
      }
    }
  }
  const zipped = { ...common, httpVersion: "2", nodeOptions, compressMinBytes: 1 };
  for (const [name, make] of [["Connect", createConnectTransport], ["gRPC", createGrpcTransport],
                              ["gRPC-Web", createGrpcWebTransport]]) {
    yield [`${name} with gzip`, make({ ...zipped, sendCompression: compressionGzip })];
  }
}

async function exercise(transport) {
  const organizations = createClient(service("org.v2.OrganizationService"), transport);
  const users = createClient(service("user.v2.UserService"), transport);
  const { organizationId } = await organizations.addOrganization({ name: fresh("Acme") });
  const created = await users.createUser({
    organizationId,
    userType: { case: "human", value: { ...PERSON, email: {
      email: email(), verification: { case: "isVerified", value: true } } } },
  });
  let headers;
  const read = await users.getUserByID({ userId: created.id }, { onHeader: (h) => (headers = h) });
  assert.equal(read.user.type.value.profile.givenName, "Ålex");
  assert.ok(headers);
  const query = { case: "organizationIdQuery", value: { organizationId } };
  assert.equal((await users.listUsers({ queries: [{ query }] })).result.length, 1);
  try {
    await users.getUserByID({ userId: "999" });
    assert.fail("an unknown user was answered");
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    assert.equal(error.code, Code.NotFound);
    assert.ok(error.findDetails(ErrorInfo)[0].reason);
  }
}

// By the header alone, so that no clock of the client's runs: the server ends what would go on.
async function expire(transport, header) {
  const health = createClient(service("grpc.health.v1.Health"), transport);
  const seen = [];
  try {
    for await (const { status } of health.watch({}, { headers: header })) seen.push(status);
    assert.fail("a call that was over time ended well");
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    assert.equal(error.code, Code.DeadlineExceeded);
    assert.equal(error.rawMessage, "The deadline passed before the answer was ready.");
    assert.equal(error.findDetails(ErrorInfo)[0].reason, "request.deadline");
  }
  assert.deepEqual(seen, [1]);
}

function unary(client, name, request, metadata) {
  const one = method(name);
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      path(one), (message) => Buffer.from(toBinary(one.input, create(one.input, message))),
      (bytes) => fromBinary(one.output, bytes), request, metadata, { deadline: Date.now() + 20e3 },
      (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

async function grpcJs(server) {
  const credentials = server.tls ? grpc.credentials.createSsl(server.tls.ca)
                                 : grpc.credentials.createInsecure();
  const client = new grpc.Client(`localhost:${server.port}`, credentials);
  const metadata = new grpc.Metadata();
  metadata.set("authorization", `Bearer ${server.token}`);
  try {
    const send = (name, request) => unary(client, name, request, metadata);
    const { organizationId } = await send("AddOrganization", { name: fresh("Acme") });
    const userType = { case: "machine", value: { name: "A job" } };
    const created = await send("CreateUser", { organizationId, username: fresh("job"), userType });
    const { user } = await send("GetUserByID", { userId: created.id });
    assert.equal(user.type.case, "machine");
    const error = await send("GetUserByID", { userId: "999" }).catch((e) => e);
    assert.equal(error.code, grpc.status.NOT_FOUND);
    const [bytes] = error.metadata.get("grpc-status-details-bin");
    const { details } = fromBinary(RpcStatus, bytes);
    const info = details.find((one) => one.typeUrl.endsWith(ErrorInfo.typeName));
    assert.ok(fromBinary(ErrorInfo, info.value).reason);
    const many = Array.from({ length: 200 }, () => send("GetUserByID", { userId: created.id }));
    assert.equal((await Promise.all(many)).length, 200);
  } finally {
    client.close();
  }
}

async function over(t, server, words) {
  for (const [name, transport] of matrix(server)) {
    await t.test(`connect-node: ${name}, ${words}`, () => exercise(transport));
    const header = name.startsWith("Connect") ? { "connect-timeout-ms": "200" }
                                              : { "grpc-timeout": "200m" };
    await t.test(`connect-node: a call that is over time is ended by the server, ${name}, ${words}`,
                 () => expire(transport, header));
  }
  await t.test(`grpc-js, ${words}`, () => grpcJs(server));
}

export default async function transports(t) {
  await over(t, await start(), "cleartext");
  if (!which("openssl")) {
    await t.test("the same with TLS", () => skip("openssl is not at hand"));
    return;
  }
  const secure = await start({ tls: certificate() });
  await over(t, secure, "TLS");
  await t.test("a client that offers only ciphers without forward secrecy gets no TLS", async () => {
    const handshake = (ciphers, version) => new Promise((resolve) => {
      const { hostname: host, port } = new URL(secure.url);
      const socket = tls.connect(
        { host, port, ca: secure.tls.ca, ciphers, minVersion: version, maxVersion: version },
        () => resolve(socket.getCipher().name) || socket.destroy());
      socket.on("error", () => resolve("none"));
    });
    const weak = "AES128-SHA:AES256-GCM-SHA384:@SECLEVEL=0";
    assert.equal(await handshake(weak, "TLSv1.2"), "none");
    assert.equal(await handshake("ALL:@SECLEVEL=0", "TLSv1.1"), "none");
    assert.match(await handshake("DEFAULT", "TLSv1.2"), /^ECDHE-.*(GCM|CHACHA20)/);
  });
}
