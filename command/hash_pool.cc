#include "command/hash_pool.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "base/hash_memory.h"
#include "base/password.h"

namespace muniment::command {

namespace {

constexpr double kKeyPairCost = 15;

absl::Status QueueFull() {
  return Error(absl::StatusCode::kResourceExhausted, "command.hash_queue_full",
               "Too many passwords are being checked or keys made; try again later.");
}

}  // namespace

PasswordFunctions RealPasswordFunctions() {
  return {[](absl::string_view password) { return HashPassword(password); },
          [](absl::string_view hash, absl::string_view password) {
            return VerifyGuess(hash, password);
          },
          [](absl::string_view hash) { return std::max(1.0, RelativeCost(hash)); }};
}

HashPool::HashPool(int threads, PasswordFunctions functions)
    : threads_(threads), functions_(std::move(functions)), pool_(threads) {}

// While there are fewer lines than threads one of these is free. Else the turn comes when the first
// thread is through with the lines before: no later than their average, nor than that of the
// threads which have none of the longest works.
double HashPool::WaitForTurn() const {
  if (firsts_.size() < threads_) return 0;
  double left = first_cost_;
  double wait = left / threads_;
  auto longest = firsts_.rbegin();
  for (size_t others = threads_ - 1; others > 0; --others) {
    left -= *longest++;
    wait = std::min(wait, left / others);
  }
  return std::max(wait, 0.0);
}

double HashPool::WaitOf(const Line& line) const {
  const double turns = static_cast<double>(line.works.size()) + 1;
  return line.cost + std::min(turns * WaitForTurn(), (cost_ - line.cost) / threads_);
}

bool HashPool::Enter(const std::string& key, Work& work) {
  absl::MutexLock lock(&mutex_);
  const auto found = lines_.try_emplace(key).first;
  Line& line = found->second;
  const double hashes = WaitOf(line) + work.cost;
  if (absl::Now() + hashes * absl::Microseconds(cost_us_.load()) > work.deadline) {
    if (line.works.empty()) lines_.erase(found);
    return false;
  }
  cost_ += work.cost;
  line.cost += work.cost;
  line.works.push_back(std::move(work));
  if (line.works.size() > 1) return true;
  first_cost_ += line.works.front().cost;
  firsts_.insert(line.works.front().cost);
  pool_.Run([this, key] { TakeTurn(key); });
  return true;
}

void HashPool::Add(const std::string& key, Work work) {
  if (!Enter(key, work)) work.run(false)();
}

void HashPool::TakeTurn(const std::string& key) {
  absl::Time deadline;
  bool learns = false;
  absl::AnyInvocable<absl::AnyInvocable<void()>(bool)> run;
  {
    absl::MutexLock lock(&mutex_);
    Work& work = lines_.find(key)->second.works.front();
    deadline = work.deadline;
    learns = work.learns;
    run = std::move(work.run);
  }
  const absl::Time begin = absl::Now();
  const bool in_time = begin <= deadline;
  absl::AnyInvocable<void()> tell = run(in_time);
  if (in_time && learns) Learn(absl::Now() - begin);
  run = nullptr;
  EndTurn(key);
  tell();
}

void HashPool::EndTurn(const std::string& key) {
  bool at_rest = false;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = lines_.find(key);
    Line& line = found->second;
    const double cost = line.works.front().cost;
    cost_ -= cost;
    line.cost -= cost;
    first_cost_ -= cost;
    firsts_.erase(firsts_.find(cost));
    line.works.pop_front();
    if (line.works.empty()) {
      lines_.erase(found);
    } else {
      first_cost_ += line.works.front().cost;
      firsts_.insert(line.works.front().cost);
      pool_.Run([this, key] { TakeTurn(key); });
    }
    // Sums of fractions do not come back to nothing by themselves.
    if (lines_.empty()) cost_ = first_cost_ = 0;
    at_rest = lines_.size() < threads_;
  }
  // Nobody waits for this thread: a server at rest keeps no memory for passwords.
  if (at_rest) ReleaseHashMemory();
}

void HashPool::Learn(absl::Duration took) {
  const int64_t cost = cost_us_.load();
  cost_us_.store(cost + (absl::ToInt64Microseconds(took) - cost) / 8);
}

std::string HashPool::OwnKey() { return absl::StrCat("new ", own_keys_.fetch_add(1)); }

template <class T>
HashPool::Work HashPool::MakeWork(absl::Time deadline,
                                  absl::AnyInvocable<absl::StatusOr<T>()> make,
                                  absl::AnyInvocable<void(absl::StatusOr<T>)> done) {
  Work work;
  work.deadline = deadline;
  work.run = [make = std::move(make),
              done = std::move(done)](bool in_time) mutable -> absl::AnyInvocable<void()> {
    absl::StatusOr<T> made = in_time ? make() : absl::StatusOr<T>(QueueFull());
    return [made = std::move(made), done = std::move(done)]() mutable { done(std::move(made)); };
  };
  return work;
}

void HashPool::Hash(Secret password, absl::Time deadline,
                    absl::AnyInvocable<void(absl::StatusOr<std::string>)> done) {
  Work work = MakeWork<std::string>(
      deadline,
      [this, password = std::move(password)] { return functions_.hash(password.reveal()); },
      std::move(done));
  work.learns = true;
  Add(OwnKey(), std::move(work));
}

void HashPool::Verify(const std::string& key, Secret password, std::string hash,
                      absl::Time deadline, absl::AnyInvocable<void(absl::StatusOr<bool>)> done) {
  const double cost = functions_.cost ? functions_.cost(hash) : 1;
  Work work = MakeWork<bool>(
      deadline,
      [this, password = std::move(password), hash = std::move(hash)] {
        return functions_.verify(hash, password.reveal());
      },
      std::move(done));
  work.cost = cost;
  // What is said of other kinds is rough, and no measure for our own.
  work.learns = cost <= 1;
  Add(absl::StrCat("of ", key), std::move(work));
}

void HashPool::MakeKeyPair(absl::Time deadline,
                           absl::AnyInvocable<void(absl::StatusOr<KeyPair>)> done) {
  Work work = MakeWork<KeyPair>(
      deadline, []() -> absl::StatusOr<KeyPair> { return NewKeyPair(); }, std::move(done));
  work.cost = kKeyPairCost;
  Add(OwnKey(), std::move(work));
}

}  // namespace muniment::command
