#include "tests/proto/descriptor_rules.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>
#include <absl/strings/str_split.h>

#include <functional>
#include <map>
#include <regex>
#include <set>

#include "google/api/annotations.pb.h"
#include "muniment/binding_options.pb.h"
#include "muniment/options.pb.h"

namespace muniment::proto_test {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;

bool Ours(const FileDescriptor* file) {
  return absl::StartsWith(file->package(), "zitadel.") ||
         absl::StartsWith(file->package(), "muniment");
}

void WalkMessage(const Descriptor* message, const std::function<void(const Descriptor*)>& visit) {
  visit(message);
  for (int i = 0; i < message->nested_type_count(); ++i) {
    WalkMessage(message->nested_type(i), visit);
  }
}

void ForEachMessage(const Files& files, const std::function<void(const Descriptor*)>& visit) {
  for (const FileDescriptor* file : files) {
    for (int i = 0; i < file->message_type_count(); ++i) WalkMessage(file->message_type(i), visit);
  }
}

void ForEachField(const Files& files, const std::function<void(const FieldDescriptor*)>& visit) {
  ForEachMessage(files, [&](const Descriptor* message) {
    for (int i = 0; i < message->field_count(); ++i) visit(message->field(i));
  });
}

void ForEachMethod(const Files& files, const std::function<void(const MethodDescriptor*)>& visit) {
  for (const FileDescriptor* file : files) {
    if (!Ours(file)) continue;
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) {
        visit(file->service(i)->method(j));
      }
    }
  }
}

bool IsText(const FieldDescriptor* field) { return field->type() == FieldDescriptor::TYPE_STRING; }

bool IsSingleText(const FieldDescriptor* field) {
  return field != nullptr && IsText(field) && !field->is_repeated();
}

// Whether it names several things by a list of texts.
bool HasTexts(const Descriptor* message) {
  for (int i = 0; i < message->field_count(); ++i) {
    if (message->field(i)->is_repeated() && IsText(message->field(i))) return true;
  }
  return false;
}

// Everything that a message can hold, itself included.
void Reach(const Descriptor* message, std::set<const Descriptor*>* reached) {
  if (!reached->insert(message).second) return;
  for (int i = 0; i < message->field_count(); ++i) {
    if (message->field(i)->message_type() != nullptr) {
      Reach(message->field(i)->message_type(), reached);
    }
  }
}

std::vector<std::string> PathVariables(const std::string& path) {
  static const std::regex kVariable("\\{([^}=]+)(=[^}]*)?\\}");
  std::vector<std::string> names;
  for (std::sregex_iterator it(path.begin(), path.end(), kVariable), end; it != end; ++it) {
    names.push_back((*it)[1]);
  }
  return names;
}

std::pair<std::string, std::string> VerbAndPath(const google::api::HttpRule& rule) {
  if (!rule.get().empty()) return {"GET", rule.get()};
  if (!rule.put().empty()) return {"PUT", rule.put()};
  if (!rule.post().empty()) return {"POST", rule.post()};
  if (!rule.delete_().empty()) return {"DELETE", rule.delete_()};
  return {"PATCH", rule.patch()};
}

// A kind's published names: one for each aggregate where the type has a `*`.
std::vector<std::string> PublishedTypes(const StreamType& stream, const EventKind& kind) {
  if (!absl::StrContains(kind.type(), "*")) return {kind.type()};
  std::vector<std::string> types;
  for (int aggregate : stream.aggregate()) {
    const auto* value = Aggregate_descriptor()->FindValueByNumber(aggregate);
    types.push_back(absl::StrReplaceAll(
        kind.type(), {{"*", value->options().GetExtension(muniment::aggregate_name)}}));
  }
  return types;
}

Faults CheckStream(const Descriptor* message, std::map<std::string, std::string>* types) {
  Faults faults;
  const auto& stream = message->options().GetExtension(muniment::stream);
  const std::string& name = message->full_name();
  if (stream.number() == 0) faults.push_back(name + ": the stream has no number");
  if (stream.aggregate().empty()) faults.push_back(name + ": no aggregate owns the stream");
  if (message->real_oneof_decl_count() != 1) {
    faults.push_back(name + ": a stream's message holds one oneof");
  }
  for (int i = 0; i < message->field_count(); ++i) {
    const FieldDescriptor* field = message->field(i);
    const auto& kind = field->options().GetExtension(muniment::event_kind);
    if (field->real_containing_oneof() == nullptr || field->message_type() == nullptr) {
      faults.push_back(field->full_name() + ": no message in the oneof of kinds");
      continue;
    }
    if (kind.type().empty()) faults.push_back(field->full_name() + ": the kind has no type");
    if (kind.keep() == KEEP_UNSPECIFIED) {
      faults.push_back(field->full_name() + ": the kind does not say how long it is kept");
    }
    for (const std::string& type : PublishedTypes(stream, kind)) {
      const auto [it, fresh] = types->emplace(type, field->full_name());
      if (!fresh) {
        faults.push_back(absl::StrCat(field->full_name(), ": ", type, " is ", it->second, " too"));
      }
    }
  }
  return faults;
}

// What decides: of another's twin the other, else itself.
const MethodDescriptor* Decides(const MethodDescriptor* method) {
  if (!method->options().HasExtension(muniment::binds)) return method;
  const std::string& name = method->options().GetExtension(muniment::binds).method();
  return method->file()->pool()->FindMethodByName(absl::StrReplaceAll(name, {{"/", "."}}));
}

std::string RuleFault(const MethodDescriptor* method) {
  const MethodDescriptor* decides = Decides(method);
  if (decides == nullptr) return "is the twin of nothing that is there";
  if (decides != method && !method->options().HasExtension(muniment::rule)) return "";
  const Descriptor* request = decides->input_type();
  const auto& rule = method->options().GetExtension(muniment::rule);
  const int ways = rule.open() + rule.authenticated() + !rule.permission().empty();
  if (ways != 1) return "is not exactly one of open, authenticated and guarded by a permission";
  if (rule.permission().empty()) {
    return rule.target() == TARGET_UNSPECIFIED && rule.field().empty() && rule.self() == SELF_DENY
               ? ""
               : "names a target but no permission";
  }
  if (rule.target() == TARGET_UNSPECIFIED) return "names a permission but no target";
  // Without a field it is the caller, whom a request that can name a user would only seem to be.
  if (rule.target() == TARGET_USER && rule.field().empty() &&
      method->input_type()->FindFieldByName("user_id") != nullptr) {
    return "does not name the user's field";
  }
  const bool optional = rule.target() == TARGET_USER || rule.target() == TARGET_ORG ||
                        rule.target() == TARGET_SESSION;
  const bool by_field = optional || rule.target() == TARGET_PROJECT ||
                        rule.target() == TARGET_PROJECT_ACCESS ||
                        rule.target() == TARGET_AUTHORIZATION || rule.target() == TARGET_GROUP ||
                        rule.target() == TARGET_APPLICATION || rule.target() == TARGET_RESOURCE;
  if (!by_field && !rule.field().empty())
    return "names a field but its target is none of a request";
  // Of several the rule is applied to each that the handler loads.
  const bool several = rule.target() == TARGET_AUTHORIZATION && HasTexts(request);
  if (by_field && !optional && !several && rule.field().empty()) {
    return "does not name its target's field";
  }
  if (rule.target() == TARGET_RESOURCE) {
    const FieldDescriptor* field = FindPath(request, rule.field());
    const bool names = field != nullptr && field->message_type() != nullptr &&
                       field->message_type()->FindOneofByName("resource") != nullptr;
    if (!names) return absl::StrCat("has no field ", rule.field(), " that names a resource");
  } else if (!rule.field().empty() && !IsSingleText(FindPath(request, rule.field()))) {
    return absl::StrCat("has no text field ", rule.field());
  }
  const bool may_be_within = rule.target() == TARGET_APPLICATION;
  if ((!may_be_within && (rule.target() == TARGET_PROJECT_ACCESS) != !rule.within().empty()) ||
      (!rule.within().empty() && !IsSingleText(FindPath(request, rule.within())))) {
    return "says within what a target is meant that is not within anything, or does not";
  }
  if (!rule.proof().empty() &&
      ((rule.target() != TARGET_SESSION && rule.target() != TARGET_USER) ||
       !IsSingleText(FindPath(request, rule.proof())))) {
    return "takes a proof that is no text, or of neither a session nor a user";
  }
  const bool own = rule.target() == TARGET_USER || rule.target() == TARGET_VISIBLE ||
                   rule.target() == TARGET_SESSION;
  if (rule.self() != SELF_DENY && !own) return "has a self rule but its target is nobody's own";
  return "";
}

std::string LimitFault(const FieldDescriptor* field, const Limit& limit) {
  const auto type = field->type();
  const bool sized = IsText(field) || type == FieldDescriptor::TYPE_BYTES;
  const bool number = field->cpp_type() >= FieldDescriptor::CPPTYPE_INT32 &&
                      field->cpp_type() <= FieldDescriptor::CPPTYPE_UINT64;
  if ((limit.min_len() || limit.max_len()) && !sized) return "has a length but is no text or bytes";
  if (limit.max_len() && limit.min_len() > limit.max_len()) return "is shorter than it is long";
  const bool form = limit.email() || limit.uri() || limit.name() || limit.id();
  if (form && !IsText(field)) return "is no text";
  if ((limit.defined_only() || limit.not_zero()) && type != FieldDescriptor::TYPE_ENUM) {
    return "is no enum";
  }
  if (limit.only_true() && type != FieldDescriptor::TYPE_BOOL) return "is no bool";
  if (limit.bounded() && (!number || limit.min() > limit.max())) return "is not bounded so";
  if (!limit.bounded() && (limit.min() || limit.max())) return "has bounds but is not bounded";
  const bool items = limit.min_items() || limit.max_items() || limit.unique_items();
  if (items && !field->is_repeated()) return "is not repeated";
  if (limit.required() && field->real_containing_oneof() != nullptr) {
    return "is a choice of a oneof and cannot be required";
  }
  const bool can_be_absent = sized || field->message_type() != nullptr || field->has_presence();
  if (limit.required() && (!can_be_absent || field->is_repeated())) return "cannot be required";
  return "";
}

}  // namespace

const FieldDescriptor* FindPath(const Descriptor* message, const std::string& path) {
  const FieldDescriptor* field = nullptr;
  for (absl::string_view step : absl::StrSplit(path, '.')) {
    if (field != nullptr) message = field->is_repeated() ? nullptr : field->message_type();
    if (message == nullptr) return nullptr;
    field = message->FindFieldByName(std::string(step));
    if (field == nullptr) return nullptr;
  }
  return field;
}

Faults CheckRules(const Files& files) {
  Faults faults;
  ForEachMethod(files, [&](const MethodDescriptor* method) {
    const std::string fault = RuleFault(method);
    if (!fault.empty()) faults.push_back(absl::StrCat(method->full_name(), " ", fault));
  });
  return faults;
}

bool IsRouted(const google::protobuf::ServiceDescriptor* service) {
  // Published with routes for some of their methods.
  if (service->full_name() == "zitadel.webkey.v2.WebKeyService") return false;
  if (service->full_name() == "zitadel.settings.v2.SettingsService") return false;
  for (int i = 0; i < service->method_count(); ++i) {
    if (service->method(i)->options().HasExtension(google::api::http)) return true;
  }
  return false;
}

Faults CheckRoutes(const Files& files) {
  Faults faults;
  std::map<std::string, std::string> routes;
  ForEachMethod(files, [&](const MethodDescriptor* method) {
    if (!method->options().HasExtension(google::api::http)) {
      // Some services are published without REST, whole.
      if (IsRouted(method->service())) faults.push_back(method->full_name() + " has no route");
      return;
    }
    const auto& rule = method->options().GetExtension(google::api::http);
    const auto [verb, path] = VerbAndPath(rule);
    if (!absl::StartsWith(path, "/")) faults.push_back(method->full_name() + " has no path");
    for (const std::string& name : PathVariables(path)) {
      const FieldDescriptor* field = FindPath(method->input_type(), name);
      if (field == nullptr || field->is_repeated() || field->message_type() != nullptr) {
        faults.push_back(absl::StrCat(method->full_name(), " has no plain field ", name));
      }
    }
    static const std::regex kVariable("\\{[^}]*\\}");
    const std::string route = absl::StrCat(method->service()->full_name(), " ", verb, " ",
                                           std::regex_replace(path, kVariable, "*"));
    const auto [it, fresh] = routes.emplace(route, method->full_name());
    if (!fresh) faults.push_back(absl::StrCat(method->full_name(), " is routed as ", it->second));
  });
  return faults;
}

Faults CheckEvents(const Files& files) {
  Faults faults;
  std::map<uint32_t, std::string> numbers;
  std::map<std::string, std::string> types;
  ForEachMessage(files, [&](const Descriptor* message) {
    if (message->options().HasExtension(muniment::stream)) {
      const auto& stream = message->options().GetExtension(muniment::stream);
      const auto [it, fresh] = numbers.emplace(stream.number(), message->full_name());
      if (!fresh) {
        faults.push_back(absl::StrCat(message->full_name(), ": stream ", stream.number(), " is ",
                                      it->second, " too"));
      }
      for (std::string& fault : CheckStream(message, &types)) faults.push_back(std::move(fault));
      return;
    }
    for (int i = 0; i < message->field_count(); ++i) {
      if (message->field(i)->options().HasExtension(muniment::event_kind)) {
        faults.push_back(message->field(i)->full_name() + ": a kind outside a stream");
      }
    }
  });
  return faults;
}

Faults CheckEventFields(const Files& files) {
  Faults faults;
  std::map<const Descriptor*, int> subjects;
  ForEachField(files, [&](const FieldDescriptor* field) {
    const auto& options = field->options();
    const auto fault = [&](absl::string_view what) {
      faults.push_back(absl::StrCat(field->full_name(), " ", what));
    };
    if (options.GetExtension(muniment::personal) && options.GetExtension(muniment::secret)) {
      fault("is personal and secret: secret says both");
    }
    if (options.GetExtension(muniment::subject)) {
      if (!IsSingleText(field)) fault("names a subject but is no text");
      if (++subjects[field->containing_type()] > 1) fault("is a second subject");
    }
    if (!options.HasExtension(muniment::unique)) return;
    const auto& unique = options.GetExtension(muniment::unique);
    if (unique.kind().empty()) fault("is unique but does not say as what");
    const bool bytes = field->type() == FieldDescriptor::TYPE_BYTES && unique.exact();
    if (!IsSingleText(field) && (!bytes || field->is_repeated())) fault("is unique but no text");
    for (const std::string& sibling : {unique.scope(), unique.item()}) {
      if (sibling.empty()) continue;
      if (!IsSingleText(field->containing_type()->FindFieldByName(sibling))) {
        fault(absl::StrCat("has no sibling ", sibling));
      }
    }
  });
  return faults;
}

namespace {

Faults CheckTable(const Descriptor* message) {
  Faults faults;
  const auto& table = message->options().GetExtension(muniment::table);
  const auto column = [&](const std::string& path, absl::string_view of) {
    const FieldDescriptor* field = FindPath(message, path);
    if (field == nullptr) {
      faults.push_back(absl::StrCat(message->full_name(), ": ", of, " has no column ", path));
    }
    return field;
  };
  if (table.number() == 0 || table.revision() == 0 || table.key().empty()) {
    faults.push_back(message->full_name() + ": a table has a number, a revision and a key");
  }
  for (const std::string& key : table.key()) {
    const FieldDescriptor* field = column(key, "the key");
    if (field != nullptr && (field->options().GetExtension(muniment::personal) ||
                             field->options().GetExtension(muniment::secret))) {
      faults.push_back(field->full_name() + " is sealed and cannot be a key");
    }
  }
  std::set<std::string> names;
  for (const auto& index : table.index()) {
    if (index.name().empty() || !names.insert(index.name()).second || index.field().empty()) {
      faults.push_back(absl::StrCat(message->full_name(),
                                    ": an index has a name of its own and "
                                    "columns, unlike ",
                                    index.name()));
    }
    for (const std::string& path : index.field()) column(path, index.name());
  }
  std::set<std::string> counters;
  for (const auto& counter : table.counter()) {
    if (counter.name().empty() || !counters.insert(counter.name()).second) {
      faults.push_back(message->full_name() + ": a counter has a name of its own");
    }
    for (const std::string& path : counter.field()) column(path, counter.name());
  }
  return faults;
}

}  // namespace

Faults CheckTables(const Files& files) {
  Faults faults;
  std::map<uint32_t, std::string> numbers;
  ForEachMessage(files, [&](const Descriptor* message) {
    if (!message->options().HasExtension(muniment::table)) return;
    for (std::string& fault : CheckTable(message)) faults.push_back(std::move(fault));
    const uint32_t number = message->options().GetExtension(muniment::table).number();
    const auto [it, fresh] = numbers.emplace(number, message->full_name());
    if (!fresh) {
      faults.push_back(
          absl::StrCat(message->full_name(), ": table ", number, " is ", it->second, " too"));
    }
  });
  return faults;
}

Faults CheckLimits(const Files& files) {
  Faults faults;
  ForEachField(files, [&](const FieldDescriptor* field) {
    if (!field->options().HasExtension(muniment::limit)) return;
    const std::string fault = LimitFault(field, field->options().GetExtension(muniment::limit));
    if (!fault.empty()) faults.push_back(absl::StrCat(field->full_name(), " ", fault));
  });
  return faults;
}

Faults CheckNames(const Files& files) {
  // Named after what is elsewhere, and only told to it or compared with it.
  static const std::set<std::string> kElsewhere = {
      "zitadel.user.v2.LDAPCredentials.username", "zitadel.session.v2.CheckUser.login_name",
      "zitadel.management.v1.GetUserByLoginNameGlobalRequest.login_name",
      "zitadel.management.v1.IsUserUniqueRequest.user_name",
      "zitadel.idp.v1.IDPUserLink.provided_user_name",
      "zitadel.settings.v2.GetEffectiveSettingsRequest.organization_id",
      "zitadel.settings.v2.GetEffectiveSettingsRequest.project_id",
      "zitadel.settings.v2.GetEffectiveSettingsRequest.application_id"};
  Faults faults;
  std::set<const Descriptor*> requests;
  ForEachMethod(files, [&](const MethodDescriptor* method) {
    Reach(method->input_type(), &requests);
    const auto& rule = method->options().GetExtension(muniment::rule);
    for (int i = 0; i < method->input_type()->field_count(); ++i) {
      const FieldDescriptor* field = method->input_type()->field(i);
      const bool chosen = IsSingleText(field) && field->has_presence() &&
                          absl::EndsWith(field->name(), "_id") && field->name() != rule.field() &&
                          kElsewhere.count(field->full_name()) == 0;
      if (chosen && !field->options().GetExtension(muniment::limit).id()) {
        faults.push_back(field->full_name() + " is a chosen id and not limited to ids");
      }
    }
  });
  for (const Descriptor* message : requests) {
    const bool looks = absl::EndsWith(message->name(), "Query") ||
                       absl::EndsWith(message->name(), "Filter");
    for (int i = 0; i < message->field_count() && !looks; ++i) {
      const FieldDescriptor* field = message->field(i);
      const bool names = field->name() == "username" || field->name() == "name" ||
                         absl::EndsWith(field->name(), "_name");
      if (IsText(field) && Ours(field->file()) && names && kElsewhere.count(field->full_name()) == 0 &&
          !field->options().GetExtension(muniment::limit).name()) {
        faults.push_back(field->full_name() + " names something and is not limited to names");
      }
    }
  }
  return faults;
}

Faults CheckUnserved(const Files& files) {
  Faults faults;
  std::set<const Descriptor*> requests;
  ForEachMethod(files, [&](const MethodDescriptor* method) {
    Reach(method->input_type(), &requests);
    if (method->options().HasExtension(muniment::unserved_method) &&
        method->options().GetExtension(muniment::unserved_method).empty()) {
      faults.push_back(method->full_name() + " does not say what it waits for");
    }
  });
  ForEachField(files, [&](const FieldDescriptor* field) {
    if (!field->options().HasExtension(muniment::unserved)) return;
    if (field->options().GetExtension(muniment::unserved).empty()) {
      faults.push_back(field->full_name() + " does not say what it waits for");
    }
    // A bool that is not set asks for nothing.
    if (!field->has_presence() && !field->is_repeated() && !IsText(field) &&
        field->type() != FieldDescriptor::TYPE_BOOL) {
      faults.push_back(field->full_name() + " cannot be told from an absent one");
    }
    // Organisation, the older spelling, is part of the package though of no request declared here.
    const bool spelling = field->containing_type()->full_name() == "zitadel.object.v2.Organisation";
    if (!spelling && requests.count(field->containing_type()) == 0) {
      faults.push_back(field->full_name() + " is part of no request");
    }
  });
  return faults;
}

}  // namespace muniment::proto_test
