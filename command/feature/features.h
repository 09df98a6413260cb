// What an instance switched on or off, all in one stream.
//
// A new flag is its field in the published request and answer and in Features, and its kind in
// FeatureEvent, all of one name: everything else follows from that.
#ifndef MUNIMENT_COMMAND_FEATURE_FEATURES_H_
#define MUNIMENT_COMMAND_FEATURE_FEATURES_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/features.h"
#include "command/unit.h"
#include "muniment/event/v1/feature.visit.h"

namespace muniment::command {

struct Features {
  using Event = event::v1::FeatureEvent;
  static constexpr absl::string_view kNoun = "feature";

  event::v1::Features flags;

  bool exists() const { return true; }
};

template <class Kind>
requires requires(const Kind& kind) { kind.features(); }
void Fold(Features& state, const Kind& event) {
  TakeFlags(event.features(), &state.flags);
}
inline void Fold(Features& state, const event::v1::InstanceFeaturesReset&) { state = Features(); }

// The instance's; those that it never set are not.
absl::StatusOr<Ref<Features>> LoadFeatures(Unit& unit);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_FEATURE_FEATURES_H_
