// Terms and privacy policy: asked for, agreed to, listed, and due again with another version.
import assert from "node:assert/strict";
import { start } from "../lib/server.mjs";
import { Code } from "../lib/wire.mjs";
import { World } from "../lib/world.mjs";

const document = (kind, version) => ({
  kind: `CONSENT_KIND_${kind}`, version, url: "https://example.com/{{.Lang}}/text",
});

async function person(world) {
  const organizationId = await world.organization();
  const userId = await world.person(organizationId);
  return { organizationId, userId, token: await world.signIn(userId) };
}

const shown = (all = []) => all.map((one) => `${one.kind.slice(13)} ${one.version}`);
const due = async (world, { userId }) =>
  shown((await world.ok("GetDueConsents", { userId })).documents);

async function dueAgain(world) {
  const someone = await person(world);
  const { userId, token } = someone;
  const ask = (...documents) => world.ok("SetInstanceConsentDocuments", { documents });
  const agree = (kind, version) => world.ok("RecordConsent", {
    userId, kind: `CONSENT_KIND_${kind}`, version, language: "de",
  }, { token });
  assert.deepEqual(await due(world, someone), []);
  await ask(document("TERMS", "1"), document("PRIVACY", "1"));
  assert.deepEqual(await due(world, someone), ["TERMS 1", "PRIVACY 1"]);
  const { givenAt } = await agree("TERMS", "1");
  assert.deepEqual(await due(world, someone), ["PRIVACY 1"]);
  await agree("PRIVACY", "1");
  assert.deepEqual(await due(world, someone), []);
  await ask(document("TERMS", "2"), document("PRIVACY", "1"));
  assert.deepEqual(await due(world, someone), ["TERMS 2"]);
  await agree("TERMS", "2");
  const { consents, pagination } = await world.ok("ListConsents", { userId });
  assert.equal(Number(pagination.totalResult), 3);
  const terms = consents.find((one) => one.version === "1" && one.kind === "CONSENT_KIND_TERMS");
  assert.deepEqual(terms, { kind: "CONSENT_KIND_TERMS", version: "1", givenAt, language: "de" });
  assert.deepEqual(shown(consents).sort(), ["PRIVACY 1", "TERMS 1", "TERMS 2"]);
  const pages = [];
  for (const offset of [0, 2, 4]) {
    const page = await world.ok("ListConsents", { userId, pagination: { offset, limit: 2 } });
    assert.equal(Number(page.pagination.totalResult), 3);
    pages.push(shown(page.consents));
  }
  // Page by page what all at once are, and nothing behind the last.
  assert.deepEqual(pages, [shown(consents).slice(0, 2), shown(consents).slice(2), []]);
  await ask(document("TERMS", "3"), { ...document("PRIVACY", "2"), since: "2999-01-01T00:00:00Z" });
  assert.deepEqual(await due(world, someone), ["TERMS 3"]);
  await ask();
}

async function ownDocuments(world) {
  const someone = await person(world);
  const { organizationId, userId, token } = someone;
  await world.ok("SetInstanceConsentDocuments", { documents: [document("TERMS", "1")] });
  const get = () => world.ok("GetOrganizationConsentDocuments", { organizationId });
  assert.equal((await get()).isDefault, true);
  const own = { organizationId, documents: [document("PRIVACY", "own")] };
  await world.ok("SetOrganizationConsentDocuments", own);
  assert.equal((await get()).documents[0].version, "own");
  assert.deepEqual(await due(world, someone), ["PRIVACY own"]);
  await world.ok("ResetOrganizationConsentDocuments", { organizationId });
  assert.deepEqual(await due(world, someone), ["TERMS 1"]);
  // A person sees what is his, and nothing of others.
  await world.ok("GetDueConsents", { userId }, { token });
  await world.ok("ListConsents", { userId }, { token });
  const stranger = { token: await world.stranger() };
  for (const method of ["GetDueConsents", "ListConsents"]) {
    assert.equal((await world.try(method, { userId }, stranger)).code, Code.NotFound);
  }
  // Nor does an owner agree for him.
  const request = { userId, kind: "CONSENT_KIND_TERMS", version: "1", language: "en" };
  assert.equal((await world.try("RecordConsent", request)).code, Code.NotFound);
  await world.ok("RecordConsent", request, { token });
  await world.ok("DeleteUser", { userId });
  assert.equal((await world.try("ListConsents", { userId })).code, Code.NotFound);
  await world.ok("SetInstanceConsentDocuments", { documents: [] });
}

export default async function consents(t) {
  const world = new World(await start());
  await t.test("consent is due until it is given, and again when the version changes",
               () => dueAgain(world));
  await t.test("an organization may ask for other things than the instance, and each sees his own",
               () => ownDocuments(world));
}
