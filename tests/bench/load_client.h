// A client that keeps many gRPC calls, or posted forms, under way over cleartext HTTP/2 (RFC 9113,
// prior knowledge), cheap enough to share a small machine with the server it loads.
//
//   LoadClient client(port, token, /*connections=*/4, /*streams=*/16);
//   const Load load = client.Run("/zitadel.user.v2.UserService/GetUserByID", time,
//                                [&](uint64_t number) { return request.SerializeAsString(); });
//
// One thread. A call that is not answered with OK ends the process, unless refusals are counted; so
// does a connection that breaks.
#ifndef MUNIMENT_TESTS_BENCH_LOAD_CLIENT_H_
#define MUNIMENT_TESTS_BENCH_LOAD_CLIENT_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "tests/bench/bench.h"

namespace muniment::bench {

// What is called.
inline constexpr char kGet[] = "/zitadel.user.v2.UserService/GetUserByID";
inline constexpr char kList[] = "/zitadel.user.v2.UserService/ListUsers";
inline constexpr char kAdd[] = "/zitadel.user.v2.UserService/AddHumanUser";
inline constexpr char kHealth[] = "/grpc.health.v1.Health/Check";

class LoadClient {
 public:
  LoadClient(uint16_t port, std::string token, int connections, int streams);
  ~LoadClient();

  // From now on plain forms are posted, with this Authorization header, if any, and 200 is the
  // answer.
  void PostForms(std::string authorization);
  // The same without a body.
  void GetPages(std::string authorization);
  // From now on with each request.
  void Say(std::string name, std::string value);

  // From now on other answers than OK are counted: by grpc-status or HTTP's, and what they took. A
  // run tells of those that went well.
  struct Refusals {
    std::map<std::string, uint64_t> by_status = {};
    Latencies latencies = {};
    uint64_t count() const;
  };
  void CountRefusals() { counts_refusals_ = true; }
  const Refusals& refusals() const { return refusals_; }  // of the last run

  using Body = std::function<std::string(uint64_t number)>;
  Load Run(const std::string& path, absl::Duration time, const Body& body);
  // The same of so many operations, each once; answers those of them that are asked for.
  Load RunEach(const std::string& path, uint64_t operations, const Body& body,
               std::vector<std::string>* answers = nullptr);
  // An open loop: `rate` a second are begun, whatever was answered, and take from when each was
  // due.
  Load RunPaced(const std::string& path, double rate, absl::Duration time, const Body& body);

 private:
  struct Connection;
  struct Stream;
  friend bool Answers(uint16_t port, const std::string& token, const std::string& path,
                      const std::string& body);

  void Submit(Connection& connection, absl::Time due);
  void Begin(const std::string& path, const Body& body);
  // Reads what is there, waiting so long for it.
  void Turn(absl::Duration wait);
  Load Finish(absl::Time began);

  const std::string authority_;
  std::string authorization_;
  bool forms_ = false, gets_ = false;
  std::vector<std::pair<std::string, std::string>> said_;
  const int streams_;
  std::vector<std::unique_ptr<Connection>> connections_;

  // Of a server that is starting; without it every other answer than OK ends the process.
  bool patient_ = false, unavailable_ = false;
  bool counts_refusals_ = false;

  // Of the run under way.
  std::string path_;
  const Body* body_ = nullptr;
  absl::Time end_;
  bool paced_ = false;
  std::vector<std::string>* answers_ = nullptr;
  uint64_t next_ = 0, last_ = 0, done_ = 0;
  int under_way_ = 0;
  Latencies latencies_;
  Refusals refusals_;
};

// Whether one call is answered with OK; false also where nobody listens yet, or is still starting.
bool Answers(uint16_t port, const std::string& token, const std::string& path,
             const std::string& body);

}  // namespace muniment::bench

#endif  // MUNIMENT_TESTS_BENCH_LOAD_CLIENT_H_
