#include "recordings/repaired_text.h"

#include <algorithm>
#include <cstdint>

#include "base/json.h"
#include "base/text.h"

namespace qamera::recordings {
namespace {

constexpr std::size_t kChunk = 64u << 10;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::size_t kMaxSequence = 4;  // bytes of a character in UTF-8

constexpr bool is_high(std::uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
constexpr bool is_low(std::uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

void append_utf8(std::string& out, std::uint32_t code) {
  const auto continuation = [&](int shift) { out.push_back(static_cast<char>(0x80 | (code >> shift & 0x3F))); };
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xC0 | code >> 6));
    continuation(0);
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | code >> 12));
    continuation(6);
    continuation(0);
  } else {
    out.push_back(static_cast<char>(0xF0 | code >> 18));
    continuation(12);
    continuation(6);
    continuation(0);
  }
}

/// The unit of `\uXXXX` at the start of `text`, -1 when it is none.
std::int32_t escaped_unit(std::string_view text) {
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return -1;
  std::int32_t unit = 0;
  for (char c : text.substr(2, 4)) {
    if (hex_digit(c) < 0) return -1;
    unit = unit * 16 + hex_digit(c);
  }
  return unit;
}

bool is_word_byte(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '-' || c == '.';
}

/// A number that some write and JSON does not have, or that no double holds.
bool is_broken_number(std::string_view word) {
  constexpr std::size_t kPlain = 15;
  if (word.size() <= kPlain && word[0] != '0' && std::all_of(word.begin(), word.end(), is_digit)) return false;
  std::string_view name = word;
  if (name[0] == '+' || name[0] == '-') name.remove_prefix(1);
  for (const std::string_view other : {"NaN", "Infinity", "inf", "undefined"}) {
    if (equal_ignoring_case(name, other)) return true;
  }
  const bool is_number = name != word || is_digit(word[0]) || word[0] == '.';
  return is_number && !parse_json(word);
}

}  // namespace

RepairedText::RepairedText(std::istream& in, Repair repair) : in_(in), repair_(repair) {}

void RepairedText::detect() {
  detected_ = true;
  const std::string_view start(raw_);
  // JSON begins with ASCII, so that a zero byte tells UTF-16 without a mark, too.
  if (start.starts_with("\xFF\xFE") || (start.size() > 1 && start[0] != '\0' && start[1] == '\0')) {
    encoding_ = Encoding::kUtf16Little;
  } else if (start.starts_with("\xFE\xFF") || (start.size() > 1 && start[0] == '\0')) {
    encoding_ = Encoding::kUtf16Big;
  }
  if (start.starts_with("\xFF\xFE") || start.starts_with("\xFE\xFF")) raw_.erase(0, 2);
  if (start.starts_with("\xEF\xBB\xBF")) raw_.erase(0, 3);
}

void RepairedText::to_utf8(bool at_end) {
  if (encoding_ == Encoding::kUtf8) {
    text_ += raw_;
    raw_.clear();
    return;
  }
  const auto unit_at = [&](std::size_t i) {
    const auto first = static_cast<unsigned char>(raw_[i]);
    const auto second = static_cast<unsigned char>(raw_[i + 1]);
    return static_cast<std::uint32_t>(encoding_ == Encoding::kUtf16Little ? second << 8 | first : first << 8 | second);
  };
  std::size_t i = 0;
  for (; i + 1 < raw_.size(); i += 2) {
    const std::uint32_t unit = unit_at(i);
    if (is_high(unit) && i + 3 >= raw_.size() && !at_end) break;
    const bool paired = is_high(unit) && i + 3 < raw_.size() && is_low(unit_at(i + 2));
    if (paired) {
      append_utf8(text_, 0x10000 + ((unit - 0xD800) << 10) + (unit_at(i + 2) - 0xDC00));
      i += 2;
    } else if (is_high(unit) || is_low(unit)) {
      text_ += kReplacement;
      has_replaced_ = true;
    } else {
      append_utf8(text_, unit);
    }
  }
  raw_.erase(0, at_end ? raw_.size() : i);
}

std::size_t RepairedText::repair_escape(std::size_t i, bool at_end) {
  constexpr std::size_t kUnit = 6;
  const std::string_view rest = std::string_view(text_).substr(i);
  if (rest.size() < 2 * kUnit && !at_end) return 0;
  const std::int32_t unit = escaped_unit(rest);
  if (unit < 0) {
    const std::size_t taken = std::min<std::size_t>(2, rest.size());
    out_ += rest.substr(0, taken);
    return taken;
  }
  const std::int32_t next = rest.size() > kUnit ? escaped_unit(rest.substr(kUnit)) : -1;
  const bool high = is_high(static_cast<std::uint32_t>(unit));
  const bool paired = high && next >= 0 && is_low(static_cast<std::uint32_t>(next));
  if (!paired && (high || is_low(static_cast<std::uint32_t>(unit)))) {
    out_ += kReplacement;
    has_replaced_ = true;
    return kUnit;
  }
  out_ += rest.substr(0, paired ? 2 * kUnit : kUnit);
  return paired ? 2 * kUnit : kUnit;
}

std::size_t RepairedText::repair_word(std::size_t i, bool at_end) {
  std::size_t end = i;
  while (end < text_.size() && is_word_byte(text_[end])) ++end;
  const bool is_cut = end == text_.size() && !at_end;
  if (is_cut && end - i < kChunk) return 0;
  // What is longer than any number is left as it is.
  const std::string_view word = std::string_view(text_).substr(i, end - i);
  out_ += !is_cut && is_broken_number(word) ? std::string_view("null") : word;
  return word.size();
}

void RepairedText::repair(bool at_end) {
  std::size_t i = 0;
  while (i < text_.size()) {
    const char c = text_[i];
    if (in_string_ && c == '\\') {
      const std::size_t taken = repair_escape(i, at_end);
      if (taken == 0) break;
      i += taken;
      continue;
    }
    if (in_string_ && static_cast<unsigned char>(c) < 0x20) {
      append_hex(out_ += "\\u00", static_cast<unsigned char>(c), 2);
      ++i;
      continue;
    }
    if (!in_string_ && is_word_byte(c)) {
      const std::size_t taken = repair_word(i, at_end);
      if (taken == 0) break;
      i += taken;
      continue;
    }
    const std::size_t length = sequence_length(text_, i);
    if (length == 0) {
      if (text_.size() - i < kMaxSequence && !at_end) break;
      out_ += kReplacement;
      has_replaced_ = true;
      ++i;
      continue;
    }
    if (c == '"') in_string_ = !in_string_;
    out_.append(text_, i, length);
    i += length;
  }
  text_.erase(0, i);
}

RepairedText::int_type RepairedText::underflow() {
  out_.clear();
  bool at_end = false;
  while (out_.empty() && !at_end) {
    const std::size_t had = raw_.size();
    raw_.resize(had + kChunk);
    in_.read(raw_.data() + had, static_cast<std::streamsize>(kChunk));
    raw_.resize(had + static_cast<std::size_t>(in_.gcount()));
    at_end = in_.gcount() == 0;
    if (!detected_) detect();
    to_utf8(at_end);
    if (repair_ == Repair::kAll) {
      repair(at_end);
    } else {
      out_.swap(text_);
    }
  }
  setg(out_.data(), out_.data(), out_.data() + out_.size());
  return out_.empty() ? traits_type::eof() : traits_type::to_int_type(out_.front());
}

}  // namespace qamera::recordings
