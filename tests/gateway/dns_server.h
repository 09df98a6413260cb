// A name server on loopback, over UDP and TCP, that knows what a test tells it and behaves as badly
// as a test wants.
//
//   DnsServer server;
//   server.Txt("_zitadel-challenge.acme.test", {"token"});
//   LookUpTxt("_zitadel-challenge.acme.test", {.servers = {server.address()}}, ...);
//
// Thread-safe. It throws where no port can be had.
#ifndef MUNIMENT_TESTS_GATEWAY_DNS_SERVER_H_
#define MUNIMENT_TESTS_GATEWAY_DNS_SERVER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace muniment::gateway {

class DnsServer {
 public:
  DnsServer();
  ~DnsServer();

  // "127.0.0.1:5353"
  std::string address() const;

  // One record more, made of these strings.
  void Txt(const std::string& name, const std::vector<std::string>& strings);
  void Alias(const std::string& name, const std::string& target);
  void Forget(const std::string& name);

  // Answers hold one alias and nothing of where it leads; else all of the chain, as resolvers do.
  std::atomic<bool> one_at_a_time = false;
  // Hears, and says nothing.
  std::atomic<bool> silent = false;
  // What becomes of an answer before it goes out; set before anything is asked.
  std::function<std::string(std::string answer)> spoil;

  int udp() const { return udp_questions_; }
  int tcp() const { return tcp_questions_; }

 private:
  struct Records {
    std::vector<std::string> texts;  // data as in the message
    std::string alias;
  };

  void Listen();
  void Serve();
  void AnswerDatagram();
  void AnswerConnection();
  std::string AnswerTo(const std::string& question, size_t room) const;
  std::string RecordsOf(std::string name, int* count) const;

  int udp_ = -1, tcp_ = -1;
  uint16_t port_ = 0;
  std::atomic<int> udp_questions_ = 0, tcp_questions_ = 0;
  std::atomic<bool> ending_ = false;
  mutable absl::Mutex mutex_;
  std::map<std::string, Records> zone_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_TESTS_GATEWAY_DNS_SERVER_H_
