// Organizations in published form, and what their lists have in common.
#ifndef MUNIMENT_QUERY_ORG_PRESENT_H_
#define MUNIMENT_QUERY_ORG_PRESENT_H_

#include <functional>
#include <string>

#include "query/reader.h"
#include "query/text_query.h"
#include "zitadel/org.pb.h"
#include "zitadel/org/v2/org.pb.h"

namespace muniment::query {

void PresentOrg(const Reader& reader, const row::v1::Org& row, zitadel::org::v2::Organization* out);
void PresentOrg(const Reader& reader, const row::v1::Org& row, zitadel::org::v1::Org* out);

// Whether some domain of the organization, proved or not, is such.
absl::StatusOr<bool> SomeDomain(Reader& reader, const std::string& organization_id,
                                const std::function<bool(const std::string& domain)>& fits);

// Predicate "domain" over organizations, of a filter with a `domain` and a `method`.
template <class Query>
Named DomainOfOrg(Reader& reader) {
  Named named;
  named.name = "domain";
  named.matches = [&reader](const google::protobuf::Message& argument,
                            const google::protobuf::Message& row) -> absl::StatusOr<bool> {
    const auto& query = static_cast<const Query&>(argument);
    const TextQuery wanted(query.domain(), query.method());
    return SomeDomain(reader, static_cast<const row::v1::Org&>(row).id(),
                      [&wanted](const std::string& domain) { return wanted.Fits(domain); });
  };
  return named;
}

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_ORG_PRESENT_H_
