#include "query/text/texts.h"

#include "base/language.h"
#include "base/own_text.h"
#include "muniment/row/v1/text.pb.h"
#include "query/present.h"

namespace muniment::query {

using api::text::v1::GetMessageTextResponse;

absl::StatusOr<GetMessageTextResponse> ReadMessageText(Reader& reader, event::v1::MessageType type,
                                                       const std::string& language,
                                                       const std::vector<TextLevel>& levels) {
  ASSIGN_OR_RETURN(const absl::string_view found, FindSupportedLanguage(language));
  const std::string tag(found);
  ASSIGN_OR_RETURN(const MessageKind kind, KindOf(type));
  MessageText text = BuiltInMessageText(kind, {tag});
  GetMessageTextResponse response;
  response.set_is_default(true);
  for (const TextLevel& level : levels) {
    ASSIGN_OR_RETURN(const auto row,
                     reader.view().Get<row::v1::MessageText>(
                         reader.instance(), {level.aggregate, level.id, type, tag}));
    if (!row.has_value()) continue;
    PutOwnText(row->text(), &text);
    if (level.asked) response.set_is_default(false);
    PresentDetails(row->stamp(), level.id, response.mutable_details());
  }
  *response.mutable_text() = AsOwnText(text);
  return response;
}

}  // namespace muniment::query
