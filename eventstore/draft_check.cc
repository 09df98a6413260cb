#include "eventstore/draft_check.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "google/protobuf/message.h"

namespace muniment::eventstore {

using google::protobuf::Message;

namespace {

constexpr size_t kMaxIdBytes = 512;

bool ValidId(absl::string_view id) { return id.size() <= kMaxIdBytes && ValidUtf8(id); }

// Of a message that holds nothing else.
bool ValidTexts(const Message& message) {
  std::vector<const google::protobuf::FieldDescriptor*> set;
  message.GetReflection()->ListFields(message, &set);
  return std::all_of(set.begin(), set.end(), [&message](const auto* field) {
    return ValidUtf8(message.GetReflection()->GetString(message, field));
  });
}

}  // namespace

bool ValidPerson(absl::string_view id) { return ValidId(id) && (id.empty() || id[0] != '/'); }

absl::Status InvalidId() {
  return Error(absl::StatusCode::kInvalidArgument, "event.id_invalid",
               "An id is UTF-8 of at most 512 bytes and does not begin with a slash.");
}

absl::Status InvalidText() {
  return Error(absl::StatusCode::kInvalidArgument, "event.text_invalid",
               "A text is not valid UTF-8.");
}

absl::Status CheckDraft(const EventDraft& draft, const KindPlan& kind) {
  if (draft.stream.id.empty() || !ValidPerson(draft.stream.id) || !ValidId(draft.owner) ||
      !ValidPerson(draft.actor)) {
    return InvalidId();
  }
  if (!ValidPerson(draft.reported_of)) return InvalidId();
  if (draft.context != nullptr && !ValidTexts(*draft.context)) return InvalidText();
  if (draft.reported != nullptr && !ValidTexts(*draft.reported)) return InvalidText();
  if (kind.level > kFormatLevel) {
    return Error(absl::StatusCode::kFailedPrecondition, "store.level_too_high",
                 "This program does not write this kind of event.");
  }
  return absl::OkStatus();
}

}  // namespace muniment::eventstore
