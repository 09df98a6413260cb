// What tests of the log share: keys that anybody can compute, randomness that repeats, and short
// ways to make events. One kind of fake: FixedKeys keeps the contract of KeySource.
#ifndef MUNIMENT_TESTS_EVENTSTORE_FIXTURE_H_
#define MUNIMENT_TESTS_EVENTSTORE_FIXTURE_H_

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "eventstore/codec.h"
#include "google/protobuf/message.h"

namespace muniment::eventstore {

inline constexpr absl::string_view kTestClaimsKey = "claims key of tests: 32 bytes...";
inline constexpr char kTestEvents[] = "tests/eventstore/test_events.proto";

// The same bytes in every run: SHA-256 of a counter.
inline std::function<std::string(size_t)> RepeatableRandom() {
  return [count = 0](size_t size) mutable {
    return Sha256(absl::StrCat("random ", ++count)).str().substr(0, size);
  };
}

inline CodecOptions TestOptions() { return {{kTestEvents}, RepeatableRandom()}; }

// One data key a subject, derived from its name.
class FixedKeys final : public KeySource {
 public:
  static OpenKey KeyOf(uint64_t instance, absl::string_view subject) {
    const std::string name = absl::StrCat(instance, " ", subject);
    return {Sha256(absl::StrCat("id ", name)).str().substr(0, 16),
            Secret(Sha256(absl::StrCat("key ", name)).str())};
  }

  absl::StatusOr<std::optional<OpenKey>> SealingKey(uint64_t instance,
                                                    absl::string_view subject) override {
    asked_.emplace(subject);
    if (erased_.contains({instance, std::string(subject)})) return std::nullopt;
    const OpenKey key = KeyOf(instance, subject);
    keys_.emplace(std::pair(instance, key.id), key);
    return key;
  }
  absl::StatusOr<std::optional<OpenKey>> OpeningKey(uint64_t instance,
                                                    absl::string_view key_id) override {
    const auto found = keys_.find({instance, std::string(key_id)});
    if (found == keys_.end()) return std::nullopt;
    return found->second;
  }

  void Erase(uint64_t instance, const std::string& subject) {
    erased_.emplace(instance, subject);
    keys_.erase({instance, KeyOf(instance, subject).id});
  }
  // Every subject that a sealing key was asked for.
  const std::set<std::string>& asked() const { return asked_; }

 private:
  absl::flat_hash_map<std::pair<uint64_t, std::string>, OpenKey> keys_;
  std::set<std::pair<uint64_t, std::string>> erased_;
  std::set<std::string> asked_;
};

inline EventDraft Draft(StreamKey stream, uint64_t version, const google::protobuf::Message& event,
                        std::string actor = "admin", const store::v1::Context* context = nullptr) {
  return {std::move(stream), version, "org1", std::move(actor), &event, context};
}

inline StoredEvent Store(const NewEvent& event, uint64_t position = 1) {
  return {position,   event.stream.instance,
          position,   absl::FromUnixMicros(1'700'000'000'000'000),
          event.keep, event.body};
}

}  // namespace muniment::eventstore

#endif  // MUNIMENT_TESTS_EVENTSTORE_FIXTURE_H_
