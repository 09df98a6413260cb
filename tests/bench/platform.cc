#include "tests/bench/platform.h"

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/password.h"
#include "eventstore/keys.h"
#include "gateway/node.h"
#include "muniment/event/v1/member.visit.h"
#include "muniment/event/v1/metadata.visit.h"
#include "muniment/event/v1/user.visit.h"
#include "projections/replay.h"

namespace muniment::bench {
namespace {

constexpr size_t kEventsInCommit = 250;
constexpr size_t kCommitsUnderWay = 8;

const std::string& ImportedHash() {
  static const std::string* const hash =
      new std::string(Require(HashPassword("correct horse battery staple"), "a hash"));
  return *hash;
}

constexpr const char* kGiven[] = {"Ada",   "Grace", "Alan",  "Barbara", "Edsger", "Frances",
                                  "Donald", "Radia", "Niklaus", "Hedy", "Tony",   "Jean"};
constexpr const char* kFamily[] = {"Lovelace", "Hopper", "Turing", "Liskov", "Dijkstra", "Allen",
                                   "Knuth",    "Perlman", "Wirth", "Lamarr", "Hoare",    "Bartik"};

// What AddHumanUser would decide.
event::v1::HumanAdded AddedPerson(const std::string& organization, uint64_t number) {
  const auto request = NewPerson(organization, "person", number);
  event::v1::HumanAdded added;
  added.set_organization_id(organization);
  added.set_username(request.email().email());
  auto* profile = added.mutable_profile();
  profile->set_given_name(request.profile().given_name());
  profile->set_family_name(request.profile().family_name());
  profile->set_display_name(
      absl::StrCat(profile->given_name(), " ", profile->family_name()));
  profile->set_preferred_language("en");
  added.set_email(request.email().email());
  added.set_email_verified(true);
  added.set_password_hash(request.hashed_password().hash());
  return added;
}

// A bounded number of commits under way.
class Appender {
 public:
  explicit Appender(eventstore::EventStore& store) : store_(store) {}
  ~Appender() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](size_t* under_way) { return *under_way == 0; }, &under_way_));
  }
  void Append(eventstore::Commit commit, std::shared_ptr<eventstore::CommitKeys> keys) {
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(
          +[](size_t* under_way) { return *under_way < kCommitsUnderWay; }, &under_way_));
      ++under_way_;
    }
    store_.Append(std::move(commit), [this, keys = std::move(keys)](auto committed) mutable {
      Require(committed.status(), "a commit of many people");
      keys->Committed();
      keys.reset();
      absl::MutexLock lock(&mutex_);
      --under_way_;
    });
  }

 private:
  eventstore::EventStore& store_;
  absl::Mutex mutex_;
  size_t under_way_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace

gateway::Config ConfigOf(const std::string& folder, const Values& more) {
  gateway::ConfigSources sources;
  sources.flags = {{"DataDir", folder}, {"Port", "0"}};
  sources.flags.insert(sources.flags.end(), more.begin(), more.end());
  return Require(gateway::Config::Load(sources), "configuration");
}

void MakeInstance(const gateway::Config& config) {
  auto node = Require(gateway::Node::Open(config, {}), "a node");
  Require(node->MakeFirstInstance().status(), "the first instance");
  node->Drain();
}

std::string TokenOf(const std::string& folder) {
  std::ifstream in(ConfigOf(folder).PatPath());
  std::string token;
  std::getline(in, token);
  if (token.empty()) Fail("no token");
  return token;
}

zitadel::user::v2::AddHumanUserRequest NewPerson(const std::string& organization,
                                                 absl::string_view bench, uint64_t number) {
  zitadel::user::v2::AddHumanUserRequest request;
  request.mutable_organization()->set_org_id(organization);
  request.mutable_profile()->set_given_name(kGiven[number % std::size(kGiven)]);
  request.mutable_profile()->set_family_name(
      absl::StrCat(kFamily[number / std::size(kGiven) % std::size(kFamily)], number));
  request.mutable_email()->set_email(absl::StrCat(bench, number, "@example.com"));
  request.mutable_email()->set_is_verified(true);
  request.mutable_hashed_password()->set_hash(ImportedHash());
  return request;
}

Platform::Platform(const gateway::Config& config, bool models) : config_(config) {
  const auto cache = gateway::NewCache(config_);
  if (models) {
    projections::DatabaseOptions opening;
    opening.path = gateway::ModelsPath(config_);
    opening.cache = cache;
    database_ = Require(projections::OpenModels(opening, projections::AllProjections()), "models");
  }
  gateway::StorageOptions log;
  log.cache = cache;
  if (models) log.mark = database_->checkpoint();
  storage_ = Require(gateway::Storage::Open(config_, log), "the log");
  ids_ = std::make_unique<IdGenerator>(SystemClock(), 1);
  FindNames();
  if (models) OpenModels();
}

Platform::~Platform() = default;

// All stands in the first events of the log.
void Platform::FindNames() {
  Require(storage_->store().ReadLog(
              0,
              [this](const eventstore::StoredEvent& stored) {
                const auto event = Require(storage_->codec().Decode(stored, storage_->keys()),
                                           "an event");
                if (event.meta.type == "org.added") {
                  instance_ = stored.instance;
                  organization_ = event.meta.stream.id;
                }
                if (event.meta.type == "user.human.added" && administrator_.empty()) {
                  administrator_ = event.meta.stream.id;
                }
                if (event.meta.type == "user.machine.added") {
                  caller_.user_id = event.meta.stream.id;
                  caller_.organization_id = organization_;
                }
                return stored.position < 40;
              }),
          "the log's first events");
  MUNIMENT_CHECK(instance_ != 0 && !organization_.empty() && !caller_.user_id.empty());
}

void Platform::OpenModels() {
  runner_ = Require(projections::Runner::Start(source(), projections::AllProjections(), *database_),
                    "the runner");
  lookup_ = std::make_unique<gateway::ModelLookup>(*database_);
  tokens_ = std::make_unique<gateway::SequenceTokens>(storage_->master());
  command::RouterPorts ports;
  ports.store = &storage_->store();
  ports.codec = &storage_->codec();
  ports.keys = &storage_->keys();
  ports.lookup = lookup_.get();
  ports.ids = ids_.get();
  ports.clock = &SystemClock();
  ports.applied = [this](uint64_t position, absl::AnyInvocable<void()> done) {
    runner_->Applied(position, [done = std::move(done)](absl::Status status) mutable {
      Require(status, "the read models");
      done();
    });
  };
  router_ = std::make_unique<command::Router>(std::move(ports), command::Handlers());
  pool_ = std::make_unique<gateway::WorkerPool>(2, 10'000);
  gateway::ApiPorts api;
  api.database = database_.get();
  api.runner = runner_.get();
  api.router = router_.get();
  api.sources.owners = &database_->owners();
  api.sources.store = &storage_->store();
  api.sources.codec = &storage_->codec();
  api.sources.keys = &storage_->keys();
  api.tokens = tokens_.get();
  api.pool = pool_.get();
  api.clock = &SystemClock();
  api_ = Require(gateway::Api::New(api, {}), "the calls");
}

void Platform::Populate(uint64_t users, uint64_t events_each) {
  MUNIMENT_CHECK(database_ == nullptr && events_each > 0);
  Meter meter(absl::StrCat("writing ", users, " people into the log"), users);
  std::atomic<uint64_t> next{0};
  const uint64_t in_commit = std::max<uint64_t>(kEventsInCommit / events_each, 1);
  const auto write = [&](bool tells) {
    Appender appender(storage_->store());
    for (;;) {
      const uint64_t first = next.fetch_add(in_commit);
      if (first >= users) return;
      const uint64_t last = std::min<uint64_t>(first + in_commit, users);
      const auto keys = std::make_shared<eventstore::CommitKeys>(storage_->keys());
      eventstore::Commit commit;
      commit.instance = instance_;
      for (uint64_t i = first; i < last; ++i) AddEvents(i, events_each, *keys, &commit);
      commit.keys = keys->Carried();
      appender.Append(std::move(commit), keys);
      if (tells) meter.At(std::min(next.load(), users));
    }
  };
  std::thread other([&] { write(false); });
  write(true);
  other.join();
}

void Platform::AddEvents(uint64_t number, uint64_t events, eventstore::CommitKeys& keys,
                         eventstore::Commit* commit) {
  const std::string id = absl::StrCat(ids_->Next());
  store::v1::Context context;
  context.set_ip("192.0.2.1");
  context.set_user_agent("bench");
  uint64_t versions[2] = {0, 0};
  const auto add = [&](int which, uint32_t stream, const google::protobuf::Message& event) {
    eventstore::EventDraft draft;
    draft.stream = {instance_, stream, AGGREGATE_USER, id};
    draft.version = ++versions[which];
    draft.owner = organization_;
    draft.actor = caller_.user_id;
    draft.event = &event;
    draft.context = &context;
    if (draft.version == 1) commit->reads.push_back({draft.stream, 0});
    commit->events.push_back(Require(storage_->codec().Encode(draft, keys), "an event"));
  };
  event::v1::UserEvent person;
  *person.mutable_human_added() = AddedPerson(organization_, number);
  const event::v1::Profile profile = person.human_added().profile();
  add(0, StreamTraits<event::v1::UserEvent>::kNumber, person);
  for (uint64_t i = 1; i < events; ++i) {
    if (i % 2 == 0) {
      *person.mutable_profile_changed()->mutable_profile() = profile;
      person.mutable_profile_changed()->mutable_profile()->set_nick_name(absl::StrCat("n", i));
      add(0, StreamTraits<event::v1::UserEvent>::kNumber, person);
    } else {
      event::v1::MetadataEvent metadata;
      metadata.mutable_set()->set_key(absl::StrCat("key", i % 8));
      metadata.mutable_set()->set_value(absl::StrCat("value ", i));
      add(1, StreamTraits<event::v1::MetadataEvent>::kNumber, metadata);
    }
  }
}

void Platform::BuildModels() {
  projections::ReplayOptions options;
  std::unique_ptr<Meter> meter;
  options.progress = [&meter](const projections::ReplayProgress& at) {
    if (meter == nullptr) meter = std::make_unique<Meter>("building read models", at.total);
    meter->At(at.done);
  };
  const std::string path = gateway::ModelsPath(config_);
  std::filesystem::remove_all(path);
  Require(projections::Replay(source(), projections::AllProjections(), path, options).status(),
          "a replay");
}

command::CommandCall Platform::Call(const std::string& method,
                                    std::shared_ptr<const google::protobuf::Message> request) const {
  command::CommandCall call;
  call.method = method;
  call.instance = instance_;
  call.caller = caller_;
  call.request = std::move(request);
  call.deadline = absl::Now() + absl::Seconds(30);
  call.context.set_ip("192.0.2.1");
  call.context.set_user_agent("bench");
  return call;
}

void Platform::Run(command::CommandCall call, Done done) {
  router_->Run(std::move(call), [done = std::move(done)](
                                    absl::StatusOr<command::CommandAnswer> answer) {
    done(answer.status());
  });
}

std::vector<std::string> Platform::Users(size_t most) {
  std::vector<std::string> ids;
  projections::View view = database_->Read();
  const auto& table = projections::TablePlan::Of<row::v1::User>();
  auto cursor = view.ScanRows(instance_, table, "");
  for (; cursor.Valid() && ids.size() < most; cursor.Next()) {
    row::v1::User user;
    Require(cursor.Row(&user), "a row");
    if (user.type() != row::v1::USER_TYPE_HUMAN || user.id() == administrator_) continue;
    ids.push_back(user.id());
  }
  Require(cursor.status(), "rows");
  if (ids.empty()) Fail("there are no people");
  return ids;
}

}  // namespace muniment::bench
