#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "eventstore/postgres/refusal.h"
#include "gateway/cli/command_line.h"
#include "gateway/cli/parse_error.h"
#include "gateway/cli/stop_signals.h"
#include "gateway/storage.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "query/admin/aggregates.h"
#include "query/admin/event_payload.h"

namespace muniment::gateway {
namespace {

using eventstore::Event;
using eventstore::StoredEvent;

constexpr absl::Duration kFollowEvery = absl::Milliseconds(300);

struct EventOptions {
  std::vector<std::string> types;
  uint64_t instance = 0;
  std::string aggregate_id, owner, actor;
  uint64_t after = 0;
  std::string since;
  uint64_t limit = std::numeric_limits<uint64_t>::max();
  bool follow = false;
  bool payload = false;
  bool context = false;

  // What is sealed is opened for nobody who does not ask for it.
  bool opens() const { return payload || context; }
};

// "user.human.added", "user.human" for all below it, or the same with ".*" behind.
bool TypeFits(absl::string_view type, absl::string_view wanted) {
  absl::ConsumeSuffix(&wanted, ".*");
  return type == wanted || absl::StartsWith(type, absl::StrCat(wanted, "."));
}

bool Fits(const Event& event, const EventOptions& options) {
  const eventstore::EventMeta& meta = event.meta;
  if (options.instance != 0 && meta.stream.instance != options.instance) return false;
  if (meta.sequence <= options.after) return false;
  // What has streams for its parts is all of them.
  if (!options.aggregate_id.empty() && meta.stream.id != options.aggregate_id &&
      query::AggregateId(meta.stream) != options.aggregate_id) {
    return false;
  }
  if (!options.owner.empty() && meta.owner != options.owner) return false;
  if (!options.actor.empty() && meta.actor != options.actor) return false;
  if (options.types.empty()) return true;
  for (const std::string& type : options.types) {
    if (TypeFits(meta.type, type)) return true;
  }
  return false;
}

std::string Quoted(absl::string_view text) {
  google::protobuf::Value value;
  value.set_string_value(std::string(text));
  std::string json;
  // Fails for what is not UTF-8; event texts are checked when they are stored.
  if (!google::protobuf::util::MessageToJsonString(value, &json).ok()) return "\"\"";
  return json;
}

// The keys of a Struct have no order; in a line of JSON they stand by name, so that equal events
// print equal lines.
std::string Sorted(const google::protobuf::Value& value) {
  if (value.has_struct_value()) {
    std::map<std::string, std::string> members;
    for (const auto& [name, member] : value.struct_value().fields()) {
      members[name] = absl::StrCat(Quoted(name), ":", Sorted(member));
    }
    return absl::StrCat("{", absl::StrJoin(members, ",", [](std::string* out, const auto& member) {
      absl::StrAppend(out, member.second);
    }), "}");
  }
  if (value.has_list_value()) {
    return absl::StrCat("[", absl::StrJoin(value.list_value().values(), ",",
                                           [](std::string* out, const auto& element) {
                                             absl::StrAppend(out, Sorted(element));
                                           }), "]");
  }
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(value, &json).ok()) return "null";
  return json;
}

// A message of texts, by their names, those that say something.
std::string Texts(const google::protobuf::Message& message) {
  google::protobuf::Value said;
  auto& members = *said.mutable_struct_value()->mutable_fields();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const auto* field : fields) {
    members[field->json_name()].set_string_value(
        message.GetReflection()->GetString(message, field));
  }
  return Sorted(said);
}

void Print(const Event& event, const EventOptions& options) {
  std::string line;
  const auto add = [&line](absl::string_view name, absl::string_view json) {
    absl::StrAppend(&line, line.empty() ? "{" : ",", Quoted(name), ":", json);
  };
  const auto set = [&add](absl::string_view name, absl::string_view text) {
    if (!text.empty()) add(name, Quoted(text));
  };
  const eventstore::EventMeta& meta = event.meta;
  set("instance", absl::StrCat(meta.stream.instance));
  set("sequence", absl::StrCat(meta.sequence));
  set("created", absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", meta.created_at, absl::UTCTimeZone()));
  set("type", meta.type);
  set("aggregate", query::AggregateName(meta.stream.aggregate));
  set("id", meta.stream.id);
  set("owner", meta.owner);
  set("actor", meta.actor);
  set("version", absl::StrCat(meta.version));
  if (options.payload) {
    google::protobuf::Value said;
    *said.mutable_struct_value() = query::EventPayload(*event.event);
    add("payload", Sorted(said));
    if (!event.complete) add("erased", "true");
  }
  if (options.context) {
    if (event.context.has_value()) add("context", Texts(*event.context));
    if (event.reported.has_value()) add("reported", Texts(*event.reported));
  }
  std::puts(absl::StrCat(line, "}").c_str());
}

// A slip in a name would look like a log without such events.
absl::Status CheckTypes(const Storage& storage, const std::vector<std::string>& wanted) {
  const std::vector<std::string> known = storage.codec().TypeNames();
  for (const std::string& type : wanted) {
    const bool fits = std::any_of(known.begin(), known.end(), [&type](const std::string& name) {
      return TypeFits(name, type);
    });
    if (!fits) {
      return Error(absl::StatusCode::kInvalidArgument, "events.unknown_type",
                   absl::StrCat("No event is of the type \"", type, "\"."));
    }
  }
  return absl::OkStatus();
}

// How far a run has come.
struct Reading {
  const EventOptions& options;
  absl::Time since = absl::InfinitePast();
  // Of the last event that was printed or passed over.
  uint64_t position = 0;
  uint64_t left = 0;
  uint64_t epoch = 0;  // 0: not known yet
  StopSignals* stop = nullptr;

  bool MayGoOn() const { return left > 0 && (stop == nullptr || !stop->asked()); }
};

// Prints what stands behind the position and moves that on; false when enough was printed. What
// fails leaves the position before the event that it failed at.
absl::StatusOr<bool> PrintFrom(Storage& storage, Reading& reading) {
  const EventOptions& options = reading.options;
  absl::Status failed;
  const absl::Status read =
      storage.store().ReadLog(reading.position, [&](const StoredEvent& stored) {
        if (stored.created_at >= reading.since) {
          const auto event = options.opens() ? storage.codec().Decode(stored, storage.keys())
                                             : storage.codec().DecodeClear(stored);
          failed = event.status();
          if (!failed.ok()) return false;
          if (Fits(*event, options)) {
            Print(*event, options);
            --reading.left;
          }
        }
        reading.position = stored.position;
        return reading.MayGoOn();
      });
  std::fflush(stdout);
  RETURN_IF_ERROR(read);
  RETURN_IF_ERROR(failed);
  return reading.MayGoOn() && std::ferror(stdout) == 0;
}

// Positions go on meaning what they did only as long as the log has not lost its end.
absl::StatusOr<bool> PrintNext(Storage& storage, Reading& reading) {
  RETURN_IF_ERROR(storage.CatchUp());
  ASSIGN_OR_RETURN(const eventstore::LogHead head, storage.store().ReadLogHead());
  if (reading.epoch == 0) reading.epoch = head.epoch;
  if (head.epoch != reading.epoch || head.position < reading.position) {
    return Error(absl::StatusCode::kAborted, "events.other_epoch",
                 "The log has lost its newest events, and some that were printed may be gone. Read "
                 "it again from where you know it.");
  }
  return PrintFrom(storage, reading);
}

// Goes on until it is told to end. A database that is away is waited for.
absl::Status Follow(Storage& storage, Reading& reading) {
  bool away = false;
  while (true) {
    const absl::StatusOr<bool> more = PrintNext(storage, reading);
    if (more.ok() && !*more) return absl::OkStatus();
    if (!more.ok()) {
      const absl::Status why = eventstore::AsRefusal(more.status());
      if (storage.shared() == nullptr || Reason(why) != "store.unavailable") return why;
      if (!away) {
        std::fprintf(stderr, "muniment: the database is away, and waited for (%s)\n",
                     std::string(why.message()).c_str());
      }
    } else if (away) {
      std::fputs("muniment: the database is back\n", stderr);
    }
    away = !more.ok();
    if (reading.stop->WaitFor(kFollowEvery)) return absl::OkStatus();
  }
}

absl::Status RunEvents(const CommandLine& line, const EventOptions& options) {
  ASSIGN_OR_RETURN(const Config config, line.LoadConfig());
  Reading reading = {.options = options, .left = options.limit};
  if (!options.since.empty() &&
      !absl::ParseTime(absl::RFC3339_full, options.since, &reading.since, nullptr)) {
    return Error(absl::StatusCode::kInvalidArgument, "events.invalid_time",
                 absl::StrCat("A time is written 2030-01-31T12:00:00Z, not \"", options.since,
                              "\"."));
  }
  std::optional<StopSignals> stop;
  if (options.follow) reading.stop = &stop.emplace();
  StorageOptions opening;
  opening.follow = true;
  ASSIGN_OR_RETURN(const auto storage, Storage::Open(config, opening));
  RETURN_IF_ERROR(CheckTypes(*storage, options.types));
  std::signal(SIGPIPE, SIG_IGN);
  if (reading.left == 0) return absl::OkStatus();
  return options.follow ? Follow(*storage, reading) : PrintFrom(*storage, reading).status();
}

}  // namespace

void AddEvents(CLI::App& app, CommandLine& line) {
  CLI::App* sub =
      app.add_subcommand("events", "Prints the log as JSON lines, beside a running server too");
  const auto options = std::make_shared<EventOptions>();
  sub->add_option("--type", options->types, "user.human.added, or user.human for all below it")
      ->type_name("TYPE")
      ->allow_extra_args(false);
  sub->add_option("--id", options->aggregate_id, "Of the user, organization, project, ...")
      ->type_name("ID");
  sub->add_option("--owner", options->owner, "The organization that owns it")
      ->type_name("ID");
  sub->add_option("--actor", options->actor, "The user who did it")
      ->type_name("ID");
  sub->add_option("--instance", options->instance, "Only of this instance")
      ->type_name("ID")
      ->check(WholeNumber());
  sub->add_option("--after", options->after, "Only above this sequence")
      ->type_name("NUMBER")
      ->check(WholeNumber());
  sub->add_option("--since", options->since, "Only from this time on")->type_name("TIME");
  sub->add_option("--limit", options->limit, "At most so many")
      ->type_name("NUMBER")
      ->check(WholeNumber());
  sub->add_flag("-f,--follow", options->follow,
                "Go on with what comes; a database that goes away is waited for");
  sub->add_flag("--payload", options->payload,
                "With what the events say, people's data too; never secrets");
  sub->add_flag("--context", options->context,
                "With where whoever acted sat: his address and program, and what a login reported "
                "of the person");
  AddConfigFlags(*sub, line, Shown::kStore);
  sub->footer(
      "Examples:\n"
      "  muniment events --type user --follow\n"
      "  muniment events --payload --id 267842378123 | jq .\n"
      "  muniment events --context --actor 267842378123 --since 2030-01-31T12:00:00Z");
  sub->callback([&line, options] { line.result = RunEvents(line, *options); });
}

}  // namespace muniment::gateway
