#include "query/admin/secret_generators.h"

#include "query/present.h"

namespace muniment::query {

using zitadel::settings::v1::SecretGenerator;
using zitadel::settings::v1::SecretGeneratorType;

void PresentGenerator(const Reader& reader, const row::v1::SecretGenerator& row,
                      SecretGenerator* generator) {
  const event::v1::SecretGenerator& set = row.generator();
  // Numbered alike.
  generator->set_generator_type(static_cast<SecretGeneratorType>(set.type()));
  PresentDetails(row.stamp(), reader.instance_id(), generator->mutable_details());
  generator->set_length(set.length());
  if (set.has_expiry()) *generator->mutable_expiry() = set.expiry();
  generator->set_include_lower_letters(set.lower_letters());
  generator->set_include_upper_letters(set.upper_letters());
  generator->set_include_digits(set.digits());
  generator->set_include_symbols(set.symbols());
}

}  // namespace muniment::query
