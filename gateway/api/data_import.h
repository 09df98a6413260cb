// The import of organizations and what is in them by call (zitadel.admin.v1.AdminService/ImportData),
// once its caller is known to be allowed it: each item is a command of its own, by the published method
// that makes one alone (data_kinds.h), of the caller, in the item's organization. What a command refuses
// is told, and the rest goes on.
//
//   ASSIGN_OR_RETURN(auto import, DataImport::New({router, database, clock}, maps));
//   import->Run({.instance = 1, .caller = caller, .request = request, ...},
//               [](ImportDataResponse response, uint64_t sequence) { ... });
//
// kOfAnInstance may be under way of an instance. One kind after the other, of all organizations at once,
// with kAtOnce items under way: what they name of each other is there, and the store's commits are shared.
// Nothing more is begun once nine tenths of the time are over, so that what is under way ends and the answer
// is heard, or once the caller has gone; but what closes an organization that is there is, and has kClosing
// for it. Items are begun on threads of the pool; each has no more time than a call of its own.
//
// Thread-safe, and shared with the imports under way; ports outlive these. `done` runs once, on a thread
// of the pool, or of the router once that is closed; `sequence` is what a read must have seen to see all
// of it. Errors of Run, which then calls nothing: RESOURCE_EXHAUSTED "import.busy".
// Errors of New: INTERNAL "api.import" where a field of the request is of no kind, or a kind does not fit;
// those of Binding. Of items, beside those of their methods: DEADLINE_EXCEEDED "import.time_over",
// CANCELLED "import.caller_gone", UNIMPLEMENTED "import.unserved", those of AdmitDataOrg (data_kinds.h),
// FAILED_PRECONDITION "import.org_missing" for what is in an organization that could not be made,
// INVALID_ARGUMENT "import.other_org" for a domain that names another, UNIMPLEMENTED
// "import.user_state" for who is deleted or suspended. Told of what was done otherwise than it was asked
// for: FAILED_PRECONDITION "import.domain_unproved" and "import.id_not_kept".
#ifndef MUNIMENT_GATEWAY_API_DATA_IMPORT_H_
#define MUNIMENT_GATEWAY_API_DATA_IMPORT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/caller.h"
#include "base/clock.h"
#include "command/router.h"
#include "gateway/api/binding.h"
#include "gateway/api/data_kinds.h"
#include "gateway/worker_pool.h"
#include "projections/database.h"
#include "zitadel/admin.pb.h"

namespace muniment::gateway {

struct DataImportPorts {
  command::Router* router = nullptr;
  const projections::Database* database = nullptr;
  WorkerPool* pool = nullptr;
  Clock* clock = nullptr;
  absl::Duration item_time;  // of a call
};

struct DataImportCall {
  uint64_t instance = 0;
  Caller caller;
  store::v1::Context context;  // kept with each event
  std::shared_ptr<const zitadel::admin::v1::ImportDataRequest> request;
  absl::Time began;
  // When the answer must be there.
  absl::Time deadline;
  // What the call itself took account of.
  uint64_t sequence = 0;
  std::function<bool()> cancelled;
};

class DataImport : public std::enable_shared_from_this<DataImport> {
 public:
  static constexpr size_t kAtOnce = 64;
  static constexpr int kOfAnInstance = 2;
  static constexpr absl::Duration kClosing = absl::Seconds(10);
  using Done = absl::AnyInvocable<void(const zitadel::admin::v1::ImportDataResponse& response,
                                       uint64_t sequence)>;

  static absl::StatusOr<std::shared_ptr<const DataImport>> New(const DataImportPorts& ports,
                                                               MessageMaps& maps);

  absl::Status Run(DataImportCall call, Done done) const;

 private:
  class Running;

  explicit DataImport(const DataImportPorts& ports) : ports_(ports) {}
  absl::Status AddMethod(absl::string_view method, MessageMaps& maps);
  absl::Status CheckWhole() const;
  // The command of the management service's method for its own request.
  absl::StatusOr<command::CommandCall> CommandOf(const DataImportCall& call,
                                                 const std::string& organization,
                                                 absl::string_view method,
                                                 const google::protobuf::Message& request) const;

  absl::Time ItemDeadline(const DataImportCall& call) const;

  const DataImportPorts ports_;
  mutable absl::Mutex mutex_;
  mutable absl::flat_hash_map<uint64_t, int> under_way_ ABSL_GUARDED_BY(mutex_);  // by instance
  // By the method's name alone; null where it is nobody's twin.
  absl::flat_hash_map<std::string, std::unique_ptr<const Binding>> bindings_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_API_DATA_IMPORT_H_
