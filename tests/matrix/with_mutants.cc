// Changes of what always stands in a twin's request: each leaf of it is left out, or is something else
// of its kind.
#include <catch2/catch.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"
#include "muniment/binding_options.pb.h"
#include "tests/matrix/mutants.h"
#include "tests/matrix/world.h"

namespace muniment::matrix {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::MessageFactory;
using google::protobuf::TextFormat;

// What texts stand for, and what there are besides (gateway/api/binding.h).
constexpr const char* kTexts[] = {"{caller}", "{organization}", "user", "org", "project"};

struct Step {
  const FieldDescriptor* field;
  int index;  // -1: it is not repeated
};
using Way = std::vector<Step>;

// The ways to all that says something by itself: values, and messages that are merely there.
void Collect(const Message& message, const Way& to, std::vector<Way>& leaves) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  if (fields.empty() && !to.empty()) leaves.push_back(to);
  for (const FieldDescriptor* field : fields) {
    const auto& reflection = *message.GetReflection();
    const int size = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < size; ++i) {
      Way way = to;
      way.push_back({field, field->is_repeated() ? i : -1});
      if (field->message_type() == nullptr) {
        leaves.push_back(way);
      } else {
        Collect(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                     : reflection.GetMessage(message, field),
                way, leaves);
      }
    }
  }
}

std::string NameOf(const Way& way) {
  std::string name;
  for (const Step& step : way) {
    absl::StrAppend(&name, name.empty() ? "" : ".", step.field->name());
    if (step.index > 0) absl::StrAppend(&name, "[", step.index, "]");
  }
  return name;
}

class Maker {
 public:
  Maker(const MethodDescriptor& method, const Message& with) : method_(method), with_(with) {}

  // `change` is done to a copy, where the way ends.
  template <class Change>
  void Add(const Way& way, const std::string& what, Change change) {
    std::unique_ptr<Message> copy(with_.New());
    copy->CopyFrom(with_);
    Message* at = copy.get();
    for (size_t i = 0; i + 1 < way.size(); ++i) {
      const auto& reflection = *at->GetReflection();
      at = way[i].index < 0 ? reflection.MutableMessage(at, way[i].field)
                            : reflection.MutableRepeatedMessage(at, way[i].field, way[i].index);
    }
    change(*at, way.back());
    TextFormat::Printer printer;
    printer.SetSingleLineMode(true);
    std::string text;
    REQUIRE(printer.PrintToString(*copy, &text));
    mutants_.push_back({.method = &method_, .change = absl::StrCat("with ", what), .with = text});
  }
  std::vector<Mutant> Take() { return std::move(mutants_); }

 private:
  const MethodDescriptor& method_;
  const Message& with_;
  std::vector<Mutant> mutants_;
};

void LeaveOut(Message& holder, const Step& leaf) {
  const auto& reflection = *holder.GetReflection();
  if (leaf.index < 0) return reflection.ClearField(&holder, leaf.field);
  for (int i = leaf.index; i + 1 < reflection.FieldSize(holder, leaf.field); ++i) {
    reflection.SwapElements(&holder, leaf.field, i, i + 1);
  }
  reflection.RemoveLast(&holder, leaf.field);
}

void AddOthers(Maker& maker, const Way& way) {
  const std::string name = NameOf(way);
  const FieldDescriptor& field = *way.back().field;
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    for (const char* text : kTexts) {
      maker.Add(way, absl::StrCat(name, " ", text), [&](Message& holder, const Step& leaf) {
        const auto& reflection = *holder.GetReflection();
        if (leaf.index < 0) return reflection.SetString(&holder, leaf.field, text);
        reflection.SetRepeatedString(&holder, leaf.field, leaf.index, text);
      });
    }
  } else if (field.enum_type() != nullptr) {
    for (int i = 0; i < field.enum_type()->value_count(); ++i) {
      const auto* value = field.enum_type()->value(i);
      maker.Add(way, absl::StrCat(name, " ", value->name()), [&](Message& holder, const Step& leaf) {
        const auto& reflection = *holder.GetReflection();
        if (leaf.index < 0) return reflection.SetEnum(&holder, leaf.field, value);
        reflection.SetRepeatedEnum(&holder, leaf.field, leaf.index, value);
      });
    }
  } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
    maker.Add(way, absl::StrCat("other ", name), [](Message& holder, const Step& leaf) {
      const auto& reflection = *holder.GetReflection();
      reflection.SetBool(&holder, leaf.field, !reflection.GetBool(holder, leaf.field));
    });
  } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_INT64) {
    maker.Add(way, absl::StrCat(name, " 1"), [](Message& holder, const Step& leaf) {
      holder.GetReflection()->SetInt64(&holder, leaf.field, 1);
    });
  } else {
    // A message that is merely there has nothing to be otherwise.
    REQUIRE(field.message_type() != nullptr);
  }
}

}  // namespace

std::vector<Mutant> WithMutantsOf(const MethodDescriptor& method) {
  const Binding& binds = method.options().GetExtension(muniment::binds);
  if (binds.with().empty()) return {};
  const auto* twin = FindMethod(binds.method());
  REQUIRE(twin != nullptr);
  const std::unique_ptr<Message> with(
      MessageFactory::generated_factory()->GetPrototype(twin->input_type())->New());
  REQUIRE(TextFormat::ParseFromString(binds.with(), with.get()));
  std::vector<Way> leaves;
  Collect(*with, {}, leaves);
  REQUIRE(!leaves.empty());
  Maker maker(method, *with);
  for (const Way& way : leaves) {
    maker.Add(way, absl::StrCat("no ", NameOf(way)), LeaveOut);
    AddOthers(maker, way);
  }
  std::vector<Mutant> mutants = maker.Take();
  // Not what it says anyway.
  TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  std::string same;
  REQUIRE(printer.PrintToString(*with, &same));
  std::erase_if(mutants, [&](const Mutant& mutant) { return mutant.with == same; });
  return mutants;
}

}  // namespace muniment::matrix
