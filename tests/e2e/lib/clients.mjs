// The transports of the published client package, as its users make them.
//
//   for (const [protocol, transport] of Object.entries(transports(server))) {
//     createUserServiceClient(transport(token));
import { createConnectTransport } from "@connectrpc/connect-node";
import { NewAuthorizationBearerInterceptor } from "@zitadel/client";
import { createServerTransport } from "@zitadel/client/node";

// For clients of our own descriptors: whoever calls is the administrator's machine.
export const authorized = (server) => (next) => (request) => {
  request.header.set("authorization", `Bearer ${server.token}`);
  return next(request);
};

export const grpc = (server, token = server.token) =>
  createServerTransport(token, { baseUrl: server.url });

// By protocol, each of a token; without one the administrator's machine's.
export function transports(server) {
  return {
    gRPC: (token) => grpc(server, token),
    Connect: (token = server.token) => createConnectTransport({
      baseUrl: server.url, httpVersion: "1.1",
      interceptors: [NewAuthorizationBearerInterceptor(token)],
    }),
  };
}
