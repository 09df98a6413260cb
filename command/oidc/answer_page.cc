#include "command/oidc/answer_page.h"

#include <string>
#include <utility>

#include "base/crypto.h"
#include "base/error.h"
#include "base/located_secret.h"
#include "base/oauth_error.h"
#include "base/oidc_code.h"
#include "base/timestamp.h"
#include "command/oidc/checks/checks.h"
#include "command/oidc/issue.h"
#include "command/oidc/sign_in.h"

namespace muniment::command {

namespace {

using oidc::v1::Answer;

constexpr Step<TokenFlow> kImplicit[] = {
    {"client_active", "RFC 6749 section 5.2", &ClientActive},
    {"sign_in_stands", "OpenID Connect Core section 3.2.2", &SignInStands},
    {"user_active", "RFC 6749 section 5.2", &UserActive},
    {"user_of_organization", "RFC 6749 section 3.3", &UserOfOrganization},
    {"project_admits", "RFC 6749 section 5.2", &ProjectAdmits},
};

void Add(absl::string_view name, absl::string_view value, Answer* answer) {
  if (value.empty()) return;
  auto* parameter = answer->add_parameter();
  parameter->set_name(std::string(name));
  parameter->set_value(std::string(value));
}

void Address(const event::v1::AuthRequestAdded& asked, Answer* answer) {
  answer->set_redirect_uri(asked.redirect_uri());
  answer->set_response_mode(asked.response_mode());
  Add("state", asked.state(), answer);
  Add("iss", asked.issuer(), answer);
}

// RFC 6749 section 4.2.2; nothing but what the response type asks for.
absl::Status GiveTokens(TokenFlow& flow, Answer* answer) {
  flow.access = (*flow.auth_request)->asked.response_type() ==
                event::v1::OIDC_RESPONSE_TYPE_ID_TOKEN_TOKEN;
  flow.grant.set_grant(event::v1::OIDC_GRANT_IMPLICIT);
  flow.identifies = true;
  RETURN_IF_ERROR(Issue(flow));
  *answer->mutable_issued() = std::move(flow.issued);
  return absl::OkStatus();
}

absl::Status Unknown() {
  return OauthError(Oauth::kInvalidRequest, "There is no such answer, or it is over.");
}

absl::StatusOr<Answer> Answered(Unit& unit, const oidc::v1::Request& request) {
  TokenFlow flow(unit, request);
  RETURN_IF_ERROR(CodeFound(flow));
  RETURN_IF_ERROR(ClientOfCode(flow));
  const AuthRequest& asked = **flow.auth_request;
  // A browser may come by twice; what it was given stands.
  const bool fresh = asked.state == AuthRequestState::kAnswered && CodeInTime(flow).ok();
  if (!fresh || !StillRegistered(**flow.client, asked.asked)) return Unknown();
  Answer answer;
  Address(asked.asked, &answer);
  if (asked.asked.response_type() == event::v1::OIDC_RESPONSE_TYPE_CODE) {
    Add("code", flow.Param("code"), &answer);
    return answer;
  }
  absl::Status status = RunSteps<TokenFlow>(kImplicit, flow);
  if (!status.ok()) return InDevelopment(flow.client, std::move(status));
  RETURN_IF_ERROR(GiveTokens(flow, &answer));
  return answer;
}

absl::StatusOr<Answer> Failed(Unit& unit, const oidc::v1::Request& request) {
  const absl::string_view shown = ParamOf(request, "failed");
  const auto id = IdOfLocated(kAuthCode, shown);
  if (!id.has_value()) return Unknown();
  ASSIGN_OR_RETURN(const auto asked, unit.LoadAny<AuthRequest>(*id));
  const auto& failed = asked->failed;
  if (asked->state != AuthRequestState::kFailed ||
      !ConstantTimeEqual(LocatedHash(shown), failed.answer_hash()) ||
      ToTime(failed.expiration()) <= unit.Now()) {
    return Unknown();
  }
  ASSIGN_OR_RETURN(const auto application,
                   unit.LoadAny<Application>(ApplicationStreamId(
                       asked->asked.project_id(), asked->asked.application_id())));
  if (!StillRegistered(*application, asked->asked)) return Unknown();
  Answer answer;
  Address(asked->asked, &answer);
  Add("error", failed.error(), &answer);
  Add("error_description", failed.description(), &answer);
  Add("error_uri", failed.uri(), &answer);
  return answer;
}

}  // namespace

absl::StatusOr<Answer> MakeAnswer(Unit& unit, const oidc::v1::Request& request) {
  return ParamOf(request, "code").empty() ? Failed(unit, request) : Answered(unit, request);
}

const Handler& MakeAnswerHandler() {
  static const Handler handler = MakeHandler("muniment.oidc.Answer", &MakeAnswer);
  return handler;
}

}  // namespace muniment::command
