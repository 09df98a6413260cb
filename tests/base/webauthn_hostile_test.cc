// What comes from browsers, and what could come from anybody instead.
#include <catch2/catch.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/webauthn/authenticator_data.h"
#include "base/webauthn/cbor.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/base/virtual_authenticator.h"

namespace muniment::webauthn {
namespace {

using google::protobuf::Struct;
using Key = VirtualAuthenticator;

Ceremony NewCeremony() {
  Ceremony ceremony;
  ceremony.challenge = NewChallenge();
  ceremony.rp = {"example.com", "Example", {"https://example.com"}};
  return ceremony;
}

Struct Parse(const std::string& text) {
  Struct json;
  REQUIRE(google::protobuf::util::JsonStringToMessage(text, &json).ok());
  return json;
}

bool Same(const Struct& a, const Struct& b) {
  return google::protobuf::util::MessageDifferencer::Equals(a, b);
}

std::optional<CborItem> Read(const std::string& bytes) {
  absl::string_view rest = bytes;
  std::optional<CborItem> item = ReadCbor(rest);
  return rest.empty() ? item : std::nullopt;
}

TEST_CASE("creation options have the published members") {
  Ceremony ceremony = NewCeremony();
  ceremony.challenge = std::string(32, '\0');
  ceremony.user_verification = Requirement::kRequired;
  ceremony.resident_key = Requirement::kPreferred;
  ceremony.attachment = Attachment::kPlatform;
  Credential known;
  known.id = "known";
  known.transports = {"usb", "nfc"};
  const Struct options = CreationOptions(ceremony, {"user1", "ada", "Ada Lovelace"}, {known});
  CHECK(Same(options, Parse(R"({"publicKey": {
      "rp": {"id": "example.com", "name": "Example"},
      "user": {"id": "dXNlcjE", "name": "ada", "displayName": "Ada Lovelace"},
      "challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
      "pubKeyCredParams": [{"type": "public-key", "alg": -7}, {"type": "public-key", "alg": -8},
                           {"type": "public-key", "alg": -257}],
      "timeout": 300000,
      "excludeCredentials": [{"type": "public-key", "id": "a25vd24", "transports": ["usb", "nfc"]}],
      "authenticatorSelection": {"authenticatorAttachment": "platform", "residentKey": "preferred",
                                 "requireResidentKey": false, "userVerification": "required"},
      "attestation": "none"}})")));
}

TEST_CASE("request options have the published members") {
  Ceremony ceremony = NewCeremony();
  ceremony.challenge = std::string(32, '\0');
  Credential known;
  known.id = "known";
  CHECK(Same(RequestOptions(ceremony, {known}), Parse(R"({"publicKey": {
      "challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "timeout": 300000,
      "rpId": "example.com", "allowCredentials": [{"type": "public-key", "id": "a25vd24"}],
      "userVerification": "preferred"}})")));
  CHECK(RequestOptions(ceremony, {}).fields().at("publicKey").struct_value().fields().count(
            "allowCredentials") == 0);
}

std::string RegistrationJson(const RegistrationResponse& response) {
  return absl::StrCat(
      R"({"id":")", Base64UrlEncode(response.id), R"(","rawId":")", Base64UrlEncode(response.id),
      R"(","type":"public-key","clientExtensionResults":{},"authenticatorAttachment":"platform",)",
      R"("response":{"transports":["usb","hybrid","<script>",7],"clientDataJSON":")",
      Base64UrlEncode(response.client_data_json), R"(","attestationObject":")",
      Base64UrlEncode(response.attestation_object), R"("}})");
}

std::string AssertionJson(const AssertionResponse& response) {
  return absl::StrCat(
      R"({"id":")", Base64UrlEncode(response.id), R"(","rawId":")", Base64UrlEncode(response.id),
      R"(","type":"public-key","response":{"clientDataJSON":")",
      Base64UrlEncode(response.client_data_json), R"(","authenticatorData":")",
      Base64UrlEncode(response.authenticator_data), R"(","signature":")",
      Base64UrlEncode(response.signature), R"(","userHandle":null}})");
}

TEST_CASE("a browser's JSON is read, registered and proved") {
  const Ceremony ceremony = NewCeremony();
  const Key key;
  const RegistrationResponse registration =
      ReadRegistration(Parse(RegistrationJson(key.Register(ceremony)))).value();
  CHECK(registration.transports == std::vector<std::string>{"usb", "hybrid"});
  const Credential credential = VerifyRegistration(ceremony, registration).value();
  const AssertionResponse assertion =
      ReadAssertion(Parse(AssertionJson(key.Assert(ceremony)))).value();
  CHECK(assertion.user_handle.empty());
  CHECK(VerifyAssertion(ceremony, assertion, credential, "owner").ok());
}

TEST_CASE("JSON that lacks a part, or has it in another form, is refused") {
  const Ceremony ceremony = NewCeremony();
  const Key key;
  const std::string registration = RegistrationJson(key.Register(ceremony));
  const std::string assertion = AssertionJson(key.Assert(ceremony));
  for (const std::string& text : {registration, assertion}) {
    const bool registering = text == registration;
    const auto refused = [&](const std::string& changed) {
      INFO(changed.substr(0, 200));
      const std::string reason = Reason(registering ? ReadRegistration(Parse(changed)).status()
                                                    : ReadAssertion(Parse(changed)).status());
      CHECK((reason == "webauthn.malformed" || reason == "webauthn.too_large"));
    };
    refused("{}");
    refused(R"({"type":"public-key"})");
    refused(R"({"type":"public-key","id":"AAAA"})");
    refused(R"({"type":"public-key","id":"AAAA","response":null})");
    refused(R"({"type":"public-key","id":"AAAA","response":[]})");
    for (const char* name : {"type", "id", "response", "clientDataJSON"}) {
      refused(absl::StrReplaceAll(text, {{absl::StrCat("\"", name, "\":"), "\"other\":"}}));
    }
    refused(absl::StrReplaceAll(text, {{"public-key", "password"}}));
    refused(absl::StrReplaceAll(text, {{"\"rawId\":\"", "\"rawId\":\"AAAA"}}));
    refused(absl::StrReplaceAll(text, {{"\"id\":\"", "\"id\":\"="}}));
    refused(absl::StrReplaceAll(text, {{"\"clientDataJSON\":\"", "\"clientDataJSON\":\"%%"}}));
    refused(absl::StrReplaceAll(
        text, {{"\"clientDataJSON\":\"",
                "\"clientDataJSON\":\"" + std::string(4 * kMaxClientData, 'A')}}));
    refused(absl::StrReplaceAll(text, {{"\"id\":\"", "\"id\":\"" + std::string(2000, 'A')}}));
  }
}

TEST_CASE("sizes are held before anything is read") {
  const Ceremony ceremony = NewCeremony();
  const Key key;
  RegistrationResponse registration = key.Register(ceremony);
  const Credential credential = VerifyRegistration(ceremony, registration).value();
  registration.attestation_object = std::string(kMaxAttestation + 1, '\0');
  CHECK(Reason(VerifyRegistration(ceremony, registration).status()) == "webauthn.too_large");
  registration.client_data_json = std::string(kMaxClientData + 1, ' ');
  CHECK(Reason(VerifyRegistration(ceremony, registration).status()) == "webauthn.too_large");
  AssertionResponse assertion = key.Assert(ceremony);
  assertion.signature = std::string(kMaxSignature + 1, 's');
  CHECK(Reason(VerifyAssertion(ceremony, assertion, credential, "o").status()) ==
        "webauthn.too_large");
  assertion = key.Assert(ceremony);
  assertion.authenticator_data = std::string(kMaxAuthenticatorData + 1, 's');
  CHECK(Reason(VerifyAssertion(ceremony, assertion, credential, "o").status()) ==
        "webauthn.too_large");
}

TEST_CASE("client data that is no object of the right members is refused") {
  const Ceremony ceremony = NewCeremony();
  RegistrationResponse response = Key().Register(ceremony);
  const std::string challenge = Base64UrlEncode(ceremony.challenge);
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("[]"), std::string("null"), std::string("7"),
        std::string("\"webauthn.create\""), std::string("\xff\xfe"), std::string(4000, '['),
        std::string("{}"), std::string(R"({"type":["webauthn.create"]})"),
        std::string(R"({"type":"webauthn.create"})"),
        std::string(R"({"type":"webauthn.create","challenge":null})"),
        std::string(R"({"type":"webauthn.create","challenge":""})"),
        absl::StrCat(R"({"type":"webauthn.create","challenge":")", challenge, R"("})"),
        absl::StrCat(R"({"type":"webauthn.create","challenge":")", challenge,
                     R"(=","origin":"https://example.com"})")}) {
    response.client_data_json = text;
    INFO(text.substr(0, 80));
    CHECK(absl::StartsWith(Reason(VerifyRegistration(ceremony, response).status()), "webauthn."));
  }
}

TEST_CASE("an answer cut anywhere is refused") {
  const Ceremony ceremony = NewCeremony();
  Key key;
  key.extensions = CborHead(5, 1) + CborText("credProtect") + CborInteger(2);
  key.format = "packed";
  const RegistrationResponse whole = key.Register(ceremony);
  const Credential credential = VerifyRegistration(ceremony, whole).value();
  for (size_t size = 0; size < whole.attestation_object.size(); ++size) {
    RegistrationResponse cut = whole;
    cut.attestation_object.resize(size);
    CHECK(Reason(VerifyRegistration(ceremony, cut).status()) == "webauthn.malformed");
  }
  const AssertionResponse proof = key.Assert(ceremony);
  for (size_t size = 0; size < proof.authenticator_data.size(); ++size) {
    AssertionResponse cut = proof;
    cut.authenticator_data.resize(size);
    CHECK_FALSE(VerifyAssertion(ceremony, cut, credential, "owner").ok());
  }
  for (size_t size = 0; size < proof.signature.size(); ++size) {
    AssertionResponse cut = proof;
    cut.signature.resize(size);
    CHECK(Reason(VerifyAssertion(ceremony, cut, credential, "owner").status()) ==
          "webauthn.signature");
  }
  for (size_t size = 0; size < credential.public_key.size(); ++size) {
    Credential cut = credential;
    cut.public_key.resize(size);
    CHECK_FALSE(VerifyAssertion(ceremony, proof, cut, "owner").ok());
  }
}

TEST_CASE("an answer with a changed bit is refused, wherever something is signed") {
  const Ceremony ceremony = NewCeremony();
  Key key;
  key.format = "packed";
  const RegistrationResponse whole = key.Register(ceremony);
  for (size_t at = 0; at < whole.attestation_object.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      RegistrationResponse changed = whole;
      changed.attestation_object[at] =
          static_cast<char>(changed.attestation_object[at] ^ (1 << bit));
      CHECK_FALSE(VerifyRegistration(ceremony, changed).ok());
    }
  }
  const Credential credential = VerifyRegistration(ceremony, whole).value();
  const AssertionResponse proof = key.Assert(ceremony);
  for (auto part : {&AssertionResponse::authenticator_data, &AssertionResponse::signature,
                    &AssertionResponse::client_data_json, &AssertionResponse::id}) {
    for (size_t at = 0; at < (proof.*part).size(); ++at) {
      AssertionResponse changed = proof;
      (changed.*part)[at] = static_cast<char>((changed.*part)[at] ^ (1 << at % 8));
      CHECK_FALSE(VerifyAssertion(ceremony, changed, credential, "owner").ok());
    }
  }
}

TEST_CASE("random bytes are no attestation object, no authenticator data and no key") {
  const Ceremony ceremony = NewCeremony();
  RegistrationResponse response = Key().Register(ceremony);
  for (int i = 0; i < 5000; ++i) {
    const std::string bytes = RandomBytes(static_cast<size_t>(i % 300));
    response.attestation_object = bytes;
    CHECK_FALSE(VerifyRegistration(ceremony, response).ok());
    response.attestation_object = CborHead(5, 3) + CborText("fmt") + CborText("none") +
                                  CborText("attStmt") + CborHead(5, 0) + CborText("authData") +
                                  CborBytes(bytes);
    CHECK_FALSE(VerifyRegistration(ceremony, response).ok());
    CHECK(ReadCoseKey(bytes).key == nullptr);
    ReadAuthenticatorData(bytes);
  }
}

TEST_CASE("CBOR is read as RFC 8949 appendix A shows it") {
  using Kind = CborItem::Kind;
  const std::vector<std::pair<std::string, int64_t>> integers = {
      {"00", 0},          {"17", 23},        {"1818", 24},         {"1903e8", 1000},
      {"1a000f4240", 1000000}, {"1b000000e8d4a51000", 1000000000000}, {"20", -1},
      {"3863", -100},     {"3903e7", -1000}, {"1b7fffffffffffffff", INT64_MAX},
      {"3b7fffffffffffffff", INT64_MIN}};
  for (const auto& [hex, value] : integers) {
    const CborItem item = Read(HexDecode(hex).value()).value();
    CHECK(item.kind == Kind::kInteger);
    CHECK(item.integer == value);
  }
  CHECK(Read(HexDecode("4401020304").value())->bytes == "\x01\x02\x03\x04");
  CHECK(Read(HexDecode("6449455446").value())->bytes == "IETF");
  CHECK(Read(HexDecode("8301820203820405").value())->items.size() == 3);
  const CborItem map = Read(HexDecode("a26161016162820203").value()).value();
  CHECK(map.FindInteger("a") == 1);
  CHECK(map.Find("b")->items.size() == 2);
  CHECK(map.Find("c") == nullptr);
  CHECK(Read(HexDecode("f4").value())->kind == Kind::kBool);
  CHECK(Read(HexDecode("f6").value())->kind == Kind::kNull);
}

TEST_CASE("CBOR that authenticators never write is refused") {
  for (const char* hex : {
           "",
           "1bffffffffffffffff",          // beyond int64
           "3bffffffffffffffff",
           "f90000", "fa47c35000", "fb3ff199999999999a",  // floats
           "f7", "f0", "f8ff",            // undefined, simple values
           "c11a514b67b0", "d74401020304",  // tags
           "5f42010243030405ff", "7f657374726561646d696e67ff",  // indefinite
           "9fff", "bf61610161629f0203ffff", "ff",
           "a201010102",                  // a key twice
           "a2616101616102",
           "a1820102f5",                  // an array as key
           "9bffffffffffffffff", "9b00000000ffffffff00", "bb7fffffffffffffff",  // claims
           "5bffffffffffffffff", "5b7fffffffffffffff00", "7bffffffffffffffff",
           "83", "8301", "a1", "a101", "44010203", "64494554",  // cut
           "1c", "1d", "1e", "fc", "fe"}) {
    INFO(hex);
    CHECK_FALSE(Read(HexDecode(hex).value()));
  }
}

TEST_CASE("deep nesting ends early, wherever it stands") {
  CHECK(Read(std::string(8, '\x81') + std::string(1, '\0')));
  CHECK_FALSE(Read(std::string(9, '\x81') + std::string(1, '\0')));
  for (const char head : {'\x81', '\xa1', '\xc1', '\x9f', '\xbf', '\xd8'}) {
    CHECK_FALSE(Read(std::string(kMaxAttestation, head)));
  }
  std::string maps;
  for (int i = 0; i < 5000; ++i) maps += std::string("\xa1\x01", 2);
  CHECK_FALSE(Read(maps));
  const Ceremony ceremony = NewCeremony();
  RegistrationResponse response = Key().Register(ceremony);
  response.attestation_object = CborHead(5, 3) + CborText("fmt") + CborText("none") +
                                CborText("attStmt") + std::string(20000, '\x81');
  CHECK(Reason(VerifyRegistration(ceremony, response).status()) == "webauthn.malformed");
}

}  // namespace
}  // namespace muniment::webauthn
