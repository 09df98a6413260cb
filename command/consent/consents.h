// What a person agreed to, as decisions see it.
#ifndef MUNIMENT_COMMAND_CONSENT_CONSENTS_H_
#define MUNIMENT_COMMAND_CONSENT_CONSENTS_H_

#include <string>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "muniment/event/v1/consent.visit.h"

namespace muniment::command {

struct UserConsents {
  using Event = event::v1::UserConsentEvent;
  static constexpr absl::string_view kNoun = "user.consent";

  // By document and version: when.
  absl::btree_map<std::pair<event::v1::ConsentKind, std::string>, google::protobuf::Timestamp>
      given;

  bool exists() const { return !given.empty(); }
  size_t bytes() const { return given.size() * 128; }
};

void Fold(UserConsents& consents, const event::v1::ConsentGiven& event);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_CONSENT_CONSENTS_H_
