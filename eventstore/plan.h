// What the options on event messages say, compiled once: which fields are sealed, which claim a
// unique value, which are secret, and how a stream's kinds are called. The codec works from these
// and never looks at an option again.
//
// Threads: plans are immutable after Compile and shared by all.
// Failure: a message whose options contradict each other is a broken invariant of the program and
// ends it at start with the field named.
#ifndef MUNIMENT_EVENTSTORE_PLAN_H_
#define MUNIMENT_EVENTSTORE_PLAN_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "eventstore/codec.h"
#include "google/protobuf/message.h"
#include "muniment/options.pb.h"

namespace muniment::eventstore {

struct MessagePlan;

struct UniquePlan {
  std::string kind;
  const google::protobuf::FieldDescriptor* scope = nullptr;
  const google::protobuf::FieldDescriptor* item = nullptr;
  bool empty_releases = false;
  bool exact = false;
};

// A field that some part of the codec has to look at; others are only parsed and serialized.
struct FieldPlan {
  const google::protobuf::FieldDescriptor* field = nullptr;
  bool sealed = false;  // whole: personal or secret
  bool secret = false;
  std::unique_ptr<UniquePlan> unique;
  const MessagePlan* message = nullptr;  // of a message field
};

struct MessagePlan {
  const google::protobuf::Descriptor* descriptor = nullptr;
  std::vector<FieldPlan> fields;  // by number
  // Here or deeper down:
  bool has_sealed = false;
  bool has_repeated_sealed = false;  // below a repeated field that is not sealed whole
  bool has_unique = false;
  bool has_secret = false;
};

struct KindPlan {
  const google::protobuf::FieldDescriptor* field = nullptr;  // of the oneof
  const MessagePlan* message = nullptr;
  Keep keep = FOREVER;
  uint32_t level = 1;
  bool releases_claims = false;
  bool destroys_keys = false;
  const google::protobuf::FieldDescriptor* subject = nullptr;  // of the kind's message
  std::map<Aggregate, std::string> names;
};

struct StreamPlan {
  StreamTypeInfo info;
  bool id_is_subject = false;
  const google::protobuf::Message* prototype = nullptr;
  const google::protobuf::OneofDescriptor* oneof = nullptr;
  std::map<int, KindPlan> kinds;
};

class PlanSet {
 public:
  // Every message with a muniment.stream option in these linked-in files.
  explicit PlanSet(const std::vector<std::string>& files);

  const StreamPlan* Find(uint32_t number) const;
  const StreamPlan* Find(const google::protobuf::Descriptor* event) const;
  const absl::flat_hash_map<uint32_t, std::unique_ptr<StreamPlan>>& streams() const {
    return streams_;
  }

 private:
  void AddStream(const google::protobuf::Descriptor* descriptor);
  KindPlan CompileKind(const StreamPlan& stream, const google::protobuf::FieldDescriptor* field);
  MessagePlan* CompileMessage(const google::protobuf::Descriptor* descriptor);
  FieldPlan CompileField(const google::protobuf::FieldDescriptor* field);
  // Carries what stands deeper down upwards until nothing changes: messages may contain themselves.
  void Propagate();

  absl::flat_hash_map<uint32_t, std::unique_ptr<StreamPlan>> streams_;
  absl::flat_hash_map<const google::protobuf::Descriptor*, const StreamPlan*> by_descriptor_;
  absl::flat_hash_map<const google::protobuf::Descriptor*, std::unique_ptr<MessagePlan>> messages_;
};

// The proto files of muniment/event/v1.
std::vector<std::string> EventFiles();

// Moves sealed fields from `clear` to the empty message `sealed` of the same type; true if any
// was set.
bool Split(const MessagePlan& plan, google::protobuf::Message& clear,
           google::protobuf::Message& sealed);
// The inverse; DATA_LOSS "store.damaged" when repeated parts do not belong together.
absl::Status Merge(const MessagePlan& plan, google::protobuf::Message& sealed,
                   google::protobuf::Message& clear);

// Every unique value of a whole message in the order of its fields.
struct UniqueValue {
  const UniquePlan* plan = nullptr;
  bool sealed = false;  // in a sealed field
  std::string scope;
  std::string item;
  std::string value;
};
void VisitUnique(const MessagePlan& plan, const google::protobuf::Message& message, bool sealed,
                 absl::FunctionRef<void(UniqueValue)> visit);

// True if the message or one in it has a field that this build does not know.
bool HasUnknownFields(const MessagePlan& plan, const google::protobuf::Message& message);

void ClearSecrets(const MessagePlan& plan, google::protobuf::Message& message);

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_PLAN_H_
