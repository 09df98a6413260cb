// An application's core, as decisions see it.
#ifndef MUNIMENT_COMMAND_APPLICATION_APPLICATION_H_
#define MUNIMENT_COMMAND_APPLICATION_APPLICATION_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "muniment/event/v1/application.visit.h"

namespace muniment::command {

enum class ApplicationState { kNone, kActive, kInactive, kRemoved };

struct Application {
  using Event = event::v1::ApplicationEvent;
  static constexpr absl::string_view kNoun = "application";
  static constexpr TargetKind kTarget = TARGET_APPLICATION;

  ApplicationState state = ApplicationState::kNone;
  std::string application_id;
  std::string project_id;
  std::string organization_id;  // who owns the project
  std::string name;
  std::string client_id;
  std::string secret_hash;  // empty: none
  // Of which sort it is: one of them.
  std::optional<event::v1::OidcConfig> oidc;
  std::optional<event::v1::ApiAuthMethod> api;

  bool exists() const {
    return state == ApplicationState::kActive || state == ApplicationState::kInactive;
  }
  // How it proves itself.
  bool has_secrets() const;
  bool has_keys() const;
  size_t bytes() const { return oidc.has_value() ? oidc->SpaceUsedLong() : 0; }
};

void Fold(Application& application, const event::v1::ApplicationAdded& event);
void Fold(Application& application, const event::v1::ApplicationChanged& event);
void Fold(Application& application, const event::v1::ApplicationDeactivated& event);
void Fold(Application& application, const event::v1::ApplicationReactivated& event);
void Fold(Application& application, const event::v1::ApplicationRemoved& event);
void Fold(Application& application, const event::v1::OidcConfigAdded& event);
void Fold(Application& application, const event::v1::OidcConfigChanged& event);
void Fold(Application& application, const event::v1::OidcSecretChanged& event);
void Fold(Application& application, const event::v1::ApiConfigAdded& event);
void Fold(Application& application, const event::v1::ApiConfigChanged& event);
void Fold(Application& application, const event::v1::ApiSecretChanged& event);

inline absl::string_view OwnerOf(const Application& application) {
  return application.organization_id;
}

// The id of its aggregate: "project/application".
std::string ApplicationStreamId(absl::string_view project_id, absl::string_view application_id);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_APPLICATION_APPLICATION_H_
