// Where messages go while no provider is configured: the newest hundred stay in the memory of the
// node that would have sent them, for the eyes of whoever works on its machine (outbox_pages.h).
//
// Thread-safe.
#ifndef MUNIMENT_GATEWAY_MESSAGE_OUTBOX_H_
#define MUNIMENT_GATEWAY_MESSAGE_OUTBOX_H_

#include <deque>
#include <memory>
#include <string>
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

  // The newest first.
  std::vector<EntryPtr> List() const;
  // Null: there is none, or no longer.
  EntryPtr Find(absl::string_view id) const;

 private:
  mutable absl::Mutex mutex_;
  std::deque<EntryPtr> entries_ ABSL_GUARDED_BY(mutex_);  // the oldest first
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_MESSAGE_OUTBOX_H_
