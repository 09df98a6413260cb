#include "eventstore/move.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "eventstore/envelope.h"

namespace muniment::eventstore {
namespace {

constexpr uint64_t kProgressStep = 8192;

class Mover {
 public:
  Mover(Exporter& from, Importer& to, const MoveOptions& options)
      : from_(from), to_(to), options_(options) {}

  absl::StatusOr<Moved> Run() {
    ASSIGN_OR_RETURN(moved_.end, from_.ReadEnd());
    if (moved_.end.position == 0) {
      return Error(absl::StatusCode::kNotFound, "store.not_founded", "The log has no events.");
    }
    moved_.resumed_at = to_.last();
    RETURN_IF_ERROR(CheckBeginning());
    RETURN_IF_ERROR(CopyEvents());
    for (size_t kind = 0; kind < kRowKinds; ++kind) {
      RETURN_IF_ERROR(CopyRows(static_cast<RowKind>(kind)));
    }
    RETURN_IF_ERROR(to_.Flush());
    RETURN_IF_ERROR(Compare());
    ASSIGN_OR_RETURN(const LogEnd end, from_.ReadEnd());
    if (!(end == moved_.end)) {
      return Error(absl::StatusCode::kAborted, "move.moving",
                   absl::StrCat("The log grew from position ", moved_.end.position, " to ",
                                end.position, " while it was copied. Stop whatever writes to it, "
                                "and run this again: it goes on where it is."));
    }
    RETURN_IF_ERROR(to_.SetEnd(moved_.end));
    if (options_.prove) RETURN_IF_ERROR(options_.prove(moved_));
    RETURN_IF_ERROR(to_.Finish());
    return std::move(moved_);
  }

 private:
  // What a former run left must be how this log begins: the same event stands where it ends.
  absl::Status CheckBeginning() {
    const uint64_t last = moved_.resumed_at;
    if (last == 0) return absl::OkStatus();
    const auto leaf_at = [last](Exporter& log) -> absl::StatusOr<std::string> {
      std::string leaf;
      RETURN_IF_ERROR(log.ReadLog(last - 1, [&](const StoredEvent& event) {
        if (event.position == last) leaf = LeafHash(event);
        return false;
      }));
      return leaf;
    };
    ASSIGN_OR_RETURN(const std::string there, leaf_at(to_.Written()));
    ASSIGN_OR_RETURN(const std::string here, leaf_at(from_));
    if (!there.empty() && there == here) return absl::OkStatus();
    return Error(absl::StatusCode::kFailedPrecondition, "move.other_log",
                 absl::StrCat("A copy was begun there that ends at position ", last,
                              " and is not how this log begins. Empty the target first."));
  }

  absl::Status CopyEvents() {
    absl::Status failed;
    RETURN_IF_ERROR(from_.ReadLog(0, [&](const StoredEvent& event) {
      // Behind the end stands what came meanwhile; it is noticed below.
      if (event.position > moved_.end.position) return false;
      moved_.print.Add(event);
      if (event.position > moved_.resumed_at) failed = to_.AddEvent(event);
      if (options_.progress && moved_.print.events() % kProgressStep == 0) {
        options_.progress(MoveStep::kCopy, event.position, moved_.end.position);
      }
      return failed.ok();
    }));
    return failed;
  }

  absl::Status CopyRows(RowKind kind) {
    RETURN_IF_ERROR(to_.Clear(kind));
    return from_.ReadRows(kind, [&](const Row& row) {
      moved_.print.Add(row);
      return to_.AddRow(row);
    });
  }

  absl::Status Compare() {
    ASSIGN_OR_RETURN(const Fingerprint copy,
                     FingerprintOf(to_.Written(), [&](uint64_t position) {
                       if (!options_.progress) return;
                       options_.progress(MoveStep::kCompare, position, moved_.end.position);
                     }));
    const std::string difference = copy.Difference(moved_.print);
    if (difference.empty()) return absl::OkStatus();
    return Error(absl::StatusCode::kDataLoss, "move.differs",
                 absl::StrCat("The copy is not what was read: ", difference,
                              ". Empty the target and begin again."));
  }

  Exporter& from_;
  Importer& to_;
  const MoveOptions& options_;
  Moved moved_;
};

}  // namespace

absl::StatusOr<Moved> Move(Exporter& from, Importer& to, const MoveOptions& options) {
  return Mover(from, to, options).Run();
}

absl::StatusOr<Compared> Compare(Exporter& log, Exporter& other, const MoveOptions& options) {
  Compared compared;
  ASSIGN_OR_RETURN(const LogEnd end, log.ReadEnd());
  ASSIGN_OR_RETURN(const LogEnd other_end, other.ReadEnd());
  if (!(end == other_end)) {
    compared.difference =
        absl::StrCat("one ends at position ", end.position, " of epoch ", end.epoch,
                     ", the other at ", other_end.position, " of epoch ", other_end.epoch);
    return compared;
  }
  const auto read = [&](MoveStep step, Exporter& side) {
    return FingerprintOf(side, [&options, &end, step](uint64_t position) {
      if (options.progress) options.progress(step, position, end.position);
    });
  };
  compared.first.end = end;
  ASSIGN_OR_RETURN(compared.first.print, read(MoveStep::kCopy, log));
  ASSIGN_OR_RETURN(const Fingerprint print, read(MoveStep::kCompare, other));
  compared.difference = print.Difference(compared.first.print);
  return compared;
}

}  // namespace muniment::eventstore
