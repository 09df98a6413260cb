#include "projections/projection.h"

#include <algorithm>

#include "base/crypto.h"

namespace muniment::projections {

Projections AllProjections() {
  Projections all;
  AddInstanceTables(&all);
  AddOrgTables(&all);
  AddUserTables(&all);
  AddMemberTables(&all);
  AddRoleTables(&all);
  AddProjectTables(&all);
  AddApplicationTables(&all);
  AddGroupTables(&all);
  AddMetadataTables(&all);
  AddPolicyTables(&all);
  AddTextTables(&all);
  AddNameTables(&all);
  AddFeatureTables(&all);
  AddWorkTables(&all);
  AddCredentialTables(&all);
  AddConsentTables(&all);
  AddSessionTables(&all);
  AddWebKeyTables(&all);
  AddOidcTables(&all);
  return all;
}

std::vector<const TablePlan*> PlansOf(const Projections& projections) {
  std::vector<const TablePlan*> plans;
  for (const auto& projection : projections) plans.push_back(&projection->table());
  return plans;
}

std::string IdentityOf(const TablePlan& table, std::vector<std::string> kinds) {
  std::sort(kinds.begin(), kinds.end());
  std::string all = table.shape();
  AppendU32(table.revision(), &all);
  for (const std::string& kind : kinds) all.append(kind).push_back('\0');
  return Sha256(all).str();
}

void StampRow(const EventMeta& meta, row::v1::Stamp* stamp) {
  const int64_t micros = absl::ToUnixMicros(meta.created_at);
  google::protobuf::Timestamp* changed = stamp->mutable_changed();
  changed->set_seconds(micros / 1'000'000);
  changed->set_nanos(static_cast<int32_t>(micros % 1'000'000 * 1000));
  if (!stamp->has_created()) *stamp->mutable_created() = *changed;
  stamp->set_sequence(meta.sequence);
}

}  // namespace muniment::projections
