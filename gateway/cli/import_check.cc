#include "gateway/cli/import_check.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "command/import/rehearsal.h"
#include "gateway/cli/progress.h"
#include "gateway/cli/sealed_pages.h"

namespace muniment::gateway {
namespace {

// Faults that are found at the end are told in the order of lines, up to so many.
constexpr size_t kSorted = 1 << 20;

class Check {
 public:
  Check(ImportFile& file, const NodeInside& inside, command::ImportPages& pages)
      : file_(file),
        inside_(inside),
        rehearsal_({.source = {inside.store, inside.codec, inside.keys},
                    .lookup = &inside.lookup,
                    .ids = &inside.ids,
                    .clock = &SystemClock(),
                    .pages = &pages},
                   inside.instance) {}

  absl::StatusOr<ImportPlan> Run() {
    Progress progress("checking");
    ImportReader reader(file_);
    ParsedBatch batch;
    while (true) {
      ASSIGN_OR_RETURN(const bool more, reader.Next(batch));
      if (!more) break;
      RETURN_IF_ERROR(Take(batch));
      progress.Show(batch.place.at + batch.place.bytes, file_.size());
    }
    progress.End();
    RETURN_IF_ERROR(HoldAgainstStore());
    plan_.messages = rehearsal_.messages();
    return std::move(plan_);
  }

 private:
  absl::Status Take(ParsedBatch& batch) {
    ASSIGN_OR_RETURN(const uint64_t marks,
                     inside_.store.ReadHead(command::MarkOf(inside_.instance, file_.hash(),
                                                            batch.place.first_line)));
    if (marks > 0) {
      plan_.stored += batch.lines.size();
      return absl::OkStatus();
    }
    auto fault = batch.faults.begin();
    const auto tell_before = [&](uint64_t line) {
      for (; fault != batch.faults.end() && fault->first < line; ++fault) {
        Tell(fault->first, fault->second);
      }
    };
    for (const command::ImportLine& line : batch.lines) {
      tell_before(line.number);
      absl::Status tried = CheckRequest(*line.request);
      if (tried.ok()) tried = rehearsal_.Try(line);
      if (tried.ok()) continue;
      if (command::Rehearsal::IsOurs(tried)) return tried;
      Tell(line.number, tried);
    }
    tell_before(~uint64_t{0});
    plan_.lines += batch.lines.size();
    plan_.batches.push_back(batch.place);
    return absl::OkStatus();
  }

  absl::Status HoldAgainstStore() {
    std::vector<std::pair<uint64_t, absl::Status>> found;
    const auto tell_all = [&] {
      std::sort(found.begin(), found.end(),
                [](const auto& a, const auto& b) { return a.first < b.first; });
      for (const auto& [line, status] : found) Tell(line, status);
      found.clear();
    };
    RETURN_IF_ERROR(rehearsal_.CheckStore([&](uint64_t line, const absl::Status& status) {
      found.emplace_back(line, status);
      if (found.size() >= kSorted) tell_all();
    }));
    tell_all();
    return absl::OkStatus();
  }

  void Tell(uint64_t line, const absl::Status& status) {
    ++plan_.faults;
    std::fprintf(stderr, "line %llu: %s [%s]\n", static_cast<unsigned long long>(line),
                 std::string(status.message()).c_str(), Reason(status).c_str());
  }

  ImportFile& file_;
  const NodeInside& inside_;
  command::Rehearsal rehearsal_;
  ImportPlan plan_;
};

}  // namespace

absl::StatusOr<ImportPlan> CheckImport(ImportFile& file, const NodeInside& inside,
                                       const std::string& directory) {
  ASSIGN_OR_RETURN(const auto pages, SealedPages::Open(directory));
  return Check(file, inside, *pages).Run();
}

}  // namespace muniment::gateway
