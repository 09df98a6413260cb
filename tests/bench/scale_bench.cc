// A crowd that `muniment import` brings in: how fast, and what lists, checks of permissions and a
// change of a domain take when it is there.
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "google/protobuf/text_format.h"
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

constexpr uint64_t kSmall = 2000;  // people of the small case
constexpr uint32_t kPage = 50;
constexpr uint64_t kDeep = 10'000;  // rows before the page, where there are so many
constexpr size_t kLinesOfACommit = 112;
constexpr char kLarge[] = "large";  // has a tenth of all people

// As many people as authorizations, and a tenth as many organizations, of which the large one has a
// tenth of the people and each other nine or ten. The large one has granted a project to every other,
// in which all have the role that they are given; each has a project of its own, and an owner.
struct Crowded {
  uint64_t people = 0;

  uint64_t organizations() const { return people / 10; }
  uint64_t of_large() const { return people / 10; }
  // 0: the large one.
  uint64_t OrganizationOf(uint64_t person) const {
    if (person < of_large()) return 0;
    return 1 + (person - of_large()) * (organizations() - 1) / (people - of_large());
  }
  static std::string Id(uint64_t organization) {
    return organization == 0 ? kLarge : absl::StrCat("o", organization);
  }
  static std::string Project(uint64_t organization) { return absl::StrCat("p", organization); }
  std::string last() const { return Id(organizations() - 1); }
};

class Files {
 public:
  Files(const std::string& folder, const Crowded& crowd)
      : people_(absl::StrCat(folder, "/people.jsonl")),
        projects_(absl::StrCat(folder, "/projects.jsonl")),
        authorizations_(absl::StrCat(folder, "/authorizations.jsonl")) {
    std::ofstream people(people_), projects(projects_), authorizations(authorizations_);
    uint64_t last = crowd.organizations();
    for (uint64_t i = 0; i < crowd.people; ++i) {
      const uint64_t number = crowd.OrganizationOf(i);
      const std::string id = Crowded::Id(number);
      if (number != last) {
        people << R"({"organization": {"organizationId": ")" << id << R"(", "name": "Org )" << id
               << "\"}}\n";
        WriteProject(projects, number, i);
        last = number;
      }
      people << R"({"user": {"organizationId": ")" << id << R"(", "userId": "u)" << i
             << R"(", "username": "person)" << i
             << R"(", "human": {"profile": {"givenName": "Ada", "familyName": "King)" << i % 1000
             << R"("}, "email": {"email": "person)" << i
             << R"(@mail.test", "isVerified": true}}}})" << '\n';
      authorizations << R"({"authorization": {"userId": "u)" << i
                     << R"(", "projectId": "p0", "organizationId": ")" << id
                     << R"(", "roleKeys": ["r"]}})" << '\n';
    }
  }
  const std::string& people() const { return people_; }
  // Of each organization a project, the grant to it, and its owner.
  const std::string& projects() const { return projects_; }
  const std::string& authorizations() const { return authorizations_; }

 private:
  static void WriteProject(std::ofstream& out, uint64_t number, uint64_t owner) {
    const std::string id = Crowded::Id(number), project = Crowded::Project(number);
    out << R"({"project": {"organizationId": ")" << id << R"(", "projectId": ")" << project
        << R"(", "name": "Project )" << number << "\"}}\n";
    if (number == 0) {
      out << R"({"projectRole": {"projectId": "p0", "roleKey": "r", "displayName": "R"}})" << '\n';
    } else {
      out << R"({"projectGrant": {"projectId": "p0", "grantedOrganizationId": ")" << id
          << R"(", "roleKeys": ["r"]}})" << '\n';
    }
    out << R"({"administrator": {"userId": "u)" << owner
        << R"(", "resource": {"organizationId": ")" << id << R"("}, "roles": ["ORG_OWNER"]}})"
        << '\n';
  }

  const std::string people_, projects_, authorizations_;
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

// What is listed, how a page of it is asked for, and of how many rows for whoever sees all.
struct Listed {
  const char* what;
  const char* method;
  bool pagination;  // else a query
  uint64_t (*rows)(const Crowded&);
};
constexpr Listed kLists[] = {
    {"users", "zitadel.user.v2.UserService.ListUsers", false,
     [](const Crowded& crowd) { return crowd.people; }},
    {"organizations", "zitadel.org.v2.OrganizationService.ListOrganizations", false,
     [](const Crowded& crowd) { return crowd.organizations(); }},
    {"projects", "zitadel.project.v2.ProjectService.ListProjects", true,
     [](const Crowded& crowd) { return crowd.organizations(); }},
    {"project grants", "zitadel.project.v2.ProjectService.ListProjectGrants", true,
     [](const Crowded& crowd) { return crowd.organizations() - 1; }},
    {"authorizations", "zitadel.authorization.v2.AuthorizationService.ListAuthorizations", true,
     [](const Crowded& crowd) { return crowd.people; }},
    {"administrators",
     "zitadel.internal_permission.v2.InternalPermissionService.ListAdministrators", true,
     [](const Crowded& crowd) { return crowd.organizations(); }},
};

// What somebody who owns the last organization asks of it, one after the other: what it takes is his
// permission and a row or two.
constexpr std::array<const char*, 3> kChecks = {"get user", "get project",
                                                "same name for a project"};

struct Measured {
  std::array<double, kChecks.size()> check_us = {};
  double rename_ms = 0;  // of the large organization
};

const google::protobuf::MethodDescriptor* MethodOf(const std::string& name) {
  const auto* found = google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
  if (found == nullptr) Fail(absl::StrCat("there is no ", name));
  return found;
}

using Request = std::unique_ptr<google::protobuf::Message>;

Request RequestOf(const google::protobuf::MethodDescriptor& method, const std::string& text) {
  Request request(google::protobuf::MessageFactory::generated_factory()
                      ->GetPrototype(method.input_type())
                      ->New());
  if (!google::protobuf::TextFormat::ParseFromString(text, request.get())) Fail(text);
  return request;
}

// How many rows the answer has.
int RowsOf(Reads& reads, const google::protobuf::MethodDescriptor& method,
           const std::string& text) {
  absl::Notification ended;
  int rows = 0;
  reads.Call(
      &method, RequestOf(method, text),
      [&ended](const absl::Status& status) {
        Require(status, "a page");
        ended.Notify();
      },
      [&rows](const google::protobuf::Message& response) {
        const auto& type = *response.GetDescriptor();
        for (int i = 0; i < type.field_count(); ++i) {
          if (!type.field(i)->is_repeated()) continue;
          rows = response.GetReflection()->FieldSize(response, type.field(i));
        }
      });
  ended.WaitForNotification();
  return rows;
}

// One request after the other, all by turns.
Load CallAll(const Options& options, Reads& reads, const google::protobuf::MethodDescriptor& method,
             const std::vector<std::string>& texts) {
  std::vector<Request> requests;
  for (const std::string& text : texts) requests.push_back(RequestOf(method, text));
  size_t next = 0;
  return OneByOne(options.time, [&](Done done) {
    const auto& request = *requests[next++ % requests.size()];
    Request copy(request.New());
    copy->CopyFrom(request);
    reads.Call(&method, std::move(copy), std::move(done));
  });
}

class Crowd {
 public:
  Crowd(const Options& options, const std::string& folder, const Crowded& crowd)
      : options_(options), crowd_(crowd), platform_(folder) {
    absl::Notification folded;
    platform_.runner().Applied(
        Require(platform_.storage().store().ReadLogHead(), "the head").position,
        [&](absl::Status) { folded.Notify(); });
    folded.WaitForNotification();
  }

  // A machine of the last organization that owns it: it may see some ten of each kind.
  std::string Keeper() {
    auto machine = std::make_shared<zitadel::user::v2::CreateUserRequest>();
    machine->set_organization_id(crowd_.last());
    machine->set_user_id("keeper");
    machine->mutable_machine()->set_name("Keeper");
    Run<zitadel::user::v2::CreateUserResponse>(
        platform_, "zitadel.user.v2.UserService/CreateUser", machine);
    auto office = std::make_shared<zitadel::internal_permission::v2::CreateAdministratorRequest>();
    office->set_user_id("keeper");
    office->mutable_resource()->set_organization_id(crowd_.last());
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

  // Pages of every list, the first and where there are more one far behind it.
  void TellLists(const std::string& token, bool sees_all) {
    for (const Listed& list : kLists) {
      const uint64_t rows = list.rows(crowd_);
      TellPage(token, list, sees_all ? "who sees all" : "who sees few", 0);
      if (!sees_all || rows < 2 * kPage) continue;
      TellPage(token, list, "who sees all", std::min<uint64_t>(kDeep, rows - kPage));
    }
  }
  void TellFiltered(const std::string& token) {
    Tell(PageOf(token, kLists[0],
                "queries { user_name_query { user_name: 'person' method: "
                "TEXT_QUERY_METHOD_STARTS_WITH_IGNORE_CASE } }",
                0, "users by a beginning, who sees few"));
  }

  Measured Measure(const std::string& token) {
    Measured measured;
    for (size_t i = 0; i < kChecks.size(); ++i) measured.check_us[i] = Check(token, i);
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
  void TellPage(const std::string& token, const Listed& list, const std::string& who,
                uint64_t offset) {
    Tell(PageOf(token, list, "", offset, absl::StrCat(list.what, ", ", who)));
  }

  Figure PageOf(const std::string& token, const Listed& list, const std::string& more,
                uint64_t offset, const std::string& name) {
    Reads reads(platform_, token);
    const auto* method = MethodOf(list.method);
    const std::string text = absl::StrCat(list.pagination ? "pagination" : "query", " { limit: ",
                                          kPage, " offset: ", offset, " } ", more);
    const int rows = RowsOf(reads, *method, text);
    if (rows == 0 || (offset > 0 && rows < static_cast<int>(kPage))) {
      Fail(absl::StrCat(name, ": ", rows, " rows from ", offset));
    }
    const Load load = CallAll(options_, reads, *method, {text});
    return {.name = absl::StrCat(name, ", ", kPage, " from ", offset, ", p99 of ",
                                 list.rows(crowd_)),
            .value = load.latencies.At(0.99) / 1000,
            .unit = "ms",
            .at_most = 10};
  }

  // Microseconds of one.
  double Check(const std::string& token, size_t which) {
    Reads reads(platform_, token);
    const uint64_t number = crowd_.organizations() - 1;
    const std::string project = absl::StrCat("project_id: '", Crowded::Project(number), "'");
    const auto* method = MethodOf(which == 0   ? "zitadel.user.v2.UserService.GetUserByID"
                                  : which == 1 ? "zitadel.project.v2.ProjectService.GetProject"
                                               : "zitadel.project.v2.ProjectService.UpdateProject");
    std::vector<std::string> texts;
    for (uint64_t i = 1; which == 0 && i <= 5; ++i) {
      texts.push_back(absl::StrCat("user_id: 'u", crowd_.people - i, "'"));
    }
    if (which == 1) texts.push_back(project);
    if (which == 2) texts.push_back(absl::StrCat(project, " name: 'Project ", number, "'"));
    const Load load = CallAll(options_, reads, *method, texts);
    return 1e6 / load.per_second();
  }

  const Options& options_;
  const Crowded crowd_;
  Platform platform_;
};

Measured Fill(const Options& options, uint64_t people, bool tells) {
  const std::string folder = absl::StrCat(options.folder, "/", people);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  MakeInstance(folder);
  const Crowded crowd = {people};
  const Files files(folder, crowd);
  const Import persons = RunImport(options, folder, files.people());
  const Import projects = RunImport(options, folder, files.projects());
  const Import authorizations = RunImport(options, folder, files.authorizations());
  if (tells) {
    const double number = static_cast<double>(people);
    Tell({.name = absl::StrCat("import, ", people, " people in ", crowd.organizations(),
                               " organizations"),
          .value = number / persons.seconds,
          .unit = "/s",
          .raw = number / RawSeconds(options, people),
          .raw_name = "synced batches"});
    Tell({.name = "import, people a second of one core",
          .value = number / persons.cpu,
          .unit = "/s",
          .at_least = 20'000});
    Tell({.name = "import, projects, grants and owners a second of one core",
          .value = 3 * static_cast<double>(crowd.organizations()) / projects.cpu,
          .unit = "/s"});
    Tell({.name = absl::StrCat("import, ", people, " authorizations, a second of one core"),
          .value = number / authorizations.cpu,
          .unit = "/s"});
  }
  Crowd there(options, folder, crowd);
  const std::string keeper = there.Keeper();
  if (tells) {
    there.TellLists(TokenOf(folder), true);
    there.TellLists(keeper, false);
    there.TellFiltered(keeper);
  }
  return there.Measure(keeper);
}

}  // namespace

void ScalePart(const Options& options) {
  const Measured small = Fill(options, kSmall, false);
  const Measured large = Fill(options, options.users, true);
  for (size_t i = 0; i < kChecks.size(); ++i) {
    Tell({.name = absl::StrCat(kChecks[i], ", by who owns its organization, of ", options.users),
          .value = 1e6 / large.check_us[i],
          .unit = "/s",
          .raw = 1e6 / small.check_us[i],
          .raw_name = absl::StrCat("of ", kSmall),
          .at_least_ratio = 0.8});
  }
  Tell({.name = absl::StrCat("new domain for ", options.users / 10, " people"),
        .value = large.rename_ms,
        .unit = "ms",
        .raw = small.rename_ms,
        .raw_name = absl::StrCat("for ", kSmall / 10),
        .at_most = 10});
}

}  // namespace muniment::bench
