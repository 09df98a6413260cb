#include <string>
#include <utility>

#include "base/language.h"
#include "command/instance/instance.h"
#include "command/policy/restrictions.h"
#include "zitadel/admin.pb.h"

namespace muniment::command {

using zitadel::admin::v1::SetDefaultLanguageRequest;
using zitadel::admin::v1::SetDefaultLanguageResponse;

absl::StatusOr<SetDefaultLanguageResponse> SetDefaultLanguage(
    Unit& unit, const SetDefaultLanguageRequest& request) {
  ASSIGN_OR_RETURN(const absl::string_view language, FindSupportedLanguage(request.language()));
  const auto restrictions_loaded = LoadRestrictions(unit);
  ASSIGN_OR_RETURN(const auto instance, unit.LoadAny<Instance>(InstanceScope()));
  ASSIGN_OR_RETURN(const auto restrictions, restrictions_loaded);
  RETURN_IF_ERROR(MustAllow(restrictions->policy, language));
  unit.AnswerWith(instance);
  if (instance->default_language == language) return SetDefaultLanguageResponse();
  event::v1::InstanceDefaultLanguageSet set;
  set.set_language(std::string(language));
  unit.Raise(instance, std::move(set));
  return SetDefaultLanguageResponse();
}

}  // namespace muniment::command
