// Groups in published form.
#ifndef MUNIMENT_QUERY_GROUP_PRESENT_H_
#define MUNIMENT_QUERY_GROUP_PRESENT_H_

#include "query/reader.h"
#include "zitadel/group/v2/group_service.pb.h"

namespace muniment::query {

void PresentGroup(const Reader& reader, const row::v1::Group& row,
                  zitadel::group::v2::Group* group);

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_GROUP_PRESENT_H_
