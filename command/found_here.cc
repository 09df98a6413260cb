#include "command/found_here.h"

#include "absl/strings/str_cat.h"
#include "muniment/event/v1/org.pb.h"
#include "muniment/event/v1/project.pb.h"

namespace muniment::command {

std::string DomainFound(absl::string_view domain) { return absl::StrCat("domain/", domain); }

std::string GrantFound(absl::string_view project_id, absl::string_view organization_id) {
  return absl::StrCat("grant/", project_id, "/", organization_id);
}

std::optional<FoundHere> FoundBy(const eventstore::StreamKey& stream,
                                 const google::protobuf::Message& event) {
  const auto* descriptor = event.GetDescriptor();
  if (descriptor == event::v1::OrgDomainEvent::descriptor()) {
    const auto& fact = static_cast<const event::v1::OrgDomainEvent&>(event);
    if (fact.has_verified()) return FoundHere{DomainFound(fact.verified().domain()), stream.id};
  } else if (descriptor == event::v1::ProjectGrantEvent::descriptor()) {
    const auto& fact = static_cast<const event::v1::ProjectGrantEvent&>(event);
    if (!fact.has_added()) return std::nullopt;
    const auto& added = fact.added();
    return FoundHere{GrantFound(added.project_id(), added.granted_organization_id()),
                     added.grant_id()};
  }
  return std::nullopt;
}

}  // namespace muniment::command
