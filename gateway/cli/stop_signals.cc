#include "gateway/cli/stop_signals.h"

#include <pthread.h>
#include <unistd.h>

namespace muniment::gateway {
namespace {

// For a step that is under way.
constexpr absl::Duration kPatience = absl::Seconds(1);

}  // namespace

StopSignals::StopSignals() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  thread_ = std::thread([this] { Run(); });
}

StopSignals::~StopSignals() {
  ended_.Notify();
  // It waits for a signal, and this is one.
  pthread_kill(thread_.native_handle(), SIGTERM);
  thread_.join();
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void StopSignals::Run() {
  int signal = 0;
  sigwait(&signals_, &signal);
  asked_.Notify();
  if (!ended_.WaitForNotificationWithTimeout(kPatience)) _exit(0);
}

}  // namespace muniment::gateway
