// An organization's core, as decisions see it.
#ifndef MUNIMENT_COMMAND_ORG_ORG_H_
#define MUNIMENT_COMMAND_ORG_ORG_H_

#include <string>

#include "absl/strings/string_view.h"
#include "muniment/event/v1/org.visit.h"

namespace muniment::command {

enum class OrgState { kNone, kActive, kInactive, kRemoved };

struct Org {
  using Event = event::v1::OrgEvent;
  static constexpr absl::string_view kNoun = "org";
  static constexpr TargetKind kTarget = TARGET_ORG;

  OrgState state = OrgState::kNone;
  std::string name;
  bool swept = false;  // of what it owned nothing is left

  bool exists() const { return state == OrgState::kActive || state == OrgState::kInactive; }
  bool active() const { return state == OrgState::kActive; }
};

void Fold(Org& org, const event::v1::OrgAdded& event);
void Fold(Org& org, const event::v1::OrgChanged& event);
void Fold(Org& org, const event::v1::OrgDeactivated& event);
void Fold(Org& org, const event::v1::OrgReactivated& event);
void Fold(Org& org, const event::v1::OrgRemoved& event);
void Fold(Org& org, const event::v1::OrgSwept& event);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_ORG_ORG_H_
