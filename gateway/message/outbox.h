// Where messages go while no provider is configured: the newest hundred stay in the memory of the
// node that would have sent them, for the eyes of whoever works on its machine (outbox_pages.h).
// Those of a person go with him, also one that was being made when he was erased.
//
// Thread-safe.
#ifndef MUNIMENT_GATEWAY_MESSAGE_OUTBOX_H_
#define MUNIMENT_GATEWAY_MESSAGE_OUTBOX_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "gateway/message/sender.h"

namespace muniment::gateway {

class Outbox final : public Sender {
 public:
  static constexpr size_t kMost = 100;

  struct Entry {
    std::string id;  // of 32 hex digits
    absl::Time at;
    Message message;
  };
  using EntryPtr = std::shared_ptr<const Entry>;

  // One that comes again takes the place of the first.
  absl::Status Send(const Message& message, const SendLimits& limits) override;

  // For each node, once its read models know that he was erased.
  void Forget(uint64_t instance, absl::string_view user_id);

  // The newest first.
  std::vector<EntryPtr> List() const;
  // Null: there is none, or no longer.
  EntryPtr Find(absl::string_view id) const;

 private:
  // A message is on its way for moments, and so many are not erased in one.
  static constexpr size_t kForgotten = 1000;
  using Owner = std::pair<uint64_t, std::string>;

  mutable absl::Mutex mutex_;
  std::deque<EntryPtr> entries_ ABSL_GUARDED_BY(mutex_);  // the oldest first
  std::deque<Owner> forgotten_ ABSL_GUARDED_BY(mutex_);   // the last of them
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_MESSAGE_OUTBOX_H_
