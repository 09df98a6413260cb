// What a call remembers between the runs of its handler, and what a run is given. For the unit and
// the router; handlers see neither.
#ifndef MUNIMENT_COMMAND_MEMORY_H_
#define MUNIMENT_COMMAND_MEMORY_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/caller.h"
#include "base/code.h"
#include "base/id.h"
#include "base/key_pair.h"
#include "base/secret.h"
#include "command/domain_proof.h"
#include "command/lookup.h"
#include "command/message_pace.h"
#include "command/rule.h"
#include "command/snapshot.h"
#include "command/snapshot_cache.h"
#include "command/tries.h"
#include "eventstore/codec.h"
#include "muniment/store/v1/body.pb.h"

namespace muniment::webauthn {
struct AttestationPolicy;
}  // namespace muniment::webauthn

namespace muniment::command {

// What one run was given; outlives its unit.
struct UnitContext {
  uint64_t instance = 0;
  const Caller* caller = nullptr;
  const MethodRule* rule = nullptr;  // null: a command for the system alone
  const google::protobuf::Message* request = nullptr;
  const store::v1::Context* context = nullptr;
  absl::Time now;
  SnapshotCache* cache = nullptr;
  Lookup* lookup = nullptr;
  IdGenerator* ids = nullptr;
  const eventstore::Codec* codec = nullptr;
  const webauthn::AttestationPolicy* attestation = nullptr;
  Tries* tries = nullptr;
  MessagePace* pace = nullptr;
};

// Of one call, over all its runs.
struct CallMemory {
  std::vector<std::string> ids;
  std::vector<std::string> secrets;
  std::vector<std::pair<CodeGenerator, std::string>> codes;
  std::vector<absl::StatusOr<KeyPair>> key_pairs;
  // Ids made by this call: their streams cannot have an event yet, and the commit checks it.
  absl::flat_hash_set<std::string> minted;
  // By SHA-256 of the inputs, so that no password stays here.
  absl::flat_hash_map<std::string, absl::StatusOr<std::string>> hashes;
  absl::flat_hash_map<std::string, absl::StatusOr<bool>> verdicts;
  // Of domains, likewise.
  absl::flat_hash_map<std::string, absl::StatusOr<bool>> proofs;
  // Of its tries whose answer is held back.
  std::vector<Tries::Place> places;
  // Of its messages.
  std::vector<MessagePace::Place> messages;
  // The newest snapshots this call was given: the cache may have dropped them since.
  absl::flat_hash_map<eventstore::StreamKey, SnapshotPtr> pins;
};

// What a run lacked.
struct Wants {
  struct Stream {
    eventstore::StreamKey key;
    const StateOps* ops;
  };
  struct Password {
    std::string memo;  // key in CallMemory
    std::string whom;  // who takes turns with others; of a hash to be made, nobody
    Secret password;
    std::string hash;  // empty: to be hashed
  };
  struct Proof {
    std::string memo;
    DomainQuestion question;
  };
  std::vector<Stream> streams;
  std::vector<Password> passwords;
  std::vector<Proof> proofs;
  std::optional<KeySpec> key_pair;

  bool empty() const { return size() == 0; }
  size_t size() const {
    return streams.size() + passwords.size() + proofs.size() + (key_pair.has_value() ? 1 : 0);
  }
};

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_MEMORY_H_
