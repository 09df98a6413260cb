// How the store on PostgreSQL is opened.
#ifndef MUNIMENT_EVENTSTORE_POSTGRES_OPTIONS_H_
#define MUNIMENT_EVENTSTORE_POSTGRES_OPTIONS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "base/clock.h"
#include "eventstore/codec.h"

namespace muniment::eventstore {

// Where a node's read models stand (FORMAT.md, Epochs): the leaf hash of the event at `position`,
// empty when it is not known or the event was pruned.
struct PostgresMark {
  uint64_t epoch = 0;  // 0: none
  uint64_t position = 0;
  std::string hash = {};
  // Leaf hash of the store's first event; a mark of another store counts for nothing. Empty: of
  // this store.
  std::string first = {};
};

struct PostgresOptions {
  // A libpq connection string or URL. A pooler in between must keep a session to its client.
  std::string url = {};
  // The tables' own schema, made when it is missing: lower-case letters, digits and '_'.
  std::string schema = "muniment";
  // Stamps events; null: the server's clock, which all nodes share.
  Clock* clock = nullptr;
  // A log that ends before the mark, or has another event there, gets a new epoch.
  PostgresMark mark = {};
  // The format level that this program reads. A kind above the level of another node is not written.
  uint32_t level = kFormatLevel;
  // For reading beside the nodes: makes and changes no table, enters no node, appends nothing.
  bool read_only = false;
  // Of a read-only store: also what an import has not filled to the end (import.h), to prove it.
  bool importing = false;
  // Connections for reading, opened when they are needed.
  size_t readers = 4;
  // Commits that wait to be sent; more are refused as unavailable.
  size_t queue_bytes = 64 << 20;
  absl::Duration connect_timeout = absl::Seconds(3);
  // After that a connection counts as lost.
  absl::Duration batch_timeout = absl::Seconds(10);
  absl::Duration read_timeout = absl::Seconds(30);
  // After that a read on a connection that was used before is tried on a new one.
  absl::Duration hung_timeout = absl::Seconds(4);
  // How long a batch whose answer was lost is asked after before it is "outcome unknown".
  absl::Duration settle_timeout = absl::Seconds(10);
  // Between tries to connect again: doubles from the first to the last.
  absl::Duration first_retry = absl::Milliseconds(10);
  absl::Duration last_retry = absl::Seconds(1);
  // After that who asked where the log ends is told that the database is away.
  absl::Duration head_timeout = absl::Seconds(2);
  // How often the head is asked for without a notification: a net, not the way. All nodes together
  // ask at most once in poll_share, so of many each asks seldom (PollInterval).
  absl::Duration poll = absl::Seconds(15);
  absl::Duration poll_share = absl::Milliseconds(7500);
};

// How long one of so many live nodes waits between polls; never so long that it is taken for gone.
inline absl::Duration PollInterval(const PostgresOptions& options, uint64_t nodes) {
  const absl::Duration most = std::max(absl::Minutes(20), options.poll);
  return std::clamp(options.poll_share * static_cast<double>(nodes), options.poll, most);
}

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_POSTGRES_OPTIONS_H_
