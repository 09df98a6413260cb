#include "base/oidc_application.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "base/host_name.h"
#include "base/limits.h"
#include "base/timestamp.h"

namespace muniment {
namespace {

using event::v1::OidcConfig;
using Texts = google::protobuf::RepeatedPtrField<std::string>;

// What these name is run, read or opened by a browser itself, and no application's.
constexpr absl::string_view kForeignSchemes[] = {"about", "blob", "data", "file", "filesystem",
                                                 "ftp", "jar", "javascript", "vbscript",
                                                 "view-source", "ws", "wss"};

struct Uri {
  std::string scheme;  // in lower case
  bool has_authority = false;
  absl::string_view authority;
  absl::string_view rest;  // path and query

  bool web() const { return scheme == "http" || scheme == "https"; }
};

bool HasEncodedControl(absl::string_view text) {
  for (size_t at = text.find('%'); at != absl::string_view::npos; at = text.find('%', at + 1)) {
    const std::string code = absl::AsciiStrToLower(text.substr(at + 1, 2));
    if (code < "20" || code == "7f") return true;
  }
  return false;
}

// An absolute URI without a fragment; of http and https with a host.
std::optional<Uri> ParseUri(absl::string_view text) {
  if (!LooksLikeUriReference(text) || absl::StrContains(text, '#') || HasEncodedControl(text)) {
    return std::nullopt;
  }
  const size_t colon = text.find(':');
  if (colon == absl::string_view::npos || text.find_first_of("/?") < colon) return std::nullopt;
  Uri uri;
  uri.scheme = absl::AsciiStrToLower(text.substr(0, colon));
  uri.rest = text.substr(colon + 1);
  if (uri.rest.empty() || absl::c_linear_search(kForeignSchemes, uri.scheme)) return std::nullopt;
  uri.has_authority = absl::ConsumePrefix(&uri.rest, "//");
  if (uri.has_authority) {
    uri.authority = uri.rest.substr(0, uri.rest.find_first_of("/?"));
    uri.rest.remove_prefix(uri.authority.size());
  }
  if (absl::StrContains(uri.authority, '@')) return std::nullopt;
  if (!uri.web()) return uri;
  // A name with some text in the place of each *, to be looked at as one.
  std::string plain(uri.authority);
  std::replace(plain.begin() + static_cast<int64_t>(std::min(plain.size(), plain.rfind(':'))),
               plain.end(), '*', '1');
  std::replace(plain.begin(), plain.end(), '*', 'a');
  const auto host = HostOfAuthority(plain);
  return host.has_value() && HostName(*host).has_value() ? std::optional(uri) : std::nullopt;
}

bool HasWildcard(absl::string_view text) { return absl::StrContains(text, '*'); }

bool IsOrigin(absl::string_view text) {
  const auto uri = ParseUri(text);
  return uri.has_value() && !uri->authority.empty() && uri->rest.empty() && !HasWildcard(text);
}

absl::Status Refuse(absl::string_view what, absl::string_view message, absl::string_view field) {
  absl::Status refused = Error(absl::StatusCode::kInvalidArgument,
                               absl::StrCat("application.", what), message);
  SetErrorFact(refused, "field", field);
  return refused;
}

absl::Status CheckRedirectUris(const Texts& uris, absl::string_view field, bool development) {
  for (int i = 0; i < uris.size(); ++i) {
    const std::string place = absl::StrCat(field, "[", i, "]");
    if (!ParseUri(uris.Get(i)).has_value()) {
      return Refuse("redirect_uri_invalid",
                    "A redirect URI is absolute, without a fragment, user information or control "
                    "characters, and of no scheme that is a browser's own.",
                    place);
    }
    if (!development && HasWildcard(uris.Get(i))) {
      return Refuse("redirect_uri_wildcard",
                    "A * stands in redirect URIs of applications in development mode alone.",
                    place);
    }
  }
  return absl::OkStatus();
}

size_t SizeOf(const Texts& texts) {
  size_t size = 0;
  for (const std::string& text : texts) size += text.size();
  return size;
}

absl::Status CheckTypes(const OidcConfig& config) {
  for (const int type : config.response_type()) {
    const auto needed = type == event::v1::OIDC_RESPONSE_TYPE_CODE
                            ? event::v1::OIDC_GRANT_TYPE_AUTHORIZATION_CODE
                            : event::v1::OIDC_GRANT_TYPE_IMPLICIT;
    if (absl::c_linear_search(config.grant_type(), needed)) continue;
    return Refuse("grant_type_missing",
                  "The response type code takes the grant type authorization code, the others take "
                  "implicit.",
                  "grant_types");
  }
  return absl::OkStatus();
}

bool Has(const OidcConfig& config, event::v1::OidcGrantType type) {
  return absl::c_linear_search(config.grant_type(), type);
}

bool IsLoopback(const Uri& uri) {
  const auto host = HostOfAuthority(uri.authority);
  const auto name = host.has_value() ? HostName(*host) : std::nullopt;
  return name == "localhost" || name == "127.0.0.1" || name == "::1";
}

constexpr OidcProblem kNotCompliant = {
    "Application.OIDC.V1.NotCompliant",
    "The configuration does not comply with OpenID Connect."};
constexpr OidcProblem kNoRedirectUris = {
    "Application.OIDC.V1.NoRedirectUris", "Its grant types need a redirect URI."};
constexpr OidcProblem kWildcard = {
    "Application.OIDC.V1.RedirectUris.Wildcard",
    "A redirect URI is compared character by character; a * belongs into none."};
constexpr OidcProblem kImplicitCustom = {
    "Application.OIDC.V1.Implicit.RedirectUris.CustomNotAllowed",
    "With the grant type implicit no redirect URI has a scheme of the application's own."};
constexpr OidcProblem kImplicitHttp = {
    "Application.OIDC.V1.Implicit.RedirectUris.HttpNotAllowed",
    "With the grant type implicit a redirect URI is https."};
constexpr OidcProblem kImplicitNative = {
    "Application.OIDC.V1.Implicit.RedirectUris.NativeShouldBeHttpLocalhost",
    "A native application with the grant type implicit is reached by http on the device itself."};
constexpr OidcProblem kCodeCustom = {
    "Application.OIDC.V1.Code.RedirectUris.CustomOnlyForNative",
    "Only a native application has redirect URIs with a scheme of its own."};
constexpr OidcProblem kCodeHttp = {
    "Application.OIDC.V1.Code.RedirectUris.HttpOnlyForWeb",
    "An application that runs in a browser has redirect URIs of https."};
constexpr OidcProblem kNativeHttp = {
    "Application.OIDC.V1.Native.RedirectUris.MustBeHttpLocalhost",
    "A native application is reached by http on the device itself alone."};
constexpr OidcProblem kNativeSecret = {
    "Application.OIDC.V1.Native.AuthMethodType.NotNone",
    "A native application can keep nothing secret: its auth method is none."};
constexpr OidcProblem kUserAgentSecret = {
    "Application.OIDC.V1.UserAgent.AuthMethodType.NotNone",
    "An application that runs in a browser can keep nothing secret: its auth method is none."};
constexpr OidcProblem kRefreshAlone = {
    "Application.OIDC.V1.GrantType.Refresh.NoAuthCode",
    "The grant type refresh token takes one by which people sign in."};

std::optional<OidcProblem> ProblemOf(const OidcConfig& config, const Uri& uri) {
  const bool native = config.application_type() == event::v1::OIDC_APPLICATION_TYPE_NATIVE;
  const bool implicit = Has(config, event::v1::OIDC_GRANT_TYPE_IMPLICIT);
  if (!uri.web()) {
    if (implicit) return kImplicitCustom;
    return native ? std::nullopt : std::optional(kCodeCustom);
  }
  const bool http = uri.scheme == "http";
  if (native) {
    if (http && !IsLoopback(uri)) return kNativeHttp;
    return implicit && !http ? std::optional(kImplicitNative) : std::nullopt;
  }
  if (!http) return std::nullopt;
  if (implicit) return kImplicitHttp;
  const bool web = config.application_type() == event::v1::OIDC_APPLICATION_TYPE_WEB;
  return web ? std::nullopt : std::optional(kCodeHttp);
}

// Without its port, where that says nothing: of the loopback interface.
bool SameOnLoopback(const Uri& a, const Uri& b) {
  const auto host = [](const Uri& uri) { return HostName(*HostOfAuthority(uri.authority)); };
  return a.scheme == "http" && b.scheme == "http" && IsLoopback(a) && IsLoopback(b) &&
         host(a) == host(b) && a.rest == b.rest;
}

// A * is any text within one part of a URI. What stands between two of them is looked for from the
// left: the first place leaves the most for the rest.
bool FitsPattern(absl::string_view pattern, absl::string_view text) {
  const std::vector<absl::string_view> pieces = absl::StrSplit(pattern, '*');
  if (!absl::ConsumePrefix(&text, pieces.front())) return false;
  for (size_t i = 1; i < pieces.size(); ++i) {
    const bool last = i + 1 == pieces.size();
    const size_t at = last && text.size() >= pieces[i].size() ? text.size() - pieces[i].size()
                                                              : text.find(pieces[i]);
    if (at == absl::string_view::npos || text.substr(at, pieces[i].size()) != pieces[i]) return false;
    if (text.substr(0, at).find_first_of("/?#@:\\") != absl::string_view::npos) return false;
    text.remove_prefix(at + pieces[i].size());
  }
  return text.empty();
}

constexpr size_t kMaxShownUri = 2048;

bool MayGoTo(const Texts& registered, bool native, bool development, absl::string_view text) {
  if (absl::c_linear_search(registered, text)) return !HasWildcard(text);
  const auto uri = ParseUri(text);
  if (!uri.has_value() || HasWildcard(text) || text.size() > kMaxShownUri) return false;
  return absl::c_any_of(registered, [&](const std::string& each) {
    const auto known = ParseUri(each);
    if (native && known.has_value() && SameOnLoopback(*uri, *known)) return true;
    return development && HasWildcard(each) && FitsPattern(each, text);
  });
}

bool IsNative(const OidcConfig& config) {
  return config.application_type() == event::v1::OIDC_APPLICATION_TYPE_NATIVE;
}

}  // namespace

std::optional<std::string> OriginOf(absl::string_view text) {
  const auto uri = ParseUri(text);
  if (!uri.has_value() || !uri->web() || HasWildcard(uri->authority)) return std::nullopt;
  const absl::string_view written = *HostOfAuthority(uri->authority);
  const std::string host = *HostName(written);
  absl::string_view port = uri->authority.substr(
      static_cast<size_t>(written.data() - uri->authority.data()) + written.size());
  absl::ConsumePrefix(&port, "]");
  absl::ConsumePrefix(&port, ":");
  if (port == (uri->scheme == "http" ? "80" : "443")) port = {};
  const bool ip6 = absl::StrContains(host, ':');
  return absl::StrCat(uri->scheme, "://", ip6 ? "[" : "", host, ip6 ? "]" : "",
                      port.empty() ? "" : ":", port);
}

bool IsWebUrl(absl::string_view text) {
  const auto uri = ParseUri(text);
  return uri.has_value() && uri->web() && !HasWildcard(text);
}

bool IsLoginBase(absl::string_view text) {
  return IsWebUrl(text) && !absl::StrContains(text, '?');
}

absl::Status CheckOidcConfig(const OidcConfig& config) {
  const bool development = config.development_mode();
  RETURN_IF_ERROR(CheckRedirectUris(config.redirect_uri(), "redirect_uris", development));
  RETURN_IF_ERROR(CheckTypes(config));
  RETURN_IF_ERROR(CheckRedirectUris(config.post_logout_redirect_uri(), "post_logout_redirect_uris",
                                    development));
  const auto& skew = config.clock_skew();
  if (skew.seconds() < 0 || skew.nanos() < 0 || skew.nanos() > 999'999'999 ||
      ToDuration(skew) > absl::Seconds(5)) {
    return Refuse("clock_skew", "A clock skew is 0 to 5 seconds.", "clock_skew");
  }
  for (int i = 0; i < config.additional_origin_size(); ++i) {
    if (IsOrigin(config.additional_origin(i))) continue;
    return Refuse("origin_invalid",
                  "An origin is a scheme and a host, such as https://example.com.",
                  absl::StrCat("additional_origins[", i, "]"));
  }
  if (!config.back_channel_logout_uri().empty() && !IsWebUrl(config.back_channel_logout_uri())) {
    return Refuse("back_channel_logout_uri_invalid",
                  "It must be an http or https URL without a fragment.", "back_channel_logout_uri");
  }
  const auto& login = config.login_version().v2();
  if (login.has_base_uri() && !login.base_uri().empty() && !IsLoginBase(login.base_uri())) {
    return Refuse("login_base_uri_invalid",
                  "It must be an http or https URL without a query or a fragment.",
                  "login_version.login_v2.base_uri");
  }
  const size_t size = SizeOf(config.redirect_uri()) + SizeOf(config.post_logout_redirect_uri()) +
                      SizeOf(config.additional_origin());
  if (size > kMaxOidcTexts) {
    return Refuse("too_large",
                  absl::StrCat("All URIs together have at most ", kMaxOidcTexts, " characters."),
                  "redirect_uris");
  }
  return absl::OkStatus();
}

std::vector<OidcProblem> OidcProblems(const OidcConfig& config) {
  std::vector<OidcProblem> problems;
  const auto add = [&problems](const OidcProblem& problem) {
    if (problems.empty()) problems.push_back(kNotCompliant);
    if (!absl::c_linear_search(problems, problem)) problems.push_back(problem);
  };
  const bool code = Has(config, event::v1::OIDC_GRANT_TYPE_AUTHORIZATION_CODE);
  const bool redirects = code || Has(config, event::v1::OIDC_GRANT_TYPE_IMPLICIT);
  if (redirects && config.redirect_uri().empty()) add(kNoRedirectUris);
  for (const std::string& uri : config.redirect_uri()) {
    if (const auto problem = RedirectUriProblem(config, uri)) add(*problem);
  }
  if (Has(config, event::v1::OIDC_GRANT_TYPE_REFRESH_TOKEN) && !code &&
      !Has(config, event::v1::OIDC_GRANT_TYPE_DEVICE_CODE)) {
    add(kRefreshAlone);
  }
  const bool none = config.auth_method() == event::v1::OIDC_AUTH_METHOD_NONE;
  if (!none && config.application_type() == event::v1::OIDC_APPLICATION_TYPE_NATIVE) {
    add(kNativeSecret);
  }
  if (!none && config.application_type() == event::v1::OIDC_APPLICATION_TYPE_USER_AGENT) {
    add(kUserAgentSecret);
  }
  return problems;
}

std::optional<OidcProblem> RedirectUriProblem(const OidcConfig& config, absl::string_view uri) {
  if (HasWildcard(uri)) return kWildcard;
  const auto parsed = ParseUri(uri);
  return parsed.has_value() ? ProblemOf(config, *parsed) : kNotCompliant;
}

bool IsSecureRedirect(absl::string_view uri) {
  const auto parsed = ParseUri(uri);
  return parsed.has_value() && (parsed->scheme != "http" || IsLoopback(*parsed));
}

bool MayRedirectTo(const OidcConfig& config, absl::string_view uri) {
  return MayGoTo(config.redirect_uri(), IsNative(config), config.development_mode(), uri);
}

bool MayReturnTo(const OidcConfig& config, absl::string_view uri) {
  return MayGoTo(config.post_logout_redirect_uri(), IsNative(config), config.development_mode(),
                 uri);
}

std::vector<std::string> AllowedOrigins(const OidcConfig& config) {
  std::vector<std::string> origins;
  const auto add = [&origins](std::string origin) {
    if (!absl::c_linear_search(origins, origin)) origins.push_back(std::move(origin));
  };
  for (const std::string& uri : config.redirect_uri()) {
    if (auto origin = OriginOf(uri)) add(*std::move(origin));
  }
  for (const std::string& origin : config.additional_origin()) add(origin);
  return origins;
}

}  // namespace muniment
