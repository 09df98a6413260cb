#include "gateway/oidc/reading_client.h"

#include <optional>

#include "base/client_auth.h"
#include "base/error.h"
#include "base/oidc_application.h"
#include "base/timestamp.h"
#include "command/oidc/token.h"

namespace muniment::gateway {
namespace {

using row::v1::Application;

ClientFacts FactsOf(const Visit& visit, const Application& application) {
  using Proves = ClientFacts::Proves;
  ClientFacts facts;
  facts.client_id = application.client_id();
  facts.secret_hash = application.secret_hash();
  if (application.type() == row::v1::APPLICATION_TYPE_API) {
    facts.proves = NeedsSecret(application.api_auth_method()) ? Proves::kSecret : Proves::kKey;
  } else {
    const auto method = application.oidc().auth_method();
    facts.proves = NeedsSecret(method) ? Proves::kSecret
                   : method == event::v1::OIDC_AUTH_METHOD_NONE ? Proves::kNothing
                                                                : Proves::kKey;
    facts.clock_skew = ToDuration(application.oidc().clock_skew());
  }
  facts.key = [&visit, id = application.id()](
                  absl::string_view key_id) -> std::optional<ClientKey> {
    const auto row = visit.owners().clients().Key(visit.instance, id, key_id);
    if (row == nullptr) return std::nullopt;
    ClientKey key;
    key.public_key = row->public_key();
    if (row->has_expiration()) key.expiration = ToTime(row->expiration());
    return key;
  };
  return facts;
}

}  // namespace

void SetInDevelopment(const Application& application, absl::Status& status) {
  if (application.oidc().development_mode()) {
    SetErrorFact(status, command::kInDevelopment, "true");
  }
}

absl::StatusOr<std::shared_ptr<const Application>> ReadingClient(const Visit& visit,
                                                                 const projections::View& view) {
  RETURN_IF_ERROR(view.Ready(projections::TablePlan::Of<Application>()));
  RETURN_IF_ERROR(view.Ready(projections::TablePlan::Of<row::v1::ApplicationKey>()));
  ASSIGN_OR_RETURN(const ShownClient shown,
                   ReadClient(visit.request.authorization(),
                              [&visit](absl::string_view name) { return visit.Param(name); }));
  auto application = visit.owners().clients().Find(visit.instance, shown.id);
  if (application == nullptr) return UnknownClient();
  RETURN_IF_ERROR(ProveClient(shown, FactsOf(visit, *application),
                              {.issuer = visit.issuer, .now = visit.began})
                      .status());
  const bool active =
      application->state() == row::v1::APPLICATION_STATE_ACTIVE &&
      visit.owners().projects().Active(visit.owners(), visit.instance, application->project_id());
  if (!active) return UnknownClient();
  return application;
}

}  // namespace muniment::gateway
