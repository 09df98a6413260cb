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

// Of an RSA key of 2048 bits; what finds primes grows with about the fourth power of their length.
constexpr double kKeyPairCost = 15;
// Of the time until a deadline; the rest is for what comes after.
constexpr double kForHashes = 0.9;

double CostOf(const KeySpec& spec) {
  if (spec.kind != KeySpec::Kind::kRsa) return 1;
  const double longer = spec.bits / 2048.0;
  return kKeyPairCost * longer * longer * longer * longer;
}

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
    : threads_(threads),
      dear_threads_(std::max(threads - 1, 1)),
      functions_(std::move(functions)),
      pool_(threads) {}

HashPool::Kind& HashPool::KindOf(double cost) { return cost > kDearCost ? dear_ : cheap_; }

size_t HashPool::Running() const { return cheap_.running + dear_.running; }

// A kind that had nothing to do saves nothing up.
double HashPool::ShareOf(const Kind& kind) const { return std::max(share_, kind.share); }

// ---------------------------------------------------------------------- how long it takes

double HashPool::Between(const Kind& kind, const Kind& other) const {
  const double before = kind.first_cost - kind.running_cost;
  const double ahead = ShareOf(kind) + before - ShareOf(other);
  if (other.waiting.empty() || ahead < 0) return other.running_cost;
  // The last of those that begin before may end after.
  const double begins = ahead + *other.firsts.rbegin();
  return other.running_cost + std::min(other.cost - other.running_cost, begins);
}

// All threads work while one of these waits, and of several one on no dear work.
double HashPool::WaitOfCheap() const {
  if (Running() < threads_) return 0;
  const double wait = (cheap_.first_cost + Between(cheap_, dear_)) / threads_;
  if (dear_threads_ == threads_) return wait;
  return std::min(wait, cheap_.first_cost / (threads_ - dear_threads_));
}

// While one of these waits as many of them run as may, or all threads work, two of several on what
// is not dear. The turn comes when the first that may is through with those before: no later than
// their average, nor than that of the threads which have none of the longest works.
double HashPool::WaitOfDear() const {
  if (Running() < threads_ && dear_.running < dear_threads_) return 0;
  const double others = Between(dear_, cheap_) / std::min<size_t>(threads_, 2);
  if (dear_.firsts.size() < dear_threads_) return others;
  double left = dear_.first_cost;
  double wait = left / dear_threads_;
  auto longest = dear_.firsts.rbegin();
  for (size_t few = dear_threads_ - 1; few > 0; --few) {
    left -= *longest++;
    wait = std::min(wait, left / few);
  }
  return std::max(wait, 0.0) + others;
}

double HashPool::WaitOf(const Line& line, bool dear) const {
  const double turns = static_cast<double>(line.works.size()) + 1;
  if (!dear) {
    const double all = (cheap_.cost + dear_.cost - line.cost) / threads_;
    return line.cost + std::min(turns * WaitOfCheap(), std::max(all, 0.0));
  }
  const double all = std::max(dear_.cost - line.cost, 0.0) / dear_threads_ +
                     cheap_.cost / std::min<size_t>(threads_, 2);
  return line.cost + std::min(turns * WaitOfDear(), all);
}

// ---------------------------------------------------------------------- whose turn it is

bool HashPool::Enter(const std::string& key, Work& work) {
  absl::MutexLock lock(&mutex_);
  const auto found = lines_.try_emplace(key).first;
  Line& line = found->second;
  Kind& kind = KindOf(work.cost);
  const double hashes = WaitOf(line, &kind == &dear_) + work.cost;
  if (Estimate(hashes) > kForHashes * (work.deadline - absl::Now())) {
    if (line.works.empty()) lines_.erase(found);
    return false;
  }
  kind.cost += work.cost;
  line.cost += work.cost;
  line.works.push_back(std::move(work));
  if (line.works.size() > 1) return true;
  Queue(key, line);
  Dispatch();
  return true;
}

void HashPool::Queue(const std::string& key, const Line& line) {
  const double cost = line.works.front().cost;
  Kind& kind = KindOf(cost);
  Place place{0, false, came_++};
  if (&kind == &dear_) {
    const auto charged = charged_.find(key);
    const bool again = charged != charged_.end();
    std::get<0>(place) = again ? charged->second : charge_;
    std::get<1>(place) = again;
  }
  kind.waiting.emplace(place, key);
  kind.firsts.insert(cost);
  kind.first_cost += cost;
}

void HashPool::Dispatch() {
  while (Running() < threads_) {
    Kind* const kind = Next();
    if (kind == nullptr) return;
    Begin(*kind);
  }
}

HashPool::Kind* HashPool::Next() {
  const bool dear = !dear_.waiting.empty() && dear_.running < dear_threads_;
  if (cheap_.waiting.empty()) return dear ? &dear_ : nullptr;
  return dear && ShareOf(dear_) < ShareOf(cheap_) ? &dear_ : &cheap_;
}

void HashPool::Begin(Kind& kind) {
  const auto first = kind.waiting.begin();
  const auto [place, key] = *first;
  kind.waiting.erase(first);
  const double cost = lines_.find(key)->second.works.front().cost;
  ++kind.running;
  kind.running_cost += cost;
  share_ = ShareOf(kind);
  kind.share = share_ + cost;
  if (&kind == &dear_) Charge(key, std::get<0>(place), cost);
  pool_.Run([this, key = key] { TakeTurn(key); });
}

void HashPool::Charge(const std::string& key, double from, double cost) {
  if (from > charge_) {
    charge_ = from;
    absl::erase_if(charged_, [&](const auto& each) { return each.second < charge_; });
  }
  charged_[key] = from + cost;
}

void HashPool::Add(const std::string& key, Work work) {
  if (!Enter(key, work)) work.run(false)();
}

void HashPool::TakeTurn(const std::string& key) {
  absl::Time latest;
  bool learns = false;
  absl::AnyInvocable<absl::AnyInvocable<void()>(bool)> run;
  {
    absl::MutexLock lock(&mutex_);
    Work& work = lines_.find(key)->second.works.front();
    latest = work.deadline - Estimate(work.cost);
    learns = work.learns;
    run = std::move(work.run);
  }
  const absl::Time begin = absl::Now();
  const bool in_time = begin <= latest;
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
    Kind& kind = KindOf(cost);
    --kind.running;
    kind.running_cost -= cost;
    kind.first_cost -= cost;
    kind.firsts.erase(kind.firsts.find(cost));
    kind.cost -= cost;
    line.cost -= cost;
    line.works.pop_front();
    if (line.works.empty()) {
      lines_.erase(found);
    } else {
      Queue(key, line);
    }
    // Sums of fractions do not come back to nothing by themselves.
    if (kind.firsts.empty()) kind.running_cost = kind.first_cost = 0;
    if (lines_.empty()) cheap_.cost = dear_.cost = 0;
    if (dear_.firsts.empty()) {
      charged_.clear();
      charge_ = 0;
    }
    Dispatch();
    at_rest = Running() < threads_;
  }
  // Nothing waits that this thread might do: a server at rest keeps no memory for passwords.
  if (at_rest) ReleaseHashMemory();
}

void HashPool::Learn(absl::Duration took) {
  const int64_t cost = cost_us_.load();
  cost_us_.store(cost + (absl::ToInt64Microseconds(took) - cost) / 8);
}

absl::Duration HashPool::Estimate(double hashes) const {
  return hashes * absl::Microseconds(cost_us_.load());
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

void HashPool::MakeKeyPair(const std::string& key, const KeySpec& spec, absl::Time deadline,
                           absl::AnyInvocable<void(absl::StatusOr<KeyPair>)> done) {
  Work work = MakeWork<KeyPair>(
      deadline, [spec]() -> absl::StatusOr<KeyPair> { return NewKeyPair(spec); },
      std::move(done));
  work.cost = CostOf(spec);
  Add(absl::StrCat("pair ", key), std::move(work));
}

}  // namespace muniment::command
