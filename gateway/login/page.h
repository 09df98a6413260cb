// A page of the login: its template (pages/), its texts (texts.h), and what it shows.
//
//   LoginPage page("password", texts);
//   page.Set("action", path).Fill("Application", name);
//   if (wrong) page.Set("error", texts.Say("errors", "login_failed"));
//   exchange->Respond(200, LoginHeaders(visit.Framers()), page.Html());
//
// What is empty counts as absent. Everything is escaped. Not thread-safe.
#ifndef MUNIMENT_GATEWAY_LOGIN_PAGE_H_
#define MUNIMENT_GATEWAY_LOGIN_PAGE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "gateway/login/texts.h"
#include "gateway/net/headers.h"
#include "kainjow/mustache.hpp"

namespace muniment::gateway {

class LoginPage {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  // `said`: whose texts it has, where they are not those of the template's name.
  LoginPage(std::string name, const LoginTexts& texts, std::string said = "");

  LoginPage& Set(const std::string& field, const std::string& value);
  LoginPage& Set(const std::string& field, const Fields& object);
  LoginPage& Flag(const std::string& field);
  LoginPage& List(const std::string& field, const std::vector<Fields>& objects);
  // Of a text's placeholder.
  LoginPage& Fill(const std::string& placeholder, const std::string& value);

  // What is wrong with what was typed, by its key in "errors"; empty: nothing is.
  LoginPage& Wrong(const std::string& key);

  const LoginTexts& texts() const { return texts_; }
  // 200, or how HTTP says what is wrong.
  int status() const { return status_; }
  std::string Html();

 private:
  const std::string name_;
  const std::string said_;
  const LoginTexts& texts_;
  TemplateValues values_;
  kainjow::mustache::data data_;
  int status_ = 200;
};

// Of every page: nothing of it is kept or loaded from elsewhere, and it stands in no frame but of pages of
// these origins.
net::Headers LoginHeaders(const std::vector<std::string>& framers = {});

// The style sheet and the script, by paths that change with them.
inline constexpr absl::string_view kLoginAssets = "/ui/v2/login/assets/";
// Empty for what is none; with its type.
std::pair<absl::string_view, absl::string_view> LoginAsset(absl::string_view path);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_LOGIN_PAGE_H_
