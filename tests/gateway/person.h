// Somebody with a recognisable value in every field there is, who has used whatever a person and a
// machine can use.
//
//   AllowRecoveryCodes(node);           // which the login policy of a new instance does not
//   const Person person(admin, port);   // made and living
//   ... Traces(person.shown()) finds him in the read models
//   person.Remove(admin);               // he and his machine
#ifndef MUNIMENT_TESTS_GATEWAY_PERSON_H_
#define MUNIMENT_TESTS_GATEWAY_PERSON_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tests/gateway/json_client.h"

namespace muniment::gateway {

class Node;

void AllowRecoveryCodes(Node& node);

class Person {
 public:
  // By whoever `admin` is, on the server at `port`.
  Person(const JsonClient& admin, uint16_t port);

  // He and his machine.
  void Remove(const JsonClient& admin) const;

  // What read models have to hold in clear to answer with it.
  const std::vector<std::string>& shown() const { return shown_; }
  // All that may be found nowhere after his removal, what is shown and what never is.
  std::vector<std::string> values() const;
  const std::string& id() const { return id_; }
  const std::string& machine() const { return machine_; }
  const std::string& username() const { return username_; }
  const std::string& email() const { return email_; }
  const std::string& phone() const { return phone_; }

 private:
  std::string Shown(const std::string& value);
  std::string Hidden(const std::string& value);
  std::string Tagged(const std::string& what) const;
  std::string Phone(std::string begin) const;
  void Begin(const JsonClient& admin);
  void Change(const JsonClient& admin);
  std::string SignIn(const JsonClient& admin);
  void Act(const JsonClient& admin, uint16_t port, const std::string& token);
  JsonClient LoginClient(const JsonClient& admin, uint16_t port) const;
  void SignInToApplication(const JsonClient& admin, uint16_t port, const std::string& token);
  void AddFactors(const JsonClient& admin);
  void AddKey(const JsonClient& admin, const std::string& kind, const std::string& members,
              const JsonClient::Reply& begun);
  void AddMachine(const JsonClient& admin, uint16_t port);

  const std::string tag_;
  std::vector<std::string> shown_;
  std::vector<std::string> hidden_;
  std::string id_, machine_, organization_, username_, email_, password_;
  std::string phone_, session_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_TESTS_GATEWAY_PERSON_H_
