#include "gateway/curl_handle.h"

#include <algorithm>

#include "absl/time/clock.h"

namespace muniment::gateway {
namespace {

constexpr absl::Duration kConnectTime = absl::Seconds(10);

int Watch(void* go_on, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return (*static_cast<const std::function<bool()>*>(go_on))() ? 0 : 1;
}

}  // namespace

CurlHandle::CurlHandle() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  MUNIMENT_CHECK(started == CURLE_OK);
  handle_.reset(curl_easy_init());
  MUNIMENT_CHECK(handle_ != nullptr);
  Set(CURLOPT_NOSIGNAL, 1L);
  Set(CURLOPT_PROXY, "");
  Set(CURLOPT_NOPROGRESS, 0L);
  Set(CURLOPT_XFERINFOFUNCTION, &Watch);
}

CURLcode CurlHandle::Perform(absl::Time deadline, const std::function<bool()>& go_on) {
  const absl::Duration left = std::min(deadline - absl::Now(), absl::Hours(1));
  if (left <= absl::ZeroDuration()) return CURLE_OPERATION_TIMEDOUT;
  const auto milliseconds = [](absl::Duration time) {
    return static_cast<long>(std::max<int64_t>(absl::ToInt64Milliseconds(time), 1));
  };
  Set(CURLOPT_TIMEOUT_MS, milliseconds(left));
  Set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(std::min(left, kConnectTime)));
  Set(CURLOPT_XFERINFODATA, static_cast<const void*>(&go_on));
  return curl_easy_perform(handle_.get());
}

long CurlHandle::ResponseCode() const {
  long code = 0;
  MUNIMENT_CHECK(curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &code) == CURLE_OK);
  return code;
}

std::string CurlHandle::RedirectUrl() const {
  const char* url = nullptr;
  MUNIMENT_CHECK(curl_easy_getinfo(handle_.get(), CURLINFO_REDIRECT_URL, &url) == CURLE_OK);
  return url == nullptr ? "" : url;
}

void CurlList::Add(const std::string& line) {
  curl_slist* const longer = curl_slist_append(list_.get(), line.c_str());
  MUNIMENT_CHECK(longer != nullptr);
  if (list_ == nullptr) list_.reset(longer);
}

}  // namespace muniment::gateway
