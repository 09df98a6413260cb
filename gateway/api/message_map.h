// One message made of another of the same meaning, as the (muniment.twin) options of the first's
// fields say (muniment/binding_options.proto): compiled once, applied to each call.
//
//   MessageMaps maps;
//   ASSIGN_OR_RETURN(const MessageMap* map, maps.ToTwin(own, twin));
//   RETURN_IF_ERROR(map->Apply(own_request, twin_request));
//
// Fields go by name, enum values by theirs without what all names of the enum begin with, bytes that
// stand for a Struct hold its JSON. To a twin: what is absent stays absent; a value without presence
// is always there, so a twin that has presence is set to it. From a twin: absent stays absent.
//
// A request's fields may hold no more than their twins': that is held when the map is compiled, so a
// refusal names the field that the client sent.
//
// Maps live as long as their MessageMaps. Compiling is one thread's business, Apply any's.
// Errors of compiling: INTERNAL "api.binding". Of Apply: INVALID_ARGUMENT "request.<field>.undefined"
// for an enum value that the twin does not have, "request.<field>.malformed" for bytes that are no
// JSON object.
#ifndef MUNIMENT_GATEWAY_API_MESSAGE_MAP_H_
#define MUNIMENT_GATEWAY_API_MESSAGE_MAP_H_

#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

namespace muniment::gateway {

class MessageMap {
 public:
  // `to` keeps what it holds elsewhere.
  absl::Status Apply(const google::protobuf::Message& from, google::protobuf::Message& to) const;

  // The twin's fields that own ones stand for; the first field of each path.
  const absl::flat_hash_set<const google::protobuf::FieldDescriptor*>& covered() const {
    return covered_;
  }

 private:
  friend class MessageMaps;
  using Path = std::vector<const google::protobuf::FieldDescriptor*>;
  enum class How { kCopy, kMessage, kJson, kEnum, kAlways };
  struct Step {
    const google::protobuf::FieldDescriptor* own = nullptr;
    Path twin;  // empty: the twin's message itself
    How how = How::kCopy;
    const MessageMap* inner = nullptr;
    absl::flat_hash_map<int, int> values;  // of enums, from to
    int always = 0;
  };

  absl::Status ToTwin(const Step& step, const google::protobuf::Message& from,
                      google::protobuf::Message& to) const;
  absl::Status FromTwin(const Step& step, const google::protobuf::Message& from,
                        google::protobuf::Message& to) const;
  static absl::Status Move(const Step& step, const google::protobuf::Message& from,
                           const google::protobuf::FieldDescriptor* source,
                           google::protobuf::Message& to,
                           const google::protobuf::FieldDescriptor* target);
  static absl::Status MoveOne(const Step& step, const google::protobuf::Message& from,
                              const google::protobuf::FieldDescriptor* source, int index,
                              google::protobuf::Message& to,
                              const google::protobuf::FieldDescriptor* target);

  bool to_twin_ = false;
  std::vector<Step> steps_;
  absl::flat_hash_set<const google::protobuf::FieldDescriptor*> covered_;
};

class MessageMaps {
 public:
  absl::StatusOr<const MessageMap*> ToTwin(const google::protobuf::Descriptor& own,
                                           const google::protobuf::Descriptor& twin) {
    return Get(own, twin, true);
  }
  absl::StatusOr<const MessageMap*> FromTwin(const google::protobuf::Descriptor& own,
                                             const google::protobuf::Descriptor& twin) {
    return Get(own, twin, false);
  }

 private:
  using Key = std::tuple<const google::protobuf::Descriptor*, const google::protobuf::Descriptor*,
                         bool>;

  absl::StatusOr<const MessageMap*> Get(const google::protobuf::Descriptor& own,
                                        const google::protobuf::Descriptor& twin, bool to_twin);
  // False: nothing stands for the field.
  absl::StatusOr<bool> Compile(const google::protobuf::FieldDescriptor& own,
                               const google::protobuf::Descriptor& twin, bool to_twin,
                               MessageMap::Step& step);
  absl::Status Choose(const google::protobuf::FieldDescriptor& own,
                      const google::protobuf::Descriptor& twin, bool to_twin,
                      MessageMap::Step& step);

  absl::flat_hash_map<Key, std::unique_ptr<MessageMap>> maps_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_API_MESSAGE_MAP_H_
