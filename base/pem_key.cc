#include "base/pem_key.h"

#include <openssl/err.h>
#include <openssl/pem.h>

namespace muniment {

namespace {

// Without one OpenSSL asks at the terminal for the password of what is encrypted, and waits.
int NoPassword(char*, int, int, void*) { return -1; }

template <class Read>
KeyPtr ReadKey(absl::string_view pem, Read read) {
  const BioPtr in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  KeyPtr key = OwnKey(read(in.get(), nullptr, &NoPassword, nullptr));
  ERR_clear_error();
  return key;
}

}  // namespace

KeyPtr OwnKey(EVP_PKEY* key) {
  return key == nullptr ? nullptr : KeyPtr(key, [](EVP_PKEY* one) { EVP_PKEY_free(one); });
}

KeyPtr ReadPublicKey(absl::string_view pem) { return ReadKey(pem, &PEM_read_bio_PUBKEY); }
KeyPtr ReadPrivateKey(absl::string_view pem) { return ReadKey(pem, &PEM_read_bio_PrivateKey); }

std::string CurveOf(EVP_PKEY* key) {
  char name[32] = {};
  size_t size = 0;
  if (EVP_PKEY_get_group_name(key, name, sizeof name, &size) != 1) return {};
  return std::string(name, size);
}

}  // namespace muniment
