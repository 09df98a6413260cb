// What authenticators must show, as the configuration says it.
#include "gateway/attestation.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "tests/base/virtual_authenticator.h"
#include "tests/gateway/data_dir.h"

namespace muniment::gateway {
namespace {

absl::StatusOr<webauthn::AttestationPolicy> Policy(const std::string& word,
                                                   const std::string& roots = "") {
  ConfigSources sources;
  sources.flags = {{"WebAuthn.Attestation", word}};
  if (!roots.empty()) sources.flags.push_back({"WebAuthn.RootsPath", roots});
  const auto config = Config::Load(sources);
  if (!config.ok()) return config.status();
  return AttestationOf(*config);
}

TEST_CASE("nothing is asked of an authenticator's make unless the configuration says so") {
  CHECK_FALSE(Policy("none")->ask);
  CHECK(Policy("direct")->ask);
  CHECK_FALSE(Policy("direct")->require_trusted);
  CHECK(Reason(Policy("all").status()) == "config.invalid_value");
}

TEST_CASE("trusted makes go with their roots, and roots with trusted makes") {
  const DataDir folder;
  const std::string file = folder / "roots.pem";
  const auto write = [&](const std::string& text) { std::ofstream(file) << text; };
  const auto key = webauthn::NewKey(webauthn::kEs256);
  const std::string root = webauthn::NewCertificate({.name = "Root"}, key.get());
  write(absl::StrCat("-----BEGIN CERTIFICATE-----\n", absl::Base64Escape(root),
                     "\n-----END CERTIFICATE-----\n"));
  const auto trusted = Policy("trusted", file);
  REQUIRE(trusted.status().message() == "");
  CHECK(trusted->ask);
  CHECK(trusted->require_trusted);
  CHECK(trusted->roots == std::vector<std::string>{root});
  CHECK(Reason(Policy("trusted").status()) == "config.invalid_value");
  CHECK(Reason(Policy("direct", file).status()) == "config.invalid_value");
  for (const std::string& wrong : {folder / "absent.pem", std::string(folder / "")}) {
    const auto refused = Policy("trusted", wrong);
    CHECK(Reason(refused.status()) == "config.invalid_value");
    CHECK(absl::StrContains(refused.status().message(), wrong));
  }
  for (const char* text : {"", "no certificate", "-----BEGIN CERTIFICATE-----\nMII"}) {
    write(text);
    CHECK(Reason(Policy("trusted", file).status()) == "config.invalid_value");
  }
}

}  // namespace
}  // namespace muniment::gateway
