// TXT records, by c-ares. For domain_prover.cc.
//
//   ASSIGN_OR_RETURN(const auto texts, LookUpTxt("_zitadel-challenge.example.com", options,
//                                                absl::Now() + absl::Seconds(10), go_on));
//
// Whoever owns the name decides what comes back, so it is bounded: aliases are followed eight times
// and never in a circle, an answer beyond kMaxDnsAnswer counts for nothing. What is cut off over
// UDP is asked for again over TCP. Only the servers that are named are ever spoken to.
//
// Thread-safe. LookUpTxt blocks. Errors: NOT_FOUND "dns.no_record"; UNAVAILABLE "dns.unreachable",
// "dns.malformed"; DEADLINE_EXCEEDED "dns.timeout"; RESOURCE_EXHAUSTED "dns.answer_too_large",
// "dns.too_many_aliases"; FAILED_PRECONDITION "dns.alias_loop"; CANCELLED "dns.stopped".
#ifndef MUNIMENT_GATEWAY_DNS_H_
#define MUNIMENT_GATEWAY_DNS_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace muniment::gateway {

inline constexpr size_t kMaxDnsAnswer = 16 << 10;
inline constexpr int kMaxDnsAliases = 8;

struct DnsOptions {
  // As ParseNameServer gives them; none: the system's.
  std::vector<std::string> servers = {};
  // Of one server, which is then asked again or the next one; it doubles with each round.
  absl::Duration patience = absl::Seconds(2);
  int rounds = 3;
};

// "192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:53", in the form of an authority
// with its port; nothing for what is no address or has no such port.
std::optional<std::string> ParseNameServer(absl::string_view text);

// The records of that name, of each the strings that it is made of as one. At least one.
absl::StatusOr<std::vector<std::string>> LookUpTxt(const std::string& name,
                                                   const DnsOptions& options, absl::Time deadline,
                                                   const std::function<bool()>& go_on);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_DNS_H_
