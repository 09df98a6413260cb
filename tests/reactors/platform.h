// What tests of reactors share: nodes over one store, and words for what a test asks of them.
//
//   Platform platform;                                        // a store in memory
//   WorkNode& node = platform.AddNode();
//   node.Request("test", "1");                                // asks for work about organization 1
//   node.Start({reactor});
//   Await([&] { return node.Queue("test") == 0; });
#ifndef MUNIMENT_TESTS_REACTORS_PLATFORM_H_
#define MUNIMENT_TESTS_REACTORS_PLATFORM_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/id.h"
#include "base/keyring.h"
#include "command/router.h"
#include "eventstore/codec.h"
#include "eventstore/keys.h"
#include "eventstore/store.h"
#include "gateway/lookup.h"
#include "gateway/reactors/host.h"
#include "muniment/row/v1/work.pb.h"
#include "projections/database.h"
#include "projections/runner.h"

namespace muniment::gateway {

inline constexpr uint64_t kInstance = 1;

// The master key that all processes of a test share.
const MasterKey& TestMaster();

// True when it became true in time.
bool Await(const std::function<bool()>& condition, absl::Duration most = absl::Minutes(1));

// Read models, commands and, once started, reactors over a store, which outlives it. Whatever fails
// while it is made throws std::runtime_error.
class WorkNode {
 public:
  WorkNode(eventstore::EventStore& store, const MasterKey& master, std::string models,
       uint32_t number = 1);
  ~WorkNode();

  void Start(std::vector<Reactor> reactors, HostOptions options = {});
  // Ends the reactors as a node that goes down in order does.
  void Stop() { host_.reset(); }
  ReactorHost& host() { return *host_; }
  const projections::Database& database() const { return *database_; }
  projections::Database& models() { return *database_; }
  command::Router& router() { return *router_; }
  eventstore::EventStore& store() { return store_; }
  const eventstore::Codec& codec() const { return *codec_; }
  eventstore::DataKeys& keys() { return keys_; }

  // As the system; answers when the read models show it.
  absl::Status Do(const std::function<absl::Status(command::Unit&)>& command,
                  std::optional<eventstore::Fence> fence = std::nullopt);
  absl::Status Call(const std::string& method, const google::protobuf::Message& request);
  // Asks for work about organizations of these ids.
  absl::Status Request(const std::string& work, const std::vector<std::string>& ids);

  uint64_t Queue(const std::string& work) const;
  std::vector<row::v1::DeadLetter> Letters() const;
  // Events of the instance by their published names.
  size_t Events(const std::string& type);

 private:
  eventstore::EventStore& store_;
  eventstore::DataKeys keys_;
  std::unique_ptr<eventstore::Codec> codec_;
  std::unique_ptr<projections::Database> database_;
  std::unique_ptr<projections::Runner> runner_;
  IdGenerator ids_;
  std::unique_ptr<ModelLookup> lookup_;
  std::unique_ptr<command::Router> router_;
  std::unique_ptr<ReactorHost> host_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_TESTS_REACTORS_PLATFORM_H_
