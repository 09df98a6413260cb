// SIGINT and SIGTERM for a subcommand that goes on until it is told to end: it hears of them
// between two of its steps, and ends in order. A step that hangs does not keep the process: it ends
// with 0 a second after the signal in any case.
//
//   StopSignals stop;
//   do { ... } while (!stop.WaitFor(absl::Milliseconds(300)));
//
// Made before the process has other threads, which would take the signals. Thread-safe besides.
#ifndef MUNIMENT_GATEWAY_CLI_STOP_SIGNALS_H_
#define MUNIMENT_GATEWAY_CLI_STOP_SIGNALS_H_

#include <signal.h>

#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

namespace muniment::gateway {

class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  bool asked() const { return asked_.HasBeenNotified(); }
  // Whether one has come, by then or within `time`.
  bool WaitFor(absl::Duration time) const { return asked_.WaitForNotificationWithTimeout(time); }

 private:
  void Run();

  sigset_t signals_;
  sigset_t before_;
  absl::Notification asked_;
  absl::Notification ended_;
  std::thread thread_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_CLI_STOP_SIGNALS_H_
