// An event's fields as an audit answer shows them: by name, secrets left out at any depth.
#ifndef MUNIMENT_QUERY_ADMIN_EVENT_PAYLOAD_H_
#define MUNIMENT_QUERY_ADMIN_EVENT_PAYLOAD_H_

#include "google/protobuf/message.h"
#include "google/protobuf/struct.pb.h"

namespace muniment::query {

// `event` lists the kinds of a stream with one set; the fields are those of that one. Fields that
// are not set are absent.
google::protobuf::Struct EventPayload(const google::protobuf::Message& event);

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_ADMIN_EVENT_PAYLOAD_H_
