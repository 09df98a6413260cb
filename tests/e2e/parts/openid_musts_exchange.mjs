// RFC 8693, token exchange: what a request must hold, what is answered, and whose token it is.
import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import { Musts, Site, assertError } from "../lib/musts.mjs";
import { PLATFORM, audience } from "../lib/openid.mjs";
import { verified } from "../lib/relying_parties.mjs";

const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const typed = (name) => `urn:ietf:params:oauth:token-type:${name}`;
const ACCESS = typed("access_token");
const GRANTS = ["AUTHORIZATION_CODE", "REFRESH_TOKEN", "IMPLICIT", "TOKEN_EXCHANGE"];

const exchange = (site, form, client = site.exchanger) =>
  site.token({ grant_type: EXCHANGE, subject_token: site.held.access_token,
               subject_token_type: ACCESS, ...form }, client);

async function exchanged(site, form, client) {
  const { status, json, text } = await exchange(site, form, client);
  assert.equal(status, 200, text);
  return json;
}

// [section, sentence, what is changed of a good request, status, errors]
const REFUSED = [
  ["2.1", "subject_token has to be there", () => ({ subject_token: undefined })],
  ["2.1", "an empty subject_token is none", () => ({ subject_token: "" })],
  ["2.1", "subject_token_type has to be there", () => ({ subject_token_type: undefined })],
  ["2.1", "actor_token_type has to be there with an actor_token",
   ({ actor }) => ({ actor_token: actor })],
  ["2.1", "actor_token_type may not be there without an actor_token",
   () => ({ actor_token_type: ACCESS })],
  ["2.1", "subject_token may not stand twice",
   ({ held }) => ({ subject_token: [held.access_token, held.access_token] })],
  ["2.2.2", "a subject_token_type that is not known is refused",
   () => ({ subject_token_type: typed("carrot") })],
  ["2.2.2", "a requested_token_type that is not known is refused",
   () => ({ requested_token_type: typed("carrot") })],
  ["2.2.2", "a subject_token that is none is refused", () => ({ subject_token: "x" })],
  ["2.2.2", "a subject_token that was revoked is refused",
   ({ revoked }) => ({ subject_token: revoked })],
  ["2.2.2", "a subject_token that was changed is refused",
   ({ held }) => ({ subject_token: `${held.access_token.slice(0, -2)}AA` })],
  ["2.2.2", "a subject_token that is not of its type is refused",
   ({ held }) => ({ subject_token: held.id_token })],
  ["2.2.2", "an access token is no ID token",
   () => ({ subject_token_type: typed("id_token") })],
  ["2.2.2", "a refresh token is no access token",
   ({ held }) => ({ subject_token: held.refresh_token })],
  ["2.2.2", "an actor_token that is none is refused",
   () => ({ actor_token: "x", actor_token_type: ACCESS })],
  ["2.2.2", "an actor that may not act for the subject is refused",
   ({ stranger }) => ({ actor_token: stranger, actor_token_type: ACCESS })],
];

// [section, sentence, the form, the client, status, error]
const OF_CLIENTS = [
  ["2.1", "who has a secret shows it", ({ exchanger }) => ({ client_id: exchanger.clientId }),
   () => null, 401, "invalid_client"],
  ["2.1", "a client whose secret is wrong is refused", () => ({}),
   ({ exchanger }) => ({ ...exchanger, secret: "wrong" }), 401, "invalid_client"],
  ["2.1", "a client that has not the grant is refused", () => ({}), ({ barred }) => barred,
   400, "unauthorized_client"],
];

// [section, sentence, the request's form, what is true of the answer]
const ANSWERED = [
  ["2.2.1", "an access token is answered, with its type", {}, ({ json }) => {
    assert.ok(json.access_token);
    assert.equal(json.issued_token_type, ACCESS);
    assert.match(json.token_type, /^bearer$/i);
  }],
  ["2.2.1", "the answer is JSON", {}, ({ headers }) =>
    assert.match(headers.get("content-type"), /^application\/json/)],
  ["2.2.1", "nobody may store it", {}, ({ headers }) =>
    assert.match(headers.get("cache-control") ?? "", /\bno-store\b/)],
  // Nobody comes back for it, who has the subject's token.
  ["2.2.1", "a scope that is another than the one asked for is told",
   { scope: "openid offline_access" }, ({ json }) => assert.equal(json.scope, "openid")],
  ["2.2.1", "a JWT that is asked for is one, and its type says so",
   { requested_token_type: typed("jwt") }, async ({ json }, site) => {
    assert.equal(json.issued_token_type, typed("jwt"));
    assert.equal((await verified(site.provider, json.access_token)).payload.sub, site.person.id);
  }],
  ["2.2.1", "an ID token that is asked for is no access token: its token_type is N_A",
   { requested_token_type: typed("id_token") }, async ({ json }, site) => {
    assert.equal(json.issued_token_type, typed("id_token"));
    assert.equal(json.token_type, "N_A");
    const { payload } = await verified(site.provider, json.access_token,
                                       { audience: site.exchanger.clientId });
    assert.equal(payload.sub, site.person.id);
  }],
];

async function own(site) {
  const { access_token: token } = await exchanged(site, {});
  const told = await site.provider.introspect(site.api, token);
  assert.deepEqual([told.active, told.sub, told.client_id],
                   [true, site.person.id, site.exchanger.clientId]);
  assert.equal(told.act, undefined);
}

async function byIdToken(site) {
  const json = await exchanged(site, { subject_token: site.held.id_token,
                                       subject_token_type: typed("id_token"), scope: "openid" });
  assert.equal((await site.provider.introspect(site.api, json.access_token)).sub, site.person.id);
}

// To exchange a token is no use of it, and none of its end.
async function lives(site) {
  const subject = await site.tokens(site.exchanger);
  for (let i = 0; i < 2; i += 1) await exchanged(site, { subject_token: subject.access_token });
  assert.equal(await site.active(subject.access_token), true);
}

async function unserved(site, form) {
  const { status, json, text } = await exchange(site, form);
  assert.equal(status, 400, text);
  assert.ok(["invalid_target", "invalid_request"].includes(json.error), text);
}

const TARGETS = [
  ["an audience that is not served", { audience: "nobody" }],
  ["one audience of two that is not served", ({ exchanger }) => ({
    audience: [exchanger.clientId, "nobody"] })],
  ["a resource with a fragment", { resource: "https://api.example/#part" }],
  ["a resource that is no absolute URI", { resource: "/api" }],
];

async function wider(site) {
  const narrow = await site.tokens(site.exchanger, { scope: "openid" });
  const answer = await exchange(site, { subject_token: narrow.access_token,
                                        scope: `openid email ${audience("1")}` });
  if (answer.status !== 200) return assertError(answer, 400, "invalid_scope");
  assert.equal(answer.json.scope, "openid");
}

// RFC 8693 section 4.1. By whom somebody is acted for acts for nobody else, so there is one actor.
async function acts(site) {
  const form = { actor_token: site.actor, actor_token_type: ACCESS };
  const { access_token: token } = await exchanged(site, form);
  const told = await site.provider.introspect(site.api, token);
  assert.deepEqual([told.sub, told.act?.sub], [site.person.id, site.machine.id]);
  assert.equal(typeof told.act, "object");
  assertError(await exchange(site, {
    subject_token: token, actor_token: site.second, actor_token_type: ACCESS }), 400, "invalid_request");
  const signed = await exchanged(site, { ...form, requested_token_type: typed("jwt") });
  const { act } = decodeJwt(signed.access_token);
  assert.equal(act.sub, site.machine.id);
  for (const claim of ["exp", "nbf", "aud"]) assert.equal(act[claim], undefined, claim);
}

async function ends(site) {
  const subject = await site.tokens(site.exchanger);
  const { access_token: token } = await exchanged(site, { subject_token: subject.access_token });
  await site.post("/oauth/v2/revoke", { token: subject.refresh_token }, site.exchanger);
  assert.equal(await site.active(token), false);
}

async function prepared() {
  const site = await Site.build();
  const { provider: { world }, organizationId } = site;
  site.exchanger = await site.application({
    grantTypes: GRANTS.map((one) => `OIDC_GRANT_TYPE_${one}`) });
  site.barred = await site.application({ grantTypes: ["OIDC_GRANT_TYPE_AUTHORIZATION_CODE"],
                                         responseTypes: ["OIDC_RESPONSE_TYPE_CODE"] });
  site.held = await site.tokens(site.exchanger);
  const gone = await site.tokens(site.exchanger);
  await site.post("/oauth/v2/revoke", { token: gone.access_token }, site.exchanger);
  site.revoked = gone.access_token;
  await world.ok("SetSecurityPolicy", { enableImpersonation: true });
  site.machines = [await site.provider.machine(organizationId),
                   await site.provider.machine(organizationId)];
  for (const { id: userId } of site.machines) {
    await world.ok("CreateAdministrator", { userId, resource: { organizationId },
                                            roles: ["ORG_END_USER_IMPERSONATOR"] });
  }
  [site.machine] = site.machines;
  const scope = `openid ${PLATFORM} ${audience(site.projectId)}`;
  const tokenOf = async (machine) => (
    await site.provider.granted(machine, "client_credentials", { scope })).access_token;
  [site.actor, site.second] = [await tokenOf(site.machines[0]), await tokenOf(site.machines[1])];
  site.stranger = await tokenOf(await site.provider.machine(organizationId));
  return site;
}

export default async function openidMustsExchange(t) {
  const site = await prepared();
  const musts = new Musts(t);
  const at = (section) => `RFC 8693 section ${section}`;
  for (const [section, sentence, form] of REFUSED) {
    await musts.test(at(section), sentence, async () =>
      assertError(await exchange(site, form(site)), 400, "invalid_request"));
  }
  for (const [section, sentence, form, client, status, error] of OF_CLIENTS) {
    await musts.test(at(section), sentence, async () =>
      assertError(await exchange(site, form(site), client(site)), status, error));
  }
  for (const [section, sentence, form, check] of ANSWERED) {
    await musts.test(at(section), sentence, async () => {
      const answer = await exchange(site, form);
      assert.equal(answer.status, 200, answer.text);
      await check(answer, site);
    });
  }
  for (const [what, form] of TARGETS) {
    await musts.test(at("2.1"), `${what} is refused`, () =>
      unserved(site, typeof form === "function" ? form(site) : form));
  }
  await musts.each([
    [at("1.1"), "without an actor the token is the subject's, and nobody's beside him", own],
    [at("3"), "an ID token is exchanged as one", byIdToken],
    [at("2.1"), "a token that is exchanged lives on", lives],
    [at("2.1"), "an exchange gets no more scope than the subject's token has", wider],
    [at("2.1"), "discovery names the grant", async () =>
      assert.ok((await site.metadata()).grant_types_supported.includes(EXCHANGE))],
    [at("4.1"), "act names who acts, who acts for nobody else by it", acts],
    [at("5"), "what was exchanged ends with the sign-in that it came of", ends],
  ], (check) => check(site));
  musts.tell();
}
