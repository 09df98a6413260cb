// RFC 8628: a device asks, somebody lets it in elsewhere, and it comes for its tokens.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Musts, OFFLINE, Site, assertError } from "../lib/musts.mjs";
import { DEVICE_CODE } from "../lib/openid.mjs";
import { verified } from "../lib/relying_parties.mjs";

const ASK = "/oauth/v2/device_authorization";

// [section, sentence, the form, who asks, status, error]
const ASKED_WRONGLY = [
  ["3.1", "a client that has a secret shows it", ({ web }) => ({ client_id: web.clientId }),
   () => null, 401, "invalid_client"],
  ["3.1", "a client whose secret is wrong is refused", () => ({}),
   ({ web }) => ({ ...web, secret: "wrong" }), 401, "invalid_client"],
  ["3.1", "a client that is not there is refused", () => ({ client_id: "nobody" }),
   () => null, 401, "invalid_client"],
  ["3.1", "who says nothing of himself is refused", () => ({}), () => null, 401, "invalid_client"],
  ["3.1", "an empty client_id is none", () => ({ client_id: "" }), () => null,
   401, "invalid_client"],
  ["3.1", "scope may not stand twice", () => ({ scope: ["openid", "openid"] }),
   ({ web }) => web, 400, "invalid_request"],
  ["3.1", "client_id may not stand twice",
   ({ open: { clientId } }) => ({ client_id: [clientId, clientId] }), () => null,
   400, "invalid_request"],
  ["3.1", "a client that has not the grant is refused", () => ({}), ({ narrow }) => narrow,
   400, "unauthorized_client"],
  ["3.1", "a scope that is none is refused", () => ({ scope: "a\\b" }), ({ web }) => web,
   400, "invalid_scope"],
];

// [section, sentence, the form, who comes, status, error]
const CAME_WRONGLY = [
  ["3.4", "device_code has to be there", () => ({ device_code: undefined }), ({ web }) => web,
   400, "invalid_request"],
  ["3.4", "a device_code that nobody was given is refused", () => ({ device_code: "x" }),
   ({ web }) => web, 400, "invalid_grant"],
  ["3.4", "a client that has a secret shows it", ({ web }) => ({ client_id: web.clientId }),
   () => null, 401, "invalid_client"],
  ["3.4", "who has no secret says who he is", () => ({}), () => null, 401, "invalid_client"],
  ["3.4", "a device_code of another client is refused", () => ({}), ({ other }) => other,
   400, "invalid_grant"],
  ["3.5", "while nobody has answered it is pending", () => ({}), ({ web }) => web,
   400, "authorization_pending"],
];

// [sentence, what is true of the answer]
const ANSWER = [
  ["the answer is JSON", ({ headers }) =>
    assert.match(headers.get("content-type"), /^application\/json/)],
  ["nobody may store it", ({ headers }) =>
    assert.match(headers.get("cache-control") ?? "", /\bno-store\b/)],
  ["device_code is in it", ({ json }) => assert.match(json.device_code, /^[\x21-\x7e]{22,}$/)],
  ["user_code is in it", ({ json }) => assert.ok(json.user_code.length > 0)],
  ["verification_uri is in it", ({ json }) => assert.ok(new URL(json.verification_uri).host)],
  ["expires_in is a number", ({ json }) => assert.ok(json.expires_in > 0)],
  ["interval is a number", ({ json }) => assert.ok(json.interval > 0)],
  ["verification_uri_complete holds the user_code", ({ json }) =>
    assert.ok(json.verification_uri_complete.includes(json.user_code))],
];

const asked = async (site, client = site.web, form = { scope: OFFLINE }) => {
  const open = client.secret ? {} : { client_id: client.clientId };
  const { json, status, text } = await site.post(ASK, { ...open, ...form }, client);
  assert.equal(status, 200, text);
  return json;
};

const come = (site, device, client = site.web, form = {}) => {
  const open = client?.secret || !client ? {} : { client_id: client.clientId };
  return site.token({ grant_type: DEVICE_CODE, device_code: device.device_code, ...open, ...form },
                    client);
};

async function letIn(site, client) {
  const device = await asked(site, client);
  await site.provider.login.device(device.verification_uri_complete, site.person.session);
  const answer = await come(site, device, client);
  assert.equal(answer.status, 200, answer.text);
  const { payload } = await verified(site.provider, answer.json.id_token,
                                     { audience: client.clientId });
  assert.equal(payload.sub, site.person.id);
  assert.match(answer.headers.get("cache-control") ?? "", /\bno-store\b/);
  assert.equal(await site.active(answer.json.access_token), true);
}

async function denied(site) {
  const device = await asked(site);
  await site.provider.login.device(device.verification_uri_complete, null);
  assertError(await come(site, device), 400, "access_denied");
}

// Each slow_down adds five seconds, which count from then on.
async function slower(site) {
  const early = async () => {
    const device = await asked(site);
    assertError(await come(site, device), 400, "authorization_pending");
    assertError(await come(site, device), 400, "slow_down");
    await sleep(6000);
    assertError(await come(site, device), 400, "slow_down");
  };
  const inTime = async () => {
    const device = await asked(site);
    assertError(await come(site, device), 400, "authorization_pending");
    assertError(await come(site, device), 400, "slow_down");
    await sleep(10_200);
    assertError(await come(site, device), 400, "authorization_pending");
  };
  await Promise.all([early(), inTime()]);
}

async function passesOver(site) {
  const device = await asked(site, site.web, { scope: "openid", shape: "round", resource: "" });
  assert.ok(device.device_code);
  const scopeless = await site.post(ASK, { scope: "" }, site.web);
  if (scopeless.status !== 200) assertError(scopeless, 400, "invalid_scope");
}

async function once(site) {
  const device = await asked(site);
  await site.provider.login.device(device.verification_uri_complete, site.person.session);
  assert.equal((await come(site, device)).status, 200);
  await sleep(device.interval * 1e3 + 100);
  assertError(await come(site, device), 400, "invalid_grant");
}

// A code that was shown at one device lets in no other.
async function codes(site) {
  const [first, second] = [await asked(site), await asked(site)];
  assert.notEqual(first.device_code, second.device_code);
  assert.notEqual(first.user_code, second.user_code);
  await site.provider.login.device(first.verification_uri_complete, site.person.session);
  assertError(await come(site, second), 400, "authorization_pending");
  const forged = { device_code: first.user_code };
  assertError(await come(site, forged), 400, "invalid_grant");
  assert.equal((await come(site, first)).status, 200);
}

async function scopes(site) {
  const device = await asked(site, site.web, { scope: "openid email" });
  const told = await site.provider.login.device(device.verification_uri_complete, site.person.session);
  assert.deepEqual([told.clientId, [...told.scope].sort()], [site.web.clientId, ["email", "openid"]]);
  const { json } = await come(site, device, site.web, { scope: "openid email profile phone" });
  assert.deepEqual(json.scope.split(" ").sort(), ["email", "openid"]);
}

async function postOnly(site) {
  const answer = await fetch(`${site.issuer}${ASK}?client_id=${site.open.clientId}`);
  assert.equal(answer.status, 405);
}

const FLOWS = [
  ["3.1", "a request is a form by POST", postOnly],
  ["3.1", "what is not known is passed over, what is empty is left out", passesOver],
  ["3.3", "what somebody lets in is what was asked for", scopes],
  ["3.4", "a client with a secret comes for its tokens", (site) => letIn(site, site.web)],
  ["3.4", "a client without a secret comes for its tokens by its id", (site) => letIn(site, site.open)],
  ["3.5", "a device that was not let in is told access_denied", denied],
  ["5.2", "a device_code is one device's, and cannot be made of its user_code", codes],
  ["3.5", "a device_code that was redeemed is refused", once],
  ["3.5", "a device that asks too often waits five seconds more, from then on", slower],
  ["4", "discovery names the endpoint and the grant", async (site) => {
    const metadata = await site.metadata();
    assert.equal(metadata.device_authorization_endpoint, `${site.issuer}${ASK}`);
    assert.ok(metadata.grant_types_supported.includes(DEVICE_CODE));
  }],
];

export default async function openidMustsDevice(t) {
  const site = await Site.build();
  site.narrow = await site.application({ responseTypes: ["OIDC_RESPONSE_TYPE_CODE"],
                                         grantTypes: ["OIDC_GRANT_TYPE_AUTHORIZATION_CODE"] });
  const musts = new Musts(t);
  const at = (section) => `RFC 8628 section ${section}`;
  for (const [section, sentence, form, who, status, error] of ASKED_WRONGLY) {
    await musts.test(at(section), `of a request for a device ${sentence}`, async () =>
      assertError(await site.post(ASK, { scope: "openid", ...form(site) }, who(site)), status, error));
  }
  const answer = await site.post(ASK, { scope: OFFLINE }, site.web);
  for (const [sentence, check] of ANSWER) {
    await musts.test(at("3.2"), `of a device's answer ${sentence}`, () => check(answer));
  }
  for (const [section, sentence, form, who, status, error] of CAME_WRONGLY) {
    await musts.test(at(section), `of a device that comes ${sentence}`, async () => {
      const { device_code: code } = await asked(site);
      const asks = { grant_type: DEVICE_CODE, device_code: code, ...form(site) };
      assertError(await site.token(asks, who(site)), status, error);
    });
  }
  await musts.each(FLOWS.map(([section, ...row]) => [at(section), ...row]), (flow) => flow(site));
  musts.tell();
}
