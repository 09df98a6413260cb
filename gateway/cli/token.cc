#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "base/client_proof.h"
#include "base/error.h"
#include "base/oauth_error.h"
#include "base/jwt.h"
#include "base/timestamp.h"
#include "command/application/application.h"
#include "command/oidc/token_family.h"
#include "command/org/org.h"
#include "command/policy/settings.h"
#include "command/project/project.h"
#include "command/session/session.h"
#include "command/user/machine_credentials.h"
#include "command/user/tokens.h"
#include "command/user/user.h"
#include "gateway/cli/command_line.h"
#include "gateway/cli/followed_models.h"
#include "gateway/cli/parse_error.h"
#include "gateway/oidc/live_token.h"
#include "gateway/oidc/sealed_tokens.h"
#include "gateway/storage.h"
#include "muniment/event/v1/member.visit.h"
#include "muniment/event/v1/user_grant.visit.h"

namespace muniment::gateway {
namespace {

using eventstore::StreamKey;
using event::v1::OidcSessionAdded;

constexpr uint64_t kAnyEpoch = std::numeric_limits<uint64_t>::max();

// So many events that bear on a token are told.
constexpr size_t kMostBearing = 5;
constexpr size_t kMostLookedAt = 1'000;

struct TokenOptions {
  std::string token;
  uint64_t instance = 0;
};

std::string At(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

// One thing that a token hangs on: what its stream says, and which event took it away.
struct Thread {
  bool holds = false;
  eventstore::EventMeta ended;  // the event since which it does not
};

// Folds the stream event by event and asks after each whether the token may still stand by it.
template <class State>
absl::StatusOr<Thread> Follow(Storage& storage, const StreamKey& stream,
                              const std::function<bool(const State&)>& stands, State* last) {
  Thread thread;
  State state;
  absl::Status failed;
  RETURN_IF_ERROR(storage.store().ReadStream(stream, 0, [&](const auto& stored) {
    auto event = storage.codec().DecodeForFold(stored, storage.keys());
    failed = event.status();
    if (!failed.ok()) return false;
    FoldEvent(state, static_cast<const typename State::Event&>(*event->event));
    const bool holds = stands(state);
    if (thread.holds && !holds) thread.ended = event->meta;
    thread.holds = holds;
    return true;
  }));
  RETURN_IF_ERROR(failed);
  if (last != nullptr) *last = std::move(state);
  return thread;
}

class Explainer {
 public:
  // `models`: null where this machine has none.
  Explainer(Storage& storage, const FollowedModels* models, uint64_t instance)
      : storage_(storage), models_(models), instance_(instance) {}

  absl::Status Tell(const TokenPlace& place, bool refresh) {
    ASSIGN_OR_RETURN(const bool known, Family(place, refresh));
    if (!known) {
      std::puts("dead: its family is not in the log: it was never stored there, or is 90 days old");
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(WhatItHangsOn(grant_));
    if (ends_.empty() && expiration_ <= absl::Now()) {
      ends_.push_back(absl::StrCat("it was over at ", At(expiration_)));
    }
    // The rest is no stream's of its own: who uses the project, who acts for whom.
    if (ends_.empty() && models_ != nullptr) RETURN_IF_ERROR(AskModels());
    if (ends_.empty()) {
      ASSIGN_OR_RETURN(const std::string but, Reservation());
      std::printf("alive%s\n", but.c_str());
    }
    for (const std::string& end : ends_) std::printf("dead: %s\n", end.c_str());
    return absl::OkStatus();
  }

 private:
  template <class State>
  absl::Status Ask(Aggregate aggregate, const std::string& id, absl::string_view what,
                   const std::function<bool(const State&)>& stands, State* last = nullptr) {
    if (id.empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(const Thread thread,
                     Follow<State>(storage_, Key<State>(aggregate, id), stands, last));
    if (!thread.holds) Ended(what, thread.ended);
    return absl::OkStatus();
  }
  template <class State>
  StreamKey Key(Aggregate aggregate, const std::string& id) const {
    return {.instance = instance_,
            .type = StreamTraits<typename State::Event>::kNumber,
            .aggregate = aggregate,
            .id = id};
  }
  void Ended(absl::string_view what, const eventstore::EventMeta& by) {
    ends_.push_back(by.type.empty()
                        ? absl::StrCat(what, " is not in the log any more")
                        : absl::StrCat(by.type, " (event ", by.sequence, ", ", At(by.created_at),
                                       by.actor.empty() ? "" : ", by user ", by.actor, "): ",
                                       what));
  }

  absl::StatusOr<bool> Family(const TokenPlace& place, bool refresh) {
    using command::TokenFamily;
    TokenFamily family;
    const auto stands = [&](const TokenFamily& now) {
      if (!now.exists()) return false;
      return refresh ? now.refresh_id == place.token_id : now.Find(place.token_id) != nullptr;
    };
    ASSIGN_OR_RETURN(const Thread thread,
                     Follow<TokenFamily>(storage_,
                                         Key<TokenFamily>(AGGREGATE_OIDC_SESSION, place.family_id),
                                         stands, &family));
    if (!family.added) return false;
    grant_ = family.grant;
    const auto* token = family.Find(place.token_id);
    expiration_ = refresh ? std::min(family.idle_expiration, family.expiration)
                  : token == nullptr ? absl::InfiniteFuture()
                                     : token->expiration;
    std::printf("%s token of the family %s\n", refresh ? "refresh" : "access",
                place.family_id.c_str());
    std::printf("  user         %s\n", grant_.user_id().c_str());
    std::printf("  client       %s\n", grant_.client_id().c_str());
    if (!grant_.session_id().empty()) {
      std::printf("  session      %s\n", grant_.session_id().c_str());
    }
    for (const auto& actor : grant_.actor()) {
      std::printf("  acted for by %s\n", actor.user_id().c_str());
    }
    std::printf("  signed in    %s\n", At(ToTime(grant_.auth_time())).c_str());
    if (expiration_ < absl::InfiniteFuture()) {
      std::printf("  over at      %s\n", At(expiration_).c_str());
    }
    std::printf("  scope        %s\n", absl::StrJoin(grant_.scope(), " ").c_str());
    if (!thread.holds) Ended(refresh ? "it was used or revoked" : "it was revoked", thread.ended);
    return true;
  }

  absl::Status WhatItHangsOn(const OidcSessionAdded& grant) {
    RETURN_IF_ERROR(SignIn(grant.user_id(), grant.session_id(), grant.credential_epoch()));
    using command::Org;
    RETURN_IF_ERROR(Ask<Org>(AGGREGATE_ORG, grant.organization_id(),
                             "the user's organization is not active",
                             [](const Org& org) { return org.active(); }));
    RETURN_IF_ERROR(Credential(grant));
    if (grant.actor_size() > 0) {
      const event::v1::Actor& actor = grant.actor(0);
      RETURN_IF_ERROR(SignIn(actor.user_id(), actor.session_id(), kAnyEpoch));
      RETURN_IF_ERROR(PersonalToken(actor.user_id(), actor.personal_token_id()));
      RETURN_IF_ERROR(Behind(actor.family_id(), actor.token_id()));
    }
    RETURN_IF_ERROR(Behind(grant.parent_id(), grant.parent_token_id()));
    return grant.application_id().empty() ? absl::OkStatus() : Client(grant);
  }

  // A family whose token was exchanged, or acted, for this one (command/oidc/exchange.h); an ID token
  // has no id.
  absl::Status Behind(const std::string& id, const std::string& token_id) {
    if (id.empty()) return absl::OkStatus();
    command::TokenFamily family;
    RETURN_IF_ERROR(Ask<command::TokenFamily>(
        AGGREGATE_OIDC_SESSION, id, "what it was exchanged for was revoked",
        [&token_id](const command::TokenFamily& now) {
          return now.exists() && (token_id.empty() || now.Find(token_id) != nullptr);
        },
        &family));
    return WhatItHangsOn(family.grant);
  }

  absl::Status Client(const OidcSessionAdded& grant) {
    using command::Application;
    using command::Org;
    using command::Project;
    Project project;
    RETURN_IF_ERROR(Ask<Project>(AGGREGATE_PROJECT, grant.project_id(),
                                 "the project is not active",
                                 [](const Project& now) { return now.active(); }, &project));
    RETURN_IF_ERROR(Ask<Org>(AGGREGATE_ORG, project.organization_id,
                             "the application's organization is not active",
                             [](const Org& org) { return org.active(); }));
    return Ask<Application>(
        AGGREGATE_APPLICATION,
        command::ApplicationStreamId(grant.project_id(), grant.application_id()),
        "the application is not active", [](const Application& application) {
          return application.state == command::ApplicationState::kActive;
        });
  }

  // Without a session he was proved at the epoch.
  absl::Status SignIn(const std::string& user_id, const std::string& session_id, uint64_t epoch) {
    using command::User;
    RETURN_IF_ERROR(Session(session_id, epoch));
    ASSIGN_OR_RETURN(const bool outlives, OutlivesCredentials());
    return Ask<User>(AGGREGATE_USER, user_id,
                     "the user may not sign in, or has other credentials",
                     [epoch, outlives](const User& user) {
                       return user.active() && (outlives || user.credential_epoch <= epoch);
                     });
  }

  // As the instance has it now (command/session/standing.h).
  absl::StatusOr<bool> OutlivesCredentials() {
    command::SessionPolicy setting;
    RETURN_IF_ERROR(Follow<command::SessionPolicy>(
                        storage_, Key<command::SessionPolicy>(AGGREGATE_INSTANCE, absl::StrCat(instance_)),
                        [](const command::SessionPolicy& now) { return now.exists(); }, &setting)
                        .status());
    return setting.exists() && !setting.policy.end_with_credentials();
  }

  absl::Status Session(const std::string& id, uint64_t& epoch) {
    if (id.empty()) return absl::OkStatus();
    command::Session session;
    ASSIGN_OR_RETURN(
        const Thread thread,
        Follow<command::Session>(storage_,
                                 Key<command::Session>(AGGREGATE_SESSION, id),
                                 [](const command::Session& now) { return now.exists(); },
                                 &session));
    if (!thread.holds) Ended("the session was ended", thread.ended);
    epoch = session.credential_epoch;
    return absl::OkStatus();
  }

  absl::Status PersonalToken(const std::string& user_id, const std::string& id) {
    if (id.empty()) return absl::OkStatus();
    return Ask<command::UserTokens>(
        AGGREGATE_USER, user_id, "the personal access token was removed, or is over",
        [&id](const command::UserTokens& held) { return held.Stands(id, absl::Now()); });
  }

  absl::Status Credential(const OidcSessionAdded& grant) {
    const auto& shown = grant.user_credential();
    RETURN_IF_ERROR(PersonalToken(grant.user_id(), shown.personal_token_id()));
    if (shown.key_id().empty() && shown.secret_mark().empty()) return absl::OkStatus();
    command::MachineCredentials last;
    RETURN_IF_ERROR(Ask<command::MachineCredentials>(
        AGGREGATE_USER, grant.user_id(), "the machine's key or secret is another, or removed",
        [&shown](const command::MachineCredentials& held) {
          return shown.key_id().empty() ? SecretMark(held.secret_hash) == shown.secret_mark()
                                        : held.keys.contains(shown.key_id());
        },
        &last));
    const auto key = last.keys.find(shown.key_id());
    const bool over = key != last.keys.end() && key->second.has_expiration() &&
                      ToTime(key->second.expiration()) <= absl::Now();
    if (over) {
      ends_.push_back(
          absl::StrCat("the machine's key was over at ", At(ToTime(key->second.expiration()))));
    }
    return absl::OkStatus();
  }

  // What "alive" leaves open.
  absl::StatusOr<std::string> Reservation() {
    if (models_ == nullptr) {
      return ", as far as the log alone says; who may use the project, and who acts for whom, stands in "
             "the read models, of which none can be read here";
    }
    ASSIGN_OR_RETURN(const eventstore::LogHead head, storage_.store().ReadLogHead());
    const uint64_t seen = models_->database().checkpoint().position;
    if (seen >= head.position) return std::string();
    return absl::StrCat(", as the read models have it, which are ", head.position - seen,
                        " events behind the log");
  }

  // As the server asks, each time that a token is shown.
  absl::Status AskModels() {
    projections::View view = models_->database().Read();
    const absl::Status holds =
        GrantHolds(view, models_->database().owners(), instance_, grant_, absl::Now());
    if (holds.ok()) return absl::OkStatus();
    if (!IsOauthError(holds, Oauth::kInvalidToken)) return holds;
    ends_.push_back(std::string(holds.message()));
    return AddBearing();
  }

  // The newest events since the sign-in by which rights that it hangs on may have gone.
  absl::Status AddBearing() {
    std::vector<std::string> users = {grant_.user_id()};
    for (const auto& actor : grant_.actor()) users.push_back(actor.user_id());
    ASSIGN_OR_RETURN(const uint64_t newest, storage_.store().ReadSequence(instance_));
    std::vector<eventstore::EventMeta> found;
    absl::Status failed;
    RETURN_IF_ERROR(storage_.store().ReadInstance(
        instance_, newest, 1, [&](const eventstore::StoredEvent& stored) {
          if (stored.created_at < ToTime(grant_.auth_time()) || found.size() == kMostLookedAt) {
            return false;
          }
          auto event = storage_.codec().DecodeClear(stored);
          failed = event.status();
          if (failed.ok() && MayBear(*event, users)) found.push_back(event->meta);
          return failed.ok();
        }));
    RETURN_IF_ERROR(failed);
    size_t told = 0;
    for (const auto& meta : found) {
      ASSIGN_OR_RETURN(const bool bears, IsAuthorizationOf(meta.stream, users));
      if (!bears) continue;
      Ended("bears on it", meta);
      if (++told == kMostBearing) break;
    }
    return absl::OkStatus();
  }

  // Takes or changes roles of one of them, or of the project, or whether anybody acts for others.
  bool MayBear(const eventstore::Event& event, const std::vector<std::string>& users) const {
    const eventstore::StreamKey& stream = event.meta.stream;
    if (IsOf<event::v1::SecurityPolicyEvent>(stream) || IsOf<event::v1::UserGrantEvent>(stream)) {
      return true;
    }
    if (IsOf<event::v1::MemberEvent>(stream)) {
      return event::v1::Visit(static_cast<const event::v1::MemberEvent&>(*event.event),
                              [&users](const auto& kind) { return Has(users, kind.user_id()); });
    }
    const bool of_project = IsOf<event::v1::ProjectEvent>(stream) ||
                            IsOf<event::v1::ProjectRoleEvent>(stream) ||
                            IsOf<event::v1::ProjectGrantEvent>(stream);
    return of_project && !grant_.project_id().empty() &&
           stream.id.substr(0, stream.id.find('/')) == grant_.project_id();
  }

  template <class Event>
  static bool IsOf(const eventstore::StreamKey& stream) {
    return stream.type == StreamTraits<Event>::kNumber;
  }
  static bool Has(const std::vector<std::string>& texts, absl::string_view wanted) {
    return std::find(texts.begin(), texts.end(), wanted) != texts.end();
  }

  // Roles of a project stand in a stream that says at its beginning whose they are; all else bears.
  absl::StatusOr<bool> IsAuthorizationOf(const eventstore::StreamKey& stream,
                                         const std::vector<std::string>& users) {
    if (!IsOf<event::v1::UserGrantEvent>(stream)) return true;
    bool is = false;
    absl::Status failed;
    RETURN_IF_ERROR(storage_.store().ReadStream(stream, 0, [&](const auto& stored) {
      const auto event = storage_.codec().DecodeClear(stored);
      failed = event.status();
      if (!failed.ok()) return false;
      const auto& added = static_cast<const event::v1::UserGrantEvent&>(*event->event).added();
      is = added.project_id() == grant_.project_id() && Has(users, added.user_id());
      return false;
    }));
    RETURN_IF_ERROR(failed);
    return is;
  }

  Storage& storage_;
  const FollowedModels* const models_;
  const uint64_t instance_;
  OidcSessionAdded grant_;
  absl::Time expiration_ = absl::InfiniteFuture();
  std::vector<std::string> ends_;
};

struct Named {
  uint64_t instance = 0;
  TokenPlace place;
  bool refresh = false;
};

// What the token says of itself. Whether it is over is told with the rest.
std::optional<Named> Read(const SealedTokens& sealed, const std::string& token) {
  for (const TokenSort sort : {TokenSort::kAccess, TokenSort::kRefresh}) {
    const auto opened = sealed.Open(sort, token, absl::InfinitePast());
    if (!opened.has_value()) continue;
    return Named{opened->instance(), {opened->family_id(), opened->token_id()},
                 sort == TokenSort::kRefresh};
  }
  const auto jwt = ParseJwt(token);
  const auto place = jwt.ok() ? PlaceOfJwtId(jwt->Text("jti").value_or("")) : std::nullopt;
  if (!place.has_value()) return std::nullopt;
  return Named{0, *place, false};
}

// No longer than any token is.
std::string LineOfInput() {
  std::string line(2 * kMaxJwt, '\0');
  if (std::fgets(line.data(), static_cast<int>(line.size()), stdin) == nullptr) return {};
  line.resize(line.find('\0'));
  return line;
}

absl::Status RunExplain(const CommandLine& line, TokenOptions options) {
  ASSIGN_OR_RETURN(const Config config, line.LoadConfig());
  if (options.token.empty()) options.token = LineOfInput();
  const std::string token(absl::StripAsciiWhitespace(options.token));
  StorageOptions opening;
  opening.follow = true;
  ASSIGN_OR_RETURN(const auto storage, Storage::Open(config, opening));
  const auto named = Read(SealedTokens(storage->master()), token);
  if (!named.has_value()) {
    return Error(absl::StatusCode::kInvalidArgument, "token.not_ours",
                 "That is no access or refresh token that this installation gave out.");
  }
  const uint64_t instance = named->instance != 0 ? named->instance : options.instance;
  if (instance == 0) {
    return Error(absl::StatusCode::kInvalidArgument, "token.instance_missing",
                 "A signed token does not say of which instance it is; name it with --instance. Its "
                 "signature is not looked at here.");
  }
  const auto models = FollowedModels::Open(config);
  if (!models.ok()) {
    std::fprintf(stderr, "the read models cannot be read: %s\n",
                 std::string(models.status().message()).c_str());
  }
  return Explainer(*storage, models.ok() ? models->get() : nullptr, instance).Tell(named->place, named->refresh);
}

}  // namespace

void AddToken(CLI::App& app, CommandLine& line) {
  CLI::App* sub = app.add_subcommand("token", "Tells about a token");
  sub->require_subcommand(1);
  CLI::App* explain = sub->add_subcommand(
      "explain", "Whether an OpenID Connect token is alive, or by which event it died; beside a "
                 "running server too");
  const auto options = std::make_shared<TokenOptions>();
  explain->add_option("token", options->token,
                      "The token; without it, a line of standard input, which no list of processes "
                      "shows")
      ->type_name("TOKEN");
  explain->add_option("--instance", options->instance, "Of a signed token, which names none")
      ->type_name("ID")
      ->check(WholeNumber());
  AddConfigFlags(*explain, line, Shown::kStore);
  explain->footer("Example:\n  muniment token explain < token.txt");
  explain->callback([&line, options] { line.result = RunExplain(line, *options); });
}

}  // namespace muniment::gateway
