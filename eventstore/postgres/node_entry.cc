#include "eventstore/postgres/node_entry.h"

#include "base/error.h"
#include "base/secret.h"
#include "eventstore/commit.h"

namespace muniment::eventstore {
namespace {

constexpr size_t kKeyBytes = 16;

}  // namespace

NodeEntry::NodeEntry() : key(RandomBytes(kKeyBytes)) {}

absl::Status EnterNode(Connection& connection, NodeEntry& node, absl::Time deadline) {
  Params params;
  params.AddBytes(node.key);
  ASSIGN_OR_RETURN(const Rows rows, connection.Run(Sql("enter_node"), params, deadline));
  if (rows.size() != 1) return UnavailableError("The database gave the node no number.");
  node.number.store(static_cast<uint32_t>(rows.Int(0, 0)));
  return absl::OkStatus();
}

absl::Status ShowNode(Connection& connection, const NodeEntry& node, absl::Time deadline) {
  Params params;
  params.AddBytes(node.key);
  return connection.Run(Sql("show_node"), params, deadline).status();
}

}  // namespace muniment::eventstore
