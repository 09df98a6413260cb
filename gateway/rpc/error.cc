#include "gateway/rpc/error.h"

#include <algorithm>
#include <atomic>
#include <cstdio>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "base/error_facts.h"
#include "gateway/rpc/json_writer.h"
#include "google/rpc/error_details.pb.h"
#include "zitadel/message.pb.h"

namespace muniment::rpc {
namespace {

bool IsInternal(absl::StatusCode code) {
  return code == absl::StatusCode::kInternal || code == absl::StatusCode::kUnknown ||
         code == absl::StatusCode::kDataLoss;
}

// Finds a line in the log again; no secret, only unlike its neighbours.
std::string NewErrorId() {
  static const int64_t start = absl::ToUnixMicros(absl::Now());
  static std::atomic<uint64_t> count{0};
  return absl::StrCat(absl::Hex(start), "-", count.fetch_add(1) + 1);
}

// Facts that have a published form of their own.
void AddPublished(const std::string& reason, const std::string& key, const std::string& value,
                  google::rpc::Status& out) {
  int64_t number = 0;
  if (!absl::SimpleAtoi(value, &number)) return;
  if (key == kRetryAfter) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(number);
    out.add_details()->PackFrom(retry);
  } else if (key == kFailedAttempts) {
    zitadel::v1::CredentialsCheckError check;
    check.set_id(reason);
    check.set_message(out.message());
    check.set_failed_attempts(static_cast<int32_t>(std::min<int64_t>(number, INT32_MAX)));
    out.add_details()->PackFrom(check);
  }
}

void AddDetails(const std::string& reason,
                const std::vector<std::pair<std::string, std::string>>& facts,
                google::rpc::Status& out) {
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("muniment");
  for (const auto& [key, value] : facts) (*info.mutable_metadata())[key] = value;
  out.add_details()->PackFrom(info);
  zitadel::v1::ErrorDetail detail;
  detail.set_id(reason);
  detail.set_message(out.message());
  out.add_details()->PackFrom(detail);
  for (const auto& [key, value] : facts) AddPublished(reason, key, value, out);
}

}  // namespace

google::rpc::Status ToRpcStatus(const absl::Status& status, const Log& log, bool reveal) {
  google::rpc::Status out;
  out.set_code(static_cast<int>(status.code()));
  const std::string reason = Reason(status);
  if (IsInternal(status.code()) && !reveal && !absl::StartsWith(reason, "request.")) {
    const std::string id = NewErrorId();
    const std::string line = absl::StrCat("a call failed, error_id ", id, ": ", status.ToString());
    if (log) {
      log(line);
    } else {
      std::fprintf(stderr, "%s\n", line.c_str());
    }
    out.set_message("An internal error occurred.");
    AddDetails("internal", {{"error_id", id}}, out);
    return out;
  }
  out.set_message(std::string(status.message()));
  if (!reason.empty()) AddDetails(reason, ErrorFacts(status), out);
  return out;
}

int HttpStatus(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk: return 200;
    case absl::StatusCode::kCancelled: return 499;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange: return 400;
    case absl::StatusCode::kUnauthenticated: return 401;
    case absl::StatusCode::kPermissionDenied: return 403;
    case absl::StatusCode::kNotFound: return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted: return 409;
    case absl::StatusCode::kResourceExhausted: return 429;
    case absl::StatusCode::kUnimplemented: return 501;
    case absl::StatusCode::kUnavailable: return 503;
    case absl::StatusCode::kDeadlineExceeded: return 504;
    default: return 500;
  }
}

int RestStatus(const absl::Status& status) {
  const std::string reason = Reason(status);
  if (reason == "request.too_large" || reason == "request.too_many_values") return 413;
  if (reason == "request.stalled") return 408;
  return HttpStatus(status.code());
}

std::string StatusJson(const google::rpc::Status& status) {
  // As grpc-gateway writes it: the code is there even where JSON would leave a default out.
  std::string out = absl::StrCat("{\"code\":", status.code(), ",\"message\":");
  AppendJsonString(status.message(), out);
  out += ",\"details\":";
  if (!WriteJsonField(status, status.GetDescriptor()->FindFieldByName("details"), out).ok()) {
    out.resize(out.rfind(':') + 1);
    out += "[]";
  }
  return out + "}";
}

absl::string_view ConnectCode(int code) {
  static constexpr absl::string_view kNames[] = {
      "ok", "canceled", "unknown", "invalid_argument", "deadline_exceeded", "not_found",
      "already_exists", "permission_denied", "resource_exhausted", "failed_precondition", "aborted",
      "out_of_range", "unimplemented", "internal", "unavailable", "data_loss", "unauthenticated"};
  return code >= 0 && code < 17 ? kNames[code] : kNames[2];
}

std::string ConnectErrorJson(const google::rpc::Status& status) {
  std::string out = absl::StrCat("{\"code\":\"", ConnectCode(status.code()), "\",\"message\":");
  AppendJsonString(status.message(), out);
  if (status.details_size() > 0) {
    out += ",\"details\":[";
    for (const auto& detail : status.details()) {
      absl::string_view type = detail.type_url();
      type.remove_prefix(type.rfind('/') + 1);
      std::string value = absl::Base64Escape(detail.value());
      while (!value.empty() && value.back() == '=') value.pop_back();
      absl::StrAppend(&out, out.back() == '[' ? "" : ",", "{\"type\":\"", type, "\",\"value\":\"",
                      value, "\"}");
    }
    out += "]";
  }
  return out + "}";
}

}  // namespace muniment::rpc
