// People with a password on a served node, and who shows what to act for them.
//
//   const std::string ann = AddPerson(admin, acme, "ann");
//   const JsonClient by_ann(port, SessionTokenOf(admin, ann));
#ifndef MUNIMENT_TESTS_GATEWAY_PEOPLE_H_
#define MUNIMENT_TESTS_GATEWAY_PEOPLE_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/gateway/json_client.h"

namespace muniment::gateway {

inline constexpr char kPassword[] = "Wood-Lamp-7-River";

// With the name's address at example.org, verified. His id.
inline std::string AddPerson(const JsonClient& by, const std::string& organization,
                             const std::string& name) {
  return by
      .Must("zitadel.user.v2.UserService/AddHumanUser",
            absl::StrCat(R"({"organization":{"orgId":")", organization, R"("},"username":")", name,
                         R"(","profile":{"givenName":")", name,
                         R"(","familyName":"Test"},"email":{"email":")", name,
                         R"(@example.org","isVerified":true},"password":{"password":")", kPassword,
                         "\"}}"))
      .Text("userId");
}

// Of a session in which he proved the password, made by whoever may sign him in.
inline std::string SessionTokenOf(const JsonClient& by, const std::string& user) {
  return by
      .Must("zitadel.session.v2.SessionService/CreateSession",
            absl::StrCat(R"({"checks":{"user":{"userId":")", user,
                         R"("},"password":{"password":")", kPassword, "\"}}}"))
      .Text("sessionToken");
}

}  // namespace muniment::gateway

#endif  // MUNIMENT_TESTS_GATEWAY_PEOPLE_H_
