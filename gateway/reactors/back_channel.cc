#include "gateway/reactors/back_channel.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/template.h"
#include "command/oidc/session_logout.h"
#include "gateway/log.h"
#include "gateway/oidc/json_object.h"
#include "gateway/reactors/attempt.h"

namespace muniment::gateway {
namespace {

using command::DueLogout;
using command::Unit;

constexpr uint32_t kAttempts = 3;
constexpr absl::Duration kPause = absl::Seconds(5), kLastPause = absl::Minutes(1);
constexpr absl::Duration kAnswerTime = absl::Seconds(5);
// A host that hung is not asked again for so long: others' logouts do not wait behind it.
constexpr absl::Duration kRest = absl::Minutes(1);
constexpr size_t kMostHosts = 10'000;
// Section 2.4 recommends two minutes at most.
constexpr absl::Duration kTokenTime = absl::Minutes(2);
constexpr size_t kIdBytes = 16;
constexpr char kLogoutTokenType[] = "logout+jwt";
constexpr char kLogoutEvent[] = "http://schemas.openid.net/event/backchannel-logout";

absl::Status Interrupted() {
  return Error(absl::StatusCode::kCancelled, "logout.interrupted", "The logout goes on elsewhere.");
}

// Hosts that kept somebody waiting until the time was over. Thread-safe.
class Hung {
 public:
  bool Rests(const std::string& host, absl::Time now) {
    absl::MutexLock lock(&mutex_);
    const auto found = until_.find(host);
    return found != until_.end() && now < found->second;
  }
  void Note(const std::string& host, absl::Time now) {
    absl::MutexLock lock(&mutex_);
    if (until_.size() >= kMostHosts) until_.clear();
    until_[host] = now + kRest;
  }

 private:
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, absl::Time> until_ ABSL_GUARDED_BY(mutex_);
};

// No attempt more would change it.
bool IsForGood(const absl::Status& failure) {
  return absl::IsInvalidArgument(failure) || absl::IsPermissionDenied(failure);
}

// Section 2.4. A token more is another one: who took the first and lost it must not take the second for
// its replay.
absl::StatusOr<std::string> LogoutToken(const BackChannelPorts& ports, const Work& work,
                                        const DueLogout& due) {
  const absl::Time now = ports.clock->Now();
  JsonObject claims;
  claims.Add("iss", due.issuer)
      .Add("sub", due.user_id)
      .AddTexts("aud", std::vector<std::string>{due.client_id})
      .Add("iat", now)
      .Add("exp", now + kTokenTime)
      .Add("jti", Base64UrlEncode(RandomBytes(kIdBytes)))
      .Add("sid", work.id.resource_id)
      .Add("events", std::move(JsonObject().Add(kLogoutEvent, JsonObject())));
  return ports.signer->Sign(work.instance, kLogoutTokenType, claims.Finish());
}

// Section 2.8: 200; 204 is some frameworks' way to say so.
absl::Status Post(const BackChannelPorts& ports, const Action& action, const DueLogout& due) {
  ASSIGN_OR_RETURN(const std::string token, LogoutToken(ports, action.work(), due));
  OutboundRequest request;
  request.method = "POST";
  request.url = due.uri;
  request.headers.Add("content-type", "application/x-www-form-urlencoded");
  request.body = absl::StrCat("logout_token=", token);
  request.deadline = std::min(action.deadline(), absl::Now() + kAnswerTime);
  request.go_on = [&action] { return action.MayAct(); };
  ASSIGN_OR_RETURN(const OutboundResponse answer, ports.outbound->Send(request));
  if (answer.status == 200 || answer.status == 204) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, "logout.refused",
               absl::StrCat("The application answered ", answer.status, "."));
}

absl::Status PostUnlessHung(const BackChannelPorts& ports, Hung& hung, const Action& action,
                            const DueLogout& due) {
  const std::string host = HostOfUrlTemplate(due.uri).value_or("");
  if (hung.Rests(host, ports.clock->Now())) {
    return Error(absl::StatusCode::kUnavailable, "logout.host_hung",
                 "The application's host did not answer in time a moment ago.");
  }
  const absl::Status told = Post(ports, action, due);
  if (absl::IsDeadlineExceeded(told)) hung.Note(host, ports.clock->Now());
  return told;
}

absl::Status Tell(const BackChannelPorts& ports, Hung& hung, Action& action) {
  const std::string& session_id = action.work().id.resource_id;
  std::vector<DueLogout> due;
  RETURN_IF_ERROR(action.Run([&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(due, command::DueLogouts(unit, session_id));
    return absl::OkStatus();
  }));
  absl::Status failure;
  for (const DueLogout& each : due) {
    if (!action.MayAct()) return Interrupted();
    const absl::Status told = PostUnlessHung(ports, hung, action, each);
    if (!told.ok() && !action.MayAct()) return Interrupted();
    if (told.ok()) {
      RETURN_IF_ERROR(action.Run([&](Unit& unit) {
        return command::RaiseLogoutSent(unit, session_id, each.client_id);
      }));
      continue;
    }
    LogWarning("an application was not told of a logout",
               {{"client", each.client_id},
                {"attempt", absl::StrCat(action.work().attempts + 1)},
                {"why", ReasonText(told)}});
    if (failure.ok() || IsForGood(failure)) failure = told;
  }
  if (!IsForGood(failure)) return failure;
  return Error(absl::StatusCode::kFailedPrecondition, Reason(failure), failure.message());
}

}  // namespace

Reactor BackChannelReactor(const BackChannelPorts& ports) {
  Reactor reactor;
  reactor.work = std::string(command::kLogoutWork);
  const auto hung = std::make_shared<Hung>();
  reactor.act = [ports, hung](Action& action) { return Tell(ports, *hung, action); };
  reactor.retry = {.attempts = kAttempts, .first = kPause, .last = kLastPause};
  reactor.at_once = 16;
  // Each of the applications has a time of its own.
  reactor.timeout = absl::InfiniteDuration();
  return reactor;
}

}  // namespace muniment::gateway
