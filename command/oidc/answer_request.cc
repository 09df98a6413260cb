#include "command/oidc/answer_request.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <utility>

#include "base/amr.h"
#include "base/error.h"
#include "base/located_secret.h"
#include "base/oidc_code.h"
#include "base/redirect.h"
#include "base/timestamp.h"
#include "command/application/application.h"
#include "command/oidc/sign_in.h"

namespace muniment::command {

namespace {

using event::v1::AuthRequestAdded;
using google::protobuf::Struct;
using google::protobuf::Value;

absl::Status Precondition(absl::string_view what, absl::string_view message) {
  return Error(absl::StatusCode::kFailedPrecondition, absl::StrCat("auth_request.", what), message);
}

bool Asks(const AuthRequestAdded& asked, event::v1::OidcPrompt prompt) {
  return std::find(asked.prompt().begin(), asked.prompt().end(), prompt) != asked.prompt().end();
}

const Value* Member(const Value* object, const char* name) {
  if (object == nullptr) return nullptr;
  const auto& fields = object->struct_value().fields();
  const auto found = fields.find(name);
  return found == fields.end() ? nullptr : &found->second;
}

// OpenID Connect Core section 5.5.1.1: an acr that is essential is met or the request fails.
bool MeetsAcr(const AuthRequestAdded& asked, absl::string_view acr) {
  if (asked.claims().empty()) return true;
  Value claims;
  if (!google::protobuf::util::JsonStringToMessage(asked.claims(), claims.mutable_struct_value())
           .ok()) {
    return true;
  }
  const Value* wanted = Member(Member(&claims, "id_token"), "acr");
  const Value* essential = Member(wanted, "essential");
  if (essential == nullptr || !essential->bool_value()) return true;
  const Value* one = Member(wanted, "value");
  const Value* some = Member(wanted, "values");
  if (one == nullptr && some == nullptr) return true;
  if (one != nullptr && one->string_value() == acr) return true;
  if (some == nullptr) return false;
  const auto& values = some->list_value().values();
  return std::any_of(values.begin(), values.end(),
                     [acr](const Value& value) { return value.string_value() == acr; });
}

absl::Status MeetsRequest(const AuthRequestAdded& asked, const SignIn& sign_in) {
  const absl::Time proved = sign_in.auth_time;
  if (asked.has_max_age() && proved + ToDuration(asked.max_age()) < ToTime(asked.added_at())) {
    return Precondition("proof_too_old", "The application asks for a sign-in that is younger.");
  }
  if (Asks(asked, event::v1::OIDC_PROMPT_LOGIN) && proved < ToTime(asked.added_at())) {
    return Precondition("proof_too_old", "The application asks for a new sign-in.");
  }
  if (!asked.hint_user_id().empty() && asked.hint_user_id() != sign_in.user.id()) {
    return Precondition("user_differs", "The application asks for another user.");
  }
  if (!MeetsAcr(asked, AcrOf(sign_in.amr))) {
    return Precondition("proof_too_weak", "The application asks for more factors.");
  }
  return absl::OkStatus();
}

// With what every answer says (RFC 6749 section 4.1.2, RFC 9207 section 2).
std::string Answered(const AuthRequestAdded& asked, Parameters answer) {
  if (!asked.state().empty()) answer.emplace_back("state", asked.state());
  answer.emplace_back("iss", asked.issuer());
  return RedirectTo(asked.redirect_uri(), asked.response_mode(), answer);
}

// What takes more than a link, tokens or a form that posts, our own page makes where the browser comes
// by (answer_page.h).
std::string ByOwnPage(const AuthRequestAdded& asked, absl::string_view name,
                      absl::string_view value) {
  return absl::StrCat(asked.issuer(), kAnswerPath, "?", name, "=", value);
}

}  // namespace

absl::Status MayBeAnswered(Unit& unit, const Ref<AuthRequest>& request) {
  if (request->state != AuthRequestState::kAsked) {
    return Precondition("handled", "The request was answered already.");
  }
  if (!request->open(unit.Now())) {
    return Precondition("expired", "The request is too old. The application must ask again.");
  }
  const AuthRequestAdded& asked = request->asked;
  ASSIGN_OR_RETURN(const auto application,
                   unit.LoadAny<Application>(
                       ApplicationStreamId(asked.project_id(), asked.application_id())));
  if (!StillRegistered(*application, asked)) {
    return Precondition("withdrawn", "The application is not answered there, or so, any more.");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> AnswerBySession(Unit& unit, const Ref<AuthRequest>& request,
                                            const std::string& session_id,
                                            const std::string& session_token_hash) {
  const AuthRequestAdded asked = request->asked;
  const std::string stream = ApplicationStreamId(asked.project_id(), asked.application_id());
  ASSIGN_OR_RETURN(const SignIn sign_in, ShownSignIn(unit, session_id, session_token_hash));
  RETURN_IF_ERROR(MeetsRequest(asked, sign_in));
  RETURN_IF_ERROR(LetIn(unit, stream, asked.scope(), sign_in.user));
  event::v1::AuthRequestSessionLinked linked;
  linked.set_session_id(session_id);
  linked.set_user_id(sign_in.user.id());
  *linked.mutable_auth_time() = ToTimestamp(sign_in.auth_time);
  for (const auto method : sign_in.amr) linked.add_amr(method);
  unit.Raise(request, std::move(linked));
  const std::string code = LocatedSecret(kAuthCode, request.id(), unit.NewSecret(kLocatedBytes));
  event::v1::AuthRequestCodeAdded added;
  added.set_code_hash(LocatedHash(code));
  *added.mutable_expiration() = ToTimestamp(unit.Now() + kCodeTime);
  unit.Raise(request, std::move(added));
  if (asked.response_type() != event::v1::OIDC_RESPONSE_TYPE_CODE ||
      asked.response_mode() == event::v1::OIDC_RESPONSE_MODE_FORM_POST) {
    return ByOwnPage(asked, "code", code);
  }
  return Answered(asked, {{"code", code}});
}

std::string AnswerByError(Unit& unit, const Ref<AuthRequest>& request, absl::string_view error,
                          absl::string_view description, absl::string_view uri) {
  const AuthRequestAdded asked = request->asked;
  event::v1::AuthRequestFailed failed;
  failed.set_error(std::string(error));
  failed.set_description(std::string(description));
  failed.set_uri(std::string(uri));
  const bool posts = asked.response_mode() == event::v1::OIDC_RESPONSE_MODE_FORM_POST;
  const std::string shown =
      posts ? LocatedSecret(kAuthCode, request.id(), unit.NewSecret(kLocatedBytes)) : "";
  if (posts) failed.set_answer_hash(LocatedHash(shown));
  *failed.mutable_expiration() = ToTimestamp(unit.Now() + kCodeTime);
  unit.Raise(request, std::move(failed));
  if (posts) return ByOwnPage(asked, "failed", shown);
  Parameters answer = {{"error", std::string(error)}};
  if (!description.empty()) answer.emplace_back("error_description", std::string(description));
  if (!uri.empty()) answer.emplace_back("error_uri", std::string(uri));
  return Answered(asked, std::move(answer));
}

}  // namespace muniment::command
