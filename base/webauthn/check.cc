#include "base/webauthn/check.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/crypto.h"
#include "base/error.h"
#include "google/protobuf/util/json_util.h"

namespace muniment::webauthn {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

const Value* Find(const Struct& json, const char* name, Value::KindCase kind) {
  const auto found = json.fields().find(name);
  return found != json.fields().end() && found->second.kind_case() == kind ? &found->second
                                                                           : nullptr;
}

bool Contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// "https://host" or "https://host:port", as browsers write it (RFC 6454 section 6.2).
bool IsPageOf(absl::string_view domain, absl::string_view origin) {
  const bool http = domain == "localhost" && absl::ConsumePrefix(&origin, "http://");
  if (!http && !absl::ConsumePrefix(&origin, "https://")) return false;
  const size_t colon = origin.find(':');
  const absl::string_view host = origin.substr(0, colon);
  uint32_t port = 0;
  if (colon != absl::string_view::npos &&
      (!absl::SimpleAtoi(origin.substr(colon + 1), &port) || port == 0 || port > 65535)) {
    return false;
  }
  return host == domain || absl::EndsWith(host, absl::StrCat(".", domain));
}

bool MayAsk(const RelyingParty& rp, const std::string& origin) {
  return rp.origins.empty() ? IsPageOf(rp.id, origin) : Contains(rp.origins, origin);
}

bool IsAnswerTo(absl::string_view challenge, const Struct& client) {
  const Value* const answered = Find(client, "challenge", Value::kStringValue);
  return !challenge.empty() && answered != nullptr &&
         ConstantTimeEqual(answered->string_value(), Base64UrlEncode(challenge));
}

absl::StatusOr<Struct> ReadClientData(absl::string_view json) {
  if (json.size() > kMaxClientData) return Refuse("too_large", "The client data is too large.");
  Struct client;
  if (!google::protobuf::util::JsonStringToMessage(std::string(json), &client).ok()) {
    return Malformed("clientDataJSON");
  }
  return client;
}

absl::Status CheckOrigins(const RelyingParty& rp, const Struct& client) {
  const Value* const origin = Find(client, "origin", Value::kStringValue);
  if (origin == nullptr || !MayAsk(rp, origin->string_value())) {
    return Refuse("origin", "The answer comes from a page that is not this service's.");
  }
  const Value* const crossed = Find(client, "crossOrigin", Value::kBoolValue);
  if (crossed != nullptr && crossed->bool_value() && !rp.cross_origin) {
    return Refuse("cross_origin", "The answer comes from inside another site's page.");
  }
  if (client.fields().count("topOrigin") == 0) return absl::OkStatus();
  const Value* const top = Find(client, "topOrigin", Value::kStringValue);
  if (top == nullptr || !rp.cross_origin || !Contains(rp.top_origins, top->string_value())) {
    return Refuse("top_origin", "The answer comes from inside a page that may not embed this one.");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Refuse(absl::string_view check, absl::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, absl::StrCat("webauthn.", check), message);
}

absl::Status Malformed(absl::string_view what) {
  return Refuse("malformed", absl::StrCat("The authenticator's answer is not well-formed: ", what,
                                          "."));
}

absl::Status CheckClientData(const Ceremony& ceremony, absl::string_view type,
                             absl::string_view client_data_json) {
  ASSIGN_OR_RETURN(const Struct client, ReadClientData(client_data_json));
  const Value* const got = Find(client, "type", Value::kStringValue);
  if (got == nullptr || got->string_value() != type) {
    return Refuse("type", "The answer is to another kind of request.");
  }
  if (!IsAnswerTo(ceremony.challenge, client)) {
    return Refuse("challenge", "The answer is to another request.");
  }
  return CheckOrigins(ceremony.rp, client);
}

bool Answers(absl::string_view challenge, const RegistrationResponse& response) {
  const auto client = ReadClientData(response.client_data_json);
  return client.ok() && IsAnswerTo(challenge, *client);
}

absl::Status CheckAuthenticatorData(const Ceremony& ceremony, const AuthenticatorData& data) {
  if (data.rp_id_hash != Sha256(ceremony.rp.id).view()) {
    return Refuse("rp_id", "The credential belongs to another domain.");
  }
  if (ceremony.user_present && !data.user_present) {
    return Refuse("user_present", "Nobody touched the authenticator.");
  }
  if (ceremony.user_verification == Requirement::kRequired && !data.user_verified) {
    return Refuse("user_verified", "The authenticator did not verify its user.");
  }
  if (data.backed_up && !data.backup_eligible) {
    return Refuse("backup_state", "A credential that cannot be backed up says that it is.");
  }
  return absl::OkStatus();
}

}  // namespace muniment::webauthn
