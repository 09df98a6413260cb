// An application's keys, as decisions see them.
#ifndef MUNIMENT_COMMAND_APPLICATION_KEYS_H_
#define MUNIMENT_COMMAND_APPLICATION_KEYS_H_

#include <string>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "muniment/event/v1/application.visit.h"

namespace muniment::command {

struct ApplicationKeys {
  using Event = event::v1::ApplicationKeyEvent;
  static constexpr absl::string_view kNoun = "application_key";

  absl::btree_map<std::string, event::v1::ApplicationKeyAdded> keys;  // by id

  bool exists() const { return !keys.empty(); }
  size_t bytes() const { return keys.size() * 1024; }
};

inline void Fold(ApplicationKeys& keys, const event::v1::ApplicationKeyAdded& event) {
  keys.keys[event.key_id()] = event;
}
inline void Fold(ApplicationKeys& keys, const event::v1::ApplicationKeyRemoved& event) {
  keys.keys.erase(event.key_id());
}

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_APPLICATION_KEYS_H_
