// What a client may ask of a connection before it is refused. Every limit has a test that crosses
// it (tests/gateway_net).
#ifndef MUNIMENT_GATEWAY_NET_LIMITS_H_
#define MUNIMENT_GATEWAY_NET_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace muniment::net {

struct Limits {
  size_t header_bytes = 64 << 10;    // names and values of one request; beyond it 431
  size_t header_count = 200;         // beyond it 431
  uint32_t concurrent_streams = 250; // HTTP/2, a connection
  size_t connections = 20000;        // further ones are closed at once; of all that share Seats
  uint32_t stream_window = 1 << 20;  // HTTP/2 flow control, bytes
  uint32_t connection_window = 4 << 20;

  size_t buffered_bodies = 256 << 20;  // unfinished bodies of all connections; beyond it refused

  // Abuse of HTTP/2: what a connection may do at once, and steadily each second. Past it the
  // connection ends with ENHANCE_YOUR_CALM.
  uint32_t reset_burst = 300, reset_rate = 50;     // streams the client resets, or makes us
  uint32_t control_burst = 200, control_rate = 20; // PING, SETTINGS, PRIORITY, empty DATA
  size_t continuations = 8;                        // CONTINUATION frames of one header block

  absl::Duration header_time = absl::Seconds(10);   // TLS handshake, then first byte to last header
  absl::Duration request_time = absl::Seconds(60);  // first byte to last byte of a request
  absl::Duration body_stall = absl::Seconds(10);    // no byte of a body that is read as a whole
  absl::Duration idle_time = absl::Minutes(10);     // a connection without requests, or a request
                                                    // that is read by and by and says nothing
  absl::Duration stall_time = absl::Seconds(60);    // a client that does not take its answer
};

}  // namespace muniment::net

#endif  // MUNIMENT_GATEWAY_NET_LIMITS_H_
