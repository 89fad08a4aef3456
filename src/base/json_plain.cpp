#include "base/json_plain.h"

#include <array>
#include <cstdint>
#include <string>

#include "base/text.h"

namespace qamera {
namespace {

/// What `\c` stands for, or NUL when it is no short escape.
constexpr char unescaped(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/': return c;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return '\0';
  }
}

/// The ASCII that stands for itself in a string.
constexpr std::array<bool, 256> kPlainAscii = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0x20; c < 0x80; ++c) table[c] = c != '"' && c != '\\';
  return table;
}();

class PlainReader {
 public:
  explicit PlainReader(std::string_view text) : scanner_(text) {}
  bool repeats() const { return repeats_; }

  std::optional<Json> document() {
    Json read;
    scanner_.skip_space();
    if (!value(read, 0)) return std::nullopt;
    scanner_.skip_space();
    if (!scanner_.at_end()) return std::nullopt;
    return read;
  }

 private:
  bool value(Json& into, std::size_t depth) {
    switch (scanner_.next()) {
      case '{': return depth < kMaxJsonDepth && object(into = Json::object(), depth + 1);
      case '[': return depth < kMaxJsonDepth && array(into = Json::array(), depth + 1);
      case '"': {
        const auto text = scanner_.string(buffer_);
        if (text) into = *text;
        return text.has_value();
      }
      default: return scanner_.scalar(into);
    }
  }

  bool object(Json& into, std::size_t depth) {
    auto& members = into.get_ref<Json::object_t&>();
    return scanner_.list('{', '}', [&] {
      const auto name = scanner_.string(buffer_);
      if (!name) return false;
      // Of members of the same name the last one counts.
      const auto [member, is_new] = members.try_emplace(std::string(*name));
      if (!is_new) repeats_ = true;
      scanner_.skip_space();
      if (!scanner_.take(':')) return false;
      scanner_.skip_space();
      return value(member->second, depth);
    });
  }

  bool array(Json& into, std::size_t depth) {
    auto& elements = into.get_ref<Json::array_t&>();
    return scanner_.list('[', ']', [&] { return value(elements.emplace_back(), depth); });
  }

  PlainScanner scanner_;
  bool repeats_ = false;
  std::string buffer_;
};

}  // namespace

bool PlainScanner::word(std::string_view expected) {
  if (std::string_view(at_, static_cast<std::size_t>(end_ - at_)).substr(0, expected.size()) != expected) return false;
  at_ += expected.size();
  return true;
}

std::optional<std::string_view> PlainScanner::string(std::string& buffer) {
  if (!take('"')) return std::nullopt;
  buffer.clear();
  bool ascii = true;
  const char* start = at_;  // of what is not in the buffer yet
  for (;;) {
    while (at_ != end_ && kPlainAscii[static_cast<unsigned char>(*at_)]) ++at_;
    while (at_ != end_ && static_cast<unsigned char>(*at_) >= 0x80) {
      ascii = false;
      ++at_;
    }
    if (at_ == end_ || static_cast<unsigned char>(*at_) < 0x20) return std::nullopt;
    if (*at_ == '"') break;
    if (*at_ != '\\') continue;
    buffer.append(start, at_);
    ++at_;
    const char meant = unescaped(next());
    if (meant == '\0') return std::nullopt;
    buffer.push_back(meant);
    start = ++at_;
  }
  std::string_view text(start, static_cast<std::size_t>(at_ - start));
  ++at_;
  if (!buffer.empty()) text = buffer.append(text);
  if (!ascii && !is_utf8(text)) return std::nullopt;
  return text;
}

bool PlainScanner::scalar(Json& into) {
  switch (next()) {
    case 't': into = true; return word("true");
    case 'f': into = false; return word("false");
    case 'n': into = nullptr; return word("null");
    default: return number(into);
  }
}

bool PlainScanner::number(Json& into) {
  constexpr std::ptrdiff_t kMaxDigits = 18;  // no overflow
  const bool negative = take('-');
  const char* const start = at_;
  std::int64_t magnitude = 0;
  while (is_digit(next()) && at_ - start < kMaxDigits) magnitude = 10 * magnitude + (*at_++ - '0');
  const bool leading_zero = at_ - start > 1 && *start == '0';
  const char after = next();
  if (at_ == start || leading_zero || is_digit(after) || after == '.' || after == 'e' || after == 'E') return false;
  if (negative)
    into = -magnitude;
  else
    into = static_cast<std::uint64_t>(magnitude);
  return true;
}

std::optional<Json> read_plain_json(std::string_view text, bool* repeats) {
  PlainReader reader(text);
  auto read = reader.document();
  if (repeats) *repeats = reader.repeats();
  return read;
}

}  // namespace qamera
