#include "base/webauthn/webauthn.h"

#include <catch2/catch.hpp>
#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>

#include "base/crypto.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/webauthn/authenticator_data.h"
#include "google/protobuf/util/json_util.h"
#include "tests/base/virtual_authenticator.h"

namespace muniment::webauthn {
namespace {

using Key = VirtualAuthenticator;

Ceremony NewCeremony() {
  Ceremony ceremony;
  ceremony.challenge = NewChallenge();
  ceremony.rp = {"example.com", "Example", {"https://example.com", "https://login.example.com"}};
  ceremony.user_verification = Requirement::kRequired;
  return ceremony;
}

// The refusal's check, or "".
std::string Refused(const Ceremony& ceremony, const Key& key,
                    const std::vector<std::string>& known = {}) {
  return Reason(VerifyRegistration(ceremony, key.Register(ceremony), known).status());
}

struct Registered {
  Ceremony ceremony = NewCeremony();
  Key key;
  Credential credential = VerifyRegistration(ceremony, key.Register(ceremony)).value();

  absl::StatusOr<Assertion> Prove(const std::vector<std::string>& allowed = {}) const {
    return VerifyAssertion(ceremony, key.Assert(ceremony), credential, "owner", allowed);
  }
  std::string Refused() const { return Reason(Prove().status()); }
};

TEST_CASE("a credential of each algorithm is registered and proves itself") {
  for (const int64_t algorithm : {kEs256, kEdDsa, kRs256}) {
    const Ceremony create = NewCeremony();
    Key key(algorithm);
    const Credential credential = VerifyRegistration(create, key.Register(create)).value();
    CHECK(credential.id == key.id);
    CHECK(credential.public_key == key.public_key);
    CHECK(credential.sign_count == 1);
    CHECK(credential.aaguid == key.aaguid);
    CHECK(credential.user_verified);
    CHECK_FALSE(credential.backup_eligible);
    CHECK(credential.attestation == AttestationType::kNone);
    CHECK(credential.transports == std::vector<std::string>{"usb"});
    const Ceremony get = NewCeremony();
    key.sign_count = 2;
    key.user_handle = "owner";
    const Assertion proof =
        VerifyAssertion(get, key.Assert(get), credential, "owner", {credential.id}).value();
    CHECK(proof.user_verified);
    CHECK(proof.received_sign_count == 2);
    CHECK_FALSE(proof.clone_suspected);
  }
}

// 7.1, one step after the other.

TEST_CASE("7.1 step 7: a registration's type is webauthn.create") {
  Key key;
  key.type = "webauthn.get";
  CHECK(Refused(NewCeremony(), key) == "webauthn.type");
}

TEST_CASE("7.1 step 8: a registration answers its own challenge") {
  const Key key;
  const RegistrationResponse response = key.Register(NewCeremony());
  CHECK(Reason(VerifyRegistration(NewCeremony(), response).status()) == "webauthn.challenge");
  Ceremony none = NewCeremony();
  none.challenge.clear();
  CHECK(Refused(none, key) == "webauthn.challenge");
}

TEST_CASE("7.1 step 9: a registration comes from one of the named origins, whole") {
  Key key;
  key.origin = "https://login.example.com";
  CHECK(Refused(NewCeremony(), key).empty());
  for (const char* origin : {"https://evil.example", "http://example.com",
                             "https://example.com.evil", "https://example.com:8443",
                             "https://a.example.com", "https://example.com/", "HTTPS://EXAMPLE.COM",
                             "null", ""}) {
    key.origin = origin;
    CHECK(Refused(NewCeremony(), key) == "webauthn.origin");
  }
}

TEST_CASE("7.1 step 10: a page in another's frame registers only where that is allowed") {
  Key key;
  key.more_client_data = ",\"crossOrigin\":true";
  Ceremony ceremony = NewCeremony();
  CHECK(Refused(ceremony, key) == "webauthn.cross_origin");
  ceremony.rp.cross_origin = true;
  CHECK(Refused(ceremony, key).empty());
  key.more_client_data = ",\"crossOrigin\":false";
  CHECK(Refused(NewCeremony(), key).empty());
}

TEST_CASE("7.1 step 11: the page around must be a named one") {
  Key key;
  key.more_client_data = ",\"crossOrigin\":true,\"topOrigin\":\"https://portal.example\"";
  Ceremony ceremony = NewCeremony();
  ceremony.rp.cross_origin = true;
  CHECK(Refused(ceremony, key) == "webauthn.top_origin");
  ceremony.rp.top_origins = {"https://portal.example"};
  CHECK(Refused(ceremony, key).empty());
  key.more_client_data = ",\"topOrigin\":7";
  CHECK(Refused(ceremony, key) == "webauthn.top_origin");
}

TEST_CASE("7.1 step 14: the authenticator signed for this domain") {
  Key key;
  key.rp_id = "example.org";
  CHECK(Refused(NewCeremony(), key) == "webauthn.rp_id");
}

TEST_CASE("7.1 step 15: somebody touched the authenticator, unless it was made in passing") {
  Key key;
  key.flags &= ~Key::kUserPresent;
  Ceremony ceremony = NewCeremony();
  CHECK(Refused(ceremony, key) == "webauthn.user_present");
  ceremony.user_present = false;
  CHECK(Refused(ceremony, key).empty());
}

TEST_CASE("7.1 step 16: the user is verified where that is required") {
  Key key;
  key.flags &= ~Key::kUserVerified;
  Ceremony ceremony = NewCeremony();
  CHECK(Refused(ceremony, key) == "webauthn.user_verified");
  for (const Requirement other : {Requirement::kPreferred, Requirement::kDiscouraged}) {
    ceremony.user_verification = other;
    CHECK_FALSE(VerifyRegistration(ceremony, key.Register(ceremony)).value().user_verified);
  }
}

TEST_CASE("7.1 step 17: what is not eligible for backup is not backed up") {
  Key key;
  key.flags |= Key::kBackedUp;
  CHECK(Refused(NewCeremony(), key) == "webauthn.backup_state");
  key.flags |= Key::kBackupEligible;
  const Ceremony ceremony = NewCeremony();
  const Credential credential = VerifyRegistration(ceremony, key.Register(ceremony)).value();
  CHECK(credential.backup_eligible);
  CHECK(credential.backed_up);
}

TEST_CASE("7.1 step 20: the algorithm is one that was asked for, and the key is one of it") {
  Ceremony ceremony = NewCeremony();
  ceremony.algorithms = {kEs256};
  CHECK(Refused(ceremony, Key(kEdDsa)) == "webauthn.algorithm");
  Key key;
  // A point beside the curve, and one at its wrong length.
  key.public_key.back() = static_cast<char>(key.public_key.back() ^ 1);
  CHECK(Refused(NewCeremony(), key) == "webauthn.public_key");
  key.public_key = CborHead(5, 5) + CborInteger(1) + CborInteger(2) + CborInteger(3) +
                   CborInteger(kEs256) + CborInteger(-1) + CborInteger(1) + CborInteger(-2) +
                   CborBytes(std::string(31, 'x')) + CborInteger(-3) +
                   CborBytes(std::string(32, 'y'));
  CHECK(Refused(NewCeremony(), key) == "webauthn.public_key");
  // RSA that is short, or dear to verify.
  const auto rsa = [](const std::string& n, const std::string& e) {
    return CborHead(5, 4) + CborInteger(1) + CborInteger(3) + CborInteger(3) +
           CborInteger(kRs256) + CborInteger(-1) + CborBytes(n) + CborInteger(-2) + CborBytes(e);
  };
  for (const auto& [n, e] : std::vector<std::pair<std::string, std::string>>{
           {std::string(128, '\xff'), "\x01\x01\x01"}, {std::string(1024, '\xff'), "\x03"},
           {std::string(256, '\xff'), "\x01"}, {std::string(256, '\xff'), ""},
           {std::string(256, '\xff'), std::string(8, '\xff')}}) {
    key.public_key = rsa(n, e);
    CHECK(Refused(NewCeremony(), key) == "webauthn.public_key");
  }
}

TEST_CASE("7.1 step 21: extensions that nobody asked for do no harm") {
  Key key;
  key.extensions = CborHead(5, 2) + CborText("credProtect") + CborInteger(2) +
                   CborText("hmac-secret") + std::string("\xf5");
  CHECK(Refused(NewCeremony(), key).empty());
  key.extensions = CborHead(5, 1) + CborInteger(1) + CborInteger(2);
  CHECK(Refused(NewCeremony(), key) == "webauthn.malformed");
}

TEST_CASE("7.1 step 25: the credential's id is the one that was said, of at most 1023 bytes") {
  const Ceremony ceremony = NewCeremony();
  Key key;
  key.id = std::string(1023, 'i');
  CHECK(Refused(ceremony, key).empty());
  key.id += "i";
  CHECK(Refused(ceremony, key) == "webauthn.credential_id");
  key.id = "";
  CHECK(Refused(ceremony, key) == "webauthn.credential_id");
  RegistrationResponse response = Key().Register(ceremony);
  response.id = "another";
  CHECK(Reason(VerifyRegistration(ceremony, response).status()) == "webauthn.credential_id");
}

TEST_CASE("7.1 step 26: nobody has registered the credential before") {
  const Key key;
  CHECK(Refused(NewCeremony(), key, {"another", key.id}) == "webauthn.credential_known");
}

// 7.2 likewise.

TEST_CASE("7.2 step 5: the credential is one that the options named") {
  const Registered r;
  CHECK(r.Prove({"another", r.key.id}).ok());
  CHECK(Reason(r.Prove({"another"}).status()) == "webauthn.credential");
  AssertionResponse response = r.key.Assert(r.ceremony);
  response.id = "another";
  CHECK(Reason(VerifyAssertion(r.ceremony, response, r.credential, "owner").status()) ==
        "webauthn.credential");
}

TEST_CASE("7.2 step 6: the credential is its owner's") {
  Registered r;
  r.key.user_handle = "somebody else";
  CHECK(r.Refused() == "webauthn.user_handle");
  r.key.user_handle = "owner";
  r.ceremony.user_known = false;
  CHECK(r.Prove().ok());
  r.key.user_handle = "";
  CHECK(r.Refused() == "webauthn.user_handle");
}

TEST_CASE("7.2 step 9: an assertion's type is webauthn.get") {
  Registered r;
  r.key.type = "webauthn.create";
  CHECK(r.Refused() == "webauthn.type");
}

TEST_CASE("7.2 step 10: an assertion answers its own challenge") {
  const Registered r;
  const AssertionResponse replayed = r.key.Assert(NewCeremony());
  CHECK(Reason(VerifyAssertion(r.ceremony, replayed, r.credential, "owner").status()) ==
        "webauthn.challenge");
}

TEST_CASE("7.2 step 11: an assertion comes from one of the named origins") {
  Registered r;
  r.key.origin = "https://evil.example";
  CHECK(r.Refused() == "webauthn.origin");
}

TEST_CASE("7.2 steps 12 and 13: an assertion in a frame only where that is allowed") {
  Registered r;
  r.key.more_client_data = ",\"crossOrigin\":true";
  CHECK(r.Refused() == "webauthn.cross_origin");
  r.ceremony.rp.cross_origin = true;
  r.key.more_client_data = ",\"topOrigin\":\"https://portal.example\"";
  CHECK(r.Refused() == "webauthn.top_origin");
}

TEST_CASE("7.2 step 15: the authenticator signed for this domain") {
  Registered r;
  r.key.rp_id = "example.org";
  CHECK(r.Refused() == "webauthn.rp_id");
}

TEST_CASE("7.2 step 16: somebody touched the authenticator") {
  Registered r;
  r.key.flags &= ~Key::kUserPresent;
  CHECK(r.Refused() == "webauthn.user_present");
}

TEST_CASE("7.2 step 17: the user is verified where that is required") {
  Registered r;
  r.key.flags &= ~Key::kUserVerified;
  CHECK(r.Refused() == "webauthn.user_verified");
  r.ceremony.user_verification = Requirement::kDiscouraged;
  CHECK_FALSE(r.Prove().value().user_verified);
}

TEST_CASE("7.2 step 18: what is not eligible for backup is not backed up") {
  Registered r;
  r.key.flags |= Key::kBackedUp;
  CHECK(r.Refused() == "webauthn.backup_state");
}

TEST_CASE("7.2 step 19: a credential does not become eligible for backup, nor cease to be") {
  Registered r;
  r.key.flags |= Key::kBackupEligible;
  CHECK(r.Refused() == "webauthn.backup_eligibility");
  r.credential.backup_eligible = true;
  CHECK(r.Prove().ok());
  r.key.flags &= ~Key::kBackupEligible;
  CHECK(r.Refused() == "webauthn.backup_eligibility");
}

TEST_CASE("7.2 step 21: the assertion is signed with the credential's key") {
  Registered r;
  r.key.spoil_signed = "x";
  CHECK(r.Refused() == "webauthn.signature");
  Registered other;
  other.credential.public_key = r.credential.public_key;
  CHECK(other.Refused() == "webauthn.signature");
  other.credential.public_key = "no key";
  CHECK(other.Refused() == "webauthn.signature");
  const Registered intact;
  for (auto change : {&AssertionResponse::authenticator_data, &AssertionResponse::signature,
                      &AssertionResponse::client_data_json}) {
    AssertionResponse response = intact.key.Assert(intact.ceremony);
    (response.*change).back() = static_cast<char>((response.*change).back() ^ 1);
    CHECK_FALSE(VerifyAssertion(intact.ceremony, response, intact.credential, "owner").ok());
  }
}

TEST_CASE("7.2 step 22: a count that does not rise tells of a clone, with both counts") {
  struct Row {
    uint32_t stored, received;
    bool clone;
  };
  for (const Row& row : std::vector<Row>{{0, 0, false}, {0, 1, false}, {1, 2, false},
                                         {1, 1, true}, {5, 4, true}, {5, 0, true},
                                         {UINT32_MAX, 0, true}, {1, UINT32_MAX, false}}) {
    Registered r;
    r.credential.sign_count = row.stored;
    r.key.sign_count = row.received;
    const Assertion proof = r.Prove().value();
    CHECK(proof.clone_suspected == row.clone);
    CHECK(proof.stored_sign_count == row.stored);
    CHECK(proof.received_sign_count == row.received);
  }
}

// Published vectors: WebAuthn Level 3, section 16.

struct W3cVector {
  const char* challenge;
  const char* id;
  const char* client_data;
  const char* attestation;
  const char* get_challenge;
  const char* get_client_data;
  const char* get_data;
  const char* get_signature;
  AttestationType type;
};

const W3cVector kNoneEs256 = {
    "00c30fb78531c464d2b6771dab8d7b603c01162f2fa486bea70f283ae556e130",
    "f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4",
    "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a22414d4d5074345578"
    "78475453746e63647134313759447742466938767049612d7077386f4f755657345441222c226f726967696e223a22"
    "68747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c226578747261"
    "44617461223a22636c69656e74446174614a534f4e206d617920626520657874656e64656420776974682061646469"
    "74696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a20426b5165"
    "446a646354427258426941774a544c453551227d",
    "a363666d74646e6f6e656761747453746d74a068617574684461746158a4bfabc37432958b063360d3ad6461c9c473"
    "5ae7f8edd46592a5e0f01452b2e4b559000000008446ccb9ab1db374750b2367ff6f3a1f0020f91f391db4c9b2fde0"
    "ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4a5010203262001215820afefa16f97ca9b2d23eb86ccb640"
    "98d20db90856062eb249c33a9b672f26df61225820930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e"
    "2664796b9220",
    "39c0e7521417ba54d43e8dc95174f423dee9bf3cd804ff6d65c857c9abf4d408",
    "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a224f63446e55685158756c54"
    "55506f334a5558543049393770767a7a59425039745a63685879617630314167222c226f726967696e223a22687474"
    "70733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73657d",
    "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b51900000000",
    "3046022100f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd380221008480ac0f0b9353"
    "8174f575bf11a1dd5d78c6e486013f937295ea13653e331e87",
    AttestationType::kNone};

const W3cVector kSelfEs256 = {
    "7869c2b772d4b58eba9378cf8f29e26cf935aa77df0da89fa99c0bdc0a76f7e5",
    "455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58c",
    "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a2265476e4374334c55"
    "745936366b336a506a796e6962506b31716e666644616966715a774c33417032392d55222c226f726967696e223a22"
    "68747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c226578747261"
    "44617461223a22636c69656e74446174614a534f4e206d617920626520657874656e64656420776974682061646469"
    "74696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a2055396854"
    "58764b453255526b4d6e625f307859485667227d",
    "a363666d74667061636b65646761747453746d74a263616c672663736967584630440220067a20754ab925005dbf37"
    "8097c92120031581c73228d1fb4f5b881bcd7da98302207fc7b147558c7c0eba3af18bd9d121fa3d3a26d17fe3f220"
    "272178f473b6006d68617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f014"
    "52b2e4b55d00000000df850e09db6afbdfab51697791506cfc0020455ef34e2043a87db3d4afeb39bbcb6cc32df934"
    "7c789a865ecdca129cbef58ca5010203262001215820eb151c8176b225cc651559fecf07af450fd85802046656b34c"
    "18f6cf193843c5225820927b8aa427a2be1b8834d233a2d34f61f13bfd44119c325d5896e183fee484f2",
    "4478a10b1352348dd160c1353b0d469b5db19eb91c27f7dfa6fed39fe26af20b",
    "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a225248696843784e534e4933"
    "52594d45314f7731476d3132786e726b634a5f6666707637546e2d4a71386773222c226f726967696e223a22687474"
    "70733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c226578747261446174"
    "61223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f"
    "6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a206754623533727a"
    "36456853576f6d58477a696d433151227d",
    "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b50900000000",
    "304402203310b9431903c401f1be2bdc8d23a4007682dbbddcf846994947b7f465daf84002204e94dd00047b316061"
    "b3b99772b7efd95994a83ef584b3b6b825ea3550251b66",
    AttestationType::kSelf};

TEST_CASE("the W3C's vectors are registered and prove themselves") {
  for (const W3cVector& vector : {kNoneEs256, kSelfEs256}) {
    Ceremony ceremony;
    ceremony.rp = {"example.org", "Example", {"https://example.org"}};
    ceremony.challenge = HexDecode(vector.challenge).value();
    const Credential credential =
        VerifyRegistration(ceremony, {HexDecode(vector.id).value(),
                                      HexDecode(vector.client_data).value(),
                                      HexDecode(vector.attestation).value()})
            .value();
    CHECK(credential.attestation == vector.type);
    ceremony.challenge = HexDecode(vector.get_challenge).value();
    const AssertionResponse response{
        credential.id, HexDecode(vector.get_client_data).value(),
        HexDecode(vector.get_data).value(), HexDecode(vector.get_signature).value(), ""};
    CHECK(VerifyAssertion(ceremony, response, credential, "owner").ok());
    ceremony.challenge = HexDecode(vector.challenge).value();
    CHECK_FALSE(VerifyAssertion(ceremony, response, credential, "owner").ok());
  }
}

// libfido2 reads the same answers: the authenticator above is one, and our reading of it is theirs.

TEST_CASE("libfido2 takes the virtual authenticator's assertions as we do") {
  const std::vector<std::pair<int64_t, int>> kinds = {
      {kEs256, COSE_ES256}, {kEdDsa, COSE_EDDSA}, {kRs256, COSE_RS256}};
  for (const auto& [algorithm, cose] : kinds) {
    const Ceremony ceremony = NewCeremony();
    const Key key(algorithm);
    const AssertionResponse response = key.Assert(ceremony);
    const CoseKey read = ReadCoseKey(key.public_key);
    fido_assert_t* const assertion = fido_assert_new();
    const auto bytes = [](const std::string& text) {
      return reinterpret_cast<const unsigned char*>(text.data());
    };
    fido_assert_set_rp(assertion, "example.com");
    fido_assert_set_clientdata(assertion, bytes(response.client_data_json),
                               response.client_data_json.size());
    fido_assert_set_count(assertion, 1);
    REQUIRE(fido_assert_set_authdata_raw(assertion, 0, bytes(response.authenticator_data),
                                         response.authenticator_data.size()) == FIDO_OK);
    fido_assert_set_sig(assertion, 0, bytes(response.signature), response.signature.size());
    fido_assert_set_up(assertion, FIDO_OPT_TRUE);
    fido_assert_set_uv(assertion, FIDO_OPT_TRUE);
    es256_pk_t* es256 = es256_pk_new();
    eddsa_pk_t* eddsa = eddsa_pk_new();
    rs256_pk_t* rs256 = rs256_pk_new();
    const void* theirs = es256;
    if (algorithm == kEs256) REQUIRE(es256_pk_from_EVP_PKEY(es256, read.key.get()) == FIDO_OK);
    if (algorithm == kEdDsa) {
      REQUIRE(eddsa_pk_from_EVP_PKEY(eddsa, read.key.get()) == FIDO_OK);
      theirs = eddsa;
    }
    if (algorithm == kRs256) {
      REQUIRE(rs256_pk_from_EVP_PKEY(rs256, read.key.get()) == FIDO_OK);
      theirs = rs256;
    }
    CHECK(fido_assert_verify(assertion, 0, cose, theirs) == FIDO_OK);
    es256_pk_free(&es256);
    eddsa_pk_free(&eddsa);
    rs256_pk_free(&rs256);
    fido_assert_t* freed = assertion;
    fido_assert_free(&freed);
  }
}

}  // namespace
}  // namespace muniment::webauthn
