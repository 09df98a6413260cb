#include "tests/matrix/table.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/access.h"
#include "base/error.h"

namespace muniment::matrix {
namespace {

Case ReadCase(const std::string& service, absl::string_view line) {
  INFO(line);
  const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(' ', 3));
  REQUIRE(parts.size() == 4);
  Case read;
  read.name = absl::StrCat(service, "/", parts[0]);
  read.method = FindMethod(read.name.substr(0, read.name.find(':')));
  REQUIRE(read.method != nullptr);
  absl::string_view permission = parts[1];
  read.roles = permission != "-" && !absl::ConsumePrefix(&permission, "~");
  if (permission != "-") read.permissions = absl::StrSplit(permission, '+');
  for (const auto& one : read.permissions) REQUIRE(PermissionIndex(one).has_value());
  read.letters = absl::StrReplaceAll(parts[2], {{"|", ""}});
  REQUIRE(read.letters.size() == kCallers.size());
  REQUIRE(read.letters.find_first_not_of(".+ex0-!hpd") == std::string::npos);
  const size_t end = parts[3].rfind('}') + 1;
  read.request = parts[3].substr(0, end);
  absl::string_view reasons = absl::string_view(parts[3]).substr(end);
  if (absl::ConsumePrefix(&reasons, " =")) read.reasons = absl::StrSplit(reasons, ',');
  // A letter that takes a reason has one, and no reason stands there for nothing.
  REQUIRE(read.reasons.empty() == (read.letters.find_first_of("xd") == std::string::npos));
  return read;
}

std::vector<Case> ReadAll() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(absl::StrCat(MUNIMENT_MATRIX_DIR, "/rows"))) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<Case> cases;
  for (const auto& file : files) {
    std::ifstream in(file);
    std::string service;
    for (std::string line; std::getline(in, line);) {
      if (line.empty() || line[0] == '#') continue;
      if (absl::StartsWith(line, "@ ")) {
        service = line.substr(2);
      } else {
        cases.push_back(ReadCase(service, line));
      }
    }
  }
  return cases;
}

// A list is answered by its one repeated field.
bool IsEmptyList(const Message& message) {
  const auto* type = message.GetDescriptor();
  if (!absl::StartsWith(type->name(), "List")) return false;
  for (int i = 0; i < type->field_count(); ++i) {
    if (!type->field(i)->is_repeated()) continue;
    return message.GetReflection()->FieldSize(message, type->field(i)) == 0;
  }
  return false;
}

}  // namespace

const std::vector<Case>& Cases() {
  static const auto* const cases = new std::vector<Case>(ReadAll());
  return *cases;
}

char LetterOf(const Case& asked, const Answer& answer) {
  if (answer.status.ok()) return IsEmptyList(*answer.message) ? 'e' : '+';
  const std::string reason = Reason(answer.status);
  if (reason == kWouldCommit) return '+';
  const bool denied = absl::IsPermissionDenied(answer.status);
  if (std::count(asked.reasons.begin(), asked.reasons.end(), reason) > 0) return denied ? 'd' : 'x';
  if (reason == "auth.required" && absl::IsUnauthenticated(answer.status)) return '.';
  if (absl::IsNotFound(answer.status)) return '0';
  if (!denied) return '?';
  return reason == "auth.permission_denied"          ? '-'
         : reason == "auth.proof_too_old"            ? '!'
         : reason == "user.holds_more"               ? 'h'
         : reason == "auth.password_change_required" ? 'p'
                                                     : '?';
}

Answer Ask(World& world, const Case& asked, const std::string& who) {
  const std::string json = world.Fill(kOne, asked.request, who);
  return world.Call(kOne, world.token(kOne, who), *asked.method, *RequestOf(*asked.method, json));
}

char LetterOfRole(const Case& asked, const std::string& role) {
  const Role& found = *FindRole(role);
  for (const std::string& permission : asked.permissions) {
    if (!found.permissions.Has(permission)) return asked.refused();
  }
  switch (found.level) {
    case Level::kInstance:
      return asked.allowed();
    case Level::kOrg:
      return asked.Allows(kAnn) ? asked.letters[kAnn] : asked.refused();
    case Level::kProject:
      return asked.Allows(kPam) ? asked.letters[kPam] : asked.refused();
    case Level::kProjectGrant:
      return asked.Allows(kGus) ? asked.letters[kGus] : asked.refused();
    case Level::kSystem:
      break;
  }
  return '?';
}

}  // namespace muniment::matrix
