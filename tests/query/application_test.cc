// Who sees which applications and keys, and how their lists narrow. The projects lamps and chairs
// are acme's, tables is globex's, and ended is acme's but removed and not yet swept. Each has the
// applications "<project>-oidc" and "<project>-api", and the second the key "<project>-key".
#include <catch2/catch.hpp>
#include <set>

#include "absl/strings/str_cat.h"
#include "google/protobuf/text_format.h"
#include "projections/batch.h"
#include "query/handler.h"
#include "tests/query/models.h"
#include "zitadel/application/v2/application_service.pb.h"

namespace muniment::query {
namespace {

using projections::Batch;
using zitadel::application::v2::GetApplicationKeyRequest;
using zitadel::application::v2::GetApplicationKeyResponse;
using zitadel::application::v2::GetApplicationRequest;
using zitadel::application::v2::GetApplicationResponse;
using zitadel::application::v2::ListApplicationKeysRequest;
using zitadel::application::v2::ListApplicationKeysResponse;
using zitadel::application::v2::ListApplicationsRequest;
using zitadel::application::v2::ListApplicationsResponse;

constexpr uint64_t kInstance = 7;

using Names = std::set<std::string>;

struct World : Models {
  World() : Models(CommonTables()) {
    Batch batch(*database);
    batch.Begin(kInstance, 1);
    for (const char* id : {"acme", "globex"}) {
      row::v1::Org org;
      org.set_id(id);
      org.set_state(row::v1::ORG_STATE_ACTIVE);
      batch.Put(kInstance, org);
    }
    AddProject(batch, "lamps", "acme", row::v1::PROJECT_STATE_ACTIVE);
    AddProject(batch, "chairs", "acme", row::v1::PROJECT_STATE_INACTIVE);
    AddProject(batch, "tables", "globex", row::v1::PROJECT_STATE_ACTIVE);
    AddProject(batch, "ended", "acme", row::v1::PROJECT_STATE_REMOVED);
    row::v1::ProjectGrant grant;
    grant.set_project_id("lamps");
    grant.set_grant_id("g");
    grant.set_organization_id("acme");
    grant.set_granted_organization_id("globex");
    grant.set_state(row::v1::GRANT_STATE_ACTIVE);
    batch.Put(kInstance, grant);
    // What the sweep of the one that ended will be.
    row::v1::Work work;
    work.set_instance(kInstance);
    work.set_aggregate(AGGREGATE_PROJECT);
    work.set_resource_id("ended");
    work.set_name("sweep.project");
    batch.Put(eventstore::kSystemInstance, work);
    AddMember(batch, AGGREGATE_INSTANCE, absl::StrCat(kInstance), "root", "IAM_OWNER");
    AddMember(batch, AGGREGATE_INSTANCE, absl::StrCat(kInstance), "client", "IAM_LOGIN_CLIENT");
    AddMember(batch, AGGREGATE_ORG, "acme", "ann", "ORG_OWNER");
    AddMember(batch, AGGREGATE_ORG, "acme", "settler", "ORG_SETTINGS_MANAGER");
    AddMember(batch, AGGREGATE_ORG, "globex", "cora", "ORG_OWNER");
    AddMember(batch, AGGREGATE_PROJECT, "lamps", "pam", "PROJECT_OWNER_VIEWER");
    AddMember(batch, AGGREGATE_PROJECT_GRANT, "lamps/g", "gus", "PROJECT_GRANT_OWNER");
    REQUIRE(batch.Commit({1, 1, std::string(32, 'h')}).ok());
    LoadOwners();
  }

  void AddProject(Batch& batch, const std::string& id, const std::string& org,
                  row::v1::ProjectState state) {
    row::v1::Project project;
    project.set_id(id);
    project.set_organization_id(org);
    project.set_state(state);
    batch.Put(kInstance, project);
    row::v1::Application oidc;
    oidc.set_id(id + "-oidc");
    oidc.set_project_id(id);
    oidc.set_organization_id(org);
    oidc.set_name("Shop of " + id);
    oidc.set_state(row::v1::APPLICATION_STATE_ACTIVE);
    oidc.set_type(row::v1::APPLICATION_TYPE_OIDC);
    oidc.set_client_id(absl::StrCat(++clients_));
    oidc.set_secret_hash("hash that nobody is told");
    oidc.mutable_oidc()->add_redirect_uri("http://a.example/in");
    oidc.mutable_oidc()->add_grant_type(event::v1::OIDC_GRANT_TYPE_IMPLICIT);
    oidc.mutable_oidc()->mutable_login_version()->mutable_v2();
    oidc.mutable_stamp()->mutable_created()->set_seconds(clients_);
    batch.Put(kInstance, oidc);
    row::v1::Application api = oidc;
    api.set_id(id + "-api");
    api.set_name("Stock of " + id);
    api.set_state(row::v1::APPLICATION_STATE_INACTIVE);
    api.set_type(row::v1::APPLICATION_TYPE_API);
    api.set_client_id(absl::StrCat(++clients_));
    api.set_api_auth_method(event::v1::API_AUTH_METHOD_PRIVATE_KEY_JWT);
    api.clear_oidc();
    api.mutable_stamp()->mutable_created()->set_seconds(clients_);
    batch.Put(kInstance, api);
    row::v1::ApplicationKey key;
    key.set_id(id + "-key");
    key.set_application_id(api.id());
    key.set_project_id(id);
    key.set_organization_id(org);
    key.mutable_expiration()->set_seconds(4'000'000'000);
    batch.Put(kInstance, key);
  }
  static void AddMember(Batch& batch, Aggregate aggregate, const std::string& resource,
                        const std::string& user, const std::string& role) {
    row::v1::Member member;
    member.set_aggregate(aggregate);
    member.set_resource_id(resource);
    member.set_user_id(user);
    member.add_role(role);
    batch.Put(kInstance, member);
  }

  template <class Response>
  absl::StatusOr<Response> Ask(const std::string& method, const std::string& caller,
                               const google::protobuf::Message& request,
                               const std::string& target = "") {
    ReadCall call;
    call.instance = kInstance;
    call.caller.user_id = caller;
    call.target_id = target;
    for (const auto& handler : Handlers()) {
      if (handler.method != "zitadel.application.v2.ApplicationService/" + method) continue;
      ASSIGN_OR_RETURN(auto response, Run(handler, call, request));
      return static_cast<const Response&>(*response);
    }
    return absl::UnimplementedError(method);
  }
  absl::StatusOr<GetApplicationResponse> Get(const std::string& caller, const std::string& id) {
    return Ask<GetApplicationResponse>("GetApplication", caller, GetApplicationRequest(), id);
  }
  absl::StatusOr<GetApplicationKeyResponse> GetKey(const std::string& caller,
                                                   const std::string& id) {
    return Ask<GetApplicationKeyResponse>("GetApplicationKey", caller, GetApplicationKeyRequest(),
                                          id);
  }
  // In the order of the answer; totals count them and nothing else.
  std::vector<std::string> List(const std::string& caller, const std::string& text) {
    ListApplicationsRequest request;
    REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &request));
    const auto answer = Ask<ListApplicationsResponse>("ListApplications", caller, request);
    INFO(caller << " " << text << " " << answer.status());
    REQUIRE(answer.ok());
    std::vector<std::string> ids;
    for (const auto& one : answer->applications()) ids.push_back(one.application_id());
    CHECK(answer->pagination().total_result() == ids.size());
    return ids;
  }
  Names Seen(const std::string& caller, const std::string& text = "") {
    const auto ids = List(caller, text);
    return {ids.begin(), ids.end()};
  }
  Names Keys(const std::string& caller, const std::string& text = "") {
    ListApplicationKeysRequest request;
    REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &request));
    const auto answer = Ask<ListApplicationKeysResponse>("ListApplicationKeys", caller, request);
    INFO(caller << " " << text << " " << answer.status());
    REQUIRE(answer.ok());
    Names ids;
    for (const auto& one : answer->keys()) ids.insert(one.key_id());
    CHECK(answer->pagination().total_result() == ids.size());
    return ids;
  }

  int clients_ = 100;
};

const Names kLampsAndChairs = {"lamps-oidc", "lamps-api", "chairs-oidc", "chairs-api"};

TEST_CASE("applications are seen by who may read them by the instance, the owner or the project") {
  World world;
  const Names all = {"lamps-oidc", "lamps-api",  "chairs-oidc",
                     "chairs-api", "tables-oidc", "tables-api"};
  CHECK(world.Seen("root") == all);
  CHECK(world.Seen("client") == all);
  CHECK(world.Seen("ann") == kLampsAndChairs);
  CHECK(world.Seen("cora") == Names{"tables-oidc", "tables-api"});
  CHECK(world.Seen("pam") == Names{"lamps-oidc", "lamps-api"});
  // A grant lets nobody see them.
  for (const char* nobody : {"gus", "settler", "stranger"}) CHECK(world.Seen(nobody).empty());
  CHECK(world.Keys("root") == Names{"lamps-key", "chairs-key", "tables-key"});
  CHECK(world.Keys("ann") == Names{"lamps-key", "chairs-key"});
  CHECK(world.Keys("cora") == Names{"tables-key"});
  CHECK(world.Keys("pam") == Names{"lamps-key"});
  for (const char* nobody : {"gus", "settler", "stranger"}) CHECK(world.Keys(nobody).empty());
}

TEST_CASE("one application, or key, is read by the same, and is to others what is not there") {
  World world;
  for (const char* caller : {"root", "client", "ann", "pam"}) {
    INFO(caller);
    CHECK(world.Get(caller, "lamps-oidc").ok());
    CHECK(world.GetKey(caller, "lamps-key").ok());
    CHECK(world.Get(caller, "ended-oidc").status() == world.Get(caller, "none").status());
    CHECK(world.GetKey(caller, "ended-key").status() == world.GetKey(caller, "none").status());
  }
  for (const char* caller : {"cora", "gus", "settler", "stranger"}) {
    INFO(caller);
    CHECK(world.Get(caller, "lamps-oidc").status() == world.Get(caller, "none").status());
    CHECK(world.GetKey(caller, "lamps-key").status() == world.GetKey(caller, "none").status());
  }
  CHECK(Reason(world.Get("ann", "none").status()) == "application.not_found");
  CHECK(Reason(world.GetKey("ann", "none").status()) == "application_key.not_found");
  CHECK(Reason(world.Get("pam", "chairs-oidc").status()) == "application.not_found");
}

TEST_CASE("an application is told whole but for its secret") {
  World world;
  const auto oidc = world.Get("ann", "lamps-oidc");
  REQUIRE(oidc.ok());
  CHECK(oidc->SerializeAsString().find("nobody is told") == std::string::npos);
  const auto& application = oidc->application();
  CHECK(application.project_id() == "lamps");
  CHECK(application.name() == "Shop of lamps");
  CHECK(application.state() == zitadel::application::v2::APPLICATION_STATE_ACTIVE);
  const auto& config = application.oidc_configuration();
  CHECK(config.client_id() == "101");
  CHECK(config.non_compliant());
  REQUIRE(config.compliance_problems_size() == 2);
  CHECK(config.compliance_problems(1).key() ==
        "Application.OIDC.V1.Implicit.RedirectUris.HttpNotAllowed");
  CHECK(config.allowed_origins_size() == 1);
  CHECK(config.login_version().has_login_v2());
  CHECK_FALSE(config.login_version().login_v2().has_base_uri());
  const auto api = world.Get("ann", "lamps-api");
  REQUIRE(api.ok());
  CHECK(api->application().api_configuration().client_id() == "102");
  CHECK(api->application().api_configuration().auth_method_type() ==
        zitadel::application::v2::API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT);
  CHECK(world.GetKey("ann", "lamps-key")->expiration_date().seconds() == 4'000'000'000);
}

TEST_CASE("lists narrow by each published filter, and by all of them together") {
  World world;
  const std::string of_lamps = "filters { project_id_filter { project_id: 'lamps' } } ";
  CHECK(world.Seen("root", of_lamps) == Names{"lamps-oidc", "lamps-api"});
  CHECK(world.Seen("ann", "filters { project_id_filter { project_id: 'tables' } }").empty());
  CHECK(world.Seen("root", "filters { project_id_filter { project_id: 'ended' } }").empty());
  CHECK(world.Seen("ann", "filters { name_filter { name: 'shop' "
                          "method: TEXT_FILTER_METHOD_STARTS_WITH_IGNORE_CASE } }") ==
        Names{"lamps-oidc", "chairs-oidc"});
  CHECK(world.Seen("ann", "filters { name_filter { name: 'Shop of lamps' } }") ==
        Names{"lamps-oidc"});
  CHECK(world.Seen("ann", "filters { state_filter: APPLICATION_STATE_INACTIVE }") ==
        Names{"lamps-api", "chairs-api"});
  CHECK(world.Seen("ann", "filters { state_filter: APPLICATION_STATE_REMOVED }").empty());
  CHECK(world.Seen("ann", "filters { type_filter: APPLICATION_TYPE_OIDC }") ==
        Names{"lamps-oidc", "chairs-oidc"});
  CHECK(world.Seen("ann", "filters { type_filter: APPLICATION_TYPE_SAML }").empty());
  CHECK(world.Seen("ann", "filters { client_id_filter { client_id: '102' } }") ==
        Names{"lamps-api"});
  CHECK(world.gets < 12);
  CHECK(world.Seen("cora", "filters { client_id_filter { client_id: '102' } }").empty());
  CHECK(world.Seen("ann", "filters { client_id_filter { client_id: '10' } }").empty());
  CHECK(world.Seen("ann", of_lamps + "filters { type_filter: APPLICATION_TYPE_API } "
                                     "filters { state_filter: APPLICATION_STATE_INACTIVE }") ==
        Names{"lamps-api"});
  CHECK(world.Seen("ann", of_lamps + "filters { client_id_filter { client_id: '103' } }").empty());

  CHECK(world.Keys("root", "filters { application_id_filter { application_id: 'lamps-api' } }") ==
        Names{"lamps-key"});
  CHECK(world.Keys("root", "filters { project_id_filter { project_id: 'chairs' } }") ==
        Names{"chairs-key"});
  CHECK(world.Keys("root", "filters { organization_id_filter { organization_id: 'globex' } }") ==
        Names{"tables-key"});
  CHECK(world.Keys("ann", "filters { organization_id_filter { organization_id: 'globex' } }")
            .empty());
}

TEST_CASE("lists are sorted by what is asked, and by ids where nothing is") {
  World world;
  using Ids = std::vector<std::string>;
  const std::string up = "pagination { asc: true } ";
  CHECK(world.List("cora", up) == Ids{"tables-api", "tables-oidc"});
  CHECK(world.List("cora", "") == Ids{"tables-oidc", "tables-api"});
  CHECK(world.List("cora", up + "sorting_column: APPLICATION_SORT_BY_NAME") ==
        Ids{"tables-oidc", "tables-api"});
  CHECK(world.List("cora", up + "sorting_column: APPLICATION_SORT_BY_STATE") ==
        Ids{"tables-oidc", "tables-api"});
  CHECK(world.List("cora", up + "sorting_column: APPLICATION_SORT_BY_CREATION_DATE") ==
        Ids{"tables-oidc", "tables-api"});
}

}  // namespace
}  // namespace muniment::query
