// Whose changes are told where nobody is named: one's own, and one's organization's. That they are
// told at all the matrix asks.
#include <catch2/catch.hpp>
#include <cstdint>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/matrix/world.h"

namespace muniment::matrix {
namespace {

// Of what the answer lists.
std::set<uint64_t> SequencesOf(World& world, const std::string& who, const std::string& name,
                               const std::string& json) {
  const MethodDescriptor& method = *FindMethod(name);
  const Answer answer = world.Call(kOne, world.token(kOne, who), method, *RequestOf(method, json));
  INFO(who << " " << name << " " << answer.status);
  REQUIRE(answer.status.ok());
  std::set<uint64_t> sequences;
  const auto& type = *answer.message->GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    if (!type.field(i)->is_repeated()) continue;
    const auto& reflection = *answer.message->GetReflection();
    for (int k = 0; k < reflection.FieldSize(*answer.message, type.field(i)); ++k) {
      const Message& one = reflection.GetRepeatedMessage(*answer.message, type.field(i), k);
      const auto* sequence = one.GetDescriptor()->FindFieldByName("sequence");
      REQUIRE(sequence != nullptr);
      sequences.insert(one.GetReflection()->GetUInt64(one, sequence));
    }
  }
  return sequences;
}

TEST_CASE("where nobody is named the changes of oneself are told, and of one's organization") {
  World world;
  const auto events = [&](const std::string& id, const char* type) {
    const auto of_it = SequencesOf(
        world, "ivan", "zitadel.admin.v1.AdminService/ListEvents",
        absl::StrCat(R"({"aggregateId":")", id, R"(","aggregateTypes":[")", type, R"("]})"));
    CHECK(of_it.size() > 1);
    return of_it;
  };
  for (const std::string who : {"pia", "ann", "cora", "ivan", "lena"}) {
    CHECK(SequencesOf(world, who, "zitadel.auth.v1.AuthService/ListMyUserChanges", "{}") ==
          events(who + "1", "user"));
  }
  for (const auto& [who, organization] :
       {std::pair("ann", "acme1"), {"cora", "customer1"}, {"ivan", "home1"}}) {
    CHECK(SequencesOf(world, who, "zitadel.management.v1.ManagementService/ListOrgChanges", "{}") ==
          events(organization, "org"));
  }
}

}  // namespace
}  // namespace muniment::matrix
