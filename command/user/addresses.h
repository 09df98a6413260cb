// A person's e-mail address and phone number: how they change and how they are proved. What
// SetEmail, SetPhone, UpdateUser, UpdateHumanUser, CreateUser, AddHumanUser and the calls about
// codes share.
//
//   ASSIGN_OR_RETURN(const std::string code,
//                    ChangeEmail(unit, user, request.email(), VerificationOf(request)));
//   if (!code.empty()) response.set_verification_code(code);
//
// A new address counts at once and is not verified; codes that went to the old one, of whatever
// purpose, are void. A mailbox that is only spelled anew, in other letters' case or with its domain
// written otherwise, stays as verified and as proved as it was. The functions answer the code where
// it is to be returned, else "".
#ifndef MUNIMENT_COMMAND_USER_ADDRESSES_H_
#define MUNIMENT_COMMAND_USER_ADDRESSES_H_

#include <string>

#include "absl/status/statusor.h"
#include "command/unit.h"
#include "command/user/user.h"

namespace muniment::command {

// How a request wants an address proved.
struct Verification {
  enum class How {
    kNotSaid,  // a code is sent where the address is new
    kSend,
    kReturn,
    kVouched,
    kNone,  // is_verified: false. Unverified, and nothing is sent
  };
  How how = How::kNotSaid;
  std::string url_template = {};
};

// `Request` has the published oneof `verification`, or some of its members.
template <class Request>
Verification VerificationOf(const Request& request) {
  using How = Verification::How;
  if constexpr (requires { request.is_verified(); }) {
    if (request.has_is_verified()) return {request.is_verified() ? How::kVouched : How::kNone};
  }
  if (request.has_return_code()) return {How::kReturn};
  if (!request.has_send_code()) return {How::kNotSaid};
  if constexpr (requires { request.send_code().url_template(); }) {
    return {How::kSend, request.send_code().url_template()};
  }
  return {How::kSend};
}
// Of a call that is about nothing else: it sends unless it says otherwise.
template <class Request>
Verification VerificationOrSend(const Request& request) {
  Verification verification = VerificationOf(request);
  if (verification.how == Verification::How::kNotSaid) verification.how = Verification::How::kSend;
  return verification;
}

// Of one answer, where they are to be returned, else empty.
struct ProofCodes {
  std::string email = {};
  std::string phone = {};
};
// `Response` has both.
template <class Response>
void AnswerCodes(const ProofCodes& codes, Response& response) {
  if (!codes.email.empty()) response.set_email_code(codes.email);
  if (!codes.phone.empty()) response.set_phone_code(codes.phone);
}

// INVALID_ARGUMENT "phone.invalid"; FAILED_PRECONDITION "user.not_human";
// PERMISSION_DENIED "user.holds_more" for another's address, since whoever reads its mail could
// reset his password; those of MayVouch and IssueCode. An address that stands is left alone: where
// it is verified nothing is to be done, else what the request says.
absl::StatusOr<std::string> ChangeEmail(Unit& unit, const Ref<User>& user,
                                        const std::string& email, const Verification& how);
absl::StatusOr<std::string> ChangePhone(Unit& unit, const Ref<User>& user,
                                        const std::string& phone, const Verification& how);

// Of a person who was just made: what he was made with is not verified unless the event says so.
absl::StatusOr<std::string> ProveNewEmail(Unit& unit, const Ref<User>& user,
                                          const Verification& how);
absl::StatusOr<std::string> ProveNewPhone(Unit& unit, const Ref<User>& user,
                                          const Verification& how);

// A code for the address that stands, `again` only where one is pending; the link of that one is
// kept unless another is given. FAILED_PRECONDITION "user.not_human", "user.phone_missing",
// "user.email_verified", "user.phone_verified", "code.none_pending"; those of IssueCode.
absl::StatusOr<std::string> SendEmailProof(Unit& unit, const Ref<User>& user, Verification how,
                                           bool again);
absl::StatusOr<std::string> SendPhoneProof(Unit& unit, const Ref<User>& user, Verification how,
                                           bool again);

// The number, and one-time codes by SMS as a factor with it. OK where there is none.
absl::Status DropPhone(Unit& unit, const Ref<User>& user);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_ADDRESSES_H_
