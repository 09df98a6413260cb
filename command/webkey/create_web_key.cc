#include <utility>

#include "command/webkey/web_keys.h"
#include "zitadel/webkey/v2/webkey_service.pb.h"

namespace muniment::command {

namespace wire = zitadel::webkey::v2;

using event::v1::WebKeyAlgorithm;
using wire::CreateWebKeyRequest;
using wire::CreateWebKeyResponse;

namespace {

// Each family's algorithms stand in the order of what tells them apart.
WebKeyAlgorithm Nth(WebKeyAlgorithm first, int nth) {
  return static_cast<WebKeyAlgorithm>(first + nth - 1);
}

// How the key signs and, of RSA, how long it is.
std::pair<WebKeyAlgorithm, int> Wanted(const CreateWebKeyRequest& request) {
  constexpr int kBits[] = {0, 2048, 3072, 4096};
  switch (request.key_case()) {
    case CreateWebKeyRequest::kRsa:
      return {Nth(event::v1::WEB_KEY_ALGORITHM_RS256, request.rsa().hasher()),
              kBits[request.rsa().bits()]};
    case CreateWebKeyRequest::kEcdsa:
      return {Nth(event::v1::WEB_KEY_ALGORITHM_ES256, request.ecdsa().curve()), 0};
    case CreateWebKeyRequest::kEd25519: return {event::v1::WEB_KEY_ALGORITHM_EDDSA, 0};
    case CreateWebKeyRequest::KEY_NOT_SET: break;
  }
  return {event::v1::WEB_KEY_ALGORITHM_RS256, kBits[wire::RSA_BITS_2048]};
}

}  // namespace

absl::StatusOr<CreateWebKeyResponse> CreateWebKey(Unit& unit, const CreateWebKeyRequest& request) {
  const auto [algorithm, bits] = Wanted(request);
  CreateWebKeyResponse response;
  ASSIGN_OR_RETURN(*response.mutable_id(), AddWebKey(unit, algorithm, bits));
  return response;
}

}  // namespace muniment::command
