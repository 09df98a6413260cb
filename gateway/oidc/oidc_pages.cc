#include "gateway/oidc/oidc_pages.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <thread>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "base/error.h"
#include "base/oauth_error.h"
#include "base/redirect.h"
#include "base/text.h"
#include "gateway/api/host.h"
#include "gateway/login/login.h"
#include "gateway/login/page.h"
#include "gateway/login/step.h"
#include "gateway/oidc/endpoints.h"
#include "gateway/oidc/own_login.h"
#include "gateway/rpc/handler.h"
#include "gateway/rpc/metadata.h"
#include "gateway/rpc/query.h"

namespace muniment::gateway {
namespace {

constexpr size_t kMaxForm = 256 << 10;
constexpr absl::Duration kFreshTime = absl::Seconds(5);
constexpr char kFormScript[] = "document.forms[0].submit();\n";

struct Endpoint {
  absl::string_view path;
  void (*answer)(const VisitPtr& visit);
  bool get;
  bool post;
  // For people's browsers: no other site's pages may read it.
  bool page = false;
  // Of the instance alone, so it may be older than the log.
  bool plain = false;
  // It tells the application itself what is wrong with a request.
  bool tells = false;
};

constexpr Endpoint kEndpoints[] = {
    {"/.well-known/openid-configuration", &Discovery, true, false, false, true},
    {"/.well-known/oauth-authorization-server", &Discovery, true, false, false, true},
    {"/oauth/v2/keys", &Keys, true, false, false, true},
    {"/oauth/v2/authorize", &AuthorizePage, true, true, true, false, true},
    {kAnswerPath, &AnswerPage, true, false, true},
    {"/oauth/v2/token", &Token, false, true},
    {"/oauth/v2/introspect", &Introspect, false, true},
    {"/oauth/v2/revoke", &Revoke, false, true},
    {"/oauth/v2/device_authorization", &DeviceAuthorization, false, true},
    {"/device", &DevicePage, true, false, true},
    {"/oidc/v1/userinfo", &Userinfo, true, true},
    {"/oidc/v1/end_session", &EndSession, true, true, true},
    {kOwnLogin, &LoginNamePage, true, false, true},
    {kNamePath, &LoginNamePage, true, true, true},
    {kPasswordPath, &LoginPasswordPage, true, true, true},
    {kCodePath, &LoginCodePage, true, true, true},
    {kDevicePath, &LoginDevicePage, true, true, true},
    {kConsentPath, &LoginConsentPage, true, true, true},
    {kLogoutPath, &LoginLogoutPage, true, true, true},
};

const Endpoint* Find(absl::string_view path) {
  const auto* found = std::find_if(std::begin(kEndpoints), std::end(kEndpoints),
                                   [path](const Endpoint& row) { return row.path == path; });
  return found == std::end(kEndpoints) ? nullptr : found;
}

void AnswerAsset(net::Exchange& exchange, absl::string_view type, absl::string_view cache,
                 absl::string_view text) {
  net::Headers headers;
  headers.Add("content-type", type);
  headers.Add("cache-control", cache);
  headers.Add("x-content-type-options", "nosniff");
  exchange.Respond(200, std::move(headers), std::string(text));
}

// A path of the login's assets changes with what they hold.
void AnswerLoginAsset(net::Exchange& exchange) {
  const auto [text, type] = LoginAsset(exchange.request().path);
  if (text.empty()) return rpc::AnswerNoRoute(exchange);
  AnswerAsset(exchange, type, "public, max-age=31536000, immutable", text);
}

// A page of another site asks whether it may (Fetch Standard section 3.2).
void AnswerPreflight(net::Exchange& exchange) {
  net::Headers headers;
  headers.Add("access-control-allow-origin", "*");
  headers.Add("access-control-allow-methods", "GET, POST, OPTIONS");
  headers.Add("access-control-allow-headers", "authorization, content-type");
  headers.Add("access-control-max-age", "86400");
  exchange.Respond(204, std::move(headers), "");
}

void RefuseMethod(net::Exchange& exchange, const Endpoint& endpoint) {
  net::Headers headers;
  std::string allowed = endpoint.get ? "GET" : "";
  if (endpoint.get && !endpoint.page) allowed += ", HEAD";
  if (endpoint.post) allowed += allowed.empty() ? "POST" : ", POST";
  headers.Add("allow", allowed);
  exchange.Respond(405, std::move(headers), "");
}

void RefuseEarly(const Visit& visit, const Endpoint& endpoint, const absl::Status& status) {
  if (endpoint.page) return visit.RefusePage(status);
  return endpoint.answer == &Userinfo ? visit.RefuseBearer(status) : visit.Refuse(status);
}

// The instance, and who it is there.
absl::Status Locate(Visit& visit) {
  const net::Request& request = visit.exchange->request();
  const std::optional<std::string> host = HostOf(request.authority);
  const std::optional<uint64_t> instance =
      host.has_value() ? visit.owners().InstanceOf(*host) : std::nullopt;
  if (!instance.has_value()) {
    RETURN_IF_ERROR(visit.ports->database->Read().Ready(
        projections::TablePlan::Of<row::v1::InstanceDomain>()));
    return OauthError(Oauth::kInvalidRequest, "There is no instance at this host.");
  }
  visit.instance = *instance;
  visit.issuer = visit.ports->issuer(*host);
  visit.request.set_issuer(visit.issuer);
  visit.request.set_authorization(std::string(request.headers.Get("authorization")));
  if (!request.headers.Repeated("authorization")) return absl::OkStatus();
  return OauthError(Oauth::kInvalidRequest, "There are two Authorization headers.");
}

// RFC 6749 sections 3.1 and 3.2; `resource` and `audience` may stand there more than once (RFC 8707
// section 2, RFC 8693 section 2.1).
absl::Status EachOnce(const Endpoint& endpoint, oidc::v1::Request& request) {
  absl::flat_hash_set<absl::string_view> seen;
  for (const auto& parameter : request.parameter()) {
    if (parameter.name() == "resource" || parameter.name() == "audience") continue;
    if (seen.insert(parameter.name()).second) continue;
    const bool leads = parameter.name() == "client_id" || parameter.name() == "redirect_uri" ||
                       parameter.name() == "response_mode";
    if (!endpoint.tells || leads) {
      return OauthError(Oauth::kInvalidRequest, "A parameter stands in the request twice.");
    }
    request.set_repeated_parameter(parameter.name());
  }
  return absl::OkStatus();
}

absl::Status AddParameters(absl::string_view text, const Endpoint& endpoint, Visit& visit) {
  auto parameters = rpc::ParseQuery(text);
  if (!parameters.ok()) {
    return OauthError(Oauth::kInvalidRequest, "The parameters are not well-formed.");
  }
  for (auto& [name, value] : *parameters) {
    if (!ValidUtf8(name) || !ValidUtf8(value)) {
      return OauthError(Oauth::kInvalidRequest, "The parameters are not UTF-8.");
    }
    auto* parameter = visit.request.add_parameter();
    parameter->set_name(std::move(name));
    parameter->set_value(std::move(value));
  }
  return EachOnce(endpoint, visit.request);
}

void Begin(const VisitPtr& visit, const Endpoint& endpoint) {
  if (endpoint.plain) return endpoint.answer(visit);
  const absl::Status follows = visit->ports->runner->Follows();
  if (!follows.ok()) return RefuseEarly(*visit, endpoint, follows);
  Freshness* const freshness = visit->ports->freshness;
  if (freshness == nullptr) return endpoint.answer(visit);
  const std::thread::id here = std::this_thread::get_id();
  freshness->Await(visit->began + kFreshTime, [visit, &endpoint, here](const auto& age) {
    // Nothing here is answered of an older state: it proves somebody's rights.
    if (!age.ok() || *age > absl::ZeroDuration()) {
      return RefuseEarly(*visit, endpoint,
                         Error(absl::StatusCode::kUnavailable, "store.unavailable",
                               "The database is away. Try again soon."));
    }
    if (std::this_thread::get_id() == here) return endpoint.answer(visit);
    visit->Aside([visit, &endpoint] { endpoint.answer(visit); });
  });
}

void ReadForm(const VisitPtr& visit, const Endpoint& endpoint) {
  const std::string type =
      rpc::MediaType(visit->exchange->request().headers.Get("content-type"));
  visit->exchange->ReadAll(kMaxForm, [visit, &endpoint, type](absl::StatusOr<std::string> body) {
    absl::Status status = body.status();
    if (!status.ok()) {
      status = OauthError(Oauth::kInvalidRequest, "The body cannot be read, or is too large.");
    } else if (!body->empty() && type != "application/x-www-form-urlencoded") {
      status = OauthError(Oauth::kInvalidRequest,
                          "The body must be of the type application/x-www-form-urlencoded.");
    } else {
      status = AddParameters(*body, endpoint, *visit);
    }
    if (!status.ok()) return RefuseEarly(*visit, endpoint, status);
    Begin(visit, endpoint);
  });
}

}  // namespace

bool OidcPages::Owns(absl::string_view path) {
  return path == kFormScriptPath || absl::StartsWith(path, kLoginAssets) || Find(path) != nullptr;
}

void OidcPages::Handle(std::shared_ptr<net::Exchange> exchange) {
  const net::Request& request = exchange->request();
  const Endpoint* const found = Find(request.path);
  // Pages do something, which a look ahead must not.
  const bool heads = request.method == "HEAD" && found != nullptr && !found->page;
  const bool get = request.method == "GET" || heads;
  if (request.path == kFormScriptPath) {
    return AnswerAsset(*exchange, "text/javascript; charset=utf-8", "max-age=86400", kFormScript);
  }
  if (found == nullptr) return AnswerLoginAsset(*exchange);
  const Endpoint& endpoint = *found;
  if (request.method == "OPTIONS" && !endpoint.page) return AnswerPreflight(*exchange);
  if (!(get ? endpoint.get : endpoint.post && request.method == "POST")) {
    return RefuseMethod(*exchange, endpoint);
  }
  const auto visit = std::make_shared<Visit>();
  visit->exchange = std::move(exchange);
  visit->ports = ports_();
  if (visit->ports == nullptr) {
    return RefuseEarly(*visit, endpoint,
                       OauthError(Oauth::kTemporarilyUnavailable, "The server is starting."));
  }
  visit->began = visit->ports->clock->Now();
  absl::Status status = Locate(*visit);
  // What stands in the URL of a form is no part of it: servers log it.
  if (status.ok() && get) status = AddParameters(request.query, endpoint, *visit);
  if (!status.ok()) return RefuseEarly(*visit, endpoint, status);
  if (get) return Begin(visit, endpoint);
  ReadForm(visit, endpoint);
}

}  // namespace muniment::gateway
