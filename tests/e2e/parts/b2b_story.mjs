// One story from its beginning to its end: an owner lets a customer use its product, the customer's people
// manage themselves within what they were given, and lose each power at once when it is taken.
import assert from "node:assert/strict";
import { Code } from "../lib/wire.mjs";
import { Provider } from "../lib/openid.mjs";
import { PASSWORD, email, fresh } from "../lib/world.mjs";

const ROLES = "urn:zitadel:iam:org:project:roles";
const OF_PROJECTS = "urn:zitadel:iam:org:projects:roles";

class Story {
  static async begin() {
    const story = new Story();
    story.provider = await Provider.start();
    story.world = story.provider.world;
    return story;
  }

  async someone(organizationId) {
    const userId = await this.world.person(organizationId);
    return { userId, token: await this.world.signIn(userId) };
  }

  does(whom, what, request) {
    return this.world.ok(what, request, { token: whom.token });
  }

  // The newest event that is somebody's doing; what is swept meanwhile is nobody's.
  async newestOf({ userId }) {
    const { events = [] } = await this.world.ok("ListEvents", { limit: 1, editorUserId: userId });
    return events[0]?.sequence;
  }

  // He may not, whatever it is called, and nothing came of it.
  async mayNot(whom, what, request) {
    const before = await this.newestOf(whom);
    const { code, reason } = await this.world.try(what, request, { token: whom.token });
    const refused = [Code.NotFound, Code.PermissionDenied, Code.InvalidArgument,
                     Code.FailedPrecondition];
    assert.ok(refused.includes(code), `${what}: ${Code[code] ?? code} ${reason}`);
    assert.equal(await this.newestOf(whom), before, `${what} left something`);
    return reason;
  }

  get granted() {
    return { projectId: this.projectId, grantedOrganizationId: this.customer };
  }

  authorization(whom, ...roleKeys) {
    return { userId: whom.userId, projectId: this.projectId, organizationId: this.customer, roleKeys };
  }

  // What the shop is told of somebody at this moment, by the token that it got when he signed in.
  async rolesInShop(whom) {
    const { status, json } = await this.provider.userinfo(whom.shopToken);
    assert.equal(status, 200);
    return Object.keys(json[ROLES] ?? {}).sort();
  }
}

async function theOwnerMakesAProduct(story) {
  const { world, provider } = story;
  story.owner = await world.organization(fresh("Lampworks"));
  story.mia = await story.someone(story.owner);
  await world.ok("CreateAdministrator", { userId: story.mia.userId, roles: ["ORG_OWNER"],
                                          resource: { organizationId: story.owner } });
  story.projectId = (await story.does(story.mia, "CreateProject", {
    organizationId: story.owner, name: "Lamps", projectRoleAssertion: true })).projectId;
  for (const roleKey of ["reader", "editor", "boss"]) {
    await story.does(story.mia, "AddProjectRole",
                     { projectId: story.projectId, roleKey, displayName: roleKey });
  }
  assert.ok(await story.newestOf(story.mia), "what she did is found");
  story.shop = await provider.application(story.projectId);
  story.api = await provider.api(story.projectId);
}

async function theCustomerIsGivenSomeOfIt(story) {
  const { world } = story;
  story.customer = await world.organization(fresh("Harbour"));
  await story.does(story.mia, "CreateProjectGrant",
                   { ...story.granted, roleKeys: ["reader", "editor"] });
  story.cora = await story.someone(story.customer);
  await story.mayNot(story.cora, "CreateAuthorization", story.authorization(story.cora, "reader"));
  await world.ok("CreateAdministrator", { userId: story.cora.userId, roles: ["ORG_OWNER"],
                                          resource: { organizationId: story.customer } });
  // The owner's side has no say in the customer's house.
  await story.mayNot(story.mia, "CreateAuthorization", story.authorization(story.cora, "reader"));
  await story.mayNot(story.mia, "UpdateOrganization",
                     { organizationId: story.customer, name: "Mine" });
}

async function herColleagueIsInvited(story) {
  const { world, cora } = story;
  const { id: userId } = await story.does(cora, "CreateUser", {
    organizationId: story.customer,
    human: { profile: { givenName: "Carl", familyName: "Test" },
             email: { email: email(), isVerified: true } } });
  const { inviteCode } = await story.does(cora, "CreateInviteCode", { userId, returnCode: {} });
  await world.ok("VerifyInviteCode", { userId, verificationCode: inviteCode });
  story.carl = { userId, token: await world.signIn(userId) };
}

async function sheGivesRolesWithinTheGrant(story) {
  const { cora, carl } = story;
  await story.mayNot(cora, "CreateAuthorization", story.authorization(carl, "boss"));
  story.carl.authorization = (await story.does(
    cora, "CreateAuthorization", story.authorization(carl, "reader", "editor"))).id;
  const session = await story.provider.login.signIn(await nameOf(story, carl), PASSWORD);
  const tokens = await story.provider.signedIn(
    story.shop, session, { scope: `openid ${OF_PROJECTS}` });
  carl.shopToken = tokens.access_token;
  assert.deepEqual(await story.rolesInShop(carl), ["editor", "reader"]);
  const told = await story.provider.introspect(story.api, carl.shopToken);
  assert.deepEqual(Object.keys(told[ROLES]).sort(), ["editor", "reader"]);
}

async function nameOf(story, whom) {
  return (await story.world.ok("GetUserByID", { userId: whom.userId })).user.preferredLoginName;
}

async function sheAppointsAManagerOfTheGrant(story) {
  const { world, cora, carl } = story;
  const resource = { projectGrant: { projectId: story.projectId, organizationId: story.customer } };
  story.dora = await story.someone(story.customer);
  await story.mayNot(carl, "CreateAuthorization", story.authorization(story.dora, "reader"));
  await story.does(cora, "CreateAdministrator",
                   { userId: carl.userId, resource, roles: ["PROJECT_GRANT_OWNER"] });
  story.dora.authorization = (await story.does(
    carl, "CreateAuthorization", story.authorization(story.dora, "reader"))).id;
  await story.mayNot(carl, "CreateAuthorization", story.authorization(cora, "boss"));
  await story.mayNot(carl, "UpdateOrganization", { organizationId: story.customer, name: "Carl's" });
  story.office = { userId: carl.userId, resource };
  const { administrators = [] } = await world.ok("ListAdministrators", {}, { token: carl.token });
  assert.deepEqual(administrators.map((one) => one.user.id), [carl.userId]);
}

async function sheSetsWhatIsHers(story) {
  const { cora } = story;
  await story.does(cora, "UpdateOrganization",
                   { organizationId: story.customer, name: fresh("Harbour & Co") });
  await story.does(cora, "SetOrganizationMetadata", {
    organizationId: story.customer,
    metadata: [{ key: "floor", value: Buffer.from("3").toString("base64") }] });
  await story.mayNot(cora, "UpdateOrganization", { organizationId: story.owner, name: "Hers" });
  await story.mayNot(cora, "UpdateProject", { projectId: story.projectId, name: "Hers" });
  await story.mayNot(cora, "UpdateProjectGrant",
                     { ...story.granted, roleKeys: ["reader", "editor", "boss"] });
}

async function aRoleIsTakenFromTheGrant(story) {
  const { cora, carl } = story;
  await story.does(story.mia, "UpdateProjectGrant", { ...story.granted, roleKeys: ["reader"] });
  assert.deepEqual(await story.rolesInShop(carl), ["reader"]);
  for (const whom of [cora, carl]) {
    await story.mayNot(whom, "UpdateAuthorization",
                       { id: story.dora.authorization, roleKeys: ["reader", "editor"] });
  }
}

async function theGrantRests(story) {
  const { cora, carl, dora } = story;
  await story.does(story.mia, "DeactivateProjectGrant", story.granted);
  assert.deepEqual(await story.rolesInShop(carl), []);
  const erin = await story.someone(story.customer);
  for (const whom of [cora, carl]) {
    await story.mayNot(whom, "CreateAuthorization", story.authorization(erin, "reader"));
  }
  await story.mayNot(carl, "DeactivateAuthorization", { id: dora.authorization });
  await story.does(story.mia, "ActivateProjectGrant", story.granted);
  assert.deepEqual(await story.rolesInShop(carl), ["reader"]);
  await story.does(carl, "CreateAuthorization", story.authorization(erin, "reader"));
}

async function theGrantIsRemoved(story) {
  const { world, cora, carl, dora } = story;
  await story.does(story.mia, "DeleteProjectGrant", story.granted);
  assert.deepEqual(await story.rolesInShop(carl), []);
  for (const whom of [cora, carl]) {
    await story.mayNot(whom, "CreateAuthorization", story.authorization(dora, "reader"));
    await story.mayNot(whom, "UpdateAuthorization", { id: dora.authorization, roleKeys: ["reader"] });
    await story.mayNot(whom, "CreateAdministrator",
                       { ...story.office, roles: ["PROJECT_GRANT_OWNER_VIEWER"] });
  }
  const { administrators = [] } = await world.ok("ListAdministrators", {}, { token: carl.token });
  assert.deepEqual(administrators, []);
  // Given again it begins with nobody.
  await story.does(story.mia, "CreateProjectGrant", { ...story.granted, roleKeys: ["reader"] });
  assert.deepEqual(await story.rolesInShop(carl), []);
  await story.mayNot(carl, "CreateAuthorization", story.authorization(dora, "reader"));
  await story.does(cora, "CreateAuthorization", story.authorization(dora, "reader"));
}

async function sheLosesHerOffice(story) {
  const { world, cora, dora } = story;
  // Somebody has to keep the house.
  await world.ok("CreateAdministrator", { userId: dora.userId, roles: ["ORG_OWNER"],
                                          resource: { organizationId: story.customer } });
  await story.does(dora, "DeleteAdministrator",
                   { userId: cora.userId, resource: { organizationId: story.customer } });
  for (const [what, request] of Object.entries({
    UpdateOrganization: { organizationId: story.customer, name: "Hers" },
    CreateInviteCode: { userId: story.carl.userId, returnCode: {} },
    CreateAuthorization: story.authorization(story.carl, "reader"),
    SetOrganizationMetadata: {
      organizationId: story.customer, metadata: [{ key: "floor", value: "NA==" }] },
  })) await story.mayNot(cora, what, request);
}

const CHAPTERS = [
  ["an owner makes a project with roles and applications", theOwnerMakesAProduct],
  ["a customer is granted some of the roles, and gets an owner of its own",
   theCustomerIsGivenSomeOfIt],
  ["she invites a colleague", herColleagueIsInvited],
  ["she gives him roles within the grant, which applications see", sheGivesRolesWithinTheGrant],
  ["she appoints him manager of the grant, and he gives roles", sheAppointsAManagerOfTheGrant],
  ["she sets what is hers, and nothing else", sheSetsWhatIsHers],
  ["a role that the grant loses is lost at once by everybody", aRoleIsTakenFromTheGrant],
  ["while the grant rests nobody has anything of it", theGrantRests],
  ["with the grant go roles and offices, and given again it begins with nobody", theGrantIsRemoved],
  ["with her office go all its powers", sheLosesHerOffice],
];

export default async function b2bStory(t) {
  const story = await Story.begin();
  for (const [sentence, chapter] of CHAPTERS) await t.test(sentence, () => chapter(story));
}
