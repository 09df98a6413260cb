// The demo as deploy/run --demo starts it, on free ports and a data directory of its own.
//
//   const demo = new Demo();
//   await demo.start();                 once it has told what there is
//   demo.shop, demo.password("cole"), demo.said
//   const { code } = await demo.stop();
//
// It is a server as tests/e2e/lib knows them: url, token.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { PROGRAM, cleanEnvironment, freePort, temporary } from "./server.mjs";

const SCRIPT = fileURLToPath(new URL("../../../deploy/demo/demo.py", import.meta.url));
const running = new Set();

export class Demo {
  constructor(dataDir = temporary("demo")) {
    this.dataDir = dataDir;
    this.secure = false;
  }

  async launch({ options = [], shopPort } = {}) {
    this.port = await freePort();
    this.shopPort = shopPort ?? (await freePort());
    this.url = `http://localhost:${this.port}`;
    this.shop = `http://localhost:${this.shopPort}`;
    this.said = "";
    const port = options.includes("--port") ? [] : ["--port", String(this.port)];
    this.process = spawn(
      "python3", ["-B", SCRIPT, "--shop-port", String(this.shopPort), PROGRAM, ...port,
                  "--data-dir", this.dataDir, ...options], { env: cleanEnvironment() });
    running.add(this.process);
    this.ended = new Promise((resolve, reject) => {
      const late = () => reject(new Error("something that it started outlives the demo"));
      this.process.once("exit", () => {
        running.delete(this.process);
        this.late = setTimeout(late, 10e3);
      });
      // Its output ends with the last that holds it.
      this.process.once("close", (code, signal) => {
        clearTimeout(this.late);
        resolve({ code, signal });
      });
    });
    this.ended.catch(() => {});
    const keep = (chunk) => (this.said += chunk);
    this.process.stdout.setEncoding("utf8").on("data", keep);
    this.process.stderr.setEncoding("utf8").on("data", keep);
  }

  async start() {
    await this.launch();
    await this.until(() => this.said.includes("ActivateProjectGrant"));
    return this;
  }

  async until(done, seconds = 30) {
    for (const end = Date.now() + seconds * 1e3; !(await done()); await sleep(20)) {
      if (this.process.exitCode !== null || Date.now() > end) {
        throw new Error(`the demo does not come so far:\n${this.said}`);
      }
    }
  }

  get token() {
    return readFileSync(join(this.dataDir, "admin.pat"), "utf8").trim();
  }

  password(name) {
    return JSON.parse(readFileSync(join(this.dataDir, "demo.json"), "utf8"))[name];
  }

  stop(signal = "SIGTERM") {
    this.process.kill(signal);
    return this.ended;
  }
}

process.once("exit", () => {
  for (const one of running) one.kill("SIGKILL");
});
