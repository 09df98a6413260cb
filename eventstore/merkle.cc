#include "eventstore/merkle.h"

#include <algorithm>
#include <bit>

#include "base/error.h"

namespace muniment::eventstore {
namespace {

constexpr size_t kSizeBytes = 8;

struct Range {
  uint64_t first;
  uint64_t last;
};

// Where a tree of `leaves` > 1 splits: the largest power of two below it.
uint64_t Split(uint64_t leaves) { return std::bit_floor(leaves - 1); }

absl::StatusOr<std::vector<Digest>> Roots(const std::vector<Range>& ranges, LeafReader leaves) {
  std::vector<Digest> roots;
  for (const Range& range : ranges) {
    ASSIGN_OR_RETURN(const Digest root, RootOf(range.first, range.last, leaves));
    roots.push_back(root);
  }
  return roots;
}

bool IsOdd(uint64_t value) { return (value & 1) != 0; }

}  // namespace

Digest NodeHash(const Digest& left, const Digest& right) {
  return Sha256(absl::string_view("\1", 1), left, right);
}

Digest EmptyRoot() { return Sha256(absl::string_view()); }

void MerkleFrontier::Append(const Digest& leaf) {
  Digest node = leaf;
  // As a counter carries: each full subtree that the leaf completes doubles.
  for (uint64_t rest = size_; IsOdd(rest); rest >>= 1) {
    node = NodeHash(roots_.back(), node);
    roots_.pop_back();
  }
  roots_.push_back(node);
  ++size_;
}

Digest MerkleFrontier::Root() const {
  if (roots_.empty()) return EmptyRoot();
  Digest root = roots_.back();
  for (size_t i = roots_.size() - 1; i > 0; --i) root = NodeHash(roots_[i - 1], root);
  return root;
}

std::string MerkleFrontier::Serialize() const {
  std::string bytes;
  bytes.reserve(kSizeBytes + roots_.size() * Digest::kSize);
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(size_ >> shift));
  for (const Digest& root : roots_) bytes.append(root.bytes.data(), root.bytes.size());
  return bytes;
}

absl::StatusOr<MerkleFrontier> MerkleFrontier::Parse(absl::string_view bytes) {
  MerkleFrontier frontier;
  const absl::string_view size = bytes.substr(0, kSizeBytes);
  for (const char c : size) frontier.size_ = frontier.size_ << 8 | static_cast<uint8_t>(c);
  const size_t roots = static_cast<size_t>(std::popcount(frontier.size_));
  if (size.size() != kSizeBytes || bytes.size() != kSizeBytes + roots * Digest::kSize) {
    return Error(absl::StatusCode::kDataLoss, "merkle.frontier_damaged",
                 "The stored edge of a Merkle tree is damaged.");
  }
  for (size_t i = 0; i < roots; ++i) {
    frontier.roots_.push_back(
        *Digest::From(bytes.substr(kSizeBytes + i * Digest::kSize, Digest::kSize)));
  }
  return frontier;
}

absl::StatusOr<Digest> RootOf(uint64_t first, uint64_t last, LeafReader leaves) {
  MerkleFrontier tree;
  if (first < last) {
    RETURN_IF_ERROR(leaves(first, last, [&tree](const Digest& leaf) { tree.Append(leaf); }));
  }
  if (tree.size() != last - first) {
    return Error(absl::StatusCode::kDataLoss, "merkle.leaves_missing",
                 "The log does not hold the leaves that a proof was asked for.");
  }
  return tree.Root();
}

absl::StatusOr<std::vector<Digest>> InclusionProof(uint64_t index, uint64_t size,
                                                   LeafReader leaves) {
  if (index >= size) {
    return Error(absl::StatusCode::kInvalidArgument, "merkle.index",
                 "The tree does not have such a leaf.");
  }
  std::vector<Range> siblings;
  Range tree{0, size};
  while (tree.last - tree.first > 1) {
    const uint64_t middle = tree.first + Split(tree.last - tree.first);
    if (index < middle) {
      siblings.push_back({middle, tree.last});
      tree.last = middle;
    } else {
      siblings.push_back({tree.first, middle});
      tree.first = middle;
    }
  }
  std::reverse(siblings.begin(), siblings.end());
  return Roots(siblings, leaves);
}

absl::StatusOr<std::vector<Digest>> ConsistencyProof(uint64_t older, uint64_t newer,
                                                     LeafReader leaves) {
  if (older > newer) {
    return Error(absl::StatusCode::kInvalidArgument, "merkle.size",
                 "The older tree cannot be larger than the newer one.");
  }
  std::vector<Range> nodes;
  if (older == 0 || older == newer) return Roots(nodes, leaves);
  Range tree{0, newer};
  // The verifier knows the root of the older tree: it is only sent where it stands deeper.
  bool known = true;
  while (older != tree.last) {
    const uint64_t middle = tree.first + Split(tree.last - tree.first);
    if (older <= middle) {
      nodes.push_back({middle, tree.last});
      tree.last = middle;
    } else {
      nodes.push_back({tree.first, middle});
      tree.first = middle;
      known = false;
    }
  }
  if (!known) nodes.push_back(tree);
  std::reverse(nodes.begin(), nodes.end());
  return Roots(nodes, leaves);
}

bool VerifyInclusion(const Digest& leaf, uint64_t index, uint64_t size,
                     absl::Span<const Digest> proof, const Digest& root) {
  if (index >= size) return false;
  uint64_t node = index;
  uint64_t last = size - 1;
  Digest hash = leaf;
  for (const Digest& sibling : proof) {
    if (last == 0) return false;
    if (IsOdd(node) || node == last) {
      hash = NodeHash(sibling, hash);
      // A last node without a sibling rises unhashed until it has one.
      while (!IsOdd(node) && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      hash = NodeHash(hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && hash == root;
}

bool VerifyConsistency(uint64_t older, uint64_t newer, const Digest& older_root,
                       const Digest& newer_root, absl::Span<const Digest> proof) {
  if (older > newer) return false;
  if (older == newer) return proof.empty() && older_root == newer_root;
  if (older == 0) return proof.empty() && older_root == EmptyRoot();
  uint64_t node = older - 1;
  uint64_t last = newer - 1;
  while (IsOdd(node)) {
    node >>= 1;
    last >>= 1;
  }
  // An older tree that is one perfect subtree of the newer one is where the way begins; else the
  // proof's first node is.
  Digest begin = older_root;
  if (!std::has_single_bit(older)) {
    if (proof.empty()) return false;
    begin = proof.front();
    proof.remove_prefix(1);
  }
  Digest old_hash = begin;
  Digest new_hash = begin;
  for (const Digest& sibling : proof) {
    if (last == 0) return false;
    if (IsOdd(node) || node == last) {
      old_hash = NodeHash(sibling, old_hash);
      new_hash = NodeHash(sibling, new_hash);
      while (!IsOdd(node) && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      new_hash = NodeHash(new_hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && old_hash == older_root && new_hash == newer_root;
}

}  // namespace muniment::eventstore
