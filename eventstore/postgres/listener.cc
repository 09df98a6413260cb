#include "eventstore/postgres/listener.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "eventstore/postgres/batcher.h"

namespace muniment::eventstore {

Listener::Listener(const PostgresOptions& options, const NodeEntry& node,
                   std::unique_ptr<Connection> connection, KnownHead& head, Waiters& waiters,
                   Callbacks& callbacks)
    : options_(options),
      node_(node),
      head_(head),
      waiters_(waiters),
      callbacks_(callbacks),
      connection_(std::move(connection)),
      closing_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_([this] { Run(); }) {}

Listener::~Listener() {
  const uint64_t one = 1;
  // An eventfd of zero takes it.
  (void)!write(closing_, &one, sizeof(one));
  thread_.join();
  close(closing_);
}

void Listener::Run() {
  absl::Duration retry = options_.first_retry;
  while (!closed_) {
    if (connection_ == nullptr) {
      auto connection = ConnectAndCheck(options_, Role::kListen, head_);
      if (!connection.ok()) {
        Await(-1, retry);
        retry = std::min(2 * retry, options_.last_retry);
        continue;
      }
      connection_ = *std::move(connection);
      retry = options_.first_retry;
      // It may have grown while nobody listened.
      Tell(head_.position());
    }
    if (!Hear().ok()) connection_ = nullptr;
  }
}

absl::Status Listener::Hear() {
  // What came beside the answer to a query lies read already.
  const absl::Time until = absl::Now() + options_.poll;
  while (true) {
    ASSIGN_OR_RETURN(const auto payloads, connection_->TakeNotifications());
    uint64_t newest = 0;
    for (const std::string& payload : payloads) {
      uint64_t position = 0;
      if (absl::SimpleAtoi(payload, &position)) newest = std::max(newest, position);
    }
    if (newest > 0) Tell(newest);
    const absl::Duration left = until - absl::Now();
    if (left <= absl::ZeroDuration()) return Poll();
    if (!Await(connection_->socket(), left)) return absl::OkStatus();
  }
}

absl::Status Listener::Poll() {
  Params params;
  params.AddBytes(node_.key);
  ASSIGN_OR_RETURN(const Rows rows, connection_->Run(Sql("poll"), params,
                                                     absl::Now() + options_.connect_timeout));
  if (rows.size() == 1) Tell(rows.Int(0, 1));
  return absl::OkStatus();
}

void Listener::Tell(uint64_t position) {
  head_.Advance(position);
  callbacks_.Post([this, position] { waiters_.Advance(position); });
}

bool Listener::Await(int socket, absl::Duration time) {
  pollfd waited[] = {{.fd = closing_, .events = POLLIN, .revents = 0},
                     {.fd = socket, .events = POLLIN, .revents = 0}};
  poll(waited, 2, static_cast<int>(absl::ToInt64Milliseconds(time)) + 1);
  closed_ = closed_ || waited[0].revents != 0;
  return !closed_;
}

}  // namespace muniment::eventstore
