// The bare loops that PostgreSQL is held against, on the bench's own server and in a schema of their
// own: transactions of one event, batches by unnest, a read of the whole, and a notification.
//
//   RawPostgres raw(server, event_bytes);
//   raw.Transactions(8, time).per_second();
//
// One thread at a time. Whatever fails ends the process.
#ifndef MUNIMENT_TESTS_BENCH_RAW_POSTGRES_H_
#define MUNIMENT_TESTS_BENCH_RAW_POSTGRES_H_

#include <cstddef>
#include <memory>
#include <string>

#include "contract/postgres_server.h"
#include "eventstore/postgres/connection.h"
#include "tests/bench/bench.h"

namespace muniment::bench {

class RawPostgres {
 public:
  RawPostgres(const eventstore::PostgresServer& server, std::string body);

  // Each of so many sessions inserts an event in a transaction of its own, gapless, under a lock.
  Load Transactions(int sessions, absl::Duration time);
  // One session inserts so many at once; operations are events.
  Load Batches(size_t events, absl::Duration time);
  // So many events by COPY, in pieces of 8 MB, each a transaction.
  Load Copy(size_t events);
  // Rows of 1,000 at a time from the first, until there are no more or the time is over; operations
  // are rows.
  Load Scan(absl::Duration time);
  // From a commit to another session's having read what it wrote, so many times.
  Latencies Notifications(int times);

 private:
  std::unique_ptr<eventstore::Connection> Connect(eventstore::Role role) const;

  const eventstore::PostgresOptions options_;
  const std::string body_;
};

}  // namespace muniment::bench

#endif  // MUNIMENT_TESTS_BENCH_RAW_POSTGRES_H_
