// Merkle trees as RFC 6962 section 2.1 has them, over the leaf hashes of stored events: what proves
// that a log still holds what it once held.
//
//   MerkleFrontier tree;                       // O(log n) digests, whatever the size
//   tree.Append(LeafHash(envelope, body));
//   Digest root = tree.Root();
//
//   ASSIGN_OR_RETURN(auto proof, InclusionProof(index, size, leaves));
//   VerifyInclusion(leaf, index, size, proof, root)
//
// A proof is made by reading every leaf of the tree once, in at most 64 calls of the range reader;
// to verify one takes O(log n) hashes and nothing of ours but these functions. Verifiers take
// hostile input. A frontier belongs to one thread at a time; the functions are thread-safe.
#ifndef MUNIMENT_EVENTSTORE_MERKLE_H_
#define MUNIMENT_EVENTSTORE_MERKLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/crypto.h"

namespace muniment::eventstore {

// SHA-256(0x00 || parts); parts as base Sha256 takes them.
template <typename... Parts>
Digest LeafHash(const Parts&... parts) {
  return Sha256(absl::string_view("\0", 1), parts...);
}
// SHA-256(0x01 || left || right).
Digest NodeHash(const Digest& left, const Digest& right);
// The root of the tree without leaves: SHA-256 of nothing.
Digest EmptyRoot();

// The roots of the perfect subtrees a growing tree is made of, one for each bit of its size.
class MerkleFrontier {
 public:
  void Append(const Digest& leaf);
  uint64_t size() const { return size_; }
  Digest Root() const;

  // size u64 big-endian || the subtrees' roots, the largest subtree first.
  std::string Serialize() const;
  // DATA_LOSS "merkle.frontier_damaged" for what Serialize cannot have written.
  static absl::StatusOr<MerkleFrontier> Parse(absl::string_view bytes);

  bool operator==(const MerkleFrontier&) const = default;

 private:
  uint64_t size_ = 0;
  std::vector<Digest> roots_;
};

using LeafVisitor = absl::FunctionRef<void(const Digest& leaf)>;
// Visits the leaves with first <= index < last in order.
using LeafReader =
    absl::FunctionRef<absl::Status(uint64_t first, uint64_t last, LeafVisitor visit)>;

// The root of the tree of the leaves first <= index < last. What the reader answers is passed on;
// DATA_LOSS "merkle.leaves_missing" when it visits another number of leaves.
absl::StatusOr<Digest> RootOf(uint64_t first, uint64_t last, LeafReader leaves);

// Siblings on the way from the leaf to the root, RFC 6962 section 2.1.1. INVALID_ARGUMENT
// "merkle.index" unless index < size; other errors as RootOf.
absl::StatusOr<std::vector<Digest>> InclusionProof(uint64_t index, uint64_t size,
                                                   LeafReader leaves);
// That the tree of `newer` leaves begins with that of `older`, RFC 6962 section 2.1.2; empty when
// older is 0 or equal. INVALID_ARGUMENT "merkle.size" unless older <= newer.
absl::StatusOr<std::vector<Digest>> ConsistencyProof(uint64_t older, uint64_t newer,
                                                     LeafReader leaves);

// RFC 9162 sections 2.1.3.2 and 2.1.4.2.
bool VerifyInclusion(const Digest& leaf, uint64_t index, uint64_t size,
                     absl::Span<const Digest> proof, const Digest& root);
bool VerifyConsistency(uint64_t older, uint64_t newer, const Digest& older_root,
                       const Digest& newer_root, absl::Span<const Digest> proof);

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_MERKLE_H_
