#include "eventstore/postgres/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/error.h"
#include "eventstore/commit.h"
#include "eventstore/postgres/refusal.h"
#include "eventstore/postgres/sole_use.h"

namespace muniment::eventstore {
namespace {

// Types of PostgreSQL (pg_type.dat); they never change.
constexpr Oid kInt2Oid = 21;
constexpr Oid kInt4Oid = 23;
constexpr Oid kInt8Oid = 20;
constexpr Oid kBytesOid = 17;
constexpr Oid kTextOid = 25;
constexpr uint32_t kNullLength = 0xffffffff;
constexpr size_t kArrayHeader = 20;
constexpr size_t kCopyPiece = 64 << 10;

Oid ArrayOid(BinaryArray::Type type) {
  switch (type) {
    case BinaryArray::kBool:
      return 1000;
    case BinaryArray::kBytes:
      return 1001;
    case BinaryArray::kInt8:
      return 1016;
    case BinaryArray::kInt2:
      return 1005;
    case BinaryArray::kInt4:
      return 1007;
  }
  return 0;
}

uint32_t SizeOf(BinaryArray::Type type) {
  switch (type) {
    case BinaryArray::kBool:
      return 1;
    case BinaryArray::kInt2:
      return 2;
    case BinaryArray::kInt4:
      return 4;
    case BinaryArray::kInt8:
    case BinaryArray::kBytes:
      break;
  }
  return 8;
}

void AppendInt(std::string& out, uint64_t value, uint32_t bytes) {
  std::string wide;
  AppendU64(wide, value);
  out.append(wide, 8 - bytes, bytes);
}

uint64_t ParseInt(absl::string_view bytes) {
  uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

// What every session relies on. The plans of a batch join a few rows of parameters with tables of
// any size, so an index is right even where the planner has no statistics yet.
std::string Settings(const PostgresOptions& options, Role role) {
  std::string sql = absl::StrCat(
      "SET search_path = \"", options.schema, "\";",
      "SET default_transaction_isolation = 'read committed';"
      "SET default_transaction_read_only = off;"
      "SET enable_seqscan = off; SET jit = off; SET statement_timeout = 0; SET lock_timeout = 0;"
      "SET bytea_output = 'hex';");
  switch (role) {
    case Role::kAppend:
      absl::StrAppend(&sql,
                      "SET enable_hashjoin = off; SET enable_mergejoin = off;"
                      "SET plan_cache_mode = force_generic_plan;"
                      "SET idle_in_transaction_session_timeout = '5s';"
                      "SELECT set_config('synchronous_commit', 'on', false)"
                      " WHERE current_setting('synchronous_commit') IN ('off', 'local');");
      break;
    case Role::kRead:
      absl::StrAppend(&sql,
                      "SET enable_bitmapscan = off; SET enable_hashjoin = off;"
                      "SET enable_mergejoin = off;");
      break;
    case Role::kListen:
      absl::StrAppend(&sql, ShareUseSql(options), "LISTEN \"", options.schema, "_log\";");
      break;
  }
  return sql;
}

}  // namespace

BinaryArray::BinaryArray(Type type) : type_(type), bytes_(kArrayHeader, '\0') {}

void BinaryArray::AddInt(uint64_t value) {
  const uint32_t size = SizeOf(type_);
  AppendU32(bytes_, size);
  AppendInt(bytes_, value, size);
  ++count_;
}

void BinaryArray::AddBytes(absl::string_view value) {
  AppendU32(bytes_, static_cast<uint32_t>(value.size()));
  bytes_.append(value.data(), value.size());
  ++count_;
}

void BinaryArray::AddNull() {
  AppendU32(bytes_, kNullLength);
  nulls_ = true;
  ++count_;
}

std::string BinaryArray::Take() {
  std::string header;
  AppendU32(header, count_ == 0 ? 0 : 1);
  AppendU32(header, nulls_ ? 1 : 0);
  AppendU32(header, type_);
  if (count_ == 0) return header;
  AppendU32(header, count_);
  AppendU32(header, 1);
  bytes_.replace(0, kArrayHeader, header);
  return std::move(bytes_);
}

void Params::AddInt8(uint64_t value) { AddInt8OrNull(static_cast<int64_t>(value)); }

void Params::AddInt8OrNull(std::optional<int64_t> value) {
  std::string bytes;
  AppendInt(bytes, static_cast<uint64_t>(value.value_or(0)), 8);
  Add(kInt8Oid, std::move(bytes), !value.has_value());
}

void Params::AddInt4(uint32_t value) {
  std::string bytes;
  AppendInt(bytes, value, 4);
  Add(kInt4Oid, std::move(bytes));
}

void Params::AddInt2(uint16_t value) {
  std::string bytes;
  AppendInt(bytes, value, 2);
  Add(kInt2Oid, std::move(bytes));
}

void Params::AddBytes(absl::string_view value) { Add(kBytesOid, std::string(value)); }
void Params::AddText(absl::string_view value) { Add(kTextOid, std::string(value)); }

void Params::AddArray(BinaryArray&& array) {
  const Oid type = ArrayOid(array.type_);
  Add(type, array.Take());
}

void Params::Add(Oid type, std::string value, bool null) {
  types_.push_back(type);
  values_.push_back(std::move(value));
  nulls_.push_back(null);
}

bool Rows::IsNull(int row, int column) const {
  return PQgetisnull(result_.get(), row, column) != 0;
}

uint64_t Rows::Int(int row, int column) const { return ParseInt(Bytes(row, column)); }

absl::string_view Rows::Bytes(int row, int column) const {
  return absl::string_view(PQgetvalue(result_.get(), row, column),
                           static_cast<size_t>(PQgetlength(result_.get(), row, column)));
}

std::vector<uint64_t> Rows::Ints(int row, int column) const {
  std::vector<uint64_t> values;
  for (const std::string& bytes : ByteArrays(row, column)) values.push_back(ParseInt(bytes));
  return values;
}

std::vector<std::string> Rows::ByteArrays(int row, int column) const {
  std::vector<std::string> values;
  absl::string_view in = Bytes(row, column);
  if (in.size() < kArrayHeader) return values;
  const uint32_t count = ReadU32(in.substr(12));
  in.remove_prefix(kArrayHeader);
  for (uint32_t i = 0; i < count && in.size() >= 4; ++i) {
    const uint32_t length = ReadU32(in);
    in.remove_prefix(4);
    const size_t size = length == kNullLength ? 0 : std::min<size_t>(length, in.size());
    values.emplace_back(in.substr(0, size));
    in.remove_prefix(size);
  }
  return values;
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const PostgresOptions& options,
                                                             Role role, absl::Time deadline) {
  // What stands in the URL wins: a later keyword replaces an earlier one.
  const char* const keywords[] = {"application_name",
                                  "keepalives_idle",
                                  "keepalives_interval",
                                  "keepalives_count",
                                  "tcp_user_timeout",
                                  "target_session_attrs",
                                  "dbname",
                                  nullptr};
  const char* const values[] = {"muniment",          "5",   "3", "3", "10000", "read-write",
                                options.url.c_str(), nullptr};
  std::unique_ptr<Connection> connection(new Connection(PQconnectStartParams(keywords, values, 1)));
  if (connection->connection_ == nullptr) return UnavailableError("There is no memory left.");
  RETURN_IF_ERROR(connection->Connect(deadline));
  PQsetNoticeProcessor(
      connection->connection_, [](void*, const char*) {}, nullptr);
  PQsetnonblocking(connection->connection_, 1);
  RETURN_IF_ERROR(connection->Execute(Settings(options, role), deadline));
  return connection;
}

Connection::~Connection() { PQfinish(connection_); }

absl::Status Connection::Connect(absl::Time deadline) {
  const auto failed = [this] {
    alive_ = false;
    return ConnectError(PQerrorMessage(connection_));
  };
  // Only so a connection's failure tells its code.
  PQsetErrorVerbosity(connection_, PQERRORS_VERBOSE);
  if (PQstatus(connection_) == CONNECTION_BAD) return failed();
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  while (state != PGRES_POLLING_OK) {
    if (state == PGRES_POLLING_FAILED) return failed();
    if (!Wait(state == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline)) {
      return Lost("It does not answer.");
    }
    state = PQconnectPoll(connection_);
  }
  PQsetErrorVerbosity(connection_, PQERRORS_DEFAULT);
  return absl::OkStatus();
}

absl::StatusOr<Rows> Connection::Run(const Statement& statement, const Params& params,
                                     absl::Time deadline) {
  RETURN_IF_ERROR(Prepare(statement, params, deadline));
  std::vector<const char*> values;
  std::vector<int> lengths;
  for (size_t i = 0; i < params.values_.size(); ++i) {
    values.push_back(params.nulls_[i] ? nullptr : params.values_[i].data());
    lengths.push_back(static_cast<int>(params.values_[i].size()));
  }
  const std::vector<int> formats(values.size(), 1);
  if (PQsendQueryPrepared(connection_, statement.name.c_str(), static_cast<int>(values.size()),
                          values.data(), lengths.data(), formats.data(), 1) == 0) {
    return Lost(PQerrorMessage(connection_));
  }
  return Collect(deadline);
}

absl::Status Connection::Prepare(const Statement& statement, const Params& params,
                                 absl::Time deadline) {
  if (prepared_.contains(statement.name)) return absl::OkStatus();
  if (PQsendPrepare(connection_, statement.name.c_str(), statement.sql.c_str(),
                    static_cast<int>(params.types_.size()), params.types_.data()) == 0) {
    return Lost(PQerrorMessage(connection_));
  }
  RETURN_IF_ERROR(Collect(deadline).status());
  prepared_.insert(statement.name);
  return absl::OkStatus();
}

absl::Status Connection::Execute(const std::string& sql, absl::Time deadline) {
  return Ask(sql, deadline).status();
}

absl::StatusOr<Rows> Connection::Ask(const std::string& sql, absl::Time deadline) {
  if (PQsendQuery(connection_, sql.c_str()) == 0) return Lost(PQerrorMessage(connection_));
  return Collect(deadline);
}

absl::Status Connection::CopyIn(const std::string& sql, absl::string_view data,
                                absl::Time deadline) {
  if (PQsendQuery(connection_, sql.c_str()) == 0) return Lost(PQerrorMessage(connection_));
  RETURN_IF_ERROR(Flush(deadline));
  // Data that the server does not expect would be taken for a broken protocol: it says first.
  RETURN_IF_ERROR(AwaitResult(deadline));
  const std::unique_ptr<PGresult, decltype(&PQclear)> begun(PQgetResult(connection_), PQclear);
  if (PQresultStatus(begun.get()) != PGRES_COPY_IN) {
    const std::string why = PQresultErrorMessage(begun.get());
    RETURN_IF_ERROR(Collect(deadline).status());
    return UnavailableError(absl::StrCat("PostgreSQL: ", absl::StripAsciiWhitespace(why)));
  }
  while (!data.empty()) {
    const absl::string_view piece = data.substr(0, kCopyPiece);
    if (PQputCopyData(connection_, piece.data(), static_cast<int>(piece.size())) != 1) {
      return Lost(PQerrorMessage(connection_));
    }
    RETURN_IF_ERROR(Flush(deadline));
    data.remove_prefix(piece.size());
  }
  if (PQputCopyEnd(connection_, nullptr) != 1) return Lost(PQerrorMessage(connection_));
  return Collect(deadline).status();
}

bool Connection::StillOpen() {
  pollfd waited = {.fd = PQsocket(connection_), .events = POLLIN, .revents = 0};
  // A server that ends a session says so first; only behind that stands the end.
  while (alive_ && poll(&waited, 1, 0) != 0) {
    if (PQconsumeInput(connection_) == 0 || PQstatus(connection_) != CONNECTION_OK) alive_ = false;
  }
  return alive_;
}

absl::Status Connection::TakeNotifications(std::vector<std::string>& payloads) {
  const absl::Status status =
      PQconsumeInput(connection_) == 0 ? Lost(PQerrorMessage(connection_)) : absl::OkStatus();
  while (PGnotify* notification = PQnotifies(connection_)) {
    payloads.emplace_back(notification->extra);
    PQfreemem(notification);
  }
  return status;
}

std::optional<absl::Time> Connection::LastSign() const {
  const int socket = PQsocket(connection_);
  if (socket < 0) return std::nullopt;
  const absl::Time now = SteadyNow();
  tcp_info info = {};
  socklen_t size = sizeof(info);
  if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return now;
  return now - absl::Milliseconds(info.tcpi_last_ack_recv);
}

absl::Status Connection::Flush(absl::Time deadline) {
  while (true) {
    const int left = PQflush(connection_);
    if (left == 0) return absl::OkStatus();
    // Read while writing: a server that answers before it has read all would stop otherwise.
    if (left < 0 || !Wait(POLLIN | POLLOUT, deadline) || PQconsumeInput(connection_) == 0) {
      return Lost(PQerrorMessage(connection_));
    }
  }
}

absl::StatusOr<Rows> Connection::Collect(absl::Time deadline) {
  RETURN_IF_ERROR(Flush(deadline));
  absl::StatusOr<Rows> answer = Rows(nullptr);
  while (true) {
    RETURN_IF_ERROR(AwaitResult(deadline));
    PGresult* const result = PQgetResult(connection_);
    if (result == nullptr) break;
    Rows rows(result);
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
      if (answer.ok()) answer = std::move(rows);
      continue;
    }
    const char* const code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    answer = MarkRefused(UnavailableError(absl::StrCat(
                             "PostgreSQL: ",
                             absl::StripAsciiWhitespace(PQresultErrorMessage(result)))),
                         code == nullptr ? "" : code);
  }
  if (PQstatus(connection_) != CONNECTION_OK) alive_ = false;
  return answer;
}

absl::Status Connection::AwaitResult(absl::Time deadline) {
  while (PQisBusy(connection_) != 0) {
    if (!Wait(POLLIN, deadline) || PQconsumeInput(connection_) == 0) {
      return Lost(PQerrorMessage(connection_));
    }
  }
  return absl::OkStatus();
}

bool Connection::Wait(short events, absl::Time deadline) {
  while (true) {
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) return false;
    pollfd waited = {.fd = PQsocket(connection_), .events = events, .revents = 0};
    const int ready =
        poll(&waited, 1,
             static_cast<int>(absl::ToInt64Milliseconds(std::min(left, absl::Seconds(3600)))) + 1);
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

absl::Status Connection::Lost(absl::string_view why) {
  alive_ = false;
  if (absl::StripAsciiWhitespace(why).empty()) why = "It does not answer in time.";
  return UnavailableError(absl::StrCat("PostgreSQL: ", absl::StripAsciiWhitespace(why)));
}

}  // namespace muniment::eventstore
