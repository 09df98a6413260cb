// This process among the nodes of one log: the key of its row, its number, which the store gives
// out so that no two living nodes have the same, and the format level that all of them read.
//
//   NodeEntry node(options.level);
//   RETURN_IF_ERROR(EnterNode(connection, node, deadline));   // again after each lost connection
//   IdGenerator ids(clock, [&node] { return node.number.load(); });
//
// A node that was away from the database for more than an hour may come back with another number.
//
// Thread-safe. Errors: UNAVAILABLE "store.unavailable"; FAILED_PRECONDITION "store.level_too_high"
// for a log that may hold what this node does not read.
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
  explicit NodeEntry(uint32_t level);

  const std::string key;  // 16 random bytes
  const uint32_t level;   // that it reads
  std::atomic<uint32_t> number{0};
  // Up to which events may be written, as of the newest answer. It only rises, but for a log that
  // lost its end, whose nodes enter again.
  std::atomic<uint32_t> log_level{1};
};

absl::Status EnterNode(Connection& connection, NodeEntry& node, absl::Time deadline);
// Has events of this level written from now on, where every living node reads them; else log_level
// stays below it. A node that was not seen for an hour is gone.
absl::Status RaiseLevel(Connection& connection, NodeEntry& node, uint32_t level,
                        absl::Time deadline);
// Others see that the node lives for as long as this session does: its listener's.
absl::Status ShowNode(Connection& connection, const NodeEntry& node, absl::Time deadline);

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_POSTGRES_NODE_ENTRY_H_
