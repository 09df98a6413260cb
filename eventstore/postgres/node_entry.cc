#include "eventstore/postgres/node_entry.h"

#include "base/error.h"
#include "base/secret.h"
#include "eventstore/commit.h"

namespace muniment::eventstore {
namespace {

constexpr size_t kKeyBytes = 16;

}  // namespace

NodeEntry::NodeEntry(uint32_t reads) : key(RandomBytes(kKeyBytes)), level(reads) {}

absl::Status EnterNode(Connection& connection, NodeEntry& node, absl::Time deadline) {
  Params params;
  params.AddBytes(node.key);
  params.AddInt4(node.level);
  ASSIGN_OR_RETURN(const Rows rows, connection.Run(Sql("enter_node"), params, deadline));
  if (rows.size() != 1) return UnavailableError("The database gave the node no number.");
  if (rows.IsNull(0, 0)) {
    return Error(absl::StatusCode::kFailedPrecondition, "store.level_too_high",
                 "The log may hold kinds of events that this program is too old to read.");
  }
  node.number.store(static_cast<uint32_t>(rows.Int(0, 0)));
  node.log_level.store(static_cast<uint32_t>(rows.Int(0, 1)));
  return absl::OkStatus();
}

absl::Status RaiseLevel(Connection& connection, NodeEntry& node, uint32_t level,
                        absl::Time deadline) {
  Params params;
  params.AddInt4(level);
  ASSIGN_OR_RETURN(const Rows rows, connection.Run(Sql("raise_level"), params, deadline));
  if (rows.size() != 1) return UnavailableError("The database told no level.");
  node.log_level.store(static_cast<uint32_t>(rows.Int(0, 0)));
  return absl::OkStatus();
}

absl::Status ShowNode(Connection& connection, const NodeEntry& node, absl::Time deadline) {
  Params params;
  params.AddBytes(node.key);
  return connection.Run(Sql("show_node"), params, deadline).status();
}

}  // namespace muniment::eventstore
