#include "gateway/attestation.h"

#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace muniment::gateway {
namespace {

absl::Status Refuse(const std::string& path, absl::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument, "config.invalid_value",
               absl::StrCat("WebAuthn.RootsPath is ", path, ": ", why));
}

}  // namespace

absl::StatusOr<webauthn::AttestationPolicy> AttestationOf(const Config& config) {
  webauthn::AttestationPolicy policy;
  policy.ask = config.Text(Key::kAttestation) != "none";
  policy.require_trusted = config.Text(Key::kAttestation) == "trusted";
  if (!policy.require_trusted) return policy;
  const std::string& path = config.Text(Key::kAttestationRoots);
  std::ifstream file(path);
  std::ostringstream pem;
  // A directory opens and cannot be read.
  if (!file.good() || !(pem << file.rdbuf())) return Refuse(path, "It cannot be read, or is empty.");
  auto roots = webauthn::ReadRoots(pem.str());
  if (!roots.ok()) return Refuse(path, roots.status().message());
  policy.roots = *std::move(roots);
  return policy;
}

}  // namespace muniment::gateway
