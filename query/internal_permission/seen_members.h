// What a caller sees of who has roles on what.
#ifndef MUNIMENT_QUERY_INTERNAL_PERMISSION_SEEN_MEMBERS_H_
#define MUNIMENT_QUERY_INTERNAL_PERMISSION_SEEN_MEMBERS_H_

#include <optional>

#include "absl/status/statusor.h"
#include "query/reader.h"

namespace muniment::query {

// By the rule's permission behind the name of the level (TARGET_RESOURCE).
struct SeenMembers {
  // By columns of row::v1::Member.
  Visibility visibility;
  // Of all, those on the instance too.
  bool on_instance = true;
};

// Nothing where no columns say it: who may read some levels of one place and not the others, or came by
// too many places.
absl::StatusOr<std::optional<SeenMembers>> FindSeenMembers(Reader& reader);

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_INTERNAL_PERMISSION_SEEN_MEMBERS_H_
