// What a sign-in tells of its user, by scope and by place: of every scope of the platform which
// claims stand in the ID token, in a JWT access token, at userinfo and in an introspection, and no
// other does. Then what a project and an application say of their own, each flag by itself; and
// whom a scope that names an organization keeps out.
import assert from "node:assert/strict";
import { Code } from "@connectrpc/connect";
import { decodeJwt } from "jose";
import { Provider, audience } from "../lib/openid.mjs";
import { refused } from "../lib/refused.mjs";
import { PASSWORD, email, fresh, phone } from "../lib/world.mjs";

const OF = "urn:zitadel:iam:org";
const role = (key) => `${OF}:project:role:${key}`;
const ALL_ROLES = `${OF}:projects:roles`;
const within = (organizationId) => `${OF}:roles:id:${organizationId}`;
const ofOrganization = (id) => `${OF}:id:${id}`;
const ofDomain = (domain) => `${OF}:domain:primary:${domain}`;
const METADATA = "urn:zitadel:iam:user:metadata";
const OWNER = "urn:zitadel:iam:user:resourceowner";

const PLACES = ["id", "alone", "access", "userinfo", "introspection"];
// Where a profile is told: not beside an access token, which fetches it, and in none that others
// read.
const PROFILE_PLACES = ["alone", "userinfo", "introspection"];

// What stands there whatever is asked for.
const PROTOCOL = {
  id: ["acr", "amr", "at_hash", "aud", "auth_time", "azp", "exp", "iat", "iss", "nonce", "sid",
       "sub"],
  alone: ["acr", "amr", "aud", "auth_time", "azp", "exp", "iat", "iss", "nonce", "sid", "sub"],
  access: ["aud", "client_id", "exp", "iat", "iss", "jti", "nbf", "scope", "sub"],
  userinfo: ["sub"],
  introspection: ["active", "aud", "client_id", "exp", "iat", "iss", "jti", "nbf", "scope", "sub",
                  "token_type", "username"],
};
// Beside what is published: which it is, for who exchanges it. It says nothing of its user.
const UNREAD = { id: ["jti"], alone: ["jti"] };

// The project is the owner's; home has it by a grant, and her user roles within both.
class Scene {
  static async build() {
    const scene = new Scene();
    const provider = await Provider.start();
    const { world } = provider;
    scene.provider = provider;
    for (const name of ["owner", "home"]) {
      const domain = `${fresh(name)}.example.com`;
      const id = await world.organization(fresh(name));
      await world.ok("AddOrganizationDomain", { organizationId: id, domain });
      scene[name] = { id, domain };
    }
    for (const name of ["owner", "home"]) scene[name] = await scene.told(scene[name]);
    scene.projectId = await scene.project();
    scene.otherId = await scene.project();
    scene.api = await provider.api(scene.projectId);
    scene.otherApi = await provider.api(scene.otherId);
    scene.person = await scene.human();
    for (const projectId of [scene.projectId, scene.otherId]) await scene.authorize(projectId);
    return scene;
  }

  // As its name and primary domain are.
  async told({ id, domain }) {
    const { result } = await this.provider.world.ok("ListOrganizations", {
      queries: [{ idQuery: { id } }] });
    const [{ name, primaryDomain }] = result;
    return { id, name, domain: primaryDomain, added: domain };
  }

  async project(more = {}) {
    const { world } = this.provider;
    const projectId = await this.provider.project(this.owner.id, more);
    for (const roleKey of ["reader", "writer"]) {
      await world.ok("AddProjectRole", { projectId, roleKey, displayName: roleKey });
    }
    await world.ok("CreateProjectGrant", {
      projectId, grantedOrganizationId: this.home.id, roleKeys: ["reader"] });
    return projectId;
  }

  // A reader at home and with the owner, a writer with the owner alone.
  async authorize(projectId, userId = this.person.id) {
    for (const [organizationId, roleKeys] of [[this.owner.id, ["reader", "writer"]],
                                              [this.home.id, ["reader"]]]) {
      await this.provider.world.ok("CreateAuthorization",
                                   { userId, projectId, organizationId, roleKeys });
    }
  }

  async human() {
    const address = email();
    const number = phone();
    const human = {
      profile: { givenName: "Ada", familyName: "Example", nickName: "Countess",
                 displayName: "Ada of Example", preferredLanguage: "de", gender: "GENDER_FEMALE" },
      email: { email: address, isVerified: true }, phone: { phone: number, isVerified: true },
      password: { password: PASSWORD } };
    const metadata = [{ key: "colour", value: Buffer.from("green?>~").toString("base64") },
                      { key: "size", value: Buffer.from([0, 255, 254]).toString("base64") }];
    const id = await this.provider.world.person(this.home.id, { human, metadata });
    return { id, address, number, session: await this.provider.login.signIn(address, PASSWORD) };
  }

  // Signs in twice, with an access token and without, and reads all that is told.
  async tells(client, scope, { api = this.api, session = this.person.session } = {}) {
    const { provider } = this;
    const held = await provider.signedIn(client, session, { scope, nonce: "n" });
    const page = await provider.login.answer(
      provider.authorizeUrl(client, { scope, response_type: "id_token", nonce: "n" }), session);
    const answer = await fetch(page, { redirect: "manual" });
    const back = new URLSearchParams(new URL(answer.headers.get("location")).hash.slice(1));
    const { status, json } = await provider.userinfo(held.access_token);
    assert.equal(status, 200, JSON.stringify(json));
    return { id: decodeJwt(held.id_token), alone: decodeJwt(back.get("id_token")),
             access: decodeJwt(held.access_token), userinfo: json,
             introspection: await provider.introspect(api, held.access_token) };
  }
}

// Of what is told at a place, what is about the user.
const about = (place, claims) => Object.fromEntries(Object.entries(claims).filter(
  ([name]) => !PROTOCOL[place].includes(name) && !UNREAD[place]?.includes(name)));

// `expected`: by place; all that is wrong is told at once.
function assertTold(told, expected) {
  const got = {};
  const wanted = {};
  for (const place of PLACES) {
    got[place] = about(place, told[place]);
    wanted[place] = expected[place] ?? {};
  }
  assert.deepEqual(got, wanted);
}

const at = (places, claims) => Object.fromEntries(places.map((place) => [place, claims]));
const everywhere = (claims) => at(PLACES, claims);

// Of both organizations' grants, or of some.
function rolesOf({ owner, home, projectId }, { keys = ["reader", "writer"], of = [owner, home],
                                               projects = [projectId], own = projectId } = {}) {
  const domains = (some) => Object.fromEntries(some.map(({ id, domain }) => [id, domain]));
  const has = { reader: of, writer: of.filter((one) => one === owner) };
  const roles = Object.fromEntries(
    keys.filter((key) => has[key].length > 0).map((key) => [key, domains(has[key])]));
  const claims = Object.fromEntries(projects.map((id) => [`${OF}:project:${id}:roles`, roles]));
  if (projects.includes(own)) claims[`${OF}:project:roles`] = roles;
  return claims;
}

function profileOf({ person }, { updated_at: updated }) {
  return { name: "Ada of Example", given_name: "Ada", family_name: "Example", nickname: "Countess",
           gender: "female", locale: "de", preferred_username: person.address,
           updated_at: updated };
}

const ownerOf = ({ home }) => ({ [`${OWNER}:id`]: home.id, [`${OWNER}:name`]: home.name,
                                 [`${OWNER}:primary_domain`]: home.domain });

// [what is asked for beside openid, what is told of it]
const SCOPES = [
  ["nothing", () => [], () => ({})],
  ["a profile", () => ["profile"],
   (scene, told) => at(PROFILE_PLACES, profileOf(scene, told.userinfo))],
  ["an e-mail address", () => ["email"], ({ person }) => at(
    PROFILE_PLACES, { email: person.address, email_verified: true })],
  ["a telephone", () => ["phone"], ({ person }) => at(
    PROFILE_PLACES, { phone_number: person.number, phone_number_verified: true })],
  // Nobody's is kept.
  ["a postal address", () => ["address"], () => ({})],
  ["a role", () => [role("reader")],
   (scene) => everywhere(rolesOf(scene, { keys: ["reader"] }))],
  ["two roles", () => [role("reader"), role("writer")], (scene) => everywhere(rolesOf(scene))],
  ["a role that nobody has", () => [role("king")], () => ({})],
  ["the roles of all projects of the audience", () => [ALL_ROLES],
   (scene) => everywhere(rolesOf(scene))],
  ["the roles of all projects, and another project",
   ({ otherId }) => [ALL_ROLES, audience(otherId)],
   (scene) => everywhere(rolesOf(scene, { projects: [scene.projectId, scene.otherId] }))],
  ["another project alone", ({ otherId }) => [audience(otherId)], () => ({})],
  ["the roles within one organization", ({ home }) => [ALL_ROLES, within(home.id)],
   (scene) => everywhere(rolesOf(scene, { of: [scene.home] }))],
  ["the roles within two organizations",
   ({ home, owner }) => [ALL_ROLES, within(home.id), within(owner.id)],
   (scene) => everywhere(rolesOf(scene))],
  ["a role within one organization", ({ home }) => [role("reader"), within(home.id)],
   (scene) => everywhere(rolesOf(scene, { keys: ["reader"], of: [scene.home] }))],
  ["a role that nobody has within one organization",
   ({ home }) => [role("writer"), within(home.id)], () => ({})],
  ["the roles within one organization, and one that is not there",
   ({ home }) => [ALL_ROLES, within(home.id), within("12345")],
   (scene) => everywhere(rolesOf(scene, { of: [scene.home] }))],
  ["one organization of the roles, and no roles", ({ home }) => [within(home.id)], () => ({})],
  ["metadata", () => [METADATA], () => everywhere({
    [METADATA]: { colour: Buffer.from("green?>~").toString("base64url"),
                  size: Buffer.from([0, 255, 254]).toString("base64url") } })],
  ["the user's organization", () => [OWNER], (scene) => everywhere(ownerOf(scene))],
  ["users of an organization", ({ home }) => [ofOrganization(home.id)],
   (scene) => everywhere(ownerOf(scene))],
  ["users of a domain", ({ home }) => [ofDomain(home.domain)],
   ({ home }) => everywhere({ [`${OF}:domain:primary`]: home.domain })],
];

async function byScope(scene, client, asks, expects) {
  const scope = ["openid", ...asks(scene)].join(" ");
  const told = await scene.tells(client, scope);
  assertTold(told, expects(scene, told));
  assert.equal(told.access.scope, scope);
  assert.equal(told.introspection.scope, scope);
}

// Whatever stands there is of the place, and the same at each.
async function protocol(scene, client) {
  const { person, projectId, api, otherId, provider } = scene;
  const told = await scene.tells(client, `openid ${audience(otherId)}`);
  for (const place of PLACES) {
    assert.deepEqual(Object.keys(told[place]).sort(),
                     [...PROTOCOL[place], ...UNREAD[place] ?? []].sort(), place);
    assert.equal(told[place].sub, person.id, place);
    if (place === "userinfo") continue;
    assert.equal(told[place].iss, provider.issuer, place);
    for (const one of [client.clientId, api.clientId, projectId, otherId]) {
      assert.ok(told[place].aud.includes(one), `${place} ${told[place].aud}`);
    }
    assert.ok(!told[place].aud.includes(scene.otherApi.clientId), place);
  }
  const { id, access, introspection } = told;
  assert.deepEqual([access.client_id, introspection.client_id, id.azp],
                   [client.clientId, client.clientId, client.clientId]);
  assert.equal(access.jti, introspection.jti);
  assert.deepEqual([id.nonce, id.sid, id.amr], ["n", person.session.sessionId, ["pwd"]]);
  const bare = await provider.signedIn(client, person.session, { scope: "openid" });
  assert.equal(decodeJwt(bare.id_token).nonce, undefined);
}

// Who asks is told the roles of his own project by the short name.
async function foreignApi(scene, client) {
  const { projectId, otherId, otherApi } = scene;
  const scope = `openid ${ALL_ROLES} ${audience(otherId)} ${audience(projectId)}`;
  const { introspection } = await scene.tells(client, scope, { api: otherApi });
  assert.deepEqual(about("introspection", introspection),
                   rolesOf(scene, { projects: [projectId, otherId], own: otherId }));
}

// A role that another took away is told no more, by tokens that live either.
async function roleEnds(scene, client) {
  const { provider, home } = scene;
  const person = await scene.human();
  const userId = person.id;
  const { id } = await provider.world.ok("CreateAuthorization", {
    userId, projectId: scene.projectId, organizationId: home.id, roleKeys: ["reader"] });
  const held = await provider.signedIn(client, person.session, { scope: `openid ${ALL_ROLES}` });
  const roles = async () => {
    const { json } = await provider.userinfo(held.access_token);
    const told = await provider.introspect(scene.api, held.access_token);
    return [json, told].map((claims) => claims[`${OF}:project:roles`]);
  };
  const some = { reader: { [home.id]: home.domain } };
  assert.deepEqual(await roles(), [some, some]);
  await provider.world.ok("DeactivateAuthorization", { id });
  assert.deepEqual(await roles(), [undefined, undefined]);
}

const READ = ["userinfo", "introspection"];

// [flag, of the project or the application, and what is told then where nothing more than openid,
// or what `scope` says, is asked for]
const FLAGS = [
  ["projectRoleAssertion", "project", "openid", (scene, own) => at(READ, rolesOf(scene, own))],
  ["accessTokenRoleAssertion", "application", "openid",
   (scene, own) => at(["access"], rolesOf(scene, own))],
  ["idTokenRoleAssertion", "application", "openid",
   (scene, own) => at(["id", "alone"], rolesOf(scene, own))],
  ["idTokenUserinfoAssertion", "application", "openid", () => ({})],
  ["idTokenUserinfoAssertion", "application", "openid email", ({ person }) => at(
    ["id", ...PROFILE_PLACES], { email: person.address, email_verified: true })],
  ["none", "application", "openid", () => ({})],
];

async function byFlag(scene, flag, of, scope, expects) {
  const { provider } = scene;
  const set = flag === "none" ? {} : { [flag]: true };
  const projectId = await scene.project(of === "project" ? set : {});
  await scene.authorize(projectId);
  const client = await provider.application(projectId, {
    accessTokenType: "OIDC_TOKEN_TYPE_JWT", ...(of === "application" ? set : {}) });
  const told = await scene.tells(client, scope, { api: await provider.api(projectId) });
  assertTold(told, expects(scene, { projects: [projectId], own: projectId }));
}

// How somebody is kept out, by the page of a login and by a device.
async function keptOut({ provider }, client, session, scope = "openid") {
  const { authRequestId } = await provider.login.arrive(provider.authorizeUrl(client, { scope }));
  const callbackKind = { case: "session", value: session };
  await refused(provider.login.oidc.createCallback({ authRequestId, callbackKind }),
                Code.PermissionDenied, "auth_request.not_admitted");
  const { json } = await provider.post("/oauth/v2/device_authorization", { scope }, client);
  await refused(provider.login.device(json.verification_uri_complete, session),
                Code.PermissionDenied, "auth_request.not_admitted");
}

// A project that asks for a grant, or for a role, each by itself.
async function projectChecks(scene) {
  const { provider, owner, home } = scene;
  const elsewhere = await provider.person(await provider.world.organization());
  const ofOwner = await provider.person(owner.id);
  const ofHome = await provider.person(home.id);
  const apps = {};
  for (const flag of ["projectAccessRequired", "authorizationRequired"]) {
    const projectId = await scene.project({ [flag]: true });
    apps[flag] = await provider.application(projectId);
    const { projectAccessRequired = false, authorizationRequired = false } =
      (await provider.world.ok("GetProject", { projectId })).project;
    assert.deepEqual({ projectAccessRequired, authorizationRequired },
                     { projectAccessRequired: false, authorizationRequired: false, [flag]: true });
  }
  const enters = (client, { session }) => provider.signedIn(client, session);
  await keptOut(scene, apps.projectAccessRequired, elsewhere.session);
  await enters(apps.projectAccessRequired, ofOwner);
  await enters(apps.projectAccessRequired, ofHome);
  const asks = apps.authorizationRequired;
  for (const person of [elsewhere, ofOwner, ofHome]) await keptOut(scene, asks, person.session);
  await provider.world.ok("CreateAuthorization", {
    userId: elsewhere.id, projectId: asks.projectId, organizationId: owner.id,
    roleKeys: ["reader"] });
  await enters(asks, elsewhere);
}

// What an application is told whose request names an organization that is not there, or two.
async function unknownOrganizations(scene, client) {
  const { provider, home, owner } = scene;
  const resting = await provider.world.organization();
  await provider.world.ok("DeactivateOrganization", { organizationId: resting });
  for (const scopes of [
    [ofOrganization("12345")], [ofOrganization(resting)], [ofOrganization("x".repeat(400))],
    [ofDomain("nobody.example")], [ofOrganization(home.id), ofOrganization(owner.id)],
    [ofOrganization(home.id), ofDomain(owner.domain)],
  ]) {
    const scope = ["openid", ...scopes].join(" ");
    const answer = await fetch(provider.authorizeUrl(client, { scope, state: "s" }),
                               { redirect: "manual" });
    const back = new URL(answer.headers.get("location"));
    assert.equal(back.searchParams.get("error"), "invalid_scope", scope);
    assert.equal(back.searchParams.get("state"), "s", scope);
  }
}

async function foreignUsers(scene, client) {
  const { provider, home, owner, person } = scene;
  for (const scope of [ofOrganization(owner.id), ofDomain(owner.domain)]) {
    await keptOut(scene, client, person.session, `openid ${scope}`);
    const machine = await provider.machine(home.id);
    const { status, json } = await provider.grant(
      machine, "client_credentials", { scope: `openid ${scope}` });
    assert.deepEqual([status, json.error], [400, "invalid_grant"], scope);
  }
  for (const scope of [ofOrganization(home.id), ofDomain(home.domain)]) {
    const machine = await provider.machine(home.id);
    await provider.granted(machine, "client_credentials", { scope: `openid ${scope}` });
  }
}

export default async function openidClaims(t) {
  const scene = await Scene.build();
  const client = await scene.provider.application(
    scene.projectId, { accessTokenType: "OIDC_TOKEN_TYPE_JWT" });
  await t.test("each place tells what a token is, by the names that are its own",
               () => protocol(scene, client));
  for (const [what, asks, expects] of SCOPES) {
    await t.test(`who asks for ${what} is told that where it is told, and nothing else`,
                 () => byScope(scene, client, asks, expects));
  }
  await t.test("an API is told the roles of its own project", () => foreignApi(scene, client));
  await t.test("a role that ended is told no more", () => roleEnds(scene, client));
  for (const [flag, of, scope, expects] of FLAGS) {
    await t.test(`${flag} of the ${of} alone, where ${scope} is asked for, tells what it says`,
                 () => byFlag(scene, flag, of, scope, expects));
  }
  await t.test("a project that asks for a grant, or for a role, keeps others out",
               () => projectChecks(scene));
  await t.test("a scope that names no organization, or two, is refused",
               () => unknownOrganizations(scene, client));
  await t.test("a scope that names an organization keeps users of others out",
               () => foreignUsers(scene, client));
}
