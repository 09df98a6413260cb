#include "query/settings/languages.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/language.h"
#include "muniment/row/v1/instance_settings.pb.h"

namespace muniment::query {

std::vector<std::string> SupportedTags() {
  std::vector<std::string> tags;
  for (const SupportedLanguage& language : SupportedLanguages()) tags.emplace_back(language.tag);
  return tags;
}

absl::StatusOr<std::vector<std::string>> AllowedLanguages(projections::View& view,
                                                          uint64_t instance) {
  ASSIGN_OR_RETURN(const auto row, view.Get<row::v1::Restrictions>(
                                       instance, {AGGREGATE_RESTRICTIONS, absl::StrCat(instance)}));
  if (!row.has_value() || row->policy().allowed_languages().empty()) return SupportedTags();
  const auto& allowed = row->policy().allowed_languages();
  return std::vector<std::string>(allowed.begin(), allowed.end());
}

}  // namespace muniment::query
