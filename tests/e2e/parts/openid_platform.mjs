// An access token calls the platform's own API where its audience has it, and nowhere else.
import assert from "node:assert/strict";
import { Code } from "@connectrpc/connect";
import { createUserServiceClient } from "@zitadel/client/v2";
import { transports } from "../lib/clients.mjs";
import { PLATFORM, Provider, audience } from "../lib/openid.mjs";
import { refusal } from "../lib/refused.mjs";
import { Oauth4webapi } from "../lib/relying_parties.mjs";

async function build() {
  const provider = await Provider.start();
  const organizationId = await provider.world.organization();
  const projectId = await provider.project(organizationId);
  return { provider, organizationId, projectId, web: await provider.application(projectId),
           person: await provider.person(organizationId) };
}

// Our own API is an audience like any other.
async function machines({ provider, organizationId, projectId, person }) {
  let calls = 0;
  for (const type of ["BEARER", "JWT"]) {
    const machine = await provider.machine(organizationId, { type });
    await provider.world.ok("CreateAdministrator", {
      userId: machine.id, resource: { organizationId }, roles: ["ORG_OWNER"] });
    const party = await Oauth4webapi.discover(provider, machine);
    const grants = {
      secret: (scope) => party.credentials(scope),
      key: async (scope) => party.bearer(await provider.assertion(machine), scope),
    };
    for (const [how, grant] of Object.entries(grants)) {
      const may = await grant(`openid ${PLATFORM}`);
      const mayNot = await grant("openid");
      const project = await grant(`openid ${audience(projectId)}`);
      for (const [protocol, transport] of Object.entries(transports(provider.server))) {
        const listed = await createUserServiceClient(transport(may.access_token)).listUsers({});
        const ids = listed.result.map((user) => user.userId);
        assert.ok(ids.includes(person.id), `${type} ${how} ${protocol}`);
        for (const { access_token: token } of [mayNot, project]) {
          const error = await refusal(createUserServiceClient(transport(token)).listUsers({}));
          assert.equal(error.code, Code.Unauthenticated, `${type} ${how} ${protocol}`);
          calls += 1;
        }
      }
      const rest = (token) => fetch(`${provider.issuer}/v2/users/${person.id}`,
                                    { headers: { authorization: `Bearer ${token}` } });
      assert.equal((await rest(may.access_token)).status, 200);
      assert.equal((await rest(mayNot.access_token)).status, 401);
    }
  }
  return `${calls} refused`;
}

async function people({ provider, web, person }) {
  const scope = `openid offline_access ${PLATFORM}`;
  const tokens = await provider.signedIn(web, person.session, { scope });
  const mine = (token) => provider.world.try("GetMyUser", {}, { token });
  assert.equal((await mine(tokens.access_token)).json?.user?.id, person.id);
  for (const token of [tokens.id_token, tokens.refresh_token]) {
    assert.equal((await mine(token)).code, Code.Unauthenticated);
  }
}

export default async function openidPlatform(t) {
  const site = await build();
  await t.test("a machine's token calls our own API where its audience has it, and else nothing",
               () => machines(site));
  await t.test("a person's access token calls our own API, and no other token of his does",
               () => people(site));
}
