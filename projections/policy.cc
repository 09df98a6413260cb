#include <algorithm>
#include <utility>

#include "muniment/event/v1/domain_policy.visit.h"
#include "muniment/event/v1/policy.visit.h"
#include "muniment/event/v1/restrictions.visit.h"
#include "muniment/row/v1/instance_settings.pb.h"
#include "muniment/row/v1/oidc.pb.h"
#include "muniment/row/v1/policy.pb.h"
#include "projections/projection.h"

namespace muniment::projections {
namespace {

using row::v1::LoginPolicy;

void Drop(int factor, google::protobuf::RepeatedField<int>* factors) {
  factors->erase(std::remove(factors->begin(), factors->end(), factor), factors->end());
}

// In order and once, whatever the order of the events.
void Keep(int factor, google::protobuf::RepeatedField<int>* factors) {
  Drop(factor, factors);
  factors->Add(factor);
  std::sort(factors->begin(), factors->end());
}

// What a setting's own kinds beside added, changed and removed do to its row.
void FoldPart(LoginPolicy* row, const event::v1::LoginSecondFactorAdded& added) {
  Keep(added.factor(), row->mutable_second_factor());
}
void FoldPart(LoginPolicy* row, const event::v1::LoginSecondFactorRemoved& removed) {
  Drop(removed.factor(), row->mutable_second_factor());
}
void FoldPart(LoginPolicy* row, const event::v1::LoginMultiFactorAdded& added) {
  Keep(added.factor(), row->mutable_multi_factor());
}
void FoldPart(LoginPolicy* row, const event::v1::LoginMultiFactorRemoved& removed) {
  Drop(removed.factor(), row->mutable_multi_factor());
}

// A setting that an instance has and an organization may have: one row each, as last said.
template <class SettingRow, class Event, class Without = Kinds<>>
struct PolicyTable {
  using Row = SettingRow;
  using Reads = Streams<Event>;
  using Ignored = Without;

  template <class Kind>
  static void Fold(Batch& batch, const EventMeta& meta, const Kind& kind) {
    if constexpr (requires { kind.policy(); }) {
      Set(batch, meta, [&kind](Row* row) { *row->mutable_policy() = kind.policy(); });
    } else if constexpr (requires(Row* row) { FoldPart(row, kind); }) {
      Set(batch, meta, [&kind](Row* row) { FoldPart(row, kind); });
    } else {
      static_assert(std::is_same_v<Kind, RemovedOf<typename StreamTraits<Event>::Kinds>>);
      batch.Delete<Row>(meta.stream.instance, {meta.stream.aggregate, meta.stream.id});
    }
  }

 private:
  template <class AllKinds>
  struct Third;
  template <class A, class C, class R, class... More>
  struct Third<Kinds<A, C, R, More...>> {
    using Kind = R;
  };
  template <class AllKinds>
  using RemovedOf = typename Third<AllKinds>::Kind;

  template <class Change>
  static void Set(Batch& batch, const EventMeta& meta, Change change) {
    Row* row = batch.Edit<Row>(meta.stream.instance, {meta.stream.aggregate, meta.stream.id});
    if (row != nullptr) {
      change(row);
      StampRow(meta, row->mutable_stamp());
      return;
    }
    Row added;
    added.set_aggregate(meta.stream.aggregate);
    added.set_resource_id(meta.stream.id);
    change(&added);
    StampRow(meta, added.mutable_stamp());
    batch.Put(meta.stream.instance, std::move(added));
  }
};

// One stream with what there is of each type.
struct SecretGeneratorTable {
  using Row = row::v1::SecretGenerator;
  using Reads = Streams<event::v1::SecretGeneratorEvent>;

  template <class Kind>
  static void Fold(Batch& batch, const EventMeta& meta, const Kind& kind) {
    Row* row = batch.Edit<Row>(meta.stream.instance, {kind.generator().type()});
    Row added;
    Row& now = row != nullptr ? *row : added;
    *now.mutable_generator() = kind.generator();
    StampRow(meta, now.mutable_stamp());
    if (row == nullptr) batch.Put(meta.stream.instance, std::move(added));
  }
};

}  // namespace

void AddPolicyTables(Projections* projections) {
  projections->push_back(
      MakeProjection<
          PolicyTable<row::v1::PasswordComplexity, event::v1::PasswordComplexityEvent>>());
  projections->push_back(
      MakeProjection<PolicyTable<
          row::v1::DomainPolicy, event::v1::DomainPolicyEvent,
          Kinds<event::v1::DomainPolicyMoveStarted, event::v1::DomainPolicyMoveRefused,
                event::v1::DomainPolicyMoved, event::v1::DomainPolicyMoveEnded>>>());
  projections->push_back(
      MakeProjection<PolicyTable<row::v1::LoginPolicy, event::v1::LoginPolicyEvent>>());
  projections->push_back(
      MakeProjection<PolicyTable<row::v1::PasswordAge, event::v1::PasswordAgeEvent>>());
  projections->push_back(
      MakeProjection<PolicyTable<row::v1::SessionPolicy, event::v1::SessionPolicyEvent>>());
  projections->push_back(
      MakeProjection<PolicyTable<row::v1::ConsentPolicy, event::v1::ConsentPolicyEvent>>());
  projections->push_back(
      MakeProjection<PolicyTable<row::v1::OidcSettings, event::v1::OidcSettingsEvent>>());
  projections->push_back(
      MakeProjection<PolicyTable<row::v1::SecurityPolicy, event::v1::SecurityPolicyEvent>>());
  projections->push_back(MakeProjection<SecretGeneratorTable>());
  projections->push_back(
      MakeProjection<PolicyTable<row::v1::Restrictions, event::v1::RestrictionsEvent>>());
  projections->push_back(
      MakeProjection<PolicyTable<row::v1::LockoutPolicy, event::v1::LockoutPolicyEvent>>());
  projections->push_back(
      MakeProjection<PolicyTable<row::v1::NotificationPolicy, event::v1::NotificationPolicyEvent>>());
  projections->push_back(
      MakeProjection<PolicyTable<row::v1::PrivacyPolicy, event::v1::PrivacyPolicyEvent>>());
}

}  // namespace muniment::projections
