// A machine with a token, a project with its roles and applications, and who is granted what, by the
// v1 interface: with the published client.
import assert from "node:assert/strict";
import { Code } from "@connectrpc/connect";
import { createManagementServiceClient } from "@zitadel/client/v1";
import { transports } from "../lib/clients.mjs";
import { refused } from "../lib/refused.mjs";
import { start } from "../lib/server.mjs";
import { World, email, fresh } from "../lib/world.mjs";

const within = (organizationId) => ({ headers: { "x-zitadel-orgid": organizationId } });

// What a first script of an integrator does: a machine, a token of its own, and all else by that.
async function machine({ world, owner, as }) {
  const organizationId = await world.organization();
  const here = within(organizationId);
  const { userId, details } = await owner.addMachineUser(
    { userName: fresh("job"), name: "A job", accessTokenType: 0 }, here);
  assert.equal(details.resourceOwner, organizationId);
  const { token, tokenId } = await owner.addPersonalAccessToken({ userId }, here);
  await world.ok("CreateAdministrator",
                 { userId, resource: { organizationId }, roles: ["ORG_OWNER"] });
  const mine = as(token);
  const { result } = await mine.listPersonalAccessTokens({ userId });
  assert.deepEqual(result.map((one) => one.id), [tokenId]);
  assert.equal(result[0].details.resourceOwner, organizationId);
  const { user } = await mine.getUserByID({ id: userId });
  assert.equal(user.type.case, "machine");
  return { organizationId, mine };
}

async function projects({ mine, organizationId }) {
  const { id: projectId, details } = await mine.addProject({ name: fresh("Lamps") });
  assert.equal(details.resourceOwner, organizationId);
  await mine.addProjectRole({ projectId, roleKey: "a/b", displayName: "May" });
  await mine.updateProjectRole({ projectId, roleKey: "a/b", displayName: "May not" });
  const roles = await mine.listProjectRoles({ projectId, query: { asc: true } });
  assert.deepEqual(roles.result.map((one) => [one.key, one.displayName]), [["a/b", "May not"]]);
  assert.equal(roles.details.totalResult, 1n);
  const made = await mine.addOIDCApp({
    projectId, name: "Shop", redirectUris: ["https://shop.example/in"],
    responseTypes: [0], grantTypes: [0, 2], appType: 0, authMethodType: 0,
  });
  assert.equal(made.clientSecret.length, 64);
  assert.equal(made.noneCompliant, false);
  const { app } = await mine.getAppByID({ projectId, appId: made.appId });
  assert.equal(app.config.case, "oidcConfig");
  assert.deepEqual(app.config.value.responseTypes, [0]);
  assert.deepEqual(app.config.value.grantTypes, [0, 2]);
  assert.equal(app.config.value.clientId, made.clientId);
  assert.equal(app.details.resourceOwner, organizationId);
  await refused(mine.addSAMLApp({ projectId, name: "Old" }), Code.Unimplemented, "method.unserved");
  const { result } = await mine.listAppChanges({ projectId, appId: made.appId });
  assert.equal(result.at(-1).eventType.key, "project.application.added");
  return projectId;
}

async function grants({ world, mine, owner }, projectId) {
  const other = await world.organization();
  const role = { projectId, roleKey: "reader", displayName: "May read" };
  await mine.addProjectRole(role);
  // Who may not see an organization cannot grant it anything.
  await refused(mine.addProjectGrant({ projectId, grantedOrgId: "999", roleKeys: ["reader"] }),
                Code.NotFound, "org.not_found");
  const { grantId } = await owner.addProjectGrant(
    { projectId, grantedOrgId: other, roleKeys: ["reader"] });
  const { grantedProject } = await owner.getGrantedProjectByID({ projectId, grantId }, within(other));
  assert.deepEqual(grantedProject.grantedRoleKeys, ["reader"]);
  const { userId } = await owner.importHumanUser({
    userName: fresh("mia"), profile: { firstName: "Mia", lastName: "Example" },
    email: { email: email(), isEmailVerified: true } }, within(other));
  const { userGrantId } = await owner.addUserGrant(
    { userId, projectId, projectGrantId: grantId, roleKeys: ["reader"] }, within(other));
  const { userGrant } = await owner.getUserGrantByID({ userId, grantId: userGrantId });
  assert.deepEqual([userGrant.roleKeys, userGrant.projectGrantId, userGrant.orgId],
                   [["reader"], grantId, other]);
  await refused(mine.listUsers({}, within(other)), Code.NotFound, "org.not_found");
}

export default async function projectsOfOld(t) {
  const world = new World(await start());
  for (const [name, make] of Object.entries(transports(world.server))) {
    const as = (token) => createManagementServiceClient(make(token));
    const owner = as(world.server.token);
    await t.test(`a machine with a token makes projects and grants by the v1 client over ${name}`,
                 async () => {
                   const { organizationId, mine } = await machine({ world, owner, as });
                   const projectId = await projects({ mine, organizationId });
                   await grants({ world, mine, owner }, projectId);
                 });
  }
}
