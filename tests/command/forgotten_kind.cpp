// Compiled by tests alone, never linked: with ALL_KINDS or IGNORED_KIND it is fine, without them a
// kind is forgotten.
#include "muniment/event/v1/member.visit.h"

namespace muniment::forgotten {

struct State {
  using Event = event::v1::MemberEvent;
#ifdef IGNORED_KIND
  using Ignored = Kinds<event::v1::MemberCascadeRemoved>;
#endif
};

void Fold(State&, const event::v1::MemberAdded&) {}
void Fold(State&, const event::v1::MemberChanged&) {}
void Fold(State&, const event::v1::MemberRemoved&) {}
#ifdef ALL_KINDS
void Fold(State&, const event::v1::MemberCascadeRemoved&) {}
#endif

void Use(State& state, const event::v1::MemberEvent& event) { FoldEvent(state, event); }

}  // namespace muniment::forgotten
