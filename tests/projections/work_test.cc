// What reactors have to do is what was asked for and has no outcome, whatever the log holds else.
#include <catch2/catch.hpp>

#include "muniment/event/v1/credential.visit.h"
#include "muniment/event/v1/session.visit.h"
#include "muniment/event/v1/work.visit.h"
#include "muniment/row/v1/work.pb.h"
#include "projections/replay.h"
#include "tests/projections/fixture.h"

namespace muniment::projections {
namespace {

using event::v1::OrgAdded;
using event::v1::OrgEvent;
using event::v1::OrgRemoved;
using event::v1::OrgSwept;
using event::v1::UserCodeEvent;
using event::v1::WorkDone;
using event::v1::WorkEvent;
using event::v1::WorkFailed;
using event::v1::WorkGivenUp;
using event::v1::WorkPutBack;
using event::v1::WorkRequested;
using eventstore::kSystemInstance;

template <class Kind>
Kind Of(const std::string& work, uint64_t request) {
  Kind kind;
  kind.set_work(work);
  kind.set_request(request);
  return kind;
}

uint64_t Ask(Log& log, const std::string& id, Aggregate aggregate = AGGREGATE_ORG) {
  WorkRequested requested;
  requested.set_work("mail");
  return log.Raise<WorkEvent>(7, id, requested, aggregate).last_sequence;
}

// The read models of a log, made of it whole.
class Models {
 public:
  explicit Models(Log& log) {
    auto replayed = Replay(log.source(), AllProjections(), dir_ / "models");
    REQUIRE(replayed.ok());
    database_ = *std::move(replayed);
  }
  std::optional<row::v1::Work> Work(const std::string& name, const std::string& id,
                                    Aggregate aggregate = AGGREGATE_ORG) {
    View view = database_->Read();
    return *view.Get<row::v1::Work>(kSystemInstance, {uint64_t{7}, aggregate, id, name});
  }
  std::optional<row::v1::DeadLetter> Letter(const std::string& id,
                                            Aggregate aggregate = AGGREGATE_ORG) {
    View view = database_->Read();
    return *view.Get<row::v1::DeadLetter>(7, {aggregate, id, "mail"});
  }
  uint64_t Queue(const std::string& name) {
    View view = database_->Read();
    return *view.Count<row::v1::Work>(kSystemInstance, "name", {name});
  }

 private:
  TempDir dir_;
  std::unique_ptr<Database> database_;
};

TEST_CASE("work stands from its request to its outcome") {
  Log log;
  const uint64_t first = Ask(log, "1");
  const uint64_t second = Ask(log, "2");
  {
    Models models(log);
    CHECK(models.Work("mail", "1").has_value());
    CHECK(models.Queue("mail") == 2);
  }
  log.Raise<WorkEvent>(7, "1", Of<WorkDone>("mail", first), AGGREGATE_ORG);
  log.Raise<WorkEvent>(7, "2", Of<WorkDone>("sms", second), AGGREGATE_ORG);
  Models models(log);
  CHECK_FALSE(models.Work("mail", "1").has_value());
  REQUIRE(models.Work("mail", "2").has_value());
  CHECK(models.Work("mail", "2")->request() == second);
  CHECK(models.Work("mail", "2")->due().seconds() == models.Work("mail", "2")->requested().seconds());
  CHECK(models.Queue("mail") == 1);
}

TEST_CASE("a code asks for a message unless it is returned, and that it was sent ends the work") {
  Log log;
  const auto make = [&](const std::string& user, event::v1::CodeChannel channel) {
    event::v1::PasswordCodeAdded added;
    added.mutable_code()->set_channel(channel);
    return log.Raise<UserCodeEvent>(7, user, added).last_sequence;
  };
  const uint64_t mailed = make("1", event::v1::CODE_CHANNEL_EMAIL);
  make("2", event::v1::CODE_CHANNEL_RETURNED);
  make("3", event::v1::CODE_CHANNEL_SMS);
  const std::string work = "message.password_code";
  {
    Models models(log);
    CHECK(models.Queue(work) == 2);
    CHECK_FALSE(models.Work(work, "2", AGGREGATE_USER).has_value());
    CHECK(models.Work(work, "3", AGGREGATE_USER).has_value());
  }
  log.Raise<UserCodeEvent>(7, "3", event::v1::PasswordCodeSent());
  Models models(log);
  REQUIRE(models.Work(work, "1", AGGREGATE_USER).has_value());
  CHECK(models.Work(work, "1", AGGREGATE_USER)->request() == mailed);
  CHECK(models.Queue(work) == 1);
}

TEST_CASE("an outcome of an older request leaves a newer one alone") {
  Log log;
  const uint64_t old = Ask(log, "1");
  const uint64_t request = Ask(log, "1");
  log.Raise<WorkEvent>(7, "1", Of<WorkDone>("mail", old), AGGREGATE_ORG);
  log.Raise<WorkEvent>(7, "1", Of<WorkGivenUp>("mail", old), AGGREGATE_ORG);
  Models models(log);
  REQUIRE(models.Work("mail", "1").has_value());
  CHECK(models.Work("mail", "1")->request() == request);
  CHECK(models.Work("mail", "1")->attempts() == 0);
}

TEST_CASE("a failure is due again by the store's time of it, and a dead letter can be work again") {
  Log log;
  const uint64_t request = Ask(log, "1");
  log.clock().Advance(absl::Hours(1));
  WorkFailed failed = Of<WorkFailed>("mail", request);
  failed.set_attempts(3);
  failed.set_reason("refused");
  failed.mutable_delay()->set_seconds(90);
  const auto at = log.Raise<WorkEvent>(7, "1", failed, AGGREGATE_ORG);
  {
    Models models(log);
    const auto work = models.Work("mail", "1");
    REQUIRE(work.has_value());
    CHECK(work->attempts() == 3);
    CHECK(work->reason() == "refused");
    CHECK(work->due().seconds() == absl::ToUnixSeconds(at.created_at) + 90);
  }
  WorkGivenUp given_up = Of<WorkGivenUp>("mail", request);
  given_up.set_attempts(4);
  given_up.mutable_requested()->set_seconds(5);
  log.Raise<WorkEvent>(7, "1", given_up, AGGREGATE_ORG);
  {
    Models models(log);
    CHECK_FALSE(models.Work("mail", "1").has_value());
    REQUIRE(models.Letter("1").has_value());
    CHECK(models.Letter("1")->attempts() == 4);
  }
  WorkPutBack put_back = Of<WorkPutBack>("mail", request);
  put_back.mutable_requested()->set_seconds(5);
  log.Raise<WorkEvent>(7, "1", put_back, AGGREGATE_ORG);
  Models models(log);
  CHECK_FALSE(models.Letter("1").has_value());
  REQUIRE(models.Work("mail", "1").has_value());
  CHECK(models.Work("mail", "1")->request() == request);
  CHECK(models.Work("mail", "1")->attempts() == 0);
  CHECK(models.Work("mail", "1")->requested().seconds() == 5);
}

TEST_CASE("a removed organization is work until it is swept, and its row stands as long") {
  Log log;
  OrgAdded added;
  added.set_name("Acme");
  log.Raise<OrgEvent>(7, "1", added);
  log.Raise<OrgEvent>(7, "1", OrgRemoved());
  {
    Models models(log);
    CHECK(models.Queue("sweep.organization") == 1);
    CHECK(models.Work("sweep.organization", "1").has_value());
  }
  log.Raise<OrgEvent>(7, "1", OrgSwept());
  Models models(log);
  CHECK(models.Queue("sweep.organization") == 0);
}

TEST_CASE("an erased person's work keeps no word of him") {
  Log log;
  WorkFailed failed = Of<WorkFailed>("mail", Ask(log, "u", AGGREGATE_USER));
  failed.set_reason("ann@example.org does not exist");
  failed.set_attempts(1);
  log.Raise<WorkEvent>(7, "u", failed, AGGREGATE_USER);
  WorkGivenUp given_up = Of<WorkGivenUp>("mail", Ask(log, "v", AGGREGATE_USER));
  given_up.set_reason("bob@example.org does not exist");
  log.Raise<WorkEvent>(7, "v", given_up, AGGREGATE_USER);
  {
    Models models(log);
    CHECK(models.Queue("mail") == 1);
    CHECK(models.Queue("purge.user") == 0);
    REQUIRE(models.Work("mail", "u", AGGREGATE_USER).has_value());
    CHECK(models.Work("mail", "u", AGGREGATE_USER)->reason() == failed.reason());
    REQUIRE(models.Letter("v", AGGREGATE_USER).has_value());
    CHECK(models.Letter("v", AGGREGATE_USER)->reason() == given_up.reason());
  }
  for (const char* id : {"u", "v"}) log.EraseSubject(7, id);
  Models models(log);
  CHECK(models.Queue("mail") == 0);
  REQUIRE(models.Letter("v", AGGREGATE_USER).has_value());
  CHECK(models.Letter("v", AGGREGATE_USER)->reason().empty());
  CHECK(models.Queue("purge.user") == 2);
}

TEST_CASE("a removal ends all other work about the user and asks for its sweep") {
  Log log;
  event::v1::PasswordChanged changed;
  log.Raise<event::v1::UserEvent>(7, "u", changed);
  log.Raise<event::v1::UserEvent>(7, "v", changed);
  Ask(log, "u", AGGREGATE_USER);
  {
    Models models(log);
    CHECK(models.Queue("message.password_changed") == 2);
    CHECK(models.Queue("mail") == 1);
    CHECK(models.Queue("sweep.user") == 0);
  }
  log.Raise<event::v1::UserEvent>(7, "u", event::v1::UserRemoved());
  {
    Models models(log);
    CHECK(models.Queue("message.password_changed") == 1);
    CHECK(models.Queue("mail") == 0);
    CHECK(models.Queue("sweep.user") == 1);
  }
  log.EraseSubject(7, "u");
  {
    Models models(log);
    CHECK(models.Queue("sweep.user") == 0);
    CHECK(models.Queue("purge.user") == 1);
  }
  log.Raise<event::v1::UserEvent>(7, "u", event::v1::UserPurged());
  Models models(log);
  CHECK(models.Queue("purge.user") == 0);
  CHECK(models.Queue("message.password_changed") == 1);
}

TEST_CASE("a session that ended has nothing sent any more") {
  Log log;
  event::v1::SessionOtpEmailChallenged challenged;
  challenged.mutable_code()->set_channel(event::v1::CODE_CHANNEL_EMAIL);
  log.Raise<event::v1::SessionEvent>(7, "s", challenged);
  {
    Models models(log);
    CHECK(models.Queue("message.otp_email") == 1);
  }
  log.Raise<event::v1::SessionEvent>(7, "s", event::v1::SessionTerminated());
  Models models(log);
  CHECK(models.Queue("message.otp_email") == 0);
}

}  // namespace
}  // namespace muniment::projections
