// How often one address may do what costs us something and asks for no right: some at once, then one
// each while. Of IPv6 the first 64 bits count, as somebody has all of the rest. Of this node, which
// forgets those who rest. Thread-safe.
//
//   AddressPace guesses(kGuesses);
//   if (!guesses.Allow(request.peer, now)) ...
#ifndef MUNIMENT_GATEWAY_OIDC_ADDRESS_PACE_H_
#define MUNIMENT_GATEWAY_OIDC_ADDRESS_PACE_H_

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace muniment::gateway {

struct Pace {
  int at_once = 1;
  absl::Duration each;
};
// Codes that devices show (RFC 8628 section 5.1).
inline constexpr Pace kGuesses = {10, absl::Seconds(6)};
// Requests to sign in and of devices, which the log keeps: of all who share an address.
inline constexpr Pace kRequests = {2000, absl::Milliseconds(20)};

class AddressPace {
 public:
  explicit AddressPace(const Pace& pace) : pace_(pace) {}

  bool Allow(absl::string_view address, absl::Time now);
  // What it was last allowed turned out to cost nothing.
  void GiveBack(absl::string_view address);

 private:
  const Pace pace_;
  absl::Mutex mutex_;
  // When all that was done is worked off.
  absl::flat_hash_map<std::string, absl::Time> busy_until_ ABSL_GUARDED_BY(mutex_);
  absl::Time next_sweep_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_OIDC_ADDRESS_PACE_H_
