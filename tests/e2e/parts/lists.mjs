// ListUsers held against the same question asked in JavaScript of every user read one by one: all
// filters with all their methods, trees of them, every sorting, pages.
import assert from "node:assert/strict";
import { registry } from "../lib/interface.mjs";
import { start } from "../lib/server.mjs";
import { World, fresh } from "../lib/world.mjs";

const PEOPLE = 60;
const TREES = 150;
const GIVEN = ["Alex", "alex", "ÅSA", "Åsa", "Zoë", "Straße", "STRASSE", "Li", "Jo-Ann", "Ålex"];
const FAMILY = ["Example", "example", "Exämple", "O'Neil", "Ng", "Müller", "MÜLLER", "van Dam"];

// The same sequence of choices in every run, so that a failure can be seen again.
function choices(seed) {
  let state = seed;
  const next = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return { next, one: (list) => list[next(list.length)] };
}

const fold = (text) =>
  text.normalize("NFKC").toLowerCase().replaceAll("ß", "ss").normalize("NFKC");

const METHODS = {
  EQUALS: (a, b) => a === b, STARTS_WITH: (a, b) => a.startsWith(b),
  CONTAINS: (a, b) => a.includes(b), ENDS_WITH: (a, b) => a.endsWith(b),
};

// By the query's name: its field, and what it looks at of a user, a text or several.
const TEXTS = {
  userNameQuery: ["userName", (user) => user.username],
  firstNameQuery: ["firstName", (user) => user.human?.profile.givenName],
  lastNameQuery: ["lastName", (user) => user.human?.profile.familyName],
  nickNameQuery: ["nickName", (user) => user.human?.profile.nickName],
  displayNameQuery: ["displayName", (user) => user.human?.profile.displayName],
  emailQuery: ["emailAddress", (user) => user.human?.email.email],
  phoneQuery: ["number", (user) => user.human?.phone?.phone],
  loginNameQuery: ["loginName", (user) => user.loginNames],
};

const SORTS = {
  USER_NAME: (user) => fold(user.username),
  FIRST_NAME: (user) => fold(user.human?.profile.givenName ?? ""),
  LAST_NAME: (user) => fold(user.human?.profile.familyName ?? ""),
  NICK_NAME: (user) => fold(user.human?.profile.nickName ?? ""),
  DISPLAY_NAME: (user) => fold(user.human?.profile.displayName ?? ""),
  EMAIL: (user) => fold(user.human?.email.email ?? ""),
  STATE: (user) => registry.getEnum("zitadel.user.v2.UserState").values
    .find((one) => one.name === user.state).number,
  TYPE: (user) => (user.human ? 1 : 2),
  CREATION_DATE: (user) => user.details.creationDate,
};

function textQuery(kind, suffix, needle) {
  const method = `TEXT_QUERY_METHOD_${suffix}`;
  const [field, of] = TEXTS[kind];
  const plain = suffix.replace("_IGNORE_CASE", "");
  const as = plain === suffix ? (text) => text : fold;
  return {
    query: { [kind]: { [field]: needle, method } },
    holds: (user) => [of(user) ?? ""].flat().some((text) => METHODS[plain](as(text), as(needle))),
  };
}

async function furnish(world) {
  const pick = choices(20260301);
  const organizationId = await world.organization();
  const ids = [];
  for (let i = 0; i < PEOPLE; ++i) {
    const profile = { givenName: pick.one(GIVEN), familyName: pick.one(FAMILY) };
    if (pick.next(2)) profile.nickName = pick.one(["Al", "al", "Ace", "Ä"]);
    if (pick.next(4) === 0) profile.displayName = fresh("Display Name");
    const human = { profile, email: { email: `${fresh("P")}@Example.com`, isVerified: true } };
    if (pick.next(2)) human.phone = { phone: `+4179000${1000 + i}`, isVerified: true };
    const username = pick.next(2) ? { username: fresh(pick.one(GIVEN)) } : {};
    const kind = pick.next(6) ? { human }
                              : { machine: { name: fresh("Job") }, username: fresh("JOB") };
    const made = await world.ok("CreateUser", { organizationId, ...username, ...kind });
    ids.push(made.id);
    if (pick.next(3) === 0) {
      const metadata = [{ key: pick.one(["Colour", "size"]), value: pick.one(["YQ==", "Yg=="]) }];
      await world.ok("SetUserMetadata", { userId: made.id, metadata });
    }
    if (pick.next(5) === 0) {
      await world.ok(pick.one(["LockUser", "DeactivateUser"]), { userId: made.id });
    }
  }
  const users = [];
  for (const userId of ids) {
    const { user } = await world.ok("GetUserByID", { userId });
    const { metadata = [] } = await world.ok("ListUserMetadata", { userId });
    users.push({ ...user, metadata });
  }
  return { organizationId, users };
}

// A filter of one condition, by chance.
function leaf(pick, users) {
  const some = () => pick.one(users);
  const kinds = {
    text: () => {
      const kind = pick.one(Object.keys(TEXTS));
      const of = TEXTS[kind][1];
      const [text = "x"] = [of(users.filter(of).at(pick.next(10)))].flat();
      const at = pick.next(Math.min(3, text.length));
      const cut = pick.next(3) ? text : text.slice(at, at + 1 + pick.next(5)) || text;
      const needle = pick.next(3) ? cut : cut.toUpperCase();
      const suffix = pick.one(Object.keys(METHODS)) + pick.one(["", "_IGNORE_CASE"]);
      return textQuery(kind, suffix, needle);
    },
    state: () => {
      const { state } = some();
      return { query: { stateQuery: { state } }, holds: (user) => user.state === state };
    },
    type: () => {
      const [type, name] = pick.one([["TYPE_HUMAN", "human"], ["TYPE_MACHINE", "machine"]]);
      return { query: { typeQuery: { type } }, holds: (user) => name in user };
    },
    ids: () => {
      const userIds = [some(), some(), some()].map((user) => user.userId).concat("999");
      return { query: { inUserIdsQuery: { userIds } },
               holds: (user) => userIds.includes(user.userId) };
    },
    emails: () => {
      const of = (user) => (user.human?.email.email ?? "x@y").toUpperCase();
      const emails = [some(), some()].map(of);
      return { query: { inUserEmailsQuery: { userEmails: emails } },
               holds: (user) => emails.includes(user.human?.email.email.toUpperCase()) };
    },
    key: () => {
      const key = pick.one(["Colour", "size", "none"]);
      return { query: { metadataKeyFilter: { key } },
               holds: (user) => user.metadata.some((one) => one.key === key) };
    },
    value: () => {
      const value = pick.one(["YQ==", "Yg=="]);
      return { query: { metadataValueFilter: { value } },
               holds: (user) => user.metadata.some((one) => one.value === value) };
    },
  };
  return pick.one([kinds.text, kinds.text, ...Object.values(kinds)])();
}

function tree(pick, users, depth) {
  if (depth === 0 || pick.next(3) === 0) return leaf(pick, users);
  if (pick.next(4) === 0) {
    const inner = tree(pick, users, depth - 1);
    return { query: { notQuery: { query: inner.query } }, holds: (user) => !inner.holds(user) };
  }
  const parts = Array.from({ length: 1 + pick.next(3) }, () => tree(pick, users, depth - 1));
  const queries = parts.map((part) => part.query);
  return pick.next(2)
    ? { query: { andQuery: { queries } }, holds: (u) => parts.every((part) => part.holds(u)) }
    : { query: { orQuery: { queries } }, holds: (u) => parts.some((part) => part.holds(u)) };
}

async function compare(world, { organizationId, users }, { query, holds }, wrong) {
  const queries = [query, { organizationIdQuery: { organizationId } }];
  const { result = [], details } = await world.ok("ListUsers", { query: { limit: 1000 }, queries });
  const seen = result.map((user) => user.userId).sort();
  const expected = users.filter(holds).map((user) => user.userId).sort();
  if (seen.join() !== expected.join() || Number(details.totalResult ?? 0) !== expected.length) {
    wrong.push(`${JSON.stringify(query)}: ${seen.length} of ${expected.length} expected, ` +
               `total ${details.totalResult}`);
  }
}

async function everyMethod(world, made) {
  const wrong = [];
  let asked = 0;
  for (const [kind, [, of]] of Object.entries(TEXTS)) {
    const text = made.users.flatMap(of).find((one) => one?.length > 3) ?? "Ace";
    for (const method of Object.keys(METHODS)) {
      for (const suffix of ["", "_IGNORE_CASE"]) {
        const needles = [text, text.toUpperCase(), text.slice(0, 2), text.slice(-3), "Ä", "zzz"];
        for (const needle of needles) {
          asked += 1;
          await compare(world, made, textQuery(kind, method + suffix, needle), wrong);
        }
      }
    }
  }
  assert.deepEqual(wrong, []);
  return `${asked} questions`;
}

async function trees(world, made) {
  const pick = choices(7);
  const wrong = [];
  for (let i = 0; i < TREES; ++i) await compare(world, made, tree(pick, made.users, 3), wrong);
  assert.deepEqual(wrong, []);
  return `${TREES} questions`;
}

const bytes = (key) => Buffer.from(String(key));

function inOrder(keys, asc) {
  const sign = asc ? 1 : -1;
  return keys.every((key, i) =>
    i === 0 || sign * Buffer.compare(bytes(keys[i - 1]), bytes(key)) <= 0);
}

async function sortings(world, { organizationId, users }) {
  const queries = [{ organizationIdQuery: { organizationId } }];
  const byId = new Map(users.map((user) => [user.userId, user]));
  for (const [column, key] of Object.entries(SORTS)) {
    for (const asc of [true, false]) {
      const seen = [];
      for (let offset = 0; offset < users.length; offset += 7) {
        const page = await world.ok("ListUsers", {
          query: { offset, limit: 7, asc }, sortingColumn: `USER_FIELD_NAME_${column}`, queries });
        assert.equal(page.details.totalResult, String(users.length));
        seen.push(...page.result.map((user) => user.userId));
      }
      assert.deepEqual([...new Set(seen)].sort(), [...byId.keys()].sort(), `${column}: pages tile`);
      const keys = seen.map((id) => key(byId.get(id)));
      assert.ok(inOrder(keys, asc), `${column} ${asc ? "ascending" : "descending"}: ${keys}`);
    }
  }
}

async function sameShape(world, { organizationId, users }) {
  const queries = [{ organizationIdQuery: { organizationId } }];
  const { result } = await world.ok("ListUsers", { query: { limit: 1000 }, queries });
  const listed = new Map(result.map((user) => [user.userId, user]));
  for (const { metadata: _, ...user } of users) assert.deepEqual(listed.get(user.userId), user);
}

export default async function lists(t) {
  const world = new World(await start());
  const made = await furnish(world);
  await t.test("a list answers users as they are read one by one", () => sameShape(world, made));
  await t.test("every text filter by every method finds whom it should",
               () => everyMethod(world, made));
  await t.test("trees of filters find whom they should", () => trees(world, made));
  await t.test("every sorting sorts, and its pages are the whole list",
               () => sortings(world, made));
}
