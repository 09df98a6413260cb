#include "gateway/cli/server.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "gateway/cli/parse_error.h"

namespace muniment::gateway {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

std::string FromEnvironment(const char* name, const char* fallback) {
  const char* value = std::getenv(name);
  return value == nullptr ? fallback : value;
}

// What grpc++ would abort for. A name that ends with -bin has any bytes.
bool IsLegalHeader(absl::string_view name, absl::string_view value) {
  const auto in_name = [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-' || c == '_' || c == '.';
  };
  const auto in_value = [](char c) { return c >= 0x20 && c <= 0x7e; };
  return !name.empty() && std::all_of(name.begin(), name.end(), in_name) &&
         (absl::EndsWith(name, "-bin") || std::all_of(value.begin(), value.end(), in_value));
}

}  // namespace

absl::StatusOr<std::string> ReadAll(std::istream& stream, absl::string_view name) {
  std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (stream.bad() || (text.empty() && stream.fail())) {
    return Error(absl::StatusCode::kNotFound, "call.unreadable",
                 absl::StrCat(name, " cannot be read."));
  }
  return text;
}

absl::StatusOr<Headers> RequestHeaders(const ServerOptions& options) {
  Headers headers;
  std::string token = FromEnvironment("MUNIMENT_TOKEN", "");
  if (!options.token_path.empty()) {
    std::ifstream file(options.token_path);
    ASSIGN_OR_RETURN(token, ReadAll(file, options.token_path));
  }
  token = std::string(absl::StripAsciiWhitespace(token));
  if (!token.empty()) headers.emplace_back("authorization", absl::StrCat("Bearer ", token));
  for (const std::string& header : options.headers) {
    const size_t colon = header.find(':');
    if (colon == std::string::npos || colon == 0) {
      return Error(absl::StatusCode::kInvalidArgument, "call.invalid_header",
                   absl::StrCat("A header is written NAME:VALUE, not \"", header, "\"."));
    }
    headers.emplace_back(absl::AsciiStrToLower(header.substr(0, colon)),
                         std::string(absl::StripAsciiWhitespace(header.substr(colon + 1))));
  }
  for (const auto& [name, value] : headers) {
    if (IsLegalHeader(name, value)) continue;
    return Error(absl::StatusCode::kInvalidArgument, "call.invalid_header",
                 name == "authorization"
                     ? std::string("The token holds bytes that no token has. Is it the right file?")
                     : absl::StrCat("No header may be called or hold this: \"", name, "\"."));
  }
  return headers;
}

void AddServerFlags(CLI::App& sub, ServerOptions& options) {
  options.url = FromEnvironment("MUNIMENT_URL", "http://localhost:8080");
  sub.add_option("--url", options.url, "The server, else MUNIMENT_URL")->capture_default_str();
  sub.add_option("--token-file", options.token_path,
                  "A file with the token to show, else the token in MUNIMENT_TOKEN")
      ->type_name("FILE");
  sub.add_option("--ca", options.ca_path, "Certificates to trust, in PEM")->type_name("FILE");
  sub.add_option("-H,--header", options.headers, "A header NAME:VALUE; as often as wanted")
      ->type_name("NAME:VALUE")
      ->allow_extra_args(false);
  sub.add_option("--timeout", options.timeout, "How long the call may take")
      ->capture_default_str()
      ->type_name("SECONDS")
      ->check(SecondsUpToADay());
}

}  // namespace muniment::gateway
