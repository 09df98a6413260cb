#include "command/org/org.h"

namespace muniment::command {

void Fold(Org& org, const event::v1::OrgAdded& event) {
  org.state = OrgState::kActive;
  org.name = event.name();
}

void Fold(Org& org, const event::v1::OrgChanged& event) { org.name = event.name(); }
void Fold(Org& org, const event::v1::OrgDeactivated&) { org.state = OrgState::kInactive; }
void Fold(Org& org, const event::v1::OrgReactivated&) { org.state = OrgState::kActive; }

void Fold(Org& org, const event::v1::OrgRemoved&) {
  org.state = OrgState::kRemoved;
  org.name.clear();
}

void Fold(Org& org, const event::v1::OrgSwept&) { org.swept = true; }

}  // namespace muniment::command
