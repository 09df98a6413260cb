#include "command/org/state.h"

#include "command/change_state.h"

namespace muniment::command {

namespace {

using Refused = Refusal<OrgState>;

constexpr Refused kDeactivate[] = {
    {OrgState::kInactive, "org.already_inactive", "The organization is inactive already."},
};
constexpr Refused kActivate[] = {
    {OrgState::kActive, "org.not_inactive", "The organization is not inactive."},
};

}  // namespace

absl::Status MustBeActive(const Org& org) {
  if (org.active()) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "org.not_active",
               "The organization is not active.");
}

absl::Status MayBecome(const Org& org, const event::v1::OrgDeactivated&) {
  return RefusedIn<OrgState>(org.state, kDeactivate);
}

absl::Status MayBecome(const Org& org, const event::v1::OrgReactivated&) {
  return RefusedIn<OrgState>(org.state, kActivate);
}

}  // namespace muniment::command
