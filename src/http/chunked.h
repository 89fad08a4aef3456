#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace qamera::http {

struct FramingLimits;

/// Decodes the chunked transfer coding (RFC 9112, section 7.1). Extensions and trailers are bounded and
/// dropped.
class ChunkedDecoder {
 public:
  enum class State {
    kMore,          ///< all given bytes that could be used were used
    kDone,          ///< the last chunk and the trailers were read
    kMalformed,     ///< the coding is broken
    kBodyTooLarge,  ///< more than `body_limit` decoded bytes were announced
    kTrailersTooLarge,
  };

  explicit ChunkedDecoder(const FramingLimits& limits) : limits_(limits) {}

  void start(std::size_t body_limit);
  /// Takes bytes from the front of `input`, appends decoded ones to `body`, returns how many were taken. An
  /// incomplete line is not taken.
  std::size_t advance(std::string_view input, std::string& body);
  State state() const { return state_; }

 private:
  enum class Part { kSize, kData, kDataEnd, kTrailer };

  std::size_t advance_line(std::string_view input, const std::string& body);
  void take_size_line(std::string_view line, std::size_t body_size);
  void take_trailer_line(std::string_view line);

  const FramingLimits& limits_;
  State state_ = State::kMore;
  Part part_ = Part::kSize;
  std::uint64_t chunk_left_ = 0;
  std::size_t body_limit_ = 0;
  std::size_t trailer_bytes_ = 0;
};

}  // namespace qamera::http
