#include "query/reader.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/access.h"
#include "base/crypto.h"
#include "base/session_token.h"
#include "google/protobuf/util/time_util.h"
#include "projections/session_key.h"
#include "zitadel/filter/v2/filter.pb.h"
#include "zitadel/object/v2/object.pb.h"

namespace muniment::query {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

void SetTime(absl::Time time, google::protobuf::Timestamp* out) {
  *out = google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
}

}  // namespace

Reader::Reader(ReadCall call, projections::View view, const Sources& sources)
    : call_(std::move(call)), view_(std::move(view)), sources_(sources) {}

std::string Reader::instance_id() const { return absl::StrCat(call_.instance); }

absl::Status Reader::Begin() {
  if (call_.rule->open()) {
    rule_applied_ = true;
    return absl::OkStatus();
  }
  if (!call_.caller.known()) {
    return Error(absl::StatusCode::kUnauthenticated, "auth.required",
                 "The call needs a token (authorization: Bearer ...).");
  }
  if (call_.rule->authenticated() || call_.caller.system) {
    rule_applied_ = true;
    return absl::OkStatus();
  }
  if (call_.rule->target() != TARGET_INSTANCE) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool holds, Holds(call_.rule->permission(), ""));
  if (!holds) {
    return Error(absl::StatusCode::kPermissionDenied, "auth.permission_denied",
                 absl::StrCat("The call needs the permission ", call_.rule->permission(), "."));
  }
  rule_applied_ = true;
  return absl::OkStatus();
}

absl::Status Reader::Finish() const {
  if (rule_applied_) return absl::OkStatus();
  return Error(absl::StatusCode::kInternal, "query.rule_not_applied",
               "A query answered without asking who may call it.");
}

absl::StatusOr<std::vector<std::string>> Reader::RolesIn(absl::string_view organization) {
  if (const auto known = roles_.find(organization); known != roles_.end()) return known->second;
  ASSIGN_OR_RETURN(const auto row,
                   view_.Get<row::v1::Member>(call_.instance, {AGGREGATE_ORG, organization,
                                                               call_.caller.user_id}));
  std::vector<std::string> roles;
  if (row.has_value()) roles.assign(row->role().begin(), row->role().end());
  roles_.emplace(organization, roles);
  return roles;
}

absl::StatusOr<bool> Reader::Holds(absl::string_view permission, absl::string_view organization) {
  if (call_.caller.system) return true;
  if (call_.caller.must_change_password) return false;
  RETURN_IF_ERROR(view_.Ready(projections::TablePlan::Of<row::v1::Member>()));
  const auto on_instance = owners().InstanceRoles(call_.instance, call_.caller.user_id);
  if (Allows(on_instance, {}, permission)) return true;
  // What stands in an organization counts as long as the organization does; so commands have it too.
  if (organization.empty() || !owners().Active(call_.instance, organization)) return false;
  ASSIGN_OR_RETURN(const auto on_org, RolesIn(organization));
  return Allows({}, on_org, permission);
}

absl::Status Reader::NotFound(const projections::TablePlan& table) {
  const auto noun = absl::AsciiStrToLower(table.row()->name());
  return Error(absl::StatusCode::kNotFound, absl::StrCat(noun, ".not_found"),
               absl::StrCat("There is no such ", noun, "."));
}

absl::Status Reader::CheckTarget(const projections::TablePlan& table,
                                 const std::string& organization) {
  if (!owners().Exists(call_.instance, organization)) return NotFound(table);
  const bool self = call_.rule->target() == TARGET_USER && call_.rule->self() == SELF_ALLOW &&
                    call_.target_id == call_.caller.user_id;
  if (!self) {
    ASSIGN_OR_RETURN(const bool holds, Holds(call_.rule->permission(), organization));
    if (!holds) return NotFound(table);
  }
  rule_applied_ = true;
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
    rule_applied_ = true;
  } else {
    RETURN_IF_ERROR(CheckTarget(table, row->organization_id()));
  }
  return *std::move(row);
}

absl::StatusOr<Visibility> Reader::Visible() {
  Visibility visibility;
  if (rule_applied_) {  // below a target, or by a rule on the instance
    visibility.all = true;
    return visibility;
  }
  rule_applied_ = true;
  const auto& permission = call_.rule->permission();
  ASSIGN_OR_RETURN(visibility.all, Holds(permission, ""));
  if (visibility.all) return visibility;
  if (call_.rule->self() == SELF_ALLOW) visibility.self = call_.caller.user_id;
  if (call_.caller.must_change_password) return visibility;
  const auto& members = projections::TablePlan::Of<row::v1::Member>();
  const auto& by_user = members.index("user");
  projections::IndexRange range;
  range.prefix = by_user.Prefix({call_.caller.user_id});
  auto cursor = view_.Scan(call_.instance, members, by_user, std::move(range));
  std::vector<std::string> keys;
  for (; cursor.Valid(); cursor.Next()) keys.emplace_back(cursor.row_key());
  RETURN_IF_ERROR(cursor.status());
  ASSIGN_OR_RETURN(const auto rows, view_.GetMany(members, call_.instance, keys));
  for (const auto& row : rows) {
    if (row == nullptr) continue;
    const auto& member = static_cast<const row::v1::Member&>(*row);
    if (member.aggregate() != AGGREGATE_ORG ||
        !owners().Active(call_.instance, member.resource_id())) {
      continue;
    }
    const std::vector<std::string> roles(member.role().begin(), member.role().end());
    if (Allows({}, roles, permission)) visibility.organizations.push_back(member.resource_id());
  }
  std::sort(visibility.organizations.begin(), visibility.organizations.end());
  return visibility;
}

absl::StatusOr<Page> Reader::RunRequest(const Message& request, const projections::TablePlan& table,
                                        const std::string& owner_column,
                                        const std::vector<std::string>& self_columns,
                                        std::string within, std::vector<Named> named) {
  ASSIGN_OR_RETURN(const ListRequest list, ParseListRequest(request, table));
  ListPlan plan;
  plan.table = &table;
  plan.instance = call_.instance;
  plan.within = std::move(within);
  plan.owner_column = owner_column;
  plan.self_columns = self_columns;
  plan.named = std::move(named);
  plan.deadline = call_.deadline;
  ASSIGN_OR_RETURN(plan.visibility, Visible());
  if (!owner_column.empty()) {
    plan.stands = [this](absl::string_view org) { return owners().Exists(call_.instance, org); };
    plan.removed = owners().Removed(call_.instance);
  }
  return RunList(view_, plan, list);
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
