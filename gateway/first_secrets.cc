#include "gateway/first_secrets.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "gateway/private_file.h"

namespace muniment::gateway {
namespace {

std::string PathOf(const Config& config) {
  return absl::StrCat(config.Text(Key::kDataDir), "/first-start");
}

// The file's lines, each where it is set: a name, a space, and what stands there.
constexpr std::pair<absl::string_view, std::string FirstSecrets::*> kTexts[] = {
    {"organization", &FirstSecrets::organization_id}, {"administrator", &FirstSecrets::login_name}};
constexpr std::pair<absl::string_view, Secret FirstSecrets::*> kSecrets[] = {
    {"password", &FirstSecrets::password},
    {"token", &FirstSecrets::token},
    {"key", &FirstSecrets::key_file},
    {"login-client", &FirstSecrets::login_token}};

void AddLine(std::string& text, absl::string_view name, absl::string_view value) {
  if (!value.empty()) absl::StrAppend(&text, name, " ", value, "\n");
}

absl::Status Write(const std::string& path, const Secret& secret, absl::string_view end) {
  if (secret.empty()) return absl::OkStatus();
  const Secret content(absl::StrCat(secret.reveal(), end));
  return ReplacePrivateFile(path, content.reveal());
}

}  // namespace

absl::Status KeepFirstSecrets(const Config& config, const FirstSecrets& secrets) {
  std::string text;
  for (const auto& [name, member] : kTexts) AddLine(text, name, secrets.*member);
  for (const auto& [name, member] : kSecrets) AddLine(text, name, (secrets.*member).reveal());
  const Secret content(std::move(text));
  return ReplacePrivateFile(PathOf(config), content.reveal());
}

absl::StatusOr<std::optional<FirstSecrets>> ReadFirstSecrets(const Config& config) {
  absl::StatusOr<std::string> text = ReadPrivateFile(PathOf(config));
  if (absl::IsNotFound(text.status())) return std::nullopt;
  RETURN_IF_ERROR(text.status());
  const Secret content(*std::move(text));
  FirstSecrets secrets;
  for (const absl::string_view line : absl::StrSplit(content.reveal(), '\n', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> named =
        absl::StrSplit(line, absl::MaxSplits(' ', 1));
    for (const auto& [name, member] : kTexts) {
      if (named.first == name) secrets.*member = std::string(named.second);
    }
    for (const auto& [name, member] : kSecrets) {
      if (named.first == name) secrets.*member = Secret(named.second);
    }
  }
  return secrets;
}

absl::Status ForgetFirstSecrets(const Config& config) { return RemovePrivateFile(PathOf(config)); }

absl::Status HandOver(const Config& config, const FirstSecrets& secrets) {
  RETURN_IF_ERROR(Write(config.PatPath(), secrets.token, "\n"));
  RETURN_IF_ERROR(Write(config.MachineKeyPath(), secrets.key_file, ""));
  RETURN_IF_ERROR(Write(config.LoginClientPatPath(), secrets.login_token, "\n"));
  if (secrets.password.empty()) return ForgetFirstSecrets(config);
  FirstSecrets left;
  left.organization_id = secrets.organization_id;
  left.login_name = secrets.login_name;
  left.password = secrets.password;
  return KeepFirstSecrets(config, left);
}

}  // namespace muniment::gateway
