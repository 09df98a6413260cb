// The whole command path: people with imported hashes are added to one organization while its
// members change all the time, on the embedded store with synced commits. Beside it the store
// alone, with commits of the same size and as many under way.
//
//   command_bench [USERS [UNDER_WAY [FOLDER]]]
#include <stdlib.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "base/check.h"
#include "base/password.h"
#include "command/handler.h"
#include "command/instance/instance.h"
#include "command/member/members.h"
#include "command/org/org.h"
#include "command/policy/domain_policy.h"
#include "command/policy/password_complexity.h"
#include "command/router.h"
#include "command/user/user.h"
#include "eventstore/rocksdb/rocks_store.h"
#include "google/protobuf/empty.pb.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {
namespace {

using zitadel::user::v2::AddHumanUserRequest;
using Empty = google::protobuf::Empty;

// There are no domains and no names to be found.
class NoNames final : public Lookup {
 public:
  using Found = absl::StatusOr<std::optional<std::string>>;
  Found UserByLoginName(uint64_t, absl::string_view) override { return std::nullopt; }
  Found UserByUsername(uint64_t, absl::string_view, absl::string_view) override {
    return std::nullopt;
  }
  Found OrganizationByDomain(uint64_t, absl::string_view) override { return std::nullopt; }
  absl::StatusOr<std::vector<Scope>> MembershipsOf(uint64_t, absl::string_view) override {
    return std::vector<Scope>();
  }
};

absl::Status AsSystem(Router& router, std::function<absl::Status(Unit&)> function) {
  Handler handler;
  handler.method = "bench";
  handler.request = Empty::descriptor();
  handler.response = Empty::descriptor();
  handler.run = [&](Unit& unit, const google::protobuf::Message&)
      -> absl::StatusOr<std::unique_ptr<google::protobuf::Message>> {
    RETURN_IF_ERROR(function(unit));
    return std::make_unique<Empty>();
  };
  CommandCall call;
  call.handler = &handler;
  call.instance = 1;
  call.caller = Caller::System();
  call.request = std::make_shared<Empty>();
  absl::Notification done;
  absl::Status status;
  router.Run(std::move(call), [&](absl::StatusOr<CommandAnswer> answer) {
    status = answer.status();
    done.Notify();
  });
  done.WaitForNotification();
  return status;
}

absl::Status SetMember(Unit& unit, const std::string& user, bool stands) {
  ASSIGN_OR_RETURN(const auto members, unit.LoadAny<Members>(OrgScope("org")));
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
  return absl::OkStatus();
}

absl::Status Seed(Unit& unit) {
  ASSIGN_OR_RETURN(const auto instance, unit.LoadAny<Instance>(InstanceScope()));
  unit.Raise(instance, event::v1::InstanceAdded());
  ASSIGN_OR_RETURN(const auto complexity, unit.LoadAny<PasswordComplexity>(InstanceScope()));
  unit.Raise(complexity, event::v1::PasswordComplexityAdded());
  ASSIGN_OR_RETURN(const auto domains, unit.LoadAny<DomainPolicy>(InstanceScope()));
  unit.Raise(domains, event::v1::DomainPolicyAdded());
  ASSIGN_OR_RETURN(const auto org, unit.LoadOrNew<Org>("org"));
  event::v1::OrgAdded org_added;
  org_added.set_name("Bench");
  unit.Raise(org, std::move(org_added));
  ASSIGN_OR_RETURN(const auto owner, unit.LoadOrNew<User>("owner"));
  event::v1::MachineAdded machine;
  machine.set_organization_id("org");
  machine.set_username("owner");
  unit.Raise(owner, std::move(machine));
  return SetMember(unit, "owner", true);
}

// Lets so many be under way at once.
class Window {
 public:
  explicit Window(int size) : free_(size), size_(size) {}
  void Enter() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](int* free) { return *free > 0; }, &free_));
    --free_;
  }
  void Leave() {
    absl::MutexLock lock(&mutex_);
    ++free_;
  }
  void Drain() {
    for (int i = 0; i < size_; ++i) Enter();
  }

 private:
  absl::Mutex mutex_;
  int free_;
  const int size_;
};

struct Result {
  double per_second = 0;
  int failed = 0;
};

Result AddUsers(Router& router, absl::string_view names, int users, int under_way) {
  const std::string hash = HashPassword("correct horse").value();
  Window window(under_way);
  std::atomic<int> failed{0};
  const absl::Time begin = absl::Now();
  for (int i = 0; i < users; ++i) {
    auto request = std::make_shared<AddHumanUserRequest>();
    request->mutable_organization()->set_org_id("org");
    request->mutable_profile()->set_given_name("Person");
    request->mutable_profile()->set_family_name(absl::StrCat(i));
    request->mutable_email()->set_email(absl::StrCat(names, i, "@example.com"));
    request->mutable_hashed_password()->set_hash(hash);
    CommandCall call;
    call.method = "zitadel.user.v2.UserService/AddHumanUser";
    call.instance = 1;
    call.caller.user_id = "owner";
    call.caller.organization_id = "org";
    call.request = std::move(request);
    call.deadline = absl::Now() + absl::Seconds(30);
    call.context.set_ip("192.0.2.1");
    window.Enter();
    router.Run(std::move(call), [&](absl::StatusOr<CommandAnswer> answer) {
      if (!answer.ok() && failed.fetch_add(1) == 0) {
        std::printf("  %s\n", answer.status().ToString().c_str());
      }
      window.Leave();
    });
  }
  window.Drain();
  return {users / absl::ToDoubleSeconds(absl::Now() - begin), failed};
}

// The same bytes into the store, without anything around it.
double RawAppends(eventstore::EventStore& store, int commits, int under_way) {
  std::string body;
  MUNIMENT_CHECK(store
                     .ReadInstance(1, 100, 100,
                                   [&](const eventstore::StoredEvent& event) {
                                     body = event.body;
                                     return false;
                                   })
                     .ok());
  Window window(under_way);
  const absl::Time begin = absl::Now();
  for (int i = 0; i < commits; ++i) {
    store::v1::Body parsed;
    MUNIMENT_CHECK(parsed.ParseFromString(body));
    parsed.set_stream_id(absl::StrCat("raw", i));
    parsed.set_version(1);
    eventstore::Commit commit;
    commit.instance = 1;
    const eventstore::StreamKey stream{1, parsed.stream_type(), AGGREGATE_USER, parsed.stream_id()};
    commit.reads.push_back({stream, 0});
    commit.events.push_back({stream, FOREVER, parsed.SerializeAsString(), {}, false});
    window.Enter();
    store.Append(std::move(commit), [&](auto committed) {
      MUNIMENT_CHECK(committed.ok());
      window.Leave();
    });
  }
  window.Drain();
  return commits / absl::ToDoubleSeconds(absl::Now() - begin);
}

int Main(int users, int under_way, const std::string& folder) {
  auto store = eventstore::RocksStore::Open({.path = folder});
  MUNIMENT_CHECK(store.ok());
  const eventstore::Codec codec("claims key of benches: 32 bytes.");
  const MasterKey master = MasterKey::Generate();
  eventstore::DataKeys keys(**store, master);
  IdGenerator ids(SystemClock(), 1);
  NoNames lookup;
  RouterPorts ports;
  ports.lookup = &lookup;
  ports.store = store->get();
  ports.codec = &codec;
  ports.keys = &keys;
  ports.ids = &ids;
  ports.clock = &SystemClock();
  Router router(ports, Handlers());
  MUNIMENT_CHECK(AsSystem(router, Seed).ok());
  const Result warm = AddUsers(router, "warm", 200, under_way);
  MUNIMENT_CHECK(warm.failed == 0);

  std::atomic<bool> stop{false};
  std::atomic<int> changes{0}, failed_changes{0};
  std::thread members([&] {
    for (int i = 0; !stop; ++i) {
      const absl::Status status = AsSystem(router, [i](Unit& unit) {
        return SetMember(unit, absl::StrCat("member", i / 2), i % 2 == 0);
      });
      ++(status.ok() ? changes : failed_changes);
      absl::SleepFor(absl::Milliseconds(5));
    }
  });
  const CommandCounters before = router.totals();
  const Result result = AddUsers(router, "measured", users, under_way);
  const CommandCounters after = router.totals();
  stop = true;
  members.join();
  const double raw = RawAppends(**store, users, under_way);

  std::printf("create user       %8.0f /s   raw append %8.0f /s   ratio %.2f   (%d under way)\n",
              result.per_second, raw, result.per_second / raw, under_way);
  std::printf("  refused %d, member changes %d (refused %d), reruns after conflicts %llu\n",
              result.failed, changes.load(), failed_changes.load(),
              static_cast<unsigned long long>(after.conflicts - before.conflicts));
  return result.failed == 0 && failed_changes == 0 ? 0 : 1;
}

}  // namespace
}  // namespace muniment::command

int main(int argc, char** argv) {
  int users = 5000, under_way = 64;
  if (argc > 1) (void)absl::SimpleAtoi(argv[1], &users);
  if (argc > 2) (void)absl::SimpleAtoi(argv[2], &under_way);
  const std::string parent = argc > 3 ? argv[3] : std::filesystem::temp_directory_path().string();
  std::string folder = parent + "/command_bench.XXXXXX";
  MUNIMENT_CHECK(mkdtemp(folder.data()) != nullptr);
  const int code = muniment::command::Main(users, under_way, folder + "/log");
  std::filesystem::remove_all(folder);
  return code;
}
