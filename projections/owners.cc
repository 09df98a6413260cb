#include "projections/owners.h"

#include <algorithm>

#include "base/error.h"
#include "projections/database.h"

namespace muniment::projections {
namespace {

std::string At(absl::string_view username, absl::string_view domain) {
  std::string name(username);
  name.append("@").append(domain.data(), domain.size());
  return name;
}

template <typename Row, typename Visit>
absl::Status EachRow(View& view, uint64_t instance, Visit visit) {
  RowCursor cursor = view.ScanRows(instance, TablePlan::Of<Row>(), "");
  for (; cursor.Valid(); cursor.Next()) {
    Row row;
    RETURN_IF_ERROR(cursor.Row(&row));
    visit(row);
  }
  return cursor.status();
}

}  // namespace

std::shared_ptr<const OrgFacts> Owners::Org(uint64_t instance, absl::string_view id) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto it = orgs_.find(Key(instance, id));
  return it == orgs_.end() ? nullptr : it->second;
}

bool Owners::Active(uint64_t instance, absl::string_view id) const {
  const auto org = Org(instance, id);
  return org != nullptr && org->state == row::v1::ORG_STATE_ACTIVE;
}

bool Owners::Exists(uint64_t instance, absl::string_view id) const {
  const auto org = Org(instance, id);
  return org != nullptr &&
         (org->state == row::v1::ORG_STATE_ACTIVE || org->state == row::v1::ORG_STATE_INACTIVE);
}

event::v1::DomainPolicy Owners::DomainPolicy(uint64_t instance, absl::string_view org) const {
  absl::ReaderMutexLock lock(&mutex_);
  auto it = policies_.find(Key(instance, org));
  if (it == policies_.end()) it = policies_.find(Key(instance, std::string()));
  return it == policies_.end() ? event::v1::DomainPolicy() : it->second;
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

void Owners::Apply(uint64_t instance, const google::protobuf::Message* before,
                   const google::protobuf::Message* row) {
  const google::protobuf::Message* known = row != nullptr ? row : before;
  if (known == nullptr) return;
  const auto* type = known->GetDescriptor();
  absl::MutexLock lock(&mutex_);
  if (type == row::v1::Org::descriptor()) {
    if (row != nullptr) {
      ApplyOrg(instance, static_cast<const row::v1::Org&>(*row));
    } else {
      orgs_.erase(Key(instance, static_cast<const row::v1::Org&>(*before).id()));
    }
  } else if (type == row::v1::OrgDomain::descriptor()) {
    ApplyDomain(instance, static_cast<const row::v1::OrgDomain&>(*known), row != nullptr);
  } else if (type == row::v1::DomainPolicy::descriptor()) {
    ApplyPolicy(instance, static_cast<const row::v1::DomainPolicy&>(*known), row != nullptr);
  }
}

absl::Status Owners::Load(View& view) {
  {
    absl::MutexLock lock(&mutex_);
    orgs_.clear();
    policies_.clear();
  }
  for (const uint64_t instance : view.instances()) {
    const auto apply = [&](const google::protobuf::Message& row) {
      Apply(instance, nullptr, &row);
    };
    RETURN_IF_ERROR(EachRow<row::v1::Org>(view, instance, apply));
    RETURN_IF_ERROR(EachRow<row::v1::OrgDomain>(view, instance, apply));
    RETURN_IF_ERROR(EachRow<row::v1::DomainPolicy>(view, instance, apply));
  }
  return absl::OkStatus();
}

void Owners::ApplyOrg(uint64_t instance, const row::v1::Org& row) {
  std::shared_ptr<const OrgFacts>& held = orgs_[Key(instance, row.id())];
  auto facts = held == nullptr ? std::make_shared<OrgFacts>() : std::make_shared<OrgFacts>(*held);
  facts->state = row.state();
  facts->name = row.name();
  facts->primary_domain = row.primary_domain();
  held = std::move(facts);
}

void Owners::ApplyDomain(uint64_t instance, const row::v1::OrgDomain& row, bool stands) {
  // A domain's row may be met before its organization's.
  std::shared_ptr<const OrgFacts>& held = orgs_[Key(instance, row.organization_id())];
  auto facts = held == nullptr ? std::make_shared<OrgFacts>() : std::make_shared<OrgFacts>(*held);
  auto& domains = facts->domains;
  const auto it = std::lower_bound(domains.begin(), domains.end(), row.domain());
  const bool held_now = it != domains.end() && *it == row.domain();
  const bool wanted = stands && row.verified();
  if (held_now && !wanted) domains.erase(it);
  if (!held_now && wanted) domains.insert(it, row.domain());
  held = std::move(facts);
}

void Owners::ApplyPolicy(uint64_t instance, const row::v1::DomainPolicy& row, bool stands) {
  const Key key(instance,
                row.aggregate() == AGGREGATE_INSTANCE ? std::string() : row.resource_id());
  if (stands) {
    policies_[key] = row.policy();
  } else {
    policies_.erase(key);
  }
}

std::vector<std::string> Owners::Removed(uint64_t instance) const {
  absl::ReaderMutexLock lock(&mutex_);
  std::vector<std::string> removed;
  for (const auto& [key, facts] : orgs_) {
    if (key.first == instance && facts->state == row::v1::ORG_STATE_REMOVED) {
      removed.push_back(key.second);
    }
  }
  return removed;
}

}  // namespace muniment::projections
