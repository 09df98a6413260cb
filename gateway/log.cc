#include "gateway/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace muniment::gateway {
namespace {

std::atomic<bool> as_json{false};

spdlog::logger& Logger() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>(
        "muniment", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *logger;
}

// One JSON string; also what a value with spaces or line breaks looks like in text.
std::string Quoted(absl::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(&out, "\\u%04x", c);
    } else {
      out += c;
    }
  }
  out += '"';
  return out;
}

bool Plain(absl::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (c == ' ' || c == '"' || c == '=' || static_cast<unsigned char>(c) < 0x20) return false;
  }
  return true;
}

void Write(spdlog::level::level_enum level, absl::string_view message, const LogFields& fields) {
  spdlog::logger& logger = Logger();
  if (!logger.should_log(level)) return;
  const std::string time =
      absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(), absl::UTCTimeZone());
  const auto name = spdlog::level::to_string_view(level);
  const absl::string_view level_name(name.data(), name.size());
  std::string line;
  if (as_json.load(std::memory_order_relaxed)) {
    line = absl::StrCat("{\"time\":\"", time, "\",\"level\":\"", level_name,
                        "\",\"message\":", Quoted(message));
    for (const auto& [key, value] : fields) {
      absl::StrAppend(&line, ",", Quoted(key), ":", Quoted(value));
    }
    line += '}';
  } else {
    line = absl::StrCat(time, " ", level_name, " ", message);
    for (const auto& [key, value] : fields) {
      absl::StrAppend(&line, " ", key, "=", Plain(value) ? value : Quoted(value));
    }
  }
  logger.log(level, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace

void StartLog(absl::string_view level, absl::string_view format) {
  as_json = format == "json";
  Logger().set_level(spdlog::level::from_str(std::string(level)));
}

void LogDebug(absl::string_view message, const LogFields& fields) {
  Write(spdlog::level::debug, message, fields);
}
void LogInfo(absl::string_view message, const LogFields& fields) {
  Write(spdlog::level::info, message, fields);
}
void LogWarning(absl::string_view message, const LogFields& fields) {
  Write(spdlog::level::warn, message, fields);
}
void LogError(absl::string_view message, const LogFields& fields) {
  Write(spdlog::level::err, message, fields);
}

}  // namespace muniment::gateway
