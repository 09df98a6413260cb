// The interface as it was compiled: every service, with our options on methods and fields.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createFileRegistry, fromBinary, getOption, hasOption } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { BUILD } from "./server.mjs";

const set = fromBinary(
  FileDescriptorSetSchema, readFileSync(join(BUILD, "proto", "muniment.binpb")));

export const DESCRIPTORS = join(BUILD, "proto", "muniment.binpb");
export const registry = createFileRegistry(set);
export const ErrorInfo = registry.getMessage("google.rpc.ErrorInfo");
export const ErrorDetail = registry.getMessage("zitadel.v1.ErrorDetail");
export const CredentialsCheckError = registry.getMessage("zitadel.v1.CredentialsCheckError");
export const RetryInfo = registry.getMessage("google.rpc.RetryInfo");
export const RpcStatus = registry.getMessage("google.rpc.Status");

// "org.v2.OrganizationService" without the package that all published services share.
export function service(name) {
  const found = registry.getService(`zitadel.${name}`) ?? registry.getService(name);
  if (!found) throw new Error(`no service ${name} is declared`);
  return found;
}

const extension = (name) => registry.getExtension(`muniment.${name}`);
const option = (thing, ext) => (hasOption(thing, ext) ? getOption(thing, ext) : undefined);

export const binds = (method) => option(method, extension("binds"));
// Of another's twin that says none of its own, the other's.
export function rule(method) {
  const own = option(method, extension("rule"));
  if (own || !binds(method)) return own;
  const [typeName, name] = binds(method).method.split("/");
  return rule(registry.getService(typeName).methods.find((one) => one.name === name));
}
// Whether it is about the caller himself, whom no request names.
export const aboutCaller = (method) => method.parent.typeName === "zitadel.auth.v1.AuthService";
// Whether it works in the organization that the header x-zitadel-orgid names.
export const worksWhereNamed = (method) =>
  method.parent.typeName === "zitadel.management.v1.ManagementService";
export const limit = (field) => option(field, extension("limit"));
export const unserved = (method) => option(method, extension("unserved_method"));

// Every method that this program declares of its own interface.
export function methods() {
  const own = (file) => /^(zitadel|muniment)\//.test(file.name);
  return [...registry.files].filter(own).flatMap((file) => file.services)
    .flatMap((one) => one.methods)
    .sort((a, b) => path(a).localeCompare(path(b)));
}

export const path = (method) => `/${method.parent.typeName}/${method.name}`;

// Of several of a name the newest interface's.
export function method(name) {
  const named = methods().filter((one) => one.name === name);
  const found = named.find((one) => !one.parent.typeName.includes(".v1.")) ?? named[0];
  if (!found) throw new Error(`no method ${name} is declared`);
  return found;
}

// The REST binding: {verb, template, body}.
export function binding(one) {
  const http = option(one, registry.getExtension("google.api.http"));
  if (!http?.pattern?.case) return undefined;
  const prefix = option(one.parent, extension("http_prefix")) ?? "";
  return { verb: http.pattern.case.toUpperCase(), template: prefix + http.pattern.value,
           body: http.body };
}
