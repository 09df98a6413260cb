// Times of messages as Abseil's, and back.
#ifndef MUNIMENT_BASE_TIMESTAMP_H_
#define MUNIMENT_BASE_TIMESTAMP_H_

#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace muniment {

inline absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

inline google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  const int64_t micros = absl::ToUnixMicros(time);
  google::protobuf::Timestamp stamp;
  // Rounded down on both sides of 1970.
  stamp.set_seconds(absl::ToUnixSeconds(absl::FromUnixMicros(micros)));
  stamp.set_nanos(static_cast<int32_t>((micros - stamp.seconds() * 1'000'000) * 1000));
  return stamp;
}

inline absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

}  // namespace muniment

#endif  // MUNIMENT_BASE_TIMESTAMP_H_
