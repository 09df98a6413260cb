#include "query/reader.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/access.h"
#include "base/crypto.h"
#include "base/session_token.h"
#include "google/protobuf/util/time_util.h"
#include "muniment/row/v1/role.pb.h"
#include "muniment/row/v1/work.pb.h"
#include "projections/rows_by.h"
#include "projections/session_key.h"
#include "zitadel/filter/v2/filter.pb.h"
#include "zitadel/object.pb.h"
#include "zitadel/object/v2/object.pb.h"

namespace muniment::query {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// So many pieces of work are looked at one by one for what they leave not standing, among so many of all
// instances.
constexpr uint64_t kMaxSweeps = 100;
constexpr size_t kMaxWork = 10'000;

absl::Status NeedsPermission(const Rule& rule) {
  return Error(absl::StatusCode::kPermissionDenied, "auth.permission_denied",
               absl::StrCat("The call needs the permission ", rule.permission(), "."));
}

void SetTime(absl::Time time, google::protobuf::Timestamp* out) {
  *out = google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
}

}  // namespace

Reader::Reader(ReadCall call, projections::View view, const Sources& sources)
    : call_(std::move(call)), view_(std::move(view)), sources_(sources) {}

std::string Reader::instance_id() const { return absl::StrCat(call_.instance); }

absl::Status Reader::Begin() {
  if (call_.rule->open()) {
    rule_applied_ = on_target_ = true;
    return absl::OkStatus();
  }
  if (!call_.caller.known()) {
    return Error(absl::StatusCode::kUnauthenticated, "auth.required",
                 "The call needs a token (authorization: Bearer ...).");
  }
  if (call_.rule->authenticated() || call_.caller.system) {
    rule_applied_ = on_target_ = true;
    return absl::OkStatus();
  }
  if (call_.rule->target() != TARGET_INSTANCE) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool holds, Holds(call_.rule->permission(), ""));
  if (!holds) return NeedsPermission(*call_.rule);
  rule_applied_ = on_target_ = true;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<row::v1::Member>> Reader::Memberships(const std::string& user_id) {
  return projections::RowsBy<row::v1::Member>(view_, call_.instance, "user", {user_id});
}

absl::Status Reader::AllowAnywhere() {
  ASSIGN_OR_RETURN(bool holds, Holds(call_.rule->permission(), ""));
  if (!holds && !call_.caller.must_change_password) {
    ASSIGN_OR_RETURN(const auto members, Memberships(call_.caller.user_id));
    for (const row::v1::Member& member : members) {
      const std::optional<Counting> counting = Counts(member);
      if (holds || !counting.has_value()) continue;
      const std::vector<std::string> roles(member.role().begin(), member.role().end());
      ASSIGN_OR_RETURN(holds, Permits(counting->level, roles, call_.rule->permission(),
                                      counting->organization));
    }
  }
  if (!holds) return NeedsPermission(*call_.rule);
  rule_applied_ = true;
  return absl::OkStatus();
}

absl::Status Reader::Finish() const {
  if (rule_applied_) return absl::OkStatus();
  return Error(absl::StatusCode::kInternal, "query.rule_not_applied",
               "A query answered without asking who may call it.");
}

absl::StatusOr<std::vector<std::string>> Reader::RolesOn(Level level, const std::string& id,
                                                         const std::string& user_id) {
  if (level == Level::kInstance) return owners().InstanceRoles(call_.instance, user_id);
  const std::tuple<Level, std::string, std::string> key(level, id, user_id);
  if (const auto known = roles_.find(key); known != roles_.end()) return known->second;
  const Aggregate aggregate = level == Level::kOrg       ? AGGREGATE_ORG
                              : level == Level::kProject ? AGGREGATE_PROJECT
                                                         : AGGREGATE_PROJECT_GRANT;
  ASSIGN_OR_RETURN(const auto row,
                   view_.Get<row::v1::Member>(call_.instance, {aggregate, id, user_id}));
  std::vector<std::string> roles;
  if (row.has_value()) roles.assign(row->role().begin(), row->role().end());
  roles_.emplace(key, roles);
  return roles;
}

absl::StatusOr<bool> Reader::Holds(absl::string_view permission, absl::string_view organization) {
  return Holds(permission, Place{.organization_id = std::string(organization)});
}

absl::StatusOr<bool> Reader::Holds(absl::string_view permission, const Place& place) {
  if (call_.caller.system) return true;
  if (call_.caller.must_change_password) return false;
  return HoldsBy(call_.caller.user_id, permission, place);
}

absl::StatusOr<bool> Reader::HoldsBy(const std::string& user_id, absl::string_view permission,
                                     const Place& place, std::vector<Way>* ways) {
  RETURN_IF_ERROR(view_.Ready(projections::TablePlan::Of<row::v1::Member>()));
  bool holds = false;
  const auto look = [&](Level level, const std::string& id, bool counts) -> absl::Status {
    if (!counts && ways == nullptr) return absl::OkStatus();
    ASSIGN_OR_RETURN(std::vector<std::string> roles, RolesOn(level, id, user_id));
    ASSIGN_OR_RETURN(bool allows, Permits(level, roles, permission, place.organization_id));
    allows = allows && counts;
    holds = holds || allows;
    if (ways != nullptr) {
      ways->push_back({level, id, place.organization_id, counts, std::move(roles), allows});
    }
    return absl::OkStatus();
  };
  const auto found = [&] { return holds && ways == nullptr; };
  RETURN_IF_ERROR(look(Level::kInstance, "", true));
  if (found() || place.organization_id.empty()) return holds;
  // What stands in an organization counts as long as it does; so commands have it too.
  const bool active = owners().Active(call_.instance, place.organization_id);
  RETURN_IF_ERROR(look(Level::kOrg, place.organization_id, active));
  if (found()) return holds;
  if (!place.project_id.empty()) RETURN_IF_ERROR(look(Level::kProject, place.project_id, active));
  if (found() || place.project_grant_id.empty()) return holds;
  const std::string& grant = place.project_grant_id;
  RETURN_IF_ERROR(look(Level::kProjectGrant, grant,
                       projects().GrantActive(owners(), call_.instance, grant)));
  return holds;
}

absl::StatusOr<projections::HeldBooks> Reader::Books(absl::string_view organization) {
  RETURN_IF_ERROR(view_.Ready(projections::TablePlan::Of<row::v1::DefinedRole>()));
  return owners().Books(call_.instance, organization);
}

absl::StatusOr<bool> Reader::Permits(Level level, const std::vector<std::string>& roles,
                                     absl::string_view permission,
                                     absl::string_view organization) {
  if (ArePublished(roles)) return AllowsOn(level, roles, permission);
  ASSIGN_OR_RETURN(const projections::HeldBooks held, Books(organization));
  return AllowsOn(level, roles, permission, held.books());
}

absl::Status Reader::NotFound(const projections::TablePlan& table) {
  // "ApplicationKey" is an "application_key".
  std::string noun;
  for (const char c : table.row()->name()) {
    if (absl::ascii_isupper(c) && !noun.empty()) noun += '_';
    noun += absl::ascii_tolower(c);
  }
  return Error(absl::StatusCode::kNotFound, absl::StrCat(noun, ".not_found"),
               absl::StrCat("There is no such ", noun, "."));
}

absl::Status Reader::CheckTarget(const projections::TablePlan& table,
                                 const Place& place) {
  if (!owners().Exists(call_.instance, place.organization_id)) return NotFound(table);
  const bool self = call_.rule->target() == TARGET_USER && call_.rule->self() == SELF_ALLOW &&
                    call_.target_id == call_.caller.user_id;
  if (!self) {
    ASSIGN_OR_RETURN(const bool holds, Holds(call_.rule->permission(), place));
    if (!holds) return NotFound(table);
  }
  owner_ = place.organization_id;
  rule_applied_ = on_target_ = true;
  return absl::OkStatus();
}

absl::StatusOr<row::v1::Session> Reader::TargetSession() {
  const auto& table = projections::TablePlan::Of<row::v1::Session>();
  const std::string& id = call_.target_id;
  ASSIGN_OR_RETURN(auto row, view_.Get<row::v1::Session>(
                                 call_.instance, {projections::SessionDay(id), id}));
  if (!row.has_value()) return NotFound(table);
  const std::string& caller = call_.caller.user_id;
  const bool own = row->creator_id() == caller ||
                   (call_.rule->self() == SELF_ALLOW && row->user_id() == caller);
  const bool shown = !call_.proof.empty() &&
                     ConstantTimeEqual(SessionTokenHash(call_.proof), row->token_hash());
  if (own || shown) {
    rule_applied_ = on_target_ = true;
  } else {
    RETURN_IF_ERROR(CheckTarget(table, row->organization_id()));
  }
  return *std::move(row);
}

absl::StatusOr<Visibility> Reader::Visible(const Managed& managed) {
  Visibility visibility;
  if (on_target_) {  // below a target, or by a rule on the instance
    visibility.all = true;
    return visibility;
  }
  rule_applied_ = true;
  const auto& permission = call_.rule->permission();
  ASSIGN_OR_RETURN(visibility.all, Holds(permission, ""));
  if (visibility.all) return visibility;
  if (call_.rule->self() == SELF_ALLOW) visibility.self = call_.caller.user_id;
  if (call_.caller.must_change_password) return visibility;
  RETURN_IF_ERROR(SeeManaged(managed, visibility));
  return visibility;
}

std::optional<Reader::Counting> Reader::Counts(const row::v1::Member& member) const {
  const std::string& id = member.resource_id();
  if (member.aggregate() == AGGREGATE_ORG) {
    if (!owners().Active(call_.instance, id)) return std::nullopt;
    return Counting{Level::kOrg, id};
  }
  if (member.aggregate() == AGGREGATE_PROJECT) {
    const auto project = projects().Project(call_.instance, id);
    if (project == nullptr || !projects().Exists(owners(), call_.instance, id) ||
        !owners().Active(call_.instance, project->organization_id())) {
      return std::nullopt;
    }
    return Counting{Level::kProject, project->organization_id()};
  }
  const auto grant = projects().Grant(call_.instance, id);
  if (member.aggregate() != AGGREGATE_PROJECT_GRANT || grant == nullptr ||
      !projects().GrantActive(owners(), call_.instance, id)) {
    return std::nullopt;
  }
  return Counting{Level::kProjectGrant, grant->granted_organization_id()};
}

// Of each membership, what it lets him see.
absl::Status Reader::SeeManaged(const Managed& managed, Visibility& visibility) {
  const auto& permission = call_.rule->permission();
  ASSIGN_OR_RETURN(const auto members, Memberships(call_.caller.user_id));
  std::vector<std::string> projects, grants;
  for (const row::v1::Member& member : members) {
    const std::string& id = member.resource_id();
    const std::optional<Counting> counting = Counts(member);
    if (!counting.has_value()) continue;
    const std::vector<std::string> roles(member.role().begin(), member.role().end());
    ASSIGN_OR_RETURN(const bool permits,
                     Permits(counting->level, roles, permission, counting->organization));
    if (!permits) continue;
    if (counting->level == Level::kOrg) visibility.organizations.push_back(id);
    if (counting->level == Level::kProject) projects.push_back(id);
    if (counting->level == Level::kProjectGrant) grants.push_back(id);
  }
  std::sort(visibility.organizations.begin(), visibility.organizations.end());
  // What he sees by an organization already needs no second look.
  const auto covered = [&](const std::string& organization) {
    return std::binary_search(visibility.organizations.begin(), visibility.organizations.end(),
                              organization);
  };
  projects.erase(std::remove_if(projects.begin(), projects.end(), [&](const std::string& id) {
    const auto project = this->projects().Project(call_.instance, id);
    return project == nullptr || covered(project->organization_id());
  }), projects.end());
  grants.erase(std::remove_if(grants.begin(), grants.end(), [&](const std::string& id) {
    const auto grant = this->projects().Grant(call_.instance, id);
    return grant == nullptr || covered(grant->granted_organization_id());
  }), grants.end());

  std::vector<std::string> grant_ids;
  for (const std::string& id : grants) grant_ids.push_back(id.substr(id.find('/') + 1));
  std::vector<std::string> within = projects;
  within.insert(within.end(), grants.begin(), grants.end());
  const auto see = [&visibility](const std::vector<std::string>& columns,
                                 std::vector<std::string> values) {
    if (values.empty()) return;
    std::sort(values.begin(), values.end());
    for (const std::string& column : columns) visibility.sights.push_back({column, values});
  };
  see(managed.organizations, visibility.organizations);
  see(managed.projects, std::move(projects));
  see(managed.grants, std::move(grant_ids));
  see(managed.within, std::move(within));
  return absl::OkStatus();
}

absl::Status Reader::FindSwept(const std::vector<Sweep>& sweeps, ListPlan* plan) {
  const auto& table = projections::TablePlan::Of<row::v1::Work>();
  RETURN_IF_ERROR(view_.Ready(table));
  // Work of all instances stands under the system's.
  std::vector<const Sweep*> pending;
  uint64_t pieces = 0;
  for (const Sweep& sweep : sweeps) {
    ASSIGN_OR_RETURN(const uint64_t count,
                     view_.Count<row::v1::Work>(eventstore::kSystemInstance, "pending",
                                                {call_.instance, sweep.work}));
    if (count == 0) continue;
    pending.push_back(&sweep);
    pieces += count;
    plan->some_gone = plan->some_gone || sweep.column.empty() || pieces > kMaxSweeps;
  }
  if (pending.empty() || plan->some_gone) return absl::OkStatus();
  // By name, among other instances' of that name.
  const std::string own = table.Key({call_.instance});
  const auto& index = table.index("requested");
  size_t looked_at = 0;
  for (const Sweep* sweep : pending) {
    std::vector<std::string> keys;
    projections::IndexRange range;
    range.prefix = index.Prefix({sweep->work});
    auto cursor = view_.Scan(eventstore::kSystemInstance, table, index, std::move(range));
    for (; cursor.Valid(); cursor.Next()) {
      if (++looked_at > kMaxWork) {
        plan->some_gone = true;
        return absl::OkStatus();
      }
      if (absl::StartsWith(cursor.row_key(), own)) keys.emplace_back(cursor.row_key());
    }
    RETURN_IF_ERROR(cursor.status());
    ASSIGN_OR_RETURN(const auto rows, view_.GetMany(table, eventstore::kSystemInstance, keys));
    for (const auto& row : rows) {
      if (row == nullptr) continue;
      plan->gone.push_back(
          {sweep->column, static_cast<const row::v1::Work&>(*row).resource_id()});
    }
  }
  return absl::OkStatus();
}

void Reader::KeepOwner(const ListPlan& plan, const Page& page) {
  if (plan.owner_column.empty() || page.rows.empty()) return;
  const projections::Column owner(plan.table->row(), plan.owner_column);
  owner_ = owner.TextFrom(*page.rows.front());
  const bool all = std::all_of(page.rows.begin(), page.rows.end(),
                               [&](const auto& row) { return owner.TextFrom(*row) == owner_; });
  if (!all) owner_.clear();
}

absl::StatusOr<Page> Reader::RunRequest(const Message& request, ListPlan plan,
                                        const Asked& asked) {
  ASSIGN_OR_RETURN(ListRequest list, ParseListRequest(request, *plan.table));
  for (const auto& [column, value] : asked.only) {
    list.filter.parts.push_back(EqualTo(plan.table->row(), column, value));
  }
  if (asked.slice.has_value()) {
    list.offset = asked.slice->offset;
    list.limit = asked.slice->limit;
  }
  plan.instance = call_.instance;
  plan.deadline = call_.deadline;
  if (plan.sees != nullptr || asked.visibility.has_value()) {
    plan.visibility = asked.visibility.value_or(Visibility{.all = true});
    rule_applied_ = true;
  } else {
    ASSIGN_OR_RETURN(plan.visibility, Visible(asked.managed));
  }
  if (!asked.sweeps.empty()) RETURN_IF_ERROR(FindSwept(asked.sweeps, &plan));
  if (!plan.owner_column.empty()) {
    plan.stands = [this](absl::string_view org) {
      return org.empty() || owners().Exists(call_.instance, org);
    };
    plan.removed = owners().Removed(call_.instance);
  }
  ASSIGN_OR_RETURN(Page page, RunList(view_, plan, list));
  KeepOwner(plan, page);
  return page;
}

const FieldDescriptor* Reader::ElementsField(const Message& response) {
  for (int i = 0; i < response.GetDescriptor()->field_count(); ++i) {
    const auto* field = response.GetDescriptor()->field(i);
    if (field->is_repeated() && field->message_type() != nullptr) return field;
  }
  return nullptr;
}

void Reader::FillDetails(uint64_t total, zitadel::object::v2::ListDetails* details) const {
  details->set_total_result(total);
  details->set_processed_sequence(view_.sequence(call_.instance));
  SetTime(call_.now, details->mutable_timestamp());
}

void Reader::FillDetails(uint64_t total, zitadel::v1::ListDetails* details) const {
  details->set_total_result(total);
  details->set_processed_sequence(view_.sequence(call_.instance));
  SetTime(call_.now, details->mutable_view_timestamp());
}

absl::Status Reader::FillPaging(const Message& request, const Page& page, Message* response) const {
  const auto* reflection = response->GetReflection();
  for (int i = 0; i < response->GetDescriptor()->field_count(); ++i) {
    const auto* field = response->GetDescriptor()->field(i);
    if (field->is_repeated()) continue;
    if (field->name() == "sorting_column") {
      const auto* asked = request.GetDescriptor()->FindFieldByName("sorting_column");
      reflection->SetEnumValue(response, field,
                               request.GetReflection()->GetEnumValue(request, asked));
    } else if (field->message_type() == zitadel::object::v2::ListDetails::descriptor()) {
      FillDetails(page.total, static_cast<zitadel::object::v2::ListDetails*>(
                                  reflection->MutableMessage(response, field)));
    } else if (field->message_type() == zitadel::v1::ListDetails::descriptor()) {
      FillDetails(page.total, static_cast<zitadel::v1::ListDetails*>(
                                  reflection->MutableMessage(response, field)));
    } else if (field->message_type() == zitadel::filter::v2::PaginationResponse::descriptor()) {
      auto* paging = static_cast<zitadel::filter::v2::PaginationResponse*>(
          reflection->MutableMessage(response, field));
      paging->set_total_result(page.total);
      paging->set_applied_limit(page.limit);
    }
  }
  return absl::OkStatus();
}

}  // namespace muniment::query
