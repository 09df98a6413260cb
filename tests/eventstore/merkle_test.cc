#include "eventstore/merkle.h"

#include <catch2/catch.hpp>
#include <functional>
#include <random>

#include "base/error.h"

namespace muniment::eventstore {
namespace {

Digest D(absl::string_view hex) { return Digest::From(HexDecode(hex).value()).value(); }

// The eight entries that the certificate transparency implementations test with.
std::vector<Digest> KnownLeaves() {
  std::vector<Digest> leaves;
  for (const char* entry : {"", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                            "606162636465666768696a6b6c6d6e6f"}) {
    leaves.push_back(LeafHash(HexDecode(entry).value()));
  }
  return leaves;
}

const char* const kKnownRoots[] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

auto ReaderOf(const std::vector<Digest>& leaves) {
  return [&leaves](uint64_t first, uint64_t last, LeafVisitor visit) {
    for (uint64_t i = first; i < last && i < leaves.size(); ++i) visit(leaves[i]);
    return absl::OkStatus();
  };
}

std::vector<Digest> RandomLeaves(size_t count) {
  std::mt19937 random(static_cast<unsigned>(count));
  std::vector<Digest> leaves;
  for (size_t i = 0; i < count; ++i) leaves.push_back(LeafHash(std::to_string(random())));
  return leaves;
}

// The definitions of RFC 6962 section 2.1, word for word.
size_t LargestPowerBelow(size_t n) {
  size_t k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

Digest NaiveRoot(absl::Span<const Digest> leaves) {
  if (leaves.empty()) return Sha256("");
  if (leaves.size() == 1) return leaves[0];
  const size_t k = LargestPowerBelow(leaves.size());
  return NodeHash(NaiveRoot(leaves.subspan(0, k)), NaiveRoot(leaves.subspan(k)));
}

std::vector<Digest> NaivePath(size_t m, absl::Span<const Digest> leaves) {
  if (leaves.size() == 1) return {};
  const size_t k = LargestPowerBelow(leaves.size());
  std::vector<Digest> path =
      m < k ? NaivePath(m, leaves.subspan(0, k)) : NaivePath(m - k, leaves.subspan(k));
  path.push_back(NaiveRoot(m < k ? leaves.subspan(k) : leaves.subspan(0, k)));
  return path;
}

std::vector<Digest> NaiveSubproof(size_t m, absl::Span<const Digest> leaves, bool known) {
  if (m == leaves.size()) {
    return known ? std::vector<Digest>{} : std::vector<Digest>{NaiveRoot(leaves)};
  }
  const size_t k = LargestPowerBelow(leaves.size());
  std::vector<Digest> proof = m <= k ? NaiveSubproof(m, leaves.subspan(0, k), known)
                                     : NaiveSubproof(m - k, leaves.subspan(k), false);
  proof.push_back(NaiveRoot(m <= k ? leaves.subspan(k) : leaves.subspan(0, k)));
  return proof;
}

TEST_CASE("a growing tree has the published roots") {
  MerkleFrontier tree;
  CHECK(tree.Root() == D(kKnownRoots[0]));
  size_t size = 0;
  for (const Digest& leaf : KnownLeaves()) {
    tree.Append(leaf);
    CHECK(tree.size() == ++size);
    CHECK(tree.Root() == D(kKnownRoots[size]));
  }
}

TEST_CASE("a leaf's hash is of 0x00 and its parts, a node's of 0x01 and its children") {
  CHECK(LeafHash("ab", "c") == Sha256(std::string("\0abc", 4)));
  const Digest a = LeafHash("a"), b = LeafHash("b");
  CHECK(NodeHash(a, b) == Sha256("\1" + a.str() + b.str()));
}

TEST_CASE("proofs are the published ones") {
  const std::vector<Digest> leaves = KnownLeaves();
  using Proof = std::vector<Digest>;
  const Digest left = D("5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e");
  const Digest right = D("6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4");
  const Digest fifth = D("bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b");
  const Digest seven_eight = D("ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0");
  const Digest second = D("96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7");
  CHECK(InclusionProof(0, 8, ReaderOf(leaves)).value() == Proof{second, left, right});
  CHECK(InclusionProof(5, 8, ReaderOf(leaves)).value() ==
        Proof{fifth, seven_eight, D(kKnownRoots[4])});
  CHECK(InclusionProof(2, 3, ReaderOf(leaves)).value() == Proof{D(kKnownRoots[2])});
  CHECK(InclusionProof(1, 5, ReaderOf(leaves)).value() == Proof{D(kKnownRoots[1]), left, fifth});
  CHECK(InclusionProof(0, 1, ReaderOf(leaves)).value().empty());
  CHECK(ConsistencyProof(1, 8, ReaderOf(leaves)).value() == Proof{second, left, right});
  CHECK(ConsistencyProof(6, 8, ReaderOf(leaves)).value() ==
        Proof{D("0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"), seven_eight,
              D(kKnownRoots[4])});
  CHECK(ConsistencyProof(2, 5, ReaderOf(leaves)).value() == Proof{left, fifth});
  CHECK(ConsistencyProof(8, 8, ReaderOf(leaves)).value().empty());
  CHECK(ConsistencyProof(0, 8, ReaderOf(leaves)).value().empty());
}

TEST_CASE("roots and proofs of every size are those of the definition, and verify") {
  const std::vector<Digest> all = RandomLeaves(70);
  std::vector<Digest> roots;
  MerkleFrontier tree;
  roots.push_back(tree.Root());
  for (const Digest& leaf : all) {
    tree.Append(leaf);
    roots.push_back(tree.Root());
  }
  int wrong = 0;
  for (size_t size = 0; size <= all.size(); ++size) {
    const absl::Span<const Digest> leaves(all.data(), size);
    wrong += roots[size] != NaiveRoot(leaves);
    for (size_t i = 0; i < size; ++i) {
      const auto proof = InclusionProof(i, size, ReaderOf(all)).value();
      wrong += proof != NaivePath(i, leaves);
      wrong += !VerifyInclusion(all[i], i, size, proof, roots[size]);
    }
    for (size_t older = 0; older <= size; ++older) {
      const auto proof = ConsistencyProof(older, size, ReaderOf(all)).value();
      if (older > 0) wrong += proof != NaiveSubproof(older, leaves, true);
      wrong += !VerifyConsistency(older, size, roots[older], roots[size], proof);
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("a large tree's proofs verify") {
  const std::vector<Digest> leaves = RandomLeaves(100'003);
  MerkleFrontier tree;
  Digest at_half;
  for (const Digest& leaf : leaves) {
    tree.Append(leaf);
    if (tree.size() == 50'001) at_half = tree.Root();
  }
  CHECK(tree.Root() == NaiveRoot(leaves));
  for (const uint64_t i : {0, 1, 65'535, 65'536, 99'999, 100'002}) {
    const auto proof = InclusionProof(i, leaves.size(), ReaderOf(leaves)).value();
    CHECK(proof.size() <= 17);
    CHECK(VerifyInclusion(leaves[i], i, leaves.size(), proof, tree.Root()));
  }
  const auto proof = ConsistencyProof(50'001, leaves.size(), ReaderOf(leaves)).value();
  CHECK(VerifyConsistency(50'001, leaves.size(), at_half, tree.Root(), proof));
}

TEST_CASE("a proof of another leaf, place, size or root does not verify") {
  const std::vector<Digest> leaves = RandomLeaves(13);
  const Digest root = NaiveRoot(leaves);
  for (size_t i = 0; i < leaves.size(); ++i) {
    const auto proof = InclusionProof(i, 13, ReaderOf(leaves)).value();
    REQUIRE(VerifyInclusion(leaves[i], i, 13, proof, root));
    CHECK_FALSE(VerifyInclusion(LeafHash("forged"), i, 13, proof, root));
    CHECK_FALSE(VerifyInclusion(leaves[i], i, 13, proof, LeafHash("forged")));
    CHECK_FALSE(VerifyInclusion(leaves[i], 13, 13, proof, root));
    CHECK_FALSE(VerifyInclusion(leaves[i], i, 0, proof, root));
    for (size_t other = 0; other < 13; ++other) {
      if (other != i) CHECK_FALSE(VerifyInclusion(leaves[i], other, 13, proof, root));
    }
    auto changed = proof;
    changed.push_back(root);
    CHECK_FALSE(VerifyInclusion(leaves[i], i, 13, changed, root));
    changed.resize(proof.size() - 1);
    CHECK_FALSE(VerifyInclusion(leaves[i], i, 13, changed, root));
    for (size_t at = 0; at < proof.size(); ++at) {
      changed = proof;
      changed[at].bytes[31] = static_cast<char>(changed[at].bytes[31] ^ 1);
      CHECK_FALSE(VerifyInclusion(leaves[i], i, 13, changed, root));
    }
  }
}

TEST_CASE("a rewritten log does not prove itself consistent") {
  const std::vector<Digest> leaves = RandomLeaves(13);
  const Digest root = NaiveRoot(leaves);
  for (size_t older = 1; older < 13; ++older) {
    const Digest older_root = NaiveRoot(absl::MakeConstSpan(leaves).subspan(0, older));
    const auto proof = ConsistencyProof(older, 13, ReaderOf(leaves)).value();
    REQUIRE(VerifyConsistency(older, 13, older_root, root, proof));
    std::vector<Digest> rewritten = leaves;
    rewritten[older - 1] = LeafHash("rewritten");
    const auto forged = ConsistencyProof(older, 13, ReaderOf(rewritten)).value();
    CHECK_FALSE(VerifyConsistency(older, 13, older_root, NaiveRoot(rewritten), forged));
    CHECK_FALSE(VerifyConsistency(older, 13, root, older_root, proof));
    CHECK_FALSE(VerifyConsistency(older, 13, older_root, root, {}));
    CHECK_FALSE(VerifyConsistency(13, older, older_root, root, proof));
    for (size_t at = 0; at < proof.size(); ++at) {
      auto changed = proof;
      changed[at].bytes[0] = static_cast<char>(changed[at].bytes[0] ^ 1);
      CHECK_FALSE(VerifyConsistency(older, 13, older_root, root, changed));
    }
    auto longer = proof;
    longer.push_back(root);
    CHECK_FALSE(VerifyConsistency(older, 13, older_root, root, longer));
  }
  CHECK_FALSE(VerifyConsistency(13, 13, root, LeafHash("x"), {}));
  CHECK_FALSE(VerifyConsistency(0, 13, LeafHash("x"), root, {}));
  CHECK_FALSE(VerifyInclusion(root, ~uint64_t{0} - 1, ~uint64_t{0}, {}, root));
  CHECK_FALSE(VerifyConsistency(~uint64_t{0} - 1, ~uint64_t{0}, root, root, {root, root}));
}

TEST_CASE("a frontier that was stored grows on as if it had not been") {
  const std::vector<Digest> leaves = RandomLeaves(300);
  MerkleFrontier tree;
  for (const Digest& leaf : leaves) {
    const auto parsed = MerkleFrontier::Parse(tree.Serialize());
    REQUIRE(parsed.ok());
    REQUIRE(*parsed == tree);
    tree = *parsed;
    tree.Append(leaf);
  }
  CHECK(tree.Root() == NaiveRoot(leaves));
  CHECK(tree.Serialize().size() == 8 + 32 * 4);  // 300 has four bits
}

TEST_CASE("a damaged frontier is refused") {
  MerkleFrontier tree;
  for (const Digest& leaf : RandomLeaves(5)) tree.Append(leaf);
  const std::string bytes = tree.Serialize();
  for (size_t i = 0; i < bytes.size(); ++i) {
    CHECK(Reason(MerkleFrontier::Parse(bytes.substr(0, i)).status()) == "merkle.frontier_damaged");
  }
  CHECK_FALSE(MerkleFrontier::Parse(bytes + "x").ok());
  CHECK_FALSE(MerkleFrontier::Parse(std::string(8, '\xff')).ok());
  CHECK(MerkleFrontier::Parse(std::string(8, '\0'))->Root() == EmptyRoot());
}

TEST_CASE("a proof that cannot be made says why") {
  const std::vector<Digest> leaves = RandomLeaves(5);
  CHECK(Reason(InclusionProof(5, 5, ReaderOf(leaves)).status()) == "merkle.index");
  CHECK(Reason(InclusionProof(0, 0, ReaderOf(leaves)).status()) == "merkle.index");
  CHECK(Reason(ConsistencyProof(6, 5, ReaderOf(leaves)).status()) == "merkle.size");
  CHECK(Reason(InclusionProof(0, 6, ReaderOf(leaves)).status()) == "merkle.leaves_missing");
  CHECK(Reason(RootOf(3, 9, ReaderOf(leaves)).status()) == "merkle.leaves_missing");
  CHECK(RootOf(2, 5, ReaderOf(leaves)).value() ==
        NaiveRoot(absl::MakeConstSpan(leaves).subspan(2)));
  const auto broken = [](uint64_t, uint64_t, LeafVisitor) {
    return Error(absl::StatusCode::kDataLoss, "store.damaged", "Damaged.");
  };
  CHECK(Reason(InclusionProof(1, 4, broken).status()) == "store.damaged");
}

}  // namespace
}  // namespace muniment::eventstore
