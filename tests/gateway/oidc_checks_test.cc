// The tables of checks of the endpoints that only read; those of commands are held by
// tests/command/oidc_token_test.cc.
#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "gateway/oidc/endpoints.h"

namespace muniment::gateway {
namespace {

TEST_CASE("every line of the tables of endpoints that only read says what it keeps") {
  for (const auto& table : {IntrospectChecks(), UserinfoChecks()}) {
    std::set<std::string> seen;
    for (const std::string& line : table) {
      INFO(line);
      CHECK((absl::StrContains(line, "RFC ") || absl::StrContains(line, "OpenID Connect")));
      CHECK(absl::StrContains(line, "section"));
      CHECK(seen.insert(line).second);
    }
    CHECK(seen.size() >= 3);
  }
}

}  // namespace
}  // namespace muniment::gateway
