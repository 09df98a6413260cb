#include "gateway/cli/import_store.h"

#include <google/protobuf/empty.pb.h>

#include <algorithm>
#include <list>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "base/error.h"
#include "base/error_facts.h"
#include "command/import/batch.h"
#include "command/import/names.h"
#include "gateway/cli/progress.h"

namespace muniment::gateway {
namespace {

using google::protobuf::Empty;
using google::protobuf::Message;

// Batches under way: while one is synced others are decided, sealed and folded.
constexpr size_t kUnderWay = 8;

struct UnderWay {
  ParsedBatch parsed;
  command::ImportBatch batch;
  command::ImportNames names;
};

absl::Status WithLine(const absl::Status& status) {
  const std::string line = ErrorFact(status, command::kImportLine);
  if (line.empty()) return status;
  return Error(status.code(), Reason(status), absl::StrCat("line ", line, ": ", status.message()));
}

class Store {
 public:
  Store(ImportFile& file, const NodeInside& inside, const std::string& by)
      : file_(file), inside_(inside), by_(by) {}
  ~Store() {
    absl::MutexLock lock(&mutex_);
    AwaitLeft(0);
  }

  absl::StatusOr<ImportCounts> Run(const ImportPlan& plan) {
    Progress progress("importing");
    for (const BatchPlace& place : plan.batches) {
      ASSIGN_OR_RETURN(const auto next, Open(place));
      RETURN_IF_ERROR(AwaitTurn(*next));
      Send(next);
      progress.Show(Stored(), plan.lines);
    }
    {
      absl::MutexLock lock(&mutex_);
      AwaitLeft(0);
      RETURN_IF_ERROR(failed_);
    }
    progress.End();
    absl::MutexLock lock(&mutex_);
    return counts_;
  }

 private:
  absl::StatusOr<std::shared_ptr<UnderWay>> Open(const BatchPlace& place) {
    auto next = std::make_shared<UnderWay>();
    ASSIGN_OR_RETURN(next->parsed, ImportReader::Again(file_, place));
    next->batch.file = file_.hash();
    next->batch.first_line = place.first_line;
    next->batch.line_count = place.line_count;
    next->batch.by = by_;
    next->batch.lines = std::move(next->parsed.lines);
    next->names = command::NamesOf(next->batch);
    return next;
  }

  // There is room, and nothing under way makes what it names.
  absl::Status AwaitTurn(const UnderWay& next) {
    absl::MutexLock lock(&mutex_);
    const auto may = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      if (!failed_.ok()) return true;
      if (under_way_.size() >= kUnderWay) return false;
      return std::none_of(under_way_.begin(), under_way_.end(), [&](const auto& other) {
        return command::Needs(next.names, other->names);
      });
    };
    while (!may()) ended_.Wait(&mutex_);
    return failed_;
  }

  void Send(const std::shared_ptr<UnderWay>& next) {
    command::Handler handler;
    handler.method = "muniment.Import";
    handler.request = Empty::descriptor();
    handler.response = Empty::descriptor();
    handler.run = [next](command::Unit& unit,
                         const Message&) -> absl::StatusOr<std::unique_ptr<Message>> {
      RETURN_IF_ERROR(command::StoreBatch(unit, next->batch));
      return std::make_unique<Empty>();
    };
    command::CommandCall call;
    call.method = handler.method;
    call.handler = &handler;
    call.instance = inside_.instance;
    call.caller = Caller::System();
    call.request = std::make_shared<Empty>();
    {
      absl::MutexLock lock(&mutex_);
      under_way_.push_back(next);
    }
    inside_.router.Run(std::move(call), [this, next](auto answer) {
      absl::MutexLock lock(&mutex_);
      if (!answer.ok() && failed_.ok()) failed_ = WithLine(answer.status());
      if (answer.ok()) Count(next->batch);
      under_way_.remove(next);
      ended_.SignalAll();
    });
  }

  void Count(const command::ImportBatch& batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    stored_ += batch.lines.size();
    for (const command::ImportLine& line : batch.lines) ++counts_[line.rule->noun];
  }

  uint64_t Stored() {
    absl::MutexLock lock(&mutex_);
    return stored_;
  }

  void AwaitLeft(size_t left) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    while (under_way_.size() > left) ended_.Wait(&mutex_);
  }

  ImportFile& file_;
  const NodeInside& inside_;
  const std::string by_;
  absl::Mutex mutex_;
  absl::CondVar ended_;
  std::list<std::shared_ptr<UnderWay>> under_way_ ABSL_GUARDED_BY(mutex_);
  absl::Status failed_ ABSL_GUARDED_BY(mutex_);
  uint64_t stored_ ABSL_GUARDED_BY(mutex_) = 0;
  ImportCounts counts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

absl::StatusOr<ImportCounts> StoreImport(ImportFile& file, const ImportPlan& plan,
                                         const NodeInside& inside, const std::string& by) {
  return Store(file, inside, by).Run(plan);
}

}  // namespace muniment::gateway
