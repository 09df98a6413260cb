#include <algorithm>
#include <iterator>

#include "absl/strings/str_split.h"
#include "base/language.h"
#include "base/oauth_error.h"
#include "base/text.h"
#include "command/oidc/authorize_flow.h"

namespace muniment::command {

namespace {

struct Prompt {
  absl::string_view name;
  event::v1::OidcPrompt prompt;
};
constexpr Prompt kPrompts[] = {
    {"none", event::v1::OIDC_PROMPT_NONE},       {"login", event::v1::OIDC_PROMPT_LOGIN},
    {"consent", event::v1::OIDC_PROMPT_CONSENT}, {"select_account", event::v1::OIDC_PROMPT_SELECT_ACCOUNT},
    {"create", event::v1::OIDC_PROMPT_CREATE},
};
constexpr int kMaxWishes = 20;
constexpr size_t kMaxWish = 500;

// Wishes beyond some are none (OpenID Connect Core section 3.1.2.1).
void TakeWishes(AuthorizeFlow& flow) {
  for (const absl::string_view tag :
       absl::StrSplit(flow.Param("ui_locales"), ' ', absl::SkipEmpty())) {
    if (flow.asked.ui_locale_size() < kMaxWishes && LooksLikeLanguage(tag)) {
      flow.asked.add_ui_locale(std::string(tag));
    }
  }
  for (const absl::string_view acr :
       absl::StrSplit(flow.Param("acr_values"), ' ', absl::SkipEmpty())) {
    if (flow.asked.acr_value_size() < kMaxWishes && acr.size() <= kMaxWish) {
      flow.asked.add_acr_value(std::string(acr));
    }
  }
}

}  // namespace

absl::Status PromptKnown(AuthorizeFlow& flow) {
  TakeWishes(flow);
  for (const absl::string_view word :
       absl::StrSplit(flow.Param("prompt"), ' ', absl::SkipEmpty())) {
    const auto* known = std::find_if(std::begin(kPrompts), std::end(kPrompts),
                                     [word](const Prompt& row) { return row.name == word; });
    if (known == std::end(kPrompts)) {
      return OauthError(Oauth::kInvalidRequest, "There is no such prompt.");
    }
    const auto& asked = flow.asked.prompt();
    if (std::find(asked.begin(), asked.end(), known->prompt) == asked.end()) {
      flow.asked.add_prompt(known->prompt);
    }
  }
  const auto& asked = flow.asked.prompt();
  const bool none = std::find(asked.begin(), asked.end(), event::v1::OIDC_PROMPT_NONE) !=
                    asked.end();
  if (none && asked.size() > 1) {
    return OauthError(Oauth::kInvalidRequest, "prompt none stands alone.");
  }
  return absl::OkStatus();
}

}  // namespace muniment::command
