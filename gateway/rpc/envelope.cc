#include "gateway/rpc/envelope.h"

#include <utility>

#include "base/error.h"

namespace muniment::rpc {

size_t OpenEnvelope(std::string& out) {
  const size_t start = out.size();
  out.append(kEnvelopeHead, '\0');
  return start;
}

void CloseEnvelope(size_t start, uint8_t flags, std::string& out) {
  const size_t size = out.size() - start - kEnvelopeHead;
  out[start] = static_cast<char>(flags);
  for (size_t i = 0; i < 4; ++i) {
    out[start + 1 + i] = static_cast<char>(size >> (24 - 8 * i) & 0xff);
  }
}

void Unwrapper::Feed(absl::string_view bytes) {
  if (start_ == buffer_.size() || start_ > 64 << 10) {
    buffer_.erase(0, start_);
    start_ = 0;
  }
  buffer_.append(bytes.data(), bytes.size());
}

void Unwrapper::Take(std::string bytes) {
  buffer_ = std::move(bytes);
  start_ = 0;
}

std::string Unwrapper::Release() {
  start_ = 0;
  return std::exchange(buffer_, std::string());
}

absl::StatusOr<std::optional<Unwrapper::Message>> Unwrapper::Next() {
  const absl::string_view left = absl::string_view(buffer_).substr(start_);
  if (left.size() < kEnvelopeHead) return std::optional<Message>();
  size_t size = 0;
  for (size_t i = 1; i < kEnvelopeHead; ++i) {
    size = size << 8 | static_cast<unsigned char>(left[i]);
  }
  if (size > max_) {
    return Error(absl::StatusCode::kResourceExhausted, "request.too_large",
                 "The request is larger than is allowed.");
  }
  if (left.size() < kEnvelopeHead + size) return std::optional<Message>();
  start_ += kEnvelopeHead + size;
  return std::optional<Message>({static_cast<uint8_t>(left[0]), left.substr(kEnvelopeHead, size)});
}

}  // namespace muniment::rpc
