// Runs in the browser, bundled: what a page does with the clients made for it.
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { createClientTransport } from "@zitadel/client/web";
import { OrganizationService } from "@zitadel/proto/zitadel/org/v2/org_service_pb.js";
import { UserService } from "@zitadel/proto/zitadel/user/v2/user_service_pb.js";

function transport(kind, baseUrl, token) {
  if (kind === "@zitadel/client") return createClientTransport(token, { baseUrl });
  const authorize = (next) => (request) => {
    request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
  const options = { baseUrl, interceptors: [authorize], useBinaryFormat: kind !== "Connect JSON" };
  return kind === "gRPC-Web" ? createGrpcWebTransport(options) : createConnectTransport(options);
}

const refusal = (promise) =>
  promise.then(() => Promise.reject(new Error("not refused")), (error) => ConnectError.from(error));

// The reason is the first field of google.rpc.ErrorInfo, a text of less than 128 bytes.
function reason(error) {
  const info = error.details.find((one) => one.type === "google.rpc.ErrorInfo");
  return info && new TextDecoder().decode(info.value.subarray(2, 2 + info.value[1]));
}

export async function life(kind, url, token, name) {
  const calls = transport(kind, url, token);
  const organizations = createClient(OrganizationService, calls);
  const users = createClient(UserService, calls);
  const { organizationId } = await organizations.addOrganization({ name });
  const query = { case: "idQuery", value: { id: organizationId } };
  const { result } = await organizations.listOrganizations({ queries: [{ query }] });
  const missing = await refusal(users.getUserByID({ userId: "999" }));
  const stranger = createClient(UserService, transport(kind, url, "none"));
  const closed = await refusal(stranger.listUsers({}));
  return { listed: result.length, code: Code[missing.code], reason: reason(missing),
           unauthenticated: Code[closed.code] };
}

export async function rest(url, token) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const body = JSON.stringify({ name: `Acme ${Math.random()}` });
  const created = await fetch(`${url}/v2/organizations`, { method: "POST", headers, body });
  const missing = await fetch(`${url}/v2/users/999`, { method: "DELETE", headers });
  return { created: created.status, missing: missing.status };
}
