// How an instance has its random codes made (base/code.h), and what it may say of that.
//
//   ASSIGN_OR_RETURN(const CodeGenerator generator,
//                    LoadGenerator(unit, event::v1::GENERATOR_TYPE_VERIFY_EMAIL_CODE));
//   const std::string code = unit.NewCode(generator);
#ifndef MUNIMENT_COMMAND_POLICY_SECRET_GENERATORS_H_
#define MUNIMENT_COMMAND_POLICY_SECRET_GENERATORS_H_

#include "absl/status/statusor.h"
#include "base/code.h"
#include "command/policy/settings.h"
#include "command/unit.h"

namespace muniment::command {

// The errors of CheckGenerator, by the limits of its type: no code is longer than the requests take in
// which it is shown again, and a secret of applications, which are tried without being counted, has
// kSecretBits. "code_generator.lifetime" as well for a code that would count for less than a second or
// more than 30 days, and for a secret that would expire.
absl::StatusOr<CodeGenerator> ReadGenerator(const event::v1::SecretGenerator& setting);

// As it is set; FAILED_PRECONDITION "secret_generators.default_missing".
absl::StatusOr<event::v1::SecretGenerator> FindGenerator(const SecretGenerators& generators,
                                                         event::v1::GeneratorType type);

// The errors of both.
absl::StatusOr<CodeGenerator> LoadGenerator(Unit& unit, event::v1::GeneratorType type);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_POLICY_SECRET_GENERATORS_H_
