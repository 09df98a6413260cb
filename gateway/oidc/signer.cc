#include "gateway/oidc/signer.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/known_keys.h"
#include "command/webkey/web_keys.h"

namespace muniment::gateway {
namespace {

absl::Status NoKey() {
  return Error(absl::StatusCode::kUnavailable, "web_key.none",
               "The instance has no key that signs.");
}

// An instance has few; those of so many are read anew.
constexpr size_t kMostKept = 4096;

}  // namespace

absl::StatusOr<JwsAlgorithm> Signer::Algorithm(uint64_t instance) const {
  const auto row = clients_.SigningKey(instance);
  if (row == nullptr) return NoKey();
  return row->algorithm();
}

absl::StatusOr<Signer::Signing> Signer::PrivateKey(uint64_t instance, const row::v1::WebKey& row) {
  const Id id(instance, row.id());
  {
    absl::ReaderMutexLock lock(&mutex_);
    const auto found = signing_.find(id);
    if (found != signing_.end()) return found->second;
  }
  const auto& ops = command::OpsOf<command::WebKeys>();
  const eventstore::StreamKey stream = {.instance = instance,
                                        .type = ops.stream_type,
                                        .aggregate = AGGREGATE_WEB_KEY,
                                        .id = absl::StrCat(instance)};
  ASSIGN_OR_RETURN(const auto snapshot, command::ReadSnapshot(source_, nullptr, stream, ops));
  const auto& keys = *static_cast<const command::WebKeys*>(snapshot->state.get());
  const auto key = keys.keys.find(row.id());
  if (key == keys.keys.end()) return NoKey();
  ASSIGN_OR_RETURN(SigningKey opened,
                   SigningKey::Open(key->second.private_key(), key->second.algorithm()));
  auto kept = std::make_shared<const SigningKey>(std::move(opened));
  absl::MutexLock lock(&mutex_);
  if (signing_.size() >= kMostKept) signing_.clear();
  return signing_.try_emplace(id, std::move(kept)).first->second;
}

absl::StatusOr<std::string> Signer::Sign(uint64_t instance, absl::string_view type,
                                         absl::string_view claims) {
  const auto row = clients_.SigningKey(instance);
  if (row == nullptr) return NoKey();
  ASSIGN_OR_RETURN(const Signing key, PrivateKey(instance, *row));
  // Ids of keys are ours, and hold nothing that JSON would escape.
  const std::string header = absl::StrCat(R"({"alg":")", NameOf(row->algorithm()), R"(","kid":")",
                                          row->id(), R"(","typ":")", type, R"("})");
  return key->Sign(header, claims);
}

std::optional<Jwt> Signer::Verify(uint64_t instance, absl::string_view token) {
  auto parsed = ParseJwt(token);
  if (!parsed.ok()) return std::nullopt;
  const auto row = clients_.WebKey(instance, parsed->key_id);
  if (row == nullptr || row->algorithm() != parsed->algorithm) return std::nullopt;
  const auto key = KnownVerifyingKey(row->public_key());
  if (key == nullptr || !key->Verifies(parsed->algorithm, parsed->parts)) return std::nullopt;
  return *std::move(parsed);
}

}  // namespace muniment::gateway
