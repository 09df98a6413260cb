#include "muniment/event/v1/consent.visit.h"
#include "tests/projections/fixture.h"

namespace muniment::projections {
namespace {

using event::v1::UserConsentEvent;
using event::v1::UserEvent;

TEST_CASE("a consent has a row for each version, which goes with the person") {
  TempDir dir;
  Log log;
  const auto database = OpenAll(dir / "models");
  const auto row = [&](const std::string& user, const std::string& version) {
    REQUIRE(CatchUp(log, *database).ok());
    return *database->Read().Get<row::v1::Consent>(1, {user, event::v1::CONSENT_KIND_TERMS, version});
  };
  event::v1::ConsentGiven given;
  given.set_kind(event::v1::CONSENT_KIND_TERMS);
  given.set_language("en");
  given.mutable_given_at()->set_seconds(7);
  for (const char* user : {"ada", "bob"}) {
    log.Raise<UserEvent>(1, user, event::v1::HumanAdded());
    for (const char* version : {"1", "2"}) {
      given.set_version(version);
      log.Raise<UserConsentEvent>(1, user, given);
    }
  }
  REQUIRE(row("ada", "1").has_value());
  CHECK(row("ada", "2")->language() == "en");
  CHECK(row("ada", "2")->given_at().seconds() == 7);
  log.Raise<UserEvent>(1, "ada", event::v1::UserRemoved());
  CHECK_FALSE(row("ada", "1").has_value());
  CHECK_FALSE(row("ada", "2").has_value());
  CHECK(row("bob", "2").has_value());

  log.EraseSubject(1, "bob");
  CHECK_FALSE(row("bob", "2").has_value());
}

}  // namespace
}  // namespace muniment::projections
