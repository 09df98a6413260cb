// Who may call a method, compiled from the muniment.rule option on its descriptor.
#ifndef MUNIMENT_COMMAND_RULE_H_
#define MUNIMENT_COMMAND_RULE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "muniment/options.pb.h"

namespace muniment::command {

struct MethodRule {
  Rule rule;
  // To the request's field with the target's id; empty where the rule names none.
  std::vector<const google::protobuf::FieldDescriptor*> path;
  // To the one with a token of the target; empty likewise.
  std::vector<const google::protobuf::FieldDescriptor*> proof;
};

// The rule of a published method, "zitadel.user.v2.UserService/AddHumanUser"; of another's twin
// (muniment/binding_options.proto) compiled for the other's request, which is what decides. INTERNAL
// "command.rule_missing" where there is no such method, it has no rule, or its field is not there.
absl::StatusOr<MethodRule> RuleOf(absl::string_view method);
// As RuleOf, for a rule that stands elsewhere and a request of this type.
absl::StatusOr<MethodRule> CompileRule(const Rule& rule,
                                       const google::protobuf::Descriptor& request);

// What the field holds; empty where it is not set.
std::string TargetField(const MethodRule& rule, const google::protobuf::Message& request);
std::string ProofField(const MethodRule& rule, const google::protobuf::Message& request);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_RULE_H_
