// An organization, and who administers it, by the v1 interface: with the published clients, over
// each protocol and over REST.
import assert from "node:assert/strict";
import { Code } from "@connectrpc/connect";
import {
  createAdminServiceClient, createAuthServiceClient, createManagementServiceClient,
} from "@zitadel/client/v1";
import { transports } from "../lib/clients.mjs";
import { refused } from "../lib/refused.mjs";
import { start } from "../lib/server.mjs";
import { World, fresh } from "../lib/world.mjs";

const within = (organizationId) => ({ headers: { "x-zitadel-orgid": organizationId } });

async function organization({ admin, owner }) {
  const name = fresh("Acme");
  const { id, details } = await owner.addOrg({ name });
  assert.equal(details.resourceOwner, id);
  assert.ok(details.sequence > 0n);
  const here = within(id);
  const { org } = await owner.getMyOrg({}, here);
  assert.deepEqual([org.id, org.name, org.state], [id, name, 1]);
  const domain = `${fresh("shop")}.example.org`;
  await owner.addOrgDomain({ domain }, here);
  await owner.setPrimaryOrgDomain({ domain }, here);
  const { result } = await owner.listOrgDomains({}, here);
  assert.deepEqual(result.filter((one) => one.isPrimary).map((one) => one.domainName), [domain]);
  assert.equal((await owner.getOrgByDomainGlobal({ domain })).org.id, id);
  const queries = [{ query: { case: "nameQuery", value: { name, method: 0 } } }];
  const listed = await admin.listOrgs({ queries });
  assert.deepEqual(listed.result.map((one) => one.id), [id]);
  assert.equal(listed.details.totalResult, 1n);
  assert.ok(listed.details.viewTimestamp.seconds > 0n);
  await owner.deactivateOrg({}, here);
  assert.equal((await admin.getOrgByID({ id })).org.state, 2);
  await owner.removeOrg({}, here);
  await refused(admin.getOrgByID({ id }), Code.NotFound, "org.not_found");
}

async function members({ world, admin, owner, transport }) {
  const organizationId = await world.organization();
  const here = within(organizationId);
  const userId = await world.person(organizationId);
  const { result: roles } = await owner.listOrgMemberRoles({});
  assert.ok(roles.includes("ORG_OWNER") && !roles.includes("IAM_OWNER"));
  await owner.addOrgMember({ userId, roles: ["ORG_OWNER"] }, here);
  const client = transport(await world.signIn(userId));
  const mine = createManagementServiceClient(client);
  const { result } = await mine.listOrgMembers({
    queries: [{ query: { case: "userIdQuery", value: { userId } } }] });
  assert.deepEqual(result.map((one) => [one.userId, one.firstName, one.userType, one.roles]),
                   [[userId, "Alex", 1, ["ORG_OWNER"]]]);
  const { result: memberships } = await createAuthServiceClient(client).listMyMemberships({});
  assert.deepEqual(memberships.map((one) => one.type), [{ case: "orgId", value: organizationId }]);
  const another = await world.person(organizationId);
  await refused(mine.addOrgMember({ userId: another, roles: ["IAM_OWNER"] }), Code.InvalidArgument,
                "member.role_misplaced");
  // Another's organization is not there, whichever way it is named.
  const other = within(await world.organization());
  await refused(mine.getMyOrg({}, other), Code.NotFound, "org.not_found");
  await refused(mine.listOrgMembers({}, other), Code.NotFound, "org.not_found");
  await refused(createAdminServiceClient(client).listIAMMembers({}), Code.PermissionDenied,
                "auth.permission_denied");
  await admin.addIAMMember({ userId, roles: ["IAM_OWNER_VIEWER"] });
  const { result: all } = await createAdminServiceClient(client).listIAMMembers({});
  assert.ok(all.some((one) => one.userId === userId));
  await admin.removeIAMMember({ userId });
  // The owner's machine, which made the organization, owns it too.
  await mine.removeOrgMember({ userId });
}

const told = ({ errors }) => errors.map(({ type, id }) => `${type} ${id}`);

async function moved({ admin, owner }) {
  const id = fresh("moved");
  const person = {
    userName: `ada-${id}`, profile: { firstName: "Ada", lastName: "King" },
    email: { email: `ada@${id}.example.org`, isEmailVerified: true },
  };
  const role = { projectId: `${id}-shop`, roleKey: "buyer", displayName: "Buyer" };
  const org = {
    orgId: id, org: { name: id }, projectRoles: [role],
    projects: [{ projectId: role.projectId, project: { name: "Shop" } }],
    humanUsers: [{ userId: `${id}-ada`, user: person }],
    userGrants: [{ userId: `${id}-ada`, projectId: role.projectId, roleKeys: ["buyer"] }],
    privacyPolicy: { helpLink: "https://help.example.org" },
    labelPolicy: { disableWatermark: true },
  };
  const request = { data: { case: "dataOrgs", value: { orgs: [org] } }, timeout: "30s" };
  const first = await admin.importData(request);
  assert.deepEqual(told(first), [`label_policy ${id}`]);
  const [done] = first.success.orgs;
  assert.deepEqual([done.orgId, done.projectIds, done.humanUserIds],
                   [id, [role.projectId], [`${id}-ada`]]);
  const { user } = await owner.getUserByID({ id: `${id}-ada` }, within(id));
  assert.equal(user.details.resourceOwner, id);
  const { result } = await owner.listUserGrants({}, within(id));
  assert.deepEqual(result.map((one) => one.roleKeys), [["buyer"]]);
  assert.equal(told(await admin.importData(request)).length, 7);
  const file = { data: { case: "dataOrgsLocal", value: { path: "/etc/passwd" } } };
  await refused(admin.importData(file), Code.Unimplemented, "request.unserved");
}

const STORIES = { organization, members, moved };

export default async function organizationsOfOld(t) {
  const server = await start();
  const world = new World(server);
  for (const [protocol, transport] of Object.entries(transports(server))) {
    for (const [name, story] of Object.entries(STORIES)) {
      await t.test(`the v1 interface: ${name}, over ${protocol}`, () => story({
        world, transport, admin: createAdminServiceClient(transport()),
        owner: createManagementServiceClient(transport()) }));
    }
  }
  await t.test("the v1 interface over REST", async () => {
    const organizationId = await world.organization();
    const headers = { authorization: `Bearer ${server.token}`, "content-type": "application/json",
                      "x-zitadel-orgid": organizationId };
    const ask = async (verb, path, body) => {
      const answer = await fetch(`${server.url}${path}`, {
        method: verb, headers, body: body && JSON.stringify(body) });
      return { status: answer.status, json: await answer.json() };
    };
    const put = await ask("PUT", "/management/v1/orgs/me", { name: fresh("Lamps") });
    assert.equal(put.status, 200);
    assert.equal(put.json.details.resourceOwner, organizationId);
    const userId = await world.person(organizationId);
    const at = "/management/v1/orgs/me/members";
    assert.equal((await ask("POST", at, { userId, roles: ["ORG_OWNER"] })).status, 200);
    const changed = await ask("PUT", `${at}/${userId}`, { roles: ["ORG_OWNER_VIEWER"] });
    assert.equal(changed.status, 200);
    const found = await ask("POST", `${at}/_search`, {});
    const one = found.json.result.find((entry) => entry.userId === userId);
    assert.deepEqual(one.roles, ["ORG_OWNER_VIEWER"]);
    assert.equal((await ask("DELETE", `${at}/${userId}`)).status, 200);
    assert.equal((await ask("GET", `/admin/v1/orgs/${organizationId}`)).json.org.id,
                 organizationId);
    assert.equal((await ask("PUT", "/admin/v1/orgs/default/999", {})).status, 404);
    assert.equal((await ask("POST", "/management/v1/metadata/colour",
                            { value: "Z3JlZW4=" })).status, 200);
    assert.equal((await ask("GET", "/management/v1/metadata/colour")).json.metadata.value,
                 "Z3JlZW4=");
  });
}
