// One transfer by libcurl: what every transfer of ours has in common. For outbound.cc and
// message/smtp.cc, which say what is transferred.
//
//   CurlHandle curl;
//   curl.Set(CURLOPT_URL, url.c_str());
//   const CURLcode code = curl.Perform(deadline, go_on);
//
// A handle belongs to one thread. No proxy of the environment, no files of the machine, certificates
// are verified. An option that libcurl does not take is a broken invariant.
#ifndef MUNIMENT_GATEWAY_CURL_HANDLE_H_
#define MUNIMENT_GATEWAY_CURL_HANDLE_H_

#include <curl/curl.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "base/check.h"

namespace muniment::gateway {

class CurlHandle {
 public:
  CurlHandle();

  template <class Value>
  void Set(CURLoption option, Value value) {
    MUNIMENT_CHECK(curl_easy_setopt(handle_.get(), option, value) == CURLE_OK);
  }
  // Blocks until the end, the deadline (CURLE_OPERATION_TIMEDOUT), or soon after `go_on` says no
  // (CURLE_ABORTED_BY_CALLBACK).
  CURLcode Perform(absl::Time deadline, const std::function<bool()>& go_on);

  long ResponseCode() const;
  // Where an answer sends to, made absolute; "" for nowhere.
  std::string RedirectUrl() const;
  CURL* get() const { return handle_.get(); }

 private:
  struct Cleanup {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };
  std::unique_ptr<CURL, Cleanup> handle_;
};

// Lines of a header.
class CurlList {
 public:
  void Add(const std::string& line);
  curl_slist* get() const { return list_.get(); }

 private:
  struct Cleanup {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  std::unique_ptr<curl_slist, Cleanup> list_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_CURL_HANDLE_H_
