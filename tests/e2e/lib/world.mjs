// What tests start from: organizations, people and machines, made over the wire by the owner.
import assert from "node:assert/strict";
import { method } from "./interface.mjs";
import { Code, call } from "./wire.mjs";

// Good enough for every policy that tests set.
export const PASSWORD = "Wood-Lamp-7-River";

let count = 0;
export const fresh = (word) => `${word}-${process.pid}-${++count}`;
// Nobody else's: what goes to one number is counted over all who have it.
export const phone = () => `+4178${1_000_000 + ++count}`;
export const email = () => `${fresh("person")}@example.com`;
export const inAYear = () => new Date(Date.now() + 365 * 86400e3).toISOString();

export class World {
  constructor(server) {
    this.server = server;
  }

  // A call that must succeed; answers the response as JSON. Of a method, or its name where only one
  // has it.
  async ok(which, request = {}, options = {}) {
    const answer = await this.try(which, request, options);
    assert.equal(answer.code, 0, `${which.name ?? which}: ${Code[answer.code]} ${answer.message}`);
    return answer.json;
  }

  async try(which, request = {}, options = {}) {
    const one = typeof which === "string" ? method(which) : which;
    return call(this.server, one, request, { token: this.server.token, ...options });
  }

  async organization(name = fresh("Acme")) {
    return (await this.ok("AddOrganization", { name })).organizationId;
  }

  async person(organizationId, more = {}) {
    const human = { profile: { givenName: "Alex", familyName: "Example" },
                    email: { email: email(), isVerified: true } };
    return (await this.ok("CreateUser", { organizationId, human, ...more })).id;
  }

  // A token of a session in which the person has just proved who he is.
  async signIn(userId) {
    await this.ok("SetPassword", { userId, newPassword: { password: PASSWORD } });
    const checks = { user: { userId }, password: { password: PASSWORD } };
    return (await this.ok("CreateSession", { checks })).sessionToken;
  }

  async machine(organizationId) {
    const machine = { name: "A job" };
    return (await this.ok("CreateUser", { organizationId, username: fresh("job"), machine })).id;
  }

  async machineToken(userId, expirationDate = inAYear()) {
    return (await this.ok("AddPersonalAccessToken", { userId, expirationDate })).token;
  }

  // A token of a machine that has no rights at all.
  async stranger() {
    return this.machineToken(await this.machine(await this.organization()));
  }

  // The newest event's sequence: what is unchanged where nothing was stored.
  async newest() {
    const { events = [] } = await this.ok("ListEvents", { limit: 1 });
    return Number(events[0]?.sequence ?? 0);
  }
}
