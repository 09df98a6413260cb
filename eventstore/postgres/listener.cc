#include "eventstore/postgres/listener.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/error.h"
#include "eventstore/commit.h"
#include "eventstore/postgres/checked.h"

namespace muniment::eventstore {

Listener::Listener(const PostgresOptions& options, const NodeEntry& node,
                   std::unique_ptr<Connection> connection, KnownHead& head, Reach& reach,
                   Waiters& waiters, Callbacks& callbacks)
    : options_(options),
      node_(node),
      head_(head),
      reach_(reach),
      waiters_(waiters),
      callbacks_(callbacks),
      connection_(std::move(connection)),
      bell_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      poll_interval_(options.poll),
      thread_([this] { Run(); }) {}

Listener::~Listener() {
  closed_.store(true);
  Ring();
  thread_.join();
  close(bell_);
  absl::MutexLock lock(&mutex_);
  FailAsked(UnavailableError("The store closes."));
}

void Listener::Ring() {
  const uint64_t one = 1;
  // An eventfd that is not near its end takes it.
  (void)!write(bell_, &one, sizeof(one));
}

void Listener::AskHead(HeadDone done) {
  {
    absl::MutexLock lock(&mutex_);
    asked_.push_back({std::move(done), absl::Now() + options_.head_timeout});
    if (!connected_) return FailAsked(UnavailableError("The database cannot be reached."));
    // Who came before has rung, and is answered by the same query.
    if (asked_.size() > 1) return;
  }
  Ring();
}

bool Listener::connected() const {
  absl::MutexLock lock(&mutex_);
  return connected_;
}

void Listener::SetConnected(const absl::Status& why) {
  if (why.ok()) {
    reach_.Found(Role::kListen);
  } else {
    reach_.Lost(Role::kListen, why);
  }
  absl::MutexLock lock(&mutex_);
  connected_ = why.ok();
  if (!connected_) FailAsked(UnavailableError("The database cannot be reached."));
}

void Listener::FailAsked(const absl::Status& why) {
  if (asked_.empty()) return;
  callbacks_.Post([asked = std::exchange(asked_, {}), why]() mutable {
    for (Asked& each : asked) each.done(why);
  });
}

void Listener::Run() {
  absl::Duration retry = options_.first_retry;
  while (!closed_) {
    absl::Status status = connection_ == nullptr ? Connect() : absl::OkStatus();
    if (status.ok()) {
      status = Hear();
      if (status.ok()) {
        retry = options_.first_retry;
        continue;
      }
      connection_ = nullptr;
      // A session that was ended is made anew at once, and those who asked need not hear of it.
      if (!hung_) continue;
    }
    SetConnected(status);
    Await(-1, retry);
    retry = std::min(2 * retry, options_.last_retry);
  }
}

absl::Status Listener::Connect() {
  absl::Time deadline = absl::InfiniteFuture();
  {
    absl::MutexLock lock(&mutex_);
    if (!asked_.empty()) deadline = asked_.front().until;
  }
  ASSIGN_OR_RETURN(auto connection, ConnectAndCheck(options_, Role::kListen, head_, deadline));
  RETURN_IF_ERROR(ShowNode(*connection, node_, absl::Now() + options_.head_timeout));
  connection_ = std::move(connection);
  SetConnected(absl::OkStatus());
  // It may have grown while nobody listened.
  Tell(head_.position());
  return absl::OkStatus();
}

// In this order: what comes between is not claimed, and who finds the end closes.
absl::Status Listener::Hearken(bool given_up) {
  const std::optional<absl::Time> until = connection_->LastSign();
  std::vector<std::string> payloads;
  const absl::Status status = connection_->TakeNotifications(payloads);
  Tell(payloads);
  if ((given_up || !status.ok()) && until.has_value()) head_.HeardUntil(*until);
  return status;
}

absl::Status Listener::Hear() {
  // What came beside the answer to a query lies read already.
  const absl::Time until = absl::Now() + poll_interval_;
  while (true) {
    RETURN_IF_ERROR(Hearken());
    RETURN_IF_ERROR(AnswerAsked());
    const absl::Duration left = until - absl::Now();
    if (left <= absl::ZeroDuration()) return Poll();
    if (!Await(connection_->socket(), left)) return absl::OkStatus();
  }
}

absl::Status Listener::Poll() {
  Params params;
  params.AddBytes(node_.key);
  ASSIGN_OR_RETURN(const Rows rows, Query(Sql("poll"), params,
                                          absl::Now() + options_.head_timeout));
  poll_interval_ = PollInterval(options_, rows.Int(0, 2));
  // Where nobody calls, nobody else would find that a connection was ended.
  reach_.Nudge();
  Tell(rows.Int(0, 1));
  return absl::OkStatus();
}

absl::Status Listener::AnswerAsked() {
  std::vector<Asked> asked;
  {
    absl::MutexLock lock(&mutex_);
    asked.swap(asked_);
  }
  if (asked.empty()) return absl::OkStatus();
  const absl::StatusOr<Rows> head = Query(Sql("read_position"), Params(), asked.front().until);
  if (!head.ok() && !hung_) {
    absl::MutexLock lock(&mutex_);
    asked_.insert(asked_.begin(), std::make_move_iterator(asked.begin()),
                  std::make_move_iterator(asked.end()));
    return head.status();
  }
  const absl::StatusOr<uint64_t> position =
      head.ok() ? absl::StatusOr<uint64_t>(head->Int(0, 1)) : head.status();
  // It may run when this is gone.
  callbacks_.Post([&waiters = waiters_, asked = std::move(asked), position]() mutable {
    // Who waits for the log to grow is told first: he has to fold it for those who asked.
    if (position.ok()) waiters.Advance(*position);
    for (Asked& each : asked) each.done(position);
  });
  return head.status();
}

// By the time of who waits longest: he had his chance, whatever failed before it.
absl::StatusOr<Rows> Listener::Query(const Statement& statement, const Params& params,
                                     absl::Time deadline) {
  queries_.fetch_add(1, std::memory_order_relaxed);
  const absl::Time asked = SteadyNow();
  absl::StatusOr<Rows> rows = connection_->Run(statement, params, deadline);
  failures_ = rows.ok() ? 0 : failures_ + 1;
  hung_ = failures_ > 1 || (failures_ > 0 && absl::Now() >= deadline);
  // Before anybody hears of it: how old the state is counts from there. A server that took the question
  // and gave no answer says nothing, however alive its machine is.
  const std::optional<absl::Time> sign = connection_->LastSign();
  const bool took = absl::Now() >= deadline && (!sign.has_value() || *sign >= asked);
  if (!rows.ok() && !took) (void)Hearken(/*given_up=*/true);
  RETURN_IF_ERROR(rows.status());
  if (rows->size() != 1) {
    return Error(absl::StatusCode::kDataLoss, "store.damaged", "The table head is damaged.");
  }
  head_.Heard(asked, rows->Int(0, 0), rows->Int(0, 1));
  return rows;
}

void Listener::Tell(const std::vector<std::string>& payloads) {
  uint64_t newest = 0;
  for (const std::string& payload : payloads) {
    uint64_t position = 0;
    if (absl::SimpleAtoi(payload, &position)) newest = std::max(newest, position);
  }
  if (newest > 0) Tell(newest);
}

void Listener::Tell(uint64_t position) {
  head_.Advance(position);
  callbacks_.Post([&waiters = waiters_, position] { waiters.Advance(position); });
}

bool Listener::Await(int socket, absl::Duration time) {
  pollfd waited[] = {{.fd = bell_, .events = POLLIN, .revents = 0},
                     {.fd = socket, .events = POLLIN, .revents = 0}};
  poll(waited, 2, static_cast<int>(absl::ToInt64Milliseconds(time)) + 1);
  uint64_t rung = 0;
  if (waited[0].revents != 0) (void)!read(bell_, &rung, sizeof(rung));
  return !closed_;
}

}  // namespace muniment::eventstore
