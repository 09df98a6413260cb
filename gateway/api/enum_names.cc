#include "gateway/api/enum_names.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "zitadel/app.pb.h"
#include "zitadel/application/v2/application.pb.h"
#include "zitadel/application/v2/oidc.pb.h"

namespace muniment::gateway {

using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;

namespace {

// What all values' names begin with, up to a word's end: "USER_STATE_".
std::string Prefix(const EnumDescriptor& type) {
  std::string prefix = type.value(0)->name();
  for (int i = 1; i < type.value_count(); ++i) {
    while (!absl::StartsWith(type.value(i)->name(), prefix)) prefix.pop_back();
  }
  return type.value_count() == 1 ? "" : prefix.substr(0, prefix.rfind('_') + 1);
}

std::string NameOf(const EnumDescriptor& type, int index) {
  return absl::AsciiStrToUpper(absl::StripPrefix(type.value(index)->name(), Prefix(type)));
}

bool SaysNothing(const EnumDescriptor& type) { return NameOf(type, 0) == "UNSPECIFIED"; }

bool IsLeftOut(const EnumDescriptor& own, const EnumValueDescriptor& twin) {
  const std::vector<LeftOut> all = AllLeftOut();
  return std::find(all.begin(), all.end(), LeftOut(&own, &twin)) != all.end();
}

}  // namespace

// Of the own enum and the twin's value, why nobody misses it.
std::vector<LeftOut> AllLeftOut() {
  namespace app = zitadel::app::v1;
  namespace application = zitadel::application::v2;
  return {
      // An application that was removed is answered as one that there never was.
      {app::AppState_descriptor(), application::ApplicationState_descriptor()->FindValueByNumber(
                                       application::APPLICATION_STATE_REMOVED)},
      // No request may name it, so no application has it.
      {app::OIDCResponseType_descriptor(),
       application::OIDCResponseType_descriptor()->FindValueByNumber(
           application::OIDC_RESPONSE_TYPE_UNSPECIFIED)},
  };
}

NamedAlike ByName(const EnumDescriptor& from, const EnumDescriptor& to) {
  absl::flat_hash_map<std::string, int> known;
  for (int i = 0; i < to.value_count(); ++i) known[NameOf(to, i)] = to.value(i)->number();
  NamedAlike alike;
  for (int i = 0; i < from.value_count(); ++i) {
    const auto twin = known.find(NameOf(from, i));
    if (twin == known.end()) {
      alike.nameless.push_back(from.value(i));
    } else {
      alike.values[from.value(i)->number()] = twin->second;
    }
  }
  // A number with several names is told by any of them.
  std::erase_if(alike.nameless, [&alike](const EnumValueDescriptor* value) {
    return alike.values.contains(value->number());
  });
  return alike;
}

absl::Status TellsAll(const FieldDescriptor& own, const EnumDescriptor& twin) {
  const EnumDescriptor& type = *own.enum_type();
  const auto misfit = [&](const EnumValueDescriptor& value) {
    return Error(absl::StatusCode::kInternal, "api.binding",
                 absl::StrCat(own.full_name(), " has no name for ", value.full_name(), "."));
  };
  const bool may_be_silent = own.is_repeated() || SaysNothing(type);
  for (const EnumValueDescriptor* value : ByName(twin, type).nameless) {
    if (!may_be_silent || !IsLeftOut(type, *value)) return misfit(*value);
  }
  // A twin that says nothing would be taken for saying the own enum's zero.
  const bool silent = own.is_repeated() || own.has_presence() || NameOf(type, 0) == NameOf(twin, 0);
  return silent ? absl::OkStatus() : misfit(*twin.value(0));
}

}  // namespace muniment::gateway
