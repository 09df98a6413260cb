// Runs the parts one after the other in this process; `run` is how to start it.
import { readdirSync } from "node:fs";
import { basename } from "node:path";
import { Runner } from "./lib/runner.mjs";
import { stopAll } from "./lib/server.mjs";

const folder = new URL("./parts/", import.meta.url);
const all = readdirSync(folder)
  .filter((name) => name.endsWith(".mjs"))
  .map((name) => basename(name, ".mjs"))
  .sort();
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length) {
  console.log(`no such part: ${unknown.join(", ")}; there are ${all.join(", ")}`);
  process.exit(2);
}

const runner = new Runner();
for (const name of wanted.length ? wanted : all) {
  console.log(`-- ${name}`);
  const part = await import(new URL(`${name}.mjs`, folder));
  await runner.part(name, part.default);
  await stopAll();
}
runner.tell();
console.log(runner.summary());
process.exit(runner.failed ? 1 : 0);
