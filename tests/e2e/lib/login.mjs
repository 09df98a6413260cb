// A login of somebody else's making, as small as one can be: it signs people in by the published client
// package and answers what applications, and devices, sent them with.
//
//   const login = new Login(server, token);           of a machine that has IAM_LOGIN_CLIENT
//   const session = await login.signIn("ada@example.com", password);
//   const { href } = await login.answer(url, session);     back at the application, with a code
import assert from "node:assert/strict";
import { createServerTransport } from "@zitadel/client/node";
import { createOIDCServiceClient, createSessionServiceClient } from "@zitadel/client/v2";

export class Login {
  constructor(server, token) {
    const transport = createServerTransport(token, { baseUrl: server.url });
    this.oidc = createOIDCServiceClient(transport);
    this.sessions = createSessionServiceClient(transport);
  }

  async signIn(loginName, password) {
    const user = { search: { case: "loginName", value: loginName } };
    const { sessionId, sessionToken } = await this.sessions.createSession(
      { checks: { user, password: { password } } });
    return { sessionId, sessionToken };
  }

  // What the browser brings from the application: the link to the login, and the request behind it.
  async arrive(url, headers = {}) {
    const answer = await fetch(url, { redirect: "manual", headers });
    assert.equal(answer.status, 302, await answer.text());
    const at = new URL(answer.headers.get("location"));
    const authRequestId = at.searchParams.get("authRequest");
    assert.match(authRequestId ?? "", /^V2_/, at.href);
    const { authRequest } = await this.oidc.getAuthRequest({ authRequestId });
    return { at, authRequestId, authRequest };
  }

  async answer(url, session) {
    return this.#finish(await this.arrive(url), { case: "session", value: session });
  }

  // `reason`: one of ErrorReason.
  async refuse(url, reason, errorDescription) {
    const value = { error: reason, errorDescription };
    return this.#finish(await this.arrive(url), { case: "error", value });
  }

  async #finish({ authRequestId }, callbackKind) {
    const { callbackUrl } = await this.oidc.createCallback({ authRequestId, callbackKind });
    return new URL(callbackUrl);
  }

  // The page that a device sends people to; without a session it is not let in.
  async device(verificationUri, session) {
    const page = await fetch(verificationUri, { redirect: "manual" });
    const userCode = new URL(page.headers.get("location")).searchParams.get("user_code");
    const { deviceAuthorizationRequest: asked } =
      await this.oidc.getDeviceAuthorizationRequest({ userCode });
    const decision = session ? { case: "session", value: session } : { case: "deny", value: {} };
    await this.oidc.authorizeOrDenyDeviceAuthorization(
      { deviceAuthorizationId: asked.id, decision });
    return asked;
  }
}
