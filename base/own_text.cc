#include "base/own_text.h"

#include "base/error.h"

namespace muniment {

using Own = event::v1::MessageText;

event::v1::MessageType TypeOf(MessageKind kind) {
  return static_cast<event::v1::MessageType>(static_cast<int>(kind) + 1);
}

absl::StatusOr<MessageKind> KindOf(event::v1::MessageType type) {
  if (type == event::v1::MESSAGE_TYPE_UNSPECIFIED || !event::v1::MessageType_IsValid(type)) {
    return Error(absl::StatusCode::kInvalidArgument, "message_text.type_missing",
                 "The request names no message.");
  }
  return static_cast<MessageKind>(static_cast<int>(type) - 1);
}

static_assert(static_cast<int>(MessageKind::kInitCode) + 1 == event::v1::MESSAGE_TYPE_INIT_CODE);
static_assert(static_cast<int>(MessageKind::kVerifySmsOtp) + 1 ==
              event::v1::MESSAGE_TYPE_VERIFY_SMS_OTP);
static_assert(static_cast<int>(MessageKind::kInviteUser) + 1 ==
              event::v1::MESSAGE_TYPE_INVITE_USER);

const std::vector<OwnTextPart>& OwnTextParts() {
  static const auto* const parts = new std::vector<OwnTextPart>{
      {"title", false, &Own::title, &MessageText::title},
      {"pre_header", false, &Own::pre_header, &MessageText::pre_header},
      {"subject", false, &Own::subject, &MessageText::subject},
      {"greeting", false, &Own::greeting, &MessageText::greeting},
      {"text", true, &Own::text, &MessageText::text},
      {"button_text", false, &Own::button_text, &MessageText::button_text},
      {"footer_text", true, &Own::footer_text, &MessageText::footer_text},
  };
  return *parts;
}

void PutOwnText(const Own& own, MessageText* text) {
  for (const OwnTextPart& part : OwnTextParts()) {
    if (!part.Of(own).empty()) text->*part.built_in = part.Of(own);
  }
}

Own AsOwnText(const MessageText& text) {
  Own own;
  own.set_title(text.title);
  own.set_pre_header(text.pre_header);
  own.set_subject(text.subject);
  own.set_greeting(text.greeting);
  own.set_text(text.text);
  own.set_button_text(text.button_text);
  own.set_footer_text(text.footer_text);
  return own;
}

}  // namespace muniment
