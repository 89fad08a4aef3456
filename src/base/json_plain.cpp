#include "base/json_plain.h"

#include <cstdint>
#include <string>
#include <utility>

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

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Each function reads what it is named after and moves past it; false, or nothing, ends the reading for good.
class PlainReader {
 public:
  explicit PlainReader(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  std::optional<Json> document() {
    Json read;
    skip_space();
    if (!value(read, 0)) return std::nullopt;
    skip_space();
    if (at_ != end_) return std::nullopt;
    return read;
  }

 private:
  char next() const { return at_ == end_ ? '\0' : *at_; }
  void skip_space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }
  bool take(char c) {
    if (next() != c) return false;
    ++at_;
    return true;
  }
  bool word(std::string_view expected) {
    if (std::string_view(at_, static_cast<std::size_t>(end_ - at_)).substr(0, expected.size()) != expected) {
      return false;
    }
    at_ += expected.size();
    return true;
  }

  bool value(Json& into, std::size_t depth) {
    switch (next()) {
      case '{': return depth < kMaxJsonDepth && object(into = Json::object(), depth + 1);
      case '[': return depth < kMaxJsonDepth && array(into = Json::array(), depth + 1);
      case '"': {
        std::string text;
        if (!string(text)) return false;
        into = std::move(text);
        return true;
      }
      case 't': into = true; return word("true");
      case 'f': into = false; return word("false");
      case 'n': into = nullptr; return word("null");
      default: return number(into);
    }
  }

  bool object(Json& into, std::size_t depth) {
    ++at_;
    skip_space();
    if (take('}')) return true;
    auto& members = into.get_ref<Json::object_t&>();
    do {
      skip_space();
      std::string name;
      if (!string(name)) return false;
      skip_space();
      if (!take(':')) return false;
      skip_space();
      // Of members of the same name the last one counts.
      if (!value(members[std::move(name)], depth)) return false;
      skip_space();
    } while (take(','));
    return take('}');
  }

  bool array(Json& into, std::size_t depth) {
    ++at_;
    skip_space();
    if (take(']')) return true;
    auto& elements = into.get_ref<Json::array_t&>();
    do {
      skip_space();
      if (!value(elements.emplace_back(), depth)) return false;
      skip_space();
    } while (take(','));
    return take(']');
  }

  bool string(std::string& into) {
    if (!take('"')) return false;
    bool ascii = true;
    for (;;) {
      const char* const start = at_;
      while (at_ != end_ && kPlainAscii[static_cast<unsigned char>(*at_)]) ++at_;
      while (at_ != end_ && static_cast<unsigned char>(*at_) >= 0x80) {
        ascii = false;
        ++at_;
      }
      into.append(start, at_);
      if (at_ == end_ || static_cast<unsigned char>(*at_) < 0x20) return false;
      if (take('"')) return ascii || is_utf8(into);
      if (!take('\\')) continue;
      const char meant = unescaped(next());
      if (meant == '\0') return false;
      into.push_back(meant);
      ++at_;
    }
  }

  bool number(Json& into) {
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

  const char* at_;
  const char* end_;
};

}  // namespace

std::optional<Json> read_plain_json(std::string_view text) { return PlainReader(text).document(); }

}  // namespace qamera
