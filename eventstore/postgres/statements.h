// The SQL of the store, built in from queries.sql and migrations/*.sql.
//
// Thread-safe; lives as long as the process.
#ifndef MUNIMENT_EVENTSTORE_POSTGRES_STATEMENTS_H_
#define MUNIMENT_EVENTSTORE_POSTGRES_STATEMENTS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace muniment::eventstore {

struct Statement {
  std::string name;
  std::string sql;
};

// A statement of queries.sql; a name that does not stand there aborts.
const Statement& Sql(absl::string_view name);

// migrations/*.sql in the order of their numbers; the first makes version 1 of the schema.
const std::vector<Statement>& Migrations();

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_POSTGRES_STATEMENTS_H_
