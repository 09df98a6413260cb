#include "base/limits.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "zitadel/admin.pb.h"
#include "zitadel/user/v2/user_service.pb.h"
#include "zitadel/v1.pb.h"

namespace muniment {
namespace {

using zitadel::user::v2::AddHumanUserRequest;

AddHumanUserRequest Valid() {
  AddHumanUserRequest request;
  request.mutable_profile()->set_given_name("Ada");
  request.mutable_profile()->set_family_name("Lovelace");
  request.mutable_email()->set_email("ada@example.com");
  return request;
}

std::string ReasonFor(const AddHumanUserRequest& request) { return Reason(CheckRequest(request)); }

std::string Fact(const absl::Status& status, absl::string_view name) {
  for (const auto& [key, value] : ErrorFacts(status)) {
    if (key == name) return value;
  }
  return "";
}

TEST_CASE("a request within its limits passes") {
  CHECK(CheckRequest(Valid()).ok());
  CHECK(CheckRequest(Valid()).ok());
}

TEST_CASE("what is required must be there, and not empty where absence cannot be told") {
  auto request = Valid();
  request.clear_profile();
  CHECK(ReasonFor(request) == "request.profile.required");
  request = Valid();
  request.mutable_profile()->set_given_name("");
  CHECK(ReasonFor(request) == "request.profile.given_name.required");
}

TEST_CASE("names and chosen ids are such, wherever they stand in a request") {
  auto request = Valid();
  request.set_username("ad\u202Enim");
  CHECK(ReasonFor(request) == "request.username.not_name");
  request = Valid();
  request.mutable_profile()->set_family_name("Love\u2066lace");
  const absl::Status status = CheckRequest(request);
  CHECK(Reason(status) == "request.profile.family_name.not_name");
  CHECK(Fact(status, "field") == "profile.family_name");
  CHECK(absl::IsInvalidArgument(status));
  request = Valid();
  for (const char* id : {".", "..", "a/b", "/1/2", "a\nb", "\u202E"}) {
    request.set_user_id(id);
    CHECK(ReasonFor(request) == "request.user_id.not_id");
  }
  request.set_user_id("auth0|5f7c");
  request.mutable_profile()->set_nick_name("");
  CHECK(CheckRequest(request).ok());
}

TEST_CASE("lengths count code points of text and bytes of bytes") {
  auto request = Valid();
  std::string text;
  for (int i = 0; i < 200; ++i) text += "ü";
  request.mutable_profile()->set_given_name(text);
  CHECK(CheckRequest(request).ok());
  request.mutable_profile()->set_given_name(text + "x");
  CHECK(ReasonFor(request) == "request.profile.given_name.too_long");
  request = Valid();
  request.set_username("");
  CHECK(ReasonFor(request) == "request.username.too_short");
}

TEST_CASE("an element of a list is named with its place") {
  auto request = Valid();
  request.add_metadata()->set_key("a");
  request.mutable_metadata(0)->set_value("1");
  request.add_metadata()->set_value("2");
  const absl::Status status = CheckRequest(request);
  CHECK(Reason(status) == "request.metadata.key.required");
  CHECK(Fact(status, "field") == "metadata[1].key");
}

TEST_CASE("an address must look like one") {
  auto request = Valid();
  request.mutable_email()->set_email("not an address");
  CHECK(ReasonFor(request) == "request.email.email.not_email");
}

TEST_CASE("a flag that only means something when true is refused when false") {
  auto request = Valid();
  request.mutable_phone()->set_phone("+41791234567");
  request.mutable_phone()->set_is_verified(false);
  CHECK(ReasonFor(request) == "request.phone.is_verified.not_true");
  request.mutable_phone()->set_is_verified(true);
  CHECK(CheckRequest(request).ok());
}

TEST_CASE("a field that waits for something is refused by name while it is set") {
  zitadel::user::v2::CreateUserRequest inner;
  inner.set_organization_id("1");
  *inner.mutable_human()->mutable_profile() = Valid().profile();
  *inner.mutable_human()->mutable_email() = Valid().email();
  inner.mutable_human()->add_idp_links();
  const absl::Status status = CheckRequest(inner);
  CHECK(status.code() == absl::StatusCode::kUnimplemented);
  CHECK(Reason(status) == "request.unserved");
  CHECK(Fact(status, "field") == "human.idp_links");
  CHECK(Fact(status, "waits_for") == "identity providers");
  auto request = Valid();
  request.add_idp_links();
  CHECK(Fact(CheckRequest(request), "field") == "idp_links");
}

TEST_CASE("what is measured apart does not count for the request that holds it") {
  zitadel::admin::v1::ImportDataRequest request;
  const auto& user = *request.mutable_data_orgs()->add_orgs()->add_human_users();
  CHECK(CheckRequest(request).ok());
  CHECK(Reason(CheckRequest(user)) == "request.user.required");
  request.set_timeout(std::string(51, '1'));
  CHECK(Reason(CheckRequest(request)) == "request.timeout.too_long");
  request.mutable_data_orgs_local();
  CHECK(Reason(CheckRequest(request)) == "request.unserved");
}

TEST_CASE("URIs are told by their characters and scheme") {
  for (const char* good :
       {"https://a.example/x?y=%20#z", "/relative", "mailto:a@b", "", "?q", "a/b:c"}) {
    CHECK(LooksLikeUriReference(good));
  }
  for (const char* bad : {"a b", "%2", "%zz", "1a:b", "a\nb", "<x>", "ü"}) {
    CHECK_FALSE(LooksLikeUriReference(bad));
  }
}

}  // namespace
}  // namespace muniment
