// A PostgreSQL of the tests' own: Debian's, with a data folder and a socket in a temporary place,
// on no port of the network, durable as in earnest. It is made at first use, ends with the process,
// and runs as the user "postgres" where the tests run as root.
//
//   PostgresServer* server = PostgresServer::Get();  // null where PostgreSQL is not installed
//   PostgresStore::Open({.url = server->url()});
//
// Threads: Get from any, the rest one at a time. Whatever fails here throws std::runtime_error.
#ifndef MUNIMENT_TESTS_CONTRACT_POSTGRES_SERVER_H_
#define MUNIMENT_TESTS_CONTRACT_POSTGRES_SERVER_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "tests/base/temp_dir.h"

namespace muniment::eventstore {

class PostgresServer {
 public:
  static PostgresServer* Get();

  std::string url() const;
  // Runs SQL as the server's owner; the first column of the last answer, as text.
  std::vector<std::string> Query(const std::string& sql) const;
  // The folder that holds all its files.
  const std::string& place() const { return dir_.path(); }
  // Whether the bytes stand in any file of the server.
  bool Holds(const std::string& bytes) const;
  // Ends the server: at once and without a checkpoint, as a crash does, or in order.
  void Stop(bool crash);
  void Start();
  ~PostgresServer();

 private:
  explicit PostgresServer(std::string programs);
  int Run(const std::vector<std::string>& command) const;
  pid_t Spawn(const std::vector<std::string>& command) const;

  const std::string programs_;
  const TempDir dir_;
  pid_t server_ = -1;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_TESTS_CONTRACT_POSTGRES_SERVER_H_
