// Runs in the browser, bundled: an application of oidc-client-ts. `window.settings` are its server's.
import { UserManager, WebStorageStateStore } from "oidc-client-ts";

const manager = new UserManager({
  ...window.settings, loadUserInfo: true, automaticSilentRenew: false,
  userStore: new WebStorageStateStore({ store: window.localStorage }) });

const told = (promise) => promise.then(
  (value) => ({ value }),
  ({ name, message, error, error_description: description }) => ({ name, message, error, description }));

// A window or frame of a sign-in only tells whoever opened it where it came to.
if (window.location.pathname === "/inner") manager.signinCallback();

export const begin = (parameters) => void manager.signinRedirect(parameters);
export const finish = () => told(manager.signinCallback());
export const user = () => manager.getUser();
export const renew = (parameters) => told(manager.signinSilent(parameters));
export const popup = () => told(manager.signinPopup());
export const revoke = () => told(manager.revokeTokens(["access_token", "refresh_token"]));
export const leave = (parameters) => void manager.signoutRedirect(parameters);
export const left = () => told(manager.signoutCallback());
export const keys = () => manager.metadataService.getSigningKeys();
export const metadata = () => manager.metadataService.getMetadata();

export async function userinfo(token) {
  const place = await manager.metadataService.getUserInfoEndpoint();
  const answer = await fetch(place, { headers: { authorization: `Bearer ${token}` } });
  return { status: answer.status, json: await answer.json(),
           challenge: answer.headers.get("www-authenticate") };
}
