#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/webauthn/check.h"
#include "base/webauthn/webauthn.h"

namespace muniment::webauthn {
namespace {

using google::protobuf::ListValue;
using google::protobuf::Struct;
using google::protobuf::Value;

constexpr size_t kMaxTransports = 10;
constexpr size_t kMaxTransport = 32;

void Set(Struct& json, const char* name, absl::string_view value) {
  (*json.mutable_fields())[name].set_string_value(std::string(value));
}

Struct& Member(Struct& json, const char* name) {
  return *(*json.mutable_fields())[name].mutable_struct_value();
}

ListValue& List(Struct& json, const char* name) {
  return *(*json.mutable_fields())[name].mutable_list_value();
}

void SetTimeout(Struct& json, absl::Duration timeout) {
  (*json.mutable_fields())["timeout"].set_number_value(
      static_cast<double>(absl::ToInt64Milliseconds(timeout)));
}

const char* Name(Requirement requirement) {
  switch (requirement) {
    case Requirement::kRequired: return "required";
    case Requirement::kPreferred: return "preferred";
    case Requirement::kDiscouraged: break;
  }
  return "discouraged";
}

// PublicKeyCredentialDescriptorJSON.
void AddDescriptors(Struct& json, const char* name, const std::vector<Credential>& credentials) {
  if (credentials.empty()) return;
  ListValue& list = List(json, name);
  for (const Credential& credential : credentials) {
    Struct& descriptor = *list.add_values()->mutable_struct_value();
    Set(descriptor, "type", "public-key");
    Set(descriptor, "id", Base64UrlEncode(credential.id));
    if (credential.transports.empty()) continue;
    ListValue& transports = List(descriptor, "transports");
    for (const std::string& transport : credential.transports) {
      transports.add_values()->set_string_value(transport);
    }
  }
}

absl::StatusOr<std::string> ReadBytes(const Struct& json, const char* name, size_t max,
                                      bool required = true) {
  const auto found = json.fields().find(name);
  if (found == json.fields().end() || found->second.kind_case() == Value::kNullValue) {
    if (!required) return std::string();
    return Malformed(absl::StrCat(name, " is missing"));
  }
  const std::string& text = found->second.string_value();
  // Before anything is decoded: four characters are three bytes.
  const absl::Status too_large = Refuse("too_large", absl::StrCat(name, " is too large."));
  if (text.size() > max / 3 * 4 + 4) return too_large;
  std::optional<std::string> bytes = Base64UrlDecode(text);
  if (!bytes || (required && bytes->empty())) {
    return Malformed(absl::StrCat(name, " is not base64url"));
  }
  if (bytes->size() > max) return too_large;
  return *std::move(bytes);
}

// The id, which stands there twice.
absl::StatusOr<std::string> ReadId(const Struct& json) {
  const auto type = json.fields().find("type");
  if (type == json.fields().end() || type->second.string_value() != "public-key") {
    return Malformed("type is not public-key");
  }
  ASSIGN_OR_RETURN(std::string id, ReadBytes(json, "id", kMaxCredentialId));
  ASSIGN_OR_RETURN(const std::string raw, ReadBytes(json, "rawId", kMaxCredentialId, false));
  if (!raw.empty() && raw != id) return Malformed("id and rawId differ");
  return id;
}

const Struct& Response(const Struct& json) {
  const auto found = json.fields().find("response");
  return found == json.fields().end() ? Struct::default_instance() : found->second.struct_value();
}

// Hints to be handed back to browsers: what does not look like one is left out.
std::vector<std::string> ReadTransports(const Struct& response) {
  std::vector<std::string> transports;
  const auto found = response.fields().find("transports");
  if (found == response.fields().end()) return transports;
  for (const Value& value : found->second.list_value().values()) {
    const std::string& name = value.string_value();
    if (transports.size() >= kMaxTransports) break;
    if (!name.empty() && name.size() <= kMaxTransport &&
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string::npos) {
      transports.push_back(name);
    }
  }
  return transports;
}

}  // namespace

Struct CreationOptions(const Ceremony& ceremony, const User& user,
                       const std::vector<Credential>& known) {
  Struct options;
  Struct& key = Member(options, "publicKey");
  Set(Member(key, "rp"), "id", ceremony.rp.id);
  Set(Member(key, "rp"), "name", ceremony.rp.name);
  Set(Member(key, "user"), "id", Base64UrlEncode(user.handle));
  Set(Member(key, "user"), "name", user.name);
  Set(Member(key, "user"), "displayName", user.display_name);
  Set(key, "challenge", Base64UrlEncode(ceremony.challenge));
  for (const int64_t algorithm : ceremony.algorithms) {
    Struct& parameter = *List(key, "pubKeyCredParams").add_values()->mutable_struct_value();
    Set(parameter, "type", "public-key");
    (*parameter.mutable_fields())["alg"].set_number_value(static_cast<double>(algorithm));
  }
  SetTimeout(key, ceremony.timeout);
  AddDescriptors(key, "excludeCredentials", known);
  Struct& selection = Member(key, "authenticatorSelection");
  Set(selection, "userVerification", Name(ceremony.user_verification));
  Set(selection, "residentKey", Name(ceremony.resident_key));
  // For browsers of Level 1, which do not know residentKey.
  (*selection.mutable_fields())["requireResidentKey"].set_bool_value(ceremony.resident_key ==
                                                                     Requirement::kRequired);
  if (ceremony.attachment != Attachment::kAny) {
    Set(selection, "authenticatorAttachment",
        ceremony.attachment == Attachment::kPlatform ? "platform" : "cross-platform");
  }
  Set(key, "attestation", ceremony.attestation.ask ? "direct" : "none");
  return options;
}

Struct RequestOptions(const Ceremony& ceremony, const std::vector<Credential>& credentials) {
  Struct options;
  Struct& key = Member(options, "publicKey");
  Set(key, "challenge", Base64UrlEncode(ceremony.challenge));
  SetTimeout(key, ceremony.timeout);
  Set(key, "rpId", ceremony.rp.id);
  AddDescriptors(key, "allowCredentials", credentials);
  Set(key, "userVerification", Name(ceremony.user_verification));
  return options;
}

absl::StatusOr<RegistrationResponse> ReadRegistration(const Struct& json) {
  RegistrationResponse read;
  ASSIGN_OR_RETURN(read.id, ReadId(json));
  const Struct& response = Response(json);
  ASSIGN_OR_RETURN(read.client_data_json, ReadBytes(response, "clientDataJSON", kMaxClientData));
  ASSIGN_OR_RETURN(read.attestation_object,
                   ReadBytes(response, "attestationObject", kMaxAttestation));
  read.transports = ReadTransports(response);
  return read;
}

absl::StatusOr<AssertionResponse> ReadAssertion(const Struct& json) {
  AssertionResponse read;
  ASSIGN_OR_RETURN(read.id, ReadId(json));
  const Struct& response = Response(json);
  ASSIGN_OR_RETURN(read.client_data_json, ReadBytes(response, "clientDataJSON", kMaxClientData));
  ASSIGN_OR_RETURN(read.authenticator_data,
                   ReadBytes(response, "authenticatorData", kMaxAuthenticatorData));
  ASSIGN_OR_RETURN(read.signature, ReadBytes(response, "signature", kMaxSignature));
  ASSIGN_OR_RETURN(read.user_handle, ReadBytes(response, "userHandle", kMaxUserHandle, false));
  return read;
}

}  // namespace muniment::webauthn
