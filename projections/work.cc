// What reactors have to do, and what they gave up. Which kinds of events are work, and which end
// it, stands as options on them (muniment.work), of whatever stream they are.
#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "eventstore/plan.h"
#include "google/protobuf/util/time_util.h"
#include "muniment/event/v1/work.visit.h"
#include "muniment/row/v1/work.pb.h"
#include "muniment/work_options.pb.h"
#include "projections/attached.h"

namespace muniment::projections {
namespace {

using event::v1::UserErased;
using event::v1::UserEvent;
using event::v1::WorkBegun;
using event::v1::WorkDone;
using event::v1::WorkEvent;
using event::v1::WorkFailed;
using event::v1::WorkGivenUp;
using event::v1::WorkPutBack;
using event::v1::WorkRequested;
using eventstore::kSystemInstance;
using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::util::TimeUtil;

// In which events of a kind that asks for work it asks for none.
class Exception {
 public:
  Exception(const Descriptor* kind, const std::string& unless) {
    if (unless.empty()) return;
    const std::vector<std::string> sides = absl::StrSplit(unless, '=');
    MUNIMENT_CHECK(sides.size() == 2);
    for (const absl::string_view name : absl::StrSplit(sides[0], '.')) {
      MUNIMENT_CHECK(kind != nullptr);
      path_.push_back(kind->FindFieldByName(std::string(name)));
      MUNIMENT_CHECK(path_.back() != nullptr);
      kind = path_.back()->message_type();
    }
    MUNIMENT_CHECK(path_.back()->enum_type() != nullptr);
    const auto* value = path_.back()->enum_type()->FindValueByName(sides[1]);
    MUNIMENT_CHECK(value != nullptr);
    value_ = value->number();
  }

  bool Holds(const Message& kind) const {
    const Message* message = &kind;
    for (const FieldDescriptor* field : path_) {
      const auto* reflection = message->GetReflection();
      if (field == path_.back()) return reflection->GetEnumValue(*message, field) == value_;
      message = &reflection->GetMessage(*message, field);
    }
    return false;
  }

 private:
  std::vector<const FieldDescriptor*> path_;
  int value_ = 0;
};

struct WorkKind {
  WorkRule rule;
  const FieldDescriptor* member;  // of the oneof
  Exception unless;
};

// The work that a kind asks for or ends, by (stream type, kind).
using WorkKinds = std::map<std::pair<uint32_t, int>, WorkKind>;

void AddKinds(const Descriptor* stream, WorkKinds& kinds) {
  if (!stream->options().HasExtension(muniment::stream)) return;
  const uint32_t number = stream->options().GetExtension(muniment::stream).number();
  for (int i = 0; i < stream->field_count(); ++i) {
    const FieldDescriptor* field = stream->field(i);
    if (!field->options().HasExtension(muniment::work)) continue;
    const WorkRule& rule = field->options().GetExtension(muniment::work);
    kinds.emplace(std::pair(number, field->number()),
                  WorkKind{rule, field, Exception(field->message_type(), rule.unless())});
  }
}

WorkKinds AllWorkKinds() {
  WorkKinds kinds;
  for (const std::string& name : eventstore::EventFiles()) {
    const auto* file = DescriptorPool::generated_pool()->FindFileByName(name);
    for (int i = 0; i < file->message_type_count(); ++i) AddKinds(file->message_type(i), kinds);
  }
  return kinds;
}

class WorkTable final : public Projection {
 public:
  using Row = row::v1::Work;

  WorkTable() : kinds_(AllWorkKinds()) {
    std::vector<std::string> names = {WorkEvent::descriptor()->full_name()};
    streams_ = {StreamTraits<WorkEvent>::kNumber};
    for (const auto& [place, kind] : kinds_) {
      names.push_back(absl::StrCat(place.first, "/", place.second, " ", kind.rule.asks(), " ",
                                   kind.rule.ends(), " ", kind.rule.unless(),
                                   kind.rule.ends_all() ? " all" : ""));
      if (std::find(streams_.begin(), streams_.end(), place.first) == streams_.end()) {
        streams_.push_back(place.first);
      }
    }
    identity_ = IdentityOf(table(), std::move(names));
  }

  const TablePlan& table() const override { return TablePlan::Of<Row>(); }
  const std::string& identity() const override { return identity_; }
  const std::vector<uint32_t>& streams() const override { return streams_; }

  void Fold(Batch& batch, const eventstore::Event& event) const override {
    const EventMeta& meta = event.meta;
    const auto kind = kinds_.find({meta.stream.type, meta.kind});
    if (kind != kinds_.end()) {
      const WorkRule& rule = kind->second.rule;
      if (rule.ends_all()) DeleteAll(batch, meta);
      if (!rule.ends().empty()) Delete(batch, meta, rule.ends());
      if (!rule.asks().empty() && Asks(kind->second, *event.event)) {
        Put(batch, NewRow(meta, rule.asks()));
      }
    }
    if (meta.stream.type == StreamTraits<WorkEvent>::kNumber) {
      Visit(static_cast<const WorkEvent&>(*event.event),
            [&](const auto& outcome) { FoldKind(batch, meta, outcome); });
    }
  }

 private:
  static bool Asks(const WorkKind& kind, const Message& event) {
    return !kind.unless.Holds(event.GetReflection()->GetMessage(event, kind.member));
  }
  static void FoldKind(Batch& batch, const EventMeta& meta, const WorkRequested& requested) {
    Row row = NewRow(meta, requested.work());
    if (requested.has_due()) *row.mutable_due() = requested.due();
    Put(batch, std::move(row));
  }
  static void FoldKind(Batch& batch, const EventMeta& meta, const WorkDone& done) {
    if (Find(batch, meta, done) != nullptr) Delete(batch, meta, done.work());
  }
  static void FoldKind(Batch& batch, const EventMeta& meta, const WorkFailed& failed) {
    if (Find(batch, meta, failed) == nullptr) return;
    Row* row = batch.Edit<Row>(kSystemInstance, {meta.stream.instance, meta.stream.aggregate,
                                                 meta.stream.id, failed.work()});
    row->set_reason(failed.reason());
    row->set_begun(false);
    PutOff(meta, failed, *row);
  }
  static void FoldKind(Batch& batch, const EventMeta& meta, const WorkBegun& begun) {
    if (Find(batch, meta, begun) == nullptr) return;
    Row* row = batch.Edit<Row>(kSystemInstance, {meta.stream.instance, meta.stream.aggregate,
                                                 meta.stream.id, begun.work()});
    row->set_begun(true);
    PutOff(meta, begun, *row);
  }
  static void FoldKind(Batch& batch, const EventMeta& meta, const WorkGivenUp& given_up) {
    if (Find(batch, meta, given_up) != nullptr) Delete(batch, meta, given_up.work());
  }
  static void FoldKind(Batch& batch, const EventMeta& meta, const WorkPutBack& put_back) {
    Row row = NewRow(meta, put_back.work());
    row.set_request(put_back.request());
    *row.mutable_requested() = put_back.requested();
    Put(batch, std::move(row));
  }

  template <class Attempt>
  static void PutOff(const EventMeta& meta, const Attempt& attempt, Row& row) {
    row.set_attempts(attempt.attempts());
    *row.mutable_due() = TimeUtil::NanosecondsToTimestamp(
        absl::ToUnixNanos(meta.created_at) + TimeUtil::DurationToNanoseconds(attempt.delay()));
  }
  static Row NewRow(const EventMeta& meta, const std::string& name) {
    Row row;
    row.set_instance(meta.stream.instance);
    row.set_aggregate(meta.stream.aggregate);
    row.set_resource_id(meta.stream.id);
    row.set_name(name);
    row.set_request(meta.sequence);
    *row.mutable_requested() = TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(meta.created_at));
    *row.mutable_due() = row.requested();
    return row;
  }
  // The row of the request that an outcome speaks of; a newer request's is another's.
  template <class Outcome>
  static const Row* Find(Batch& batch, const EventMeta& meta, const Outcome& outcome) {
    const Row* row = batch.Get<Row>(kSystemInstance, {meta.stream.instance, meta.stream.aggregate,
                                                      meta.stream.id, outcome.work()});
    return row != nullptr && row->request() == outcome.request() ? row : nullptr;
  }
  static void Put(Batch& batch, Row row) { batch.Put(kSystemInstance, std::move(row)); }
  static void Delete(Batch& batch, const EventMeta& meta, const std::string& name) {
    batch.Delete<Row>(kSystemInstance,
                      {meta.stream.instance, meta.stream.aggregate, meta.stream.id, name});
  }
  static void DeleteAll(Batch& batch, const EventMeta& meta) {
    for (const std::string& key : batch.Keys<Row>(
             kSystemInstance, {meta.stream.instance, meta.stream.aggregate, meta.stream.id})) {
      batch.DeleteByKey<Row>(kSystemInstance, key);
    }
  }

  const WorkKinds kinds_;
  std::vector<uint32_t> streams_;
  std::string identity_;
};

struct DeadLetterTable {
  using Row = row::v1::DeadLetter;
  using Reads = Streams<WorkEvent, UserEvent>;
  using Ignored = Joined<AttachedIgnored, WorkRequested, WorkBegun, WorkDone, WorkFailed,
                         event::v1::UserRemoved>;

  static void Fold(Batch& batch, const EventMeta& meta, const WorkGivenUp& given_up) {
    Row row;
    row.set_aggregate(meta.stream.aggregate);
    row.set_resource_id(meta.stream.id);
    row.set_name(given_up.work());
    row.set_request(given_up.request());
    *row.mutable_requested() = given_up.requested();
    row.set_attempts(given_up.attempts());
    row.set_reason(given_up.reason());
    StampRow(meta, row.mutable_stamp());
    batch.Put(meta.stream.instance, std::move(row));
  }
  static void Fold(Batch& batch, const EventMeta& meta, const WorkPutBack& put_back) {
    batch.Delete<Row>(meta.stream.instance,
                      {meta.stream.aggregate, meta.stream.id, put_back.work()});
  }
  static void Fold(Batch& batch, const EventMeta& meta, const UserErased&) {
    for (const std::string& key :
         batch.Keys<Row>(meta.stream.instance, {AGGREGATE_USER, meta.stream.id})) {
      batch.EraseByKey<Row>(meta.stream.instance, key);
    }
  }
};

}  // namespace

void AddWorkTables(Projections* projections) {
  projections->push_back(std::make_unique<WorkTable>());
  projections->push_back(MakeProjection<DeadLetterTable>());
}

}  // namespace muniment::projections
