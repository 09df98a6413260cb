#include "command/application/state.h"

#include "command/change_state.h"

namespace muniment::command {

namespace {

constexpr Refusal<ApplicationState> kDeactivate[] = {
    {ApplicationState::kInactive, "application.already_inactive",
     "The application is inactive already."},
};
constexpr Refusal<ApplicationState> kReactivate[] = {
    {ApplicationState::kActive, "application.not_inactive", "The application is not inactive."},
};

}  // namespace

absl::Status MayBecome(const Application& application, const event::v1::ApplicationDeactivated&) {
  return RefusedIn<ApplicationState>(application.state, kDeactivate);
}
absl::Status MayBecome(const Application& application, const event::v1::ApplicationReactivated&) {
  return RefusedIn<ApplicationState>(application.state, kReactivate);
}

}  // namespace muniment::command
