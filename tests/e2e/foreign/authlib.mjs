// Authlib, Debian's package, as a program of Python uses it: foreign/authlib_client.py.
import { execFileSync, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { SCOPE } from "../lib/foreign_site.mjs";
import { NOBODY, REFUSAL } from "../lib/foreign_login.mjs";
import { CALLBACK, FAREWELL, audience } from "../lib/openid.mjs";
import { skip } from "../lib/runner.mjs";

const PROGRAM = fileURLToPath(new URL("authlib_client.py", import.meta.url));

function interpreter() {
  for (const program of ["/usr/bin/python3", "python3"]) {
    try {
      execFileSync(program, ["-c", "import authlib, requests"], { stdio: "ignore" });
      return program;
    } catch { /* the next */ }
  }
  return null;
}

function output(program, input) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ["-W", "ignore", PROGRAM], { stdio: "pipe" });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += chunk));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, text }));
    child.stdin.end(JSON.stringify(input));
  });
}

// What the program is told: an application of each way to prove itself, an API and a machine.
async function surroundings(site) {
  const { provider, organizationId, projectId } = site;
  const clients = {};
  for (const proof of ["BASIC", "POST", "NONE", "PRIVATE_KEY_JWT"]) {
    const client = await site.client(CALLBACK, { proof, farewell: FAREWELL });
    clients[proof] = { client_id: client.clientId, client_secret: client.secret };
    if (proof === "PRIVATE_KEY_JWT") Object.assign(clients[proof], await site.keyFile(client));
  }
  const api = await provider.api(projectId);
  const machine = await provider.machine(organizationId, { type: "JWT" });
  const session = await site.session();
  return {
    issuer: provider.issuer, callback: CALLBACK, farewell: FAREWELL, scope: SCOPE, clients,
    api: { client_id: api.clientId, client_secret: api.secret },
    machine: { id: machine.id, client_id: machine.clientId, client_secret: machine.secret,
               ...await site.machineKeyFile(machine.id) },
    machine_scope: `openid profile ${audience(projectId)}`, project: projectId,
    person: { id: site.person.id, name: site.person.name },
    other: { id: site.other.id, name: site.other.name },
    nobody: NOBODY, refusal: REFUSAL, leaver: session.hint };
}

export default async function authlib(t, site) {
  const program = interpreter();
  if (!program) {
    return t.test("Authlib signs somebody in",
                  () => skip("python3-authlib or python3-requests is not at hand"));
  }
  const { code, text } = await output(program, await surroundings(site));
  t.lines(text);
  if (code !== 0 && !/^not ok /m.test(text)) {
    await t.test("Authlib's program ran to its end", () => {
      throw new Error(`exit ${code}: ${text}`);
    });
  }
}
