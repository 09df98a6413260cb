// The gRPC project's own clients of Go and Python, without any generated code of ours.
import { execFileSync, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { DESCRIPTORS } from "../lib/interface.mjs";
import { skip } from "../lib/runner.mjs";
import { BUILD, start, which } from "../lib/server.mjs";

const here = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

function output(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    child.stdout.on("data", (chunk) => (text += chunk));
    child.stderr.on("data", (chunk) => (text += chunk));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, text }));
  });
}

// The clients print a line a test: "ok NAME" or "not ok NAME: why".
async function client(t, language, command, args) {
  const { code, text } = await output(command, args);
  t.lines(text);
  const failed = /^not ok /m.test(text);
  if (code !== 0 && !failed) {
    await t.test(`${language}'s client ran to its end`, () => {
      throw new Error(`exit ${code}: ${text}`);
    });
  }
}

function goClient() {
  if (!which("go")) skip("go is not at hand");
  const program = join(BUILD, "e2e-go-client");
  try {
    execFileSync("go", ["build", "-o", program, "."], { cwd: here("go"), stdio: "pipe" });
  } catch (error) {
    const why = String(error.stderr);
    if (/dial tcp|no such host|requires go >=|toolchain not available/.test(why)) {
      skip(`go cannot get its modules: ${why.trim().split("\n").pop()}`);
    }
    throw error;
  }
  return program;
}

function python() {
  for (const program of ["/usr/bin/python3", "python3"]) {
    try {
      execFileSync(program, ["-c", "import grpc, google.protobuf"], { stdio: "ignore" });
      return program;
    } catch { /* the next */ }
  }
  return skip("python has no grpc");
}

export default async function stockGrpc(t) {
  const server = await start();
  const target = `localhost:${server.port}`;
  let program;
  await t.test("Go's gRPC client builds", () => void (program = goClient()), { seconds: 300 });
  if (program) await client(t, "Go", program, [target, server.token]);
  let interpreter;
  await t.test("Python has gRPC", () => void (interpreter = python()));
  if (interpreter) {
    const args = [here("python/client.py"), target, server.token, DESCRIPTORS];
    await client(t, "Python", interpreter, args);
  }
}
