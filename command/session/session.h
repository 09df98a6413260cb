// A session, as decisions see it: whose it is, what was proved in it and when, which token counts.
#ifndef MUNIMENT_COMMAND_SESSION_SESSION_H_
#define MUNIMENT_COMMAND_SESSION_SESSION_H_

#include <map>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/proof.h"
#include "muniment/event/v1/session.visit.h"

namespace muniment::command {

struct Session {
  using Event = event::v1::SessionEvent;
  using Ignored = Kinds<event::v1::SessionOtpSmsSent, event::v1::SessionOtpEmailSent>;
  static constexpr absl::string_view kNoun = "session";
  static constexpr TargetKind kTarget = TARGET_SESSION;

  bool added = false;
  bool terminated = false;
  absl::Time added_at;
  std::string creator_id;
  event::v1::SessionUserAgent user_agent;

  std::string user_id;  // empty until a user was checked
  std::string organization_id;  // the user's, before that the maker's
  absl::Time user_checked;
  uint64_t credential_epoch = 0;  // of its user, when he was proved
  Proofs proofs;

  // What was asked and not answered yet; each counts once.
  std::optional<event::v1::SessionWebAuthnChallenged> web_authn;
  struct OtpChallenge {
    event::v1::Code code;
    int failures = 0;
  };
  std::optional<OtpChallenge> otp_sms;
  std::optional<OtpChallenge> otp_email;

  std::string token_hash;  // of the one that counts; the ones before do not
  std::map<std::string, std::string> metadata;
  absl::Duration lifetime = absl::InfiniteDuration();

  bool exists() const { return added && !terminated; }
  // From the beginning on, whatever happened since.
  absl::Time expires() const { return added_at + lifetime; }
  bool stands(absl::Time now) const { return exists() && now < expires(); }
  size_t bytes() const {
    size_t bytes = user_agent.ByteSizeLong() + 512;
    for (const auto& [key, value] : metadata) bytes += key.size() + value.size() + 64;
    return bytes;
  }
};

inline absl::string_view OwnerOf(const Session& session) { return session.organization_id; }

void Fold(Session& session, const event::v1::SessionAdded& event);
void Fold(Session& session, const event::v1::SessionUserChecked& event);
void Fold(Session& session, const event::v1::SessionPasswordChecked& event);
void Fold(Session& session, const event::v1::SessionWebAuthnChallenged& event);
void Fold(Session& session, const event::v1::SessionWebAuthnChecked& event);
void Fold(Session& session, const event::v1::SessionTotpChecked& event);
void Fold(Session& session, const event::v1::SessionOtpSmsChallenged& event);
void Fold(Session& session, const event::v1::SessionOtpSmsChecked& event);
void Fold(Session& session, const event::v1::SessionOtpEmailChallenged& event);
void Fold(Session& session, const event::v1::SessionOtpEmailChecked& event);
void Fold(Session& session, const event::v1::SessionOtpSmsFailed& event);
void Fold(Session& session, const event::v1::SessionOtpEmailFailed& event);
void Fold(Session& session, const event::v1::SessionRecoveryCodeChecked& event);
void Fold(Session& session, const event::v1::SessionTokenSet& event);
void Fold(Session& session, const event::v1::SessionMetadataSet& event);
void Fold(Session& session, const event::v1::SessionLifetimeSet& event);
void Fold(Session& session, const event::v1::SessionTerminated& event);
void Fold(Session& session, const event::v1::SessionCredentialsKept& event);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_SESSION_SESSION_H_
