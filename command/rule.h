// Who may call a method, compiled from the muniment.rule option on its descriptor.
#ifndef MUNIMENT_COMMAND_RULE_H_
#define MUNIMENT_COMMAND_RULE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/caller.h"
#include "google/protobuf/message.h"
#include "muniment/options.pb.h"

namespace muniment::command {

struct MethodRule {
  Rule rule;
  // To the request's field with the target's id; empty where the rule names none.
  std::vector<const google::protobuf::FieldDescriptor*> path;
  // To the one with a token of the target; empty likewise.
  std::vector<const google::protobuf::FieldDescriptor*> proof;
  // To the one with the organization within which a PROJECT_ACCESS target is meant, or with the
  // project of an APPLICATION that is changed.
  std::vector<const google::protobuf::FieldDescriptor*> within;
  // To the one that names an ORG target by its domain.
  std::vector<const google::protobuf::FieldDescriptor*> domain;
};

// The rule of a published method, "zitadel.user.v2.UserService/AddHumanUser"; of another's twin
// (muniment/binding_options.proto) compiled for the other's request, which is what decides. INTERNAL
// "command.rule_missing" where there is no such method, it has no rule, or its field is not there.
absl::StatusOr<MethodRule> RuleOf(absl::string_view method);
// As RuleOf, for a rule that stands elsewhere and a request of this type.
absl::StatusOr<MethodRule> CompileRule(const Rule& rule,
                                       const google::protobuf::Descriptor& request);

// The id of the rule's target: what its field holds, or where that says nothing, of an ORG target the
// organization in which the call works, of a USER target without a field the caller. Empty for none.
// Of an APPLICATION within a project the id of its aggregate, "project/application".
std::string TargetOf(const MethodRule& rule, const google::protobuf::Message& request,
                     const Caller& caller);
// What the rule's proof field holds; empty where it is not set.
std::string ProofField(const MethodRule& rule, const google::protobuf::Message& request);
std::string WithinField(const MethodRule& rule, const google::protobuf::Message& request);
std::string DomainField(const MethodRule& rule, const google::protobuf::Message& request);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_RULE_H_
