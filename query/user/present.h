// User rows in the published form.
#ifndef MUNIMENT_QUERY_USER_PRESENT_H_
#define MUNIMENT_QUERY_USER_PRESENT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "muniment/row/v1/row.pb.h"
#include "query/reader.h"
#include "zitadel/user.pb.h"
#include "zitadel/user/v2/user.pb.h"

namespace muniment::query {

// The names under which a user signs in, the preferred one first: the user name itself, or, where
// the organization's policy wants domains, the user name at each of its proved domains.
std::vector<std::string> LoginNames(const Reader& reader, const row::v1::User& user);

void Present(const Reader& reader, const row::v1::User& row, zitadel::user::v2::User* user);

// What stands in no row of the user's own: when a person put off setting up a second factor. A get
// each, all at once.
absl::Status PresentSkips(Reader& reader, absl::Span<zitadel::user::v2::User* const> users);

// As the v1 interface shows him.
void PresentOlder(const Reader& reader, const row::v1::User& row, zitadel::user::v1::User* user);

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_USER_PRESENT_H_
