// The keys of an instance that whoever verifies its tokens is shown.
#ifndef MUNIMENT_QUERY_WEBKEY_PUBLISHED_H_
#define MUNIMENT_QUERY_WEBKEY_PUBLISHED_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "muniment/row/v1/web_key.pb.h"
#include "projections/database.h"

namespace muniment::query {

// The oldest first. UNAVAILABLE as View::Ready.
absl::StatusOr<std::vector<row::v1::WebKey>> PublishedWebKeys(projections::View& view,
                                                              uint64_t instance);

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_WEBKEY_PUBLISHED_H_
