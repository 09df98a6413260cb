#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/error.h"
#include "gateway/login/login.h"
#include "gateway/login/step.h"
#include "muniment/row/v1/instance_settings.pb.h"
#include "zitadel/session/v2/session_service.pb.h"

namespace muniment::gateway {
namespace {

using login::v1::Way;
using zitadel::session::v2::SetSessionRequest;
using zitadel::session::v2::SetSessionResponse;

constexpr size_t kMaxCode = 200, kTotpDigits = 6;

struct WayRow {
  Way way;
  const char* name;  // in forms and texts
  event::v1::SecondFactor factor;
  event::v1::GeneratorType made_by;  // of codes that are sent
};
// In the order in which they are offered.
constexpr WayRow kWays[] = {
    {login::v1::WAY_TOTP, "totp", event::v1::SECOND_FACTOR_TOTP,
     event::v1::GENERATOR_TYPE_UNSPECIFIED},
    {login::v1::WAY_SMS, "sms", event::v1::SECOND_FACTOR_OTP_SMS,
     event::v1::GENERATOR_TYPE_OTP_SMS},
    {login::v1::WAY_EMAIL, "email", event::v1::SECOND_FACTOR_OTP_EMAIL,
     event::v1::GENERATOR_TYPE_OTP_EMAIL},
};

const WayRow& RowOf(Way way) {
  return *std::find_if(std::begin(kWays), std::end(kWays),
                       [way](const WayRow& row) { return row.way == way; });
}

bool Has(const row::v1::UserFactors& factors, Way way) {
  if (way == login::v1::WAY_TOTP) return factors.totp_verified();
  return way == login::v1::WAY_SMS ? factors.otp_sms() : factors.otp_email();
}

// "a•••@example.org", "•••67": enough for its owner to know it again.
std::string Masked(Way way, const row::v1::User& user) {
  constexpr absl::string_view kDots = "\u2022\u2022\u2022";
  if (way == login::v1::WAY_SMS) {
    const std::string& phone = user.phone();
    return absl::StrCat(kDots, phone.substr(phone.size() - std::min<size_t>(2, phone.size())));
  }
  const std::string& mail = user.email();
  const size_t at = mail.rfind('@');
  if (at == std::string::npos || at == 0) return std::string(kDots);
  size_t first = 1;
  while (first < at && (static_cast<unsigned char>(mail[first]) & 0xc0) == 0x80) ++first;
  return absl::StrCat(mail.substr(0, first), kDots, mail.substr(at));
}

// Then a telephone shows keys for nothing else.
bool IsOfDigits(const Step& step, const WayRow& way) {
  if (way.way == login::v1::WAY_TOTP) return true;
  projections::View view = step.visit->ports->database->Read();
  const auto row = view.Get<row::v1::SecretGenerator>(step.visit->instance, {way.made_by});
  if (!row.ok() || !row->has_value()) return false;
  const event::v1::SecretGenerator& made = (*row)->generator();
  return !made.lower_letters() && !made.upper_letters() && !made.symbols();
}

void ShowCode(const Step& step, const std::string& wrong = "", bool resent = false) {
  const auto user = step.UserOf(step.flow.session_id());
  if (!user.ok() || !user->has_value() || step.flow.way() == login::v1::WAY_UNSPECIFIED) {
    return step.Go(step.Url(kNamePath));
  }
  const WayRow& way = RowOf(step.flow.way());
  LoginPage page = step.Form("code", kCodePath, wrong);
  page.Set("account", step.AccountOf(**user))
      .Set("change_href", step.Url(kNamePath))
      .Set("kind", LoginPage::Fields{{way.name, "yes"}})
      .Fill("Address", Masked(way.way, **user));
  std::vector<LoginPage::Fields> others;
  for (const Way other : WaysOf(step)) {
    const char* name = RowOf(other).name;
    if (other == way.way) continue;
    others.push_back(
        {{"way", name}, {"text", page.texts().Say("code", absl::StrCat("other_", name))}});
  }
  page.List("others", others);
  if (IsOfDigits(step, way)) page.Flag("digits");
  if (way.way != login::v1::WAY_TOTP) page.Flag("resend");
  if (resent) page.Set("notice", page.texts().Say("code", "resent"));
  step.Show(std::move(page));
}

// The request that sets the browser's session; absent: it has none.
std::optional<SetSessionRequest> Setting(const Step& step) {
  const auto* session = SessionOf(step.browser, step.flow.session_id());
  if (session == nullptr) return std::nullopt;
  SetSessionRequest set;
  set.set_session_id(session->id());
  set.set_session_token(session->token());
  return set;
}

void Run(const StepPtr& step, SetSessionRequest set, std::function<void()> then) {
  step->Call("zitadel.session.v2.SessionService/SetSession", std::move(set),
             [step, then = std::move(then)](absl::StatusOr<command::CommandAnswer> done) {
               const std::string reason(Reason(done.status()));
               if (reason == "code.invalid") return ShowCode(*step, "code_failed");
               if (reason == "code.expired") return ShowCode(*step, "code_expired");
               if (absl::IsResourceExhausted(done.status())) return ShowCode(*step, "too_many");
               if (!done.ok()) return Turn(step, done.status());
               const auto& made = static_cast<const SetSessionResponse&>(*done->response);
               KeepSession(*step, step->flow.session_id(), made.session_token());
               then();
             });
}

void Send(const StepPtr& step, std::function<void()> then) {
  auto set = Setting(*step);
  if (!set.has_value()) return Continue(step);
  if (step->flow.way() == login::v1::WAY_TOTP) return then();
  auto* challenges = set->mutable_challenges();
  if (step->flow.way() == login::v1::WAY_SMS) {
    challenges->mutable_otp_sms();
  } else {
    challenges->mutable_otp_email();
  }
  Run(step, *std::move(set), std::move(then));
}

void Check(const StepPtr& step, const std::string& code) {
  auto set = Setting(*step);
  if (!set.has_value()) return Continue(step);
  auto* checks = set->mutable_checks();
  switch (step->flow.way()) {
    case login::v1::WAY_SMS:
      checks->mutable_otp_sms()->set_code(code);
      break;
    case login::v1::WAY_EMAIL:
      checks->mutable_otp_email()->set_code(code);
      break;
    default:
      if (code.size() != kTotpDigits) return ShowCode(*step, "code_failed");
      checks->mutable_totp()->set_code(code);
  }
  Run(step, *std::move(set), [step] { Continue(step); });
}

}  // namespace

std::vector<Way> WaysOf(const Step& step) {
  std::vector<Way> ways;
  const auto user = step.UserOf(step.flow.session_id());
  if (!user.ok() || !user->has_value()) return ways;
  const Visit& visit = *step.visit;
  const auto policy = visit.owners().LoginPolicy(visit.instance, (*user)->organization_id());
  const auto factors = visit.ports->database->Read().Get<row::v1::UserFactors>(
      visit.instance, {(*user)->id()});
  if (policy == nullptr || !factors.ok() || !factors->has_value()) return ways;
  const auto& allowed = policy->second_factor();
  for (const WayRow& row : kWays) {
    const bool may = std::find(allowed.begin(), allowed.end(), row.factor) != allowed.end();
    if (may && Has(**factors, row.way)) ways.push_back(row.way);
  }
  return ways;
}

void AskForCode(const StepPtr& step, Way way) {
  const std::vector<Way> ways = WaysOf(*step);
  const bool has = std::find(ways.begin(), ways.end(), way) != ways.end();
  if (!has && ways.empty()) {
    return step->Trouble("second_factor_missing", "auth.session_unproved", 403);
  }
  step->flow.set_way(has ? way : ways.front());
  // Nothing is sent to anybody by a link.
  if (!step->posted() && step->flow.way() != login::v1::WAY_TOTP) {
    const auto user = step->UserOf(step->flow.session_id());
    if (user.ok() && user->has_value()) step->flow.set_login_name(step->LoginNameOf(**user));
    return step->Go(step->Url(step->flow.login_name().empty() ? kNamePath : kPasswordPath));
  }
  Send(step, [step] { step->Go(step->Url(kCodePath)); });
}

void LoginCodePage(const VisitPtr& visit) {
  const StepPtr step = ResumeStep(visit);
  if (step == nullptr) return;
  if (SessionOf(step->browser, step->flow.session_id()) == nullptr ||
      step->flow.way() == login::v1::WAY_UNSPECIFIED) {
    return step->Go(step->Url(kNamePath));
  }
  if (!step->posted()) return ShowCode(*step);
  if (TurnsBack(step)) return;
  if (step->Does("resend")) return Send(step, [step] { ShowCode(*step, "", true); });
  for (const WayRow& row : kWays) {
    if (visit->Param("way") == row.name) return AskForCode(step, row.way);
  }
  // People type codes as they read them, in groups.
  const std::string code = absl::StrReplaceAll(visit->Param("code"), {{" ", ""}, {"-", ""}});
  if (code.empty()) return ShowCode(*step, "empty_code");
  if (code.size() > kMaxCode) return ShowCode(*step, "code_failed");
  Check(step, code);
}

}  // namespace muniment::gateway
