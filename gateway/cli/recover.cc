#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "gateway/cli/command_line.h"
#include "gateway/cli/machine_user.h"
#include "gateway/data_owner.h"
#include "gateway/log.h"
#include "gateway/node.h"
#include "gateway/owner.h"
#include "gateway/private_file.h"
#include "gateway/storage.h"

namespace muniment::gateway {
namespace {

struct Wanted {
  std::string user;
  std::string token_path;
  std::string lifetime = "24h";
};

absl::StatusOr<absl::Duration> Lifetime(const std::string& text) {
  absl::Duration lifetime;
  if (absl::ParseDuration(text, &lifetime) && lifetime >= absl::Minutes(1) &&
      lifetime <= absl::Hours(24 * 366)) {
    return lifetime;
  }
  return Error(absl::StatusCode::kInvalidArgument, "recover.lifetime",
               absl::StrCat("--lifetime is a duration from 1m to 8784h (a year), such as 24h, not \"",
                            text, "\"."));
}

void Tell(const CommandLine& line, const Recovered& recovered, const std::string& token_path,
          absl::Time expiration) {
  absl::PrintF("%s %s (%s) administers the instance now: IAM_OWNER\n",
               recovered.machine ? "machine" : "user", recovered.username, recovered.user_id);
  for (const std::string& done : recovered.done) absl::PrintF("%s\n", done);
  if (!recovered.machine) {
    absl::PrintF("\nStart the server. With the password that user opens a session, whose token acts for the\n"
                 "user: CreateSession and SetSession of zitadel.session.v2, by a program that has a token.\n"
                 "A password that must be changed is changed first, by SetPassword in that session.\n"
                 "Where there is no program, or the password is lost, run recover without --user: it makes a\n"
                 "token, with which sessions are opened and a new password is set.\n");
    return;
  }
  absl::PrintF("token     %s, until %s\n", token_path,
               absl::FormatTime("%Y-%m-%d %H:%M UTC", expiration, absl::UTCTimeZone()));
  absl::PrintF("\nStart the server, repair what is broken, then remove the token or the machine:\n"
               "  %s call UserService/ListUsers '{}' --token-file %s\n"
               "  %s call UserService/DeleteUser '{\"userId\": \"%s\"}' --token-file %s\n",
               line.program, token_path, line.program, recovered.user_id, token_path);
}

absl::Status RunRecover(const CommandLine& line, const Wanted& wanted) {
  ASSIGN_OR_RETURN(const absl::Duration lifetime, Lifetime(wanted.lifetime));
  ASSIGN_OR_RETURN(const Config config, line.LoadConfig());
  StartLog("warn", "text");
  RETURN_IF_ERROR(CheckStoreStands(config));
  // Before the process becomes somebody else.
  const std::string who = MachineUser("recover");
  RETURN_IF_ERROR(ActAsOwner(config.Text(Key::kDataDir)));
  NodeOptions options;
  options.offline = true;
  ASSIGN_OR_RETURN(const auto node, Node::Open(config, options));
  Recovery recovery;
  recovery.user = wanted.user;
  recovery.token = Secret(Base64UrlEncode(RandomBytes(32)));
  recovery.expiration = absl::Now() + lifetime;
  const std::string path = wanted.token_path.empty()
                               ? absl::StrCat(config.Text(Key::kDataDir), "/recovery.pat")
                               : wanted.token_path;
  // Before the commit: a token that opens nothing is harmless, one that nobody has is lost.
  const std::string fresh = absl::StrCat(path, ".unused");
  RETURN_IF_ERROR(
      ReplacePrivateFile(fresh, absl::StrCat(recovery.token.reveal(), "\n")));
  Recovered recovered;
  SystemCommand command;
  command.name = "muniment.Recover";
  command.context.set_user_agent(who);
  const absl::Status done = node->RunOnFirstInstance(
      std::move(command),
      [&](command::Unit& unit) { return Recover(unit, recovery, recovered); });
  if (!done.ok() || !recovered.machine) {
    RETURN_IF_ERROR(RemovePrivateFile(fresh));
    RETURN_IF_ERROR(done);
  } else {
    RETURN_IF_ERROR(MovePrivateFile(fresh, path));
  }
  Tell(line, recovered, path, recovery.expiration);
  return absl::OkStatus();
}

}  // namespace

void AddRecover(CLI::App& app, CommandLine& line) {
  CLI::App* sub = app.add_subcommand(
      "recover", "Gives the instance back to somebody when nobody administers it any more");
  const auto wanted = std::make_shared<Wanted>();
  sub->add_option("--user", wanted->user,
                  "An existing user, by id or login name; without it a new machine is made")
      ->type_name("USER");
  sub->add_option("--token-file", wanted->token_path,
                  "Where the machine's token is written; by default recovery.pat in DataDir")
      ->type_name("FILE");
  sub->add_option("--lifetime", wanted->lifetime, "How long that token is good")
      ->capture_default_str()
      ->type_name("DURATION");
  AddConfigFlags(*sub, line, Shown::kStore);
  sub->footer(
      "For who holds the machine and its master key, when the last administrator is locked out or\n"
      "the last token has expired. Stop the server first; on PostgreSQL other nodes may run, and the\n"
      "data directory is that of a stopped node or a new one.\n"
      "\n"
      "  muniment recover                       a new machine with IAM_OWNER and a token for a day\n"
      "  muniment recover --user ada            gives ada IAM_OWNER; unlocked and active again\n"
      "\n"
      "Run by root it acts as the owner of the data directory, who must read what it writes.\n"
      "\n"
      "What it changes stands in the log as events of the system, with your user name sealed beside\n"
      "them. A person gets no new password and no token.");
  sub->callback([&line, wanted] { line.result = RunRecover(line, *wanted); });
}

}  // namespace muniment::gateway
