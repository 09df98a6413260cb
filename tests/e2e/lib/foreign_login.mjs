// A login that browsers come to: a page on a port of its own that answers at once, for whom the request
// itself names, as somebody would who is signed in there already.
//
//   const desk = await LoginPage.open(provider.login, { [person.name]: person.session });
//   desk.url                      what an application names as its login_v2.base_uri
//   login_hint=NOBODY             sends the browser back with access_denied; a name, with that session;
//                                 nothing, with the first
import { createServer } from "node:http";
import { ErrorReason } from "@zitadel/proto/zitadel/oidc/v2/authorization_pb.js";

export const NOBODY = "nobody";
export const REFUSAL = "Not today.";

export function listening(handler) {
  return new Promise((resolve) => {
    const server = createServer((request, answer) => {
      Promise.resolve(handler(request, answer)).catch((error) => {
        if (!answer.headersSent) answer.writeHead(500, { "content-type": "text/plain" });
        answer.end(error.stack);
      });
    });
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

export function close(server) {
  server.close();
  server.closeAllConnections();
}

export const originOf = (server) => `http://localhost:${server.address().port}`;

export class LoginPage {
  static async open(login, sessions) {
    const page = new LoginPage();
    page.login = login;
    page.sessions = sessions;
    page.server = await listening((request, answer) => page.#answer(request, answer));
    page.url = `${originOf(page.server)}/app`;
    return page;
  }

  close() {
    close(this.server);
  }

  async #answer(request, answer) {
    const { pathname, searchParams } = new URL(request.url, this.url);
    if (pathname !== "/app/login") return answer.writeHead(404).end();
    const authRequestId = searchParams.get("authRequest");
    const { authRequest } = await this.login.oidc.getAuthRequest({ authRequestId });
    const callbackKind = this.#decision(authRequest.loginHint);
    const { callbackUrl } = await this.login.oidc.createCallback({ authRequestId, callbackKind });
    answer.writeHead(302, { location: callbackUrl }).end();
  }

  #decision(hint) {
    if (hint === NOBODY) {
      const value = { error: ErrorReason.ACCESS_DENIED, errorDescription: REFUSAL };
      return { case: "error", value };
    }
    return { case: "session", value: this.sessions[hint] ?? Object.values(this.sessions)[0] };
  }
}
