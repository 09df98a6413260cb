#include "command/oidc/client_facts.h"

#include "base/timestamp.h"

namespace muniment::command {

namespace {

template <class Keys>
std::function<std::optional<ClientKey>(absl::string_view)> KeyIn(const Keys& keys) {
  return [&keys](absl::string_view id) -> std::optional<ClientKey> {
    const auto found = keys.find(id);
    if (found == keys.end()) return std::nullopt;
    ClientKey key;
    key.public_key = found->second.public_key();
    if (found->second.has_expiration()) key.expiration = ToTime(found->second.expiration());
    return key;
  };
}

}  // namespace

ClientFacts FactsOf(const Application& application, const ApplicationKeys& keys) {
  using Proves = ClientFacts::Proves;
  ClientFacts facts;
  facts.client_id = application.client_id;
  facts.proves = application.has_keys()      ? Proves::kKey
                 : application.has_secrets() ? Proves::kSecret
                                             : Proves::kNothing;
  facts.secret_hash = application.secret_hash;
  facts.key = KeyIn(keys.keys);
  if (application.oidc.has_value()) facts.clock_skew = ToDuration(application.oidc->clock_skew());
  return facts;
}

ClientFacts FactsOf(const std::string& machine_id, const MachineCredentials& credentials) {
  ClientFacts facts;
  facts.client_id = machine_id;
  facts.proves = ClientFacts::Proves::kKey;
  facts.key = KeyIn(credentials.keys);
  return facts;
}

}  // namespace muniment::command
