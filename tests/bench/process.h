// A program as a process of its own, its words kept in a file. It ends with the bench.
//
//   Process migrate({program, "migrate", "--from", ...}, {{"MUNIMENT_MASTERKEY", key}}, file);
//   migrate.Signal(SIGKILL); migrate.Wait();
//
// One thread.
#ifndef MUNIMENT_TESTS_BENCH_PROCESS_H_
#define MUNIMENT_TESTS_BENCH_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

namespace muniment::bench {

// Configuration keys or environment variables, and their values.
using Values = std::vector<std::pair<std::string, std::string>>;

class Process {
 public:
  // `environment`: variables beside the bench's own.
  Process(const std::vector<std::string>& words, const Values& environment, std::string log);
  // Ends it in order.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  bool Ended();
  void Signal(int signal);
  // Its exit status; -1 where a signal ended it.
  int Wait();
  // What it has said.
  std::string Said() const;

 private:
  const std::string log_;
  pid_t pid_ = 0;
  int status_ = 0;
};

}  // namespace muniment::bench

#endif  // MUNIMENT_TESTS_BENCH_PROCESS_H_
