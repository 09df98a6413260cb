// A request at the token endpoint on its way through the table of checks (token.cc). Each check stands
// in a file of its own in checks/, with what it keeps; it looks at what those before it found, adds
// what it finds, and refuses with an error of base/oauth_error.h.
//
//   absl::Status CheckGrantType(TokenFlow& flow);
//
// A check may be pending as any part of a command (command/unit.h).
#ifndef MUNIMENT_COMMAND_OIDC_FLOW_H_
#define MUNIMENT_COMMAND_OIDC_FLOW_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/client_auth.h"
#include "command/application/application.h"
#include "command/oidc/auth_request.h"
#include "command/oidc/device_auth.h"
#include "command/oidc/exchange.h"
#include "command/oidc/token_family.h"
#include "command/unit.h"
#include "command/user/user.h"
#include "muniment/event/v1/oidc.pb.h"
#include "muniment/oidc/v1/oidc.pb.h"

namespace muniment::command {

// The value of a parameter; empty where it is absent or empty, which is the same (RFC 6749 section
// 3.2).
absl::string_view ParamOf(const oidc::v1::Request& request, absl::string_view name);

struct TokenFlow {
  TokenFlow(Unit& the_unit, const oidc::v1::Request& the_request)
      : unit(the_unit), request(the_request) {}

  absl::string_view Param(absl::string_view name) const { return ParamOf(request, name); }

  Unit& unit;
  const oidc::v1::Request& request;

  ShownClient shown;
  std::string assertion_id;          // that is redeemed with this
  std::optional<Ref<Application>> client;  // none: a machine asks for itself
  std::optional<Ref<User>> user;           // whose tokens they are
  std::optional<Ref<AuthRequest>> auth_request;
  std::optional<Ref<DeviceAuth>> device;
  std::string signed_in_user_id;           // who answered one of them
  std::optional<Ref<TokenFamily>> family;  // that goes on, or begins
  // What is granted: of a family that begins, its first event.
  event::v1::OidcSessionAdded grant;
  std::vector<std::string> scope;  // of this answer
  bool scope_given = false;        // what is exchanged has one, which no other is wider than
  absl::Time not_after = absl::InfiniteFuture();  // of what is given for it
  std::optional<TokenType> exchanged_for;
  bool access = true;              // an access token goes with it
  bool refreshes = false;          // a refresh token does
  bool identifies = false;         // an ID token does
  bool repeated = false;           // the answer is that of the last refresh once more
  std::string nonce;
  oidc::v1::Issued issued;

  bool begins() const { return !family.has_value() || !(*family)->added; }
};

// What the request shows of its client, read once (base/client_auth.h).
absl::Status ReadShown(TokenFlow& flow);

// One line of the table.
template <class Flow>
struct Step {
  absl::string_view name;
  absl::string_view source;
  absl::Status (*check)(Flow& flow);
};

// All of them in order, up to the first that refuses; its name and source become facts of the error.
template <class Flow>
absl::Status RunSteps(absl::Span<const Step<Flow>> steps, Flow& flow);

// "client_known: RFC 6749 section 2.3" of each: the table, as it is read.
template <class Flow>
std::vector<std::string> LinesOf(absl::Span<const Step<Flow>> steps);

// Of a client in development mode, whose developers are told more.
absl::Status InDevelopment(const std::optional<Ref<Application>>& client, absl::Status status);

absl::Status FailedAt(absl::Status status, absl::string_view name, absl::string_view source);

template <class Flow>
absl::Status RunSteps(absl::Span<const Step<Flow>> steps, Flow& flow) {
  for (const Step<Flow>& step : steps) {
    absl::Status status = step.check(flow);
    if (!status.ok()) return FailedAt(std::move(status), step.name, step.source);
  }
  return absl::OkStatus();
}

template <class Flow>
std::vector<std::string> LinesOf(absl::Span<const Step<Flow>> steps) {
  std::vector<std::string> lines;
  for (const Step<Flow>& step : steps) lines.push_back(absl::StrCat(step.name, ": ", step.source));
  return lines;
}

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_OIDC_FLOW_H_
