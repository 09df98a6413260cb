// Holds our descriptors against those in the npm package @zitadel/proto: what goes over the wire must
// be the same in every message, enum and method that both declare. The package is of another day than
// the interface we restate: what only we have is told, what only the package has fails the test, but
// for services that we declare in part.
// usage: node npm_descriptors.mjs DESCRIPTOR_SET DIRECTORY_WITH_NODE_MODULES
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [descriptorSet, directory] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(join(resolve(directory), "node_modules", path)).href);
const esm = "@bufbuild/protobuf/dist/esm";
const { fromBinary, createFileRegistry } = await load(`${esm}/index.js`);
const { FileDescriptorSetSchema } = await load(`${esm}/wkt/index.js`);

// Packages of v1, and of v2beta, which newer ones show parts of, and what settings show of identity
// providers, are declared as far as they are served; the rest of them is for later.
const inParts = (name) => /^zitadel\.\w+\.(v1|v2beta)(\.|$)|^zitadel\.idp\.v2\./.test(name);

const ours = createFileRegistry(
  fromBinary(FileDescriptorSetSchema, readFileSync(descriptorSet)),
);
const faults = [];
const counts = { messages: 0, fields: 0, enums: 0, methods: 0, files: 0 };
const onlyOurs = [];
const onlyTheirs = [];
// What the package has of an interface older than the one that is published, whose numbers are kept free.
const takenBack = [];

const optional = (field) => field.proto.proto3Optional === true;
const oneof = (field) => (field.oneof && !optional(field) ? field.oneof.name : "");
const shape = (field) =>
  [field.name, field.proto.type, field.proto.label, field.proto.typeName, optional(field),
   oneof(field), field.jsonName].join(" ");

// Ends are exclusive in messages and inclusive in enums (descriptor.proto).
const reserves = (mine, number, last) =>
  mine.proto.reservedRange.some(({ start, end }) => start <= number && number < end + last);

function lacks(mine, number, last, name) {
  (reserves(mine, number, last) ? takenBack : onlyTheirs).push(name);
}

function compareMessage(mine, theirs) {
  counts.messages += 1;
  const mineByNumber = new Map(mine.fields.map((f) => [f.number, f]));
  for (const field of theirs.fields) {
    const own = mineByNumber.get(field.number);
    mineByNumber.delete(field.number);
    counts.fields += 1;
    if (!own) lacks(mine, field.number, 0, `${theirs.typeName}.${field.name}`);
    else if (shape(own) !== shape(field)) {
      faults.push(`${theirs.typeName} ${field.number}: ${shape(own)}, published ${shape(field)}`);
    }
  }
  for (const field of mineByNumber.values()) onlyOurs.push(`${mine.typeName}.${field.name}`);
}

function compareEnum(mine, theirs) {
  counts.enums += 1;
  // A number may have several names.
  const names = (number) => mine.values.filter((v) => v.number === number).map((v) => v.name);
  for (const value of theirs.values) {
    const ours = names(value.number);
    if (ours.length === 0) lacks(mine, value.number, 1, `${theirs.typeName}.${value.name}`);
    else if (!ours.includes(value.name)) {
      faults.push(`${theirs.typeName} ${value.number}: ${ours}, ${value.name}`);
    }
  }
}

function compareService(mine, theirs) {
  const own = new Map(mine.methods.map((m) => [m.name, m]));
  for (const method of theirs.methods) {
    const at = `${theirs.typeName}/${method.name}`;
    const found = own.get(method.name);
    own.delete(method.name);
    if (!found) {
      if (!inParts(theirs.typeName)) onlyTheirs.push(at);
      continue;
    }
    counts.methods += 1;
    const say = (m) => `${m.methodKind} ${m.input.typeName} ${m.output.typeName}`;
    if (say(found) !== say(method)) faults.push(`${at}: ${say(found)}, published ${say(method)}`);
  }
  for (const name of own.keys()) onlyOurs.push(`${mine.typeName}/${name}`);
}

function* descend(message) {
  yield message;
  for (const nested of message.nestedMessages) yield* descend(nested);
}

for (const file of ours.files) {
  if (!file.name.startsWith("zitadel/")) continue;
  const path = `@zitadel/proto/es/${file.name}_pb.js`;
  if (!existsSync(join(resolve(directory), "node_modules", path))) {
    onlyOurs.push(`${file.name}.proto`);
    continue;
  }
  const exported = Object.values(await load(path));
  const theirs = exported.find((e) => e?.kind === "file");
  if (!theirs) throw new Error(`${file.name}: no descriptor in the package`);
  counts.files += 1;
  for (const top of theirs.messages) {
    for (const message of descend(top)) {
      const own = ours.getMessage(message.typeName);
      if (own) compareMessage(own, message);
      else if (!inParts(message.typeName)) onlyTheirs.push(message.typeName);
    }
  }
  for (const type of theirs.enums) {
    const own = ours.getEnum(type.typeName);
    if (own) compareEnum(own, type);
  }
  for (const service of theirs.services) compareService(ours.getService(service.typeName), service);
}

if (onlyTheirs.length) console.log(`only in the package: ${onlyTheirs.join(", ")}`);
if (takenBack.length) console.log(`taken back since the package: ${takenBack.join(", ")}`);
if (onlyOurs.length) console.log(`only here: ${onlyOurs.join(", ")}`);
for (const fault of faults) console.log(fault);
console.log(Object.entries(counts).map(([k, v]) => `${v} ${k}`).join(", ") +
  ` compared, ${faults.length} differ`);
// Few of them would mean that the package was not read.
const read = counts.methods >= 60 && counts.fields >= 500;
process.exit(faults.length || onlyTheirs.length || !read ? 1 : 0);
