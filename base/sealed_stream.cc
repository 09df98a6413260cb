#include "base/sealed_stream.h"

namespace muniment {

std::string SealedStream::NextNonce(bool last) {
  std::string nonce(kAesNonceBytes, '\0');
  uint64_t number = pieces_++;
  for (size_t i = 8; i > 0; --i) {
    nonce[i - 1] = static_cast<char>(number);
    number >>= 8;
  }
  nonce.back() = last ? 1 : 0;
  return nonce;
}

std::string SealedStream::Seal(absl::string_view piece, bool last) {
  return AesGcmSeal(key_.reveal(), NextNonce(last), header_, piece);
}

std::optional<std::string> SealedStream::Open(absl::string_view sealed, bool last) {
  return AesGcmOpen(key_.reveal(), NextNonce(last), header_, sealed);
}

}  // namespace muniment
