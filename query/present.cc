#include "query/present.h"

#include <string>

namespace muniment::query {

void PresentDetails(const row::v1::Stamp& stamp, absl::string_view resource_owner,
                    zitadel::object::v2::Details* details) {
  details->set_sequence(stamp.sequence());
  *details->mutable_creation_date() = stamp.created();
  *details->mutable_change_date() = stamp.changed();
  details->set_resource_owner(std::string(resource_owner));
}

}  // namespace muniment::query
