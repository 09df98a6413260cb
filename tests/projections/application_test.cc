#include "muniment/event/v1/application.visit.h"
#include "tests/projections/fixture.h"

namespace muniment::projections {
namespace {

using event::v1::ApplicationEvent;
using event::v1::ApplicationKeyEvent;

// What a test raises, folded. "lamps/shop" is an OpenID Connect application, "lamps/stock" an API.
struct Models {
  Models() {
    for (const char* id : {"shop", "stock"}) {
      event::v1::ApplicationAdded added;
      added.set_application_id(id);
      added.set_project_id("lamps");
      added.set_organization_id("acme");
      added.set_name(id);
      log.Raise<ApplicationEvent>(1, absl::StrCat("lamps/", id), added);
    }
    event::v1::OidcConfigAdded oidc;
    oidc.set_client_id("11");
    oidc.set_secret_hash("first");
    oidc.mutable_config()->add_redirect_uri("https://shop.example/in");
    log.Raise<ApplicationEvent>(1, "lamps/shop", oidc);
    event::v1::ApiConfigAdded api;
    api.set_client_id("12");
    api.set_auth_method(event::v1::API_AUTH_METHOD_PRIVATE_KEY_JWT);
    log.Raise<ApplicationEvent>(1, "lamps/stock", api);
  }

  View Read() {
    REQUIRE(CatchUp(log, *database).ok());
    return database->Read();
  }
  // As whoever shows this client id is looked up.
  std::optional<row::v1::Application> Client(const std::string& client_id, uint64_t instance = 1) {
    View view = Read();
    const int before = view.gets();
    auto row = *view.GetUnique<row::v1::Application>(instance, "client_id", {client_id});
    CHECK(view.gets() - before <= 2);
    return row;
  }
  std::optional<row::v1::ApplicationKey> Key(const std::string& id) {
    return *Read().GetUnique<row::v1::ApplicationKey>(1, "id", {id});
  }
  void AddKey(const std::string& id) {
    event::v1::ApplicationKeyAdded key;
    key.set_key_id(id);
    key.set_application_id("stock");
    key.set_project_id("lamps");
    key.set_organization_id("acme");
    key.set_public_key("PEM");
    key.mutable_expiration()->set_seconds(4'000'000'000);
    log.Raise<ApplicationKeyEvent>(1, "lamps/stock", key);
  }

  TempDir dir;
  Log log;
  std::unique_ptr<Database> database = OpenAll(dir / "models");
};

TEST_CASE("whoever shows a client id is known by it, with all that is asked of him") {
  Models models;
  const auto shop = models.Client("11");
  REQUIRE(shop.has_value());
  CHECK(shop->id() == "shop");
  CHECK(shop->project_id() == "lamps");
  CHECK(shop->organization_id() == "acme");
  CHECK(shop->type() == row::v1::APPLICATION_TYPE_OIDC);
  CHECK(shop->state() == row::v1::APPLICATION_STATE_ACTIVE);
  CHECK(shop->secret_hash() == "first");
  CHECK(shop->oidc().redirect_uri(0) == "https://shop.example/in");
  const auto stock = models.Client("12");
  REQUIRE(stock.has_value());
  CHECK(stock->type() == row::v1::APPLICATION_TYPE_API);
  CHECK(stock->api_auth_method() == event::v1::API_AUTH_METHOD_PRIVATE_KEY_JWT);
  CHECK(stock->secret_hash().empty());
  CHECK_FALSE(models.Client("13").has_value());
  CHECK_FALSE(models.Client("11", 2).has_value());
}

TEST_CASE("a secret counts until the next, or until the application proves itself otherwise") {
  Models models;
  event::v1::OidcSecretChanged next;
  next.set_secret_hash("second");
  models.log.Raise<ApplicationEvent>(1, "lamps/shop", next);
  CHECK(models.Client("11")->secret_hash() == "second");
  event::v1::OidcConfigChanged changed;
  changed.mutable_config()->add_redirect_uri("https://other.example/in");
  models.log.Raise<ApplicationEvent>(1, "lamps/shop", changed);
  CHECK(models.Client("11")->secret_hash() == "second");
  CHECK(models.Client("11")->oidc().redirect_uri(0) == "https://other.example/in");
  changed.set_secret_ended(true);
  models.log.Raise<ApplicationEvent>(1, "lamps/shop", changed);
  CHECK(models.Client("11")->secret_hash().empty());

  event::v1::ApiConfigChanged basic;
  models.log.Raise<ApplicationEvent>(1, "lamps/stock", basic);
  event::v1::ApiSecretChanged secret;
  secret.set_secret_hash("third");
  models.log.Raise<ApplicationEvent>(1, "lamps/stock", secret);
  CHECK(models.Client("12")->secret_hash() == "third");
  CHECK(models.Client("12")->api_auth_method() == event::v1::API_AUTH_METHOD_BASIC);
  basic.set_secret_ended(true);
  models.log.Raise<ApplicationEvent>(1, "lamps/stock", basic);
  CHECK(models.Client("12")->secret_hash().empty());
  RequireRebuilt(models.log, *models.database, models.dir / "rebuilt");
}

TEST_CASE("an application that is renamed or rests is known so, and with it go its keys") {
  Models models;
  event::v1::ApplicationChanged renamed;
  renamed.set_project_id("lamps");
  renamed.set_name("Stock");
  models.log.Raise<ApplicationEvent>(1, "lamps/stock", renamed);
  models.log.Raise<ApplicationEvent>(1, "lamps/stock", event::v1::ApplicationDeactivated());
  CHECK(models.Client("12")->name() == "Stock");
  CHECK(models.Client("12")->state() == row::v1::APPLICATION_STATE_INACTIVE);
  models.log.Raise<ApplicationEvent>(1, "lamps/stock", event::v1::ApplicationReactivated());
  CHECK(models.Client("12")->state() == row::v1::APPLICATION_STATE_ACTIVE);

  for (const char* id : {"a", "b"}) models.AddKey(id);
  REQUIRE(models.Key("a").has_value());
  CHECK(models.Key("a")->public_key() == "PEM");
  CHECK(models.Key("a")->expiration().seconds() == 4'000'000'000);
  event::v1::ApplicationKeyRemoved removed;
  removed.set_key_id("a");
  models.log.Raise<ApplicationKeyEvent>(1, "lamps/stock", removed);
  CHECK_FALSE(models.Key("a").has_value());
  CHECK(models.Key("b").has_value());
  event::v1::ApplicationRemoved gone;
  gone.set_project_id("lamps");
  models.log.Raise<ApplicationEvent>(1, "lamps/stock", gone);
  CHECK_FALSE(models.Key("b").has_value());
  CHECK_FALSE(models.Client("12").has_value());
  CHECK(models.Client("11").has_value());
  RequireRebuilt(models.log, *models.database, models.dir / "rebuilt");
}

}  // namespace
}  // namespace muniment::projections
