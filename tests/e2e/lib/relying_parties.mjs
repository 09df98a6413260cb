// Two published relying parties, unmodified, behind the same few words, so that one test reads like the
// other. What one of them cannot do, it has no word for.
//
//   const party = await OpenidClient.discover(provider, application);
//   const begun = await party.begin({ scope: "openid" });      {url, ...what must come back}
//   const tokens = await party.finish(begun, callbackUrl);
import assert from "node:assert/strict";
import { createRemoteJWKSet, jwtVerify } from "jose";
import * as oauth from "oauth4webapi";
import * as openid from "openid-client";
import { CALLBACK, DEVICE_CODE, JWT_BEARER } from "./openid.mjs";

// The group of Runner.tally, and what of discovery, code with PKCE, refresh, userinfo and logout a
// library has no word for: none of it is shown by that library, or only as it says.
export const RELYING_PARTIES = "Relying parties that others wrote";
export const LACKS = {
  "oauth4webapi": ["has no function for a logout: the link is made of end_session_endpoint"],
  "jose": ["verifies alone: it finds no metadata and asks for no token, and of a logout it reads " +
           "the logout token"],
  "Auth.js": ["refreshes nothing and ends no session at the provider: the site does, where it is " +
              "called"],
  "passport-openidconnect": ["reads no metadata and has no PKCE",
                             "has no logout: the link is the page's"],
};

// Both libraries name their ways to prove a client alike.
function proofOf(library, { proof, secret, signer }) {
  if (proof === "PRIVATE_KEY_JWT") return library.PrivateKeyJwt(signer);
  if (proof === "NONE") return library.None();
  return proof === "POST" ? library.ClientSecretPost(secret) : library.ClientSecretBasic(secret);
}

async function beginning(library, parameters) {
  const verifier = (library.randomPKCECodeVerifier ?? library.generateRandomCodeVerifier)();
  const begun = { verifier, state: (library.randomState ?? library.generateRandomState)(),
                  nonce: (library.randomNonce ?? library.generateRandomNonce)() };
  const query = { redirect_uri: CALLBACK, response_type: "code", state: begun.state,
                  nonce: begun.nonce, ...parameters };
  if (query.response_type === "code") {
    query.code_challenge = await library.calculatePKCECodeChallenge(verifier);
    query.code_challenge_method = "S256";
  }
  return { begun, query };
}

export class OpenidClient {
  static title = "openid-client";

  static async discover(provider, client) {
    const party = new OpenidClient();
    party.configuration = await openid.discovery(
      new URL(provider.issuer), client.clientId, undefined, proofOf(openid, client),
      { execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks] });
    party.metadata = party.configuration.serverMetadata();
    return party;
  }

  async begin(parameters) {
    const { begun, query } = await beginning(openid, parameters);
    return { ...begun, url: openid.buildAuthorizationUrl(this.configuration, query).href };
  }

  finish({ verifier, state, nonce }, callback) {
    return openid.authorizationCodeGrant(this.configuration, callback, {
      pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce,
      idTokenExpected: nonce !== undefined });
  }

  // The claims of an ID token that came by the browser; `callback` is a URL, or a form's Request.
  implicit({ state, nonce }, callback) {
    openid.useIdTokenResponseType(this.configuration);
    return openid.implicitAuthentication(this.configuration, callback, nonce,
                                         { expectedState: state });
  }

  refresh(token, parameters) {
    return openid.refreshTokenGrant(this.configuration, token, parameters);
  }

  userinfo(token, subject) {
    return openid.fetchUserInfo(this.configuration, token, subject);
  }

  revoke(token) {
    return openid.tokenRevocation(this.configuration, token);
  }

  farewell(parameters) {
    return openid.buildEndSessionUrl(this.configuration, parameters).href;
  }

  introspect(token) {
    return openid.tokenIntrospection(this.configuration, token);
  }

  credentials(scope) {
    return openid.clientCredentialsGrant(this.configuration, { scope });
  }

  bearer(assertion, scope) {
    return openid.genericGrantRequest(this.configuration, JWT_BEARER, { assertion, scope });
  }

  device(scope) {
    return openid.initiateDeviceAuthorization(this.configuration, { scope });
  }

  // Waits its time before each question.
  poll(device) {
    return openid.pollDeviceAuthorizationGrant(this.configuration, device);
  }
}

export class Oauth4webapi {
  static title = "oauth4webapi";
  #plain = { [oauth.allowInsecureRequests]: true };

  // `algorithm`: of OpenID Connect Discovery, "oidc", or of RFC 8414, "oauth2".
  static async discover(provider, client, algorithm = "oidc") {
    const party = new Oauth4webapi();
    const issuer = new URL(provider.issuer);
    party.metadata = await oauth.processDiscoveryResponse(
      issuer, await oauth.discoveryRequest(issuer, { ...party.#plain, algorithm }));
    party.client = { client_id: client.clientId };
    party.proof = proofOf(oauth, client);
    return party;
  }

  // What each request begins with, and what an answer is read for.
  get #asking() {
    return [this.metadata, this.client, this.proof];
  }

  async #signed(response, read, options) {
    const tokens = await read(this.metadata, this.client, response, options);
    if (tokens.id_token) {
      await oauth.validateApplicationLevelSignature(this.metadata, response, this.#plain);
    }
    return tokens;
  }

  async begin(parameters) {
    const { begun, query } = await beginning(oauth, parameters);
    const search = new URLSearchParams({ client_id: this.client.client_id, ...query });
    return { ...begun, url: `${this.metadata.authorization_endpoint}?${search}` };
  }

  async finish({ verifier, state, nonce }, callback) {
    const answer = oauth.validateAuthResponse(this.metadata, this.client, callback, state);
    const response = await oauth.authorizationCodeGrantRequest(
      ...this.#asking, answer, CALLBACK, verifier, this.#plain);
    return this.#signed(response, oauth.processAuthorizationCodeResponse, {
      expectedNonce: nonce, requireIdToken: nonce !== undefined });
  }

  async refresh(token, parameters) {
    const response = await oauth.refreshTokenGrantRequest(
      ...this.#asking, token, { ...this.#plain, additionalParameters: parameters });
    return this.#signed(response, oauth.processRefreshTokenResponse);
  }

  async userinfo(token, subject) {
    return oauth.processUserInfoResponse(
      this.metadata, this.client, subject,
      await oauth.userInfoRequest(this.metadata, this.client, token, this.#plain));
  }

  async revoke(token) {
    return oauth.processRevocationResponse(
      await oauth.revocationRequest(...this.#asking, token, this.#plain));
  }

  // By hand: the library only knows where (LACKS).
  farewell(parameters) {
    const query = new URLSearchParams({ client_id: this.client.client_id, ...parameters });
    return `${this.metadata.end_session_endpoint}?${query}`;
  }

  async introspect(token) {
    return oauth.processIntrospectionResponse(
      this.metadata, this.client,
      await oauth.introspectionRequest(...this.#asking, token, this.#plain));
  }

  async credentials(scope) {
    return oauth.processClientCredentialsResponse(
      this.metadata, this.client,
      await oauth.clientCredentialsGrantRequest(...this.#asking, { scope }, this.#plain));
  }

  async bearer(assertion, scope) {
    return oauth.processGenericTokenEndpointResponse(
      this.metadata, this.client,
      await oauth.genericTokenEndpointRequest(
        ...this.#asking, JWT_BEARER, { assertion, scope }, this.#plain));
  }

  async device(scope) {
    return oauth.processDeviceAuthorizationResponse(
      this.metadata, this.client,
      await oauth.deviceAuthorizationRequest(...this.#asking, { scope }, this.#plain));
  }

  // Asks once, at once.
  async poll({ device_code: code }) {
    assert.ok(this.metadata.grant_types_supported.includes(DEVICE_CODE));
    const response = await oauth.deviceCodeGrantRequest(...this.#asking, code, this.#plain);
    return this.#signed(response, oauth.processDeviceCodeResponse);
  }

  // What a resource server does with a JWT of which it is the audience (RFC 9068 section 4).
  resource(token, expectedAudience) {
    const request = new Request("https://resource.example/", {
      headers: { authorization: `Bearer ${token}` } });
    return oauth.validateJwtAccessToken(this.metadata, request, expectedAudience, this.#plain);
  }
}

export const PARTIES = [OpenidClient, Oauth4webapi];

// By jose, with the keys that the issuer publishes; the whole of what it is: {payload, protectedHeader}.
export function verified(provider, token, options) {
  const keys = createRemoteJWKSet(new URL(`${provider.issuer}/oauth/v2/keys`));
  return jwtVerify(token, keys, { issuer: provider.issuer, ...options });
}

// Either library's error by the name that the server gave it, in a body, a URL or a challenge.
export async function failsAs(promise, error, status) {
  const thrown = await promise.then(() => null, (reason) => reason);
  assert.ok(thrown, `${error} was not refused`);
  const named = thrown.error ?? thrown.cause?.[0]?.parameters?.error ??
                (await thrown.response?.clone().json().catch(() => null))?.error;
  assert.equal(named, error, thrown.stack);
  if (status) assert.equal(thrown.status, status);
  return thrown;
}
