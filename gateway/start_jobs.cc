#include "gateway/start_jobs.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "command/instance/hosts.h"
#include "command/policy/defaults.h"
#include "command/user/end_user.h"
#include "command/webkey/web_keys.h"
#include "gateway/log.h"
#include "gateway/system_command.h"
#include "muniment/row/v1/row.pb.h"

namespace muniment::gateway {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(2);
constexpr absl::Duration kLastPause = absl::Seconds(1);
constexpr absl::Duration kCommandTime = absl::Minutes(1);

// An instance that is only begun, or removed, is nobody's to bring up to date.
absl::StatusOr<std::optional<command::Ref<command::Instance>>> Standing(command::Unit& unit) {
  ASSIGN_OR_RETURN(const auto instance,
                   unit.LoadAny<command::Instance>(command::InstanceScope()));
  if (!instance.exists()) return std::nullopt;
  return instance;
}

}  // namespace

absl::Status Starting() {
  return Error(absl::StatusCode::kUnavailable, "server.starting", "The server is starting.");
}

StartJobs::StartJobs(const StartPorts& ports, std::vector<std::string> hosts,
                     std::function<void()> done)
    : ports_(ports),
      hosts_(std::move(hosts)),
      done_(std::move(done)),
      ready_(Starting()),
      thread_([this] { Run(); }) {}

StartJobs::~StartJobs() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

absl::Status StartJobs::Ready() const {
  absl::MutexLock lock(&mutex_);
  return ready_;
}

bool StartJobs::Wait(absl::Duration patience) const {
  const auto done = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return ready_.ok() || absl::IsDataLoss(ready_);
  };
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&done), patience);
}

void StartJobs::Run() {
  std::string told;
  for (absl::Duration pause = kFirstPause;; pause = std::min(2 * pause, kLastPause)) {
    const absl::Status status = TryAll();
    if (status.ok()) done_();
    absl::MutexLock lock(&mutex_);
    // Tables that are being folded say so themselves, with how long it takes.
    const bool waits = absl::IsUnavailable(status);
    const bool ended = status.ok() || absl::IsDataLoss(status);
    ready_ = ended || waits ? status : Starting();
    if (ended || stopping_) return;
    if (!waits && told != status.message()) {
      told = std::string(status.message());
      LogWarning("what a start brings up to date cannot be stored; tried again",
                 {{"why", absl::StrCat(told, " [", Reason(status), "]")}});
    }
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), pause)) return;
  }
}

absl::Status StartJobs::TryAll() {
  projections::View view = ports_.database->Read();
  RETURN_IF_ERROR(view.Ready(projections::TablePlan::Of<row::v1::Instance>()));
  RETURN_IF_ERROR(view.Ready(projections::TablePlan::Of<row::v1::InstanceDomain>()));
  for (const uint64_t instance : view.instances()) {
    if (instance == eventstore::kSystemInstance) continue;
    RETURN_IF_ERROR(AddDefaults(instance));
    RETURN_IF_ERROR(EndErased(instance));
  }
  return AddHosts();
}

absl::Status StartJobs::AddDefaults(uint64_t instance) {
  const SystemCommand command{.name = "muniment.AddMissingDefaults",
                              .instance = instance,
                              .deadline = absl::Now() + kCommandTime};
  return RunAsSystem(*ports_.router, command,
                     [](command::Unit& unit) -> absl::Status {
                       ASSIGN_OR_RETURN(const auto standing, Standing(unit));
                       if (!standing.has_value()) return absl::OkStatus();
                       RETURN_IF_ERROR(command::AddMissingDefaults(unit));
                       return command::AddMissingWebKey(unit);
                     })
      .status();
}

// Who has no user name has no key: everybody else has one.
absl::Status StartJobs::EndErased(uint64_t instance) {
  projections::View view = ports_.database->Read();
  const auto& users = projections::TablePlan::Of<row::v1::User>();
  // Being built anew, beside one that answered: this log was not put back a moment ago.
  if (!view.Ready(users).ok()) return absl::OkStatus();
  projections::IndexRange range;
  range.prefix = users.index("username").Prefix({""});
  auto nameless = view.Scan(instance, users, users.index("username"), std::move(range));
  for (; nameless.Valid(); nameless.Next()) {
    row::v1::User row;
    ASSIGN_OR_RETURN(const bool found, view.Get(users, instance, nameless.row_key(), &row));
    if (!found) continue;
    const SystemCommand command{.name = "muniment.EndErased",
                                .instance = instance,
                                .deadline = absl::Now() + kCommandTime};
    RETURN_IF_ERROR(RunAsSystem(*ports_.router, command, [&](command::Unit& unit) -> absl::Status {
                      ASSIGN_OR_RETURN(const auto user, unit.LoadAny<command::User>(row.id()));
                      if (!user->exists() || !user->username.empty()) return absl::OkStatus();
                      return command::EndUser(unit, user, eventstore::kMaxCommitEvents);
                    }).status());
  }
  return nameless.status();
}

absl::Status StartJobs::AddHosts() {
  const projections::Owners& owners = ports_.database->owners();
  std::vector<std::string> missing;
  for (const std::string& host : hosts_) {
    const auto owner = owners.InstanceOf(host);
    if (!owner.has_value()) missing.push_back(host);
    if (!owner.has_value() || *owner == ports_.first_instance) continue;
    LogError("ExternalDomain belongs to another instance; the first one is not reached by it",
             {{"host", host}, {"instance", absl::StrCat(*owner)}});
  }
  if (missing.empty()) return absl::OkStatus();
  const SystemCommand command{.name = "muniment.AddHosts",
                              .instance = ports_.first_instance,
                              .deadline = absl::Now() + kCommandTime};
  bool added = false;
  RETURN_IF_ERROR(RunAsSystem(*ports_.router, command, [&](command::Unit& unit) -> absl::Status {
                    ASSIGN_OR_RETURN(const auto standing, Standing(unit));
                    added = standing.has_value();
                    if (added) command::AddHosts(unit, *standing, missing);
                    return absl::OkStatus();
                  }).status());
  if (added) {
    LogInfo("the first instance is reached by what ExternalDomain says, from now on",
            {{"hosts", absl::StrJoin(missing, ",")}});
  }
  return absl::OkStatus();
}

}  // namespace muniment::gateway
