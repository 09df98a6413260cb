// Parts of rows in the published form that many messages share.
#ifndef MUNIMENT_QUERY_PRESENT_H_
#define MUNIMENT_QUERY_PRESENT_H_

#include "absl/strings/string_view.h"
#include "muniment/row/v1/row.pb.h"
#include "zitadel/object.pb.h"
#include "zitadel/object/v2/object.pb.h"

namespace muniment::query {

void PresentDetails(const row::v1::Stamp& stamp, absl::string_view resource_owner,
                    zitadel::object::v2::Details* details);
void PresentDetails(const row::v1::Stamp& stamp, absl::string_view resource_owner,
                    zitadel::v1::ObjectDetails* details);

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_PRESENT_H_
