#include "eventstore/codec.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/secret.h"
#include "eventstore/codec_plans.h"
#include "eventstore/draft_check.h"
#include "eventstore/plan.h"
#include "eventstore/seal.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace muniment::eventstore {
namespace {

using google::protobuf::Message;
using google::protobuf::MessageLite;
using store::v1::Body;

std::string Serialize(const MessageLite& message) {
  std::string out;
  google::protobuf::io::StringOutputStream stream(&out);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  MUNIMENT_CHECK(message.SerializeToCodedStream(&coded));
  coded.Trim();
  return out;
}

// `body` has no sealed part (FORMAT.md, AAD).
std::string Aad(uint64_t instance, const Body& body) {
  return absl::StrCat(U64(instance), Serialize(body));
}

absl::Status Damaged(const StoredEvent& stored, absl::string_view what) {
  return Error(absl::StatusCode::kDataLoss, "store.damaged",
               absl::StrCat("The event at position ", stored.position, " ", what, "."));
}

absl::Status Newer(const StoredEvent& stored, absl::string_view reason, absl::string_view what) {
  return Error(absl::StatusCode::kFailedPrecondition, reason,
               absl::StrCat("The event at position ", stored.position,
                            " was written by a newer release: ", what, "."));
}

// The person whose key seals the payload, or the stream.
std::string PayloadSubject(const StreamPlan& plan, const KindPlan& kind, const StreamKey& stream,
                           const Message& message) {
  if (plan.id_is_subject && stream.aggregate == AGGREGATE_USER) return stream.id;
  if (kind.subject != nullptr) {
    std::string subject = message.GetReflection()->GetString(message, kind.subject);
    if (!subject.empty()) return subject;
  }
  return StreamSubject(stream);
}

std::string PersonOr(const StreamKey& stream, const std::string& person) {
  return person.empty() ? StreamSubject(stream) : person;
}

void AddClaims(const google::protobuf::RepeatedPtrField<store::v1::Claim>& from,
               std::vector<ClaimChange>& to) {
  for (const store::v1::Claim& claim : from) to.push_back({claim.slot(), claim.key()});
}

bool ValidSealed(const store::v1::Sealed& sealed) {
  return sealed.key_id().size() == kKeyIdBytes && sealed.salt().size() == kSaltBytes &&
         sealed.commitment().size() == Digest::kSize && sealed.ciphertext().size() >= kAesTagBytes;
}

bool ValidClaims(const google::protobuf::RepeatedPtrField<store::v1::Claim>& claims) {
  return std::all_of(claims.begin(), claims.end(), [](const store::v1::Claim& claim) {
    return !claim.slot().empty() && (claim.key().empty() || claim.key().size() == Digest::kSize);
  });
}

}  // namespace

std::string StreamSubject(const StreamKey& stream) {
  return absl::StrCat("/", stream.type, "/", static_cast<int>(stream.aggregate), "/", stream.id);
}

Codec::Codec(absl::string_view claims_key, CodecOptions options) {
  MUNIMENT_CHECK(claims_key.size() == 32);
  std::vector<std::string> files = EventFiles();
  files.insert(files.end(), options.files.begin(), options.files.end());
  if (!options.random) options.random = RandomBytes;
  plans_ = std::make_unique<const Plans>(claims_key, files, std::move(options.random));
}

Codec::~Codec() = default;

namespace {

bool Says(const Message* message) { return message != nullptr && message->ByteSizeLong() > 0; }

Body MakeHead(const EventDraft& draft, const KindPlan& kind) {
  Body body;
  body.set_stream_type(draft.stream.type);
  body.set_aggregate(draft.stream.aggregate);
  body.set_stream_id(draft.stream.id);
  body.set_version(draft.version);
  body.set_kind(kind.field->number());
  body.set_owner(draft.owner);
  body.set_actor(draft.actor);
  body.set_level(kind.level);
  if (Says(draft.reported)) body.set_reported_of(draft.reported_of);
  return body;
}

}  // namespace

absl::StatusOr<NewEvent> Codec::Encode(const EventDraft& draft, KeySource& keys) const {
  const StreamPlan* plan = plans_->PlanOf(draft);
  const auto* field =
      draft.event->GetReflection()->GetOneofFieldDescriptor(*draft.event, plan->oneof);
  MUNIMENT_CHECK(field != nullptr);
  const KindPlan& kind = plan->kinds.at(field->number());
  MUNIMENT_CHECK(kind.names.contains(draft.stream.aggregate));
  RETURN_IF_ERROR(CheckDraft(draft, kind));

  const Message& whole = draft.event->GetReflection()->GetMessage(*draft.event, field);
  const uint64_t instance = draft.stream.instance;
  Body body = MakeHead(draft, kind);
  store::v1::SealedPart part;
  VisitUnique(*kind.message, whole, false, [&](UniqueValue value) {
    store::v1::Claim claim;
    if (!plans_->MakeClaim(instance, value, claim)) return;
    *(value.sealed ? part.add_claim() : body.add_claim()) = std::move(claim);
  });
  const std::unique_ptr<Message> clear(whole.New());
  const std::unique_ptr<Message> sealed(whole.New());
  clear->CopyFrom(whole);
  if (Split(*kind.message, *clear, *sealed)) part.set_fields(Serialize(*sealed));
  body.set_clear(Serialize(*clear));
  // What cannot be read back is never written: protobuf writes texts that it refuses to read.
  if (!clear->ParseFromString(body.clear()) || !sealed->ParseFromString(part.fields())) {
    return InvalidText();
  }

  NewEvent event{draft.stream, kind.keep, "", {}, kind.releases_claims};
  AddClaims(body.claim(), event.claims);
  const std::string aad = Aad(instance, body);
  bool erased = false;
  if (!part.fields().empty() || part.claim_size() > 0) {
    const std::string subject = PayloadSubject(*plan, kind, draft.stream, whole);
    if (subject != StreamSubject(draft.stream) && !ValidPerson(subject)) return InvalidId();
    ASSIGN_OR_RETURN(
        *body.mutable_payload(),
        plans_->SealFor(keys, instance, subject, kPayloadPurpose, aad, Serialize(part), erased));
    if (erased) body.clear_payload();
    if (!erased) AddClaims(part.claim(), event.claims);
  }
  if (Says(draft.context)) {
    ASSIGN_OR_RETURN(*body.mutable_context(),
                     plans_->SealFor(keys, instance, PersonOr(draft.stream, draft.actor),
                                     kContextPurpose, aad, Serialize(*draft.context), erased));
    if (erased) body.clear_context();
  }
  if (Says(draft.reported)) {
    ASSIGN_OR_RETURN(*body.mutable_reported(),
                     plans_->SealFor(keys, instance, PersonOr(draft.stream, draft.reported_of),
                                     kReportedPurpose, aad, Serialize(*draft.reported), erased));
    if (erased) body.clear_reported();
  }
  event.body = Serialize(body);
  return event;
}

struct Codec::Opened {
  Event event;
  const StreamPlan* plan = nullptr;
  const KindPlan* kind = nullptr;
  Message* message = nullptr;  // the kind's, in event.event
  std::optional<store::v1::Sealed> payload;
  std::optional<store::v1::Sealed> context;
  std::optional<store::v1::Sealed> reported;
  std::string reported_of;
  std::string aad;
  std::vector<ClaimChange> claims;
  std::vector<KeyUse> keys;
  bool inspects = true;  // claims and keys are wanted

  bool sealed() const {
    return payload.has_value() || context.has_value() || reported.has_value();
  }
};

namespace {

absl::Status CheckBody(const StoredEvent& stored, const Body& body) {
  if (body.level() > kFormatLevel) {
    return Newer(stored, "store.level_too_high", absl::StrCat("format level ", body.level()));
  }
  const auto known = [](const Message& message) {
    return message.GetReflection()->GetUnknownFields(message).empty();
  };
  bool all_known = known(body) && (!body.has_payload() || known(body.payload())) &&
                   (!body.has_context() || known(body.context())) &&
                   (!body.has_reported() || known(body.reported()));
  for (const auto& claim : body.claim()) all_known = all_known && known(claim);
  if (!all_known) return Newer(stored, "store.field_unknown", "its body has an unknown field");
  if (body.level() == 0 || body.version() == 0 || body.stream_id().empty() ||
      (body.has_payload() && !ValidSealed(body.payload())) ||
      (body.has_context() && !ValidSealed(body.context())) ||
      (body.has_reported() && !ValidSealed(body.reported())) || !ValidClaims(body.claim())) {
    return Damaged(stored, "has no valid body");
  }
  return absl::OkStatus();
}

EventMeta MakeMeta(const StoredEvent& stored, const Body& body, const KindPlan& kind) {
  EventMeta meta;
  meta.position = stored.position;
  meta.sequence = stored.sequence;
  meta.created_at = stored.created_at;
  meta.stream = {stored.instance, body.stream_type(), static_cast<Aggregate>(body.aggregate()),
                 body.stream_id()};
  meta.version = body.version();
  meta.owner = body.owner();
  meta.actor = body.actor();
  meta.kind = kind.field->number();
  meta.type = kind.names.at(meta.stream.aggregate);
  meta.keep = kind.keep;
  return meta;
}

}  // namespace

absl::StatusOr<Codec::Opened> Codec::Open(const StoredEvent& stored, bool inspects) const {
  Body body;
  if (!body.ParseFromString(stored.body)) return Damaged(stored, "has no valid body");
  RETURN_IF_ERROR(CheckBody(stored, body));
  Opened opened;
  opened.inspects = inspects;
  opened.plan = plans_->set.Find(body.stream_type());
  if (opened.plan == nullptr) {
    return Newer(stored, "store.kind_unknown", absl::StrCat("stream type ", body.stream_type()));
  }
  const auto kind = opened.plan->kinds.find(static_cast<int>(body.kind()));
  if (kind == opened.plan->kinds.end() ||
      !kind->second.names.contains(static_cast<Aggregate>(body.aggregate()))) {
    return Newer(stored, "store.kind_unknown",
                 absl::StrCat("kind ", body.kind(), " of stream type ", body.stream_type(),
                              " on aggregate ", body.aggregate()));
  }
  opened.kind = &kind->second;
  if (opened.kind->keep != stored.keep) return Damaged(stored, "stands in another class's segment");
  opened.event.meta = MakeMeta(stored, body, *opened.kind);
  opened.event.event.reset(opened.plan->prototype->New());
  Message& event = *opened.event.event;
  opened.message = event.GetReflection()->MutableMessage(&event, opened.kind->field);
  if (!opened.message->ParseFromString(body.clear())) return Damaged(stored, "has no valid body");
  if (inspects) AddClaims(body.claim(), opened.claims);
  if (body.has_payload()) opened.payload = std::move(*body.mutable_payload());
  if (body.has_context()) opened.context = std::move(*body.mutable_context());
  if (body.has_reported()) opened.reported = std::move(*body.mutable_reported());
  opened.reported_of = body.reported_of();
  body.clear_payload();
  body.clear_context();
  body.clear_reported();
  if (opened.sealed()) opened.aad = Aad(stored.instance, body);
  return opened;
}

absl::Status Codec::OpenPayload(const StoredEvent& stored, KeySource& keys, Opened& opened) const {
  if (!opened.payload.has_value()) return absl::OkStatus();
  const store::v1::Sealed& sealed = *opened.payload;
  ASSIGN_OR_RETURN(const std::optional<OpenKey> key,
                   keys.OpeningKey(stored.instance, sealed.key_id()));
  if (opened.inspects) {
    opened.keys.push_back(
        {sealed.key_id(),
         PayloadSubject(*opened.plan, *opened.kind, opened.event.meta.stream, *opened.message),
         key.has_value()});
  }
  opened.event.complete = key.has_value();
  if (!key.has_value()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string text,
                   Unseal(key->key.reveal(), sealed, kPayloadPurpose, opened.aad));
  store::v1::SealedPart part;
  if (!part.ParseFromString(text) || !ValidClaims(part.claim())) {
    return Damaged(stored, "has no valid sealed part");
  }
  if (!part.GetReflection()->GetUnknownFields(part).empty()) {
    return Newer(stored, "store.field_unknown", "its sealed part has an unknown field");
  }
  if (opened.inspects) AddClaims(part.claim(), opened.claims);
  if (!opened.kind->message->has_repeated_sealed) {
    // As Merge would, without a message between.
    return opened.message->MergeFromString(part.fields())
               ? absl::OkStatus()
               : Damaged(stored, "has no valid sealed part");
  }
  const std::unique_ptr<Message> fields(opened.message->New());
  if (!fields->ParseFromString(part.fields())) return Damaged(stored, "has no valid sealed part");
  return Merge(*opened.kind->message, *fields, *opened.message);
}

absl::Status Codec::OpenAudit(const StoredEvent& stored, KeySource& keys, Opened& opened) {
  const auto open = [&](const store::v1::Sealed& sealed, const std::string& person,
                        absl::string_view purpose, auto& part) -> absl::Status {
    ASSIGN_OR_RETURN(const std::optional<OpenKey> key,
                     keys.OpeningKey(stored.instance, sealed.key_id()));
    opened.keys.push_back(
        {sealed.key_id(), PersonOr(opened.event.meta.stream, person), key.has_value()});
    if (!key.has_value()) return absl::OkStatus();
    ASSIGN_OR_RETURN(const std::string text,
                     Unseal(key->key.reveal(), sealed, purpose, opened.aad));
    if (part.emplace().ParseFromString(text)) return absl::OkStatus();
    return Damaged(stored, "has no valid context");
  };
  Event& event = opened.event;
  if (opened.context.has_value()) {
    RETURN_IF_ERROR(open(*opened.context, event.meta.actor, kContextPurpose, event.context));
  }
  if (!opened.reported.has_value()) return absl::OkStatus();
  return open(*opened.reported, opened.reported_of, kReportedPurpose, event.reported);
}

absl::StatusOr<Inspection> Codec::Inspect(const StoredEvent& stored, KeySource& keys) const {
  ASSIGN_OR_RETURN(Opened opened, Open(stored, /*inspects=*/true));
  RETURN_IF_ERROR(OpenPayload(stored, keys, opened));
  RETURN_IF_ERROR(OpenAudit(stored, keys, opened));
  if (HasUnknownFields(*opened.kind->message, *opened.message)) {
    return Newer(stored, "store.field_unknown", "its kind has an unknown field");
  }
  Inspection inspection;
  inspection.claims_complete = opened.event.complete || !opened.kind->message->has_unique;
  inspection.event = std::move(opened.event);
  inspection.claims = std::move(opened.claims);
  inspection.releases_claims = opened.kind->releases_claims;
  inspection.keys = std::move(opened.keys);
  return inspection;
}

absl::StatusOr<Event> Codec::Decode(const StoredEvent& stored, KeySource& keys) const {
  ASSIGN_OR_RETURN(Inspection inspection, Inspect(stored, keys));
  return std::move(inspection.event);
}

absl::StatusOr<Event> Codec::DecodeForFold(const StoredEvent& stored, KeySource& keys) const {
  ASSIGN_OR_RETURN(Opened opened, Open(stored, /*inspects=*/false));
  RETURN_IF_ERROR(OpenPayload(stored, keys, opened));
  if (HasUnknownFields(*opened.kind->message, *opened.message)) {
    return Newer(stored, "store.field_unknown", "its kind has an unknown field");
  }
  return std::move(opened.event);
}

absl::StatusOr<Event> Codec::DecodeClear(const StoredEvent& stored) const {
  ASSIGN_OR_RETURN(Opened opened, Open(stored, /*inspects=*/false));
  if (HasUnknownFields(*opened.kind->message, *opened.message)) {
    return Newer(stored, "store.field_unknown", "its kind has an unknown field");
  }
  opened.event.complete = !opened.sealed();
  return std::move(opened.event);
}

}  // namespace muniment::eventstore
