// Who may read what: given rows, when a query is asked, then an answer or a status.
#include "query/reader.h"

#include <algorithm>
#include <tuple>

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/session_token.h"
#include "projections/batch.h"
#include "projections/session_key.h"
#include "query/handler.h"
#include "tests/query/models.h"
#include "zitadel/admin.pb.h"
#include "zitadel/auth.pb.h"
#include "zitadel/org/v2/org_service.pb.h"
#include "zitadel/session/v2/session_service.pb.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::query {
namespace {

using google::protobuf::Message;
using projections::Batch;
using zitadel::auth::v1::GetMyUserRequest;
using zitadel::auth::v1::GetMyUserResponse;
using zitadel::session::v2::GetSessionRequest;
using zitadel::session::v2::GetSessionResponse;
using zitadel::session::v2::ListSessionsRequest;
using zitadel::session::v2::ListSessionsResponse;
using zitadel::user::v2::GetUserByIDRequest;
using zitadel::user::v2::GetUserByIDResponse;
using zitadel::user::v2::ListUsersRequest;
using zitadel::user::v2::ListUsersResponse;

constexpr uint64_t kInstance = 7;

const std::string kSession = "270000000000000001";
const std::string kLater = "290000000000000002";

struct World : Models {
  World() : Models(CommonTables()) {
    Batch batch(*database);
    batch.Begin(kInstance, 1);
    for (const auto* org : {"acme", "globex", "gone", "idle"}) AddOrg(batch, org);
    for (const auto* name : {"ann", "bob"}) AddUser(batch, "acme", name);
    AddUser(batch, "globex", "gil");
    AddUser(batch, "gone", "guy");
    AddUser(batch, "idle", "ida");
    AddMember(batch, AGGREGATE_INSTANCE, absl::StrCat(kInstance), "root", "IAM_OWNER");
    AddMember(batch, AGGREGATE_ORG, "acme", "manager", "ORG_OWNER");
    AddMember(batch, AGGREGATE_ORG, "idle", "manager", "ORG_OWNER");
    AddMember(batch, AGGREGATE_ORG, "gone", "manager", "ORG_OWNER");
    AddMember(batch, AGGREGATE_ORG, "acme", "tokenless", "ORG_SETTINGS_MANAGER");
    row::v1::Metadata metadata;
    metadata.set_aggregate(AGGREGATE_USER);
    metadata.set_resource_id("ann");
    metadata.set_key("team");
    metadata.set_value("blue");
    batch.Put(kInstance, metadata);
    AddSession(batch, kSession, "acme", "ann", "client");
    AddSession(batch, kLater, "globex", "gil", "manager");
    REQUIRE(batch.Commit({1, 1, std::string(32, 'h')}).ok());
    LoadOwners();
  }

  static void AddSession(Batch& batch, const std::string& id, const std::string& org,
                         const std::string& user, const std::string& creator) {
    row::v1::Session session;
    session.set_day(projections::SessionDay(id));
    session.set_id(id);
    session.set_user_id(user);
    session.set_creator_id(creator);
    session.set_organization_id(org);
    session.set_token_hash(SessionTokenHash(TokenOf(id)));
    session.mutable_user_agent()->set_fingerprint_id("agent of " + user);
    session.mutable_expiration()->set_seconds(id == kLater ? 300'000'000'000 : 4'000'000'000);
    session.mutable_expiration()->set_nanos(5);
    batch.Put(kInstance, session);
  }
  static std::string TokenOf(const std::string& id) {
    return SessionToken(id, std::string(kSessionSecretBytes, 's'));
  }
  static void AddOrg(Batch& batch, const std::string& id) {
    row::v1::Org org;
    org.set_id(id);
    org.set_name(id);
    org.set_state(id == "gone"   ? row::v1::ORG_STATE_REMOVED
                  : id == "idle" ? row::v1::ORG_STATE_INACTIVE
                                 : row::v1::ORG_STATE_ACTIVE);
    batch.Put(kInstance, org);
  }
  static void AddUser(Batch& batch, const std::string& org, const std::string& id) {
    row::v1::User user;
    user.set_id(id);
    user.set_organization_id(org);
    user.set_username(id);
    user.set_type(row::v1::USER_TYPE_HUMAN);
    user.set_state(row::v1::USER_STATE_ACTIVE);
    batch.Put(kInstance, user);
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

  // Runs a method as the gateway does.
  template <class Response>
  absl::StatusOr<Response> Ask(const std::string& method, const std::string& caller,
                               const Message& request, const std::string& target = "") {
    ReadCall call;
    call.instance = kInstance;
    call.caller.user_id = caller;
    call.caller.session_id = session_id;
    call.caller.must_change_password = must_change_password;
    call.target_id = target;
    call.proof = proof;
    for (const auto& handler : Handlers()) {
      if (absl::StrReplaceAll(handler.method, {{"/", "."}}) != method) continue;
      ASSIGN_OR_RETURN(auto response, Run(handler, call, request));
      return static_cast<const Response&>(*response);
    }
    return absl::UnimplementedError(method);
  }
  absl::StatusOr<GetUserByIDResponse> Get(const std::string& caller, const std::string& id) {
    return Ask<GetUserByIDResponse>("zitadel.user.v2.UserService.GetUserByID", caller,
                                    GetUserByIDRequest(), id);
  }
  std::vector<std::string> List(const std::string& caller, const ListUsersRequest& request = {}) {
    const auto response = Ask<ListUsersResponse>("zitadel.user.v2.UserService.ListUsers", caller,
                                                 request);
    REQUIRE(response.ok());
    CHECK(response->details().total_result() == static_cast<uint64_t>(response->result_size()));
    std::vector<std::string> ids;
    for (const auto& user : response->result()) ids.push_back(user.user_id());
    std::sort(ids.begin(), ids.end());
    return ids;
  }

  std::vector<std::string> Sessions(const std::string& caller,
                                    const ListSessionsRequest& request = {}) {
    const auto response = Ask<ListSessionsResponse>("zitadel.session.v2.SessionService.ListSessions",
                                                    caller, request);
    REQUIRE(response.ok());
    CHECK(response->details().total_result() == static_cast<uint64_t>(response->sessions_size()));
    std::vector<std::string> ids;
    for (const auto& session : response->sessions()) ids.push_back(session.id());
    std::sort(ids.begin(), ids.end());
    return ids;
  }
  std::string GetSession(const std::string& caller, const std::string& id) {
    const auto response = Ask<GetSessionResponse>("zitadel.session.v2.SessionService.GetSession",
                                                  caller, GetSessionRequest(), id);
    return response.ok() ? response->session().factors().user().id() : Reason(response.status());
  }

  std::string session_id;  // that callers show
  bool must_change_password = false;
  std::string proof;       // in requests
};

using Ids = std::vector<std::string>;

TEST_CASE("a target is read by its organization's managers, the instance's, and itself") {
  World world;
  CHECK(world.Get("manager", "ann")->user().username() == "ann");
  CHECK(world.gets == 3);  // the target, the membership, whether a second factor was put off
  CHECK(world.Get("root", "gil").ok());
  CHECK(world.gets == 2);
  CHECK(world.Get("ann", "ann").ok());
  CHECK(world.gets == 2);
}

TEST_CASE("who may not read a target is answered as for one that is not there") {
  World world;
  const absl::Status unknown = world.Get("manager", "nobody").status();
  CHECK(Reason(unknown) == "user.not_found");
  for (const auto& [caller, id] : std::vector<std::pair<std::string, std::string>>{
           {"manager", "gil"}, {"bob", "ann"}, {"tokenless", "ann"}, {"stranger", "ann"},
           {"root", "guy"}}) {
    INFO(caller << " reads " << id);
    CHECK(world.Get(caller, id).status() == unknown);
  }
  CHECK(Reason(world.Get("", "ann").status()) == "auth.required");
}

TEST_CASE("a list and its total hold what the caller may see and nothing else") {
  World world;
  CHECK(world.List("root") == Ids{"ann", "bob", "gil", "ida"});
  CHECK(world.List("manager") == Ids{"ann", "bob"});
  CHECK(world.List("bob") == Ids{"bob"});
  CHECK(world.List("stranger").empty());
}

TEST_CASE("a role in an organization reads nothing while the organization is inactive") {
  World world;
  CHECK(world.Get("manager", "ida").status() == world.Get("manager", "nobody").status());
  CHECK(world.Get("root", "ida").ok());
  CHECK(world.List("manager") == Ids{"ann", "bob"});
  using Response = zitadel::org::v2::ListOrganizationsResponse;
  const std::string method = "zitadel.org.v2.OrganizationService.ListOrganizations";
  const zitadel::org::v2::ListOrganizationsRequest request;
  const auto seen = world.Ask<Response>(method, "manager", request);
  REQUIRE(seen.ok());
  CHECK(seen->details().total_result() == 1);
  REQUIRE(seen->result_size() == 1);
  CHECK(seen->result(0).id() == "acme");
  CHECK(world.Ask<Response>(method, "root", request)->result_size() == 3);
}

TEST_CASE("users are found by login name and by metadata") {
  World world;
  ListUsersRequest by_name;
  by_name.add_queries()->mutable_login_name_query()->set_login_name("ANN");
  CHECK(world.List("root", by_name).empty());
  by_name.mutable_queries(0)->mutable_login_name_query()->set_method(
      zitadel::object::v2::TEXT_QUERY_METHOD_EQUALS_IGNORE_CASE);
  CHECK(world.List("root", by_name) == Ids{"ann"});

  ListUsersRequest by_key;
  by_key.add_queries()->mutable_metadata_key_filter()->set_key("team");
  CHECK(world.List("root", by_key) == Ids{"ann"});
  CHECK(world.List("bob", by_key).empty());
  ListUsersRequest by_value;
  by_value.add_queries()->mutable_metadata_value_filter()->set_value("red");
  CHECK(world.List("root", by_value).empty());
}

TEST_CASE("metadata is listed below a target that the caller may read") {
  World world;
  using Response = zitadel::user::v2::ListUserMetadataResponse;
  const std::string method = "zitadel.user.v2.UserService.ListUserMetadata";
  const zitadel::user::v2::ListUserMetadataRequest request;
  const auto own = world.Ask<Response>(method, "ann", request, "ann");
  REQUIRE(own.ok());
  CHECK(own->metadata_size() == 1);
  CHECK(own->metadata(0).value() == "blue");
  CHECK(own->pagination().total_result() == 1);
  CHECK(world.Ask<Response>(method, "manager", request, "bob")->metadata_size() == 0);
  CHECK(Reason(world.Ask<Response>(method, "bob", request, "ann").status()) == "user.not_found");
}

TEST_CASE("the instance's own questions are refused by permission") {
  World world;
  using Response = zitadel::admin::v1::ListAggregateTypesResponse;
  const std::string method = "zitadel.admin.v1.AdminService.ListAggregateTypes";
  const zitadel::admin::v1::ListAggregateTypesRequest request;
  CHECK(world.Ask<Response>(method, "root", request)->aggregate_types_size() == 15);
  const auto refused = world.Ask<Response>(method, "manager", request).status();
  CHECK(refused.code() == absl::StatusCode::kPermissionDenied);
  CHECK(Reason(refused) == "auth.permission_denied");
}

TEST_CASE("a query that asked no rule does not answer") {
  World world;
  Rule bare;
  bare.set_permission("user.read");
  bare.set_target(TARGET_USER);
  ReadCall call;
  call.rule = &bare;
  call.instance = kInstance;
  call.caller.user_id = "root";
  Reader reader(call, world.database->Read(), world.sources);
  REQUIRE(reader.Begin().ok());
  CHECK(reader.Finish().code() == absl::StatusCode::kInternal);
}

TEST_CASE("a session that ends after the year 9999 is told with its last second") {
  World world;
  world.proof = World::TokenOf(kLater);
  const auto response = world.Ask<GetSessionResponse>(
      "zitadel.session.v2.SessionService.GetSession", "root", GetSessionRequest(), kLater);
  REQUIRE(response.ok());
  CHECK(response->session().expiration_date().seconds() == 253'402'300'799);
  CHECK(response->session().expiration_date().nanos() == 0);
}

TEST_CASE("a session is read by whose it is, who made it, who shows its token, and by right") {
  World world;
  for (const char* caller : {"ann", "client", "root", "manager"}) {
    CHECK(world.GetSession(caller, kSession) == "ann");
  }
  for (const char* caller : {"bob", "gil", "nobody", "tokenless"}) {
    CHECK(world.GetSession(caller, kSession) == "session.not_found");
  }
  world.proof = World::TokenOf(kLater);
  CHECK(world.GetSession("bob", kSession) == "session.not_found");
  world.proof = World::TokenOf(kSession);
  CHECK(world.GetSession("bob", kSession) == "ann");
  CHECK(world.GetSession("root", "12") == "session.not_found");
  CHECK(world.GetSession("root", "not an id") == "session.not_found");
}

TEST_CASE("one's own account tells when one signed in last, as far as that is known") {
  World world;
  Batch batch(*world.database);
  batch.Begin(kInstance, 2);
  for (const auto& [day, user, seconds] : std::vector<std::tuple<uint32_t, std::string, int64_t>>{
           {20'001, "ann", 9}, {19'999, "ann", 3}, {20'000, "ann", 5}, {20'002, "anna", 12}}) {
    row::v1::SignIn row;
    row.set_day(day);
    row.set_user_id(user);
    row.mutable_at()->set_seconds(seconds);
    batch.Put(kInstance, row);
  }
  REQUIRE(batch.Commit({1, 2, std::string(32, 'h')}).ok());
  const auto mine = [&](const std::string& user) {
    const auto response = world.Ask<GetMyUserResponse>(
        "zitadel.auth.v1.AuthService.GetMyUser", user, GetMyUserRequest(), user);
    REQUIRE(response.ok());
    CHECK(response->user().id() == user);
    CHECK(response->user().user_name() == user);
    CHECK(response->user().state() == zitadel::user::v1::USER_STATE_ACTIVE);
    CHECK(response->user().details().resource_owner() == "acme");
    CHECK(response->user().has_human());
    return *response;
  };
  CHECK(mine("ann").last_login().seconds() == 9);
  CHECK(world.gets == 3);  // the target, the newest day, its row
  CHECK_FALSE(mine("bob").has_last_login());
}

TEST_CASE("who must change his password reads what is his, whatever he manages") {
  World world;
  world.must_change_password = true;
  for (const char* caller : {"root", "manager"}) {
    CHECK(Reason(world.Get(caller, "bob").status()) == "user.not_found");
    CHECK(world.GetSession(caller, kSession) == "session.not_found");
    CHECK(world.List(caller).empty());
  }
  CHECK(world.GetSession("ann", kSession) == "ann");
  CHECK(world.List("ann") == Ids{"ann"});
  CHECK(world.Sessions("root").empty());
  CHECK(world.Sessions("manager") == Ids{kLater});  // he made it
  const auto refused = world.Ask<zitadel::admin::v1::ListAggregateTypesResponse>(
      "zitadel.admin.v1.AdminService.ListAggregateTypes", "root",
      zitadel::admin::v1::ListAggregateTypesRequest());
  CHECK(Reason(refused.status()) == "auth.permission_denied");
}

TEST_CASE("a list of sessions has those that the caller may see, and counts no others") {
  World world;
  CHECK(world.Sessions("root") == Ids{kSession, kLater});
  CHECK(world.Sessions("manager") == Ids{kSession, kLater});  // one of his organization, one he made
  CHECK(world.Sessions("ann") == Ids{kSession});
  CHECK(world.Sessions("client") == Ids{kSession});
  CHECK(world.Sessions("bob").empty());
}

TEST_CASE("sessions are found by id, user, maker and agent, and by none of them for strangers") {
  World world;
  ListSessionsRequest ids;
  ids.add_queries()->mutable_ids_query()->add_ids(kLater);
  ids.mutable_queries(0)->mutable_ids_query()->add_ids("77");
  CHECK(world.Sessions("root", ids) == Ids{kLater});
  CHECK(world.Sessions("ann", ids).empty());
  ListSessionsRequest user;
  user.add_queries()->mutable_user_id_query()->set_id("ann");
  CHECK(world.Sessions("root", user) == Ids{kSession});
  ListSessionsRequest mine;
  mine.add_queries()->mutable_creator_query();
  CHECK(world.Sessions("manager", mine) == Ids{kLater});
  mine.mutable_queries(0)->mutable_creator_query()->set_id("client");
  CHECK(world.Sessions("manager", mine) == Ids{kSession});
  ListSessionsRequest agent;
  agent.add_queries()->mutable_user_agent_query();
  CHECK(world.Sessions("root", agent).empty());  // no session is shown
  world.session_id = kLater;
  CHECK(world.Sessions("root", agent) == Ids{kLater});
  agent.mutable_queries(0)->mutable_user_agent_query()->set_fingerprint_id("agent of ann");
  CHECK(world.Sessions("root", agent) == Ids{kSession});
}

// ann has a passkey at each of two domains, one of them begun only, and a security key.
struct WithFactors : World {
  WithFactors() {
    row::v1::UserFactors factors;
    factors.set_user_id("ann");
    factors.set_totp_added(true);
    factors.set_otp_sms(true);
    Add(factors.add_passkey(), "p1", "id.example", true);
    Add(factors.add_passkey(), "p2", "login.example", false);
    Add(factors.add_u2f(), "k1", "login.example", true);
    Batch batch(*database);
    batch.Begin(kInstance, 2);
    batch.Put(kInstance, factors);
    REQUIRE(batch.Commit({2, 2, std::string(32, 'h')}).ok());
  }
  static void Add(row::v1::Authenticator* token, const std::string& id, const std::string& domain,
                  bool verified) {
    token->set_token_id(id);
    token->set_rp_id(domain);
    token->set_name("name of " + id);
    token->set_verified(verified);
  }
  template <class Response>
  absl::StatusOr<Response> Of(const std::string& method, const Message& request,
                              const std::string& caller = "ann", const std::string& user = "ann") {
    return Ask<Response>("zitadel.user.v2.UserService." + method, caller, request, user);
  }
};

TEST_CASE("the methods that sign a person in are those that are ready, at the domain asked for") {
  WithFactors world;
  const auto methods = [&world](const std::string& domain) {
    zitadel::user::v2::ListAuthenticationMethodTypesRequest request;
    if (!domain.empty()) request.mutable_domain_query()->set_domain(domain);
    const auto response = world.Of<zitadel::user::v2::ListAuthenticationMethodTypesResponse>(
        "ListAuthenticationMethodTypes", request);
    REQUIRE(response.ok());
    const auto& types = response->auth_method_types();
    return std::vector<int>(types.begin(), types.end());
  };
  constexpr int kPasskey = zitadel::user::v2::AUTHENTICATION_METHOD_TYPE_PASSKEY;
  constexpr int kKey = zitadel::user::v2::AUTHENTICATION_METHOD_TYPE_U2F;
  constexpr int kSms = zitadel::user::v2::AUTHENTICATION_METHOD_TYPE_OTP_SMS;
  CHECK(methods("") == std::vector<int>{kPasskey, kKey, kSms});
  CHECK(methods("id.example") == std::vector<int>{kPasskey, kSms});
  CHECK(methods("ID.Example") == std::vector<int>{kPasskey, kSms});
  CHECK(methods("login.example") == std::vector<int>{kKey, kSms});
  CHECK(methods("other.example") == std::vector<int>{kSms});
  CHECK(methods("https://id.example") == std::vector<int>{kSms});
}

TEST_CASE("factors are listed by kind and state, the ready ones unless others are asked for") {
  using zitadel::user::v2::ListAuthenticationFactorsRequest;
  WithFactors world;
  const auto factors = [&world](const ListAuthenticationFactorsRequest& request) {
    const auto response = world.Of<zitadel::user::v2::ListAuthenticationFactorsResponse>(
        "ListAuthenticationFactors", request);
    REQUIRE(response.ok());
    std::vector<int> kinds;
    for (const auto& factor : response->result()) kinds.push_back(factor.type_case());
    return kinds;
  };
  using Factor = zitadel::user::v2::AuthFactor;
  ListAuthenticationFactorsRequest request;
  CHECK(factors(request) == std::vector<int>{Factor::kU2F, Factor::kOtpSms});
  request.add_states(zitadel::user::v2::AUTH_FACTOR_STATE_NOT_READY);
  CHECK(factors(request) == std::vector<int>{Factor::kOtp});
  request.add_states(zitadel::user::v2::AUTH_FACTOR_STATE_READY);
  request.add_auth_factors(zitadel::user::v2::OTP);
  request.add_auth_factors(zitadel::user::v2::U2F);
  CHECK(factors(request) == std::vector<int>{Factor::kOtp, Factor::kU2F});
}

TEST_CASE("passkeys are shown to their owner and his managers, begun ones as not ready") {
  using zitadel::user::v2::ListPasskeysRequest;
  using zitadel::user::v2::ListPasskeysResponse;
  WithFactors world;
  const ListPasskeysRequest request;
  for (const std::string caller : {"ann", "manager", "root"}) {
    const auto response = world.Of<ListPasskeysResponse>("ListPasskeys", request, caller);
    REQUIRE(response.ok());
    REQUIRE(response->result_size() == 2);
    CHECK(response->result(0).id() == "p1");
    CHECK(response->result(0).name() == "name of p1");
    CHECK(response->result(0).state() == zitadel::user::v2::AUTH_FACTOR_STATE_READY);
    CHECK(response->result(1).state() == zitadel::user::v2::AUTH_FACTOR_STATE_NOT_READY);
    CHECK(response->details().total_result() == 2);
  }
  const auto hidden = world.Of<ListPasskeysResponse>("ListPasskeys", request, "bob");
  CHECK(Reason(hidden.status()) == "user.not_found");
  CHECK(world.Of<ListPasskeysResponse>("ListPasskeys", request, "bob", "bob")->result_size() == 0);
}

}  // namespace
}  // namespace muniment::query
