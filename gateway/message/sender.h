// Who takes messages to people: a mail server, a provider behind HTTP, or, while there is neither,
// the outbox of a developer's machine.
//
// Thread-safe; Send blocks, up to its limits. What it sends carries message.key, by which a receiver
// knows a repetition.
#ifndef MUNIMENT_GATEWAY_MESSAGE_SENDER_H_
#define MUNIMENT_GATEWAY_MESSAGE_SENDER_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gateway/message/message.h"

namespace muniment::gateway {

struct SendLimits {
  absl::Time deadline = absl::InfiniteFuture();
  // Asked now and then; false breaks it off.
  std::function<bool()> go_on = [] { return true; };
};

class Sender {
 public:
  virtual ~Sender() = default;
  // OK: whoever takes it on has said so. FAILED_PRECONDITION: he never will; any other error may
  // pass. No error tells whom it was for or what it said.
  virtual absl::Status Send(const Message& message, const SendLimits& limits) = 0;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_MESSAGE_SENDER_H_
