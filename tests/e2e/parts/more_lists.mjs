// The other lists, held against the same question asked in JavaScript.
import assert from "node:assert/strict";
import { start } from "../lib/server.mjs";
import { World, fresh } from "../lib/world.mjs";

const TEXT = {
  EQUALS: (a, b) => a === b, STARTS_WITH: (a, b) => a.startsWith(b),
  CONTAINS: (a, b) => a.includes(b), ENDS_WITH: (a, b) => a.endsWith(b),
};
const TIME = {
  EQUALS: (a, b) => a === b, AFTER: (a, b) => a > b, AFTER_OR_EQUALS: (a, b) => a >= b,
  BEFORE: (a, b) => a < b, BEFORE_OR_EQUALS: (a, b) => a <= b,
};

// Microseconds since 1970: more than a Date keeps.
function micros(text) {
  const [, whole, fraction = ""] = text.match(/^(.*?)(?:\.(\d+))?Z$/);
  return Date.parse(`${whole}Z`) * 1e3 + Number(fraction.padEnd(6, "0").slice(0, 6));
}

// Every text method, in both cases: [suffix, (text, needle) => boolean].
function* textMethods() {
  for (const [name, holds] of Object.entries(TEXT)) {
    yield [name, holds];
    yield [`${name}_IGNORE_CASE`, (a, b) => holds(a.toLowerCase(), b.toLowerCase())];
  }
}

const same = (seen, expected, what) =>
  assert.deepEqual([...seen].sort(), [...expected].sort(), JSON.stringify(what));

async function organizations(world) {
  for (const name of ["Alder", "ALDER Works", "Birch", "alder & Birch"]) {
    const id = await world.organization(fresh(name));
    if (name === "Birch") await world.ok("DeactivateOrganization", { organizationId: id });
  }
  const all = (await world.ok("ListOrganizations", { query: { limit: 1000 } })).result;
  const ask = async (query, holds) => {
    const { result = [], details } = await world.ok("ListOrganizations", { queries: [query] });
    const expected = all.filter(holds).map((one) => one.id);
    same(result.map((one) => one.id), expected, query);
    assert.equal(Number(details.totalResult ?? 0), expected.length);
  };
  for (const [suffix, holds] of textMethods()) {
    const method = `TEXT_QUERY_METHOD_${suffix}`;
    for (const name of ["ALDER", "alder", all[0].name, "irch", "zzz"]) {
      await ask({ nameQuery: { name, method } }, (one) => holds(one.name, name));
    }
    const domain = all[1].primaryDomain;
    await ask({ domainQuery: { domain, method } }, (one) => holds(one.primaryDomain, domain));
  }
  for (const state of ["ORGANIZATION_STATE_ACTIVE", "ORGANIZATION_STATE_INACTIVE"]) {
    await ask({ stateQuery: { state } }, (one) => one.state === state);
  }
  await ask({ idQuery: { id: all[2].id } }, (one) => one.id === all[2].id);
  await ask({ defaultQuery: {} }, (one) => one.name === "Muniment");
}

async function tokens(world) {
  const made = [];
  for (let i = 0; i < 6; ++i) {
    const userId = await world.machine(await world.organization());
    for (let j = 0; j <= i % 3; ++j) {
      const expirationDate = new Date(Date.UTC(2031 + j, i, 1)).toISOString();
      made.push((await world.ok("AddPersonalAccessToken", { userId, expirationDate })).tokenId);
    }
  }
  const page = { pagination: { limit: 1000, asc: true } };
  const all = (await world.ok("ListPersonalAccessTokens", page)).result;
  assert.ok(made.every((id) => all.some((one) => one.id === id)));
  const ask = async (filter, holds) => {
    const answer = await world.ok("ListPersonalAccessTokens", { ...page, filters: [filter] });
    const expected = all.filter(holds).map((one) => one.id);
    same((answer.result ?? []).map((one) => one.id), expected, filter);
  };
  const some = all.at(-2);
  for (const [name, field] of [["tokenIdFilter", "id"], ["userIdFilter", "userId"],
                               ["organizationIdFilter", "organizationId"]]) {
    await ask({ [name]: { id: some[field] } }, (one) => one[field] === some[field]);
  }
  for (const [name, field] of [["createdDateFilter", "creationDate"],
                               ["expirationDateFilter", "expirationDate"]]) {
    for (const [method, holds] of Object.entries(TIME)) {
      const filter = { timestamp: some[field], method: `TIMESTAMP_FILTER_METHOD_${method}` };
      await ask({ [name]: filter }, (one) => holds(micros(one[field]), micros(some[field])));
    }
  }
}

async function metadata(world) {
  const organizationId = await world.organization();
  const userId = await world.person(organizationId);
  const keys = ["colour", "Colour", "COLOUR of hair", "size", "größe"];
  const entries = keys.map((key, i) => ({ key, value: Buffer.from(`${i}`).toString("base64") }));
  for (const [kind, target] of [["User", { userId }], ["Organization", { organizationId }]]) {
    await world.ok(`Set${kind}Metadata`, { ...target, metadata: entries });
    for (const [suffix, holds] of textMethods()) {
      for (const key of ["colour", "COL", "ize", "größe", "none"]) {
        const method = `TEXT_FILTER_METHOD_${suffix}`;
        const filters = [{ keyFilter: { key, method } }];
        const answer = await world.ok(`List${kind}Metadata`, { ...target, filters });
        same((answer.metadata ?? []).map((one) => one.key),
             keys.filter((one) => holds(one, key)), { kind, filters });
      }
    }
  }
}

// Every event, page after page.
async function log(world) {
  const events = [];
  for (;;) {
    const sequence = events.at(-1)?.sequence ?? "0";
    const page = await world.ok("ListEvents", { asc: true, limit: 13, sequence });
    if (!page.events?.length) return events;
    events.push(...page.events);
  }
}

async function events(world) {
  const all = await log(world);
  const some = all[all.length >> 1];
  const time = (one) => micros(one.creationDate);
  const span = { since: all[5].creationDate, until: some.creationDate };
  const types = ["user.machine.added", "org.added", "user.human.added"];
  const questions = [
    [{ eventTypes: types }, (one) => types.includes(one.type.type)],
    [{ aggregateTypes: ["org"] }, (one) => one.aggregate.type.type === "org"],
    [{ aggregateId: some.aggregate.id }, (one) => one.aggregate.id === some.aggregate.id],
    [{ editorUserId: some.editor.userId }, (one) => one.editor.userId === some.editor.userId],
    [{ resourceOwner: some.aggregate.resourceOwner },
     (one) => one.aggregate.resourceOwner === some.aggregate.resourceOwner],
    [{ from: some.creationDate }, (one) => time(one) >= time(some)],
    [{ range: span }, (one) => time(one) >= time(all[5]) && time(one) <= time(some)],
    [{ sequence: some.sequence }, (one, asc) => (asc ? Number(one.sequence) > some.sequence
                                                     : Number(one.sequence) < some.sequence)],
    [{ eventTypes: ["org.added"], aggregateTypes: ["user"] }, () => false],
    [{ aggregateId: "none" }, () => false],
  ];
  for (const [question, holds] of questions) {
    for (const asc of [true, false]) {
      const answer = await world.ok("ListEvents", { ...question, asc, limit: 1000 });
      const expected = all.filter((one) => holds(one, asc));
      if (!asc) expected.reverse();
      assert.deepEqual((answer.events ?? []).map((one) => one.sequence),
                       expected.map((one) => one.sequence), JSON.stringify({ question, asc }));
    }
  }
  const { eventTypes } = await world.ok("ListEventTypes");
  const known = new Set(eventTypes.map((one) => one.type));
  for (const one of all) assert.ok(known.has(one.type.type), one.type.type);
  return `${all.length} events`;
}

export default async function moreLists(t) {
  const world = new World(await start());
  await t.test("organizations by name, domain, state and id", () => organizations(world));
  await t.test("access tokens by id, owner and time", () => tokens(world));
  await t.test("metadata by key", () => metadata(world));
  await t.test("events by type, aggregate, editor, owner, time and sequence", () => events(world));
}
