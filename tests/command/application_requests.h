// Requests about applications of the project lamps (delegation_world.h), in text format.
//
//   given.When("ann", "CreateApplication", Oidc(Uri("https://a.example/in")));
#ifndef MUNIMENT_TESTS_COMMAND_APPLICATION_REQUESTS_H_
#define MUNIMENT_TESTS_COMMAND_APPLICATION_REQUESTS_H_

#include "tests/command/delegation_world.h"

namespace muniment::command {

struct Refused {
  std::string method, request, reason;
};

// Each is refused for its reason, and nothing is stored.
inline void CheckRefused(Given& given, const std::string& caller,
                         const std::vector<Refused>& cases) {
  for (const auto& [method, request, reason] : cases) {
    INFO(caller << ": " << method << " " << request);
    const Then then = given.When(caller, method, request);
    CHECK(then.reason == reason);
    CHECK(then.events.empty());
  }
}

// A request for an OpenID Connect application of this name, configured so.
inline std::string Oidc(const std::string& config, const std::string& name = "New") {
  return absl::StrCat(kLamps, "name: '", name, "' oidc_configuration { ", config, " }");
}
inline std::string Api(const std::string& method, const std::string& name = "New") {
  return absl::StrCat(kLamps, "name: '", name, "' api_configuration { auth_method_type: ",
                      "API_AUTH_METHOD_TYPE_", method, " }");
}
inline std::string Change(const std::string& config) {
  return absl::StrCat(kShop, "oidc_configuration { ", config, " }");
}
inline std::string Uri(const std::string& uri) {
  return absl::StrCat("redirect_uris: '", uri, "' ");
}
inline std::string Method(const std::string& method) {
  return absl::StrCat("auth_method_type: OIDC_AUTH_METHOD_TYPE_", method, " ");
}

}  // namespace muniment::command

#endif  // MUNIMENT_TESTS_COMMAND_APPLICATION_REQUESTS_H_
