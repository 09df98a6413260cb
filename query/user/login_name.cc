#include "query/user/login_name.h"

#include <string>

#include "query/text_query.h"
#include "query/user/present.h"
#include "zitadel/user/v2/query.pb.h"

namespace muniment::query {

using google::protobuf::Message;
using row::v1::User;
using zitadel::user::v2::LoginNameQuery;

Named LoginName(const Reader& reader) {
  Named named;
  named.name = "login_name";
  named.matches = [&reader](const Message& argument, const Message& row) -> absl::StatusOr<bool> {
    const auto& query = static_cast<const LoginNameQuery&>(argument);
    return TextQuery(query.login_name(), query.method())
        .FitsSome(LoginNames(reader, static_cast<const User&>(row)));
  };
  // A login name is the user name, or has it before its last @.
  named.narrow = [](const Message& argument) -> std::vector<Narrowing> {
    const auto& query = static_cast<const LoginNameQuery&>(argument);
    const auto method = static_cast<TextMethod>(query.method());
    if (method != TextMethod::kEquals && method != TextMethod::kEqualsIgnoreCase) return {};
    const std::string& name = query.login_name();
    return {{"username", name}, {"username", name.substr(0, name.rfind('@'))}};
  };
  return named;
}

}  // namespace muniment::query
