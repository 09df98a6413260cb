#include "command/hash_pool.h"

#include <utility>

#include "absl/time/clock.h"
#include "base/error.h"
#include "base/hash_memory.h"
#include "base/password.h"

namespace muniment::command {

namespace {

absl::Status QueueFull() {
  return Error(absl::StatusCode::kResourceExhausted, "command.hash_queue_full",
               "Too many passwords are being checked or keys made; try again later.");
}

}  // namespace

PasswordFunctions RealPasswordFunctions() {
  return {[](absl::string_view password) { return HashPassword(password); },
          [](absl::string_view hash, absl::string_view password) {
            return VerifyPassword(hash, password);
          }};
}

HashPool::HashPool(int threads, PasswordFunctions functions)
    : threads_(threads), functions_(std::move(functions)), pool_(threads) {}

bool HashPool::Enter(absl::Time deadline) {
  const int64_t before = queued_.fetch_add(1);
  const absl::Duration wait = absl::Microseconds((before / threads_ + 1) * cost_us_.load());
  if (absl::Now() + wait <= deadline) return true;
  queued_.fetch_sub(1);
  return false;
}

void HashPool::Drop() {
  // Nobody waits: a server at rest keeps no memory for passwords.
  if (queued_.fetch_sub(1) <= threads_) ReleaseHashMemory();
}

void HashPool::Learn(absl::Duration took) {
  const int64_t cost = cost_us_.load();
  cost_us_.store(cost + (absl::ToInt64Microseconds(took) - cost) / 8);
}

template <class T>
void HashPool::Run(absl::Time deadline, bool learns, absl::AnyInvocable<absl::StatusOr<T>()> work,
                   absl::AnyInvocable<void(absl::StatusOr<T>)> done) {
  if (!Enter(deadline)) return done(QueueFull());
  pool_.Run([this, deadline, learns, work = std::move(work), done = std::move(done)]() mutable {
    const absl::Time begin = absl::Now();
    if (begin > deadline) {
      Drop();
      return done(QueueFull());
    }
    absl::StatusOr<T> made = work();
    Drop();
    if (learns) Learn(absl::Now() - begin);
    done(std::move(made));
  });
}

void HashPool::Hash(Secret password, absl::Time deadline,
                    absl::AnyInvocable<void(absl::StatusOr<std::string>)> done) {
  Run<std::string>(
      deadline, /*learns=*/true,
      [this, password = std::move(password)] { return functions_.hash(password.reveal()); },
      std::move(done));
}

void HashPool::Verify(Secret password, std::string hash, absl::Time deadline,
                      absl::AnyInvocable<void(absl::StatusOr<bool>)> done) {
  Run<bool>(
      deadline, /*learns=*/true,
      [this, password = std::move(password), hash = std::move(hash)] {
        return functions_.verify(hash, password.reveal());
      },
      std::move(done));
}

void HashPool::MakeKeyPair(absl::Time deadline,
                           absl::AnyInvocable<void(absl::StatusOr<KeyPair>)> done) {
  Run<KeyPair>(
      deadline, /*learns=*/false, []() -> absl::StatusOr<KeyPair> { return NewKeyPair(); },
      std::move(done));
}

}  // namespace muniment::command
