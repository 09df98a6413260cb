// Signed tokens and public keys as JOSE writes them, by the examples of its RFCs.
#include "base/jws.h"

#include <catch2/catch.hpp>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/key_pair.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"

namespace muniment {
namespace {

constexpr JwsAlgorithm kAll[] = {
    event::v1::WEB_KEY_ALGORITHM_RS256, event::v1::WEB_KEY_ALGORITHM_RS384,
    event::v1::WEB_KEY_ALGORITHM_RS512, event::v1::WEB_KEY_ALGORITHM_ES256,
    event::v1::WEB_KEY_ALGORITHM_ES384, event::v1::WEB_KEY_ALGORITHM_ES512,
    event::v1::WEB_KEY_ALGORITHM_EDDSA};

// RFC 7515 appendix A.2 and A.3.
constexpr char kRsa[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJj\n"
    "NiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEz\n"
    "P1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo\n"
    "9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTB\n"
    "EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxX\n"
    "FvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXp\n"
    "oQIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
constexpr char kEc[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n"
    "6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n"
    "-----END PUBLIC KEY-----\n";
constexpr char kPayload[] =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
    "fQ";
constexpr char kRsaSignature[] =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5"
    "jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb"
    "1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QO"
    "YEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
constexpr char kEcSignature[] =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
// RFC 8037 appendix A.
constexpr char kEdPrivate[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";
constexpr char kEdPublic[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
    "-----END PUBLIC KEY-----\n";
constexpr char kEdToken[] =
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

// The members of a JSON object whose values are texts.
std::map<std::string, std::string> Members(const std::string& json) {
  google::protobuf::Struct parsed;
  REQUIRE(google::protobuf::util::JsonStringToMessage(json, &parsed).ok());
  std::map<std::string, std::string> members;
  for (const auto& [name, value] : parsed.fields()) members[name] = value.string_value();
  return members;
}

bool Verifies(absl::string_view pem, JwsAlgorithm algorithm, absl::string_view token) {
  const auto key = VerifyingKey::Open(pem);
  REQUIRE(key.ok());
  const auto parts = SplitJws(token);
  return parts.ok() && key->Verifies(algorithm, *parts);
}

TEST_CASE("the examples of RFC 7515 and RFC 8037 verify, and the last signs to the byte") {
  const std::string rsa = absl::StrCat("eyJhbGciOiJSUzI1NiJ9.", kPayload, ".", kRsaSignature);
  const std::string ec = absl::StrCat("eyJhbGciOiJFUzI1NiJ9.", kPayload, ".", kEcSignature);
  CHECK(Verifies(kRsa, event::v1::WEB_KEY_ALGORITHM_RS256, rsa));
  CHECK(Verifies(kEc, event::v1::WEB_KEY_ALGORITHM_ES256, ec));
  CHECK(Verifies(kEdPublic, event::v1::WEB_KEY_ALGORITHM_EDDSA, kEdToken));
  const auto signs = SigningKey::Open(kEdPrivate, event::v1::WEB_KEY_ALGORITHM_EDDSA);
  REQUIRE(signs.ok());
  CHECK(signs->Sign(R"({"alg":"EdDSA"})", "Example of Ed25519 signing") == kEdToken);
  const auto parts = SplitJws(rsa);
  REQUIRE(parts.ok());
  CHECK(parts->header == R"({"alg":"RS256"})");
  CHECK(absl::StartsWith(parts->payload, R"({"iss":"joe")"));
}

TEST_CASE("public keys are shown as the RFCs write them") {
  auto rsa = Members(VerifyingKey::Open(kRsa)->Jwk(event::v1::WEB_KEY_ALGORITHM_RS256, "one"));
  CHECK(rsa["kty"] == "RSA");
  CHECK(rsa["e"] == "AQAB");
  CHECK(absl::StartsWith(rsa["n"], "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTb"));
  CHECK(rsa["kid"] == "one");
  CHECK(rsa["use"] == "sig");
  CHECK(rsa["alg"] == "RS256");
  auto ec = Members(VerifyingKey::Open(kEc)->Jwk(event::v1::WEB_KEY_ALGORITHM_ES256, "two"));
  CHECK(ec["crv"] == "P-256");
  CHECK(ec["x"] == "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU");
  CHECK(ec["y"] == "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
  auto ed = Members(VerifyingKey::Open(kEdPublic)->Jwk(event::v1::WEB_KEY_ALGORITHM_EDDSA, "three"));
  CHECK(ed["kty"] == "OKP");
  CHECK(ed["crv"] == "Ed25519");
  CHECK(ed["x"] == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
  // None says of itself what it is not made for.
  CHECK(VerifyingKey::Open(kEc)->Jwk(event::v1::WEB_KEY_ALGORITHM_ES384, "x").empty());
  CHECK(VerifyingKey::Open(kEc)->Jwk(event::v1::WEB_KEY_ALGORITHM_RS256, "x").empty());
}

TEST_CASE("what each algorithm signs verifies by its key, and by no other algorithm or key") {
  for (const JwsAlgorithm algorithm : kAll) {
    INFO(NameOf(algorithm));
    CHECK(JwsAlgorithmNamed(NameOf(algorithm)) == algorithm);
    const KeyPair pair = NewKeyPair(KeySpecFor(algorithm));
    const KeyPair other = NewKeyPair(KeySpecFor(algorithm));
    const auto key = SigningKey::Open(pair.private_pem.reveal(), algorithm);
    REQUIRE(key.ok());
    CHECK(CheckPublicKey(pair.public_pem).ok());
    for (int i = 0; i < 20; ++i) {
      const std::string token =
          key->Sign(absl::StrCat(R"({"alg":")", NameOf(algorithm), R"("})"), absl::StrCat(i));
      for (const JwsAlgorithm with : kAll) {
        CHECK(Verifies(pair.public_pem, with, token) == (with == algorithm));
      }
      CHECK_FALSE(Verifies(other.public_pem, algorithm, token));
    }
    for (const JwsAlgorithm with : kAll) {
      // RS384 and RS512 take the same keys as RS256.
      const bool same = KeySpecFor(with).kind == KeySpecFor(algorithm).kind &&
                        KeySpecFor(with).bits == KeySpecFor(algorithm).bits;
      CHECK(SigningKey::Open(pair.private_pem.reveal(), with).ok() == same);
    }
  }
}

TEST_CASE("a token that is cut, flipped or written otherwise is refused at every place") {
  for (const JwsAlgorithm algorithm :
       {event::v1::WEB_KEY_ALGORITHM_RS256, event::v1::WEB_KEY_ALGORITHM_ES256,
        event::v1::WEB_KEY_ALGORITHM_EDDSA}) {
    const KeyPair pair = NewKeyPair(KeySpecFor(algorithm));
    const std::string token = SigningKey::Open(pair.private_pem.reveal(), algorithm)
                                  ->Sign(R"({"alg":"x"})", R"({"sub":"1"})");
    REQUIRE(Verifies(pair.public_pem, algorithm, token));
    for (size_t i = 0; i < token.size(); ++i) {
      CHECK_FALSE(Verifies(pair.public_pem, algorithm, token.substr(0, i)));
      for (const char other : {'A', 'B', '-', '=', '.', '+', ' ', '\0'}) {
        std::string flipped = token;
        if (flipped[i] == other) continue;
        flipped[i] = other;
        CHECK_FALSE(Verifies(pair.public_pem, algorithm, flipped));
      }
    }
    for (const std::string& more : {token + "=", token + ".", token + "A", " " + token}) {
      CHECK_FALSE(Verifies(pair.public_pem, algorithm, more));
    }
  }
  for (const char* text : {"", ".", "..", "...", "a.b", "a.b.c.d", "a.=.c", "YQ==.YQ.YQ"}) {
    const auto parts = SplitJws(text);
    if (std::string(text) == "..") {
      CHECK(parts.ok());  // empty, and verified by nothing
      continue;
    }
    CHECK(Reason(parts.status()) == "jws.malformed");
  }
}

TEST_CASE("a half of an ECDSA signature that is zero or too large verifies nothing") {
  const KeyPair pair = NewKeyPair({KeySpec::Kind::kEcdsa, 256});
  for (const char fill : {'\0', '\xff'}) {
    const std::string token = absl::StrCat("e30.e30.", Base64UrlEncode(std::string(64, fill)));
    CHECK_FALSE(Verifies(pair.public_pem, event::v1::WEB_KEY_ALGORITHM_ES256, token));
  }
}

TEST_CASE("what is no key of the sort is no key, and asks nobody for a password") {
  CHECK(Reason(VerifyingKey::Open("").status()) == "key.malformed");
  CHECK(Reason(VerifyingKey::Open(kEdPrivate).status()) == "key.malformed");
  CHECK(Reason(SigningKey::Open(kRsa, event::v1::WEB_KEY_ALGORITHM_RS256).status()) == "key.malformed");
  CHECK(Reason(SigningKey::Open("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIBvTBXBgkqhkiG9w0=\n"
                                "-----END ENCRYPTED PRIVATE KEY-----\n",
                                event::v1::WEB_KEY_ALGORITHM_RS256)
                   .status()) == "key.malformed");
  // An algorithm that is not in the list, as a later release may know.
  const auto later = static_cast<JwsAlgorithm>(99);
  CHECK(Reason(SigningKey::Open(kEdPrivate, later).status()) == "key.malformed");
  CHECK_FALSE(Verifies(kEdPublic, later, kEdToken));
  CHECK(VerifyingKey::Open(kEdPublic)->Jwk(later, "x").empty());
  CHECK(NameOf(later).empty());
  CHECK_FALSE(JwsAlgorithmNamed("none").has_value());
  CHECK_FALSE(JwsAlgorithmNamed("HS256").has_value());
  CHECK_FALSE(JwsAlgorithmNamed("rs256").has_value());
}

}  // namespace
}  // namespace muniment
