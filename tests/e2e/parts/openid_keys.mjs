// Web keys of every algorithm sign what relying parties verify, one after the other; what an older key
// signed counts until that key is removed.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { PLATFORM, Provider } from "../lib/openid.mjs";
import { PARTIES, failsAs, verified } from "../lib/relying_parties.mjs";
import { Code } from "../lib/wire.mjs";

const SCOPE = `openid offline_access ${PLATFORM}`;

// [the key, what its tokens say, the hash of at_hash]
const KEYS = [
  [{ rsa: { bits: "RSA_BITS_3072", hasher: "RSA_HASHER_SHA384" } }, ["RS384"], "sha384"],
  [{ rsa: { bits: "RSA_BITS_2048", hasher: "RSA_HASHER_SHA512" } }, ["RS512"], "sha512"],
  [{ ecdsa: { curve: "ECDSA_CURVE_P256" } }, ["ES256"], "sha256"],
  [{ ecdsa: { curve: "ECDSA_CURVE_P384" } }, ["ES384"], "sha384"],
  [{ ecdsa: { curve: "ECDSA_CURVE_P512" } }, ["ES512"], "sha512"],
  [{ ed25519: {} }, ["EdDSA", "Ed25519"], "sha512"],
];

async function siteOf() {
  const provider = await Provider.start();
  const organizationId = await provider.world.organization();
  const projectId = await provider.project(organizationId);
  const client = await provider.application(
    projectId, { accessTokenType: "OIDC_TOKEN_TYPE_JWT" });
  // Published a while before they sign, so that whoever keeps a copy has them in it.
  const ids = [];
  for (const [key] of KEYS) ids.push((await provider.world.ok("CreateWebKey", key)).id);
  return { provider, client, projectId, ids, api: await provider.api(projectId),
           person: await provider.person(organizationId) };
}

async function signIn({ provider, person }, party) {
  const begun = await party.begin({ scope: SCOPE });
  return party.finish(begun, await provider.login.answer(begun.url, person.session));
}

async function signs(site, id, [, algorithms, hash]) {
  const { provider, client, projectId } = site;
  await provider.world.ok("ActivateWebKey", { id });
  const made = [];
  for (const Party of PARTIES) {
    const party = await Party.discover(provider, client);
    const [named] = party.metadata.id_token_signing_alg_values_supported;
    assert.ok(algorithms.includes(named), named);
    const tokens = await signIn(site, party);
    const { payload, protectedHeader } = await verified(
      provider, tokens.id_token, { audience: client.clientId, algorithms });
    assert.deepEqual([protectedHeader.kid, protectedHeader.alg], [id, named]);
    const digest = createHash(hash).update(tokens.access_token).digest();
    assert.equal(payload.at_hash, digest.subarray(0, digest.length / 2).toString("base64url"));
    const access = await verified(provider, tokens.access_token,
                                  { audience: projectId, algorithms, typ: "at+jwt" });
    assert.equal(access.protectedHeader.kid, id);
    await party.userinfo(tokens.access_token, site.person.id);
    made.push({ party, tokens });
  }
  return { id, made };
}

async function removed(site, older) {
  const { provider, client, api, person } = site;
  assert.equal(older.length, KEYS.length - 1);
  for (const { id, made } of older) {
    const [{ tokens }] = made;
    const party = await PARTIES[0].discover(provider, client);
    const { access_token: token, refresh_token: refresh } = tokens;
    assert.equal((await provider.introspect(api, token)).active, true);
    await provider.world.ok("DeleteWebKey", { id });
    assert.deepEqual(await provider.introspect(api, token), { active: false });
    await failsAs(party.userinfo(token, person.id), "invalid_token", 401);
    const called = await provider.world.try("GetMyUser", {}, { token });
    assert.equal(called.code, Code.Unauthenticated);
    await assert.rejects(verified(provider, token));
    // What was signed in stays so: the next tokens are of the key that signs now.
    const renewed = await party.refresh(refresh);
    await party.userinfo(renewed.access_token, person.id);
  }
}

// Who read the metadata before goes on with it: what an instance may ever sign with stands there.
async function goesOn(site, older) {
  for (const { party, tokens } of older.made) {
    const renewed = await party.refresh(tokens.refresh_token);
    await party.userinfo(renewed.access_token, site.person.id);
    tokens.refresh_token = renewed.refresh_token;
  }
  await signIn(site, older.made[0].party);
}

async function published({ provider }) {
  const { keys } = await (await fetch(`${provider.issuer}/oauth/v2/keys`)).json();
  for (const key of keys) {
    assert.ok(key.kid && key.alg && key.use === "sig", JSON.stringify(key));
    for (const secret of ["d", "p", "q", "dp", "dq", "qi", "k"]) {
      assert.equal(key[secret], undefined, `${key.kid} shows ${secret}`);
    }
  }
  return `${keys.length} keys`;
}

export default async function openidKeys(t) {
  const site = await siteOf();
  const all = [];
  for (const [i, row] of KEYS.entries()) {
    await t.test(`both clients sign people in by a key for ${row[1].join(" or ")}`,
                 async () => void all.push(await signs(site, site.ids[i], row)));
  }
  await t.test("keys are published without what is secret of them", () => published(site));
  await t.test("a client that discovered the provider before goes on when another algorithm signs",
               () => goesOn(site, all[0]));
  await t.test("what a removed key signed counts no more, and who signed in by it stays signed in",
               () => removed(site, all.slice(0, -1)));
}
