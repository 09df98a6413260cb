#include "gateway/name_look.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "command/org/domain_holder.h"
#include "command/user/username.h"
#include "projections/rows_by.h"

namespace muniment::gateway {
namespace {

using projections::IndexCursor;
using projections::IndexPlan;
using projections::IndexRange;
using projections::TablePlan;
using projections::View;
using row::v1::User;
using Users = std::vector<User>;

constexpr size_t kPage = 256;
// Organizations of which one has a domain for good; others may say that they have it.
constexpr size_t kMaxSameDomain = 1000;

const TablePlan& Table() { return TablePlan::Of<User>(); }

class Look {
 public:
  Look(const projections::Database& database, uint64_t instance,
       const command::NamesElsewhere& names)
      : owners_(database.owners()),
        instance_(instance),
        names_(names),
        view_(database.Read()),
        by_name_(Table().index("username")),
        namesakes_(view_.Scan(instance, Table(), by_name_, IndexRange())),
        pages_(database, instance, names.organization_id) {}

  absl::StatusOr<command::NameConflicts> Run(size_t most,
                                             absl::FunctionRef<absl::Status()> pause) {
    RETURN_IF_ERROR(view_.Ready(Table()));
    command::NameConflicts found;
    ASSIGN_OR_RETURN(const auto instance,
                     view_.Get<row::v1::Instance>(instance_, {absl::StrCat(instance_)}));
    if (instance.has_value()) primary_ = instance->primary_domain();
    for (size_t read = 0; read < most; read += kPage) {
      RETURN_IF_ERROR(pause());
      ASSIGN_OR_RETURN(const auto users, pages_.Next(view_, std::min(kPage, most - read)));
      if (!users.has_value()) break;
      for (const User& user : *users) {
        ASSIGN_OR_RETURN(const bool conflicts, Conflicts(user));
        if (conflicts) found.Add({user.id(), !holder_.empty(), holder_});
      }
    }
    return found;
  }

 private:
  // Whether names of the organization are to count in the instance.
  bool Comes(const std::string& organization) const {
    if (!names_.in_instance) return false;
    if (!names_.organization_id.empty()) return organization == names_.organization_id;
    // What an organization says of itself goes on to count.
    return !owners_.HasDomainPolicy(instance_, organization) &&
           !owners_.ScopesUsernames(instance_, organization);
  }

  // Into holder_ goes who has the name there.
  absl::StatusOr<bool> Conflicts(const User& user) {
    holder_.clear();
    if (!owners_.Exists(instance_, user.organization_id())) return false;
    if (Comes(user.organization_id())) {
      RETURN_IF_ERROR(FindNamesake(user));
      if (!holder_.empty()) return true;
    }
    return names_.alone ? EndsInAnothers(user) : absl::StatusOr<bool>(false);
  }

  absl::Status FindNamesake(const User& user) {
    const std::string begin = by_name_.Prefix({user.username()});
    const std::string own = Table().Key({user.id()});
    for (namesakes_.Seek(begin); namesakes_.Valid() && namesakes_.fields() == begin;
         namesakes_.Next()) {
      if (namesakes_.row_key() == own) continue;
      ASSIGN_OR_RETURN(const auto other,
                       view_.GetByKey<User>(instance_, namesakes_.row_key()));
      if (!other.has_value()) continue;
      const std::string& organization = other->organization_id();
      if (!owners_.Exists(instance_, organization)) continue;
      if (!Comes(organization) && !owners_.NamesInInstance(instance_, organization)) continue;
      holder_ = other->id();
      return absl::OkStatus();
    }
    return namesakes_.status();
  }

  absl::StatusOr<bool> EndsInAnothers(const User& user) {
    for (const std::string& domain : command::DomainsOfUsername(user.username())) {
      const auto known = holders_.find(domain);
      if (known != holders_.end()) {
        if (!known->second.empty() && known->second != user.organization_id()) return true;
        continue;
      }
      ASSIGN_OR_RETURN(const std::string holder, HolderOf(domain));
      holders_[domain] = holder;
      if (!holder.empty() && holder != user.organization_id()) return true;
    }
    return false;
  }

  absl::StatusOr<std::string> HolderOf(const std::string& domain) {
    ASSIGN_OR_RETURN(const auto rows,
                     projections::RowsBy<row::v1::OrgDomain>(view_, instance_, "domain", {domain},
                                                             kMaxSameDomain));
    for (const row::v1::OrgDomain& row : rows) {
      if (!row.verified()) continue;
      const bool proved = row.proof() != event::v1::DOMAIN_PROOF_NONE;
      return command::HeldForGood(proved, domain, primary_) ? row.organization_id()
                                                            : std::string();
    }
    return std::string();
  }

  const projections::Owners& owners_;
  const uint64_t instance_;
  const command::NamesElsewhere& names_;
  View view_;
  const IndexPlan& by_name_;
  IndexCursor namesakes_;
  UserPages pages_;
  std::string primary_;  // the instance's domain
  std::string holder_;
  std::map<std::string, std::string> holders_;  // of domains; empty: nobody's
};

}  // namespace

UserPages::UserPages(const projections::Database& database, uint64_t instance,
                     const std::string& organization_id)
    : database_(database), instance_(instance), organization_(organization_id) {}

absl::StatusOr<std::optional<Users>> UserPages::Next(View& view, size_t most) {
  if (done_) return std::nullopt;
  ASSIGN_OR_RETURN(Users users,
                   organization_.empty() ? NextOfAll(view, most) : NextOfOrganization(view, most));
  return users;
}

absl::StatusOr<Users> UserPages::NextOfOrganization(View& view, size_t most) {
  const IndexPlan& by = Table().index("org_created");
  IndexRange range;
  range.prefix = by.Prefix({organization_});
  if (!behind_.empty()) range.lower = behind_ + '\0';
  IndexCursor cursor = view.Scan(instance_, Table(), by, std::move(range));
  std::vector<std::string> keys;
  for (; cursor.Valid() && keys.size() < most; cursor.Next()) {
    keys.emplace_back(cursor.row_key());
    behind_ = std::string(cursor.entry());
  }
  RETURN_IF_ERROR(cursor.status());
  done_ = keys.size() < most;
  ASSIGN_OR_RETURN(const auto rows, view.GetMany(Table(), instance_, keys));
  Users users;
  for (const auto& row : rows) {
    if (row != nullptr) users.push_back(static_cast<const User&>(*row));
  }
  return users;
}

absl::StatusOr<Users> UserPages::NextOfAll(View& view, size_t most) {
  auto cursor = view.ScanRows(instance_, Table(), "", behind_.empty() ? "" : behind_ + '\0');
  Users users;
  size_t read = 0;
  for (; cursor.Valid() && read < most; cursor.Next(), ++read) {
    behind_ = std::string(cursor.row_key());
    User user;
    RETURN_IF_ERROR(cursor.Row(&user));
    const std::string& organization = user.organization_id();
    if (!database_.owners().HasDomainPolicy(instance_, organization)) {
      users.push_back(std::move(user));
    }
  }
  RETURN_IF_ERROR(cursor.status());
  done_ = read < most;
  return users;
}

absl::StatusOr<command::NameConflicts> LookForNameConflicts(
    const projections::Database& database, uint64_t instance,
    const command::NamesElsewhere& names, size_t most,
    absl::FunctionRef<absl::Status()> pause) {
  return Look(database, instance, names).Run(most, pause);
}

}  // namespace muniment::gateway
