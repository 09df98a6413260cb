#include "base/login_hint.h"

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/oidc_code.h"
#include "base/text.h"

namespace muniment {

namespace {

std::string PurposeOf(uint64_t instance, absl::string_view id) {
  return absl::StrCat("oidc.login_hint/", instance, "/", id);
}

}  // namespace

std::string LoginRequestIdWith(const Sealer& sealer, uint64_t instance, absl::string_view id,
                               absl::string_view hint, absl::Time expiry) {
  std::string told = LoginRequestId(id);
  if (hint.empty() || hint.size() > kMaxLoginHint || !ValidUtf8(hint)) return told;
  absl::StrAppend(&told, std::string(1, kBehindLoginRequest),
                  sealer.Seal(PurposeOf(instance, id), hint, expiry));
  return told;
}

std::string HintOfLogin(const Sealer& sealer, uint64_t instance, absl::string_view told,
                        absl::Time now) {
  const size_t end = told.find(kBehindLoginRequest);
  const absl::string_view id = RequestOfLogin(told);
  if (end == absl::string_view::npos || !absl::c_all_of(id, absl::ascii_isdigit)) return "";
  const auto hint = sealer.Open(PurposeOf(instance, id), told.substr(end + 1), now);
  return hint.ok() ? *hint : "";
}

}  // namespace muniment
