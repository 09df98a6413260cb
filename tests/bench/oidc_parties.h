// Whom OpenID Connect's benches have to do with: a machine with a secret and a key, people who sign
// in to an application, and an API that asks about their tokens. Made on a server that runs, in the
// default organization, under names that no earlier ones took.
//
//   const OidcParties parties(server, TokenOf(folder));
//   const std::string token = parties.AccessToken(/*audiences=*/1);
//
// One thread. Whatever fails ends the process.
#ifndef MUNIMENT_TESTS_BENCH_OIDC_PARTIES_H_
#define MUNIMENT_TESTS_BENCH_OIDC_PARTIES_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/key_pair.h"
#include "gateway/cli/generic_call.h"
#include "gateway/outbound.h"
#include "google/protobuf/message.h"
#include "tests/bench/server.h"
#include "zitadel/session/v2/session_service.pb.h"

namespace muniment::bench {

inline constexpr char kTokenPath[] = "/oauth/v2/token";
inline constexpr char kCreateSession[] = "/zitadel.session.v2.SessionService/CreateSession";
inline constexpr char kSetSession[] = "/zitadel.session.v2.SessionService/SetSession";
inline constexpr char kLoginPassword[] = "/ui/v2/login/password";

// A member of a JSON object, which must be a text that is not empty.
std::string TextOf(const std::string& json, const char* member);
bool HasText(const std::string& json, const char* member);

class OidcParties {
 public:
  OidcParties(const Server& server, std::string token);

  // What they show as Authorization.
  std::string machine() const { return Basic(name_, secret_); }
  std::string web() const { return Basic(web_id_, web_secret_); }
  std::string api() const { return Basic(client_id_, client_secret_); }
  // Who administers all.
  const std::string& token() const { return token_; }

  // So many more people, by their ids, who all have the same password, hashed as ours are.
  std::vector<std::string> AddPeople(int count);
  // The same by their login names, whose hash was brought along and takes long to check.
  std::vector<std::string> AddDearPeople(int count);
  // Requests, as they are sent: a session of that person, and one's password.
  std::string Session(const std::string& person, bool with_password) const;
  std::string Password(const std::string& session) const;

  // Bodies that redeem a code, for each of so many sign-ins.
  std::vector<std::string> Codes(int count);
  std::string Credentials(int audiences) const;
  // Without a jti it counts as often as it is shown, so that the client's signature is not
  // measured.
  std::string Bearer() const;
  std::string AccessToken(int audiences) const;

  // A browser that stands before the page for the password of each of these login names: its
  // cookie, and the forms with a wrong one.
  struct Browser {
    std::string cookie;
    std::vector<std::string> forms;
  };
  Browser AtPassword(const std::vector<std::string>& login_names) const;

 private:
  static std::string Basic(const std::string& id, const std::string& secret);
  std::string Scope(int audiences) const;
  void Call(const char* path, const google::protobuf::Message& request,
            google::protobuf::Message* response) {
    CallBy(token_, path, request, response);
  }
  void CallBy(const std::string& token, const char* path,
              const google::protobuf::Message& request, google::protobuf::Message* response);
  gateway::OutboundResponse Send(gateway::OutboundRequest request, const std::string& path,
                                 absl::string_view cookie) const;
  std::string Code(const zitadel::session::v2::CreateSessionResponse& session);
  std::string AddPerson(const std::string& username, const std::string& hash);
  void MakeLogin();
  void MakeApplication();
  void MakeApi();
  void MakeMachine();

  const std::string url_, token_;
  const KeyPair pair_ = NewKeyPair();
  const std::string hash_;
  int people_ = 0;
  std::shared_ptr<grpc::Channel> channel_;
  std::string organization_, project_, client_id_, client_secret_;
  std::string name_, id_, secret_, key_id_;
  std::string person_, web_id_, web_secret_, login_token_;
  const gateway::Outbound client_{{.allowed = *net::Networks::Parse({"127.0.0.1", "::1"})}};
};

}  // namespace muniment::bench

#endif  // MUNIMENT_TESTS_BENCH_OIDC_PARTIES_H_
