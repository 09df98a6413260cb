#include "eventstore/postgres/refusal.h"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "eventstore/commit.h"

namespace muniment::eventstore {
namespace {

constexpr char kMark[] = "muniment.store.refused";
// Appendix A of PostgreSQL's manual.
constexpr std::array<absl::string_view, 5> kForGood = {
    "28000",  // invalid_authorization_specification
    "28P01",  // invalid_password
    "3D000",  // invalid_catalog_name: no such database
    "42501",  // insufficient_privilege
    "0A000",  // feature_not_supported
};

bool IsForGood(absl::string_view sqlstate) {
  return std::find(kForGood.begin(), kForGood.end(), sqlstate) != kForGood.end();
}

// Takes "28P01: " out of "... FATAL:  28P01: password ..." and gives it back; "" where there is none.
std::string TakeCode(std::string& line) {
  constexpr absl::string_view kSeverity = "FATAL:  ";
  constexpr size_t kCode = 5;
  const size_t at = line.find(kSeverity.data());
  if (at == std::string::npos || line.size() < at + kSeverity.size() + kCode + 2 ||
      line[at + kSeverity.size() + kCode] != ':') {
    return "";
  }
  const std::string code = line.substr(at + kSeverity.size(), kCode);
  line.erase(at + kSeverity.size(), kCode + 2);
  return code;
}

}  // namespace

absl::Status MarkRefused(absl::Status status, absl::string_view sqlstate) {
  if (!status.ok() && IsForGood(sqlstate)) status.SetPayload(kMark, absl::Cord(sqlstate));
  return status;
}

bool IsRefused(const absl::Status& status) { return status.GetPayload(kMark).has_value(); }

absl::Status ConnectError(absl::string_view message) {
  std::vector<std::string> kept;
  size_t tries = 0, refused = 0;
  for (const absl::string_view raw : absl::StrSplit(message, '\n', absl::SkipWhitespace())) {
    if (absl::StartsWith(raw, "LOCATION:")) continue;
    std::string line(absl::StripAsciiWhitespace(raw));
    // What belongs to the line before it is indented.
    if (!absl::StartsWith(raw, "\t")) ++tries;
    const std::string code = TakeCode(line);
    // What libpq refuses itself has no code.
    if (IsForGood(code) || absl::StrContains(line, "no password supplied") ||
        absl::StartsWith(line, "invalid ")) {
      ++refused;
    }
    kept.push_back(std::move(line));
  }
  const absl::Status lost =
      UnavailableError(absl::StrCat("PostgreSQL: ", absl::StrJoin(kept, " ")));
  return tries > 0 && refused == tries ? MarkRefused(lost, kForGood[0]) : lost;
}

absl::Status CheckUrl(const std::string& url) {
  // Without either it is the name of a database.
  const bool parsed = absl::StrContains(url, "=") || absl::StartsWith(url, "postgres://") ||
                      absl::StartsWith(url, "postgresql://");
  if (!parsed) return absl::OkStatus();
  char* ignored = nullptr;
  PQconninfoOption* const options = PQconninfoParse(url.c_str(), &ignored);
  PQfreemem(ignored);
  if (options == nullptr) {
    return Error(absl::StatusCode::kInvalidArgument, "store.url",
                 "Store.Postgres.URL is not understood. It is written "
                 "postgresql://USER@HOST:PORT/DATABASE, with special characters as %XX, or "
                 "\"host=HOST user=USER dbname=DATABASE\".");
  }
  PQconninfoFree(options);
  return absl::OkStatus();
}

absl::Status AsRefusal(const absl::Status& status) {
  if (!IsRefused(status)) return status;
  return Error(absl::StatusCode::kFailedPrecondition, "store.refused",
               absl::StrCat(status.message(),
                            ". Check Store.Postgres.URL and what its user may do."));
}

}  // namespace muniment::eventstore
