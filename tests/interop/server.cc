// Serves grpc.testing.TestService, and EchoService, for foreign clients. Prints the port, serves
// until its input ends.
//
//   interop_server [CERTIFICATE KEY]
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "gateway/net/server.h"
#include "gateway/rpc/handler.h"
#include "gateway/rpc/health.h"
#include "tests/interop/test_service.h"

int main(int argc, char** argv) {
  auto health = std::make_shared<muniment::rpc::Health>();
  health->Set("", true);
  muniment::rpc::Options options;
  options.dispatchers = {muniment::interop::NewTestService(), health};
  options.max_message = 8 << 20;
  // The client asks for UNKNOWN with a text of its own.
  options.reveal_internal = true;
  options.cors_origins = {"*"};
  auto handler = muniment::rpc::NewHandler(std::move(options));
  if (!handler.ok()) {
    std::fprintf(stderr, "%s\n", handler.status().ToString().c_str());
    return 1;
  }
  muniment::net::ServerOptions net;
  if (argc == 3) {
    net.certificate_file = argv[1];
    net.key_file = argv[2];
  }
  if (const char* threads = std::getenv("INTEROP_THREADS")) net.threads = std::atoi(threads);
  auto server = muniment::net::Server::Start(std::move(net), *handler);
  if (!server.ok()) {
    std::fprintf(stderr, "%s\n", server.status().ToString().c_str());
    return 1;
  }
  std::printf("%d\n", (*server)->port());
  std::fflush(stdout);
  char byte;
  while (read(0, &byte, 1) > 0) {
  }
  (*server)->Stop(absl::Seconds(5));
  return 0;
}
