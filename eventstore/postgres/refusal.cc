#include "eventstore/postgres/refusal.h"

#include <arpa/inet.h>
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <vector>

#include "absl/strings/ascii.h"
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

// What libpq says of a URL or a connection string that it cannot parse.
constexpr std::array<const char*, 6> kOfTheUrl = {
    " in connection info string", " URI", "percent-encoded ", "invalid connection option \"",
    "invalid integer value \"", "invalid port number"};

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

absl::Status UrlError() {
  return Error(absl::StatusCode::kInvalidArgument, "store.url",
               "The URL of PostgreSQL (Store.Postgres.URL, or what stands behind postgres:) is not "
               "understood. It is written postgresql://USER@HOST:PORT/DATABASE, with special "
               "characters as %XX, or \"host=HOST user=USER dbname=DATABASE\".");
}

bool IsUri(absl::string_view url) {
  return absl::StartsWith(url, "postgres://") || absl::StartsWith(url, "postgresql://");
}

// Whether a password, or part of one, has become the host, the port or the database, which libpq's
// messages show: "postgresql://user:pass/word@host" has the host "user" and the port "pass".
bool IsMisread(absl::string_view url, const PQconninfoOption* option) {
  absl::string_view port;
  for (; option->keyword != nullptr; ++option) {
    const absl::string_view name = option->keyword;
    const absl::string_view value = option->val == nullptr ? "" : option->val;
    if (name != "password" && absl::StrContains(value, "://")) return true;
    if (name == "port") port = value;
    if (name != "host") continue;
    for (const absl::string_view host : absl::StrSplit(value, ',')) {
      // At its beginning it is a socket's.
      if (absl::StrContains(host.substr(std::min<size_t>(host.size(), 1)), "@")) return true;
      // A colon is an IPv6 address's.
      in6_addr address;
      if (absl::StrContains(host, ":") && !absl::StartsWith(host, "/") &&
          inet_pton(AF_INET6, std::string(host.substr(0, host.find('%'))).c_str(), &address) != 1) {
        return true;
      }
    }
  }
  // A part of a password that is taken for a port has other characters, or the next host's too.
  const auto of_ports = [](char c) { return absl::ascii_isdigit(c) || c == ','; };
  if (!std::all_of(port.begin(), port.end(), of_ports)) return true;
  if (!IsUri(url)) return false;
  url.remove_prefix(url.find("://") + 3);
  url = url.substr(0, url.find('?'));
  const size_t at = url.rfind('@');
  return at != absl::string_view::npos && url.find('/') < at;
}

}  // namespace

absl::Status MarkRefused(absl::Status status, absl::string_view sqlstate) {
  if (!status.ok() && IsForGood(sqlstate)) status.SetPayload(kMark, absl::Cord(sqlstate));
  return status;
}

bool IsRefused(const absl::Status& status) { return status.GetPayload(kMark).has_value(); }

absl::Status ConnectError(absl::string_view message) {
  for (const char* part : kOfTheUrl) {
    if (absl::StrContains(message, part)) return UrlError();
  }
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
  // Without either libpq takes it for the name of a database.
  if (!absl::StrContains(url, "=") && !IsUri(url)) return UrlError();
  char* ignored = nullptr;
  PQconninfoOption* const options = PQconninfoParse(url.c_str(), &ignored);
  PQfreemem(ignored);
  if (options == nullptr) return UrlError();
  const bool misread = IsMisread(url, options);
  PQconninfoFree(options);
  return misread ? UrlError() : absl::OkStatus();
}

absl::Status CheckSchemaName(absl::string_view schema) {
  const bool fine = !schema.empty() && schema.size() <= 40 && schema[0] != '_' &&
                    std::all_of(schema.begin(), schema.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
                    });
  if (fine) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "store.schema_name",
               "The schema's name (Store.Postgres.Schema) takes up to 40 lower-case letters, "
               "digits and '_', and does not begin with '_'.");
}

absl::Status CheckAddress(const PostgresOptions& options) {
  RETURN_IF_ERROR(CheckUrl(options.url));
  return CheckSchemaName(options.schema);
}

absl::Status AsRefusal(const absl::Status& status) {
  if (!IsRefused(status)) return status;
  return Error(absl::StatusCode::kFailedPrecondition, "store.refused",
               absl::StrCat(status.message(),
                            ". Check Store.Postgres.URL and what its user may do."));
}

}  // namespace muniment::eventstore
