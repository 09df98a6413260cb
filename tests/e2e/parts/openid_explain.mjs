// What the operator is told of a token: whether it is alive, or by which event it died.
import assert from "node:assert/strict";
import { Provider } from "../lib/openid.mjs";
import { Oauth4webapi } from "../lib/relying_parties.mjs";
import { run } from "../lib/server.mjs";
import { PASSWORD } from "../lib/world.mjs";

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
      const tokens = await signIn(provider, await provider.application(projectId), person);
      await end(world, { userId: person.id, session: person.session, projectId, owner });
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
  await t.test("of a project that picks who comes in, it says what it did not look at", async () => {
    const picky = await provider.project(organizationId, { authorizationRequired: true });
    await world.ok("AddProjectRole", { projectId: picky, roleKey: "reader", displayName: "Reader" });
    const person = await provider.person(organizationId);
    await world.ok("CreateAuthorization", { userId: person.id, projectId: picky, organizationId,
                                            roleKeys: ["reader"] });
    const tokens = await signIn(provider, await provider.application(picky), person);
    const told = await explain(provider, tokens.access_token);
    assert.match(told.text, /\nalive; not looked at: whether the project.* admits the user\n$/);
  });
  await t.test("what this installation gave to nobody is refused, and not said back", async () => {
    const strange = "at_c3RyYW5nZXI";
    const told = await explain(provider, strange);
    assert.equal(told.code, 1);
    assert.ok(!told.error.includes(strange), told.error);
  });
}
