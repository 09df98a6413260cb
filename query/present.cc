#include "query/present.h"

#include <string>

namespace muniment::query {

namespace {

template <class Details>
void Present(const row::v1::Stamp& stamp, absl::string_view resource_owner, Details* details) {
  details->set_sequence(stamp.sequence());
  *details->mutable_creation_date() = stamp.created();
  *details->mutable_change_date() = stamp.changed();
  details->set_resource_owner(std::string(resource_owner));
}

}  // namespace

void PresentDetails(const row::v1::Stamp& stamp, absl::string_view resource_owner,
                    zitadel::object::v2::Details* details) {
  Present(stamp, resource_owner, details);
}

void PresentDetails(const row::v1::Stamp& stamp, absl::string_view resource_owner,
                    zitadel::v1::ObjectDetails* details) {
  Present(stamp, resource_owner, details);
}

}  // namespace muniment::query
