// The codes that were made for a user, as decisions see them: for each purpose the newest, how
// often it was guessed wrong, and when codes went out lately.
#ifndef MUNIMENT_COMMAND_USER_CODES_H_
#define MUNIMENT_COMMAND_USER_CODES_H_

#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "command/message_pace.h"
#include "command/user/user.h"
#include "muniment/event/v1/credential.visit.h"

namespace muniment::command {

// So many wrong tries void a code.
inline constexpr int kMaxCodeFailures = 6;

struct UserCodes {
  using Event = event::v1::UserCodeEvent;
  using Ignored = Kinds<event::v1::EmailCodeSent, event::v1::PhoneCodeSent,
                        event::v1::PasswordCodeSent, event::v1::PasskeyCodeSent,
                        event::v1::InviteCodeSent>;
  static constexpr absl::string_view kNoun = "user.code";

  struct Pending {
    event::v1::Code code;
    int failures = 0;
  };

  // By purpose; a code that was used, voided or guessed wrong too often is not in here.
  absl::btree_map<event::v1::CodePurpose, Pending> pending;
  // When messages were asked for, by mail and by SMS, oldest first, at most as many as
  // PauseBeforeMessage (command/message_pace.h) looks at. By the way, not the address: who changes
  // it to reach others gains nothing; and who has many users with one address neither, for addresses
  // are counted beside.
  absl::btree_map<event::v1::CodeChannel, std::vector<absl::Time>> messages;

  bool exists() const { return !pending.empty(); }
  size_t bytes() const { return pending.size() * 256 + messages.size() * 256; }
};

// Whether what the code was made for is the user's to this day; a code that was made for no address
// always does. Neither a check nor a message counts where it does not.
bool ReachesNow(const User& user, const event::v1::Code& code);

void Fold(UserCodes& codes, const event::v1::EmailCodeAdded& event);
void Fold(UserCodes& codes, const event::v1::EmailVerificationFailed& event);
void Fold(UserCodes& codes, const event::v1::PhoneCodeAdded& event);
void Fold(UserCodes& codes, const event::v1::PhoneVerificationFailed& event);
void Fold(UserCodes& codes, const event::v1::PasswordCodeAdded& event);
void Fold(UserCodes& codes, const event::v1::PasswordCodeFailed& event);
void Fold(UserCodes& codes, const event::v1::PasskeyCodeAdded& event);
void Fold(UserCodes& codes, const event::v1::PasskeyCodeFailed& event);
void Fold(UserCodes& codes, const event::v1::InviteCodeAdded& event);
void Fold(UserCodes& codes, const event::v1::InviteCodeFailed& event);
void Fold(UserCodes& codes, const event::v1::CodeUsed& event);
void Fold(UserCodes& codes, const event::v1::CodeVoided& event);
void Fold(UserCodes& codes, const event::v1::MessageAsked& event);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_CODES_H_
