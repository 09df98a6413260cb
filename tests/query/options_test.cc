// Filters and sortings are data: a column that is misspelt in an option would end the process at
// the first request, so every one is compiled here.
#include <algorithm>
#include <catch2/catch.hpp>

#include "muniment/options.pb.h"
#include "muniment/row/v1/row.pb.h"
#include "projections/table.h"
#include "query/handler.h"
#include "zitadel/metadata/v2/metadata.pb.h"
#include "zitadel/org/v2/query.pb.h"
#include "zitadel/user/v2/pat.pb.h"
#include "zitadel/user/v2/query.pb.h"

namespace muniment::query {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;

int CompileFilterColumns(const Descriptor* filter, const Descriptor* row) {
  int columns = 0;
  const auto* members = filter->oneof_decl(0);
  for (int i = 0; i < members->field_count(); ++i) {
    const auto& option = members->field(i)->options().GetExtension(muniment::filter);
    INFO(members->field(i)->full_name());
    const int said = !option.column().empty() + !option.of().empty() +
                     (option.combine() != COMBINE_UNSPECIFIED);
    CHECK(said == 1);
    if (option.column().empty()) continue;
    const projections::Column column(row, option.column());
    CHECK(column.path() == option.column());
    ++columns;
  }
  return columns;
}

int CompileSortColumns(const EnumDescriptor* sorting, const Descriptor* row) {
  int columns = 0;
  for (int i = 0; i < sorting->value_count(); ++i) {
    const auto& path = sorting->value(i)->options().GetExtension(sort_column);
    CHECK(path.empty() == (sorting->value(i)->number() == 0));
    if (path.empty()) continue;
    CHECK(projections::Column(row, path).path() == path);
    ++columns;
  }
  return columns;
}

TEST_CASE("every filter and sorting option names a column of its row") {
  CHECK(CompileFilterColumns(zitadel::user::v2::SearchQuery::descriptor(),
                             row::v1::User::descriptor()) == 12);
  CHECK(CompileFilterColumns(zitadel::org::v2::SearchQuery::descriptor(),
                             row::v1::Org::descriptor()) == 3);
  CHECK(CompileFilterColumns(zitadel::user::v2::PersonalAccessTokensSearchFilter::descriptor(),
                             row::v1::PersonalAccessToken::descriptor()) == 5);
  CHECK(CompileFilterColumns(zitadel::metadata::v2::MetadataSearchFilter::descriptor(),
                             row::v1::Metadata::descriptor()) == 1);
  CHECK(CompileSortColumns(zitadel::user::v2::UserFieldName_descriptor(),
                           row::v1::User::descriptor()) == 9);
  CHECK(CompileSortColumns(zitadel::org::v2::OrganizationFieldName_descriptor(),
                           row::v1::Org::descriptor()) == 2);
  CHECK(CompileSortColumns(zitadel::user::v2::PersonalAccessTokenFieldName_descriptor(),
                           row::v1::PersonalAccessToken::descriptor()) == 5);
}

TEST_CASE("queries stand in the dispatch table in order, another's twin with the other's handler") {
  std::vector<std::string> methods;
  const google::protobuf::Descriptor* own_user = nullptr;
  const google::protobuf::Descriptor* user = nullptr;
  for (const auto& handler : Handlers()) {
    methods.push_back(handler.method);
    if (handler.method == "zitadel.auth.v1.AuthService/GetMyUser") own_user = handler.request;
    if (handler.method == "zitadel.user.v2.UserService/GetUserByID") user = handler.request;
  }
  REQUIRE(user != nullptr);
  CHECK(own_user == user);
  CHECK(std::is_sorted(methods.begin(), methods.end()));
  CHECK(std::adjacent_find(methods.begin(), methods.end()) == methods.end());
}

}  // namespace
}  // namespace muniment::query
