#include "base/message_text.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/error.h"
#include "base/language.h"
#include "base/message_texts.h"

namespace muniment {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

constexpr absl::string_view kEnglish = "en";

struct Language {
  std::string tag;
  std::vector<MessageText> texts;  // in order of AllMessageKinds
};

absl::Status Malformed(absl::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "message_text.malformed", what);
}

const MessagePart* PartOf(absl::string_view name) {
  for (const MessagePart& part : MessageParts()) {
    if (part.name == name) return &part;
  }
  return nullptr;
}

absl::StatusOr<MessageText> ParseText(MessageKind kind, const Value& value) {
  const absl::string_view message = MessageName(kind);
  if (!value.has_struct_value()) return Malformed(absl::StrCat(message, " is missing."));
  MessageText text;
  for (const auto& [name, content] : value.struct_value().fields()) {
    const MessagePart* const part = PartOf(name);
    if (part == nullptr || content.kind_case() != Value::kStringValue) {
      return Malformed(absl::StrCat(message, ".", name, " is no text of a message."));
    }
    RETURN_IF_ERROR(Template::Parse(content.string_value(), MessageVariables(kind)).status());
    text.*(part->field) = content.string_value();
  }
  return text;
}

std::vector<Language> BuiltIn() {
  std::vector<Language> languages;
  for (const auto& [tag, json] : MessageTextFiles()) {
    auto texts = ParseMessageTexts(tag, json);
    MUNIMENT_CHECK(texts.ok());
    languages.push_back({std::string(tag), *std::move(texts)});
  }
  // The first is what others fall back to.
  std::stable_partition(languages.begin(), languages.end(),
                        [](const Language& language) { return language.tag == kEnglish; });
  MUNIMENT_CHECK(!languages.empty() && languages[0].tag == kEnglish);
  return languages;
}

const std::vector<Language>& Languages() {
  static const auto* const languages = new std::vector<Language>(BuiltIn());
  return *languages;
}

}  // namespace

const std::vector<MessagePart>& MessageParts() {
  static const auto* const parts = new std::vector<MessagePart>{
      {"title", &MessageText::title},           {"preHeader", &MessageText::pre_header},
      {"subject", &MessageText::subject},       {"greeting", &MessageText::greeting},
      {"text", &MessageText::text},             {"buttonText", &MessageText::button_text},
      {"footerText", &MessageText::footer_text}};
  return *parts;
}

const std::vector<MessageKind>& AllMessageKinds() {
  static const auto* const kinds = new std::vector<MessageKind>{
      MessageKind::kInitCode,      MessageKind::kPasswordReset,
      MessageKind::kVerifyEmail,   MessageKind::kVerifyPhone,
      MessageKind::kVerifySmsOtp,  MessageKind::kVerifyEmailOtp,
      MessageKind::kDomainClaimed, MessageKind::kPasswordlessRegistration,
      MessageKind::kPasswordChange, MessageKind::kInviteUser};
  return *kinds;
}

absl::string_view MessageName(MessageKind kind) {
  switch (kind) {
    case MessageKind::kInitCode: return "InitCode";
    case MessageKind::kPasswordReset: return "PasswordReset";
    case MessageKind::kVerifyEmail: return "VerifyEmail";
    case MessageKind::kVerifyPhone: return "VerifyPhone";
    case MessageKind::kVerifySmsOtp: return "VerifySMSOTP";
    case MessageKind::kVerifyEmailOtp: return "VerifyEmailOTP";
    case MessageKind::kDomainClaimed: return "DomainClaimed";
    case MessageKind::kPasswordlessRegistration: return "PasswordlessRegistration";
    case MessageKind::kPasswordChange: return "PasswordChange";
    case MessageKind::kInviteUser: return "InviteUser";
  }
  return "";
}

std::vector<std::string> MessageLanguages() {
  std::vector<std::string> tags;
  for (const Language& language : Languages()) tags.push_back(language.tag);
  return tags;
}

const MessageText& BuiltInMessageText(MessageKind kind, const std::vector<std::string>& languages,
                                      const std::vector<std::string>& allowed) {
  static const auto* const there = new std::vector<std::string>(MessageLanguages());
  const Language& found = Languages()[ChooseLanguage(*there, languages, allowed)];
  const auto& kinds = AllMessageKinds();
  const auto place = std::find(kinds.begin(), kinds.end(), kind) - kinds.begin();
  return found.texts[static_cast<size_t>(place)];
}

absl::StatusOr<std::vector<MessageText>> ParseMessageTexts(absl::string_view language,
                                                           absl::string_view json) {
  Struct messages;
  if (!google::protobuf::util::JsonStringToMessage(std::string(json), &messages).ok()) {
    return Malformed("The texts are no JSON object.");
  }
  std::vector<MessageText> texts;
  for (const MessageKind kind : AllMessageKinds()) {
    const std::string name(MessageName(kind));
    const auto found = messages.fields().find(name);
    ASSIGN_OR_RETURN(MessageText text,
                     ParseText(kind, found == messages.fields().end() ? Value() : found->second));
    text.language = std::string(language);
    texts.push_back(std::move(text));
    messages.mutable_fields()->erase(name);
  }
  if (messages.fields().empty()) return texts;
  return Malformed(absl::StrCat(messages.fields().begin()->first, " is no message."));
}

}  // namespace muniment
