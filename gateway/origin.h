// The origin by which people reach an instance, as links name it: from the configuration and the
// instance's own hosts, never from a request.
//
//   const std::string link = OriginOf(config, port, "id.example.com") + "/ui/v2/login/verify";
#ifndef MUNIMENT_GATEWAY_ORIGIN_H_
#define MUNIMENT_GATEWAY_ORIGIN_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "command/instance/instance.h"
#include "gateway/config.h"

namespace muniment::gateway {

// "https://id.example.com", with the port where it is not the scheme's own. `listening`: the port
// that the node listens on, which counts where the configuration names no other.
std::string OriginOf(const Config& config, uint64_t listening, absl::string_view host);

// The configured host where the instance has it, else its primary one.
std::string HostOfInstance(const Config& config, const command::Instance& instance);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_ORIGIN_H_
