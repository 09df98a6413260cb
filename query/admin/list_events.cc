#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/timestamp.h"
#include "google/protobuf/util/time_util.h"
#include "muniment/event/v1/group.visit.h"
#include "muniment/event/v1/project.visit.h"
#include "query/admin/aggregates.h"
#include "query/admin/event_payload.h"
#include "query/list.h"
#include "query/reader.h"
#include "zitadel/admin.pb.h"

namespace muniment::query {
namespace {

using eventstore::Event;
using eventstore::EventMeta;
using eventstore::StoredEvent;
using google::protobuf::Timestamp;
using zitadel::admin::v1::ListEventsRequest;
using zitadel::admin::v1::ListEventsResponse;

// When the asked events happened: [since, until].
struct Span {
  absl::Time since = absl::InfinitePast();
  absl::Time until = absl::InfiniteFuture();
};

Span SpanOf(const ListEventsRequest& request) {
  Span span;
  if (request.has_from()) span.since = ToTime(request.from());
  if (request.has_creation_date()) span.since = ToTime(request.creation_date());
  if (!request.has_range()) return span;
  if (request.range().has_since()) span.since = ToTime(request.range().since());
  if (request.range().has_until()) span.until = ToTime(request.range().until());
  return span;
}

template <class List>
bool Among(const List& wanted, const std::string& have) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), have) != wanted.end();
}

bool Fits(const ListEventsRequest& request, const EventMeta& meta) {
  return (request.editor_user_id().empty() || request.editor_user_id() == meta.actor) &&
         (request.aggregate_id().empty() || request.aggregate_id() == AggregateId(meta.stream) ||
          request.aggregate_id() == meta.stream.id) &&
         (request.resource_owner().empty() || request.resource_owner() == meta.owner) &&
         Among(request.event_types(), meta.type) &&
         Among(request.aggregate_types(), AggregateName(meta.stream.aggregate));
}

absl::Status PresentEvent(Reader& reader, const Event& event, zitadel::event::v1::Event* out) {
  const auto& meta = event.meta;
  out->set_sequence(meta.sequence);
  *out->mutable_creation_date() = google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(
      absl::ToUnixMicros(meta.created_at));
  out->mutable_type()->set_type(meta.type);
  out->mutable_aggregate()->set_id(AggregateId(meta.stream));
  out->mutable_aggregate()->mutable_type()->set_type(AggregateName(meta.stream.aggregate));
  out->mutable_aggregate()->set_resource_owner(meta.owner);
  out->mutable_editor()->set_user_id(meta.actor);
  out->mutable_editor()->set_service("muniment");
  *out->mutable_payload() = EventPayload(*event.event);
  if (meta.actor.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto editor,
                   reader.view().Get<row::v1::User>(reader.instance(), {meta.actor}));
  if (!editor.has_value()) return absl::OkStatus();
  out->mutable_editor()->set_display_name(
      editor->type() == row::v1::USER_TYPE_HUMAN ? editor->profile().display_name()
                                                 : editor->name());
  return absl::OkStatus();
}

// Gathers the page. What is about one aggregate is read from its streams, as far as they go; all
// else, and what is about a project or a group, whose parts have streams of their own, from the log,
// in the asked direction until the page is full.
class Scan {
 public:
  Scan(Reader& reader, const ListEventsRequest& request)
      : reader_(reader), request_(request), span_(SpanOf(request)) {
    limit_ = request.limit() == 0 ? kDefaultLimit : request.limit();
    head_ = reader_.view().sequence(reader_.instance());
  }

  absl::StatusOr<ListEventsResponse> Answer() {
    bool by_log = request_.aggregate_id().empty();
    if (!by_log) {
      ASSIGN_OR_RETURN(by_log, HasParts());
    }
    RETURN_IF_ERROR(by_log ? ReadLog() : ReadStreams());
    return std::move(response_);
  }

 private:
  absl::Status ReadLog() {
    const uint64_t start = request_.sequence();
    if (request_.asc() ? start >= head_ : head_ == 0 || start == 1) return absl::OkStatus();
    // The store reads downwards where the first bound is above the last.
    const uint64_t below = start == 0 ? head_ : std::min(start - 1, head_);
    const uint64_t first = request_.asc() ? start + 1 : below;
    const uint64_t last = request_.asc() ? head_ : 1;
    RETURN_IF_ERROR(
        store().ReadInstance(reader_.instance(), first, last, [this](const StoredEvent& stored) {
          const bool past = request_.asc() ? stored.created_at > span_.until
                                           : stored.created_at < span_.since;
          status_ = past ? absl::OkStatus() : Measure(stored);
          if (!status_.ok() || past || !found_) return status_.ok() && !past;
          status_ = Present(stored);
          return status_.ok() && static_cast<uint32_t>(response_.events_size()) < limit_;
        }));
    return status_;
  }

  absl::StatusOr<bool> HasParts() {
    ASSIGN_OR_RETURN(const uint64_t project,
                     store().ReadHead({reader_.instance(),
                                       StreamTraits<event::v1::ProjectEvent>::kNumber,
                                       AGGREGATE_PROJECT, request_.aggregate_id()}));
    ASSIGN_OR_RETURN(const uint64_t group,
                     store().ReadHead({reader_.instance(),
                                       StreamTraits<event::v1::GroupEvent>::kNumber,
                                       AGGREGATE_GROUP, request_.aggregate_id()}));
    return project > 0 || group > 0;
  }

  absl::Status ReadStreams() {
    for (const auto* type : reader_.sources().codec->StreamTypes()) {
      for (const Aggregate aggregate : type->aggregates) {
        if (!Among(request_.aggregate_types(), AggregateName(aggregate))) continue;
        RETURN_IF_ERROR(ReadStream(
            {reader_.instance(), type->number, aggregate, request_.aggregate_id()}));
      }
    }
    Keep(limit_);
    for (const StoredEvent& stored : page_) RETURN_IF_ERROR(Present(stored));
    return absl::OkStatus();
  }

  absl::Status ReadStream(const eventstore::StreamKey& stream) {
    RETURN_IF_ERROR(store().ReadStream(stream, 0, [this](const StoredEvent& stored) {
      status_ = Measure(stored);
      if (status_.ok() && found_) page_.push_back(stored);
      if (page_.size() > 2 * size_t{limit_} + 100) Keep(limit_);
      return status_.ok();
    }));
    return status_;
  }

  // The first so many of the page, in the asked direction.
  void Keep(size_t most) {
    std::sort(page_.begin(), page_.end(), [this](const StoredEvent& a, const StoredEvent& b) {
      return request_.asc() ? a.sequence < b.sequence : a.sequence > b.sequence;
    });
    if (page_.size() > most) page_.erase(page_.begin() + static_cast<int64_t>(most), page_.end());
  }

  // Whether it is asked for, into found_.
  absl::Status Measure(const StoredEvent& stored) {
    if (++seen_ % 256 == 0 && absl::Now() >= reader_.call().deadline) {
      return Error(absl::StatusCode::kResourceExhausted, "query.too_broad",
                   "The search takes too long; narrow it.");
    }
    const uint64_t start = request_.sequence();
    const bool beyond = request_.asc() ? stored.sequence <= start
                                       : start != 0 && stored.sequence >= start;
    found_ = !beyond && stored.sequence <= head_ && stored.created_at >= span_.since &&
             stored.created_at <= span_.until;
    if (!found_) return absl::OkStatus();
    ASSIGN_OR_RETURN(const Event clear, reader_.sources().codec->DecodeClear(stored));
    found_ = Fits(request_, clear.meta);
    return absl::OkStatus();
  }

  absl::Status Present(const StoredEvent& stored) {
    const auto& sources = reader_.sources();
    ASSIGN_OR_RETURN(const Event event, sources.codec->Decode(stored, *sources.keys));
    return PresentEvent(reader_, event, response_.add_events());
  }

  eventstore::EventStore& store() { return *reader_.sources().store; }

  Reader& reader_;
  const ListEventsRequest& request_;
  const Span span_;
  uint32_t limit_;
  uint64_t head_;  // of the view
  std::vector<StoredEvent> page_;
  ListEventsResponse response_;
  absl::Status status_;
  bool found_ = false;
  uint64_t seen_ = 0;
};

absl::Status NoSuch(absl::string_view noun) {
  return Error(absl::StatusCode::kNotFound, absl::StrCat(noun, ".not_found"),
               absl::StrCat("There is no such ", noun, "."));
}

// Where the method is about one thing, that is what the events are of: a thing itself, or a part of a
// project, "project/application" or "project/grant".
absl::Status ApplyRule(Reader& reader, const std::string& id) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(id, absl::MaxSplits('/', 1));
  const auto& [whole, part] = parts;
  switch (reader.call().rule->target()) {
    case TARGET_USER:
      return reader.Target<row::v1::User>().status();
    case TARGET_ORG:
      return reader.Target<row::v1::Org>().status();
    case TARGET_PROJECT: {
      RETURN_IF_ERROR(reader.Target<row::v1::Project>(whole).status());
      const bool of_grant = whole.size() < id.size();
      if (!of_grant || reader.projects().Grant(reader.instance(), id) != nullptr) break;
      return NoSuch("project_grant");
    }
    case TARGET_APPLICATION: {
      ASSIGN_OR_RETURN(const auto application, reader.Target<row::v1::Application>(part));
      if (application.project_id() != whole) return NoSuch("application");
      break;
    }
    default:
      break;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ListEventsResponse> ListEvents(Reader& reader, const ListEventsRequest& request) {
  if (request.limit() > kMaxLimit) {
    return Error(absl::StatusCode::kInvalidArgument, "query.limit_too_large",
                 "A page has at most 1000 entries.");
  }
  RETURN_IF_ERROR(ApplyRule(reader, request.aggregate_id()));
  return Scan(reader, request).Answer();
}

}  // namespace muniment::query
