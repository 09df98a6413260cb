// What a rule would be if one word of it were another (options.proto), and likewise what always stands
// in the request of a twin (`with`, binding_options.proto): each must make some case of the matrix come
// out otherwise.
//
//   for (const Mutant& mutant : MutantsOf(*method, permissions)) {
//     const Mutated while_it_stands(mutant);
//     if (!world.Renew().ok()) continue;     // it does not start
//     ...
//   }
//
// The options of the generated descriptors are changed in this process, one at a time, and are what
// they were when Mutated ends.
#ifndef MUNIMENT_TESTS_MATRIX_MUTANTS_H_
#define MUNIMENT_TESTS_MATRIX_MUTANTS_H_

#include <optional>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "muniment/options.pb.h"

namespace muniment::matrix {

struct Mutant {
  const google::protobuf::MethodDescriptor* method = nullptr;
  std::string change;  // "permission user.read", "with user_id {organization}"
  // One of these.
  std::optional<Rule> rule = {};
  std::optional<std::string> with = {};
};

// Every permission that some rule asks for, once.
std::vector<std::string> AskedPermissions();

std::vector<Mutant> MutantsOf(const google::protobuf::MethodDescriptor& method,
                              const std::vector<std::string>& permissions);
// Those of the words that always stand in its twin's request.
std::vector<Mutant> WithMutantsOf(const google::protobuf::MethodDescriptor& method);

// Why nobody could tell the mutant from the rule, by what options.proto and the table of roles say;
// null where somebody can, and of no rule.
const char* SameBecause(const Mutant& mutant);

class Mutated {
 public:
  explicit Mutated(const Mutant& mutant);
  ~Mutated();
  Mutated(const Mutated&) = delete;
  Mutated& operator=(const Mutated&) = delete;

 private:
  const Mutant before_;
};

}  // namespace muniment::matrix

#endif  // MUNIMENT_TESTS_MATRIX_MUTANTS_H_
