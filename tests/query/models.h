// Read models in a folder that goes with the test, whose rows a test writes itself.
//
//   Models models(tables);
//   Batch batch(*models.database);      // and what it puts
//   models.LoadOwners();                // when they stand, and queries are to be asked
//   models.Run(handler, std::move(call), request);
#ifndef MUNIMENT_TESTS_QUERY_MODELS_H_
#define MUNIMENT_TESTS_QUERY_MODELS_H_

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "muniment/row/v1/mfa_skip.pb.h"
#include "muniment/row/v1/names.pb.h"
#include "muniment/row/v1/role.pb.h"
#include "muniment/row/v1/row.pb.h"
#include "muniment/row/v1/web_key.pb.h"
#include "muniment/row/v1/work.pb.h"
#include "projections/database.h"
#include "query/handler.h"
#include "tests/base/temp_dir.h"

namespace muniment::query {

// Of what a reader asks about callers and owners, and of rows that are read as they are.
inline std::vector<const projections::TablePlan*> CommonTables() {
  using projections::TablePlan;
  return {&TablePlan::Of<row::v1::Instance>(),     &TablePlan::Of<row::v1::Org>(),
          &TablePlan::Of<row::v1::OrgDomain>(),    &TablePlan::Of<row::v1::User>(),
          &TablePlan::Of<row::v1::Member>(),       &TablePlan::Of<row::v1::Metadata>(),
          &TablePlan::Of<row::v1::DomainPolicy>(), &TablePlan::Of<row::v1::LoginPolicy>(),
          &TablePlan::Of<row::v1::Session>(),      &TablePlan::Of<row::v1::InstanceDomain>(),
          &TablePlan::Of<row::v1::UserFactors>(),  &TablePlan::Of<row::v1::SessionPolicy>(),
          &TablePlan::Of<row::v1::PasswordAge>(),  &TablePlan::Of<row::v1::SignIn>(),
          &TablePlan::Of<row::v1::Project>(),      &TablePlan::Of<row::v1::ProjectRole>(),
          &TablePlan::Of<row::v1::ProjectGrant>(), &TablePlan::Of<row::v1::Group>(),
          &TablePlan::Of<row::v1::DefinedRole>(),  &TablePlan::Of<row::v1::Application>(),
          &TablePlan::Of<row::v1::WebKey>(),       &TablePlan::Of<row::v1::ApplicationKey>(),
          &TablePlan::Of<row::v1::Work>(),         &TablePlan::Of<row::v1::MfaSkip>(),
          &TablePlan::Of<row::v1::NameMove>(),
          &TablePlan::Of<row::v1::OrganizationSettings>()};
}

// "zitadel.user.v2.UserService/GetUserByID"; null where there is none.
inline const google::protobuf::MethodDescriptor* MethodOf(const std::string& method) {
  return google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(
      absl::StrReplaceAll(method, {{"/", "."}}));
}

struct Models {
  explicit Models(const std::vector<const projections::TablePlan*>& tables) {
    auto opened = projections::Database::Open({.path = dir.path()}, tables);
    REQUIRE(opened.ok());
    database = *std::move(opened);
  }

  void LoadOwners() {
    auto view = database->Read();
    REQUIRE(owners.Load(view).ok());
    sources.owners = &owners;
  }
  // As the gateway does; of `call` it fills in what the method says, and the time.
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Run(
      const Handler& handler, ReadCall call, const google::protobuf::Message& request) {
    call.rule = &MethodOf(handler.method)->options().GetExtension(rule);
    call.now = absl::Now();
    Reader reader(std::move(call), database->Read(), sources);
    RETURN_IF_ERROR(reader.Begin());
    ASSIGN_OR_RETURN(auto response, handler.run(reader, request));
    RETURN_IF_ERROR(reader.Finish());
    gets = reader.gets();
    cursors = reader.view().cursors();
    rows = reader.view().rows();
    return response;
  }

  const TempDir dir;
  std::unique_ptr<projections::Database> database;
  projections::Owners owners;
  Sources sources;
  // Of the last query that was answered.
  int gets = 0;
  int cursors = 0;
  uint64_t rows = 0;
};

}  // namespace muniment::query

#endif  // MUNIMENT_TESTS_QUERY_MODELS_H_
