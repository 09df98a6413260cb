#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "gateway/cli/command_line.h"
#include "gateway/cli/counted.h"
#include "gateway/cli/import_check.h"
#include "gateway/cli/import_file.h"
#include "gateway/cli/import_store.h"
#include "gateway/cli/machine_user.h"
#include "gateway/data_owner.h"
#include "gateway/log.h"
#include "gateway/node.h"
#include "gateway/storage.h"

namespace muniment::gateway {
namespace {

struct Wanted {
  std::string file;
  bool check = false;
  bool send_messages = false;
};

absl::Status Refusal(const ImportPlan& plan, const Wanted& wanted) {
  if (plan.faults > 0) {
    return Error(absl::StatusCode::kFailedPrecondition, "import.refused",
                 absl::StrCat(Counted(plan.faults, "fault"), "; nothing was written."));
  }
  if (plan.messages > 0 && !wanted.send_messages) {
    return Error(absl::StatusCode::kFailedPrecondition, "import.sends_messages",
                 absl::StrCat(Counted(plan.messages, "line"),
                              " would have a message sent to somebody. Say isVerified of the "
                              "address, true or false, or give --send-messages; nothing was "
                              "written."));
  }
  return absl::OkStatus();
}

void Tell(const ImportPlan& plan, const ImportCounts& counts, absl::Duration took) {
  std::string what = absl::StrJoin(counts, ", ", [](std::string* out, const auto& entry) {
    absl::StrAppend(out, entry.second, " ", entry.first);
  });
  const double seconds = std::max(absl::ToDoubleSeconds(took), 0.001);
  absl::PrintF("imported %s in %.1f s (%.0f/s)%s%s%s\n", Counted(plan.lines, "line"), seconds,
               static_cast<double>(plan.lines) / seconds, what.empty() ? "" : ": ", what,
               plan.stored == 0 ? ""
                                : absl::StrCat("; an earlier run had stored ",
                                               Counted(plan.stored, "line")));
}

absl::Status RunImport(const CommandLine& line, const Wanted& wanted) {
  const absl::Time began = absl::Now();
  ASSIGN_OR_RETURN(const Config config, line.LoadConfig());
  StartLog("warn", "text");
  RETURN_IF_ERROR(CheckStoreStands(config));
  // Before the process becomes somebody else, who may not read it.
  ASSIGN_OR_RETURN(const auto file, ImportFile::Open(wanted.file));
  const std::string by = MachineUser("import");
  const std::string& directory = config.Text(Key::kDataDir);
  RETURN_IF_ERROR(ActAsOwner(directory));
  NodeOptions options;
  options.offline = true;
  ASSIGN_OR_RETURN(const auto node, Node::Open(config, options));
  ASSIGN_OR_RETURN(const NodeInside inside, node->Inside([] { return absl::OkStatus(); }));
  RETURN_IF_ERROR(file->Measure(directory));
  ASSIGN_OR_RETURN(const ImportPlan plan, CheckImport(*file, inside, directory));
  RETURN_IF_ERROR(Refusal(plan, wanted));
  if (wanted.check) {
    absl::PrintF("%s could be imported%s\n", Counted(plan.lines, "line"),
                 plan.stored == 0 ? ""
                                  : absl::StrCat("; an earlier run had stored ",
                                                 Counted(plan.stored, "line")));
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const ImportCounts counts, StoreImport(*file, plan, inside, by));
  Tell(plan, counts, absl::Now() - began);
  return absl::OkStatus();
}

constexpr char kFooter[] =
    "Stop the server first; on PostgreSQL other nodes may run, and the data directory is that of a\n"
    "stopped node or a new one. The store was started once. Each line is a JSON object of one member,\n"
    "whose value is the request of a published method, in its JSON and with its rules:\n"
    "\n"
    "  organization          AddOrganization        project        CreateProject\n"
    "  organizationDomain    AddOrganizationDomain  projectRole    AddProjectRole\n"
    "  organizationMetadata  SetOrganizationMetadata\n"
    "  user                  CreateUser             projectGrant   CreateProjectGrant\n"
    "  userMetadata          SetUserMetadata        authorization  CreateAuthorization\n"
    "  group                 CreateGroup            administrator  CreateAdministrator\n"
    "  groupUsers            AddUsersToGroup\n"
    "\n"
    "  {\"organization\": {\"organizationId\": \"acme\", \"name\": \"Acme\"}}\n"
    "  {\"user\": {\"organizationId\": \"acme\", \"userId\": \"u1\", \"username\": \"ada\", \"human\": {\n"
    "    \"profile\": {\"givenName\": \"Ada\", \"familyName\": \"King\"},\n"
    "    \"email\": {\"email\": \"ada@acme.com\", \"isVerified\": true},\n"
    "    \"hashedPassword\": {\"hash\": \"$2b$12$...\"}}}}         (all on one line)\n"
    "\n"
    "A line names by id what the store has or a line before it makes; what no line names needs no id.\n"
    "First all lines are read and tried. Faults, and names, ids and domains that are taken in the file\n"
    "or the store, are told by line, and then nothing is written. Then it is stored, some hundred\n"
    "lines a commit. Broken off, it goes on with the same file where it stood and doubles nothing.\n"
    "Unknown fields are refused, lines end at 1 MiB, and memory takes about 80 bytes a line.";

}  // namespace

void AddImport(CLI::App& app, CommandLine& line) {
  CLI::App* sub = app.add_subcommand(
      "import", "Brings organizations, people, projects and roles in from a file");
  const auto wanted = std::make_shared<Wanted>();
  sub->add_option("file", wanted->file, "One JSON object a line; - is standard input")
      ->type_name("FILE|-")
      ->required();
  sub->add_flag("--check", wanted->check, "Only tells what is at fault or taken");
  sub->add_flag("--send-messages", wanted->send_messages,
                "Has codes sent for addresses of which the file does not say whether they are "
                "verified");
  AddConfigFlags(*sub, line, Shown::kStore);
  sub->footer(kFooter);
  sub->callback([&line, wanted] { line.result = RunImport(line, *wanted); });
}

}  // namespace muniment::gateway
