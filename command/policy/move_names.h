// The move of names to where they are to count (domain_policy.h): the steps of the reactor "move.names",
// as the system. It is about an organization or, on the instance, about all that have no domain policy
// of their own.
//
//   claim    every name is claimed in the other scope beside; from the event on that began the move
//            whoever takes a name does so himself
//   decide   the setting is set where every name is claimed, else the move is refused
//   release  claims go where names do not count: where they counted, or where they were to
//
// Both passes over the users are one step, SettleNames, which makes of each name what the settings of
// his organization say now: so it is done again by whoever takes over, and two moves that meet (an
// organization's and the instance's, which began while the other was under way) do each other no harm.
// The users of a pass are those whom read models show that stand behind the beginning: who came later
// read it, and who was there is among them.
#ifndef MUNIMENT_COMMAND_POLICY_MOVE_NAMES_H_
#define MUNIMENT_COMMAND_POLICY_MOVE_NAMES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "command/lookup.h"
#include "command/policy/settings.h"
#include "command/unit.h"

namespace muniment::command {

// A move under way.
struct NameMove {
  uint64_t number = 0;  // of those that were ever begun there
  bool decided = false;
  NamesElsewhere names;
};

// None, where none is.
absl::StatusOr<std::optional<NameMove>> NameMoveOf(Unit& unit, const Scope& scope);

// Leaves what the streams confirm of a hint, whose total then counts so many fewer.
absl::Status ConfirmConflicts(Unit& unit, const NamesElsewhere& names, NameConflicts& found);

// At most this many users at once.
inline constexpr size_t kSettledAtOnce = 160;

// Has the names of these users claimed where they count and are to count, and nowhere else. Into
// `conflicts` goes, and is passed over, whose name is to be a login name by itself and ends in another's
// domain. Whoever is removed is passed over.
absl::Status SettleNames(Unit& unit, const std::vector<std::string>& user_ids,
                         NameConflicts& conflicts);
// The same where names are login names by themselves since a moment: whoever proved a domain while they
// were not takes from these users what ends in it, as he would have (command/org/claim_usernames.h).
absl::Status SettleLoginNames(Unit& unit, const std::vector<std::string>& user_ids);

// Sets what was wanted, or leaves it and tells why. Nothing where the move of this number is decided, or
// the organization is removed.
absl::Status CompleteNameMove(Unit& unit, const Scope& scope, uint64_t number);
absl::Status RefuseNameMove(Unit& unit, const Scope& scope, uint64_t number,
                            const NameConflicts& conflicts);

// Its outcome. One that is not decided ends so only with its organization.
absl::Status EndNameMove(Unit& unit, const Scope& scope);

// Sets a policy at once.
void RaiseDomainPolicy(Unit& unit, const Ref<DomainPolicy>& policy,
                       event::v1::DomainPolicy wanted);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_POLICY_MOVE_NAMES_H_
