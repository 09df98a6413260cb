#include "tests/gateway/dns_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace muniment::gateway {
namespace {

constexpr size_t kHeaderBytes = 12;
constexpr size_t kUdpRoom = 1232, kTcpRoom = 65535;
constexpr int kGlance = 20;  // milliseconds
constexpr int kCname = 5, kTxt = 16;

std::string Two(size_t number) {
  return {static_cast<char>(number >> 8 & 0xff), static_cast<char>(number & 0xff)};
}

std::string Encoded(const std::string& name) {
  std::string bytes;
  for (const absl::string_view label : absl::StrSplit(name, '.')) {
    absl::StrAppend(&bytes, std::string(1, static_cast<char>(label.size())), label);
  }
  return bytes + std::string(1, '\0');
}

std::string Record(const std::string& name, int type, const std::string& data) {
  return absl::StrCat(Encoded(name), Two(static_cast<size_t>(type)), Two(1), std::string(4, '\0'),
                      Two(data.size()), data);
}

// The name that is asked for, and how many bytes the question takes; empty for what is none.
std::string Asked(const std::string& message, size_t* bytes) {
  std::string name;
  size_t at = kHeaderBytes;
  while (at < message.size() && message[at] != 0) {
    const auto length = static_cast<size_t>(static_cast<unsigned char>(message[at]));
    if (at + 1 + length >= message.size()) return "";
    absl::StrAppend(&name, name.empty() ? "" : ".", message.substr(at + 1, length));
    at += 1 + length;
  }
  *bytes = at + 5 - kHeaderBytes;
  return at + 5 > message.size() ? "" : absl::AsciiStrToLower(name);
}

bool Wait(int fd) {
  pollfd waiting{fd, POLLIN, 0};
  return poll(&waiting, 1, kGlance) > 0;
}

}  // namespace

DnsServer::DnsServer() {
  for (int tries = 0; tries < 100 && tcp_ < 0; ++tries) Listen();
  if (tcp_ < 0) throw std::runtime_error("no port for a name server");
  thread_ = std::thread([this] { Serve(); });
}

DnsServer::~DnsServer() {
  ending_ = true;
  thread_.join();
  close(udp_);
  close(tcp_);
}

// The port that is free for the one may be taken for the other.
void DnsServer::Listen() {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  udp_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int stream = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(udp_, any, size) == 0 && getsockname(udp_, any, &size) == 0 &&
      bind(stream, any, size) == 0 && listen(stream, 16) == 0) {
    tcp_ = stream;
    port_ = ntohs(address.sin_port);
    return;
  }
  close(udp_);
  close(stream);
}

std::string DnsServer::address() const { return absl::StrCat("127.0.0.1:", port_); }

void DnsServer::Txt(const std::string& name, const std::vector<std::string>& strings) {
  std::string data;
  for (const std::string& text : strings) {
    absl::StrAppend(&data, std::string(1, static_cast<char>(text.size())), text);
  }
  absl::MutexLock lock(&mutex_);
  zone_[name].texts.push_back(std::move(data));
}

void DnsServer::Alias(const std::string& name, const std::string& target) {
  absl::MutexLock lock(&mutex_);
  zone_[name].alias = target;
}

void DnsServer::Forget(const std::string& name) {
  absl::MutexLock lock(&mutex_);
  zone_.erase(name);
}

void DnsServer::Serve() {
  while (!ending_) {
    pollfd waiting[] = {{udp_, POLLIN, 0}, {tcp_, POLLIN, 0}};
    if (poll(waiting, 2, kGlance) <= 0) continue;
    if (waiting[0].revents != 0) AnswerDatagram();
    if (waiting[1].revents != 0) AnswerConnection();
  }
}

void DnsServer::AnswerDatagram() {
  char buffer[2048];
  sockaddr_storage from = {};
  socklen_t size = sizeof(from);
  auto* const whom = reinterpret_cast<sockaddr*>(&from);
  const ssize_t got = recvfrom(udp_, buffer, sizeof(buffer), 0, whom, &size);
  if (got < static_cast<ssize_t>(kHeaderBytes)) return;
  ++udp_questions_;
  if (silent) return;
  const std::string answer = AnswerTo(std::string(buffer, static_cast<size_t>(got)), kUdpRoom);
  (void)sendto(udp_, answer.data(), answer.size(), 0, whom, size);
}

// Until the client has gone.
void DnsServer::AnswerConnection() {
  const int fd = accept4(tcp_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) return;
  std::string in;
  while (!ending_) {
    if (!Wait(fd)) continue;
    char buffer[2048];
    const ssize_t got = recv(fd, buffer, sizeof(buffer), 0);
    if (got <= 0) break;
    in.append(buffer, static_cast<size_t>(got));
    if (in.size() < 2) continue;
    const size_t length = static_cast<size_t>(static_cast<unsigned char>(in[0])) << 8 |
                          static_cast<size_t>(static_cast<unsigned char>(in[1]));
    if (in.size() < 2 + length || length < kHeaderBytes) continue;
    ++tcp_questions_;
    if (!silent) {
      const std::string answer = AnswerTo(in.substr(2, length), kTcpRoom);
      const std::string framed = Two(answer.size()) + answer;
      (void)send(fd, framed.data(), framed.size(), MSG_NOSIGNAL);
    }
    in.erase(0, 2 + length);
  }
  close(fd);
}

std::string DnsServer::AnswerTo(const std::string& question, size_t room) const {
  size_t bytes = 0;
  const std::string name = Asked(question, &bytes);
  int count = 0;
  const std::string records = RecordsOf(name, &count);
  bool known = false;
  {
    absl::MutexLock lock(&mutex_);
    known = zone_.contains(name);
  }
  const auto message = [&](size_t flags, size_t answers, const std::string& rest) {
    return absl::StrCat(question.substr(0, 2), Two(flags), Two(1), Two(answers), Two(0), Two(0),
                        question.substr(kHeaderBytes, bytes), rest);
  };
  std::string answer = message(known ? 0x8580 : 0x8583, static_cast<size_t>(count), records);
  if (answer.size() > room) answer = message(0x8780, 0, "");
  return spoil == nullptr ? answer : spoil(std::move(answer));
}

std::string DnsServer::RecordsOf(std::string name, int* count) const {
  absl::MutexLock lock(&mutex_);
  std::string records;
  // A circle goes round a few times, as some servers let it.
  for (int step = 0; step < 20; ++step) {
    const auto found = zone_.find(name);
    if (found == zone_.end()) break;
    for (const std::string& text : found->second.texts) {
      absl::StrAppend(&records, Record(name, kTxt, text));
      ++*count;
    }
    const std::string& alias = found->second.alias;
    if (alias.empty()) break;
    absl::StrAppend(&records, Record(name, kCname, Encoded(alias)));
    ++*count;
    if (one_at_a_time) break;
    name = alias;
  }
  return records;
}

}  // namespace muniment::gateway
