// What is found by value: a hint from the read models. It may be behind the log, so it counts only
// after the streams it names are folded, and it is asked again on each rerun.
//
// Implemented over query by the gateway. Thread-safe; answers from local memory or a bounded number
// of local gets, for workers wait for it.
#ifndef MUNIMENT_COMMAND_LOOKUP_H_
#define MUNIMENT_COMMAND_LOOKUP_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "command/snapshot.h"

namespace muniment::command {

// Whom somebody may mean who types a name to sign in: ids of those whose user name, with or without
// a domain behind it, whose verified e-mail address or whose verified phone number it is. Of those who
// share a user name, one an organization, a few stand for all.
struct SignInName {
  std::vector<std::string> by_login_name;
  std::vector<std::string> by_email;
  std::vector<std::string> by_phone;
};

// Names that are to count elsewhere: those of an organization or, where that is empty, of all that have
// no domain policy of their own.
struct NamesElsewhere {
  std::string organization_id;
  bool in_instance = false;  // where each is to be one user's
  bool alone = false;        // login names are to be these names without a domain behind them
};

// Whose names could not count there.
struct NameConflicts {
  static constexpr size_t kTold = 20;

  struct Conflict {
    std::string user_id;
    // Somebody has the name there; else it ends in another organization's domain.
    bool taken = false;
    std::string holder_id = {};  // who has it; may be empty
  };
  uint64_t total = 0;
  std::vector<Conflict> first;  // at most kTold

  void Add(Conflict conflict) {
    ++total;
    if (first.size() < kTold) first.push_back(std::move(conflict));
  }
  void Add(const NameConflicts& others) {
    for (const Conflict& conflict : others.first) Add(conflict);
    total += others.total - others.first.size();
  }
};

class Lookup {
 public:
  virtual ~Lookup() = default;

  // Within the organization, where one is named.
  virtual absl::StatusOr<SignInName> UsersBySignInName(uint64_t instance, absl::string_view name,
                                                       absl::string_view organization_id) = 0;
  // Among the first few thousand of these names.
  virtual absl::StatusOr<NameConflicts> NameConflictsOf(uint64_t instance,
                                                        const NamesElsewhere& names) = 0;
  // `scope`: where the name is unique, an organization's id or empty for the instance.
  virtual absl::StatusOr<std::optional<std::string>> UserByUsername(uint64_t instance,
                                                                    absl::string_view scope,
                                                                    absl::string_view username) = 0;
  // The organization that proved the domain.
  virtual absl::StatusOr<std::optional<std::string>> OrganizationByDomain(
      uint64_t instance, absl::string_view domain) = 0;
  // Where the user is a member.
  virtual absl::StatusOr<std::vector<Scope>> MembershipsOf(uint64_t instance,
                                                           absl::string_view user_id) = 0;
  // The id of the grant of the project to the organization.
  virtual absl::StatusOr<std::optional<std::string>> ProjectGrantOf(
      uint64_t instance, absl::string_view project_id, absl::string_view organization_id) = 0;
  // Ids of up to `most` authorizations of the user.
  virtual absl::StatusOr<std::vector<std::string>> AuthorizationsOf(uint64_t instance,
                                                                    absl::string_view user_id,
                                                                    size_t most) = 0;
  // Ids of up to `most` groups that the user is in and that stand.
  virtual absl::StatusOr<std::vector<std::string>> GroupsOf(uint64_t instance,
                                                            absl::string_view user_id,
                                                            size_t most) = 0;
  // The id of the aggregate of the application that has the client id, "project/application".
  virtual absl::StatusOr<std::optional<std::string>> ApplicationOfClient(
      uint64_t instance, absl::string_view client_id) = 0;
  // Ids of up to `most` sessions of the user that were not terminated.
  virtual absl::StatusOr<std::vector<std::string>> SessionsOf(uint64_t instance,
                                                              absl::string_view user_id,
                                                              size_t most) = 0;
  // Ids of up to `most` families of tokens of the user that were not revoked.
  virtual absl::StatusOr<std::vector<std::string>> TokenFamiliesOf(uint64_t instance,
                                                                   absl::string_view user_id,
                                                                   size_t most) = 0;
};

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_LOOKUP_H_
