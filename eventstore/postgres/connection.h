// One connection to PostgreSQL: statements with binary parameters, each call held to a deadline.
//
//   ASSIGN_OR_RETURN(auto connection, Connection::Open(options, Role::kRead, deadline));
//   Params params;
//   params.AddInt8(7);
//   ASSIGN_OR_RETURN(const Rows rows, connection->Run(Sql("read_sequence"), params, deadline));
//
// Threads: one at a time. Errors: UNAVAILABLE "store.unavailable", which here says nothing of
// whether the server ran the statement; alive() tells whether the connection can be used on.
#ifndef MUNIMENT_EVENTSTORE_POSTGRES_CONNECTION_H_
#define MUNIMENT_EVENTSTORE_POSTGRES_CONNECTION_H_

#include <libpq-fe.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "eventstore/postgres/options.h"
#include "eventstore/postgres/statements.h"

namespace muniment::eventstore {

// An array of one dimension in PostgreSQL's binary form. Elements are of the type it is made for.
class BinaryArray {
 public:
  enum Type : uint32_t { kBool = 16, kBytes = 17, kInt8 = 20, kInt2 = 21, kInt4 = 23 };

  explicit BinaryArray(Type type);
  void AddInt(uint64_t value);  // as many low bytes as the type has
  void AddBytes(absl::string_view value);
  void AddNull();
  size_t size() const { return count_; }
  // Ends the array.
  std::string Take();

 private:
  friend class Params;
  const Type type_;
  uint32_t count_ = 0;
  bool nulls_ = false;
  std::string bytes_;
};

// The parameters of a statement, in order.
class Params {
 public:
  void AddInt8(uint64_t value);
  void AddInt8OrNull(std::optional<int64_t> value);
  void AddInt4(uint32_t value);
  void AddInt2(uint16_t value);
  void AddBytes(absl::string_view value);
  void AddText(absl::string_view value);
  void AddArray(BinaryArray&& array);

 private:
  friend class Connection;
  void Add(Oid type, std::string value, bool null = false);

  std::vector<Oid> types_;
  std::vector<std::string> values_;
  std::vector<bool> nulls_;
};

// What a statement answered. A row and a column that it does not have are a broken invariant.
class Rows {
 public:
  explicit Rows(PGresult* result) : result_(result, PQclear) {}

  int size() const { return PQntuples(result_.get()); }
  bool IsNull(int row, int column) const;
  uint64_t Int(int row, int column) const;  // of 1, 2, 4 or 8 bytes
  // Valid as long as this.
  absl::string_view Bytes(int row, int column) const;
  // Elements of an array; nulls as empty.
  std::vector<uint64_t> Ints(int row, int column) const;
  std::vector<std::string> ByteArrays(int row, int column) const;

 private:
  std::shared_ptr<PGresult> result_;
};

// What a connection is for decides its settings.
enum class Role { kAppend, kRead, kListen };

class Connection {
 public:
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const PostgresOptions& options, Role role,
                                                          absl::Time deadline);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Prepares the statement at its first use here.
  absl::StatusOr<Rows> Run(const Statement& statement, const Params& params, absl::Time deadline);
  // Statements in one text, without parameters and answers.
  absl::Status Execute(const std::string& sql, absl::Time deadline);
  // As Execute; what the last statement answered, as text.
  absl::StatusOr<Rows> Ask(const std::string& sql, absl::Time deadline);
  // A COPY ... FROM STDIN with all of its data.
  absl::Status CopyIn(const std::string& sql, absl::string_view data, absl::Time deadline);
  bool alive() const { return alive_; }
  // Whether an idle connection was not closed by the other side, as far as is known here.
  bool StillOpen();

  int socket() const { return PQsocket(connection_); }
  // Adds the payloads of notifications that have arrived, those before the connection's end too.
  absl::Status TakeNotifications(std::vector<std::string>& payloads);
  // When the other machine last acknowledged something, if only a probe, by SteadyNow: whatever its
  // server had sent by then is here. Over a socket of this machine: now. Nothing once the connection
  // was closed here. (tcp(7), TCP_INFO; a pooler in between answers for itself.)
  std::optional<absl::Time> LastSign() const;

 private:
  explicit Connection(PGconn* connection) : connection_(connection) {}
  absl::Status Connect(absl::Time deadline);
  absl::Status Prepare(const Statement& statement, const Params& params, absl::Time deadline);
  absl::Status Flush(absl::Time deadline);
  absl::Status AwaitResult(absl::Time deadline);
  absl::StatusOr<Rows> Collect(absl::Time deadline);
  // Waits for the socket; false at the deadline.
  bool Wait(short events, absl::Time deadline);
  absl::Status Lost(absl::string_view why);

  PGconn* const connection_;
  bool alive_ = true;
  absl::flat_hash_set<std::string> prepared_;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_POSTGRES_CONNECTION_H_
