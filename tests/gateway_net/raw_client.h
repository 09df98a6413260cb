// A client that can misbehave: bytes over a socket, HTTP/2 frames made by hand. Waits at most
// twenty seconds for anything. One thread.
#ifndef MUNIMENT_TESTS_GATEWAY_NET_RAW_CLIENT_H_
#define MUNIMENT_TESTS_GATEWAY_NET_RAW_CLIENT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace muniment::net {

struct Frame {
  uint8_t type = 0, flags = 0;
  uint32_t stream = 0;
  std::string payload;
};

inline constexpr uint8_t kData = 0, kHeaders = 1, kPriority = 2, kReset = 3, kSettings = 4,
                         kPing = 6, kGoaway = 7, kWindow = 8, kContinuation = 9;
inline constexpr uint8_t kEndStream = 1, kAck = 1, kEndHeaders = 4;

class RawClient {
 public:
  explicit RawClient(uint16_t port, int receive_buffer = 0);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  // False once the server has closed the connection.
  bool Send(const std::string& bytes);
  // Everything up to and including `mark`, or what came before the end or the time limit.
  std::string ReadUntil(const std::string& mark);
  std::string ReadToEnd();
  // True when the server closes within the time limit.
  bool Ends();
  void HalfClose();
  void Close();

  // HTTP/2. Greet sends the preface and our SETTINGS.
  void Greet(const std::string& settings = "");
  bool SendFrame(uint8_t type, uint8_t flags, uint32_t stream, const std::string& payload);
  std::optional<Frame> ReadFrame();
  // The next frame of that type (and stream, unless 0), skipping others; nothing at the end.
  std::optional<Frame> Await(uint8_t type, uint32_t stream = 0);

 private:
  bool Fill();
  int fd_ = -1;
  std::string in_;
};

// One of HTTP/2 that has greeted the server.
class Http2Client : public RawClient {
 public:
  explicit Http2Client(uint16_t port) : RawClient(port) { Greet(); }
};

// HPACK without compression: literals, no table.
std::string Block(const std::vector<std::pair<std::string, std::string>>& fields);
std::string RequestBlock(const std::string& method, const std::string& path);
std::string U32(uint32_t value);
uint32_t GoawayCode(const Frame& frame);

}  // namespace muniment::net

#endif  // MUNIMENT_TESTS_GATEWAY_NET_RAW_CLIENT_H_
