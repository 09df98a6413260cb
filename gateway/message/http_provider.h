// A provider of mail or SMS behind HTTP: each message is a signed POST of JSON, as the published
// interface describes it. 2xx: it was taken on.
//
//   HttpProvider provider(outbound, {.endpoint = url, .signing_key = Secret(key)});
//
// ZITADEL-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256(signing key, "<t>.<body>")>.
// Idempotency-Key: the same for each attempt. Errors: UNAVAILABLE "provider.refused" with the status;
// those of Outbound.
#ifndef MUNIMENT_GATEWAY_MESSAGE_HTTP_PROVIDER_H_
#define MUNIMENT_GATEWAY_MESSAGE_HTTP_PROVIDER_H_

#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/secret.h"
#include "gateway/message/sender.h"
#include "gateway/outbound.h"

namespace muniment::gateway {

struct ProviderOptions {
  std::string endpoint;
  Secret signing_key;
  std::string id = "configuration";
  std::string description = {};
};

class HttpProvider final : public Sender {
 public:
  // `outbound` outlives it.
  HttpProvider(const Outbound& outbound, ProviderOptions options)
      : outbound_(outbound), options_(std::move(options)) {}

  absl::Status Send(const Message& message, const SendLimits& limits) override;

 private:
  const Outbound& outbound_;
  const ProviderOptions options_;
};

// The JSON of a message; pure.
std::string ProviderBody(const Message& message, const ProviderOptions& options);
// The signature's header.
std::string ProviderSignature(const Secret& key, absl::Time now, absl::string_view body);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_MESSAGE_HTTP_PROVIDER_H_
