// Applications and their keys: what each command raises, and what it refuses by name.
#include "base/crypto.h"
#include "base/key_pair.h"
#include "base/proof.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "tests/command/application_requests.h"

namespace muniment::command {
namespace {

using event::v1::ApiConfigAdded;
using event::v1::ApiConfigChanged;
using event::v1::ApplicationAdded;
using event::v1::ApplicationChanged;
using event::v1::ApplicationKeyAdded;
using event::v1::OidcConfigAdded;
using event::v1::OidcConfigChanged;
using zitadel::application::v2::CreateApplicationKeyResponse;
using zitadel::application::v2::CreateApplicationResponse;
using zitadel::application::v2::GenerateClientSecretResponse;

constexpr char kLetters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

Application ApplicationOf(Given& given, const std::string& id) {
  return StateOf<Application>(given, {AGGREGATE_APPLICATION, ApplicationStreamId("lamps", id)});
}

bool IsNumber(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

// ---------------------------------------------------------------------- what is made

TEST_CASE("an application that signs people in is made with a client id, and a secret told once") {
  Delegated given;
  const Then then = given.When("ann", "CreateApplication", Oidc(Uri("https://a.example/in")));
  INFO(then.status);
  REQUIRE(then.ok());
  const auto& response = then.response<CreateApplicationResponse>();
  const std::string stream = "lamps/" + response.application_id();
  CHECK(then.events == Strings{"project.application.added " + stream,
                               "project.application.config.oidc.added " + stream});
  const auto& added = then.fact<ApplicationAdded>(0);
  CHECK(added.application_id() == response.application_id());
  CHECK(added.project_id() == "lamps");
  CHECK(added.organization_id() == "acme");
  CHECK(added.name() == "New");
  CHECK(then.facts[0].meta.owner == "acme");
  CHECK(response.has_creation_date());

  const auto& told = response.oidc_configuration();
  CHECK(IsNumber(told.client_id()));
  CHECK(told.client_id() != response.application_id());
  CHECK(told.client_secret().size() == 64);
  CHECK(told.client_secret().find_first_not_of(kLetters) == std::string::npos);
  CHECK_FALSE(told.non_compliant());
  CHECK(told.compliance_problems().empty());
  const auto& config = then.fact<OidcConfigAdded>(1);
  CHECK(config.client_id() == told.client_id());
  CHECK(config.secret_hash() == Sha256(told.client_secret()).str());
  CHECK(config.SerializeAsString().find(told.client_secret()) == std::string::npos);
  // What was left open.
  CHECK(config.config().response_type_size() == 1);
  CHECK(config.config().response_type(0) == event::v1::OIDC_RESPONSE_TYPE_CODE);
  CHECK(config.config().grant_type_size() == 1);
  CHECK(config.config().grant_type(0) == event::v1::OIDC_GRANT_TYPE_AUTHORIZATION_CODE);
  CHECK_FALSE(config.config().has_login_version());
}

TEST_CASE("an API is made with a client id, and a secret only where it proves itself by one") {
  Delegated given;
  const Then basic = given.When("pam", "CreateApplication", Api("BASIC", "A"));
  REQUIRE(basic.ok());
  const auto& told = basic.response<CreateApplicationResponse>().api_configuration();
  CHECK(IsNumber(told.client_id()));
  CHECK(basic.fact<ApiConfigAdded>(1).secret_hash() == Sha256(told.client_secret()).str());
  const Then keyed = given.When("pam", "CreateApplication", Api("PRIVATE_KEY_JWT", "B"));
  REQUIRE(keyed.ok());
  CHECK(keyed.response<CreateApplicationResponse>().api_configuration().client_secret().empty());
  CHECK(keyed.fact<ApiConfigAdded>(1).secret_hash().empty());
  CHECK(keyed.fact<ApiConfigAdded>(1).client_id() != told.client_id());
}

TEST_CASE("a secret is made for the methods that show one, and for no other") {
  for (const auto& [method, shows] : std::vector<std::pair<std::string, bool>>{
           {"BASIC", true}, {"POST", true}, {"NONE", false}, {"PRIVATE_KEY_JWT", false}}) {
    INFO(method);
    Delegated given;
    const Then then = given.When("ann", "CreateApplication",
                                 Oidc(Uri("https://a.example") + Method(method)));
    REQUIRE(then.ok());
    const auto& told = then.response<CreateApplicationResponse>().oidc_configuration();
    CHECK(told.client_secret().empty() != shows);
    CHECK(then.fact<OidcConfigAdded>(1).secret_hash().empty() != shows);
  }
}

TEST_CASE("what does not comply is made all the same, and told by name") {
  Delegated given;
  const Then then = given.When(
      "ann", "CreateApplication",
      Oidc(Uri("http://a.example/in") + "application_type: OIDC_APP_TYPE_USER_AGENT"));
  REQUIRE(then.ok());
  const auto& told = then.response<CreateApplicationResponse>().oidc_configuration();
  CHECK(told.non_compliant());
  Strings keys;
  for (const auto& problem : told.compliance_problems()) {
    keys.push_back(problem.key());
    CHECK_FALSE(problem.localized_message().empty());
  }
  CHECK(keys == Strings{"Application.OIDC.V1.NotCompliant",
                        "Application.OIDC.V1.Code.RedirectUris.HttpOnlyForWeb",
                        "Application.OIDC.V1.UserAgent.AuthMethodType.NotNone"});
}

TEST_CASE("all that is asked for stands in the log, each value of a list once") {
  Delegated given;
  const Then then = given.When(
      "ann", "CreateApplication",
      Oidc(Uri("https://a.example/in") + Uri("https://b.example/in") + Uri("https://a.example/in") +
           "response_types: [OIDC_RESPONSE_TYPE_ID_TOKEN, OIDC_RESPONSE_TYPE_ID_TOKEN] "
           "grant_types: [OIDC_GRANT_TYPE_IMPLICIT, OIDC_GRANT_TYPE_TOKEN_EXCHANGE] "
           "post_logout_redirect_uris: 'https://a.example/out' development_mode: true "
           "access_token_type: OIDC_TOKEN_TYPE_JWT access_token_role_assertion: true "
           "id_token_role_assertion: true id_token_userinfo_assertion: true "
           "clock_skew { seconds: 5 } additional_origins: 'https://c.example' "
           "skip_native_app_success_page: true "
           "back_channel_logout_uri: 'https://a.example/logout' "
           "login_version { login_v2 { base_uri: 'https://login.example/' } }"));
  INFO(then.status);
  REQUIRE(then.ok());
  const auto& config = then.fact<OidcConfigAdded>(1).config();
  CHECK(Strings(config.redirect_uri().begin(), config.redirect_uri().end()) ==
        Strings{"https://a.example/in", "https://b.example/in"});
  CHECK(config.response_type_size() == 1);
  CHECK(config.grant_type_size() == 2);
  CHECK(config.post_logout_redirect_uri(0) == "https://a.example/out");
  CHECK(config.development_mode());
  CHECK(config.access_token_type() == event::v1::OIDC_TOKEN_TYPE_JWT);
  CHECK(config.access_token_role_assertion());
  CHECK(config.id_token_role_assertion());
  CHECK(config.id_token_userinfo_assertion());
  CHECK(config.clock_skew().seconds() == 5);
  CHECK(config.additional_origin(0) == "https://c.example");
  CHECK(config.skip_native_app_success_page());
  CHECK(config.back_channel_logout_uri() == "https://a.example/logout");
  CHECK(config.login_version().v2().base_uri() == "https://login.example/");
}

// ---------------------------------------------------------------------- names and ids

TEST_CASE("an application is found within its own project alone") {
  Delegated given;
  Must(given, "CreateProject", "organization_id: 'acme' project_id: 'chairs' name: 'Chairs'");
  for (const char* method : {"UpdateApplication", "DeleteApplication", "DeactivateApplication",
                             "ReactivateApplication", "GenerateClientSecret",
                             "CreateApplicationKey"}) {
    CheckRefused(given, "root", {
        {method, "project_id: 'chairs' application_id: 'shop'", "application.not_found"},
        {method, "project_id: 'lamps/shop' application_id: 'shop'", "application.not_found"},
        {method, "project_id: 'lamps' application_id: '/shop'", "application.not_found"},
        {method, "application_id: 'shop'", "request.project_id.required"},
        {method, kLamps, "request.application_id.required"},
    });
  }
}

TEST_CASE("an application's name is its own within its project, and free when it has gone") {
  Delegated given;
  CheckRefused(given, "pam", {
      {"CreateApplication", Api("BASIC", "ＳＨＯＰ"), "application.name_taken"},
      {"UpdateApplication", kStock + "name: 'shop'", "application.name_taken"}});
  CHECK(given.When("pam", "UpdateApplication", kShop + "name: 'SHOP'").events ==
        Strings{"project.application.changed lamps/shop"});
  Must(given, "CreateProject", "organization_id: 'acme' project_id: 'chairs' name: 'Chairs'");
  CHECK(given.When("root", "CreateApplication",
                   "project_id: 'chairs' name: 'Shop' api_configuration {}").ok());
  REQUIRE(given.When("pam", "DeleteApplication", kShop).ok());
  CHECK(given.When("pam", "CreateApplication", Api("BASIC", "Shop")).ok());
  const auto thens = given.Race("pam", "CreateApplication",
                                {Api("BASIC", "Twin"), Api("BASIC", "twin")});
  REQUIRE(thens[0].ok() != thens[1].ok());
  CHECK(thens[thens[0].ok() ? 1 : 0].reason == "application.name_taken");
  CHECK(thens[0].events.size() == 2);
}

TEST_CASE("an id that an application is given, or was made for it, is nobody else's, for ever") {
  Delegated given;
  const auto create = [&given](const std::string& project, const std::string& id) {
    return given.When("root", "CreateApplication",
                      absl::StrCat("project_id: '", project, "' application_id: '", id,
                                   "' name: 'A ", id, "' api_configuration {}"));
  };
  Must(given, "CreateProject", "organization_id: 'acme' project_id: 'chairs' name: 'Chairs'");
  for (const char* taken : {"shop", "lamps", "acme", "ann", "1"}) {
    INFO(taken);
    const Then then = create("lamps", taken);
    CHECK(then.reason == "application.already_exists");
    CHECK(then.code == absl::StatusCode::kAlreadyExists);
    CHECK(then.events.empty());
  }
  CHECK(create("chairs", "shop").reason == "application.already_exists");
  CHECK(create("chairs", "SHOP").reason == "application.already_exists");
  CHECK(create("chairs", "Till").ok());
  CHECK(given.When("root", "AddOrganization", "name: 'Till' organization_id: 'till'").reason ==
        "org.already_exists");
  REQUIRE(given.When("root", "DeleteApplication", kShop).ok());
  CHECK(create("lamps", "shop").reason == "application.already_exists");
  CHECK(create("chairs", "shop").reason == "application.already_exists");
  const Then made = given.When("root", "CreateApplication", Api("BASIC"));
  REQUIRE(made.ok());
  CHECK(create("chairs", made.response<CreateApplicationResponse>().application_id()).reason ==
        "application.already_exists");
}

// ---------------------------------------------------------------------- changes

TEST_CASE("what is asked is changed, the rest stays, and nothing is raised where nothing changes") {
  Delegated given;
  const Then then = given.When("ann", "UpdateApplication",
                               Change(Uri("https://b.example") + "development_mode: true") +
                                   " name: 'Store'");
  CHECK(then.events == Strings{"project.application.changed lamps/shop",
                               "project.application.config.oidc.changed lamps/shop"});
  CHECK(then.fact<ApplicationChanged>(0).name() == "Store");
  const auto& config = then.fact<OidcConfigChanged>(1).config();
  CHECK(config.redirect_uri_size() == 1);
  CHECK(config.redirect_uri(0) == "https://b.example");
  CHECK(config.development_mode());
  CHECK(config.grant_type_size() == 1);
  CHECK_FALSE(then.fact<OidcConfigChanged>(1).secret_ended());
  for (const std::string& same :
       {kShop, kShop + "name: 'Store'", Change(""), Change("development_mode: true"),
        Change(Uri("https://b.example")), Change("version: OIDC_VERSION_1_0")}) {
    INFO(same);
    const Then again = given.When("ann", "UpdateApplication", same);
    CHECK(again.ok());
    CHECK(again.events.empty());
    CHECK(again.response<zitadel::application::v2::UpdateApplicationResponse>().has_change_date());
  }
  // What can be told from an absent one is taken away by an empty one.
  REQUIRE(given.When("ann", "UpdateApplication",
                     Change("back_channel_logout_uri: 'https://a.example' "
                            "login_version { login_v1 {} }")).ok());
  CHECK(ApplicationOf(given, "shop").oidc->login_version().has_v1());
  REQUIRE(given.When("ann", "UpdateApplication",
                     Change("back_channel_logout_uri: '' login_version {}")).ok());
  CHECK_FALSE(ApplicationOf(given, "shop").oidc->has_login_version());
  CHECK(ApplicationOf(given, "shop").oidc->back_channel_logout_uri().empty());
}

TEST_CASE("an application stays of its sort") {
  Delegated given;
  CheckRefused(given, "ann", {
      {"UpdateApplication", kShop + "api_configuration {}", "application.other_type"},
      {"UpdateApplication", kStock + "oidc_configuration {}", "application.other_type"},
      {"UpdateApplication", kShop + "name: 'N' api_configuration {}", "application.other_type"}});
}

TEST_CASE("who is to prove itself otherwise loses its secret, and gets none back by itself") {
  Delegated given;
  REQUIRE_FALSE(ApplicationOf(given, "shop").secret_hash.empty());
  // From one way of showing it to the other it stays.
  const Then post = given.When("ann", "UpdateApplication", Change(Method("POST")));
  CHECK_FALSE(post.fact<OidcConfigChanged>(0).secret_ended());
  CHECK_FALSE(ApplicationOf(given, "shop").secret_hash.empty());
  const Then none = given.When("ann", "UpdateApplication", Change(Method("NONE")));
  CHECK(none.fact<OidcConfigChanged>(0).secret_ended());
  CHECK(ApplicationOf(given, "shop").secret_hash.empty());
  CheckRefused(given, "ann", {{"GenerateClientSecret", kShop, "application.no_secrets"}});
  REQUIRE(given.When("ann", "UpdateApplication", Change(Method("BASIC"))).ok());
  CHECK(ApplicationOf(given, "shop").secret_hash.empty());
  CHECK(given.When("ann", "GenerateClientSecret", kShop).ok());
  CHECK_FALSE(ApplicationOf(given, "shop").secret_hash.empty());

  const std::string stock = kStock + "api_configuration { auth_method_type: API_AUTH_METHOD_TYPE_";
  CheckRefused(given, "ann", {{"GenerateClientSecret", kStock, "application.no_secrets"}});
  const Then basic = given.When("ann", "UpdateApplication", stock + "BASIC }");
  CHECK(basic.events == Strings{"project.application.config.api.changed lamps/stock"});
  CHECK_FALSE(basic.fact<ApiConfigChanged>(0).secret_ended());
  REQUIRE(given.When("ann", "GenerateClientSecret", kStock).ok());
  CHECK(given.When("ann", "UpdateApplication", stock + "PRIVATE_KEY_JWT }")
            .fact<ApiConfigChanged>(0)
            .secret_ended());
  CHECK(ApplicationOf(given, "stock").secret_hash.empty());
}

TEST_CASE("a new secret takes the place of the last, is told once and kept as its hash") {
  Delegated given;
  const std::string before = ApplicationOf(given, "shop").secret_hash;
  const Then then = given.When("ann", "GenerateClientSecret", kShop);
  REQUIRE(then.events == Strings{"project.application.config.oidc.secret.changed lamps/shop"});
  const auto& response = then.response<GenerateClientSecretResponse>();
  CHECK(response.client_secret().size() == 64);
  CHECK(response.has_creation_date());
  CHECK(then.fact<event::v1::OidcSecretChanged>(0).secret_hash() ==
        Sha256(response.client_secret()).str());
  CHECK(ApplicationOf(given, "shop").secret_hash != before);
  const Then next = given.When("ann", "GenerateClientSecret", kShop);
  CHECK(next.response<GenerateClientSecretResponse>().client_secret() != response.client_secret());
  REQUIRE(given.When("ann", "CreateApplication",
                     Api("BASIC") + " application_id: 'basic'").ok());
  CHECK(given.When("ann", "GenerateClientSecret", kLamps + "application_id: 'basic'").events ==
        Strings{"project.application.config.api.secret.changed lamps/basic"});
}

TEST_CASE("an application rests and comes back, and after its removal is not there") {
  Delegated given;
  const Then rests = given.When("ann", "DeactivateApplication", kShop);
  CHECK(rests.events == Strings{"project.application.deactivated lamps/shop"});
  CHECK(rests.response<zitadel::application::v2::DeactivateApplicationResponse>()
            .has_deactivation_date());
  CheckRefused(given, "ann",
               {{"DeactivateApplication", kShop, "application.already_inactive"}});
  const Then back = given.When("ann", "ReactivateApplication", kShop);
  CHECK(back.events == Strings{"project.application.reactivated lamps/shop"});
  CHECK(back.response<zitadel::application::v2::ReactivateApplicationResponse>()
            .has_reactivation_date());
  CheckRefused(given, "ann", {{"ReactivateApplication", kShop, "application.not_inactive"}});
  const Then gone = given.When("pam", "DeleteApplication", kShop);
  CHECK(gone.events == Strings{"project.application.removed lamps/shop"});
  CHECK(gone.response<zitadel::application::v2::DeleteApplicationResponse>().has_deletion_date());
  const auto not_there = [&given](const std::string& application) {
    for (const char* caller : {"root", "ann", "pam"}) {
      for (const char* method : {"UpdateApplication", "DeleteApplication", "DeactivateApplication",
                                 "ReactivateApplication", "GenerateClientSecret",
                                 "CreateApplicationKey"}) {
        CheckRefused(given, caller, {{method, application, "application.not_found"}});
      }
      CheckRefused(given, caller, {{"DeleteApplicationKey", application + "key_id: 'key'",
                                    "application.not_found"}});
    }
  };
  not_there(kShop);
  // With its project it has gone before it is swept.
  REQUIRE(given.When("pam", "DeleteProject", kLamps).ok());
  not_there(kStock);
}

TEST_CASE("with its organization an application has gone before it is swept") {
  Delegated given;
  Must(given, "DeleteOrganization", "organization_id: 'acme'");
  for (const char* caller : {"root", "pam", "ann"}) {
    INFO(caller);
    CHECK_FALSE(given.When(caller, "UpdateApplication", kShop + "name: 'N'").ok());
  }
  CHECK(given.When("root", "GenerateClientSecret", kShop).reason == "application.not_found");
}

// ---------------------------------------------------------------------- keys

TEST_CASE("a key is answered once, as the file that clients read, and kept as its public half") {
  Delegated given;
  const Then made = given.When("ann", "CreateApplicationKey",
                               kStock + "expiration_date { seconds: 32503680000 }");
  INFO(made.status);
  REQUIRE(made.events == Strings{"project.application.oidc.key.added lamps/stock"});
  const auto& response = made.response<CreateApplicationKeyResponse>();
  CHECK(response.has_creation_date());
  google::protobuf::Struct file;
  REQUIRE(google::protobuf::util::JsonStringToMessage(response.key_details(), &file).ok());
  const auto field = [&file](const char* name) { return file.fields().at(name).string_value(); };
  CHECK(field("type") == "application");
  CHECK(field("keyId") == response.key_id());
  CHECK(field("appId") == "stock");
  CHECK(field("clientId") == ApplicationOf(given, "stock").client_id);
  CHECK(field("key").starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
  const auto& added = made.fact<ApplicationKeyAdded>(0);
  CHECK(CheckPublicKey(added.public_key()).ok());
  CHECK(added.SerializeAsString().find("PRIVATE") == std::string::npos);
  CHECK(added.application_id() == "stock");
  CHECK(added.project_id() == "lamps");
  CHECK(added.organization_id() == "acme");
  CHECK(added.expiration().seconds() == 32503680000);
  CHECK(made.facts[0].meta.owner == "acme");

  const Then endless = given.When("ann", "CreateApplicationKey", kStock);
  // 9999-12-31
  CHECK(endless.fact<ApplicationKeyAdded>(0).expiration().seconds() == 253402300799);
}

TEST_CASE("keys are for who signs assertions, and of one application") {
  Delegated given;
  CheckRefused(given, "ann", {
      {"CreateApplicationKey", kShop, "application.no_keys"},
      {"CreateApplicationKey", kStock + "expiration_date { seconds: 1 }",
       "application_key.expiration_past"},
      {"CreateApplicationKey", kStock + "expiration_date { seconds: 999999999999 }",
       "token.expiration_invalid"},
      {"DeleteApplicationKey", kShop + "key_id: 'key'", "application_key.not_found"},
      {"DeleteApplicationKey", kStock + "key_id: 'none'", "application_key.not_found"},
      {"DeleteApplicationKey", kStock, "request.key_id.required"}});
  CHECK(given.When("ann", "DeleteApplicationKey", kStock + "key_id: 'key'").events ==
        Strings{"project.application.oidc.key.removed lamps/stock"});
  CheckRefused(given, "ann", {{"DeleteApplicationKey", kStock + "key_id: 'key'",
                               "application_key.not_found"}});
  REQUIRE(given.When("ann", "UpdateApplication", Change(Method("PRIVATE_KEY_JWT"))).ok());
  CHECK(given.When("ann", "CreateApplicationKey", kShop).ok());
}

TEST_CASE("an application and the end of its project at the same time: it is not left behind") {
  for (int i = 0; i < 5; ++i) {
    Delegated given;
    const auto thens = given.Race({{"root", "DeleteProject", kLamps},
                                   {"ann", "CreateApplication", Api("BASIC")}});
    REQUIRE(thens[0].ok());
    CHECK(thens[0].events.size() == (thens[1].ok() ? 3 : 1));
    CHECK(thens[0].events.back() == "project.removed lamps");
  }
}

TEST_CASE("an old session makes no credential of an application") {
  Delegated given;
  given.SignIn("ann");
  given.clock.Advance(kFresh + absl::Minutes(1));
  const auto all = [&] {
    Strings reasons;
    for (const auto& [method, request] : std::vector<std::pair<std::string, std::string>>{
             {"GenerateClientSecret", kShop},
             {"CreateApplicationKey", kStock},
             {"CreateApplication", Api("BASIC", "Till")},
             {"CreateApplication", Oidc(Uri("https://new.example/in"), "Stall")}}) {
      reasons.push_back(given.When("ann", method, request).reason);
    }
    return reasons;
  };
  CHECK(all() == Strings(4, "auth.proof_too_old"));
  CHECK(given.When("ann", "CreateApplication", Api("PRIVATE_KEY_JWT")).ok());
  CHECK(given.When("ann", "UpdateApplication", kShop + "name: 'Shop 2'").ok());
  given.SignIn("ann");
  CHECK(all() == Strings(4));
}

}  // namespace
}  // namespace muniment::command
