#include "command/tries.h"

#include <arpa/inet.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace muniment::command {

namespace {

std::string Network(absl::string_view address) {
  constexpr size_t kPrefixBytes = 8;
  constexpr absl::string_view kMapped("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
  std::string text(absl::StripAsciiWhitespace(address));
  in_addr ip4;
  if (inet_pton(AF_INET, text.c_str(), &ip4) == 1) return text;  // written in one way alone
  in6_addr parsed;
  if (inet_pton(AF_INET6, text.c_str(), &parsed) != 1) return "";
  const absl::string_view bytes(reinterpret_cast<const char*>(&parsed), sizeof(parsed));
  if (!absl::StartsWith(bytes, kMapped)) return std::string(bytes.substr(0, kPrefixBytes));
  char plain[INET_ADDRSTRLEN];
  return inet_ntop(AF_INET, bytes.data() + kMapped.size(), plain, sizeof(plain));
}

}  // namespace

std::optional<Tries::Place> Tries::Take(absl::string_view whom, absl::string_view address) {
  std::string from = Network(address);
  absl::MutexLock lock(&mutex_);
  const auto found = taken_.find(whom);
  if (found != taken_.end()) {
    const auto own = found->second.by_address.find(from);
    const int of_address = own == found->second.by_address.end() ? 0 : own->second;
    if (found->second.all >= kTriesOfUser || of_address >= kTriesOfAddress) return std::nullopt;
  }
  Taken& taken = taken_[whom];
  ++taken.all;
  ++taken.by_address[from];
  return Place(this, std::string(whom), std::move(from));
}

size_t Tries::users() const {
  absl::MutexLock lock(&mutex_);
  return taken_.size();
}

void Tries::Release(const std::string& whom, const std::string& from) {
  absl::MutexLock lock(&mutex_);
  const auto found = taken_.find(whom);
  if (--found->second.all == 0) {
    taken_.erase(found);
    return;
  }
  const auto own = found->second.by_address.find(from);
  if (--own->second == 0) found->second.by_address.erase(own);
}

}  // namespace muniment::command
