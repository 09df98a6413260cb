// A text as a QR code (ISO/IEC 18004), as an SVG picture: black on white with the four quiet
// modules around it, one unit a module, to be scaled by whoever shows it. Pure, thread-safe.
//
//   ASSIGN_OR_RETURN(const std::string svg, QrCodeSvg(TotpUri(...)));
//
// Error correction is M: 15 in 100 of the picture may be unreadable.
#ifndef MUNIMENT_BASE_QR_CODE_H_
#define MUNIMENT_BASE_QR_CODE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace muniment {

// INVALID_ARGUMENT "qr_code.too_long" for an empty text or one of more than 2,331 bytes.
absl::StatusOr<std::string> QrCodeSvg(absl::string_view text);

}  // namespace muniment

#endif  // MUNIMENT_BASE_QR_CODE_H_
