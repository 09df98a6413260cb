#include "command/user/new_code.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/email_address.h"
#include "base/error_facts.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "google/protobuf/util/time_util.h"

namespace muniment::command {

using google::protobuf::util::TimeUtil;

namespace {

// Whom a message reaches, however the address is spelled. Those whose address is not verified count
// together, wherever they are; who has it verified counts with those of his organization alone, so
// that nobody's claims cut him off from his own mailbox.
std::string Receiver(const User& user, event::v1::CodeChannel channel) {
  const bool by_sms = channel == event::v1::CODE_CHANNEL_SMS;
  std::string to = by_sms ? user.phone : user.email;
  if (!by_sms) {
    const auto mail = ParseEmailAddress(to);
    if (mail.ok()) to = FoldName(mail->envelope());
  }
  const bool verified = by_sms ? user.phone_verified : user.email_verified;
  return verified ? absl::StrCat(to, " ", user.organization_id) : to;
}

}  // namespace

absl::Status MayBeSent(Unit& unit, const User& user, const UserCodes& codes,
                       event::v1::CodeChannel channel) {
  const auto messages = codes.messages.find(channel);
  absl::Duration pause = absl::ZeroDuration();
  if (messages != codes.messages.end()) pause = PauseBeforeMessage(messages->second, unit.Now());
  if (pause == absl::ZeroDuration()) pause = unit.CountMessage(Receiver(user, channel));
  if (pause == absl::ZeroDuration()) return absl::OkStatus();
  absl::Status status = Error(absl::StatusCode::kResourceExhausted, "code.sent_too_often",
                              "Codes were sent there too often; wait a little.");
  SetErrorFact(status, kRetryAfter, RetryAfter(pause));
  return status;
}

event::v1::Code NewCode(Unit& unit, const CodeGenerator& generator,
                        event::v1::CodeChannel channel) {
  event::v1::Code code;
  code.set_code(unit.NewCode(generator));
  *code.mutable_issued_at() = ToTimestamp(unit.Now());
  if (generator.lifetime > absl::ZeroDuration()) {
    *code.mutable_lifetime() =
        TimeUtil::NanosecondsToDuration(absl::ToInt64Nanoseconds(generator.lifetime));
  }
  code.set_channel(channel);
  return code;
}

// By the code and not by the generator: the settings may be others by now.
bool IsCode(absl::string_view typed, const event::v1::Code& code) {
  const std::string& made = code.code();
  CodeGenerator shape;
  shape.lower_letters = std::any_of(made.begin(), made.end(), absl::ascii_islower);
  return SameCode(shape, typed, made);
}

absl::Time ExpiryOf(const event::v1::Code& code) {
  if (!code.has_lifetime()) return absl::InfiniteFuture();
  return ToTime(code.issued_at()) + ToDuration(code.lifetime());
}

absl::Status WrongCode() {
  return Error(absl::StatusCode::kInvalidArgument, "code.invalid",
               "The code is wrong, was used, or was replaced by another.");
}

absl::Status MustBeInTime(const event::v1::Code& code, absl::Time now) {
  if (now < ExpiryOf(code)) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "code.expired",
               "The code's time is over; ask for a new one.");
}

}  // namespace muniment::command
