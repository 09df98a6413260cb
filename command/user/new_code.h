// The pieces of a code that is made within a command and typed by a person: how the instance lets
// such codes be made, whether one more message may go out, and the code itself. For issue_code.cc
// and the one-time codes of sessions.
#ifndef MUNIMENT_COMMAND_USER_NEW_CODE_H_
#define MUNIMENT_COMMAND_USER_NEW_CODE_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/code.h"
#include "command/unit.h"
#include "command/user/codes.h"
#include "muniment/event/v1/policy.pb.h"

namespace muniment::command {

// FAILED_PRECONDITION "secret_generators.default_missing".
absl::StatusOr<CodeGenerator> LoadGenerator(Unit& unit, event::v1::GeneratorType type);

// RESOURCE_EXHAUSTED "code.sent_too_often" with the fact kRetryAfter.
absl::Status MayBeSent(const UserCodes& codes, event::v1::CodeChannel channel, absl::Time now);

// Made now; where it goes is the caller's to say.
event::v1::Code NewCode(Unit& unit, const CodeGenerator& generator, event::v1::CodeChannel channel);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_NEW_CODE_H_
