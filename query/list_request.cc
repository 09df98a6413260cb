#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "muniment/list_options.pb.h"
#include "muniment/options.pb.h"
#include "query/list.h"
#include "zitadel/filter/v2/filter.pb.h"
#include "zitadel/object.pb.h"
#include "zitadel/object/v2/object.pb.h"

namespace muniment::query {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// All published forms have the same three fields.
template <class Paging>
absl::Status ReadPaging(const Paging& paging, ListRequest& list) {
  if (paging.limit() > kMaxLimit) {
    return Error(absl::StatusCode::kInvalidArgument, "query.limit_too_large",
                 absl::StrCat("A page has at most ", kMaxLimit, " entries."));
  }
  list.offset = paging.offset();
  if (paging.limit() > 0) list.limit = paging.limit();
  list.ascending = paging.asc();
  return absl::OkStatus();
}

bool IsFilter(const FieldDescriptor* field) {
  if (!field->is_repeated() || field->message_type() == nullptr ||
      field->message_type()->oneof_decl_count() == 0) {
    return false;
  }
  const auto* member = field->message_type()->oneof_decl(0)->field(0);
  return member->options().HasExtension(muniment::filter);
}

// The column, or the named order, that the request sorts by; none where it leaves that to us.
absl::Status ReadSort(const Message& request, const FieldDescriptor* field, ListRequest& list) {
  const int number = request.GetReflection()->GetEnumValue(request, field);
  const auto* value = field->enum_type()->FindValueByNumber(number);
  if (value == nullptr) {
    absl::Status refused =
        Error(absl::StatusCode::kInvalidArgument, "request.sorting_column.undefined",
              absl::StrCat("sorting_column: ", number, " is no value of ",
                           field->enum_type()->name()));
    SetErrorFact(refused, "field", field->name());
    return refused;
  }
  list.sort = value->options().GetExtension(sort_column);
  list.order = value->options().GetExtension(sort_of);
  return absl::OkStatus();
}

// By age where an index knows it; else by key.
std::string DefaultSort(const projections::TablePlan& table) {
  constexpr absl::string_view kCreated = "stamp.created";
  for (const auto& index : table.indexes()) {
    if (index.columns().size() == 1 && index.columns()[0].path() == kCreated) {
      return std::string(kCreated);
    }
  }
  return "";
}

}  // namespace

absl::StatusOr<ListRequest> ParseListRequest(const Message& request,
                                             const projections::TablePlan& table) {
  ListRequest list;
  const auto* reflection = request.GetReflection();
  for (int i = 0; i < request.GetDescriptor()->field_count(); ++i) {
    const auto* field = request.GetDescriptor()->field(i);
    if (IsFilter(field)) {
      ASSIGN_OR_RETURN(list.filter, CompileFilters(request, field, table.row()));
    } else if (field->name() == "sorting_column") {
      RETURN_IF_ERROR(ReadSort(request, field, list));
    } else if (!field->is_repeated() && field->message_type() != nullptr) {
      const Message& value = reflection->GetMessage(request, field);
      if (const auto* query = dynamic_cast<const zitadel::object::v2::ListQuery*>(&value)) {
        RETURN_IF_ERROR(ReadPaging(*query, list));
      } else if (const auto* older = dynamic_cast<const zitadel::v1::ListQuery*>(&value)) {
        RETURN_IF_ERROR(ReadPaging(*older, list));
      } else if (const auto* page =
                     dynamic_cast<const zitadel::filter::v2::PaginationRequest*>(&value)) {
        RETURN_IF_ERROR(ReadPaging(*page, list));
      }
    }
  }
  if (list.sort.empty() && list.order.empty()) list.sort = DefaultSort(table);
  return list;
}

}  // namespace muniment::query
