#include "eventstore/postgres/statements.h"

#include <cstdlib>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace muniment::eventstore {
namespace {

constexpr absl::string_view kQueries =
#include "eventstore/postgres/queries.inc"
    ;  // NOLINT

using Queries = absl::flat_hash_map<std::string, Statement>;

const Queries& All() {
  static const Queries* const all = [] {
    auto* queries = new Queries;
    const std::vector<absl::string_view> parts = absl::StrSplit(kQueries, "\n-- name: ");
    for (size_t i = 1; i < parts.size(); ++i) {
      const size_t line = parts[i].find('\n');
      const std::string name(absl::StripAsciiWhitespace(parts[i].substr(0, line)));
      queries->emplace(name, Statement{.name = name, .sql = std::string(parts[i].substr(line))});
    }
    return queries;
  }();
  return *all;
}

}  // namespace

const Statement& Sql(absl::string_view name) {
  const auto found = All().find(std::string(name));
  if (found == All().end()) std::abort();
  return found->second;
}

const std::vector<Statement>& Migrations() {
  static const auto* const migrations = new std::vector<Statement>{
#include "eventstore/postgres/migrations.inc"
  };
  return *migrations;
}

}  // namespace muniment::eventstore
