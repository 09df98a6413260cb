// RFC 7523 (with RFC 7521), assertions by which machines get tokens and clients prove themselves; OpenID
// Connect Core 1.0 section 9, where it asks the same of private_key_jwt.
import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync } from "node:crypto";
import { CompactSign, SignJWT } from "jose";
import { CORE, Musts, Site, assertError, now } from "../lib/musts.mjs";
import { CALLBACK, JWT_BEARER } from "../lib/openid.mjs";
import { fresh } from "../lib/world.mjs";

const TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

// By whom it is made: a machine for a grant, a client to prove itself. Both sign by what a signer holds.
const sign = ({ signer: { key, kid } }, claims, header = {}) =>
  new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid, ...header }).sign(key);

const good = (site, id) => ({ iss: id, sub: id, aud: site.issuer, iat: now(), exp: now() + 300,
                              jti: fresh("jti") });

const strangers = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;

// [number in section 3, sentence, claims that are changed, or the whole assertion of (site, maker, claims)]
const REFUSED = [
  ["1", "iss has to be there", { iss: undefined }],
  ["1", "iss is who makes it", (site, maker, claims) =>
    sign(maker, { ...claims, iss: "https://other.example" })],
  ["2", "sub has to be there", { sub: undefined }],
  ["2", "sub is who makes it", (site, maker, claims) =>
    sign(maker, { ...claims, sub: site.person.id })],
  ["3", "aud has to be there", { aud: undefined }],
  ["3", "aud is this server", { aud: "https://other.example" }],
  ["3", "aud is this server, not what only begins like it",
   (site, maker, claims) => sign(maker, { ...claims, aud: `${site.issuer}.evil.example` })],
  ["3", "aud is this server, not a page of it that takes no assertions",
   (site, maker, claims) => sign(maker, { ...claims, aud: `${site.issuer}/other` })],
  ["3", "aud is compared letter by letter",
   (site, maker, claims) => sign(maker, { ...claims, aud: site.issuer.toUpperCase() })],
  ["4", "exp has to be there", { exp: undefined }],
  ["4", "exp is to come", () => ({ iat: now() - 600, exp: now() - 60 })],
  ["4", "exp is a number", { exp: "tomorrow" }],
  ["5", "before nbf it is none", () => ({ nbf: now() + 600 })],
  ["9", "it is signed", (site, maker, claims) =>
    `${encoded({ alg: "none", kid: maker.signer.kid })}.${encoded(claims)}.`],
  ["9", "its signature is right", async (site, maker, claims) => {
    const [header, , signature] = (await sign(maker, claims)).split(".");
    return `${header}.${encoded({ ...claims, exp: claims.exp + 1 })}.${signature}`;
  }],
  ["9", "its signature is by its maker's key", (site, maker, claims) =>
    sign({ signer: { key: strangers, kid: maker.signer.kid } }, claims)],
  ["9", "its signature is by no secret that everybody has", (site, maker, claims) => {
    const text = `${encoded({ alg: "HS256", kid: maker.signer.kid })}.${encoded(claims)}`;
    return `${text}.${createHmac("sha256", maker.signer.kid).update(text).digest("base64url")}`;
  }],
  ["10", "an extension that is critical and not known is refused", (site, { signer: { key, kid } }, claims) =>
    new CompactSign(Buffer.from(JSON.stringify(claims)))
      .setProtectedHeader({ alg: "RS256", kid, crit: ["shape"], shape: "round" })
      .sign(key, { crit: { shape: true } })],
  ["10", "what is no JWT is refused", () => "one.two.three"],
  ["10", "claims that are no object are refused", ({ issuer }, { signer: { key, kid } }) =>
    new CompactSign(Buffer.from(JSON.stringify([issuer]))).setProtectedHeader({ alg: "RS256", kid })
      .sign(key)],
];

async function assertionOf(change, site, maker, id) {
  const claims = good(site, id);
  if (typeof change !== "function") return sign(maker, { ...claims, ...change });
  const made = await change(site, maker, claims);
  return typeof made === "string" ? made : sign(maker, { ...claims, ...made });
}

// A code's tokens, of a client that proves itself by an assertion.
async function proved(site, assertion, more = {}) {
  const code = await site.code(site.keyed);
  return site.token({ grant_type: "authorization_code", code, redirect_uri: CALLBACK,
                      client_assertion_type: TYPE, client_assertion: assertion, ...more });
}

const granted = (site, assertion, more = {}) =>
  site.token({ grant_type: JWT_BEARER, assertion, scope: "openid", ...more });

// [section, sentence, the form beside a good assertion, status, error]
const GRANTS = [
  ["2.1", "assertion has to be there", { assertion: undefined }, 400, "invalid_request"],
  ["2.1", "assertion is one, and no more", (assertion) => ({ assertion: [assertion, assertion] }),
   400, "invalid_request"],
  ["2.1", "two assertions in one parameter are none",
   (assertion) => ({ assertion: `${assertion} ${assertion}` }), 400, "invalid_grant"],
  ["3.1", "an assertion that does not count is invalid_grant", { assertion: "x" },
   400, "invalid_grant"],
];

const PROOFS = [
  ["2.2", "client_assertion_type is the one for JWTs", { client_assertion_type: "urn:other" },
   401, "invalid_client"],
  ["2.2", "client_assertion is one, and no more",
   (assertion) => ({ client_assertion: [assertion, assertion] }), 400, "invalid_request"],
  ["2.2", "two assertions in one parameter are none",
   (assertion) => ({ client_assertion: `${assertion} ${assertion}` }), 401, "invalid_client"],
  ["3.2", "a proof that does not count is invalid_client", { client_assertion: "x" },
   401, "invalid_client"],
];

async function otherClientId(site) {
  const assertion = await sign(site.keyed, good(site, site.keyed.clientId));
  const answer = await proved(site, assertion, { client_id: site.web.clientId });
  assert.ok([400, 401].includes(answer.status), answer.text);
  assert.ok(["invalid_client", "invalid_request"].includes(answer.json.error), answer.text);
}

async function noProof(site) {
  const assertion = await sign(site.keyed, good(site, site.keyed.clientId));
  const answer = await proved(site, assertion, { client_assertion: undefined,
                                                 client_assertion_type: undefined,
                                                 client_id: site.keyed.clientId });
  assertError(answer, 401, "invalid_client");
}

async function twoProofs(site) {
  const assertion = await sign(site.keyed, good(site, site.keyed.clientId));
  const answer = await proved(site, assertion, { client_secret: "x" });
  assertError(answer, 400, "invalid_request");
}

async function audiences(site) {
  for (const aud of [site.issuer, `${site.issuer}/oauth/v2/token`,
                     ["https://other.example", site.issuer]]) {
    const byKey = await granted(site, await sign(site.machine, { ...good(site, site.machine.id), aud }));
    assert.equal(byKey.status, 200, byKey.text);
    const claims = { ...good(site, site.keyed.clientId), aud };
    const answer = await proved(site, await sign(site.keyed, claims));
    assert.equal(answer.status, 200, answer.text);
  }
}

async function once(site) {
  const assertion = await sign(site.keyed, good(site, site.keyed.clientId));
  assert.equal((await proved(site, assertion)).status, 200);
  assertError(await proved(site, assertion), 401, "invalid_client");
  const next = await sign(site.keyed, good(site, site.keyed.clientId));
  assert.equal((await proved(site, next)).status, 200);
}

async function anotherClaim(site) {
  const claims = { ...good(site, site.machine.id), shape: "round" };
  const { status, text } = await granted(site, await sign(site.machine, claims));
  assert.equal(status, 200, text);
}

// What a machine is granted is its own, and what its assertion did not ask for is not granted.
async function own(site) {
  const { json } = await granted(site, await site.provider.assertion(site.machine));
  const { sub } = (await site.provider.userinfo(json.access_token)).json;
  assert.equal(sub, site.machine.id);
  assert.equal(json.refresh_token, undefined);
}

async function named(site) {
  const metadata = await site.metadata();
  assert.ok(metadata.grant_types_supported.includes(JWT_BEARER));
  assert.ok(metadata.token_endpoint_auth_methods_supported.includes("private_key_jwt"));
  assert.ok(metadata.token_endpoint_auth_signing_alg_values_supported.includes("RS256"));
  assert.ok(!metadata.token_endpoint_auth_signing_alg_values_supported.includes("none"));
}

const FLOWS = [
  ["RFC 7523 section 2.2", "a client_id beside a proof is its maker's", otherClientId],
  [`${CORE} section 9`, "who is registered for private_key_jwt proves himself by it", noProof],
  [`${CORE} section 9`, "a proof counts once", once],
  [`${CORE} section 9`, "a client proves itself in one way", twoProofs],
  ["RFC 7523 section 3", "aud may be the issuer, the endpoint, or one of several", audiences],
  ["RFC 7523 section 3", "claims that are not known are passed over", anotherClaim],
  ["RFC 7523 section 2.1", "a grant is the machine's own", own],
  ["RFC 7523 section 2.1", "discovery names the grant, the proof and what may sign it", named],
];

export default async function openidMustsAssertions(t) {
  const site = await Site.build();
  site.machine = await site.provider.machine(site.organizationId);
  site.keyed = await site.application({ proof: "PRIVATE_KEY_JWT" });
  const musts = new Musts(t);
  for (const [number, sentence, change] of REFUSED) {
    await musts.test("RFC 7523 section 3", `rule ${number}, of a grant: ${sentence}`, async () => {
      const assertion = await assertionOf(change, site, site.machine, site.machine.id);
      assertError(await granted(site, assertion), 400, "invalid_grant");
    });
    await musts.test(`RFC 7523 section 3, ${CORE} section 9`, `rule ${number}, of a proof: ${sentence}`,
                     async () => {
      const assertion = await assertionOf(change, site, site.keyed, site.keyed.clientId);
      assertError(await proved(site, assertion), 401, "invalid_client");
    });
  }
  for (const [rows, maker, send] of [[GRANTS, "machine", granted], [PROOFS, "keyed", proved]]) {
    for (const [section, sentence, changes, status, error] of rows) {
      await musts.test(`RFC 7523 section ${section}`, sentence, async () => {
        const id = maker === "machine" ? site.machine.id : site.keyed.clientId;
        const assertion = await sign(site[maker], good(site, id));
        const more = typeof changes === "function" ? changes(assertion) : changes;
        assertError(await send(site, assertion, more), status, error);
      });
    }
  }
  await musts.each(FLOWS, (flow) => flow(site));
  musts.tell();
}
