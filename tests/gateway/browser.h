// A browser at the hosted login of a served node, which keeps its cookie. One thread each.
//
//   Browser browser(server.node().port());
//   const std::string page = browser.Get("/ui/v2/login/login");      the answer whole, head and body
//   browser.Post("/ui/v2/login/login", FormEncode({...}));
#ifndef MUNIMENT_TESTS_GATEWAY_BROWSER_H_
#define MUNIMENT_TESTS_GATEWAY_BROWSER_H_

#include <catch2/catch.hpp>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/redirect.h"
#include "tests/gateway_net/raw_client.h"

namespace muniment::gateway {

class Browser {
 public:
  explicit Browser(uint16_t port) : port_(port) {}

  std::string Get(const std::string& path) { return Send("GET", path, ""); }
  std::string Post(const std::string& path, const std::string& form) {
    return Send("POST", path, form);
  }
  // As the page for the password of that name would send it, with a wrong one.
  std::string FormFor(const std::string& login_name) {
    const std::string page = Get("/ui/v2/login/login");
    const std::string named =
        Post("/ui/v2/login/login",
             FormEncode({{"flow", Between(page, "name=\"flow\" value=\"", "\"")},
                         {"login_name", login_name}}));
    return absl::StrCat("flow=", Between(named, "password?flow=", "\r\n"),
                        "&password=Wrong-Lamp-7");
  }
  // What stands in a text behind a mark.
  static std::string Between(const std::string& text, const std::string& mark,
                             const std::string& end) {
    const size_t at = text.find(mark);
    INFO(text);
    REQUIRE(at != std::string::npos);
    const size_t begin = at + mark.size();
    return text.substr(begin, text.find(end, begin) - begin);
  }

 private:
  std::string Send(const std::string& method, const std::string& path, const std::string& body) {
    net::RawClient client(port_);
    client.Send(absl::StrCat(method, " ", path,
                             " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: ",
                             cookie_,
                             "\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                             "Content-Length: ",
                             body.size(), "\r\n\r\n", body));
    const std::string answer = client.ReadToEnd();
    const std::string mark = "\r\nset-cookie: ";
    const size_t at = answer.find(mark);
    if (at != std::string::npos) {
      const size_t begin = at + mark.size();
      cookie_ = answer.substr(begin, answer.find(';', begin) - begin);
    }
    return answer;
  }

  const uint16_t port_;
  std::string cookie_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_TESTS_GATEWAY_BROWSER_H_
