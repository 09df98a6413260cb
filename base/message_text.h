// The texts of messages to people, as they stand in base/message_texts/<language>.json: one object a
// message, by its published name, with the published names of its parts. A language more is a file
// more. Whoever has texts of his own hands those to the composer instead.
//
//   const MessageText& text =
//       BuiltInMessageText(MessageKind::kPasswordReset, {"de-CH", "en"}, allowed);
//
// Texts are plain, with placeholders of MessageVariables (template.h) and no markup; an empty line
// parts paragraphs. Immutable, thread-safe.
#ifndef MUNIMENT_BASE_MESSAGE_TEXT_H_
#define MUNIMENT_BASE_MESSAGE_TEXT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/template.h"

namespace muniment {

struct MessageText {
  std::string language;  // BCP 47
  std::string title;
  std::string pre_header;
  std::string subject;
  std::string greeting;
  std::string text;  // of an SMS: all of it
  std::string button_text;
  std::string footer_text;
};

// A part by its published name, "preHeader".
struct MessagePart {
  absl::string_view name;
  std::string MessageText::* field;
};
const std::vector<MessagePart>& MessageParts();

const std::vector<MessageKind>& AllMessageKinds();
// "PasswordReset".
absl::string_view MessageName(MessageKind kind);

// Those that there are texts for, English first.
std::vector<std::string> MessageLanguages();

// In the one that ChooseLanguage (base/language.h) gives to who wants `languages`.
const MessageText& BuiltInMessageText(MessageKind kind, const std::vector<std::string>& languages,
                                      const std::vector<std::string>& allowed = {});

// INVALID_ARGUMENT "message_text.malformed" for what is no object of messages, with the name that is
// unknown or missing; those of Template::Parse. In order of AllMessageKinds.
absl::StatusOr<std::vector<MessageText>> ParseMessageTexts(absl::string_view language,
                                                           absl::string_view json);

}  // namespace muniment

#endif  // MUNIMENT_BASE_MESSAGE_TEXT_H_
