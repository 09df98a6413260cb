// To whom a project is granted by a grant, of what the read models hold: a grant's id never comes to
// stand for another.
#ifndef MUNIMENT_GATEWAY_API_GRANTED_H_
#define MUNIMENT_GATEWAY_API_GRANTED_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "projections/owners.h"

namespace muniment::gateway {

// Empty for one that there is not. As MessageMap::Apply asks for it.
inline auto GrantedIn(const projections::Owners& owners, uint64_t instance) {
  return [&owners, instance](const std::string& project_id,
                             const std::string& grant_id) -> std::string {
    const auto grant =
        owners.projects().Grant(instance, absl::StrCat(project_id, "/", grant_id));
    return grant == nullptr ? "" : grant->granted_organization_id();
  };
}

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_API_GRANTED_H_
