#include "gateway/oidc/address_pace.h"

#include <arpa/inet.h>

#include <algorithm>

namespace muniment::gateway {
namespace {

constexpr size_t kMostAddresses = 100'000;

std::string NetworkOf(const std::string& address) {
  in6_addr parsed;
  if (inet_pton(AF_INET6, address.c_str(), &parsed) != 1 || IN6_IS_ADDR_V4MAPPED(&parsed)) {
    return address;
  }
  return std::string(reinterpret_cast<const char*>(parsed.s6_addr), 8);
}

}  // namespace

bool AddressPace::Allow(absl::string_view address, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  if (busy_until_.size() >= kMostAddresses) {
    absl::erase_if(busy_until_, [now](const auto& each) { return each.second <= now; });
    // So many at once are one attack.
    if (busy_until_.size() >= kMostAddresses) return false;
  }
  absl::Time& until = busy_until_[NetworkOf(std::string(address))];
  const absl::Time next = std::max(until, now) + pace_.each;
  if (next > now + pace_.at_once * pace_.each) return false;
  until = next;
  return true;
}

}  // namespace muniment::gateway
