// A node, assembled: log, read models, commands, queries, calls, port.
//
//   ASSIGN_OR_RETURN(auto node, Node::Open(config, {}));
//   ASSIGN_OR_RETURN(const auto first, node->MakeFirstInstance());  // nothing where one stands
//   RETURN_IF_ERROR(node->Serve());
//   RETURN_IF_ERROR(node->Told());  // what opens the first instance
//   ...
//   node->Drain();
//
// The port is bound before anything else is touched, so that a taken one leaves nothing behind; until
// Serve, and until the start's own jobs are done (start_jobs.h), calls are UNAVAILABLE
// "server.starting" and /debug/ready tells what is waited for.
//
// One thread opens, serves and drains; everything within is thread-safe. The destructor drains too.
// Errors: those of what it is made of; UNAVAILABLE "net.bind"; CANCELLED "server.stopped" when
// NodeOptions::wait says so.
#ifndef MUNIMENT_GATEWAY_NODE_H_
#define MUNIMENT_GATEWAY_NODE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/id.h"
#include "command/router.h"
#include "gateway/config.h"
#include "gateway/first_start.h"
#include "gateway/system_command.h"

namespace muniment::gateway {

struct NodeOptions {
  // The log was put back from a backup.
  bool restored = false;
  // Listens on no port and does no work of its own: for one command from the machine's own terminal.
  bool offline = false;
  // Called each time the database cannot be reached, with why; true: try again. It takes the pause
  // between. Without it that is an error.
  std::function<bool(const absl::Status& why)> wait = nullptr;
  // Called once, on a thread of the node's, when it cannot go on and a new start could
  // (RunnerOptions::broken).
  std::function<void()> broken = nullptr;
};

// What calls have taken so far; tests hold them against budgets.
struct Costs {
  uint64_t commits = 0;  // durable
  uint64_t hashes = 0;   // of passwords
  uint64_t gets = 0;     // in the read models
  // To a shared store, of where the log ends.
  uint64_t head_queries = 0;
};

// Parts of a node, on its first instance; they go with it.
struct NodeInside {
  eventstore::EventStore& store;
  const eventstore::Codec& codec;
  eventstore::DataKeys& keys;
  command::Router& router;
  command::Lookup& lookup;
  IdGenerator& ids;
  uint64_t instance = 0;
};

class Node {
 public:
  static absl::StatusOr<std::unique_ptr<Node>> Open(const Config& config,
                                                    const NodeOptions& options);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // What it returns is told; until Told says that it was, every start returns it again.
  absl::StatusOr<std::optional<FirstStart>> MakeFirstInstance();
  absl::Status Told();
  // Opens the door to calls when the start's jobs are done; returns then, or after a moment where a
  // long fold comes first.
  absl::Status Serve();
  // Runs a command of the process's own on the first instance, when the read models are up.
  absl::Status RunOnFirstInstance(SystemCommand command,
                                  const std::function<absl::Status(command::Unit&)>& decide);
  // What a longer command of the process's own works with, once the read models are up; `models` is
  // asked while they are built, and its error ends the wait.
  absl::StatusOr<NodeInside> Inside(const std::function<absl::Status()>& models);
  // By what people reach the first instance: what is configured if it does, else its primary host.
  std::string PublicHost() const;
  // OK while the token opens the first instance; UNAUTHENTICATED when it does not; another error
  // where the read models cannot tell yet.
  absl::Status CheckToken(absl::string_view token) const;
  // OK, or why calls should go elsewhere; what /debug/ready tells.
  absl::Status Ready() const;
  Costs costs() const;
  // The port listened on.
  uint16_t port() const;
  // Takes no new calls, lets those under way end, closes everything. A second call does nothing.
  void Drain();

 private:
  struct Parts;
  explicit Node(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_NODE_H_
