// An instance, as decisions see it.
#ifndef MUNIMENT_COMMAND_INSTANCE_INSTANCE_H_
#define MUNIMENT_COMMAND_INSTANCE_INSTANCE_H_

#include <set>
#include <string>

#include "absl/strings/string_view.h"
#include "muniment/event/v1/instance.visit.h"

namespace muniment::command {

struct Instance {
  using Event = event::v1::InstanceEvent;
  static constexpr absl::string_view kNoun = "instance";
  static constexpr TargetKind kTarget = TARGET_INSTANCE;

  bool added = false;
  std::string name;
  std::set<std::string, std::less<>> domains;
  std::string primary_domain;
  std::string default_organization_id;
  std::string default_language;

  bool exists() const { return added; }
};

void Fold(Instance& instance, const event::v1::InstanceAdded& event);
void Fold(Instance& instance, const event::v1::InstanceDomainAdded& event);
void Fold(Instance& instance, const event::v1::InstanceDomainPrimarySet& event);
void Fold(Instance& instance, const event::v1::InstanceDefaultOrgSet& event);
void Fold(Instance& instance, const event::v1::InstanceDefaultLanguageSet& event);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_INSTANCE_INSTANCE_H_
