// Filters and sortings are data: a column that is misspelt in an option would end the process at
// the first request, so every one is compiled here.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "muniment/binding_options.pb.h"
#include "muniment/list_options.pb.h"
#include "muniment/options.pb.h"
#include "muniment/row/v1/instance_settings.pb.h"
#include "muniment/row/v1/names.pb.h"
#include "muniment/row/v1/row.pb.h"
#include "projections/table.h"
#include "query/handler.h"
#include "tests/query/models.h"

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
    const auto& options = sorting->value(i)->options();
    const auto& path = options.GetExtension(sort_column);
    // What is unspecified is left to us; a named order is the list's own.
    const bool says = !path.empty() || !options.GetExtension(sort_of).empty();
    CHECK(says != absl::EndsWith(sorting->value(i)->name(), "_UNSPECIFIED"));
    if (path.empty()) continue;
    CHECK(projections::Column(row, path).path() == path);
    ++columns;
  }
  return columns;
}

// What a published filter or sorting is about, and how many columns it names.
struct About {
  const Descriptor* (*row)();
  int columns;
};

const std::map<std::string, About> kFilters = {
    {"zitadel.user.v2.SearchQuery", {&row::v1::User::descriptor, 12}},
    {"zitadel.org.v2.SearchQuery", {&row::v1::Org::descriptor, 3}},
    {"zitadel.org.v2.DomainSearchFilter", {&row::v1::OrgDomain::descriptor, 1}},
    {"zitadel.session.v2.SearchQuery", {&row::v1::Session::descriptor, 3}},
    {"zitadel.user.v2.KeysSearchFilter", {&row::v1::MachineKey::descriptor, 5}},
    {"zitadel.user.v2.PersonalAccessTokensSearchFilter",
     {&row::v1::PersonalAccessToken::descriptor, 5}},
    {"zitadel.metadata.v2.MetadataSearchFilter", {&row::v1::Metadata::descriptor, 1}},
    {"zitadel.project.v2.ProjectSearchFilter", {&row::v1::Project::descriptor, 2}},
    {"zitadel.project.v2.ProjectRoleSearchFilter", {&row::v1::ProjectRole::descriptor, 2}},
    {"zitadel.project.v2.ProjectGrantSearchFilter", {&row::v1::ProjectGrant::descriptor, 3}},
    {"zitadel.internal_permission.v2.AdministratorSearchFilter", {&row::v1::Member::descriptor, 3}},
    {"zitadel.authorization.v2.AuthorizationsSearchFilter", {&row::v1::UserGrant::descriptor, 7}},
    {"zitadel.application.v2.ApplicationSearchFilter", {&row::v1::Application::descriptor, 5}},
    {"zitadel.application.v2.ApplicationKeySearchFilter",
     {&row::v1::ApplicationKey::descriptor, 3}},
    {"zitadel.group.v2.GroupsSearchFilter", {&row::v1::Group::descriptor, 3}},
    {"zitadel.group.v2.GroupUsersSearchFilter", {&row::v1::GroupUser::descriptor, 2}},
    {"zitadel.org.v1.OrgQuery", {&row::v1::Org::descriptor, 3}},
    {"zitadel.org.v1.DomainSearchQuery", {&row::v1::OrgDomain::descriptor, 1}},
    {"zitadel.member.v1.SearchQuery", {&row::v1::Member::descriptor, 1}},
    {"zitadel.user.v1.MembershipQuery", {&row::v1::Member::descriptor, 0}},
    {"zitadel.project.v1.ProjectQuery", {&row::v1::ProjectGrant::descriptor, 1}},
    {"zitadel.project.v1.RoleQuery", {&row::v1::ProjectRole::descriptor, 2}},
    {"zitadel.project.v1.ProjectGrantQuery", {&row::v1::ProjectGrant::descriptor, 0}},
    {"zitadel.project.v1.AllProjectGrantQuery", {&row::v1::ProjectGrant::descriptor, 2}},
    {"zitadel.user.v1.UserGrantQuery", {&row::v1::UserGrant::descriptor, 4}},
    {"zitadel.settings.v2.OrganizationSettingsSearchFilter",
     {&row::v1::OrganizationSettings::descriptor, 1}},
    {"zitadel.settings.v1.SecretGeneratorQuery", {&row::v1::SecretGenerator::descriptor, 1}},
};

const std::map<std::string, About> kSortings = {
    {"zitadel.user.v2.UserFieldName", {&row::v1::User::descriptor, 9}},
    {"zitadel.org.v2.OrganizationFieldName", {&row::v1::Org::descriptor, 2}},
    {"zitadel.org.v2.DomainFieldName", {&row::v1::OrgDomain::descriptor, 2}},
    {"zitadel.session.v2.SessionFieldName", {&row::v1::Session::descriptor, 1}},
    {"zitadel.user.v2.KeyFieldName", {&row::v1::MachineKey::descriptor, 5}},
    {"zitadel.user.v2.PersonalAccessTokenFieldName",
     {&row::v1::PersonalAccessToken::descriptor, 5}},
    {"zitadel.project.v2.ProjectFieldName", {&row::v1::Project::descriptor, 4}},
    {"zitadel.project.v2.ProjectRoleFieldName", {&row::v1::ProjectRole::descriptor, 3}},
    {"zitadel.project.v2.ProjectGrantFieldName", {&row::v1::ProjectGrant::descriptor, 3}},
    {"zitadel.internal_permission.v2.AdministratorFieldName", {&row::v1::Member::descriptor, 3}},
    {"zitadel.authorization.v2.AuthorizationFieldName", {&row::v1::UserGrant::descriptor, 7}},
    {"zitadel.application.v2.ApplicationSorting", {&row::v1::Application::descriptor, 5}},
    {"zitadel.application.v2.ApplicationKeysSorting", {&row::v1::ApplicationKey::descriptor, 7}},
    {"zitadel.group.v2.FieldName", {&row::v1::Group::descriptor, 4}},
    {"zitadel.group.v2.GroupUserFieldName", {&row::v1::GroupUser::descriptor, 3}},
    {"zitadel.settings.v2.OrganizationSettingsFieldName",
     {&row::v1::OrganizationSettings::descriptor, 3}},
    {"zitadel.org.v1.OrgFieldName", {&row::v1::Org::descriptor, 1}},
    {"zitadel.member.v1.MemberFieldColumnName", {&row::v1::Member::descriptor, 3}},
};

bool IsFilter(const Descriptor* message) {
  if (message == nullptr || message->oneof_decl_count() == 0) return false;
  return message->oneof_decl(0)->field(0)->options().HasExtension(muniment::filter);
}

TEST_CASE("every filter and sorting option of a query that is served names a column of its row") {
  std::set<std::string> filters, sortings;
  for (const auto& handler : Handlers()) {
    for (int i = 0; i < handler.request->field_count(); ++i) {
      const auto* field = handler.request->field(i);
      INFO(field->full_name());
      if (IsFilter(field->message_type())) {
        const std::string name(field->message_type()->full_name());
        REQUIRE(kFilters.count(name) == 1);
        const About& about = kFilters.at(name);
        if (!filters.insert(name).second) continue;
        CHECK(CompileFilterColumns(field->message_type(), about.row()) == about.columns);
      } else if (field->name() == "sorting_column") {
        const std::string name(field->enum_type()->full_name());
        REQUIRE(kSortings.count(name) == 1);
        const About& about = kSortings.at(name);
        if (!sortings.insert(name).second) continue;
        CHECK(CompileSortColumns(field->enum_type(), about.row()) == about.columns);
      }
    }
  }
  CHECK(filters.size() == kFilters.size());
  CHECK(sortings.size() == kSortings.size());
}

TEST_CASE("queries stand in the dispatch table in order, another's twin with the other's handler") {
  std::vector<std::string> methods;
  std::map<std::string, const Handler*> by_method;
  for (const auto& handler : Handlers()) {
    methods.push_back(handler.method);
    by_method[handler.method] = &handler;
  }
  CHECK(std::is_sorted(methods.begin(), methods.end()));
  CHECK(std::adjacent_find(methods.begin(), methods.end()) == methods.end());
  // A type of request is one handler's.
  int twins = 0;
  for (const auto& handler : Handlers()) {
    INFO(handler.method);
    const auto* method = MethodOf(handler.method);
    REQUIRE(method != nullptr);
    if (!method->options().HasExtension(muniment::binds)) {
      CHECK(handler.request == method->input_type());
      CHECK(handler.response == method->output_type());
      continue;
    }
    ++twins;
    const auto decides = by_method.find(method->options().GetExtension(muniment::binds).method());
    REQUIRE(decides != by_method.end());
    CHECK(decides->second->request == handler.request);
    CHECK(decides->second->response == handler.response);
    CHECK_FALSE(MethodOf(decides->first)->options().HasExtension(muniment::binds));
  }
  CHECK(twins == 117);
}

TEST_CASE("before a password is changed its page reads a session and advice, and nothing else") {
  std::set<std::string> let;
  for (const Handler& handler : Handlers()) {
    const auto& options = MethodOf(handler.method)->options();
    if (options.GetExtension(muniment::rule).before_password_change()) let.insert(handler.method);
  }
  CHECK(let == std::set<std::string>{
                   "muniment.api.password.v1.PasswordService/EstimatePasswordStrength",
                   "zitadel.session.v2.SessionService/GetSession"});
}

TEST_CASE("whoever is the twin of a query that is served is served") {
  std::set<std::string> methods;
  for (const auto& handler : Handlers()) methods.insert(handler.method);
  const auto* service = MethodOf("zitadel.auth.v1.AuthService/GetMyUser")->service();
  for (int i = 0; i < service->method_count(); ++i) {
    const auto* method = service->method(i);
    const auto& decides = method->options().GetExtension(muniment::binds).method();
    INFO(method->full_name());
    const bool served = methods.count(absl::StrCat(service->full_name(), "/", method->name())) == 1;
    if (!decides.empty()) CHECK(served == (methods.count(decides) == 1));
  }
}

}  // namespace
}  // namespace muniment::query
