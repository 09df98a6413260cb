// Hears of the log's growth by other nodes: LISTEN on a connection of its own, and a slow poll as a
// net for a notification that was lost with a connection.
//
// Threads: one of its own, on which nothing of a caller runs (that is the callbacks'). While the
// database is away it connects again with growing pauses.
#ifndef MUNIMENT_EVENTSTORE_POSTGRES_LISTENER_H_
#define MUNIMENT_EVENTSTORE_POSTGRES_LISTENER_H_

#include <memory>
#include <thread>

#include "absl/status/status.h"
#include "eventstore/callbacks.h"
#include "eventstore/postgres/connection.h"
#include "eventstore/postgres/known_head.h"
#include "eventstore/postgres/node_entry.h"

namespace muniment::eventstore {

class Listener {
 public:
  // All outlive this; `connection` listens already.
  Listener(const PostgresOptions& options, const NodeEntry& node,
           std::unique_ptr<Connection> connection, KnownHead& head, Waiters& waiters,
           Callbacks& callbacks);
  ~Listener();

 private:
  void Run();
  // Waits for a notification or the poll's time.
  absl::Status Hear();
  absl::Status Poll();
  void Tell(uint64_t position);
  // False when the store closes.
  bool Await(int socket, absl::Duration time);

  const PostgresOptions& options_;
  const NodeEntry& node_;
  KnownHead& head_;
  Waiters& waiters_;
  Callbacks& callbacks_;
  std::unique_ptr<Connection> connection_;
  int closing_ = -1;  // an eventfd
  bool closed_ = false;
  std::thread thread_;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_POSTGRES_LISTENER_H_
