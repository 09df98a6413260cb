// Tries at names that are nobody's, so that they cost, count and are held back like tries at somebody:
// neither what is answered nor when tells whether a name is known, but for people with dear hashes
// from elsewhere (check_password.h).
//
// Names are counted in a million buckets, by a keyed hash that only this store can make: what was
// typed, which may be a password in the wrong place, is in no event, and whoever makes names up by the
// million fills no disk with streams. Two names of one bucket share a count.
#ifndef MUNIMENT_COMMAND_USER_UNKNOWN_USER_H_
#define MUNIMENT_COMMAND_USER_UNKNOWN_USER_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "command/unit.h"
#include "muniment/event/v1/credential.visit.h"

namespace muniment::command {

struct UnknownUser {
  using Event = event::v1::UnknownUserEvent;
  static constexpr absl::string_view kNoun = "user.unknown";

  // Of whoever asked last.
  std::string organization_id;
  uint64_t failures = 0;

  bool exists() const { return true; }
};

inline absl::string_view OwnerOf(const UnknownUser& user) { return user.organization_id; }

void Fold(UnknownUser& user, const event::v1::UnknownUserCheckFailed& event);

// The id of the name's bucket.
std::string UnknownUserId(const Unit& unit, absl::string_view name);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_UNKNOWN_USER_H_
