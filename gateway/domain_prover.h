// Looks at a domain for the token that proves whose it is: command::DomainProver over the one way
// out by HTTP (outbound.h) and over DNS (dns.h).
//
//   WebDomainProver prover({.outbound = {.allowed = networks}});
//   prover.Ask({.whom = "1/acme", .domain = "acme.com", .proof = event::v1::DOMAIN_PROOF_DNS,
//               .token = token},
//              [](absl::StatusOr<bool> proved) { ... });
//
// The file is fetched over https, certificate verified, from public addresses; a few redirects are
// followed to where that holds as well. Its body, white space around it aside, is the token, or one
// of the TXT records is. Whatever else the domain does is no proof.
//
// Thread-safe; threads of its own, made when first something is asked. At most kMostProofs are
// under way, of one asker kMostProofsOfOne, each for at most its timeout.
#ifndef MUNIMENT_GATEWAY_DOMAIN_PROVER_H_
#define MUNIMENT_GATEWAY_DOMAIN_PROVER_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "command/domain_proof.h"
#include "gateway/config.h"
#include "gateway/dns.h"
#include "gateway/outbound.h"
#include "gateway/worker_pool.h"

namespace muniment::gateway {

inline constexpr size_t kMostProofs = 16;
inline constexpr size_t kMostProofsOfOne = 2;

struct DomainProverOptions {
  // Of what it allows its size and redirects are bounded further.
  OutboundOptions outbound = {};
  DnsOptions dns = {};
  absl::Duration timeout = absl::Seconds(10);
};

class WebDomainProver final : public command::DomainProver {
 public:
  explicit WebDomainProver(DomainProverOptions options);
  // By Outbound.AllowedNetworks and DNS.Servers.
  static absl::StatusOr<std::unique_ptr<WebDomainProver>> Open(const Config& config);
  ~WebDomainProver() override;

  void Ask(command::DomainQuestion question,
           absl::AnyInvocable<void(absl::StatusOr<bool>)> done) override;
  // Takes nothing more and breaks off what is under way.
  void Stop();

 private:
  absl::Status Enter(const std::string& whom);
  void Leave(const std::string& whom);
  absl::StatusOr<bool> Prove(const command::DomainQuestion& question);
  bool HasFile(const command::DomainQuestion& question) const;
  bool HasRecord(const command::DomainQuestion& question) const;

  const DnsOptions dns_;
  const Outbound outbound_;
  const absl::Duration timeout_;
  std::atomic<bool> stopping_ = false;
  absl::Mutex mutex_;
  size_t under_way_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<std::string, size_t> of_one_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<WorkerPool> pool_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_DOMAIN_PROVER_H_
