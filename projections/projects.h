// What each node holds in memory of projects: their states, roles and grants. What a user has of a
// project is decided from it when it is asked, so a role, a grant or a project that ends takes
// effect at once and rewrites no authorization.
//
//   for (const std::string& key : projects.RolesOf(owners, instance, user_grant)) ...
//
// Part of Owners (owners.h), and filled and kept up with it. Thread-safe. A grant is some 300 bytes, a
// role some 200.
#ifndef MUNIMENT_PROJECTIONS_PROJECTS_H_
#define MUNIMENT_PROJECTIONS_PROJECTS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "google/protobuf/message.h"
#include "muniment/row/v1/row.pb.h"

namespace muniment::projections {

class Owners;
class View;

class Projects {
 public:
  // Null for what is not known; a removed project is known as such until it is swept.
  std::shared_ptr<const row::v1::Project> Project(uint64_t instance, absl::string_view id) const;
  // By the id of its aggregate, "project/grant".
  std::shared_ptr<const row::v1::ProjectGrant> Grant(uint64_t instance, absl::string_view id) const;
  std::optional<row::v1::ProjectRole> Role(uint64_t instance, absl::string_view project,
                                           absl::string_view key) const;
  // Neither unknown nor removed, and so its organization.
  bool Exists(const Owners& owners, uint64_t instance, absl::string_view id) const;
  // Whether somebody may have roles of it: it and its organization are active.
  bool Active(const Owners& owners, uint64_t instance, absl::string_view id) const;
  // Whether somebody may have roles by it: it, its project, and both organizations are active.
  bool GrantActive(const Owners& owners, uint64_t instance, absl::string_view id) const;
  // Of an authorization's roles those that the project has, and the grant that it is within.
  std::vector<std::string> Given(uint64_t instance, const row::v1::UserGrant& grant) const;
  // Those of an authorization that count now: what it, the grant that it is within, and the project
  // all have, while each of them and each organization is active. Of the user nothing is asked.
  std::vector<std::string> RolesOf(const Owners& owners, uint64_t instance,
                                   const row::v1::UserGrant& grant) const;

  // For Owners.
  static bool Holds(const google::protobuf::Descriptor* row);
  void Apply(uint64_t instance, const google::protobuf::Message& known, bool stands);
  absl::Status Load(View& view);

 private:
  using Key = std::pair<uint64_t, std::string>;
  using Roles = std::map<std::string, row::v1::ProjectRole, std::less<>>;

  struct Facts {
    absl::flat_hash_map<Key, std::shared_ptr<const row::v1::Project>> projects;
    absl::flat_hash_map<Key, Roles> roles;
    absl::flat_hash_map<Key, std::shared_ptr<const row::v1::ProjectGrant>> grants;

    void Apply(uint64_t instance, const google::protobuf::Message& known, bool stands);
  };

  mutable absl::Mutex mutex_;
  Facts facts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace muniment::projections

#endif  // MUNIMENT_PROJECTIONS_PROJECTS_H_
