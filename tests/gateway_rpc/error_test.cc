#include "gateway/rpc/error.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/error_facts.h"
#include "google/rpc/error_details.pb.h"
#include "zitadel/message.pb.h"

namespace muniment::rpc {
namespace {

template <class Detail>
std::vector<Detail> DetailsOf(const google::rpc::Status& status) {
  std::vector<Detail> found;
  for (const auto& any : status.details()) {
    Detail detail;
    if (any.UnpackTo(&detail)) found.push_back(std::move(detail));
  }
  return found;
}

TEST_CASE("whoever comes too often is told when to come again") {
  absl::Status status = Error(absl::StatusCode::kResourceExhausted, "code.sent_too_often", "Wait.");
  SetErrorFact(status, kRetryAfter, RetryAfter(absl::Milliseconds(59'001)));
  const google::rpc::Status sent = ToRpcStatus(status, {}, false);
  const auto retries = DetailsOf<google::rpc::RetryInfo>(sent);
  REQUIRE(retries.size() == 1);
  CHECK(retries[0].retry_delay().seconds() == 60);
  CHECK(DetailsOf<google::rpc::ErrorInfo>(sent).size() == 1);
}

TEST_CASE("a wrong password says how many were wrong, in the published form") {
  absl::Status status = Error(absl::StatusCode::kInvalidArgument, "user.password_wrong", "Wrong.");
  CHECK(DetailsOf<zitadel::v1::CredentialsCheckError>(ToRpcStatus(status, {}, false)).empty());
  SetErrorFact(status, kFailedAttempts, "3");
  const auto checks =
      DetailsOf<zitadel::v1::CredentialsCheckError>(ToRpcStatus(status, {}, false));
  REQUIRE(checks.size() == 1);
  CHECK(checks[0].id() == "user.password_wrong");
  CHECK(checks[0].message() == "Wrong.");
  CHECK(checks[0].failed_attempts() == 3);
}

}  // namespace
}  // namespace muniment::rpc
