#include "gateway/oidc/sealed_tokens.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace muniment::gateway {
namespace {

struct Sort {
  absl::string_view prefix;
  absl::string_view purpose;
};

Sort Of(TokenSort sort) {
  return sort == TokenSort::kAccess ? Sort{"at_", "oidc.access"} : Sort{"rt_", "oidc.refresh"};
}

}  // namespace

std::string SealedTokens::Seal(TokenSort sort, const oidc::v1::SealedToken& content,
                               absl::Time expiration) const {
  const Sort row = Of(sort);
  return absl::StrCat(row.prefix,
                      sealer_.Seal(row.purpose, content.SerializeAsString(), expiration));
}

std::optional<oidc::v1::SealedToken> SealedTokens::Open(TokenSort sort, absl::string_view token,
                                                        absl::Time now) const {
  const Sort row = Of(sort);
  if (!Looks(sort, token)) return std::nullopt;
  const auto opened = sealer_.Open(row.purpose, token.substr(row.prefix.size()), now);
  oidc::v1::SealedToken content;
  if (!opened.ok() || !content.ParseFromString(*opened)) return std::nullopt;
  return content;
}

bool SealedTokens::Looks(TokenSort sort, absl::string_view token) {
  return absl::StartsWith(token, Of(sort).prefix);
}

}  // namespace muniment::gateway
