// Who sees which administrators, and what that costs where there are many whom he does not see.
#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "projections/batch.h"
#include "query/handler.h"
#include "tests/query/models.h"
#include "zitadel/internal_permission/v2/internal_permission_service.pb.h"

namespace muniment::query {
namespace {

using projections::Batch;
using zitadel::internal_permission::v2::Administrator;
using zitadel::internal_permission::v2::ListAdministratorsRequest;
using zitadel::internal_permission::v2::ListAdministratorsResponse;
using Names = std::vector<std::string>;

constexpr uint64_t kInstance = 7;
constexpr int kOthers = 2'000;

// Acme owns the lamps, which globex is granted, and globex the tables. Idle is inactive; gone, and acme's
// ended project, are removed and not yet swept.
struct World : Models {
  World() : Models(CommonTables()) {
    Batch batch(*database);
    batch.Begin(kInstance, 1);
    AddOrg(batch, "acme", row::v1::ORG_STATE_ACTIVE);
    AddOrg(batch, "globex", row::v1::ORG_STATE_ACTIVE);
    AddOrg(batch, "idle", row::v1::ORG_STATE_INACTIVE);
    AddOrg(batch, "gone", row::v1::ORG_STATE_REMOVED);
    AddProject(batch, "lamps", "acme", row::v1::PROJECT_STATE_ACTIVE);
    AddProject(batch, "ended", "acme", row::v1::PROJECT_STATE_REMOVED);
    AddProject(batch, "tables", "globex", row::v1::PROJECT_STATE_ACTIVE);
    row::v1::ProjectGrant grant;
    grant.set_project_id("lamps");
    grant.set_grant_id("g");
    grant.set_organization_id("acme");
    grant.set_granted_organization_id("globex");
    grant.set_state(row::v1::GRANT_STATE_ACTIVE);
    batch.Put(kInstance, grant);
    Add(batch, AGGREGATE_INSTANCE, "7", "", "root", "IAM_OWNER");
    Add(batch, AGGREGATE_INSTANCE, "7", "", "host", "IAM_ORG_MANAGER");
    Add(batch, AGGREGATE_ORG, "acme", "acme", "ann", "ORG_OWNER");
    Add(batch, AGGREGATE_ORG, "acme", "acme", "sam", "ORG_SETTINGS_MANAGER");
    Add(batch, AGGREGATE_ORG, "globex", "globex", "gil", "ORG_OWNER");
    Add(batch, AGGREGATE_ORG, "idle", "idle", "ida", "ORG_OWNER");
    Add(batch, AGGREGATE_ORG, "gone", "gone", "guy", "ORG_OWNER");
    Add(batch, AGGREGATE_PROJECT, "lamps", "acme", "pat", "PROJECT_OWNER");
    Add(batch, AGGREGATE_PROJECT, "lamps", "acme", "kim", "PROJECT_OWNER_GLOBAL");
    Add(batch, AGGREGATE_PROJECT, "ended", "acme", "eve", "PROJECT_OWNER");
    Add(batch, AGGREGATE_PROJECT, "tables", "globex", "tom", "PROJECT_OWNER");
    Add(batch, AGGREGATE_PROJECT_GRANT, "lamps/g", "acme", "gem", "PROJECT_GRANT_OWNER");
    AddUser(batch, "nobody");
    AddSweep(batch, kInstance, "ended");
    // Of others nothing is looked at, however much it is.
    for (int i = 0; i < kOthers; ++i) AddSweep(batch, kInstance + 1, absl::StrCat("theirs", i));
    for (int i = 0; i < kOthers; ++i) {
      const std::string other = absl::StrCat("other", i);
      AddOrg(batch, other, row::v1::ORG_STATE_ACTIVE);
      Add(batch, AGGREGATE_ORG, other, other, "many", "ORG_OWNER_VIEWER");
    }
    REQUIRE(batch.Commit({1, 1, std::string(32, 'h')}).ok());
    LoadOwners();
  }

  void AddOrg(Batch& batch, const std::string& id, row::v1::OrgState state) {
    row::v1::Org org;
    org.set_id(id);
    org.set_state(state);
    batch.Put(kInstance, org);
  }
  void AddProject(Batch& batch, const std::string& id, const std::string& org,
                  row::v1::ProjectState state) {
    row::v1::Project project;
    project.set_id(id);
    project.set_organization_id(org);
    project.set_state(state);
    batch.Put(kInstance, project);
  }
  void AddSweep(Batch& batch, uint64_t instance, const std::string& project) {
    row::v1::Work work;
    work.set_instance(instance);
    work.set_aggregate(AGGREGATE_PROJECT);
    work.set_resource_id(project);
    work.set_name("sweep.project");
    batch.Put(eventstore::kSystemInstance, work);
  }
  void AddUser(Batch& batch, const std::string& id) {
    row::v1::User user;
    user.set_id(id);
    user.set_organization_id("acme");
    user.set_username(id);
    user.set_state(row::v1::USER_STATE_ACTIVE);
    batch.Put(kInstance, user);
  }
  void Add(Batch& batch, Aggregate aggregate, const std::string& resource, const std::string& org,
           const std::string& user, const std::string& role) {
    row::v1::Member member;
    member.set_aggregate(aggregate);
    member.set_resource_id(resource);
    member.set_organization_id(org);
    if (aggregate == AGGREGATE_PROJECT || aggregate == AGGREGATE_PROJECT_GRANT) {
      member.set_project_id(resource.substr(0, resource.find('/')));
    }
    member.set_user_id(user);
    member.add_role(role);
    member.mutable_stamp()->mutable_created()->set_seconds(++created_);
    batch.Put(kInstance, member);
    AddUser(batch, user);
  }

  ListAdministratorsResponse Ask(const std::string& caller, ListAdministratorsRequest request) {
    ReadCall call;
    call.instance = kInstance;
    call.caller.user_id = caller;
    for (const auto& handler : Handlers()) {
      if (handler.method != "zitadel.internal_permission.v2.InternalPermissionService/"
                            "ListAdministrators") {
        continue;
      }
      const auto response = Run(handler, call, request);
      INFO(response.status());
      REQUIRE(response.ok());
      return static_cast<const ListAdministratorsResponse&>(**response);
    }
    FAIL("no handler");
    return {};
  }

  // Those that he sees but for the many others', in the order of their age.
  Names Seen(const std::string& caller) {
    ListAdministratorsRequest request;
    request.mutable_pagination()->set_asc(true);
    request.mutable_pagination()->set_limit(20);
    const auto whole = Ask(caller, request);
    Names names;
    for (const Administrator& each : whole.administrators()) names.push_back(each.user().id());
    // Page by page it is the same.
    Names pages;
    request.mutable_pagination()->set_limit(2);
    for (size_t at = 0; at < names.size(); at += 2) {
      request.mutable_pagination()->set_offset(at);
      const auto page = Ask(caller, request);
      CHECK(page.pagination().total_result() == whole.pagination().total_result());
      for (const Administrator& each : page.administrators()) pages.push_back(each.user().id());
    }
    total = whole.pagination().total_result();
    CHECK(pages == names);
    names.erase(std::remove(names.begin(), names.end(), "many"), names.end());
    return names;
  }

  uint64_t total = 0;

 private:
  int64_t created_ = 1'000;
};

TEST_CASE("an administrator is seen by whoever may see those of his place, and by himself") {
  World world;
  const std::vector<std::pair<const char*, Names>> seen = {
      {"root", {"root", "host", "ann", "sam", "gil", "ida", "pat", "kim", "tom", "gem"}},
      {"host", {"host", "ann", "sam", "gil", "ida", "pat", "kim", "tom", "gem"}},
      {"ann", {"ann", "sam", "pat", "kim", "gem"}},
      // He may see those of the organization, and not those of its projects.
      {"sam", {"ann", "sam"}},
      {"gil", {"gil", "tom", "gem"}},
      // What counts within an inactive organization is nothing.
      {"ida", {"ida"}},
      {"guy", {}},
      {"pat", {"pat", "kim", "gem"}},
      {"kim", {"pat", "kim"}},
      {"eve", {}},
      {"tom", {"tom"}},
      {"gem", {"gem"}},
      {"nobody", {}},
  };
  for (const auto& [caller, names] : seen) {
    INFO(caller);
    CHECK(world.Seen(caller) == names);
    const bool all = names.size() > 8;
    CHECK(world.total == names.size() + (all ? kOthers : 0));
  }
}

TEST_CASE("administrators cost the rows that are shown, however many there are beside them") {
  World world;
  ListAdministratorsRequest request;
  request.mutable_pagination()->set_limit(50);
  for (const char* caller : {"root", "host"}) {
    for (const uint64_t offset : {0, 1'000}) {
      request.mutable_pagination()->set_offset(offset);
      const auto page = world.Ask(caller, request);
      CHECK(page.administrators_size() == 50);
      // Each once, and of whom it is; what may not stand beside.
      CHECK(world.rows <= 3 * 50);
    }
  }
  request.mutable_pagination()->set_offset(0);
  for (const char* caller : {"ann", "gil", "pat", "gem", "nobody"}) {
    (void)world.Ask(caller, request);
    INFO(caller);
    CHECK(world.rows <= 50);
  }
  // By whose they are.
  request.add_filters()->mutable_in_user_ids_filter()->add_ids("tom");
  CHECK(world.Ask("root", request).administrators_size() == 1);
  CHECK(world.rows <= 10);
}

}  // namespace
}  // namespace muniment::query
