#include "gateway/freshness.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/clock.h"
#include "base/error.h"
#include "gateway/log.h"

namespace muniment::gateway {
namespace {

constexpr absl::Duration kRecent = absl::Seconds(1);

absl::Status Away(absl::string_view why) {
  return Error(absl::StatusCode::kUnavailable, "store.unavailable", why);
}

}  // namespace

struct Freshness::Waiting {
  // Held by callbacks for reading while they use what this is of.
  absl::Mutex gate;
  bool closed ABSL_GUARDED_BY(gate) = false;
  absl::Mutex mutex;
  std::list<Done> calls ABSL_GUARDED_BY(mutex);
};

Freshness::Freshness(eventstore::PostgresStore& store, projections::Runner& runner,
                     const projections::Database& database, absl::Duration max_staleness)
    : store_(store),
      runner_(runner),
      database_(database),
      max_staleness_(max_staleness),
      waiting_(std::make_shared<Waiting>()) {}

Freshness::~Freshness() {
  std::list<Done> left;
  {
    absl::WriterMutexLock gate(&waiting_->gate);
    waiting_->closed = true;
    absl::MutexLock lock(&waiting_->mutex);
    left.swap(waiting_->calls);
  }
  for (Done& done : left) done(Away("The server is stopping."));
}

void Freshness::Await(absl::Time deadline, Done done) {
  const absl::Time asked = SteadyNow();
  Ticket ticket;
  {
    absl::MutexLock lock(&waiting_->mutex);
    ticket = waiting_->calls.insert(waiting_->calls.end(), std::move(done));
  }
  store_.AskHead([this, waiting = waiting_, ticket, asked,
                  deadline](absl::StatusOr<uint64_t> head) {
    absl::ReaderMutexLock gate(&waiting->gate);
    if (!waiting->closed) Told(ticket, asked, deadline, head);
  });
}

void Freshness::Told(Ticket ticket, absl::Time asked, absl::Time deadline,
                     const absl::StatusOr<uint64_t>& head) {
  if (!head.ok()) return Answer(ticket, Stale());
  const projections::Checkpoint shown = database_.checkpoint();
  if (shown.position > 0 && shown.epoch != store_.SeenEpoch()) {
    // What the log lost stands in the views until the runner has emptied them.
    return Answer(ticket, Error(absl::StatusCode::kUnavailable, "models.stopped",
                                "The log has a new epoch; the read models are made anew."));
  }
  if (*head <= shown.position) return Applied(ticket, asked, absl::OkStatus());
  runner_.WaitPosition(*head, deadline,
                       [this, waiting = waiting_, ticket, asked, here = std::this_thread::get_id()](
                           const absl::Status& status) {
    // At once, this thread has passed the gate.
    if (std::this_thread::get_id() == here) return Applied(ticket, asked, status);
    absl::ReaderMutexLock gate(&waiting->gate);
    if (!waiting->closed) Applied(ticket, asked, status);
  });
}

void Freshness::Applied(Ticket ticket, absl::Time asked, const absl::Status& status) {
  // The runner reads from the database that answered just now.
  if (absl::IsUnavailable(status)) return Answer(ticket, Stale());
  if (!status.ok()) return Answer(ticket, status);
  Saw(asked);
  Answer(ticket, absl::ZeroDuration());
}

void Freshness::Answer(Ticket ticket, absl::StatusOr<absl::Duration> age) {
  Done done;
  {
    absl::MutexLock lock(&waiting_->mutex);
    done = std::move(*ticket);
    waiting_->calls.erase(ticket);
  }
  done(std::move(age));
}

void Freshness::Saw(absl::Time asked) {
  absl::MutexLock lock(&mutex_);
  fresh_ = std::max(fresh_, asked);
}

absl::Duration Freshness::Age() {
  const auto word = store_.LastWord();
  if (database_.checkpoint().position >= word.position) Saw(word.asked);
  absl::MutexLock lock(&mutex_);
  return SteadyNow() - fresh_;
}

bool Freshness::Recent() { return store_.connected() && Age() < kRecent; }

absl::StatusOr<absl::Duration> Freshness::Stale() {
  const absl::Duration age = Age();
  if (age <= max_staleness_) return std::max(age, absl::Milliseconds(1));
  return Error(absl::StatusCode::kUnavailable, "store.too_stale",
               absl::StrCat("The database was last heard more than ",
                            absl::FormatDuration(max_staleness_),
                            " ago: nobody's rights are certain any more. Try again soon."));
}

absl::Status Freshness::Reached() const {
  const absl::Status reached = store_.Reached();
  return reached.ok()
             ? reached
             : Away(absl::StrCat(reached.message(), " Nothing was changed; try again soon."));
}

void TellDatabase(const absl::Status& why) {
  if (why.ok()) return LogInfo("the database is back");
  // libpq's words run over several lines.
  std::string line(why.message());
  absl::RemoveExtraAsciiWhitespace(&line);
  LogWarning("the database fails", {{"why", absl::StrReplaceAll(line, {{"\n", " "}, {"\t", " "}})}});
}

}  // namespace muniment::gateway
