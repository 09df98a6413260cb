// What relying parties start from: projects, applications, machines, and somebody who signs in, each made
// over the wire; and requests to OpenID Connect's endpoints by hand, which may be wrong in every way.
import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { importPKCS8, SignJWT } from "jose";
import { Login } from "./login.mjs";
import { start } from "./server.mjs";
import { PASSWORD, World, email, fresh, inAYear } from "./world.mjs";

export const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
export const DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code";
export const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const CLIENT_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
export const TOKEN_TYPE = {
  access: "urn:ietf:params:oauth:token-type:access_token",
  id: "urn:ietf:params:oauth:token-type:id_token",
  jwt: "urn:ietf:params:oauth:token-type:jwt",
  userId: "urn:zitadel:params:oauth:token-type:user_id",
};
export const PLATFORM = "urn:zitadel:iam:org:project:id:zitadel:aud";
export const audience = (projectId) => `urn:zitadel:iam:org:project:id:${projectId}:aud`;

// Nobody listens there: answers are read where the browser would be sent.
export const CALLBACK = "https://app.example/callback";
export const FAREWELL = "https://app.example/farewell";

const GRANTS = ["AUTHORIZATION_CODE", "REFRESH_TOKEN", "DEVICE_CODE", "IMPLICIT",
                "TOKEN_EXCHANGE"];
const RESPONSES = ["CODE", "ID_TOKEN", "ID_TOKEN_TOKEN"];

const WEB = {
  redirectUris: [CALLBACK], postLogoutRedirectUris: [FAREWELL],
  grantTypes: GRANTS.map((one) => `OIDC_GRANT_TYPE_${one}`),
  responseTypes: RESPONSES.map((one) => `OIDC_RESPONSE_TYPE_${one}`),
};

// Of the JSON that comes with a key: what signs by it, as JOSE libraries want it.
export async function keyOf(content) {
  const file = JSON.parse(Buffer.from(content, "base64").toString());
  const pem = createPrivateKey(file.key).export({ type: "pkcs8", format: "pem" });
  return { kid: file.keyId, key: await importPKCS8(pem, "RS256") };
}

export class Provider {
  static async start() {
    const world = new World(await start());
    const provider = new Provider(world);
    const loginClient = await world.machine(await world.organization());
    await world.ok("CreateAdministrator", { userId: loginClient, resource: { instance: true },
                                            roles: ["IAM_LOGIN_CLIENT"] });
    provider.login = new Login(world.server, await world.machineToken(loginClient));
    return provider;
  }

  constructor(world) {
    this.world = world;
    this.server = world.server;
    this.issuer = world.server.url;
  }

  async project(organizationId, more = {}) {
    return (await this.world.ok("CreateProject",
                                { organizationId, name: fresh("Project"), ...more })).projectId;
  }

  // An application that signs people in. `proof`: BASIC, POST, NONE or PRIVATE_KEY_JWT.
  async application(projectId, { proof = "BASIC", ...more } = {}) {
    const made = await this.world.ok("CreateApplication", {
      projectId, name: fresh("app"),
      oidcConfiguration: { ...WEB, authMethodType: `OIDC_AUTH_METHOD_TYPE_${proof}`, ...more } });
    return this.#client(projectId, proof, made.applicationId, made.oidcConfiguration);
  }

  // One that asks about tokens.
  async api(projectId, { proof = "BASIC" } = {}) {
    const made = await this.world.ok("CreateApplication", {
      projectId, name: fresh("api"),
      apiConfiguration: { authMethodType: `API_AUTH_METHOD_TYPE_${proof}` } });
    return this.#client(projectId, proof, made.applicationId, made.apiConfiguration);
  }

  async #client(projectId, proof, applicationId, { clientId, clientSecret: secret }) {
    const client = { projectId, applicationId, clientId, secret, proof };
    if (proof !== "PRIVATE_KEY_JWT") return client;
    const { keyDetails } = await this.world.ok("CreateApplicationKey", {
      projectId, applicationId, expirationDate: inAYear() });
    return { ...client, signer: await keyOf(keyDetails) };
  }

  async person(organizationId) {
    const name = email();
    const human = { profile: { givenName: "Ada", familyName: "Example" },
                    email: { email: name, isVerified: true }, password: { password: PASSWORD } };
    const id = await this.world.person(organizationId, { human });
    return { id, name, organizationId, session: await this.login.signIn(name, PASSWORD) };
  }

  // With a secret and a key; `type` is of its access tokens, BEARER or JWT.
  async machine(organizationId, { type = "BEARER", name = fresh("job") } = {}) {
    const machine = { name: "A job", accessTokenType: `ACCESS_TOKEN_TYPE_${type}` };
    const { id } = await this.world.ok("CreateUser", { organizationId, username: name, machine });
    const { clientSecret: secret } = await this.world.ok("AddSecret", { userId: id });
    const added = await this.world.ok("AddKey", { userId: id, expirationDate: inAYear() });
    return { id, name, clientId: name, secret, proof: "BASIC", keyId: added.keyId,
             signer: await keyOf(added.keyContent) };
  }

  // What a machine shows for itself (RFC 7523 section 3).
  assertion(machine, claims = {}) {
    return new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: machine.signer.kid })
      .setIssuer(machine.id).setSubject(machine.id).setAudience(this.issuer).setIssuedAt()
      .setExpirationTime("5m").setJti(fresh("jti")).sign(machine.signer.key);
  }

  // What a client that has a key shows for itself, once (OpenID Connect Core section 9).
  async clientProof({ clientId, signer }) {
    const client_assertion = await new SignJWT()
      .setProtectedHeader({ alg: "RS256", kid: signer.kid }).setIssuer(clientId)
      .setSubject(clientId).setAudience(this.issuer).setIssuedAt().setExpirationTime("5m")
      .setJti(fresh("jti")).sign(signer.key);
    return { client_id: clientId, client_assertion, client_assertion_type: CLIENT_ASSERTION };
  }

  // From now on its access tokens are of that type, BEARER or JWT.
  tokenType({ projectId, applicationId }, type) {
    return this.world.ok("UpdateApplication", {
      projectId, applicationId,
      oidcConfiguration: { accessTokenType: `OIDC_TOKEN_TYPE_${type}` } });
  }

  authorizeUrl(client, parameters = {}) {
    const query = { client_id: client.clientId, redirect_uri: CALLBACK, response_type: "code",
                    scope: "openid", ...parameters };
    return `${this.issuer}/oauth/v2/authorize?${new URLSearchParams(query)}`;
  }

  async code(client, session, parameters) {
    const back = await this.login.answer(this.authorizeUrl(client, parameters), session);
    const code = back.searchParams.get("code");
    assert.ok(code, back.href);
    return code;
  }

  async signedIn(client, session, parameters) {
    const code = await this.code(client, session, parameters);
    return this.granted(client, "authorization_code", { code, redirect_uri: CALLBACK });
  }

  // A form to an endpoint, of a client that has a secret or none; `json` of what came back.
  async post(path, form, client, headers = {}) {
    const basic = client?.secret && {
      authorization: `Basic ${Buffer.from(`${client.clientId}:${client.secret}`).toString("base64")}` };
    const answer = await fetch(`${this.issuer}${path}`, {
      method: "POST", body: new URLSearchParams(form), redirect: "manual",
      headers: { ...basic, ...headers } });
    const text = await answer.text();
    const json = /json/.test(answer.headers.get("content-type") ?? "") ? JSON.parse(text) : {};
    return { status: answer.status, headers: answer.headers, text, json };
  }

  grant(client, type, form = {}) {
    return this.post("/oauth/v2/token", { grant_type: type, ...form }, client);
  }

  async granted(client, type, form) {
    const { status, text, json } = await this.grant(client, type, form);
    assert.equal(status, 200, text);
    return json;
  }

  async introspect(api, token) {
    const { status, text, json } = await this.post("/oauth/v2/introspect", { token }, api);
    assert.equal(status, 200, text);
    return json;
  }

  async userinfo(token) {
    const answer = await fetch(`${this.issuer}/oidc/v1/userinfo`,
                               { headers: { authorization: `Bearer ${token}` } });
    return { status: answer.status, headers: answer.headers, json: await answer.json() };
  }
}

// A page that posts its form by itself: where to, and what.
export async function formOf(url) {
  const answer = await fetch(url, { redirect: "manual" });
  const page = await answer.text();
  assert.equal(answer.status, 200, page);
  const plain = (text) => text.replace(/&(quot|amp|lt|gt|#39);/g, (_, name) =>
    ({ quot: '"', amp: "&", lt: "<", gt: ">", "#39": "'" })[name]);
  const fields = [...page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)];
  return { action: plain(page.match(/<form method="post" action="([^"]*)"/)?.[1] ?? ""),
           fields: new URLSearchParams(fields.map(([, name, value]) => [plain(name), plain(value)])) };
}

// What is asked meanwhile stores nothing, but events of the types that `but` names.
export async function storesNothing(world, body, but = []) {
  const sequence = await world.newest();
  const answer = await body();
  const { events = [] } = await world.ok("ListEvents", { sequence, asc: true, limit: 1000 });
  const types = events.map(({ type }) => type.type).filter((type) => !but.includes(type));
  assert.deepEqual(types, [], "events were stored");
  return answer;
}

// OAuth's own refusal: the status and the error's name, and neither token nor reason of the inside.
export function assertOauth(answer, status, error) {
  assert.equal(answer.json.error, error, `${answer.status} ${answer.text}`);
  assert.equal(answer.status, status, answer.text);
  assert.match(answer.json.error_description, /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
  assert.deepEqual(Object.keys(answer.json).sort(), ["error", "error_description"]);
  assert.equal(answer.headers.get("cache-control"), "no-store");
}
