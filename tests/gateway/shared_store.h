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
#include "gateway/served_node.h"

#define SKIP_WITHOUT_POSTGRES() \
  if (muniment::eventstore::PostgresServer::Get() == nullptr) return

namespace muniment::gateway {

class SharedStore {
 public:
  SharedStore() : schema_("t" + HexEncode(RandomBytes(8))), key_(HexEncode(RandomBytes(32))) {}
  ~SharedStore() { Query(absl::StrCat("DROP SCHEMA IF EXISTS ", schema_, " CASCADE")); }

  static eventstore::PostgresServer& server() { return *eventstore::PostgresServer::Get(); }
  std::vector<std::string> Query(const std::string& sql) const {
    return server().Query(absl::StrCat("SET search_path = ", schema_, ", pg_catalog;", sql));
  }

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

}  // namespace muniment::gateway

#endif  // MUNIMENT_TESTS_GATEWAY_SHARED_STORE_H_
