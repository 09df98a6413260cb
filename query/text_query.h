// A published text filter, as a named predicate compares by it.
//
//   const TextQuery wanted(query.name(), query.method());
//   if (wanted.Fits(project.name())) ...
#ifndef MUNIMENT_QUERY_TEXT_QUERY_H_
#define MUNIMENT_QUERY_TEXT_QUERY_H_

#include <algorithm>
#include <string>

#include "base/text.h"
#include "query/filter.h"

namespace muniment::query {

class TextQuery {
 public:
  // `method`: any of the published ones, which share their numbers.
  TextQuery(const std::string& text, int method)
      : method_(static_cast<TextMethod>(method)), wanted_(Folded(text)) {}

  bool Fits(const std::string& text) const { return TextMatches(method_, Folded(text), wanted_); }
  template <class Texts>
  bool FitsSome(const Texts& texts) const {
    return std::any_of(texts.begin(), texts.end(),
                       [this](const std::string& text) { return Fits(text); });
  }

 private:
  std::string Folded(const std::string& text) const {
    return IgnoresCase(method_) ? FoldForSearch(text) : text;
  }

  const TextMethod method_;
  const std::string wanted_;
};

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_TEXT_QUERY_H_
