// Test cases that take PostgreSQL, which may not be there (tests/skipped.h).
//
//   TEST_CASE("two nodes share one log") {
//     SKIP_WITHOUT_POSTGRES();
#ifndef MUNIMENT_TESTS_CONTRACT_SKIP_H_
#define MUNIMENT_TESTS_CONTRACT_SKIP_H_

#include "contract/postgres_server.h"
#include "tests/skipped.h"

#define SKIP_WITHOUT_POSTGRES()                                  \
  if (::muniment::eventstore::PostgresServer::Get() == nullptr) \
  return ::muniment::SaySkipped("PostgreSQL is not installed")

#endif  // MUNIMENT_TESTS_CONTRACT_SKIP_H_
