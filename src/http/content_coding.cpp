#include "http/content_coding.h"

#include <algorithm>
#include <array>
#include <climits>
#include <iterator>
#include <memory>

#include "http/field_syntax.h"
#include "http/message.h"

#ifdef QAMERA_ZLIB
#include <zlib.h>
#endif
#ifdef QAMERA_BROTLI
#include <brotli/decode.h>
#endif

namespace qamera::http {
namespace {

constexpr std::array<std::string_view, 3> kCommon = {"gzip", "x-gzip", "deflate"};
/// Of a field that lists more, nobody means it.
constexpr int kMaxCodings = 4;
constexpr std::size_t kPiece = 16u << 10;

using State = BodyState;

bool is_one_of(std::string_view coding, const auto& known) {
  return std::any_of(known.begin(), known.end(),
                     [&](std::string_view name) { return equal_ignoring_case(name, coding); });
}

#ifdef QAMERA_ZLIB

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

  DecodedContent run(std::string_view body, std::size_t max) {
    if (!ready_ || body.size() > UINT_MAX) return {State::kTooLarge};
    // zlib reads through a pointer to non-const, and writes nothing there.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
    stream_.avail_in = static_cast<uInt>(body.size());
    std::string out;
    std::array<char, kPiece> piece;
    for (int result = Z_OK; result != Z_STREAM_END || next_member();) {
      stream_.next_out = reinterpret_cast<Bytef*>(piece.data());
      stream_.avail_out = static_cast<uInt>(piece.size());
      result = inflate(&stream_, Z_NO_FLUSH);
      out.append(piece.data(), piece.size() - stream_.avail_out);
      if (out.size() > max) return {State::kTooLarge};
      if (result != Z_OK && result != Z_STREAM_END) return {State::kBrokenCoding};
    }
    return {State::kReadable, std::move(out)};
  }

 private:
  /// A gzip body may have several members, one behind the other (RFC 1952, section 2.2).
  bool next_member() {
    constexpr Bytef kMagic[] = {0x1f, 0x8b};
    return stream_.avail_in >= 2 && std::equal(std::begin(kMagic), std::end(kMagic), stream_.next_in) &&
           inflateReset(&stream_) == Z_OK;
  }

  z_stream stream_{};
  bool ready_;
};

DecodedContent inflated(std::string_view coding, std::string_view body, std::size_t max) {
  auto wrapped = Inflater(15 + 32).run(body, max);
  // Some servers send deflate without the zlib wrapping that RFC 9110 asks for.
  const bool may_be_bare = wrapped.state == State::kBrokenCoding && equal_ignoring_case(coding, "deflate");
  return may_be_bare ? Inflater(-15).run(body, max) : wrapped;
}

#else

DecodedContent inflated(std::string_view, std::string_view, std::size_t) { return {State::kUnsupportedCoding}; }

#endif

#ifdef QAMERA_BROTLI

DecodedContent unbrotlied(std::string_view body, std::size_t max) {
  const std::unique_ptr<BrotliDecoderState, decltype(&BrotliDecoderDestroyInstance)> decoder(
      BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), BrotliDecoderDestroyInstance);
  if (!decoder) return {State::kTooLarge};
  auto next_in = reinterpret_cast<const std::uint8_t*>(body.data());
  std::size_t in = body.size();
  std::string out;
  std::array<char, kPiece> piece;
  for (auto result = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT; result != BROTLI_DECODER_RESULT_SUCCESS;) {
    auto next_out = reinterpret_cast<std::uint8_t*>(piece.data());
    std::size_t room = piece.size();
    result = BrotliDecoderDecompressStream(decoder.get(), &in, &next_in, &room, &next_out, nullptr);
    out.append(piece.data(), piece.size() - room);
    if (out.size() > max) return {State::kTooLarge};
    const bool goes_on = result == BROTLI_DECODER_RESULT_SUCCESS || result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
    if (!goes_on) return {State::kBrokenCoding};
  }
  return {State::kReadable, std::move(out)};
}

#else

DecodedContent unbrotlied(std::string_view, std::size_t) { return {State::kUnsupportedCoding}; }

#endif

DecodedContent decode_one(std::string_view coding, std::string_view body, std::size_t max) {
  if (is_one_of(coding, kCommon)) return inflated(coding, body, max);
  if (equal_ignoring_case(coding, "br")) return unbrotlied(body, max);
  return {State::kUnsupportedCoding};
}

bool is_readable(std::string_view coding) {
  if (equal_ignoring_case(coding, "identity")) return true;
  // An empty body is broken in any coding that is known.
  return decode_one(coding, "", 1).state != State::kUnsupportedCoding;
}

}  // namespace

std::string readable_codings(std::string_view accept_encoding) {
  std::string kept;
  while (!accept_encoding.empty()) {
    const std::string_view element = next_element(accept_encoding);
    if (!is_readable(trim(element.substr(0, element.find(';'))))) continue;
    kept.append(kept.empty() ? "" : ", ").append(element);
  }
  return kept.empty() ? "identity" : kept;
}

std::string content_codings(const Headers& headers) {
  std::string codings;
  for (const Header& header : headers) {
    if (!equal_ignoring_case(header.name, "Content-Encoding")) continue;
    for (std::string_view list = header.value; !list.empty();) {
      const std::string_view coding = next_element(list);
      if (coding.empty() || equal_ignoring_case(coding, "identity")) continue;
      codings.append(codings.empty() ? "" : ", ").append(coding);
    }
  }
  return codings;
}

bool are_common(std::string_view codings) {
  while (!codings.empty()) {
    if (!is_one_of(next_element(codings), kCommon)) return false;
  }
  return true;
}

DecodedContent decode_content(std::string_view codings, std::string_view body, std::size_t max) {
  DecodedContent decoded;
  if (body.empty()) return decoded;
  for (int undone = 0; !codings.empty(); ++undone) {
    if (undone == kMaxCodings) return {State::kUnsupportedCoding};
    // The last one was applied last.
    const auto comma = codings.rfind(',');
    const std::string_view last = comma == std::string_view::npos ? codings : codings.substr(comma + 1);
    const std::string encoded = decoded.body ? *std::move(decoded.body) : std::string(body);
    decoded = decode_one(trim(last), encoded, max);
    if (!decoded.body) return decoded;
    codings = comma == std::string_view::npos ? std::string_view() : codings.substr(0, comma);
  }
  return decoded;
}

}  // namespace qamera::http
