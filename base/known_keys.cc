#include "base/known_keys.h"

#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"

namespace muniment {
namespace {

using Key = std::shared_ptr<const VerifyingKey>;

class KnownKeys {
 public:
  Key Find(const std::string& pem) {
    absl::ReaderMutexLock lock(&mutex_);
    const auto found = newer_.find(pem);
    if (found != newer_.end()) return found->second;
    const auto before = older_.find(pem);
    return before == older_.end() ? nullptr : before->second;
  }
  void Keep(const std::string& pem, Key key) {
    absl::MutexLock lock(&mutex_);
    // Those that nobody asked for since the last time go.
    if (newer_.size() >= kHalf) older_ = std::exchange(newer_, {});
    newer_.emplace(pem, std::move(key));
  }

 private:
  static constexpr size_t kHalf = 2048;

  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Key> newer_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, Key> older_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

std::shared_ptr<const VerifyingKey> KnownVerifyingKey(const std::string& public_pem) {
  static auto* const known = new KnownKeys();
  if (Key key = known->Find(public_pem)) return key;
  auto opened = VerifyingKey::Open(public_pem);
  if (!opened.ok()) return nullptr;
  auto key = std::make_shared<const VerifyingKey>(*std::move(opened));
  known->Keep(public_pem, key);
  return key;
}

}  // namespace muniment
