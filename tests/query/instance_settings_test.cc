// What an instance says of random codes and of languages, as it is told to whoever asks.
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/text_format.h"
#include "muniment/row/v1/instance_settings.pb.h"
#include "projections/batch.h"
#include "query/settings/languages.h"
#include "tests/query/models.h"
#include "zitadel/admin.pb.h"
#include "zitadel/settings/v2/settings_service.pb.h"

namespace muniment::query {
namespace {

using google::protobuf::TextFormat;
using projections::Batch;
using projections::TablePlan;
using zitadel::admin::v1::GetAllowedLanguagesResponse;
using zitadel::admin::v1::GetDefaultLanguageResponse;
using zitadel::admin::v1::GetRestrictionsResponse;
using zitadel::admin::v1::GetSecretGeneratorResponse;
using zitadel::admin::v1::GetSupportedLanguagesResponse;
using zitadel::admin::v1::ListSecretGeneratorsResponse;
using zitadel::settings::v2::GetGeneralSettingsResponse;
using Strings = std::vector<std::string>;

constexpr uint64_t kInstance = 7, kOther = 8;

std::vector<const TablePlan*> Tables() {
  auto tables = CommonTables();
  tables.push_back(&TablePlan::Of<row::v1::SecretGenerator>());
  tables.push_back(&TablePlan::Of<row::v1::Restrictions>());
  return tables;
}

// Two instances; ann owns an organization of the first, pam may read a project there, root all of it.
struct World : Models {
  World() : Models(Tables()) {
    Write(kInstance, [](Batch& batch) {
      row::v1::Instance instance;
      instance.set_id("7");
      instance.set_default_organization_id("acme");
      instance.set_default_language("de");
      batch.Put(kInstance, instance);
      row::v1::Org org;
      org.set_id("acme");
      org.set_state(row::v1::ORG_STATE_ACTIVE);
      batch.Put(kInstance, org);
      row::v1::Project project;
      project.set_id("lamps");
      project.set_organization_id("acme");
      project.set_state(row::v1::PROJECT_STATE_ACTIVE);
      batch.Put(kInstance, project);
      AddMember(batch, AGGREGATE_INSTANCE, "7", "root", "IAM_OWNER");
      AddMember(batch, AGGREGATE_ORG, "acme", "ann", "ORG_OWNER");
      AddMember(batch, AGGREGATE_PROJECT, "lamps", "pam", "PROJECT_OWNER_VIEWER");
      for (int type = 1; type <= 9; ++type) {
        row::v1::SecretGenerator row;
        row.mutable_generator()->set_type(static_cast<event::v1::GeneratorType>(type));
        row.mutable_generator()->set_length(static_cast<uint32_t>(10 + type));
        row.mutable_generator()->set_digits(true);
        if (type != event::v1::GENERATOR_TYPE_APP_SECRET) {
          row.mutable_generator()->mutable_expiry()->set_seconds(60 * type);
        }
        row.mutable_stamp()->set_sequence(static_cast<uint64_t>(100 + type));
        batch.Put(kInstance, row);
      }
    });
    Write(kOther, [](Batch& batch) {
      row::v1::SecretGenerator row;
      row.mutable_generator()->set_type(event::v1::GENERATOR_TYPE_OTP_SMS);
      row.mutable_generator()->set_length(99);
      batch.Put(kOther, row);
    });
    LoadOwners();
  }

  template <class Change>
  void Write(uint64_t instance, Change change) {
    Batch batch(*database);
    batch.Begin(instance, ++position_);
    change(batch);
    REQUIRE(batch.Commit({1, position_, std::string(32, 'h')}).ok());
  }
  static void AddMember(Batch& batch, Aggregate aggregate, const std::string& id,
                        const std::string& user, const std::string& role) {
    row::v1::Member member;
    member.set_aggregate(aggregate);
    member.set_resource_id(id);
    member.set_user_id(user);
    member.add_role(role);
    batch.Put(kInstance, member);
  }
  void Restrict(const Strings& languages) {
    Write(kInstance, [&](Batch& batch) {
      row::v1::Restrictions row;
      row.set_aggregate(AGGREGATE_RESTRICTIONS);
      row.set_resource_id("7");
      row.mutable_policy()->set_disallow_public_org_registration(true);
      row.mutable_policy()->mutable_allowed_languages()->Assign(languages.begin(),
                                                                languages.end());
      row.mutable_stamp()->set_sequence(200);
      batch.Put(kInstance, row);
    });
  }

  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Try(const std::string& caller,
                                                                 const std::string& method,
                                                                 const std::string& request) {
    for (const auto& handler : Handlers()) {
      if (handler.method != method) continue;
      std::unique_ptr<google::protobuf::Message> message(
          google::protobuf::MessageFactory::generated_factory()
              ->GetPrototype(handler.request)
              ->New());
      INFO(request);
      REQUIRE(TextFormat::ParseFromString(request, message.get()));
      ReadCall call;
      call.instance = kInstance;
      call.caller.user_id = caller;
      return Run(handler, std::move(call), *message);
    }
    FAIL(method);
    return absl::InternalError(method);
  }
  template <class Response>
  Response Ask(const std::string& method, const std::string& request = "",
               const std::string& caller = "root",
               const std::string& service = "zitadel.admin.v1.AdminService") {
    const auto response = Try(caller, absl::StrCat(service, "/", method), request);
    INFO(response.status());
    REQUIRE(response.ok());
    return static_cast<const Response&>(**response);
  }
  // The types of what is listed.
  std::vector<int> Listed(const std::string& request, uint64_t total) {
    const auto listed = Ask<ListSecretGeneratorsResponse>("ListSecretGenerators", request);
    CHECK(listed.details().total_result() == total);
    CHECK(listed.details().has_view_timestamp());
    std::vector<int> types;
    for (const auto& each : listed.result()) types.push_back(each.generator_type());
    return types;
  }

 private:
  uint64_t position_ = 0;
};

template <class Response>
Strings Of(const Response& response) {
  return {response.languages().begin(), response.languages().end()};
}

TEST_CASE("generators are listed by type, in pages, and of the instance alone") {
  World world;
  CHECK(world.Listed("query { asc: true }", 9) == std::vector<int>{1, 2, 3, 4, 5, 6, 7, 8, 9});
  CHECK(world.Listed("", 9) == std::vector<int>{9, 8, 7, 6, 5, 4, 3, 2, 1});
  CHECK(world.Listed("query { asc: true offset: 2 limit: 3 }", 9) == std::vector<int>{3, 4, 5});
  CHECK(world.Listed("query { offset: 20 }", 9).empty());
  const auto of = [](const std::string& type) {
    return absl::StrCat("queries { type_query { generator_type: SECRET_GENERATOR_TYPE_", type,
                        " } }");
  };
  CHECK(world.Listed(of("OTP_SMS"), 1) == std::vector<int>{7});
  CHECK(world.Listed(of("UNSPECIFIED"), 0).empty());
  // All queries must hold.
  CHECK(world.Listed(absl::StrCat(of("OTP_SMS"), of("OTP_EMAIL")), 0).empty());
  const std::string list = "zitadel.admin.v1.AdminService/ListSecretGenerators";
  CHECK(Reason(world.Try("root", list, "query { limit: 1001 }").status()) ==
        "query.limit_too_large");
  CHECK(Reason(world.Try("root", list, "queries {}").status()) == "query.empty_filter");
  CHECK(Reason(world.Try("ann", list, "").status()) == "auth.permission_denied");
  CHECK(Reason(world.Try("", list, "").status()) == "auth.required");
}

TEST_CASE("a generator is told whole, with its own last change") {
  World world;
  const auto sms = world
                       .Ask<GetSecretGeneratorResponse>(
                           "GetSecretGenerator", "generator_type: SECRET_GENERATOR_TYPE_OTP_SMS")
                       .secret_generator();
  CHECK(sms.generator_type() == zitadel::settings::v1::SECRET_GENERATOR_TYPE_OTP_SMS);
  CHECK(sms.length() == 17);
  CHECK(sms.expiry().seconds() == 420);
  CHECK(sms.include_digits());
  CHECK_FALSE(sms.include_lower_letters());
  CHECK_FALSE(sms.include_upper_letters());
  CHECK_FALSE(sms.include_symbols());
  CHECK(sms.details().sequence() == 107);
  CHECK(sms.details().resource_owner() == "7");
  CHECK_FALSE(world
                  .Ask<GetSecretGeneratorResponse>(
                      "GetSecretGenerator", "generator_type: SECRET_GENERATOR_TYPE_APP_SECRET")
                  .secret_generator()
                  .has_expiry());
  const auto refused = world.Try("ann", "zitadel.admin.v1.AdminService/GetSecretGenerator",
                                 "generator_type: SECRET_GENERATOR_TYPE_OTP_SMS");
  CHECK(Reason(refused.status()) == "auth.permission_denied");
}

TEST_CASE("an instance that restricts nothing allows all that is supported") {
  World world;
  const Strings all = SupportedTags();
  CHECK(all.size() == 22);
  CHECK(Of(world.Ask<GetSupportedLanguagesResponse>("GetSupportedLanguages", "", "bob")) == all);
  CHECK(Of(world.Ask<GetAllowedLanguagesResponse>("GetAllowedLanguages", "", "bob")) == all);
  CHECK(world.Ask<GetDefaultLanguageResponse>("GetDefaultLanguage").language() == "de");
  const auto none = world.Ask<GetRestrictionsResponse>("GetRestrictions");
  CHECK(none.details().resource_owner() == "7");
  CHECK_FALSE(none.details().has_change_date());
  CHECK(none.allowed_languages().empty());
  CHECK_FALSE(none.disallow_public_org_registration());
}

TEST_CASE("what an instance restricts is told, of itself and of no other") {
  World world;
  world.Restrict({"de", "fr"});
  CHECK(Of(world.Ask<GetAllowedLanguagesResponse>("GetAllowedLanguages", "", "bob")) ==
        Strings{"de", "fr"});
  CHECK(Of(world.Ask<GetSupportedLanguagesResponse>("GetSupportedLanguages")).size() == 22);
  const auto told = world.Ask<GetRestrictionsResponse>("GetRestrictions");
  CHECK(told.disallow_public_org_registration());
  CHECK(Strings(told.allowed_languages().begin(), told.allowed_languages().end()) ==
        Strings{"de", "fr"});
  CHECK(told.details().sequence() == 200);
  projections::View view = world.database->Read();
  CHECK(AllowedLanguages(view, kOther).value() == SupportedTags());
  for (const char* method : {"GetRestrictions", "GetDefaultLanguage"}) {
    const auto refused =
        world.Try("ann", absl::StrCat("zitadel.admin.v1.AdminService/", method), "");
    CHECK(Reason(refused.status()) == "auth.permission_denied");
  }
  for (const char* method : {"GetSupportedLanguages", "GetAllowedLanguages"}) {
    const auto refused = world.Try("", absl::StrCat("zitadel.admin.v1.AdminService/", method), "");
    CHECK(Reason(refused.status()) == "auth.required");
  }
}

TEST_CASE("general settings are told to whoever may read settings anywhere, and to nobody else") {
  World world;
  world.Restrict({"de", "fr"});
  const std::string service = "zitadel.settings.v2.SettingsService";
  for (const char* caller : {"root", "ann", "pam"}) {
    INFO(caller);
    const auto told =
        world.Ask<GetGeneralSettingsResponse>("GetGeneralSettings", "", caller, service);
    CHECK(told.default_org_id() == "acme");
    CHECK(told.default_organization_id() == "acme");
    CHECK(told.default_language() == "de");
    CHECK(Strings(told.supported_languages().begin(), told.supported_languages().end()) ==
          SupportedTags());
    CHECK(Strings(told.allowed_languages().begin(), told.allowed_languages().end()) ==
          Strings{"de", "fr"});
  }
  const std::string method = absl::StrCat(service, "/GetGeneralSettings");
  CHECK(Reason(world.Try("bob", method, "").status()) == "auth.permission_denied");
  CHECK(Reason(world.Try("", method, "").status()) == "auth.required");
}

}  // namespace
}  // namespace muniment::query
