// What events bring that is found by value (command/lookup.h), for whoever decides on events that no
// read model has yet: a unit on what it raised itself, a rehearsal on what it would have stored.
#ifndef MUNIMENT_COMMAND_FOUND_HERE_H_
#define MUNIMENT_COMMAND_FOUND_HERE_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "eventstore/store.h"
#include "google/protobuf/message.h"

namespace muniment::command {

struct FoundHere {
  std::string name;
  std::string id;
};

// Of an event raised on that stream, if it brings any.
std::optional<FoundHere> FoundBy(const eventstore::StreamKey& stream,
                                 const google::protobuf::Message& event);

// The names: of the organization that has a domain, and of the grant of a project to one.
std::string DomainFound(absl::string_view domain);
std::string GrantFound(absl::string_view project_id, absl::string_view organization_id);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_FOUND_HERE_H_
