// What a caller sees of who has roles on what.
#ifndef MUNIMENT_QUERY_INTERNAL_PERMISSION_SEEN_MEMBERS_H_
#define MUNIMENT_QUERY_INTERNAL_PERMISSION_SEEN_MEMBERS_H_

#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "query/reader.h"

namespace muniment::query {

// By the rule's permission behind the name of the level (TARGET_RESOURCE).
struct SeenMembers {
  // Of what somebody sees who has roles: of the organization itself, of projects, and of grants.
  struct Levels {
    bool org = false;
    bool project = false;
    bool grant = false;
  };
  using Places = absl::flat_hash_map<std::string, Levels>;

  // Whether the caller sees it, but for what is his own.
  bool Sees(const Reader& reader, const row::v1::Member& row) const;

  // The same of all, and what is his own, by columns of row::v1::Member. Nothing where no columns say
  // it: who may read some levels of one place and not the others, or came by too many places.
  std::optional<Visibility> columns = Visibility();

  // Who has roles on the instance, and, of the whole instance, on what is in it.
  bool on_instance = false;
  Levels by_instance = {};
  // "project/grant".
  Places by_organization = {}, by_project = {}, by_grant = {};
};

absl::StatusOr<SeenMembers> FindSeenMembers(Reader& reader);

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_INTERNAL_PERMISSION_SEEN_MEMBERS_H_
