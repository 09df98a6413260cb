#include "gateway/cli/told.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/timestamp.h"

namespace muniment::gateway {

namespace why = ::muniment::api::permission::v1;
using zitadel::internal_permission::v2::ResourceType;

namespace {

std::string Named(absl::string_view noun, const std::string& name, const std::string& id) {
  if (name.empty()) return absl::StrCat("the ", noun, " ", id);
  return absl::StrCat("the ", noun, " ", name, " (", id, ")");
}

std::string Name(const why::Thing& thing) {
  switch (thing.kind()) {
    case why::KIND_INSTANCE:
      return "the instance";
    case why::KIND_ORGANIZATION:
      return Named("organization", thing.name(), thing.id());
    case why::KIND_PROJECT:
      return Named("project", thing.name(), thing.id());
    case why::KIND_PROJECT_GRANT:
      return absl::StrCat("the grant ", thing.id(), " of ",
                          Named("project", thing.name(), thing.project_id()), " to ",
                          Named("organization", "", thing.granted_organization_id()));
    default:
      return Named("user", thing.name(), thing.id());
  }
}

std::string Event(const why::Fact& fact) {
  const std::string number = absl::StrCat("event ", fact.sequence());
  if (fact.type().empty()) return number;
  const std::string by = !fact.by_login_name().empty() ? fact.by_login_name()
                         : !fact.by().empty()          ? absl::StrCat("the user ", fact.by())
                                                       : "the server";
  return absl::StrCat(fact.type(), " by ", by, ", ",
                      absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", ToTime(fact.at()),
                                       absl::UTCTimeZone()),
                      " (", number, ")");
}

absl::string_view Word(why::State state) {
  switch (state) {
    case why::STATE_ACTIVE:
      return "active";
    case why::STATE_INACTIVE:
      return "inactive";
    case why::STATE_LOCKED:
      return "locked";
    case why::STATE_REMOVED:
      return "removed";
    default:
      return "unknown";
  }
}

class Text {
 public:
  void Line(int depth, absl::string_view line) {
    absl::StrAppend(&text_, std::string(static_cast<size_t>(2 * depth), ' '), line, "\n");
  }
  void Since(int depth, const why::Way& way) {
    if (way.withheld()) Line(depth, "by an event that is withheld from you");
    if (way.has_since()) Line(depth, absl::StrCat("since ", Event(way.since())));
  }
  void Stands(int depth, const why::Standing& standing) {
    if (standing.withheld()) {
      Line(depth, absl::StrCat(Name(standing.thing()), ": its state is withheld from you"));
      return;
    }
    Line(depth, absl::StrCat(Name(standing.thing()), " is ", Word(standing.state()), ", since ",
                             Event(standing.since())));
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void TellWay(const why::Way& way, Text& text) {
  const std::string on = Name(way.on());
  const std::string roles = absl::StrJoin(way.roles(), ", ");
  const std::string allowing = absl::StrJoin(way.allowing_roles(), ", ");
  switch (way.verdict()) {
    case why::VERDICT_ALLOWS:
      text.Line(1, absl::StrCat("by ", allowing, " on ", on));
      break;
    case why::VERDICT_NO_MEMBERSHIP:
      text.Line(1, absl::StrCat("on ", on, " he has no roles"));
      break;
    case why::VERDICT_ROLES_LACK_IT:
      text.Line(1, absl::StrCat("on ", on, " he has ", roles, ", which ",
                                way.roles_size() == 1 ? "lacks" : "lack", " it"));
      break;
    default:
      text.Line(1, absl::StrCat("on ", on, " he has ", allowing, ", which does not count"));
  }
  text.Since(2, way);
  for (const why::Definition& definition : way.definitions()) {
    const absl::string_view verb = definition.removed() ? "removed" : "defined";
    text.Line(2, absl::StrCat(definition.role(), " was ", verb, " by ", Name(definition.by()), ": ",
                              Event(definition.since())));
  }
  // Of what allows: what it takes beside the roles. Of what rests: what is in its way.
  if (way.verdict() != why::VERDICT_ALLOWS && way.verdict() != why::VERDICT_AT_REST) return;
  for (const why::Standing& standing : way.takes()) {
    const bool active = !standing.withheld() && standing.state() == why::STATE_ACTIVE;
    if (active == (way.verdict() == why::VERDICT_ALLOWS) || standing.withheld()) {
      text.Stands(2, standing);
    }
  }
}

}  // namespace

std::string Tell(const why::ExplainResponse& explained) {
  const why::User& user = explained.user();
  Text text;
  text.Line(0, absl::StrCat(explained.allowed() ? "Yes: " : "No: ", user.preferred_login_name(),
                            " (", user.id(), ") ", explained.allowed() ? "holds " : "does not hold ",
                            explained.permission(), " on ", Name(explained.resource()), "."));
  if (!explained.allowed()) {
    for (const why::Standing& standing : explained.user_standing()) {
      if (standing.withheld() || standing.state() != why::STATE_ACTIVE) text.Stands(1, standing);
    }
    for (const why::Standing& standing : explained.resource_standing()) {
      if (standing.state() == why::STATE_REMOVED) text.Stands(1, standing);
    }
  }
  for (const why::Way& way : explained.ways()) {
    if (!explained.allowed() || way.verdict() == why::VERDICT_ALLOWS) TellWay(way, text);
  }
  return text.text();
}

absl::StatusOr<ResourceType> ParseResource(absl::string_view text) {
  const std::vector<std::string> parts = absl::StrSplit(text, '/');
  ResourceType resource;
  const bool whole = std::none_of(parts.begin(), parts.end(),
                                  [](const std::string& part) { return part.empty(); });
  if (whole && parts.size() == 1 && parts[0] == "instance") {
    resource.set_instance(true);
    return resource;
  }
  if (whole && parts.size() == 2 && parts[0] == "org") {
    resource.set_organization_id(parts[1]);
    return resource;
  }
  if (whole && parts.size() == 2 && parts[0] == "project") {
    resource.set_project_id(parts[1]);
    return resource;
  }
  if (whole && parts.size() == 3 && parts[0] == "grant") {
    resource.mutable_project_grant()->set_project_id(parts[1]);
    resource.mutable_project_grant()->set_organization_id(parts[2]);
    return resource;
  }
  return Error(absl::StatusCode::kInvalidArgument, "why.invalid_resource",
               absl::StrCat("A resource is instance, org/ID, project/ID or grant/PROJECT/ORG, not \"",
                            text, "\"."));
}

}  // namespace muniment::gateway
