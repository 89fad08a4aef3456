#include "http/content_coding.h"

#include <algorithm>
#include <array>
#include <climits>

#include "http/field_syntax.h"
#include "http/message.h"

#ifdef QAMERA_ZLIB
#include <zlib.h>
#endif

namespace qamera::http {
namespace {

#ifdef QAMERA_ZLIB

constexpr std::array<std::string_view, 4> kReadable = {"gzip", "x-gzip", "deflate", "identity"};

/// A zlib stream that is ended with its scope.
class Inflater {
 public:
  /// 15 + 32: the largest window, and gzip or zlib wrapping as the bytes say; -15: no wrapping.
  explicit Inflater(int window_bits) : ready_(inflateInit2(&stream_, window_bits) == Z_OK) {}
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  std::optional<std::string> run(std::string_view body, std::size_t max) {
    if (!ready_ || body.size() > UINT_MAX) return std::nullopt;
    // zlib reads through a pointer to non-const, and writes nothing there.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
    stream_.avail_in = static_cast<uInt>(body.size());
    std::string out;
    std::array<char, 16u << 10> piece;
    int result = Z_OK;
    while (result == Z_OK) {
      stream_.next_out = reinterpret_cast<Bytef*>(piece.data());
      stream_.avail_out = static_cast<uInt>(piece.size());
      result = inflate(&stream_, Z_NO_FLUSH);
      out.append(piece.data(), piece.size() - stream_.avail_out);
      if (out.size() > max) return std::nullopt;
    }
    if (result != Z_STREAM_END) return std::nullopt;
    return out;
  }

 private:
  z_stream stream_{};
  bool ready_;
};

#else

constexpr std::array<std::string_view, 1> kReadable = {"identity"};

#endif

}  // namespace

std::string readable_codings(std::string_view accept_encoding) {
  std::string kept;
  while (!accept_encoding.empty()) {
    const std::string_view element = next_element(accept_encoding);
    const std::string_view coding = trim(element.substr(0, element.find(';')));
    const bool readable = std::any_of(kReadable.begin(), kReadable.end(),
                                      [&](std::string_view known) { return equal_ignoring_case(known, coding); });
    if (readable) kept.append(kept.empty() ? "" : ", ").append(element);
  }
  return kept.empty() ? "identity" : kept;
}

std::optional<std::string> decode_content(std::string_view coding, std::string_view body, std::size_t max) {
#ifdef QAMERA_ZLIB
  if (equal_ignoring_case(coding, "gzip") || equal_ignoring_case(coding, "x-gzip"))
    return Inflater(15 + 32).run(body, max);
  if (equal_ignoring_case(coding, "deflate")) {
    // Some servers send deflate without the zlib wrapping that RFC 9110 asks for.
    auto wrapped = Inflater(15 + 32).run(body, max);
    return wrapped ? wrapped : Inflater(-15).run(body, max);
  }
#else
  static_cast<void>(coding), static_cast<void>(body), static_cast<void>(max);
#endif
  return std::nullopt;
}

}  // namespace qamera::http
