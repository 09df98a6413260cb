#include "query/permission/evidence.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/timestamp.h"
#include "query/project/present.h"
#include "query/user/names.h"

namespace muniment::query {

using eventstore::StoredEvent;
using projections::TablePlan;

namespace {

why::State StateOf(const row::v1::Org& org) {
  if (org.state() == row::v1::ORG_STATE_REMOVED) return why::STATE_REMOVED;
  return org.state() == row::v1::ORG_STATE_ACTIVE ? why::STATE_ACTIVE : why::STATE_INACTIVE;
}

why::State StateOf(const row::v1::User& user) {
  if (user.state() == row::v1::USER_STATE_LOCKED) return why::STATE_LOCKED;
  return user.state() == row::v1::USER_STATE_ACTIVE ? why::STATE_ACTIVE : why::STATE_INACTIVE;
}

why::State StateOf(const row::v1::Project& project) {
  if (project.state() == row::v1::PROJECT_STATE_REMOVED) return why::STATE_REMOVED;
  return project.state() == row::v1::PROJECT_STATE_ACTIVE ? why::STATE_ACTIVE : why::STATE_INACTIVE;
}

why::State StateOf(const row::v1::ProjectGrant& grant) {
  return grant.state() == row::v1::GRANT_STATE_ACTIVE ? why::STATE_ACTIVE : why::STATE_INACTIVE;
}

template <class Row>
absl::StatusOr<Past<Row>> PastOf(Reader& reader, const std::string& key) {
  ASSIGN_OR_RETURN(const auto versions,
                   reader.view().History(TablePlan::Of<Row>(), reader.instance(), key));
  Past<Row> past;
  if (versions.empty()) return past;
  const auto at = [&versions](size_t i) -> const Row& {
    return static_cast<const Row&>(*versions[i].row);
  };
  size_t first = versions.size() - 1;
  past.row = at(first);
  past.state = StateOf(at(first));
  if (versions[first].to != 0 && past.state != why::STATE_REMOVED) {
    past.state = why::STATE_REMOVED;
    past.since = versions[first].to;
    return past;
  }
  while (first > 0 && versions[first - 1].to == versions[first].from &&
         StateOf(at(first - 1)) == past.state) {
    --first;
  }
  past.since = versions[first].from;
  return past;
}

why::Thing ThingOf(why::Kind kind, const std::string& id) {
  why::Thing thing;
  thing.set_kind(kind);
  thing.set_id(id);
  return thing;
}

}  // namespace

absl::StatusOr<why::Fact> Evidence::At(uint64_t sequence) {
  why::Fact fact;
  fact.set_sequence(sequence);
  absl::Status decoded;
  RETURN_IF_ERROR(reader_.sources().store->ReadInstance(
      reader_.instance(), sequence, sequence, [&](const StoredEvent& stored) {
        const auto event = reader_.sources().codec->DecodeClear(stored);
        decoded = event.status();
        if (!decoded.ok()) return false;
        fact.set_type(event->meta.type);
        fact.set_by(event->meta.actor);
        *fact.mutable_at() = ToTimestamp(event->meta.created_at);
        return true;
      }));
  RETURN_IF_ERROR(decoded);
  if (fact.by().empty()) return fact;
  ASSIGN_OR_RETURN(const UserNames* names, users_.Of(fact.by()));
  if (names == nullptr) return fact;
  ASSIGN_OR_RETURN(const bool seen, reader_.Holds("user.read", names->organization_id));
  if (seen) fact.set_by_login_name(names->preferred_login_name);
  return fact;
}

absl::StatusOr<Past<row::v1::Org>> Evidence::Organization(const std::string& id) {
  return PastOf<row::v1::Org>(reader_, TablePlan::Of<row::v1::Org>().Key({id}));
}

absl::StatusOr<Past<row::v1::Project>> Evidence::Project(const std::string& id) {
  return PastOf<row::v1::Project>(reader_, TablePlan::Of<row::v1::Project>().Key({id}));
}

absl::StatusOr<Past<row::v1::ProjectGrant>> Evidence::Grant(const std::string& id) {
  const size_t at = id.find('/');
  return PastOf<row::v1::ProjectGrant>(
      reader_,
      TablePlan::Of<row::v1::ProjectGrant>().Key({id.substr(0, at), id.substr(at + 1)}));
}

absl::StatusOr<std::optional<row::v1::DefinedRole>> Evidence::Role(const std::string& organization,
                                                                   const std::string& name) {
  RETURN_IF_ERROR(reader_.view().Ready(TablePlan::Of<row::v1::DefinedRole>()));
  if (!organization.empty()) {
    ASSIGN_OR_RETURN(auto own, reader_.view().Get<row::v1::DefinedRole>(
                                   reader_.instance(), {AGGREGATE_ORG, organization, name}));
    if (own.has_value()) return own;
  }
  return reader_.view().Get<row::v1::DefinedRole>(
      reader_.instance(), {AGGREGATE_INSTANCE, reader_.instance_id(), name});
}

absl::StatusOr<Past<row::v1::Member>> Evidence::Member(Level level, const std::string& id,
                                                       const std::string& user_id) {
  const Aggregate aggregate = level == Level::kInstance  ? AGGREGATE_INSTANCE
                              : level == Level::kOrg     ? AGGREGATE_ORG
                              : level == Level::kProject ? AGGREGATE_PROJECT
                                                         : AGGREGATE_PROJECT_GRANT;
  const auto& table = TablePlan::Of<row::v1::Member>();
  const std::string& on = level == Level::kInstance ? reader_.instance_id() : id;
  ASSIGN_OR_RETURN(const auto versions,
                   reader_.view().History(table, reader_.instance(),
                                          table.Key({aggregate, on, user_id})));
  Past<row::v1::Member> past;
  if (versions.empty()) return past;
  const auto& newest = versions.back();
  past.row = static_cast<const row::v1::Member&>(*newest.row);
  past.state = newest.to == 0 ? why::STATE_ACTIVE : why::STATE_REMOVED;
  past.since = newest.to == 0 ? newest.from : newest.to;
  return past;
}

absl::StatusOr<why::Standing> Evidence::Told(why::Thing thing, why::State state, uint64_t since, bool seen) {
  why::Standing standing;
  *standing.mutable_thing() = std::move(thing);
  if (!seen) {
    standing.mutable_thing()->clear_name();
    standing.set_withheld(true);
    return standing;
  }
  standing.set_state(state);
  if (since == 0) return standing;
  ASSIGN_OR_RETURN(*standing.mutable_since(), At(since));
  return standing;
}

absl::StatusOr<why::Standing> Evidence::OfUser(const row::v1::User& user) {
  ASSIGN_OR_RETURN(const auto past, PastOf<row::v1::User>(
                                        reader_, TablePlan::Of<row::v1::User>().Key({user.id()})));
  why::Thing thing = ThingOf(why::KIND_USER, user.id());
  thing.set_name(NamesOf(reader_, user).preferred_login_name);
  return Told(std::move(thing), past.state, past.since, true);
}

absl::StatusOr<why::Standing> Evidence::OfOrganization(const std::string& id) {
  ASSIGN_OR_RETURN(const auto past, Organization(id));
  ASSIGN_OR_RETURN(const bool seen, reader_.Holds("org.read", id));
  why::Thing thing = ThingOf(why::KIND_ORGANIZATION, id);
  if (past.row.has_value()) thing.set_name(past.row->name());
  return Told(std::move(thing), past.state, past.since, seen);
}

absl::StatusOr<why::Standing> Evidence::OfProject(const std::string& id, const Place& granted) {
  ASSIGN_OR_RETURN(const auto past, Project(id));
  why::Thing thing = ThingOf(why::KIND_PROJECT, id);
  bool seen = false;
  if (past.row.has_value()) {
    thing.set_name(past.row->name());
    ASSIGN_OR_RETURN(seen, reader_.Holds("project.read",
                                         Place{.organization_id = past.row->organization_id(),
                                               .project_id = id}));
  }
  if (!seen && !granted.project_grant_id.empty()) {
    ASSIGN_OR_RETURN(seen, reader_.Holds("project.read", granted));
  }
  return Told(std::move(thing), past.state, past.since, seen);
}

absl::StatusOr<why::Standing> Evidence::OfGrant(const row::v1::ProjectGrant& grant) {
  ASSIGN_OR_RETURN(const auto past, Grant(IdOf(grant)));
  ASSIGN_OR_RETURN(const bool seen, HoldsOnEither(reader_, "project.grant.read", grant));
  why::Thing thing = ThingOf(why::KIND_PROJECT_GRANT, grant.grant_id());
  thing.set_name(ProjectName(reader_, grant.project_id()));
  thing.set_project_id(grant.project_id());
  thing.set_granted_organization_id(grant.granted_organization_id());
  return Told(std::move(thing), past.state, past.since, seen);
}

std::string IdOf(const row::v1::ProjectGrant& grant) {
  return absl::StrCat(grant.project_id(), "/", grant.grant_id());
}

Place OwnersPlace(const row::v1::ProjectGrant& grant) {
  return {.organization_id = grant.organization_id(), .project_id = grant.project_id()};
}

Place GrantedPlace(const row::v1::ProjectGrant& grant) {
  return {.organization_id = grant.granted_organization_id(), .project_grant_id = IdOf(grant)};
}

absl::StatusOr<bool> HoldsOnEither(Reader& reader, absl::string_view permission,
                                   const row::v1::ProjectGrant& grant) {
  ASSIGN_OR_RETURN(const bool holds, reader.Holds(permission, OwnersPlace(grant)));
  return holds ? absl::StatusOr<bool>(true) : reader.Holds(permission, GrantedPlace(grant));
}

}  // namespace muniment::query
