#include "assertions/regex.h"

#include <algorithm>

#include "assertions/regex_parser.h"

namespace qamera::assertions {
namespace {

using Op = Regex::Op;
using Kind = RegexNode::Kind;

class Compiler {
 public:
  Compiler(std::vector<Regex::Instruction>& program, std::vector<Regex::CharacterClass>& classes)
      : program_(program), classes_(classes) {}

  bool too_large() const { return program_.size() > Regex::kMaxInstructions; }

  // Recursion is bounded by the parser's limit on nesting.
  void emit(const RegexNode& node) {
    if (too_large()) return;
    switch (node.kind) {
      case Kind::kConcat:
        for (const RegexNode& child : node.children) emit(child);
        return;
      case Kind::kAlternate: return alternate(node);
      case Kind::kRepeat: return repeat(node);
      case Kind::kClass:
        classes_.push_back(node.characters);
        add(Op::kClass, static_cast<std::uint32_t>(classes_.size() - 1));
        return;
      case Kind::kAny: add(Op::kAny); return;
      case Kind::kBegin: add(Op::kBegin); return;
      case Kind::kEnd: add(Op::kEnd); return;
      case Kind::kWordBoundary: add(Op::kWordBoundary); return;
      case Kind::kNotWordBoundary: add(Op::kNotWordBoundary); return;
    }
  }

  std::size_t add(Op op, std::uint32_t first = 0) {
    program_.push_back({op, first, 0});
    return program_.size() - 1;
  }

 private:
  std::uint32_t here() const { return static_cast<std::uint32_t>(program_.size()); }

  void alternate(const RegexNode& node) {
    std::vector<std::size_t> jumps;
    for (std::size_t i = 0; i < node.children.size() && !too_large(); ++i) {
      const bool last = i + 1 == node.children.size();
      const std::size_t split = last ? 0 : add(Op::kSplit);
      if (!last) program_[split].first = here();
      emit(node.children[i]);
      if (last) break;
      jumps.push_back(add(Op::kJump));
      program_[split].second = here();
    }
    for (std::size_t jump : jumps) program_[jump].first = here();
  }

  void repeat(const RegexNode& node) {
    const RegexNode& child = node.children.front();
    for (int i = 0; i < node.least && !too_large(); ++i) {
      const std::size_t before = program_.size();
      emit(child);
      // Nothing, however often: counts nest, and a thousand to the power of their depth would never end.
      if (program_.size() == before) break;
    }
    if (node.most < 0) {
      const std::size_t split = add(Op::kSplit);
      program_[split].first = here();
      emit(child);
      add(Op::kJump, static_cast<std::uint32_t>(split));
      program_[split].second = here();
      return;
    }
    std::vector<std::size_t> splits;
    for (int i = node.least; i < node.most && !too_large(); ++i) {
      splits.push_back(add(Op::kSplit));
      program_[splits.back()].first = here();
      emit(child);
    }
    for (std::size_t split : splits) program_[split].second = here();
  }

  std::vector<Regex::Instruction>& program_;
  std::vector<Regex::CharacterClass>& classes_;
};

bool is_word(char32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// The code point at `at`, which moves past it; a stray byte stands for itself.
char32_t next_character(std::string_view text, std::size_t& at) {
  const auto byte = static_cast<unsigned char>(text[at++]);
  const std::size_t more = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : byte >= 0xC2 ? 1 : 0;
  if (more == 0 || at + more > text.size()) return byte;
  char32_t c = byte & (0x3Fu >> more);
  for (std::size_t i = 0; i < more; ++i) {
    const auto next = static_cast<unsigned char>(text[at + i]);
    if ((next & 0xC0u) != 0x80u) return byte;
    c = c << 6 | (next & 0x3Fu);
  }
  at += more;
  return c;
}

/// The alternatives alive at one place of the subject.
class Threads {
 public:
  explicit Threads(const std::vector<Regex::Instruction>& program) : program_(&program), seen_(program.size()) {}

  struct Place {
    bool begin;
    bool end;
    bool boundary;
  };

  void clear() {
    for (std::uint32_t at : touched_) seen_[at] = false;
    touched_.clear();
    waiting_.clear();
    matched_ = false;
  }

  /// Follows everything that consumes no character from `start`.
  void add(std::uint32_t start, const Place& place) {
    stack_.push_back(start);
    while (!stack_.empty()) {
      const std::uint32_t at = stack_.back();
      stack_.pop_back();
      if (seen_[at]) continue;
      seen_[at] = true;
      touched_.push_back(at);
      const Regex::Instruction& step = (*program_)[at];
      switch (step.op) {
        case Op::kJump: stack_.push_back(step.first); break;
        case Op::kSplit:
          stack_.push_back(step.second);
          stack_.push_back(step.first);
          break;
        case Op::kBegin:
          if (place.begin) stack_.push_back(at + 1);
          break;
        case Op::kEnd:
          if (place.end) stack_.push_back(at + 1);
          break;
        case Op::kWordBoundary:
          if (place.boundary) stack_.push_back(at + 1);
          break;
        case Op::kNotWordBoundary:
          if (!place.boundary) stack_.push_back(at + 1);
          break;
        case Op::kMatch: matched_ = true; break;
        case Op::kClass:
        case Op::kAny: waiting_.push_back(at); break;
      }
    }
  }

  const std::vector<std::uint32_t>& waiting() const { return waiting_; }
  bool matched() const { return matched_; }

 private:
  const std::vector<Regex::Instruction>* program_;
  std::vector<char> seen_;
  std::vector<std::uint32_t> touched_;
  std::vector<std::uint32_t> waiting_;  ///< instructions that want a character
  std::vector<std::uint32_t> stack_;
  bool matched_ = false;
};

}  // namespace

bool Regex::CharacterClass::contains(char32_t c) const {
  const bool inside =
      std::any_of(ranges.begin(), ranges.end(), [c](const Range& r) { return r.low <= c && c <= r.high; });
  return inside != negated;
}

Result<Regex> Regex::compile(std::string_view pattern) {
  if (pattern.size() > kMaxPatternBytes) {
    return Error{ErrorCode::kInvalid, "a regular expression has at most " + std::to_string(kMaxPatternBytes) + " bytes",
                 ""};
  }
  const auto tree = parse_regex(pattern);
  if (!tree) return tree.error();
  Regex regex;
  Compiler compiler(regex.program_, regex.classes_);
  compiler.emit(*tree);
  if (compiler.too_large()) {
    return Error{ErrorCode::kUnsupported, "the regular expression is too large once its counts are written out", ""};
  }
  compiler.add(Op::kMatch);
  return regex;
}

bool Regex::matches(std::string_view subject) const {
  Threads now(program_), next(program_);
  std::size_t at = 0;
  char32_t current = subject.empty() ? 0 : next_character(subject, at);
  now.add(0, {true, subject.empty(), !subject.empty() && is_word(current)});
  std::size_t start = 0;  // of `current`
  while (start < subject.size() && !now.waiting().empty()) {
    const bool last = at == subject.size();
    std::size_t after = at;
    const char32_t following = last ? 0 : next_character(subject, after);
    const Threads::Place place{false, last, is_word(current) != (!last && is_word(following))};
    next.clear();
    for (std::uint32_t thread : now.waiting()) {
      const Instruction& step = program_[thread];
      if (step.op == Op::kAny || classes_[step.first].contains(current)) next.add(thread + 1, place);
    }
    std::swap(now, next);
    start = at;
    at = after;
    current = following;
  }
  return start >= subject.size() && now.matched();
}

std::string escape_regex(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (std::string_view("\\.[]{}()*+?^$|-&").find(c) != std::string_view::npos) out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

}  // namespace qamera::assertions
