// Applications in published form, and which of them still stand.
#ifndef MUNIMENT_QUERY_APPLICATION_PRESENT_H_
#define MUNIMENT_QUERY_APPLICATION_PRESENT_H_

#include "query/reader.h"
#include "zitadel/application/v2/application_service.pb.h"

namespace muniment::query {

void PresentApplication(const Reader& reader, const row::v1::Application& row,
                        zitadel::application::v2::Application* application);

// What the lists of applications and of their keys have in common: who sees them, and that they end
// with their project.
template <class Row>
ListSpec<Row> OfProjects(const Reader& reader) {
  ListSpec<Row> spec;
  spec.owner_column = "organization_id";
  spec.managed.projects = {"project_id"};
  spec.stands = [&reader](const Row& row) {
    return reader.projects().Exists(reader.owners(), reader.instance(), row.project_id());
  };
  spec.sweeps = {{"sweep.project", "project_id"}};
  return spec;
}

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_APPLICATION_PRESENT_H_
