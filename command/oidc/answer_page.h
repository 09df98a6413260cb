// What a browser that was sent to our own page with an answer brings on: tokens of an implicit sign-in,
// which are made then, once, or what a form is to post. As token.h.
#ifndef MUNIMENT_COMMAND_OIDC_ANSWER_PAGE_H_
#define MUNIMENT_COMMAND_OIDC_ANSWER_PAGE_H_

#include "absl/status/statusor.h"
#include "command/handler.h"
#include "muniment/oidc/v1/oidc.pb.h"

namespace muniment::command {

// By the parameter `code`, of a request that was answered, or `failed`, of one that failed. Errors are
// for the person who sits there.
absl::StatusOr<oidc::v1::Answer> MakeAnswer(Unit& unit, const oidc::v1::Request& request);

const Handler& MakeAnswerHandler();

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_OIDC_ANSWER_PAGE_H_
