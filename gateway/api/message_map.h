// One message made of another of the same meaning, as the (muniment.twin) options of the first's
// fields say (muniment/binding_options.proto): compiled once, applied to each call.
//
//   MessageMaps maps;
//   ASSIGN_OR_RETURN(const MessageMap* map, maps.ToTwin(own, twin));
//   RETURN_IF_ERROR(map->Apply(own_request, twin_request, &granted));
//
// Fields go by name, enum values by theirs without what all names of the enum begin with, bytes that
// stand for a Struct hold its JSON, an enum of two values is a bool, 1 being true, and a request's 32 bits
// may stand in 64. To a twin: what is absent stays absent; a value without presence
// is always there, so a twin that has presence is set to it, but for one that says it is none when it
// is empty. From a twin: absent stays absent. Of a repeated field on the way there is one element,
// unless a request names another. An enum value of a twin's answer that the own enum has no name for
// is left unspecified, or out of a list, where enum_names.h lists it as one that nobody misses; with
// any other the map does not compile. An own enum whose zero has another name than its twin's says it
// always.
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
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace muniment::gateway {

// The organization that a project is granted to by a grant; empty for one that there is not.
using GrantedOrganization =
    absl::FunctionRef<std::string(const std::string& project_id, const std::string& grant_id)>;

// "user.human": the fields on the way; empty where it leads nowhere.
std::vector<const google::protobuf::FieldDescriptor*> FollowPath(
    absl::string_view names, const google::protobuf::Descriptor& message);
// The message that holds the path's last field, of lists on the way the first; null where one on the
// way is absent.
const google::protobuf::Message* HolderOf(
    const google::protobuf::Message& root,
    const std::vector<const google::protobuf::FieldDescriptor*>& path);

class MessageMap {
 public:
  // `to` keeps what it holds elsewhere. Grants are only looked up to a twin.
  absl::Status Apply(const google::protobuf::Message& from, google::protobuf::Message& to,
                     GrantedOrganization granted) const;
  absl::Status Apply(const google::protobuf::Message& from, google::protobuf::Message& to) const {
    return Apply(from, to, [](const std::string&, const std::string&) { return std::string(); });
  }

  // The twin's fields that own ones stand for; the first field of each path.
  const absl::flat_hash_set<const google::protobuf::FieldDescriptor*>& covered() const {
    return covered_;
  }

 private:
  friend class MessageMaps;
  using Path = std::vector<const google::protobuf::FieldDescriptor*>;
  enum class How {
    kCopy, kMessage, kJson, kEnum, kFlag, kWider, kAlways, kGranted, kContrary, kBehind
  };
  struct Step {
    const google::protobuf::FieldDescriptor* own = nullptr;
    Path twin;  // empty: the twin's message itself
    int element = 0;  // of a repeated field on the way
    How how = How::kCopy;
    const MessageMap* inner = nullptr;
    absl::flat_hash_map<int, int> values;  // of enums, from to
    bool some_values = false;              // others are left out
    bool zero_speaks = false;              // the twin's says something else
    int always = 0;
    bool empty_is_none = false;
    const google::protobuf::FieldDescriptor* project = nullptr;  // of kGranted, beside the own one
  };
  // One field, or an element of it (-1: it is not repeated).
  struct Source {
    const google::protobuf::Message& message;
    const google::protobuf::FieldDescriptor* field;
    int index;
  };

  static absl::Status ToTwin(const Step& step, const google::protobuf::Message& from,
                             google::protobuf::Message& to, GrantedOrganization granted);
  static absl::Status FromTwin(const Step& step, const google::protobuf::Message& from,
                               google::protobuf::Message& to, GrantedOrganization granted);
  static absl::Status Move(const Step& step, const google::protobuf::Message& from,
                           const google::protobuf::FieldDescriptor* source,
                           google::protobuf::Message& to,
                           const google::protobuf::FieldDescriptor* target,
                           GrantedOrganization granted);
  static absl::Status MoveOne(const Step& step, const Source& source,
                              google::protobuf::Message& to,
                              const google::protobuf::FieldDescriptor* target,
                              GrantedOrganization granted);

  bool to_twin_ = false;
  std::vector<Step> steps_;
  absl::flat_hash_set<const google::protobuf::FieldDescriptor*> covered_;
};

// An enum that is made of another: a field of one message, the path to the other in its twin.
struct MappedEnum {
  const google::protobuf::FieldDescriptor* own = nullptr;
  const google::protobuf::Descriptor* twin = nullptr;
  std::vector<const google::protobuf::FieldDescriptor*> path;
  bool to_twin = false;
  int element = 0;  // of a repeated field on the way
  const MessageMap* map = nullptr;  // of the messages that hold them
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
  // Of all maps so far, in no order.
  std::vector<MappedEnum> enums() const;

 private:
  using Key = std::tuple<const google::protobuf::Descriptor*, const google::protobuf::Descriptor*,
                         bool>;

  absl::StatusOr<const MessageMap*> Get(const google::protobuf::Descriptor& own,
                                        const google::protobuf::Descriptor& twin, bool to_twin);
  // False: nothing stands for the field.
  absl::StatusOr<bool> Compile(const google::protobuf::FieldDescriptor& own,
                               const google::protobuf::Descriptor& twin, bool to_twin,
                               MessageMap::Step& step);
  static absl::Status ChooseEnum(const google::protobuf::FieldDescriptor& own, bool to_twin,
                                 MessageMap::Step& step);
  static absl::Status ChooseLookup(const google::protobuf::FieldDescriptor& own,
                                   MessageMap::Step& step);
  absl::Status Choose(const google::protobuf::FieldDescriptor& own,
                      const google::protobuf::Descriptor& twin, bool to_twin,
                      MessageMap::Step& step);

  absl::flat_hash_map<Key, std::unique_ptr<MessageMap>> maps_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_API_MESSAGE_MAP_H_
