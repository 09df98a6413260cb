// What the router writes into an answer after the commit: the log's numbers, which no handler can
// know. Compiled once from a response: an object.v2.Details or v1.ObjectDetails named `details`, and
// timestamps named creation_date, change_date, deletion_date, removal_date, set_date,
// deactivation_date and reactivation_date. What the handler set stays.
#ifndef MUNIMENT_COMMAND_ANSWER_H_
#define MUNIMENT_COMMAND_ANSWER_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "google/protobuf/message.h"

namespace muniment::command {

// Of the answer's primary stream.
struct Stamp {
  uint64_t sequence = 0;
  absl::Time created;
  absl::Time changed;
  std::string owner;
  // The commit stands at `changed`; false for a command that changed nothing.
  bool committed = false;
};

class AnswerPlan {
 public:
  explicit AnswerPlan(const google::protobuf::Descriptor& response);

  void Fill(const Stamp& stamp, google::protobuf::Message& response) const;

 private:
  void FillDetails(const Stamp& stamp, google::protobuf::Message& response) const;

  const google::protobuf::FieldDescriptor* details_ = nullptr;
  std::vector<const google::protobuf::FieldDescriptor*> created_;
  std::vector<const google::protobuf::FieldDescriptor*> changed_;
};

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_ANSWER_H_
