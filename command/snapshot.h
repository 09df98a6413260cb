// A stream folded up to some version: what a command reads. Immutable, shared by all who read it.
//
// A state is a plain struct beside its folds (command/<aggregate>/):
//
//   struct User {
//     using Event = event::v1::UserEvent;               // the stream's type
//     static constexpr absl::string_view kNoun = "user";  // "user.not_found"
//     static constexpr TargetKind kTarget = TARGET_USER;  // only where rules name it
//     bool exists() const;                                // added and not removed
//     size_t bytes() const;                               // held beside sizeof; may be left out
//   };
//   void Fold(User&, const event::v1::HumanAdded&);       // one for each kind
//   absl::string_view OwnerOf(const User&);  // only where the aggregate does not say the owner
//
// StateOps is what the machinery, which knows no state's type, does with one. A type of stream has
// one type of state.
#ifndef MUNIMENT_COMMAND_SNAPSHOT_H_
#define MUNIMENT_COMMAND_SNAPSHOT_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/stream.h"
#include "eventstore/store.h"
#include "google/protobuf/message.h"

namespace muniment::command {

struct StateOps {
  uint32_t stream_type = 0;
  absl::string_view noun;
  TargetKind target = TARGET_UNSPECIFIED;
  std::shared_ptr<void> (*make)() = nullptr;
  std::shared_ptr<void> (*copy)(const void* state) = nullptr;
  void (*fold)(void* state, const google::protobuf::Message& event) = nullptr;
  bool (*exists)(const void* state) = nullptr;
  // Empty where the state does not know.
  absl::string_view (*owner)(const void* state) = nullptr;
  size_t (*bytes)(const void* state) = nullptr;
};

template <class State>
const StateOps& OpsOf() {
  static const StateOps ops = [] {
    StateOps ops;
    ops.stream_type = StreamTraits<typename State::Event>::kNumber;
    ops.noun = State::kNoun;
    if constexpr (requires { State::kTarget; }) ops.target = State::kTarget;
    ops.make = [] { return std::shared_ptr<void>(std::make_shared<State>()); };
    ops.copy = [](const void* state) {
      return std::shared_ptr<void>(std::make_shared<State>(*static_cast<const State*>(state)));
    };
    ops.fold = [](void* state, const google::protobuf::Message& event) {
      FoldEvent(*static_cast<State*>(state), static_cast<const typename State::Event&>(event));
    };
    ops.exists = [](const void* state) { return static_cast<const State*>(state)->exists(); };
    ops.owner = [](const void* state) -> absl::string_view {
      if constexpr (requires(const State& s) { OwnerOf(s); }) {
        return OwnerOf(*static_cast<const State*>(state));
      } else {
        return {};
      }
    };
    ops.bytes = [](const void* state) {
      size_t bytes = sizeof(State);
      if constexpr (requires(const State& s) { s.bytes(); }) {
        bytes += static_cast<const State*>(state)->bytes();
      }
      return bytes;
    };
    return ops;
  }();
  return ops;
}

struct Snapshot {
  eventstore::StreamKey key;
  const StateOps* ops = nullptr;
  uint64_t version = 0;   // 0: the stream has no event
  uint64_t sequence = 0;  // of the newest event
  absl::Time created;     // of the first event
  absl::Time changed;     // of the newest
  std::string owner;      // as the events say it; empty at version 0
  uint64_t epoch = 0;     // that the store had seen when it was read; 0: of no other can it be
  std::shared_ptr<const void> state;
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

// The snapshot of a stream without events.
SnapshotPtr EmptySnapshot(const eventstore::StreamKey& key, const StateOps& ops);

// Whose stream it is, where the type of stream has several owners or none of its own name.
struct Scope {
  Aggregate aggregate = AGGREGATE_UNSPECIFIED;
  std::string id;  // empty for the instance of the call
};

inline Scope InstanceScope() { return {AGGREGATE_INSTANCE, {}}; }
inline Scope OrgScope(absl::string_view id) { return {AGGREGATE_ORG, std::string(id)}; }
inline Scope UserScope(absl::string_view id) { return {AGGREGATE_USER, std::string(id)}; }
inline Scope ProjectScope(absl::string_view id) { return {AGGREGATE_PROJECT, std::string(id)}; }
// "project/grant"
inline Scope ProjectGrantScope(absl::string_view id) {
  return {AGGREGATE_PROJECT_GRANT, std::string(id)};
}

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_SNAPSHOT_H_
