// Between a fact as C++ sees it and an event as the store keeps it: splits a kind's message into
// clear and sealed fields, seals them, derives claims, and merges all back on read. Everything it
// does it reads from the options on the event's descriptors (plans compiled once, at start); the
// bytes are told in FORMAT.md.
//
// Threads: a Codec is immutable after construction and shared by all; KeySource implementations
// are thread-safe.
// Errors: DATA_LOSS "store.damaged" for bytes that are no body of ours or whose sealed part does
// not open with its own key; FAILED_PRECONDITION "store.level_too_high" and
// "store.kind_unknown" for what a newer release wrote: the reader stops, it never skips.
#ifndef MUNIMENT_EVENTSTORE_CODEC_H_
#define MUNIMENT_EVENTSTORE_CODEC_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
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
};

// An unwrapped data key.
struct OpenKey {
  std::string id;   // 16 bytes
  std::string key;  // 32 bytes
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

class Codec {
 public:
  // `claims_key`: 32 bytes, store-wide, never rotated. Reads every message with a muniment.stream
  // option that is linked in.
  explicit Codec(absl::string_view claims_key);
  ~Codec();

  absl::StatusOr<NewEvent> Encode(const EventDraft& draft, KeySource& keys) const;
  absl::StatusOr<Event> Decode(const StoredEvent& stored, KeySource& keys) const;
  // Only the clear parts: meta and clear fields, `complete` false where something is sealed.
  absl::StatusOr<Event> DecodeClear(const StoredEvent& stored) const;
  // The claim changes of a stored event, for verification; needs the sealed part.
  absl::StatusOr<std::vector<ClaimChange>> DecodeClaims(const StoredEvent& stored,
                                                        KeySource& keys) const;

  // A claim's key: HMAC of kind, scope and the folded value, for lookups by value.
  std::string ClaimKey(uint64_t instance, absl::string_view kind, absl::string_view scope,
                       absl::string_view value) const;

  const StreamTypeInfo* FindStreamType(uint32_t number) const;
  // "user.human.added" of a kind on an aggregate; "" for an unknown one.
  std::string TypeName(uint32_t stream_type, Aggregate aggregate, int kind) const;
  // All published names, sorted, and the names of aggregates.
  std::vector<std::string> TypeNames() const;

 private:
  struct Plans;
  std::unique_ptr<const Plans> plans_;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_CODEC_H_
