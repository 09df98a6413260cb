// A connection's protocol without its socket: bytes in, bytes out. The connection (connection.h)
// reads, writes and keeps time. Everything here runs on the connection's I/O thread.
#ifndef MUNIMENT_GATEWAY_NET_ENGINE_H_
#define MUNIMENT_GATEWAY_NET_ENGINE_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gateway/net/http.h"
#include "gateway/net/limits.h"

namespace muniment::net {

// What an engine knows and asks of its connection.
class Host {
 public:
  virtual ~Host() = default;
  virtual const std::shared_ptr<Loop>& loop() const = 0;
  virtual const Limits& limits() const = 0;
  virtual Handler& handler() const = 0;
  virtual const std::shared_ptr<Budget>& budget() const = 0;
  // Fills in what the connection knows of the client: its address and scheme, past trusted proxies.
  virtual void Introduce(Request& request) const = 0;
  // There is output outside of Receive and Tick.
  virtual void Flush() = 0;
};

class Engine {
 public:
  virtual ~Engine() = default;
  // False when the connection cannot go on; what Fill still gives is sent before it ends.
  virtual bool Receive(absl::string_view bytes) = 0;
  // Appends output, stopping near `max` bytes.
  virtual void Fill(std::string& out, size_t max) = 0;
  // After output was taken: tells those who wait for room.
  virtual void Drained() = 0;
  // False while the engine cannot take more input.
  virtual bool WantsInput() const = 0;
  // Nothing more will be sent or is expected.
  virtual bool Finished() const = 0;
  virtual void Drain() = 0;
  // Applies the time limits; the next moment to look again. InfinitePast ends the connection.
  virtual absl::Time Tick(absl::Time now) = 0;
  // The socket is gone.
  virtual void Lost() = 0;
};

std::unique_ptr<Engine> NewHttp1(Host& host);
std::unique_ptr<Engine> NewHttp2(Host& host);

// A bucket of tokens: `burst` at once, `rate` each second after.
class Bucket {
 public:
  Bucket(uint32_t burst, uint32_t rate) : burst_(burst), rate_(rate), tokens_(burst) {}
  bool Take(absl::Time now) {
    if (last_ != absl::InfinitePast()) tokens_ += absl::ToDoubleSeconds(now - last_) * rate_;
    if (tokens_ > burst_) tokens_ = burst_;
    last_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }
  void Refill() { tokens_ = burst_; }

 private:
  double burst_, rate_, tokens_;
  absl::Time last_ = absl::InfinitePast();
};

}  // namespace muniment::net

#endif  // MUNIMENT_GATEWAY_NET_ENGINE_H_
