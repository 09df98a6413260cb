// The one way out by HTTP: for providers of mail and SMS, webhooks, logout, identity providers.
// Whoever names a URL to us must not reach by it what only we can reach.
//
//   const Outbound outbound({.allowed = networks});
//   ASSIGN_OR_RETURN(const OutboundResponse answer,
//                    outbound.Send({.method = "POST", .url = endpoint, .headers = headers,
//                                   .body = body}));
//   if (answer.status / 100 != 2) ...
//
// The address that is dialled is looked at, whatever name it came from and whatever a name meant a
// moment before: loopback, private, link-local, shared, reserved and multicast ones are refused
// unless `allowed` has them. http and https only, no user in the URL, no proxy of the environment.
// Redirects are followed, some, each of them looked at anew; never from https to http, and a body
// goes only where it is kept (307, 308) on the same host: another redirect of it is the answer.
// Headers of the request stay with the first host. Certificates are verified.
//
// Thread-safe. Send blocks. No error names more of a URL than its host. Errors: INVALID_ARGUMENT
// "outbound.url_invalid"; PERMISSION_DENIED "outbound.address_refused",
// "outbound.redirect_refused"; UNAVAILABLE "outbound.unreachable", "outbound.tls";
// DEADLINE_EXCEEDED "outbound.timeout"; RESOURCE_EXHAUSTED "outbound.answer_too_large",
// "outbound.too_many_redirects"; CANCELLED "outbound.stopped".
#ifndef MUNIMENT_GATEWAY_OUTBOUND_H_
#define MUNIMENT_GATEWAY_OUTBOUND_H_

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gateway/net/headers.h"
#include "gateway/net/networks.h"

namespace muniment::gateway {

struct OutboundOptions {
  // Dialled although they are none of the public's.
  net::Networks allowed = {};
  absl::Duration timeout = absl::Seconds(30);  // redirects included
  size_t max_body = 1 << 20;                   // of an answer
  int max_redirects = 5;
  // Whose certificates count, in PEM, instead of the system's; empty: those.
  std::string authorities_file = {};
  // "a.example:443:192.0.2.1:8443": the second is dialled where the first is meant. For tests.
  std::vector<std::string> dial_instead = {};
};

struct OutboundRequest {
  std::string method = "GET";
  std::string url;
  net::Headers headers = {};
  std::string body = {};
  // Sooner than the timeout.
  absl::Time deadline = absl::InfiniteFuture();
  // Asked about once a second; false breaks it off.
  std::function<bool()> go_on = [] { return true; };
};

struct OutboundResponse {
  int status = 0;
  net::Headers headers;
  std::string body;
};

class Outbound {
 public:
  explicit Outbound(OutboundOptions options = {}) : options_(std::move(options)) {}

  absl::StatusOr<OutboundResponse> Send(const OutboundRequest& request) const;
  // OK, or "outbound.url_invalid".
  static absl::Status Check(const std::string& url);

 private:
  struct Target;
  struct Transfer;
  static absl::StatusOr<Target> Parse(const std::string& url);
  absl::StatusOr<Target> Next(const Target& from, const std::string& to, bool has_body) const;
  absl::StatusOr<OutboundResponse> Once(const OutboundRequest& request, const Target& target,
                                        absl::Time deadline, std::string* redirect) const;

  const OutboundOptions options_;
};

// Whether an IP address is one of the public's. False for what is no address.
bool IsPublicAddress(absl::string_view address);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_OUTBOUND_H_
