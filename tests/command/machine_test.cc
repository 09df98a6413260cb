// A machine's keys and its secret.
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/key_pair.h"
#include "command/user/machine_credentials.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/json_util.h"
#include "tests/command/given.h"

namespace muniment::command {
namespace {

using zitadel::session::v2::CreateSessionResponse;
using zitadel::user::v2::AddKeyResponse;
using zitadel::user::v2::AddSecretResponse;

constexpr char kUntil[] = " expiration_date { seconds: 32503680000 } ";

std::string WithKey(const std::string& pem) {
  zitadel::user::v2::AddKeyRequest request;
  request.set_public_key(pem);
  std::string text;
  google::protobuf::TextFormat::PrintToString(request, &text);
  return text;
}

TEST_CASE("a key that is made here is answered once, as the file that clients read") {
  Given given;
  const Then made = given.When("ann", "AddKey", absl::StrCat("user_id: 'robot'", kUntil));
  INFO(made.reason);
  REQUIRE(made.events == Strings{"user.machine.key.added robot"});
  const auto& response = made.response<AddKeyResponse>();
  google::protobuf::Struct file;
  REQUIRE(google::protobuf::util::JsonStringToMessage(response.key_content(), &file).ok());
  const auto field = [&file](const char* name) { return file.fields().at(name).string_value(); };
  CHECK(field("type") == "serviceaccount");
  CHECK(field("keyId") == response.key_id());
  CHECK(field("userId") == "robot");
  CHECK(field("key").starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
  const auto& added = made.fact<event::v1::MachineKeyAdded>(0);
  CHECK(CheckPublicKey(added.public_key()).ok());
  CHECK(added.SerializeAsString().find("PRIVATE") == std::string::npos);
}

TEST_CASE("a machine's own key stays with it, and only a public one is taken") {
  Given given;
  const KeyPair pair = NewKeyPair();
  const Then added =
      given.When("ann", "AddKey", absl::StrCat("user_id: 'robot'", kUntil, WithKey(pair.public_pem)));
  REQUIRE(added.ok());
  CHECK(added.response<AddKeyResponse>().key_content().empty());
  CHECK(added.fact<event::v1::MachineKeyAdded>(0).public_key() == pair.public_pem);
  for (const std::string& bad :
       {std::string("x"), std::string(pair.private_pem.reveal()),
        absl::StrCat(pair.public_pem, pair.public_pem), std::string(100'000, 'A')}) {
    CHECK(given.When("ann", "AddKey", absl::StrCat("user_id: 'robot'", kUntil, WithKey(bad)))
              .reason == "key.malformed");
  }
  CHECK(given.When("ann", "AddKey", "user_id: 'robot' expiration_date { seconds: 1 }").reason ==
        "key.expiration_past");
  CHECK(given.When("ann", "AddKey", absl::StrCat("user_id: 'bob'", kUntil)).reason ==
        "user.not_machine");
}

TEST_CASE("a key is removed once, and only that of its machine") {
  Given given;
  const std::string key = given.When("ann", "AddKey", absl::StrCat("user_id: 'robot'", kUntil))
                              .response<AddKeyResponse>()
                              .key_id();
  const auto remove = [&](const std::string& user) {
    return given.When("ann", "RemoveKey", absl::StrCat("user_id: '", user, "' key_id: '", key, "'"));
  };
  CHECK(remove("clerk").reason == "key.not_found");
  CHECK(remove("robot").events == Strings{"user.machine.key.removed robot"});
  CHECK(remove("robot").reason == "key.not_found");
}

TEST_CASE("a secret is shown once, kept as its hash, and replaced by the next") {
  Given given;
  CHECK(given.When("ann", "RemoveSecret", "user_id: 'robot'").reason == "secret.not_found");
  const Then made = given.When("ann", "AddSecret", "user_id: 'robot'");
  REQUIRE(made.events == Strings{"user.machine.secret.set robot"});
  const std::string secret = made.response<AddSecretResponse>().client_secret();
  CHECK(secret.size() == 64);
  CHECK(secret.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") ==
        std::string::npos);
  CHECK(made.fact<event::v1::MachineSecretSet>(0).secret_hash() == Sha256(secret).str());
  const Then next = given.When("ann", "AddSecret", "user_id: 'robot'");
  CHECK(next.response<AddSecretResponse>().client_secret() != secret);
  CHECK(given.When("ann", "RemoveSecret", "user_id: 'robot'").events ==
        Strings{"user.machine.secret.removed robot"});
  CHECK(given.When("ann", "RemoveSecret", "user_id: 'robot'").reason == "secret.not_found");
  CHECK(given.When("ann", "AddSecret", "user_id: 'bob'").reason == "user.not_machine");
}

TEST_CASE("nobody makes a credential for a machine that may more than he") {
  Given given;
  given.Member(InstanceScope(), "robot", {"IAM_OWNER"});
  CHECK(given.When("ann", "AddSecret", "user_id: 'robot'").reason == "user.holds_more");
  CHECK(given.When("clerk", "AddKey", absl::StrCat("user_id: 'robot'", kUntil)).reason ==
        "user.holds_more");
}

TEST_CASE("a token makes its machine no credential that outlives it") {
  Given given;
  const auto soon = absl::ToUnixSeconds(given.clock.Now() + absl::Hours(1));
  const Then token = given.When(
      "ann", "AddPersonalAccessToken",
      absl::StrCat("user_id: 'robot' expiration_date { seconds: ", soon, " }"));
  REQUIRE(token.ok());
  given.token_id = token.response<zitadel::user::v2::AddPersonalAccessTokenResponse>().token_id();
  CHECK(given.When("robot", "AddSecret", "user_id: 'robot'").reason == "token.outlives_proof");
  CHECK(given.When("robot", "AddKey", absl::StrCat("user_id: 'robot'", kUntil)).reason ==
        "token.outlives_proof");
  CHECK(given.When("robot", "AddKey",
                   absl::StrCat("user_id: 'robot' expiration_date { seconds: ", soon, " }"))
            .ok());
}

}  // namespace
}  // namespace muniment::command
