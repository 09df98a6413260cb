// Starts the program as its users do, on a free loopback port with a data directory of its own.
//
//   const server = await start();
//   server.url, server.token            http://localhost:PORT, the administrator's machine token
//   await server.kill(); await server.resume();
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export const PROGRAM = process.env.MUNIMENT;
export const BUILD = process.env.MUNIMENT_BUILD;
const READY_SECONDS = 60;
const running = new Set();

export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

// What the tests' own surroundings configure must not reach the program.
export function cleanEnvironment(extra = {}) {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("MUNIMENT"));
  return { ...Object.fromEntries(own), ...extra };
}

class Server {
  constructor(dataDir, port, options, tls) {
    Object.assign(this, { dataDir, port, options, tls, output: "" });
    this.secure = tls !== undefined;
    this.url = `${this.secure ? "https" : "http"}://localhost:${port}`;
  }

  get token() {
    return readFileSync(join(this.dataDir, "admin.pat"), "utf8").trim();
  }

  get pid() {
    return this.process.pid;
  }

  async resume() {
    const place = ["--port", String(this.port), "--data-dir", this.dataDir];
    const env = cleanEnvironment();
    this.process = spawn(PROGRAM, ["start", ...place, ...this.options], { env });
    this.ended = new Promise((resolve) => {
      this.process.once("exit", (code, signal) => {
        running.delete(this);
        resolve({ code, signal });
      });
    });
    running.add(this);
    const keep = (chunk) => (this.output += chunk);
    this.process.stdout.on("data", keep);
    this.process.stderr.on("data", keep);
    await this.#ready();
    return this;
  }

  async #ready() {
    const until = Date.now() + READY_SECONDS * 1e3;
    while (Date.now() < until) {
      if (this.process.exitCode !== null || this.process.signalCode !== null) {
        throw new Error(`the server ended before it was ready:\n${this.output}`);
      }
      if ((await this.get("/debug/ready").catch(() => null))?.status === 200) return;
      await sleep(20);
    }
    throw new Error(`the server was not ready after ${READY_SECONDS} s:\n${this.output}`);
  }

  get(path, headers = {}) {
    return fetchText(this, { method: "GET", path, headers });
  }

  // Ends it as an operator does; its exit code must say so.
  async stop() {
    if (running.has(this)) this.process.kill("SIGTERM");
    return this.ended;
  }

  async kill() {
    process.kill(this.pid, "SIGKILL");
    return this.ended;
  }

  // Runs a subcommand over this server's data, which must not be served meanwhile.
  offline(...args) {
    return run([...args, "--data-dir", this.dataDir]);
  }
}

// One HTTP/1.1 request with any header, Host included.
export function fetchText(server, { method, path, headers = {}, body, agent }) {
  return new Promise((resolve, reject) => {
    const send = server.secure ? httpsRequest : httpRequest;
    // Of a DELETE node says nowhere how long its body is, and the connection's next request begins
    // with that.
    const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    const options = { host: "localhost", port: server.port, method, path, agent,
                      headers: { ...length, ...headers }, ca: server.tls?.ca };
    const call = send(options, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const bytes = Buffer.concat(chunks);
        resolve({ status: answer.statusCode, headers: answer.headers, bytes,
                  trailers: answer.trailers, text: bytes.toString() });
      });
    });
    call.setTimeout(30e3, () => call.destroy(new Error(`no answer to ${method} ${path}`)));
    call.on("error", reject);
    call.end(body);
  });
}

// Runs the program's command line to its end.
export function run(args, { env = {}, input } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(PROGRAM, args, { env: cleanEnvironment(env) });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => (stdout += chunk));
    child.stderr.on("data", (chunk) => (stderr += chunk));
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}

export function temporary(name) {
  const path = mkdtempSync(join(tmpdir(), `muniment-${name}-`));
  process.once("exit", () => rmSync(path, { recursive: true, force: true }));
  return path;
}

// A certificate for localhost, signed by itself.
export function certificate() {
  const folder = temporary("tls");
  const cert = join(folder, "cert.pem");
  const key = join(folder, "key.pem");
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
    "-nodes", "-days", "2", "-keyout", key, "-out", cert, ...subject], { stdio: "ignore" });
  return { cert, key, ca: readFileSync(cert) };
}

export async function start({ options = [], tls } = {}) {
  const files = tls ? ["--tls.cert-path", tls.cert, "--tls.key-path", tls.key,
                       "--external-secure", "true"] : [];
  return new Server(temporary("data"), await freePort(), [...files, ...options], tls).resume();
}

export async function stopAll() {
  await Promise.all([...running].map((server) => server.stop()));
}

// What ends the tests ends what they started.
process.once("exit", () => {
  for (const server of running) server.process.kill("SIGKILL");
});

export function which(command) {
  try {
    return execFileSync("sh", ["-c", 'command -v "$0"', command], { encoding: "utf8" }).trim();
  } catch {
    return "";
  }
}

