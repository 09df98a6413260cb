#include "gateway/cli/machine_user.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace muniment::gateway {

std::string MachineUser(absl::string_view subcommand) {
  const passwd* const entry = getpwuid(getuid());
  std::string text = absl::StrCat("muniment ", subcommand, " by uid ", getuid(), " (",
                                  entry == nullptr ? "?" : entry->pw_name, ")");
  const char* const before = std::getenv("SUDO_USER");
  return before == nullptr ? text : absl::StrCat(text, " for ", before, " (sudo)");
}

}  // namespace muniment::gateway
