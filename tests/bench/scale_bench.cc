// A crowd that `muniment import` brings in: how fast, and what lists, checks of permissions and a
// change of a domain take when it is there.
#include <sys/resource.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "tests/bench/bench.h"
#include "tests/bench/parts.h"
#include "tests/bench/platform.h"
#include "tests/bench/raw_log.h"
#include "tests/bench/reads.h"
#include "zitadel/internal_permission/v2/internal_permission_service.pb.h"
#include "zitadel/org/v2/org_service.pb.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::bench {
namespace {

using zitadel::user::v2::GetUserByIDRequest;
using zitadel::user::v2::ListUsersRequest;

constexpr uint64_t kSmall = 2000;   // people of the small case
constexpr uint64_t kSeen = 10;      // people of each organization but the large one
constexpr uint32_t kPage = 50;
constexpr size_t kLinesOfACommit = 112;
constexpr char kLarge[] = "large";  // has a tenth of all

std::string OrganizationOf(uint64_t person, uint64_t people) {
  return person < people / 10 ? kLarge : absl::StrCat("o", person / kSeen);
}

// Organizations and their people, and in a second file a project and a role of it for each.
class Files {
 public:
  Files(const std::string& folder, uint64_t people)
      : people_(absl::StrCat(folder, "/people.jsonl")),
        roles_(absl::StrCat(folder, "/roles.jsonl")) {
    std::ofstream out(people_);
    std::string last;
    for (uint64_t i = 0; i < people; ++i) {
      const std::string org = OrganizationOf(i, people);
      if (org != last) {
        out << R"({"organization": {"organizationId": ")" << org << R"(", "name": "Org )" << org
            << "\"}}\n";
        last = org;
      }
      out << R"({"user": {"organizationId": ")" << org << R"(", "userId": "u)" << i
          << R"(", "username": "person)" << i
          << R"(", "human": {"profile": {"givenName": "Ada", "familyName": "King)" << i % 1000
          << R"("}, "email": {"email": "person)" << i
          << R"(@mail.test", "isVerified": true}}}})" << '\n';
    }
    std::ofstream roles(roles_);
    roles << R"({"project": {"organizationId": "large", "projectId": "p", "name": "P"}})" << '\n'
          << R"({"projectRole": {"projectId": "p", "roleKey": "r", "displayName": "R"}})" << '\n';
    for (uint64_t i = 0; i < people / 10; ++i) {
      roles << R"({"authorization": {"userId": "u)" << i
            << R"(", "projectId": "p", "organizationId": "large", "roleKeys": ["r"]}})" << '\n';
    }
    roles << R"({"administrator": {"userId": "u)" << people - 1
          << R"(", "resource": {"organizationId": ")" << OrganizationOf(people - 1, people)
          << R"("}, "roles": ["ORG_OWNER"]}})" << '\n';
  }
  const std::string& people() const { return people_; }
  const std::string& roles() const { return roles_; }

 private:
  const std::string people_, roles_;
};

double ChildrenCpu() {
  rusage used = {};
  getrusage(RUSAGE_CHILDREN, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

struct Import {
  double seconds = 0, cpu = 0;
};

Import RunImport(const Options& options, const std::string& folder, const std::string& file) {
  const double before = ChildrenCpu();
  const absl::Time began = absl::Now();
  Process import({options.program, "import", file, "--data-dir", folder}, {},
                 absl::StrCat(options.folder, "/import.out"));
  if (import.Wait() != 0) Fail(absl::StrCat("muniment import:\n", import.Said()));
  return {absl::ToDoubleSeconds(absl::Now() - began), ChildrenCpu() - before};
}

// What the disk alone takes to sync as many bytes in as many commits.
double RawSeconds(const Options& options, uint64_t people) {
  RawLog raw(absl::StrCat(options.folder, "/raw"), std::string(kLinesOfACommit * 600, 'x'));
  const absl::Time began = absl::Now();
  for (uint64_t i = 0; i < people; i += kLinesOfACommit) raw.Append();
  return absl::ToDoubleSeconds(absl::Now() - began);
}

template <typename Response>
Response Run(Platform& platform, const std::string& method,
             std::shared_ptr<const google::protobuf::Message> request) {
  absl::Notification ended;
  Response response;
  platform.router().Run(platform.Call(method, std::move(request)), [&](auto answer) {
    Require(answer.status(), method);
    response.CopyFrom(*answer->response);
    ended.Notify();
  });
  ended.WaitForNotification();
  return response;
}

struct Measured {
  double get_us = 0;     // of one who is checked on an organization of his own
  double rename_ms = 0;  // of the large organization
};

class Crowd {
 public:
  Crowd(const Options& options, std::string folder, uint64_t people)
      : options_(options), folder_(std::move(folder)), people_(people), platform_(folder_) {
    absl::Notification folded;
    platform_.runner().Applied(
        Require(platform_.storage().store().ReadLogHead(), "the head").position,
        [&](absl::Status) { folded.Notify(); });
    folded.WaitForNotification();
  }

  // A machine of the last organization that owns it: it may see eleven.
  std::string Keeper() {
    const std::string org = OrganizationOf(people_ - 1, people_);
    auto machine = std::make_shared<zitadel::user::v2::CreateUserRequest>();
    machine->set_organization_id(org);
    machine->set_user_id("keeper");
    machine->mutable_machine()->set_name("Keeper");
    Run<zitadel::user::v2::CreateUserResponse>(
        platform_, "zitadel.user.v2.UserService/CreateUser", machine);
    auto office = std::make_shared<zitadel::internal_permission::v2::CreateAdministratorRequest>();
    office->set_user_id("keeper");
    office->mutable_resource()->set_organization_id(org);
    office->add_roles("ORG_OWNER");
    Run<zitadel::internal_permission::v2::CreateAdministratorResponse>(
        platform_, "zitadel.internal_permission.v2.InternalPermissionService/CreateAdministrator",
        office);
    auto token = std::make_shared<zitadel::user::v2::AddPersonalAccessTokenRequest>();
    token->set_user_id("keeper");
    token->mutable_expiration_date()->set_seconds(absl::ToUnixSeconds(absl::Now()) + 86'400);
    return Run<zitadel::user::v2::AddPersonalAccessTokenResponse>(
               platform_, "zitadel.user.v2.UserService/AddPersonalAccessToken", token)
        .token();
  }

  void TellLists(const std::string& token, const std::string& who, bool filters) {
    Reads reads(platform_, token);
    const auto* list = reads.method("ListUsers");
    for (const uint64_t offset : {0, 10'000}) {
      if (offset >= people_ || (filters && offset > 0)) continue;
      const Load load = OneByOne(options_.time, [&](Done done) {
        auto request = std::make_unique<ListUsersRequest>();
        request->mutable_query()->set_limit(kPage);
        request->mutable_query()->set_offset(offset);
        if (filters) {
          auto* query = request->add_queries()->mutable_user_name_query();
          query->set_user_name("person");
          query->set_method(zitadel::object::v2::TEXT_QUERY_METHOD_STARTS_WITH_IGNORE_CASE);
        }
        reads.Call(list, std::move(request), std::move(done));
      });
      Tell({.name = absl::StrCat("list of ", kPage, " for ", who, ", offset ", offset, ", p99 of ",
                                 people_),
            .value = load.latencies.At(0.99) / 1000,
            .unit = "ms",
            .at_most = 10});
    }
  }

  Measured Measure(const std::string& token) {
    Reads reads(platform_, token);
    const auto* get = reads.method("GetUserByID");
    uint64_t number = 0;
    const Load load = OneByOne(options_.time, [&](Done done) {
      auto request = std::make_unique<GetUserByIDRequest>();
      request->set_user_id(absl::StrCat("u", people_ - 1 - ++number % (kSeen / 2)));
      reads.Call(get, std::move(request), std::move(done));
    });
    Measured measured{.get_us = 1e6 / load.per_second()};
    const uint64_t before =
        Require(platform_.storage().store().ReadSequence(platform_.instance()), "a sequence");
    auto rename = std::make_shared<zitadel::org::v2::UpdateOrganizationRequest>();
    rename->set_organization_id(kLarge);
    rename->set_name("Renamed");
    const absl::Time began = absl::Now();
    Run<zitadel::org::v2::UpdateOrganizationResponse>(
        platform_, "zitadel.org.v2.OrganizationService/UpdateOrganization", rename);
    measured.rename_ms = absl::ToDoubleMilliseconds(absl::Now() - began);
    const uint64_t events =
        Require(platform_.storage().store().ReadSequence(platform_.instance()), "a sequence") -
        before;
    if (events != 5) Fail(absl::StrCat("a new name and domain took ", events, " events"));
    return measured;
  }

 private:
  const Options& options_;
  const std::string folder_;
  const uint64_t people_;
  Platform platform_;
};

Measured Fill(const Options& options, uint64_t people, bool tells) {
  const std::string folder = absl::StrCat(options.folder, "/", people);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  MakeInstance(folder);
  const Files files(folder, people);
  const Import crowd = RunImport(options, folder, files.people());
  const Import roles = RunImport(options, folder, files.roles());
  if (tells) {
    const double number = static_cast<double>(people);
    Tell({.name = absl::StrCat("import, ", people, " people in ", people / kSeen,
                               " organizations"),
          .value = number / crowd.seconds,
          .unit = "/s",
          .raw = number / RawSeconds(options, people),
          .raw_name = "synced batches"});
    Tell({.name = "import, people a second of one core",
          .value = number / crowd.cpu,
          .unit = "/s",
          .at_least = 20'000});
    Tell({.name = "import, authorizations a second of one core",
          .value = number / 10 / roles.cpu,
          .unit = "/s"});
  }
  Crowd there(options, folder, people);
  const std::string keeper = there.Keeper();
  if (tells) {
    there.TellLists(TokenOf(folder), "who sees all", false);
    there.TellLists(keeper, "who sees ten", false);
    there.TellLists(keeper, "who sees ten, by a beginning", true);
  }
  return there.Measure(keeper);
}

}  // namespace

void ScalePart(const Options& options) {
  const Measured small = Fill(options, kSmall, false);
  const Measured large = Fill(options, options.users, true);
  Tell({.name = absl::StrCat("get user, checked on his organization, of ", options.users),
        .value = 1e6 / large.get_us,
        .unit = "/s",
        .raw = 1e6 / small.get_us,
        .raw_name = absl::StrCat("of ", kSmall),
        .at_least_ratio = 0.8});
  Tell({.name = absl::StrCat("new domain for ", options.users / 10, " people"),
        .value = large.rename_ms,
        .unit = "ms",
        .raw = small.rename_ms,
        .raw_name = absl::StrCat("for ", kSmall / 10),
        .at_most = 10});
}

}  // namespace muniment::bench
