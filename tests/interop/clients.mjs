// Stock JavaScript clients against interop_server: connect-node (gRPC, gRPC-Web, Connect; HTTP/1.1
// and 2; cleartext and TLS) and grpc-js. Prints "passed NAME" or "failed NAME: why" a line.
//
//   node clients.mjs NODE_MODULES PORT TLS_PORT CERTIFICATE
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import { execFileSync } from "node:child_process";
import os from "node:os";

const [modules, port, tlsPort, certificate] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(modules), "x.js"));
const { createClient, Code, ConnectError } = require("@connectrpc/connect");
const node = require("@connectrpc/connect-node");
const { createFileRegistry, fromBinary } = require("@bufbuild/protobuf");
const { FileDescriptorSetSchema } = require("@bufbuild/protobuf/wkt");
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");
const protoDir = path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname),
  "../proto");
const ca = fs.readFileSync(certificate);
// The server's words; a client whose own clock ends a call has others.
const OVER_TIME = "The deadline passed before the answer was ready.";

function registry() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "clients-"));
  const set = path.join(folder, "set.binpb");
  execFileSync("protoc", ["-I", protoDir, "-I", path.join(protoDir, "../../proto"),
    "--include_imports", "-o", set, "grpc/testing/test.proto", "grpc/health/v1/health.proto"]);
  const files = createFileRegistry(fromBinary(FileDescriptorSetSchema, fs.readFileSync(set)));
  fs.rmSync(folder, { recursive: true });
  return files;
}

function equal(got, wanted, what) {
  const [g, w] = [JSON.stringify(got), JSON.stringify(wanted)];
  if (g !== w) throw new Error(`${what}: got ${g}, wanted ${w}`);
}

async function test(name, body) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("no end after 20 s")), 20000);
  });
  try {
    await Promise.race([body(), late]);
    console.log(`passed ${name}`);
  } catch (error) {
    console.log(`failed ${name}: ${String(error.message).split("\n")[0]}`);
  } finally {
    clearTimeout(timer);
  }
}

async function fails(promise, code, message) {
  try {
    await promise;
  } catch (error) {
    const got = ConnectError.from(error);
    equal([Code[got.code], got.rawMessage], [Code[code], message], "error");
    return got;
  }
  throw new Error("no error came");
}

const special = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n";
const sizes = [31415, 9, 2653, 58979];

async function connectCases(label, transport, { service, health }, streams) {
  const client = createClient(service, transport);
  await test(`${label} empty_unary`, async () => {
    await client.emptyCall({});
  });
  await test(`${label} large_unary`, async () => {
    const answer = await client.unaryCall({ responseSize: 314159,
      payload: { body: new Uint8Array(271828) } });
    equal(answer.payload.body.length, 314159, "size");
  });
  await test(`${label} status with Unicode`, () =>
    fails(client.unaryCall({ responseStatus: { code: 9, message: special } }),
      Code.FailedPrecondition, special));
  await test(`${label} error details`, async () => {
    const error = await fails(client.unaryCall({ responseSize: -1 }), Code.InvalidArgument,
      "No such size.");
    equal(error.details.map((d) => d.type),
      ["google.rpc.ErrorInfo", "zitadel.v1.ErrorDetail"], "details");
  });
  await test(`${label} custom_metadata`, async () => {
    let head, tail;
    await client.unaryCall({ responseSize: 1 }, {
      headers: { "x-grpc-test-echo-initial": "initial",
        "x-grpc-test-echo-trailing-bin": Buffer.from([0xab, 0, 10]).toString("base64") },
      onHeader: (h) => { head = h.get("x-grpc-test-echo-initial"); },
      onTrailer: (t) => { tail = t.get("x-grpc-test-echo-trailing-bin"); },
    });
    equal([head, Buffer.from(tail, "base64").toString("hex")], ["initial", "ab000a"], "metadata");
  });
  await test(`${label} server_streaming`, async () => {
    const got = [];
    for await (const message of client.streamingOutputCall({
      responseParameters: sizes.map((size) => ({ size })) })) {
      got.push(message.payload.body.length);
    }
    equal(got, sizes, "sizes");
  });
  await test(`${label} server_streaming of 20 MB`, async () => {
    let got = 0;
    for await (const message of client.streamingOutputCall({
      responseParameters: Array(20).fill({ size: 1 << 20 }) })) {
      got += message.payload.body.length;
    }
    equal(got, 20 << 20, "bytes");
  });
  await test(`${label} timeout_on_sleeping_server`, async () => {
    // As the header alone, so that no clock of the client's runs beside the server's.
    const headers = label.startsWith("Connect") ? { "connect-timeout-ms": "200" }
                                                : { "grpc-timeout": "200m" };
    const taken = async (answers) => { for await (const _ of answers) continue; };
    await fails(taken(createClient(health, transport).watch({}, { headers })),
      Code.DeadlineExceeded, OVER_TIME);
    if (!streams) return;
    const asked = async function* () {
      yield { responseParameters: [{ size: 1 }] };
      await new Promise((resolve) => setTimeout(resolve, 1000));
    };
    await fails(taken(client.fullDuplexCall(asked(), { headers })), Code.DeadlineExceeded,
      OVER_TIME);
  });
  await test(`${label} timeout that is kept`, async () => {
    await client.emptyCall({}, { timeoutMs: 15000 });
  });
  await test(`${label} cancel_after_first_response`, async () => {
    const abort = new AbortController();
    let seen = 0;
    await fails((async () => {
      for await (const _ of client.streamingOutputCall({
        responseParameters: Array(1000).fill({ size: 100000 }) }, { signal: abort.signal })) {
        seen++;
        abort.abort();
      }
    })(), Code.Canceled, "This operation was aborted");
    // What had arrived before is still handed over.
    if (seen >= 1000) throw new Error("nothing was cut off");
  });
  await test(`${label} unimplemented_method`, async () => {
    try {
      await client.unimplementedCall({});
    } catch (error) {
      return equal(Code[error.code], "Unimplemented", "code");
    }
    throw new Error("no error came");
  });
  if (!streams) return;
  await test(`${label} client_streaming`, async () => {
    const answer = await client.streamingInputCall((async function* () {
      for (const size of [27182, 8, 1828, 45904]) yield { payload: { body: new Uint8Array(size) } };
    })());
    equal(answer.aggregatedPayloadSize, 74922, "sum");
  });
  await test(`${label} ping_pong`, async () => {
    const got = [];
    let next = () => {};
    const answers = client.fullDuplexCall((async function* () {
      for (const size of sizes) {
        const taken = new Promise((resolve) => { next = resolve; });
        yield { responseParameters: [{ size }] };
        await taken;
      }
    })());
    for await (const message of answers) {
      got.push(message.payload.body.length);
      next();
    }
    equal(got, sizes, "sizes");
  });
}

async function connectMatrix(files) {
  const service = files.getService("grpc.testing.TestService");
  const services = { service, health: files.getService("grpc.health.v1.Health") };
  for (const tls of [false, true]) {
    const baseUrl = tls ? `https://localhost:${tlsPort}` : `http://127.0.0.1:${port}`;
    for (const httpVersion of ["1.1", "2"]) {
      const options = { baseUrl, httpVersion, nodeOptions: tls ? { ca } : {},
        useBinaryFormat: true };
      const label = `${httpVersion === "2" ? "HTTP/2" : "HTTP/1.1"} ${tls ? "TLS" : "cleartext"}`;
      const streams = httpVersion === "2";
      await connectCases(`Connect binary ${label}`, node.createConnectTransport(options), services,
        streams);
      await connectCases(`Connect JSON ${label}`,
        node.createConnectTransport({ ...options, useBinaryFormat: false }), services,
        streams);
      await connectCases(`gRPC-Web ${label}`, node.createGrpcWebTransport(options), services,
        streams);
      if (streams) {
        await connectCases(`gRPC ${label}`, node.createGrpcTransport(options), services,
          streams);
      }
    }
  }
  const gzip = node.createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}`, httpVersion: "2",
    sendCompression: node.compressionGzip, acceptCompression: [node.compressionGzip] });
  await test("gRPC gzip both ways", async () => {
    const answer = await createClient(service, gzip).unaryCall({ responseSize: 314159,
      payload: { body: new Uint8Array(271828) } });
    equal(answer.payload.body.length, 314159, "size");
  });
}

async function grpcJs(tls) {
  const label = `grpc-js ${tls ? "TLS" : "cleartext"}`;
  const definition = loader.loadSync("grpc/testing/test.proto", { includeDirs: [protoDir],
    longs: Number });
  const { TestService } = grpc.loadPackageDefinition(definition).grpc.testing;
  const client = new TestService(`localhost:${tls ? tlsPort : port}`,
    tls ? grpc.credentials.createSsl(ca) : grpc.credentials.createInsecure(),
    { "grpc.default_compression_algorithm": 2, "grpc.keepalive_time_ms": 1000 });
  const unary = (method, request, options = {}) => new Promise((resolve, reject) =>
    client[method](request, new grpc.Metadata(), options,
      (error, answer) => (error ? reject(error) : resolve(answer))));
  await test(`${label} large_unary, gzip`, async () => {
    const answer = await unary("UnaryCall", { responseSize: 314159,
      payload: { body: Buffer.alloc(271828) } });
    equal(answer.payload.body.length, 314159, "size");
  });
  await test(`${label} special_status_message`, async () => {
    const error = await unary("UnaryCall", { responseStatus: { code: 2, message: special } })
      .catch((e) => e);
    equal([error.code, error.details], [2, special], "status");
  });
  await test(`${label} server_streaming`, () => new Promise((resolve, reject) => {
    const got = [];
    const responseParameters = sizes.map((size) => ({ size }));
    const call = client.StreamingOutputCall({ responseParameters });
    call.on("data", (message) => got.push(message.payload.body.length));
    call.on("error", reject);
    call.on("end", () => resolve(equal(got, sizes, "sizes")));
  }));
  await test(`${label} timeout_on_sleeping_server`, () => new Promise((resolve, reject) => {
    const over = new grpc.Metadata();
    over.set("grpc-timeout", "200m");
    const call = client.FullDuplexCall(over);
    call.on("data", () => {});
    call.on("end", () => reject(new Error("no error came")));
    call.on("error", (error) => {
      try {
        resolve(equal([error.code, error.details], [4, OVER_TIME], "status"));
      } catch (wrong) {
        reject(wrong);
      }
    });
    call.write({ responseParameters: [{ size: 1 }] });
  }));
  await test(`${label} timeout that is kept`, () =>
    unary("EmptyCall", {}, { deadline: Date.now() + 15000 }));
  await test(`${label} keepalive pings over an idle call`, () => new Promise((resolve, reject) => {
    const call = client.FullDuplexCall();
    call.on("data", () => resolve());
    call.on("error", reject);
    setTimeout(() => call.write({ responseParameters: [{ size: 1 }] }), 3500);
    setTimeout(() => call.end(), 4000);
  }));
  await test(`${label} unimplemented_service`, async () => {
    const { UnimplementedService } = grpc.loadPackageDefinition(definition).grpc.testing;
    const other = new UnimplementedService(`localhost:${port}`, grpc.credentials.createInsecure());
    const code = await new Promise((resolve) => {
      other.UnimplementedCall({}, (error) => resolve(error?.code));
    });
    other.close();
    equal(code, 12, "code");
  });
  client.close();
}

await connectMatrix(registry());
await grpcJs(false);
await grpcJs(true);
process.exit(0);
