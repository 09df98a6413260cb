// What the log can hold: ids and texts of a draft, before it is encoded. For the codec.
#ifndef MUNIMENT_EVENTSTORE_DRAFT_CHECK_H_
#define MUNIMENT_EVENTSTORE_DRAFT_CHECK_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "eventstore/codec.h"
#include "eventstore/plan.h"

namespace muniment::eventstore {

// A person's id, or "". Names of streams' own keys begin with a slash.
bool ValidPerson(absl::string_view id);

// INVALID_ARGUMENT "event.id_invalid".
absl::Status InvalidId();
// INVALID_ARGUMENT "event.text_invalid".
absl::Status InvalidText();

// Those, and FAILED_PRECONDITION "store.level_too_high".
absl::Status CheckDraft(const EventDraft& draft, const KindPlan& kind);

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_DRAFT_CHECK_H_
