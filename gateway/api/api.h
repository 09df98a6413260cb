// Every published method behind one door: finds the instance by host and the caller by token, holds
// the request against its fields' limits, and hands it to the command router or to a query. What a
// caller may do is asked there, on the target; here a call without a rule, and a caller without a
// token, go no further.
//
//   ASSIGN_OR_RETURN(auto api, Api::New(ports, options));
//   rpc_options.dispatchers = {api};
//
// A request may name, by the header x-muniment-sequence, what it must see (sequence_token.h); every
// answer tells in the same header where it stands. Where nodes share the log, a request that names
// nothing sees all that stood in the log when it came (gateway/freshness.h). While the database is
// away reads are answered from what is here, with its age in the header x-muniment-age: whole
// seconds, rounded up. Such an answer may miss what other nodes did since.
//
// A request is decoded once its caller is known, where the method takes one.
//
// What is another's is answered as what there never was, in text and in time: NOT_FOUND leaves on the
// clock, a step after the request was read, or twice as much, or four times, whatever was looked at
// meanwhile, up to a quarter of a second (ApiOptions::unknown_step).
//
// Threads: Call runs on I/O threads and does no more than bounded gets there; lists run in `pool`,
// commands on the router's threads. Ports outlive the Api and every call.
// A method that is another's twin (binding.h) is decided by the other's handler. ImportData is, once it
// is allowed, commands of its own (data_import.h).
//
// Errors of New: INTERNAL "api.rule_missing" for a method that says neither who may call it nor
// what it waits for, "api.binding" for one that does not fit its twin. Of calls, beside those of
// their handlers: UNIMPLEMENTED "method.unserved"; NOT_FOUND "instance.not_found"; UNAUTHENTICATED
// "auth.required" and "auth.token_invalid"; RESOURCE_EXHAUSTED "query.busy"; those of CheckRequest,
// of Binding, of Runner::WaitSequence and of Runner::Follows, without which nothing is answered. With
// the database away: UNAVAILABLE "store.unavailable" for a command, at once; "store.too_stale" for
// what reads on somebody's authority, after max_staleness.
#ifndef MUNIMENT_GATEWAY_API_API_H_
#define MUNIMENT_GATEWAY_API_API_H_

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "command/router.h"
#include "command/rule.h"
#include "gateway/api/authenticator.h"
#include "gateway/api/binding.h"
#include "gateway/api/data_import.h"
#include "gateway/api/doubts.h"
#include "gateway/api/sequence_token.h"
#include "gateway/freshness.h"
#include "gateway/metrics.h"
#include "gateway/rpc/dispatcher.h"
#include "gateway/worker_pool.h"
#include "projections/runner.h"
#include "query/handler.h"

namespace muniment::gateway {

struct ApiPorts {
  const projections::Database* database = nullptr;
  projections::Runner* runner = nullptr;
  command::Router* router = nullptr;
  query::Sources sources;
  const SequenceTokens* tokens = nullptr;
  WorkerPool* pool = nullptr;
  Clock* clock = nullptr;
  AccessTokens access = {};
  // Null where nobody else writes to the log: views have all of it.
  Freshness* freshness = nullptr;
};

inline constexpr absl::string_view kAgeHeader = "x-muniment-age";

struct ApiOptions {
  absl::Duration call_timeout = absl::Seconds(60);
  absl::Duration sequence_timeout = absl::Seconds(5);
  absl::Duration scan_timeout = absl::Seconds(5);
  // NOT_FOUND is answered so long after the request was read, or the next power of two times that. More
  // than finding out takes with all at hand; zero: at once.
  absl::Duration unknown_step = absl::Milliseconds(1);
  // Requests of more than 16 KiB that are held at once, in bytes; further ones are refused.
  size_t held_requests = 128 << 20;
};

class Api final : public rpc::Dispatcher {
 public:
  static absl::StatusOr<std::shared_ptr<Api>> New(const ApiPorts& ports,
                                                  const ApiOptions& options);

  std::vector<const google::protobuf::MethodDescriptor*> Methods() const override;
  void Accept(rpc::CallContext context, std::shared_ptr<rpc::Undecoded> request,
              std::shared_ptr<rpc::Responder> responder) override;
  void Call(rpc::CallContext context, std::unique_ptr<google::protobuf::Message> request,
            std::shared_ptr<rpc::Responder> responder) override;

  Metrics& metrics() { return *metrics_; }
  // Keys looked up in the read models so far, those of commands' hints aside.
  uint64_t gets() const { return gets_.load(std::memory_order_relaxed); }
  // Bytes of large requests that are held now.
  size_t held() const { return held_->load(std::memory_order_relaxed); }

 private:
  struct Method {
    const google::protobuf::MethodDescriptor* descriptor = nullptr;
    std::string name;  // "zitadel.user.v2.UserService/GetUserByID"
    size_t index = 0;  // in metrics
    command::MethodRule rule;
    std::string waits_for;  // not empty: UNIMPLEMENTED
    const query::Handler* query = nullptr;  // null: a command
    std::shared_ptr<const Binding> binding;  // of another's twin
    bool imports = false;  // goes on with what the request holds
  };
  struct Who {
    uint64_t instance = 0;
    Caller caller;
  };
  struct Flight;
  using FlightPtr = std::shared_ptr<Flight>;

  Api(const ApiPorts& ports, const ApiOptions& options);
  absl::StatusOr<Method> Compile(const google::protobuf::MethodDescriptor* descriptor);
  absl::Status AddAll();
  static absl::Status Unserved(const Method& method);

  FlightPtr NewFlight(rpc::CallContext context, std::shared_ptr<rpc::Responder> responder) const;
  void Begin(const FlightPtr& flight, size_t bytes);
  // Counts the call for so many bytes, whatever it counted for before.
  absl::Status Hold(Flight& flight, size_t bytes);
  absl::Status AskEarly(const Flight& flight);
  absl::Status AwaitSequence(const FlightPtr& flight, absl::string_view token);
  absl::Status AwaitFresh(const FlightPtr& flight, absl::string_view token);
  void AskFresh(const FlightPtr& flight);
  // With an age: from a state that is so old.
  void ProceedFresh(const FlightPtr& flight, const absl::StatusOr<absl::Duration>& age);
  // On this thread if it is `here`, else on one of the pool.
  void ProceedFrom(const FlightPtr& flight, std::thread::id here);
  void Proceed(const FlightPtr& flight);
  void Decoded(const FlightPtr& flight, projections::View view,
               absl::StatusOr<std::unique_ptr<google::protobuf::Message>> request);
  void Run(const FlightPtr& flight, projections::View view);
  // The instance and the caller whom the headers name; UNAUTHENTICATED where the method takes one
  // and there is none.
  absl::StatusOr<Who> FindWho(const rpc::CallContext& context, const Method& method,
                              projections::View& view, absl::Time now) const;
  // OK, and the request is the one that is decided on.
  absl::Status Measure(Flight& flight) const;
  static store::v1::Context KeptContext(const Flight& flight);
  void RunCommand(const FlightPtr& flight);
  // What stands in its request, once the command is done, with which the instance stood here.
  void Import(const FlightPtr& flight, uint64_t sequence);
  void RunQuery(const FlightPtr& flight, projections::View view);
  void Answer(const FlightPtr& flight, const google::protobuf::Message& decided,
              const Told& told);
  void Refuse(const FlightPtr& flight, const absl::Status& status);
  void SendRefusal(const FlightPtr& flight, const absl::Status& status);
  static void TellAge(const Flight& flight);

  const ApiPorts ports_;
  const ApiOptions options_;
  MessageMaps maps_;
  std::vector<Method> methods_;
  std::shared_ptr<const DataImport> import_;
  absl::flat_hash_map<const google::protobuf::MethodDescriptor*, size_t> by_descriptor_;
  std::unique_ptr<Metrics> metrics_;
  std::atomic<uint64_t> gets_{0};
  Doubts doubts_;
  // Flights that end late count down after the Api.
  const std::shared_ptr<std::atomic<size_t>> held_ = std::make_shared<std::atomic<size_t>>(0);
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_API_API_H_
