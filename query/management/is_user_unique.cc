#include <string>

#include "query/reader.h"
#include "zitadel/management.pb.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::query {

using row::v1::User;
using zitadel::management::v1::IsUserUniqueRequest;
using zitadel::management::v1::IsUserUniqueResponse;
using zitadel::user::v2::ListUsersRequest;

namespace {

// Everybody counts, whoever asks. An organization that is empty stands for all those of which a name is
// one user's in the instance.
absl::StatusOr<bool> Nobody(Reader& reader, const ListUsersRequest& such,
                            const std::string& organization) {
  ListSpec<User> spec;
  spec.owner_column = "organization_id";
  if (!organization.empty()) {
    spec.only = {{"organization_id", organization}};
  } else {
    spec.sees = [&reader](const User& user) -> absl::StatusOr<bool> {
      return reader.owners().NamesInInstance(reader.instance(), user.organization_id());
    };
  }
  ASSIGN_OR_RETURN(const Page page, reader.Rows(such, std::move(spec)));
  return page.total == 0;
}

}  // namespace

absl::StatusOr<IsUserUniqueResponse> IsUserUnique(Reader& reader,
                                                  const IsUserUniqueRequest& request) {
  ASSIGN_OR_RETURN(const auto org, reader.Target<row::v1::Org>());
  IsUserUniqueResponse response;
  response.set_is_unique(true);
  if (!request.user_name().empty()) {
    ListUsersRequest such;
    auto& query = *such.add_queries()->mutable_user_name_query();
    query.set_user_name(request.user_name());
    query.set_method(zitadel::object::v2::TEXT_QUERY_METHOD_EQUALS_IGNORE_CASE);
    // While names are on the move one has to be free wherever it is to count.
    const bool everywhere = reader.owners().NamesInInstance(reader.instance(), org.id());
    ASSIGN_OR_RETURN(const bool free, Nobody(reader, such, everywhere ? "" : org.id()));
    response.set_is_unique(free);
  }
  if (response.is_unique() && !request.email().empty()) {
    ListUsersRequest such;
    auto& query = *such.add_queries()->mutable_email_query();
    query.set_email_address(request.email());
    query.set_method(zitadel::object::v2::TEXT_QUERY_METHOD_EQUALS_IGNORE_CASE);
    ASSIGN_OR_RETURN(const bool free, Nobody(reader, such, org.id()));
    response.set_is_unique(free);
  }
  return response;
}

}  // namespace muniment::query
