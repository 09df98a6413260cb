#include "base/key_pair.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/error.h"

namespace muniment {
namespace {

std::string Pem(EVP_PKEY* key) {
  BIO* const out = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(out, key);
  EVP_PKEY_free(key);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out, &data);
  std::string pem(data, static_cast<size_t>(size));
  BIO_free(out);
  return pem;
}

std::string Refusal(const std::string& pem) { return Reason(CheckPublicKey(pem).status()); }

TEST_CASE("a pair that is made has two halves of one key, and no two are the same") {
  const KeyPair pair = NewKeyPair();
  BIO* const in = BIO_new_mem_buf(pair.private_pem.reveal().data(),
                                  static_cast<int>(pair.private_pem.size()));
  EVP_PKEY* const key = PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr);
  BIO_free(in);
  REQUIRE(key != nullptr);
  CHECK(EVP_PKEY_get_bits(key) == 2048);
  CHECK(Pem(key) == pair.public_pem);
  CHECK(CheckPublicKey(pair.public_pem).value() == pair.public_pem);
  CHECK(NewKeyPair().public_pem != pair.public_pem);
}

TEST_CASE("public keys are taken in the kinds that assertions are signed with") {
  CHECK(CheckPublicKey(Pem(EVP_RSA_gen(3072))).ok());
  for (const char* curve : {"P-256", "P-384", "P-521"}) CHECK(CheckPublicKey(Pem(EVP_EC_gen(curve))).ok());
  CHECK(CheckPublicKey(Pem(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"))).ok());
  CHECK(Refusal(Pem(EVP_RSA_gen(1024))) == "key.weak");
  CHECK(Refusal(Pem(EVP_EC_gen("secp256k1"))) == "key.malformed");
  CHECK(Refusal(Pem(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"))) == "key.malformed");
}

TEST_CASE("what is no public key alone is refused") {
  const KeyPair pair = NewKeyPair();
  const std::string& pem = pair.public_pem;
  CHECK(CheckPublicKey(absl::StrCat("\n ", pem, "\r\n\t")).value() == pem);
  CHECK(CheckPublicKey(absl::StrReplaceAll(pem, {{"\n", "\r\n"}})).value() == pem);
  for (const std::string& bad :
       {std::string(), std::string("-----BEGIN PUBLIC KEY-----"),
        std::string("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----"),
        std::string(pair.private_pem.reveal()), absl::StrCat(pem, pem), absl::StrCat("key: ", pem),
        absl::StrCat(pem, "x"), pem.substr(0, pem.size() / 2), std::string("\0\0", 2),
        absl::StrReplaceAll(pem, {{"MII", "AAA"}}), std::string(1 << 20, 'A')}) {
    CHECK(Refusal(bad) == "key.malformed");
  }
}

// How much of what was typed is left when `refuses` has been called, in a process of its own that
// has a standard input and no terminal: whoever is asked there answers from the one.
size_t LeftOf(const std::string& typed, const std::function<bool()>& refuses) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  REQUIRE(write(ends[1], typed.data(), typed.size()) == static_cast<ssize_t>(typed.size()));
  close(ends[1]);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    setsid();
    dup2(ends[0], 0);
    dup2(open("/dev/null", O_WRONLY), 2);  // the question
    _exit(refuses() ? 0 : 1);
  }
  int status = -1;
  int left = -1;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(ioctl(ends[0], FIONREAD, &left) == 0);
  close(ends[0]);
  return static_cast<size_t>(left);
}

TEST_CASE("a key under a password is refused, and nobody is asked for it") {
  const std::string pem =
      "-----BEGIN PUBLIC KEY-----\nProc-Type: 4,ENCRYPTED\n"
      "DEK-Info: AES-128-CBC,000102030405060708090A0B0C0D0E0F\n\n"
      "AAAAAAAAAAAAAAAAAAAAAA==\n-----END PUBLIC KEY-----";
  const std::string typed = "a password\n";
  CHECK(LeftOf(typed, [&] { return Refusal(pem) == "key.malformed"; }) == typed.size());
  // Read plainly it is asked for.
  CHECK(LeftOf(typed, [&] {
          BIO* const in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
          return PEM_read_bio_PUBKEY(in, nullptr, nullptr, nullptr) == nullptr;
        }) == 0);
}

}  // namespace
}  // namespace muniment
