// An application's keys, as decisions see them.
#ifndef MUNIMENT_COMMAND_APPLICATION_KEYS_H_
#define MUNIMENT_COMMAND_APPLICATION_KEYS_H_

#include <string>

#include "absl/container/btree_set.h"
#include "absl/strings/string_view.h"
#include "muniment/event/v1/application.visit.h"

namespace muniment::command {

struct ApplicationKeys {
  using Event = event::v1::ApplicationKeyEvent;
  static constexpr absl::string_view kNoun = "application_key";

  absl::btree_set<std::string> ids;  // of those that were not removed

  bool exists() const { return !ids.empty(); }
  size_t bytes() const { return ids.size() * 64; }
};

inline void Fold(ApplicationKeys& keys, const event::v1::ApplicationKeyAdded& event) {
  keys.ids.insert(event.key_id());
}
inline void Fold(ApplicationKeys& keys, const event::v1::ApplicationKeyRemoved& event) {
  keys.ids.erase(event.key_id());
}

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_APPLICATION_KEYS_H_
