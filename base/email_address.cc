#include "base/email_address.h"

#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "base/check.h"
#include "base/error.h"
#include "base/host_name.h"
#include "base/names.h"

namespace muniment {
namespace {

constexpr size_t kMaxAddress = 254;
constexpr size_t kMaxLocal = 64;
constexpr absl::string_view kDigits = "0123456789";
constexpr absl::string_view kNameCharacters = "abcdefghijklmnopqrstuvwxyz0123456789-.";
constexpr absl::string_view kAtomSymbols = "!#$%&'*+-/=?^_`{|}~";  // RFC 5322, atext

absl::Status Invalid() {
  return Error(absl::StatusCode::kInvalidArgument, "email.invalid",
               "The e-mail address must be a plain one, such as ada@example.com.");
}

bool MayStandInAtom(UChar32 point) {
  if (point < 0) return false;
  if (point < 0x80) {
    return absl::ascii_isalnum(static_cast<unsigned char>(point)) ||
           absl::StrContains(kAtomSymbols, static_cast<char>(point));
  }
  constexpr uint32_t kAllowed = U_GC_L_MASK | U_GC_M_MASK | U_GC_N_MASK;
  return (U_GET_GC_MASK(point) & kAllowed) != 0 &&
         !u_hasBinaryProperty(point, UCHAR_DEFAULT_IGNORABLE_CODE_POINT);
}

bool ValidLocal(absl::string_view local, bool& ascii) {
  if (local.empty() || local.size() > kMaxLocal || local.front() == '.' || local.back() == '.' ||
      absl::StrContains(local, "..")) {
    return false;
  }
  const auto* const bytes = reinterpret_cast<const uint8_t*>(local.data());
  ascii = true;
  for (size_t at = 0; at < local.size();) {
    UChar32 point;
    U8_NEXT(bytes, at, local.size(), point);
    if (point != '.' && !MayStandInAtom(point)) return false;
    if (point >= 0x80) ascii = false;
  }
  if (ascii) return true;
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const nfkc = icu::Normalizer2::getNFKCInstance(error);
  MUNIMENT_CHECK(U_SUCCESS(error));
  return nfkc->isNormalizedUTF8(icu::StringPiece(local.data(), static_cast<int32_t>(local.size())),
                               error) &&
         U_SUCCESS(error);
}

// UTS #46 drops what shows nothing; the text that is kept and shown would still hold it. Joiners are
// its own business (CONTEXTJ).
bool ShowsAll(absl::string_view domain) {
  const auto* const bytes = reinterpret_cast<const uint8_t*>(domain.data());
  for (size_t at = 0; at < domain.size();) {
    UChar32 point;
    U8_NEXT(bytes, at, domain.size(), point);
    const bool joiner = point == 0x200C || point == 0x200D;
    if (!joiner && u_hasBinaryProperty(point, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) return false;
  }
  return true;
}

// Of a host name (base/host_name.h) those are left that mail goes to: no addresses, no underscores.
bool IsMailDomain(absl::string_view name) {
  return name.find_first_not_of(kNameCharacters) == absl::string_view::npos &&
         name.find_first_not_of(kDigits, name.rfind('.') + 1) != absl::string_view::npos;
}

}  // namespace

absl::StatusOr<EmailAddress> ParseEmailAddress(absl::string_view text) {
  const size_t at = text.find('@');
  // What is not seen in a domain IDNA drops.
  if (text.size() > kMaxAddress || at == absl::string_view::npos || !ValidName(text)) {
    return Invalid();
  }
  EmailAddress address;
  bool ascii = true;
  const absl::string_view domain = text.substr(at + 1);
  if (!ValidLocal(text.substr(0, at), ascii) || !ShowsAll(domain)) return Invalid();
  std::optional<std::string> name = HostName(domain);
  if (!name.has_value() || !IsMailDomain(*name) || at + 1 + name->size() > kMaxAddress) {
    return Invalid();
  }
  address.domain = *std::move(name);
  address.local = std::string(text.substr(0, at));
  address.needs_smtputf8 = !ascii;
  return address;
}

bool SameMailbox(absl::string_view one, absl::string_view other) {
  const absl::StatusOr<EmailAddress> a = ParseEmailAddress(one);
  const absl::StatusOr<EmailAddress> b = ParseEmailAddress(other);
  return a.ok() && b.ok() && a->domain == b->domain && absl::EqualsIgnoreCase(a->local, b->local);
}

}  // namespace muniment
