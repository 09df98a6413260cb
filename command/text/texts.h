// Texts of an instance's or an organization's own, as decisions see them.
#ifndef MUNIMENT_COMMAND_TEXT_TEXTS_H_
#define MUNIMENT_COMMAND_TEXT_TEXTS_H_

#include <string>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/message_text.h"
#include "command/unit.h"
#include "muniment/event/v1/text.visit.h"

namespace muniment::command {

struct Texts {
  using Event = event::v1::TextEvent;
  static constexpr absl::string_view kNoun = "message_text";

  // By message and language.
  absl::btree_map<std::pair<event::v1::MessageType, std::string>, event::v1::MessageText> messages;

  bool exists() const { return !messages.empty(); }
};

void Fold(Texts& texts, const event::v1::MessageTextSet& event);
void Fold(Texts& texts, const event::v1::MessageTextRemoved& event);

// The texts of one message, all parts of it. What stands already raises nothing. INVALID_ARGUMENT, with
// the part's name as fact "field": the errors of Template::Parse; "message_text.control_character" for
// one that holds more than letters and spaces, but for line breaks in the text and the footer;
// "message_text.empty" where no part says anything; those of FindSupportedLanguage.
absl::Status SetMessageText(Unit& unit, const Scope& scope, event::v1::MessageType type,
                            absl::string_view language, const event::v1::MessageText& text);

// NOT_FOUND "message_text.not_found" where there is none.
absl::Status ResetMessageText(Unit& unit, const Scope& scope, event::v1::MessageType type,
                              absl::string_view language);

// The text of a message to somebody of the organization in the language of `built_in`, which says what
// nobody else does.
absl::StatusOr<MessageText> MessageTextFor(Unit& unit, absl::string_view organization_id,
                                           MessageKind kind, const MessageText& built_in);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_TEXT_TEXTS_H_
