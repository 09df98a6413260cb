// The reactors' host: finds what is due in the read models, has it done, and raises what became of
// it. It runs on every node; those that share a log act one at a time, under a lease of the store.
//
//   ReactorHost host({&store, &database, &runner, &router}, Sweeps(database), {});
//
// The life of a piece of work: an event asks for it, and its row stands in the due-time index. One
// timer, which new events wake, sees it on all nodes; one has or takes the lease, waits until its
// read models show all that was stored under older terms, and acts. The outcome is a command fenced
// with the term: of a node that lost the lease without knowing it nothing is stored. A failure is
// an event too, so pauses and attempts survive a restart; the last one makes a dead letter. At
// least once; twice only when the process died, or lost its lease, between an action and its
// outcome.
//
// Nothing is asked of the store while nothing is due. Times are the store's, carried on by a clock
// that nobody sets.
//
// Threads: one of its own, and as many as reactors may do at once. Thread-safe. What it is given
// outlives it. The destructor ends when the actions under way do, and gives the lease back.
#ifndef MUNIMENT_GATEWAY_REACTORS_HOST_H_
#define MUNIMENT_GATEWAY_REACTORS_HOST_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "command/router.h"
#include "eventstore/store.h"
#include "gateway/reactors/reactor.h"
#include "projections/database.h"
#include "projections/runner.h"

namespace muniment::gateway {

struct HostPorts {
  eventstore::EventStore* store = nullptr;
  const projections::Database* database = nullptr;
  projections::Runner* runner = nullptr;
  command::Router* router = nullptr;
};

struct HostOptions {
  std::string lease = "reactors";
  // How long others wait for a leader that died without a word.
  absl::Duration ttl = absl::Seconds(10);
  // What an operator should read.
  std::function<void(absl::string_view line)> log = [](absl::string_view) {};
};

class ReactorHost {
 public:
  ReactorHost(const HostPorts& ports, std::vector<Reactor> reactors, HostOptions options = {});
  ~ReactorHost();
  ReactorHost(const ReactorHost&) = delete;
  ReactorHost& operator=(const ReactorHost&) = delete;

  // By this node since it started.
  struct Counts {
    uint64_t done = 0;
    uint64_t failed = 0;  // attempts
    uint64_t given_up = 0;
  };
  Counts counts(absl::string_view work) const;
  // Whether this node acts for all now.
  bool leads() const;

 private:
  class Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_REACTORS_HOST_H_
