// Whether a domain shows the token that proves whose it is. That takes looking at the world, which
// handlers do not: they ask Unit::Proved, and the router asks this port while the call is parked.
//
// Implemented by the gateway (gateway/domain_prover.h). Thread-safe.
#ifndef MUNIMENT_COMMAND_DOMAIN_PROOF_H_
#define MUNIMENT_COMMAND_DOMAIN_PROOF_H_

#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "muniment/event/v1/org.pb.h"

namespace muniment::command {

struct DomainQuestion {
  // On whose behalf; who asks much does not keep others from asking.
  std::string whom;
  std::string domain;  // A-labels in lower case
  event::v1::DomainProof proof = event::v1::DOMAIN_PROOF_NONE;
  std::string token;
  absl::Time deadline = absl::InfiniteFuture();
};

class DomainProver {
 public:
  virtual ~DomainProver() = default;

  // Calls `done` once, on any thread, perhaps before it returns: true where the token was found.
  // Whatever the domain does, or fails to do in time, is false. RESOURCE_EXHAUSTED
  // "domain_proof.busy" when too many are looked for; UNAVAILABLE "domain_proof.unavailable" when
  // the server stops.
  virtual void Ask(DomainQuestion question,
                   absl::AnyInvocable<void(absl::StatusOr<bool>)> done) = 0;
};

// Where the owner puts the token, as he is told: the file's address, or the name of the TXT record.
inline std::string PlaceOfProof(event::v1::DomainProof proof, absl::string_view domain,
                                absl::string_view token) {
  if (proof == event::v1::DOMAIN_PROOF_DNS) return absl::StrCat("_zitadel-challenge.", domain);
  return absl::StrCat("https://", domain, "/.well-known/zitadel-challenge/", token, ".txt");
}

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_DOMAIN_PROOF_H_
