// The whole command path on the embedded store: token's owner, rule, fold, decision, sealing,
// commit, read models, answer.
#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "base/password.h"
#include "command/member/members.h"
#include "google/protobuf/empty.pb.h"
#include "tests/bench/bench.h"
#include "tests/bench/parts.h"
#include "tests/bench/platform.h"
#include "tests/bench/raw_log.h"
#include "zitadel/session/v2/session_service.pb.h"

namespace muniment::bench {
namespace {

using zitadel::session::v2::CreateSessionRequest;
using zitadel::session::v2::CreateSessionResponse;
using zitadel::user::v2::SetUserMetadataRequest;
constexpr char kUsers[] = "zitadel.user.v2.UserService/";
constexpr int kMostCallers = 256;

// The newest event's bytes.
std::string NewestBody(Platform& platform) {
  auto& store = platform.storage().store();
  const uint64_t newest = Require(store.ReadSequence(platform.instance()), "the sequence");
  std::string body;
  Require(store.ReadInstance(platform.instance(), newest, newest,
                             [&](const eventstore::StoredEvent& event) {
                               body = event.body;
                               return false;
                             }),
          "the newest event");
  return body;
}

void AddPerson(Platform& platform, absl::string_view bench, uint64_t number, Done done) {
  platform.Run(
      platform.Call(absl::StrCat(kUsers, "AddHumanUser"),
                    std::make_shared<zitadel::user::v2::AddHumanUserRequest>(
                        NewPerson(platform.organization(), bench, number))),
      std::move(done));
}

absl::Status SetMember(Platform& platform, const std::string& user, bool stands) {
  command::Handler handler;
  handler.method = "bench";
  handler.request = google::protobuf::Empty::descriptor();
  handler.response = google::protobuf::Empty::descriptor();
  handler.run = [&](command::Unit& unit, const google::protobuf::Message&)
      -> absl::StatusOr<std::unique_ptr<google::protobuf::Message>> {
    ASSIGN_OR_RETURN(const auto members, unit.LoadAny<command::Members>(
                                             command::OrgScope(platform.organization())));
    if (stands) {
      event::v1::MemberAdded added;
      added.set_user_id(user);
      added.add_role("ORG_OWNER");
      unit.Raise(members, std::move(added));
    } else {
      event::v1::MemberRemoved removed;
      removed.set_user_id(user);
      unit.Raise(members, std::move(removed));
    }
    return std::make_unique<google::protobuf::Empty>();
  };
  command::CommandCall call =
      platform.Call(handler.method, std::make_shared<google::protobuf::Empty>());
  call.handler = &handler;
  call.caller = Caller::System();
  absl::Notification ended;
  absl::Status status;
  platform.Run(std::move(call), [&](const absl::Status& result) {
    status = result;
    ended.Notify();
  });
  ended.WaitForNotification();
  return status;
}

// Each lane sets metadata of a person of its own: an event on a standing stream.
void TellAppends(Platform& platform, RawLog& raw, const std::vector<std::string>& users,
                 int callers, const Options& options) {
  std::atomic<uint64_t> number{0};
  double cpu = 0;
  const Round round = Median(options.rounds, [&] {
    const Load ours = RunLanes(callers, options.time, [&](int lane, Done done) {
      const auto request = std::make_shared<SetUserMetadataRequest>();
      request->set_user_id(users[lane % users.size()]);
      auto* entry = request->add_metadata();
      entry->set_key("bench");
      entry->set_value(absl::StrCat("value ", ++number));
      platform.Run(platform.Call(absl::StrCat(kUsers, "SetUserMetadata"), request),
                   std::move(done));
    });
    cpu = ours.cpu_us;
    const Load bare = RunThreads(callers, options.time, [&](int) { raw.Append(); });
    return Round{ours.per_second(), bare.per_second()};
  });
  Tell({.name = absl::StrCat("append, ", callers, callers == 1 ? " caller" : " callers"),
        .value = round.value,
        .unit = "/s",
        .raw = round.raw,
        .raw_name = "synced batches",
        .at_least_ratio = 0.4});
  if (callers == 64) {
    Tell({.name = "append, CPU of one (64 callers)", .value = cpu, .unit = "us"});
  }
}

// A session for each person in turn: made for him, with one commit and no hash.
void TellSessions(Platform& platform, RawLog& raw, const Options& options) {
  const auto users = platform.Users(10'000);
  double cpu = 0, commits = 0;
  const Round round = Median(options.rounds, [&] {
    const auto before = platform.router().totals();
    const Load ours = RunLanes(64, options.time, [&](int, Done done) {
      static std::atomic<uint64_t> number{0};
      const auto request = std::make_shared<CreateSessionRequest>();
      request->mutable_checks()->mutable_user()->set_user_id(users[++number % users.size()]);
      platform.Run(platform.Call("zitadel.session.v2.SessionService/CreateSession", request),
                   std::move(done));
    });
    cpu = ours.cpu_us;
    commits = static_cast<double>(platform.router().totals().commits - before.commits) /
              static_cast<double>(ours.operations);
    const Load bare = RunThreads(64, options.time, [&](int) { raw.Append(); });
    return Round{ours.per_second(), bare.per_second()};
  });
  Tell({.name = absl::StrCat("add session, 64 callers (", absl::StrFormat("%.2f", commits),
                             " commits each)"),
        .value = round.value,
        .unit = "/s",
        .raw = round.raw,
        .raw_name = "synced batches",
        .at_least_ratio = 0.4});
  Tell({.name = "add session, CPU of one", .value = cpu, .unit = "us", .at_most = 100});
}

// What everybody's password is (platform.cc).
constexpr char kPassword[] = "correct horse battery staple";

// A session of each person, for the lanes to check.
std::vector<std::string> BeginSessions(Platform& platform, const std::vector<std::string>& users) {
  std::vector<std::string> sessions(users.size());
  for (size_t i = 0; i < users.size(); ++i) {
    const auto request = std::make_shared<CreateSessionRequest>();
    request->mutable_checks()->mutable_user()->set_user_id(users[i]);
    absl::Notification made;
    platform.router().Run(platform.Call("zitadel.session.v2.SessionService/CreateSession", request),
                          [&](absl::StatusOr<command::CommandAnswer> answer) {
                            Require(answer.status(), "a session");
                            sessions[i] = static_cast<const CreateSessionResponse&>(
                                              *answer->response).session_id();
                            made.Notify();
                          });
    made.WaitForNotification();
  }
  return sessions;
}

// The second call of a password session: one commit and one hash, which is nearly all of it.
void TellChecks(Platform& platform, const Options& options) {
  constexpr int kCallers = 16;
  const auto sessions = BeginSessions(platform, platform.Users(kCallers));
  const int threads = command::RouterOptions().hashers;
  const std::string hash = Require(HashPassword(kPassword), "a hash");
  double commits = 0, hashes = 0;
  const Round round = Median(options.rounds, [&] {
    const auto before = platform.router().totals();
    const Load ours = RunLanes(kCallers, options.time, [&](int lane, Done done) {
      const auto request = std::make_shared<zitadel::session::v2::SetSessionRequest>();
      request->set_session_id(sessions[static_cast<size_t>(lane) % sessions.size()]);
      request->mutable_checks()->mutable_password()->set_password(kPassword);
      platform.Run(platform.Call("zitadel.session.v2.SessionService/SetSession", request),
                   std::move(done));
    });
    const auto after = platform.router().totals();
    commits = static_cast<double>(after.commits - before.commits) /
              static_cast<double>(ours.operations);
    hashes = static_cast<double>(after.hashes - before.hashes) /
             static_cast<double>(ours.operations);
    const Load bare = RunThreads(threads, options.time, [&](int) {
      if (!Require(VerifyPassword(hash, kPassword), "a check")) Fail("the password was refused");
    });
    return Round{ours.per_second(), bare.per_second()};
  });
  Tell({.name = absl::StrCat("check a session's password, ", kCallers, " callers (",
                             absl::StrFormat("%.2f commits, %.2f hashes", commits, hashes),
                             " each)"),
        .value = round.value,
        .unit = "/s",
        .raw = round.raw,
        .raw_name = "checks of the hash alone",
        .at_least_ratio = 0.9});
}

}  // namespace

void AppendPart(const Options& options) {
  MakeInstance(options.folder);
  Platform(options.folder, false).Populate(kMostCallers);
  Platform platform(options.folder);
  absl::Notification folded;
  platform.runner().Applied(
      Require(platform.storage().store().ReadLogHead(), "the head").position,
      [&](absl::Status) { folded.Notify(); });
  folded.WaitForNotification();
  const auto users = platform.Users(kMostCallers);
  RunLanes(8, absl::Milliseconds(300), [&](int, Done done) {
    static std::atomic<uint64_t> number{0};
    AddPerson(platform, "warm", ++number, std::move(done));
  });
  RawLog raw(options.folder + "/raw", NewestBody(platform));
  for (const int callers : {1, 8, 64, 256}) TellAppends(platform, raw, users, callers, options);
}

void CreatePart(const Options& options) {
  MakeInstance(options.folder);
  Platform platform(options.folder);
  std::atomic<uint64_t> number{0};
  const auto add = [&](int, Done done) {
    AddPerson(platform, "person", ++number, std::move(done));
  };
  RunLanes(64, absl::Milliseconds(500), add);
  RawLog raw(options.folder + "/raw", NewestBody(platform));

  double cpu = 0;
  const auto measure = [&] {
    const Load ours = RunLanes(64, options.time, add);
    cpu = ours.cpu_us;
    const Load bare = RunThreads(64, options.time, [&](int) { raw.Append(); });
    return Round{ours.per_second(), bare.per_second()};
  };
  const Round still = Median(options.rounds, measure);
  Tell({.name = "create user, in process, 64 callers",
        .value = still.value,
        .unit = "/s",
        .raw = still.raw,
        .raw_name = "synced batches"});
  Tell({.name = "create user, CPU of one", .value = cpu, .unit = "us", .at_most = 150});

  TellSessions(platform, raw, options);
  TellChecks(platform, options);

  std::atomic<bool> stop{false};
  std::atomic<int> changes{0};
  std::thread members([&] {
    for (int i = 0; !stop; ++i) {
      Require(SetMember(platform, absl::StrCat("member", i / 2), i % 2 == 0), "a member's change");
      ++changes;
      absl::SleepFor(absl::Milliseconds(5));
    }
  });
  const auto before = platform.router().totals();
  const Round moving = Median(options.rounds, measure);
  const auto after = platform.router().totals();
  stop = true;
  members.join();
  if (changes == 0) Fail("no member changed");
  Tell({.name = absl::StrCat("create user while members change (", changes.load(), " changes, ",
                             after.conflicts - before.conflicts, " reruns)"),
        .value = moving.value,
        .unit = "/s",
        .raw = moving.raw,
        .raw_name = "synced batches",
        .at_least = 1000});
}

}  // namespace muniment::bench
