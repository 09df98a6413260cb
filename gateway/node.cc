#include "gateway/node.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "base/clock.h"
#include "base/error.h"
#include "eventstore/postgres/postgres_store.h"
#include "gateway/api/api.h"
#include "gateway/api/authenticator.h"
#include "gateway/attestation.h"
#include "gateway/data_lock.h"
#include "gateway/descriptors.h"
#include "gateway/domain_prover.h"
#include "gateway/first_check.h"
#include "gateway/first_instance.h"
#include "gateway/first_secrets.h"
#include "gateway/first_start.h"
#include "gateway/freshness.h"
#include "gateway/gate.h"
#include "gateway/listen.h"
#include "gateway/log.h"
#include "gateway/lookup.h"
#include "gateway/models.h"
#include "gateway/net/server.h"
#include "gateway/node_metrics.h"
#include "gateway/oidc/oidc.h"
#include "gateway/oidc/oidc_pages.h"
#include "gateway/pages.h"
#include "gateway/post_office.h"
#include "gateway/private_file.h"
#include "gateway/reactors/all.h"
#include "gateway/reactors/host.h"
#include "gateway/reactors/metrics.h"
#include "gateway/reactors/retention.h"
#include "gateway/rpc/handler.h"
#include "gateway/rpc/health.h"
#include "gateway/start_jobs.h"
#include "gateway/storage.h"
#include "muniment/row/v1/row.pb.h"
#include "projections/database.h"
#include "projections/replay.h"
#include "projections/runner.h"

namespace muniment::gateway {
namespace {

constexpr size_t kQueuedQueries = 10'000;
constexpr size_t kQueuedDecodings = 10'000;
constexpr absl::Duration kFirstInstanceTime = absl::Minutes(1);
// Whoever is told that the node serves may call.
constexpr absl::Duration kGreetingPatience = absl::Seconds(2);

int Threads(const Config& config, Key key) {
  return static_cast<int>(ThreadCount(config.Count(key)));
}

}  // namespace

// Destroyed from the last to the first.
struct Node::Parts {
  explicit Parts(const Config& c) : config(c), projections(projections::AllProjections()) {}
  ~Parts() {
    // What waits there may still call the router, and so may the runner, which outlives it.
    if (pool != nullptr) pool->Close();
    if (prover != nullptr) prover->Stop();
    absl::MutexLock lock(&reach);
    reached_router = nullptr;
  }

  const Config config;
  projections::Projections projections;
  std::unique_ptr<DataLock> lock;
  std::unique_ptr<Unkept> unkept;
  // The Api is what everything else calls back into, so it goes last; the router ends its calls
  // while there are read models to answer them, and the runner its while there is a pool.
  std::shared_ptr<Api> api;
  std::unique_ptr<projections::Database> database;
  std::unique_ptr<Storage> storage;
  std::unique_ptr<SequenceTokens> tokens;
  std::unique_ptr<IdGenerator> ids;
  std::unique_ptr<ModelLookup> lookup;
  std::unique_ptr<WorkerPool> pool;
  // Null while there is no router: the runner begins before it and ends after it.
  absl::Mutex reach;
  command::Router* reached_router ABSL_GUARDED_BY(reach) = nullptr;
  Outbox outbox;  // the runner empties it, and the post office fills it
  std::unique_ptr<projections::Runner> runner;
  std::unique_ptr<Freshness> freshness;  // where the log is shared
  std::unique_ptr<WebDomainProver> prover;
  std::unique_ptr<Oidc> oidc;  // callers are known by it
  std::unique_ptr<command::Router> router;
  std::unique_ptr<WorkerPool> decoders;  // call the Api, and so all of the above
  std::unique_ptr<PostOffice> post;
  std::unique_ptr<ReactorHost> reactors;
  std::unique_ptr<RetentionTimer> retention;
  std::unique_ptr<StartJobs> jobs;
  std::shared_ptr<rpc::Health> health;
  std::shared_ptr<Gate> gate;
  std::shared_ptr<net::Handler> handler;
  std::shared_ptr<net::Seats> seats;
  std::vector<std::unique_ptr<net::Server>> servers;
  std::atomic<bool> draining{false};
  // All of the above stands. Until then I/O threads look at nothing but this and `starting`.
  std::atomic<bool> opened{false};
  mutable absl::Mutex mutex;
  absl::Status starting ABSL_GUARDED_BY(mutex) = Starting();

  absl::Status Listen();
  absl::Status Bind();
  absl::Status OpenData(const NodeOptions& options);
  absl::StatusOr<std::unique_ptr<Storage>> OpenStorage(const StorageOptions& log,
                                                       const NodeOptions& options);
  absl::Status OpenLogic();
  void StartReactors();
  absl::Status OpenCalls(const NodeOptions& options);
  void AddMetrics();
  absl::Status Ready() const;
  absl::Status AwaitModels();
  // The same on every node: of several that start at the same moment one makes it.
  absl::StatusOr<uint64_t> FirstInstanceId() const;
};

absl::Status Node::Parts::OpenData(const NodeOptions& options) {
  const std::string& directory = config.Text(Key::kDataDir);
  std::vector<std::string> missing = MissingDirectories(directory);
  RETURN_IF_ERROR(PrepareDataDir(config));
  ASSIGN_OR_RETURN(lock, DataLock::Take(directory));
  unkept = std::make_unique<Unkept>(config, std::move(missing));
  const auto cache = NewCache(config);
  TakeConfiguredSnapshot(config);
  projections::DatabaseOptions models;
  models.path = ModelsPath(config);
  models.cache = cache;
  ASSIGN_OR_RETURN(database, projections::OpenModels(models, projections));
  StorageOptions log;
  log.mark = database->checkpoint();
  ASSIGN_OR_RETURN(log.first_leaf, FirstLeaf(*database));
  log.restored = options.restored;
  log.cache = cache;
  ASSIGN_OR_RETURN(storage, OpenStorage(log, options));
  unkept->Keep();
  if (storage->shared() != nullptr) {
    storage->shared()->OnWord(TellDatabase);
    RETURN_IF_ERROR(DropForeignModels(storage->store(), *database));
  }
  projections::RunnerOptions running;
  running.erased = [this](uint64_t instance, absl::string_view subject) {
    storage->keys().Erase(instance, subject);
    if (!eventstore::IsStreamSubject(subject)) outbox.Forget(instance, subject);
  };
  running.broken = options.broken;
  running.health = TellModelsHealth;
  running.purge.purged = [this](const projections::Checkpoint& at) {
    return storage->store().ReportPurged(at.epoch, at.position);
  };
  running.seen = [this](const eventstore::EventMeta& event) {
    absl::ReaderMutexLock lock(&reach);
    if (reached_router != nullptr) reached_router->Moved(event.stream, event.version);
  };
  ASSIGN_OR_RETURN(runner, projections::Runner::Start(
                               {storage->store(), storage->codec(), storage->keys()},
                               projections::AllProjections(), *database, running));
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Storage>> Node::Parts::OpenStorage(const StorageOptions& log,
                                                                  const NodeOptions& options) {
  while (true) {
    auto opened = Storage::Open(config, log);
    const bool away = IsShared(config) && Reason(opened.status()) == "store.unavailable";
    {
      absl::MutexLock lock(&mutex);
      // What it says names hosts and users, and is the operator's: options.wait tells him.
      starting = away ? Error(absl::StatusCode::kUnavailable, "store.unavailable",
                              "The server is starting; its database cannot be reached yet.")
                      : Starting();
    }
    if (!away || options.wait == nullptr) return opened;
    if (!options.wait(opened.status())) {
      return Error(absl::StatusCode::kCancelled, "server.stopped", "The start was broken off.");
    }
  }
}

absl::Status Node::Parts::OpenLogic() {
  tokens = std::make_unique<SequenceTokens>(storage->master());
  ASSIGN_OR_RETURN(const absl::Time newest, NewestEvent(storage->store()));
  const auto number = [shared = storage->shared()] {
    return shared == nullptr ? 0 : shared->node_number();
  };
  ids = std::make_unique<IdGenerator>(SystemClock(), number, newest);
  lookup = std::make_unique<ModelLookup>(*database);
  command::RouterPorts ports;
  ports.store = &storage->store();
  ports.codec = &storage->codec();
  ports.keys = &storage->keys();
  ports.lookup = lookup.get();
  ports.ids = ids.get();
  ports.clock = &SystemClock();
  ASSIGN_OR_RETURN(prover, WebDomainProver::Open(config));
  ports.prover = prover.get();
  ASSIGN_OR_RETURN(ports.attestation, AttestationOf(config));
  ports.applied = [this](uint64_t position, absl::AnyInvocable<void()> done) {
    // Committed is committed: an answer is due even where the read models have stopped. Whoever then
    // reads is told that they have.
    runner->Applied(position, [done = std::move(done)](absl::Status) mutable { done(); });
  };
  command::RouterOptions options;
  options.workers = Threads(config, Key::kCommandWorkers);
  options.hashers = Threads(config, Key::kHashWorkers);
  router = std::make_unique<command::Router>(std::move(ports), command::Handlers(), options);
  {
    absl::MutexLock lock(&reach);
    reached_router = router.get();
  }
  if (storage->shared() != nullptr) {
    freshness = std::make_unique<Freshness>(*storage->shared(), *runner, *database,
                                            config.Duration(Key::kMaxStaleness));
  }
  pool = std::make_unique<WorkerPool>(ThreadCount(config.Count(Key::kQueryWorkers)),
                                      kQueuedQueries);
  // One thread: large requests take turns and leave the machine's other cores to all others.
  decoders = std::make_unique<WorkerPool>(1, kQueuedDecodings);
  return absl::OkStatus();
}

void Node::Parts::StartReactors() {
  std::vector<Reactor> all =
      AllReactors(storage->store(), *database, post->Reactors(*database, servers.front()->port()),
                  {&post->outbound(), oidc->ports().signer, &SystemClock()});
  std::vector<std::string> works;
  for (const Reactor& reactor : all) works.push_back(reactor.work);
  HostOptions options;
  options.log = [](absl::string_view line) { LogError(line); };
  reactors = std::make_unique<ReactorHost>(
      HostPorts{&storage->store(), database.get(), runner.get(), router.get()}, std::move(all),
      std::move(options));
  AddReactorMetrics(api->metrics(), *reactors, *database, works);
  post->AddMetrics(api->metrics());
  retention = std::make_unique<RetentionTimer>(
      storage->store(), storage->codec(),
      RetentionOptions{.log = [](absl::string_view line) { LogError(line); }});
}

absl::Status Node::Parts::OpenCalls(const NodeOptions& options) {
  ApiPorts ports;
  ports.database = database.get();
  ports.runner = runner.get();
  ports.router = router.get();
  ports.sources.owners = &database->owners();
  ports.sources.store = &storage->store();
  ports.sources.codec = &storage->codec();
  ports.sources.keys = &storage->keys();
  ports.tokens = tokens.get();
  ports.pool = pool.get();
  ports.clock = &SystemClock();
  ports.freshness = freshness.get();
  oidc = OpenOidc(config, servers.empty() ? 0 : servers.front()->port(), *storage,
                  {.database = database.get(), .router = router.get(), .runner = runner.get(),
                   .freshness = freshness.get(), .pool = pool.get(), .clock = &SystemClock()});
  ports.access = oidc->access();
  ports.sources.sealer = &oidc->ports().login->sealer();
  ApiOptions limits;
  limits.call_timeout = config.Duration(Key::kCallTimeout);
  limits.sequence_timeout = config.Duration(Key::kSequenceTimeout);
  ASSIGN_OR_RETURN(api, Api::New(ports, limits));
  AddMetrics();
  if (!options.offline) StartReactors();
  return absl::OkStatus();
}

// Everything that faces the port, before there is anything behind it.
absl::Status Node::Parts::Listen() {
  health = std::make_shared<rpc::Health>();
  const auto ready = [this] {
    const absl::Status status = Ready();
    health->Set("", status.ok());
    return status;
  };
  health->OnAsk([ready] { (void)ready(); });

  ASSIGN_OR_RETURN(net::Networks measurers,
                   net::Networks::Parse(config.List(Key::kMetricsNetworks)));
  ASSIGN_OR_RETURN(post, PostOffice::Open(config, outbox));
  gate = std::make_shared<Gate>(ready);
  rpc::Options calls;
  calls.dispatchers = {health, gate};
  calls.next = std::make_shared<Pages>(
      ready, [this] { return opened.load() ? api->metrics().Text() : std::string(); },
      std::move(measurers), post->pages(),
      std::make_shared<OidcPages>([this] { return opened.load() ? &oidc->ports() : nullptr; }));
  calls.cors_origins = config.List(Key::kCorsOrigins);
  calls.max_message = config.Bytes(Key::kMaxRequestBytes);
  calls.aside = [this](absl::AnyInvocable<void()> work) {
    return decoders->Submit(std::move(work));
  };
  calls.log = [](absl::string_view line) { LogError(line); };
  ASSIGN_OR_RETURN(handler, rpc::NewHandler(std::move(calls)));
  return Bind();
}

void Node::Parts::AddMetrics() {
  AddNodeMetrics({.api = api.get(),
                  .router = router.get(),
                  .lookup = lookup.get(),
                  .pool = pool.get(),
                  .runner = runner.get(),
                  .database = database.get(),
                  .freshness = freshness.get(),
                  .shared = storage->shared(),
                  .ready = [this] { return Ready().ok(); }});
}

absl::Status Node::Parts::Ready() const {
  if (draining.load()) {
    return Error(absl::StatusCode::kUnavailable, "server.draining", "The server is stopping.");
  }
  if (!opened.load()) {
    absl::MutexLock lock(&mutex);
    return starting;
  }
  if (freshness != nullptr) {
    RETURN_IF_ERROR(freshness->Reached());
  } else {
    // Damage that somebody met.
    RETURN_IF_ERROR(storage->store().ReadLogHead().status());
  }
  RETURN_IF_ERROR(runner->Ready());
  return jobs->Ready();
}

// Commands look names up in tables that a fresh node builds first.
absl::Status Node::Parts::AwaitModels() {
  const absl::Time until = absl::Now() + kFirstInstanceTime;
  absl::Status ready = runner->Ready();
  while (!ready.ok() && absl::Now() < until) {
    absl::Notification never;
    never.WaitForNotificationWithTimeout(absl::Milliseconds(2));
    ready = runner->Ready();
  }
  return ready;
}

absl::StatusOr<uint64_t> Node::Parts::FirstInstanceId() const {
  ASSIGN_OR_RETURN(const absl::Time founded, WrittenBehind(storage->store(), 0));
  return FoundingId(founded);
}

absl::Status Node::Parts::Bind() {
  seats = OpenSeats(config.Count(Key::kMaxConnections));
  ASSIGN_OR_RETURN(servers, gateway::Listen(config, seats, handler));
  return absl::OkStatus();
}

Node::Node(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Node::~Node() { Drain(); }

absl::StatusOr<std::unique_ptr<Node>> Node::Open(const Config& config,
                                                 const NodeOptions& options) {
  if (!options.offline) RETURN_IF_ERROR(CheckFreshStart(config, absl::Now()));
  std::unique_ptr<Node> node(new Node(std::make_unique<Parts>(config)));
  if (!options.offline) RETURN_IF_ERROR(node->parts_->Listen());
  RETURN_IF_ERROR(node->parts_->OpenData(options));
  RETURN_IF_ERROR(node->parts_->OpenLogic());
  RETURN_IF_ERROR(node->parts_->OpenCalls(options));
  return node;
}

absl::StatusOr<std::optional<FirstStart>> Node::MakeFirstInstance() {
  Parts& parts = *parts_;
  return StartFirst({parts.config, parts.storage->store(), *parts.ids,
                     [this](SystemCommand command, const auto& decide) {
                       return RunOnFirstInstance(std::move(command), decide);
                     }});
}

absl::Status Node::Told() { return ForgetFirstSecrets(parts_->config); }

absl::Status Node::Serve() {
  Parts& parts = *parts_;
  StartPorts ports;
  ports.database = parts.database.get();
  ports.router = parts.router.get();
  ASSIGN_OR_RETURN(ports.first_instance, parts.FirstInstanceId());
  std::vector<std::string> hosts;
  if (parts.config.IsSet(Key::kExternalDomain)) hosts = HostsOf(parts.config);
  parts.jobs = std::make_unique<StartJobs>(ports, std::move(hosts),
                                           [&parts] { parts.gate->Open(*parts.api); });
  parts.opened.store(true);
  parts.jobs->Wait(kGreetingPatience);
  const absl::Status ready = parts.jobs->Ready();
  return absl::IsDataLoss(ready) ? ready : absl::OkStatus();
}

absl::Status Node::RunOnFirstInstance(SystemCommand command,
                                      const std::function<absl::Status(command::Unit&)>& decide) {
  RETURN_IF_ERROR(parts_->AwaitModels());
  ASSIGN_OR_RETURN(command.instance, parts_->FirstInstanceId());
  return RunAsSystem(*parts_->router, std::move(command), decide).status();
}

absl::StatusOr<NodeInside> Node::Inside(const std::function<absl::Status()>& models) {
  Parts& parts = *parts_;
  while (absl::IsUnavailable(parts.AwaitModels())) RETURN_IF_ERROR(models());
  RETURN_IF_ERROR(parts.runner->Ready());
  ASSIGN_OR_RETURN(const uint64_t instance, parts.FirstInstanceId());
  return NodeInside{parts.storage->store(), parts.storage->codec(), parts.storage->keys(),
                    *parts.router,          *parts.lookup,          *parts.ids,
                    instance};
}

std::string Node::PublicHost() const {
  const Parts& parts = *parts_;
  const std::string configured = parts.config.Host(Key::kExternalDomain);
  if (parts.database->owners().InstanceOf(configured).has_value()) return configured;
  const auto id = parts.FirstInstanceId();
  if (!id.ok()) return configured;
  projections::View view = parts.database->Read();
  const auto row = view.Get<row::v1::Instance>(*id, {absl::StrCat(*id)});
  return row.ok() && row->has_value() ? (*row)->primary_domain() : configured;
}

absl::Status Node::CheckToken(absl::string_view token) const {
  ASSIGN_OR_RETURN(const uint64_t instance, parts_->FirstInstanceId());
  projections::View view = parts_->database->Read();
  const std::string header = absl::StrCat("Bearer ", absl::StripAsciiWhitespace(token));
  return FindCaller(view, parts_->database->owners(), instance, {header, ""}, absl::Now()).status();
}

absl::Status Node::Ready() const { return parts_->Ready(); }

Costs Node::costs() const {
  const command::CommandCounters totals = parts_->router->totals();
  Costs costs;
  costs.commits = totals.commits;
  costs.hashes = totals.hashes;
  costs.gets = parts_->api->gets() + parts_->lookup->gets();
  const eventstore::PostgresStore* const shared = parts_->storage->shared();
  costs.head_queries = shared == nullptr ? 0 : shared->head_queries();
  return costs;
}

uint16_t Node::port() const {
  return parts_->servers.empty() ? 0 : parts_->servers.front()->port();
}

void Node::Drain() {
  if (parts_ == nullptr) return;
  parts_->draining.store(true);
  if (parts_->health != nullptr) {
    parts_->health->Set("", false);
    parts_->health->Close();
  }
  const absl::Duration patience = parts_->config.Duration(Key::kDrainTimeout);
  std::vector<std::thread> stopping;
  for (auto& server : parts_->servers) {
    stopping.emplace_back([&server, patience] { server->Stop(patience); });
  }
  for (std::thread& thread : stopping) thread.join();
  parts_.reset();
}

}  // namespace muniment::gateway
