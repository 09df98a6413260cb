// One request to an endpoint: read, of which instance it is, and how it is answered.
//
// A visit is shared by the steps that it takes over threads; one step runs at a time. Everything that is
// answered goes out by it, so that what every answer has to say stands here alone: no store of tokens on
// the way (RFC 6749 section 5.1), and errors as RFC 6749 section 5.2 and RFC 6750 section 3 have them.
#ifndef MUNIMENT_GATEWAY_OIDC_VISIT_H_
#define MUNIMENT_GATEWAY_OIDC_VISIT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/caller.h"
#include "base/redirect.h"
#include "command/handler.h"
#include "command/router.h"
#include "gateway/login/page.h"
#include "gateway/net/http.h"
#include "gateway/oidc/ports.h"
#include "muniment/oidc/v1/oidc.pb.h"

namespace muniment::gateway {

// The script of PostOn's page.
inline constexpr absl::string_view kFormScriptPath = "/oauth/v2/authorize/form.js";

struct Visit {
  std::shared_ptr<net::Exchange> exchange;
  const OidcPorts* ports = nullptr;
  uint64_t instance = 0;
  std::string issuer;
  absl::Time began;
  oidc::v1::Request request;

  const projections::Owners& owners() const { return ports->database->owners(); }
  absl::string_view Param(absl::string_view name) const;
  // The token of a Bearer header; empty for none.
  absl::string_view Bearer() const;

  // The browser's own word for what it is; empty for one that is too long, or no text.
  std::string UserAgent() const;

  // Of what the log keeps although nobody has shown a right: RESOURCE_EXHAUSTED "oidc.too_many_requests"
  // where the address has asked too often.
  absl::Status MayAsk() const;

  void Json(int status, std::string body) const;
  // Likewise, of what is the same for everybody for a while.
  void Cached(absl::string_view cache, std::string body) const;
  // The table's error for the status, with what it says in development mode.
  void Refuse(const absl::Status& status) const;
  // What developers are told of it; of what broke in here nothing.
  std::string Description(const absl::Status& status) const;
  // As a resource refuses: with WWW-Authenticate (RFC 6750 section 3). `shown`: a token was.
  void RefuseBearer(const absl::Status& status, bool shown = true) const;
  void Redirect(const std::string& url) const;
  // Of a person's browser: a page of the login (login/page.h), as whose instance it is, in the first of
  // `languages`, of the browser's and of the instance's own that there is and that it allows.
  LoginPage Page(const std::string& name, const std::string& said = "",
                 std::vector<std::string> languages = {}) const;
  void Show(int status, LoginPage page) const;
  // Origins whose pages may show the login in a frame, by the instance's security policy.
  std::vector<std::string> Framers() const;
  // What went wrong.
  void RefusePage(const absl::Status& status) const;
  // A page that posts these to `uri` by itself (OAuth 2.0 Form Post Response Mode 1.0).
  void PostOn(const std::string& uri, const Parameters& parameters) const;

  // Runs a command as the system and hands its answer to `done`, on a thread that must not be kept.
  void Run(const command::Handler& handler,
           absl::AnyInvocable<void(absl::StatusOr<command::CommandAnswer>)> done) const {
    RunAs(Caller::System(), handler, std::move(done));
  }
  void RunAs(Caller caller, const command::Handler& handler,
             absl::AnyInvocable<void(absl::StatusOr<command::CommandAnswer>)> done) const;
  // The published command of that name; in the organization, where one is named.
  void Call(absl::string_view method, std::shared_ptr<const google::protobuf::Message> message,
            absl::AnyInvocable<void(absl::StatusOr<command::CommandAnswer>)> done,
            const std::string& organization_id = "") const;
  // On a thread that may take its time, else, where all have too much to do, here: what was stored is
  // answered.
  void Aside(const std::function<void()>& work) const;

 private:
  void Run(command::CommandCall call,
           absl::AnyInvocable<void(absl::StatusOr<command::CommandAnswer>)> done) const;
};

using VisitPtr = std::shared_ptr<Visit>;

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_OIDC_VISIT_H_
