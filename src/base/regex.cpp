#include "base/regex.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/text.h"

namespace qamera {
namespace {

using re2::RE2;

/// Of one program, with what it remembers while it matches.
constexpr int kMaxMemory = 1 << 20;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Spells a pattern as RE2 does. Refuses what RE2 does not have, and what it takes for something else without a word:
/// a brace that starts no count, a bracket within a class, escapes that mean another thing to Java.
class Translator {
 public:
  explicit Translator(std::string_view pattern) : text_(pattern) {}

  Result<std::string> translate() {
    while (more()) {
      if (take("\\")) {
        escape(Place::kOutside);
      } else if (take("[")) {
        bracket();
      } else if (take("(")) {
        group();
      } else if (sees(")") && open_-- == 0) {
        fail("unmatched \")\"");
      } else if (is_one_of("*+?{")) {
        quantifier();
      } else {
        copy();
      }
    }
    if (open_ > 0) fail("missing \")\"");
    if (error_) return *error_;
    return std::move(out_);
  }

 private:
  enum class Place { kOutside, kClass, kRangeEnd };
  static constexpr std::string_view kSets = "dDsSwW";  // escapes that stand for many characters

  void fail(std::string message, ErrorCode code = ErrorCode::kInvalid) {
    if (error_) return;
    error_ = Error{code, "regular expression, character " + std::to_string(at_ + 1) + ": " + std::move(message), ""};
    at_ = text_.size();
  }
  void unsupported(std::string_view what) { fail(std::string(what) + " is not supported", ErrorCode::kUnsupported); }

  bool more() const { return at_ < text_.size(); }
  bool sees(std::string_view token) const { return text_.substr(at_, token.size()) == token; }
  bool is_one_of(std::string_view characters) const { return more() && characters.find(text_[at_]) != characters.npos; }
  bool take(std::string_view token) {
    if (!sees(token)) return false;
    at_ += token.size();
    return true;
  }
  void copy(std::size_t bytes = 1) {
    const std::string_view piece = text_.substr(at_, bytes);
    out_ += piece;
    at_ += piece.size();
  }

  void group() {
    ++open_;
    out_ += '(';
    if (!take("?")) return;
    out_ += '?';
    const auto end = text_.find_first_not_of("-is", at_);
    if (end != std::string_view::npos && (text_[end] == ':' || text_[end] == ')')) return copy(end - at_);
    if (!sees("<") || sees("<=") || sees("<!"))
      return unsupported("a group of the kind \"(?" + std::string(text_.substr(at_, 1)) + "\"");
    out_ += 'P';
  }

  void quantifier() {
    if (take("{"))
      count();
    else
      copy();
    if (sees("?")) copy();  // lazy
    if (sees("+")) unsupported("a possessive quantifier");
  }

  void count() {
    const int min = number();
    const bool range = take(",");
    const int max = range ? number() : min;
    if (min < 0 || (max < 0 && !sees("}")) || !take("}"))
      return fail("expected a count such as {2}, {2,} or {2,5} (write \\{ for a brace)");
    if (std::max(min, max) > Regex::kMaxCount) return unsupported("a count above " + std::to_string(Regex::kMaxCount));
    if (max >= 0 && max < min) return fail("the bounds of a count are the wrong way round");
    // RE2 takes leading zeros for no count.
    out_ += '{' + std::to_string(min) + (range ? "," : "") + (range && max >= 0 ? std::to_string(max) : "") + '}';
  }

  int number() {
    if (!more() || !is_digit(text_[at_])) return -1;
    int value = 0;
    for (; more() && is_digit(text_[at_]); ++at_)
      value = std::min(value * 10 + (text_[at_] - '0'), Regex::kMaxCount + 1);
    return value;
  }

  void bracket() {
    out_ += '[';
    if (sees("^")) copy();
    // A bracket that comes first is a character of the class.
    for (bool first = true; first || !take("]"); first = false) {
      if (!more()) return fail("missing \"]\"");
      if (sees("&&")) return unsupported("the intersection of classes");
      if (sees("[")) return unsupported("a class inside a class");
      bool is_set = false;
      if (take("\\")) {
        is_set = is_one_of(kSets);
        escape(Place::kClass);
      } else {
        copy();
      }
      if (is_set || !sees("-") || sees("-]")) continue;
      copy();
      if (take("\\"))
        escape(Place::kRangeEnd);
      else
        copy();
    }
    out_ += ']';
  }

  void escape(Place place) {
    if (!more()) return fail("a lone backslash at the end");
    const char c = text_[at_];
    const bool known = is_one_of("fnrtux") || (place != Place::kRangeEnd && is_one_of(kSets)) ||
                       (place == Place::kOutside && is_one_of("AbBQzZ"));
    if (is_digit(c)) return unsupported("a backreference");
    if (is_letter(c) && !known) return unsupported("the escape \"\\" + std::string(1, c) + "\"");
    ++at_;
    const bool in_class = place == Place::kClass;
    switch (c) {
      case 'Q': return quoted();
      case 's': out_ += in_class ? " \\t-\\r" : "[ \\t-\\r]"; return;  // RE2's lacks the vertical tab
      case 'S': out_ += in_class ? "\\x00-\\x08\\x0e-\\x1f!-\\x{10ffff}" : "[^ \\t-\\r]"; return;
      case 'u': return code_unit();
      case 'x': return add(hex(2));
      case 'Z': out_ += "\\z"; return;  // nothing may follow what matches the whole subject
      default:
        if (static_cast<unsigned char>(c) < 0x80) out_ += '\\';
        out_ += c;
    }
  }

  void quoted() {
    out_ += "\\Q";
    const auto end = text_.find("\\E", at_);
    copy(end == std::string_view::npos ? end : end + 2 - at_);
  }

  void code_unit() {
    unsigned c = hex(4);
    if (c >= 0xD800 && c < 0xE000) {
      const unsigned low = c < 0xDC00 && take("\\u") ? hex(4) : 0;
      if (low < 0xDC00 || low >= 0xE000) return unsupported("half a surrogate pair");
      c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    }
    add(c);
  }

  void add(unsigned character) {
    std::array<char, 8> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), character, 16).ptr;
    out_.append("\\x{").append(digits.data(), end).append("}");
  }

  unsigned hex(std::size_t count) {
    const std::string_view digits = text_.substr(at_, count);
    unsigned value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() == count && read.ptr == digits.data() + count)
      at_ += count;
    else
      fail("expected " + std::to_string(count) + " hexadecimal digits");
    return value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int open_ = 0;  ///< groups
  std::string out_;
  std::optional<Error> error_;
};

/// RE2 knows characters only: a byte that is no UTF-8 becomes the character of its value.
std::string as_characters(std::string_view subject) {
  std::string out;
  for (std::size_t i = 0; i < subject.size();) {
    const std::size_t length = sequence_length(subject, i);
    if (length > 0) {
      out.append(subject, i, length);
    } else {
      const auto byte = static_cast<unsigned char>(subject[i]);
      out.append({static_cast<char>(0xC0 | byte >> 6), static_cast<char>(0x80 | (byte & 0x3F))});
    }
    i += std::max<std::size_t>(length, 1);
  }
  return out;
}

bool found(const RE2& program, std::string_view subject, RE2::Anchor anchor) {
  if (!is_utf8(subject)) return found(program, as_characters(subject), anchor);
  return program.Match(subject, 0, subject.size(), anchor, nullptr, 0);
}

}  // namespace

Result<Regex> Regex::compile(std::string_view pattern) {
  if (pattern.size() > kMaxPatternBytes) {
    return Error{ErrorCode::kInvalid, "a regular expression has at most " + std::to_string(kMaxPatternBytes) + " bytes",
                 ""};
  }
  const auto translated = Translator(pattern).translate();
  if (!translated) return translated.error();
  RE2::Options options(RE2::Quiet);
  options.set_dot_nl(true);
  options.set_never_capture(true);
  options.set_max_mem(kMaxMemory);
  auto program = std::make_shared<const RE2>(*translated, options);
  const auto code = program->error_code();
  if (code == RE2::ErrorRepeatSize || code == RE2::ErrorPatternTooLarge) {
    return Error{ErrorCode::kUnsupported, "the regular expression is too large once its counts are written out", ""};
  }
  if (!program->ok()) return Error{ErrorCode::kInvalid, "regular expression: " + program->error(), ""};
  return Regex(std::move(program));
}

bool Regex::matches(std::string_view subject) const { return found(*program_, subject, RE2::ANCHOR_BOTH); }

bool Regex::search(std::string_view subject) const { return found(*program_, subject, RE2::UNANCHORED); }

std::string escape_regex(std::string_view text) { return RE2::QuoteMeta(text); }

}  // namespace qamera
