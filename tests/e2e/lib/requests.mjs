// A minimal valid request for any method: required fields are found in its descriptor, values by
// the field's name, and what a descriptor cannot say stands in the tables below.
import { SETTINGS, beforeOf, textOf } from "./settings.mjs";
import { ScalarType } from "@bufbuild/protobuf";
import { aboutCaller, limit, worksWhereNamed } from "./interface.mjs";
import { SoftwareAuthenticator } from "./authenticator.mjs";
import { totp } from "./totp.mjs";
import { PASSWORD, email, fresh, inAYear, phone } from "./world.mjs";

// By field name; `ids` are those of the targets made for this call.
const VALUES = {
  organization_id: (ids) => ids.organizationId,
  org_id: (ids) => ids.organizationId,
  user_id: (ids) => ids.userId,
  key_id: (ids) => ids.keyId ?? ids.before?.CreateApplicationKey?.keyId ?? "1",
  token_id: ({ tokenId, before }) =>
    tokenId ?? before?.RegisterU2F?.u2fId ?? before?.RegisterPasskey?.passkeyId ?? "1",
  session_id: (ids) => ids.sessionId ?? "1",
  project_id: (ids) => ids.projectId ?? ids.before?.CreateProject?.projectId ?? "1",
  application_id: (ids) =>
    ids.applicationId ?? ids.before?.CreateApplication?.applicationId ?? "1",
  grant_id: (ids) => ids.grantId ?? "1",
  granted_org_id: (ids) => ids.grantedOrganizationId ?? "1",
  app_id: (ids) => ids.applicationId ?? ids.before?.AddOIDCApp?.appId ??
    ids.before?.CreateApplication?.applicationId ?? "1",
  user_name: () => fresh("job"),
  password: () => PASSWORD,
  granted_organization_id: (ids) => ids.grantedOrganizationId ?? "1",
  id: (ids) => ids.authorizationId ?? ids.groupId ?? ids.before?.CreateAuthorization?.id ??
    ids.before?.CreateGroup?.id ?? ids.before?.CreateWebKey?.id ?? "1",
  user_ids: (ids) => [ids.userId],
  role_key: () => "reader",
  resource: (ids) => ({ organizationId: ids.organizationId }),
  roles: () => ["ORG_USER_MANAGER"],
  name: () => fresh("Acme"),
  email: () => email(),
  phone: () => phone(),
  domain: (ids) => ids.domain ?? "example.com",
  key: () => "colour",
  keys: () => ["colour"],
  code: (ids) => ids.code ?? "K7Q2ZD",
  user_code: () => "BCDF-GHJK",
  old_password: () => PASSWORD,
  new_password: () => "Wood-Lamp-8-River",
  verification: (ids) => ({ publicKeyCredential: ownRegistration(ids), tokenName: "Blue" }),
  language: () => "en",
  expiration_date: () => inAYear(),
  verification_code: (ids) => ids.code ?? "K7Q2ZD",
  public_key_credential: (ids) => registration(ids),
  passkey_id: (ids) => ids.before?.RegisterPasskey?.passkeyId ?? "1",
  u2f_id: (ids) => ids.before?.RegisterU2F?.u2fId ?? "1",
};

// What a browser answers to the registration that was begun.
function registration({ before = {} }) {
  const begun = before.RegisterPasskey ?? before.RegisterU2F;
  if (!begun) return { id: "AA", rawId: "AA", type: "public-key", response: {} };
  return new SoftwareAuthenticator().create(begun.publicKeyCredentialCreationOptions.publicKey);
}

// The same by the v1 interface, whose bytes hold JSON.
function ownRegistration({ before = {} }) {
  const { key } = before.AddMyPasswordless ?? before.AddMyAuthFactorU2F ?? {};
  const answer = key === undefined
    ? registration({})
    : new SoftwareAuthenticator().create(
      JSON.parse(Buffer.from(key.publicKey, "base64").toString()).publicKey);
  return Buffer.from(JSON.stringify(answer)).toString("base64");
}

const METADATA = [{ key: "colour", value: Buffer.from("green").toString("base64") }];
const DOCUMENTS = [{ kind: "CONSENT_KIND_TERMS", version: "value",
                      url: "https://example.com/{{.Lang}}/terms" }];
const PROFILE = { givenName: "Alex", familyName: "Example" };

const LIFETIMES = { accessTokenLifetime: "3600s", idTokenLifetime: "3600s",
                    refreshTokenIdleExpiration: "86400s", refreshTokenExpiration: "172800s" };

// What is needed beyond the required fields.
const EXTRA = {
  ImportData: () => ({ dataOrgs: { orgs: [{ org: { name: fresh("Moved") } }] } }),
  AddOIDCSettings: () => LIFETIMES,
  UpdateOIDCSettings: () => LIFETIMES,
  SetSecurityPolicy: () => ({ enableImpersonation: true }),
  ...SETTINGS,
  SetInstanceFeatures: () => ({ userSchema: false, improvedPerformance: [] }),
  GetInstanceFeatures: () => ({ inheritance: true }),
  CreateUser: () => ({ human: { profile: PROFILE, email: { email: email(), isVerified: true } } }),
  AddHumanUser: (ids) => ({ organization: { orgId: ids.organizationId },
                            email: { email: email(), isVerified: true } }),
  UpdateUser: () => ({ human: { profile: { nickName: "Al" } } }),
  UpdateHumanUser: () => ({ profile: PROFILE }),
  SetUserMetadata: () => ({ metadata: METADATA }),
  DeleteUserMetadata: (ids) => ({ userId: ids.userId, keys: ["colour"] }),
  SetOrganizationMetadata: () => ({ metadata: METADATA }),
  GenerateOrganizationDomainValidation: () => ({ type: "DOMAIN_VALIDATION_TYPE_DNS" }),
  DeleteOrganizationMetadata: () => ({ keys: ["colour"] }),
  RetryDeadLetter: () => ({ id: "sweep.user/user/1/1" }),
  // Only a machine has access tokens.
  AddPersonalAccessToken: (ids) => ({ userId: ids.machineId }),
  RemovePersonalAccessToken: (ids) => ({ userId: ids.machineId }),
  AddKey: (ids) => ({ userId: ids.machineId }),
  RemoveKey: (ids) => ({ userId: ids.machineId }),
  AddSecret: (ids) => ({ userId: ids.machineId }),
  RemoveSecret: (ids) => ({ userId: ids.machineId }),
  GenerateRecoveryCodes: () => ({ count: 3 }),
  SetEmail: () => ({ returnCode: {} }),
  SetPhone: () => ({ returnCode: {} }),
  CreateInviteCode: () => ({ returnCode: {} }),
  VerifyTOTPRegistration: (ids) => ({ code: totp(ids.before?.RegisterTOTP.secret) }),
  VerifyMyAuthFactorOTP: (ids) => ({ code: totp(ids.before?.AddMyAuthFactorOTP.secret) }),
  SetPassword: () => ({ newPassword: { password: PASSWORD } }),
  SetInstanceConsentDocuments: () => ({ documents: DOCUMENTS }),
  SetOrganizationConsentDocuments: () => ({ documents: DOCUMENTS }),
  UpdateProject: () => ({ name: fresh("Lamps") }),
  UpdateProjectRole: () => ({ displayName: "May read" }),
  CreateProjectGrant: () => ({ roleKeys: ["reader"] }),
  UpdateProjectGrant: () => ({ roleKeys: [] }),
  UpdateAdministrator: () => ({ roles: ["ORG_OWNER_VIEWER"] }),
  CreateAuthorization: () => ({ roleKeys: ["reader"] }),
  UpdateAuthorization: () => ({ roleKeys: ["reader"] }),
  // By a key where one is to be made, else by a secret.
  CreateApplication: (ids) => ({ apiConfiguration: ids.byKey
    ? { authMethodType: "API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT" } : {} }),
  UpdateApplication: () => ({ name: fresh("Shop") }),
  UpdateGroup: () => ({ name: fresh("Lights") }),
  CreateRole: () => ({ name: "HELPER", level: "ROLE_LEVEL_ORGANIZATION",
                       permissions: ["user.read"] }),
  UpdateRole: () => ({ name: "HELPER", displayName: "Helpers" }),
  DeleteRole: () => ({ name: "HELPER" }),
  Explain: (ids) => ({ user: ids.userId, permission: "user.read" }),
  ListUsers: () => ({ queries: [{ userNameQuery: { userName: "nobody" } }] }),
};

const PROJECT = ["CreateProject"];
const ROLE = [...PROJECT, "AddProjectRole"];
const GRANT = [...ROLE, "CreateProjectGrant"];
const APPLICATION = [...PROJECT, "CreateApplication"];
const APPLICATION_KEY = [...APPLICATION, "CreateApplicationKey"];
const AUTHORIZATION = [...ROLE, "CreateAuthorization"];
const GROUP = ["CreateGroup"];

// What must have happened to the target before.
const BEFORE = {
  ActivateWebKey: ["CreateWebKey"],
  DeleteWebKey: ["CreateWebKey"],
  ReactivateUser: ["DeactivateUser"],
  VerifyTOTPRegistration: ["RegisterTOTP"],
  RemoveTOTP: ["RegisterTOTP"],
  RemoveSecret: ["AddSecret"],
  VerifyPasskeyRegistration: ["RegisterPasskey"],
  RemovePasskey: ["RegisterPasskey"],
  VerifyU2FRegistration: ["RegisterU2F"],
  RemoveU2F: ["RegisterU2F"],
  UnlockUser: ["LockUser"],
  GetMyMetadata: ["SetUserMetadata"],
  VerifyMyEmail: ["SetEmail"],
  ResendMyEmailVerification: ["SetEmail"],
  VerifyMyPhone: ["SetPhone"],
  ResendMyPhoneVerification: ["SetPhone"],
  RemoveMyPhone: ["SetPhone"],
  VerifyMyAuthFactorOTP: ["AddMyAuthFactorOTP"],
  RemoveMyAuthFactorOTP: ["RegisterTOTP"],
  VerifyMyAuthFactorU2F: ["AddMyAuthFactorU2F"],
  RemoveMyAuthFactorU2F: ["RegisterU2F"],
  VerifyMyPasswordless: ["AddMyPasswordless"],
  RemoveMyPasswordless: ["RegisterPasskey"],
  SendEmailCode: ["SetEmail"],
  ResendEmailCode: ["SetEmail"],
  VerifyEmail: ["SetEmail"],
  RemovePhone: ["SetPhone"],
  ResendPhoneCode: ["SetPhone"],
  VerifyPhone: ["SetPhone"],
  ResetOrganizationConsentDocuments: ["SetOrganizationConsentDocuments"],
  RecordConsent: ["SetOrganizationConsentDocuments"],
  ResendInviteCode: ["CreateInviteCode"],
  VerifyInviteCode: ["CreateInviteCode"],
  ActivateOrganization: ["DeactivateOrganization"],
  DeleteUserMetadata: ["SetUserMetadata"],
  DeleteOrganizationMetadata: ["SetOrganizationMetadata"],
  DeleteOrganizationDomain: ["AddOrganizationDomain"],
  GenerateOrganizationDomainValidation: ["AddOrganizationDomain"],
  VerifyOrganizationDomain: ["AddOrganizationDomain", "GenerateOrganizationDomainValidation"],
  UpdateProject: PROJECT,
  DeleteProject: PROJECT,
  GetProject: PROJECT,
  DeactivateProject: PROJECT,
  ActivateProject: [...PROJECT, "DeactivateProject"],
  AddProjectRole: PROJECT,
  UpdateProjectRole: ROLE,
  RemoveProjectRole: ROLE,
  ListProjectRoles: ROLE,
  CreateProjectGrant: ROLE,
  UpdateProjectGrant: GRANT,
  DeleteProjectGrant: GRANT,
  DeactivateProjectGrant: GRANT,
  ActivateProjectGrant: [...GRANT, "DeactivateProjectGrant"],
  CreateApplication: PROJECT,
  UpdateApplication: APPLICATION,
  GetApplication: APPLICATION,
  DeleteApplication: APPLICATION,
  DeactivateApplication: APPLICATION,
  ReactivateApplication: [...APPLICATION, "DeactivateApplication"],
  GenerateClientSecret: APPLICATION,
  CreateApplicationKey: APPLICATION,
  DeleteApplicationKey: APPLICATION_KEY,
  GetApplicationKey: APPLICATION_KEY,
  UpdateAdministrator: ["CreateAdministrator"],
  DeleteAdministrator: ["CreateAdministrator"],
  UpdateRole: ["CreateRole"],
  DeleteRole: ["CreateRole"],
  CreateAuthorization: ROLE,
  UpdateAuthorization: AUTHORIZATION,
  DeleteAuthorization: AUTHORIZATION,
  DeactivateAuthorization: AUTHORIZATION,
  ActivateAuthorization: [...AUTHORIZATION, "DeactivateAuthorization"],
  GetGroup: GROUP,
  UpdateGroup: GROUP,
  DeleteGroup: GROUP,
  AddUsersToGroup: GROUP,
  RemoveUsersFromGroup: [...GROUP, "AddUsersToGroup"],
  UpdateIAMMember: ["AddIAMMember"],
  RemoveIAMMember: ["AddIAMMember"],
  ReactivateOrg: ["DeactivateOrg"],
  GetOrgMetadata: ["SetOrgMetadata"],
  RemoveOrgMetadata: ["SetOrgMetadata"],
  BulkRemoveOrgMetadata: ["SetOrgMetadata"],
  GetOrgByDomainGlobal: ["AddOrgDomain"],
  RemoveOrgDomain: ["AddOrgDomain"],
  GenerateOrgDomainValidation: ["AddOrgDomain"],
  ValidateOrgDomain: ["AddOrgDomain", "GenerateOrgDomainValidation"],
  SetPrimaryOrgDomain: ["AddOrgDomain"],
  UpdateOrgMember: ["AddOrgMember"],
  RemoveOrgMember: ["AddOrgMember"],
  ListProjectMembers: PROJECT,
  AddProjectMember: PROJECT,
  UpdateProjectMember: [...PROJECT, "AddProjectMember"],
  RemoveProjectMember: [...PROJECT, "AddProjectMember"],
  ListProjectGrantMembers: GRANT,
  AddProjectGrantMember: GRANT,
  UpdateProjectGrantMember: [...GRANT, "AddProjectGrantMember"],
  RemoveProjectGrantMember: [...GRANT, "AddProjectGrantMember"],
  GetUserByLoginNameGlobal: ["AddMachineUser"],
  GetUserMetadata: ["SetUserMetadata"],
  RemoveUserMetadata: ["SetUserMetadata"],
  BulkRemoveUserMetadata: ["SetUserMetadata"],
  ResendHumanEmailVerification: ["SetEmail"],
  ResendHumanPhoneVerification: ["SetPhone"],
  RemoveHumanPhone: ["SetPhone"],
  RemoveHumanAuthFactorOTP: ["RegisterTOTP"],
  RemoveHumanAuthFactorU2F: ["RegisterU2F"],
  RemoveHumanPasswordless: ["RegisterPasskey"],
  RemoveMachineSecret: ["AddSecret"],
  GetMachineKeyByIDs: ["AddKey"],
  RemoveMachineKey: ["AddKey"],
  GetPersonalAccessTokenByIDs: ["AddPersonalAccessToken"],
  GetProjectByID: PROJECT,
  ReactivateProject: [...PROJECT, "DeactivateProject"],
  RemoveProject: PROJECT,
  ListProjectChanges: PROJECT,
  BulkAddProjectRoles: PROJECT,
  GetAppByID: APPLICATION,
  ListApps: PROJECT,
  ListAppChanges: APPLICATION,
  AddOIDCApp: PROJECT,
  AddAPIApp: PROJECT,
  UpdateApp: APPLICATION,
  UpdateOIDCAppConfig: [...PROJECT, "AddOIDCApp"],
  UpdateAPIAppConfig: APPLICATION,
  DeactivateApp: APPLICATION,
  ReactivateApp: [...APPLICATION, "DeactivateApplication"],
  RemoveApp: APPLICATION,
  RegenerateOIDCClientSecret: [...PROJECT, "AddOIDCApp"],
  RegenerateAPIClientSecret: APPLICATION,
  GetAppKey: APPLICATION_KEY,
  ListAppKeys: APPLICATION,
  AddAppKey: APPLICATION,
  RemoveAppKey: APPLICATION_KEY,
  AddProjectGrant: ROLE,
  GetProjectGrantByID: GRANT,
  GetGrantedProjectByID: GRANT,
  ListGrantedProjectRoles: GRANT,
  ListProjectGrantChanges: GRANT,
  ReactivateProjectGrant: [...GRANT, "DeactivateProjectGrant"],
  RemoveProjectGrant: GRANT,
  AddUserGrant: ROLE,
  GetUserGrantByID: AUTHORIZATION,
  UpdateUserGrant: AUTHORIZATION,
  DeactivateUserGrant: AUTHORIZATION,
  ReactivateUserGrant: [...AUTHORIZATION, "DeactivateAuthorization"],
  RemoveUserGrant: AUTHORIZATION,
  BulkRemoveUserGrant: AUTHORIZATION,
};

function scalar(field) {
  const asked = limit(field);
  if (field.fieldKind === "enum") return field.enum.values.find((one) => one.number !== 0).name;
  switch (field.scalar) {
    case ScalarType.STRING: return "value";
    case ScalarType.BYTES: return Buffer.from("value").toString("base64");
    case ScalarType.BOOL: return true;
    default: return Number(asked?.min ?? 1);
  }
}

function isRequired(field) {
  const asked = limit(field);
  return asked !== undefined && (asked.required || asked.notZero || asked.minItems > 0 ||
                                 (asked.bounded && asked.min > 0n));
}

function fill(message, ids) {
  const request = {};
  for (const field of message.fields) {
    if (!isRequired(field) || field.oneof) continue;
    // A message of ours is filled by its own fields, a text of that name from the table.
    const parts = field.fieldKind === "message" && field.message.typeName.startsWith("zitadel.");
    const known = parts && field.name === "email" ? undefined : VALUES[field.name];
    const one = known ? known(ids)
      : field.fieldKind === "message" ? fill(field.message, ids) : scalar(field);
    request[field.jsonName] = field.fieldKind === "list" && !known ? [one] : one;
  }
  return request;
}

const ofUser = (ids) => ({ id: ids.userId });
const ofMachine = (ids) => ({ userId: ids.machineId });
const machineKey = (ids) =>
  ({ userId: ids.machineId, keyId: ids.keyId ?? ids.before?.AddKey?.keyId ?? "1" });
const ofProject = (ids) =>
  ({ id: ids.projectId ?? ids.before?.CreateProject?.projectId ?? "1" });
const authorization = (ids) => ids.authorizationId ?? ids.before?.CreateAuthorization?.id ?? "1";
const userGrant = (ids) => ({ userId: ids.userId, grantId: authorization(ids) });

// What the v1 interface needs, where another method has the name.
const OLDER = {
  GetUserByID: ofUser,
  GetUserByLoginNameGlobal: (ids) => ({ loginName: ids.userName }),
  DeactivateUser: ofUser,
  ReactivateUser: ofUser,
  LockUser: ofUser,
  UnlockUser: ofUser,
  RemoveUser: ofUser,
  AddHumanUser: () => ({}),
  AddMachineUser: (ids) => ({ userName: ids.userName = fresh("job") }),
  SetUserMetadata: ofUser,
  BulkSetUserMetadata: (ids) => ({ ...ofUser(ids), metadata: METADATA }),
  ListUserMetadata: ofUser,
  GetUserMetadata: ofUser,
  RemoveUserMetadata: ofUser,
  BulkRemoveUserMetadata: (ids) => ({ ...ofUser(ids), keys: ["colour"] }),
  UpdateMachine: ofMachine,
  GenerateMachineSecret: ofMachine,
  RemoveMachineSecret: ofMachine,
  GetMachineKeyByIDs: machineKey,
  ListMachineKeys: ofMachine,
  AddMachineKey: ofMachine,
  RemoveMachineKey: machineKey,
  GetPersonalAccessTokenByIDs: (ids) =>
    ({ userId: ids.machineId, tokenId: ids.before?.AddPersonalAccessToken?.tokenId ?? "1" }),
  ListPersonalAccessTokens: ofMachine,
  GetProjectByID: ofProject,
  UpdateProject: (ids) => ({ ...ofProject(ids), name: fresh("Lamps") }),
  DeactivateProject: ofProject,
  ReactivateProject: ofProject,
  RemoveProject: ofProject,
  BulkAddProjectRoles: () => ({ roles: [{ key: "writer", displayName: "May write" }] }),
  AddUserGrant: () => ({ roleKeys: ["reader"] }),
  GetUserGrantByID: userGrant,
  UpdateUserGrant: (ids) => ({ ...userGrant(ids), roleKeys: ["reader"] }),
  DeactivateUserGrant: userGrant,
  ReactivateUserGrant: userGrant,
  RemoveUserGrant: userGrant,
  BulkRemoveUserGrant: (ids) => ({ grantId: [authorization(ids)] }),
  GetOrgByID: (ids) => ({ id: ids.organizationId }),
  AddIAMMember: () => ({ roles: ["IAM_OWNER_VIEWER"] }),
  UpdateIAMMember: () => ({ roles: ["IAM_USER_MANAGER"] }),
  UpdateOrgMember: () => ({ roles: ["ORG_OWNER_VIEWER"] }),
  AddProjectMember: () => ({ roles: ["PROJECT_OWNER"] }),
  UpdateProjectMember: () => ({ roles: ["PROJECT_OWNER_VIEWER"] }),
  AddProjectGrantMember: () => ({ roles: ["PROJECT_GRANT_OWNER"] }),
  UpdateProjectGrantMember: () => ({ roles: ["PROJECT_GRANT_OWNER_VIEWER"] }),
  SetUpOrg: () => ({ org: { name: fresh("Acme") } }),
  BulkSetOrgMetadata: () => ({ metadata: METADATA }),
  BulkRemoveOrgMetadata: () => ({ keys: ["colour"] }),
  GenerateOrgDomainValidation: () => ({ type: "DOMAIN_VALIDATION_TYPE_DNS" }),
};

const more = (method) =>
  (/\.v1\./.test(method.parent.typeName) ? OLDER : EXTRA)[method.name] ?? EXTRA[method.name] ?? textOf(method);

export function minimalRequest(method, ids) {
  return { ...fill(method.input, ids), ...more(method)?.(ids, method) };
}

// Beside the token: where it is to work.
export function optionsOf(method, ids) {
  if (!worksWhereNamed(method)) return {};
  const granted = method.name === "GetGrantedProjectByID";
  return { headers: { "x-zitadel-orgid": granted ? ids.grantedOrganizationId : ids.organizationId } };
}

// The v1 interface names a grant by its own id, which is told of who administers it.
async function grantOf(world, { userId, grantedOrganizationId, before }) {
  const resource = { projectGrant: { projectId: before.CreateProject.projectId,
                                     organizationId: grantedOrganizationId } };
  const one = { userId, resource };
  await world.ok("CreateAdministrator", { ...one, roles: ["PROJECT_GRANT_OWNER"] });
  const filters = [{ resource }];
  const { administrators } = await world.ok("ListAdministrators", { filters });
  await world.ok("DeleteAdministrator", one);
  return administrators[0].projectGrant.id;
}

// Targets of their own for one call, in the state that the method asks for; `token`, where the
// owner is not who may.
export async function targets(world, method, methodByName) {
  const organizationId = await world.organization();
  const ids = { organizationId, userId: await world.person(organizationId),
                machineId: await world.machine(organizationId),
                domain: `${fresh("shop")}.example.org` };
  if (method.name === "RemovePersonalAccessToken") {
    const request = { userId: ids.machineId, expirationDate: inAYear() };
    ids.tokenId = (await world.ok("AddPersonalAccessToken", request)).tokenId;
  }
  if (method.name === "RemoveKey") {
    const request = { userId: ids.machineId, expirationDate: inAYear() };
    ids.keyId = (await world.ok("AddKey", request)).keyId;
  }
  const named = (name) => method.input.fields.some((field) => field.name === name);
  if (["granted_organization_id", "granted_org_id", "grant_id"].some(named)) {
    ids.grantedOrganizationId = await world.organization();
  }
  if (method.input.fields.some((field) => field.name === "session_id")) {
    const checks = { user: { userId: ids.userId } };
    ids.sessionId = (await world.ok("CreateSession", { checks })).sessionId;
  }
  ids.byKey = /App(lication)?Key$/.test(method.name);
  // No owner says that others agreed to something.
  if (aboutCaller(method) || method.name === "RecordConsent") ids.token = await world.signIn(ids.userId);
  ids.before = {};
  for (const name of beforeOf(method) ?? BEFORE[method.name] ?? []) {
    const one = methodByName(name);
    const options = aboutCaller(one) ? { token: ids.token } : optionsOf(one, ids);
    const answer = await world.ok(one, minimalRequest(one, ids), options);
    ids.before[name] = answer;
    ids.code = answer.verificationCode ?? answer.inviteCode ?? ids.code;
    if (name === "CreateProjectGrant" && named("grant_id")) ids.grantId = await grantOf(world, ids);
  }
  return ids;
}
