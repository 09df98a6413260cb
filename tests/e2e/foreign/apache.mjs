// Apache with mod_auth_openidc in front of pages: as a relying party, and as a resource server that asks
// about tokens or verifies them itself. It runs in the foreground with a configuration of its own.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { close } from "../lib/foreign_login.mjs";
import { SCOPE, Visitor, attack } from "../lib/foreign_site.mjs";
import { skip } from "../lib/runner.mjs";
import { certificate, fetchText, freePort, temporary, which } from "../lib/server.mjs";
import { fresh } from "../lib/world.mjs";

const MODULES = "/usr/lib/apache2/modules";
const NAMES = ["mpm_event", "authn_core", "authz_core", "authz_user", "include", "auth_openidc"];
const READY_SECONDS = 20;
const running = new Set();

// By SIGTERM, as it must end its own children.
process.once("exit", () => {
  for (const child of running) child.kill("SIGTERM");
});

// Null where there is none.
export function apacheProgram() {
  const program = which("apache2") || (existsSync("/usr/sbin/apache2") ? "/usr/sbin/apache2" : "");
  return program && NAMES.every((name) => existsSync(`${MODULES}/mod_${name}.so`)) ? program : null;
}

// Whoever starts it as root has it serve as somebody else, who must be able to read what it serves.
function folders(root) {
  chmodSync(root, 0o755);
  const pages = join(root, "pages");
  for (const folder of ["", "protected", "api"]) {
    mkdirSync(join(pages, folder), { recursive: true });
    writeFileSync(join(pages, folder, "index"), "<!--#printenv -->");
  }
  return pages;
}

function configuration(root, port, lines) {
  const user = process.getuid() === 0 ? ["User www-data", "Group www-data"] : [];
  const modules = NAMES.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`);
  const pages = folders(root);
  return [
    ...modules, ...user, `ServerRoot ${root}`, "ServerName localhost", `Listen 127.0.0.1:${port}`,
    `PidFile ${root}/pid`, `DefaultRuntimeDir ${root}`, `ErrorLog ${root}/errors`, "LogLevel warn",
    "StartServers 1", "ServerLimit 1", "ThreadsPerChild 8", "MaxRequestWorkers 8",
    "MinSpareThreads 1", "MaxSpareThreads 8",
    `DocumentRoot ${pages}`, `<Directory ${pages}>`, "Options +Includes",
    "SetOutputFilter INCLUDES", "ForceType text/html", "Require all granted", "</Directory>",
    ...lines, ""].join("\n");
}

class Apache {
  static async start(port, lines) {
    const apache = new Apache();
    apache.root = temporary("apache");
    apache.origin = `http://localhost:${port}`;
    const file = join(apache.root, "configuration");
    writeFileSync(file, configuration(apache.root, port, lines), { mode: 0o600 });
    apache.child = spawn(apacheProgram(), ["-D", "FOREGROUND", "-f", file], { stdio: "pipe" });
    apache.output = "";
    for (const stream of [apache.child.stdout, apache.child.stderr]) {
      stream.on("data", (chunk) => (apache.output += chunk));
    }
    running.add(apache.child);
    apache.ended = new Promise((resolve) => apache.child.once("exit", () => {
      running.delete(apache.child);
      resolve();
    }));
    await apache.#ready();
    return apache;
  }

  get errors() {
    const file = join(this.root, "errors");
    return this.output + (existsSync(file) ? readFileSync(file, "utf8") : "");
  }

  async #ready() {
    const until = Date.now() + READY_SECONDS * 1e3;
    while (Date.now() < until && running.has(this.child)) {
      if ((await fetch(`${this.origin}/index`).catch(() => null))?.ok) return;
      await sleep(50);
    }
    await this.stop();
    throw new Error(`Apache did not start:\n${this.errors}`);
  }

  async stop() {
    this.child.kill("SIGTERM");
    await this.ended;
  }
}

// What a page prints of its environment: a line "NAME=value" each, escaped for HTML.
function environment(text) {
  const plain = text.replace(/&(quot|amp|lt|gt|#39);/g, (_, name) =>
    ({ quot: '"', amp: "&", lt: "<", gt: ">", "#39": "'" })[name]);
  return Object.fromEntries(plain.split("\n").filter(Boolean).map((line) => {
    const at = line.indexOf("=");
    return [line.slice(0, at), line.slice(at + 1)];
  }));
}

class Party {
  title = "mod_auth_openidc";
  refusals = { state: /unable to restore state/, beginning: /unable to restore state/,
               nonce: /the nonce value \(another\) .* did not match/, code: /invalid_grant/,
               login: /^302 [/]oauth[/]v2[/]authorize $/ };

  static async open(site, { proof = "BASIC", auth = "client_secret_basic" } = {}) {
    const party = new Party();
    const port = await freePort();
    const origin = `http://localhost:${port}`;
    party.callback = `${origin}/protected/callback`;
    party.farewell = `${origin}/index`;
    party.client = await site.client(party.callback, { proof, farewell: party.farewell });
    // This release takes an error that names its issuer (RFC 9207 section 2) for a login that the issuer
    // begins: OIDCDefaultURL is where that goes, by asking again.
    party.apache = await Apache.start(port, [
      `OIDCProviderMetadataURL ${site.provider.issuer}/.well-known/openid-configuration`,
      `OIDCClientID ${party.client.clientId}`, ...await party.#proof(site, auth),
      `OIDCRedirectURI ${party.callback}`, `OIDCDefaultURL ${origin}/protected/index`,
      `OIDCCryptoPassphrase ${fresh("passphrase")}`,
      `OIDCScope "${SCOPE}"`, "OIDCPKCEMethod S256", "OIDCPassRefreshToken On",
      "OIDCPassClaimsAs environment", "<Location /protected>", "AuthType openid-connect",
      "Require valid-user", "</Location>"]);
    return party;
  }

  async #proof(site, auth) {
    const line = `OIDCProviderTokenEndpointAuth ${auth}`;
    if (this.client.secret) return [`OIDCClientSecret ${this.client.secret}`, line];
    if (auth === "none") return [line];
    const { kid, pem } = await site.keyFile(this.client);
    const file = join(temporary("key"), "key.pem");
    const certified = `${file}.certificate`;
    writeFileSync(file, pem, { mode: 0o600 });
    execFileSync("openssl", ["req", "-x509", "-key", file, "-out", certified, "-subj", "/CN=client",
                             "-days", "2"]);
    return [`OIDCPublicKeyFiles ${kid}#${certified}`, `OIDCPrivateKeyFiles ${kid}#${file}`, line];
  }

  async begin(agent) {
    const { next, status, text } = await agent.ask(`${this.apache.origin}/protected/index`);
    assert.ok(next, `${status} ${text} ${this.apache.errors}`);
    return next;
  }

  // Its log says more than its page.
  reason({ status, next }) {
    const { errors } = this.apache;
    const said = errors.slice(this.apache.seen);
    this.apache.seen = errors.length;
    return `${status} ${next?.pathname} ${said}`;
  }

  // What its protected page is told, or null before a sign-in.
  async claims(agent) {
    const { status, text } = await agent.ask(`${this.apache.origin}/protected/index`);
    return status === 200 ? environment(text) : null;
  }

  async who(agent) {
    return (await this.claims(agent))?.OIDC_CLAIM_sub ?? null;
  }
}

async function signedIn(site, party) {
  const visitor = await Visitor.of(party);
  const page = await visitor.signIn();
  assert.equal(page.status, 200, `${page.text} ${party.apache.errors}`);
  const claims = environment(page.text);
  assert.deepEqual(
    [claims.OIDC_CLAIM_sub, claims.OIDC_CLAIM_given_name, claims.OIDC_CLAIM_email,
     claims.OIDC_CLAIM_iss, claims.OIDC_CLAIM_azp, claims.AUTH_TYPE],
    [site.person.id, "Ada", site.person.name, site.provider.issuer, party.client.clientId,
     "openid-connect"]);
  assert.equal((await site.provider.userinfo(claims.OIDC_access_token)).json.sub, site.person.id);
  return { visitor, claims };
}

async function refreshed(site, party) {
  const { visitor, claims: old } = await signedIn(site, party);
  const hook = new URL(party.callback);
  hook.search = new URLSearchParams({ refresh: `${party.apache.origin}/protected/index`,
                                      access_token: old.OIDC_access_token });
  const page = await visitor.agent.open(hook);
  assert.equal(page.url.search, "", `${page.url} ${party.apache.errors}`);
  const renewed = environment(page.text);
  assert.equal(renewed.OIDC_CLAIM_sub, site.person.id);
  assert.notEqual(renewed.OIDC_access_token, old.OIDC_access_token);
  assert.notEqual(renewed.OIDC_refresh_token, old.OIDC_refresh_token);
  assert.equal((await site.provider.userinfo(renewed.OIDC_access_token)).status, 200);
}

async function signedOut(site, party) {
  const session = await site.session();
  const visitor = await Visitor.of(party);
  const claims = environment((await visitor.signIn({ login_hint: session.hint })).text);
  assert.equal(claims.OIDC_CLAIM_sub, site.person.id);
  const hook = new URL(party.callback);
  hook.search = new URLSearchParams({ logout: party.farewell });
  const left = await visitor.agent.until(hook, (url) => url.pathname === "/oidc/v1/end_session");
  assert.equal(left.searchParams.get("post_logout_redirect_uri"), party.farewell);
  const { url, status } = await visitor.agent.open(left);
  assert.deepEqual([status, url.href], [200, party.farewell]);
  assert.equal(await visitor.who(), null);
  assert.equal((await site.provider.userinfo(claims.OIDC_access_token)).status, 401);
  await site.assertEnded(session);
}

// The provider by TLS, without which a resource server does not ask it.
async function secured(site, { cert, key }) {
  const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) },
    async (request, answer) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const { connection, ...headers } = request.headers;
      const told = await fetchText(site.provider.server, {
        method: request.method, path: request.url, body: Buffer.concat(chunks),
        headers: { ...headers, host: new URL(site.provider.issuer).host } });
      answer.writeHead(told.status, told.headers).end(told.bytes);
    });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

// An API of pages that take access tokens. `knows`: by what it knows them, as lines of configuration.
async function guarded(site, knows, body) {
  const files = certificate();
  chmodSync(dirname(files.cert), 0o755);
  const server = await secured(site, files);
  try {
    const apache = await Apache.start(await freePort(), [
      ...knows(`https://localhost:${server.address().port}`), `OIDCCABundlePath ${files.cert}`,
      "OIDCPassClaimsAs environment", "<Location /api>", "AuthType oauth20", "Require valid-user",
      "</Location>"]);
    try {
      await body(apache);
    } finally {
      await apache.stop();
    }
  } finally {
    close(server);
  }
}

async function shown(apache, token) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const answer = await fetch(`${apache.origin}/api/index`, { headers });
  return { status: answer.status, claims: environment(await answer.text()) };
}

async function asking(site) {
  const api = await site.provider.api(site.projectId);
  const client = await site.provider.application(site.projectId);
  const { access_token: token, refresh_token: refresh } =
    await site.provider.signedIn(client, site.person.session, { scope: SCOPE });
  const knows = (issuer) => [
    `OIDCOAuthIntrospectionEndpoint ${issuer}/oauth/v2/introspect`,
    `OIDCOAuthClientID ${api.clientId}`, `OIDCOAuthClientSecret ${api.secret}`,
    "OIDCOAuthTokenIntrospectionInterval -1"];
  await guarded(site, knows, async (apache) => {
    const { status, claims } = await shown(apache, token);
    assert.equal(status, 200, apache.errors);
    assert.deepEqual([claims.OIDC_CLAIM_sub, claims.OIDC_CLAIM_client_id, claims.REMOTE_USER],
                     [site.person.id, client.clientId, site.person.id]);
    for (const other of ["", "none", refresh]) assert.equal((await shown(apache, other)).status, 401);
    await site.provider.post("/oauth/v2/revoke", { token }, client);
    assert.equal((await shown(apache, token)).status, 401);
  });
}

async function verifying(site) {
  const client = await site.provider.application(
    site.projectId, { accessTokenType: "OIDC_TOKEN_TYPE_JWT" });
  const { access_token: token } =
    await site.provider.signedIn(client, site.person.session, { scope: SCOPE });
  const knows = (issuer) => [`OIDCOAuthVerifyJwksUri ${issuer}/oauth/v2/keys`];
  await guarded(site, knows, async (apache) => {
    const { status, claims } = await shown(apache, token);
    assert.equal(status, 200, apache.errors);
    assert.deepEqual([claims.OIDC_CLAIM_sub, claims.OIDC_CLAIM_iss],
                     [site.person.id, site.provider.issuer]);
    const [head, body, signature] = token.split(".");
    const payload = JSON.parse(Buffer.from(body, "base64url"));
    const forged = Buffer.from(JSON.stringify({ ...payload, sub: site.other.id }));
    const changed = [head, forged.toString("base64url"), signature].join(".");
    for (const other of ["", "none", changed]) assert.equal((await shown(apache, other)).status, 401);
  });
}

const PROOFS = [["BASIC", "client_secret_basic"], ["POST", "client_secret_post"],
                ["PRIVATE_KEY_JWT", "private_key_jwt"], ["NONE", "none"]];

async function relyingParty(t, site) {
  for (const [proof, auth] of PROOFS) {
    let party;
    await t.test(`mod_auth_openidc lets somebody in by code with PKCE, proving itself by ${auth}`,
                 async () => {
                   party = await Party.open(site, { proof, auth });
                   await signedIn(site, party);
                 });
    if (!party) continue;
    try {
      await t.test(`mod_auth_openidc refreshes, proving itself by ${auth}`,
                   () => refreshed(site, party));
      await t.test(`mod_auth_openidc signs out, there and here, proving itself by ${auth}`,
                   () => signedOut(site, party));
      if (proof === "BASIC") await attack(t, party, site);
    } finally {
      await party.apache.stop();
    }
  }
}

export default async function apache(t, site) {
  if (!apacheProgram()) {
    return t.test("mod_auth_openidc lets somebody in",
                  () => skip("apache2-bin and libapache2-mod-auth-openidc are not at hand"));
  }
  await relyingParty(t, site);
  await t.test("mod_auth_openidc lets a request in whose token is active, and no other",
               () => asking(site));
  await t.test("mod_auth_openidc lets a request in whose token the issuer signed, and no other",
               () => verifying(site));
}
