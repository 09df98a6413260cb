// What the process tells its operator: one line an event, on standard error, as text or JSON. Never
// a secret, never a person's data; what a caller did stands in the event log instead.
//
//   StartLog("info", "json");
//   LogInfo("started", {{"port", "8080"}});
//
// Thread-safe after StartLog, which is called once, before other threads are. Without it lines of
// `info` and above go out as text.
#ifndef MUNIMENT_GATEWAY_LOG_H_
#define MUNIMENT_GATEWAY_LOG_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace muniment::gateway {

using LogFields = std::vector<std::pair<absl::string_view, std::string>>;

// `level`: debug, info, warn or error. `format`: text or json.
void StartLog(absl::string_view level, absl::string_view format);

void LogDebug(absl::string_view message, const LogFields& fields = {});
void LogInfo(absl::string_view message, const LogFields& fields = {});
void LogWarning(absl::string_view message, const LogFields& fields = {});
void LogError(absl::string_view message, const LogFields& fields = {});

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_LOG_H_
