// The world that the matrix is asked in: two instances in one store, "one.test" and "two.test",
// each with all that world.txt makes, behind the whole path of a call from its token to the store's
// door. There is no port and no network. The world once made, nothing is stored any more
// (dry_store.h).
//
//   World world;
//   const Answer answer = world.Call(kOne, world.token(kOne, "ann"), method, request);
//
// Names: "$acme" in a text is the id "acme1" in the first instance and "acme2" in the second, or
// what world.txt says an answer told by that name.
#ifndef MUNIMENT_TESTS_MATRIX_WORLD_H_
#define MUNIMENT_TESTS_MATRIX_WORLD_H_

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/keyring.h"
#include "command/router.h"
#include "eventstore/keys.h"
#include "eventstore/store.h"
#include "gateway/api/api.h"
#include "gateway/lookup.h"
#include "google/protobuf/descriptor.h"
#include "projections/database.h"
#include "projections/runner.h"
#include "tests/base/temp_dir.h"
#include "tests/command/fake_prover.h"
#include "tests/matrix/dry_store.h"

namespace muniment::matrix {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

// Real time, and some while before it.
class PastClock final : public Clock {
 public:
  absl::Time Now() override { return absl::Now() - absl::Minutes(minutes_.load()); }
  void Behind(int minutes) { minutes_.store(minutes); }

 private:
  std::atomic<int> minutes_{0};
};

struct Answer {
  absl::Status status;
  std::unique_ptr<Message> message;
};

inline constexpr int kOne = 0;
inline constexpr int kTwo = 1;

// "zitadel.user.v2.UserService/GetUserByID"; null where there is none.
const MethodDescriptor* FindMethod(const std::string& name);
// The request that the JSON says; a test fails where it says none.
std::unique_ptr<Message> RequestOf(const MethodDescriptor& method, const std::string& json);

class World {
 public:
  // Whether the log stands in files too.
  explicit World(bool files = false);
  ~World();

  // `organization`: by the x-zitadel-orgid header.
  Answer Call(int instance, const std::string& token, const MethodDescriptor& method,
              const Message& request, const std::string& organization = "");
  // `text` with the instance's names in it; "$me" is who asks, "$my_session" his "$ann_session".
  std::string Fill(int instance, const std::string& text, const std::string& who) const;
  std::string Named(int instance, const std::string& name) const;
  // By which somebody of that name acts; empty for "nobody".
  std::string token(int instance, const std::string& who) const;
  // Makes router and calls anew, of what the options of methods say by now. The error of that.
  absl::Status Renew();
  // From here on what is not found is answered on the clock, by such steps (gateway/api/api.h), as a
  // server does it; before that at once, which spares all that does not ask for times.
  void HoldUnknown(absl::Duration step);

  uint64_t id(int instance) const { return instances_.at(instance).id; }
  std::vector<const MethodDescriptor*> Methods() const { return api_->Methods(); }
  DryStore& store() { return store_; }
  command::Router& router() { return *router_; }
  projections::Database& database() { return *database_; }
  // Where the log and the read models stand.
  std::string log_path() const { return dir_ / "log"; }
  std::string models_path() const { return dir_ / "models"; }

 private:
  struct Instance {
    uint64_t id = 0;
    std::string host;
    std::map<std::string, std::string> names;
    std::map<std::string, std::string> tokens;
  };

  void OpenModels();
  void Found(Instance& instance);
  void Play(Instance& instance, const std::string& part);
  void MakeRoleHolders(Instance& instance);
  void MakeSignIns(Instance& instance);
  std::unique_ptr<Message> Must(const Instance& instance, const std::string& method,
                                const std::string& json);
  std::unique_ptr<Message> MustAs(const Instance& instance, const std::string& who,
                                  const std::string& method, const std::string& json);
  static std::string FillFrom(const std::map<std::string, std::string>& names, char suffix,
                              const std::string& text);

  PastClock clock_;
  absl::Duration unknown_step_ = absl::ZeroDuration();
  const TempDir dir_;
  std::unique_ptr<eventstore::EventStore> log_;
  DryStore store_;
  eventstore::Codec codec_;
  MasterKey master_;
  eventstore::DataKeys keys_;
  IdGenerator ids_;
  command::FakeProver prover_;
  std::shared_ptr<gateway::Api> api_;
  std::unique_ptr<projections::Database> database_;
  std::unique_ptr<gateway::SequenceTokens> tokens_;
  std::unique_ptr<gateway::ModelLookup> lookup_;
  std::unique_ptr<gateway::WorkerPool> pool_;
  std::unique_ptr<projections::Runner> runner_;
  std::unique_ptr<command::Router> router_;
  std::array<Instance, 2> instances_;
};

}  // namespace muniment::matrix

#endif  // MUNIMENT_TESTS_MATRIX_WORLD_H_
