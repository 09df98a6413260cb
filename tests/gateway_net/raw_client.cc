#include "tests/gateway_net/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace muniment::net {
namespace {

constexpr int kPatienceMs = 20000;

std::string Text(const std::string& text) {
  std::string out;
  size_t size = text.size();
  if (size < 127) {
    out += static_cast<char>(size);
  } else {
    out += static_cast<char>(127);
    size -= 127;
    while (size >= 128) {
      out += static_cast<char>(size % 128 + 128);
      size /= 128;
    }
    out += static_cast<char>(size);
  }
  return out + text;
}

}  // namespace

RawClient::RawClient(uint16_t port, int receive_buffer) {
  // The kernel takes a descriptor for an accept before it looks whether anybody waits, so a process
  // with one left has none now and then.
  for (int i = 0; fd_ < 0 && i < 1000; ++i) {
    if (i > 0) usleep(100);
    fd_ = socket(AF_INET, SOCK_STREAM, 0);
  }
  if (receive_buffer > 0) {
    setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) Close();
}

RawClient::~RawClient() { Close(); }

void RawClient::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

void RawClient::HalfClose() { shutdown(fd_, SHUT_WR); }

bool RawClient::Send(const std::string& bytes) {
  size_t sent = 0;
  while (fd_ >= 0 && sent < bytes.size()) {
    pollfd poll_fd{fd_, POLLOUT, 0};
    if (poll(&poll_fd, 1, kPatienceMs) <= 0) return false;
    const ssize_t n = send(fd_, bytes.data() + sent, bytes.size() - sent,
                           MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n <= 0) return false;
    sent += static_cast<size_t>(n);
  }
  return fd_ >= 0;
}

bool RawClient::Fill() {
  if (fd_ < 0) return false;
  pollfd poll_fd{fd_, POLLIN, 0};
  if (poll(&poll_fd, 1, kPatienceMs) <= 0) return false;
  char buffer[65536];
  const ssize_t n = recv(fd_, buffer, sizeof(buffer), 0);
  if (n <= 0) return false;
  in_.append(buffer, static_cast<size_t>(n));
  return true;
}

std::string RawClient::ReadUntil(const std::string& mark) {
  size_t at;
  while ((at = in_.find(mark)) == std::string::npos) {
    if (!Fill()) return std::exchange(in_, {});
  }
  std::string out = in_.substr(0, at + mark.size());
  in_.erase(0, at + mark.size());
  return out;
}

std::string RawClient::ReadToEnd() {
  while (Fill()) {
  }
  return std::exchange(in_, {});
}

bool RawClient::Ends() {
  while (fd_ >= 0) {
    pollfd poll_fd{fd_, POLLIN, 0};
    if (poll(&poll_fd, 1, kPatienceMs) <= 0) return false;
    char buffer[65536];
    if (recv(fd_, buffer, sizeof(buffer), 0) <= 0) return true;
  }
  return false;
}

void RawClient::Greet(const std::string& settings) {
  Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  SendFrame(kSettings, 0, 0, settings);
}

bool RawClient::SendFrame(uint8_t type, uint8_t flags, uint32_t stream,
                          const std::string& payload) {
  std::string head;
  head += static_cast<char>(payload.size() >> 16);
  head += static_cast<char>(payload.size() >> 8);
  head += static_cast<char>(payload.size());
  head += static_cast<char>(type);
  head += static_cast<char>(flags);
  return Send(head + U32(stream) + payload);
}

std::optional<Frame> RawClient::ReadFrame() {
  auto byte = [this](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(in_[i])); };
  while (in_.size() < 9) {
    if (!Fill()) return std::nullopt;
  }
  const size_t size = byte(0) << 16 | byte(1) << 8 | byte(2);
  while (in_.size() < 9 + size) {
    if (!Fill()) return std::nullopt;
  }
  Frame frame;
  frame.type = static_cast<uint8_t>(byte(3));
  frame.flags = static_cast<uint8_t>(byte(4));
  frame.stream = byte(5) << 24 | byte(6) << 16 | byte(7) << 8 | byte(8);
  frame.payload = in_.substr(9, size);
  in_.erase(0, 9 + size);
  return frame;
}

std::optional<Frame> RawClient::Await(uint8_t type, uint32_t stream) {
  while (auto frame = ReadFrame()) {
    if (frame->type == type && (stream == 0 || frame->stream == stream)) return frame;
  }
  return std::nullopt;
}

std::string Block(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string out;
  for (const auto& [name, value] : fields) out += '\0' + Text(name) + Text(value);
  return out;
}

std::string RequestBlock(const std::string& method, const std::string& path) {
  return Block({{":method", method}, {":scheme", "http"}, {":path", path},
                {":authority", "test.example"}});
}

std::string U32(uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
  return out;
}

uint32_t GoawayCode(const Frame& frame) {
  uint32_t code = 0;
  for (size_t i = 4; i < 8; ++i) code = code << 8 | static_cast<uint8_t>(frame.payload[i]);
  return code;
}

}  // namespace muniment::net
