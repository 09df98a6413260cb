// What the generated <event file>.visit.h say of each type of stream, for code that is written once
// for all of them:
//
//   StreamTraits<event::v1::UserEvent>::kNumber      stands in stream keys
//   StreamTraits<event::v1::UserEvent>::kAggregates  that own such streams
//   StreamTraits<event::v1::UserEvent>::Kinds        the messages of its oneof
//   Visit(event, [](const auto& kind) {...})         calls with the kind that is set
//   SetKind(event, HumanAdded{...})
//
// FoldEvent changes a state by one event through its overloads Fold(State&, const Kind&), found in
// the state's own namespace. A kind that has no overload and does not stand in State::Ignored does
// not compile: nothing is skipped by oversight.
//
//   struct User {
//     using Event = event::v1::UserEvent;
//     using Ignored = Kinds<event::v1::UserUnlocked>;  // may be left out
//   };
#ifndef MUNIMENT_BASE_STREAM_H_
#define MUNIMENT_BASE_STREAM_H_

#include <type_traits>

#include "muniment/options.pb.h"

namespace muniment {

template <class... K>
struct Kinds {
  template <class T>
  static constexpr bool kHas = (std::is_same_v<T, K> || ...);
};

// One list of more kinds behind another.
template <class List, class... More>
struct JoinKinds;
template <class... K, class... More>
struct JoinKinds<Kinds<K...>, More...> {
  using Type = Kinds<K..., More...>;
};
template <class List, class... More>
using Joined = typename JoinKinds<List, More...>::Type;

template <class Event>
struct StreamTraits;

template <class State, class Kind>
constexpr bool Ignores() {
  if constexpr (requires { typename State::Ignored; }) {
    return State::Ignored::template kHas<Kind>;
  } else {
    return false;
  }
}

template <class State>
void FoldEvent(State& state, const typename State::Event& event) {
  Visit(event, [&state](const auto& kind) {
    if constexpr (!Ignores<State, std::remove_cvref_t<decltype(kind)>>()) Fold(state, kind);
  });
}

}  // namespace muniment

#endif  // MUNIMENT_BASE_STREAM_H_
