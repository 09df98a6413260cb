// Messages for tests of what sends and shows them.
#ifndef MUNIMENT_TESTS_GATEWAY_SAMPLE_MESSAGE_H_
#define MUNIMENT_TESTS_GATEWAY_SAMPLE_MESSAGE_H_

#include <string>
#include <utility>

#include "gateway/message/message.h"

namespace muniment::gateway {

inline Draft SampleDraft(MessageKind kind, const std::string& name = "Ada Lovelace") {
  Draft draft;
  draft.key = "1/message.email_code/user/4711/12";
  draft.kind = kind;
  draft.event_type = "user.human.email.code.added";
  draft.to = "ada@example.org";
  draft.login_names = {"ada", "ada@acme.example"};
  draft.values = {{"UserID", "4711"},
                  {"OrgID", "100"},
                  {"DisplayName", name},
                  {"FirstName", "Ada"},
                  {"PreferredLoginName", "ada"},
                  {"LoginNames", "ada, ada@acme.example"}};
  for (const absl::string_view variable : MessageVariables(kind)) {
    if (variable == "Code") draft.values["Code"] = "ABC123";
    if (variable == "OTP") draft.values["OTP"] = "12345678";
    if (variable == "Expiry") draft.values["Expiry"] = "5m";
    if (variable == "Domain") draft.values["Domain"] = "id.example.com";
    if (variable == "ApplicationName") draft.values["ApplicationName"] = "Acme Mail";
    if (variable == "TempUsername") draft.values["TempUsername"] = "ada@temporary.example";
  }
  draft.url = "https://id.example.com/ui/v2/login/verify?code=ABC123&userId=4711";
  return draft;
}

inline Message SampleMail() {
  return *Compose(SampleDraft(MessageKind::kVerifyEmail),
                  BuiltInMessageText(MessageKind::kVerifyEmail, {"en"}));
}

inline Message SampleSms() {
  Draft draft = SampleDraft(MessageKind::kVerifySmsOtp);
  draft.key = "1/message.otp_sms/session/9/30";
  draft.event_type = "session.otp.sms.challenged";
  draft.channel = Channel::kSms;
  draft.to = "+41791234567";
  draft.url.clear();
  return *Compose(std::move(draft), BuiltInMessageText(MessageKind::kVerifySmsOtp, {"en"}));
}

}  // namespace muniment::gateway

#endif  // MUNIMENT_TESTS_GATEWAY_SAMPLE_MESSAGE_H_
