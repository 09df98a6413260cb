// Reads in process, from the request to the serialized answer, against bare gets of the same rows.
#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gateway/api/sequence_token.h"
#include "projections/database_rep.h"
#include "tests/bench/bench.h"
#include "tests/bench/parts.h"
#include "tests/bench/platform.h"
#include "tests/bench/reads.h"

namespace muniment::bench {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using zitadel::user::v2::GetUserByIDRequest;
using zitadel::user::v2::ListUsersRequest;
constexpr size_t kPage = 100;

// Gets, parses and serializes rows of users.
class BareRows {
 public:
  explicit BareRows(Platform& platform) : view_(platform.database().Read()) {
    const auto& table = projections::TablePlan::Of<row::v1::User>();
    const auto [rep, at] = view_.behind();
    db_ = rep->disk->db.get();
    rows_ = rep->family(projections::kRows);
    head_ = projections::KeyHead(table, at->tables[rep->Slot(table)].generation,
                                 platform.instance());
  }
  void Get(const std::string& key) {
    std::string value;
    if (!db_->Get(rocksdb::ReadOptions(), rows_, head_ + key, &value).ok()) Fail("no row");
    row::v1::User row;
    if (!row.ParseFromArray(value.data() + 8, static_cast<int>(value.size()) - 8)) Fail("a row");
    if (row.SerializeAsString().empty()) Fail("an empty row");
  }

 private:
  projections::View view_;
  rocksdb::DB* db_;
  rocksdb::ColumnFamilyHandle* rows_;
  std::string head_;
};

struct Sides {
  Round round;
  Load load;
};

template <typename Begin, typename Bare>
Sides Compare(const Options& options, Begin begin, Bare bare) {
  Sides sides;
  sides.round = Median(options.rounds, [&] {
    sides.load = OneByOne(options.time, begin);
    const Load raw = RunThreads(1, options.time, [&](int) { bare(); });
    return Round{sides.load.per_second(), raw.per_second()};
  });
  return sides;
}

void TellReads(const std::string& name, const Sides& sides, const std::string& raw_name) {
  Tell({.name = name,
        .value = sides.round.value,
        .unit = "/s",
        .raw = sides.round.raw,
        .raw_name = raw_name});
  Tell({.name = name + ", CPU of one", .value = sides.load.cpu_us, .unit = "us"});
}

std::unique_ptr<ListUsersRequest> ListRequest(uint32_t limit) {
  auto request = std::make_unique<ListUsersRequest>();
  request->mutable_query()->set_limit(limit);
  request->mutable_query()->set_asc(true);
  return request;
}

}  // namespace

void ReadPart(const Options& options) {
  Platform platform(options.folder);
  Reads reads(platform, TokenOf(options.folder));
  BareRows bare(platform);
  const auto users = platform.Users(50'000);
  std::vector<std::string> keys;
  for (const auto& id : users) {
    keys.push_back(projections::TablePlan::Of<row::v1::User>().Key({id}));
  }
  // A stride that meets them all, scattered.
  constexpr size_t kStride = 7919;
  size_t ours = 0, raw = 0;

  const auto* get = reads.method("GetUserByID");
  TellReads("get user, in process",
            Compare(
                options,
                [&](Done done) {
                  auto request = std::make_unique<GetUserByIDRequest>();
                  request->set_user_id(users[(ours += kStride) % users.size()]);
                  reads.Call(get, std::move(request), std::move(done));
                },
                [&] { bare.Get(keys[(raw += kStride) % keys.size()]); }),
            "get, parse, write");

  const auto* list = reads.method("ListUsers");
  const auto page = [&] {
    for (size_t i = 0; i < kPage; ++i) bare.Get(keys[i % keys.size()]);
  };
  TellReads("list users, page of 100",
            Compare(
                options, [&](Done done) { reads.Call(list, ListRequest(kPage), std::move(done)); },
                page),
            "100 rows");
  const auto search = [&](const std::string& name, const std::string& part) {
    TellReads(name,
              Compare(
                  options,
                  [&](Done done) {
                    auto request = ListRequest(kPage);
                    auto* query = request->add_queries()->mutable_email_query();
                    query->set_email_address(part);
                    query->set_method(zitadel::object::v2::TEXT_QUERY_METHOD_CONTAINS_IGNORE_CASE);
                    reads.Call(list, std::move(request), std::move(done));
                  },
                  page),
              "100 rows");
  };
  search("list users, email contains, few", "son4321");
  search("list users, email contains, thousands", "son1");
}

}  // namespace muniment::bench
