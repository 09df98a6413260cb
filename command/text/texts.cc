#include "command/text/texts.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "base/language.h"
#include "base/own_text.h"
#include "base/template.h"
#include "google/protobuf/util/message_differencer.h"

namespace muniment::command {

using google::protobuf::util::MessageDifferencer;

namespace {

bool Controls(absl::string_view part, bool many_lines) {
  return std::any_of(part.begin(), part.end(), [many_lines](const char c) {
    const auto code = static_cast<unsigned char>(c);
    return (code < 0x20 && !(many_lines && c == '\n')) || code == 0x7f;
  });
}

absl::Status CheckPart(const OwnTextPart& part, const std::string& said,
                       const std::vector<absl::string_view>& variables) {
  if (Controls(said, part.many_lines)) {
    return Error(absl::StatusCode::kInvalidArgument, "message_text.control_character",
                 "It may hold no control characters, and line breaks in its text and footer alone.");
  }
  return Template::Parse(said, variables).status();
}

absl::Status CheckText(MessageKind kind, const event::v1::MessageText& text) {
  const auto variables = MessageVariables(kind);
  bool says = false;
  for (const OwnTextPart& part : OwnTextParts()) {
    const std::string& said = part.Of(text);
    says = says || !said.empty();
    absl::Status status = CheckPart(part, said, variables);
    if (status.ok()) continue;
    SetErrorFact(status, "field", part.name);
    return status;
  }
  if (says) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "message_text.empty",
               "No part of it says anything: a text is taken back by its reset.");
}

}  // namespace

void Fold(Texts& texts, const event::v1::MessageTextSet& event) {
  texts.messages[{event.type(), event.language()}] = event.text();
}

void Fold(Texts& texts, const event::v1::MessageTextRemoved& event) {
  texts.messages.erase({event.type(), event.language()});
}

absl::Status SetMessageText(Unit& unit, const Scope& scope, event::v1::MessageType type,
                            absl::string_view language, const event::v1::MessageText& text) {
  ASSIGN_OR_RETURN(const absl::string_view tag, FindSupportedLanguage(language));
  ASSIGN_OR_RETURN(const MessageKind kind, KindOf(type));
  RETURN_IF_ERROR(CheckText(kind, text));
  ASSIGN_OR_RETURN(const auto texts, unit.LoadAny<Texts>(scope));
  if (texts.version() > 0) unit.AnswerWith(texts);
  const auto standing = texts->messages.find({type, std::string(tag)});
  if (standing != texts->messages.end() && MessageDifferencer::Equals(standing->second, text)) {
    return absl::OkStatus();
  }
  event::v1::MessageTextSet set;
  set.set_type(type);
  set.set_language(std::string(tag));
  *set.mutable_text() = text;
  unit.Raise(texts, std::move(set));
  return absl::OkStatus();
}

absl::Status ResetMessageText(Unit& unit, const Scope& scope, event::v1::MessageType type,
                              absl::string_view language) {
  RETURN_IF_ERROR(KindOf(type).status());
  ASSIGN_OR_RETURN(const absl::string_view tag, FindSupportedLanguage(language));
  ASSIGN_OR_RETURN(const auto texts, unit.LoadAny<Texts>(scope));
  if (!texts->messages.contains({type, std::string(tag)})) {
    return Error(absl::StatusCode::kNotFound, "message_text.not_found",
                 "There is no own text of this message in this language here.");
  }
  event::v1::MessageTextRemoved removed;
  removed.set_type(type);
  removed.set_language(std::string(tag));
  unit.Raise(texts, std::move(removed));
  return absl::OkStatus();
}

absl::StatusOr<MessageText> MessageTextFor(Unit& unit, absl::string_view organization_id,
                                           MessageKind kind, const MessageText& built_in) {
  MessageText text = built_in;
  const std::pair<event::v1::MessageType, std::string> key(TypeOf(kind), built_in.language);
  std::vector<Scope> scopes = {InstanceScope()};
  if (!organization_id.empty()) scopes.push_back(OrgScope(organization_id));
  // All that may be cold is asked for before the first is waited for.
  for (const Scope& scope : scopes) (void)unit.LoadAny<Texts>(scope);
  for (const Scope& scope : scopes) {
    ASSIGN_OR_RETURN(const auto texts, unit.LoadAny<Texts>(scope));
    const auto own = texts->messages.find(key);
    if (own != texts->messages.end()) PutOwnText(own->second, &text);
  }
  return text;
}

}  // namespace muniment::command
