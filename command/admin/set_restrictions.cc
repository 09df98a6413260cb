#include <google/protobuf/util/message_differencer.h>

#include <set>
#include <string>
#include <utility>

#include "base/language.h"
#include "command/instance/instance.h"
#include "command/policy/restrictions.h"
#include "zitadel/admin.pb.h"

namespace muniment::command {

using google::protobuf::util::MessageDifferencer;
using zitadel::admin::v1::SelectLanguages;
using zitadel::admin::v1::SetRestrictionsRequest;
using zitadel::admin::v1::SetRestrictionsResponse;

namespace {

// Each once and in order of their tags, however they are given.
absl::Status TakeLanguages(const SelectLanguages& selected, event::v1::Restrictions* wanted) {
  std::set<absl::string_view> tags;
  for (const std::string& tag : selected.list()) {
    ASSIGN_OR_RETURN(const absl::string_view language, FindSupportedLanguage(tag));
    tags.insert(language);
  }
  wanted->clear_allowed_languages();
  for (const absl::string_view tag : tags) wanted->add_allowed_languages(std::string(tag));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SetRestrictionsResponse> SetRestrictions(Unit& unit,
                                                        const SetRestrictionsRequest& request) {
  const auto instance_loaded = unit.LoadAny<Instance>(InstanceScope());
  ASSIGN_OR_RETURN(const auto restrictions, LoadRestrictions(unit));
  ASSIGN_OR_RETURN(const auto instance, instance_loaded);
  event::v1::Restrictions wanted = restrictions->policy;
  if (request.has_disallow_public_org_registration()) {
    wanted.set_disallow_public_org_registration(request.disallow_public_org_registration());
  }
  if (request.has_allowed_languages()) {
    RETURN_IF_ERROR(TakeLanguages(request.allowed_languages(), &wanted));
    RETURN_IF_ERROR(MustAllow(wanted, NearestSupportedLanguage(instance->default_language)));
  }
  unit.AnswerWith(restrictions);
  if (MessageDifferencer::Equals(restrictions->policy, wanted)) return SetRestrictionsResponse();
  event::v1::RestrictionsSet set;
  *set.mutable_policy() = std::move(wanted);
  unit.Raise(restrictions, std::move(set));
  return SetRestrictionsResponse();
}

}  // namespace muniment::command
