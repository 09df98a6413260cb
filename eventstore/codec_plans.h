// What a codec holds: the compiled options, and the key of the claims. Private to codec.cc and
// codec_names.cc. Immutable.
#ifndef MUNIMENT_EVENTSTORE_CODEC_PLANS_H_
#define MUNIMENT_EVENTSTORE_CODEC_PLANS_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/text.h"
#include "eventstore/codec.h"
#include "eventstore/plan.h"
#include "eventstore/seal.h"

namespace muniment::eventstore {

inline std::string U32(uint32_t value) {
  std::string out(4, '\0');
  for (int i = 0; i < 4; ++i) out[i] = static_cast<char>(value >> (24 - 8 * i));
  return out;
}

inline std::string U64(uint64_t value) {
  return absl::StrCat(U32(static_cast<uint32_t>(value >> 32)), U32(static_cast<uint32_t>(value)));
}

struct Codec::Plans {
  Plans(absl::string_view claims_key, const std::vector<std::string>& files,
        std::function<std::string(size_t)> source)
      : set(files), claims(claims_key), random(std::move(source)) {}

  std::string Mac(char what, uint64_t instance, absl::string_view kind, absl::string_view scope,
                  absl::string_view value) const {
    return claims
        .Sign(absl::string_view(&what, 1), U64(instance), U32(kind.size()), kind, U32(scope.size()),
              scope, U32(value.size()), value)
        .str();
  }

  // The claim that a value makes or releases; false for none.
  bool MakeClaim(uint64_t instance, const UniqueValue& unique, store::v1::Claim& claim) const {
    const UniquePlan& plan = *unique.plan;
    if (unique.value.empty() && !plan.empty_releases) return false;
    const auto fold = [&](const std::string& text) { return plan.exact ? text : FoldName(text); };
    claim.set_slot(plan.kind);
    if (plan.scope != nullptr || plan.item != nullptr) {
      claim.set_slot(absl::StrCat(
          plan.kind, "/",
          HexEncode(
              Mac('\2', instance, plan.kind, unique.scope, fold(unique.item)).substr(0, 16))));
    }
    if (!unique.value.empty()) {
      claim.set_key(Mac('\1', instance, plan.kind, unique.scope, fold(unique.value)));
    }
    return true;
  }

  const StreamPlan* PlanOf(const EventDraft& draft) const {
    const StreamPlan* plan = set.Find(draft.stream.type);
    MUNIMENT_CHECK(plan != nullptr && draft.event != nullptr && draft.version > 0);
    MUNIMENT_CHECK(draft.event->GetDescriptor() == plan->info.descriptor);
    return plan;
  }

  absl::StatusOr<store::v1::Sealed> SealFor(KeySource& keys, uint64_t instance,
                                            const std::string& subject, absl::string_view purpose,
                                            absl::string_view aad, absl::string_view text,
                                            bool& erased) const {
    ASSIGN_OR_RETURN(const std::optional<OpenKey> key, keys.SealingKey(instance, subject));
    erased = !key.has_value();
    if (erased) return store::v1::Sealed();
    return Seal(key->id, key->key.reveal(), random(kSaltBytes), purpose, aad, text);
  }

  PlanSet set;
  HmacKey claims;
  std::function<std::string(size_t)> random;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_CODEC_PLANS_H_
