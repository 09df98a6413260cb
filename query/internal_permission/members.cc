#include "query/internal_permission/members.h"

#include <optional>
#include <utility>

#include "query/present.h"
#include "query/project/present.h"
#include "query/text_query.h"
#include "query/user/names.h"

namespace muniment::query {

using google::protobuf::Message;
using row::v1::Member;

namespace v1 = zitadel::member::v1;

namespace {

const Member& AsMember(const Message& row) { return static_cast<const Member&>(row); }

absl::StatusOr<row::v1::User> UserOf(Reader& reader, const Message& row) {
  ASSIGN_OR_RETURN(auto user, reader.view().Get<row::v1::User>(reader.instance(),
                                                               {AsMember(row).user_id()}));
  return user.has_value() ? *std::move(user) : row::v1::User();
}

// A predicate over the member's user.
template <class Query>
Named OfUser(Reader& reader, std::string name,
             bool (*fits)(const Query& query, const row::v1::User& user)) {
  return Fits<Member, Query>(
      std::move(name),
      [&reader, fits](const Query& query, const Member& row) -> absl::StatusOr<bool> {
        ASSIGN_OR_RETURN(const row::v1::User user, UserOf(reader, row));
        return fits(query, user);
      });
}

}  // namespace

absl::StatusOr<bool> MemberStands(Reader& reader, UserBook& users, const Member& row) {
  ASSIGN_OR_RETURN(const UserNames* names, users.Of(row.user_id()));
  if (names == nullptr) return false;
  const std::string& id = row.resource_id();
  switch (row.aggregate()) {
    case AGGREGATE_INSTANCE:
      return true;
    case AGGREGATE_ORG:
      return reader.owners().Exists(reader.instance(), id);
    case AGGREGATE_PROJECT:
      return reader.projects().Exists(reader.owners(), reader.instance(), id);
    default: {
      const auto grant = reader.projects().Grant(reader.instance(), id);
      return grant != nullptr && GrantStands(reader, *grant);
    }
  }
}

absl::StatusOr<Page> MemberPage(Reader& reader, const Message& request, const MembersOf& of) {
  ListSpec<Member> spec;
  spec.within = projections::TablePlan::Of<Member>().Key(
      {of.aggregate, of.aggregate == AGGREGATE_INSTANCE ? reader.instance_id() : of.id});
  UserBook users(reader);
  spec.sees = [&](const Member& row) { return MemberStands(reader, users, row); };
  spec.named = {
      OfUser<v1::FirstNameQuery>(reader, "first_name",
                                 [](const auto& query, const row::v1::User& user) {
                                   return TextQuery(query.first_name(), query.method())
                                       .Fits(user.profile().given_name());
                                 }),
      OfUser<v1::LastNameQuery>(reader, "last_name",
                                [](const auto& query, const row::v1::User& user) {
                                  return TextQuery(query.last_name(), query.method())
                                      .Fits(user.profile().family_name());
                                }),
      OfUser<v1::EmailQuery>(reader, "email", [](const auto& query, const row::v1::User& user) {
        return TextQuery(query.email(), query.method()).Fits(user.email());
      })};
  const auto owner = [&reader](const Message& row) -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const row::v1::User user, UserOf(reader, row));
    return user.organization_id();
  };
  spec.orders = {{"user_resource_owner", owner}};
  return reader.Rows(request, std::move(spec));
}

absl::Status PresentMember(Reader& reader, const Member& row, const std::string& owner,
                           v1::Member* member) {
  ASSIGN_OR_RETURN(const row::v1::User user, UserOf(reader, row));
  const bool human = user.type() == row::v1::USER_TYPE_HUMAN;
  member->set_user_id(row.user_id());
  PresentDetails(row.stamp(), owner, member->mutable_details());
  *member->mutable_roles() = row.role();
  member->set_preferred_login_name(reader.owners().PreferredLoginName(
      reader.instance(), user.organization_id(), user.username()));
  member->set_email(user.email());
  member->set_first_name(user.profile().given_name());
  member->set_last_name(user.profile().family_name());
  member->set_display_name(human ? user.profile().display_name() : user.name());
  member->set_user_type(human ? zitadel::user::v1::TYPE_HUMAN : zitadel::user::v1::TYPE_MACHINE);
  member->set_user_resource_owner(user.organization_id());
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> MemberRoles(Reader& reader, Level level) {
  RETURN_IF_ERROR(reader.AllowAnywhere());
  ASSIGN_OR_RETURN(const auto held,
                   reader.Books(reader.call().caller.working_organization_id()));
  return RolesFor(level, held.books());
}

}  // namespace muniment::query
