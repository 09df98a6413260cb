#include "tests/matrix/world.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/notification.h"
#include "base/access.h"
#include "base/key_pair.h"
#include "eventstore/memory/memory_store.h"
#include "eventstore/rocksdb/rocks_store.h"
#include "gateway/first_instance.h"
#include "base/oidc_code.h"
#include "base/timestamp.h"
#include "command/oidc/auth_request.h"
#include "command/oidc/device_auth.h"
#include "gateway/system_command.h"
#include "google/protobuf/util/json_util.h"
#include "projections/replay.h"

namespace muniment::matrix {

using google::protobuf::DescriptorPool;
using google::protobuf::MessageFactory;

namespace {

// Hashes that cost nothing: what they cost is told elsewhere.
command::PasswordFunctions CheapPasswords() {
  command::PasswordFunctions passwords;
  passwords.hash = [](absl::string_view password) -> absl::StatusOr<std::string> {
    return absl::StrCat("hash of ", password);
  };
  passwords.verify = [](absl::string_view hash,
                        absl::string_view password) -> absl::StatusOr<bool> {
    return hash == absl::StrCat("hash of ", password);
  };
  return passwords;
}

// Keeps an answer until it is asked for.
class Kept final : public rpc::Responder {
 public:
  void SetHeader(absl::string_view, absl::string_view) override {}
  void SetTrailer(absl::string_view, absl::string_view) override {}
  void Send(const Message&) override {}
  void Finish(const Message& response) override {
    answer_.message.reset(response.New());
    answer_.message->CopyFrom(response);
    done_.Notify();
  }
  void Finish(const absl::Status& status) override {
    answer_.status = status;
    done_.Notify();
  }
  bool Cancelled() const override { return false; }
  void OnCancel(absl::AnyInvocable<void()>) override {}
  bool Ready() const override { return true; }
  void OnReady(absl::AnyInvocable<void()> ready) override { ready(); }

  Answer Take() {
    done_.WaitForNotification();
    return std::move(answer_);
  }

 private:
  Answer answer_;
  absl::Notification done_;
};

std::unique_ptr<eventstore::EventStore> OpenLog(bool files, const TempDir& dir, Clock& clock) {
  if (!files) return std::make_unique<eventstore::MemoryStore>(clock);
  auto opened = eventstore::RocksStore::Open({.path = dir / "log", .clock = &clock});
  REQUIRE(opened.status().message() == "");
  return *std::move(opened);
}

// The text at "a.b" of the message.
std::string TextAt(const Message& message, absl::string_view path) {
  const Message* at = &message;
  const std::vector<std::string> names = absl::StrSplit(path, '.');
  for (size_t i = 0; i < names.size(); ++i) {
    const auto* field = at->GetDescriptor()->FindFieldByName(names[i]);
    INFO(message.GetTypeName() << " " << names[i]);
    REQUIRE(field != nullptr);
    if (i + 1 == names.size()) return at->GetReflection()->GetString(*at, field);
    at = &at->GetReflection()->GetMessage(*at, field);
  }
  return "";
}

std::string ReadFile(const std::string& name) {
  std::ifstream in(absl::StrCat(MUNIMENT_MATRIX_DIR, "/", name));
  REQUIRE(in.good());
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

const MethodDescriptor* FindMethod(const std::string& name) {
  return DescriptorPool::generated_pool()->FindMethodByName(
      absl::StrReplaceAll(name, {{"/", "."}}));
}

std::unique_ptr<Message> RequestOf(const MethodDescriptor& method, const std::string& json) {
  std::unique_ptr<Message> request(
      MessageFactory::generated_factory()->GetPrototype(method.input_type())->New());
  const auto parsed = google::protobuf::util::JsonStringToMessage(json, request.get());
  INFO(method.full_name() << " " << json << ": " << parsed.ToString());
  REQUIRE(parsed.ok());
  return request;
}

World::World(bool files)
    : log_(OpenLog(files, dir_, clock_)),
      store_(*log_),
      codec_("claims key of tests: 32 bytes..."),
      master_(MasterKey::Generate()),
      keys_(store_, master_),
      ids_(clock_, 1) {
  OpenModels();
  for (int i : {kOne, kTwo}) {
    instances_[i].id = 1000 + i;
    instances_[i].host = i == kOne ? "one.test" : "two.test";
  }
  clock_.Behind(60);
  for (Instance& instance : instances_) Found(instance);
  clock_.Behind(0);
  for (Instance& instance : instances_) Play(instance, "signed_in.txt");
  store_.Dry(true);
}

World::~World() {
  pool_->Close();
  router_.reset();
  api_.reset();
  runner_.reset();
  database_.reset();
  log_.reset();
}

void World::OpenModels() {
  auto opened = projections::OpenModels({.path = models_path()}, projections::AllProjections());
  REQUIRE(opened.status().message() == "");
  database_ = *std::move(opened);
  auto runner = projections::Runner::Start({store_, codec_, keys_}, projections::AllProjections(),
                                           *database_);
  REQUIRE(runner.status().message() == "");
  runner_ = *std::move(runner);
  lookup_ = std::make_unique<gateway::ModelLookup>(*database_);
  tokens_ = std::make_unique<gateway::SequenceTokens>(master_);
  REQUIRE(Renew().message() == "");
}

absl::Status World::Renew() {
  command::RouterPorts ports;
  ports.store = &store_;
  ports.codec = &codec_;
  ports.keys = &keys_;
  ports.lookup = lookup_.get();
  ports.ids = &ids_;
  ports.clock = &clock_;
  ports.prover = &prover_;
  ports.passwords = CheapPasswords();
  ports.applied = [this](uint64_t position, absl::AnyInvocable<void()> done) {
    runner_->Applied(position, [done = std::move(done)](absl::Status) mutable { done(); });
  };
  // Whoever was answered last may still be on his way out of the Api.
  if (pool_ != nullptr) pool_->Close();
  router_.reset();
  api_.reset();
  pool_ = std::make_unique<gateway::WorkerPool>(1, 10'000);
  const command::RouterOptions one = {.workers = 1, .loaders = 1, .encoders = 1, .hashers = 1};
  router_ = std::make_unique<command::Router>(std::move(ports), command::Handlers(), one);
  gateway::ApiPorts api;
  api.database = database_.get();
  api.runner = runner_.get();
  api.router = router_.get();
  api.sources.owners = &database_->owners();
  api.sources.store = &store_;
  api.sources.codec = &codec_;
  api.sources.keys = &keys_;
  api.tokens = tokens_.get();
  api.pool = pool_.get();
  api.clock = &clock_;
  ASSIGN_OR_RETURN(api_, gateway::Api::New(api, {.unknown_step = unknown_step_}));
  return absl::OkStatus();
}

void World::HoldUnknown(absl::Duration step) {
  unknown_step_ = step;
  REQUIRE(Renew().message() == "");
}

Answer World::Call(int instance, const std::string& token, const MethodDescriptor& method,
                   const Message& request, const std::string& organization) {
  auto http = std::make_shared<net::Request>();
  http->method = "POST";
  http->path = absl::StrCat("/", method.service()->full_name(), "/", method.name());
  http->scheme = "https";
  http->authority = instances_.at(instance).host;
  http->peer = "192.0.2.1";
  if (!token.empty()) http->headers.Add("authorization", absl::StrCat("Bearer ", token));
  if (!organization.empty()) http->headers.Add("x-zitadel-orgid", organization);
  rpc::CallContext context;
  context.method = &method;
  context.request = std::move(http);
  std::unique_ptr<Message> copy(request.New());
  copy->CopyFrom(request);
  const auto kept = std::make_shared<Kept>();
  api_->Call(std::move(context), std::move(copy), kept);
  return kept->Take();
}

std::string World::token(int instance, const std::string& who) const {
  if (who == "nobody") return "";
  const auto& tokens = instances_.at(instance).tokens;
  INFO(who);
  REQUIRE(tokens.contains(who));
  return tokens.at(who);
}

// ---------------------------------------------------------------------- names

std::string World::FillFrom(const std::map<std::string, std::string>& names, char suffix,
                            const std::string& text) {
  std::string filled;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$') {
      filled += text[i];
      continue;
    }
    size_t end = i + 1;
    while (end < text.size() && (absl::ascii_isalnum(text[end]) || text[end] == '_')) ++end;
    const std::string name = text.substr(i + 1, end - i - 1);
    const auto known = names.find(name);
    filled += known == names.end() ? name + suffix : known->second;
    i = end - 1;
  }
  return filled;
}

std::string World::Fill(int instance, const std::string& text, const std::string& who) const {
  const char suffix = instance == kOne ? '1' : '2';
  const auto& known = instances_.at(instance).names;
  std::map<std::string, std::string> names = known;
  names["me"] = FillFrom(known, suffix, "$" + who);
  for (auto his = known.lower_bound(who + "_"); his != known.end(); ++his) {
    absl::string_view name = his->first;
    if (!absl::ConsumePrefix(&name, who + "_")) break;
    names[absl::StrCat("my_", name)] = his->second;
  }
  return FillFrom(names, suffix, text);
}

std::string World::Named(int instance, const std::string& name) const {
  return FillFrom(instances_.at(instance).names, instance == kOne ? '1' : '2', "$" + name);
}

// ---------------------------------------------------------------------- making

std::unique_ptr<Message> World::Must(const Instance& instance, const std::string& name,
                                     const std::string& json) {
  const auto* method = FindMethod(name);
  INFO(name << " " << json);
  REQUIRE(method != nullptr);
  command::CommandCall call;
  call.method = name;
  call.instance = instance.id;
  call.caller = Caller::System();
  call.caller.instance_domain = instance.host;
  call.request = RequestOf(*method, json);
  call.context.set_ip("192.0.2.1");
  absl::Notification done;
  absl::StatusOr<command::CommandAnswer> answer = absl::UnknownError("none");
  router_->Run(std::move(call), [&](absl::StatusOr<command::CommandAnswer> made) {
    answer = std::move(made);
    done.Notify();
  });
  done.WaitForNotification();
  REQUIRE(answer.status().ToString() == "OK");
  return std::move(answer->response);
}

std::unique_ptr<Message> World::MustAs(const Instance& instance, const std::string& who,
                                       const std::string& name, const std::string& json) {
  const auto* method = FindMethod(name);
  INFO(who << " " << name << " " << json);
  REQUIRE(method != nullptr);
  const int number = &instance == &instances_[kOne] ? kOne : kTwo;
  Answer answer = Call(number, token(number, who), *method, *RequestOf(*method, json));
  REQUIRE(answer.status.ToString() == "OK");
  return std::move(answer.message);
}

void World::Found(Instance& instance) {
  gateway::FirstInstance first;
  first.name = instance.host;
  first.language = "en";
  first.domains = {instance.host};
  first.organization = "Home";
  first.username = "root";
  first.given_name = "Root";
  first.family_name = "Root";
  first.password = Secret("Password-1");
  first.signs_by = event::v1::WEB_KEY_ALGORITHM_EDDSA;
  first.preferred_language = "en";
  const gateway::SystemCommand job{.name = "muniment.FirstInstance", .instance = instance.id};
  const auto made = gateway::RunAsSystem(
      *router_, job, [&](command::Unit& unit) { return MakeFirstInstance(unit, first); });
  REQUIRE(made.status().ToString() == "OK");
  instance.names["public_key"] = absl::Base64Escape(NewKeyPair().public_pem);
  Play(instance, "world.txt");
  MakeRoleHolders(instance);
  MakeSignIns(instance);
}

// Of an application: requests to sign somebody in, one of which names pia as its
// login, and a device that waits. They stand while the tests run.
void World::MakeSignIns(Instance& instance) {
  const std::string suffix = &instance == &instances_[kOne] ? "1" : "2";
  const gateway::SystemCommand job{.name = "matrix.SignIns", .instance = instance.id};
  const auto made = gateway::RunAsSystem(*router_, job, [&](command::Unit& unit) -> absl::Status {
    const auto later = ToTimestamp(unit.Now() + absl::Hours(24));
    for (const auto& [name, login] : {std::pair("auth_request", std::string()),
                                      std::pair("own_request", absl::StrCat("pia", suffix))}) {
      const std::string id = unit.NewId();
      instance.names[name] = id;
      event::v1::AuthRequestAdded asked;
      asked.set_organization_id(absl::StrCat("acme", suffix));
      asked.set_project_id(absl::StrCat("lamps", suffix));
      asked.set_application_id(absl::StrCat("shop", suffix));
      asked.set_redirect_uri("https://shop.example/in");
      asked.set_response_type(event::v1::OIDC_RESPONSE_TYPE_CODE);
      asked.set_login_client_id(login);
      *asked.mutable_added_at() = later;
      ASSIGN_OR_RETURN(const auto request, unit.LoadOrNew<command::AuthRequest>(id));
      unit.Raise(request, std::move(asked));
    }
    instance.names["device"] = unit.NewId();
    event::v1::DeviceAuthAdded device;
    device.set_organization_id(absl::StrCat("acme", suffix));
    device.set_user_code_hash(unit.KeyedHash(kUserCodePurpose, NormalUserCode("BCDF-GHJK")));
    *device.mutable_expiration() = later;
    ASSIGN_OR_RETURN(const auto waits,
                     unit.LoadOrNew<command::DeviceAuth>(instance.names["device"]));
    unit.Raise(waits, std::move(device));
    return absl::OkStatus();
  });
  REQUIRE(made.status().ToString() == "OK");
}

// A line: the method, "pia:" before it where she and not the system calls it, its request, and
// "name=field" for what the answer tells. "@" names the
// service of what follows; a line that begins with a blank goes on from the one before.
void World::Play(Instance& instance, const std::string& part) {
  const char suffix = &instance == &instances_[kOne] ? '1' : '2';
  std::string service;
  for (absl::string_view line : absl::StrSplit(ReadFile(part), '\n', absl::SkipWhitespace())) {
    if (absl::StartsWith(line, "#")) continue;
    if (absl::ConsumePrefix(&line, "@ ")) {
      service = std::string(line);
      continue;
    }
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(' ', 1));
    REQUIRE(parts.size() == 2);
    const size_t end = parts[1].rfind('}') + 1;
    const std::string json = FillFrom(instance.names, suffix, parts[1].substr(0, end));
    const std::vector<std::string> asked = absl::StrSplit(parts[0], ':');
    const std::string method = absl::StrCat(service, "/", asked.back());
    const auto response =
        asked.size() == 1 ? Must(instance, method, json) : MustAs(instance, asked[0], method, json);
    for (absl::string_view told : absl::StrSplit(parts[1].substr(end), ' ', absl::SkipEmpty())) {
      const std::pair<std::string, std::string> named = absl::StrSplit(told, '=');
      const std::string value = TextAt(*response, named.second);
      REQUIRE(value != "");
      instance.names[named.first] = value;
      if (absl::EndsWith(named.first, "_token")) {
        instance.tokens[named.first.substr(0, named.first.size() - 6)] = value;
      }
    }
  }
}

// A machine for each role there is, which has that one and nothing else: "ORG_OWNER". It belongs to
// the organization that the role is in, or to home.
void World::MakeRoleHolders(Instance& instance) {
  const std::string suffix = &instance == &instances_[kOne] ? "1" : "2";
  const std::string users = "zitadel.user.v2.UserService/";
  for (const Role& role : AllRoles()) {
    if (role.level == Level::kSystem) continue;
    const std::string id = absl::StrCat(role.name, suffix);
    const std::string resource =
        role.level == Level::kInstance ? R"({"instance":true})"
        : role.level == Level::kOrg    ? R"({"organizationId":"$acme"})"
        : role.level == Level::kProject
            ? R"({"projectId":"$lamps"})"
            : R"({"projectGrant":{"projectId":"$lamps","organizationId":"$customer"}})";
    const std::string organization = role.level == Level::kInstance       ? "home"
                                     : role.level == Level::kProjectGrant ? "customer"
                                                                          : "acme";
    Must(instance, users + "CreateUser",
         absl::StrCat(R"({"organizationId":")", organization, suffix, R"(","userId":")", id,
                      R"(","machine":{"name":")", id, R"("}})"));
    Must(instance, "zitadel.internal_permission.v2.InternalPermissionService/CreateAdministrator",
         FillFrom(instance.names, suffix[0],
                  absl::StrCat(R"({"userId":")", id, R"(","resource":)", resource,
                               R"(,"roles":[")", role.name, R"("]})")));
    const auto made = Must(instance, users + "AddPersonalAccessToken",
                           absl::StrCat(R"({"userId":")", id,
                                        R"(","expirationDate":"2099-01-01T00:00:00Z"})"));
    instance.tokens[role.name] = TextAt(*made, "token");
  }
}

}  // namespace muniment::matrix
