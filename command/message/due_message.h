// Messages to people that the log asks for (muniment.work on the kinds that do), and what became of
// them: for the reactor that sends them (gateway/reactors/messages.h), which runs these as the
// system.
//
//   std::optional<DueMessage> due;
//   RETURN_IF_ERROR(action.Run([&](Unit& unit) -> absl::Status {
//     ASSIGN_OR_RETURN(due, DueCode(unit, user_id, event::v1::CODE_PURPOSE_EMAIL));
//     return absl::OkStatus();
//   }));
//   if (!due.has_value()) ...   // it is not to be sent, ever
//
// What is due is decided from the newest state, whatever was asked for: the code is the one that
// counts, and in time; the address is still the user's; the user stands. A code's text leaves the
// log's seal here and in its check, and nowhere else.
#ifndef MUNIMENT_COMMAND_MESSAGE_DUE_MESSAGE_H_
#define MUNIMENT_COMMAND_MESSAGE_DUE_MESSAGE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/work_id.h"
#include "command/instance/instance.h"
#include "command/unit.h"
#include "command/user/codes.h"
#include "command/user/user.h"

namespace muniment::command {

struct DueMessage {
  std::string user_id;
  User user;
  Instance instance;
  // What it may be in, as ChooseLanguage (base/language.h) takes it.
  std::vector<std::string> allowed_languages;
  // Its channel and address say where it goes. Of a message without a code they alone are set.
  event::v1::Code code;
  std::string session_id;  // of a session's one-time code
};

// Nothing: it is not to be sent.
absl::StatusOr<std::optional<DueMessage>> DueCode(Unit& unit, absl::string_view user_id,
                                                  event::v1::CodePurpose purpose);
absl::StatusOr<std::optional<DueMessage>> DueOtp(Unit& unit, absl::string_view session_id,
                                                 event::v1::CodeChannel channel);
// Where the organization's notification policy wants it, and to a proved address alone.
absl::StatusOr<std::optional<DueMessage>> DuePasswordChange(Unit& unit, absl::string_view user_id);
// While his name is the temporary one, and to a proved address alone.
absl::StatusOr<std::optional<DueMessage>> DueDomainClaimed(Unit& unit, absl::string_view user_id);

// It was sent. Where the same thing was asked for anew since, that is still to be sent, and of this
// nothing but the work's end is raised.
absl::Status RaiseCodeSent(Unit& unit, const WorkId& work, event::v1::CodePurpose purpose,
                           const DueMessage& sent);
absl::Status RaiseOtpSent(Unit& unit, const WorkId& work, event::v1::CodeChannel channel,
                          const DueMessage& sent);
absl::Status RaisePasswordChangeSent(Unit& unit, const WorkId& work, const DueMessage& sent);
absl::Status RaiseDomainClaimedSent(Unit& unit, const WorkId& work, const DueMessage& sent);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_MESSAGE_DUE_MESSAGE_H_
