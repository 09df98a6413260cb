// The program itself, started on a data folder as people start it, and what the kernel says of it.
//
//   Server server(program, folder);        // returns at once
//   const auto took = server.FirstAnswer(path, body);
//   server.Rss(); server.PeakRss(); server.Cpu();
//   server.Stop();
//
// One thread. Its end, and that of the bench, end the server.
#ifndef MUNIMENT_TESTS_BENCH_SERVER_H_
#define MUNIMENT_TESTS_BENCH_SERVER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "tests/bench/process.h"

namespace muniment::bench {

class Server {
 public:
  // `environment`: variables beside the process's own.
  Server(const std::string& program, const std::string& folder, const Values& environment = {});

  // From the process's start to a call of the token's owner that was answered with OK.
  absl::Duration FirstAnswer(const std::string& token, const std::string& path,
                             const std::string& body);
  // From the process's start until it says that it serves.
  absl::Duration AwaitReady();
  uint16_t port() const { return port_; }
  double RssMb() const { return StatusMb("VmRSS:"); }
  double PeakRssMb() const { return StatusMb("VmHWM:"); }
  absl::Duration Cpu() const;
  void Stop() { process_ = nullptr; }

 private:
  // Waits for it, until the process has ended or `patience` is over.
  absl::Duration Await(absl::FunctionRef<bool()> condition, absl::Duration patience);
  double StatusMb(const std::string& field) const;

  const uint16_t port_;
  const absl::Time began_;
  std::unique_ptr<Process> process_;
};

}  // namespace muniment::bench

#endif  // MUNIMENT_TESTS_BENCH_SERVER_H_
