#include "projections/projects.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "projections/database.h"
#include "projections/owners.h"
#include "projections/rows_by.h"

namespace muniment::projections {

using google::protobuf::Descriptor;
using google::protobuf::Message;

namespace {

template <typename Map, typename Key>
auto Find(const Map& map, const Key& key) {
  const auto it = map.find(key);
  return it == map.end() ? typename Map::mapped_type() : it->second;
}

template <typename Row>
void Keep(absl::flat_hash_map<std::pair<uint64_t, std::string>, std::shared_ptr<const Row>>& map,
          uint64_t instance, std::string id, const Row& row, bool stands) {
  const std::pair<uint64_t, std::string> key(instance, std::move(id));
  if (stands) {
    map[key] = std::make_shared<const Row>(row);
  } else {
    map.erase(key);
  }
}

}  // namespace

std::shared_ptr<const row::v1::Project> Projects::Project(uint64_t instance,
                                                          absl::string_view id) const {
  absl::ReaderMutexLock lock(&mutex_);
  return Find(facts_.projects, Key(instance, id));
}

std::shared_ptr<const row::v1::ProjectGrant> Projects::Grant(uint64_t instance,
                                                             absl::string_view id) const {
  absl::ReaderMutexLock lock(&mutex_);
  return Find(facts_.grants, Key(instance, id));
}

std::optional<row::v1::ProjectRole> Projects::Role(uint64_t instance, absl::string_view project,
                                                   absl::string_view key) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto roles = facts_.roles.find(Key(instance, project));
  if (roles == facts_.roles.end()) return std::nullopt;
  const auto role = roles->second.find(key);
  return role == roles->second.end() ? std::nullopt : std::optional(role->second);
}

bool Projects::Exists(const Owners& owners, uint64_t instance, absl::string_view id) const {
  const auto project = Project(instance, id);
  return project != nullptr && project->state() != row::v1::PROJECT_STATE_REMOVED &&
         owners.Exists(instance, project->organization_id());
}

bool Projects::Active(const Owners& owners, uint64_t instance, absl::string_view id) const {
  const auto project = Project(instance, id);
  return project != nullptr && project->state() == row::v1::PROJECT_STATE_ACTIVE &&
         owners.Active(instance, project->organization_id());
}

bool Projects::GrantActive(const Owners& owners, uint64_t instance, absl::string_view id) const {
  const auto grant = Grant(instance, id);
  return grant != nullptr && grant->state() == row::v1::GRANT_STATE_ACTIVE &&
         Active(owners, instance, grant->project_id()) &&
         owners.Active(instance, grant->granted_organization_id());
}

std::vector<std::string> Projects::RolesOf(const Owners& owners, uint64_t instance,
                                           const row::v1::UserGrant& grant) const {
  const bool granted = !grant.project_grant_id().empty();
  const bool active = grant.state() == row::v1::GRANT_STATE_ACTIVE &&
                      (granted ? GrantActive(owners, instance, grant.within())
                               : Active(owners, instance, grant.project_id()));
  return active ? Given(instance, grant) : std::vector<std::string>();
}

std::vector<std::string> Projects::Given(uint64_t instance,
                                         const row::v1::UserGrant& grant) const {
  std::vector<std::string> roles;
  const bool granted = !grant.project_grant_id().empty();
  const auto by = granted ? Grant(instance, grant.within()) : nullptr;
  for (const std::string& key : grant.role_key()) {
    const bool given = !granted || (by != nullptr && std::find(by->role_key().begin(),
                                                               by->role_key().end(),
                                                               key) != by->role_key().end());
    if (given && Role(instance, grant.project_id(), key).has_value()) roles.push_back(key);
  }
  return roles;
}

bool Projects::Holds(const Descriptor* row) {
  return row == row::v1::Project::descriptor() || row == row::v1::ProjectRole::descriptor() ||
         row == row::v1::ProjectGrant::descriptor();
}

void Projects::Apply(uint64_t instance, const Message& known, bool stands) {
  if (!Holds(known.GetDescriptor())) return;
  absl::MutexLock lock(&mutex_);
  facts_.Apply(instance, known, stands);
}

void Projects::Facts::Apply(uint64_t instance, const Message& known, bool stands) {
  const auto* type = known.GetDescriptor();
  if (type == row::v1::Project::descriptor()) {
    const auto& row = static_cast<const row::v1::Project&>(known);
    Keep(projects, instance, row.id(), row, stands);
  } else if (type == row::v1::ProjectGrant::descriptor()) {
    const auto& row = static_cast<const row::v1::ProjectGrant&>(known);
    Keep(grants, instance, absl::StrCat(row.project_id(), "/", row.grant_id()), row, stands);
  } else if (type == row::v1::ProjectRole::descriptor()) {
    const auto& row = static_cast<const row::v1::ProjectRole&>(known);
    const Key key(instance, row.project_id());
    if (stands) {
      roles[key][row.key()] = row;
      return;
    }
    const auto of_project = roles.find(key);
    if (of_project == roles.end()) return;
    of_project->second.erase(row.key());
    if (of_project->second.empty()) roles.erase(of_project);
  }
}

absl::Status Projects::Load(View& view) {
  Facts facts;
  for (const uint64_t instance : view.instances()) {
    const auto apply = [&](const Message& row) { facts.Apply(instance, row, true); };
    RETURN_IF_ERROR(EachRow<row::v1::Project>(view, instance, "", apply));
    RETURN_IF_ERROR(EachRow<row::v1::ProjectRole>(view, instance, "", apply));
    RETURN_IF_ERROR(EachRow<row::v1::ProjectGrant>(view, instance, "", apply));
  }
  absl::MutexLock lock(&mutex_);
  facts_ = std::move(facts);
  return absl::OkStatus();
}

}  // namespace muniment::projections
