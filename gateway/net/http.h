// One request and its answer, whichever HTTP carried them. Everything served on the port (calls,
// pages, metrics) is a Handler:
//
//   class Hello : public net::Handler {
//     void Handle(std::shared_ptr<net::Exchange> exchange) override {
//       exchange->Respond(200, {}, "hello");
//     }
//   };
//
// Threads: Handle runs on the connection's I/O thread and must not block. The body is asked for
// inside Handle (else it is discarded) and arrives on that thread. The answer may be given from any
// thread; calls that answer are ordered by whoever makes them. After the client has gone they do
// nothing. Nothing here throws.
#ifndef MUNIMENT_GATEWAY_NET_HTTP_H_
#define MUNIMENT_GATEWAY_NET_HTTP_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "gateway/net/headers.h"

namespace muniment::net {

struct Request {
  std::string method;     // "GET"
  std::string path;       // "/v2/users/1", as sent, percent-encoded, without the query
  std::string query;      // what stands after "?", as sent
  std::string scheme;     // "http" or "https", a trusted proxy's word before our own
  std::string authority;  // host[:port] as the client named it
  std::string peer;       // the client's IP address, past trusted proxies
  // The peer speaks of another client, as proxies do, and is no trusted one or says it both ways: it
  // may be anybody's.
  bool strange_proxy = false;
  Headers headers;
  int version = 20;  // 10, 11 or 20
};

// One I/O thread.
class Loop {
 public:
  virtual ~Loop() = default;
  virtual bool InThread() const = 0;
  virtual void Post(absl::AnyInvocable<void()> work) = 0;
  // Runs `work` on the thread after `delay`; dropping the handle before then cancels it.
  virtual std::shared_ptr<void> After(absl::Duration delay, absl::AnyInvocable<void()> work) = 0;
};

// Bytes of unfinished bodies, over all connections of a server.
struct Budget {
  std::atomic<int64_t> used{0};
  int64_t limit = 0;
};

// Past this many unsent bytes Ready() is false, and no more of the request's body is read.
inline constexpr size_t kHighWater = 256 << 10;

class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  using Whole = absl::AnyInvocable<void(absl::StatusOr<std::string>)>;
  using Chunk = absl::AnyInvocable<void(absl::string_view bytes, bool end)>;

  explicit Exchange(std::shared_ptr<Loop> loop) : loop_(std::move(loop)) {}
  virtual ~Exchange() { Refund(); }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  const Request& request() const { return request_; }
  Loop& loop() { return *loop_; }

  // The whole body, or RESOURCE_EXHAUSTED "request.too_large" past `max` bytes (at once, inside the
  // call, when the header announces more), UNAVAILABLE "server.busy" when too many bodies are under
  // way, DEADLINE_EXCEEDED "request.stalled" when it does not come (Limits::body_stall,
  // request_time), or INVALID_ARGUMENT "request.malformed" when its framing breaks. Not called when
  // the client goes away first.
  void ReadAll(size_t max, Whole done);
  // The body as it comes; `end` once, with the last bytes or none.
  void ReadChunks(Chunk on_chunk);

  // A whole answer.
  void Respond(int status, Headers headers, std::string body, Headers trailers = {});
  // An answer in parts: Start, any number of Write, then End.
  void Start(int status, Headers headers);
  void Write(absl::string_view bytes);
  void End(Headers trailers = {});
  // Breaks the answer off so that the client notices.
  void Fail();

  // False while more than kHighWater bytes wait for the client; then OnReady calls back once when
  // they are gone (at once where there is nothing to wait for), on the I/O thread.
  bool Ready() const;
  void OnReady(absl::AnyInvocable<void()> ready);

  // The client went away or reset the stream before the answer's end. Callbacks run once, on the
  // I/O thread, or at once when that has happened already.
  bool Gone() const;
  void OnGone(absl::AnyInvocable<void()> gone);

  // On the I/O thread: runs `work` there after `delay` unless the exchange is over before.
  void After(absl::Duration delay, absl::AnyInvocable<void()> work);

  // ---------------------------------------------------------------- the engines' side, I/O thread
  struct Head {
    int status = 0;
    Headers headers;
    bool complete = false;  // nothing will follow what is buffered; `size` bytes are
    bool trailers = false;
    size_t size = 0;
  };
  Request& mutable_request() { return request_; }
  // The head, once, when the handler has given it.
  bool TakeHead(Head& head);
  // Moves up to `max` bytes of the answer to `to`; `end` when no more will come.
  size_t Read(char* to, size_t max, bool& end);
  Headers TakeTrailers();
  bool failed() const;
  size_t Buffered() const;
  bool streaming() const { return on_chunk_ != nullptr; }
  bool wants_body() const { return on_chunk_ != nullptr || whole_ != nullptr; }
  void UseBudget(std::shared_ptr<Budget> budget) { budget_ = std::move(budget); }
  // How long the header says that the body is; 0 where it does not say.
  void Announce(uint64_t bytes) { announced_ = bytes; }
  void BodyArrived(absl::string_view bytes);
  void BodyEnded();
  // It does not come in time; it cannot be read on. False where nobody reads it as a whole.
  bool BodyStalled();
  bool BodyMalformed();
  // Calls the waiting OnReady when the buffer has drained.
  void NotifyReady();
  // The exchange is over; `complete` when the answer went out whole.
  void Close(bool complete);

 protected:
  // On the I/O thread: there is something new to send.
  virtual void Pump() = 0;

 private:
  void Wake();
  bool Spend(size_t bytes);
  void Refund();
  bool EndBody(absl::Status why);

  const std::shared_ptr<Loop> loop_;
  Request request_;

  // Of the I/O thread alone.
  Whole whole_;
  Chunk on_chunk_;
  uint64_t announced_ = 0;
  size_t max_body_ = 0;
  std::string body_;
  std::shared_ptr<Budget> budget_;
  int64_t spent_ = 0;
  std::vector<std::shared_ptr<void>> timers_;

  std::atomic<bool> wake_posted_{false};
  mutable absl::Mutex mu_;
  bool started_ = false, head_taken_ = false, ended_ = false, failed_ = false;
  bool closed_ = false, gone_ = false;
  int status_ = 0;
  Headers head_, trailers_;
  std::string out_;
  size_t out_start_ = 0;
  absl::AnyInvocable<void()> on_ready_;
  std::vector<absl::AnyInvocable<void()>> on_gone_;
};

class Handler {
 public:
  virtual ~Handler() = default;
  virtual void Handle(std::shared_ptr<Exchange> exchange) = 0;
};

}  // namespace muniment::net

#endif  // MUNIMENT_GATEWAY_NET_HTTP_H_
