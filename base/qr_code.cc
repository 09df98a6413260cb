#include "base/qr_code.h"

#include <qrencode.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace muniment {
namespace {

constexpr size_t kMaxText = 2331;  // bytes of the largest symbol at level M
constexpr int kQuiet = 4;

}  // namespace

absl::StatusOr<std::string> QrCodeSvg(absl::string_view text) {
  std::unique_ptr<QRcode, decltype(&QRcode_free)> code(nullptr, &QRcode_free);
  if (!text.empty() && text.size() <= kMaxText) {
    code.reset(QRcode_encodeData(static_cast<int>(text.size()),
                                 reinterpret_cast<const unsigned char*>(text.data()), 0,
                                 QR_ECLEVEL_M));
  }
  if (code == nullptr) {
    return Error(absl::StatusCode::kInvalidArgument, "qr_code.too_long",
                 "A QR code holds 1 to 2331 bytes.");
  }
  const int side = code->width + 2 * kQuiet;
  std::string svg = absl::StrCat(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ", side, " ", side,
      "\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h", side, "v", side, "H0z\"/>",
      "<path d=\"");
  for (int y = 0; y < code->width; ++y) {
    for (int x = 0; x < code->width;) {
      int dark = 0;
      while (x + dark < code->width && (code->data[y * code->width + x + dark] & 1) != 0) ++dark;
      if (dark > 0) {
        absl::StrAppend(&svg, "M", x + kQuiet, " ", y + kQuiet, "h", dark, "v1h-", dark, "z");
      }
      x += dark + 1;
    }
  }
  return absl::StrCat(svg, "\"/></svg>");
}

}  // namespace muniment
