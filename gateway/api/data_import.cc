#include "gateway/api/data_import.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/synchronization/mutex.h"
#include "base/error.h"
#include "base/limits.h"
#include "command/import/data.h"
#include "gateway/api/data_told.h"
#include "gateway/api/granted.h"
#include "zitadel/v1.pb.h"

namespace muniment::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using zitadel::admin::v1::DataOrg;
using zitadel::admin::v1::ImportDataResponse;

constexpr absl::string_view kService = "zitadel.management.v1.ManagementService";

// "zitadel.admin.v1.AdminService/AddCustomDomainPolicy"; of a name alone the management service's.
std::string WholeName(absl::string_view method) {
  return absl::StrContains(method, '/') ? std::string(method) : absl::StrCat(kService, "/", method);
}

absl::Status Misfit(absl::string_view what) {
  return Error(absl::StatusCode::kInternal, "api.import", what);
}

// In the form that the request has.
std::vector<const Message*> OrgsOf(const zitadel::admin::v1::ImportDataRequest& request) {
  std::vector<const Message*> orgs;
  for (const DataOrg& org : request.data_orgs().orgs()) orgs.push_back(&org);
  for (const auto& org : request.data_orgsv1().orgs()) orgs.push_back(&org);
  return orgs;
}

// What an organization has of a kind.
std::vector<const Message*> ItemsOf(const DataKind& kind, const Message& org) {
  const auto& reflection = *org.GetReflection();
  const FieldDescriptor* field = org.GetDescriptor()->FindFieldByName(std::string(kind.field));
  std::vector<const Message*> items;
  if (kind.field.empty() || (field != nullptr && field->message_type() == nullptr)) {
    items.push_back(&org);
  } else if (field != nullptr && field->is_repeated()) {
    for (int i = 0; i < reflection.FieldSize(org, field); ++i) {
      items.push_back(&reflection.GetRepeatedMessage(org, field, i));
    }
  } else if (field != nullptr && reflection.HasField(org, field)) {
    items.push_back(&reflection.GetMessage(org, field));
  }
  if (kind.asked == nullptr) return items;
  std::erase_if(items, [&kind](const Message* item) { return !kind.asked(*item); });
  return items;
}

// What holds the request of the kind's method in an item.
const Message& Inner(const Message& item, absl::string_view field) {
  if (field.empty()) return item;
  return item.GetReflection()->GetMessage(
      item, item.GetDescriptor()->FindFieldByName(std::string(field)));
}

void Choose(Message& request, absl::string_view name, const std::string& id) {
  if (id.empty()) return;
  request.GetReflection()->SetString(
      &request, request.GetDescriptor()->FindFieldByName(std::string(name)), id);
}

}  // namespace

absl::StatusOr<std::shared_ptr<const DataImport>> DataImport::New(const DataImportPorts& ports,
                                                                  MessageMaps& maps) {
  std::shared_ptr<DataImport> made(new DataImport(ports));
  for (const DataKind& kind : DataKinds()) {
    if (!kind.method.empty()) RETURN_IF_ERROR(made->AddMethod(kind.method, maps));
  }
  RETURN_IF_ERROR(made->CheckWhole());
  return std::shared_ptr<const DataImport>(std::move(made));
}

absl::Status DataImport::AddMethod(absl::string_view method, MessageMaps& maps) {
  const auto* descriptor = DescriptorPool::generated_pool()->FindMethodByName(
      absl::StrReplaceAll(WholeName(method), {{"/", "."}}));
  if (descriptor == nullptr) return Misfit(absl::StrCat("there is no ", method, "."));
  ASSIGN_OR_RETURN(bindings_[std::string(method)], Binding::Of(*descriptor, maps));
  return absl::OkStatus();
}

// Nothing is accepted and ignored.
absl::Status DataImport::CheckWhole() const {
  std::set<std::string> told = {"org_id"};
  for (const DataKind& kind : DataKinds()) {
    told.emplace(kind.field.empty() ? kind.request : kind.field);
  }
  for (const Descriptor* form : {DataOrg::descriptor(), zitadel::v1::v1::DataOrg::descriptor()}) {
    for (int i = 0; i < form->field_count(); ++i) {
      if (told.contains(form->field(i)->name())) continue;
      return Misfit(absl::StrCat(form->field(i)->full_name(), " is of no kind."));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<command::CommandCall> DataImport::CommandOf(const DataImportCall& call,
                                                           const std::string& organization,
                                                           absl::string_view method,
                                                           const Message& request) const {
  command::CommandCall command;
  command.method = WholeName(method);
  command.instance = call.instance;
  command.caller = call.caller;
  command.caller.chosen_organization_id = organization;
  command.deadline = ItemDeadline(call);
  command.context = call.context;
  const auto& binding = bindings_.at(std::string(method));
  if (binding == nullptr) {
    std::shared_ptr<Message> copy(request.New());
    copy->CopyFrom(request);
    command.request = std::move(copy);
    return command;
  }
  ASSIGN_OR_RETURN(command.request,
                   binding->Request(request, command.caller,
                                    GrantedIn(ports_.database->owners(), call.instance)));
  return command;
}

absl::Time DataImport::ItemDeadline(const DataImportCall& call) const {
  return std::min(call.deadline, ports_.clock->Now() + ports_.item_time);
}

// One import under way. The threads on which answers come in take turns to begin what is next.
class DataImport::Running : public std::enable_shared_from_this<DataImport::Running> {
 public:
  Running(std::shared_ptr<const DataImport> owner, DataImportCall call, Done done)
      : import_(std::move(owner)),
        call_(std::move(call)),
        done_(std::move(done)),
        stop_(call_.began + 0.9 * (call_.deadline - call_.began)),
        told_(call_.sequence) {
    for (const Message* data : OrgsOf(*call_.request)) {
      Org org{data, DataText(*data, "org_id")};
      const absl::Status admitted = AdmitDataOrg(*data);
      if (!admitted.ok()) {
        told_.Refuse("org", org.id.size() <= kMostIdBytes ? org.id : "", admitted);
      }
      org.skipped = !admitted.ok();
      orgs_.push_back(std::move(org));
    }
  }

  // Not where answers come in: these threads are everybody's.
  void Pump() {
    {
      absl::MutexLock lock(&mutex_);
      if (pumping_) return;
      pumping_ = true;
    }
    const auto work = [self = shared_from_this()] {
      while (Item* const item = self->Next()) self->Begin(*item);
    };
    if (!import_->ports_.pool->Submit(work)) work();
  }

 private:
  struct Org {
    const Message* data = nullptr;
    std::string id;  // empty: it could not be made
    bool skipped = false;
  };
  struct Item {
    Org* org = nullptr;
    const Message* data = nullptr;
    absl::Status status = {};  // of what was asked for first
    absl::Status after = {};   // of what is told beside it
    std::string id = {};       // that it has now
    uint64_t sequence = 0;
  };
  using Answer = absl::StatusOr<command::CommandAnswer>;

  // What is to be begun next; null where this thread has nothing to do any more.
  Item* Next() {
    while (true) {
      {
        absl::MutexLock lock(&mutex_);
        if (next_ < items_.size() && under_way_ < kAtOnce) {
          ++under_way_;
          return &items_[next_++];
        }
        if (under_way_ > 0) {
          pumping_ = false;
          return nullptr;
        }
      }
      // Nobody else is at it.
      if (kind_ != nullptr) Tell();
      if (!NextKind()) {
        done_(told_.Response(), told_.sequence());
        return nullptr;
      }
    }
  }

  bool NextKind() {
    const auto& kinds = DataKinds();
    kind_ = kind_ == nullptr ? kinds.data() : kind_ + 1;
    if (kind_ == kinds.data() + kinds.size()) return false;
    absl::MutexLock lock(&mutex_);
    items_.clear();
    next_ = 0;
    for (Org& org : orgs_) {
      if (org.skipped) continue;
      for (const Message* data : ItemsOf(*kind_, *org.data)) items_.push_back({&org, data});
    }
    return true;
  }

  // What became of the items of the kind.
  void Tell() {
    absl::MutexLock lock(&mutex_);
    for (Item& item : items_) {
      const auto known = KnownBy(item);
      const std::string id = absl::StrJoin(known, "_");
      told_.Saw(item.sequence);
      if (!item.status.ok()) {
        told_.Refuse(kind_->type, id, item.status);
        continue;
      }
      if (!item.after.ok()) told_.Refuse(kind_->type, id, item.after);
      if (kind_->type == "org") item.org->id = item.id;
      told_.Done(*kind_, item.org->data, item.org->id, known, item.id);
    }
  }

  std::vector<std::string> KnownBy(const Item& item) const {
    std::vector<std::string> known;
    for (const absl::string_view path : kind_->known_by) known.push_back(DataText(*item.data, path));
    if (known.empty()) known.push_back(item.org->id);
    return known;
  }

  absl::Status MayBegin(const Item& item) const {
    if (kind_->method.empty()) {
      return Error(absl::StatusCode::kUnimplemented, "import.unserved",
                   absl::StrCat("Not served yet: it waits for ", kind_->waits_for, "."));
    }
    if (!kind_->closes && call_.cancelled()) {
      return Error(absl::StatusCode::kCancelled, "import.caller_gone",
                   "The caller did not wait for it.");
    }
    if (!kind_->closes && import_->ports_.clock->Now() >= stop_) {
      return Error(absl::StatusCode::kDeadlineExceeded, "import.time_over",
                   "It was not begun: the time was over. The same import again goes on.");
    }
    // In none, the caller's own would be meant.
    if (item.org->id.empty() && kind_->type != "org") {
      return Error(absl::StatusCode::kFailedPrecondition, "import.org_missing",
                   "Its organization was not made.");
    }
    if (kind_->admit == nullptr) return absl::OkStatus();
    return kind_->admit(*item.data, item.org->id);
  }

  absl::StatusOr<command::CommandCall> Command(const Item& item) const {
    RETURN_IF_ERROR(MayBegin(item));
    // An organization is measured part by part.
    const bool whole = item.data == item.org->data;
    if (!whole) RETURN_IF_ERROR(CheckRequest(*item.data));
    const command::Handler* handler = command::DataHandler(*item.data->GetDescriptor());
    if (handler != nullptr) {
      command::CommandCall command;
      command.method = handler->method;
      command.handler = handler;
      command.instance = call_.instance;
      command.caller = call_.caller;
      command.caller.chosen_organization_id = item.org->id;
      command.request = std::shared_ptr<const Message>(call_.request, item.data);
      command.deadline = import_->ItemDeadline(call_);
      command.context = call_.context;
      return command;
    }
    const std::unique_ptr<Message> made = kind_->make == nullptr ? nullptr : kind_->make(*item.data);
    const Message& own = made != nullptr ? *made : Inner(*item.data, kind_->request);
    if (whole || made != nullptr) RETURN_IF_ERROR(CheckRequest(own));
    // An organization is made within none.
    const std::string organization = kind_->type == "org" ? "" : item.org->id;
    ASSIGN_OR_RETURN(command::CommandCall command,
                     import_->CommandOf(call_, organization, kind_->method, own));
    if (kind_->closes) command.deadline = absl::Now() + kClosing;
    if (kind_->chosen.empty()) return command;
    std::shared_ptr<Message> request(command.request->New());
    request->CopyFrom(*command.request);
    Choose(*request, kind_->chosen, DataText(*item.data, kind_->known_by.front()));
    RETURN_IF_ERROR(CheckRequest(*request));
    command.request = std::move(request);
    return command;
  }

  void Begin(Item& item) {
    auto command = Command(item);
    if (!command.ok()) {
      item.status = command.status();
      return End();
    }
    import_->ports_.router->Run(*std::move(command),
                                [self = shared_from_this(), &item](Answer answer) {
                                  self->Answered(item, std::move(answer));
                                });
  }

  void Answered(Item& item, Answer answer) {
    if (!answer.ok()) {
      item.status = answer.status();
      return End();
    }
    item.sequence = answer->sequence;
    item.id = kind_->made.empty() ? "" : DataText(*answer->response, kind_->made);
    item.after = Otherwise(item);
    End();
  }

  // Whether it became what was asked for.
  absl::Status Otherwise(const Item& item) const {
    if (kind_->method == "AddOrgDomain") {
      return DomainCounts(*import_->ports_.database, call_.instance, item.org->id,
                          static_cast<const zitadel::org::v1::Domain&>(*item.data));
    }
    const std::string asked =
        kind_->made.empty() ? "" : DataText(*item.data, kind_->known_by.front());
    return asked.empty() || asked == item.id ? absl::OkStatus() : IdNotKept(item.id);
  }

  void End() {
    {
      absl::MutexLock lock(&mutex_);
      --under_way_;
    }
    Pump();
  }

  const std::shared_ptr<const DataImport> import_;
  const DataImportCall call_;
  Done done_;
  const absl::Time stop_;
  // Of whoever pumps, and of the items under way: these change only while there are none.
  const DataKind* kind_ = nullptr;
  std::vector<Org> orgs_;
  DataTold told_;

  absl::Mutex mutex_;
  std::vector<Item> items_;
  size_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t under_way_ ABSL_GUARDED_BY(mutex_) = 0;
  bool pumping_ ABSL_GUARDED_BY(mutex_) = false;
};

absl::Status DataImport::Run(DataImportCall call, Done done) const {
  const uint64_t instance = call.instance;
  {
    absl::MutexLock lock(&mutex_);
    int& under_way = under_way_[instance];
    if (under_way == kOfAnInstance) {
      return Error(absl::StatusCode::kResourceExhausted, "import.busy",
                   "Other imports are under way. Try again when they have ended.");
    }
    ++under_way;
  }
  Done ended = [self = shared_from_this(), instance, done = std::move(done)](
                   const ImportDataResponse& response, uint64_t sequence) mutable {
    {
      absl::MutexLock lock(&self->mutex_);
      if (--self->under_way_[instance] == 0) self->under_way_.erase(instance);
    }
    done(response, sequence);
  };
  std::make_shared<Running>(shared_from_this(), std::move(call), std::move(ended))->Pump();
  return absl::OkStatus();
}

}  // namespace muniment::gateway
