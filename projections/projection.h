// How a table is filled: one struct a table, with an overload a kind.
//
//   struct UserTable {
//     using Row = row::v1::User;
//     using Reads = Streams<event::v1::UserEvent, event::v1::LogEvent>;
//     using Ignored = Kinds<event::v1::DayClosed, event::v1::DayPruned>;
//     static void Fold(Batch& batch, const EventMeta& meta, const event::v1::HumanAdded& added);
//     ...
//   };
//   list.push_back(MakeProjection<UserTable>());
//
// A kind of a stream it reads that has no overload and does not stand in Ignored does not compile.
// Folds are total and silent functions of the log: no clock, no randomness, no branch on a personal
// field, which may be absent; an event about a row that is not there changes nothing.
//
// A projection is immutable and thread-safe.
#ifndef MUNIMENT_PROJECTIONS_PROJECTION_H_
#define MUNIMENT_PROJECTIONS_PROJECTION_H_

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "base/stream.h"
#include "eventstore/codec.h"
#include "muniment/row/v1/row.pb.h"
#include "projections/batch.h"
#include "projections/table.h"

namespace muniment::projections {

using eventstore::EventMeta;

template <class... Event>
struct Streams {
  template <class Visit>
  static void ForEach(Visit visit) {
    (visit(std::type_identity<Event>()), ...);
  }
};

class Projection {
 public:
  virtual ~Projection() = default;
  virtual const TablePlan& table() const = 0;
  // SHA-256 over the row's shape, the revision and the kinds that are folded: a table of another
  // identity is built anew.
  virtual const std::string& identity() const = 0;
  // Numbers of the stream types it reads.
  virtual const std::vector<uint32_t>& streams() const = 0;
  // An event of one of these streams.
  virtual void Fold(Batch& batch, const eventstore::Event& event) const = 0;
};

using Projections = std::vector<std::unique_ptr<const Projection>>;

// Every table there is, and their plans in the same order.
Projections AllProjections();
std::vector<const TablePlan*> PlansOf(const Projections& projections);

// The identity of a table whose folded kinds have these names.
std::string IdentityOf(const TablePlan& table, std::vector<std::string> kinds);

// Moves a row's stamp to this event.
void StampRow(const EventMeta& meta, row::v1::Stamp* stamp);

template <class Table>
class ProjectionOf final : public Projection {
 public:
  ProjectionOf() : identity_(IdentityOf(table(), FoldedKinds())) {
    Table::Reads::ForEach([this](auto stream) {
      streams_.push_back(StreamTraits<typename decltype(stream)::type>::kNumber);
    });
  }

  const TablePlan& table() const override { return TablePlan::Of<typename Table::Row>(); }
  const std::string& identity() const override { return identity_; }
  const std::vector<uint32_t>& streams() const override { return streams_; }

  void Fold(Batch& batch, const eventstore::Event& event) const override {
    Table::Reads::ForEach([&](auto stream) {
      using Event = typename decltype(stream)::type;
      if (event.meta.stream.type != StreamTraits<Event>::kNumber) return;
      Visit(static_cast<const Event&>(*event.event), [&](const auto& kind) {
        if constexpr (!Ignores<Table, std::remove_cvref_t<decltype(kind)>>()) {
          Table::Fold(batch, event.meta, kind);
        }
      });
    });
  }

 private:
  template <class... Kind>
  static void AddFolded(Kinds<Kind...>, std::vector<std::string>* names) {
    (
        [&] {
          if constexpr (!Ignores<Table, Kind>()) names->push_back(Kind::descriptor()->full_name());
        }(),
        ...);
  }
  static std::vector<std::string> FoldedKinds() {
    std::vector<std::string> names;
    Table::Reads::ForEach([&](auto stream) {
      AddFolded(typename StreamTraits<typename decltype(stream)::type>::Kinds(), &names);
    });
    return names;
  }

  std::vector<uint32_t> streams_;
  std::string identity_;
};

template <class Table>
std::unique_ptr<const Projection> MakeProjection() {
  return std::make_unique<ProjectionOf<Table>>();
}

// By aggregate; AllProjections gathers them.
void AddInstanceTables(Projections* projections);
void AddOrgTables(Projections* projections);
void AddUserTables(Projections* projections);
void AddMemberTables(Projections* projections);
void AddRoleTables(Projections* projections);
void AddProjectTables(Projections* projections);
void AddApplicationTables(Projections* projections);
void AddGroupTables(Projections* projections);
void AddMetadataTables(Projections* projections);
void AddPolicyTables(Projections* projections);
void AddTextTables(Projections* projections);
void AddNameTables(Projections* projections);
void AddFeatureTables(Projections* projections);
void AddWorkTables(Projections* projections);
void AddCredentialTables(Projections* projections);
void AddConsentTables(Projections* projections);
void AddSessionTables(Projections* projections);
void AddWebKeyTables(Projections* projections);
void AddOidcTables(Projections* projections);

}  // namespace muniment::projections

#endif  // MUNIMENT_PROJECTIONS_PROJECTION_H_
