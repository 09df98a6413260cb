// What a codec says of kinds, claims and names without the bytes of an event.
#include <algorithm>
#include <set>

#include "eventstore/codec_plans.h"
#include "eventstore/draft_check.h"

namespace muniment::eventstore {

using google::protobuf::Message;

absl::StatusOr<std::vector<ClaimChange>> Codec::ClaimsOf(const EventDraft& draft) const {
  const StreamPlan* plan = plans_->PlanOf(draft);
  const auto* reflection = draft.event->GetReflection();
  const auto* field = reflection->GetOneofFieldDescriptor(*draft.event, plan->oneof);
  MUNIMENT_CHECK(field != nullptr);
  const KindPlan& kind = plan->kinds.at(field->number());
  RETURN_IF_ERROR(CheckDraft(draft, kind));
  std::vector<ClaimChange> claims;
  VisitUnique(*kind.message, reflection->GetMessage(*draft.event, field), false,
              [&](UniqueValue value) {
                store::v1::Claim claim;
                if (!plans_->MakeClaim(draft.stream.instance, value, claim)) return;
                claims.push_back({claim.slot(), claim.key()});
              });
  return claims;
}

std::string Codec::ClaimKey(uint64_t instance, absl::string_view kind, absl::string_view scope,
                            absl::string_view value) const {
  return plans_->Mac('\1', instance, kind, scope, FoldName(value));
}

std::string Codec::ClaimSlot(uint64_t instance, absl::string_view kind, absl::string_view scope,
                             absl::string_view item) const {
  return absl::StrCat(
      kind, "/", HexEncode(plans_->Mac('\2', instance, kind, scope, FoldName(item)).substr(0, 16)));
}

void Codec::RemoveSecrets(Message& event) const {
  const StreamPlan* plan = plans_->set.Find(event.GetDescriptor());
  MUNIMENT_CHECK(plan != nullptr);
  const auto* field = event.GetReflection()->GetOneofFieldDescriptor(event, plan->oneof);
  if (field == nullptr) return;
  ClearSecrets(*plan->kinds.at(field->number()).message,
               *event.GetReflection()->MutableMessage(&event, field));
}

const StreamTypeInfo* Codec::FindStreamType(uint32_t number) const {
  const StreamPlan* plan = plans_->set.Find(number);
  return plan == nullptr ? nullptr : &plan->info;
}

const StreamTypeInfo* Codec::FindStreamType(const google::protobuf::Descriptor* event) const {
  const StreamPlan* plan = plans_->set.Find(event);
  return plan == nullptr ? nullptr : &plan->info;
}

std::vector<const StreamTypeInfo*> Codec::StreamTypes() const {
  std::vector<const StreamTypeInfo*> types;
  for (const auto& [number, plan] : plans_->set.streams()) types.push_back(&plan->info);
  std::sort(types.begin(), types.end(),
            [](const auto* a, const auto* b) { return a->number < b->number; });
  return types;
}

std::string Codec::DestroysKeysOf(const StreamKey& stream, int kind) const {
  const StreamPlan* plan = plans_->set.Find(stream.type);
  const auto found = plan->kinds.find(kind);
  if (found == plan->kinds.end() || !found->second.destroys_keys) return "";
  const bool person = plan->id_is_subject && stream.aggregate == AGGREGATE_USER;
  return person ? stream.id : StreamSubject(stream);
}

std::string Codec::TypeName(uint32_t stream_type, Aggregate aggregate, int kind) const {
  const StreamPlan* plan = plans_->set.Find(stream_type);
  if (plan == nullptr || !plan->kinds.contains(kind)) return "";
  const auto& names = plan->kinds.at(kind).names;
  const auto found = names.find(aggregate);
  return found == names.end() ? "" : found->second;
}

std::vector<std::string> Codec::TypeNames() const {
  std::set<std::string> names;
  for (const auto& [number, plan] : plans_->set.streams()) {
    for (const auto& [kind, kind_plan] : plan->kinds) {
      for (const auto& [aggregate, name] : kind_plan.names) names.insert(name);
    }
  }
  return {names.begin(), names.end()};
}

std::vector<std::string> Codec::AggregateNames() const {
  std::set<std::string> names;
  const auto* descriptor = Aggregate_descriptor();
  for (int i = 0; i < descriptor->value_count(); ++i) {
    const auto& options = descriptor->value(i)->options();
    const std::string& name = options.GetExtension(muniment::aggregate_name);
    // What is part of another is published as that.
    if (!name.empty() && options.GetExtension(muniment::part_of).empty()) names.insert(name);
  }
  return {names.begin(), names.end()};
}

}  // namespace muniment::eventstore
