#include "tests/matrix/mutants.h"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/access.h"
#include "gateway/services.h"
#include "muniment/binding_options.pb.h"
#include "query/handler.h"

namespace muniment::matrix {

using google::protobuf::MethodDescriptor;

namespace {

// The object is no constant: the pool made it, and hands it out as one.
google::protobuf::MethodOptions& OptionsOf(const MethodDescriptor& method) {
  return const_cast<google::protobuf::MethodOptions&>(method.options());
}

void Put(const Mutant& mutant) {
  auto& options = OptionsOf(*mutant.method);
  if (mutant.rule.has_value()) *options.MutableExtension(muniment::rule) = *mutant.rule;
  if (mutant.with.has_value()) {
    options.MutableExtension(muniment::binds)->set_with(*mutant.with);
  }
}

// What the mutant changes, as it is.
Mutant Unchanged(const Mutant& mutant) {
  const auto& options = mutant.method->options();
  Mutant before{.method = mutant.method};
  if (mutant.rule.has_value()) before.rule = options.GetExtension(muniment::rule);
  if (mutant.with.has_value()) before.with = options.GetExtension(muniment::binds).with();
  return before;
}

// Nobody's permission decides any more.
void LetIn(Rule& rule, bool everybody) {
  rule.clear_permission();
  rule.clear_target();
  rule.clear_field();
  rule.clear_self();
  rule.clear_proof();
  rule.clear_within();
  rule.clear_domain();
  rule.set_open(everybody);
  rule.set_authenticated(!everybody);
}

bool FindQuery(const MethodDescriptor& method) {
  const std::string name = absl::StrCat(method.service()->full_name(), "/", method.name());
  const auto& queries = query::Handlers();
  return std::any_of(queries.begin(), queries.end(),
                     [&name](const auto& handler) { return handler.method == name; });
}

// Whether a role on this level can lead to such a target.
bool Counts(Level level, TargetKind target) {
  switch (target) {
    case TARGET_INSTANCE:
      return level == Level::kInstance;
    case TARGET_ORG:
    case TARGET_USER:
    case TARGET_SESSION:
    case TARGET_GROUP:
      return level == Level::kInstance || level == Level::kOrg;
    default:
      return level != Level::kSystem;
  }
}

// Whether all roles that count for the rule's target hold both permissions or neither. Those of a
// resource stand behind its level's name.
bool HeldAlike(const Rule& rule, const Rule& other) {
  const bool resource = rule.target() == TARGET_RESOURCE;
  const std::vector<std::string> levels =
      resource ? std::vector<std::string>{"iam.", "org.", "project.", "project.grant."}
               : std::vector<std::string>{""};
  for (const Role& role : AllRoles()) {
    if (!Counts(role.level, rule.target())) continue;
    for (const std::string& level : levels) {
      if (role.permissions.Has(level + rule.permission()) !=
          role.permissions.Has(level + other.permission())) {
        return false;
      }
    }
  }
  return true;
}

class Maker {
 public:
  explicit Maker(const MethodDescriptor& method)
      : method_(&method), rule_(method.options().GetExtension(muniment::rule)) {}

  void Add(const std::string& change, const std::function<void(Rule&)>& apply) {
    Rule changed = rule_;
    apply(changed);
    if (changed.SerializeAsString() == rule_.SerializeAsString()) return;
    mutants_.push_back({.method = method_, .change = change, .rule = std::move(changed)});
  }
  const Rule& rule() const { return rule_; }
  std::vector<Mutant> Take() { return std::move(mutants_); }

 private:
  const MethodDescriptor* method_;
  const Rule rule_;
  std::vector<Mutant> mutants_;
};

}  // namespace

std::vector<std::string> AskedPermissions() {
  std::set<std::string> asked;
  for (const auto* method : gateway::PublishedMethods()) {
    const Rule& rule = method->options().GetExtension(muniment::rule);
    // Behind the level of a resource.
    if (!rule.permission().empty() && rule.target() != TARGET_RESOURCE) {
      asked.insert(rule.permission());
    }
  }
  return {asked.begin(), asked.end()};
}

std::vector<Mutant> MutantsOf(const MethodDescriptor& method,
                              const std::vector<std::string>& permissions) {
  if (!method.options().HasExtension(muniment::rule)) return {};
  Maker maker(method);
  const Rule& rule = maker.rule();
  const bool resource = rule.target() == TARGET_RESOURCE;
  const std::vector<std::string> levels = {"member.read", "member.write", "member.delete"};
  if (!rule.permission().empty()) {
    for (const std::string& other : resource ? levels : permissions) {
      maker.Add(absl::StrCat("permission ", other), [&](Rule& r) { r.set_permission(other); });
    }
    maker.Add("no permission", [](Rule& r) { r.clear_permission(); });
  }
  maker.Add("authenticated", [](Rule& r) { LetIn(r, false); });
  maker.Add("open", [](Rule& r) { LetIn(r, true); });
  maker.Add("on the instance", [](Rule& r) {
    const std::string permission = r.permission().empty() ? "iam.read" : r.permission();
    LetIn(r, true);
    r.clear_open();
    r.set_permission(permission);
    r.set_target(TARGET_INSTANCE);
  });
  for (int target = TARGET_INSTANCE; target <= TargetKind_MAX; ++target) {
    maker.Add(absl::StrCat("target ", TargetKind_Name(target)),
              [&](Rule& r) { r.set_target(static_cast<TargetKind>(target)); });
  }
  for (int self = 0; self <= SelfRule_MAX; ++self) {
    maker.Add(absl::StrCat("self ", SelfRule_Name(self)),
              [&](Rule& r) { r.set_self(static_cast<SelfRule>(self)); });
  }
  maker.Add("no field", [](Rule& r) { r.clear_field(); });
  maker.Add("no proof", [](Rule& r) { r.clear_proof(); });
  maker.Add("no within", [](Rule& r) { r.clear_within(); });
  maker.Add("no domain", [](Rule& r) { r.clear_domain(); });
  maker.Add("before password change", [](Rule& r) {
    r.set_before_password_change(!r.before_password_change());
  });
  return maker.Take();
}

const char* SameBecause(const Mutant& mutant) {
  if (!mutant.rule.has_value()) return nullptr;
  const Rule& rule = mutant.method->options().GetExtension(muniment::rule);
  const Rule& changed = *mutant.rule;
  const bool for_all = changed.open() || changed.authenticated();
  if (for_all && rule.open() == changed.open() &&
      (rule.open() || rule.before_password_change() == changed.before_password_change())) {
    return "what everybody may do has no target";
  }
  if (rule.self() != changed.self()) {
    const TargetKind target = rule.target();
    const bool list = target == TARGET_VISIBLE || target == TARGET_SESSION;
    if (target != TARGET_USER && !list) return "only users, sessions and lists are somebody's own";
    const bool query = FindQuery(*mutant.method);
    if ((list || query) && rule.self() != SELF_ALLOW && changed.self() != SELF_ALLOW) {
      return "a fresh proof is asked of who changes a user";
    }
  }
  const bool permission = rule.permission() != changed.permission();
  const bool own = rule.target() == TARGET_USER && rule.self() == SELF_ALLOW && rule.field().empty();
  if (permission && own && !changed.open() && rule.target() == changed.target() &&
      rule.self() == changed.self()) {
    return "what is always about the caller takes no permission";
  }
  if (permission && rule.target() == changed.target() && !changed.permission().empty() &&
      HeldAlike(rule, changed)) {
    return "no role that counts there has one of the permissions without the other";
  }
  return nullptr;
}

Mutated::Mutated(const Mutant& mutant) : before_(Unchanged(mutant)) { Put(mutant); }

Mutated::~Mutated() { Put(before_); }

}  // namespace muniment::matrix
