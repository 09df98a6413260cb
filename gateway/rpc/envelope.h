// The five bytes before each message of gRPC, gRPC-Web and Connect streams: flags, then the length
// in network order.
#ifndef MUNIMENT_GATEWAY_RPC_ENVELOPE_H_
#define MUNIMENT_GATEWAY_RPC_ENVELOPE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace muniment::rpc {

inline constexpr size_t kEnvelopeHead = 5;
inline constexpr uint8_t kCompressed = 0x01;
inline constexpr uint8_t kConnectEnd = 0x02;
inline constexpr uint8_t kWebTrailers = 0x80;

// Makes room for the head in `out`; Finish writes it when the message stands behind.
size_t OpenEnvelope(std::string& out);
void CloseEnvelope(size_t start, uint8_t flags, std::string& out);

// Cuts a stream of bytes into messages. Not thread-safe.
class Unwrapper {
 public:
  struct Message {
    uint8_t flags;
    absl::string_view bytes;  // good until the next Feed
  };
  explicit Unwrapper(size_t max) : max_(max) {}

  void Feed(absl::string_view bytes);
  // All there is, without a copy.
  void Take(std::string bytes);
  // All there was, with what was cut already; nothing is left.
  std::string Release();
  // The next whole message, or nothing yet. RESOURCE_EXHAUSTED "request.too_large" as soon as a
  // head names more than `max` bytes.
  absl::StatusOr<std::optional<Message>> Next();
  // Bytes of an unfinished message are left.
  bool torn() const { return start_ < buffer_.size(); }

 private:
  const size_t max_;
  std::string buffer_;
  size_t start_ = 0;
};

}  // namespace muniment::rpc

#endif  // MUNIMENT_GATEWAY_RPC_ENVELOPE_H_
