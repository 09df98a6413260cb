// What an instance switches on and off: each flag its own fact, and where people sign in.
#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "command/feature/features.h"
#include "tests/command/given.h"
#include "zitadel/feature/v2/feature_service.pb.h"

namespace muniment::command {
namespace {

using event::v1::FeatureEvent;
using zitadel::feature::v2::GetInstanceFeaturesResponse;
using zitadel::feature::v2::SetInstanceFeaturesRequest;

std::vector<std::string> NamesOf(const google::protobuf::Descriptor* message) {
  std::vector<std::string> names;
  for (int i = 0; i < message->field_count(); ++i) names.push_back(message->field(i)->name());
  std::sort(names.begin(), names.end());
  return names;
}

TEST_CASE("every published flag has its field, its kind and its answer by one name") {
  const auto flags = NamesOf(event::v1::Features::descriptor());
  CHECK(flags.size() == 11);
  CHECK(NamesOf(SetInstanceFeaturesRequest::descriptor()) == flags);
  auto kinds = NamesOf(FeatureEvent::descriptor());
  std::erase(kinds, "reset");
  CHECK(kinds == flags);
  auto answers = NamesOf(GetInstanceFeaturesResponse::descriptor());
  std::erase(answers, "details");
  CHECK(answers == flags);
}

TEST_CASE("each flag that changes is a fact of its own, and the same again is none") {
  Given given;
  const std::string asked =
      "login_default_org: true user_schema: false oidc_token_exchange: true "
      "improved_performance: IMPROVED_PERFORMANCE_PROJECT debug_oidc_parent_error: true "
      "oidc_single_v1_session_termination: true enable_back_channel_logout: false "
      "login_v2 { required: true base_uri: 'https://login.example/app' } "
      "permission_check_v2: true console_use_v2_user_api: true enable_relational_tables: false";
  const Then set = given.When("root", "SetInstanceFeatures", asked);
  CHECK(set.events ==
        Strings{"feature.instance.login_default_org.set 1", "feature.instance.user_schema.set 1",
                "feature.instance.token_exchange.set 1",
                "feature.instance.improved_performance.set 1",
                "feature.instance.debug_oidc_parent_error.set 1",
                "feature.instance.oidc_single_v1_session_termination.set 1",
                "feature.instance.enable_back_channel_logout.set 1",
                "feature.instance.login_v2.set 1", "feature.instance.permission_check_v2.set 1",
                "feature.instance.console_use_v2_user_api.set 1",
                "feature.instance.enable_relational_tables.set 1"});
  const auto& login = set.fact<event::v1::LoginV2Set>(7).features();
  CHECK(login.login_v2().required());
  CHECK(login.login_v2().base_uri() == "https://login.example/app");
  CHECK_FALSE(login.has_user_schema());
  CHECK(given.When("root", "SetInstanceFeatures", asked).events.empty());
  const Then narrower = given.When("root", "SetInstanceFeatures",
                                   "user_schema: false login_v2 {} improved_performance: "
                                   "[IMPROVED_PERFORMANCE_USER_GRANT, IMPROVED_PERFORMANCE_PROJECT]");
  REQUIRE(narrower.events == Strings{"feature.instance.improved_performance.set 1",
                                     "feature.instance.login_v2.set 1"});
  CHECK(narrower.fact<event::v1::ImprovedPerformanceSet>(0)
            .features().improved_performance().path_size() == 2);
}

TEST_CASE("a reset takes all back, once") {
  Given given;
  CHECK(given.When("root", "ResetInstanceFeatures", "").events.empty());
  (void)given.When("root", "SetInstanceFeatures", "user_schema: false");
  CHECK(given.When("root", "ResetInstanceFeatures", "").events ==
        Strings{"feature.instance.reset 1"});
  CHECK(given.When("root", "ResetInstanceFeatures", "").events.empty());
  CHECK(given.When("root", "SetInstanceFeatures", "user_schema: false").events ==
        Strings{"feature.instance.user_schema.set 1"});
}

TEST_CASE("what no browser could be sent to is refused, and so are unknown paths and nothing") {
  Given given;
  for (const char* wrong :
       {"login.example", "ftp://login.example", "https://login.example/#page", "//login.example",
        "https://ann@login.example", "javascript:alert(1)", "https://*.example", "https://", "https://login.example/?x=1",
        "https://login.example/\\r\\nx"}) {
    INFO(wrong);
    const Then refused = given.When("root", "SetInstanceFeatures",
                                    "login_v2 { base_uri: '" + std::string(wrong) + "' }");
    CHECK(refused.reason == "feature.login_base_uri_invalid");
    CHECK(refused.events.empty());
  }
  CHECK(given.When("root", "SetInstanceFeatures", "").reason == "feature.none_given");
  for (const char* wrong : {"improved_performance: 0", "improved_performance: 1",
                            "improved_performance: [2, 2]"}) {
    CHECK(given.When("root", "SetInstanceFeatures", wrong).code ==
          absl::StatusCode::kInvalidArgument);
  }
  CHECK(given.When("ann", "SetInstanceFeatures", "user_schema: true").code ==
        absl::StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace muniment::command
