// Names of an organization's users move to where they are to count and back, while people are added to
// it: how long that takes, and what it makes of those who come beside.
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gateway/reactors/host.h"
#include "gateway/reactors/names.h"
#include "muniment/row/v1/names.pb.h"
#include "tests/bench/bench.h"
#include "tests/bench/parts.h"
#include "tests/bench/platform.h"
#include "tests/bench/raw_log.h"
#include "zitadel/settings/v2/settings_service.pb.h"

namespace muniment::bench {
namespace {

constexpr int kCallers = 8;
// Of a step of the move (command/policy/move_names.h), with some bytes each.
constexpr uint64_t kEventsOfACommit = 160;
constexpr size_t kBytesOfAnEvent = 400;

absl::Status RunOne(Platform& platform, const std::string& method,
                    std::shared_ptr<const google::protobuf::Message> request) {
  absl::Notification ended;
  absl::Status status;
  platform.Run(platform.Call(method, std::move(request)), [&](const absl::Status& result) {
    status = result;
    ended.Notify();
  });
  ended.WaitForNotification();
  return status;
}

// Adds people until it is stopped; one that cannot be added ends the bench.
class Adders {
 public:
  explicit Adders(Platform& platform, std::string bench)
      : platform_(platform), bench_(std::move(bench)), began_(absl::Now()) {
    for (int i = 0; i < kCallers; ++i) {
      threads_.emplace_back([this] {
        while (!stop_.load()) {
          Require(RunOne(platform_, "zitadel.user.v2.UserService/AddHumanUser",
                         std::make_shared<zitadel::user::v2::AddHumanUserRequest>(
                             NewPerson(platform_.organization(), bench_, next_++))),
                  "a person beside the move");
        }
      });
    }
  }
  // How many, and how many a second.
  uint64_t Stop() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    per_second_ = static_cast<double>(next_.load()) / absl::ToDoubleSeconds(absl::Now() - began_);
    return next_.load();
  }
  double per_second() const { return per_second_; }

 private:
  Platform& platform_;
  const std::string bench_;
  const absl::Time began_;
  std::atomic<bool> stop_ = false;
  std::atomic<uint64_t> next_ = 0;
  std::vector<std::thread> threads_;
  double per_second_ = 0;
};

uint64_t Claims(Platform& platform) {
  uint64_t claims = 0;
  Require(platform.storage().store().ReadClaims([&](const auto&, auto, auto) {
    ++claims;
    return true;
  }),
          "the claims");
  return claims;
}

row::v1::NameMove Row(Platform& platform) {
  projections::View view = platform.database().Read();
  const auto row = Require(view.Get<row::v1::NameMove>(platform.instance(),
                                                       {AGGREGATE_ORG, platform.organization()}),
                           "the move");
  return row.value_or(row::v1::NameMove());
}

struct Moved {
  double begun = 0, seconds = 0;  // the answer, and all of it
  uint64_t beside = 0;
  double beside_per_second = 0;
};

Moved Move(Platform& platform, bool scoped) {
  const uint64_t claims = Claims(platform);
  auto request = std::make_shared<zitadel::settings::v2::SetOrganizationSettingsRequest>();
  request->set_organization_id(platform.organization());
  request->set_organization_scoped_usernames(scoped);
  Adders adders(platform, scoped ? "into" : "back");
  Moved moved;
  const absl::Time began = absl::Now();
  Require(RunOne(platform, "zitadel.settings.v2.SettingsService/SetOrganizationSettings", request),
          "the beginning of a move");
  moved.begun = absl::ToDoubleSeconds(absl::Now() - began);
  while (Row(platform).state() != row::v1::NAME_MOVE_STATE_ENDED) {
    absl::SleepFor(absl::Milliseconds(5));
  }
  moved.seconds = absl::ToDoubleSeconds(absl::Now() - began);
  moved.beside = adders.Stop();
  moved.beside_per_second = adders.per_second();
  if (Row(platform).has_refused()) Fail("the move was refused");
  const auto& owners = platform.database().owners();
  if (owners.NamesInOrganization(platform.instance(), platform.organization()) != scoped) {
    Fail("the setting is not set");
  }
  // Each has one, those who came beside as well.
  if (Claims(platform) != claims + moved.beside) {
    Fail(absl::StrCat(Claims(platform), " claims of ", claims, " and ", moved.beside));
  }
  return moved;
}

// What the disk alone takes to sync as many bytes in as many commits.
double RawSeconds(const Options& options) {
  RawLog raw(absl::StrCat(options.folder, "/raw"),
             std::string(kEventsOfACommit * kBytesOfAnEvent, 'x'));
  const absl::Time began = absl::Now();
  for (uint64_t i = 0; i < 2 * options.users; i += kEventsOfACommit) raw.Append();
  return absl::ToDoubleSeconds(absl::Now() - began);
}

void TellMove(const Options& options, const std::string& where, const Moved& moved,
              double alone) {
  const auto events = static_cast<double>(2 * options.users);
  Tell({.name = absl::StrCat("names of ", options.users, " people, ", where, ", begun"),
        .value = moved.begun * 1000,
        .unit = "ms"});
  Tell({.name = absl::StrCat("names of ", options.users, " people, ", where),
        .value = moved.seconds,
        .unit = "s",
        .raw = RawSeconds(options),
        .raw_name = "as many synced commits"});
  Tell({.name = absl::StrCat("the same, ", where), .value = events / moved.seconds,
        .unit = "events/s"});
  Tell({.name = absl::StrCat("people added beside it, ", moved.beside, ", none lost"),
        .value = moved.beside_per_second,
        .unit = "/s",
        .raw = alone,
        .raw_name = "without a move"});
}

}  // namespace

void NamesPart(const Options& options) {
  const std::string folder = absl::StrCat(options.folder, "/people");
  MakeInstance(folder);
  {
    Platform platform(folder, false);
    platform.Populate(options.users);
    platform.BuildModels();
  }
  Platform platform(folder);
  absl::Notification folded;
  platform.runner().Applied(
      Require(platform.storage().store().ReadLogHead(), "the head").position,
      [&](absl::Status) { folded.Notify(); });
  folded.WaitForNotification();
  gateway::ReactorHost host({&platform.storage().store(), &platform.database(),
                             &platform.runner(), &platform.router()},
                            {gateway::NameReactor(platform.database())});
  Adders adders(platform, "alone");
  absl::SleepFor(options.time);
  adders.Stop();
  TellMove(options, "into their organization", Move(platform, true), adders.per_second());
  TellMove(options, "back", Move(platform, false), adders.per_second());
}

}  // namespace muniment::bench
