#include "tests/bench/oidc_floor.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/hash_memory.h"
#include "tests/bench/raw_hash.h"

namespace muniment::bench {
namespace {

constexpr size_t kSecretBytes = 64;  // of a client's
constexpr size_t kClaimsBytes = 500;

int Cores() { return static_cast<int>(std::max(std::thread::hardware_concurrency(), 1u)); }

void Sha256() {
  static const std::string* const secret = new std::string(kSecretBytes, 's');
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(secret->data(), secret->size(), out, &size, EVP_sha256(), nullptr) != 1) {
    Fail("SHA-256");
  }
}

EVP_PKEY* RsaKey() {
  static EVP_PKEY* const key = EVP_RSA_gen(2048);
  if (key == nullptr) Fail("an RSA key");
  return key;
}

const std::string& Claims() {
  static const std::string* const claims = new std::string(kClaimsBytes, 'c');
  return *claims;
}

const unsigned char* Bytes(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string SignOnce() {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
  std::string out(static_cast<size_t>(EVP_PKEY_get_size(RsaKey())), '\0');
  size_t size = out.size();
  const bool done =
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, RsaKey()) == 1 &&
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                     Bytes(Claims()), Claims().size()) == 1;
  if (!done) Fail("a signature");
  return out;
}

void VerifyOnce() {
  static const std::string* const signature = new std::string(SignOnce());
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
  const bool right =
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, RsaKey()) == 1 &&
      EVP_DigestVerify(context.get(), Bytes(*signature), signature->size(), Bytes(Claims()),
                       Claims().size()) == 1;
  if (!right) Fail("a signature");
}

std::string Empty(uint64_t) { return ""; }

}  // namespace

Load HashLoop(absl::Duration time) {
  return RunThreads(Cores(), time, [](int) {
    const HashMemory memory;
    RawHash();
  });
}

Floor::Floor(const Server& server, const Must& must, std::string authorization)
    : server_(server),
      must_(must),
      echo_path_(must.grpc ? kHealth : "/debug/healthz"),
      echo_(server.port(), "-", kConnections, kStreams) {
  if (!must.grpc) echo_.GetPages(std::move(authorization));
  loops_.push_back({.name = "SHA-256", .times = 1, .one = Sha256});
  if (must.rs256_verifies > 0) {
    loops_.push_back({.name = "RS256 verify", .times = must.rs256_verifies, .one = VerifyOnce});
  }
  if (must.rs256_signs > 0) {
    loops_.push_back({.name = "RS256 sign", .times = must.rs256_signs, .one = [] { SignOnce(); }});
  }
  if (must.argon2id) {
    const auto one = [] {
      const HashMemory memory;
      RawHash();
    };
    loops_.push_back({.name = "argon2id", .times = 1, .threads = Cores(), .one = one});
  }
  for (const Loop& loop : loops_) loop.one();  // what is made once is made before it counts
}

Floor::Cost Floor::Measure(absl::Duration time) {
  const absl::Duration part = time / static_cast<double>(loops_.size() + 1);
  const absl::Duration before = server_.Cpu();
  const Load echo = echo_.Run(echo_path_, part, Empty);
  Cost cost;
  cost.cpu_us = must_.calls * absl::ToDoubleMicroseconds(server_.Cpu() - before) /
                static_cast<double>(echo.operations);
  cost.wall_us = must_.calls * 1e6 / echo.per_second();
  for (Loop& loop : loops_) {
    // The first hash of a thread maps its memory, so these take longer.
    Load load = RunThreads(loop.threads, loop.threads > 1 ? 2 * part : part,
                           [&loop](int) { loop.one(); });
    cost.cpu_us += loop.times * load.cpu_us;
    cost.wall_us += loop.threads > 1 ? loop.times * 1e6 / load.per_second()
                                     : loop.times * load.cpu_us / Cores();
    loop.latencies = std::move(load.latencies);
  }
  return cost;
}

double Floor::Delays::Of(double part) const {
  double us = calls * echo.At(part);
  for (const auto& [times, latencies] : loops) us += times * latencies.At(part);
  return us / 1000;
}

Floor::Delays Floor::Paced(double rate, absl::Duration time) {
  Delays delays;
  delays.echo = echo_.RunPaced(echo_path_, rate, time, Empty).latencies;
  delays.calls = must_.calls;
  for (const Loop& loop : loops_) delays.loops.emplace_back(loop.times, loop.latencies);
  return delays;
}

std::string Floor::name() const {
  std::string name = must_.calls == 1 ? "echo" : absl::StrCat(must_.calls, " echoes");
  for (const Loop& loop : loops_) {
    absl::StrAppend(&name, "+", loop.times == 1 ? "" : absl::StrCat(loop.times, " "), loop.name);
  }
  return name;
}

}  // namespace muniment::bench
