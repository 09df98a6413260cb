#include "command/org/own_domain.h"

#include <optional>

#include "base/host_name.h"
#include "command/instance/instance.h"

namespace muniment::command {

namespace {

// A host of the instance, or below one.
bool IsOurs(const Instance& instance, absl::string_view domain) {
  for (absl::string_view name = domain;;) {
    if (instance.domains.contains(name)) return true;
    const size_t dot = name.find('.');
    if (dot == absl::string_view::npos) return false;
    name.remove_prefix(dot + 1);
  }
}

}  // namespace

absl::StatusOr<std::string> AdmitDomain(Unit& unit, absl::string_view text) {
  const std::optional<std::string> domain = DomainName(text);
  if (!domain.has_value()) {
    return Error(absl::StatusCode::kInvalidArgument, "org.domain_invalid",
                 "A domain is a name of at least two labels, such as example.com.");
  }
  ASSIGN_OR_RETURN(const auto instance, unit.LoadAny<Instance>(InstanceScope()));
  if (IsOurs(*instance, *domain)) {
    return Error(absl::StatusCode::kInvalidArgument, "org.domain_reserved",
                 "The domain is one of the instance's own.");
  }
  return *domain;
}

absl::StatusOr<OwnDomain> FindDomain(const OrgDomains& domains, absl::string_view text) {
  const std::string name = HostName(text).value_or(std::string(text));
  const auto found = domains.domains.find(name);
  if (found == domains.domains.end()) {
    return Error(absl::StatusCode::kNotFound, "org.domain_not_found",
                 "The organization has no such domain.");
  }
  return OwnDomain{name, found->second};
}

absl::Status MustBeUnproved(Unit& unit, const OwnDomain& own) {
  if (own.state.proved()) {
    return Error(absl::StatusCode::kFailedPrecondition, "org.domain_already_verified",
                 "The domain is proved already.");
  }
  ASSIGN_OR_RETURN(const auto instance, unit.LoadAny<Instance>(InstanceScope()));
  if (IsOurs(*instance, own.name)) {
    return Error(absl::StatusCode::kFailedPrecondition, "org.domain_already_verified",
                 "The domain is one of the instance's own and needs no proof.");
  }
  return absl::OkStatus();
}

}  // namespace muniment::command
