#include "command/instance/hosts.h"

#include <utility>

namespace muniment::command {

void AddHosts(Unit& unit, const Ref<Instance>& instance, const std::vector<std::string>& hosts) {
  const bool first_is_new = !hosts.empty() && !instance->domains.contains(hosts.front());
  for (const std::string& host : hosts) {
    if (instance->domains.contains(host)) continue;
    event::v1::InstanceDomainAdded added;
    added.set_domain(host);
    unit.Raise(instance, std::move(added));
  }
  if (!first_is_new) return;
  event::v1::InstanceDomainPrimarySet primary;
  primary.set_domain(hosts.front());
  unit.Raise(instance, std::move(primary));
}

}  // namespace muniment::command
