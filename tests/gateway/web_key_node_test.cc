// The keys of an instance as whoever verifies its tokens finds them.
#include <atomic>
#include <catch2/catch.hpp>
#include <mutex>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gateway/outbound.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "tests/gateway/served_node.h"
#include "zitadel/webkey/v2/webkey_service.pb.h"

namespace muniment::gateway {
namespace {

namespace wire = zitadel::webkey::v2;

using google::protobuf::Struct;

struct Site {
  Site() : server(*data.Load({{"FirstInstance.WebKeys.Type", "rsa"}})), admin{Bearer(data.token())} {}

  OutboundResponse Get(const std::string& path, const std::string& method = "GET") {
    const Outbound browser({.allowed = *net::Networks::Parse({"127.0.0.1"})});
    auto page =
        browser.Send({.method = method, .url = absl::StrCat("http://127.0.0.1:", server.node().port(), path)});
    REQUIRE(page.status().message() == "");
    return *std::move(page);
  }
  // By their ids, in order: of each its algorithm.
  std::vector<std::pair<std::string, std::string>> Published() {
    const auto page = Get("/oauth/v2/keys");
    REQUIRE(page.status == 200);
    Struct set;
    REQUIRE(google::protobuf::util::JsonStringToMessage(page.body, &set).ok());
    std::vector<std::pair<std::string, std::string>> keys;
    for (const auto& key : set.fields().at("keys").list_value().values()) {
      const auto& members = key.struct_value().fields();
      CHECK(members.at("use").string_value() == "sig");
      // Nothing of the private half.
      for (const char* secret : {"d", "p", "q", "dp", "dq", "qi", "k"}) {
        CHECK_FALSE(members.contains(secret));
      }
      keys.emplace_back(members.at("kid").string_value(), members.at("alg").string_value());
    }
    return keys;
  }
  template <class Response, class Request>
  Response Call(const char* method, const Request& request) {
    INFO(method);
    const auto answer = server.Call<Response>(
        absl::StrCat("zitadel.webkey.v2.WebKeyService/", method), request, admin);
    REQUIRE(answer.status().message() == "");
    return *answer;
  }
  std::vector<wire::WebKey> Listed() {
    const auto answer = Call<wire::ListWebKeysResponse>("ListWebKeys", wire::ListWebKeysRequest());
    return {answer.web_keys().begin(), answer.web_keys().end()};
  }

  DataDir data;
  Server server;
  Server::Headers admin;
};

TEST_CASE("a new instance publishes the key that signs, and each key until it is deleted") {
  Site site;
  const auto first = site.Published();
  REQUIRE(first.size() == 1);
  CHECK(first[0].second == "RS256");
  REQUIRE(site.Listed().size() == 1);
  CHECK(site.Listed()[0].state() == wire::STATE_ACTIVE);
  CHECK(site.Listed()[0].rsa().bits() == wire::RSA_BITS_2048);

  wire::CreateWebKeyRequest create;
  create.mutable_ecdsa()->set_curve(wire::ECDSA_CURVE_P384);
  const auto made = site.Call<wire::CreateWebKeyResponse>("CreateWebKey", create);
  using Keys = std::vector<std::pair<std::string, std::string>>;
  CHECK(site.Published() == Keys{first[0], {made.id(), "ES384"}});
  CHECK(site.Listed()[1].state() == wire::STATE_INITIAL);
  CHECK(site.Listed()[1].ecdsa().curve() == wire::ECDSA_CURVE_P384);
  CHECK(site.Listed()[1].creation_date().seconds() == made.creation_date().seconds());

  wire::ActivateWebKeyRequest activate;
  activate.set_id(made.id());
  site.Call<wire::ActivateWebKeyResponse>("ActivateWebKey", activate);
  CHECK(site.Listed()[0].state() == wire::STATE_INACTIVE);
  CHECK(site.Listed()[1].state() == wire::STATE_ACTIVE);
  // What the old one signed is still verified.
  CHECK(site.Published().size() == 2);

  wire::DeleteWebKeyRequest remove;
  remove.set_id(first[0].first);
  site.Call<wire::DeleteWebKeyResponse>("DeleteWebKey", remove);
  CHECK(site.Published() == Keys{{made.id(), "ES384"}});
  CHECK(site.Listed().size() == 1);
}

TEST_CASE("of keys that are activated and deleted at once one signs, and it is there") {
  Site site;
  constexpr int kKeys = 10;
  std::vector<std::string> ids;
  for (int i = 0; i < kKeys; ++i) {
    wire::CreateWebKeyRequest create;
    create.mutable_ed25519();
    ids.push_back(site.Call<wire::CreateWebKeyResponse>("CreateWebKey", create).id());
  }
  const std::string first = site.Published().front().first;
  std::atomic<int> activated{0};
  std::mutex mutex;
  std::set<std::string> deleted;
  std::vector<std::thread> threads;
  for (const std::string& id : ids) {
    threads.emplace_back([&, id] {
      wire::ActivateWebKeyRequest activate;
      activate.set_id(id);
      const auto answer = site.server.Call<wire::ActivateWebKeyResponse>(
          "zitadel.webkey.v2.WebKeyService/ActivateWebKey", activate, site.admin);
      if (answer.ok()) ++activated;
    });
    threads.emplace_back([&, id] {
      wire::DeleteWebKeyRequest remove;
      remove.set_id(id);
      const auto answer = site.server.Call<wire::DeleteWebKeyResponse>(
          "zitadel.webkey.v2.WebKeyService/DeleteWebKey", remove, site.admin);
      const std::lock_guard lock(mutex);
      if (answer.ok()) deleted.insert(id);
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<std::string> active;
  std::set<std::string> left;
  for (const wire::WebKey& key : site.Listed()) {
    left.insert(key.id());
    if (key.state() == wire::STATE_ACTIVE) active.push_back(key.id());
  }
  REQUIRE(active.size() == 1);
  // Who was told that it was done had it done.
  CHECK((activated == 0) == (active[0] == first));
  CHECK(left.size() == kKeys + 1 - deleted.size());
  for (const std::string& id : deleted) CHECK_FALSE(left.contains(id));
}

TEST_CASE("the keys are anybody's to read, for some minutes, and there is nothing to write") {
  Site site;
  const auto page = site.Get("/oauth/v2/keys");
  CHECK(page.status == 200);
  const auto header = [&page](const char* name) { return page.headers.Get(name); };
  CHECK(header("content-type") == "application/json");
  CHECK(header("cache-control") == "max-age=300, must-revalidate");
  CHECK(header("access-control-allow-origin") == "*");
  CHECK(site.Get("/oauth/v2/keys/").status == 404);
  CHECK(site.Get("/oauth/v2/keys", "POST").status == 405);
  CHECK(site.Get("/oauth/v2/keys", "DELETE").status == 405);
  CHECK(site.Get("/oauth/v2/keys?x=1").status == 200);
}

}  // namespace
}  // namespace muniment::gateway
