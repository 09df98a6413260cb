// Runs commands: one handler, from the request to the committed answer.
//
//   Router router(ports, Handlers(), options);
//   router.Run({.method = "zitadel.user.v2.UserService/AddHumanUser", .instance = 1,
//               .caller = caller, .request = request, .deadline = deadline},
//              [](absl::StatusOr<CommandAnswer> answer) { ... });
//
// A call: its handler runs on a worker and decides on folded streams. What is not at hand is
// loaded, hashed or looked for while the call is parked, and the handler runs again. Its events and the
// versions of all it read go to the store as one commit; on a conflict it runs again on newer
// streams. A refusal, and an answer that changes nothing, is checked in the same way before it is
// given. Commands that write one existing stream queue behind each other. After the commit the
// log's numbers are filled in, and the answer goes out when the read models have applied it.
//
// Thread-safe. `done` runs once, on a thread of the router or the read models, and must not block.
// Destruction waits for the calls under way; ports outlive the router.
// Errors beside the handler's own: UNIMPLEMENTED "command.unknown_method"; DEADLINE_EXCEEDED
// "command.deadline" (never after the commit was sent); ABORTED "command.contended" after
// max_conflicts; RESOURCE_EXHAUSTED "command.busy" and "command.hash_queue_full"; INTERNAL
// "command.rule_not_applied"; ALREADY_EXISTS "<aggregate>.<what>_taken" for a unique value; the
// store's.
#ifndef MUNIMENT_COMMAND_ROUTER_H_
#define MUNIMENT_COMMAND_ROUTER_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/caller.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/webauthn/webauthn.h"
#include "command/domain_proof.h"
#include "command/handler.h"
#include "command/answer.h"
#include "command/hash_pool.h"
#include "command/lookup.h"
#include "eventstore/codec.h"
#include "eventstore/keys.h"
#include "eventstore/store.h"

namespace muniment::command {

struct CommandCall {
  std::string method;
  // For a command that is no published method: what runs instead of `method`. Only the system may.
  const Handler* handler = nullptr;
  uint64_t instance = 0;
  Caller caller;
  std::shared_ptr<const google::protobuf::Message> request;
  absl::Time deadline = absl::InfiniteFuture();
  store::v1::Context context;  // kept, sealed, with each event
  // The lease under which this is done: ABORTED "store.fenced" when another has taken it.
  std::optional<eventstore::Fence> fence = std::nullopt;
};

// What one call cost.
struct CommandCounters {
  uint64_t runs = 0;  // of the handler
  uint64_t loads = 0;
  uint64_t hashes = 0;  // and verifications
  uint64_t commits = 0;
  uint64_t checks = 0;  // commits without events
  uint64_t conflicts = 0;
};

struct CommandAnswer {
  std::unique_ptr<google::protobuf::Message> response;
  // Of the instance: what a read must have seen to see this.
  uint64_t sequence = 0;
  uint64_t position = 0;
  Stamp stamp;  // that was filled into the response
  CommandCounters counters;
};

using CommandDone = absl::AnyInvocable<void(absl::StatusOr<CommandAnswer>)>;

struct RouterPorts {
  eventstore::EventStore* store = nullptr;
  const eventstore::Codec* codec = nullptr;
  eventstore::DataKeys* keys = nullptr;
  Lookup* lookup = nullptr;
  IdGenerator* ids = nullptr;
  Clock* clock = nullptr;
  // Null: domains are proved elsewhere, UNAVAILABLE "domain_proof.unavailable".
  DomainProver* prover = nullptr;
  // Calls `done` when the read models stand at `position`; null: they are not waited for.
  std::function<void(uint64_t position, absl::AnyInvocable<void()> done)> applied;
  PasswordFunctions passwords = RealPasswordFunctions();
  // What new authenticators must show of their make.
  webauthn::AttestationPolicy attestation = {};
};

struct RouterOptions {
  int workers = 2;
  int loaders = 2;   // wait for disks: they read streams
  int encoders = 2;  // may too: they seal events, which takes their subjects' keys
  int hashers = 2;
  size_t cached_streams = 100'000;
  size_t cached_bytes = 64 << 20;
  size_t max_calls = 20'000;  // under way at once
  int max_conflicts = 64;
};

class Router {
 public:
  Router(RouterPorts ports, const std::vector<Handler>& handlers, RouterOptions options = {});
  ~Router();

  void Run(CommandCall call, CommandDone done);

  // Runs `answer` at the time, or at once when the router closes; it must not block. Never on the
  // caller's thread.
  void AnswerAt(absl::Time time, absl::AnyInvocable<void()> answer);

  // The stream has this version: an older snapshot of it is dropped, to spare the next command a
  // conflict.
  void Moved(const eventstore::StreamKey& stream, uint64_t version);

  // Of all calls so far.
  CommandCounters totals() const;
  // Whether the method is in the table.
  bool Serves(absl::string_view method) const;

 private:
  struct Core;
  friend class Call;
  std::unique_ptr<Core> core_;
};

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_ROUTER_H_
