#include "query/org/present.h"
#include "zitadel/org/v2/org_service.pb.h"

namespace muniment::query {
namespace {

using google::protobuf::Message;
using row::v1::Org;
using zitadel::org::v2::ListOrganizationsRequest;
using zitadel::org::v2::ListOrganizationsResponse;
using zitadel::org::v2::Organization;
using zitadel::org::v2::OrganizationDomainQuery;

Named Default(Reader& reader) {
  Named named;
  named.name = "default";
  named.matches = [&reader](const Message&, const Message& row) -> absl::StatusOr<bool> {
    ASSIGN_OR_RETURN(const auto instance, reader.view().Get<row::v1::Instance>(
                                              reader.instance(), {reader.instance_id()}));
    return instance.has_value() &&
           instance->default_organization_id() == static_cast<const Org&>(row).id();
  };
  return named;
}

}  // namespace

absl::StatusOr<ListOrganizationsResponse> ListOrganizations(
    Reader& reader, const ListOrganizationsRequest& request) {
  ListSpec<Org> spec;
  spec.owner_column = "id";
  spec.named = {DomainOfOrg<OrganizationDomainQuery>(reader), Default(reader)};
  return reader.List<ListOrganizationsResponse, Org, Organization>(request, std::move(spec),
                                                                   &PresentOrg);
}

}  // namespace muniment::query
