// What belongs to another organization is as unknown as what there never was, by the time too that it
// takes to hear so.
#include <algorithm>
#include <catch2/catch.hpp>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "tests/bench/welch.h"
#include "tests/matrix/world.h"

namespace muniment::matrix {
namespace {

constexpr int kPairs = 2'000;
// Less than a server's, for most of it is waiting; more than finding out takes.
constexpr absl::Duration kStep = absl::Microseconds(300);

struct Asked {
  const char* method;
  const char* name;  // in world.txt, of what is another's
  const char* request;  // about ID
  const char* organization = "";  // by the header: ID
};

// otto owns "other" and has nothing to do with acme. A query by one get and by several, a list below
// a target, commands that would change and end each kind of thing, and an organization by the header.
constexpr Asked kAsked[] = {
    {"zitadel.user.v2.UserService/GetUserByID", "bob", R"({"userId":"ID"})"},
    {"zitadel.project.v2.ProjectService/GetProject", "lamps", R"({"projectId":"ID"})"},
    {"zitadel.application.v2.ApplicationService/GetApplication", "shop",
     R"({"applicationId":"ID"})"},
    {"zitadel.user.v2.UserService/ListPasskeys", "bob", R"({"userId":"ID"})"},
    {"zitadel.user.v2.UserService/DeleteUser", "bob", R"({"userId":"ID"})"},
    {"zitadel.user.v2.UserService/LockUser", "bob", R"({"userId":"ID"})"},
    {"zitadel.project.v2.ProjectService/UpdateProject", "lamps",
     R"({"projectId":"ID","name":"Mine"})"},
    {"zitadel.org.v2.OrganizationService/DeleteOrganization", "acme",
     R"({"organizationId":"ID"})"},
    {"zitadel.management.v1.ManagementService/GetMyOrg", "acme", "{}", "ID"},
};

// Two calls that take turns, the foreign one first or second.
class Turns {
 public:
  Turns(World& world, const Asked& asked)
      : world_(world),
        name_(asked.method),
        method_(*FindMethod(asked.method)),
        token_(world.token(kOne, "otto")),
        foreign_(world.Named(kOne, asked.name)),
        unknown_(foreign_.size(), 'q') {
    for (const std::string* id : {&foreign_, &unknown_}) {
      requests_.push_back(RequestOf(method_, absl::StrReplaceAll(asked.request, {{"ID", *id}})));
      organizations_.push_back(absl::StrReplaceAll(asked.organization, {{"ID", *id}}));
    }
  }

  void Run() {
    for (int i = 0; i < kPairs + 50; ++i) {
      for (const int turn : {i % 2, 1 - i % 2}) {
        const absl::Time began = absl::Now();
        const Answer answer =
            world_.Call(kOne, token_, method_, *requests_[turn], organizations_[turn]);
        const double us = absl::ToDoubleMicroseconds(absl::Now() - began);
        // What is cold is so once.
        if (i >= 50) samples_[turn].Add(us);
        unfound_ += absl::IsNotFound(answer.status);
      }
    }
  }

  void Check() const {
    INFO(name_);
    const double t = bench::Welch(samples_[0], samples_[1]);
    std::cout << name_ << ": of another's " << samples_[0].mean() << " us, of none "
              << samples_[1].mean() << " us, Welch's t " << t << "\n";
    CHECK(unfound_ == 2 * (kPairs + 50));
    CHECK(t < bench::kAlike);
  }

 private:
  World& world_;
  const std::string name_;
  const MethodDescriptor& method_;
  const std::string token_, foreign_, unknown_;
  std::vector<std::unique_ptr<Message>> requests_;
  std::vector<std::string> organizations_;
  bench::Sample samples_[2];
  int unfound_ = 0;
};

TEST_CASE("to be told that something of another organization is unknown takes as long as of nothing") {
  World world;
  world.HoldUnknown(kStep);
  for (const Asked& asked : kAsked) {
    Turns turns(world, asked);
    turns.Run();
    turns.Check();
  }
}

TEST_CASE("what is unknown is answered on the clock, and what is known at once") {
  World world;
  world.HoldUnknown(kStep);
  const auto& get = *FindMethod("zitadel.user.v2.UserService/GetUserByID");
  const auto took = [&](const char* id, absl::StatusCode code) {
    double least = 1e9;
    for (int i = 0; i < 50; ++i) {
      const auto request = RequestOf(get, absl::StrCat(R"({"userId":")", id, R"("})"));
      const absl::Time began = absl::Now();
      const Answer answer = world.Call(kOne, world.token(kOne, "ann"), get, *request);
      least = std::min(least, absl::ToDoubleMicroseconds(absl::Now() - began));
      REQUIRE(answer.status.code() == code);
    }
    return least;
  };
  const double unknown = took("nobody", absl::StatusCode::kNotFound);
  CHECK(unknown >= absl::ToDoubleMicroseconds(kStep));
  CHECK(took("bob1", absl::StatusCode::kOk) < unknown);
}

}  // namespace
}  // namespace muniment::matrix
