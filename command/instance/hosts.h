// The hosts by which an instance is reached.
#ifndef MUNIMENT_COMMAND_INSTANCE_HOSTS_H_
#define MUNIMENT_COMMAND_INSTANCE_HOSTS_H_

#include <string>
#include <vector>

#include "command/instance/instance.h"
#include "command/unit.h"

namespace muniment::command {

// Adds those of `hosts` (lower case, A-labels, no ports) that the instance lacks. The first of them
// becomes the primary one when it is new; one that stands stays what it is, as somebody may have
// made another primary since.
void AddHosts(Unit& unit, const Ref<Instance>& instance, const std::vector<std::string>& hosts);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_INSTANCE_HOSTS_H_
