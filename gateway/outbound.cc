#include "gateway/outbound.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/check.h"
#include "base/error.h"
#include "gateway/curl_handle.h"

namespace muniment::gateway {
namespace {

constexpr size_t kMaxHeaderBytes = 64 << 10;

// IANA's special-purpose registries (RFC 6890 and its updates), multicast, and the forms of IPv6
// that carry an address of IPv4 to wherever it leads.
const net::Networks& NotPublic() {
  static const auto* const networks = new net::Networks(*net::Networks::Parse(
      {"0.0.0.0/8",      "10.0.0.0/8",     "100.64.0.0/10",   "127.0.0.0/8",
       "169.254.0.0/16", "172.16.0.0/12",  "192.0.0.0/24",    "192.0.2.0/24",
       "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",   "198.51.100.0/24",
       "203.0.113.0/24", "224.0.0.0/4",    "240.0.0.0/4",     "::/96",
       "::ffff:0:0:0/96", "64:ff9b::/96",  "64:ff9b:1::/48",  "100::/64",
       "2001::/23",      "2001:db8::/32",  "2002::/16",       "3fff::/20",
       "5f00::/16",      "fc00::/7",       "fe80::/10",       "fec0::/10",
       "ff00::/8"}));
  return *networks;
}

absl::Status Refuse(absl::string_view reason, absl::string_view message) {
  return Error(absl::StatusCode::kPermissionDenied, reason, message);
}

absl::Status UrlInvalid() {
  return Error(absl::StatusCode::kInvalidArgument, "outbound.url_invalid",
               "A URL of http or https with a host and without a user is needed.");
}

bool IsRedirect(int status, bool has_body) {
  if (status == 307 || status == 308) return true;
  return !has_body && (status == 301 || status == 302 || status == 303);
}

std::string AddressOf(const sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.sa_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof(text));
  } else if (address.sa_family == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, text,
              sizeof(text));
  }
  return text;
}

std::string Part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return "";
  std::string copy(text);
  curl_free(text);
  return copy;
}

}  // namespace

struct Outbound::Target {
  std::string url, scheme, host, port;

  bool SameOrigin(const Target& other) const {
    return scheme == other.scheme && host == other.host && port == other.port;
  }
};

// What libcurl's callbacks see of one exchange.
struct Outbound::Transfer {
  const OutboundOptions& options;
  OutboundResponse response = {};
  bool refused = false, too_large = false;

  static curl_socket_t Dial(void* self, curlsocktype, curl_sockaddr* address) {
    auto& transfer = *static_cast<Transfer*>(self);
    const std::string dialled = AddressOf(address->addr);
    if (!IsPublicAddress(dialled) && !transfer.options.allowed.Contains(dialled)) {
      transfer.refused = true;
      return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  }
  static size_t Body(char* bytes, size_t, size_t size, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    if (transfer.response.body.size() + size > transfer.options.max_body) {
      transfer.too_large = true;
      return 0;
    }
    transfer.response.body.append(bytes, size);
    return size;
  }
  static size_t Header(char* bytes, size_t, size_t size, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    const absl::string_view line(bytes, size);
    // One that begins anew: what came before was no answer yet (1xx).
    if (absl::StartsWith(line, "HTTP/")) transfer.response.headers.Clear();
    const size_t colon = line.find(':');
    if (colon == absl::string_view::npos) return size;
    if (transfer.response.headers.bytes() + size > kMaxHeaderBytes) {
      transfer.too_large = true;
      return 0;
    }
    transfer.response.headers.Add(absl::AsciiStrToLower(line.substr(0, colon)),
                                  absl::StripAsciiWhitespace(line.substr(colon + 1)));
    return size;
  }

  absl::Status Outcome(CURLcode code, const std::string& host) const;
};

absl::Status Outbound::Transfer::Outcome(CURLcode code, const std::string& host) const {
  if (code == CURLE_OK) return absl::OkStatus();
  if (too_large) {
    return Error(absl::StatusCode::kResourceExhausted, "outbound.answer_too_large",
                 absl::StrCat("The answer of ", host, " is too large."));
  }
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return Error(absl::StatusCode::kDeadlineExceeded, "outbound.timeout",
                   absl::StrCat(host, " does not answer in time."));
    case CURLE_ABORTED_BY_CALLBACK:
      return Error(absl::StatusCode::kCancelled, "outbound.stopped", "It was broken off.");
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
      return Error(absl::StatusCode::kUnavailable, "outbound.tls",
                   absl::StrCat("No TLS with ", host, ": ", curl_easy_strerror(code), "."));
    default:
      break;
  }
  if (refused) {
    return Refuse("outbound.address_refused",
                  absl::StrCat("The address of ", host, " is none of the public's; who means it "
                               "lists it in Outbound.AllowedNetworks."));
  }
  return Error(absl::StatusCode::kUnavailable, "outbound.unreachable",
               absl::StrCat(host, " cannot be reached: ", curl_easy_strerror(code), "."));
}

absl::StatusOr<Outbound::Target> Outbound::Parse(const std::string& url) {
  // Neither libcurl nor we should guess what somebody meant by them.
  for (const char c : url) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c)) || c == ' ') return UrlInvalid();
  }
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
  MUNIMENT_CHECK(parsed != nullptr);
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_DISALLOW_USER) != CURLUE_OK) {
    return UrlInvalid();
  }
  Target target{url, Part(parsed.get(), CURLUPART_SCHEME),
                absl::AsciiStrToLower(Part(parsed.get(), CURLUPART_HOST)),
                Part(parsed.get(), CURLUPART_PORT)};
  if ((target.scheme != "https" && target.scheme != "http") || target.host.empty()) {
    return UrlInvalid();
  }
  return target;
}

absl::StatusOr<Outbound::Target> Outbound::Next(const Target& from, const std::string& to,
                                                bool has_body) const {
  ASSIGN_OR_RETURN(Target next, Parse(to));
  if (from.scheme == "https" && next.scheme != "https") {
    return Refuse("outbound.redirect_refused",
                  absl::StrCat(from.host, " redirects from https to http."));
  }
  if (has_body && !next.SameOrigin(from)) {
    return Refuse("outbound.redirect_refused",
                  absl::StrCat(from.host, " redirects what was meant for it to another origin."));
  }
  return next;
}

absl::StatusOr<OutboundResponse> Outbound::Once(const OutboundRequest& request,
                                                const Target& target, absl::Time deadline,
                                                std::string* redirect) const {
  CurlHandle curl;
  Transfer transfer{options_};
  CurlList headers;
  for (size_t i = 0; i < request.headers.size(); ++i) {
    const absl::string_view value = request.headers.value(i);
    headers.Add(value.empty() ? absl::StrCat(request.headers.name(i), ";")
                              : absl::StrCat(request.headers.name(i), ": ", value));
  }
  // No round trip for the leave to send a body.
  headers.Add("Expect:");
  curl.Set(CURLOPT_URL, target.url.c_str());
  curl.Set(CURLOPT_PROTOCOLS_STR, "http,https");
  curl.Set(CURLOPT_HTTPHEADER, headers.get());
  curl.Set(CURLOPT_USERAGENT, "muniment");
  if (!options_.authorities_file.empty()) {
    curl.Set(CURLOPT_CAINFO, options_.authorities_file.c_str());
  }
  CurlList instead;
  for (const std::string& other : options_.dial_instead) instead.Add(other);
  if (instead.get() != nullptr) curl.Set(CURLOPT_CONNECT_TO, instead.get());
  if (request.method == "HEAD") {
    curl.Set(CURLOPT_NOBODY, 1L);
  } else if (!request.body.empty() || request.method == "POST") {
    curl.Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl.Set(CURLOPT_POSTFIELDS, request.body.data());
  }
  curl.Set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl.Set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::Dial);
  curl.Set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(&transfer));
  curl.Set(CURLOPT_WRITEFUNCTION, &Transfer::Body);
  curl.Set(CURLOPT_WRITEDATA, static_cast<void*>(&transfer));
  curl.Set(CURLOPT_HEADERFUNCTION, &Transfer::Header);
  curl.Set(CURLOPT_HEADERDATA, static_cast<void*>(&transfer));
  RETURN_IF_ERROR(transfer.Outcome(curl.Perform(deadline, request.go_on), target.host));
  transfer.response.status = static_cast<int>(curl.ResponseCode());
  *redirect = curl.RedirectUrl();
  return std::move(transfer.response);
}

absl::StatusOr<OutboundResponse> Outbound::Send(const OutboundRequest& request) const {
  const absl::Time deadline = std::min(request.deadline, absl::Now() + options_.timeout);
  ASSIGN_OR_RETURN(Target target, Parse(request.url));
  const Target first = target;
  const bool has_body = request.method != "GET" && request.method != "HEAD";
  OutboundRequest stranger = request;
  stranger.headers.Clear();
  for (int redirects = 0;; ++redirects) {
    std::string redirect;
    const bool same = target.SameOrigin(first);
    ASSIGN_OR_RETURN(OutboundResponse response,
                     Once(same ? request : stranger, target, deadline, &redirect));
    if (redirect.empty() || !IsRedirect(response.status, has_body)) return response;
    if (redirects == options_.max_redirects) {
      return Error(absl::StatusCode::kResourceExhausted, "outbound.too_many_redirects",
                   absl::StrCat(first.host, " redirects too often."));
    }
    ASSIGN_OR_RETURN(target, Next(target, redirect, has_body));
  }
}

absl::Status Outbound::Check(const std::string& url) { return Parse(url).status(); }

bool IsPublicAddress(absl::string_view address) {
  return net::IsAddress(address) && !NotPublic().Contains(address);
}

}  // namespace muniment::gateway
