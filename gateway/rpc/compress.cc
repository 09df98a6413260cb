#include "gateway/rpc/compress.h"

#include <zlib.h>

#include <algorithm>

#include "base/error.h"

namespace muniment::rpc {
namespace {

constexpr int kGzipWindow = 15 + 16;

Bytef* In(absl::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}

}  // namespace

std::string Gzip(absl::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    return {};
  }
  std::string out(deflateBound(&stream, bytes.size()) + 32, '\0');
  stream.next_in = In(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

absl::StatusOr<std::string> Gunzip(absl::string_view bytes, size_t max) {
  const auto bad = Error(absl::StatusCode::kInvalidArgument, "request.malformed",
                         "The compressed message is not gzip.");
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) return bad;
  std::string out;
  stream.next_in = In(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  int result = Z_OK;
  bool large = false;
  while (result == Z_OK && !large) {
    const size_t before = out.size();
    out.resize(std::min(max + 1, before + std::max<size_t>(4096, bytes.size() * 2)));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = static_cast<uInt>(out.size() - before);
    result = inflate(&stream, Z_NO_FLUSH);
    out.resize(stream.total_out);
    large = out.size() > max;
    if (result == Z_OK && stream.avail_in == 0 && stream.avail_out > 0) break;
  }
  const bool whole = result == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  if (large) {
    return Error(absl::StatusCode::kResourceExhausted, "request.too_large",
                 "The request is larger than is allowed.");
  }
  if (!whole) return bad;
  return out;
}

}  // namespace muniment::rpc
