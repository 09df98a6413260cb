// Keys in PEM (RFC 7468) as OpenSSL holds them. Private to base.
//
// Thread-safe; the text may be hostile. Nothing asks at a terminal, and no error stays behind.
#ifndef MUNIMENT_BASE_PEM_KEY_H_
#define MUNIMENT_BASE_PEM_KEY_H_

#include <openssl/bio.h>
#include <openssl/evp.h>

#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace muniment {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using BioPtr = std::unique_ptr<BIO, FreeBio>;
using KeyPtr = std::shared_ptr<EVP_PKEY>;

// Takes it.
KeyPtr OwnKey(EVP_PKEY* key);

// Null for what is none, an encrypted one too.
KeyPtr ReadPublicKey(absl::string_view pem);
KeyPtr ReadPrivateKey(absl::string_view pem);

// As OpenSSL calls it, "prime256v1"; empty for a key that is on none.
std::string CurveOf(EVP_PKEY* key);

}  // namespace muniment

#endif  // MUNIMENT_BASE_PEM_KEY_H_
