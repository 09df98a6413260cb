// What each start of a node brings up to date before it serves calls, as events like all others:
// every instance gets the default settings that came with releases after it was made, the first
// instance the host that the configuration names, and who was erased after the backup that the log
// was put back from is removed again: his keys did not come back, but his account did.
//
//   StartJobs jobs(ports, hosts, [&] { gate->Open(*api); });
//   RETURN_IF_ERROR(jobs.Ready());
//
// A thread of its own waits for the tables of instances, which a new node folds first, and runs the
// jobs until they have succeeded; `done` is called once, on it. They raise nothing where nothing is
// missing, so each start and each node may run them, several at the same moment. A host that is
// another instance's is told in the log and left alone. Destruction stops the thread; what a job has
// begun, it ends. Thread-safe; ports outlive it.
#ifndef MUNIMENT_GATEWAY_START_JOBS_H_
#define MUNIMENT_GATEWAY_START_JOBS_H_

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "command/router.h"
#include "projections/database.h"

namespace muniment::gateway {

struct StartPorts {
  const projections::Database* database = nullptr;
  command::Router* router = nullptr;
  uint64_t first_instance = 0;  // its id, whether it stands or not
};

// UNAVAILABLE "server.starting".
absl::Status Starting();

class StartJobs {
 public:
  // `hosts`: as command::AddHosts takes them; none where the configuration names none.
  StartJobs(const StartPorts& ports, std::vector<std::string> hosts, std::function<void()> done);
  ~StartJobs();
  StartJobs(const StartJobs&) = delete;
  StartJobs& operator=(const StartJobs&) = delete;

  // OK when all are done; UNAVAILABLE "server.starting", or why the last try failed. DATA_LOSS: it
  // met damage, and there is no other try.
  absl::Status Ready() const;
  // Whether they ended in time.
  bool Wait(absl::Duration patience) const;

 private:
  void Run();
  absl::Status TryAll();
  absl::Status AddDefaults(uint64_t instance);
  absl::Status EndErased(uint64_t instance);
  absl::Status AddHosts();

  const StartPorts ports_;
  const std::vector<std::string> hosts_;
  const std::function<void()> done_;
  mutable absl::Mutex mutex_;
  absl::Status ready_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_START_JOBS_H_
