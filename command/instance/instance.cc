#include "command/instance/instance.h"

namespace muniment::command {

void Fold(Instance& instance, const event::v1::InstanceAdded& event) {
  instance.added = true;
  instance.name = event.name();
}

void Fold(Instance& instance, const event::v1::InstanceDomainAdded& event) {
  instance.domains.insert(event.domain());
}

void Fold(Instance& instance, const event::v1::InstanceDomainPrimarySet& event) {
  instance.primary_domain = event.domain();
}

void Fold(Instance& instance, const event::v1::InstanceDefaultOrgSet& event) {
  instance.default_organization_id = event.organization_id();
}

void Fold(Instance& instance, const event::v1::InstanceDefaultLanguageSet& event) {
  instance.default_language = event.language();
}

}  // namespace muniment::command
