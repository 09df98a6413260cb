// What the methods about texts share (muniment/api/text/v1).
#ifndef MUNIMENT_QUERY_TEXT_TEXTS_H_
#define MUNIMENT_QUERY_TEXT_TEXTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "muniment/api/text/v1/text_service.pb.h"
#include "query/reader.h"

namespace muniment::query {

// Who may say something, the last of them what counts most.
struct TextLevel {
  Aggregate aggregate = AGGREGATE_INSTANCE;
  std::string id;
  // What it says is asked for, not what others say in its place.
  bool asked = false;
};

// A message's text in one language, part by part as the last level says it that says anything.
// INVALID_ARGUMENT: those of FindSupportedLanguage.
absl::StatusOr<api::text::v1::GetMessageTextResponse> ReadMessageText(
    Reader& reader, event::v1::MessageType type, const std::string& language,
    const std::vector<TextLevel>& levels);

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_TEXT_TEXTS_H_
