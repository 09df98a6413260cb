#include "command/user/link.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "command/instance/instance.h"
#include "command/user/codes.h"

namespace muniment::command {
namespace {

// A host by which the instance is reached, or one below it: as passkeys trust them.
absl::StatusOr<bool> IsOwnPage(Unit& unit, const std::string& url_template) {
  if (url_template.empty()) return true;
  const std::optional<std::string> host = HostOfUrlTemplate(url_template);
  if (!host.has_value()) return false;
  ASSIGN_OR_RETURN(const auto instance, unit.LoadAny<Instance>(InstanceScope()));
  for (const std::string& domain : instance->domains) {
    if (*host == domain || absl::EndsWith(*host, absl::StrCat(".", domain))) return true;
  }
  return false;
}

}  // namespace

absl::Status MayLinkTo(Unit& unit, const std::string& url_template, UrlKind kind,
                       absl::FunctionRef<absl::Status()> may_be_told) {
  if (url_template.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(CheckUrlTemplate(url_template, UrlVariables(kind)));
  ASSIGN_OR_RETURN(const bool own, IsOwnPage(unit, url_template));
  return own ? absl::OkStatus() : may_be_told();
}

absl::StatusOr<bool> WentToUser(Unit& unit, const Ref<User>& user, event::v1::CodePurpose purpose) {
  ASSIGN_OR_RETURN(const auto codes, unit.LoadAny<UserCodes>(user.id()));
  const auto pending = codes->pending.find(purpose);
  if (pending == codes->pending.end()) return false;
  const event::v1::Code& code = pending->second.code;
  if (code.channel() == event::v1::CODE_CHANNEL_RETURNED) return false;
  return IsOwnPage(unit, code.url_template());
}

}  // namespace muniment::command
