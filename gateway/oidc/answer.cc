#include <memory>
#include <utility>

#include "base/error.h"
#include "base/redirect.h"
#include "base/timestamp.h"
#include "command/oidc/answer_page.h"
#include "gateway/oidc/endpoints.h"
#include "gateway/oidc/issued_tokens.h"

namespace muniment::gateway {
namespace {

void Send(const Visit& visit, const oidc::v1::Answer& answer, Parameters parameters) {
  for (const auto& parameter : answer.parameter()) {
    parameters.emplace_back(parameter.name(), parameter.value());
  }
  if (answer.response_mode() == event::v1::OIDC_RESPONSE_MODE_FORM_POST) {
    return visit.PostOn(answer.redirect_uri(), parameters);
  }
  visit.Redirect(RedirectTo(answer.redirect_uri(), answer.response_mode(), parameters));
}

// RFC 6749 section 4.2.2, OpenID Connect Core section 3.2.2.5.
void SendTokens(const Visit& visit, const oidc::v1::Answer& answer) {
  const auto& issued = answer.issued();
  const auto tokens = MakeTokens(visit, issued);
  if (!tokens.ok()) return visit.RefusePage(tokens.status());
  Parameters parameters;
  if (!tokens->access.empty()) {
    const auto lifetime = ToTime(issued.access_expiration()) - ToTime(issued.issued_at());
    parameters.emplace_back("access_token", tokens->access);
    parameters.emplace_back("token_type", "Bearer");
    parameters.emplace_back("expires_in", absl::StrCat(absl::ToInt64Seconds(lifetime)));
  }
  parameters.emplace_back("id_token", tokens->id);
  Send(visit, answer, std::move(parameters));
}

}  // namespace

void AnswerPage(const VisitPtr& visit) {
  // What is stored and cannot be answered is lost to whoever asked.
  const auto signs = visit->ports->signer->Algorithm(visit->instance);
  if (!signs.ok()) return visit->RefusePage(signs.status());
  visit->Run(command::MakeAnswerHandler(), [visit](absl::StatusOr<command::CommandAnswer> done) {
    if (!done.ok()) return visit->RefusePage(done.status());
    const std::shared_ptr<const google::protobuf::Message> kept(std::move(done->response));
    const auto& answer = static_cast<const oidc::v1::Answer&>(*kept);
    if (!answer.has_issued()) return Send(*visit, answer, {});
    visit->Aside([visit, kept] { SendTokens(*visit, static_cast<const oidc::v1::Answer&>(*kept)); });
  });
}

}  // namespace muniment::gateway
