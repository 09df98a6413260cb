// One log in the tests' own PostgreSQL, and nodes over it. Test cases begin with
// SKIP_WITHOUT_POSTGRES().
#ifndef MUNIMENT_TESTS_GATEWAY_SHARED_STORE_H_
#define MUNIMENT_TESTS_GATEWAY_SHARED_STORE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/secret.h"
#include "contract/postgres_server.h"
#include "contract/skip.h"
#include "gateway/served_node.h"

namespace muniment::gateway {

class SharedStore {
 public:
  SharedStore() : schema_("t" + HexEncode(RandomBytes(8))), key_(HexEncode(RandomBytes(32))) {}
  ~SharedStore() { Query(absl::StrCat("DROP SCHEMA IF EXISTS ", schema_, " CASCADE")); }

  static eventstore::PostgresServer& server() { return *eventstore::PostgresServer::Get(); }
  std::vector<std::string> Query(const std::string& sql) const {
    return server().Query(absl::StrCat("SET search_path = ", schema_, ", pg_catalog;", sql));
  }

  const std::string& schema() const { return schema_; }

  using Values = std::vector<std::pair<std::string, std::string>>;
  // Later values win.
  Config Load(const DataDir& data, Values more = {}) const {
    Values values = {{"Store.Postgres.URL", server().url()},
                     {"Store.Postgres.Schema", schema_},
                     {"MasterKey", key_}};
    values.insert(values.end(), more.begin(), more.end());
    const auto config = data.Load(values);
    REQUIRE(config.status().message() == "");
    return *config;
  }

 private:
  const std::string schema_;
  const std::string key_;
};

inline absl::StatusOr<std::string> AddHuman(Server& node, const std::string& username,
                                            Server::Headers headers) {
  zitadel::user::v2::AddHumanUserRequest request;
  request.set_username(username);
  request.mutable_profile()->set_given_name("Ada");
  request.mutable_profile()->set_family_name("Lovelace");
  request.mutable_email()->set_email(username + "@example.com");
  request.mutable_email()->set_is_verified(true);
  const auto added = node.Call<zitadel::user::v2::AddHumanUserResponse>(
      "zitadel.user.v2.UserService/AddHumanUser", request, std::move(headers));
  if (!added.ok()) return added.status();
  return added->user_id();
}

inline absl::StatusOr<zitadel::user::v2::GetUserByIDResponse> GetUser(
    Server& node, const std::string& id, Server::Headers headers,
    Server::Headers* answered = nullptr) {
  zitadel::user::v2::GetUserByIDRequest request;
  request.set_user_id(id);
  return node.Call<zitadel::user::v2::GetUserByIDResponse>(
      "zitadel.user.v2.UserService/GetUserByID", request, std::move(headers), answered);
}

// The first instance's machine.
inline std::string MachineId(Server& node, Server::Headers headers) {
  const auto users = node.ListUsers(std::move(headers));
  REQUIRE(users.status().message() == "");
  for (const auto& user : users->result()) {
    if (user.username() == "admin-machine") return user.user_id();
  }
  FAIL("There is no machine.");
  return "";
}

inline std::string HeaderOf(const Server::Headers& headers, const std::string& name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "";
}

// Two nodes, a user that the first of them made, and the machine's token.
struct Pair {
  explicit Pair(const SharedStore::Values& more = {})
      : a(store.Load(data[0], more)), b(store.Load(data[1], more)), token(data[0].token()) {
    const auto added = AddHuman(a, "ada", {Bearer(token)});
    REQUIRE(added.status().message() == "");
    user = *added;
  }
  SharedStore store;
  DataDir data[2];
  Server a, b;
  std::string token;
  std::string user;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_TESTS_GATEWAY_SHARED_STORE_H_
