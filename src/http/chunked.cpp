#include "http/chunked.h"

#include <algorithm>

#include "http/field_syntax.h"
#include "http/request_framing.h"

namespace qamera::http {
namespace {

constexpr std::size_t kMaxSizeDigits = 15;  // 60 bits: no sum of two of them overflows

}  // namespace

void ChunkedDecoder::start(std::size_t body_limit) {
  state_ = State::kMore;
  part_ = Part::kSize;
  chunk_left_ = 0;
  body_limit_ = body_limit;
  trailer_bytes_ = 0;
}

std::size_t ChunkedDecoder::advance(std::string_view input, std::string& body) {
  std::size_t taken = 0;
  while (state_ == State::kMore && taken < input.size()) {
    const std::string_view rest = input.substr(taken);
    if (part_ == Part::kData) {
      const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left_, rest.size()));
      body.append(rest.substr(0, size));
      chunk_left_ -= size;
      taken += size;
      if (chunk_left_ == 0) part_ = Part::kDataEnd;
      continue;
    }
    const std::size_t line = advance_line(rest, body);
    if (line == 0) break;
    taken += line;
  }
  return taken;
}

std::size_t ChunkedDecoder::advance_line(std::string_view input, const std::string& body) {
  if (part_ == Part::kDataEnd) {
    if (input[0] != '\r' || (input.size() > 1 && input[1] != '\n')) {
      state_ = State::kMalformed;
      return 0;
    }
    if (input.size() == 1) return 0;
    part_ = Part::kSize;
    return 2;
  }
  const std::size_t limit = part_ == Part::kSize ? limits_.chunk_line : limits_.trailers;
  const std::size_t end = input.substr(0, limit + 2).find('\n');
  if (end == std::string_view::npos) {
    if (input.size() >= limit + 2) {
      state_ = part_ == Part::kSize ? State::kMalformed : State::kTrailersTooLarge;
    }
    return 0;
  }
  if (end == 0 || input[end - 1] != '\r') {
    state_ = State::kMalformed;
    return 0;
  }
  const std::string_view line = input.substr(0, end - 1);
  if (!is_field_value(line)) {
    state_ = State::kMalformed;
  } else if (part_ == Part::kSize) {
    take_size_line(line, body.size());
  } else {
    take_trailer_line(line);
  }
  return end + 1;
}

void ChunkedDecoder::take_size_line(std::string_view line, std::size_t body_size) {
  std::uint64_t size = 0;
  std::size_t digits = 0;
  while (digits < line.size() && hex_digit(line[digits]) >= 0) {
    size = size * 16 + static_cast<std::uint64_t>(hex_digit(line[digits]));
    if (++digits > kMaxSizeDigits) break;
  }
  const std::string_view extension = trim(line.substr(digits));
  if (digits == 0 || digits > kMaxSizeDigits || (!extension.empty() && extension.front() != ';')) {
    state_ = State::kMalformed;
  } else if (size > body_limit_ - body_size) {
    state_ = State::kBodyTooLarge;
  } else {
    chunk_left_ = size;
    part_ = size == 0 ? Part::kTrailer : Part::kData;
  }
}

void ChunkedDecoder::take_trailer_line(std::string_view line) {
  if (line.empty()) {
    state_ = State::kDone;
    return;
  }
  trailer_bytes_ += line.size() + 2;
  if (trailer_bytes_ > limits_.trailers) {
    state_ = State::kTrailersTooLarge;
  } else if (!is_token(line.substr(0, line.find(':'))) || line.find(':') == std::string_view::npos) {
    state_ = State::kMalformed;
  }
}

}  // namespace qamera::http
