#include "gateway/oidc/address_pace.h"

#include <arpa/inet.h>

#include <algorithm>

namespace muniment::gateway {
namespace {

constexpr size_t kMostAddresses = 100'000;
// Looking at all of them takes a moment, for which all others wait.
constexpr absl::Duration kSweep = absl::Seconds(1);

std::string NetworkOf(const std::string& address) {
  in6_addr parsed;
  if (inet_pton(AF_INET6, address.c_str(), &parsed) != 1 || IN6_IS_ADDR_V4MAPPED(&parsed)) {
    return address;
  }
  return std::string(reinterpret_cast<const char*>(parsed.s6_addr), 8);
}

}  // namespace

bool AddressPace::Allow(absl::string_view address, absl::Time now) {
  const std::string network = NetworkOf(std::string(address));
  absl::MutexLock lock(&mutex_);
  auto found = busy_until_.find(network);
  if (found == busy_until_.end()) {
    if (busy_until_.size() >= kMostAddresses && now >= next_sweep_) {
      next_sweep_ = now + kSweep;
      absl::erase_if(busy_until_, [now](const auto& each) { return each.second <= now; });
    }
    // So many at once are one attack, in which those who are known already go on.
    if (busy_until_.size() >= kMostAddresses) return false;
    found = busy_until_.emplace(network, absl::InfinitePast()).first;
  }
  absl::Time& until = found->second;
  const absl::Time next = std::max(until, now) + pace_.each;
  if (next > now + pace_.at_once * pace_.each) return false;
  until = next;
  return true;
}

void AddressPace::GiveBack(absl::string_view address) {
  absl::MutexLock lock(&mutex_);
  const auto found = busy_until_.find(NetworkOf(std::string(address)));
  if (found != busy_until_.end()) found->second -= pace_.each;
}

}  // namespace muniment::gateway
