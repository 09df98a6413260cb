#include "gateway/data_owner.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace muniment::gateway {
namespace {

struct Owner {
  uid_t user = 0;
  gid_t group = 0;
  std::string name = {};  // empty for one that the machine does not know
};

std::optional<Owner> OwnerOf(const std::string& directory) {
  struct stat found = {};
  if (stat(directory.c_str(), &found) != 0) return std::nullopt;
  // A link says nothing of whose it is what it leads to.
  for (const char* part : {"/log", "/models"}) {
    struct stat inner = {};
    if (lstat(absl::StrCat(directory, part).c_str(), &inner) != 0 || !S_ISDIR(inner.st_mode)) {
      continue;
    }
    found = inner;
    break;
  }
  Owner owner = {found.st_uid, found.st_gid};
  passwd entry = {};
  passwd* known = nullptr;
  char texts[16 << 10];
  if (getpwuid_r(found.st_uid, &entry, texts, sizeof(texts), &known) == 0 && known != nullptr) {
    owner.name = known->pw_name;
    owner.group = known->pw_gid;
  }
  return owner;
}

// Whose it is where this process is root and somebody else owns it.
std::optional<Owner> OtherOwner(const std::string& directory) {
  if (geteuid() != 0) return std::nullopt;
  std::optional<Owner> owner = OwnerOf(directory);
  return owner.has_value() && owner->user != 0 ? owner : std::nullopt;
}

std::string Text(const Owner& owner) {
  return owner.name.empty() ? absl::StrCat("uid ", owner.user)
                            : absl::StrCat(owner.name, " (uid ", owner.user, ")");
}

std::string HowToBe(const Owner& owner, const std::string& directory) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::canonical(directory, error);
  // Where systemd keeps the directory of a service with DynamicUser=, and no other process gets to.
  if (!error && absl::StartsWith(path.string(), "/var/lib/private/")) {
    const std::string name = path.filename().string();
    return absl::StrCat("systemd-run --pipe --wait -p DynamicUser=yes -p User=", name,
                        " -p StateDirectory=", name, " muniment ...");
  }
  if (!owner.name.empty()) return absl::StrCat("sudo -u ", owner.name, " muniment ...");
  return absl::StrCat("setpriv --reuid=", owner.user, " --regid=", owner.group,
                      " --clear-groups muniment ...");
}

absl::Status Refused(const std::string& directory, const Owner& owner, absl::string_view why) {
  return Error(absl::StatusCode::kPermissionDenied, "file.other_owner",
               absl::StrCat(directory, " belongs to ", Text(owner), ", ", why, " Run this as: ",
                            HowToBe(owner, directory)));
}

bool Become(const Owner& owner) {
  const int groups = owner.name.empty() ? setgroups(1, &owner.group)
                                        : initgroups(owner.name.c_str(), owner.group);
  if (groups != 0 || setgid(owner.group) != 0 || setuid(owner.user) != 0) return false;
  // Libraries look there for files of the user's, which root's are not.
  const passwd* const user = getpwuid(owner.user);
  if (user != nullptr) {
    setenv("HOME", user->pw_dir, 1);
  } else {
    unsetenv("HOME");
  }
  return true;
}

}  // namespace

absl::Status ActAsOwner(const std::string& directory) {
  const std::optional<Owner> owner = OtherOwner(directory);
  if (!owner.has_value()) return absl::OkStatus();
  // Asked for while this is root still, who gets everywhere.
  const absl::Status out_of_reach =
      Refused(directory, *owner, "who does not get there from where this runs.");
  if (!Become(*owner)) {
    return Refused(directory, *owner,
                   absl::StrCat("and this process may not become that user (",
                                std::strerror(errno), ")."));
  }
  if (access(directory.c_str(), R_OK | W_OK | X_OK) != 0) return out_of_reach;
  std::fprintf(stderr, "muniment: acts as %s, to whom %s belongs\n", Text(*owner).c_str(),
               directory.c_str());
  return absl::OkStatus();
}

absl::Status CheckOwner(const std::string& directory) {
  const std::optional<Owner> owner = OtherOwner(directory);
  if (!owner.has_value()) return absl::OkStatus();
  return Refused(directory, *owner, "who could not read what root would write there.");
}

std::string OwnerHint(const std::string& directory) {
  const std::optional<Owner> owner = OwnerOf(directory);
  if (!owner.has_value() || owner->user == geteuid()) return "";
  return absl::StrCat("It belongs to ", Text(*owner), ". Run this as: ",
                      HowToBe(*owner, directory));
}

}  // namespace muniment::gateway
