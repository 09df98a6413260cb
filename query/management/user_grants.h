// Users' roles of projects as the v1 interface shows them, with more of whose they are.
#ifndef MUNIMENT_QUERY_MANAGEMENT_USER_GRANTS_H_
#define MUNIMENT_QUERY_MANAGEMENT_USER_GRANTS_H_

#include <vector>

#include "query/reader.h"
#include "zitadel/user.pb.h"

namespace muniment::query {

absl::Status PresentUserGrant(Reader& reader, const row::v1::UserGrant& row,
                              zitadel::user::v1::UserGrant* grant);

// The predicates of UserGrantQuery. What a row's user is called and where he is written to is only
// looked for where the caller may read him.
std::vector<Named> UserGrantQueries(Reader& reader);

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_MANAGEMENT_USER_GRANTS_H_
