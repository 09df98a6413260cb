// The keys with which an instance signs: what each command raises, and what it refuses by name.
#include "command/webkey/web_keys.h"

#include <catch2/catch.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/jws.h"
#include "tests/command/given.h"
#include "zitadel/webkey/v2/webkey_service.pb.h"

namespace muniment::command {
namespace {

using event::v1::WebKeyAdded;
using zitadel::webkey::v2::CreateWebKeyResponse;

// An instance as it is made: with a key that signs.
struct Signing : Given {
  Signing() { AsSystem([](Unit& unit) { return AddMissingWebKey(unit); }); }
  std::string Make(const std::string& request = "ed25519 {}") {
    const Then made = When("root", "CreateWebKey", request);
    REQUIRE(made.ok());
    return made.response<CreateWebKeyResponse>().id();
  }
  Then Activate(const std::string& id, const std::string& caller = "root") {
    return When(caller, "ActivateWebKey", absl::StrCat("id: '", id, "'"));
  }
  Then Delete(const std::string& id, const std::string& caller = "root") {
    return When(caller, "DeleteWebKey", absl::StrCat("id: '", id, "'"));
  }
  std::string Active() {
    std::string active;
    AsSystem([&](Unit& unit) -> absl::Status {
      ASSIGN_OR_RETURN(const auto keys, LoadWebKeys(unit));
      active = keys->active;
      return absl::OkStatus();
    });
    return active;
  }
};

TEST_CASE("an instance signs RS256 until somebody says otherwise, and is given a key once") {
  Given given;
  given.AsSystem([](Unit& unit) { return AddMissingWebKey(unit); });
  given.AsSystem([](Unit& unit) { return AddMissingWebKey(unit); });
  given.AsSystem([](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(const auto keys, LoadWebKeys(unit));
    CHECK(keys->keys.size() == 1);
    const WebKeyAdded& key = keys->keys.begin()->second;
    CHECK(key.key_id() == keys->active);
    CHECK(key.algorithm() == event::v1::WEB_KEY_ALGORITHM_RS256);
    CHECK(key.bits() == 2048);
    CHECK(SigningKey::Open(key.private_key(), event::v1::WEB_KEY_ALGORITHM_RS256).ok());
    CHECK(VerifyingKey::Open(key.public_key()).ok());
    return absl::OkStatus();
  });
}

TEST_CASE("a key is made of each published sort, and signs nothing yet") {
  const struct {
    const char* request;
    event::v1::WebKeyAlgorithm algorithm;
    uint32_t bits;
  } kSorts[] = {
      {"", event::v1::WEB_KEY_ALGORITHM_RS256, 2048},
      {"rsa { bits: RSA_BITS_2048 hasher: RSA_HASHER_SHA384 }", event::v1::WEB_KEY_ALGORITHM_RS384,
       2048},
      {"rsa { bits: RSA_BITS_3072 hasher: RSA_HASHER_SHA512 }", event::v1::WEB_KEY_ALGORITHM_RS512,
       3072},
      {"ecdsa { curve: ECDSA_CURVE_P256 }", event::v1::WEB_KEY_ALGORITHM_ES256, 0},
      {"ecdsa { curve: ECDSA_CURVE_P384 }", event::v1::WEB_KEY_ALGORITHM_ES384, 0},
      {"ecdsa { curve: ECDSA_CURVE_P512 }", event::v1::WEB_KEY_ALGORITHM_ES512, 0},
      {"ed25519 {}", event::v1::WEB_KEY_ALGORITHM_EDDSA, 0},
  };
  Signing given;
  const std::string active = given.Active();
  for (const auto& sort : kSorts) {
    INFO(sort.request);
    const Then made = given.When("root", "CreateWebKey", sort.request);
    REQUIRE(made.ok());
    CHECK(made.events.size() == 1);
    CHECK(absl::StrContains(made.events[0], "web_key.added"));
    const WebKeyAdded added = made.fact<WebKeyAdded>(0);
    CHECK(added.algorithm() == sort.algorithm);
    CHECK(added.bits() == sort.bits);
    CHECK(added.key_id() == made.response<CreateWebKeyResponse>().id());
    CHECK(made.response<CreateWebKeyResponse>().has_creation_date());
    CHECK(SigningKey::Open(added.private_key(), sort.algorithm).ok());
    CHECK(VerifyingKey::Open(added.public_key()).ok());
  }
  CHECK(given.Active() == active);
}

TEST_CASE("a sort that is none is refused before a key is made") {
  Signing given;
  for (const char* request :
       {"rsa {}", "rsa { bits: RSA_BITS_2048 }", "rsa { hasher: RSA_HASHER_SHA256 }", "ecdsa {}"}) {
    INFO(request);
    const Then refused = given.When("root", "CreateWebKey", request);
    CHECK(refused.code == absl::StatusCode::kInvalidArgument);
    CHECK(refused.events.empty());
  }
}

TEST_CASE("one key signs: who is activated takes the place of who was") {
  Signing given;
  const std::string first = given.Active();
  const std::string second = given.Make();
  const Then activated = given.Activate(second);
  REQUIRE(activated.ok());
  REQUIRE(activated.events.size() == 2);
  CHECK(activated.fact<event::v1::WebKeyDeactivated>(0).key_id() == first);
  CHECK(activated.fact<event::v1::WebKeyActivated>(1).key_id() == second);
  CHECK(given.Active() == second);
  // Again changes nothing, and back is a change.
  const Then again = given.Activate(second);
  CHECK(again.ok());
  CHECK(again.events.empty());
  CHECK(given.Activate(first).events.size() == 2);
  CHECK(given.Activate("unknown").reason == "web_key.not_found");
}

TEST_CASE("the key that signs is not deleted, and another is gone for good") {
  Signing given;
  const std::string active = given.Active();
  CHECK(given.Delete(active).reason == "web_key.active");
  const std::string other = given.Make();
  const Then deleted = given.Delete(other);
  REQUIRE(deleted.ok());
  CHECK(deleted.events.size() == 1);
  CHECK(given.Delete(other).reason == "web_key.not_found");
  CHECK(given.Activate(other).reason == "web_key.not_found");
  CHECK(given.Active() == active);
}

TEST_CASE("only so many keys are published") {
  Signing given;
  for (size_t i = 1; i < kMaxWebKeys; ++i) given.Make();
  const Then refused = given.When("root", "CreateWebKey", "ed25519 {}");
  CHECK(refused.reason == "web_key.too_many");
  CHECK(refused.code == absl::StatusCode::kFailedPrecondition);
  CHECK(refused.events.empty());
}

TEST_CASE("keys are the instance's: an organization's owner makes, moves and deletes none") {
  Signing given;
  const std::string other = given.Make();
  for (const char* caller : {"bob", "ann"}) {
    CHECK(given.When(caller, "CreateWebKey", "").code == absl::StatusCode::kPermissionDenied);
    CHECK(given.Activate(other, caller).code == absl::StatusCode::kPermissionDenied);
    CHECK(given.Delete(other, caller).code == absl::StatusCode::kPermissionDenied);
  }
  CHECK(given.When("anonymous", "CreateWebKey", "").reason == "auth.required");
}

}  // namespace
}  // namespace muniment::command
