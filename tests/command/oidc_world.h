// An instance with an application and people who sign in to it, for tests of OpenID Connect's commands.
#ifndef MUNIMENT_TESTS_COMMAND_OIDC_WORLD_H_
#define MUNIMENT_TESTS_COMMAND_OIDC_WORLD_H_

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "command/oidc/token_family.h"
#include "muniment/oidc/v1/oidc.pb.h"
#include "tests/command/given.h"

namespace muniment::command {

using Form = std::vector<std::pair<std::string, std::string>>;

inline constexpr char kIssuer[] = "https://id.example";
inline constexpr char kRedirect[] = "https://app.example/in";
inline constexpr char kVerifier[] = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
inline constexpr char kChallenge[] = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

// The form with some of its parameters otherwise; an empty value takes one out.
Form With(Form form, const Form& changes);

struct OidcWorld : Given {
  // The organization "acme" owns the project and the people; the application has every grant type.
  OidcWorld();

  // ---- requests

  oidc::v1::Request RequestOf(const Form& form, const std::string& authorization = "") const;
  absl::StatusOr<oidc::v1::Issued> Token(const oidc::v1::Request& request);
  absl::StatusOr<oidc::v1::Issued> Token(const Form& form, const std::string& authorization);
  // The same, of the application.
  absl::StatusOr<oidc::v1::Issued> Token(const Form& form) { return Token(form, basic); }
  absl::StatusOr<oidc::v1::Authorized> Ask(const Form& form);
  absl::StatusOr<oidc::v1::Answer> Answer(const Form& form);

  // ---- a sign-in, step by step

  Form Asked() const;             // a good request to authorize
  std::string NewRequest(const Form& changes = {});  // its id
  std::string Code(const Form& changes = {});        // bob answers it
  Form CodeForm(const std::string& code) const;
  oidc::v1::Issued SignedIn(const Form& changes = {});
  oidc::v1::Request RefreshOf(const oidc::v1::Issued& issued, const Form& changes = {}) const;
  oidc::v1::Request RefreshOf(const std::string& family, const std::string& token) const;

  TokenFamily Family(const std::string& id);

  std::string project_id, application_stream, client_id, client_secret, basic;
  std::string bob_session, bob_token;
};

}  // namespace muniment::command

#endif  // MUNIMENT_TESTS_COMMAND_OIDC_WORLD_H_
