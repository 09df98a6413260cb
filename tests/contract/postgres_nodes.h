// Nodes of the tests: stores over one schema of the tests' own PostgreSQL, and short words for what
// a test does with them. Test cases begin with SKIP_WITHOUT_POSTGRES().
#ifndef MUNIMENT_TESTS_CONTRACT_POSTGRES_NODES_H_
#define MUNIMENT_TESTS_CONTRACT_POSTGRES_NODES_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "contract/harness.h"
#include "contract/postgres_server.h"
#include "contract/skip.h"
#include "eventstore/postgres/postgres_store.h"
#include "tests/base/eventually.h"

namespace muniment::eventstore {

// Several nodes over one schema of the tests' server.
class Nodes {
 public:
  Nodes() : schema_(NewPlaceName()) {}
  ~Nodes() {
    stores_.clear();
    if (server() != nullptr) Query(absl::StrCat("DROP SCHEMA IF EXISTS ", schema_, " CASCADE"));
  }

  static PostgresServer* server() { return PostgresServer::Get(); }
  std::vector<std::string> Query(const std::string& sql) {
    return server()->Query(absl::StrCat("SET search_path = ", schema_, ", pg_catalog;", sql));
  }
  PostgresOptions Options() { return {.url = server()->url(), .schema = schema_}; }
  EventStore& Open() { return Open(Options()); }
  EventStore& Open(const PostgresOptions& options) {
    auto store = PostgresStore::Open(options);
    UNSCOPED_INFO(store.status());
    REQUIRE(store.ok());
    stores_.push_back(*std::move(store));
    return *stores_.back();
  }
  void Close() { stores_.clear(); }
  // Ends the sessions that append.
  size_t KillAppenders() {
    return Query(
               "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
               " WHERE query LIKE '%CALL append%'"
               " AND pid <> pg_backend_pid()")
        .size();
  }

 private:
  const std::string schema_;
  std::vector<std::unique_ptr<EventStore>> stores_;
};

inline absl::StatusOr<Committed> Append(EventStore& store, Commit commit) {
  absl::StatusOr<Committed> result;
  absl::Notification done;
  store.Append(std::move(commit), [&](absl::StatusOr<Committed> answer) {
    result = std::move(answer);
    done.Notify();
  });
  done.WaitForNotification();
  return result;
}

inline std::vector<StoredEvent> Log(EventStore& store, uint64_t after = 0) {
  std::vector<StoredEvent> events;
  const absl::Status status = store.ReadLog(after, [&](const StoredEvent& event) {
    events.push_back(event);
    return true;
  });
  INFO(status);
  REQUIRE(status.ok());
  return events;
}

// Tries until the store is there again.
inline absl::StatusOr<Committed> AppendSoon(EventStore& store, const Commit& commit) {
  absl::StatusOr<Committed> done;
  Eventually([&] {
    done = Append(store, commit);
    return Reason(done.status()) != "store.unavailable";
  });
  return done;
}

}  // namespace muniment::eventstore

#endif  // MUNIMENT_TESTS_CONTRACT_POSTGRES_NODES_H_
