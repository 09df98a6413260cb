#include <algorithm>

#include "projections/session_key.h"
#include "query/session/present.h"
#include "zitadel/session/v2/session_service.pb.h"

namespace muniment::query {
namespace {

using google::protobuf::Message;
using projections::SessionDay;
using projections::TablePlan;
using row::v1::Session;
using zitadel::session::v2::CreatorQuery;
using zitadel::session::v2::IDsQuery;
using zitadel::session::v2::ListSessionsRequest;
using zitadel::session::v2::ListSessionsResponse;
using zitadel::session::v2::UserAgentQuery;

// The row's key begins with the day of the id.
Named Ids() {
  Named named;
  named.name = "ids";
  named.matches = [](const Message& argument, const Message& row) -> absl::StatusOr<bool> {
    const auto& ids = static_cast<const IDsQuery&>(argument).ids();
    return std::find(ids.begin(), ids.end(), static_cast<const Session&>(row).id()) != ids.end();
  };
  named.narrow = [](const Message& argument) {
    std::vector<Narrowing> narrowings;
    for (const std::string& id : static_cast<const IDsQuery&>(argument).ids()) {
      narrowings.push_back({.key = TablePlan::Of<Session>().Key({SessionDay(id), id})});
    }
    return narrowings;
  };
  return named;
}

// A query that names nobody means the caller: his id, or the agent of the session that he shows.
template <class Query>
Named Equals(std::string name, std::string column,
             std::function<std::string(const Query& query)> wanted,
             std::string (*held)(const Session& session)) {
  Named named;
  named.name = std::move(name);
  named.matches = [wanted, held](const Message& argument,
                                 const Message& row) -> absl::StatusOr<bool> {
    const std::string text = wanted(static_cast<const Query&>(argument));
    return !text.empty() && held(static_cast<const Session&>(row)) == text;
  };
  named.narrow = [wanted, column = std::move(column)](const Message& argument) {
    const std::string text = wanted(static_cast<const Query&>(argument));
    // Nobody's: the key of no row.
    if (text.empty()) return std::vector<Narrowing>{{.key = TablePlan::Of<Session>().Key({0, text})}};
    return std::vector<Narrowing>{{column, text}};
  };
  return named;
}

absl::StatusOr<std::string> OwnAgent(Reader& reader) {
  const std::string& id = reader.call().caller.session_id;
  if (id.empty()) return std::string();
  ASSIGN_OR_RETURN(const auto session,
                   reader.view().Get<Session>(reader.instance(), {SessionDay(id), id}));
  return session.has_value() ? session->user_agent().fingerprint_id() : std::string();
}

}  // namespace

absl::StatusOr<ListSessionsResponse> ListSessions(Reader& reader,
                                                  const ListSessionsRequest& request) {
  const std::string caller = reader.call().caller.user_id;
  ASSIGN_OR_RETURN(const std::string agent, OwnAgent(reader));
  ListSpec<Session> spec;
  spec.owner_column = "organization_id";
  spec.self_columns = {"user_id", "creator_id"};
  spec.named = {
      Ids(),
      Equals<CreatorQuery>(
          "creator", "creator_id",
          [caller](const CreatorQuery& query) { return query.has_id() ? query.id() : caller; },
          [](const Session& session) { return session.creator_id(); }),
      Equals<UserAgentQuery>(
          "user_agent", "user_agent.fingerprint_id",
          [agent](const UserAgentQuery& query) {
            return query.has_fingerprint_id() ? query.fingerprint_id() : agent;
          },
          [](const Session& session) { return session.user_agent().fingerprint_id(); })};
  ASSIGN_OR_RETURN(auto response, reader.List<ListSessionsResponse>(request, std::move(spec),
                                                                    &PresentSession));
  for (auto& session : *response.mutable_sessions()) RETURN_IF_ERROR(NameUser(reader, &session));
  return response;
}

}  // namespace muniment::query
