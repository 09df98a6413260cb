// The rows of what only instances say: of each type of code one, and what is kept from everybody.
#include "muniment/event/v1/restrictions.visit.h"
#include "muniment/row/v1/instance_settings.pb.h"
#include "tests/projections/fixture.h"

namespace muniment::projections {
namespace {

using event::v1::RestrictionsEvent;
using event::v1::SecretGeneratorEvent;

event::v1::SecretGenerator Generator(event::v1::GeneratorType type, uint32_t length) {
  event::v1::SecretGenerator generator;
  generator.set_type(type);
  generator.set_length(length);
  return generator;
}

TEST_CASE("each type of code has a row of its own, as it was set last, in each instance") {
  TempDir dir;
  Log log;
  const auto database = OpenAll(dir / "models");
  const auto row = [&](uint64_t instance, event::v1::GeneratorType type) {
    REQUIRE(CatchUp(log, *database).ok());
    return *database->Read().Get<row::v1::SecretGenerator>(instance, {type});
  };
  const auto sms = event::v1::GENERATOR_TYPE_OTP_SMS, mail = event::v1::GENERATOR_TYPE_OTP_EMAIL;
  for (const uint64_t instance : {1, 2}) {
    for (const auto type : {sms, mail}) {
      event::v1::SecretGeneratorAdded added;
      *added.mutable_generator() = Generator(type, 8);
      added.mutable_generator()->mutable_expiry()->set_seconds(300);
      log.Raise<SecretGeneratorEvent>(instance, absl::StrCat(instance), added);
    }
  }
  const auto before = row(1, sms);
  REQUIRE(before.has_value());
  event::v1::SecretGeneratorChanged changed;
  *changed.mutable_generator() = Generator(sms, 12);
  const auto at = log.Raise<SecretGeneratorEvent>(1, "1", changed);
  const auto after = row(1, sms);
  REQUIRE(after.has_value());
  CHECK(after->generator().length() == 12);
  // Set whole: what it no longer says is gone.
  CHECK_FALSE(after->generator().has_expiry());
  CHECK(after->stamp().created().nanos() == before->stamp().created().nanos());
  CHECK(after->stamp().sequence() == before->stamp().sequence() + 2);
  CHECK(at.last_sequence == after->stamp().sequence());
  CHECK(row(1, mail)->generator().length() == 8);
  CHECK(row(2, sms)->generator().length() == 8);
  CHECK_FALSE(row(1, event::v1::GENERATOR_TYPE_APP_SECRET).has_value());
}

TEST_CASE("an instance has a row of what it keeps from everybody once it says so") {
  TempDir dir;
  Log log;
  const auto database = OpenAll(dir / "models");
  const auto row = [&] {
    REQUIRE(CatchUp(log, *database).ok());
    return *database->Read().Get<row::v1::Restrictions>(1, {AGGREGATE_RESTRICTIONS, "1"});
  };
  CHECK_FALSE(row().has_value());
  event::v1::RestrictionsSet set;
  set.mutable_policy()->set_disallow_public_org_registration(true);
  set.mutable_policy()->add_allowed_languages("en");
  log.Raise<RestrictionsEvent>(1, "1", set);
  CHECK(row()->policy().allowed_languages_size() == 1);
  set.mutable_policy()->clear_allowed_languages();
  log.Raise<RestrictionsEvent>(1, "1", set);
  CHECK(row()->policy().allowed_languages().empty());
  CHECK(row()->policy().disallow_public_org_registration());
}

}  // namespace
}  // namespace muniment::projections
