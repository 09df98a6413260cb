#include "command/import/batch.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/error.h"
#include "muniment/api/imports/v1/line.pb.h"
#include "muniment/import_options.pb.h"

namespace muniment::command {
namespace {

using api::imports::v1::Line;

// Bytes of the hash that stand in a stream's id; all of it stands in the event.
constexpr size_t kHashInId = 16;

const Handler& HandlerOf(const std::string& method) {
  const auto& all = Handlers();
  const auto found = std::find_if(all.begin(), all.end(), [&method](const Handler& handler) {
    return handler.method == method;
  });
  MUNIMENT_CHECK(found != all.end());
  return *found;
}

ImportRule Compile(const google::protobuf::FieldDescriptor* field) {
  const Import& option = field->options().GetExtension(imports);
  ImportRule rule;
  rule.field = field;
  rule.handler = &HandlerOf(option.method());
  MUNIMENT_CHECK(rule.handler->request == field->message_type());
  auto compiled = RuleOf(option.method());
  MUNIMENT_CHECK(compiled.ok());
  rule.rule = *std::move(compiled);
  rule.makes = option.makes();
  rule.noun = option.noun();
  if (option.changes().empty()) return rule;
  rule.changes = field->message_type()->FindFieldByName(option.changes());
  MUNIMENT_CHECK(rule.changes != nullptr);
  return rule;
}

std::string MarkId(absl::string_view file, uint64_t first_line) {
  return absl::StrCat(HexEncode(file.substr(0, kHashInId)), "/", first_line);
}

// What is not at hand is told by the unit; the lines after it are tried all the same, so that all
// that is wanted is asked for at once. What they say then counts for nothing.
absl::Status Decide(Unit& unit, const ImportBatch& batch) {
  for (const ImportLine& line : batch.lines) {
    if (line.rule->makes) {
      if (std::string id = line.id(); !id.empty()) unit.ExpectNew(id);
    }
    absl::Status failed = unit.TakeOn(line.rule->rule, *line.request);
    if (failed.ok()) failed = line.rule->handler->run(unit, *line.request).status();
    if (failed.ok() || unit.pending()) continue;
    SetErrorFact(failed, kImportLine, absl::StrCat(line.number));
    return failed;
  }
  return unit.pending() ? Pending() : absl::OkStatus();
}

}  // namespace

void Fold(ImportMark& mark, const event::v1::ImportBatchStored&) { mark.stored = true; }

const ImportRules& ImportRules::Get() {
  static const ImportRules* const rules = new ImportRules();
  return *rules;
}

ImportRules::ImportRules() : says_(Line::descriptor()->FindOneofByName("says")) {
  for (int i = 0; i < says_->field_count(); ++i) {
    rules_.emplace(says_->field(i)->number(), Compile(says_->field(i)));
  }
}

const ImportRule* ImportRules::Find(const google::protobuf::Message& line) const {
  const auto* field = line.GetReflection()->GetOneofFieldDescriptor(line, says_);
  return field == nullptr ? nullptr : &rules_.at(field->number());
}

std::string ImportLine::id() const {
  if (rule->changes == nullptr) return {};
  return request->GetReflection()->GetString(*request, rule->changes);
}

eventstore::StreamKey MarkOf(uint64_t instance, absl::string_view file, uint64_t first_line) {
  return {instance, StreamTraits<event::v1::ImportEvent>::kNumber, AGGREGATE_IMPORT,
          MarkId(file, first_line)};
}

absl::Status StoreBatch(Unit& unit, const ImportBatch& batch) {
  const std::string id = MarkId(batch.file, batch.first_line);
  const auto mark = unit.LoadAny<ImportMark>(id);
  if (mark.ok() && (*mark)->stored) return absl::OkStatus();
  RETURN_IF_ERROR(Decide(unit, batch));
  RETURN_IF_ERROR(mark.status());
  event::v1::ImportBatchStored stored;
  stored.set_file(batch.file);
  stored.set_first_line(batch.first_line);
  stored.set_lines(batch.line_count);
  stored.set_by(batch.by);
  unit.Raise(*mark, std::move(stored));
  return absl::OkStatus();
}

}  // namespace muniment::command
