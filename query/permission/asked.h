// The resource that an explanation is about, as the caller may see it.
#ifndef MUNIMENT_QUERY_PERMISSION_ASKED_H_
#define MUNIMENT_QUERY_PERMISSION_ASKED_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "query/permission/evidence.h"
#include "query/reader.h"
#include "zitadel/internal_permission/v2/internal_permission_service.pb.h"

namespace muniment::query {

struct Asked {
  why::Thing thing;
  // Where the permission may be held, as calls have it.
  std::vector<Place> places;
  std::vector<why::Standing> standing;
  bool exists = true;
};

// NOT_FOUND "<noun>.not_found" for one that never was, or that the caller may not see: neither by the
// permission to read it, nor because the user, whose roles he reads, has some on it. INVALID_ARGUMENT
// "request.resource.required".
absl::StatusOr<Asked> AskedOf(Evidence& evidence, const std::string& user_id,
                              absl::string_view permission,
                              const zitadel::internal_permission::v2::ResourceType& named);

// Where a permission is asked for on a grant: who is set over it, and who sees it, is decided on either
// side; the grant itself on the project's, which never decides what users have by it; all else on the
// granted one.
std::vector<Place> PlacesOf(const row::v1::ProjectGrant& grant, absl::string_view permission);

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_PERMISSION_ASKED_H_
