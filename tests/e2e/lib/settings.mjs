// Requests about settings and texts of messages: what they hold beyond the required fields, what has to
// be there first, and how they are answered where that is not OK. The instance is left as it was.
import { Code } from "@connectrpc/connect";

const KINDS = ["Login", "PasswordComplexity", "PasswordAge", "Lockout", "Privacy", "Notification",
               "Domain", "OrgIAM"];

// As a new instance has them.
const LOGIN = { allowUsernamePassword: true, allowRegister: true, allowExternalIdp: true,
                passwordlessType: "PASSWORDLESS_TYPE_ALLOWED", allowDomainDiscovery: true,
                passwordCheckLifetime: "864000s", externalLoginCheckLifetime: "864000s",
                mfaInitSkipLifetime: "2592000s", secondFactorCheckLifetime: "64800s",
                multiFactorCheckLifetime: "43200s" };
const BODIES = {
  Login: LOGIN,
  PasswordComplexity: { minLength: 8, hasUppercase: true, hasLowercase: true, hasNumber: true,
                        hasSymbol: true },
  PasswordAge: {},
  Lockout: {},
  Privacy: {},
  Notification: { passwordChange: true },
  Domain: {},
  OrgIAM: {},
};
const LOCKOUT = { policy: { lockout: { showFailure: true } } };

const isAdmin = (method) => method.parent.typeName === "zitadel.admin.v1.AdminService";
const TEXT = /^(Get|Set|Reset)(Default|Custom)(\w+)Message(Custom)?Text(ToDefault)?$/;

// Where each is allowed already, or is not: what is added to the instance goes again at once.
const secondFactor = (type) => (ids, method) => ({
  type: isAdmin(method) ? "SECOND_FACTOR_TYPE_RECOVERY_CODES" : type });

export const SETTINGS = {
  ...Object.fromEntries(KINDS.flatMap((kind) =>
    ["Add", "Update", "AddCustom", "UpdateCustom"].map((verb) =>
      [`${verb}${kind}Policy`, () => BODIES[kind]]))),
  AddCustomLoginPolicy: () => ({ ...LOGIN, secondFactors: ["SECOND_FACTOR_TYPE_U2F"],
                                 multiFactors: ["MULTI_FACTOR_TYPE_U2F_WITH_VERIFICATION"] }),
  AddSecondFactorToLoginPolicy: secondFactor("SECOND_FACTOR_TYPE_OTP"),
  RemoveSecondFactorFromLoginPolicy: secondFactor("SECOND_FACTOR_TYPE_U2F"),
  UpdateSecretGenerator: () => ({ length: 6, expiry: "259200s", includeDigits: true,
                                  includeUpperLetters: true }),
  SetInstancePolicy: () => LOCKOUT,
  SetOrganizationPolicy: () => LOCKOUT,
  ResetOrganizationPolicy: () => ({ type: "POLICY_TYPE_LOCKOUT" }),
  SetInstanceLoginFactor: () => ({ factor: { second: "SECOND_FACTOR_RECOVERY_CODES" } }),
  SetOrganizationLoginFactor: () => ({ factor: { second: "SECOND_FACTOR_RECOVERY_CODES" } }),
  SetSecuritySettings: () => ({ enableImpersonation: true }),
  GetEffectiveSettings: () => ({ types: ["SETTINGS_TYPE_LINK_SETTINGS"] }),
  SetLinkSettings: (ids) => ({ ctx: { orgId: ids.organizationId }, links: [] }),
  ResetLinkSettings: (ids) => ({ ctx: { orgId: ids.organizationId } }),
  SetInstanceMessageText: () => ({ text: { text: "Hello" } }),
  SetOrganizationMessageText: () => ({ text: { text: "Hello" } }),
};

// Texts of messages, by the name of each.
export function textOf(method) {
  return TEXT.exec(method.name)?.[1] === "Set" ? () => ({ text: "Hello" }) : undefined;
}

// What stands before it; nothing: what requests.mjs says.
export function beforeOf(method) {
  const [, verb, , message, , ] = TEXT.exec(method.name) ?? [];
  if (verb === "Reset") {
    const custom = /^(DomainClaimed|Passwordless|PasswordChange|InviteUser)/.test(message);
    return [isAdmin(method) ? `SetDefault${message}MessageText`
                            : `SetCustom${message}Message${custom ? "Custom" : ""}Text`];
  }
  const [, kind] = /^(?:UpdateCustom|Reset(?:Custom)?)(\w+?)Policy(ToDefault)?$/.exec(method.name) ?? [];
  if (KINDS.includes(kind)) return [`AddCustom${kind}Policy`];
  if (/FactorToLoginPolicy$|FactorFromLoginPolicy$/.test(method.name) && !isAdmin(method)) {
    return ["AddCustomLoginPolicy"];
  }
  return { ResetOrganizationPolicy: ["SetOrganizationPolicy"],
           ResetLinkSettings: ["SetLinkSettings"],
           DeleteOrganizationSettings: ["SetOrganizationSettings"],
           ResetInstanceMessageText: ["SetInstanceMessageText"],
           ResetOrganizationMessageText: ["SetOrganizationMessageText"] }[method.name];
}

export function settingsAnswer(method) {
  if (method.name === "AddMultiFactorToLoginPolicy") return Code.AlreadyExists;
  return { AddNotificationPolicy: Code.AlreadyExists, SetInstanceLoginFactor: Code.NotFound,
           SetOrganizationLoginFactor: Code.NotFound }[method.name];
}
