// What must hold of every declaration in our .proto files beyond what protoc checks: each function
// looks at the files it is given and answers with one sentence a fault, none when all is well.
// Pure; the descriptors must outlive the call.
#ifndef MUNIMENT_TESTS_PROTO_DESCRIPTOR_RULES_H_
#define MUNIMENT_TESTS_PROTO_DESCRIPTOR_RULES_H_

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

namespace muniment::proto_test {

using Files = std::vector<const google::protobuf::FileDescriptor*>;
using Faults = std::vector<std::string>;

// The field at the end of a dotted path, or null; every step but the last is a single message.
const google::protobuf::FieldDescriptor* FindPath(const google::protobuf::Descriptor* message,
                                                  const std::string& path);

// Every method of zitadel.* and muniment.* says who may call it, and on what.
Faults CheckRules(const Files& files);

// Every such method has a route, its variables are fields of the request, and no two routes of one
// service are the same.
Faults CheckRoutes(const Files& files);

// Event streams and kinds: complete, and no number, type or slot stands twice.
Faults CheckEvents(const Files& files);

// Unique, personal, secret and subject fields fit the messages they stand in.
Faults CheckEventFields(const Files& files);

// Keys, indexes and counters name columns; no number stands twice; no key is personal or secret.
Faults CheckTables(const Files& files);

// Limits fit the type of their field.
Faults CheckLimits(const Files& files);

// In every request, what names something is limited to names, and an id that the caller chooses to
// ids; what is only looked for (queries, filters) is not.
Faults CheckNames(const Files& files);

// What is declared but not served says what it waits for, and stands in a request.
Faults CheckUnserved(const Files& files);

}  // namespace muniment::proto_test

#endif  // MUNIMENT_TESTS_PROTO_DESCRIPTOR_RULES_H_
