#include <google/protobuf/util/message_differencer.h>

#include <utility>

#include "command/policy/secret_generators.h"
#include "zitadel/admin.pb.h"

namespace muniment::command {

using google::protobuf::util::MessageDifferencer;
using zitadel::admin::v1::UpdateSecretGeneratorRequest;
using zitadel::admin::v1::UpdateSecretGeneratorResponse;

namespace {

event::v1::SecretGenerator Wanted(const UpdateSecretGeneratorRequest& request) {
  event::v1::SecretGenerator wanted;
  // Numbered alike.
  wanted.set_type(static_cast<event::v1::GeneratorType>(request.generator_type()));
  wanted.set_length(request.length());
  // None and zero are the same.
  if (request.expiry().seconds() != 0 || request.expiry().nanos() != 0) {
    *wanted.mutable_expiry() = request.expiry();
  }
  wanted.set_lower_letters(request.include_lower_letters());
  wanted.set_upper_letters(request.include_upper_letters());
  wanted.set_digits(request.include_digits());
  wanted.set_symbols(request.include_symbols());
  return wanted;
}

}  // namespace

absl::StatusOr<UpdateSecretGeneratorResponse> UpdateSecretGenerator(
    Unit& unit, const UpdateSecretGeneratorRequest& request) {
  event::v1::SecretGenerator wanted = Wanted(request);
  RETURN_IF_ERROR(ReadGenerator(wanted).status());
  ASSIGN_OR_RETURN(const auto generators, unit.LoadAny<SecretGenerators>(InstanceScope()));
  unit.AnswerWith(generators);
  ASSIGN_OR_RETURN(const event::v1::SecretGenerator now,
                   FindGenerator(*generators, wanted.type()));
  if (MessageDifferencer::Equals(now, wanted)) return UpdateSecretGeneratorResponse();
  event::v1::SecretGeneratorChanged changed;
  *changed.mutable_generator() = std::move(wanted);
  unit.Raise(generators, std::move(changed));
  return UpdateSecretGeneratorResponse();
}

}  // namespace muniment::command
