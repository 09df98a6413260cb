// OpenID Connect Core 1.0 section 5, what is told of people; RFC 6750, how a token is shown for it and what
// a refusal says.
import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import { CORE, Musts, Site } from "../lib/musts.mjs";

const PATH = "/oidc/v1/userinfo";
const bearer = (token) => ({ authorization: `Bearer ${token}` });

async function ask(site, { method = "GET", headers = {}, body, query = "" } = {}) {
  const answer = await fetch(`${site.issuer}${PATH}${query}`, { method, headers, body });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, json: JSON.parse(text || "{}") };
}

// The parameters of a challenge, each of which may stand there once (RFC 6750 section 3).
function challenge({ headers }) {
  const text = headers.get("www-authenticate") ?? "";
  assert.match(text, /^Bearer(?: |$)/, text);
  const found = [...text.slice(7).matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, name, value]) =>
    [name, value]);
  assert.equal(new Set(found.map(([name]) => name)).size, found.length, text);
  return Object.fromEntries(found);
}

const form = (body) => ({ method: "POST", body: new URLSearchParams(body) });

// [section, sentence, how it is asked]
const ASKED = [
  ["5.3.1", "GET is served", ({ token }) => ({ headers: bearer(token) })],
  ["5.3.1", "POST is served", ({ token }) => ({ method: "POST", headers: bearer(token) })],
  ["5.3.1", "a token in a form is served", ({ token }) => form({ access_token: token })],
];

// Where the answer to a good request is looked at.
const ANSWER = [
  ["5.3.2", "the claims are a JSON object", ({ json }) =>
    assert.ok(json && typeof json === "object" && !Array.isArray(json))],
  ["5.3.2", "sub is always told, and is the ID token's", ({ json }, site, { id }) =>
    assert.equal(json.sub, decodeJwt(id).sub)],
  ["5.3.2", "the content type says what it is", ({ headers }) =>
    assert.match(headers.get("content-type"), /^application\/json/)],
  ["5.4", "the scopes profile and email tell of the person", ({ json }, site) => {
    assert.deepEqual([json.given_name, json.family_name, json.name, json.email],
                     ["Ada", "Example", "Ada Example", site.person.name]);
  }],
  ["5.1", "claims are of their types", ({ json }) => {
    assert.equal(typeof json.email_verified, "boolean");
    assert.ok(Number.isInteger(json.updated_at));
    for (const [name, value] of Object.entries(json)) assert.notEqual(value, null, name);
    assert.ok(!Object.values(json).includes(""), JSON.stringify(json));
  }],
  ["5.6", "normal claims are members of the object", ({ json }) => {
    assert.ok("name" in json && !("_claim_names" in json));
  }],
];

async function narrow(site) {
  const { access_token: token } = await site.tokens(site.web, { scope: "openid" });
  const { json } = await ask(site, { headers: bearer(token) });
  assert.deepEqual(json, { sub: site.person.id });
}

// [section, sentence, how it is asked, status, error that the challenge names]
const REFUSED = [
  ["3.1", "what is no token is invalid_token, 401",
   () => ({ headers: bearer("x".repeat(40)) }), 401, "invalid_token"],
  ["3.1", "a refresh token is invalid_token, 401",
   ({ refresh }) => ({ headers: bearer(refresh) }), 401, "invalid_token"],
  ["3.1", "an ID token is invalid_token, 401",
   ({ id }) => ({ headers: bearer(id) }), 401, "invalid_token"],
  ["3.1", "a revoked token is invalid_token, 401",
   ({ revoked }) => ({ headers: bearer(revoked) }), 401, "invalid_token"],
  ["3.1", "a token without openid is insufficient_scope, 403",
   ({ bare }) => ({ headers: bearer(bare) }), 403, "insufficient_scope"],
  ["3.1", "a token that is shown in two ways is invalid_request, 400",
   ({ token }) => ({ ...form({ access_token: token }), headers: bearer(token) }),
   400, "invalid_request"],
  ["3.1", "a parameter that stands twice is invalid_request, 400",
   ({ token }) => form([["access_token", token], ["access_token", token]]), 400, "invalid_request"],
];

// [section, sentence, how a token is shown that does not count]
const UNSEEN = [
  ["2.2", "in a body that is no form a token is none", ({ token }) => ({
    method: "POST", body: JSON.stringify({ access_token: token }),
    headers: { "content-type": "application/json" } })],
  ["2.2", "in a body of several parts a token is none", ({ token }) => {
    const body = new FormData();
    body.set("access_token", token);
    return { method: "POST", body };
  }],
  ["2.2", "beside a POST a token in the URL is none",
   ({ token }) => ({ method: "POST", query: `?access_token=${token}` })],
  ["2.1", "of another scheme a token is none",
   ({ token }) => ({ headers: { authorization: `Basic ${token}` } })],
];

async function heldOf(site) {
  const first = await site.tokens();
  const { access_token: revoked } = await site.tokens();
  await site.post("/oauth/v2/revoke", { token: revoked }, site.web);
  return { token: first.access_token, refresh: first.refresh_token, id: first.id_token, revoked,
           bare: (await site.tokens(site.web, { scope: "profile" })).access_token };
}

async function unasked(site) {
  const answer = await ask(site);
  assert.equal(answer.status, 401);
  return answer;
}

async function inUrl(site, { token }) {
  const { status } = await ask(site, { query: `?access_token=${token}` });
  assert.equal(status, 401);
}

async function anyCase(site, { token }) {
  for (const scheme of ["Bearer", "bearer", "BEARER"]) {
    const { status } = await ask(site, { headers: { authorization: `${scheme} ${token}` } });
    assert.equal(status, 200, scheme);
  }
}

async function printable(site, held) {
  for (const [, , how] of REFUSED) {
    const answer = await ask(site, how(held));
    if (!answer.headers.get("www-authenticate")) continue;
    const said = challenge(answer);
    for (const value of [said.error, said.error_description ?? "x", said.scope ?? "x"]) {
      assert.match(value, /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
    }
  }
}

async function bearerMusts(musts, site, held) {
  const at = (section) => `RFC 6750 section ${section}`;
  for (const [section, sentence, how, status, error] of REFUSED) {
    await musts.test(at(section), sentence, async () => {
      const answer = await ask(site, how(held));
      assert.equal(answer.status, status, answer.text);
      assert.equal(challenge(answer).error, error);
    });
  }
  for (const [section, sentence, how] of UNSEEN) {
    await musts.test(at(section), sentence, async () => {
      const { status } = await ask(site, how(held));
      assert.ok([400, 401].includes(status), `${status}`);
    });
  }
  await musts.test(at("2.1"), "a token is taken from the Authorization header", () =>
    anyCase(site, held));
  await musts.test("RFC 6750 section 2.3, RFC 9700 section 4.3.2", "a token in the URL is none",
                   () => inUrl(site, held));
  await musts.test(at("3"), "who shows no token is challenged", async () =>
    assert.match((await unasked(site)).headers.get("www-authenticate") ?? "", /^Bearer/));
  await musts.test(at("3"), "a challenge has a parameter at least", async () => {
    const said = challenge(await unasked(site));
    assert.ok(Object.keys(said).length > 0, "Bearer stands alone");
  });
  await musts.test(at("3"), "no parameter of a challenge stands twice, and each is printable",
                   () => printable(site, held));
}

export default async function openidMustsUserinfo(t) {
  const site = await Site.build();
  const musts = new Musts(t);
  const held = await heldOf(site);
  for (const [section, sentence, how] of ASKED) {
    await musts.test(`${CORE} section ${section}`, `of the userinfo endpoint ${sentence}`, async () => {
      const answer = await ask(site, how(held));
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json.sub, site.person.id);
    });
  }
  const answer = await ask(site, { headers: bearer(held.token) });
  for (const [section, sentence, check] of ANSWER) {
    await musts.test(`${CORE} section ${section}`, `of a userinfo response ${sentence}`,
                     () => check(answer, site, held));
  }
  await musts.test(`${CORE} section 5.4`, "what no scope asks for is not told", () => narrow(site));
  await musts.test(`${CORE} section 5.3.3`, "an error is answered as RFC 6750 has it", async () => {
    const refused = await ask(site, { headers: bearer("none") });
    assert.deepEqual([refused.status, challenge(refused).error], [401, "invalid_token"]);
  });
  await bearerMusts(musts, site, held);
  musts.tell();
}
