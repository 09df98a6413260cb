// What the operator is told of a token: whether it is alive, or by which event it died.
import assert from "node:assert/strict";
import { Provider, TOKEN_EXCHANGE, TOKEN_TYPE } from "../lib/openid.mjs";
import { Oauth4webapi } from "../lib/relying_parties.mjs";
import { run } from "../lib/server.mjs";
import { PASSWORD, inAYear } from "../lib/world.mjs";

async function explain(provider, token) {
  const place = ["--data-dir", provider.server.dataDir];
  const { code, stdout, stderr } = await run(["token", "explain", ...place], { input: `${token}\n` });
  return { code, text: stdout, error: stderr };
}

async function signIn(provider, client, person) {
  const party = await Oauth4webapi.discover(provider, client);
  const begun = await party.begin({ scope: "openid offline_access" });
  return party.finish(begun, await provider.login.answer(begun.url, person.session));
}

// [what ends it, the event's name]
const ENDINGS = [
  [(world, { userId }) => world.ok("LockUser", { userId }), "user.locked"],
  [(world, { session }) => world.ok("DeleteSession", { sessionId: session.sessionId }),
   "session.terminated"],
  [(world, { userId }) => world.ok("SetPassword", {
    userId, newPassword: { password: `${PASSWORD}-2` } }), "user.human.password.changed"],
  [(world, { projectId }) => world.ok("DeactivateProject", { projectId }), "project.deactivated"],
  [(world, { owner }) => world.ok("DeactivateOrganization", { organizationId: owner }),
   "org.deactivated"],
  [(world, { userId }) => world.ok("DeactivateUser", { userId }), "user.deactivated"],
  [(world, { userId }) => world.ok("DeleteUser", { userId }), "user.removed"],
  [(world, { projectId }) => world.ok("DeleteProject", { projectId }), "project.removed"],
  [(world, { owner }) => world.ok("DeleteOrganization", { organizationId: owner }), "org.removed"],
  [(world, { projectId, applicationId }) => world.ok("DeactivateApplication",
                                                     { projectId, applicationId }),
   "project.application.deactivated"],
  [(world, { projectId, applicationId }) => world.ok("DeleteApplication",
                                                     { projectId, applicationId }),
   "project.application.removed"],
];

// Somebody of another organization, which has the project by a grant, and a role in it.
async function guest(provider) {
  const { world } = provider;
  const [home, owner] = [await world.organization(), await world.organization()];
  const projectId = await provider.project(
    owner, { authorizationRequired: true, projectAccessRequired: true });
  await world.ok("AddProjectRole", { projectId, roleKey: "reader", displayName: "Reader" });
  await world.ok("CreateProjectGrant",
                 { projectId, grantedOrganizationId: home, roleKeys: ["reader"] });
  const person = await provider.person(home);
  const { id } = await world.ok("CreateAuthorization", {
    userId: person.id, projectId, organizationId: home, roleKeys: ["reader"] });
  const tokens = await signIn(provider, await provider.application(projectId), person);
  return { home, projectId, person, authorization: id, tokens };
}

// [what takes his right to the project, why it is dead, the event that bears on it]
const UNADMITTED = [
  [(world, { authorization }) => world.ok("DeleteAuthorization", { id: authorization }),
   "The user has no role of the project any more", "user.grant.removed"],
  [(world, { authorization }) => world.ok("DeactivateAuthorization", { id: authorization }),
   "The user has no role of the project any more", "user.grant.deactivated"],
  [(world, { projectId }) => world.ok("RemoveProjectRole", { projectId, roleKey: "reader" }),
   "The user has no role of the project any more", "project.role.removed"],
  [(world, { projectId, home }) => world.ok("DeactivateProjectGrant",
                                            { projectId, grantedOrganizationId: home }),
   "is not granted to the user's organization any more", "project.grant.deactivated"],
];

// Who acts for somebody.
async function acting(provider, exchanger) {
  const { world } = provider;
  const home = await world.organization();
  const machine = await provider.machine(home);
  const { token: personal } = await world.ok(
    "AddPersonalAccessToken", { userId: machine.id, expirationDate: inAYear() });
  await world.ok("CreateAdministrator", { userId: machine.id, resource: { organizationId: home },
                                          roles: ["ORG_END_USER_IMPERSONATOR"] });
  const person = await provider.person(home);
  const tokens = await provider.granted(exchanger, TOKEN_EXCHANGE, {
    subject_token: person.id, subject_token_type: TOKEN_TYPE.userId,
    actor_token: personal, actor_token_type: TOKEN_TYPE.access, scope: "openid" });
  return { home, machine, person, token: tokens.access_token };
}

const NOT_FOR_HIM = [
  [(world, { home, machine }) => world.ok("DeleteAdministrator", {
    userId: machine.id, resource: { organizationId: home } }), "org.member.removed"],
  [(world, { home, person }) => world.ok("CreateAdministrator", {
    userId: person.id, resource: { organizationId: home }, roles: ["ORG_OWNER"] }),
   "org.member.added"],
  [(world) => world.ok("SetSecurityPolicy", { enableImpersonation: false }),
   "instance.policy.security.set"],
];

export default async function openidExplain(t) {
  const provider = await Provider.start();
  const { world } = provider;
  const organizationId = await world.organization();
  const client = await provider.application(await provider.project(organizationId));
  await t.test("a token that lives is told to, with whose it is and until when", async () => {
    const person = await provider.person(organizationId);
    const tokens = await signIn(provider, client, person);
    for (const token of [tokens.access_token, tokens.refresh_token]) {
      const told = await explain(provider, token);
      assert.equal(told.code, 0, told.error);
      assert.match(told.text, /\nalive\n$/);
      assert.ok(told.text.includes(client.clientId), told.text);
      assert.match(told.text, /over at +\d{4}-\d\d-\d\dT/);
    }
  });
  for (const [end, event] of ENDINGS) {
    await t.test(`a token that ${event} ended is told to have died by it`, async () => {
      const person = await provider.person(organizationId);
      const owner = await world.organization();
      const projectId = await provider.project(owner);
      const application = await provider.application(projectId);
      const tokens = await signIn(provider, application, person);
      await end(world, { userId: person.id, session: person.session, projectId, owner,
                         applicationId: application.applicationId ?? application.id });
      const told = await explain(provider, tokens.access_token);
      assert.equal(told.code, 0, told.error);
      assert.ok(told.text.includes(`dead: ${event} (event `), told.text);
    });
  }
  await t.test("a change of credentials that the instance lets sessions outlive ends no token", async () => {
    const person = await provider.person(organizationId);
    const tokens = await signIn(provider, client, person);
    await world.ok("SetSessionSettings", { endWithCredentials: false });
    await world.ok("SetPassword", { userId: person.id, newPassword: { password: `${PASSWORD}-2` } });
    assert.equal((await provider.userinfo(tokens.access_token)).status, 200);
    assert.match((await explain(provider, tokens.access_token)).text, /\nalive\n$/);
    await world.ok("SetSessionSettings", { endWithCredentials: true });
    assert.match((await explain(provider, tokens.access_token)).text, /\ndead: user\./);
  });
  for (const [end, why, event] of UNADMITTED) {
    await t.test(`of a project that picks who comes in, ${event} is told`, async () => {
      const held = await guest(provider);
      const before = await explain(provider, held.tokens.access_token);
      assert.match(before.text, /\nalive\n$/);
      await end(world, held);
      for (const token of [held.tokens.access_token, held.tokens.refresh_token]) {
        const told = await explain(provider, token);
        assert.ok(told.text.includes(`dead: `) && told.text.includes(why), told.text);
        assert.ok(told.text.includes(`${event} (event `), told.text);
      }
    });
  }
  const exchanger = await provider.application(await provider.project(organizationId));
  await t.test("of two tokens of a sign-in, the one that was revoked takes what it was exchanged for " +
               "with it", async () => {
    const person = await provider.person(organizationId);
    const tokens = await signIn(provider, exchanger, person);
    const exchanged = (await provider.granted(exchanger, TOKEN_EXCHANGE, {
      subject_token: tokens.access_token, subject_token_type: TOKEN_TYPE.access })).access_token;
    assert.match((await explain(provider, exchanged)).text, /\nalive\n$/);
    await provider.post("/oauth/v2/revoke", { token: tokens.access_token }, exchanger);
    assert.match((await explain(provider, exchanged)).text,
                 /\ndead: oidc_session\.access_token\.revoked \(event /);
    assert.match((await explain(provider, tokens.refresh_token)).text, /\nalive\n$/);
  });
  for (const [end, event] of NOT_FOR_HIM) {
    await t.test(`of who acts for another, ${event} is told`, async () => {
      await world.ok("SetSecurityPolicy", { enableImpersonation: true });
      const held = await acting(provider, exchanger);
      assert.match((await explain(provider, held.token)).text, /\nalive\n$/);
      await end(world, held);
      const told = await explain(provider, held.token);
      assert.match(told.text, /\ndead: The actor may not act for the user any more/);
      assert.ok(told.text.includes(`dead: ${event} (event `), told.text);
    });
  }
  await t.test("what this installation gave to nobody is refused, and not said back", async () => {
    const strange = "at_c3RyYW5nZXI";
    const told = await explain(provider, strange);
    assert.equal(told.code, 1);
    assert.ok(!told.error.includes(strange), told.error);
  });
}
