// Between a fact as C++ sees it and an event as the store keeps it: splits a kind's message into
// clear and sealed fields, seals them, derives claims, and merges all back on read. Everything it
// does it reads from the options on the event's descriptors (plans compiled once, at start); the
// bytes are told in FORMAT.md.
//
// Threads: a Codec is immutable after construction and shared by all; KeySource implementations
// are thread-safe.
// Errors of Encode: INVALID_ARGUMENT "event.id_invalid" and "event.text_invalid" for ids and texts
// that the log cannot hold; FAILED_PRECONDITION "store.level_too_high" for a kind that this level
// does not write. A draft that fits no stream type or has no kind set is a broken invariant, as is
// an event message whose options contradict each other: the constructor ends the process.
// Errors of reading: DATA_LOSS "store.damaged" for bytes that are no body of ours or whose sealed
// part does not open with its own key; FAILED_PRECONDITION "store.level_too_high",
// "store.kind_unknown" and "store.field_unknown" for what a newer release wrote: the reader stops,
// it never skips. Errors of the KeySource pass through.
#ifndef MUNIMENT_EVENTSTORE_CODEC_H_
#define MUNIMENT_EVENTSTORE_CODEC_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/secret.h"
#include "eventstore/envelope.h"
#include "eventstore/store.h"
#include "google/protobuf/message.h"
#include "muniment/store/v1/body.pb.h"

namespace muniment::eventstore {

// The format level that this build reads and writes.
inline constexpr uint32_t kFormatLevel = 1;

// A fact to be stored. `event` is the message that lists the kinds of the stream's type with one
// member set, such as muniment.event.v1.UserEvent.
struct EventDraft {
  StreamKey stream;
  uint64_t version = 0;  // that the event gets
  std::string owner;     // organization that owns the aggregate, or the instance's id
  std::string actor;     // user who acted; empty for the system
  const google::protobuf::Message* event = nullptr;
  const store::v1::Context* context = nullptr;  // may be null
  const store::v1::Reported* reported = nullptr;  // may be null
  std::string reported_of;  // whom it is about, and whose key seals it; empty: nobody known
};

// What is known of an event beside its payload.
struct EventMeta {
  uint64_t position = 0;
  uint64_t sequence = 0;
  absl::Time created_at;
  StreamKey stream;
  uint64_t version = 0;
  std::string owner;
  std::string actor;
  int kind = 0;      // field number in the stream's oneof
  std::string type;  // published name: "org.member.added"
  Keep keep = FOREVER;
};

struct Event {
  EventMeta meta;
  std::unique_ptr<google::protobuf::Message> event;  // as EventDraft.event
  // False when there was a sealed part whose key is destroyed: its fields are absent.
  bool complete = true;
  std::optional<store::v1::Context> context;  // absent also when its key is destroyed
  std::optional<store::v1::Reported> reported;  // likewise
};

// An unwrapped data key.
struct OpenKey {
  std::string id;  // 16 bytes
  Secret key;      // 32 bytes
};

class KeySource {
 public:
  virtual ~KeySource() = default;
  // The key to seal a subject's fields with; nullopt when the subject is erased and the fields are
  // left out.
  virtual absl::StatusOr<std::optional<OpenKey>> SealingKey(uint64_t instance,
                                                            absl::string_view subject) = 0;
  // The named key; nullopt when it is destroyed.
  virtual absl::StatusOr<std::optional<OpenKey>> OpeningKey(uint64_t instance,
                                                            absl::string_view key_id) = 0;
};

// What a StreamType option says, compiled.
struct StreamTypeInfo {
  uint32_t number = 0;
  std::vector<Aggregate> aggregates;
  const google::protobuf::Descriptor* descriptor = nullptr;
};

// A data key that an event was sealed with, and whose it is by the event's own words.
struct KeyUse {
  std::string key_id;
  std::string subject;
  bool opened = false;  // false: the KeySource does not have it
};

// An event with all that the log's other tables derive from it; for verification.
struct Inspection {
  Event event;
  std::vector<ClaimChange> claims;
  bool releases_claims = false;
  // False when there may be claims in a sealed part whose key is destroyed.
  bool claims_complete = true;
  std::vector<KeyUse> keys;
};

struct CodecOptions {
  // Linked-in proto files with stream messages, beside those of muniment/event/v1.
  std::vector<std::string> files;
  // Bytes for salts; the kernel's generator by default.
  std::function<std::string(size_t)> random;
};

class Codec {
 public:
  // `claims_key`: 32 bytes, store-wide, never rotated.
  explicit Codec(absl::string_view claims_key, CodecOptions options = {});
  ~Codec();

  absl::StatusOr<NewEvent> Encode(const EventDraft& draft, KeySource& keys) const;
  // The claims that Encode would make of it, for who asks before anything is written. Errors of
  // Encode that are about the draft alone.
  absl::StatusOr<std::vector<ClaimChange>> ClaimsOf(const EventDraft& draft) const;
  absl::StatusOr<Event> Decode(const StoredEvent& stored, KeySource& keys) const;
  // The same without the audit context, which costs a key and an opening more: for folds, none of
  // which may depend on it.
  absl::StatusOr<Event> DecodeForFold(const StoredEvent& stored, KeySource& keys) const;
  // Only the clear parts: meta and clear fields, `complete` false where something is sealed.
  absl::StatusOr<Event> DecodeClear(const StoredEvent& stored) const;
  absl::StatusOr<Inspection> Inspect(const StoredEvent& stored, KeySource& keys) const;

  // A claim's key: HMAC of kind, scope and the folded value, for lookups by value.
  std::string ClaimKey(uint64_t instance, absl::string_view kind, absl::string_view scope,
                       absl::string_view value) const;
  // The slot of a claim whose option names a scope or an item; otherwise it is the kind.
  std::string ClaimSlot(uint64_t instance, absl::string_view kind, absl::string_view scope,
                        absl::string_view item) const;

  // Removes every (secret) field of an event message, for whatever leaves the process.
  void RemoveSecrets(google::protobuf::Message& event) const;

  const StreamTypeInfo* FindStreamType(uint32_t number) const;
  // The type of a message with a muniment.stream option; null for another.
  const StreamTypeInfo* FindStreamType(const google::protobuf::Descriptor* event) const;
  // Whose data keys are destroyed with the commit of such an event, of a known type: a person's id, or
  // the stream's own name (IsStreamSubject); "" where it destroys none.
  std::string DestroysKeysOf(const StreamKey& stream, int kind) const;
  // "user.human.added" of a kind on an aggregate; "" for an unknown one.
  std::string TypeName(uint32_t stream_type, Aggregate aggregate, int kind) const;
  // In order of their numbers.
  std::vector<const StreamTypeInfo*> StreamTypes() const;
  // All published names, sorted, and the names of aggregates.
  std::vector<std::string> TypeNames() const;
  std::vector<std::string> AggregateNames() const;

 private:
  struct Plans;
  struct Opened;
  // What reading and its forms share: the parsed body, its plan, the clear event.
  absl::StatusOr<Opened> Open(const StoredEvent& stored, bool inspects) const;
  absl::Status OpenPayload(const StoredEvent& stored, KeySource& keys, Opened& opened) const;
  static absl::Status OpenAudit(const StoredEvent& stored, KeySource& keys, Opened& opened);

  std::unique_ptr<const Plans> plans_;
};

// The name under which keys of a stream without a person stand: "/2/2/4711" (FORMAT.md, Clear and
// sealed).
std::string StreamSubject(const StreamKey& stream);
inline bool IsStreamSubject(absl::string_view subject) {
  return !subject.empty() && subject[0] == '/';
}

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_CODEC_H_
