// A node, assembled: log, read models, commands, queries, calls, port.
//
//   ASSIGN_OR_RETURN(auto node, Node::Open(config, {}));
//   ASSIGN_OR_RETURN(const auto first, node->MakeFirstInstance());  // nothing where one stands
//   RETURN_IF_ERROR(node->Serve());
//   ...
//   node->Drain();
//
// One thread opens, serves and drains; everything within is thread-safe. The destructor drains too.
// Errors: those of what it is made of; UNAVAILABLE "net.bind".
#ifndef MUNIMENT_GATEWAY_NODE_H_
#define MUNIMENT_GATEWAY_NODE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "base/secret.h"
#include "gateway/config.h"

namespace muniment::gateway {

struct NodeOptions {
  // The log was put back from a backup.
  bool restored = false;
};

// What a newcomer is told once.
struct FirstStart {
  std::string login_name;
  Secret password;      // empty where the configuration named one
  std::string pat_path;  // empty where no machine was made
};

// What calls have taken so far; tests hold them against budgets.
struct Costs {
  uint64_t commits = 0;  // durable
  uint64_t hashes = 0;   // of passwords
  uint64_t gets = 0;     // in the read models
  // To a shared store, of where the log ends.
  uint64_t head_queries = 0;
};

class Node {
 public:
  static absl::StatusOr<std::unique_ptr<Node>> Open(const Config& config,
                                                    const NodeOptions& options);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  absl::StatusOr<std::optional<FirstStart>> MakeFirstInstance();
  absl::Status Serve();
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
