// The published client package, unmodified, as its users call it.
import assert from "node:assert/strict";
import { Code, createClient } from "@connectrpc/connect";
import { createOrganizationServiceClient, createUserServiceClient } from "@zitadel/client/v2";
import { UserService } from "@zitadel/proto/zitadel/user/v2/user_service_pb.js";
import { grpc, transports } from "../lib/clients.mjs";
import { ErrorDetail, ErrorInfo, service } from "../lib/interface.mjs";
import { refusal } from "../lib/refused.mjs";
import { start } from "../lib/server.mjs";
import { PASSWORD, email, fresh } from "../lib/world.mjs";

const person = (address) => ({
  profile: { givenName: "Alex", familyName: "Example" },
  email: { email: address, verification: { case: "isVerified", value: true } },
});

async function life(organizations, users) {
  const name = fresh("Acme");
  const { organizationId, details } = await organizations.addOrganization({ name });
  assert.ok(organizationId);
  assert.ok(details.sequence > 0n);
  const address = email();
  const added = await users.addHumanUser({
    organization: { org: { case: "orgId", value: organizationId } }, ...person(address),
    passwordType: { case: "password", value: { password: PASSWORD } },
  });
  const { user } = await users.getUserByID({ userId: added.userId });
  assert.equal(user.username, address);
  assert.equal(user.type.value.profile.displayName, "Alex Example");
  assert.equal(user.type.value.email.isVerified, true);
  assert.equal(user.details.resourceOwner, organizationId);
  assert.equal(user.details.sequence, added.details.sequence);
  const query = { case: "organizationIdQuery", value: { organizationId } };
  const listed = await users.listUsers({ queries: [{ query }] });
  assert.deepEqual(listed.result.map((one) => one.userId), [added.userId]);
  assert.equal(listed.details.totalResult, 1n);
  await users.deleteUser({ userId: added.userId });
  const gone = await refusal(users.getUserByID({ userId: added.userId }));
  assert.equal(gone.code, Code.NotFound);
  assert.equal((await users.listUsers({ queries: [{ query }] })).result.length, 0);
}

async function refusals(organizations, users) {
  const name = fresh("Acme");
  await organizations.addOrganization({ name });
  const twice = await refusal(organizations.addOrganization({ name: name.toUpperCase() }));
  assert.equal(twice.code, Code.AlreadyExists);
  const [info] = twice.findDetails(ErrorInfo);
  assert.match(info.reason, /^org(anization)?\.[a-z_]+$/);
  assert.equal(twice.findDetails(ErrorDetail)[0].id, info.reason);
  const unknown = await refusal(users.getUserByID({ userId: "999" }));
  assert.equal(unknown.code, Code.NotFound);
  assert.equal(unknown.findDetails(ErrorInfo).length, 1);
  const empty = await refusal(organizations.addOrganization({ name: "" }));
  assert.equal(empty.code, Code.InvalidArgument);
  assert.equal(empty.findDetails(ErrorInfo).length, 1);
  const later = await refusal(users.startIdentityProviderIntent({ idpId: "999" }));
  assert.equal(later.code, Code.Unimplemented);
}

// The package is of an earlier day than the interface; newer methods are called by our descriptors.
async function newer(transport, organizations) {
  const { organizationId } = await organizations.addOrganization({ name: fresh("Acme") });
  const ours = createClient(service("org.v2.OrganizationService"), transport);
  const users = createClient(service("user.v2.UserService"), transport);
  const created = await users.createUser({
    organizationId, username: fresh("job"),
    userType: { case: "machine", value: { name: "A job" } },
  });
  await users.setUserMetadata({
    userId: created.id, metadata: [{ key: "colour", value: Buffer.from("green") }],
  });
  const { metadata } = await users.listUserMetadata({ userId: created.id });
  assert.equal(Buffer.from(metadata[0].value).toString(), "green");
  await ours.updateOrganization({ organizationId, name: fresh("Acme renamed") });
  const missing = service("user.v2.UserService").methods
    .filter((one) => !UserService.methods.some((old) => old.name === one.name));
  return `${missing.length} methods of UserService are newer than the package`;
}

export default async function zitadelClient(t) {
  const server = await start();
  for (const [protocol, make] of Object.entries(transports(server))) {
    const transport = make();
    const organizations = createOrganizationServiceClient(transport);
    const users = createUserServiceClient(transport);
    await t.test(`@zitadel/client creates, reads, lists and deletes over ${protocol}`,
                 () => life(organizations, users));
    await t.test(`@zitadel/client reads code, reason and details of errors over ${protocol}`,
                 () => refusals(organizations, users));
    await t.test(`methods newer than the package are called over ${protocol}`,
                 () => newer(transport, organizations));
  }
  await t.test("a client with a wrong token is unauthenticated", async () => {
    const wrong = grpc(server, `${server.token}x`);
    const error = await refusal(createUserServiceClient(wrong).listUsers({}));
    assert.equal(error.code, Code.Unauthenticated);
  });
}
