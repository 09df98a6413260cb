#include "command/policy/secret_generators.h"

#include "absl/time/time.h"
#include "base/timestamp.h"
#include "muniment/options.pb.h"
#include "zitadel/session/v2/session_service.pb.h"
#include "zitadel/user/v2/auth.pb.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using google::protobuf::FieldDescriptor;

namespace {

constexpr absl::Duration kLeastLifetime = absl::Seconds(1), kMostLifetime = absl::Hours(30 * 24);

// Where what is made is shown again; null: in no field of its own.
const FieldDescriptor* ShownIn(event::v1::GeneratorType type) {
  const auto code = [](const google::protobuf::Descriptor* request) {
    return request->FindFieldByName("verification_code");
  };
  switch (type) {
    case event::v1::GENERATOR_TYPE_VERIFY_EMAIL_CODE:
      return code(zitadel::user::v2::VerifyEmailRequest::descriptor());
    case event::v1::GENERATOR_TYPE_VERIFY_PHONE_CODE:
      return code(zitadel::user::v2::VerifyPhoneRequest::descriptor());
    case event::v1::GENERATOR_TYPE_PASSWORD_RESET_CODE:
      return code(zitadel::user::v2::SetPasswordRequest::descriptor());
    case event::v1::GENERATOR_TYPE_INIT_CODE:
    case event::v1::GENERATOR_TYPE_INVITE_CODE:
      return code(zitadel::user::v2::VerifyInviteCodeRequest::descriptor());
    case event::v1::GENERATOR_TYPE_PASSWORDLESS_INIT_CODE:
      return zitadel::user::v2::PasskeyRegistrationCode::descriptor()->FindFieldByName("code");
    case event::v1::GENERATOR_TYPE_OTP_SMS:
    case event::v1::GENERATOR_TYPE_OTP_EMAIL:
      return zitadel::session::v2::CheckOTP::descriptor()->FindFieldByName("code");
    default:
      return nullptr;
  }
}

CodeLimits LimitsOf(event::v1::GeneratorType type) {
  CodeLimits limits;
  if (type == event::v1::GENERATOR_TYPE_APP_SECRET) limits.min_bits = kSecretBits;
  if (const FieldDescriptor* const shown = ShownIn(type)) {
    limits.max_length = shown->options().GetExtension(muniment::limit).max_len();
  }
  return limits;
}

absl::Status CheckExpiry(const event::v1::SecretGenerator& setting) {
  const auto refuse = [](absl::string_view message) {
    return Error(absl::StatusCode::kInvalidArgument, "code_generator.lifetime", message);
  };
  const google::protobuf::Duration& expiry = setting.expiry();
  if (setting.type() == event::v1::GENERATOR_TYPE_APP_SECRET) {
    const bool any = expiry.seconds() != 0 || expiry.nanos() != 0;
    return any ? refuse("Secrets of applications do not expire.") : absl::OkStatus();
  }
  const bool whole = expiry.nanos() >= 0 && expiry.nanos() <= 999'999'999;
  const absl::Duration lifetime = ToDuration(expiry);
  if (whole && lifetime >= kLeastLifetime && lifetime <= kMostLifetime) return absl::OkStatus();
  return refuse("A code counts for a second at least and for 30 days at most.");
}

}  // namespace

absl::StatusOr<CodeGenerator> ReadGenerator(const event::v1::SecretGenerator& setting) {
  RETURN_IF_ERROR(CheckExpiry(setting));
  const CodeGenerator generator{.length = setting.length(),
                                .lifetime = ToDuration(setting.expiry()),
                                .lower_letters = setting.lower_letters(),
                                .upper_letters = setting.upper_letters(),
                                .digits = setting.digits(),
                                .symbols = setting.symbols()};
  RETURN_IF_ERROR(CheckGenerator(generator, LimitsOf(setting.type())));
  return generator;
}

absl::StatusOr<event::v1::SecretGenerator> FindGenerator(const SecretGenerators& generators,
                                                         event::v1::GeneratorType type) {
  const auto found = generators.generators.find(type);
  if (found != generators.generators.end()) return found->second;
  return Error(absl::StatusCode::kFailedPrecondition, "secret_generators.default_missing",
               "The instance has no default for these codes.");
}

absl::StatusOr<CodeGenerator> LoadGenerator(Unit& unit, event::v1::GeneratorType type) {
  ASSIGN_OR_RETURN(const auto generators, unit.LoadAny<SecretGenerators>(InstanceScope()));
  ASSIGN_OR_RETURN(const event::v1::SecretGenerator setting, FindGenerator(*generators, type));
  return ReadGenerator(setting);
}

}  // namespace muniment::command
