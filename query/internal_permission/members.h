// Who has roles on one thing, as the v1 services list it, and what all lists of such share.
#ifndef MUNIMENT_QUERY_INTERNAL_PERMISSION_MEMBERS_H_
#define MUNIMENT_QUERY_INTERNAL_PERMISSION_MEMBERS_H_

#include <string>

#include "base/access.h"
#include "query/reader.h"
#include "query/user/names.h"
#include "zitadel/member.pb.h"
#include "zitadel/object.pb.h"

namespace muniment::query {

// Neither who has the roles nor what they are on is gone.
absl::StatusOr<bool> MemberStands(Reader& reader, UserBook& users, const row::v1::Member& row);

// What the roles are on: "project/grant" of a grant, "" of the instance; and who owns it.
struct MembersOf {
  Aggregate aggregate = AGGREGATE_INSTANCE;
  std::string id;
  std::string owner;
};

// The page that a list of members asks for, below a target to which the rule was applied, or where
// the caller was found to be allowed.
absl::StatusOr<Page> MemberPage(Reader& reader, const google::protobuf::Message& request,
                                const MembersOf& of);
absl::Status PresentMember(Reader& reader, const row::v1::Member& row, const std::string& owner,
                           zitadel::member::v1::Member* member);

template <class Response>
absl::StatusOr<Response> ListMembers(Reader& reader, const google::protobuf::Message& request,
                                     const MembersOf& of) {
  ASSIGN_OR_RETURN(const Page page, MemberPage(reader, request, of));
  Response response;
  RETURN_IF_ERROR(reader.FillPaging(request, page, &response));
  for (const auto& row : page.rows) {
    RETURN_IF_ERROR(PresentMember(reader, static_cast<const row::v1::Member&>(*row), of.owner,
                                  response.add_result()));
  }
  return response;
}

// The names of the roles that there are on a level, told to whoever manages anything by the rule's
// permission.
absl::StatusOr<std::vector<std::string>> MemberRoles(Reader& reader, Level level);

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_INTERNAL_PERMISSION_MEMBERS_H_
