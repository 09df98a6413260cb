// The dispatch table of queries, generated: a file query/<aggregate>/<verb_noun>.cc that is named
// like a published method defines
//
//   absl::StatusOr<zitadel::user::v2::GetUserByIDResponse> GetUserByID(
//       Reader& reader, const zitadel::user::v2::GetUserByIDRequest& request);
//
// in muniment::query and serves it from then on. A definition that does not fit does not link.
#ifndef MUNIMENT_QUERY_HANDLER_H_
#define MUNIMENT_QUERY_HANDLER_H_

#include <vector>

#include "base/handler.h"
#include "query/reader.h"

namespace muniment::query {

using Handler = ::muniment::Handler<Reader>;
using ::muniment::MakeHandler;

// In order of names; lives as long as the process.
const std::vector<Handler>& Handlers();

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_HANDLER_H_
