#include <catch2/catch.hpp>
#include <fido.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/webauthn/cbor.h"
#include "tests/base/virtual_authenticator.h"

namespace muniment::webauthn {
namespace {

using Key = VirtualAuthenticator;

Ceremony NewCeremony() {
  Ceremony ceremony;
  ceremony.challenge = NewChallenge();
  ceremony.rp = {"example.com", "Example", {"https://example.com"}};
  return ceremony;
}

absl::StatusOr<Credential> Register(const Ceremony& ceremony, const Key& key) {
  return VerifyRegistration(ceremony, key.Register(ceremony));
}

std::string Refused(const Ceremony& ceremony, const Key& key) {
  return Reason(Register(ceremony, key).status());
}

struct Authority {
  KeyPtr key = NewKey(kEs256);
  std::string certificate = NewCertificate(
      {.unit = "", .name = "Root", .basic_constraints = "critical,CA:TRUE"}, key.get());
};

// Certified by the authority, its certificate as asked for.
void Certify(Key& key, const std::string& format, const CertificateRequest& request,
             const Authority& authority, int64_t algorithm = kEs256) {
  KeyPtr own = NewKey(algorithm);
  const std::string certificate =
      NewCertificate(request, own.get(), authority.certificate, authority.key.get());
  key.format = format;
  key.CertifyWith({std::move(own), {certificate}});
}

TEST_CASE("roots are read from PEM, each certificate of it, and nothing else") {
  const Authority one, other;
  const auto pem = [](const std::string& der) {
    return absl::StrCat("-----BEGIN CERTIFICATE-----\n", absl::Base64Escape(der),
                        "\n-----END CERTIFICATE-----\n");
  };
  CHECK(ReadRoots(absl::StrCat("# ours\n", pem(one.certificate), pem(other.certificate))).value() ==
        std::vector<std::string>{one.certificate, other.certificate});
  for (const std::string& wrong :
       {std::string(), std::string("no certificate"), pem("no DER"),
        absl::StrCat(pem(one.certificate), pem("no DER")),
        absl::StrCat(pem(one.certificate), "-----BEGIN CERTIFICATE-----\nMII")}) {
    INFO(wrong);
    CHECK(Reason(ReadRoots(wrong).status()) == "webauthn.roots");
  }
}

TEST_CASE("self attestation is signed with the credential's key, by its algorithm") {
  for (const int64_t algorithm : {kEs256, kEdDsa, kRs256}) {
    Key key(algorithm);
    key.format = "packed";
    const Credential credential = Register(NewCeremony(), key).value();
    CHECK(credential.attestation == AttestationType::kSelf);
    CHECK(credential.attestation_format == "packed");
    CHECK_FALSE(credential.attestation_trusted);
    key.spoil_signed = "x";
    CHECK(Refused(NewCeremony(), key) == "webauthn.attestation");
  }
  Key key;
  key.format = "packed";
  key.statement_algorithm = kRs256;
  CHECK(Refused(NewCeremony(), key) == "webauthn.attestation");
}

TEST_CASE("a packed attestation leads to a trusted root, or is only certified") {
  const Authority authority;
  const Authority other;
  for (const int64_t algorithm : {kEs256, kRs256}) {
    Key key;
    Certify(key, "packed", {.aaguid = key.aaguid}, authority, algorithm);
    Ceremony ceremony = NewCeremony();
    CHECK(Register(ceremony, key).value().attestation == AttestationType::kCertified);
    CHECK_FALSE(Register(ceremony, key).value().attestation_trusted);
    ceremony.attestation.roots = {other.certificate, authority.certificate};
    CHECK(Register(ceremony, key).value().attestation_trusted);
    ceremony.attestation.roots = {other.certificate, "no certificate"};
    CHECK_FALSE(Register(ceremony, key).value().attestation_trusted);
    ceremony.attestation.require_trusted = true;
    CHECK(Refused(ceremony, key) == "webauthn.attestation_trust");
  }
}

TEST_CASE("a chain may have certificates between") {
  const Authority root;
  const KeyPtr between_key = NewKey(kEs256);
  const std::string between =
      NewCertificate({.unit = "", .name = "Between", .basic_constraints = "critical,CA:TRUE"},
                     between_key.get(), root.certificate, root.key.get());
  KeyPtr own = NewKey(kEs256);
  const std::string leaf = NewCertificate({}, own.get(), between, between_key.get());
  Key key;
  key.format = "packed";
  key.CertifyWith({std::move(own), {leaf, between}});
  Ceremony ceremony = NewCeremony();
  ceremony.attestation.roots = {root.certificate};
  ceremony.attestation.require_trusted = true;
  CHECK(Register(ceremony, key).ok());
  KeyPtr again = NewKey(kEs256);
  const std::string lost = NewCertificate({}, again.get(), between, between_key.get());
  key.CertifyWith({std::move(again), {lost}});
  CHECK(Refused(ceremony, key) == "webauthn.attestation_trust");
}

TEST_CASE("where trust is required, no attestation and self attestation are refused") {
  Ceremony ceremony = NewCeremony();
  ceremony.attestation.require_trusted = true;
  ceremony.attestation.roots = {Authority().certificate};
  Key key;
  CHECK(Refused(ceremony, key) == "webauthn.attestation_trust");
  key.format = "packed";
  CHECK(Refused(ceremony, key) == "webauthn.attestation_trust");
}

TEST_CASE("an attestation certificate is what section 8.2.1 asks for") {
  const Authority authority;
  const std::string aaguid(16, '\x07');
  CHECK([&] {
    Key key;
    Certify(key, "packed", {.aaguid = aaguid}, authority);
    return Refused(NewCeremony(), key).empty();
  }());
  for (const CertificateRequest& request : std::vector<CertificateRequest>{
           {.country = ""},
           {.organization = ""},
           {.unit = ""},
           {.unit = "Something Else"},
           {.name = ""},
           {.version = 0, .basic_constraints = ""},
           {.basic_constraints = ""},
           {.basic_constraints = "critical,CA:TRUE"},
           {.aaguid = std::string(16, '\x08')},
           {.aaguid = aaguid.substr(1)},
           {.aaguid = aaguid, .aaguid_critical = true}}) {
    Key key;
    Certify(key, "packed", request, authority);
    CHECK(Refused(NewCeremony(), key) == "webauthn.attestation");
  }
}

TEST_CASE("a packed attestation is signed with its certificate's key, by a known algorithm") {
  const Authority authority;
  Key key;
  Certify(key, "packed", {}, authority);
  key.spoil_signed = "x";
  CHECK(Refused(NewCeremony(), key) == "webauthn.attestation");
  key.spoil_signed = "";
  key.statement_algorithm = kRs256;
  CHECK(Refused(NewCeremony(), key) == "webauthn.attestation");
  key.statement_algorithm = -999;
  CHECK(Refused(NewCeremony(), key) == "webauthn.attestation");
  key.statement_algorithm = 0;
  KeyPtr own = NewKey(kEs256);
  key.CertifyWith({std::move(own), {authority.certificate}});
  CHECK(Refused(NewCeremony(), key) == "webauthn.attestation");
}

TEST_CASE("a U2F authenticator's attestation is taken by its own rules") {
  const Authority authority;
  Key key;
  key.aaguid = std::string(16, '\0');
  Certify(key, "fido-u2f", {}, authority);
  Ceremony ceremony = NewCeremony();
  ceremony.attestation.roots = {authority.certificate};
  const Credential credential = Register(ceremony, key).value();
  CHECK(credential.attestation == AttestationType::kCertified);
  CHECK(credential.attestation_trusted);
  key.spoil_signed = "x";
  CHECK(Refused(ceremony, key) == "webauthn.attestation");
  key.spoil_signed = "";
  key.aaguid = std::string(16, '\x07');
  CHECK(Refused(ceremony, key) == "webauthn.attestation");
  Key rsa;
  rsa.aaguid = std::string(16, '\0');
  Certify(rsa, "fido-u2f", {}, authority, kRs256);
  CHECK(Refused(ceremony, rsa) == "webauthn.attestation");
  Key ed(kEdDsa);
  ed.aaguid = std::string(16, '\0');
  Certify(ed, "fido-u2f", {}, authority);
  CHECK(Refused(ceremony, ed) == "webauthn.attestation");
  Key none;
  none.aaguid = std::string(16, '\0');
  none.format = "fido-u2f";
  CHECK(Refused(ceremony, none) == "webauthn.attestation");
  KeyPtr own = NewKey(kEs256);
  const std::string certificate = NewCertificate({}, own.get());
  none.CertifyWith({std::move(own), {certificate, authority.certificate}});
  CHECK(Refused(ceremony, none) == "webauthn.attestation");
}

TEST_CASE("only the configured formats are accepted, and no unknown one") {
  Ceremony ceremony = NewCeremony();
  Key key;
  for (const char* format : {"tpm", "android-key", "apple", "PACKED", ""}) {
    key.format = format;
    CHECK(Refused(ceremony, key) == "webauthn.attestation_format");
    ceremony.attestation.formats.push_back(format);  // asked for, and still not known
    CHECK(Refused(ceremony, key) == "webauthn.attestation_format");
  }
  key.format = "packed";
  ceremony.attestation.formats = {"none"};
  CHECK(Refused(ceremony, key) == "webauthn.attestation_format");
  key.format = "none";
  ceremony.attestation.formats = {"packed"};
  CHECK(Refused(ceremony, key) == "webauthn.attestation_format");
}

TEST_CASE("none comes with nothing, and certificates are certificates and few") {
  const Ceremony ceremony = NewCeremony();
  RegistrationResponse response = Key().Register(ceremony);
  const std::string empty = CborText("attStmt") + CborHead(5, 0);
  const size_t at = response.attestation_object.find(empty);
  REQUIRE(at != std::string::npos);
  response.attestation_object.replace(
      at, empty.size(), CborText("attStmt") + CborHead(5, 1) + CborText("a") + CborInteger(1));
  CHECK(Reason(VerifyRegistration(ceremony, response).status()) == "webauthn.attestation");
  Key key;
  key.format = "packed";
  key.CertifyWith({NewKey(kEs256), {}});
  CHECK(Refused(ceremony, key) == "webauthn.attestation");
  key.CertifyWith({NewKey(kEs256), {"no certificate"}});
  CHECK(Refused(ceremony, key) == "webauthn.attestation");
  const Authority authority;
  key.CertifyWith({NewKey(kEs256), {authority.certificate + "x"}});
  CHECK(Refused(ceremony, key) == "webauthn.attestation");
  key.CertifyWith({NewKey(kEs256), std::vector<std::string>(6, authority.certificate)});
  CHECK(Refused(ceremony, key) == "webauthn.too_large");
}

TEST_CASE("libfido2 takes the virtual authenticator's attestations as we do") {
  const Authority authority;
  for (const char* format : {"packed", "fido-u2f"}) {
    Key key;
    if (absl::string_view(format) == "fido-u2f") key.aaguid = std::string(16, '\0');
    KeyPtr own = NewKey(kEs256);
    const std::string certificate =
        NewCertificate({}, own.get(), authority.certificate, authority.key.get());
    key.format = format;
    key.CertifyWith({std::move(own), {certificate}});
    const Ceremony ceremony = NewCeremony();
    const RegistrationResponse response = key.Register(ceremony);
    absl::string_view rest = response.attestation_object;
    const CborItem object = ReadCbor(rest).value();
    const auto bytes = [](const std::string& text) {
      return reinterpret_cast<const unsigned char*>(text.data());
    };
    const std::string& data = *object.FindBytes("authData");
    const std::string& signature = *object.Find("attStmt")->FindBytes("sig");
    fido_cred_t* theirs = fido_cred_new();
    REQUIRE(fido_cred_set_type(theirs, COSE_ES256) == FIDO_OK);
    REQUIRE(fido_cred_set_fmt(theirs, format) == FIDO_OK);
    REQUIRE(fido_cred_set_rp(theirs, "example.com", nullptr) == FIDO_OK);
    REQUIRE(fido_cred_set_clientdata(theirs, bytes(response.client_data_json),
                                     response.client_data_json.size()) == FIDO_OK);
    REQUIRE(fido_cred_set_authdata_raw(theirs, bytes(data), data.size()) == FIDO_OK);
    REQUIRE(fido_cred_set_sig(theirs, bytes(signature), signature.size()) == FIDO_OK);
    REQUIRE(fido_cred_set_x509(theirs, bytes(certificate), certificate.size()) == FIDO_OK);
    CHECK(fido_cred_verify(theirs) == FIDO_OK);
    CHECK(VerifyRegistration(ceremony, response).ok());
    fido_cred_free(&theirs);
  }
}

}  // namespace
}  // namespace muniment::webauthn
