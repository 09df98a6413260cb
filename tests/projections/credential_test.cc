#include "muniment/event/v1/credential.visit.h"
#include "muniment/event/v1/session.visit.h"
#include "muniment/row/v1/mfa_skip.pb.h"
#include "projections/session_key.h"
#include "tests/projections/fixture.h"

namespace muniment::projections {
namespace {

using event::v1::MachineCredentialEvent;
using event::v1::SessionEvent;
using event::v1::UserEvent;
using event::v1::UserFactorEvent;

// What a test raises, folded.
struct Models {
  TempDir dir;
  Log log;
  std::unique_ptr<Database> database = OpenAll(dir / "models");

  View Read() {
    REQUIRE(CatchUp(log, *database).ok());
    return database->Read();
  }
  std::optional<row::v1::UserFactors> Factors(const std::string& user) {
    return *Read().Get<row::v1::UserFactors>(1, {user});
  }
  std::optional<row::v1::Session> Session(const std::string& id) {
    return *Read().Get<row::v1::Session>(1, {SessionDay(id), id});
  }
};

event::v1::PasskeyVerified Verified(const std::string& token, const std::string& name) {
  event::v1::PasskeyVerified verified;
  verified.mutable_credential()->set_token_id(token);
  verified.mutable_credential()->set_name(name);
  verified.mutable_credential()->set_backup_eligible(true);
  return verified;
}

TEST_CASE("a person's factors stand in one row, and go with him") {
  Models models;
  models.log.Raise<UserEvent>(1, "ada", event::v1::HumanAdded());
  CHECK_FALSE(models.Factors("ada").has_value());
  event::v1::PasskeyAdded begun;
  for (const char* token : {"a", "b"}) {
    begun.mutable_registration()->set_token_id(token);
    models.log.Raise<UserFactorEvent>(1, "ada", begun);
  }
  models.log.Raise<UserFactorEvent>(1, "ada", Verified("b", "Ada's phone"));
  models.log.Raise<UserFactorEvent>(1, "ada", event::v1::TotpAdded());
  event::v1::RecoveryCodesAdded codes;
  codes.add_code_hash("1");
  codes.add_code_hash("2");
  models.log.Raise<UserFactorEvent>(1, "ada", codes);
  models.log.Raise<UserFactorEvent>(1, "ada", event::v1::RecoveryCodeUsed());
  auto row = models.Factors("ada");
  REQUIRE(row.has_value());
  REQUIRE(row->passkey_size() == 2);
  CHECK_FALSE(row->passkey(0).verified());
  CHECK(row->passkey(1).verified());
  CHECK(row->passkey(1).name() == "Ada's phone");
  CHECK(row->passkey(1).backup_eligible());
  CHECK(row->totp_added());
  CHECK_FALSE(row->totp_verified());
  CHECK(row->recovery_codes() == 1);

  event::v1::PasskeyRemoved removed;
  removed.set_token_id("a");
  models.log.Raise<UserFactorEvent>(1, "ada", removed);
  row = models.Factors("ada");
  REQUIRE(row.has_value());
  REQUIRE(row->passkey_size() == 1);
  CHECK(row->passkey(0).token_id() == "b");
  models.log.Raise<UserEvent>(1, "ada", event::v1::UserRemoved());
  CHECK_FALSE(models.Factors("ada").has_value());
  // The sweep gives back the credential's claim.
  removed.set_token_id("b");
  models.log.Raise<UserFactorEvent>(1, "ada", removed);
  models.log.EraseSubject(1, "ada");
  CHECK_FALSE(models.Factors("ada").has_value());
  RequireRebuilt(models.log, *models.database, models.dir / "rebuilt");
}

TEST_CASE("a machine's keys are found by their ids, and go with it") {
  Models models;
  models.log.Raise<UserEvent>(1, "robot", event::v1::MachineAdded());
  event::v1::MachineKeyAdded key;
  key.set_key_id("k");
  key.set_public_key("PEM");
  models.log.Raise<MachineCredentialEvent>(1, "robot", key);
  models.log.Raise<MachineCredentialEvent>(1, "robot", event::v1::MachineSecretSet());
  const auto found = models.Read().GetUnique<row::v1::MachineKey>(1, "id", {"k"});
  REQUIRE(found.ok());
  REQUIRE(found->has_value());
  CHECK((*found)->user_id() == "robot");
  models.log.Raise<UserEvent>(1, "robot", event::v1::UserRemoved());
  CHECK_FALSE(models.Read().GetUnique<row::v1::MachineKey>(1, "id", {"k"})->has_value());
}

// Ids as they are made at these times.
std::string IdAt(Clock& clock) { return IdGenerator(clock, 1).NextText(); }

TEST_CASE("a session's row says what was proved, and a terminated one is gone") {
  Models models;
  const std::string id = IdAt(models.log.clock());
  event::v1::SessionAdded added;
  added.mutable_user_agent()->set_fingerprint_id("f");
  models.log.Raise<SessionEvent>(1, id, added);
  event::v1::SessionUserChecked user;
  user.set_user_id("ada");
  user.set_credential_epoch(3);
  models.log.Raise<SessionEvent>(1, id, user);
  event::v1::SessionPasswordChecked password;
  password.mutable_checked_at()->set_seconds(5);
  models.log.Raise<SessionEvent>(1, id, password);
  event::v1::SessionTokenSet token;
  token.set_token_hash("t");
  models.log.Raise<SessionEvent>(1, id, token);
  event::v1::SessionLifetimeSet lifetime;
  lifetime.mutable_lifetime()->set_seconds(60);
  models.log.Raise<SessionEvent>(1, id, lifetime);
  const auto row = models.Session(id);
  REQUIRE(row.has_value());
  CHECK(row->user_id() == "ada");
  CHECK(row->credential_epoch() == 3);
  CHECK(row->password().seconds() == 5);
  CHECK(row->token_hash() == "t");
  CHECK(row->user_agent().fingerprint_id() == "f");
  CHECK(row->expiration().seconds() == row->stamp().created().seconds() + 60);
  models.log.Raise<SessionEvent>(1, id, event::v1::SessionTerminated());
  CHECK_FALSE(models.Session(id).has_value());
  RequireRebuilt(models.log, *models.database, models.dir / "rebuilt");
}

TEST_CASE("with a pruned day go the sessions that began on it, and no others") {
  Models models;
  ManualClock& clock = models.log.clock();
  // The last id before midnight, whose event is stamped after it, and one in the middle of each day.
  const absl::Time midnight = absl::FromUnixSeconds(19'700 * 86'400);
  clock.Advance(midnight - absl::Hours(12) - clock.Now());
  const std::string before = IdAt(clock);
  models.log.Raise<SessionEvent>(1, before, event::v1::SessionAdded());
  clock.Advance(midnight - absl::Milliseconds(20) - clock.Now());
  const std::string late = IdAt(clock);
  clock.Advance(absl::Milliseconds(30));
  models.log.Raise<SessionEvent>(1, late, event::v1::SessionAdded());
  clock.Advance(absl::Hours(12));
  const std::string after = IdAt(clock);
  models.log.Raise<SessionEvent>(1, after, event::v1::SessionAdded());
  REQUIRE(SessionDay(late) == 19'699);

  event::v1::DayPruned pruned;
  pruned.set_keep(SIGN_IN);
  pruned.set_day(19'699);
  models.log.Raise<event::v1::LogEvent>(1, "1", pruned);
  CHECK_FALSE(models.Session(before).has_value());
  CHECK(models.Session(late).has_value());
  CHECK(models.Session(after).has_value());
  pruned.set_day(19'700);
  models.log.Raise<event::v1::LogEvent>(1, "1", pruned);
  CHECK_FALSE(models.Session(late).has_value());
  CHECK_FALSE(models.Session(after).has_value());
}

TEST_CASE("a person's last sign-in stands by its day, and goes with it") {
  using event::v1::UserCheckEvent;
  Models models;
  ManualClock& clock = models.log.clock();
  const auto signed_in = [&](uint32_t day, const std::string& user) {
    const auto row = *models.Read().Get<row::v1::SignIn>(1, {day, user});
    return row.has_value() ? row->at().seconds() : 0;
  };
  const absl::Time midnight = absl::FromUnixSeconds(19'700 * 86'400);
  const int64_t end = absl::ToUnixSeconds(midnight);
  clock.Advance(midnight - absl::Hours(1) - clock.Now());
  models.log.Raise<UserCheckEvent>(1, "ada", event::v1::PasswordCheckSucceeded());
  models.log.Raise<UserCheckEvent>(1, "bob", event::v1::PasswordCheckSucceeded());
  CHECK(signed_in(19'699, "ada") == end - 3600);
  clock.Advance(absl::Minutes(10));
  models.log.Raise<UserCheckEvent>(1, "ada", event::v1::PasskeyCheckSucceeded());
  CHECK(signed_in(19'699, "ada") == end - 3000);
  // What proves nothing, and what proves not enough, is none.
  clock.Advance(absl::Minutes(10));
  models.log.Raise<UserCheckEvent>(1, "ada", event::v1::PasswordCheckFailed());
  models.log.Raise<UserCheckEvent>(1, "ada", event::v1::PasskeyCheckFailed());
  models.log.Raise<UserCheckEvent>(1, "ada", event::v1::TotpCheckSucceeded());
  CHECK(signed_in(19'699, "ada") == end - 3000);
  clock.Advance(absl::Hours(1));
  models.log.Raise<UserCheckEvent>(1, "ada", event::v1::PasswordCheckSucceeded());
  CHECK(signed_in(19'699, "ada") == end - 3000);
  CHECK(signed_in(19'700, "ada") == end + 1200);

  event::v1::DayPruned pruned;
  pruned.set_keep(SIGN_IN);
  pruned.set_day(19'699);
  models.log.Raise<event::v1::LogEvent>(1, "1", pruned);
  CHECK(signed_in(19'699, "ada") == 0);
  CHECK(signed_in(19'699, "bob") == 0);
  CHECK(signed_in(19'700, "ada") > end);
  RequireRebuilt(models.log, *models.database, models.dir / "rebuilt");
}

TEST_CASE("when a person put off a second factor last is known, and goes with its day") {
  Models models;
  ManualClock& clock = models.log.clock();
  const auto skipped = [&](const std::string& user) {
    const auto row = *models.Read().Get<row::v1::MfaSkip>(1, {0, user});
    return row.has_value() ? row->at().seconds() : 0;
  };
  clock.Advance(absl::FromUnixSeconds(19'700 * 86'400 - 60) - clock.Now());
  event::v1::MfaInitSkipped skip;
  for (const int64_t at : {5, 6}) {
    skip.mutable_skipped_at()->set_seconds(at);
    models.log.Raise<event::v1::UserCheckEvent>(1, "ada", skip);
  }
  models.log.Raise<event::v1::UserCheckEvent>(1, "eve", skip);
  models.log.Raise<event::v1::UserCheckEvent>(1, "bob", event::v1::PasswordCheckSucceeded());
  CHECK(skipped("ada") == 6);
  CHECK(skipped("eve") == 6);
  CHECK(skipped("bob") == 0);
  clock.Advance(absl::Hours(1));
  skip.mutable_skipped_at()->set_seconds(9);
  models.log.Raise<event::v1::UserCheckEvent>(1, "ada", skip);
  CHECK(skipped("ada") == 9);

  event::v1::DayPruned pruned;
  pruned.set_keep(SIGN_IN);
  pruned.set_day(19'699);
  models.log.Raise<event::v1::LogEvent>(1, "1", pruned);
  CHECK(skipped("ada") == 9);
  CHECK(skipped("eve") == 0);
  RequireRebuilt(models.log, *models.database, models.dir / "rebuilt");
  pruned.set_day(19'700);
  models.log.Raise<event::v1::LogEvent>(1, "1", pruned);
  CHECK(skipped("ada") == 0);
  // No row of either day is left.
  View view = models.Read();
  const RowCursor rows = view.ScanRows(1, TablePlan::Of<row::v1::MfaSkip>(), "");
  CHECK_FALSE(rows.Valid());
  RequireRebuilt(models.log, *models.database, models.dir / "rebuilt again");
}

TEST_CASE("from when a password's age counts stands with its user, as its events say") {
  Models models;
  const auto changed_at = [&models](const std::string& user) {
    return (*models.Read().Get<row::v1::User>(1, {user}))->password_changed().seconds();
  };
  models.log.Raise<UserEvent>(1, "eve", event::v1::HumanAdded());
  CHECK(changed_at("eve") == 0);
  event::v1::HumanAdded added;
  added.mutable_password_changed_at()->set_seconds(5);
  models.log.Raise<UserEvent>(1, "ada", added);
  CHECK(changed_at("ada") == 5);
  // The same password, hashed anew, is no younger.
  models.log.Raise<UserEvent>(1, "ada", event::v1::PasswordHashUpdated());
  CHECK(changed_at("ada") == 5);
  event::v1::PasswordChanged changed;
  changed.mutable_changed_at()->set_seconds(7);
  models.log.Raise<UserEvent>(1, "ada", changed);
  CHECK(changed_at("ada") == 7);
}

TEST_CASE("the login policy's factors stand in its row, each once, in one order") {
  Models models;
  using event::v1::LoginPolicyEvent;
  models.log.Raise<LoginPolicyEvent>(1, "1", event::v1::LoginPolicyAdded(), AGGREGATE_INSTANCE);
  event::v1::LoginSecondFactorAdded factor;
  for (const auto each : {event::v1::SECOND_FACTOR_U2F, event::v1::SECOND_FACTOR_TOTP,
                          event::v1::SECOND_FACTOR_U2F}) {
    factor.set_factor(each);
    models.log.Raise<LoginPolicyEvent>(1, "1", factor, AGGREGATE_INSTANCE);
  }
  event::v1::LoginPolicyChanged changed;
  changed.mutable_policy()->set_force_mfa(true);
  models.log.Raise<LoginPolicyEvent>(1, "1", changed, AGGREGATE_INSTANCE);
  const auto row = *models.Read().Get<row::v1::LoginPolicy>(1, {AGGREGATE_INSTANCE, "1"});
  REQUIRE(row.has_value());
  CHECK(row->policy().force_mfa());
  REQUIRE(row->second_factor_size() == 2);
  CHECK(row->second_factor(0) == event::v1::SECOND_FACTOR_TOTP);
  CHECK(row->second_factor(1) == event::v1::SECOND_FACTOR_U2F);
  models.log.Raise<LoginPolicyEvent>(1, "1", event::v1::LoginPolicyRemoved(), AGGREGATE_INSTANCE);
  CHECK_FALSE(models.Read().Get<row::v1::LoginPolicy>(1, {AGGREGATE_INSTANCE, "1"})->has_value());
}

}  // namespace
}  // namespace muniment::projections
