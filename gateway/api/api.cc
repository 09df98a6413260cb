#include "gateway/api/api.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "command/import/data.h"
#include "gateway/api/authenticator.h"
#include "gateway/api/granted.h"
#include "gateway/api/host.h"
#include "gateway/services.h"
#include "muniment/options.pb.h"
#include "zitadel/admin.pb.h"

namespace muniment::gateway {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

constexpr absl::string_view kImportData = "zitadel.admin.v1.AdminService/ImportData";
constexpr size_t kMaxUserAgent = 500;
// What took that long is refused at once.
constexpr absl::Duration kMostUnknown = absl::Milliseconds(250);
// Many of these fit; what is larger counts against the budget of held requests.
constexpr size_t kSmallRequest = 16 << 10;

// Only what is text and of a sensible length is kept with events.
std::string KeptUserAgent(absl::string_view header) {
  return header.size() <= kMaxUserAgent && ValidUtf8(header) ? std::string(header) : std::string();
}

// A refusal of what is shown, which read models that are behind may owe to older facts.
bool MayBeOlder(const absl::Status& found) {
  return absl::IsUnauthenticated(found) || absl::IsPermissionDenied(found);
}

const query::Handler* FindQuery(absl::string_view method) {
  const auto& handlers = query::Handlers();
  const auto found = std::find_if(handlers.begin(), handlers.end(),
                                  [method](const auto& h) { return h.method == method; });
  return found == handlers.end() ? nullptr : &*found;
}

}  // namespace

// A call on its way.
struct Api::Flight {
  rpc::CallContext context;
  std::shared_ptr<rpc::Undecoded> undecoded;  // until the caller is known
  std::shared_ptr<const Message> request;  // that is decided on
  std::shared_ptr<const Message> own;      // of a method that is another's twin
  std::shared_ptr<rpc::Responder> responder;
  const Method* method = nullptr;
  absl::Time began;
  absl::Time came;  // by the machine's own clock; of what is decided on, when it was read
  absl::Time deadline;
  Who who;
  Place place;         // that it must see; of instance 0: none
  absl::Duration age;  // of the state that it is answered from; zero: none
  bool asked = false;  // the store, where the log ends
  std::shared_ptr<std::atomic<size_t>> held;  // null where nothing was ever held
  size_t bytes = 0;                           // that it counts for

  ~Flight() {
    if (held != nullptr) held->fetch_sub(bytes);
  }
};

Api::Api(const ApiPorts& ports, const ApiOptions& options) : ports_(ports), options_(options) {}

absl::StatusOr<std::shared_ptr<Api>> Api::New(const ApiPorts& ports, const ApiOptions& options) {
  std::shared_ptr<Api> api(new Api(ports, options));
  RETURN_IF_ERROR(api->AddAll());
  return api;
}

absl::StatusOr<Api::Method> Api::Compile(const MethodDescriptor* descriptor) {
  Method method;
  method.descriptor = descriptor;
  method.name = absl::StrCat(descriptor->service()->full_name(), "/", descriptor->name());
  method.waits_for = descriptor->options().GetExtension(muniment::unserved_method);
  if (!method.waits_for.empty()) return method;
  const absl::StatusOr<command::MethodRule> rule = command::RuleOf(method.name);
  if (!rule.ok()) {
    return Error(absl::StatusCode::kInternal, "api.rule_missing",
                 absl::StrCat(method.name, " says neither who may call it nor what it waits for."));
  }
  method.rule = *rule;
  ASSIGN_OR_RETURN(method.binding, Binding::Of(*descriptor, maps_));
  method.query = FindQuery(method.name);
  if (method.query == nullptr && !ports_.router->Serves(method.name)) {
    method.waits_for = "a release that serves it";
  }
  method.imports = method.name == kImportData;
  return method;
}

absl::Status Api::AddAll() {
  std::vector<std::string> names;
  for (const MethodDescriptor* descriptor : PublishedMethods()) {
    ASSIGN_OR_RETURN(Method method, Compile(descriptor));
    method.index = names.size();
    names.push_back(method.name);
    by_descriptor_[method.descriptor] = methods_.size();
    methods_.push_back(std::move(method));
  }
  metrics_ = std::make_unique<Metrics>(names);
  ASSIGN_OR_RETURN(import_,
                   DataImport::New({ports_.router, ports_.database, ports_.pool, ports_.clock,
                                    options_.call_timeout},
                                   maps_));
  return absl::OkStatus();
}

absl::Status Api::Unserved(const Method& method) {
  absl::Status unserved =
      Error(absl::StatusCode::kUnimplemented, "method.unserved",
            absl::StrCat(method.name, " waits for ", method.waits_for, "."));
  SetErrorFact(unserved, "waits_for", method.waits_for);
  return unserved;
}

std::vector<const MethodDescriptor*> Api::Methods() const {
  std::vector<const MethodDescriptor*> descriptors;
  for (const Method& method : methods_) descriptors.push_back(method.descriptor);
  return descriptors;
}

Api::FlightPtr Api::NewFlight(rpc::CallContext context,
                              std::shared_ptr<rpc::Responder> responder) const {
  auto flight = std::make_shared<Flight>();
  flight->method = &methods_[by_descriptor_.at(context.method)];
  flight->began = ports_.clock->Now();
  flight->came = absl::Now();
  flight->deadline = std::min(context.deadline, flight->began + options_.call_timeout);
  flight->context = std::move(context);
  flight->responder = std::move(responder);
  return flight;
}

void Api::Accept(rpc::CallContext context, std::shared_ptr<rpc::Undecoded> request,
                 std::shared_ptr<rpc::Responder> responder) {
  const FlightPtr flight = NewFlight(std::move(context), std::move(responder));
  const size_t bytes = request->size();
  flight->undecoded = std::move(request);
  Begin(flight, bytes);
}

void Api::Call(rpc::CallContext context, std::unique_ptr<Message> request,
               std::shared_ptr<rpc::Responder> responder) {
  const FlightPtr flight = NewFlight(std::move(context), std::move(responder));
  const size_t bytes = request->SpaceUsedLong();
  flight->request = std::move(request);
  Begin(flight, bytes);
}

void Api::Begin(const FlightPtr& flight, size_t bytes) {
  if (!flight->method->waits_for.empty()) return Refuse(flight, Unserved(*flight->method));
  if (!flight->method->rule.rule.open()) {
    const absl::Status follows = ports_.runner->Follows();
    if (!follows.ok()) return Refuse(flight, follows);
  }
  const absl::string_view token = flight->context.Header(kSequenceHeader);
  absl::Status status = AskEarly(*flight);
  if (status.ok()) status = Hold(*flight, bytes);
  if (!status.ok()) return Refuse(flight, status);
  if (token.empty() && ports_.freshness == nullptr) return Proceed(flight);
  status = ports_.freshness == nullptr ? AwaitSequence(flight, token) : AwaitFresh(flight, token);
  if (!status.ok()) Refuse(flight, status);
}

absl::Status Api::Hold(Flight& flight, size_t bytes) {
  if (bytes <= kSmallRequest) bytes = 0;
  flight.held = held_;
  const size_t before = std::exchange(flight.bytes, bytes);
  // Adds the difference, which may be negative.
  if (held_->fetch_add(bytes - before) + bytes - before <= options_.held_requests || bytes == 0) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kResourceExhausted, "request.busy",
               "Too many large requests are being worked on. Try again soon.");
}

// Whether the caller is one, of a call that waits while its request takes room: a stranger's does
// not.
absl::Status Api::AskEarly(const Flight& flight) {
  const bool small = flight.undecoded == nullptr || flight.undecoded->size() <= kSmallRequest;
  if (small || ports_.freshness == nullptr || flight.method->rule.rule.open()) {
    return absl::OkStatus();
  }
  projections::View view = ports_.database->Read();
  const absl::Status found =
      FindWho(flight.context, *flight.method, view, flight.began).status();
  gets_.fetch_add(view.gets(), std::memory_order_relaxed);
  const bool shown = !flight.context.Header("authorization").empty();
  if (MayBeOlder(found) && shown && doubts_.Allow(flight.began)) {
    return absl::OkStatus();
  }
  return found;
}

absl::Status Api::AwaitSequence(const FlightPtr& flight, absl::string_view token) {
  ASSIGN_OR_RETURN(const Place place, ports_.tokens->Open(token));
  // A place in a log that was put back to an earlier state says nothing of this one.
  if (place.epoch != ports_.database->checkpoint().epoch) {
    Proceed(flight);
    return absl::OkStatus();
  }
  const std::thread::id here = std::this_thread::get_id();
  const absl::Time latest =
      std::min(flight->deadline, flight->began + options_.sequence_timeout);
  ports_.runner->WaitSequence(
      place.instance, place.sequence, latest, [this, flight, here](absl::Status status) {
        if (!status.ok()) return Refuse(flight, status);
        ProceedFrom(flight, here);
      });
  return absl::OkStatus();
}

void Api::ProceedFrom(const FlightPtr& flight, std::thread::id here) {
  if (std::this_thread::get_id() == here) return Proceed(flight);
  // The thread of the runner, or of the store, has others to answer.
  if (!ports_.pool->Submit([this, flight] { Proceed(flight); })) {
    Refuse(flight, Error(absl::StatusCode::kResourceExhausted, "query.busy",
                         "Too many calls are waiting. Try again soon."));
  }
}

absl::Status Api::AwaitFresh(const FlightPtr& flight, absl::string_view token) {
  if (!token.empty()) {
    ASSIGN_OR_RETURN(const Place place, ports_.tokens->Open(token));
    // A place in a log that lost its end says nothing of this one.
    if (place.epoch == ports_.database->checkpoint().epoch) flight->place = place;
  }
  const Place& place = flight->place;
  if (place.instance != 0 && ports_.freshness->Recent() &&
      ports_.database->Read().sequence(place.instance) >= place.sequence) {
    Proceed(flight);
    return absl::OkStatus();
  }
  AskFresh(flight);
  return absl::OkStatus();
}

void Api::AskFresh(const FlightPtr& flight) {
  flight->asked = true;
  const absl::Time latest = std::min(flight->deadline, flight->began + options_.sequence_timeout);
  ports_.freshness->Await(latest, [this, flight](absl::StatusOr<absl::Duration> age) {
    ProceedFresh(flight, age);
  });
}

void Api::ProceedFresh(const FlightPtr& flight, const absl::StatusOr<absl::Duration>& age) {
  const bool command = flight->method->query == nullptr;
  const bool away = !age.ok() ? absl::IsUnavailable(age.status()) : *age > absl::ZeroDuration();
  if (away && command) {
    const absl::Status reached = ports_.freshness->Reached();
    return Refuse(flight, reached.ok() ? Error(absl::StatusCode::kUnavailable, "store.unavailable",
                                               "The database did not answer. Nothing was changed; "
                                               "try again soon.")
                                       : reached);
  }
  // What is for everybody proves nobody's rights.
  if (!age.ok() && !(away && flight->method->rule.rule.open())) return Refuse(flight, age.status());
  flight->age = age.ok() ? *age : ports_.freshness->Age();
  const Place& place = flight->place;
  if (place.instance != 0 &&
      ports_.database->Read().sequence(place.instance) < place.sequence) {
    return Refuse(flight, away ? Error(absl::StatusCode::kUnavailable, "store.unavailable",
                                       "The database is away, and what the call must see is not "
                                       "here yet. Try again soon.")
                               : Error(absl::StatusCode::kFailedPrecondition, "sequence.unknown",
                                       "There is no such sequence yet."));
  }
  ProceedFrom(flight, std::thread::id());
}

absl::StatusOr<Api::Who> Api::FindWho(const rpc::CallContext& context, const Method& method,
                                      projections::View& view, absl::Time now) const {
  Who who;
  const projections::Owners& owners = *ports_.sources.owners;
  ASSIGN_OR_RETURN(who.instance, FindInstance(view, owners, context.authority()));
  const Rule& rule = method.rule.rule;
  const Credentials credentials = {context.Header("authorization"),
                                   context.Header("x-zitadel-orgid"),
                                   rule.open() || rule.before_password_change(), ports_.access};
  ASSIGN_OR_RETURN(who.caller, FindCaller(view, owners, who.instance, credentials, now));
  who.caller.instance_domain = HostOf(context.authority()).value_or("");
  if (rule.open() || who.caller.known()) return who;
  return Error(absl::StatusCode::kUnauthenticated, "auth.required",
               "This call takes a token: Authorization: Bearer ...");
}

void Api::Proceed(const FlightPtr& flight) {
  projections::View view = ports_.database->Read();
  auto who = FindWho(flight->context, *flight->method, view, flight->began);
  if (!who.ok()) {
    gets_.fetch_add(view.gets(), std::memory_order_relaxed);
    // Who names what he saw may bring a token that is newer.
    const bool newer = MayBeOlder(who.status()) && ports_.freshness != nullptr &&
                       !flight->asked && !flight->context.Header("authorization").empty();
    return newer ? AskFresh(flight) : Refuse(flight, who.status());
  }
  flight->who = *std::move(who);
  if (flight->undecoded == nullptr) return Run(flight, std::move(view));
  const auto undecoded = std::exchange(flight->undecoded, nullptr);
  undecoded->Decode([this, flight, view = std::move(view)](auto request) mutable {
    Decoded(flight, std::move(view), std::move(request));
  });
}

void Api::Decoded(const FlightPtr& flight, projections::View view,
                  absl::StatusOr<std::unique_ptr<Message>> request) {
  absl::Status status = request.status();
  if (status.ok()) status = Hold(*flight, (*request)->SpaceUsedLong());
  if (!status.ok()) {
    gets_.fetch_add(view.gets(), std::memory_order_relaxed);
    return Refuse(flight, status);
  }
  flight->request = *std::move(request);
  Run(flight, std::move(view));
}

absl::Status Api::Measure(Flight& flight) const {
  RETURN_IF_ERROR(CheckRequest(*flight.request));
  if (flight.method->binding == nullptr) return absl::OkStatus();
  flight.own = flight.request;
  ASSIGN_OR_RETURN(flight.request, flight.method->binding->Request(
                                       *flight.request, flight.who.caller,
                                       GrantedIn(*ports_.sources.owners, flight.who.instance)));
  return absl::OkStatus();
}

void Api::Run(const FlightPtr& flight, projections::View view) {
  const absl::Status fits = Measure(*flight);
  // How long it was in coming the caller chooses, and would choose the moment before a step.
  flight->came = absl::Now();
  const bool here = flight->method->query != nullptr && fits.ok() &&
                    flight->method->rule.rule.cost() == COST_GETS;
  if (here) return RunQuery(flight, std::move(view));
  gets_.fetch_add(view.gets(), std::memory_order_relaxed);
  if (!fits.ok()) return Refuse(flight, fits);
  if (flight->method->query == nullptr) return RunCommand(flight);
  const bool taken = ports_.pool->Submit([this, flight] {
    if (flight->responder->Cancelled()) return;
    RunQuery(flight, ports_.database->Read());
  });
  if (!taken) {
    Refuse(flight, Error(absl::StatusCode::kResourceExhausted, "query.busy",
                         "Too many lists are being made. Try again soon."));
  }
}

store::v1::Context Api::KeptContext(const Flight& flight) {
  store::v1::Context context;
  context.set_ip(std::string(flight.context.peer()));
  context.set_user_agent(KeptUserAgent(flight.context.user_agent()));
  return context;
}

void Api::RunCommand(const FlightPtr& flight) {
  command::CommandCall call;
  call.method = flight->method->name;
  call.instance = flight->who.instance;
  call.caller = flight->who.caller;
  call.request = flight->request;
  call.deadline = flight->deadline;
  call.context = KeptContext(*flight);
  ports_.router->Run(std::move(call), [this, flight](absl::StatusOr<command::CommandAnswer> answer) {
    if (!answer.ok()) return Refuse(flight, answer.status());
    if (flight->method->imports) return Import(flight, answer->sequence);
    Answer(flight, *answer->response, {.sequence = answer->sequence, .stamp = &answer->stamp});
  });
}

void Api::Import(const FlightPtr& flight, uint64_t sequence) {
  DataImportCall call;
  call.request =
      std::static_pointer_cast<const zitadel::admin::v1::ImportDataRequest>(flight->request);
  const auto asked = command::ImportTime(*call.request);
  if (!asked.ok()) return Refuse(flight, asked.status());
  const bool own = *asked != absl::InfiniteDuration();
  call.instance = flight->who.instance;
  call.caller = flight->who.caller;
  call.context = KeptContext(*flight);
  call.began = flight->began;
  call.deadline = std::min(flight->context.deadline,
                           flight->began + (own ? *asked : options_.call_timeout));
  call.sequence = sequence;
  call.cancelled = [flight] { return flight->responder->Cancelled(); };
  const absl::Status begun =
      import_->Run(std::move(call), [this, flight](const auto& response, uint64_t seen) {
        Answer(flight, response, {.sequence = seen});
      });
  if (!begun.ok()) Refuse(flight, begun);
}

void Api::RunQuery(const FlightPtr& flight, projections::View view) {
  const Method& method = *flight->method;
  query::ReadCall call;
  call.rule = &method.rule.rule;
  call.instance = flight->who.instance;
  call.caller = flight->who.caller;
  call.target_id = command::TargetOf(method.rule, *flight->request, flight->who.caller);
  call.proof = command::ProofField(method.rule, *flight->request);
  call.now = ports_.clock->Now();
  call.deadline = std::min(flight->deadline, call.now + options_.scan_timeout);
  const uint64_t sequence = view.sequence(flight->who.instance);
  query::Reader reader(std::move(call), std::move(view), ports_.sources);
  absl::Status status = reader.Begin();
  if (!status.ok()) return Refuse(flight, status);
  const auto answer = method.query->run(reader, *flight->request);
  gets_.fetch_add(reader.gets(), std::memory_order_relaxed);
  if (!answer.ok()) return Refuse(flight, answer.status());
  status = reader.Finish();
  if (!status.ok()) return Refuse(flight, status);
  Answer(flight, **answer,
         {.sequence = sequence, .now = reader.call().now, .owner = reader.owner(),
          .request = flight->own.get()});
}

void Api::Answer(const FlightPtr& flight, const Message& decided, const Told& told) {
  absl::StatusOr<std::unique_ptr<Message>> own = nullptr;
  if (flight->method->binding != nullptr) own = flight->method->binding->Answer(decided, told);
  if (!own.ok()) return Refuse(flight, own.status());
  const Message& response = *own == nullptr ? decided : **own;
  const Place place{ports_.database->checkpoint().epoch, flight->who.instance, told.sequence};
  flight->responder->SetHeader(kSequenceHeader, ports_.tokens->Seal(place));
  TellAge(*flight);
  flight->responder->Finish(response);
  metrics_->Called(flight->method->index, absl::StatusCode::kOk,
                   ports_.clock->Now() - flight->began);
}

void Api::TellAge(const Flight& flight) {
  if (flight.age <= absl::ZeroDuration()) return;
  const int64_t seconds = absl::ToInt64Seconds(absl::Ceil(flight.age, absl::Seconds(1)));
  flight.responder->SetHeader(kAgeHeader, absl::StrCat(seconds));
}

// By what it takes to find nothing, or something that is not the caller's to see, he would be told
// which of them it was. The router's timer has no part in that.
void Api::Refuse(const FlightPtr& flight, const absl::Status& status) {
  const absl::Duration took = absl::Now() - flight->came;
  // What takes longer hides more than a step would, and time runs out.
  if (!absl::IsNotFound(status) || options_.unknown_step <= absl::ZeroDuration() ||
      took > kMostUnknown || Reason(status) == "instance.not_found") {
    return SendRefusal(flight, status);
  }
  absl::Duration step = options_.unknown_step;
  while (step < took) step *= 2;
  ports_.router->AnswerAt(flight->came + step,
                          [this, flight, status] { SendRefusal(flight, status); });
}

void Api::SendRefusal(const FlightPtr& flight, const absl::Status& status) {
  // That something does not stand is also told from what is here.
  TellAge(*flight);
  flight->responder->Finish(status);
  metrics_->Called(flight->method->index, status.code(), ports_.clock->Now() - flight->began);
}

}  // namespace muniment::gateway
