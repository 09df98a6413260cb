// What each node holds in memory of the owners of things: whether an organization is active, under
// which domains and policy its people sign in, by which hosts an instance is reached, who manages it
// and what roles are defined. Rows name their owners and do not repeat this, so a revocation holds at
// once and rewrites no dependent row, and login names cost no gets; nor does what nearly every call
// asks.
//
//   if (!owners.Active(instance, user.organization_id())) return NotFound();
//   std::string name = owners.PreferredLoginName(instance, user.organization_id(),
//   user.username());
//
// Filled from the rows when a database is opened and kept up with every batch, before the batch is
// answered for: never behind a view taken since, at most a moment ahead of one. While a table that
// it is filled from is being built it knows less or older things: who decides by its answer asks
// View::Ready of that table.
//
// Thread-safe. An organization is some 200 bytes.
#ifndef MUNIMENT_PROJECTIONS_OWNERS_H_
#define MUNIMENT_PROJECTIONS_OWNERS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "base/access.h"
#include "google/protobuf/message.h"
#include "muniment/event/v1/domain_policy.pb.h"
#include "muniment/event/v1/policy.pb.h"
#include "muniment/row/v1/names.pb.h"
#include "muniment/row/v1/role.pb.h"
#include "muniment/row/v1/row.pb.h"
#include "projections/clients.h"
#include "projections/projects.h"

namespace muniment::projections {

class View;

// Immutable.
struct OrgFacts {
  row::v1::OrgState state = row::v1::ORG_STATE_UNSPECIFIED;
  std::string name;
  std::string primary_domain;
  std::vector<std::string> domains;  // verified ones, sorted, the primary among them
};

// Books of roles (base/access.h) as they stood a moment ago, kept while this is. Null where nothing
// was ever defined.
struct HeldBooks {
  std::shared_ptr<const RoleBook> instance;
  std::shared_ptr<const RoleBook> org;

  RoleBooks books() const { return {instance.get(), org.get()}; }
};

class Owners {
 public:
  // Null for an unknown organization; a removed one is known as such.
  std::shared_ptr<const OrgFacts> Org(uint64_t instance, absl::string_view id) const;
  bool Active(uint64_t instance, absl::string_view id) const;
  // Whether the user, and his organization, are active: only then he acts, by whatever token.
  bool Acts(uint64_t instance, const row::v1::User& user) const;
  // Neither unknown nor removed.
  bool Exists(uint64_t instance, absl::string_view id) const;
  // Organizations that are removed and whose rows are still to be swept.
  std::vector<std::string> Removed(uint64_t instance) const;
  // The organization's own policy, else the instance's, else all false.
  event::v1::DomainPolicy DomainPolicy(uint64_t instance, absl::string_view org) const;
  bool HasDomainPolicy(uint64_t instance, absl::string_view org) const;

  // Whether a user name is one user's in the organization, by that policy or its settings; else in the
  // instance.
  bool NamesInOrganization(uint64_t instance, absl::string_view org) const;
  // Whether its settings say so; whether those of any organization do, so that a user name by itself may
  // be several people's.
  bool ScopesUsernames(uint64_t instance, absl::string_view org) const;
  bool SomeScopeUsernames(uint64_t instance) const;
  // Whether names of the organization may be claimed in the instance: they count there, or are on the
  // move.
  bool NamesInInstance(uint64_t instance, absl::string_view org) const;

  // Likewise, with the factors that it allows; null while the instance has none.
  std::shared_ptr<const row::v1::LoginPolicy> LoginPolicy(uint64_t instance,
                                                          absl::string_view org) const;

  // How many days old a password may become, by the organization's own setting, else the
  // instance's; 0: any.
  uint64_t PasswordMaxAge(uint64_t instance, absl::string_view org) const;

  // Whether what a session proved ends when its user's credentials change; so it is where nothing is
  // known.
  bool SessionsEndWithCredentials(uint64_t instance) const;

  // username, or username@domain for each verified domain where the policy wants it; the preferred
  // one, with the primary domain, first.
  std::vector<std::string> LoginNames(uint64_t instance, absl::string_view org,
                                      absl::string_view username) const;
  std::string PreferredLoginName(uint64_t instance, absl::string_view org,
                                 absl::string_view username) const;

  // The instance that is reached by the host, in lower case and without a port.
  std::optional<uint64_t> InstanceOf(absl::string_view host) const;
  // What the user holds on the instance itself.
  std::vector<std::string> InstanceRoles(uint64_t instance, absl::string_view user_id) const;

  // The roles that are defined for what is the organization's, or for empty on the instance.
  HeldBooks Books(uint64_t instance, absl::string_view org) const;

  const Projects& projects() const { return projects_; }
  const Clients& clients() const { return clients_; }

  // Called by the batch that commits: a row of any table is now `row`, or gone (null) where it was
  // `before`. Tables that say nothing of owners are passed over.
  void Apply(uint64_t instance, const google::protobuf::Message* before,
             const google::protobuf::Message* row);
  // Reads the rows of every instance and then, at once, knows these and nothing else. Nothing is
  // applied meanwhile.
  absl::Status Load(View& view);
  // Whether its rows are what is held here.
  static bool Holds(const google::protobuf::Descriptor* row);

 private:
  using Key = std::pair<uint64_t, std::string>;

  struct Facts {
    absl::flat_hash_map<Key, std::shared_ptr<const OrgFacts>> orgs;
    // Of an organization, or under "" of the instance.
    absl::flat_hash_map<Key, event::v1::DomainPolicy> policies;
    // Organizations whose settings say so; and where names are on the move.
    absl::btree_set<Key> scoped_usernames;
    absl::flat_hash_set<Key> moving_names;
    absl::flat_hash_map<Key, std::shared_ptr<const row::v1::LoginPolicy>> login_policies;
    absl::flat_hash_map<Key, event::v1::PasswordAge> password_ages;
    absl::flat_hash_map<uint64_t, event::v1::SessionPolicy> session_policies;
    absl::flat_hash_map<std::string, uint64_t> hosts;
    absl::flat_hash_map<Key, std::vector<std::string>> managers;
    absl::flat_hash_map<Key, std::shared_ptr<const RoleBook>> books;

    bool NamesInOrganization(uint64_t instance, absl::string_view org) const;

    void Apply(uint64_t instance, const google::protobuf::Message& known, bool stands);
    void ApplySettings(uint64_t instance, const row::v1::OrganizationSettings& row, bool stands);
    void ApplyMove(uint64_t instance, const row::v1::NameMove& row, bool stands);
    void ApplyOrg(uint64_t instance, const row::v1::Org& row, bool stands);
    void ApplyDomain(uint64_t instance, const row::v1::OrgDomain& row, bool stands);
    void ApplyLogin(uint64_t instance, const row::v1::LoginPolicy& row, bool stands);
    void ApplySession(uint64_t instance, const row::v1::SessionPolicy& row, bool stands);
    void ApplyHost(const row::v1::InstanceDomain& row, bool stands);
    void ApplyMember(uint64_t instance, const row::v1::Member& row, bool stands);
    void ApplyRole(uint64_t instance, const row::v1::DefinedRole& row, bool stands);
  };

  mutable absl::Mutex mutex_;
  Facts facts_ ABSL_GUARDED_BY(mutex_);
  Projects projects_;
  Clients clients_;
};

}  // namespace muniment::projections

#endif  // MUNIMENT_PROJECTIONS_OWNERS_H_
