// The parts of the golden script (golden_test.cc) that are about settings.
#ifndef MUNIMENT_TESTS_PROJECTIONS_GOLDEN_SETTINGS_H_
#define MUNIMENT_TESTS_PROJECTIONS_GOLDEN_SETTINGS_H_

#include "muniment/event/v1/org.visit.h"
#include "muniment/event/v1/policy.visit.h"
#include "muniment/event/v1/restrictions.visit.h"
#include "tests/projections/fixture.h"

namespace muniment::projections {

// What only instances say.
inline void InstanceSettings(Log& log) {
  using event::v1::SecretGeneratorEvent;
  for (const auto type : {event::v1::GENERATOR_TYPE_OTP_SMS, event::v1::GENERATOR_TYPE_APP_SECRET}) {
    event::v1::SecretGeneratorAdded added;
    added.mutable_generator()->set_type(type);
    added.mutable_generator()->set_length(64);
    log.Raise<SecretGeneratorEvent>(1, "1", added);
  }
  event::v1::SecretGeneratorChanged changed;
  changed.mutable_generator()->set_type(event::v1::GENERATOR_TYPE_OTP_SMS);
  changed.mutable_generator()->set_digits(true);
  log.Raise<SecretGeneratorEvent>(1, "1", changed);
  event::v1::RestrictionsSet restricted;
  restricted.mutable_policy()->add_allowed_languages("en");
  log.Raise<event::v1::RestrictionsEvent>(1, "1", restricted);
}

// Moves of names: one that was refused, one that is done, and one of an organization that is gone.
inline void NameMoves(Log& log) {
  using event::v1::DomainPolicyEvent;
  using event::v1::OrganizationSettingsEvent;
  event::v1::DomainPolicyMoveStarted started;
  started.mutable_policy()->set_user_login_must_be_domain(true);
  started.set_to_organization(true);
  event::v1::DomainPolicyMoveRefused refused;
  refused.set_conflicts(21);
  refused.add_first()->set_user_id("fixed");
  log.Raise<DomainPolicyEvent>(1, "1", started, AGGREGATE_INSTANCE);
  log.Raise<DomainPolicyEvent>(1, "1", refused, AGGREGATE_INSTANCE);
  log.Raise<DomainPolicyEvent>(1, "1", event::v1::DomainPolicyMoveEnded(), AGGREGATE_INSTANCE);
  for (const char* org : {"moved", "gone"}) {
    log.Raise<DomainPolicyEvent>(1, org, started, AGGREGATE_ORG);
    log.Raise<DomainPolicyEvent>(1, org, event::v1::DomainPolicyMoved(), AGGREGATE_ORG);
    log.Raise<DomainPolicyEvent>(1, org, event::v1::DomainPolicyMoveEnded(), AGGREGATE_ORG);
    event::v1::OrganizationSettingsSet set;
    log.Raise<OrganizationSettingsEvent>(1, org, set);
    set.mutable_settings()->set_organization_scoped_usernames(true);
    log.Raise<OrganizationSettingsEvent>(1, org, set);
  }
  log.Raise<OrganizationSettingsEvent>(1, "gone", event::v1::OrganizationSettingsRemoved());
  log.Raise<event::v1::OrgEvent>(1, "gone", event::v1::OrgSwept());
}

}  // namespace muniment::projections

#endif  // MUNIMENT_TESTS_PROJECTIONS_GOLDEN_SETTINGS_H_
