#include "query/group/present.h"

namespace muniment::query {

void PresentGroup(const Reader&, const row::v1::Group& row, zitadel::group::v2::Group* group) {
  group->set_id(row.id());
  group->set_name(row.name());
  group->set_description(row.description());
  group->set_organization_id(row.organization_id());
  *group->mutable_change_date() = row.stamp().changed();
  *group->mutable_creation_date() = row.stamp().created();
}

}  // namespace muniment::query
