// A session's row in its published form.
#ifndef MUNIMENT_QUERY_SESSION_PRESENT_H_
#define MUNIMENT_QUERY_SESSION_PRESENT_H_

#include "absl/status/status.h"
#include "query/reader.h"
#include "zitadel/session/v2/session.pb.h"

namespace muniment::query {

// All but how its user is called now, which is another row.
void PresentSession(const Reader& reader, const row::v1::Session& row,
                    zitadel::session::v2::Session* session);

// Fills in the user's login name and display name, where he has them still.
absl::Status NameUser(Reader& reader, zitadel::session::v2::Session* session);

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_SESSION_PRESENT_H_
