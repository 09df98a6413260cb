#include "gateway/login/page.h"

#include <map>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/check.h"
#include "base/crypto.h"
#include "gateway/login/files.h"

namespace muniment::gateway {
namespace {

using kainjow::mustache::data;

// Templates that others hold; they are looked up among the data, so no field has such a name.
constexpr const char* kParts[] = {"head", "foot", "whoami", "trouble", "actions", "back"};

struct Asset {
  std::string path;
  absl::string_view text, type;
};

// By its name in assets/.
const std::map<std::string, Asset, std::less<>>& Assets() {
  static const auto* const assets = [] {
    auto* made = new std::map<std::string, Asset, std::less<>>();
    for (auto [path, text] : LoginFiles()) {
      if (!absl::ConsumePrefix(&path, "assets/")) continue;
      const bool style = absl::EndsWith(path, ".css");
      const std::string mark = absl::BytesToHexString(Sha256(text).str().substr(0, 6));
      made->emplace(path, Asset{absl::StrCat(kLoginAssets, mark, "/", path), text,
                                style ? "text/css; charset=utf-8"
                                      : "text/javascript; charset=utf-8"});
    }
    return made;
  }();
  return *assets;
}

const std::map<std::string, std::string>& Templates() {
  static const auto* const templates = [] {
    auto* made = new std::map<std::string, std::string>();
    for (auto [path, text] : LoginFiles()) {
      if (absl::ConsumePrefix(&path, "pages/")) {
        made->emplace(absl::StripSuffix(path, ".mustache"), text);
      }
    }
    return made;
  }();
  return *templates;
}

data ObjectOf(const LoginPage::Fields& fields) {
  data object;
  for (const auto& [name, value] : fields) {
    if (!value.empty()) object.set(name, value);
  }
  return object;
}

}  // namespace

LoginPage::LoginPage(std::string name, const LoginTexts& texts, std::string said)
    : name_(std::move(name)), said_(said.empty() ? name_ : std::move(said)), texts_(texts) {
  data_.set("lang", texts.language);
  data_.set("dir", texts.right_to_left ? "rtl" : "ltr");
  data_.set("css", Assets().at("login.css").path);
  data_.set("script", Assets().at("login.js").path);
}

LoginPage& LoginPage::Set(const std::string& field, const std::string& value) {
  if (!value.empty()) data_.set(field, value);
  return *this;
}

LoginPage& LoginPage::Set(const std::string& field, const Fields& object) {
  data_.set(field, ObjectOf(object));
  return *this;
}

LoginPage& LoginPage::Flag(const std::string& field) {
  data_.set(field, true);
  return *this;
}

LoginPage& LoginPage::List(const std::string& field, const std::vector<Fields>& objects) {
  data list(data::type::list);
  for (const Fields& object : objects) list.push_back(ObjectOf(object));
  data_.set(field, list);
  return *this;
}

LoginPage& LoginPage::Wrong(const std::string& key) {
  if (key.empty()) return *this;
  status_ = key == "too_many" ? 429 : 422;
  return Set("error", texts_.Say("errors", key));
}

LoginPage& LoginPage::Fill(const std::string& placeholder, const std::string& value) {
  values_[placeholder] = value;
  return *this;
}

std::string LoginPage::Html() {
  data said;
  for (const std::string& page : {std::string("common"), said_}) {
    const auto texts = texts_.pages.find(page);
    if (texts == texts_.pages.end()) continue;
    for (const auto& [key, text] : texts->second) {
      said.set(key, text.Render(values_, Escaping::kText));
    }
  }
  data_.set("t", said);
  data_.set("title", texts_.Say(said_, "title", values_));
  for (const char* name : kParts) {
    const std::string* const part = &Templates().at(name);
    data_.set(name, data(kainjow::mustache::partial([part] { return *part; })));
  }
  kainjow::mustache::mustache whole(Templates().at(name_));
  MUNIMENT_CHECK(whole.is_valid());
  return whole.render(data_);
}

net::Headers LoginHeaders(const std::vector<std::string>& framers) {
  net::Headers headers;
  headers.Add("content-type", "text/html; charset=utf-8");
  headers.Add("cache-control", "no-store");
  headers.Add("x-content-type-options", "nosniff");
  // Browsers hold redirects of a form against form-action, and applications are anywhere.
  headers.Add("content-security-policy",
              absl::StrCat("default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
                           "frame-ancestors ",
                           framers.empty() ? "'none'" : absl::StrJoin(framers, " "),
                           "; base-uri 'none'"));
  headers.Add("referrer-policy", "same-origin");
  return headers;
}

std::pair<absl::string_view, absl::string_view> LoginAsset(absl::string_view path) {
  for (const auto& [name, asset] : Assets()) {
    if (asset.path == path) return {asset.text, asset.type};
  }
  return {};
}

}  // namespace muniment::gateway
