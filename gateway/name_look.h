// A look through the read models for names that could not count where they are to
// (command/lookup.h, NamesElsewhere), and the users whose names that concerns, page by page.
//
//   UserPages pages(database, instance, organization_id);
//   ASSIGN_OR_RETURN(const auto users, pages.Next(view, 200));   // nothing at the end
//
// Each call belongs to one thread. The database outlives it.
#ifndef MUNIMENT_GATEWAY_NAME_LOOK_H_
#define MUNIMENT_GATEWAY_NAME_LOOK_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "command/lookup.h"
#include "muniment/row/v1/row.pb.h"
#include "projections/database.h"

namespace muniment::gateway {

// The users of an organization or, where that is empty, of all that have no domain policy of their own.
// Views may be of different moments: whoever stands in all of them is met.
class UserPages {
 public:
  UserPages(const projections::Database& database, uint64_t instance,
            const std::string& organization_id);

  // Of the next `most` users that are read those whom it concerns, which may be nobody.
  absl::StatusOr<std::optional<std::vector<row::v1::User>>> Next(projections::View& view,
                                                                 size_t most);

 private:
  absl::StatusOr<std::vector<row::v1::User>> NextOfOrganization(projections::View& view,
                                                                size_t most);
  absl::StatusOr<std::vector<row::v1::User>> NextOfAll(projections::View& view, size_t most);

  const projections::Database& database_;
  const uint64_t instance_;
  const std::string organization_;
  std::string behind_;  // the last entry, or key
  bool done_ = false;
};

// Among the first `most` users that are read. `pause` is asked now and then; what is not OK ends the
// look.
absl::StatusOr<command::NameConflicts> LookForNameConflicts(
    const projections::Database& database, uint64_t instance,
    const command::NamesElsewhere& names, size_t most,
    absl::FunctionRef<absl::Status()> pause);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_NAME_LOOK_H_
