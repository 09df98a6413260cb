// Test cases that lack a tool say so in a line of their own and end: Catch2 takes them for passed,
// and tests/count.py, which knows the line, counts them as skipped.
//
//   TEST_CASE("two nodes share one log") {
//     SKIP_WITHOUT_POSTGRES();
#ifndef MUNIMENT_TESTS_CONTRACT_SKIP_H_
#define MUNIMENT_TESTS_CONTRACT_SKIP_H_

#include <catch2/catch.hpp>
#include <iostream>
#include <string>

#include "contract/postgres_server.h"

namespace muniment {

// From the test's own thread.
inline void SaySkipped(const std::string& why) {
  std::cout << "\nSKIPPED " << Catch::getResultCapture().getCurrentTestName() << ": " << why
            << std::endl;
}

}  // namespace muniment

#define SKIP_WITHOUT_POSTGRES()                                  \
  if (::muniment::eventstore::PostgresServer::Get() == nullptr) \
  return ::muniment::SaySkipped("PostgreSQL is not installed")

#endif  // MUNIMENT_TESTS_CONTRACT_SKIP_H_
