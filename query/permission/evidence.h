// What an explanation tells beside the decision: in which state things are, and since which event.
// The caller sees of it what he may read by other calls; the rest is marked as withheld.
//
//   Evidence evidence(reader);
//   ASSIGN_OR_RETURN(*way.add_takes(), evidence.OfOrganization(id));
//
// One call, one thread, like the reader that it is over.
#ifndef MUNIMENT_QUERY_PERMISSION_EVIDENCE_H_
#define MUNIMENT_QUERY_PERMISSION_EVIDENCE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "muniment/api/permission/v1/permission.pb.h"
#include "muniment/row/v1/role.pb.h"
#include "query/reader.h"
#include "query/user/names.h"

namespace muniment::query {

// The words of the answer.
namespace why = ::muniment::api::permission::v1;

// The newest version of a row, which may be gone, and the sequence of the event since when it is in its
// state, or gone.
template <class Row>
struct Past {
  std::optional<Row> row;
  why::State state = why::STATE_UNSPECIFIED;
  uint64_t since = 0;
};

class Evidence {
 public:
  explicit Evidence(Reader& reader) : reader_(reader) {}
  Reader& reader() { return reader_; }

  absl::StatusOr<why::Fact> At(uint64_t sequence);

  // Without a row: there never was one of this id.
  absl::StatusOr<Past<row::v1::Org>> Organization(const std::string& id);
  absl::StatusOr<Past<row::v1::Project>> Project(const std::string& id);
  // "project/grant"
  absl::StatusOr<Past<row::v1::ProjectGrant>> Grant(const std::string& id);
  // In the state REMOVED: he has no roles there any more.
  absl::StatusOr<Past<row::v1::Member>> Member(Level level, const std::string& id,
                                               const std::string& user_id);

  // A role that is, or was, defined for what is the organization's: there, else by the instance.
  absl::StatusOr<std::optional<row::v1::DefinedRole>> Role(const std::string& organization,
                                                           const std::string& name);

  absl::StatusOr<why::Standing> OfUser(const row::v1::User& user);
  absl::StatusOr<why::Standing> OfOrganization(const std::string& id);
  // `granted`: where it is looked at from by who is granted it, or nowhere.
  absl::StatusOr<why::Standing> OfProject(const std::string& id, const Place& granted = {});
  absl::StatusOr<why::Standing> OfGrant(const row::v1::ProjectGrant& grant);

 private:
  absl::StatusOr<why::Standing> Told(why::Thing thing, why::State state, uint64_t since,
                                     bool seen);

  Reader& reader_;
  UserBook users_{reader_};
};

// "project/grant"
std::string IdOf(const row::v1::ProjectGrant& grant);
// Where the project's side decides of a grant, and where the granted side does.
Place OwnersPlace(const row::v1::ProjectGrant& grant);
Place GrantedPlace(const row::v1::ProjectGrant& grant);

// Whether the caller holds the permission on either side.
absl::StatusOr<bool> HoldsOnEither(Reader& reader, absl::string_view permission,
                                   const row::v1::ProjectGrant& grant);

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_PERMISSION_EVIDENCE_H_
