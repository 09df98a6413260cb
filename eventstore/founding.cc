#include "eventstore/founding.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/error.h"
#include "eventstore/codec.h"
#include "eventstore/retention.h"
#include "muniment/event/v1/log.pb.h"

namespace muniment::eventstore {
namespace {

absl::Status AppendAndWait(EventStore& store, Commit commit) {
  absl::Notification ended;
  absl::Status result;
  store.Append(std::move(commit), [&](absl::StatusOr<Committed> committed) {
    result = committed.status();
    ended.Notify();
  });
  ended.WaitForNotification();
  return result;
}

absl::StatusOr<Secret> Found(EventStore& store, DataKeys& keys) {
  CommitKeys sealing(keys);
  ASSIGN_OR_RETURN(const std::optional<OpenKey> key,
                   sealing.SealingKey(kSystemInstance, kClaimsSubject));
  if (!key.has_value()) {
    return Error(absl::StatusCode::kDataLoss, "store.damaged", "The claims key was destroyed.");
  }
  event::v1::LogEvent event;
  event.mutable_store_founded()->set_claims_key_id(key->id);
  EventDraft draft;
  draft.stream = LogStream(kSystemInstance);
  draft.version = 1;
  draft.owner = absl::StrCat(kSystemInstance);
  draft.event = &event;
  Commit commit;
  commit.instance = kSystemInstance;
  commit.reads.push_back({draft.stream, 0});
  const Codec codec(key->key.reveal());
  ASSIGN_OR_RETURN(NewEvent encoded, codec.Encode(draft, sealing));
  commit.events.push_back(std::move(encoded));
  commit.keys = sealing.Carried();
  RETURN_IF_ERROR(AppendAndWait(store, std::move(commit)));
  sealing.Committed();
  return key->key;
}

}  // namespace

absl::StatusOr<Secret> OpenClaimsKey(EventStore& store, KeySource& keys) {
  ASSIGN_OR_RETURN(const LogHead head, store.ReadLogHead());
  if (head.position == 0) {
    return Error(absl::StatusCode::kNotFound, "store.not_founded", "The store has no events.");
  }
  ASSIGN_OR_RETURN(const SubjectKeys known, store.ReadSubjectKeys(kSystemInstance, kClaimsSubject));
  if (known.keys.size() == 1) {
    ASSIGN_OR_RETURN(const auto key, keys.OpeningKey(kSystemInstance, known.keys.front().id));
    if (key.has_value()) return key->key;
  }
  return Error(absl::StatusCode::kDataLoss, "store.damaged",
               absl::StrCat("The store has ", known.keys.size(), " claims keys instead of one."));
}

absl::StatusOr<Secret> OpenOrFound(EventStore& store, DataKeys& keys) {
  absl::StatusOr<Secret> key = OpenClaimsKey(store, keys);
  if (key.ok() || Reason(key.status()) != "store.not_founded") return key;
  absl::StatusOr<Secret> made = Found(store, keys);
  // Another node may have been first.
  if (absl::IsAborted(made.status())) return OpenClaimsKey(store, keys);
  return made;
}

}  // namespace muniment::eventstore
