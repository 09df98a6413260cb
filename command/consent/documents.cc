#include "command/consent/documents.h"

#include <utility>

#include "base/template.h"
#include "base/timestamp.h"
#include "google/protobuf/util/message_differencer.h"
#include "google/protobuf/util/time_util.h"

namespace muniment::command {

using google::protobuf::util::MessageDifferencer;
using google::protobuf::util::TimeUtil;

namespace {

using Wanted = api::consent::v1::ConsentDocument;

absl::Status CheckSince(const google::protobuf::Timestamp& since) {
  if (since.seconds() >= TimeUtil::kTimestampMinSeconds &&
      since.seconds() <= TimeUtil::kTimestampMaxSeconds && since.nanos() >= 0 &&
      since.nanos() <= 999'999'999) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kInvalidArgument, "consent.since_invalid",
               "The time from which consent is due is none.");
}

const event::v1::ConsentDocument* Standing(const event::v1::ConsentPolicy& policy,
                                           const Wanted& wanted) {
  for (const auto& document : policy.document()) {
    if (document.kind() == static_cast<int>(wanted.kind()) &&
        document.version() == wanted.version()) {
      return &document;
    }
  }
  return nullptr;
}

absl::StatusOr<event::v1::ConsentDocument> Stored(const event::v1::ConsentPolicy& before,
                                                  const Wanted& wanted, absl::Time now) {
  RETURN_IF_ERROR(CheckUrlTemplate(wanted.url(), UrlVariables(UrlKind::kPrivacy)));
  if (wanted.has_since()) RETURN_IF_ERROR(CheckSince(wanted.since()));
  const auto* standing = Standing(before, wanted);
  event::v1::ConsentDocument document;
  document.set_kind(static_cast<event::v1::ConsentKind>(wanted.kind()));
  document.set_version(wanted.version());
  document.set_url(wanted.url());
  *document.mutable_since() = wanted.has_since()    ? wanted.since()
                              : standing != nullptr ? standing->since()
                                                    : ToTimestamp(now);
  return document;
}

}  // namespace

absl::Status SetConsentDocuments(
    Unit& unit, const Ref<ConsentPolicy>& setting,
    const google::protobuf::RepeatedPtrField<Wanted>& documents) {
  event::v1::ConsentPolicy policy;
  for (const Wanted& wanted : documents) {
    for (const auto& other : policy.document()) {
      if (other.kind() != static_cast<int>(wanted.kind())) continue;
      return Error(absl::StatusCode::kInvalidArgument, "consent.kind_repeated",
                   "There is one document of a kind.");
    }
    ASSIGN_OR_RETURN(*policy.add_document(), Stored(setting->policy, wanted, unit.Now()));
  }
  if (setting.version() > 0) unit.AnswerWith(setting);
  if (!setting.exists()) {
    event::v1::ConsentPolicyAdded added;
    *added.mutable_policy() = std::move(policy);
    unit.Raise(setting, std::move(added));
  } else if (!MessageDifferencer::Equals(setting->policy, policy)) {
    event::v1::ConsentPolicyChanged changed;
    *changed.mutable_policy() = std::move(policy);
    unit.Raise(setting, std::move(changed));
  }
  return absl::OkStatus();
}

}  // namespace muniment::command
