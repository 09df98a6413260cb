#include "projections/owners.h"

#include <algorithm>

#include "base/defined_role.h"
#include "base/error.h"
#include "base/id.h"
#include "eventstore/store.h"
#include "projections/database.h"
#include "projections/rows_by.h"

namespace muniment::projections {

using google::protobuf::Descriptor;
using google::protobuf::Message;

namespace {

std::string At(absl::string_view username, absl::string_view domain) {
  std::string name(username);
  name.append("@").append(domain.data(), domain.size());
  return name;
}

// An organization's own setting stands under its id, the instance's under "".
template <typename Row>
std::pair<uint64_t, std::string> PolicyKey(uint64_t instance, const Row& row) {
  return {instance, row.aggregate() == AGGREGATE_INSTANCE ? std::string() : row.resource_id()};
}

template <typename Policies>
auto FindPolicy(const Policies& policies, uint64_t instance, absl::string_view org) {
  const auto own = policies.find(std::make_pair(instance, std::string(org)));
  return own != policies.end() ? own : policies.find(std::make_pair(instance, std::string()));
}

template <typename Row, typename Policies>
void KeepPolicy(uint64_t instance, const Row& row, bool stands, Policies* policies) {
  if (stands) {
    (*policies)[PolicyKey(instance, row)] = row.policy();
  } else {
    policies->erase(PolicyKey(instance, row));
  }
}

}  // namespace

std::shared_ptr<const OrgFacts> Owners::Org(uint64_t instance, absl::string_view id) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto it = facts_.orgs.find(Key(instance, id));
  return it == facts_.orgs.end() ? nullptr : it->second;
}

bool Owners::Active(uint64_t instance, absl::string_view id) const {
  const auto org = Org(instance, id);
  return org != nullptr && org->state == row::v1::ORG_STATE_ACTIVE;
}

bool Owners::Acts(uint64_t instance, const row::v1::User& user) const {
  return user.state() == row::v1::USER_STATE_ACTIVE && Active(instance, user.organization_id());
}

bool Owners::Exists(uint64_t instance, absl::string_view id) const {
  const auto org = Org(instance, id);
  return org != nullptr &&
         (org->state == row::v1::ORG_STATE_ACTIVE || org->state == row::v1::ORG_STATE_INACTIVE);
}

event::v1::DomainPolicy Owners::DomainPolicy(uint64_t instance, absl::string_view org) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto it = FindPolicy(facts_.policies, instance, org);
  return it == facts_.policies.end() ? event::v1::DomainPolicy() : it->second;
}

bool Owners::HasDomainPolicy(uint64_t instance, absl::string_view org) const {
  absl::ReaderMutexLock lock(&mutex_);
  return facts_.policies.contains(Key(instance, org));
}

bool Owners::Facts::NamesInOrganization(uint64_t instance, absl::string_view org) const {
  if (scoped_usernames.contains(Key(instance, org))) return true;
  const auto it = FindPolicy(policies, instance, org);
  return it != policies.end() && it->second.user_login_must_be_domain();
}

bool Owners::NamesInOrganization(uint64_t instance, absl::string_view org) const {
  absl::ReaderMutexLock lock(&mutex_);
  return facts_.NamesInOrganization(instance, org);
}

bool Owners::ScopesUsernames(uint64_t instance, absl::string_view org) const {
  absl::ReaderMutexLock lock(&mutex_);
  return facts_.scoped_usernames.contains(Key(instance, org));
}

bool Owners::SomeScopeUsernames(uint64_t instance) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto it = facts_.scoped_usernames.lower_bound(Key(instance, ""));
  return it != facts_.scoped_usernames.end() && it->first == instance;
}

bool Owners::NamesInInstance(uint64_t instance, absl::string_view org) const {
  absl::ReaderMutexLock lock(&mutex_);
  const Key own(instance, org);
  if (facts_.moving_names.contains(own)) return true;
  const bool follows = !facts_.policies.contains(own);
  if (follows && facts_.moving_names.contains(Key(instance, ""))) return true;
  return !facts_.NamesInOrganization(instance, org);
}

std::shared_ptr<const row::v1::LoginPolicy> Owners::LoginPolicy(uint64_t instance,
                                                                absl::string_view org) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto it = FindPolicy(facts_.login_policies, instance, org);
  return it == facts_.login_policies.end() ? nullptr : it->second;
}

uint64_t Owners::PasswordMaxAge(uint64_t instance, absl::string_view org) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto it = FindPolicy(facts_.password_ages, instance, org);
  return it == facts_.password_ages.end() ? 0 : it->second.max_age_days();
}

bool Owners::SessionsEndWithCredentials(uint64_t instance) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto it = facts_.session_policies.find(instance);
  return it == facts_.session_policies.end() || it->second.end_with_credentials();
}

std::string Owners::PreferredLoginName(uint64_t instance, absl::string_view org,
                                       absl::string_view username) const {
  const auto facts = Org(instance, org);
  if (facts == nullptr || facts->primary_domain.empty() ||
      !DomainPolicy(instance, org).user_login_must_be_domain()) {
    return std::string(username);
  }
  return At(username, facts->primary_domain);
}

std::vector<std::string> Owners::LoginNames(uint64_t instance, absl::string_view org,
                                            absl::string_view username) const {
  std::vector<std::string> names = {PreferredLoginName(instance, org, username)};
  const auto facts = Org(instance, org);
  if (facts == nullptr || !DomainPolicy(instance, org).user_login_must_be_domain()) return names;
  for (const std::string& domain : facts->domains) {
    if (domain != facts->primary_domain) names.push_back(At(username, domain));
  }
  return names;
}

std::optional<uint64_t> Owners::InstanceOf(absl::string_view host) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto it = facts_.hosts.find(host);
  if (it == facts_.hosts.end()) return std::nullopt;
  return it->second;
}

std::vector<std::string> Owners::InstanceRoles(uint64_t instance, absl::string_view user_id) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto it = facts_.managers.find(Key(instance, user_id));
  return it == facts_.managers.end() ? std::vector<std::string>() : it->second;
}

HeldBooks Owners::Books(uint64_t instance, absl::string_view org) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto book = [&](absl::string_view id) {
    const auto it = facts_.books.find(Key(instance, id));
    return it == facts_.books.end() ? nullptr : it->second;
  };
  return {book(""), org.empty() ? nullptr : book(org)};
}

bool Owners::Holds(const Descriptor* row) {
  static const auto* const rows = new absl::flat_hash_set<const Descriptor*>{
      row::v1::Org::descriptor(), row::v1::OrgDomain::descriptor(),
      row::v1::DomainPolicy::descriptor(), row::v1::LoginPolicy::descriptor(),
      row::v1::InstanceDomain::descriptor(), row::v1::Member::descriptor(),
      row::v1::PasswordAge::descriptor(), row::v1::SessionPolicy::descriptor(),
      row::v1::DefinedRole::descriptor(), row::v1::OrganizationSettings::descriptor(),
      row::v1::NameMove::descriptor()};
  return rows->contains(row) || Projects::Holds(row) || Clients::Holds(row);
}

void Owners::Apply(uint64_t instance, const Message* before, const Message* row) {
  const Message* known = row != nullptr ? row : before;
  if (known == nullptr) return;
  projects_.Apply(instance, *known, row != nullptr);
  clients_.Apply(instance, *known, row != nullptr);
  absl::MutexLock lock(&mutex_);
  facts_.Apply(instance, *known, row != nullptr);
}

absl::Status Owners::Load(View& view) {
  Facts facts;
  // Hosts are the same for all instances, so their rows are the system's.
  RETURN_IF_ERROR(EachRow<row::v1::InstanceDomain>(
      view, eventstore::kSystemInstance, "", [&facts](const Message& row) {
        facts.Apply(eventstore::kSystemInstance, row, true);
      }));
  const std::string managers = TablePlan::Of<row::v1::Member>().Key({AGGREGATE_INSTANCE});
  for (const uint64_t instance : view.instances()) {
    const auto apply = [&](const Message& row) { facts.Apply(instance, row, true); };
    RETURN_IF_ERROR(EachRow<row::v1::Org>(view, instance, "", apply));
    RETURN_IF_ERROR(EachRow<row::v1::OrgDomain>(view, instance, "", apply));
    RETURN_IF_ERROR(EachRow<row::v1::DomainPolicy>(view, instance, "", apply));
    RETURN_IF_ERROR(EachRow<row::v1::OrganizationSettings>(view, instance, "", apply));
    RETURN_IF_ERROR(EachRow<row::v1::NameMove>(view, instance, "", apply));
    RETURN_IF_ERROR(EachRow<row::v1::LoginPolicy>(view, instance, "", apply));
    RETURN_IF_ERROR(EachRow<row::v1::PasswordAge>(view, instance, "", apply));
    RETURN_IF_ERROR(EachRow<row::v1::SessionPolicy>(view, instance, "", apply));
    RETURN_IF_ERROR(EachRow<row::v1::Member>(view, instance, managers, apply));
    RETURN_IF_ERROR(EachRow<row::v1::DefinedRole>(view, instance, "", apply));
  }
  RETURN_IF_ERROR(projects_.Load(view));
  RETURN_IF_ERROR(clients_.Load(view));
  absl::MutexLock lock(&mutex_);
  facts_ = std::move(facts);
  return absl::OkStatus();
}

void Owners::Facts::Apply(uint64_t instance, const Message& known, bool stands) {
  const auto* type = known.GetDescriptor();
  if (type == row::v1::Org::descriptor()) {
    ApplyOrg(instance, static_cast<const row::v1::Org&>(known), stands);
  } else if (type == row::v1::OrgDomain::descriptor()) {
    ApplyDomain(instance, static_cast<const row::v1::OrgDomain&>(known), stands);
  } else if (type == row::v1::DomainPolicy::descriptor()) {
    KeepPolicy(instance, static_cast<const row::v1::DomainPolicy&>(known), stands, &policies);
  } else if (type == row::v1::OrganizationSettings::descriptor()) {
    ApplySettings(instance, static_cast<const row::v1::OrganizationSettings&>(known), stands);
  } else if (type == row::v1::NameMove::descriptor()) {
    ApplyMove(instance, static_cast<const row::v1::NameMove&>(known), stands);
  } else if (type == row::v1::LoginPolicy::descriptor()) {
    ApplyLogin(instance, static_cast<const row::v1::LoginPolicy&>(known), stands);
  } else if (type == row::v1::PasswordAge::descriptor()) {
    KeepPolicy(instance, static_cast<const row::v1::PasswordAge&>(known), stands, &password_ages);
  } else if (type == row::v1::SessionPolicy::descriptor()) {
    ApplySession(instance, static_cast<const row::v1::SessionPolicy&>(known), stands);
  } else if (type == row::v1::InstanceDomain::descriptor()) {
    ApplyHost(static_cast<const row::v1::InstanceDomain&>(known), stands);
  } else if (type == row::v1::Member::descriptor()) {
    ApplyMember(instance, static_cast<const row::v1::Member&>(known), stands);
  } else if (type == row::v1::DefinedRole::descriptor()) {
    ApplyRole(instance, static_cast<const row::v1::DefinedRole&>(known), stands);
  }
}

void Owners::Facts::ApplySettings(uint64_t instance, const row::v1::OrganizationSettings& row,
                                  bool stands) {
  const Key key(instance, row.organization_id());
  if (stands && row.settings().organization_scoped_usernames()) {
    scoped_usernames.insert(key);
  } else {
    scoped_usernames.erase(key);
  }
}

void Owners::Facts::ApplyMove(uint64_t instance, const row::v1::NameMove& row, bool stands) {
  const Key key = PolicyKey(instance, row);
  if (stands && row.state() != row::v1::NAME_MOVE_STATE_ENDED) {
    moving_names.insert(key);
  } else {
    moving_names.erase(key);
  }
}

void Owners::Facts::ApplyOrg(uint64_t instance, const row::v1::Org& row, bool stands) {
  if (!stands) {
    orgs.erase(Key(instance, row.id()));
    return;
  }
  std::shared_ptr<const OrgFacts>& held = orgs[Key(instance, row.id())];
  auto facts = held == nullptr ? std::make_shared<OrgFacts>() : std::make_shared<OrgFacts>(*held);
  facts->state = row.state();
  facts->name = row.name();
  facts->primary_domain = row.primary_domain();
  held = std::move(facts);
}

void Owners::Facts::ApplyDomain(uint64_t instance, const row::v1::OrgDomain& row, bool stands) {
  // A domain's row may be met before its organization's.
  std::shared_ptr<const OrgFacts>& held = orgs[Key(instance, row.organization_id())];
  auto facts = held == nullptr ? std::make_shared<OrgFacts>() : std::make_shared<OrgFacts>(*held);
  auto& domains = facts->domains;
  const auto it = std::lower_bound(domains.begin(), domains.end(), row.domain());
  const bool held_now = it != domains.end() && *it == row.domain();
  const bool wanted = stands && row.verified();
  if (held_now && !wanted) domains.erase(it);
  if (!held_now && wanted) domains.insert(it, row.domain());
  held = std::move(facts);
}

void Owners::Facts::ApplyLogin(uint64_t instance, const row::v1::LoginPolicy& row, bool stands) {
  if (stands) {
    login_policies[PolicyKey(instance, row)] = std::make_shared<const row::v1::LoginPolicy>(row);
  } else {
    login_policies.erase(PolicyKey(instance, row));
  }
}

void Owners::Facts::ApplySession(uint64_t instance, const row::v1::SessionPolicy& row,
                                 bool stands) {
  if (stands) {
    session_policies[instance] = row.policy();
  } else {
    session_policies.erase(instance);
  }
}

void Owners::Facts::ApplyHost(const row::v1::InstanceDomain& row, bool stands) {
  const std::optional<uint64_t> instance = ParseId(row.instance_id());
  if (stands && instance.has_value()) {
    hosts[row.domain()] = *instance;
  } else {
    hosts.erase(row.domain());
  }
}

void Owners::Facts::ApplyMember(uint64_t instance, const row::v1::Member& row, bool stands) {
  if (row.aggregate() != AGGREGATE_INSTANCE) return;
  const Key key(instance, row.user_id());
  if (stands) {
    managers[key].assign(row.role().begin(), row.role().end());
  } else {
    managers.erase(key);
  }
}

// Books are small and rarely change.
void Owners::Facts::ApplyRole(uint64_t instance, const row::v1::DefinedRole& row, bool stands) {
  std::shared_ptr<const RoleBook>& held = books[PolicyKey(instance, row)];
  auto book = held == nullptr ? std::make_shared<RoleBook>() : std::make_shared<RoleBook>(*held);
  if (stands && !row.removed()) {
    book->Put(DefinedRole(row.name(), row.level(), row.permission()));
  } else {
    book->Spend(row.name());
  }
  held = std::move(book);
}

std::vector<std::string> Owners::Removed(uint64_t instance) const {
  absl::ReaderMutexLock lock(&mutex_);
  std::vector<std::string> removed;
  for (const auto& [key, facts] : facts_.orgs) {
    if (key.first == instance && facts->state == row::v1::ORG_STATE_REMOVED) {
      removed.push_back(key.second);
    }
  }
  return removed;
}

}  // namespace muniment::projections
