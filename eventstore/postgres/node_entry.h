// This process among the nodes of one log: the key of its row, and its number, which the store
// gives out so that no two living nodes have the same.
//
//   NodeEntry node;
//   RETURN_IF_ERROR(EnterNode(connection, node, deadline));   // again after each lost connection
//   IdGenerator ids(clock, [&node] { return node.number.load(); });
//
// A node that was away from the database for more than an hour may come back with another number.
//
// Thread-safe. Errors: UNAVAILABLE "store.unavailable".
#ifndef MUNIMENT_EVENTSTORE_POSTGRES_NODE_ENTRY_H_
#define MUNIMENT_EVENTSTORE_POSTGRES_NODE_ENTRY_H_

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "eventstore/postgres/connection.h"

namespace muniment::eventstore {

struct NodeEntry {
  NodeEntry();

  const std::string key;  // 16 random bytes
  std::atomic<uint32_t> number{0};
};

absl::Status EnterNode(Connection& connection, NodeEntry& node, absl::Time deadline);
// Others see that the node lives for as long as this session does: its listener's.
absl::Status ShowNode(Connection& connection, const NodeEntry& node, absl::Time deadline);

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_POSTGRES_NODE_ENTRY_H_
