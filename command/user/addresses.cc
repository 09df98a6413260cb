#include "command/user/addresses.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/email_address.h"
#include "base/phone_number.h"
#include "command/user/factors.h"
#include "command/user/factor_rules.h"
#include "command/user/issue_code.h"
#include "command/user/may_act_as.h"
#include "command/user/may_vouch.h"
#include "command/user/state.h"

namespace muniment::command {

namespace {

using How = Verification::How;

// The two kinds of address; all else is written once.
struct Email {
  static constexpr absl::string_view kNoun = "email";
  static constexpr auto kPurpose = event::v1::CODE_PURPOSE_EMAIL;
  static constexpr auto kChannel = event::v1::CODE_CHANNEL_EMAIL;
  using Verified = event::v1::EmailVerified;

  static const std::string& Of(const User& user) { return user.email; }
  static bool IsVerified(const User& user) { return user.email_verified; }
  static bool IsProved(const User& user) { return user.email_proved; }
  static bool SameBox(const std::string& one, const std::string& other) {
    return SameMailbox(one, other);
  }
  // The limits have parsed it; it stands as it was typed, for the form in which it goes out is the
  // sender's business.
  static absl::StatusOr<std::string> Parse(const std::string& text) { return text; }
  static event::v1::EmailChanged Changed(const std::string& email) {
    event::v1::EmailChanged changed;
    changed.set_email(email);
    return changed;
  }
};

struct Phone {
  static constexpr absl::string_view kNoun = "phone";
  static constexpr auto kPurpose = event::v1::CODE_PURPOSE_PHONE;
  static constexpr auto kChannel = event::v1::CODE_CHANNEL_SMS;
  using Verified = event::v1::PhoneVerified;

  static const std::string& Of(const User& user) { return user.phone; }
  static bool IsVerified(const User& user) { return user.phone_verified; }
  static bool IsProved(const User& user) { return user.phone_proved; }
  // A number is spelled in one way.
  static bool SameBox(const std::string&, const std::string&) { return false; }
  static absl::StatusOr<std::string> Parse(const std::string& text) {
    return NormalizePhoneNumber(text);
  }
  static event::v1::PhoneChanged Changed(const std::string& phone) {
    event::v1::PhoneChanged changed;
    changed.set_phone(phone);
    return changed;
  }
};

absl::Status VoidUnreachable(Unit& unit, const Ref<User>& user) {
  return VoidCodes(unit, user, [&](event::v1::CodePurpose, const event::v1::Code& code) {
    return !ReachesNow(*user, code);
  });
}

template <class Address>
absl::StatusOr<std::string> Issue(Unit& unit, const Ref<User>& user, const Verification& how) {
  return IssueCode(unit, user,
                   {.purpose = Address::kPurpose,
                    .channel = how.how == How::kReturn ? event::v1::CODE_CHANNEL_RETURNED
                                                       : Address::kChannel,
                    .address = Address::Of(*user),
                    .url_template = how.url_template});
}

template <class Address>
absl::StatusOr<std::string> Prove(Unit& unit, const Ref<User>& user, bool is_new,
                                  const Verification& how) {
  if (Address::IsVerified(*user) || how.how == How::kNone) return "";
  if (how.how == How::kNotSaid && !is_new) return "";
  if (how.how != How::kVouched) return Issue<Address>(unit, user, how);
  RETURN_IF_ERROR(MayVouch(unit, user));
  unit.Raise(user, typename Address::Verified());
  RETURN_IF_ERROR(VoidCodes(unit, user, [](event::v1::CodePurpose purpose, const auto&) {
    return purpose == Address::kPurpose;
  }));
  return "";
}

template <class Address>
absl::StatusOr<std::string> Change(Unit& unit, const Ref<User>& user, const std::string& text,
                                   const Verification& how) {
  RETURN_IF_ERROR(MustBeHuman(*user));
  ASSIGN_OR_RETURN(const std::string address, Address::Parse(text));
  const bool is_new = address != Address::Of(*user);
  if (is_new) {
    RETURN_IF_ERROR(MayActAs(unit, user));
    typename Address::Verified kept;
    kept.set_proved(Address::IsProved(*user));
    const bool keeps =
        Address::IsVerified(*user) && Address::SameBox(address, Address::Of(*user));
    unit.Raise(user, Address::Changed(address));
    if (keeps) unit.Raise(user, std::move(kept));
    RETURN_IF_ERROR(VoidUnreachable(unit, user));
  }
  return Prove<Address>(unit, user, is_new, how);
}

template <class Address>
absl::StatusOr<std::string> SendProof(Unit& unit, const Ref<User>& user, Verification how,
                                      bool again) {
  const auto refuse = [](const std::string& reason, absl::string_view message) {
    return Error(absl::StatusCode::kFailedPrecondition, reason, message);
  };
  RETURN_IF_ERROR(MustBeHuman(*user));
  if (Address::Of(*user).empty()) {
    return refuse(absl::StrCat("user.", Address::kNoun, "_missing"), "The user has none.");
  }
  if (Address::IsVerified(*user)) {
    return refuse(absl::StrCat("user.", Address::kNoun, "_verified"), "It is verified already.");
  }
  if (again) {
    ASSIGN_OR_RETURN(const auto codes, unit.LoadAny<UserCodes>(user.id()));
    const auto pending = codes->pending.find(Address::kPurpose);
    if (pending == codes->pending.end()) {
      return refuse("code.none_pending", "No code is pending that could be sent again.");
    }
    if (how.url_template.empty()) how.url_template = pending->second.code.url_template();
  }
  return Issue<Address>(unit, user, how);
}

}  // namespace

absl::StatusOr<std::string> ChangeEmail(Unit& unit, const Ref<User>& user,
                                        const std::string& email, const Verification& how) {
  return Change<Email>(unit, user, email, how);
}

absl::StatusOr<std::string> ChangePhone(Unit& unit, const Ref<User>& user,
                                        const std::string& phone, const Verification& how) {
  return Change<Phone>(unit, user, phone, how);
}

absl::StatusOr<std::string> ProveNewEmail(Unit& unit, const Ref<User>& user,
                                          const Verification& how) {
  return Prove<Email>(unit, user, /*is_new=*/true, how);
}

absl::StatusOr<std::string> ProveNewPhone(Unit& unit, const Ref<User>& user,
                                          const Verification& how) {
  if (user->phone.empty()) return "";
  return Prove<Phone>(unit, user, /*is_new=*/true, how);
}

absl::StatusOr<std::string> SendEmailProof(Unit& unit, const Ref<User>& user, Verification how,
                                           bool again) {
  return SendProof<Email>(unit, user, std::move(how), again);
}

absl::StatusOr<std::string> SendPhoneProof(Unit& unit, const Ref<User>& user, Verification how,
                                           bool again) {
  return SendProof<Phone>(unit, user, std::move(how), again);
}

absl::Status DropPhone(Unit& unit, const Ref<User>& user) {
  if (user->phone.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(MayActAs(unit, user));
  ASSIGN_OR_RETURN(const auto factors, unit.LoadAny<UserFactors>(user.id()));
  unit.Raise(user, event::v1::PhoneRemoved());
  RETURN_IF_ERROR(VoidUnreachable(unit, user));
  if (!factors->otp_sms) return absl::OkStatus();
  unit.Raise(factors, event::v1::OtpSmsRemoved());
  return FactorRemoved(unit, user, factors);
}

}  // namespace muniment::command
