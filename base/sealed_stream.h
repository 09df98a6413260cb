// A long text sealed piece by piece, so that neither side holds more than one piece: AES-256-GCM,
// each piece under a nonce of its number and of whether it is the last (the STREAM construction of
// Hoang, Reyhanitabar, Rogaway and Vizár). A piece that was changed, left out, moved, added, or is of
// another stream does not open, and neither does a stream that was cut off.
//
//   SealedStream sealing(key, header);
//   out << header << sealing.Seal(piece, false) << sealing.Seal(rest, true);
//
//   SealedStream opening(key, header);
//   std::optional<std::string> piece = opening.Open(sealed, at_end);
//
// The key belongs to one stream alone. All pieces but the last have kPieceBytes. One thread.
#ifndef MUNIMENT_BASE_SEALED_STREAM_H_
#define MUNIMENT_BASE_SEALED_STREAM_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "base/crypto.h"
#include "base/secret.h"

namespace muniment {

class SealedStream {
 public:
  static constexpr size_t kPieceBytes = 64 << 10;
  static constexpr size_t kSealedBytes = kPieceBytes + kAesTagBytes;

  // 32 bytes. `header` stands in the clear before the pieces and is proved with each of them.
  SealedStream(Secret key, absl::string_view header) : key_(std::move(key)), header_(header) {}

  std::string Seal(absl::string_view piece, bool last);
  std::optional<std::string> Open(absl::string_view sealed, bool last);

 private:
  std::string NextNonce(bool last);

  const Secret key_;
  const std::string header_;
  uint64_t pieces_ = 0;
};

}  // namespace muniment

#endif  // MUNIMENT_BASE_SEALED_STREAM_H_
