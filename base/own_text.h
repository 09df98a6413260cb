// Texts of one's own (muniment/event/v1/text.proto) over those that the platform brings
// (message_text.h). Pure.
#ifndef MUNIMENT_BASE_OWN_TEXT_H_
#define MUNIMENT_BASE_OWN_TEXT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/message_text.h"
#include "base/template.h"
#include "muniment/event/v1/text.pb.h"

namespace muniment {

event::v1::MessageType TypeOf(MessageKind kind);
// INVALID_ARGUMENT "message_text.type_missing" for none.
absl::StatusOr<MessageKind> KindOf(event::v1::MessageType type);

// One part of both.
struct OwnTextPart {
  absl::string_view name;  // of the event's field
  bool many_lines = false;
  const std::string& (event::v1::MessageText::*own)() const = nullptr;
  std::string MessageText::* built_in = nullptr;

  const std::string& Of(const event::v1::MessageText& text) const { return (text.*own)(); }
};
const std::vector<OwnTextPart>& OwnTextParts();

// What it says takes the place of what `text` says.
void PutOwnText(const event::v1::MessageText& own, MessageText* text);
// The whole of a text, as the event holds it.
event::v1::MessageText AsOwnText(const MessageText& text);

}  // namespace muniment

#endif  // MUNIMENT_BASE_OWN_TEXT_H_
