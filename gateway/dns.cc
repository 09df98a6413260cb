#include "gateway/dns.h"

#include <ares.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <set>
#include <type_traits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "base/check.h"
#include "base/error.h"
#include "base/host_name.h"
#include "gateway/net/networks.h"

namespace muniment::gateway {
namespace {

constexpr int kInternet = 1, kCname = 5, kTxt = 16;
constexpr size_t kHeaderBytes = 12, kQuestionTail = 4, kRecordHead = 10;
constexpr int kUdpBytes = 1232;
// How soon somebody who says no is heard.
constexpr absl::Duration kGlance = absl::Milliseconds(200);

absl::Status Malformed() {
  return Error(absl::StatusCode::kUnavailable, "dns.malformed", "The answer is no DNS message.");
}

absl::Status NoRecord(absl::string_view name) {
  return Error(absl::StatusCode::kNotFound, "dns.no_record",
               absl::StrCat(name, " has no TXT record."));
}

// ---------------------------------------------------------------------- answers

// What one answer holds, by names in lower case.
struct Records {
  std::multimap<std::string, std::string> texts;
  std::map<std::string, std::string> aliases;
};

class Reader {
 public:
  explicit Reader(const std::string& message) : message_(message) {}

  absl::StatusOr<Records> Read() {
    if (message_.size() < kHeaderBytes) return Malformed();
    const int questions = Number(4), answers = Number(6);
    at_ = kHeaderBytes;
    for (int i = 0; i < questions; ++i) {
      RETURN_IF_ERROR(Name().status());
      at_ += kQuestionTail;
    }
    Records records;
    for (int i = 0; i < answers; ++i) RETURN_IF_ERROR(ReadRecord(records));
    return records;
  }

 private:
  int Number(size_t at) const {
    return static_cast<unsigned char>(message_[at]) << 8 |
           static_cast<unsigned char>(message_[at + 1]);
  }

  // c-ares bounds what compression unfolds to, and where it may point.
  absl::StatusOr<std::string> NameAt(size_t at, size_t* bytes) const {
    if (at >= message_.size()) return Malformed();
    const auto* const start = reinterpret_cast<const unsigned char*>(message_.data());
    char* text = nullptr;
    long length = 0;
    if (ares_expand_name(start + at, start, static_cast<int>(message_.size()), &text, &length) !=
        ARES_SUCCESS) {
      return Malformed();
    }
    std::string name = absl::AsciiStrToLower(text);
    ares_free_string(text);
    *bytes = static_cast<size_t>(length);
    return name;
  }

  absl::StatusOr<std::string> Name() {
    size_t bytes = 0;
    ASSIGN_OR_RETURN(std::string name, NameAt(at_, &bytes));
    at_ += bytes;
    return name;
  }

  absl::Status ReadRecord(Records& records) {
    ASSIGN_OR_RETURN(const std::string name, Name());
    if (at_ + kRecordHead > message_.size()) return Malformed();
    const int type = Number(at_), its_class = Number(at_ + 2);
    const size_t size = static_cast<size_t>(Number(at_ + 8));
    at_ += kRecordHead;
    if (at_ + size > message_.size()) return Malformed();
    const size_t begin = std::exchange(at_, at_ + size);
    if (its_class != kInternet) return absl::OkStatus();
    if (type == kCname) {
      size_t bytes = 0;
      ASSIGN_OR_RETURN(std::string alias, NameAt(begin, &bytes));
      records.aliases.emplace(name, std::move(alias));
    } else if (type == kTxt) {
      ASSIGN_OR_RETURN(std::string text, Text(begin, begin + size));
      records.texts.emplace(name, std::move(text));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Text(size_t at, size_t end) const {
    std::string text;
    while (at < end) {
      const size_t length = static_cast<unsigned char>(message_[at]);
      if (at + 1 + length > end) return Malformed();
      text.append(message_, at + 1, length);
      at += 1 + length;
    }
    return text;
  }

  const std::string& message_;
  size_t at_ = 0;
};

// ---------------------------------------------------------------------- asking

struct Reply {
  bool done = false;
  int status = ARES_SUCCESS;
  std::string message;
};

void Take(void* reply, int status, int, unsigned char* bytes, int size) {
  auto& taken = *static_cast<Reply*>(reply);
  taken.done = true;
  taken.status = status;
  if (bytes != nullptr && size > 0) {
    taken.message.assign(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
  }
}

struct Destroy {
  void operator()(ares_channel channel) const { ares_destroy(channel); }
};
using Channel = std::unique_ptr<std::remove_pointer_t<ares_channel>, Destroy>;

absl::StatusOr<Channel> OpenChannel(const DnsOptions& options) {
  static const int started = ares_library_init(ARES_LIB_INIT_ALL);
  MUNIMENT_CHECK(started == ARES_SUCCESS);
  ares_options wanted = {};
  wanted.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS;
  wanted.ednspsz = kUdpBytes;
  wanted.timeout = static_cast<int>(absl::ToInt64Milliseconds(options.patience));
  wanted.tries = options.rounds;
  ares_channel made = nullptr;
  const int opened =
      ares_init_options(&made, &wanted, ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS |
                                            ARES_OPT_TRIES);
  if (opened != ARES_SUCCESS) {
    return Error(absl::StatusCode::kUnavailable, "dns.unreachable", ares_strerror(opened));
  }
  Channel channel(made);
  if (options.servers.empty()) return channel;
  const std::string servers = absl::StrJoin(options.servers, ",");
  MUNIMENT_CHECK(ares_set_servers_ports_csv(channel.get(), servers.c_str()) == ARES_SUCCESS);
  return channel;
}

// Lets c-ares do what can be done now, or waits for it a little.
void Work(ares_channel channel, absl::Duration most) {
  std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets;
  const int mask = ares_getsock(channel, sockets.data(), ARES_GETSOCK_MAXNUM);
  std::array<pollfd, ARES_GETSOCK_MAXNUM> waiting = {};
  nfds_t count = 0;
  for (int i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
    const int events = (ARES_GETSOCK_READABLE(mask, i) ? POLLIN : 0) |
                       (ARES_GETSOCK_WRITABLE(mask, i) ? POLLOUT : 0);
    if (events != 0) waiting[count++] = {sockets[i], static_cast<short>(events), 0};
  }
  timeval longest = absl::ToTimeval(std::max(most, absl::Milliseconds(1)));
  timeval wait = {};
  const timeval* const due = ares_timeout(channel, &longest, &wait);
  const int milliseconds =
      static_cast<int>(absl::ToInt64Milliseconds(absl::DurationFromTimeval(*due))) + 1;
  if (poll(waiting.data(), count, milliseconds) <= 0) {
    return ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  }
  for (nfds_t i = 0; i < count; ++i) {
    const bool read = (waiting[i].revents & (POLLIN | POLLERR | POLLHUP)) != 0;
    const bool write = (waiting[i].revents & POLLOUT) != 0;
    ares_process_fd(channel, read ? waiting[i].fd : ARES_SOCKET_BAD,
                    write ? waiting[i].fd : ARES_SOCKET_BAD);
  }
}

absl::Status Outcome(const Reply& reply, absl::string_view name) {
  switch (reply.status) {
    case ARES_SUCCESS:
      break;
    case ARES_ENODATA:
    case ARES_ENOTFOUND:
      return NoRecord(name);
    case ARES_ETIMEOUT:
      return Error(absl::StatusCode::kDeadlineExceeded, "dns.timeout",
                   "No name server answers in time.");
    case ARES_EBADRESP:
    case ARES_EBADNAME:
      return Malformed();
    default:
      return Error(absl::StatusCode::kUnavailable, "dns.unreachable",
                   ares_strerror(reply.status));
  }
  if (reply.message.size() > kMaxDnsAnswer) {
    return Error(absl::StatusCode::kResourceExhausted, "dns.answer_too_large",
                 absl::StrCat("The records of ", name, " are too large."));
  }
  return absl::OkStatus();
}

absl::StatusOr<Records> Ask(const std::string& name, const DnsOptions& options,
                            absl::Time deadline, const std::function<bool()>& go_on) {
  Reply reply;  // goes after the channel, which writes into it
  ASSIGN_OR_RETURN(const Channel channel, OpenChannel(options));
  ares_query(channel.get(), name.c_str(), kInternet, kTxt, &Take, &reply);
  while (!reply.done) {
    if (!go_on()) return Error(absl::StatusCode::kCancelled, "dns.stopped", "It was broken off.");
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) {
      return Error(absl::StatusCode::kDeadlineExceeded, "dns.timeout",
                   "No name server answers in time.");
    }
    Work(channel.get(), std::min(left, kGlance));
  }
  RETURN_IF_ERROR(Outcome(reply, name));
  return Reader(reply.message).Read();
}

}  // namespace

std::optional<std::string> ParseNameServer(absl::string_view text) {
  if (net::IsAddress(text)) {
    const bool v6 = absl::StrContains(text, ':');
    return v6 ? absl::StrCat("[", text, "]:53") : absl::StrCat(text, ":53");
  }
  const std::optional<absl::string_view> host = HostOfAuthority(text);
  if (!host.has_value() || !net::IsAddress(*host)) return std::nullopt;
  const bool brackets = text.front() == '[';
  const absl::string_view behind = text.substr(host->size() + (brackets ? 2 : 0));
  if (behind.empty()) return absl::StrCat(text, ":53");
  uint32_t port = 0;
  if (!absl::SimpleAtoi(behind.substr(1), &port) || port == 0) return std::nullopt;
  return absl::StrCat(text.substr(0, text.size() - behind.size()), ":", port);
}

absl::StatusOr<std::vector<std::string>> LookUpTxt(const std::string& name,
                                                   const DnsOptions& options, absl::Time deadline,
                                                   const std::function<bool()>& go_on) {
  std::string now = absl::AsciiStrToLower(name);
  std::set<std::string> seen = {now};
  while (true) {
    const std::string asked = now;
    ASSIGN_OR_RETURN(const Records records, Ask(asked, options, deadline, go_on));
    for (auto alias = records.aliases.find(now);; alias = records.aliases.find(now)) {
      const auto [first, last] = records.texts.equal_range(now);
      std::vector<std::string> texts;
      for (auto text = first; text != last; ++text) texts.push_back(text->second);
      if (!texts.empty()) return texts;
      if (alias == records.aliases.end()) break;
      now = alias->second;
      if (!seen.insert(now).second) {
        return Error(absl::StatusCode::kFailedPrecondition, "dns.alias_loop",
                     absl::StrCat(name, " is an alias that leads to itself."));
      }
      if (seen.size() > kMaxDnsAliases + 1) {
        return Error(absl::StatusCode::kResourceExhausted, "dns.too_many_aliases",
                     absl::StrCat(name, " is an alias of too many aliases."));
      }
    }
    if (now == asked) return NoRecord(name);
  }
}

}  // namespace muniment::gateway
