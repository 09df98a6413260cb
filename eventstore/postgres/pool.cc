#include "eventstore/postgres/pool.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "base/error.h"
#include "eventstore/commit.h"
#include "eventstore/postgres/checked.h"

namespace muniment::eventstore {

absl::StatusOr<Rows> Pool::Run(absl::string_view statement, const Params& params) {
  const absl::Time deadline = absl::Now() + options_.read_timeout;
  while (true) {
    ASSIGN_OR_RETURN(auto connection, Take(deadline));
    const bool used_before = connection != nullptr;
    if (!used_before) {
      auto made = Open();
      if (!made.ok()) {
        Give(nullptr);
        return made.status();
      }
      connection = *std::move(made);
    }
    // A session that hangs since before may have been cut off from us: a new one gets the time.
    const absl::Time until =
        used_before ? std::min(deadline, absl::Now() + options_.hung_timeout) : deadline;
    auto rows = connection->Run(Sql(statement), params, until);
    const bool died = !connection->alive();
    Give(std::move(connection));
    // What one met the other idle ones met too.
    if (died) Forget();
    if (died && used_before && absl::Now() < deadline) continue;
    if (rows.ok() || !node_.has_value()) return rows;
    node_->reach.Failed(rows.status());
    return UnavailableError("The database did not answer a read.");
  }
}

absl::StatusOr<std::unique_ptr<Connection>> Pool::Open() {
  if (!node_.has_value()) {
    return Connection::Open(options_, Role::kRead, absl::Now() + options_.connect_timeout);
  }
  auto made = ConnectAndCheck(options_, Role::kRead, node_->head);
  if (made.ok()) {
    node_->reach.Found(Role::kRead);
    return made;
  }
  node_->reach.Lost(Role::kRead, made.status());
  return UnavailableError("The database takes no connection for reading.");
}

bool Pool::DropEnded() {
  std::vector<std::unique_ptr<Connection>> ended;
  absl::MutexLock lock(&mutex_);
  for (auto& connection : idle_) {
    if (!connection->StillOpen()) ended.push_back(std::move(connection));
  }
  idle_.erase(std::remove(idle_.begin(), idle_.end(), nullptr), idle_.end());
  return !ended.empty();
}

void Pool::Heal() {
  auto connection = Take(absl::Now());
  if (!connection.ok()) return;
  if (*connection != nullptr && (*connection)->StillOpen()) {
    node_->reach.Found(Role::kRead);
  } else {
    auto made = Open();
    *connection = made.ok() ? *std::move(made) : nullptr;
  }
  Give(*std::move(connection));
}

absl::StatusOr<std::unique_ptr<Connection>> Pool::Take(absl::Time deadline) {
  const auto free = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return busy_ < std::max<size_t>(options_.readers, 1);
  };
  absl::MutexLock lock(&mutex_);
  if (!mutex_.AwaitWithDeadline(absl::Condition(&free), deadline)) {
    return UnavailableError("Too many reads wait for the database.");
  }
  ++busy_;
  if (idle_.empty()) return nullptr;
  auto connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void Pool::Forget() {
  std::vector<std::unique_ptr<Connection>> closing;
  absl::MutexLock lock(&mutex_);
  closing.swap(idle_);
}

void Pool::Give(std::unique_ptr<Connection> connection) {
  absl::MutexLock lock(&mutex_);
  --busy_;
  if (connection != nullptr && connection->alive()) idle_.push_back(std::move(connection));
}

}  // namespace muniment::eventstore
