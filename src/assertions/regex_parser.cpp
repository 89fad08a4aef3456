#include "assertions/regex_parser.h"

#include <algorithm>
#include <optional>

namespace qamera::assertions {
namespace {

constexpr int kMaxDepth = 50;
constexpr int kMaxCount = 1'000;
using Class = Regex::CharacterClass;
using Kind = RegexNode::Kind;

Class digits() { return {{{'0', '9'}}, false}; }
Class word() { return {{{'a', 'z'}, {'A', 'Z'}, {'0', '9'}, {'_', '_'}}, false}; }
Class space() { return {{{' ', ' '}, {'\t', '\r'}}, false}; }

Class negated(Class set) {
  set.negated = !set.negated;
  return set;
}

/// The ranges of a negated set, for use inside another class.
std::vector<Regex::Range> complement(std::vector<Regex::Range> ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) { return a.low < b.low; });
  std::vector<Regex::Range> rest;
  char32_t next = 0;
  for (const auto& range : ranges) {
    if (range.low > next) rest.push_back({next, range.low - 1});
    next = std::max<char32_t>(next, range.high + 1);
  }
  rest.push_back({next, 0x10FFFF});
  return rest;
}

class Parser {
 public:
  explicit Parser(std::string_view pattern) : text_(pattern) {}

  Result<RegexNode> parse() {
    read_flags();
    RegexNode node = alternation(0);
    if (!error_ && at_ < text_.size()) fail("unmatched \")\"");
    if (error_) return *error_;
    return node;
  }

 private:
  void fail(std::string message, ErrorCode code = ErrorCode::kInvalid) {
    if (error_) return;
    error_ = Error{code, "regular expression, character " + std::to_string(at_ + 1) + ": " + std::move(message), ""};
    at_ = text_.size();
  }
  void unsupported(std::string_view what) { fail(std::string(what) + " is not supported", ErrorCode::kUnsupported); }

  bool more() const { return at_ < text_.size(); }
  bool sees(std::string_view token) const { return text_.substr(at_, token.size()) == token; }
  bool take(std::string_view token) {
    if (!sees(token)) return false;
    at_ += token.size();
    return true;
  }

  void read_flags() {
    if (!sees("(?") || at_ + 2 >= text_.size()) return;
    const auto end = text_.find_first_not_of("is", 2);
    if (end == std::string_view::npos || text_[end] != ')' || end == 2) return;
    ignore_case_ = text_.substr(2, end - 2).find('i') != std::string_view::npos;
    at_ = end + 1;
  }

  /// One code point; a byte that starts none stands for itself.
  char32_t character() {
    const auto byte = static_cast<unsigned char>(text_[at_++]);
    const int more_bytes = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : byte >= 0xC0 ? 1 : 0;
    char32_t c = more_bytes == 3 ? byte & 7u : more_bytes == 2 ? byte & 15u : more_bytes == 1 ? byte & 31u : byte;
    for (int i = 0; i < more_bytes && at_ < text_.size(); ++i)
      c = c << 6 | (static_cast<unsigned char>(text_[at_++]) & 63u);
    return c;
  }

  RegexNode of_class(Class set) {
    if (ignore_case_) {
      for (std::size_t i = 0, count = set.ranges.size(); i < count; ++i) {
        const Regex::Range range = set.ranges[i];
        const auto add = [&](char32_t from, char32_t to, char32_t shifted) {
          const char32_t l = std::max(range.low, from), h = std::min(range.high, to);
          if (l <= h) set.ranges.push_back({l - from + shifted, h - from + shifted});
        };
        add('a', 'z', 'A');
        add('A', 'Z', 'a');
      }
    }
    RegexNode node;
    node.kind = Kind::kClass;
    node.characters = std::move(set);
    return node;
  }
  RegexNode literal(char32_t c) { return of_class({{{c, c}}, false}); }
  static RegexNode of_kind(Kind kind) {
    RegexNode node;
    node.kind = kind;
    return node;
  }

  RegexNode alternation(int depth) {
    RegexNode node = of_kind(Kind::kAlternate);
    do {
      node.children.push_back(sequence(depth));
    } while (take("|"));
    if (node.children.size() == 1) return RegexNode(std::move(node.children.front()));
    return node;
  }

  RegexNode sequence(int depth) {
    RegexNode node;
    while (more() && !sees("|") && !sees(")")) {
      if (take("\\Q")) {
        while (more() && !sees("\\E")) node.children.push_back(literal(character()));
        take("\\E");
        continue;
      }
      node.children.push_back(repeated(atom(depth)));
    }
    return node;
  }

  RegexNode repeated(RegexNode atom_node) {
    while (more()) {
      int least = 0, most = -1;
      if (take("*")) {
      } else if (take("+")) {
        least = 1;
      } else if (take("?")) {
        most = 1;
      } else if (sees("{")) {
        if (!counts(least, most)) return atom_node;
      } else {
        break;
      }
      take("?");  // lazy: the same language
      if (sees("+")) unsupported("a possessive quantifier");
      RegexNode node = of_kind(Kind::kRepeat);
      node.least = least;
      node.most = most;
      node.children.push_back(std::move(atom_node));
      atom_node = std::move(node);
    }
    return atom_node;
  }

  int number() {
    if (!more() || text_[at_] < '0' || text_[at_] > '9') return -1;
    int value = 0;
    for (; more() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_)
      value = std::min(value * 10 + (text_[at_] - '0'), kMaxCount + 1);
    return value;
  }

  bool counts(int& least, int& most) {
    take("{");
    least = number();
    most = least;
    if (take(",")) most = sees("}") ? -1 : number();
    const bool open = most == -1 && text_[at_ - 1] == ',';
    if (least < 0 || (most < 0 && !open) || !take("}")) {
      fail("expected a count such as {2}, {2,} or {2,5} (write \\{ for a brace)");
    } else if (least > kMaxCount || most > kMaxCount) {
      fail("a count above " + std::to_string(kMaxCount) + " is not supported", ErrorCode::kUnsupported);
    } else if (!open && most < least) {
      fail("the bounds of a count are the wrong way round");
    }
    return !error_;
  }

  RegexNode atom(int depth) {
    if (take("(")) return group(depth);
    if (take("[")) return of_class(bracket());
    if (take(".")) return of_kind(Kind::kAny);
    if (take("^")) return of_kind(Kind::kBegin);
    if (take("$")) return of_kind(Kind::kEnd);
    if (sees("*") || sees("+") || sees("?") || sees("{")) {
      fail("nothing to repeat");
      return {};
    }
    if (take("\\")) return escape();
    return literal(character());
  }

  RegexNode group(int depth) {
    if (depth >= kMaxDepth) {
      fail("groups nest deeper than " + std::to_string(kMaxDepth));
      return {};
    }
    if (take("?")) {
      const bool named = sees("<") && !sees("<=") && !sees("<!");
      if (named) {
        const auto end = text_.find('>', at_);
        at_ = end == std::string_view::npos ? text_.size() : end + 1;
      } else if (!take(":")) {
        unsupported("a group of the kind \"(?" + std::string(text_.substr(at_, 1)) + "\"");
      }
    }
    RegexNode node = alternation(depth + 1);
    if (!take(")")) fail("missing \")\"");
    return node;
  }

  std::optional<char32_t> hex(int count) {
    char32_t value = 0;
    for (int i = 0; i < count; ++i) {
      const auto digit = more() ? std::string_view("0123456789abcdefABCDEF").find(text_[at_]) : std::string_view::npos;
      if (digit == std::string_view::npos) {
        fail("expected " + std::to_string(count) + " hexadecimal digits");
        return std::nullopt;
      }
      value = value * 16 + static_cast<char32_t>(digit < 16 ? digit : digit - 6);
      ++at_;
    }
    return value;
  }

  /// An escape that stands for a set of characters.
  std::optional<Class> class_escape() {
    if (take("d")) return digits();
    if (take("D")) return negated(digits());
    if (take("w")) return word();
    if (take("W")) return negated(word());
    if (take("s")) return space();
    if (take("S")) return negated(space());
    return std::nullopt;
  }

  /// An escape that stands for one character.
  char32_t character_escape() {
    if (!more()) {
      fail("a lone backslash at the end");
      return 0;
    }
    if (take("t")) return '\t';
    if (take("n")) return '\n';
    if (take("r")) return '\r';
    if (take("f")) return '\f';
    if (take("x")) return hex(2).value_or(0);
    if (take("u")) return hex(4).value_or(0);
    const char c = text_[at_];
    if (c >= '0' && c <= '9')
      unsupported("a backreference");
    else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
      unsupported("the escape \"\\" + std::string(1, c) + "\"");
    return more() ? character() : 0;
  }

  RegexNode escape() {
    if (take("b")) return of_kind(Kind::kWordBoundary);
    if (take("B")) return of_kind(Kind::kNotWordBoundary);
    if (take("A")) return of_kind(Kind::kBegin);
    if (take("z") || take("Z")) return of_kind(Kind::kEnd);
    if (auto set = class_escape()) return of_class(std::move(*set));
    return literal(character_escape());
  }

  Class bracket() {
    Class set;
    set.negated = take("^");
    // A bracket that comes first is a character of the class.
    for (bool first = true; first || !take("]"); first = false) {
      if (!more()) {
        fail("missing \"]\"");
        return set;
      }
      if (sees("&&")) unsupported("the intersection of classes");
      if (sees("[")) unsupported("a class inside a class");
      if (error_) return set;
      bracket_item(set);
    }
    return set;
  }

  void bracket_item(Class& set) {
    if (take("\\")) {
      if (auto inner = class_escape()) {
        const auto ranges = inner->negated ? complement(inner->ranges) : inner->ranges;
        set.ranges.insert(set.ranges.end(), ranges.begin(), ranges.end());
        return;
      }
      return range_from(set, character_escape());
    }
    range_from(set, character());
  }

  void range_from(Class& set, char32_t low) {
    char32_t high = low;
    if (sees("-") && at_ + 1 < text_.size() && text_[at_ + 1] != ']') {
      take("-");
      high = take("\\") ? character_escape() : character();
      if (high < low) fail("a range in a class is the wrong way round");
    }
    set.ranges.push_back({low, high});
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool ignore_case_ = false;
  std::optional<Error> error_;
};

}  // namespace

Result<RegexNode> parse_regex(std::string_view pattern) { return Parser(pattern).parse(); }

}  // namespace qamera::assertions
