// curl: the REST bindings as people call them from a shell, and what stands beside the calls.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { skip } from "../lib/runner.mjs";
import { start, which } from "../lib/server.mjs";
import { email, fresh } from "../lib/world.mjs";

// {status, json, text} of one call; `more` stands in place of the owner's token.
function curl(server, verb, path, body, more = ["-H", `Authorization: Bearer ${server.token}`]) {
  const args = ["-sS", "--max-time", "20", "-X", verb, "-w", "\n%{http_code}", ...more];
  if (body !== undefined) args.push("-H", "Content-Type: application/json", "-d", "@-");
  return new Promise((resolve, reject) => {
    const child = spawn("curl", [...args, server.url + path]);
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (err += chunk));
    child.once("close", (code) => {
      if (code) return reject(new Error(`curl: ${err}`));
      const cut = out.lastIndexOf("\n");
      const text = out.slice(0, cut);
      const json = text[0] === "{" ? JSON.parse(text) : undefined;
      resolve({ status: Number(out.slice(cut + 1)), text, json });
    });
    child.stdin.end(typeof body === "string" ? body : JSON.stringify(body));
  });
}

async function life(server) {
  const call = async (...args) => {
    const { status, json, text } = await curl(server, ...args);
    assert.equal(status, 200, `${args[0]} ${args[1]}: ${status} ${text}`);
    return json;
  };
  // What the published interface says of it: made is 201.
  const made = await curl(server, "POST", "/v2/organizations", { name: fresh("Acme") });
  assert.equal(made.status, 201, made.text);
  const { organizationId } = made.json;
  const session = await curl(server, "POST", "/v2/sessions", {});
  assert.equal(session.status, 201, session.text);
  const address = email();
  const { userId, details } = await call("POST", "/v2/users/human", {
    organization: { orgId: organizationId }, email: { email: address, isVerified: true },
    profile: { givenName: "Alex", familyName: "Example" },
  });
  // 64-bit numbers are text, times RFC 3339.
  assert.match(details.sequence, /^[1-9][0-9]*$/);
  assert.match(details.changeDate, /^\d{4}-\d\d-\d\dT.*Z$/);
  const { user } = await call("GET", `/v2/users/${userId}`);
  assert.equal(user.human.email.email, address);
  assert.equal(user.state, "USER_STATE_ACTIVE");
  const listed = await call("POST", "/v2/users", {
    query: { limit: 5, asc: true }, sortingColumn: "USER_FIELD_NAME_USER_NAME",
    queries: [{ emailQuery: { emailAddress: address } }],
  });
  assert.equal(listed.details.totalResult, "1");
  await call("PATCH", `/v2/users/${userId}`, { human: { profile: { nickName: "Al" } } });
  await call("PUT", `/v2/users/human/${userId}`, { username: fresh("alex") });
  assert.equal((await call("GET", `/v2/users/${userId}`)).user.human.profile.nickName, "Al");
  await call("DELETE", `/v2/users/${userId}`);
  assert.equal((await curl(server, "GET", `/v2/users/${userId}`)).status, 404);
}

async function queryParameters(server) {
  const made = await curl(server, "POST", "/v2/organizations", { name: fresh("Acme") });
  const at = `/v2/organizations/${made.json.organizationId}/metadata`;
  const entry = (key) => ({ key, value: Buffer.from(key).toString("base64") });
  const metadata = ["colour", "size", "a b&c"].map(entry);
  assert.equal((await curl(server, "POST", at, { metadata })).status, 200);
  const gone = await curl(server, "DELETE", `${at}?keys=colour&keys=a%20b%26c`);
  assert.equal(gone.status, 200, gone.text);
  const left = await curl(server, "POST", `${at}/search`, {});
  assert.deepEqual(left.json.metadata.map((one) => one.key), ["size"]);
  // A field that is unknown is ignored, as in binary.
  const ignored = await curl(server, "POST", `${at}/search?nonsense=1`, { nonsense: [{}] });
  assert.equal(ignored.status, 200, ignored.text);
}

async function errors(server) {
  const expect = async (status, code, ...args) => {
    const answer = await curl(server, ...args);
    assert.equal(answer.status, status, `${args[0]} ${args[1]}: ${answer.text}`);
    assert.equal(answer.json.code, code, answer.text);
    return answer.json;
  };
  const unknown = await expect(404, 5, "GET", "/v2/users/999");
  const info = unknown.details.find((one) => one["@type"].endsWith("/google.rpc.ErrorInfo"));
  assert.match(info.reason, /^user\.[a-z_]+$/);
  assert.ok(unknown.details.some((one) => one["@type"].endsWith("/zitadel.v1.ErrorDetail")));
  await expect(400, 3, "POST", "/v2/organizations", { name: "" });
  await expect(400, 3, "POST", "/v2/organizations", '{"name": ');
  await expect(400, 3, "POST", "/v2/organizations", { name: 5 });
  const name = fresh("Acme");
  assert.equal((await curl(server, "POST", "/v2/organizations", { name })).status, 201);
  await expect(409, 6, "POST", "/v2/organizations", { name });
  await expect(501, 12, "POST", "/v2/idp_intents", {});
  await expect(401, 16, "POST", "/v2/users", {}, []);
}

async function paths(server) {
  const missing = await curl(server, "GET", "/v2/nothing/here");
  assert.equal(missing.status, 404);
  assert.equal((await curl(server, "PUT", "/v2/organizations", {})).status, 405);
  assert.equal((await curl(server, "GET", "/v2/users/%zz")).status, 400);
}

export default async function rest(t) {
  if (!which("curl")) {
    await t.test("curl calls the REST bindings", () => skip("curl is not at hand"));
    return;
  }
  const server = await start();
  await t.test("curl creates, reads, lists, changes and deletes", () => life(server));
  await t.test("fields of a request without a body come from the query",
               () => queryParameters(server));
  await t.test("errors have HTTP status, code, reason and details", () => errors(server));
  await t.test("unknown paths and verbs are told apart", () => paths(server));
  await t.test("curl speaks HTTP/2 with prior knowledge", async () => {
    const more = ["--http2-prior-knowledge", "-H", `Authorization: Bearer ${server.token}`];
    const answer = await curl(server, "POST", "/v2/users", {}, more);
    assert.equal(answer.status, 200, answer.text);
  });
  await t.test("health, readiness, metrics and the pulse need no token", async () => {
    for (const path of ["/debug/healthz", "/debug/ready", "/metrics", "/admin/v1/healthz"]) {
      const answer = await curl(server, "GET", path, undefined, []);
      assert.equal(answer.status, 200, path);
    }
  });
  await t.test("who comes by a proxy that nobody named gets no metrics", async () => {
    for (const header of ["X-Forwarded-For: 127.0.0.1", "Forwarded: for=127.0.0.1", "Via: 1.1 x"]) {
      const answer = await curl(server, "GET", "/metrics", undefined, ["-H", header]);
      assert.equal(answer.status, 403, header);
    }
  });
}
