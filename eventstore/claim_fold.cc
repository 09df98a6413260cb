#include "eventstore/claim_fold.h"

namespace muniment::eventstore {

bool ClaimFold::Apply(const StreamKey& stream, const Inspection& event) {
  Slots& slots = streams_[stream];
  if (event.releases_claims) {
    for (const auto& [slot, key] : slots.held) holders_.erase({stream.instance, key});
    slots = {};
  }
  slots.knowable = slots.knowable && event.claims_complete;
  bool free = true;
  for (const ClaimChange& change : event.claims) {
    const auto held = slots.held.find(change.slot);
    if (held != slots.held.end()) {
      holders_.erase({stream.instance, held->second});
      slots.held.erase(held);
    }
    if (change.key.empty()) continue;
    const Digest key = *Digest::From(change.key);
    const auto [holder, inserted] = holders_.emplace(std::pair(stream.instance, key), stream);
    free = free && inserted;
    slots.held[change.slot] = key;
  }
  if (slots.held.empty() && slots.knowable) streams_.erase(stream);
  return free;
}

}  // namespace muniment::eventstore
