#include "contract/postgres_server.h"

#include <fcntl.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace muniment::eventstore {
namespace {

namespace fs = std::filesystem;

constexpr char kUser[] = "postgres";

// The newest installed; empty when there is none.
std::string FindPrograms() {
  std::vector<std::string> found;
  std::error_code ignored;
  for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
    const fs::path programs = version.path() / "bin";
    if (fs::exists(programs / "initdb") && fs::exists(programs / "postgres")) {
      found.push_back(programs.string());
    }
  }
  std::sort(found.begin(), found.end());
  return found.empty() ? "" : found.back();
}

}  // namespace

PostgresServer* PostgresServer::Get() {
  static const std::unique_ptr<PostgresServer> server = [] {
    const std::string programs = FindPrograms();
    if (programs.empty()) {
      std::cerr << "PostgreSQL is not installed: what the store on it promises is not tested.\n";
      return std::unique_ptr<PostgresServer>();
    }
    return std::unique_ptr<PostgresServer>(new PostgresServer(programs));
  }();
  return server.get();
}

PostgresServer::PostgresServer(std::string programs) : programs_(std::move(programs)) {
  if (getuid() == 0) {
    const passwd* user = getpwnam(kUser);
    if (user == nullptr || !(chown(dir_.path().c_str(), user->pw_uid, user->pw_gid) == 0)) {
      throw std::runtime_error("There is no user postgres to run PostgreSQL as.");
    }
  }
  if (Run({programs_ + "/initdb", "-D", dir_ / "data", "-U", kUser, "-A", "trust", "-E", "UTF8",
           "--locale=C", "--no-instructions"}) != 0) {
    std::ifstream said(dir_ / "log");
    throw std::runtime_error("initdb failed: " +
                             std::string(std::istreambuf_iterator<char>(said), {}));
  }
  Start();
}

PostgresServer::~PostgresServer() {
  if (server_ > 0) Stop(true);
}

std::string PostgresServer::url() const {
  return absl::StrCat("host=", dir_.path(), " user=", kUser, " dbname=postgres");
}

void PostgresServer::Start() {
  // As a deployment would be set that wants destroyed keys gone; all else is Debian's default.
  server_ = Spawn({programs_ + "/postgres", "-D", dir_ / "data", "-k", dir_.path(), "-c",
                   "listen_addresses=", "-c", "wal_recycle=off", "-c", "max_connections=60", "-c",
                   "client_min_messages=warning"});
  const absl::Time until = absl::Now() + absl::Seconds(30);
  while (PQping(url().c_str()) != PQPING_OK) {
    if (absl::Now() > until) {
      std::cerr << "PostgreSQL does not start; " << dir_ / "log" << "\n";
      std::abort();
    }
    absl::SleepFor(absl::Milliseconds(20));
  }
}

void PostgresServer::Stop(bool crash) {
  kill(server_, crash ? SIGQUIT : SIGINT);
  int status = 0;
  waitpid(server_, &status, 0);
  server_ = -1;
}

std::vector<std::string> PostgresServer::Query(const std::string& sql) const {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url().c_str()),
                                                                PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()),
                                                             PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    throw std::runtime_error(absl::StrCat(sql, ": ", PQerrorMessage(connection.get())));
  }
  std::vector<std::string> column;
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    column.emplace_back(PQgetvalue(result.get(), row, 0));
  }
  return column;
}

bool PostgresServer::Holds(const std::string& bytes) const {
  for (const auto& entry : fs::recursive_directory_iterator(dir_ / "data")) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string all((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (all.find(bytes) != std::string::npos) return true;
  }
  return false;
}

int PostgresServer::Run(const std::vector<std::string>& command) const {
  int status = 0;
  waitpid(Spawn(command), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

pid_t PostgresServer::Spawn(const std::vector<std::string>& command) const {
  const pid_t parent = getpid();
  const passwd* user = getuid() == 0 ? getpwnam(kUser) : nullptr;
  std::vector<const char*> words;
  for (const std::string& word : command) words.push_back(word.c_str());
  words.push_back(nullptr);
  const std::string log = dir_ / "log";
  const pid_t child = fork();
  if (child != 0) return child;
  if (user != nullptr && (setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)) _exit(126);
  // It goes with the tests, however they end.
  prctl(PR_SET_PDEATHSIG, SIGINT);
  if (getppid() != parent) _exit(126);
  // A signal of the terminal is for the tests.
  setsid();
  const int out = open(log.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  if (chdir("/") != 0) _exit(126);
  execv(words[0], const_cast<char* const*>(words.data()));
  _exit(127);
}

}  // namespace muniment::eventstore
