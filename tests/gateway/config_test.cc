#include "gateway/config.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <unistd.h>
#include <set>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "gateway/config_value.h"

namespace muniment::gateway {
namespace {

// A YAML file that lives as long as the test.
class YamlFile {
 public:
  explicit YamlFile(const std::string& text) {
    char name[] = "/tmp/muniment-config-XXXXXX";
    const int file = mkstemp(name);
    REQUIRE(file >= 0);
    close(file);
    path_ = name;
    std::ofstream(path_) << text;
  }
  ~YamlFile() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

absl::StatusOr<Config> LoadYaml(const std::string& text) {
  const YamlFile file(text);
  ConfigSources sources;
  sources.files = {file.path()};
  return Config::Load(sources);
}

TEST_CASE("without a word of configuration every key has a valid value") {
  const auto config = Config::Load({});
  REQUIRE(config.ok());
  CHECK(config->Count(Key::kPort) == 8080);
  CHECK(config->ExternalPort(8080) == 8080);
  CHECK(config->Host(Key::kExternalDomain) == "localhost");
  CHECK(config->Bytes(Key::kMaxRequestBytes) == 4u << 20);
  CHECK(config->List(Key::kAddress) == std::vector<std::string>{"127.0.0.1", "::1"});
  CHECK(config->MasterKeyPath() == "muniment-data/master.key");
  CHECK(config->PatPath() == "muniment-data/admin.pat");
}

TEST_CASE("a later file, then the environment, then a flag wins over what came before") {
  const YamlFile first("Port: 1\nExternalDomain: a.example\nDataDir: /first\nWorkers:\n  Query: 1\n");
  const YamlFile second("Port: 2\nExternalDomain: b.example\nWorkers:\n  Query: 2\n");
  ConfigSources sources;
  sources.files = {first.path(), second.path()};
  sources.environment = {{"MUNIMENT_EXTERNALDOMAIN", "c.example"}, {"MUNIMENT_WORKERS_QUERY", "3"}};
  sources.flags = {{"Workers.Query", "4"}};
  const auto config = Config::Load(sources);
  REQUIRE(config.ok());
  CHECK(config->Text(Key::kDataDir) == "/first");
  CHECK(config->Count(Key::kPort) == 2);
  CHECK(config->Host(Key::kExternalDomain) == "c.example");
  CHECK(config->Count(Key::kQueryWorkers) == 4);
}

TEST_CASE("the published keys of the first instance are read where others write them") {
  const auto config = LoadYaml(
      "FirstInstance:\n"
      "  InstanceName: ACME\n"
      "  DefaultLanguage: de\n"
      "  PatPath: /run/pat\n"
      "  MachineKeyPath: /run/key\n"
      "  LoginClientPatPath: /run/login\n"
      "  Org:\n"
      "    Name: Acme Ltd\n"
      "    Human:\n"
      "      UserName: root\n"
      "      Email: {Address: root@acme.example, Verified: false}\n"
      "      Password: Secret-Word-1\n"
      "      PasswordChangeRequired: false\n"
      "    Machine:\n"
      "      Machine: {Username: robot, Name: Robot}\n"
      "      MachineKey: {ExpirationDate: 2031-01-31T12:00:00Z, Type: 1}\n"
      "      Pat: {ExpirationDate: 2030-01-31T12:00:00Z}\n"
      "    LoginClient:\n"
      "      Machine: {Username: login, Name: Login}\n"
      "      Pat: {ExpirationDate: 2032-01-31T12:00:00Z}\n");
  REQUIRE(config.ok());
  CHECK(config->Text(Key::kOrgName) == "Acme Ltd");
  CHECK(config->Text(Key::kHumanEmail) == "root@acme.example");
  CHECK_FALSE(config->Switch(Key::kHumanEmailVerified));
  CHECK_FALSE(config->Switch(Key::kHumanPasswordChange));
  CHECK(config->Text(Key::kMachineUsername) == "robot");
  CHECK(absl::FormatTime(config->Time(Key::kPatExpiration), absl::UTCTimeZone()) ==
        "2030-01-31T12:00:00+00:00");
  CHECK(config->PatPath() == "/run/pat");
  CHECK(config->Text(Key::kMachineKeyType) == "1");
  CHECK(config->Time(Key::kMachineKeyExpiration) ==
        config->Time(Key::kPatExpiration) + absl::Hours(365 * 24));
  CHECK(config->MachineKeyPath() == "/run/key");
  CHECK(config->Text(Key::kLoginClientUsername) == "login");
  CHECK(config->Text(Key::kLoginClientName) == "Login");
  CHECK(config->Time(Key::kLoginClientPatExpiration) ==
        config->Time(Key::kPatExpiration) + absl::Hours(2 * 365 * 24));
  CHECK(config->LoginClientPatPath() == "/run/login");
}

TEST_CASE("an unknown key is refused by name, with its line and the nearest key") {
  const auto config = LoadYaml("Port: 1\nExternalDomian: a.example\n");
  REQUIRE_FALSE(config.ok());
  CHECK(Reason(config.status()) == "config.unknown_key");
  const std::string message(config.status().message());
  CHECK(message.find("ExternalDomian") != std::string::npos);
  CHECK(message.find("line 2") != std::string::npos);
  CHECK(message.find("Did you mean ExternalDomain?") != std::string::npos);
}

TEST_CASE("an unknown environment variable of ours is refused, one of the command line is not") {
  ConfigSources sources;
  sources.environment = {{"MUNIMENT_EXTERNAL_DOMAIN", "a.example"}};
  const auto refused = Config::Load(sources);
  CHECK(Reason(refused.status()) == "config.unknown_key");
  CHECK(std::string(refused.status().message()).find("MUNIMENT_EXTERNALDOMAIN") !=
        std::string::npos);
  sources.environment = {{"MUNIMENT_TOKEN", "t"}, {"MUNIMENT_URL", "u"}};
  CHECK(Config::Load(sources).ok());
}

TEST_CASE("a key whose machinery is missing says what it waits for") {
  const auto config = LoadYaml("FirstInstance: {TrustedDomains: [a.example]}");
  CHECK(absl::IsUnimplemented(config.status()));
  CHECK(Reason(config.status()) == "config.unserved_key");
  CHECK(std::string(config.status().message()).find("waits for virtual instances") !=
        std::string::npos);
}

TEST_CASE("a value of another type is refused with what it should be") {
  for (const char* text :
       {"Port: many", "Port: -1", "Port: 65536", "ExternalSecure: yes please",
        "CacheBytes: 12 MB", "Limits: {CallTimeout: fast}", "Log: {Level: loud}", "DataDir: ''",
        "TLS: {CertPath: a.pem}", "Address: []", "Workers: {Io: 100000}",
        "Store: {Postgres: {Readers: 257}}", "CacheBytes: 99999999999GiB"}) {
    INFO(text);
    const auto config = LoadYaml(text);
    CHECK(absl::IsInvalidArgument(config.status()));
    CHECK(Reason(config.status()) == "config.invalid_value");
  }
}

TEST_CASE("a refused value is told with its key, where it stood and what is allowed") {
  struct Case {
    const char* yaml;
    const char* told;
  };
  for (const Case& each : std::vector<Case>{
           {"Port: -1", "is a whole number from 0 to 65535, not \"-1\"."},
           {"Port: 70000", "is a whole number from 0 to 65535"},
           {"Port: +1", "is a whole number from 0 to 65535"},
           {"ExternalPort: 1.5", "is a whole number from 0 to 65535"},
           {"ExternalDomain: https://a.example", "is a host name such as id.example.com"},
           {"ExternalDomain: a..example", "is a host name"},
           {"ExternalDomain: ''", "is a host name"},
           {"Address: localhost", "is one or more IP addresses"},
           {"Address: []", "is one or more IP addresses"},
           {"Limits: {CallTimeout: 0s}", "is a duration from 10ms to 24h"},
           {"Limits: {CallTimeout: 87600h}", "is a duration from 10ms to 24h"},
           {"Limits: {DrainTimeout: inf}", "is a duration from 0s to 1h"},
           {"Limits: {DrainTimeout: -1s}", "is a duration from 0s to 1h"},
           {"Limits: {DrainTimeout: 10}", "is a duration from 0s to 1h"},
           {"Limits: {MaxConnections: 0}", "is a whole number from 1 to 1000000"},
           {"Limits: {MaxRequestBytes: 0}", "is a size from 1KiB to 1GiB"},
           {"CacheBytes: 1", "is a size from 1MiB to 1024GiB"},
           {"Store: {Postgres: {Readers: 0}}", "is a whole number from 1 to 256"},
           {"Workers: {Hash: 257}", "is a whole number from 0 to 256"},
           {"Log: {Level: loud}", "is debug, info, warn or error, not \"loud\"."},
           {"Log: {Format: xml}", "is text or json, not \"xml\"."},
           {"FirstInstance: {Org: {Machine: {MachineKey: {Type: 2}}}}", "is json or 1, not"},
           {"FirstInstance: {Org: {LoginClient: {Pat: {ExpirationDate: soon}}}}", "Date (/"},
           {"DataDir: ''", "DataDir (/"},
           {"Metrics: {Networks: [10.0.0.0/40]}", "is IP addresses and networks"},
           {"CORS: {Origins: [x]}", "is * or origins such as https://app.example.com"},
           {"CORS: {Origins: ['*', 'https://a.b/c']}", "is * or origins"},
           {"CORS: {Origins: 'https://a.b/'}", "is * or origins"},
           {"CORS: {Origins: 'https://a.b?c'}", "is * or origins"},
           {"CORS: {Origins: 'https://u@a.b'}", "is * or origins"},
           {"CORS: {Origins: 'https://'}", "is * or origins"},
           {"CORS: {Origins: '://a.b'}", "is * or origins"},
           {"CORS: {Origins: 'ht tp://a.b'}", "is * or origins"},
           {"CORS: {Origins: 'https://*.a.b'}", "is * or origins"},
           {"CORS: {Origins: 'https://a.b:'}", "is * or origins"},
           {"CORS: {Origins: 'https://a.b:0'}", "is * or origins"},
           {"CORS: {Origins: 'https://a.b:65536'}", "is * or origins"},
           {"CORS: {Origins: 'https://a.b:443'}", "without path and usual port"},
           {"CORS: {Origins: 'http://::1'}", "is * or origins"},
           {"CORS: {Origins: 'http://[a.b]'}", "is * or origins"},
           {"CORS: {Origins: a.example}", "is * or origins"},
           {"TLS: {KeyPath: a}", "TLS.KeyPath (/"}}) {
    INFO(each.yaml);
    const absl::Status status = LoadYaml(each.yaml).status();
    INFO(status);
    CHECK(Reason(status) == "config.invalid_value");
    const std::string message(status.message());
    CHECK(message.find(each.told) != std::string::npos);
    CHECK(message.find(" line 1)") != std::string::npos);
  }
}

TEST_CASE("origins are taken as browsers send them") {
  for (const char* text :
       {"'*'", "[]", "https://app.example.com", "[http://localhost:3000, 'http://[::1]:3000']",
        "http://127.0.0.1:8080", "https://a.b:80", "capacitor://localhost", "HTTPS://A.B"}) {
    INFO(text);
    CHECK(LoadYaml(absl::StrCat("CORS: {Origins: ", text, "}")).status().message() == "");
  }
}

TEST_CASE("the nearest name is near or holds what was written") {
  const std::vector<std::string> names = {"Port", "ExternalPort", "ExternalDomain", "TLS.CertPath",
                                          "Store.Postgres.URL"};
  CHECK(Nearest("Prot", names) == "Port");
  CHECK(Nearest("ExternalDomian", names) == "ExternalDomain");
  CHECK(Nearest("externaldomain", names) == "ExternalDomain");
  CHECK(Nearest("Domain", names) == "ExternalDomain");
  CHECK(Nearest("Postgres.URL", names) == "Store.Postgres.URL");
  for (const char* far : {"", "X", "Foo", "Wombat", "Sort.Order.Of.Something", "Part of it"}) {
    INFO(far);
    CHECK_FALSE(Nearest(far, names).has_value());
  }
  CHECK_FALSE(Nearest(std::string(100000, 'a'), names).has_value());
}

TEST_CASE("a configuration file that cannot be read says why") {
  for (const auto& [path, why] : std::vector<std::pair<std::string, std::string>>{
           {"/tmp", "it is a directory"}, {"/nowhere/a.yaml", "No such file"}}) {
    ConfigSources sources;
    sources.files = {path};
    const absl::Status status = Config::Load(sources).status();
    CHECK(Reason(status) == "config.invalid_file");
    CHECK(std::string(status.message()).find(path) != std::string::npos);
    CHECK(std::string(status.message()).find(why) != std::string::npos);
  }
}

TEST_CASE("a file that is no map of keys is refused with its line") {
  for (const char* text : {"[1, 2]", "Port: [", "just words", "Port: 1\nPort: 2\n", "? [a]\n: b\n",
                           "Address: [[1]]", "&a a: *a"}) {
    INFO(text);
    const auto config = LoadYaml(text);
    CHECK(absl::IsInvalidArgument(config.status()));
  }
  CHECK(LoadYaml("").ok());
  ConfigSources missing;
  missing.files = {"/nowhere/muniment.yaml"};
  CHECK(absl::IsNotFound(Config::Load(missing).status()));
}

TEST_CASE("the description masks secrets, tells origins and is itself a valid file") {
  ConfigSources sources;
  sources.environment = {{"MUNIMENT_MASTERKEY", "0123456789abcdef"},
                         {"MUNIMENT_FIRSTINSTANCE_ORG_HUMAN_PASSWORD", "hunter-2"}};
  sources.flags = {{"Port", "9090"}, {"TrustedProxies", "10.0.0.0/8, 192.168.0.0/16"}};
  const auto config = Config::Load(sources);
  REQUIRE(config.ok());
  const std::string text = config->Describe();
  CHECK(text.find("0123456789abcdef") == std::string::npos);
  CHECK(text.find("hunter-2") == std::string::npos);
  CHECK(text.find("'********'  # environment MUNIMENT_MASTERKEY") != std::string::npos);
  CHECK(text.find("Port: 9090  # flag") != std::string::npos);
  CHECK(text.find("DataDir: muniment-data  # default") != std::string::npos);
  // But for its secrets, which are not to be taken for what they are masked by.
  const absl::Status masked = LoadYaml(text).status();
  CHECK(Reason(masked) == "config.masked_secret");
  CHECK(std::string(masked.message()).find("MasterKey (/") != std::string::npos);
  const YamlFile kept(text);
  sources.files = {kept.path()};
  sources.flags.clear();
  const auto again = Config::Load(sources);
  REQUIRE(again.ok());
  CHECK(again->Text(Key::kMasterKey) == "0123456789abcdef");
  CHECK(again->Count(Key::kPort) == 9090);
  CHECK(again->List(Key::kTrustedProxies) == config->List(Key::kTrustedProxies));
}

TEST_CASE("a bad secret is refused without being shown") {
  ConfigSources sources;
  sources.environment = {{"MUNIMENT_FIRSTINSTANCE_ORG_HUMAN_PASWORD", "hunter-2"}};
  const auto config = Config::Load(sources);
  CHECK_FALSE(config.ok());
  CHECK(std::string(config.status().message()).find("hunter-2") == std::string::npos);
}

TEST_CASE("every key has one flag and one variable of its own") {
  std::set<std::string> flags, variables;
  for (const KeyInfo& info : AllKeys()) {
    CHECK(flags.insert(FlagName(info)).second);
    CHECK(variables.insert(EnvironmentName(info)).second);
    CHECK(std::string(info.help).back() == '.');
  }
  CHECK(FlagName(Info(Key::kTlsCertPath)) == "--tls.cert-path");
  CHECK(FlagName(Info(Key::kCorsOrigins)) == "--cors.origins");
  CHECK(EnvironmentName(Info(Key::kOrgName)) == "MUNIMENT_FIRSTINSTANCE_ORG_NAME");
}

TEST_CASE("sizes are counted in powers of two and never overflow") {
  CHECK(ParseBytes("0") == 0u);
  CHECK(ParseBytes("64KiB") == 65536u);
  CHECK(ParseBytes("3GiB") == 3ull << 30);
  for (const char* text : {"", "-1", "1MB", "KiB", "18446744073709551615GiB", "1.5GiB", "1 KiB"}) {
    INFO(text);
    CHECK_FALSE(ParseBytes(text).has_value());
  }
}

}  // namespace
}  // namespace muniment::gateway
