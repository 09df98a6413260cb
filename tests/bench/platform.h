// A node in this process, without its port: a data folder as `muniment start` makes it, its store,
// read models, router and calls. Many users are put into the log fast, through the store's own API:
// real events, sealed by the real codec, in large commits.
//
//   MakeInstance(folder);
//   { Platform platform(folder); platform.Populate(100'000); }
//
// Threads: one makes and populates, the parts are thread-safe. Whatever fails ends the process.
#ifndef MUNIMENT_TESTS_BENCH_PLATFORM_H_
#define MUNIMENT_TESTS_BENCH_PLATFORM_H_

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/caller.h"
#include "base/id.h"
#include "command/router.h"
#include "eventstore/keys.h"
#include "gateway/api/api.h"
#include "gateway/lookup.h"
#include "gateway/storage.h"
#include "projections/database.h"
#include "projections/runner.h"
#include "tests/bench/bench.h"
#include "tests/bench/process.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::bench {

gateway::Config ConfigOf(const std::string& folder, const Values& more = {});
// A first start: instance, organization, administrator, and a machine with a token.
void MakeInstance(const gateway::Config& config);
inline void MakeInstance(const std::string& folder) { MakeInstance(ConfigOf(folder)); }
// The machine's token.
std::string TokenOf(const std::string& folder);

// The person that is added as the `number`th of a bench, with a hash brought along.
zitadel::user::v2::AddHumanUserRequest NewPerson(const std::string& organization,
                                                 absl::string_view bench, uint64_t number);

class Platform {
 public:
  // `models`: also the read models, router and calls; otherwise the log alone.
  explicit Platform(const std::string& folder, bool models = true)
      : Platform(ConfigOf(folder), models) {}
  explicit Platform(const gateway::Config& config, bool models = true);
  ~Platform();

  // Appends so many people to the log, each with so many events, of which the first adds him and the
  // others change his metadata and his profile. Only without models.
  void Populate(uint64_t users, uint64_t events_each = 1);
  // Folds the whole log into the folder's read models.
  void BuildModels();

  command::CommandCall Call(const std::string& method,
                            std::shared_ptr<const google::protobuf::Message> request) const;
  // A call through router and store, answered when the read models show it.
  void Run(command::CommandCall call, Done done);

  gateway::Storage& storage() { return *storage_; }
  projections::Source source() {
    return {storage_->store(), storage_->codec(), storage_->keys()};
  }
  projections::Database& database() { return *database_; }
  projections::Runner& runner() { return *runner_; }
  command::Router& router() { return *router_; }
  gateway::Api& api() { return *api_; }
  const gateway::Config& config() const { return config_; }

  uint64_t instance() const { return instance_; }
  const std::string& organization() const { return organization_; }
  const Caller& caller() const { return caller_; }
  // Ids of people, up to so many; not of who administers the instance, whose password is another.
  std::vector<std::string> Users(size_t most);

 private:
  void AddEvents(uint64_t number, uint64_t events, eventstore::CommitKeys& keys,
                 eventstore::Commit* commit);
  void FindNames();
  void OpenModels();

  const gateway::Config config_;
  std::shared_ptr<gateway::Api> api_;
  std::unique_ptr<projections::Database> database_;
  std::unique_ptr<gateway::Storage> storage_;
  std::unique_ptr<gateway::SequenceTokens> tokens_;
  std::unique_ptr<IdGenerator> ids_;
  std::unique_ptr<gateway::ModelLookup> lookup_;
  std::unique_ptr<gateway::WorkerPool> pool_;
  std::unique_ptr<projections::Runner> runner_;
  std::unique_ptr<command::Router> router_;

  uint64_t instance_ = 0;
  std::string organization_;
  std::string administrator_;
  Caller caller_;
};

}  // namespace muniment::bench

#endif  // MUNIMENT_TESTS_BENCH_PLATFORM_H_
