#include "eventstore/plan.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_replace.h"
#include "base/error.h"
#include "google/protobuf/descriptor.h"

namespace muniment::eventstore {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

[[noreturn]] void Contradiction(const std::string& name, const char* why) {
  std::fprintf(stderr, "event message %s: %s\n", name.c_str(), why);
  std::abort();
}

void Require(bool condition, const std::string& name, const char* why) {
  if (!condition) Contradiction(name, why);
}

const FieldDescriptor* Sibling(const FieldDescriptor* field, const std::string& name) {
  if (name.empty()) return nullptr;
  const FieldDescriptor* sibling = field->containing_type()->FindFieldByName(name);
  Require(sibling != nullptr && sibling->type() == FieldDescriptor::TYPE_STRING &&
              !sibling->is_repeated(),
          field->full_name(), "scope and item name a string beside the field");
  return sibling;
}

std::unique_ptr<UniquePlan> CompileUnique(const FieldDescriptor* field) {
  if (!field->options().HasExtension(muniment::unique)) return nullptr;
  const Unique& option = field->options().GetExtension(muniment::unique);
  Require(!field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_STRING,
          field->full_name(), "only a single string or bytes is unique");
  Require(!option.kind().empty(), field->full_name(), "what is unique has a kind");
  auto plan = std::make_unique<UniquePlan>();
  plan->kind = option.kind();
  plan->scope = Sibling(field, option.scope());
  plan->item = Sibling(field, option.item());
  plan->empty_releases = option.empty_releases();
  plan->exact = option.exact() || field->type() == FieldDescriptor::TYPE_BYTES;
  return plan;
}

const FieldDescriptor* FindSubject(const MessagePlan& message) {
  const FieldDescriptor* subject = nullptr;
  for (int i = 0; i < message.descriptor->field_count(); ++i) {
    const FieldDescriptor* field = message.descriptor->field(i);
    const auto& options = field->options();
    if (!options.GetExtension(muniment::subject)) continue;
    Require(subject == nullptr, field->full_name(), "an event has one subject");
    Require(field->type() == FieldDescriptor::TYPE_STRING && !field->is_repeated(),
            field->full_name(), "a subject is a single string");
    Require(!options.GetExtension(muniment::personal) && !options.GetExtension(muniment::secret),
            field->full_name(), "a subject is not sealed under its own key");
    subject = field;
  }
  return subject;
}

std::string AggregateName(Aggregate aggregate) {
  const auto* value = Aggregate_descriptor()->FindValueByNumber(aggregate);
  return value == nullptr ? "" : value->options().GetExtension(muniment::aggregate_name);
}

}  // namespace

std::vector<std::string> EventFiles() {
  return {
#include "eventstore/event_files.inc"
  };
}

PlanSet::PlanSet(const std::vector<std::string>& files) {
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  for (const std::string& name : files) {
    const auto* file = pool->FindFileByName(name);
    Require(file != nullptr, name, "the file is not linked in");
    for (int i = 0; i < file->message_type_count(); ++i) {
      if (file->message_type(i)->options().HasExtension(muniment::stream)) {
        AddStream(file->message_type(i));
      }
    }
  }
  Propagate();
}

const StreamPlan* PlanSet::Find(uint32_t number) const {
  const auto found = streams_.find(number);
  return found == streams_.end() ? nullptr : found->second.get();
}

const StreamPlan* PlanSet::Find(const Descriptor* event) const {
  const auto found = by_descriptor_.find(event);
  return found == by_descriptor_.end() ? nullptr : found->second;
}

void PlanSet::AddStream(const Descriptor* descriptor) {
  const StreamType& option = descriptor->options().GetExtension(muniment::stream);
  const std::string& name = descriptor->full_name();
  Require(option.number() != 0, name, "a stream type has a number");
  Require(descriptor->real_oneof_decl_count() == 1, name, "a stream's kinds are one oneof");
  auto plan = std::make_unique<StreamPlan>();
  plan->info.number = option.number();
  plan->info.descriptor = descriptor;
  for (const int aggregate : option.aggregate()) {
    Require(!AggregateName(static_cast<Aggregate>(aggregate)).empty(), name,
            "an aggregate has a name");
    plan->info.aggregates.push_back(static_cast<Aggregate>(aggregate));
  }
  Require(!plan->info.aggregates.empty(), name, "a stream belongs to an aggregate");
  plan->id_is_subject = option.id_is_subject();
  plan->prototype = google::protobuf::MessageFactory::generated_factory()->GetPrototype(descriptor);
  Require(plan->prototype != nullptr, name, "the message is not linked in");
  plan->oneof = descriptor->oneof_decl(0);
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* field = descriptor->field(i);
    Require(field->real_containing_oneof() == plan->oneof, field->full_name(),
            "every field of a stream's message is a kind");
    plan->kinds.emplace(field->number(), CompileKind(*plan, field));
  }
  by_descriptor_[descriptor] = plan.get();
  const uint32_t number = plan->info.number;
  Require(streams_.emplace(number, std::move(plan)).second, name,
          "two stream types have one number");
}

KindPlan PlanSet::CompileKind(const StreamPlan& stream, const FieldDescriptor* field) {
  const EventKind& option = field->options().GetExtension(muniment::event_kind);
  Require(field->message_type() != nullptr && !option.type().empty(), field->full_name(),
          "a kind is a message with a type");
  Require(option.keep() != KEEP_UNSPECIFIED, field->full_name(), "a kind says how long it is kept");
  KindPlan plan;
  plan.field = field;
  plan.message = CompileMessage(field->message_type());
  plan.keep = option.keep();
  plan.level = std::max<uint32_t>(option.level(), 1);
  plan.releases_claims = option.releases_claims();
  plan.destroys_keys = option.destroys_keys();
  plan.subject = FindSubject(*plan.message);
  for (const Aggregate aggregate : stream.info.aggregates) {
    plan.names[aggregate] = absl::StrReplaceAll(option.type(), {{"*", AggregateName(aggregate)}});
  }
  return plan;
}

MessagePlan* PlanSet::CompileMessage(const Descriptor* descriptor) {
  auto& slot = messages_[descriptor];
  if (slot != nullptr) return slot.get();
  slot = std::make_unique<MessagePlan>();
  MessagePlan* plan = slot.get();
  plan->descriptor = descriptor;
  for (int i = 0; i < descriptor->field_count(); ++i) {
    FieldPlan field = CompileField(descriptor->field(i));
    if (field.sealed || field.unique != nullptr || field.message != nullptr) {
      plan->fields.push_back(std::move(field));
    }
  }
  std::sort(plan->fields.begin(), plan->fields.end(), [](const FieldPlan& a, const FieldPlan& b) {
    return a.field->number() < b.field->number();
  });
  return plan;
}

FieldPlan PlanSet::CompileField(const FieldDescriptor* field) {
  FieldPlan plan;
  plan.field = field;
  plan.secret = field->options().GetExtension(muniment::secret);
  plan.sealed = plan.secret || field->options().GetExtension(muniment::personal);
  plan.unique = CompileUnique(field);
  if (field->message_type() != nullptr) plan.message = CompileMessage(field->message_type());
  return plan;
}

void PlanSet::Propagate() {
  bool changed = true;
  const auto raise = [&changed](bool& flag, bool value) {
    if (value && !flag) flag = changed = true;
  };
  while (changed) {
    changed = false;
    for (auto& [descriptor, plan] : messages_) {
      for (const FieldPlan& field : plan->fields) {
        const MessagePlan* below = field.message;
        raise(plan->has_sealed, field.sealed || (below != nullptr && below->has_sealed));
        raise(plan->has_secret, field.secret || (below != nullptr && below->has_secret));
        raise(plan->has_unique, field.unique != nullptr || (below != nullptr && below->has_unique));
        if (below == nullptr || field.sealed) continue;
        raise(plan->has_repeated_sealed,
              below->has_repeated_sealed || (field.field->is_repeated() && below->has_sealed));
        Require(!field.field->is_map() || !below->has_sealed, field.field->full_name(),
                "what is in a map is sealed with the whole map");
      }
    }
  }
}

bool Split(const MessagePlan& plan, Message& clear, Message& sealed) {
  if (!plan.has_sealed) return false;
  const Reflection* reflection = clear.GetReflection();
  bool any = false;
  for (const FieldPlan& field : plan.fields) {
    const bool repeated = field.field->is_repeated();
    if (repeated ? reflection->FieldSize(clear, field.field) == 0
                 : !reflection->HasField(clear, field.field)) {
      continue;
    }
    if (field.sealed) {
      reflection->SwapFields(&clear, &sealed, {field.field});
      any = true;
    } else if (field.message == nullptr || !field.message->has_sealed) {
      continue;
    } else if (!repeated) {
      Message* below = reflection->MutableMessage(&sealed, field.field);
      if (Split(*field.message, *reflection->MutableMessage(&clear, field.field), *below)) {
        any = true;
      } else {
        reflection->ClearField(&sealed, field.field);
      }
    } else {
      bool any_element = false;
      for (int i = 0; i < reflection->FieldSize(clear, field.field); ++i) {
        any_element |=
            Split(*field.message, *reflection->MutableRepeatedMessage(&clear, field.field, i),
                  *reflection->AddMessage(&sealed, field.field));
      }
      if (!any_element) reflection->ClearField(&sealed, field.field);
      any |= any_element;
    }
  }
  return any;
}

absl::Status Merge(const MessagePlan& plan, Message& sealed, Message& clear) {
  const Reflection* reflection = clear.GetReflection();
  if (!plan.has_repeated_sealed) {
    // MergeFrom treats a field that is in both as protobuf's own concatenation would.
    clear.MergeFrom(sealed);
    return absl::OkStatus();
  }
  std::vector<const FieldDescriptor*> set;
  reflection->ListFields(sealed, &set);
  for (const FieldDescriptor* descriptor : set) {
    const auto field = std::find_if(plan.fields.begin(), plan.fields.end(),
                                    [&](const FieldPlan& f) { return f.field == descriptor; });
    const bool deeper = field != plan.fields.end() && field->message != nullptr && !field->sealed &&
                        field->message->has_sealed;
    if (!deeper) {
      reflection->SwapFields(&sealed, &clear, {descriptor});
    } else if (!descriptor->is_repeated()) {
      RETURN_IF_ERROR(Merge(*field->message, *reflection->MutableMessage(&sealed, descriptor),
                            *reflection->MutableMessage(&clear, descriptor)));
    } else {
      const int count = reflection->FieldSize(sealed, descriptor);
      if (count != reflection->FieldSize(clear, descriptor)) {
        return Error(absl::StatusCode::kDataLoss, "store.damaged",
                     "An event's clear and sealed parts do not belong together.");
      }
      for (int i = 0; i < count; ++i) {
        RETURN_IF_ERROR(Merge(*field->message,
                              *reflection->MutableRepeatedMessage(&sealed, descriptor, i),
                              *reflection->MutableRepeatedMessage(&clear, descriptor, i)));
      }
    }
  }
  return absl::OkStatus();
}

namespace {

// Calls `visit` for each message in a field, if there is any.
template <typename Visit>
void EachMessage(const Message& message, const FieldDescriptor* field, Visit visit) {
  const Reflection* reflection = message.GetReflection();
  if (!field->is_repeated()) {
    if (reflection->HasField(message, field)) visit(reflection->GetMessage(message, field));
    return;
  }
  for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
    visit(reflection->GetRepeatedMessage(message, field, i));
  }
}

std::string GetText(const Message& message, const FieldDescriptor* field) {
  return field == nullptr ? "" : message.GetReflection()->GetString(message, field);
}

}  // namespace

void VisitUnique(const MessagePlan& plan, const Message& message, bool sealed,
                 absl::FunctionRef<void(UniqueValue)> visit) {
  if (!plan.has_unique) return;
  for (const FieldPlan& field : plan.fields) {
    if (field.unique != nullptr) {
      visit({field.unique.get(), sealed || field.sealed, GetText(message, field.unique->scope),
             GetText(message, field.unique->item), GetText(message, field.field)});
    }
    if (field.message != nullptr && field.message->has_unique) {
      EachMessage(message, field.field, [&](const Message& below) {
        VisitUnique(*field.message, below, sealed || field.sealed, visit);
      });
    }
  }
}

bool HasUnknownFields(const MessagePlan& plan, const Message& message) {
  if (!message.GetReflection()->GetUnknownFields(message).empty()) return true;
  bool unknown = false;
  for (const FieldPlan& field : plan.fields) {
    if (field.message == nullptr) continue;
    EachMessage(message, field.field, [&](const Message& below) {
      unknown = unknown || HasUnknownFields(*field.message, below);
    });
  }
  return unknown;
}

void ClearSecrets(const MessagePlan& plan, Message& message) {
  if (!plan.has_secret) return;
  const Reflection* reflection = message.GetReflection();
  for (const FieldPlan& field : plan.fields) {
    if (field.secret) {
      reflection->ClearField(&message, field.field);
    } else if (field.message == nullptr || !field.message->has_secret) {
      continue;
    } else if (!field.field->is_repeated()) {
      if (reflection->HasField(message, field.field)) {
        ClearSecrets(*field.message, *reflection->MutableMessage(&message, field.field));
      }
    } else {
      for (int i = 0; i < reflection->FieldSize(message, field.field); ++i) {
        ClearSecrets(*field.message, *reflection->MutableRepeatedMessage(&message, field.field, i));
      }
    }
  }
}

}  // namespace muniment::eventstore
