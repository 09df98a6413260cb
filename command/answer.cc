#include "command/answer.h"

#include "absl/strings/string_view.h"
#include "google/protobuf/timestamp.pb.h"
#include "zitadel/object.pb.h"
#include "zitadel/object/v2/object.pb.h"

namespace muniment::command {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Timestamp;
using zitadel::object::v2::Details;
using zitadel::v1::ObjectDetails;

namespace {

void Set(absl::Time time, Timestamp& out) {
  const int64_t micros = absl::ToUnixMicros(time);
  out.set_seconds(micros / 1'000'000);
  out.set_nanos(static_cast<int32_t>(micros % 1'000'000) * 1000);
}

}  // namespace

AnswerPlan::AnswerPlan(const Descriptor& response) {
  for (int i = 0; i < response.field_count(); ++i) {
    const FieldDescriptor* field = response.field(i);
    if (field->is_repeated() || field->message_type() == nullptr) continue;
    const bool details = field->message_type() == Details::descriptor() ||
                         field->message_type() == ObjectDetails::descriptor();
    if (details && field->name() == "details") {
      details_ = field;
    } else if (field->message_type() == Timestamp::descriptor()) {
      const absl::string_view name = field->name();
      if (name == "creation_date") created_.push_back(field);
      if (name == "change_date" || name == "deletion_date" || name == "removal_date" ||
          name == "set_date" || name == "deactivation_date" || name == "reactivation_date") {
        changed_.push_back(field);
      }
    }
  }
}

void AnswerPlan::Fill(const Stamp& stamp, Message& response) const {
  const auto* reflection = response.GetReflection();
  const auto date = [&](const FieldDescriptor* field, absl::Time time) {
    if (reflection->HasField(response, field)) return;
    Set(time, static_cast<Timestamp&>(*reflection->MutableMessage(&response, field)));
  };
  // What an answer says was created is what this commit made, which may be a part of an older
  // stream: a token of a user.
  for (const auto* field : created_) date(field, stamp.committed ? stamp.changed : stamp.created);
  for (const auto* field : changed_) date(field, stamp.changed);
  if (details_ != nullptr && !reflection->HasField(response, details_)) {
    FillDetails(stamp, response);
  }
}

void AnswerPlan::FillDetails(const Stamp& stamp, Message& response) const {
  const auto fill = [&stamp](auto& details) {
    details.set_sequence(stamp.sequence);
    details.set_resource_owner(stamp.owner);
    Set(stamp.created, *details.mutable_creation_date());
    Set(stamp.changed, *details.mutable_change_date());
  };
  Message& details = *response.GetReflection()->MutableMessage(&response, details_);
  if (details_->message_type() == Details::descriptor()) {
    fill(static_cast<Details&>(details));
  } else {
    fill(static_cast<ObjectDetails&>(details));
  }
}

}  // namespace muniment::command
